package hooks_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rygkort/hooks"
	"rygkort/internal/ledger"
)

// withLedger is a practice that keeps a ledger.
func withLedger(t *testing.T, changes ...func(*hooks.Config)) (*practice, *ledger.Ledger) {
	t.Helper()
	k, err := ready()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := ledger.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), ledger.Settings{Clock: k.clock, FlushEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close(context.Background()) })
	changes = append(changes, func(c *hooks.Config) { c.Ledger = kept })
	return newPractice(t, changes...), kept
}

// sentCard is what feedback needs of a card.
type sentCard struct {
	UUID        string `json:"uuid"`
	Detail      string `json:"detail"`
	Suggestions []struct {
		UUID string `json:"uuid"`
	} `json:"suggestions"`
	Extension struct {
		Decision struct {
			Rules []string `json:"rules"`
		} `json:"example.rygkort.decision"`
	} `json:"extension"`
}

// cardsFor posts a call and returns its cards.
func (p *practice) cardsFor(t *testing.T, body string) []sentCard {
	t.Helper()
	got := p.post(viewService, body)
	var answer struct {
		Cards []sentCard `json:"cards"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil || got.Code != http.StatusOK {
		t.Fatalf("status %d: %s", got.Code, got.Body)
	}
	return answer.Cards
}

func rulesOf(cards []sentCard) []string {
	rules := []string{}
	for _, c := range cards {
		rules = append(rules, strings.Join(c.Extension.Decision.Rules, "+"))
	}
	return rules
}

const feedbackTime = `"outcomeTimestamp":"2026-11-23T09:31:00.123Z"`

// overridden is the feedback that a card was set aside.
func overridden(card, reason string) string {
	return fmt.Sprintf(`{"feedback":[{"card":%q,"outcome":"overridden","overrideReason":{"reason":{"code":%q,"system":"https://rygkort.example/fhir/CodeSystem/override-reason"}},%s}]}`, card, reason, feedbackTime)
}

// TestFeedbackIsTiedToTheCardsThatWereSent holds R79 and R148: what a GP
// did is found again under the rule that spoke.
func TestFeedbackIsTiedToTheCardsThatWereSent(t *testing.T) {
	p, kept := withLedger(t)
	cards := append(p.cardsFor(t, viewCall(prefetched(backPain))), p.cardsFor(t, viewCall(prefetched(backPain, caudaEquina)))...)
	both := fmt.Sprintf(`{"feedback":[{"card":%q,"outcome":"accepted","acceptedSuggestions":[{"id":%q}],%s},{"card":%q,"outcome":"overridden","overrideReason":{"userComment":"Hansen was here"},%s}]}`,
		cards[0].UUID, cards[0].Suggestions[0].UUID, feedbackTime, cards[1].UUID, feedbackTime)
	for range 2 { // N-4: what comes again is the same
		got := p.post(viewService+"/feedback", both)
		same(t, "status", http.StatusOK, got.Code)
		same(t, "body", "{}", got.Body.String())
	}
	report, err := kept.Report(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "shown", len(cards), report.Total.Shown)
	same(t, "accepted", 1, report.Total.Accepted)
	same(t, "overridden", 1, report.Total.Overridden)
	for _, rule := range report.Rules {
		if rule.Rule == cards[0].Extension.Decision.Rules[0] {
			same(t, "accepted of "+rule.Rule, 1, rule.Accepted)
		}
	}
}

// TestFeedbackThatIsWrongIsRefusedAsAWhole names each element that is, and writes
// nothing of it.
func TestFeedbackThatIsWrongIsRefusedAsAWhole(t *testing.T) {
	p, kept := withLedger(t)
	cards := p.cardsFor(t, viewCall(prefetched(backPain)))
	good := fmt.Sprintf(`{"card":%q,"outcome":"overridden",%s}`, cards[0].UUID, feedbackTime)
	for name, test := range map[string]struct{ body, field string }{
		"not JSON":                       {`{"feedback":[`, ""},
		"a member twice":                 {`{"feedback":[],"feedback":[]}`, ""},
		"no list":                        {`{}`, "feedback"},
		"null":                           {`{"feedback":null}`, "feedback"},
		"an object for the list":         {`{"feedback":{}}`, "feedback"},
		"a string for an entry":          {`{"feedback":["x"]}`, "feedback"},
		"no card (R155)":                 {`{"feedback":[` + good + `,{"outcome":"overridden",` + feedbackTime + `}]}`, "feedback[1].card"},
		"a number for the card":          {`{"feedback":[{"card":5,"outcome":"overridden",` + feedbackTime + `}]}`, "feedback[0].card"},
		"another outcome (R156)":         {`{"feedback":[` + good + `,` + good + `,{"card":"x","outcome":"ignored",` + feedbackTime + `}]}`, "feedback[2].outcome"},
		"accepted what (R158)":           {`{"feedback":[{"card":"x","outcome":"accepted",` + feedbackTime + `}]}`, "feedback[0].acceptedSuggestions"},
		"accepted nothing (I-cds-fb-2)":  {`{"feedback":[{"card":"x","outcome":"accepted","acceptedSuggestions":[],` + feedbackTime + `}]}`, "feedback[0].acceptedSuggestions"},
		"a suggestion without id (R162)": {`{"feedback":[{"card":"x","outcome":"accepted","acceptedSuggestions":[{}],` + feedbackTime + `}]}`, "feedback[0].acceptedSuggestions[0].id"},
		"a reason that is none (R159)":   {`{"feedback":[{"card":"x","outcome":"overridden","overrideReason":"no",` + feedbackTime + `}]}`, "feedback[0].overrideReason"},
		"an empty reason (I-cds-fb-3)":   {`{"feedback":[{"card":"x","outcome":"overridden","overrideReason":{},` + feedbackTime + `}]}`, "feedback[0].overrideReason"},
		"a reason without code (R165)":   {`{"feedback":[{"card":"x","outcome":"overridden","overrideReason":{"reason":{}},` + feedbackTime + `}]}`, "feedback[0].overrideReason.reason.code"},
		"a comment that is none (R166)":  {`{"feedback":[{"card":"x","outcome":"overridden","overrideReason":{"userComment":5},` + feedbackTime + `}]}`, "feedback[0].overrideReason.userComment"},
		"no time (R161)":                 {`{"feedback":[{"card":"x","outcome":"overridden"}]}`, "feedback[0].outcomeTimestamp"},
		"an hour of one digit":           {`{"feedback":[{"card":"x","outcome":"overridden","outcomeTimestamp":"2026-11-23T9:31:00Z"}]}`, "feedback[0].outcomeTimestamp"},
		"a year that nobody means":       {`{"feedback":[{"card":"x","outcome":"overridden","outcomeTimestamp":"9999-12-31T23:59:59-01:00"}]}`, "feedback[0].outcomeTimestamp"},
		"the year 1, .NET's default":     {`{"feedback":[{"card":"x","outcome":"overridden","outcomeTimestamp":"0001-01-01T00:00:00Z"}]}`, "feedback[0].outcomeTimestamp"},
		"a day (I-model-4)":              {`{"feedback":[{"card":"x","outcome":"overridden","outcomeTimestamp":"2026-11-23"}]}`, "feedback[0].outcomeTimestamp"},
		"a time without zone":            {`{"feedback":[{"card":"x","outcome":"overridden","outcomeTimestamp":"2026-11-23T09:31:00"}]}`, "feedback[0].outcomeTimestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			o := refused(t, p.post(viewService+"/feedback", test.body), http.StatusBadRequest)
			fields := []string{}
			for _, issue := range o.Issue {
				fields = append(fields, issue.Expression...)
			}
			if test.field != "" && !slices.Contains(fields, test.field) {
				t.Errorf("names %v, want %s", fields, test.field)
			}
		})
	}
	report, err := kept.Report(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "overridden", 0, report.Total.Overridden)
	same(t, "unknown cards", 0, report.Apart.Unknown)
}

// TestFeedbackThatClientsReallySendIsTaken (R154, R155, R160, R161, R165, R167).
func TestFeedbackThatClientsReallySendIsTaken(t *testing.T) {
	p, kept := withLedger(t)
	for name, body := range map[string]string{
		"an empty list":         `{"feedback":[]}`,
		"an unknown card":       `{"feedback":[{"card":"00000000-0000-4000-8000-000000000000","outcome":"overridden",` + feedbackTime + `}]}`,
		"an empty comment":      `{"feedback":[{"card":"00000000-0000-4000-8000-000000000001","outcome":"overridden","overrideReason":{"userComment":""},` + feedbackTime + `}]}`,
		"half an emoji":         `{"feedback":[{"card":"00000000-0000-4000-8000-000000000001","outcome":"overridden","overrideReason":{"userComment":"cut \ud83d"},` + feedbackTime + `}]}`,
		"another offset":        `{"feedback":[{"card":"00000000-0000-4000-8000-000000000001","outcome":"overridden","outcomeTimestamp":"2026-11-23T10:31:00+01:00"}]}`,
		"a reason of its own":   overridden("00000000-0000-4000-8000-000000000002", "Hansen-has-moved"),
		"unknown members":       `{"feedback":[{"card":"x","outcome":"overridden","extension":{"a":1},` + feedbackTime + `}],"more":{}}`,
		"null for what is not":  `{"feedback":[{"card":"y","outcome":"overridden","overrideReason":null,"acceptedSuggestions":null,` + feedbackTime + `}]}`,
		"overridden with taken": `{"feedback":[{"card":"z","outcome":"overridden","acceptedSuggestions":[],` + feedbackTime + `}]}`,
	} {
		if got := p.post(viewService+"/feedback", body); got.Code != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	report, err := kept.Report(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "unknown cards", 8, report.Apart.Unknown)
	same(t, "an unknown service (R153)", http.StatusNotFound, p.post("nonsense/feedback", `{"feedback":[]}`).Code)
	same(t, "GET of none (design: unknown before method)", http.StatusNotFound, p.ask(http.MethodGet, "/cds-services/unheard-of/feedback").Code)
	same(t, "GET of no service", http.StatusNotFound, p.ask(http.MethodGet, "/cds-services/unheard-of").Code)
	same(t, "GET (R151)", http.StatusMethodNotAllowed, p.ask(http.MethodGet, "/cds-services/"+viewService+"/feedback").Code)
}

// TestACardThatWasDismissedIsNotShownAgain for that patient in that encounter: to
// another one it is.
func TestACardThatWasDismissedIsNotShownAgain(t *testing.T) {
	p, kept := withLedger(t)
	call := viewCall(prefetched(backPain))
	before := p.cardsFor(t, call)
	lead := before[0].Extension.Decision.Rules[0]
	same(t, "feedback", http.StatusOK, p.post(viewService+"/feedback", overridden(before[0].UUID, "known-unchanged")).Code)
	if after := rulesOf(p.cardsFor(t, call)); slices.ContainsFunc(after, func(r string) bool { return strings.HasPrefix(r, lead) }) {
		t.Errorf("%s comes again: %v", lead, after)
	}
	other := strings.Replace(call, `"patientId":"p1"`, `"patientId":"p1","encounterId":"another"`, 1)
	if other == call {
		t.Fatal("the call names its patient otherwise")
	}
	if again := rulesOf(p.cardsFor(t, other)); !slices.ContainsFunc(again, func(r string) bool { return strings.HasPrefix(r, lead) }) {
		t.Errorf("%s does not come at another encounter: %v", lead, again)
	}
	waitFor(t, "the suppressed card is counted", func() bool {
		report, err := kept.Report(t.Context(), time.Time{})
		return err == nil && report.Total.Suppressed["restraint"] == 1
	})
}

// TestAnAcuteCardComesAgainAndSaysThatItWasDismissed (decision C-11).
func TestAnAcuteCardComesAgainAndSaysThatItWasDismissed(t *testing.T) {
	p, _ := withLedger(t)
	call := viewCall(prefetched(backPain, caudaEquina))
	before := p.cardsFor(t, call)
	same(t, "feedback", http.StatusOK, p.post(viewService+"/feedback", overridden(before[0].UUID, "other")).Code)
	after := p.cardsFor(t, call)
	same(t, "rules", rulesOf(before), rulesOf(after))
	if !strings.Contains(after[0].Detail, "tilsidesat") || strings.Contains(before[0].Detail, "tilsidesat") {
		t.Errorf("it does not say that it was dismissed, or said so before:\n%s", after[0].Detail)
	}
}

// TestShadowDecidesAndCountsAndShowsNothing.
func TestShadowDecidesAndCountsAndShowsNothing(t *testing.T) {
	p, kept := withLedger(t, func(c *hooks.Config) { c.Shadow = true })
	for _, record := range []string{prefetched(backPain), prefetched(backPain, caudaEquina)} {
		if cards := p.cardsFor(t, viewCall(record)); len(cards) > 0 {
			t.Errorf("shown: %v", rulesOf(cards))
		}
	}
	waitFor(t, "the cards are counted", func() bool {
		report, err := kept.Report(t.Context(), time.Time{})
		return err == nil && report.Total.Shown == 0 && report.Total.Suppressed["shadow"] == 2
	})
}

// waitFor waits for what happens in the background.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 500 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error(what + ": not in 5 s")
}
