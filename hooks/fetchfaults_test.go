package hooks_test

import (
	"compress/gzip"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// fault is a way in which a server fails to give what it is asked for, and what
// is said of it.
type fault struct {
	answer   http.HandlerFunc // with it; on what is not its first address, too
	reason   string
	limits   fhir.Limits
	deadline time.Duration
	// start makes another server than one with plain HTTP; roots are those of
	// whom it is trusted.
	start func(t *testing.T, e *ehr) (base string, roots *x509.CertPool)
	alone bool // it is one of the whole server: no page of it can be read before
	entry bool // on a further page it is no gap: what is there is passed over
}

// status answers with one, and with words that are nobody's business.
func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		for pair := range slices.Chunk(headers, 2) {
			w.Header().Set(pair[0], pair[1])
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"%s %s"}]}`, canary, bearer)
	}
}

// saying answers 200 with a body of a type.
func saying(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, body)
	}
}

// raw answers with these bytes and closes the connection.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, text)
	}
}

// to redirects to an address of another test's making.
func to(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.WriteHeader(http.StatusFound)
	}
}

// numbered numbers its answers.
func numbered(answer func(w http.ResponseWriter, r *http.Request, n int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		answer(w, r, n+1)
	}
}

func faults() map[string]fault {
	const fhirJSON = "application/fhir+json"
	other := strings.Replace(hypertension, "Patient/p1", "Patient/p2", 1)
	half := bundle(withRemark(hypertension))
	half = half[:len(half)-5]
	var lines []string
	for i := range 12 {
		lines = append(lines, strings.Replace(hypertension, `"c3"`, fmt.Sprintf(`"n%d"`, i), 1))
	}
	return map[string]fault{
		"401":                       {answer: status(401, "WWW-Authenticate", `Bearer realm="`+canary+`"`), reason: fhir.ReasonStatus + "401"},
		"403":                       {answer: status(403), reason: fhir.ReasonStatus + "403"},
		"404":                       {answer: status(404), reason: fhir.ReasonStatus + "404"},
		"406":                       {answer: status(406), reason: fhir.ReasonStatus + "406"},
		"429":                       {answer: status(429), reason: fhir.ReasonStatus + "429"},
		"429, to be tried too late": {answer: status(429, "Retry-After", "60"), reason: fhir.ReasonStatus + "429"},
		"500":                       {answer: status(500), reason: fhir.ReasonStatus + "500"},
		"503":                       {answer: status(503), reason: fhir.ReasonStatus + "503"},
		"206":                       {answer: status(206), reason: fhir.ReasonStatus + "206"},

		"a header that does not come": {answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, reason: fhir.ReasonTooLate, deadline: 100 * time.Millisecond},
		"a body that does not end in time": {answer: func(w http.ResponseWriter, r *http.Request) {
			say(w, half)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, reason: fhir.ReasonTooLate, deadline: 100 * time.Millisecond},
		"a body that does not end": {answer: func(w http.ResponseWriter, r *http.Request) {
			for say(w, `{"entry":[`); r.Context().Err() == nil; {
				if _, err := fmt.Fprint(w, hypertension+","); err != nil {
					return
				}
			}
		}, reason: fhir.ReasonManyBytes, limits: fhir.Limits{Bytes: 64 << 10}},
		"a body that is too large": {answer: saying(fhirJSON, bundle()+strings.Repeat(" ", 64<<10)), reason: fhir.ReasonManyBytes, limits: fhir.Limits{Bytes: 64 << 10}},
		"a body that says it is too large": {answer: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1<<40))
			say(w, bundle())
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, reason: fhir.ReasonManyBytes},
		"a bomb of gzip": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", fhirJSON)
			bomb := gzip.NewWriter(w)
			defer bomb.Close()
			for blank := strings.Repeat(" ", 1<<20); ; {
				if _, err := fmt.Fprint(bomb, blank); err != nil {
					return
				}
			}
		}, reason: fhir.ReasonManyBytes, limits: fhir.Limits{Bytes: 1 << 20}},
		"gzip that is none":               {answer: raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), reason: fhir.ReasonBrokeOff},
		"a body shorter than it says":     {answer: raw("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + bundle()), reason: fhir.ReasonBrokeOff},
		"chunks that break off":           {answer: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), reason: fhir.ReasonBrokeOff},
		"a connection that is closed":     {answer: raw(""), reason: fhir.ReasonUnreachable},
		"a header that breaks off":        {answer: raw("HTTP/1.1 200 OK\r\nContent-Ty"), reason: fhir.ReasonUnreachable},
		"what is no HTTP":                 {answer: raw(canary), reason: fhir.ReasonUnreachable},
		"a header without end":            {answer: raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)), reason: fhir.ReasonUnreachable},
		"HTML":                            {answer: saying("text/html", "<html><title>"+canary+"</title>"), reason: fhir.ReasonNotJSON},
		"HTML that says it is JSON":       {answer: saying(fhirJSON, "<html><title>"+canary+"</title>"), reason: fhir.ReasonNotJSON},
		"JSON that says it is HTML":       {answer: saying("text/html", bundle()), reason: fhir.ReasonNotJSON},
		"XML":                             {answer: saying("application/fhir+xml", "<Bundle/>"), reason: fhir.ReasonNotJSON},
		"a Content-Type of no form":       {answer: saying(";;;", bundle()), reason: fhir.ReasonNotJSON},
		"nothing":                         {answer: saying(fhirJSON, ""), reason: fhir.ReasonNotJSON},
		"JSON that breaks off":            {answer: saying(fhirJSON, half), reason: fhir.ReasonNotJSON},
		"JSON with something behind":      {answer: saying(fhirJSON, bundle()+bundle()), reason: fhir.ReasonNotJSON},
		"JSON nested without end":         {answer: saying(fhirJSON, strings.Repeat("[", 100_000)), reason: fhir.ReasonNotJSON},
		"null":                            {answer: saying(fhirJSON, "null"), reason: fhir.ReasonNoResource},
		"what only begins like null":      {answer: saying(fhirJSON, "nul\xe8"), reason: fhir.ReasonNotJSON},
		"null and something behind":       {answer: saying(fhirJSON, "null null"), reason: fhir.ReasonNotJSON},
		"a string":                        {answer: saying(fhirJSON, `"`+canary+`"`), reason: fhir.ReasonNoResource},
		"a number and something behind":   {answer: saying(fhirJSON, `5 5`), reason: fhir.ReasonNotJSON},
		"true":                            {answer: saying(fhirJSON, `true`), reason: fhir.ReasonNoResource},
		"an object that is no resource":   {answer: saying(fhirJSON, `{"error":"`+canary+`"}`), reason: fhir.ReasonNoResource},
		"a list of what is no resource":   {answer: saying(fhirJSON, `[5,"x",{}]`), reason: fhir.ReasonNoResource},
		"a Bundle of another type":        {answer: saying(fhirJSON, bundle(patientP1)), reason: fhir.ReasonOtherType},
		"a resource of another type":      {answer: saying(fhirJSON, patientP1), reason: fhir.ReasonOtherType},
		"an OperationOutcome":             {answer: func(w http.ResponseWriter, r *http.Request) { status(200)(w, r) }, reason: fhir.ReasonFailed},
		"an OperationOutcome among all":   {answer: saying(fhirJSON, bundle(hypertension, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"`+canary+`"}]}`)), reason: fhir.ReasonFailed},
		"an OperationOutcome with a next": {answer: saying(fhirJSON, paged("?page=9", `{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`)), reason: fhir.ReasonFailed},
		"another patient's record":        {answer: saying(fhirJSON, bundle(other)), reason: fhir.ReasonForeign, entry: true},
		"fewer than it says there are":    {answer: saying(fhirJSON, strings.Replace(bundle(hypertension), `{`, `{"total":9,`, 1)), reason: fhir.ReasonCutShort},

		"a next without an address":    {answer: saying(fhirJSON, paged("", hypertension)), reason: fhir.ReasonCutShort},
		"a next whose address is none": {answer: saying(fhirJSON, paged("http://[", hypertension)), reason: fhir.ReasonCutShort},
		"pages without end": {answer: numbered(func(w http.ResponseWriter, _ *http.Request, n int) {
			say(w, paged(fmt.Sprintf("?n=%d", n), hypertension))
		}), reason: fhir.ReasonManyPages, limits: fhir.Limits{Pages: 6}},
		"empty pages without end": {answer: numbered(func(w http.ResponseWriter, _ *http.Request, n int) { say(w, paged(fmt.Sprintf("?n=%d", n))) }), reason: fhir.ReasonManyPages},
		"too many entries":        {answer: saying(fhirJSON, bundle(lines...)), reason: fhir.ReasonManyEntries, limits: fhir.Limits{Entries: 11}},
		"too many entries over pages": {answer: numbered(func(w http.ResponseWriter, _ *http.Request, n int) {
			say(w, paged(fmt.Sprintf("?n=%d", n), lines[:3]...))
		}), reason: fhir.ReasonManyEntries, limits: fhir.Limits{Entries: 11}},
		"too many entries of no use": {answer: saying(fhirJSON, `{"resourceType":"Bundle","entry":[`+hypertensionEntry()+strings.Repeat(`,{}`, 12)+`]}`), reason: fhir.ReasonManyEntries, limits: fhir.Limits{Entries: 11}},
		"a next to itself":           {answer: func(w http.ResponseWriter, r *http.Request) { say(w, paged(r.RequestURI, hypertension)) }, reason: fhir.ReasonRound},
		"pages that go round": {answer: numbered(func(w http.ResponseWriter, _ *http.Request, n int) {
			say(w, paged(fmt.Sprintf("?n=%d", n%3), hypertension))
		}), reason: fhir.ReasonRound},
		"a next on another host":         {answer: saying(fhirJSON, paged("https://evil.example/fhir", hypertension)), reason: fhir.ReasonElsewhere},
		"a next on another port":         {answer: saying(fhirJSON, paged("http://127.0.0.1:1/fhir", hypertension)), reason: fhir.ReasonElsewhere},
		"a next in another scheme":       {answer: saying(fhirJSON, paged("file:///etc/passwd", hypertension)), reason: fhir.ReasonElsewhere},
		"a next with a user":             {answer: func(w http.ResponseWriter, r *http.Request) { say(w, paged("http://a:b@"+r.Host+"/x", hypertension)) }, reason: fhir.ReasonElsewhere},
		"a redirect elsewhere":           {answer: to("https://evil.example/fhir"), reason: fhir.ReasonElsewhere},
		"a redirect to a user":           {answer: func(w http.ResponseWriter, r *http.Request) { to("http://a:b@"+r.Host+"/x")(w, r) }, reason: fhir.ReasonElsewhere},
		"a redirect to where it is from": {answer: func(w http.ResponseWriter, r *http.Request) { to(r.RequestURI)(w, r) }, reason: fhir.ReasonRound},
		"a redirect to nowhere":          {answer: status(302), reason: fhir.ReasonStatus + "302"},
		"too many redirects":             {answer: numbered(func(w http.ResponseWriter, r *http.Request, n int) { to(fmt.Sprintf("?n=%d", n))(w, r) }), reason: fhir.ReasonRedirected},

		"a redirect to plain HTTP": {answer: func(w http.ResponseWriter, r *http.Request) { to("http://"+r.Host+"/x")(w, r) }, reason: fhir.ReasonElsewhere, start: trusted},
		"a next to plain HTTP":     {answer: func(w http.ResponseWriter, r *http.Request) { say(w, paged("http://"+r.Host+"/x", hypertension)) }, reason: fhir.ReasonElsewhere, start: trusted},
		"a stream that is reset":   {answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, reason: fhir.ReasonUnreachable, start: trusted},
		"a stream that breaks off": {answer: func(w http.ResponseWriter, _ *http.Request) {
			say(w, half)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, reason: fhir.ReasonBrokeOff, start: trusted},
		"a certificate of nobody we trust": {answer: status(500), reason: fhir.ReasonUntrusted, alone: true, start: func(t *testing.T, e *ehr) (string, *x509.CertPool) {
			base, _ := trusted(t, e)
			return base, nil
		}},
		"plain HTTP where TLS is spoken": {answer: status(500), reason: fhir.ReasonUntrusted, alone: true, start: func(_ *testing.T, e *ehr) (string, *x509.CertPool) {
			e.Start()
			return "https" + strings.TrimPrefix(e.URL, "http"), nil
		}},
		"TLS where plain HTTP is spoken": {answer: status(500), reason: fhir.ReasonStatus + "400", alone: true, start: func(t *testing.T, e *ehr) (string, *x509.CertPool) {
			base, roots := trusted(t, e)
			return "http" + strings.TrimPrefix(base, "https"), roots
		}},
		"nobody listens": {answer: status(500), reason: fhir.ReasonUnreachable, alone: true, start: func(t *testing.T, _ *ehr) (string, *x509.CertPool) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			return "http://" + listener.Addr().String(), nil
		}},
	}
}

func hypertensionEntry() string { return `{"resource":` + hypertension + `}` }

// trusted starts a server with a certificate, and HTTP/2.
func trusted(_ *testing.T, e *ehr) (string, *x509.CertPool) {
	e.EnableHTTP2 = true
	e.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(e.Certificate())
	return e.URL, roots
}

// TestNoFaultOfAServerIsOneOfTheAnswer lets a server fail in every way: with the
// first page, with a further one, and with a further one of what the client
// began to send. The key is a gap with its reason; the red flags of the pages
// before it make their card, which says what is missing; where nothing speaks of
// the back the answer is 412; and nobody is told a secret.
func TestNoFaultOfAServerIsOneOfTheAnswer(t *testing.T) {
	for name, f := range faults() {
		for _, way := range []string{"with the first page", "with a further page", "with a further page of what came"} {
			if f.alone && way == "with a further page" {
				continue
			}
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				e := unstarted(t, func(w http.ResponseWriter, r *http.Request) {
					if way == "with a further page" && r.URL.RawQuery == "patient=p1" {
						say(w, paged("Condition?n=0", withRemark(caudaEquina)))
						return
					}
					f.answer(w, r)
				})
				var base string
				var roots *x509.CertPool
				if f.start != nil {
					base, roots = f.start(t, e)
				} else {
					e.Start()
					base = e.URL
				}
				p := newPractice(t, reading(t, f.limits, roots), func(c *hooks.Config) {
					c.Deadline = 10 * time.Second
					if f.deadline > 0 {
						c.Deadline = f.deadline
					}
				})
				prefetch := onlyWithout(pathway.FromConditions)
				if way == "with a further page of what came" {
					prefetch = strings.Replace(prefetch, `{`, `{"conditions":`+paged("Condition?n=0", withRemark(caudaEquina))+`,`, 1)
				}
				call := at(base+"/fhir", viewCall(prefetch))
				began := time.Now()
				got := p.post(viewService, call)
				if took := time.Since(began); took > 8*time.Second {
					t.Errorf("it took %s", took)
				}
				wantsNoSecret(t, "the answer", strings.ReplaceAll(got.Body.String(), publicURL, ""), e)
				wantsNoSecret(t, "the log", p.log.String(), e)

				if way == "with the first page" {
					o := refused(t, got, http.StatusPreconditionFailed)
					same(t, "issues", []string{"incomplete prefetch.conditions: prefetch.conditions could not be had: " + f.reason}, o.issues())
					return
				}
				if got.Code != http.StatusOK {
					t.Fatalf("status %d: %s", got.Code, got.Body)
				}
				ctx, cancel := contextWithin(t, f.deadline)
				defer cancel()
				response, trace, err := p.Answer(ctx, []byte(call), viewService, "da")
				if err != nil {
					t.Fatal(err)
				}
				lawful(t, response, "da")
				same(t, "cards", 1, len(response.Cards))
				same(t, "rules", "R-A1", response.Cards[0].Extension.Decision.Rules[0])
				var gaps []string
				for _, gap := range trace.Reading.Chart.Gaps {
					if gap.Whole {
						gaps = append(gaps, string(gap.Source)+": "+gap.Reason)
					}
				}
				want := []string{"conditions: " + f.reason}
				if f.entry {
					want = nil
				}
				same(t, "gaps", want, gaps)
				same(t, "the card names what is missing", !f.entry, strings.Contains(sentenceOnParts(response.Cards[0].Detail), "diagnoser"))
				wantsNoSecret(t, "the trace", fmt.Sprintf("%+v %+v %+v", trace.Reading.Chart.Gaps, trace.Reading.Notes, trace.Reading.Fetches), e)
				var log strings.Builder
				slog.New(slog.NewJSONHandler(&log, nil)).Info("request", "request", trace.Request.Token, "fetches", trace.Reading.Fetches)
				wantsNoSecret(t, "a log of what was read", log.String(), e)
			})
		}
	}
}
