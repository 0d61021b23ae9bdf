package hooks_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// partNames are the parts of a record as a card names them to a GP.
var partNames = map[pathway.Source]string{
	pathway.FromPatient: "stamdata", pathway.FromConditions: "diagnoser", pathway.FromObservations: "observationer",
	pathway.FromEncounters: "kontakter", pathway.FromRequests: "henvisninger og bestillinger", pathway.FromProcedures: "procedurer og behandlinger",
}

// keyStory is a key in one of its states: what the client sends, what the server
// is asked for about it, and why it is a gap if the server gives or refuses.
type keyStory struct {
	state   fhir.State
	value   string // empty: the key is absent
	asks    string // empty: nothing
	given   string // the gap's reason when the server answers; empty: none
	refused string // when it answers 403
	none    string // when the call names none
}

// storiesOf are the five states of a key.
func storiesOf(key pathway.Source, base string) []keyStory {
	resource := map[pathway.Source]string{pathway.FromPatient: patientP1, pathway.FromConditions: backPain}[key]
	if resource == "" {
		kind, _, _ := strings.Cut(fhir.Templates()[key], "?")
		resource = `{"resourceType":"` + kind + `","id":"1","subject":{"reference":"Patient/p1"},"status":"unknown"}`
	}
	query := "/fhir/" + strings.ReplaceAll(fhir.Templates()[key], "{{context.patientId}}", "p1")
	return []keyStory{
		{state: fhir.Given, value: bundle(resource)},
		{state: fhir.None, value: map[bool]string{true: "null", false: bundle()}[len(key)%2 == 0]},
		{state: fhir.NotAsked, asks: query, refused: fhir.ReasonStatus + "403", none: fhir.ReasonNotGiven},
		{
			state: fhir.Failed, value: `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden"}]}`,
			given: fhir.ReasonFailed, refused: fhir.ReasonFailed, none: fhir.ReasonFailed,
		},
		{
			state: fhir.CutShort, value: paged(base+"/fhir/"+string(key)+"?page=2", resource), asks: "/fhir/" + string(key) + "?page=2",
			refused: fhir.ReasonStatus + "403", none: fhir.ReasonCutShort,
		},
	}
}

// TestEverySubsetOfKeysInEveryState (N-3, R60, V3-11) goes through all 15,625 ways in which six
// keys can come, with a server that answers, with one that refuses, and without
// one. Asked for is what the client did not send and the further pages of what
// came cut short, each once, and nothing else. What is not had at the end is a
// gap with its reason, stands on the card where there is one, and is a 412 where
// there is none and the part is required.
func TestEverySubsetOfKeysInEveryState(t *testing.T) {
	type way struct {
		name    string
		server  bool
		refuses bool
		reason  func(keyStory) string
	}
	for _, w := range []way{
		{"a server that answers", true, false, func(s keyStory) string { return s.given }},
		{"a server that refuses", true, true, func(s keyStory) string { return s.refused }},
		{"no server", false, false, func(s keyStory) string { return s.none }},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			e := newEHR(t, func(writer http.ResponseWriter, r *http.Request) {
				switch {
				case w.refuses:
					writer.WriteHeader(http.StatusForbidden)
				case r.URL.Path == "/fhir/Patient/p1":
					say(writer, patientP1)
				default:
					say(writer, bundle())
				}
			})
			var byKey [6][]keyStory
			for i, key := range fhir.Keys() {
				byKey[i] = storiesOf(key, e.URL)
			}
			service := quietService(t)
			statuses := map[int]int{}
			for number := range 5 * 5 * 5 * 5 * 5 * 5 {
				if testing.Short() && number%29 != 0 { // a sample, for the race detector
					continue
				}
				var stories [6]keyStory
				var members, asks, gaps []string
				var unread, named, notNamed []string
				for i, rest := 0, number; i < 6; i, rest = i+1, rest/5 {
					key, story := fhir.Keys()[i], byKey[i][rest%5]
					stories[i] = story
					if story.value != "" {
						members = append(members, fmt.Sprintf("%q:%s", key, story.value))
					}
					if story.asks != "" && w.server {
						asks = append(asks, story.asks)
					}
					if reason := w.reason(story); reason != "" {
						gaps = append(gaps, string(key)+": "+reason)
						named = append(named, partNames[key])
						if key.Required() {
							unread = append(unread, fmt.Sprintf("incomplete prefetch.%s: prefetch.%s could not be had: %s", key, key, reason))
						}
					} else {
						notNamed = append(notNamed, partNames[key])
					}
				}
				call := viewCall("{" + strings.Join(members, ",") + "}")
				if w.server {
					call = at(e.URL+"/fhir", call)
				}
				response, trace, err := service.Answer(t.Context(), []byte(call), viewService, cards.Danish)

				slices.Sort(asks)
				if got := e.asked(); !slices.Equal(got, asks) {
					t.Fatalf("%s\nasked for %q, want %q", members, got, asks)
				}
				for i, key := range fhir.Keys() {
					if got := trace.Reading.States[key]; got != stories[i].state {
						t.Fatalf("%s: state %s, want %s", key, got, stories[i].state)
					}
				}
				var gotGaps []string
				for _, gap := range trace.Reading.Chart.Gaps {
					if gap.Whole {
						gotGaps = append(gotGaps, string(gap.Source)+": "+gap.Reason)
					}
				}
				if !slices.Equal(gotGaps, gaps) {
					t.Fatalf("%s\ngaps %q, want %q", members, gotGaps, gaps)
				}
				// The conditions speak of the back where any of them came from the client.
				speaks := stories[1].state == fhir.Given || stories[1].state == fhir.CutShort
				switch status := statusOf(err); {
				case !speaks && len(unread) > 0:
					if status != http.StatusPreconditionFailed || !slices.Equal(issuesOf(err), unread) {
						t.Fatalf("%s\nanswered %d %q, want 412 %q", members, status, issuesOf(err), unread)
					}
				case status != http.StatusOK:
					t.Fatalf("%s\nanswered %d: %v", members, status, err)
				case !speaks:
					if len(response.Cards) > 0 {
						t.Fatalf("%s\n%d cards about nothing", members, len(response.Cards))
					}
				default:
					if len(response.Cards) == 0 {
						t.Fatalf("%s\nno card", members)
					}
					for _, card := range response.Cards {
						said := sentenceOnParts(card.Detail)
						for _, name := range named {
							if !strings.Contains(said, name) {
								t.Fatalf("%s\n%q does not name %s", members, said, name)
							}
						}
						for _, name := range notNamed {
							if strings.Contains(said, name) {
								t.Fatalf("%s\n%q names %s", members, said, name)
							}
						}
					}
				}
				statuses[statusOf(err)]++
			}
			t.Logf("%v", statuses)
		})
	}
}

// sentenceOnParts is the sentence of a card that says which parts of the record
// could not be read.
func sentenceOnParts(detail string) string {
	const begins = "Kunne ikke læses"
	if i := strings.Index(detail, begins); i >= 0 {
		sentence, _, _ := strings.Cut(detail[i:], ".")
		return sentence
	}
	return ""
}

func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return hooks.Status(err)
}

// issuesOf are the issues of a refusal, as outcome.issues tells them.
func issuesOf(err error) []string {
	var lines []string
	if r, is := err.(*hooks.Refusal); is { //nolint:errorlint // Answer returns it bare
		for _, issue := range r.Issues {
			lines = append(lines, issue.Code+" "+issue.Field+": "+issue.Text)
		}
	}
	return lines
}

// quietService is a service that reads the servers on this machine and logs
// nothing.
func quietService(t testing.TB) *hooks.Service {
	t.Helper()
	return newPractice(t, reading(t, fhir.Limits{}, nil), func(c *hooks.Config) { c.Logger = slog.New(slog.DiscardHandler) }).Service
}
