package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// now is a fixed clock: 23 November 2026, half past nine in Copenhagen.
func now() time.Time { return time.Date(2026, time.November, 23, 8, 30, 0, 0, time.UTC) }

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// command runs the command to its end.
func command(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr, now)
	return result{code, stdout.String(), stderr.String()}
}

const (
	caudaEquina = `{"resourceType":"Condition","id":"c2","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"192970008","display":"Cauda equina syndrome"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2026-11-22"}`
	otherThing  = `{"resourceType":"Condition","id":"c3","code":{"coding":[{"system":"http://snomed.info/sct","code":"38341003"}]},"subject":{"reference":"Patient/p1"}}`
)

// request is a patient-view call about a patient with one condition.
func request(condition string) string {
	return `{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/7","patientId":"p1"},` +
		`"prefetch":{"patient":{"resourceType":"Patient","id":"p1","birthDate":"1970-04-05"},"conditions":{"resourceType":"Bundle","entry":[{"resource":` + condition +
		`}]},"observations":null,"encounters":null,"requests":null,"procedures":null}}`
}

func TestEvaluateAnswersAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "call.json")
	if err := os.WriteFile(file, []byte(request(caudaEquina)), 0o600); err != nil {
		t.Fatal(err)
	}
	got := command(t, "", "evaluate", file)
	if got.code != exitDone || got.stderr != "" {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	var answer struct {
		Cards []struct {
			Summary   string `json:"summary"`
			Indicator string `json:"indicator"`
			Source    struct {
				URL string `json:"url"`
			} `json:"source"`
		} `json:"cards"`
	}
	if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
		t.Fatalf("%v: %s", err, got.stdout)
	}
	if len(answer.Cards) != 1 || answer.Cards[0].Indicator != "critical" || answer.Cards[0].Source.URL != "http://127.0.0.1:8080/pathway#R-A1" {
		t.Errorf("%+v", answer.Cards)
	}
	english := command(t, request(caudaEquina), "evaluate", "-", "--language", "en", "--public-url", "https://cds.example.org")
	if english.code != exitDone || english.stdout == got.stdout || !strings.Contains(english.stdout, "https://cds.example.org/pathway#R-A1") {
		t.Errorf("exit %d, %s%s", english.code, english.stdout, english.stderr)
	}
	t.Setenv("RYGKORT_LANGUAGE", "en")
	if fromEnvironment := command(t, request(caudaEquina), "evaluate", "-"); summary(fromEnvironment) != summary(english) {
		t.Errorf("RYGKORT_LANGUAGE=en: %s, with --language %s", summary(fromEnvironment), summary(english))
	}
}

// summary is the first summary of an answer.
func summary(r result) string {
	return regexp.MustCompile(`"summary": .*`).FindString(r.stdout)
}

func TestEvaluateTracesFactsAndRules(t *testing.T) {
	got := command(t, request(caudaEquina), "evaluate", "-", "--trace", "--now", "2026-11-23T23:30:00Z")
	if got.code != exitDone {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	for _, want := range []string{
		"READ  patient-view, 2026-11-24 00:30 CET", // in the practice's zone, the next day
		"conditions     given",
		"observations   none",
		"D-1   cauda equina suspected                         yes",
		`Condition/c2  cauda-equina  http://snomed.info/sct|192970008  "Cauda equina syndrome"`,
		"2026-11-22",
		"R-A1  yes      acute admission",
		"yes      D-1 cauda equina syndrome suspected",
		"R-A3  unknown",
		"CARDS\n  critical R-A1",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing in\n%s", want, got.stdout)
		}
	}
	zone := command(t, request(caudaEquina), "evaluate", "-", "--trace", "--now", "2026-11-23T23:30:00Z", "--zone", "America/Nuuk")
	if !strings.Contains(zone.stdout, "READ  patient-view, 2026-11-23 21:30") {
		t.Errorf("--zone: %s", zone.stdout)
	}
	order := strings.Replace(request(otherThing), `"patient-view"`, `"order-select"`, 1)
	order = strings.Replace(order, `"patientId"`, `"draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest","id":"1","status":"draft","intent":"order","code":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"72148"}]},"subject":{"reference":"Patient/p1"}}}]},"patientId"`, 1)
	if got := command(t, order, "evaluate", "-", "--trace"); !strings.Contains(got.stdout, "[ServiceRequest/1]") {
		t.Errorf("the order is not named:\n%s%s", got.stdout, got.stderr)
	}
}

func TestEvaluateSaysWhyItRefuses(t *testing.T) {
	for _, test := range []struct {
		name, body string
		args       []string
		want       string
	}{
		{"no JSON", "hello", nil, "refused with 400: the request is not a CDS Hooks call to this service: the body is not JSON (The error is at byte 0 or after it)"},
		{"a missing field", strings.Replace(request(otherThing), `,"patientId":"p1"`, "", 1), nil, "context.patientId is missing (It is the id of the patient)"},
		{"another service's hook", request(otherThing), []string{"--service", "low-back-pain-order-sign"}, `hook has to be "order-sign" here`},
		{"an unknown service", request(otherThing), []string{"--service", "none"}, "refused with 404"},
		{"required data missing", strings.Replace(request(otherThing), `"observations":null,`, "", 1), nil, "refused with 412: required data could not be had: prefetch.observations could not be had"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := command(t, test.body, append([]string{"evaluate", "-"}, test.args...)...)
			if got.code != exitFailed || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
				t.Errorf("exit %d, stdout %q, stderr %q; want exit %d and %q", got.code, got.stdout, got.stderr, exitFailed, test.want)
			}
		})
	}
	got := command(t, strings.Replace(request(otherThing), `"observations":null,`, "", 1), "evaluate", "-", "--trace")
	if got.code != exitFailed || !strings.Contains(got.stdout, "observations   not-asked") {
		t.Errorf("a refusal for missing data can be traced: exit %d, %s", got.code, got.stdout)
	}
}

func TestWrongUsageEndsWith2(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown command", []string{"bogus"}, "unexpected argument bogus"},
		{"an unknown flag", []string{"serve", "--bogus"}, "unknown flag --bogus"},
		{"evaluate without a file", []string{"evaluate"}, `expected "<file>"`},
		{"a file that is not there", []string{"evaluate", filepath.Join(t.TempDir(), "none.json")}, "no such file"},
		{"a time that is none", []string{"evaluate", "-", "--now", "today"}, "--now"},
		{"a language that is none", []string{"evaluate", "-", "--language", "de"}, "--language"},
		{"a zone that is none", []string{"evaluate", "-", "--zone", "Europe/Rungsted"}, "--zone"},
		{"an address without a port", []string{"--listen", "127.0.0.1"}, "want an address such as 127.0.0.1:8080"},
		{"health of an address without a port", []string{"health", "--listen", "127.0.0.1"}, "want an address such as 127.0.0.1:8080"},
		{"a public URL that is none", []string{"serve", "--public-url", "cds.example.org"}, "want an absolute http or https URL"},
		{"a public URL over plain http", []string{"serve", "--public-url", "http://cds.example.org"}, "loopback address only"},
		{"a public URL that is not ASCII", []string{"serve", "--public-url", "https://cds.ærø.example"}, "want ASCII"},
		{"a log level that is none", []string{"serve", "--log-level", "loud"}, "--log-level"},
		{"every network, without authentication", []string{"serve", "--listen", ":0"}, "no client is configured"},
		{"another machine's address", []string{"serve", "--listen", "192.0.2.1:8080"}, "add --insecure-no-auth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := command(t, "", test.args...)
			if got.code != exitMisused || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit %d, %q; want exit %d and %q", got.code, got.stderr, exitMisused, test.want)
			}
		})
	}
}

func TestHelpAndVersionEndWith0(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"evaluate", "--help"}} {
		if got := command(t, "", args...); got.code != exitDone || !strings.Contains(got.stdout, "Usage: rygkort") || got.stderr != "" {
			t.Errorf("%v: exit %d, %s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	if got := command(t, "", "version"); got.code != exitDone || !strings.HasPrefix(got.stdout, "rygkort dev, rule set ") {
		t.Errorf("exit %d: %s", got.code, got.stdout)
	}
}

func TestRulesAreListed(t *testing.T) {
	text := command(t, "", "rules")
	if text.code != exitDone || !regexp.MustCompile(`(?m)^R-A1 +SEED-OP +on +critical +acute admission +NS-RF-1a`).MatchString(text.stdout) {
		t.Errorf("exit %d:\n%s", text.code, text.stdout)
	}
	var listed ruleSet
	got := command(t, "", "rules", "--format", "json", "--extension", "R-E1", "--parameter", "mrc_severe=2")
	if err := json.Unmarshal([]byte(got.stdout), &listed, json.RejectUnknownMembers(true)); err != nil || len(listed.Rules) < 30 {
		t.Fatalf("%v, %d rules", err, len(listed.Rules))
	}
	states := map[string]string{}
	for _, r := range listed.Rules {
		states[r.ID] = r.State
	}
	if states["R-A1"] != "on" || states["R-E1"] != "on" || states["R-E2"] != "off" || states["O-M4"] != "quiet" {
		t.Errorf("states: %v", states)
	}
	for _, p := range listed.Parameters {
		if p.Name == "mrc_severe" && p.Value != 2 {
			t.Errorf("mrc_severe is %d", p.Value)
		}
	}
}

func TestAWrongParameterOrExtensionIsRefusedByName(t *testing.T) {
	for _, test := range []struct{ flag, value, reason string }{
		{"--parameter", "mr_weeks_min=3", "the leaflet itself says 4"},
		{"--parameter", "mrc_severe=9", "want 2 to 4"},
		{"--parameter", "mrc_paralysis=2;mrc_severe=2", "has to be lower than mrc_severe"},
		{"--parameter", "nonsense=1", "there is no such parameter"},
		{"--extension", "R-A1", "known are F-15"},
	} {
		got := command(t, "", "rules", test.flag, test.value)
		if got.code != exitMisused || !strings.Contains(got.stderr, test.reason) {
			t.Errorf("%s %s: exit %d: %s", test.flag, test.value, got.code, got.stderr)
		}
	}
}

// stream is standard error that can be read while the command runs.
type stream struct {
	sync.Mutex
	text bytes.Buffer
}

func (s *stream) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.text.Write(p)
}

func (s *stream) String() string {
	s.Lock()
	defer s.Unlock()
	return s.text.String()
}

// keepsByDefault reports whether a service has no ledger of its own and is not
// the demo, whose ledger is a temporary one.
func keepsByDefault(t *testing.T, args []string) bool {
	t.Helper()
	at := slices.Index(args, "--config")
	if slices.Contains(args, "--ledger") || at < 0 && !slices.Contains(args, "--insecure-no-auth") {
		return false
	}
	if at < 0 {
		return true
	}
	text, err := os.ReadFile(args[at+1])
	return err == nil && !strings.Contains(string(text), "ledger:")
}

// serving starts the service and returns its URL and how to stop it.
func serving(t *testing.T, args ...string) (url string, stderr *stream, stop func() int) {
	t.Helper()
	if keepsByDefault(t, args) { // not in the folder of the sources
		args = append(args, "--ledger", "sqlite:"+filepath.Join(t.TempDir(), "rygkort.db"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	stderr = &stream{}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, strings.NewReader(""), io.Discard, stderr, time.Now) }()
	stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	discovery := regexp.MustCompile(`(http\S+)/cds-services\n`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := discovery.FindStringSubmatch(stderr.String()); found != nil {
			return found[1], stderr, stop
		}
	}
	t.Fatalf("it does not say where it listens:\n%s", stderr)
	return "", nil, nil
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestServeShowsTheFirstCardWithWhatItPrints does what a stranger would: start
// it, and follow what it says.
func TestServeShowsTheFirstCardWithWhatItPrints(t *testing.T) {
	url, stderr, stop := serving(t, "--listen", "127.0.0.1:0")
	if status, body := get(t, url+"/cds-services"); status != http.StatusOK || !strings.Contains(body, "low-back-pain-order-sign") {
		t.Fatalf("discovery: status %d: %s", status, body)
	}
	command := regexp.MustCompile(`curl -s (\S+) \| curl .* (\S+)\n`).FindStringSubmatch(stderr.String())
	if command == nil {
		t.Fatalf("no curl:\n%s", stderr)
	}
	_, call := get(t, command[1])
	answer, err := http.Post(command[2], "application/json", strings.NewReader(call))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"indicator":"critical"`) {
		t.Fatalf("status %d, %v: %s", answer.StatusCode, err, body)
	}
	if !strings.Contains(string(body), url+"/pathway#R-A1") {
		t.Errorf("the card does not link to where the service listens: %s", body)
	}
	if !strings.Contains(stderr.String(), "https://sandbox.cds-hooks.org/?hook=patient-view&screen=patient-view&fhirServiceUrl=http%3A%2F%2F127.0.0.1%3A") {
		t.Errorf("no link to the Sandbox:\n%s", stderr)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d:\n%s", code, stderr)
	}
	for _, want := range []string{`"msg":"call"`, `"status":200`, `"msg":"stopped"`} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, stderr)
		}
	}
}

func TestServeOffLoopbackHasNoDemoAndWarns(t *testing.T) {
	url, stderr, stop := serving(t, "serve", "--listen", "0.0.0.0:0", "--insecure-no-auth", "--log-level", "debug", "--log-format", "text")
	if !strings.HasPrefix(url, "http://localhost:") {
		t.Errorf("the URL is %s", url)
	}
	if status, _ := get(t, url+"/demo/fhir/metadata"); status != http.StatusNotFound {
		t.Errorf("demo: status %d", status)
	}
	stop()
	for _, want := range []string{"level=WARN msg=\"nobody is asked who they are", "msg=\"rule set\"", "mrc_severe:3"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, stderr)
		}
	}
}

func TestServeNamesItsPublicURL(t *testing.T) {
	t.Setenv("RYGKORT_LISTEN", "127.0.0.1:0")
	url, _, _ := serving(t, "--public-url", "https://cds.example.org/")
	if url != "https://cds.example.org" {
		t.Errorf("the URL is %s", url)
	}
}

func TestServeSaysThatAnAddressIsTaken(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	got := command(t, "", "--listen", taken.Addr().String())
	if got.code != exitFailed || !strings.Contains(got.stderr, "address already in use") {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
}

// TestServeLetsARunningCallFinish stops the service while a body is still on
// its way.
func TestServeLetsARunningCallFinish(t *testing.T) {
	url, stderr, stop := serving(t, "--listen", "127.0.0.1:0")
	reader, writer := io.Pipe()
	post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/cds-services/low-back-pain-patient-view", reader)
	if err != nil {
		t.Fatal(err)
	}
	post.Header.Set("Content-Type", "application/json")
	status := make(chan int, 1)
	go func() {
		answer, err := http.DefaultClient.Do(post)
		if err != nil {
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	body := request(caudaEquina)
	if _, err := io.WriteString(writer, body[:50]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // let the server see it
	ended := make(chan int, 1)
	go func() { ended <- stop() }()
	for !strings.Contains(stderr.String(), "stopping") {
		time.Sleep(time.Millisecond)
	}
	if _, err := io.WriteString(writer, body[50:]); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if got := <-status; got != http.StatusOK {
		t.Errorf("the running call: status %d", got)
	}
	if code := <-ended; code != exitDone {
		t.Errorf("exit %d:\n%s", code, stderr)
	}
}

func TestHealthAsksTheService(t *testing.T) {
	url, _, stop := serving(t, "--listen", "127.0.0.1:0")
	address := strings.TrimPrefix(url, "http://")
	if got := command(t, "", "health", "--listen", address); got.code != exitDone {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("RYGKORT_LISTEN", "0.0.0.0:"+port)
	if got := command(t, "", "health"); got.code != exitDone {
		t.Errorf("every network: exit %d: %s", got.code, got.stderr)
	}
	stop()
	if got := command(t, "", "health", "--listen", address); got.code != exitFailed || !strings.Contains(got.stderr, "not well") {
		t.Errorf("stopped: exit %d: %s", got.code, got.stderr)
	}
	ill := httptest.NewServer(http.NotFoundHandler())
	defer ill.Close()
	if got := command(t, "", "health", "--listen", ill.Listener.Addr().String()); got.code != exitFailed || !strings.Contains(got.stderr, "status 404") {
		t.Errorf("another program: exit %d: %s", got.code, got.stderr)
	}
}
