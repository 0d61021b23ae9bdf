package hooks_test

import (
	"net/http"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/hooks"
)

func TestTheStartPageShowsWhereToBegin(t *testing.T) {
	got := newPractice(t).ask(http.MethodGet, "/")
	same(t, "Content-Type", "text/html; charset=utf-8", got.Header().Get("Content-Type"))
	if policy := got.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("Content-Security-Policy is %q", policy)
	}
	for _, want := range []string{
		publicURL + "/cds-services", viewService, selectService, signService, `href="/pathway"`,
		"Ditte", "https://sandbox.cds-hooks.org/?hook=patient-view", "/demo/calls/patient-view/cauda-equina", "not a medical device", "Demopatienter",
	} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("%q is missing on the start page", want)
		}
	}
}

func TestWithoutDemoThereAreNoDemoPatients(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.Demo = nil })
	if page := p.ask(http.MethodGet, "/").Body.String(); strings.Contains(page, "Sandbox") || !strings.Contains(page, viewService) {
		t.Errorf("the start page:\n%s", page)
	}
	for _, path := range []string{"/demo/fhir/metadata", "/demo/fhir/Patient", "/demo/calls/patient-view/cauda-equina"} {
		refused(t, p.ask(http.MethodGet, path), http.StatusNotFound)
	}
}

// TestCardsLinkToTheirRule holds that what source.url points at is there.
func TestCardsLinkToTheirRule(t *testing.T) {
	p := newPractice(t)
	got := p.ask(http.MethodGet, "/pathway")
	same(t, "status", http.StatusOK, got.Code)
	for _, body := range []string{viewCall(prefetched(backPain)), viewCall(prefetched(caudaEquina)), selectCall(mriDraft, "ServiceRequest/example-request-id", prefetched(backPain))} {
		response, _, err := p.Answer(t.Context(), []byte(body), "", cards.Danish)
		lawful(t, response, cards.Danish)
		if err != nil || len(response.Cards) == 0 {
			t.Fatalf("%v, %d cards", err, len(response.Cards))
		}
		for _, card := range response.Cards {
			page, anchor, _ := strings.Cut(card.Source.URL, "#")
			same(t, "page", publicURL+"/pathway", page)
			if !strings.Contains(got.Body.String(), `id="`+anchor+`"`) {
				t.Errorf("the page has no anchor %q", anchor)
			}
			same(t, "icon", publicURL+"/icon.png", card.Source.Icon)
		}
	}
}

func TestTheIconAndTheHealthCheckAreThere(t *testing.T) {
	p := newPractice(t)
	icon := p.ask(http.MethodGet, "/icon.png")
	same(t, "icon: Content-Type", "image/png", icon.Header().Get("Content-Type"))
	if !strings.HasPrefix(icon.Body.String(), "\x89PNG") {
		t.Error("the icon is no PNG")
	}
	health := p.ask(http.MethodGet, "/healthz")
	same(t, "health", `{"status":"ok"}`, health.Body.String())
}
