package hooks_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/txtar"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

const ownSystems = fhir.DefaultCanonical + "/CodeSystem/"

// offered is one suggestion as a client has it: JSON, of a card in a story.
type offered struct {
	story scenario
	body  map[string]any // the story's request
	card  cards.Card
	label string
	draft map[string]any // the one resource that it creates
	was   clicked        // what the service made of the story as it is
}

// name says which story and which suggestion a failure is about.
func (o offered) name() string { return o.story.name + ": [" + o.label + "]" }

// clicked is what came of a suggestion that was taken.
type clicked struct {
	cards []cards.Card
	chart *pathway.Chart
	*pathway.Decision
}

// spoke reports whether the rule says yes, shown or not.
func (c clicked) spoke(rule string) bool {
	return slices.ContainsFunc(c.Verdicts, func(v pathway.Verdict) bool { return v.Rule.ID == rule && v.Answer.IsYes() })
}

// TestAnAnswerTakenWithOneClickIsTheAnswerTheServiceReadsBack clicks every
// answer that any story's card offers and sends the record with it again.
func TestAnAnswerTakenWithOneClickIsTheAnswerTheServiceReadsBack(t *testing.T) {
	kept := map[string]int{}
	for _, o := range everySuggestion(t, "Observation") {
		if !takesMore(o.body, "observations") {
			continue // a record that the client did not send, or could not read, is not added to
		}
		after := o.take(t, o.draft)
		kept[answerKind(o.draft)]++
		if parts := list(o.draft["component"]); len(parts) > 0 {
			o.holdsAllAbsent(t, after)
			continue
		}
		o.holdsAnswer(t, after)
	}
	// A promise that no story tries is not held by this test.
	for _, kind := range []string{
		"redflag-check", "saddle-sensation reduced", "bladder-disturbance new", "bowel-disturbance new",
		"bilateral-sciatica yes", "paresis-progressive yes", "paralysis yes", "intractable-pain yes",
		"nerve-root-involvement yes", "nerve-root-involvement no", "nerve-root-involvement unsure",
		"yellow-flags none", "yellow-flags present", "lbp-clear-improvement yes", "lbp-clear-improvement no",
		"bladder-disturbance unchanged", "bladder-disturbance worse", "bowel-disturbance unchanged", "bowel-disturbance worse",
		"saddle-sensation normal", "lbp-course worse", "lbp-course unchanged", "serious-pathology-suspected yes", "serious-pathology-suspected no",
		"treatment-effect none", "treatment-effect some",
	} {
		if kept[kind] == 0 {
			t.Errorf("no story's card offers the answer %q", kind)
		}
	}
}

// TestAllAnswersToAnOldSymptomTogetherCloseTheQuestion: an old diagnosis of
// cauda equina asks three questions, so one answer closes none of the others.
func TestAllAnswersToAnOldSymptomTogetherCloseTheQuestion(t *testing.T) {
	calm := map[string]string{"saddle-sensation": "normal", "bladder-disturbance": "unchanged", "bowel-disturbance": "unchanged"}
	byCard := map[string][]offered{}
	for _, o := range everySuggestion(t, "Observation") {
		question, answer := questionOf(o.draft)
		if slices.Contains(o.card.Extension.Decision.Rules, "R-Q2") && calm[question] == answer && takesMore(o.body, "observations") {
			byCard[o.card.UUID+o.story.name] = append(byCard[o.card.UUID+o.story.name], o)
		}
	}
	if len(byCard) == 0 {
		t.Fatal("no story asks whether an old symptom changed")
	}
	for _, answers := range byCard {
		var drafts []map[string]any
		for _, o := range answers {
			drafts = append(drafts, o.draft)
		}
		if after := answers[0].take(t, drafts...); after.spoke("R-Q2") {
			t.Errorf("%s: R-Q2 still asks after %d answers that nothing changed", answers[0].story.name, len(answers))
		}
	}
}

// holdsAllAbsent: every question that was open is answered, and nothing is
// acute that was not so before.
func (o offered) holdsAllAbsent(t *testing.T, after clicked) {
	t.Helper()
	open := slices.DeleteFunc(slices.Clone(after.Facts.RedFlagsMissing), o.garbled)
	if len(open) > 0 {
		t.Errorf("%s: F-23 is %v, still open: %v", o.name(), after.Facts.RedFlags.Answer, open)
	}
	if after.spoke("R-Q1") && len(after.Facts.RedFlagsMissing) == 0 {
		t.Errorf("%s: R-Q1 still asks", o.name())
	}
	want := pathway.No
	if len(after.Facts.RedFlagsMissing) > 0 {
		want = pathway.Unknown
	}
	for _, gap := range o.was.Facts.Gaps {
		if gap.Source == pathway.FromConditions || gap.Source == pathway.FromObservations && gap.Whole {
			want = pathway.Unknown // what was not read may be acute
		}
	}
	if got := after.Facts.Acute(); got.Answer != want {
		t.Errorf("%s: D-6 is %v, want %v", o.name(), got.Answer, want)
	}
}

// garbled reports that the record holds an answer to the question that cannot
// be read. It might say yes, so no other answer may say no.
func (o offered) garbled(question pathway.Concept) bool {
	return slices.ContainsFunc(o.was.chart.Gaps, func(gap pathway.Gap) bool {
		return gap.Source == pathway.FromObservations && gap.Concept == question
	})
}

// answeredToday reports that the question has one of these answers today, at
// no known hour: the click is not known to be the later one, so an answer that
// calms does not take it back.
func (o offered) answeredToday(question pathway.Concept, answers ...string) bool {
	return slices.ContainsFunc(o.was.chart.Observations, func(a pathway.Observation) bool {
		return a.Concept == question && slices.Contains(answers, a.Value) && a.Effective == pathway.OnDay(o.story.now)
	})
}

// acuteRuleOf is the rule for which an answer is a reason.
var acuteRuleOf = map[string]string{
	"saddle-sensation reduced": "R-A1", "bladder-disturbance new": "R-A1", "bladder-disturbance worse": "R-A1",
	"bowel-disturbance new": "R-A1", "bowel-disturbance worse": "R-A1",
	"paresis-progressive yes": "R-A2", "paralysis yes": "R-A2", "intractable-pain yes": "R-A3",
}

// holdsAnswer holds what one answer promised.
func (o offered) holdsAnswer(t *testing.T, after clicked) {
	t.Helper()
	f := after.Facts
	fact := func(name string, got pathway.Fact, want pathway.Answer) {
		t.Helper()
		if got.Answer != want {
			t.Errorf("%s: %s is %v, want %v", o.name(), name, got.Answer, want)
		}
	}
	silent := func(rule string) {
		t.Helper()
		if after.spoke(rule) {
			t.Errorf("%s: %s still speaks", o.name(), rule)
		}
	}
	question, _ := questionOf(o.draft)
	if slices.Contains(f.RedFlagsMissing, pathway.Concept(question)) && answerKind(o.draft) != "bladder-disturbance unchanged" {
		t.Errorf("%s: the question is still open", o.name())
	}
	switch kind := answerKind(o.draft); kind {
	case "bilateral-sciatica yes": // F-15 is off: no reason of its own
		fact("D-6", pathway.Fact{Answer: asYes(f.Acute())}, pathway.No)
	case "nerve-root-involvement yes", "nerve-root-involvement no", "nerve-root-involvement unsure":
		want := map[string]pathway.Page{"yes": pathway.NerveRootPage, "no": pathway.Nonspecific, "unsure": pathway.PageUnknown}[strings.Fields(kind)[1]]
		switch {
		case want != pathway.NerveRootPage && o.answeredToday(pathway.NerveRootInvolvement, "yes"):
			want = pathway.NerveRootPage
		case want == pathway.Nonspecific && o.answeredToday(pathway.NerveRootInvolvement, "unsure"):
			want = pathway.PageUnknown
		}
		if f.Page != want {
			t.Errorf("%s: D-10 is %v, want %v", o.name(), f.Page, want)
		}
		if want != pathway.PageUnknown {
			silent("R-Q3")
			silent("O-M7")
		}
	case "yellow-flags none":
		fact("F-43", f.YellowFlags, pathway.No)
		silent("R-Q4")
	case "yellow-flags present":
		fact("F-43", f.YellowFlags, pathway.Yes)
		silent("R-Q4")
	case "lbp-clear-improvement yes":
		fact("F-07", f.ClearlyImproved, pathway.Yes)
		silent("R-P8")
	case "lbp-clear-improvement no":
		fact("F-07", f.ClearlyImproved, pathway.No)
		silent("R-P8")
	case "bladder-disturbance unchanged", "bowel-disturbance unchanged", "saddle-sensation normal":
		fact("D-6", pathway.Fact{Answer: asYes(f.Acute())}, pathway.No)
		if len(o.card.Suggestions) == 2 { // it was the only question
			silent("R-Q2")
		}
	case "lbp-course worse":
		fact("F-06", f.Worse, pathway.Yes)
	case "lbp-course unchanged":
		fact("F-06", f.Worse, pathway.No)
	case "serious-pathology-suspected yes":
		fact("F-30", f.SeriousPathology, pathway.Yes)
	case "serious-pathology-suspected no":
		fact("F-30", f.SeriousPathology, pathway.No)
	case "treatment-effect none":
		fact("F-48", f.WithoutEffect, pathway.Yes)
	case "treatment-effect some":
		fact("F-48", f.WithoutEffect, pathway.No)
	default:
		rule := acuteRuleOf[kind]
		if rule == "" {
			t.Errorf("%s: nothing is known of the answer %q", o.name(), kind)
			return
		}
		o.holdsAcute(t, after, rule)
	}
}

// holdsAcute: one card, critical, and what was clicked is among its reasons.
func (o offered) holdsAcute(t *testing.T, after clicked, rule string) {
	t.Helper()
	if len(after.cards) != 1 || after.cards[0].Indicator != pathway.Critical {
		t.Errorf("%s: want exactly one critical card, got %v", o.name(), outcomeLines(hooks.Response{Cards: after.cards}, nil))
		return
	}
	reason := false
	for _, v := range after.Advice[0].Verdicts {
		reason = reason || v.Rule.ID == rule && slices.ContainsFunc(v.Evidence(), func(e pathway.Evidence) bool {
			return e.Reference == "Observation/clicked-0"
		})
	}
	if !reason {
		t.Errorf("%s: the answer is no reason for %s on the card: %v", o.name(), rule, after.cards[0].Extension.Decision.Rules)
	}
	if !slices.Contains(after.cards[0].Extension.Decision.Rules, rule) {
		t.Errorf("%s: the card does not name %s", o.name(), rule)
	}
}

func asYes(f pathway.Fact) pathway.Answer {
	if f.IsYes() {
		return pathway.Yes
	}
	return pathway.No
}

// TestAReferralThatWasMadeIsReadAsTheOrderItIs sends every drafted request
// back as an active one of the record, under all its codes and under each.
func TestAReferralThatWasMadeIsReadAsTheOrderItIs(t *testing.T) {
	said := 0
	for _, o := range everySuggestion(t, "ServiceRequest") {
		want := orderOf(t, o.draft, "code")
		for _, coded := range underEachCode(o.draft, "code") {
			coded["status"], coded["intent"] = "active", "order"
			after := o.take(t, coded)
			read := slices.IndexFunc(after.chart.Requests, func(r pathway.Request) bool { return r.Reference == "ServiceRequest/clicked-0" })
			if read < 0 || after.chart.Requests[read].Concept != want || !after.chart.Requests[read].Open {
				t.Errorf("%s: not read as an open %s under %v", o.name(), want, codesOf(coded, "code"))
				continue
			}
			switch want {
			case pathway.OrderSecondarySector:
				if !after.Facts.SecondaryReferral.IsYes() {
					t.Errorf("%s: F-49 does not know of the referral", o.name())
				}
				if after.spoke("R-P6") {
					said += o.saysThatAReferralIsOpen(t, after)
				}
			case pathway.OrderMRILumbar:
				if !after.Facts.MRIOrdered.IsYes() {
					t.Errorf("%s: F-49 does not know of the MRI", o.name())
				}
			default:
			}
		}
	}
	if said == 0 {
		t.Error("no story in which R-P6 says that a referral is open")
	}
}

// saysThatAReferralIsOpen counts the cards of R-P6, each of which has to say so
// and must not offer a second referral.
func (o offered) saysThatAReferralIsOpen(t *testing.T, after clicked) (said int) {
	t.Helper()
	for _, card := range after.cards {
		if !slices.Contains(card.Extension.Decision.Rules, "R-P6") {
			continue
		}
		said++
		if !strings.Contains(card.Detail, openReferral) {
			t.Errorf("%s: the card of R-P6 does not say that a referral is open:\n%s", o.name(), card.Detail)
		}
		for _, suggestion := range card.Suggestions {
			if codes := codesOf(created(t, suggestion), "code"); slices.Contains(codes, ownSystems+"order|secondary-sector") {
				t.Errorf("%s: the card of R-P6 offers a second referral: [%s]", o.name(), suggestion.Label)
			}
		}
	}
	return said
}

// openReferral are the words by which a card tells of one.
const openReferral = "En henvisning til sekundærsektor er allerede åben"

// TestADraftThatIsOpenedIsRecognisedAsTheOrderItIs sends every draft back as
// the order that the GP selects.
func TestADraftThatIsOpenedIsRecognisedAsTheOrderItIs(t *testing.T) {
	seen := map[pathway.Concept]bool{}
	for kind, member := range map[string]string{"ServiceRequest": "code", "Communication": "topic"} {
		for _, o := range everySuggestion(t, kind) {
			want := orderOf(t, o.draft, member)
			seen[want] = true
			for _, coded := range underEachCode(o.draft, member) {
				coded["id"] = "clicked-0"
				body := deepCopy(t, o.body)
				body["hook"] = "order-select"
				context := body["context"].(map[string]any)
				context["selections"] = []any{kind + "/clicked-0"}
				context["draftOrders"] = map[string]any{"resourceType": "Bundle", "type": "collection", "entry": []any{map[string]any{"resource": coded}}}
				after := o.send(t, body)
				if len(after.Facts.Orders) != 1 || after.Facts.Orders[0].Concept != want {
					t.Errorf("%s: under %v not recognised as %s: %v", o.name(), codesOf(coded, member), want, after.Facts.Orders)
				}
			}
		}
	}
	for _, order := range []pathway.Concept{
		pathway.OrderAcuteAdmission, pathway.OrderSecondarySector, pathway.OrderSpecialist, pathway.OrderMRILumbar,
		pathway.OrderPhysiotherapy, pathway.OrderChiropractic, pathway.OrderExtendedWorkup, pathway.OrderProlapsePackage,
		pathway.OrderMunicipal, pathway.OrderSecondOpinion, pathway.OrderFollowUp,
	} {
		if !seen[order] {
			t.Errorf("no story's card drafts %s", order)
		}
	}
}

// everySuggestion lists what the cards of all stories offer to create of one
// resource type.
func everySuggestion(t *testing.T, kind string) []offered {
	t.Helper()
	var all []offered
	for _, s := range slices.Concat(scenarios(t), furtherStories(t)) {
		response, trace, err := s.answer(t)
		if err != nil {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal(s.section("request.json"), &body, jsontext.AllowDuplicateNames(true)); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for _, card := range response.Cards {
			for _, suggestion := range card.Suggestions {
				if draft := created(t, suggestion); draft["resourceType"] == kind {
					all = append(all, offered{s, body, card, suggestion.Label, draft, clicked{response.Cards, trace.Reading.Chart, trace.Decision}})
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no story's card offers to create a %s", kind)
	}
	return all
}

// furtherStories are stories that a clinician did not have to tell: an MRI is
// ordered, and of what its box asks only the course is not recorded.
func furtherStories(t *testing.T) []scenario {
	t.Helper()
	var further []scenario
	for _, s := range scenarios(t) {
		if s.name != "mri-criteria-met" {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal(s.section("request.json"), &body); err != nil {
			t.Fatal(err)
		}
		bundle := body["prefetch"].(map[string]any)["observations"].(map[string]any)
		bundle["entry"] = slices.DeleteFunc(list(bundle["entry"]), func(entry any) bool {
			question, _ := questionOf(entry.(map[string]any)["resource"].(map[string]any))
			return question == "lbp-course"
		})
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		s.name += " without the course"
		s.archive = &txtar.Archive{Files: []txtar.File{{Name: "request.json", Data: raw}}}
		further = append(further, s)
	}
	return further
}

// created is the resource of a suggestion, as JSON carries it.
func created(t *testing.T, suggestion cards.Suggestion) map[string]any {
	t.Helper()
	if len(suggestion.Actions) != 1 || suggestion.Actions[0].Type != "create" {
		t.Fatalf("[%s]: want one action that creates, got %v", suggestion.Label, suggestion.Actions)
	}
	raw, err := json.Marshal(suggestion.Actions[0].Resource)
	if err != nil {
		t.Fatal(err)
	}
	var resource map[string]any
	if err := json.Unmarshal(raw, &resource); err != nil {
		t.Fatal(err)
	}
	return resource
}

// take sends the story's request again, with drafts that were saved.
func (o offered) take(t *testing.T, drafts ...map[string]any) clicked {
	t.Helper()
	body := deepCopy(t, o.body)
	for i, draft := range drafts {
		saved := maps.Clone(draft)
		saved["id"] = fmt.Sprintf("clicked-%d", i)
		key := map[any]string{"Observation": "observations", "ServiceRequest": "requests"}[saved["resourceType"]]
		addTo(body, key, saved)
	}
	return o.send(t, body)
}

func (o offered) send(t *testing.T, body map[string]any) clicked {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, trace, err := storyService(t, o.story.now).Answer(t.Context(), raw, "", cards.Danish)
	lawful(t, response, cards.Danish)
	if err != nil {
		t.Fatalf("%s: refused: %v", o.name(), err)
	}
	return clicked{response.Cards, trace.Reading.Chart, trace.Decision}
}

// takesMore reports whether a prefetch key holds a record to which a resource
// can be added: null is an empty one, an absent key is none.
func takesMore(body map[string]any, key string) bool {
	prefetch, _ := body["prefetch"].(map[string]any)
	value, given := prefetch[key]
	switch value := value.(type) {
	case nil:
		return given
	case map[string]any:
		_, more := value["entry"]
		return more || value["resourceType"] == "Bundle" || value["resourceType"] == "Observation"
	default:
		_, isList := value.([]any)
		return isList
	}
}

// addTo adds a resource to a prefetch key, whatever its value looks like.
func addTo(body map[string]any, key string, resource map[string]any) {
	prefetch, _ := body["prefetch"].(map[string]any)
	if prefetch == nil {
		prefetch = map[string]any{}
		body["prefetch"] = prefetch
	}
	entry := map[string]any{"resource": resource}
	bundle, isObject := prefetch[key].(map[string]any)
	switch several, isList := prefetch[key].([]any); {
	case isList:
		prefetch[key] = append(several, resource)
	case isObject && (bundle["entry"] != nil || bundle["resourceType"] == "Bundle"):
		bundle["entry"] = append(list(bundle["entry"]), entry)
		if total, counted := bundle["total"].(float64); counted {
			bundle["total"] = total + 1
		}
	case isObject && bundle["resourceType"] != "OperationOutcome":
		prefetch[key] = []any{bundle, resource}
	default:
		prefetch[key] = map[string]any{"resourceType": "Bundle", "type": "searchset", "entry": []any{entry}}
	}
}

// list is a JSON list, or the one value that stands in its place.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

func deepCopy(t *testing.T, body map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var copied map[string]any
	if err := json.Unmarshal(raw, &copied); err != nil {
		t.Fatal(err)
	}
	return copied
}

// codesOf are the codings of a member, "system|code".
func codesOf(resource map[string]any, member string) []string {
	concept, _ := resource[member].(map[string]any)
	var codes []string
	for _, coding := range list(concept["coding"]) {
		coding, _ := coding.(map[string]any)
		codes = append(codes, fmt.Sprint(coding["system"], "|", coding["code"]))
	}
	return codes
}

// underEachCode are copies of a draft: with all its codes, and with each of
// them alone and no words beside it.
func underEachCode(draft map[string]any, member string) []map[string]any {
	copies := []map[string]any{maps.Clone(draft)}
	concept := draft[member].(map[string]any)
	for _, coding := range list(concept["coding"]) {
		coding := coding.(map[string]any)
		alone := maps.Clone(draft)
		alone[member] = map[string]any{"coding": []any{map[string]any{"system": coding["system"], "code": coding["code"]}}}
		copies = append(copies, alone)
	}
	return copies
}

// orderOf is the order that a draft names in our code system.
func orderOf(t *testing.T, draft map[string]any, member string) pathway.Concept {
	t.Helper()
	for _, code := range codesOf(draft, member) {
		if name, ours := strings.CutPrefix(code, ownSystems+"order|"); ours {
			if name == "mri-lumbar" {
				return pathway.OrderMRILumbar
			}
			return pathway.Concept(name)
		}
	}
	t.Fatalf("a draft without a code of ours: %v", draft)
	return ""
}

// questionOf is what a drafted Observation asks and answers.
func questionOf(draft map[string]any) (question, answer string) {
	for _, code := range codesOf(draft, "code") {
		question = strings.TrimPrefix(code, ownSystems+"finding|")
	}
	for _, code := range codesOf(draft, "valueCodeableConcept") {
		answer = strings.TrimPrefix(code, ownSystems+"answer|")
	}
	return question, answer
}

func answerKind(draft map[string]any) string {
	question, answer := questionOf(draft)
	return strings.TrimSpace(question + " " + answer)
}
