package hooks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rygkort/hooks"
)

// reportFrom asks for the report from an address, with headers.
func (p *practice) reportFrom(address, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.RemoteAddr, request.Host = address, "127.0.0.1:8080"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, request)
	return answer
}

// TestTheReportIsForTheOperator: on this machine, or with the operator's token.
func TestTheReportIsForTheOperator(t *testing.T) {
	local := func(c *hooks.Config) { c.PublicURL = "http://localhost:8080" }
	open, _ := withLedger(t, local)
	public, _ := withLedger(t)
	proxied, _ := withLedger(t, local, func(c *hooks.Config) { c.Proxies = []string{"127.0.0.1"} })
	guarded, _ := withLedger(t, func(c *hooks.Config) { c.OperatorToken = "night-shift" })
	const here, there = "127.0.0.1:4711", "192.0.2.7:4711"
	basic := func(password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth("anyone", password)
		return r.Header.Get("Authorization")
	}
	for name, test := range map[string]struct {
		p       *practice
		address string
		headers []string
		want    int
	}{
		"on this machine":                          {open, here, nil, http.StatusOK},
		"on this machine, IPv6":                    {open, "[::1]:4711", nil, http.StatusOK},
		"behind a proxy that says nothing":         {public, here, nil, http.StatusUnauthorized},
		"behind a proxy that is configured":        {proxied, here, nil, http.StatusUnauthorized},
		"by a name that leads here":                {open, here, []string{"Host", "evil.example"}, http.StatusUnauthorized},
		"from another":                             {open, there, nil, http.StatusUnauthorized},
		"through a proxy on this machine":          {open, here, []string{"X-Forwarded-For", "192.0.2.7"}, http.StatusUnauthorized},
		"said to be from here":                     {open, there, []string{"X-Forwarded-For", "127.0.0.1"}, http.StatusUnauthorized},
		"with the token":                           {guarded, there, []string{"Authorization", "Bearer night-shift"}, http.StatusOK},
		"with the token as password":               {guarded, there, []string{"Authorization", basic("night-shift")}, http.StatusOK},
		"with another token":                       {guarded, there, []string{"Authorization", "Bearer day-shift"}, http.StatusUnauthorized},
		"with another password":                    {guarded, there, []string{"Authorization", basic("")}, http.StatusUnauthorized},
		"on this machine, where a token is needed": {guarded, here, nil, http.StatusUnauthorized},
	} {
		got := test.p.reportFrom(test.address, "/report", test.headers...)
		if got.Code != test.want {
			t.Errorf("%s: %d, want %d", name, got.Code, test.want)
		}
		if test.want == http.StatusUnauthorized && got.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: a browser does not ask", name)
		}
		if got.Code == http.StatusOK && got.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: any page may read it", name)
		}
		if got.Code == http.StatusOK && (got.Header().Get("Content-Security-Policy") == "" || !strings.Contains(got.Body.String(), "<svg")) && !strings.Contains(got.Body.String(), "<h1") {
			t.Errorf("%s: no page", name)
		}
	}
	same(t, "too many days", http.StatusBadRequest, open.reportFrom(here, "/report?days=4000").Code)
	if !strings.Contains(open.reportFrom(here, "/report?lang=en").Body.String(), `lang="en"`) {
		t.Error("not in English")
	}
	same(t, "without a ledger", http.StatusNotFound, newPractice(t).reportFrom(here, "/report").Code)
}

// TestReadyzTellsOfTheLedger: calls are answered without it, and an operator sees
// that it is dead.
func TestReadyzTellsOfTheLedger(t *testing.T) {
	p, kept := withLedger(t, func(c *hooks.Config) { c.Warnings = []string{"nobody is asked who they are"} })
	got := p.ask(http.MethodGet, "/readyz").Body.String()
	for _, want := range []string{`"status":"ok"`, `"reachable":true`, `nobody is asked`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if err := kept.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	same(t, "a call without the ledger", 1, len(p.cardsFor(t, viewCall(prefetched(backPain)))))
	got503 := p.post(viewService+"/feedback", overridden("x", "other"))
	same(t, "feedback without the ledger", http.StatusServiceUnavailable, got503.Code)
	if got503.Header().Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
}

// TestTheStartPageLeadsToTheReport where there is one.
func TestTheStartPageLeadsToTheReport(t *testing.T) {
	p, _ := withLedger(t)
	if !strings.Contains(p.ask(http.MethodGet, "/").Body.String(), `href="/report"`) {
		t.Error("no link")
	}
	if strings.Contains(newPractice(t).ask(http.MethodGet, "/").Body.String(), `href="/report"`) {
		t.Error("a link to nothing")
	}
}
