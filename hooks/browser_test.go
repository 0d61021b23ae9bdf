package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/hooks"
)

// everyPath is each route, with and without what it needs.
var everyPath = []string{
	"/", "/cds-services", "/cds-services/" + viewService, "/cds-services/" + viewService + "/feedback", "/cds-services/none",
	"/healthz", "/icon.png", "/pathway", "/demo/fhir/metadata", "/demo/fhir/Patient/nobody", "/demo/calls/patient-view/cauda-equina", "/nothing/here",
}

func TestEveryPreflightIsAnsweredWithoutAuthentication(t *testing.T) {
	p := newPractice(t)
	for _, path := range everyPath {
		got := p.ask(http.MethodOptions, path, "Origin", "https://sandbox.cds-hooks.org",
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		header := got.Header()
		same(t, path+": status", http.StatusNoContent, got.Code)
		same(t, path+": origin", "*", header.Get("Access-Control-Allow-Origin"))
		same(t, path+": methods", "GET, POST, OPTIONS", header.Get("Access-Control-Allow-Methods"))
		same(t, path+": headers", "Authorization, Content-Type, Accept", header.Get("Access-Control-Allow-Headers"))
		same(t, path+": credentials", "", header.Get("Access-Control-Allow-Credentials"))
		same(t, path+": private network, not asked for", "", header.Get("Access-Control-Allow-Private-Network"))
		if header.Get("Access-Control-Max-Age") == "" || got.Body.Len() != 0 {
			t.Errorf("%s: max-age %q, body %q", path, header.Get("Access-Control-Max-Age"), got.Body)
		}
	}
	got := p.ask(http.MethodOptions, "/cds-services", "Access-Control-Request-Private-Network", "true")
	same(t, "private network", "true", got.Header().Get("Access-Control-Allow-Private-Network"))
}

func TestEveryAnswerMayBeReadByAnyPage(t *testing.T) {
	p := newPractice(t)
	for _, path := range everyPath {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, "PROPFIND"} {
			got := p.ask(method, path, "Origin", "https://sandbox.cds-hooks.org")
			same(t, method+" "+path+": origin", []string{"*"}, got.Header().Values("Access-Control-Allow-Origin"))
			if got.Code >= 500 || got.Code >= 300 && got.Code < 400 {
				t.Errorf("%s %s: status %d", method, path, got.Code)
			}
		}
	}
}

// TestSlashesTooManyChangeNothing holds what the Sandbox does to a discovery
// URL with a trailing slash; a redirect would lose the POST.
func TestSlashesTooManyChangeNothing(t *testing.T) {
	p := newPractice(t)
	for _, path := range []string{"/cds-services/", "//cds-services", "/cds-services//"} {
		got := p.ask(http.MethodGet, path)
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), viewService) {
			t.Errorf("GET %s: status %d", path, got.Code)
		}
	}
	for _, path := range []string{"/cds-services//" + viewService, "//cds-services/" + viewService + "/", "/cds-services/low%2Dback-pain-patient-view"} {
		got := p.send(http.MethodPost, path, strings.NewReader(viewCall(prefetched(backPain))), "Content-Type", "application/json")
		same(t, "POST "+path, http.StatusOK, got.Code)
	}
	for _, path := range []string{"/demo/fhir//metadata", "//demo/fhir/metadata/", "/demo/fhir//Patient//cauda-equina"} {
		same(t, "GET "+path, http.StatusOK, p.ask(http.MethodGet, path).Code)
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	p := newPractice(t)
	for _, path := range []string{"/", "/cds-services", "/healthz", "/icon.png", "/pathway", "/demo/calls/patient-view/cauda-equina"} {
		get, head := p.ask(http.MethodGet, path), p.ask(http.MethodHead, path)
		same(t, path+": status", http.StatusOK, head.Code)
		same(t, path+": Content-Type", get.Header().Get("Content-Type"), head.Header().Get("Content-Type"))
	}
}

func TestTheCallsLanguageWins(t *testing.T) {
	for _, test := range []struct{ accepted, want string }{
		{"", "da"},
		{"da", "da"},
		{"da-DK", "da"},
		{"en", "en"},
		{"en-GB,en;q=0.9,da;q=0.5", "en"},
		{"da-DK,da;q=0.9,en-US;q=0.8,en;q=0.7", "da"},
		{"en;q=0.3, da;q=0.8", "da"},
		{"de", "da"},
		{"de, en;q=0.5", "en"},
		{"*", "da"},
		{"fr;q=", "da"},
		{"¿", "da"},
	} {
		got := newPractice(t).post(viewService, viewCall(prefetched(backPain, caudaEquina)), "Accept-Language", test.accepted)
		same(t, test.accepted, test.want, got.Header().Get("Content-Language"))
	}
}

func TestWithoutAWishTheConfiguredLanguageHolds(t *testing.T) {
	for configured, want := range map[cards.Language]string{cards.Danish: "da", cards.English: "en", "": "da"} {
		p := newPractice(t, func(c *hooks.Config) { c.Language = configured })
		for accepted, wanted := range map[string]string{"": want, "sv-FI;q=0": want, "de": want, "da": "da", "en": "en"} {
			got := p.post(viewService, viewCall(prefetched(backPain)), "Accept-Language", accepted)
			same(t, string(configured)+" configured, "+accepted+" asked for", wanted, got.Header().Get("Content-Language"))
		}
	}
}

func TestAnAnswerIsNotKept(t *testing.T) {
	p := newPractice(t)
	for _, body := range []string{viewCall(prefetched(backPain)), `{}`} {
		got := p.post(viewService, body)
		same(t, "Cache-Control", "no-store", got.Header().Get("Cache-Control"))
	}
	same(t, "R1: Content-Type", "application/json", p.post(viewService, viewCall(prefetched(backPain))).Header().Get("Content-Type"))
}
