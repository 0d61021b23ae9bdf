package hooks_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rygkort/fhir"
	"rygkort/pathway"
)

// listed is discovery as a client reads it; any other member is an error.
type listed struct {
	Services []struct {
		Hook              string            `json:"hook"`
		ID                string            `json:"id"`
		Title             string            `json:"title"`
		Description       string            `json:"description"`
		Prefetch          map[string]string `json:"prefetch"`
		UsageRequirements string            `json:"usageRequirements"`
		Version           string            `json:"version"`
	} `json:"services"`
}

func TestDiscoveryIsSound(t *testing.T) {
	p := newPractice(t)
	for _, headers := range [][]string{nil, {"Accept", "application/json"}, {"Accept", "text/html"}, {"Authorization", "Bearer x"}} {
		got := p.ask(http.MethodGet, "/cds-services", headers...)
		same(t, "R13: status", http.StatusOK, got.Code)
		same(t, "R1: Content-Type", "application/json", got.Header().Get("Content-Type"))
		var answer listed
		if err := json.Unmarshal(got.Body.Bytes(), &answer, json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(err)
		}
		var hooks, ids []string
		for _, service := range answer.Services {
			hooks, ids = append(hooks, service.Hook), append(ids, service.ID)
			for what, text := range map[string]string{
				"R8: title": service.Title, "R9: description": service.Description, "R12: usageRequirements": service.UsageRequirements,
			} {
				if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "<>") {
					t.Errorf("%s %s: %q", service.ID, what, text)
				}
			}
			same(t, "V3-6: version", "2.0.1", service.Version)
			lintTemplates(t, service.Hook, service.Prefetch)
			if !regexp.MustCompile(`^[a-z-]+$`).MatchString(service.ID) {
				t.Errorf("R10: %q needs percent-encoding", service.ID)
			}
			if got := p.post(service.ID, "{}"); got.Code != http.StatusBadRequest {
				t.Errorf("R10: POST to %s: status %d, want the refusal of an empty call", service.ID, got.Code)
			}
		}
		same(t, "R7: hooks", []string{"patient-view", "order-select", "order-sign"}, hooks)
		same(t, "R211: ids", []string{viewService, selectService, signService}, ids)
	}
}

// query is the subset of searches that clients are asked to support (R58):
// instance reads, and searches by reference and token with equality.
var query = regexp.MustCompile(`^[A-Z][A-Za-z]+(/[^/?]+|\?[a-z-]+=[^&=]+(&[a-z-]+=[^&=]+)*)$`)

func lintTemplates(t *testing.T, hook string, templates map[string]string) {
	t.Helper()
	tokens := map[string]bool{"context.userId": true, "context.patientId": true}
	for key, template := range templates {
		at := hook + " " + key
		if !regexp.MustCompile(`^[a-z]+$`).MatchString(key) {
			t.Errorf("I-model-3: %s: the key is no code", at)
		}
		if !slices.Contains(fhir.Keys(), pathway.Source(key)) {
			t.Errorf("R29: %s: nobody reads this key", at)
		}
		rest := regexp.MustCompile(`\{\{([^{}]*)\}\}`).ReplaceAllStringFunc(template, func(token string) string {
			// R56, R57, R59: a first-level field of the context; not encounterId,
			// which may be missing and would be sent to the FHIR server as it is.
			if name := strings.Trim(token, "{}"); !tokens[name] {
				t.Errorf("%s: token %s", at, token)
			}
			return "x"
		})
		if strings.ContainsAny(rest, "{}") {
			t.Errorf("R55: %s: braces do not balance: %s", at, template)
		}
		if !query.MatchString(rest) || strings.ContainsAny(rest, " :|%+") {
			t.Errorf("R58: %s: not in the supported subset: %s", at, template)
		}
		if _, search, found := strings.Cut(rest, "?"); found {
			var names []string
			for _, pair := range strings.Split(search, "&") {
				name, _, _ := strings.Cut(pair, "=")
				if slices.Contains(names, name) || slices.Contains([]string{"date", "_include", "_has", "encounter"}, name) {
					t.Errorf("%s: parameter %s", at, name)
				}
				names = append(names, name)
			}
			if !slices.Contains(names, "patient") {
				t.Errorf("%s: a search over all patients", at)
			}
		}
		if len(template) >= 2000 {
			t.Errorf("%s: %d characters, which some servers do not take", at, len(template))
		}
	}
	same(t, hook+": R29: keys", len(fhir.Keys()), len(templates))
}

// TestEveryKeyOfDiscoveryIsRead is the other half of R29.
func TestEveryKeyOfDiscoveryIsRead(t *testing.T) {
	response, trace, err := newPractice(t).Answer(t.Context(), []byte(viewCall(prefetched(backPain))), viewService, "da")
	lawful(t, response, "da")
	if err != nil {
		t.Fatal(err)
	}
	for key := range fhir.Templates() {
		if trace.Reading.States[key] == fhir.NotAsked {
			t.Errorf("%s was sent and not read", key)
		}
	}
}

// TestEachSubsetOfPrefetchIsCopedWith holds R37: 200 or 412, and never an empty
// list without what is required.
func TestEachSubsetOfPrefetchIsCopedWith(t *testing.T) {
	p := newPractice(t)
	keys := fhir.Keys()
	values := map[pathway.Source]string{pathway.FromPatient: patientP1, pathway.FromConditions: bundle(hypertension)}
	for subset := range 1 << len(keys) {
		var members []string
		complete := true
		for i, key := range keys {
			if subset&(1<<i) == 0 {
				complete = complete && !key.Required()
				continue
			}
			value := values[key]
			if value == "" {
				value = "null"
			}
			members = append(members, fmt.Sprintf("%q:%s", key, value))
		}
		got := p.post(viewService, viewCall("{"+strings.Join(members, ",")+"}"))
		switch want := map[bool]int{true: http.StatusOK, false: http.StatusPreconditionFailed}[complete]; {
		case got.Code != want:
			t.Errorf("prefetch of %v: status %d, want %d", members, got.Code, want)
		case complete:
			same(t, "cards", `{"cards":[]}`, got.Body.String())
		}
	}
}
