package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test program be its own server, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == asServer {
		exit(serve(kind(os.Args[2]), os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux's /proc")
	}
}

func TestTheTableHasARowForEachBodyCrowdAndServer(t *testing.T) {
	onLinux(t)
	profile := filepath.Join(t.TempDir(), "cpu")
	r, err := measure(t.Context(), plan{rounds: 2, smallCalls: 3, largeCalls: 2, cpuProfile: profile}, bodies())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("no CPU profile: %v", err)
	}
	var got, want []string
	for _, line := range r.table()[1:] {
		got = append(got, strings.Join(line[:3], ", "))
	}
	for _, b := range []string{"6 kB", "150 kB"} {
		for _, crowd := range []string{"1", "8", "64"} {
			want = append(want, b+", "+crowd+", service", b+", "+crowd+", baseline")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, row := range r.rows {
		if row.rate <= 0 || row.p50 <= 0 || row.p99 < row.p50 || row.allocs < 1 || row.memory.now < 1<<20 || row.memory.peak < 1<<20 {
			t.Errorf("%s, %d, %s: %+v", row.body.name, row.crowd, row.kind, row.figures)
		}
	}
	for _, line := range r.judged() {
		if len(line) != 1+len(crowds) {
			t.Errorf("target without a verdict for each crowd: %q", line)
		}
	}
}

func TestAWrongAnswerIsAFailure(t *testing.T) {
	onLinux(t)
	loads, err := prepare(t.Context(), bodies()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loads {
		if _, err := l.round(8, 3); err != nil {
			t.Error(err)
		}
		right := l.rules
		l.rules = []string{"R-Z9"}
		if _, err := l.round(1, 1); err == nil || !strings.Contains(err.Error(), "want [R-Z9]") {
			t.Errorf("%s: %v", l.server.kind, err)
		}
		l.rules, l.post = right, []byte("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
		if _, err := l.round(1, 1); err == nil || !strings.Contains(err.Error(), "status 404") {
			t.Errorf("%s: %v", l.server.kind, err)
		}
		hangUp(l.callers)
		if err := l.server.stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestAServerEndsWithItsInput(t *testing.T) {
	for _, k := range []kind{whole, baseline} {
		var said bytes.Buffer
		if err := serve(k, strings.NewReader("{}\n"+mallocs+"\n"), &said); err != nil {
			t.Error(err)
		}
		if lines := strings.Fields(said.String()); len(lines) != 2 || !strings.HasPrefix(lines[0], "127.0.0.1:") || lines[1] < "1" {
			t.Errorf("%s said %q", k, said.String())
		}
	}
}

func TestBodiesAreOfTheirSizeAndHoldWhatTheySay(t *testing.T) {
	for i, want := range []struct {
		least, most int
		counts      map[string]int
	}{
		{5_500, 6_500, map[string]int{"conditions": 1, "observations": 2, "encounters": 1, "requests": 0, "procedures": 0}},
		{140_000, 160_000, map[string]int{"conditions": 20, "observations": 80, "encounters": 7, "requests": 10, "procedures": 5}},
	} {
		b := bodies()[i]
		if size := len(b.text); size < want.least || size > want.most {
			t.Errorf("%s has %d bytes", b.name, size)
		}
		var said struct {
			Prefetch map[string]struct {
				Kind  string     `json:"resourceType"`
				Entry []struct{} `json:"entry"`
			} `json:"prefetch"`
		}
		if err := json.Unmarshal([]byte(b.text), &said); err != nil {
			t.Fatal(err)
		}
		if said.Prefetch["patient"].Kind != "Patient" {
			t.Errorf("%s: no patient", b.name)
		}
		delete(said.Prefetch, "patient")
		counts := map[string]int{}
		for key, bundle := range said.Prefetch {
			counts[key] = len(bundle.Entry)
		}
		if diff := cmp.Diff(want.counts, counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", b.name, diff)
		}
	}
}

func TestStatIsReadFromTheLastParenthesisOn(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194304 100 0 0 0 250 31 7 9 20 0 1 0 1321310 3133440 383"
	for _, test := range []struct {
		name, text string
		want       time.Duration // 0: refused
	}{
		{"captured", "17609 (cat) R 17606 17606 10521 0 -1 4194304 100 0 0 0 12 3 0 0 20 0 1 0 1321310 3133440 383 18446744073709551615", 150 * time.Millisecond},
		{"a space in the name", "42 (tmux: server)" + rest, 2810 * time.Millisecond},
		{"a parenthesis", "42 (a) b)" + rest, 2810 * time.Millisecond},
		{"both, and numbers", "42 (x) S 1 (2) 3 4)" + rest, 2810 * time.Millisecond},
		{"cut short", "42 (cat) R 1 2 3 0 -1 4194304 100 0 0 0 12", 0},
		{"no name", "42 cat" + rest, 0},
		{"no numbers", "42 (cat) R 1 2 3 0 -1 4194304 100 0 0 0 x y 0", 0},
		{"nothing", "", 0},
	} {
		if got, err := parseStat(test.text); got != test.want || (err != nil) != (test.want == 0) {
			t.Errorf("%s: %s, %v, want %s", test.name, got, err, test.want)
		}
	}
}

func TestStatusTellsMemory(t *testing.T) {
	got, err := parseStatus("Name:\tcat\nVmPeak:\t    3776 kB\nVmHWM:\t    2132 kB\nVmRSS:\t    2000 kB\nThreads:\t1\n")
	if want := (memory{2000 << 10, 2132 << 10}); err != nil || got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"", "VmRSS:\t 1 kB\n", "VmRSS:\t many kB\n"} {
		if got, err := parseStatus(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestSharesAreOfTheOutermostPart(t *testing.T) {
	const traces = `Type: cpu
-----------+-------------------------------------------------------
      20ms   runtime.scanobject
             runtime.gcBgMarkWorker
-----------+-------------------------------------------------------
      30ms   rygkort/fhir.(*walker).skip (inline)
             rygkort/hooks.(*walk).read
             rygkort/hooks.(*Service).Answer
             net/http.(*conn).serve
-----------+-------------------------------------------------------
      40ms   runtime.mallocgc
             rygkort/fhir.(*Reader).Read
             rygkort/hooks.(*Service).Answer
             net/http.(*conn).serve
-----------+-------------------------------------------------------
      10ms   runtime.findRunnable
-----------+-------------------------------------------------------
`
	got, err := parseTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"CPU of the service, 150 kB", "share"},
		{"resources decoded and read", "40 %"},
		{"walk over the body", "30 %"},
		{"garbage collection", "20 %"},
		{theRest, "10 %"},
	}
	if diff := cmp.Diff(want, sharesTable(got)); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "x\n-----------+--\n  soon  f\n"} {
		if got, err := parseTraces(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestMediansLeaveOutliersOut(t *testing.T) {
	rounds := []figures{{rate: 9, allocs: 1, memory: memory{1, 5}}, {rate: 1, allocs: 2, memory: memory{3, 6}}, {rate: 2, allocs: 900, memory: memory{2, 7}}}
	if got, want := medians(rounds), (figures{rate: 2, allocs: 2, memory: memory{2, 7}}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := medians(rounds[:2]).rate; got != 5 {
		t.Errorf("of two: %v", got)
	}
}

func TestTheNumbersGoBetweenTheMarksOfThePage(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := report{rows: []row{
		{body: bodies()[1], crowd: 8, kind: whole, figures: figures{cpu: 900 * time.Microsecond, allocs: 1501}, ratio: 2.5},
	}}
	for range 2 { // the marks are kept
		if err := writeInto(page, r); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), begins)
	if !strings.HasPrefix(string(written), before) || strings.Count(string(written), ends) != 1 {
		t.Errorf("the page around the numbers changed:\n%s", written)
	}
	for _, want := range []string{
		"| 150 kB | 8 | service | 0 | 0.00 | 0.00 | 900 | 2.5 | 1501 | 0 | 0 |\n",
		"| 150 kB: at most 0.9 ms CPU a call | 0.90 met |\n",
		"| 150 kB: at most 1,500 allocations a call | 1501 missed |\n",
	} {
		if !strings.Contains(string(written), want) {
			t.Errorf("without %q:\n%s", want, written)
		}
	}
	if err := os.WriteFile(page, []byte("no marks\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeInto(page, r); err == nil {
		t.Error("a page without marks was written to")
	}
}

func TestWrongUsageIsRefused(t *testing.T) {
	for _, args := range [][]string{{"-format", "html"}, {"-rounds", "0"}, {"-calls", "-1"}, {"one"}} {
		if err := run(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
	if !slices.IsSorted(crowds) {
		t.Error("memory is told as it grows, so crowds grow")
	}
}
