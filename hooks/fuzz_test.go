package hooks_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/txtar"

	"rygkort/cards"
	"rygkort/hooks"
)

// seeds are calls to begin with: those of the stories, those of the demo
// patients and some that are wrong.
func seeds(f *testing.F, p *practice) {
	f.Helper()
	paths, err := filepath.Glob("../testdata/scenarios/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		story, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range story.Files {
			if file.Name == "request.json" {
				f.Add(file.Data)
			}
		}
	}
	for _, path := range []string{"patient-view/untidy", "order-select/seven-weeks", "order-sign/intractable-pain"} {
		f.Add(p.ask(http.MethodGet, "/demo/calls/"+path).Body.Bytes())
	}
	for _, body := range []string{
		viewCall(prefetched(backPain, caudaEquina)), selectCall(mriDraft, "ServiceRequest/example-request-id", prefetched(backPain)),
		signCall(rx(rxDrug, rxReason), `{}`), `{}`, `[]`, `{"hook":`, "\ufeff{}", `{"context":{"context.patientId":1},"prefetch":null}`,
		`{"fhirServer":"https://[::1]","fhirAuthorization":{"access_token":"\ud800"}}`, "{\"hookInstance\":\"\xff\"}",
	} {
		f.Add([]byte(body))
	}
}

// FuzzRequest holds the decoder: whatever comes is a request whose parts are
// sound, or a 400 that names what is wrong.
func FuzzRequest(f *testing.F) {
	p := newPractice(f)
	seeds(f, p)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, service := range []string{"", viewService, selectService, signService} {
			request, err := hooks.Decode(p.Service, body, service)
			if err != nil {
				if status := hooks.Status(err); status != http.StatusBadRequest {
					t.Fatalf("status %d: %v", status, err)
				}
				if !utf8.ValidString(err.Error()) {
					t.Fatalf("an error that cannot be sent: %q", err)
				}
				continue
			}
			if request.Hook == "" || request.Service == "" || request.Instance == "" || request.Patient == "" {
				t.Fatalf("a required field is empty: %+v", request)
			}
			if strings.ContainsAny(request.Patient+request.Encounter, "/?&%# ") {
				t.Fatalf("an id could lead elsewhere: %+v", request)
			}
		}
	})
}

// FuzzAnswer holds the whole service: cards that keep the constraints, or a
// refusal that says who must act.
func FuzzAnswer(f *testing.F) {
	p := newPractice(f, func(c *hooks.Config) {
		// Counted uuids: the fuzzer takes chance for new behaviour and loses
		// itself in shortening its cause.
		c.Renderer = cards.New(cards.Settings{PublicURL: publicURL, NewUUID: counted()})
	})
	seeds(f, p)
	f.Fuzz(func(t *testing.T, body []byte) {
		language := []cards.Language{cards.Danish, cards.English}[len(body)%2]
		response, trace, err := p.Answer(t.Context(), body, "", language)
		if err != nil {
			if status := hooks.Status(err); status != http.StatusBadRequest && status != http.StatusPreconditionFailed {
				t.Fatalf("status %d: %v", status, err)
			}
			return
		}
		if violations := cards.CheckAll(response.Cards, language); len(violations) > 0 {
			t.Fatalf("a card breaks the constraints:\n%s", strings.Join(violations, "\n"))
		}
		if len(response.Cards) == 0 && len(trace.Decision.Facts.UnreadRequired()) > 0 {
			t.Fatal("an empty answer though required data could not be read")
		}
		if _, err := json.Marshal(response); err != nil {
			t.Fatalf("the answer cannot be written: %v", err)
		}
	})
}

func counted() func() string {
	count := 0
	return func() string {
		count++
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", count)
	}
}
