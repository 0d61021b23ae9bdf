package hooks_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/time/rate"

	"rygkort/cards"
	"rygkort/hooks"
)

// mark stands wherever something may be about a patient, or secret.
const mark = "Zq9mark"

// demoCall is a call about a demo patient, as a record system sends it.
func demoCall(t testing.TB, hook, patient string) string {
	t.Helper()
	k, err := ready()
	if err != nil {
		t.Fatal(err)
	}
	body, err := k.patients.Call(patient, hook, "")
	compact := jsontext.Value(body)
	if err = errors.Join(err, compact.Compact()); err != nil {
		t.Fatal(err)
	}
	return string(compact)
}

// demoCalls are some in which every part of a record occurs.
var demoCalls = []struct{ hook, service, patient string }{
	{"patient-view", viewService, "cauda-equina"},
	{"order-select", selectService, "nerve-root"},
	{"order-sign", signService, "seven-weeks"},
}

// members goes through the strings of a JSON value. set changes one of them.
func members(value any, path string, each func(path, text string, set func(any))) {
	visit := func(path string, inner any, set func(any)) {
		if text, isText := inner.(string); isText {
			each(path, text, set)
			return
		}
		members(inner, path, each)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			visit(path+"."+name, value[name], func(to any) { value[name] = to })
		}
	case []any:
		for i := range value {
			visit(fmt.Sprintf("%s[%d]", path, i), value[i], func(to any) { value[i] = to })
		}
	}
}

// contentsOf are the strings of a call by which a patient could be known: ids,
// names, codes, words, dates.
func contentsOf(t testing.TB, call string) []string {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(call), &decoded); err != nil {
		t.Fatal(err)
	}
	var contents []string
	ours := regexp.MustCompile(`\.(resourceType|hook|hookInstance|status|use|type|mode|gender|unit|intent)$`)
	members(decoded, "", func(path, text string, _ func(any)) {
		if !ours.MatchString(path) && len(text) > 4 {
			contents = append(contents, text)
		}
	})
	slices.Sort(contents)
	return slices.Compact(contents)
}

var logTime = regexp.MustCompile(`(?m)^time=\S+ `)

// wantsSilence demands that nothing of a list was said in the log, nor in an
// error. The hookInstance may stand in the error, for whoever sent it.
func wantsSilence(t testing.TB, what string, g *guarded, got *httptest.ResponseRecorder, about ...string) {
	t.Helper()
	said := logTime.ReplaceAllString(g.log.String(), "") // days of the record may be today
	if got != nil && got.Code >= http.StatusBadRequest {
		said += fmt.Sprint(got.Header(), regexp.MustCompile(`"OperationOutcome","id":"[^"]*"`).ReplaceAllString(got.Body.String(), ""))
	}
	for _, one := range about {
		if i := strings.Index(said, one); i >= 0 {
			t.Errorf("%s: %q is said: …%s", what, one, said[max(0, i-200):min(len(said), i+100)])
		}
	}
}

// wantsQuietNumbers demands that of what operators read beside the log.
func wantsQuietNumbers(t testing.TB, g *guarded, about ...string) {
	t.Helper()
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		said := g.ask(http.MethodGet, path).Body.String()
		for _, one := range about {
			if strings.Contains(said, one) {
				t.Errorf("%s says %q:\n%s", path, one, said)
			}
		}
	}
}

// TestNoMemberOfACallIsSaid puts a mark in the place of each string of a call,
// one after the other, so that the rest of it is read as far as it can be.
func TestNoMemberOfACallIsSaid(t *testing.T) {
	g := guard(t)
	statuses := map[int]int{}
	for _, of := range demoCalls {
		body := demoCall(t, of.hook, of.patient)
		contents := append(contentsOf(t, body), mark)
		audience := publicURL + "/cds-services/" + of.service
		var call any
		if err := json.Unmarshal([]byte(body), &call); err != nil {
			t.Fatal(err)
		}
		members(call, "", func(path, text string, set func(any)) {
			for _, to := range []any{mark, text + " " + mark, map[string]any{mark: mark}} {
				set(to)
				g.log.Reset()
				got := g.post(of.service, string(asJSON(call)), "Authorization", g.ticket().with(map[string]any{"aud": audience}).bearer())
				statuses[got.Code]++
				wantsSilence(t, of.hook+path, g, got, contents...)
				wantsOneLine(t, g)
			}
			set(text)
		})
	}
	wantsQuietNumbers(t, g, mark, "nerve-root", "192970008")
	if statuses[http.StatusOK] < 500 || statuses[http.StatusBadRequest] < 20 {
		t.Errorf("the calls ended so: %v", statuses)
	}
}

// wantsOneLine demands that there is one line about the call, and no panic.
func wantsOneLine(t testing.TB, g *guarded) {
	t.Helper()
	if log := g.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "msg=call") {
		t.Errorf("want one line about the call:\n%s", log)
	}
}

// markedCall is a call in which everything that a client can say is marked, and
// that is answered all the same.
func markedCall(t testing.TB, hook, patient string) string {
	t.Helper()
	call := strings.ReplaceAll(demoCall(t, hook, patient), patient, mark+patient)
	call = regexp.MustCompile(`"hookInstance":"[^"]*"`).ReplaceAllString(call, `"hookInstance":"`+mark+` 0102031234"`)
	call = regexp.MustCompile(`"userId":"[^"]*"`).ReplaceAllString(call, `"userId":"Practitioner/`+mark+`"`)
	call = regexp.MustCompile(`"(text|display|family|valueString|div)":"`).ReplaceAllString(call, `"$1":"`+mark+` `)
	return strings.Replace(call, `{`, `{"extension":{"`+mark+`":"`+mark+`"},"`+mark+`":[{"`+mark+`":"`+mark+`"}],`, 1)
}

// authorized is a call that names a server under a marked path, with a marked
// token.
func authorized(base, call string) string {
	return strings.Replace(call, `{`, `{"fhirServer":"`+base+`","fhirAuthorization":{"access_token":"`+mark+
		`","token_type":"Bearer","expires_in":300,"scope":"`+mark+`","subject":"`+mark+`"},`, 1)
}

// TestNoRefusalSaysAnythingOfTheCall sends a marked call down the way of every
// status.
func TestNoRefusalSaysAnythingOfTheCall(t *testing.T) {
	var fault any
	g := guard(t, func(c *hooks.Config) {
		c.InFlight, c.MaxBody, c.Deadline = 1, 1<<20, time.Hour
		c.Renderer = cards.New(cards.Settings{PublicURL: publicURL, NewUUID: func() string {
			if fault != nil {
				panic(fault)
			}
			return instance
		}})
	})
	e := newEHR(t, status(http.StatusForbidden))
	for _, of := range demoCalls {
		body := markedCall(t, of.hook, of.patient)
		about := append(contentsOf(t, body), mark, "0102031234", e.Listener.Addr().String())
		about = slices.DeleteFunc(about, func(one string) bool { return one == mark+" 0102031234" })
		good := g.ticket().with(map[string]any{"aud": publicURL + "/cds-services/" + of.service, "sub": mark, mark: mark})
		type how struct {
			method, path, body string
			token              ticket
			headers            []string
		}
		usual := how{http.MethodPost, "/cds-services/" + of.service, body, good, []string{"Content-Type", "application/json; q=" + mark}}
		changed := func(change func(*how)) how {
			changed := usual
			change(&changed)
			return changed
		}
		bodied := func(body string) how { return changed(func(h *how) { h.body = body }) }
		for _, test := range []struct {
			name   string
			status int
			how    how
			before func() (after func())
		}{
			{"answered", 200, usual, nil},
			{"a server that is not read", 403, bodied(authorized("https://"+mark+".example/"+mark, body)), nil},
			{"no JSON", 400, bodied(body + mark), nil},
			{"a syntax error in a text", 400, bodied(strings.Replace(body, `"`+mark+` `, mark+`"`, 1)), nil},
			{"UTF-8 broken in the id", 400, bodied(strings.Replace(body, `"patientId":"`, `"patientId":"`+"\xff", 1)), nil},
			{"a patient who is none", 400, bodied(strings.Replace(body, `"patientId":"`, `"patientId":"Patient/`, 1)), nil},
			{"a token for no server", 400, bodied(strings.Replace(authorized(mark, body), `"fhirServer":"`+mark+`",`, "", 1)), nil},
			{"a server that is no URL", 400, bodied(authorized(mark, body)), nil},
			{"nothing that is needed", map[string]int{"patient-view": 412}[of.hook], bodied(regexp.MustCompile(`"(patient|conditions|observations|encounters|requests|procedures)":`).ReplaceAllString(body, `"`+mark+`$1":`)), nil},
			{"too large", 413, bodied(strings.Repeat(" ", 1<<20) + body), nil},
			{"another media type", 415, changed(func(h *how) { h.headers = []string{"Content-Type", "text/" + mark} }), nil},
			{"another charset", 415, changed(func(h *how) { h.headers = []string{"Content-Type", "application/json; charset=" + mark} }), nil},
			{"another encoding", 415, changed(func(h *how) { h.headers = []string{"Content-Encoding", mark} }), nil},
			{"an unknown service", 404, changed(func(h *how) { h.path = "/cds-services/" + mark }), nil},
			{"an unknown path", 404, changed(func(h *how) { h.path = "/" + mark + "/" + mark + "?" + mark + "=" + mark }), nil},
			{"another method", 405, changed(func(h *how) { h.method = "PUT" }), nil},
			{"an unheard-of method", 405, changed(func(h *how) { h.method = "ZQ9MARK" }), nil},
			{"a bad kid", 401, changed(func(h *how) { h.token = good.signedBy("emr-1", "ES256").with(map[string]any{"kid": mark}) }), nil},
			{"a bad iss", 401, changed(func(h *how) { h.token = good.with(map[string]any{"iss": "https://" + mark + ".example"}) }), nil},
			{"a bad aud", 401, changed(func(h *how) { h.token = good.with(map[string]any{"aud": mark}) }), nil},
			{"a bad jku", 401, changed(func(h *how) { h.token = good.with(map[string]any{"jku": "https://" + mark + ".example"}) }), nil},
			{"a bad exp", 401, changed(func(h *how) { h.token = good.with(map[string]any{"exp": mark}) }), nil},
			{"too often", 429, usual, func() func() {
				g.emr.Calls = rate.NewLimiter(1, 0)
				return func() { g.emr.Calls = nil }
			}},
			{"too many at once", 503, usual, func() func() {
				body, within := newSlowBody(""), make(chan struct{})
				other := g.clinicTicket().bearer()
				go func() {
					defer close(within)
					g.send(http.MethodPost, "/cds-services/"+viewService, body, "Authorization", other)
				}()
				<-body.begun
				return func() { close(body.come); <-within }
			}},
			{"a panic with words", 500, usual, failing(&fault, mark)},
			{"a panic with an error", 500, usual, failing(&fault, fmt.Errorf("%s: %w", mark, errors.New(mark)))},
			{"a panic with a value", 500, usual, failing(&fault, struct{ Name string }{mark})},
			{"a panic of Go's", 500, usual, failing(&fault, runtimeError())},
		} {
			if test.status == 0 {
				test.status = http.StatusOK // a draft order speaks of the back, too
			}
			after := func() {}
			if test.before != nil {
				after = test.before()
			}
			g.log.Reset()
			headers := append([]string{
				"Authorization", test.how.token.with(map[string]any{"jti": mark + fmt.Sprint(time.Now().UnixNano())}).bearer(),
				"Accept-Language", mark, "User-Agent", mark, "Cookie", mark, "Origin", "https://" + mark, "X-Request-Id", mark, "Referer", mark, "Expect", mark,
			}, test.how.headers...)
			got := g.send(test.how.method, test.how.path, strings.NewReader(test.how.body), headers...)
			after()
			what := of.hook + ", " + test.name
			if got.Code != test.status {
				t.Errorf("%s: status %d, want %d: %s", what, got.Code, test.status, got.Body)
			}
			wantsSilence(t, what, g, got, about...)
			if test.status >= http.StatusBadRequest {
				refused(t, got, test.status)
				same(t, what+": Cache-Control", "no-store", got.Header().Get("Cache-Control"))
			}
			if isCall := strings.Contains(g.log.String(), fmt.Sprintf("msg=call service=%s hookInstance=", of.service)); isCall != (test.status != 404 && test.status != 405) {
				t.Errorf("%s: the log has a line about the call: %v\n%s", what, isCall, g.log)
			}
		}
		wantsQuietNumbers(t, g, about...)
	}
}

// failing lets the service fail so.
func failing(fault *any, with any) func() func() {
	return func() func() {
		*fault = with
		return func() { *fault = nil }
	}
}

// runtimeError is one that Go itself raises.
func runtimeError() (raised any) {
	defer func() { raised = recover() }()
	var words map[any]string
	_ = words[[]string{mark}]
	_ = []string{}[len(words)]
	return nil
}

// TestNothingThatAServerSaysIsSaid reads a listed server that fails in every
// way, and one that answers with marks. Reads are about a marked patient, under
// a marked path, with a marked token.
func TestNothingThatAServerSaysIsSaid(t *testing.T) {
	ways := faults()
	words := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + mark + `","diagnostics":"` + mark + `"}]}`
	marked := strings.NewReplacer("c2", mark, "p1", mark+"p1").Replace(caudaEquina)
	maps.Copy(ways, map[string]fault{
		"it answers": {answer: saying("application/fhir+json", bundle(withRemark(marked)))},
		"a status with words": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", mark)
			w.Header().Set("Retry-After", mark)
			w.WriteHeader(http.StatusServiceUnavailable)
			say(w, words)
		}},
		"an outcome for a bundle":  {answer: saying("application/fhir+json", words)},
		"an outcome in a bundle":   {answer: saying("application/fhir+json", bundle(words))},
		"words for JSON":           {answer: saying("text/"+mark, mark)},
		"JSON that breaks in a id": {answer: saying("application/fhir+json", `{"resourceType":"Bundle","entry":[{"resource":{"id":"`+mark)},
		"another resource":         {answer: saying("application/fhir+json", `{"resourceType":"`+mark+`","id":"`+mark+`"}`)},
		"a redirect to a mark":     {answer: to("https://" + mark + ".example/" + mark)},
		"a next that is a mark":    {answer: saying("application/fhir+json", paged("https://"+mark+".example/"+mark, marked))},
		"a next that is no URL":    {answer: saying("application/fhir+json", paged("%zz"+mark, marked))},
		"a next within":            {answer: saying("application/fhir+json", paged("?"+mark, marked))},
	})
	for name, f := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := unstarted(t, f.answer)
			base := ""
			if f.start != nil {
				base, _ = f.start(t, e)
			} else {
				e.Start()
				base = e.URL
			}
			base += "/" + mark + "/fhir"
			g := guard(t, reading(t, f.limits, nil), func(c *hooks.Config) {
				c.Deadline = 10 * time.Second
				if f.deadline > 0 {
					c.Deadline = f.deadline
				}
			})
			g.clinic.Servers = hooks.ListedServers{base}
			about := []string{mark, canary, bearer, "evil.example", "/etc/passwd", "192970008", "Condition?", "?patient=", strings.SplitAfter(base, "//")[1]}
			for _, of := range demoCalls {
				call := strings.Replace(markedCall(t, of.hook, of.patient), `"prefetch":`, `"`+mark+`prefetch":`, 1)
				g.log.Reset()
				got := g.post(of.service, authorized(base, call), "Authorization", g.clinicTicket().with(map[string]any{"aud": publicURL + "/cds-services/" + of.service}).bearer())
				if got.Code != http.StatusOK && got.Code != http.StatusPreconditionFailed {
					t.Errorf("status %d: %s", got.Code, got.Body)
				}
				wantsSilence(t, of.hook, g, got, about...)
				if !strings.Contains(g.log.String(), "fetched.conditions.") {
					t.Errorf("the log does not tell of the reads: %s", g.log)
				}
			}
			wantsQuietNumbers(t, g, about...)
		})
	}
}
