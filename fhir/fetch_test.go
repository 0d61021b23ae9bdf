package fhir_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"rygkort/fhir"
	"rygkort/pathway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bearer is the token of every call. It may reach the call's server and nothing
// else.
const bearer = "t0ken-Of-p1"

// ehr is a client's FHIR server that answers as a test tells it, and remembers
// what it was asked.
type ehr struct {
	*httptest.Server
	mu   sync.Mutex
	asks []*http.Request
}

func newEHR(t testing.TB, answer http.HandlerFunc) *ehr {
	t.Helper()
	e := unstarted(t, answer)
	e.Start()
	return e
}

// unstarted is one that a test changes before it starts.
func unstarted(t testing.TB, answer http.HandlerFunc) *ehr {
	t.Helper()
	e := &ehr{}
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.asks = append(e.asks, r.Clone(context.Background()))
		e.mu.Unlock()
		answer(w, r)
	}))
	e.Config.ErrorLog = log.New(io.Discard, "", 0) // what goes wrong goes wrong on purpose
	t.Cleanup(func() {
		if e.URL != "" {
			e.Close()
		}
	})
	return e
}

// asked are the paths and queries, in order of the alphabet.
func (e *ehr) asked() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	uris := make([]string, len(e.asks))
	for i, ask := range e.asks {
		uris[i] = ask.RequestURI
	}
	slices.Sort(uris)
	return uris
}

// server is this one as a call names it.
func (e *ehr) server() *fhir.Server {
	base, err := url.Parse(e.URL + "/fhir")
	if err != nil {
		return nil
	}
	return &fhir.Server{Base: base, Token: fhir.NewToken(bearer), Reach: fhir.ReachLoopback}
}

// say answers with a body of FHIR's JSON.
func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	fmt.Fprint(w, body)
}

// pageOf is a page of a search; next is empty on the last one.
func pageOf(t testing.TB, next string, resources ...any) string {
	t.Helper()
	var links []change
	if next != "" {
		links = append(links, set("link", []any{object{"relation": "self", "url": "x"}, object{"relation": "next", "url": next}}))
	}
	return string(encoded(t, searched(resources, links...)))
}

func fetcher(t testing.TB, limits fhir.Limits) *fhir.Fetcher {
	t.Helper()
	f := fhir.NewFetcher(limits, nil, time.Now)
	t.Cleanup(f.Close)
	return f
}

// ask reads a call in which these keys are absent and all others were looked
// for and found empty.
func ask(ctx context.Context, t testing.TB, f *fhir.Fetcher, server *fhir.Server, absent ...pathway.Source) *fhir.Reading {
	t.Helper()
	keys := prefetch{}
	for _, source := range fhir.Keys() {
		if !slices.Contains(absent, source) {
			keys[source] = nil
		}
	}
	return askBeside(ctx, t, f, server, keys)
}

// askBeside reads a call with these keys; what is not among them is absent.
func askBeside(ctx context.Context, t testing.TB, f *fhir.Fetcher, server *fhir.Server, keys prefetch) *fhir.Reading {
	t.Helper()
	terms, err := terminology()
	if err != nil {
		t.Fatal(err)
	}
	c, r := callWith(t, keys), fhir.NewReader(terms, f)
	c.Record, c.Server = r.Record(), server
	for source, value := range c.Prefetch {
		c.Record.Put(source, value)
	}
	return r.Read(ctx, c.Call)
}

// oneFetch is what came of the only key that was fetched.
func oneFetch(t testing.TB, r *fhir.Reading) fhir.Fetch {
	t.Helper()
	if len(r.Fetches) != 1 {
		t.Fatalf("%d keys were fetched, want 1: %+v", len(r.Fetches), r.Fetches)
	}
	return r.Fetches[0]
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("%s (-want +got):\n%s", what, difference)
	}
}

// N-3, R60: what the client did not send is read by exactly the query that
// discovery advertises; R61: with the client's token as a bearer's.
func TestAnAbsentKeyIsReadByTheQueryOfDiscovery(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
	r := ask(t.Context(), t, fetcher(t, fhir.Limits{}), e.server(), fhir.Keys()...)
	var want []string
	for _, template := range fhir.Templates() {
		want = append(want, "/fhir/"+strings.ReplaceAll(template, "{{context.patientId}}", "p1"))
	}
	slices.Sort(want)
	same(t, "asked for", want, e.asked())
	for _, ask := range e.asks {
		same(t, "method", http.MethodGet, ask.Method)
		same(t, "R61: Authorization", []string{"Bearer " + bearer}, ask.Header["Authorization"])
		same(t, "Accept", []string{"application/fhir+json"}, ask.Header["Accept"])
		same(t, "body", int64(0), ask.ContentLength)
		for _, name := range []string{"Cookie", "Referer"} {
			if ask.Header.Get(name) != "" {
				t.Errorf("%s is sent: %v", name, ask.Header)
			}
		}
	}
	for _, source := range fhir.Keys() {
		same(t, "the state says how the client sent it: "+string(source), fhir.NotAsked, r.States[source])
	}
	wantNoGaps(t, r)
	for i, fetch := range r.Fetches {
		same(t, "in the order of the keys", fhir.Keys()[i], fetch.Source)
		if fetch.Pages != 1 || fetch.Status != 200 || fetch.Reason != "" || fetch.Bytes == 0 || fetch.Took <= 0 {
			t.Errorf("%+v", fetch)
		}
	}
}

func TestACallWithoutATokenAsksWithoutOne(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
	server := e.server()
	server.Token = fhir.Token{}
	wantNoGaps(t, ask(t.Context(), t, fetcher(t, fhir.Limits{}), server, pathway.FromConditions))
	if _, sent := e.asks[0].Header["Authorization"]; sent {
		t.Errorf("Authorization is sent: %v", e.asks[0].Header)
	}
}

func TestNothingIsAskedOfAServerWhere(t *testing.T) {
	all := prefetch{}
	for _, source := range fhir.Keys() {
		all[source] = outcome("error")
	}
	for name, c := range map[string]struct {
		keys   prefetch
		change func(*fhir.Server)
		reason string // of the gap in conditions
	}{
		"all keys failed at the client's":                    {all, func(*fhir.Server) {}, fhir.ReasonFailed},
		"it may not be read":                                 {prefetch{}, func(s *fhir.Server) { s.Reach = fhir.ReachNowhere }, fhir.ReasonNotAllowed},
		"R71, I-cds-r-2: the token is bound to somebody":     {prefetch{}, func(s *fhir.Server) { s.Patient = "p2" }, fhir.ReasonOtherPatient},
		"the token would end the header":                     {prefetch{}, func(s *fhir.Server) { s.Token = fhir.NewToken("a\r\nX: y") }, fhir.ReasonToken},
		"the token has a character that no header may":       {prefetch{}, func(s *fhir.Server) { s.Token = fhir.NewToken("a\x7f") }, fhir.ReasonToken},
		"its address is none that a server of the reach has": {prefetch{}, func(s *fhir.Server) { s.Reach = fhir.ReachPublic }, fhir.ReasonAddress},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
			server := e.server()
			c.change(server)
			r := askBeside(t.Context(), t, fetcher(t, fhir.Limits{}), server, c.keys)
			same(t, "asked for", []string{}, e.asked())
			for _, gap := range r.Chart.Gaps {
				if gap.Reason != c.reason || !gap.Whole {
					t.Errorf("%+v, want as a whole: %s", gap, c.reason)
				}
			}
			same(t, "gaps", len(fhir.Keys()), len(r.Chart.Gaps))
		})
	}
	t.Run("the token is bound to this patient, it is asked", func(t *testing.T) {
		e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
		server := e.server()
		server.Patient = "p1"
		wantNoGaps(t, ask(t.Context(), t, fetcher(t, fhir.Limits{}), server, pathway.FromConditions))
	})
}

// The six reads overlap: each is answered only when all have arrived.
func TestAllKeysAreReadInParallel(t *testing.T) {
	var arrived sync.WaitGroup
	arrived.Add(len(fhir.Keys()))
	all := make(chan struct{})
	go func() { arrived.Wait(); close(all) }()
	e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		select {
		case <-all:
			say(w, pageOf(t, ""))
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	wantNoGaps(t, ask(ctx, t, fetcher(t, fhir.Limits{}), e.server(), fhir.Keys()...))
}

// TestAFurtherPageIsReadWhereverItsAddressPoints on the server's own ground, by
// every way in which an address can be written; V3-11: of what was prefetched, too.
func TestAFurtherPageIsReadWhereverItsAddressPoints(t *testing.T) {
	for name, c := range map[string]struct{ next, want string }{
		"absolute":                   {"http://HOST/fhir/Condition?page=2", "/fhir/Condition?page=2"},
		"absolute, outside the base": {"http://HOST/pages/2", "/pages/2"},
		"in capitals":                {"HTTP://LOCALHOST:PORT/fhir/Condition?page=2", "/fhir/Condition?page=2"},
		"from the root":              {"/fhir?_getpages=2", "/fhir?_getpages=2"},
		"beside the search":          {"Condition?page=2", "/fhir/Condition?page=2"},
		"the query alone":            {"?page=2", "/fhir/Condition?page=2"},
		"without a scheme":           {"//HOST/fhir/Condition?page=2", "/fhir/Condition?page=2"},
		"with a fragment":            {"?page=2#top", "/fhir/Condition?page=2"},
		"with escapes":               {"?page=a%2Fb%20c", "/fhir/Condition?page=a%2Fb%20c"},
	} {
		for _, prefetched := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, first page prefetched %v", name, prefetched), func(t *testing.T) {
				var next string
				e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.RawQuery == "patient=p1" {
						say(w, pageOf(t, next, condition("back", icpc2, "L84")))
						return
					}
					say(w, pageOf(t, "", retention()))
				})
				server := e.server()
				server.Base.Host = strings.Replace(server.Base.Host, "127.0.0.1", "localhost", 1)
				next = strings.NewReplacer("HOST:PORT", server.Base.Host, "LOCALHOST:PORT", strings.ToUpper(server.Base.Host), "HOST", server.Base.Host).Replace(c.next)
				keys, want := prefetch{}, []string{"/fhir/Condition?patient=p1", c.want}
				for _, source := range fhir.Keys() {
					keys[source] = nil
				}
				state := fhir.NotAsked
				if delete(keys, pathway.FromConditions); prefetched {
					keys[pathway.FromConditions] = raw(pageOf(t, next, condition("back", icpc2, "L84")))
					want, state = want[1:], fhir.CutShort
				}
				r := askBeside(t.Context(), t, fetcher(t, fhir.Limits{}), server, keys)
				slices.Sort(want)
				same(t, "asked for", want, e.asked())
				same(t, "state", state, r.States[pathway.FromConditions])
				if wantNoGaps(t, r); !findsRetention(r) {
					t.Error("the red flag on the second page was not read")
				}
				same(t, "the token goes along", "Bearer "+bearer, e.asks[len(e.asks)-1].Header.Get("Authorization"))
			})
		}
	}
}

// A redirect on the server's own ground is followed with the token, and what is
// relative on the page it led to is relative to that page (RFC 3986, 5.1.3).
func TestARedirectOnTheServersOwnGroundIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/fhir/"):
				http.Redirect(w, r, "/v4"+strings.TrimPrefix(r.RequestURI, "/fhir"), status)
			case r.URL.RawQuery == "page=2":
				say(w, pageOf(t, "", retention()))
			default:
				say(w, pageOf(t, "Condition?page=2"))
			}
		})
		r := ask(t.Context(), t, fetcher(t, fhir.Limits{}), e.server(), pathway.FromConditions)
		same(t, "asked for", []string{"/fhir/Condition?patient=p1", "/v4/Condition?page=2", "/v4/Condition?patient=p1"}, e.asked())
		for _, ask := range e.asks {
			same(t, "Authorization", "Bearer "+bearer, ask.Header.Get("Authorization"))
		}
		if wantNoGaps(t, r); !findsRetention(r) {
			t.Errorf("%d: the page behind it was not read", status)
		}
	}
}

// No address is asked for twice in a call, however the server leads there.
func TestNoAddressIsReadTwiceInACall(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"next to itself": func(w http.ResponseWriter, _ *http.Request) bool {
			say(w, pageOf(t, "Condition?patient=p1", retention()))
			return true
		},
		"next to itself with a fragment": func(w http.ResponseWriter, _ *http.Request) bool {
			say(w, pageOf(t, "Condition?patient=p1#again", retention()))
			return true
		},
		"a cycle": func(w http.ResponseWriter, r *http.Request) bool {
			say(w, pageOf(t, map[string]string{"patient=p1": "?page=2", "page=2": "?page=3", "page=3": "?patient=p1"}[r.URL.RawQuery], retention()))
			return true
		},
		"a redirect to itself": func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.RequestURI, http.StatusFound)
			return false
		},
		"a page that redirects to the one before": func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.RawQuery == "page=2" {
				http.Redirect(w, r, "Condition?patient=p1", http.StatusFound)
				return true
			}
			say(w, pageOf(t, "?page=2", retention()))
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := true
			e := newEHR(t, func(w http.ResponseWriter, r *http.Request) { found = answer(w, r) })
			r := ask(t.Context(), t, fetcher(t, fhir.Limits{}), e.server(), pathway.FromConditions)
			if gap := wantGap(t, r, pathway.FromConditions, fhir.ReasonRound); !gap.Whole {
				t.Errorf("%+v", gap)
			}
			same(t, "what was read counts", found, findsRetention(r))
			if uris := e.asked(); len(slices.Compact(slices.Clone(uris))) != len(uris) {
				t.Errorf("asked twice: %v", uris)
			}
		})
	}
	t.Run("two keys that lead to one page", func(t *testing.T) {
		e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
			next := "/fhir/more"
			if r.URL.Path == next {
				next = ""
			}
			say(w, pageOf(t, next, retention()))
		})
		ask(t.Context(), t, fetcher(t, fhir.Limits{}), e.server(), pathway.FromConditions, pathway.FromEncounters)
		same(t, "asked for", []string{"/fhir/Condition?patient=p1", "/fhir/Encounter?patient=p1", "/fhir/more"}, e.asked())
	})
}

// A caller who hangs up ends the reads: the server sees it, and the call is
// answered on what is there.
func TestReadsEndWithTheCall(t *testing.T) {
	for name, headerFirst := range map[string]bool{"before the header": false, "within the body": true} {
		t.Run(name, func(t *testing.T) {
			asked, ended := make(chan struct{}), make(chan struct{})
			e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
				if headerFirst {
					say(w, `{"resourceType":"Bundle","entry":[`)
					w.(http.Flusher).Flush()
				}
				close(asked)
				<-r.Context().Done()
				close(ended)
			})
			ctx, hangUp := context.WithCancel(t.Context())
			go func() {
				<-asked
				hangUp()
			}()
			r := ask(ctx, t, fetcher(t, fhir.Limits{}), e.server(), pathway.FromConditions)
			wantGap(t, r, pathway.FromConditions, fhir.ReasonGivenUp)
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("the server was not told")
			}
		})
	}
}

// A panic while a server is read is one of its call, which its caller catches:
// it does not end the process.
func TestAPanicWhileReadingIsThatOfTheCall(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
	f := fhir.NewFetcher(fhir.Limits{}, nil, func() time.Time { panic("the clock is gone") })
	defer f.Close()
	defer func() {
		if cause := recover(); cause != "the clock is gone" {
			t.Errorf("caught %v", cause)
		}
	}()
	ask(t.Context(), t, f, e.server(), fhir.Keys()...)
	t.Error("it went unnoticed")
}
