package hooks_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// whole is a story whose record came whole, as a server would hold it.
type whole struct {
	name    string
	members map[string]jsontext.Value   // of the call, without its prefetch
	pages   map[string][]jsontext.Value // by the path and query of a read
	decided string
}

// wholeStories are the scenarios of the usual day in which every key came.
func wholeStories(t *testing.T, service *hooks.Service) []whole {
	t.Helper()
	var stories []whole
	for _, s := range scenarios(t) {
		w := whole{name: s.name, pages: map[string][]jsontext.Value{}}
		response, trace, err := service.Answer(t.Context(), s.section("request.json"), "", cards.Danish)
		if err != nil || !s.now.Equal(scenarioNow(t)) || len(trace.Reading.Chart.Gaps) > 0 {
			continue
		}
		var prefetch map[string]jsontext.Value
		if json.Unmarshal(s.section("request.json"), &w.members) != nil || json.Unmarshal(w.members["prefetch"], &prefetch) != nil {
			continue
		}
		for key, template := range fhir.Templates() {
			uri := strings.ReplaceAll(template, "{{context.patientId}}", trace.Request.Patient)
			w.pages[uri] = []jsontext.Value{prefetch[string(key)]}
			var found struct {
				ResourceType string           `json:"resourceType"`
				Entry        []jsontext.Value `json:"entry"`
			}
			if prefetch[string(key)].Kind() != '{' || json.Unmarshal(prefetch[string(key)], &found) != nil || found.ResourceType != "Bundle" {
				w.pages[uri] = []jsontext.Value{jsontext.Value(bundle())}
				if key == pathway.FromPatient && prefetch[string(key)].Kind() == '{' {
					w.pages[uri] = []jsontext.Value{prefetch[string(key)]}
				}
				continue
			}
			for i, some := range slices.Collect(slices.Chunk(found.Entry, 1+len(found.Entry)/2)) {
				text, err := json.Marshal(map[string]any{"resourceType": "Bundle", "entry": some})
				if err != nil {
					t.Fatal(err)
				}
				if w.pages[uri] = append(w.pages[uri][:i:i], text); i > 0 {
					w.pages[uri][i-1] = jsontext.Value(strings.Replace(string(w.pages[uri][i-1]), "{", fmt.Sprintf(`{"link":{"relation":"next","url":"?%s"},`, further(uri, i)), 1))
				}
			}
		}
		for _, member := range []string{"prefetch", "fhirServer", "fhirAuthorization"} {
			delete(w.members, member)
		}
		w.decided = decidedOn(response, trace, nil)
		stories = append(stories, w)
	}
	if len(stories) < 50 {
		t.Fatalf("only %d stories are whole", len(stories))
	}
	return stories
}

// further is the query of a further page.
func further(uri string, page int) string {
	_, query, _ := strings.Cut(uri, "?")
	return query + "&page=" + strconv.Itoa(page)
}

// decidedOn is what an answer comes to: the cards and what is known.
func decidedOn(response hooks.Response, trace hooks.Trace, err error) string {
	var b strings.Builder
	fmt.Fprintln(&b, outcomeLines(response, err))
	for _, line := range trace.Decision.Facts.Lines() {
		fmt.Fprintln(&b, line.ID, line.Says)
	}
	return b.String()
}

// storm is servers that fail at random: what each read of each call meets comes
// from its name and a seed.
type storm struct {
	seed    uint64
	stories []whole
	met     sync.Map // number of a call → it met a fault
	tried   sync.Map // reads that were put off once
	reads   atomic.Int64
}

// cheap are faults that take no time. The first of them are the server's own.
var cheap = []http.HandlerFunc{
	status(500), status(503), status(429), raw(""), raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
	status(401), status(403), status(404), saying("text/html", "<html>"), saying("application/json", "null"), saying("application/json", "{"),
	saying("application/json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`), saying("application/json", `[{}]`),
	saying("application/json", bundle(strings.Replace(hypertension, "Patient/p1", "Patient/somebody-else", 1))),
	saying("application/json", paged("http://127.0.0.1:1/", hypertension)), saying("application/json", paged("?", hypertension)),
	to("http://127.0.0.1:1/"), func(w http.ResponseWriter, r *http.Request) { to(r.RequestURI)(w, r) },
}

func (s *storm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.reads.Add(1)
	_, rest, _ := strings.Cut(r.RequestURI, "/c")
	number, uri, _ := strings.Cut(rest, "/fhir/")
	n, _ := strconv.Atoi(number)
	name := fnv.New64a()
	fmt.Fprint(name, r.RequestURI)
	random := rand.New(rand.NewPCG(s.seed, name.Sum64()))
	switch at := random.IntN(1000); {
	case at < 40:
		s.met.Store(n, true)
		cheap[random.IntN(5)](w, r)
	case at < 100:
		s.met.Store(n, true)
		cheap[5+random.IntN(len(cheap)-5)](w, r)
	case at < 102: // nothing until the call ends
		s.met.Store(n, true)
		<-r.Context().Done()
	case at < 110: // put off once
		if _, again := s.tried.LoadOrStore(r.RequestURI, true); !again {
			status(429, "Retry-After", "0")(w, r)
			return
		}
		fallthrough
	default:
		story := s.stories[n%len(s.stories)]
		base, page, isFurther := strings.Cut(uri, "&page=")
		at, _ := strconv.Atoi(page)
		if !isFurther {
			at = 0
		}
		pages := story.pages[base]
		if at >= len(pages) {
			http.NotFound(w, r)
			return
		}
		say(w, string(pages[at]))
	}
}

// watched demands of a log that it says no secret, and keeps nothing of it.
type watched struct{ t *testing.T }

func (w watched) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(bearer)) || bytes.Contains(line, []byte("127.0.0.1")) {
		w.t.Errorf("the log says a secret: %s", line)
	}
	return len(line), nil
}

// TestTenThousandCallsThroughAStorm (R34, R45) asks about real stories while the servers
// fail at random. No call is lost and none is an error of ours; one whose reads
// all came is decided as on prefetch, and one that misses something required
// says so. Memory does not grow with the calls.
func TestTenThousandCallsThroughAStorm(t *testing.T) {
	const atOnce = 8
	calls := 10_000
	if testing.Short() { // for the race detector
		calls = 1_000
	}
	log := slog.New(slog.NewTextHandler(watched{t}, nil))
	p := newPractice(t, reading(t, fhir.Limits{}, nil), func(c *hooks.Config) {
		c.Logger, c.Deadline = log, 300*time.Millisecond
	})
	s := &storm{seed: 20261123, stories: wholeStories(t, p.Service)}
	var bases []string
	for range 8 {
		e := httptest.NewServer(s)
		defer e.Close()
		bases = append(bases, e.URL)
	}
	down := httptest.NewServer(status(503))
	defer down.Close()

	var right, partly, refusals, rested atomic.Int64
	one := func(n int) {
		story := s.stories[n%len(s.stories)]
		base := bases[n%len(bases)]
		if n%50 == 7 {
			base = down.URL
		}
		members := map[string]any{
			"fhirServer":        fmt.Sprintf("%s/c%d/fhir", base, n),
			"fhirAuthorization": map[string]string{"access_token": bearer, "token_type": "Bearer"},
		}
		for name, value := range story.members {
			members[name] = value
		}
		body, err := json.Marshal(members)
		if err != nil {
			t.Error(err)
			return
		}
		if n%4 == 3 { // over HTTP
			var named struct {
				Hook string `json:"hook"`
			}
			if err := json.Unmarshal(body, &named); err != nil {
				t.Error(err)
			}
			got := p.post("low-back-pain-"+named.Hook, string(body))
			if got.Code != http.StatusOK && got.Code != http.StatusPreconditionFailed {
				t.Errorf("%s: status %d: %s", story.name, got.Code, got.Body)
			}
			if strings.Contains(got.Body.String(), bearer) || strings.Contains(got.Body.String(), base) {
				t.Errorf("%s: a secret is said: %s", story.name, got.Body)
			}
			partly.Add(1)
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		response, trace, err := p.Answer(ctx, body, "", cards.Danish)
		if err != nil && statusOf(err) != http.StatusPreconditionFailed {
			t.Errorf("%s: status %d: %v", story.name, statusOf(err), err)
			return
		}
		unread, ownFault := false, true
		for _, gap := range trace.Reading.Chart.Gaps {
			unread = unread || gap.Whole && gap.Source.Required()
			switch gap.Reason {
			case fhir.ReasonResting:
				rested.Add(1)
			case fhir.ReasonTooLate, fhir.ReasonBusy:
			default:
				ownFault = false
			}
		}
		_, met := s.met.Load(n)
		switch {
		case len(trace.Reading.Chart.Gaps) == 0:
			right.Add(1)
			if got := decidedOn(response, trace, err); got != story.decided {
				t.Errorf("%s: all was read, and it is decided otherwise:\n%s", story.name, cmp.Diff(story.decided, got))
			}
		case !ownFault && !met && base != down.URL:
			t.Errorf("%s: a gap, and the server failed in nothing: %+v", story.name, trace.Reading.Chart.Gaps)
		case err != nil:
			if refusals.Add(1); !unread {
				t.Errorf("%s: refused, and all that is required was read: %v", story.name, err)
			}
		default:
			if partly.Add(1); unread && len(response.Cards) == 0 {
				t.Errorf("%s: nothing is said about what could not be read", story.name)
			}
		}
	}
	some := func(from, to int) {
		next := make(chan int)
		var all sync.WaitGroup
		for range atOnce {
			all.Go(func() {
				for n := range next {
					one(n)
				}
			})
		}
		for n := from; n < to; n++ {
			next <- n
		}
		close(next)
		all.Wait()
	}
	some(0, calls/5)
	before := heap()
	some(calls/5, calls)
	after := heap()
	t.Logf("%d reads; %d calls as on prefetch, %d in part, %d refused; %d keys rested; heap %d kB, then %d kB",
		s.reads.Load(), right.Load(), partly.Load(), refusals.Load(), rested.Load(), before>>10, after>>10)
	if answered := right.Load() + partly.Load() + refusals.Load(); answered != int64(calls) && !t.Failed() {
		t.Errorf("%d of %d calls were answered", answered, calls)
	}
	if right.Load() < int64(calls)/10 {
		t.Errorf("only %d calls read all: the storm shows nothing", right.Load())
	}
	if after > 2*before+(8<<20) {
		t.Errorf("the heap grew from %d to %d", before, after)
	}
}

// heap is what is in use, once what is not has been let go.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
