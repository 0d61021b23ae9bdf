package hooks_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	bearer = "t0ken-Of-p1" // of every call; it reaches the call's server and nothing else
	canary = "Jensine"     // stands in records and in the words of failing servers, and nowhere else
)

// withRemark is a resource with a text that no rule reads.
func withRemark(resource string) string {
	return strings.Replace(resource, `{`, `{"note":[{"text":"`+canary+`"}],`, 1)
}

var words = sync.OnceValues(func() (*fhir.Terminology, error) { return fhir.NewTerminology(fhir.DefaultCanonical) })

// reading lets a practice read the servers on this machine, with such limits.
func reading(t testing.TB, limits fhir.Limits, roots *x509.CertPool) func(*hooks.Config) {
	t.Helper()
	terms, err := words()
	if err != nil {
		t.Fatal(err)
	}
	f := fhir.NewFetcher(limits, roots, time.Now)
	t.Cleanup(f.Close)
	return func(c *hooks.Config) { c.Reader, c.Servers = fhir.NewReader(terms, f), hooks.LoopbackServers{} }
}

// ehr is a client's FHIR server that remembers what it was asked.
type ehr struct {
	*httptest.Server
	mu   sync.Mutex
	uris []string
}

func newEHR(t testing.TB, answer http.HandlerFunc) *ehr {
	t.Helper()
	e := unstarted(t, answer)
	e.Start()
	return e
}

func unstarted(t testing.TB, answer http.HandlerFunc) *ehr {
	t.Helper()
	e := &ehr{}
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.uris = append(e.uris, r.RequestURI)
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

// asked are the paths and queries since it was last asked, by the alphabet.
func (e *ehr) asked() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	uris := e.uris
	e.uris = nil
	slices.Sort(uris)
	return uris
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/fhir+json")
	fmt.Fprint(w, body)
}

// paged is a searchset with a further page.
func paged(next string, resources ...string) string {
	return strings.Replace(bundle(resources...), `{`, fmt.Sprintf(`{"link":[{"relation":"next","url":%q}],`, next), 1)
}

// at is a call that names a server and brings a token for it.
func at(base, call string) string {
	return strings.Replace(call, `{`, `{"fhirServer":"`+base+`","fhirAuthorization":{"access_token":"`+bearer+
		`","token_type":"Bearer","expires_in":300,"scope":"patient/*.read","subject":"rygkort"},`, 1)
}

// onlyWithout is a prefetch in which everything was looked for and nothing
// found, but that this key is not there.
func onlyWithout(absent pathway.Source) string {
	var members []string
	for _, source := range fhir.Keys() {
		if source != absent {
			members = append(members, fmt.Sprintf("%q:null", source))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// wantsNoSecret demands that nothing of the call's is said: not its token, not
// where its server is, nothing that only the record or the server said.
func wantsNoSecret(t testing.TB, where, text string, e *ehr) {
	t.Helper()
	secrets := []string{bearer, canary, "Condition?", "patient=p1"}
	if e != nil && e.Listener != nil {
		secrets = append(secrets, e.Listener.Addr().String())
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s says %q: %s", where, secret, text)
		}
	}
}

// R34, R45: a key that the client left out is read from its server, and
// the answer is the one that it would have got with the key.
func TestWhatTheClientLeftOutIsReadFromItsServer(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/Patient/p1"):
			say(w, patientP1)
		case strings.HasSuffix(r.URL.Path, "/Condition"):
			say(w, bundle(withRemark(backPain), withRemark(caudaEquina)))
		default:
			say(w, bundle())
		}
	})
	p := newPractice(t, reading(t, fhir.Limits{}, nil))
	want := p.answered(t, viewService, viewCall(prefetched(backPain, caudaEquina)))
	p.log.Reset()
	for _, call := range []string{
		viewCall("{}"), strings.Replace(viewCall("{}"), `,"prefetch":{}`, "", 1), viewCall(`null`),
	} {
		got := p.post(viewService, at(e.URL+"/fhir", call))
		same(t, "asked for", 6, len(e.asked()))
		same(t, "status", http.StatusOK, got.Code)
		wantsNoSecret(t, "the answer", got.Body.String(), e)
		same(t, "rules", want, p.answered(t, viewService, at(e.URL+"/fhir", call)))
		e.asked()
	}
	wantsNoSecret(t, "the log", p.log.String(), e)
	if !strings.Contains(p.log.String(), "fetched.conditions.pages=1") || !strings.Contains(p.log.String(), "prefetch.conditions=not-asked") {
		t.Errorf("the log does not tell what was read:\n%s", p.log)
	}
}

// Nobody's word on a server is taken where it is not this machine's, and that
// is no error.
func TestAServerThatMayNotBeReadIsNotAsked(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, bundle()) })
	nowhere := func(c *hooks.Config) { c.Servers = nil }
	for name, c := range map[string]struct {
		base   string
		change func(*hooks.Config)
	}{
		"none is":              {e.URL, nowhere},
		"it is elsewhere":      {"https://ehr.example/fhir", func(*hooks.Config) {}},
		"it only begins so":    {"https://127.0.0.1.example/fhir", func(*hooks.Config) {}},
		"it is a metadata one": {"https://169.254.169.254/fhir", func(*hooks.Config) {}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPractice(t, reading(t, fhir.Limits{}, nil), c.change)
			o := refused(t, p.post(viewService, at(c.base, viewCall("{}"))), http.StatusPreconditionFailed)
			same(t, "issues", []string{
				"incomplete prefetch.conditions: prefetch.conditions could not be had: " + fhir.ReasonNotAllowed,
				"incomplete prefetch.observations: prefetch.observations could not be had: " + fhir.ReasonNotAllowed,
			}, o.issues())
			same(t, "asked for", []string(nil), e.asked())
		})
	}
}

// R68: a token is not used after it ran out, also where that is between two pages.
func TestATokenThatHasRunOutIsNotUsed(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/Condition") {
			time.Sleep(300 * time.Millisecond)
			say(w, strings.TrimSuffix(bundle(caudaEquina), "}")+`,"link":[{"relation":"next","url":"/fhir/Condition?page=2"}]}`)
			return
		}
		say(w, bundle())
	})
	p := newPractice(t, reading(t, fhir.Limits{}, nil))
	lasting := func(seconds string) string {
		return strings.Replace(at(e.URL+"/fhir", viewCall("{}")), `"expires_in":300`, `"expires_in":`+seconds, 1)
	}
	if !strings.Contains(lasting("-5"), `"expires_in":-5`) {
		t.Fatal("the call has no expires_in")
	}
	for _, seconds := range []string{"-5", "0"} {
		o := refused(t, p.post(viewService, lasting(seconds)), http.StatusPreconditionFailed)
		same(t, "issue", "incomplete prefetch.conditions: prefetch.conditions could not be had: "+fhir.ReasonRunOut, o.issues()[0])
		same(t, "asked for", []string(nil), e.asked())
	}
	got := p.post(viewService, lasting("0.2"))
	same(t, "status", http.StatusOK, got.Code)
	if asked := strings.Join(e.asked(), " "); strings.Contains(asked, "page=2") || !strings.Contains(asked, "/Condition") {
		t.Errorf("asked for %s", asked)
	}
	if !strings.Contains(got.Body.String(), "R-A1") {
		t.Errorf("what came before is lost: %s", got.Body)
	}
}

// R71, I-cds-r-2: a token that is bound to another patient than the call's is
// not used, and what it would have been used for counts as not had. One that is
// bound to nobody is, though its scope speaks of one patient.
func TestATokenForAnotherPatientIsNotUsed(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, bundle()) })
	p := newPractice(t, reading(t, fhir.Limits{}, nil))
	boundTo := func(patient string) string {
		return strings.Replace(at(e.URL+"/fhir", viewCall("{}")), `"token_type"`, `"patient":`+patient+`,"token_type"`, 1)
	}
	for _, patient := range []string{`"p2"`, `"P1"`, `"Patient/p1"`, `" "`} {
		o := refused(t, p.post(viewService, boundTo(patient)), http.StatusPreconditionFailed)
		same(t, "issues", []string{
			"incomplete prefetch.conditions: prefetch.conditions could not be had: " + fhir.ReasonOtherPatient,
			"incomplete prefetch.observations: prefetch.observations could not be had: " + fhir.ReasonOtherPatient,
		}, o.issues())
		same(t, "R71, bound to "+patient+": asked for", []string(nil), e.asked())
	}
	acute := strings.Replace(boundTo(`"p2"`), `"prefetch":{}`, `"prefetch":{"conditions":`+bundle(caudaEquina)+`}`, 1)
	same(t, "what the client sent is answered on", []string{"critical R-A1"}, p.answered(t, viewService, acute))
	same(t, "asked for", []string(nil), e.asked())

	for _, patient := range []string{`"p1"`, `null`, `""`} {
		p.answered(t, viewService, boundTo(patient))
		same(t, "R71, bound to "+patient+": asked for", 12, len(e.asked())) // answered asks twice
	}
	for _, patient := range []string{`5`, `{}`, `["p1"]`} {
		o := refused(t, p.post(viewService, boundTo(patient)), http.StatusBadRequest)
		same(t, "R71: no string", []string{"structure fhirAuthorization.patient: fhirAuthorization.patient has to be a string"}, o.issues())
	}
	o := refused(t, p.post(viewService, boundTo("\"\xe5\"")), http.StatusBadRequest)
	same(t, "R71: no UTF-8", []string{"structure fhirAuthorization.patient: fhirAuthorization.patient is not UTF-8"}, o.issues())
}

// A client who hangs up ends what is read for it.
func TestAClientWhoHangsUpEndsTheReads(t *testing.T) {
	var asked, ended sync.WaitGroup
	asked.Add(6)
	ended.Add(6)
	e := newEHR(t, func(_ http.ResponseWriter, r *http.Request) {
		asked.Done()
		<-r.Context().Done()
		ended.Done()
	})
	p := newPractice(t, reading(t, fhir.Limits{}, nil), func(c *hooks.Config) { c.Deadline = time.Hour })
	front := httptest.NewServer(p.handler)
	defer front.Close()
	ctx, hangUp := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, front.URL+"/cds-services/"+viewService, strings.NewReader(at(e.URL+"/fhir", viewCall("{}"))))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		asked.Wait()
		hangUp()
	}()
	if response, err := front.Client().Do(request); err == nil {
		response.Body.Close()
		t.Errorf("answered with %s", response.Status)
	}
	ended.Wait() // or the test runs into its own deadline
}

// The deadline is one for the call, from its arrival: a body that takes its time
// leaves less for the reads, and one that takes all of it, none.
func TestASlowBodyTakesFromTheTimeForReading(t *testing.T) {
	const deadline = 500 * time.Millisecond
	e := newEHR(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p := newPractice(t, reading(t, fhir.Limits{}, nil), func(c *hooks.Config) { c.Deadline = deadline })
	front := httptest.NewServer(p.handler)
	defer front.Close()
	for _, c := range []struct {
		slow time.Duration
		asks int
		want string
	}{
		{0, 6, "HTTP/1.1 412 "},
		{300 * time.Millisecond, 6, "HTTP/1.1 412 "},
		{700 * time.Millisecond, 0, "HTTP/1.1 400 "},
	} {
		body := at(e.URL+"/fhir", viewCall("{}"))
		began := time.Now()
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /cds-services/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", viewService, len(body), body[:20])
		time.Sleep(c.slow)
		fmt.Fprint(conn, body[20:])
		answer, err := io.ReadAll(conn)
		took := time.Since(began)
		conn.Close()
		if err != nil || !strings.HasPrefix(string(answer), c.want) || c.asks > 0 && !strings.Contains(string(answer), fhir.ReasonTooLate) {
			t.Errorf("%v: %s", err, answer)
		}
		if most := max(deadline, c.slow) + 2*time.Second; took < max(deadline, c.slow)-50*time.Millisecond || took > most {
			t.Errorf("a body of %s: answered after %s", c.slow, took)
		}
		same(t, fmt.Sprintf("a body of %s: asks", c.slow), c.asks, len(e.asked()))
	}
}

// contextWithin is one that ends with the test, or after a deadline where there
// is one.
func contextWithin(t testing.TB, deadline time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	if deadline == 0 {
		deadline = 10 * time.Second
	}
	return context.WithTimeout(t.Context(), deadline)
}
