package hooks_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/pathway"
)

const (
	docsFolder  = "../docs"
	rulesFolder = "../docs/rules"
	byMachine   = "<!-- Written by `make update` from the code, the leaflet and the scenarios. Change those, not this page. -->\n\n"
	mostNamed   = 8 // scenarios that a page names; the others it counts
)

// TestRulePages writes, with -update, and else holds one page for each rule,
// and the traceability matrix.
func TestRulePages(t *testing.T) {
	b := readBook(t)
	for _, rule := range pathway.Rules() {
		b.golden(t, filepath.Join(rulesFolder, rule.ID+".md"), b.rulePage(t, rule))
	}
	b.golden(t, filepath.Join(docsFolder, "traceability.md"), b.traceability(t))
}

func TestEveryRuleHasAPageAndNoPageIsOrphaned(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(rulesFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, page := range pages {
		got = append(got, strings.TrimSuffix(filepath.Base(page), ".md"))
	}
	for _, rule := range pathway.Rules() {
		want = append(want, rule.ID)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("docs/rules, the registry (-), the pages (+):\n%s", cmp.Diff(want, got))
	}
}

func TestEverySentenceHasARuleOrAStatedReason(t *testing.T) {
	b := readBook(t)
	for _, sentence := range pathway.Leaflet() {
		rules, reason := rulesOn(sentence.ID), b.unruled[sentence.ID]
		switch {
		case len(rules) == 0 && reason == "":
			t.Errorf("%s: no rule rests on it, and docs/leaflet.md does not say why", sentence.ID)
		case len(rules) > 0 && reason != "":
			t.Errorf("%s: docs/leaflet.md says why no rule rests on it, and %v do", sentence.ID, ids(rules))
		}
	}
	for id := range b.unruled {
		if pathway.SentenceText(id) == "" {
			t.Errorf("%s: docs/leaflet.md gives a reason for a sentence that is not there", id)
		}
	}
	for _, rule := range pathway.Rules() {
		for _, id := range rule.Sentences {
			if pathway.SentenceText(id) == "" {
				t.Errorf("%s rests on %s, which the leaflet does not hold", rule.ID, id)
			}
		}
	}
}

func TestEveryRuleHasAWordingInBothLanguages(t *testing.T) {
	for _, rule := range pathway.Rules() {
		danish, english := wording(t, rule, cards.Danish), wording(t, rule, cards.English)
		if danish == "" || english == "" || danish == english {
			t.Errorf("%s: Danish %q, English %q", rule.ID, danish, english)
		}
	}
	if said := wording(t, &pathway.Rule{ID: "R-Z9", Class: pathway.Seed, Topic: pathway.TopicPlan, Urgency: pathway.Info}, cards.Danish); said != "" {
		t.Errorf("a rule without a wording says %q, so this test would not notice one", said)
	}
}

func TestEveryHazardHasAScenarioOrAStatedReason(t *testing.T) {
	b := readBook(t)
	for number := 1; number <= 22; number++ {
		hazard, found := b.hazards[number]
		if !found {
			t.Errorf("hazard %d is not in docs/safety.md", number)
			continue
		}
		if len(b.feared[number]) == 0 && (hazard.heldBy == "" || len(codeSpans(hazard.heldBy)) > 0) {
			t.Errorf("hazard %d: no scenario's header says \"fare %d\", and docs/safety.md does not say what holds it", number, number)
		}
		if named := codeSpans(hazard.heldBy); !slices.Equal(named, b.feared[number]) {
			t.Errorf("hazard %d, the scenarios' headers (-), \"Held by\" in docs/safety.md (+):\n%s", number, cmp.Diff(b.feared[number], named))
		}
	}
	for number := range b.feared {
		if _, found := b.hazards[number]; !found {
			t.Errorf("fare %d in %v is no hazard of docs/safety.md", number, b.feared[number])
		}
	}
}

// book is what the pages are made from.
type book struct {
	stories []story
	facts   page // docs/facts.md
	reading page // docs/readings.md
	unruled map[string]string
	hazards map[int]hazard
	feared  map[int][]string // scenarios by the hazard that their header names
}

// story is a scenario with what came of it.
type story struct {
	scenario
	decision *pathway.Decision // nil where the request was refused
	patient  string
	answers  map[string]pathway.Answer // by rule; of several orders the strongest
	cards    []cards.Card
}

// hazard is one row of docs/safety.md.
type hazard struct{ text, heldBy string }

var fareNumbers = regexp.MustCompile(`fare (\d+(?:, \d+)*)`)

func readBook(t *testing.T) *book {
	t.Helper()
	b := &book{
		facts: readPage(t, "../docs/facts.md"), reading: readPage(t, "../docs/readings.md"),
		unruled: map[string]string{}, hazards: map[int]hazard{}, feared: map[int][]string{},
	}
	for _, s := range scenarios(t) {
		response, trace, _ := s.answer(t)
		told := story{scenario: s, decision: trace.Decision, patient: trace.Request.Patient, cards: response.Cards, answers: map[string]pathway.Answer{}}
		if trace.Decision != nil {
			told.answers = strongest(trace.Decision)
		}
		b.stories = append(b.stories, told)
		for _, found := range fareNumbers.FindAllStringSubmatch(string(s.archive.Comment), -1) {
			for _, digits := range strings.Split(found[1], ", ") {
				number, _ := strconv.Atoi(digits)
				b.feared[number] = append(b.feared[number], s.name)
			}
		}
	}
	for _, row := range readPage(t, "../docs/leaflet.md").rows("id", "why") {
		for _, id := range strings.Split(row[0], ", ") {
			b.unruled[id] = row[1]
		}
	}
	for _, row := range readPage(t, "../docs/safety.md").rows("no.", "hazard", "measure", "rules and facts", "held by") {
		number, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatalf("docs/safety.md: hazard %q: %v", row[0], err)
		}
		b.hazards[number] = hazard{row[1], row[4]}
	}
	return b
}

// strongest is what each rule answered: yes before unknown before no, where it
// was asked of several orders.
func strongest(d *pathway.Decision) map[string]pathway.Answer {
	answers := map[string]pathway.Answer{}
	for _, v := range d.Verdicts {
		old, asked := answers[v.Rule.ID]
		switch {
		case v.Answer.IsYes():
			answers[v.Rule.ID] = pathway.Yes
		case !asked || old == pathway.No:
			answers[v.Rule.ID] = v.Answer
		}
	}
	return answers
}

// in are the names of the stories in which the rule gave that answer.
func (b *book) in(rule string, answer pathway.Answer) []string {
	var names []string
	for _, s := range b.stories {
		if got, asked := s.answers[rule]; asked && got == answer {
			names = append(names, s.name)
		}
	}
	return names
}

// switchedOn is the story's decision with all extension rules on, since what
// they ask shows only then.
func (s story) switchedOn() *pathway.Decision {
	f := *s.decision.Facts
	f.Parameters.Extensions = nil
	for _, rule := range pathway.Rules() {
		if rule.Class == pathway.Extension {
			f.Parameters.Extensions = append(f.Parameters.Extensions, rule.ID)
		}
	}
	return pathway.Decide(&f)
}

// terms are what the rule asks. They are the same for every patient.
func (b *book) terms(t *testing.T, rule *pathway.Rule) []pathway.Term {
	t.Helper()
	for _, s := range b.stories {
		if s.decision == nil {
			continue
		}
		for _, v := range s.switchedOn().Verdicts {
			if v.Rule.ID == rule.ID {
				return v.Terms
			}
		}
	}
	t.Errorf("%s is asked in no scenario", rule.ID)
	return nil
}

// example is the first card that the rule leads or, where it leads none, the
// first that it is on. That of an extension is made as if it were switched on.
func (b *book) example(rule *pathway.Rule) (name string, card cards.Card, found bool) {
	for _, place := range []func([]string) bool{
		func(rules []string) bool { return rules[0] == rule.ID },
		func(rules []string) bool { return slices.Contains(rules, rule.ID) },
	} {
		for _, s := range b.stories {
			for _, card := range s.exampleCards(rule) {
				if place(card.Extension.Decision.Rules) {
					return s.name, card, true
				}
			}
		}
	}
	return "", cards.Card{}, false
}

func (s story) exampleCards(rule *pathway.Rule) []cards.Card {
	if s.decision == nil || rule.Class != pathway.Extension {
		return s.cards
	}
	return exampleRenderer().Render(s.switchedOn(), cards.Call{Language: cards.Danish, Patient: s.patient})
}

func exampleRenderer() *cards.Renderer {
	return cards.New(cards.Settings{Canonical: fhir.DefaultCanonical, NewUUID: func() string { return "00000000-0000-4000-8000-000000000001" }})
}

// wording is the summary of the card that the rule alone would make.
func wording(t *testing.T, rule *pathway.Rule, language cards.Language) string {
	t.Helper()
	f := &pathway.Facts{AsOf: scenarioNow(t), Parameters: pathway.DefaultParameters(), Orders: []pathway.Request{{Concept: pathway.OrderMRILumbar}}}
	v := &pathway.Verdict{Rule: rule, Answer: pathway.Yes, Urgency: rule.Urgency, Class: rule.Class}
	if rule.Asked == pathway.OnOrders {
		v.Order = &f.Orders[0]
	}
	d := &pathway.Decision{Facts: f, Advice: []pathway.Advice{{Verdicts: []*pathway.Verdict{v}, Urgency: rule.Urgency, Topic: rule.Topic}}}
	return exampleRenderer().Render(d, cards.Call{Language: language, Patient: "p1"})[0].Summary
}

func (b *book) rulePage(t *testing.T, rule *pathway.Rule) string {
	t.Helper()
	var p strings.Builder
	line := func(format string, arguments ...any) { fmt.Fprintf(&p, format+"\n", arguments...) }
	p.WriteString(byMachine)
	line("# %s: %s\n", rule.ID, rule.Then)
	line("| | |\n|---|---|")
	line("| class | %s: %s |", rule.Class, meaning(rule.Class))
	line("| topic | %s |", rule.Topic)
	line("| urgency | %s |", rule.Urgency)
	line("| asked at | %s |", askedAt(rule.Asked))
	if how := becomes(rule); how != "" {
		line("| card | %s |", how)
	}
	line("\n**When** %s  \n**Then** %s\n", rule.When, rule.Then)

	line("## Source\n")
	for _, id := range rule.Sentences {
		line("- [%s](../leaflet.md): »%s«", id, pathway.SentenceText(id))
	}
	if rule.Source != "" {
		line("- source: %s", rule.Source)
	}
	if len(rule.Sentences) == 0 && rule.Source == "" {
		line("- software behaviour, no sentence")
	}
	for _, id := range rule.Readings {
		heading, found := b.reading.heading(id)
		if !found {
			t.Errorf("%s: docs/readings.md has no heading for %s", rule.ID, id)
		}
		line("- reading [%s](../readings.md#%s)", heading, anchor(heading))
	}

	line("\n## What it asks\n\nIt speaks when each of these is so, cannot be judged when one is unknown and none is not so.\n")
	for _, term := range b.terms(t, rule) {
		ask, strange := b.facts.linked(term.Asks)
		if len(strange) > 0 {
			t.Errorf("%s asks %q, and docs/facts.md does not say what %v is", rule.ID, term.Asks, strange)
		}
		if term.Negated {
			ask = "not: " + ask
		}
		line("- %s", ask)
	}

	line("\n## Example\n")
	if name, card, found := b.example(rule); found {
		if rule.Class == pathway.Extension {
			line("%s, if the extensions were switched on:\n", storyLink("../..", name))
		} else {
			line("%s:\n", storyLink("../..", name))
		}
		line("%s", quoted(card))
	} else {
		line("It makes no card.")
	}

	line("\n## Scenarios\n")
	for _, answer := range []struct {
		label string
		value pathway.Answer
	}{{"speaks", pathway.Yes}, {"is silent", pathway.No}, {"cannot be judged", pathway.Unknown}} {
		line("- %s in %s", answer.label, named("../..", b.in(rule.ID, answer.value), mostNamed))
	}
	if rule.Class == pathway.Extension {
		line("\nExtensions are off in every scenario.")
	}
	return p.String()
}

func (b *book) traceability(t *testing.T) string {
	t.Helper()
	var p strings.Builder
	line := func(format string, arguments ...any) { fmt.Fprintf(&p, format+"\n", arguments...) }
	p.WriteString(byMachine)
	line("# Traceability\n")
	line("Sentence, rule, scenario and hazard, each with what it leads to. Tests in `hooks/docs_test.go` hold that nothing is missing.\n")
	line("%d sentences, %d rules, %d scenarios, %d hazards.\n", len(pathway.Leaflet()), len(pathway.Rules()), len(b.stories), len(b.hazards))

	line("## Sentence to rule\n\nIn how many scenarios one of the sentence's rules speaks, and two of them.\n")
	line("| id | sentence | rules | scenarios |\n|---|---|---|---|")
	for _, sentence := range pathway.Leaflet() {
		rules := rulesOn(sentence.ID)
		if len(rules) == 0 {
			line("| %s | %s | none: %s | |", sentence.ID, sentence.Text, b.unruled[sentence.ID])
			continue
		}
		var names []string
		for _, s := range b.stories {
			if slices.ContainsFunc(rules, func(r *pathway.Rule) bool { return s.answers[r.ID] == pathway.Yes }) {
				names = append(names, s.name)
			}
		}
		line("| %s | %s | %s | %s |", sentence.ID, sentence.Text, ruleLinks(rules), named("..", names, 2))
	}

	line("\n## Rule to sentence\n\nScenarios in which the rule speaks, is silent, and cannot be judged; and whether it has a wording in both languages.\n")
	line("| rule | sentences | class | speaks | silent | unknown | da | en |\n|---|---|---|---|---|---|---|---|")
	for _, rule := range pathway.Rules() {
		sentences := strings.Join(rule.Sentences, ", ")
		switch {
		case rule.Source != "":
			sentences = "none; source: " + rule.Source
		case sentences == "":
			sentences = "software behaviour, no sentence"
		}
		line("| %s | %s | %s | %d | %d | %d | %s | %s |", ruleLinks([]*pathway.Rule{rule}), sentences, rule.Class,
			len(b.in(rule.ID, pathway.Yes)), len(b.in(rule.ID, pathway.No)), len(b.in(rule.ID, pathway.Unknown)),
			present(wording(t, rule, cards.Danish)), present(wording(t, rule, cards.English)))
	}
	certain := slices.DeleteFunc(pathway.Rules(), func(r *pathway.Rule) bool { return !asksAboutTheUnknown(r.ID) })
	line("\nExtensions are off in every scenario. Always known, since they speak of what is unknown: %s.\n", strings.Join(ids(certain), ", "))

	line("## Hazard to scenario\n\nThe scenarios whose header names the hazard (\"fare\" and its number). Measures stand in [safety.md](safety.md#hazards).\n")
	line("| no. | hazard | scenarios |\n|---|---|---|")
	for number := 1; number <= len(b.hazards); number++ {
		scenarios := b.hazards[number].heldBy
		if names := b.feared[number]; len(names) > 0 {
			scenarios = named("..", names, len(names))
		}
		line("| %d | %s | %s |", number, b.hazards[number].text, scenarios)
	}
	return p.String()
}

// golden compares a page, or writes it.
func (b *book) golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs from what the code says (+), `make update` writes it anew:\n%s", path, cmp.Diff(string(want), got))
	}
}

func meaning(class pathway.Class) string {
	switch class {
	case pathway.Seed:
		return "says what a sentence of the leaflet says"
	case pathway.SeedOp:
		return "makes a term of the leaflet computable; awaits a clinician's signature"
	case pathway.System:
		return "the software's own: missing data, contradictions, scope, duplicates"
	case pathway.Extension:
		return "from other guidance; off until switched on"
	}
	return ""
}

func askedAt(moment pathway.Moment) string {
	switch moment {
	case pathway.OnView:
		return "patient-view"
	case pathway.OnOrders:
		return "order-select and order-sign, for each selected order it is about"
	case pathway.Always:
		return "patient-view, order-select and order-sign"
	}
	return ""
}

// becomes is what the rule makes, where that is no card of its own.
func becomes(rule *pathway.Rule) string {
	switch {
	case rule.Quiet:
		return "none: it is decided and traced"
	case rule.Folds:
		return "joins another card where one stands"
	default:
		return ""
	}
}

// quoted is a card as a clinician reads it.
func quoted(card cards.Card) string {
	lines := []string{"**" + card.Summary + "** (" + string(card.Indicator) + ")", ""}
	lines = append(lines, strings.Split(strings.TrimSpace(card.Detail), "\n")...)
	for i, suggestion := range card.Suggestions {
		if i == 0 {
			lines = append(lines, "")
		}
		label := "- [" + suggestion.Label + "]"
		if suggestion.IsRecommended {
			label += " (recommended)"
		}
		lines = append(lines, label)
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight("> "+line, " ")
	}
	return strings.Join(lines, "\n")
}

// named is the count of stories and links to the first few.
func named(root string, names []string, most int) string {
	links := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		links = append(links, storyLink(root, name))
	}
	switch {
	case len(names) == 0:
		return "0"
	case len(names) > most:
		return fmt.Sprintf("%d: %s, …", len(names), strings.Join(links, ", "))
	default:
		return fmt.Sprintf("%d: %s", len(names), strings.Join(links, ", "))
	}
}

func storyLink(root, name string) string {
	return fmt.Sprintf("[%s](%s/testdata/scenarios/%s.txtar)", name, root, name)
}

func ruleLinks(rules []*pathway.Rule) string {
	links := make([]string, 0, len(rules))
	for _, rule := range rules {
		links = append(links, fmt.Sprintf("[%s](rules/%s.md)", rule.ID, rule.ID))
	}
	return strings.Join(links, ", ")
}

// rulesOn are the rules that rest on a sentence.
func rulesOn(sentence string) []*pathway.Rule {
	return slices.DeleteFunc(pathway.Rules(), func(r *pathway.Rule) bool { return !slices.Contains(r.Sentences, sentence) })
}

func ids(rules []*pathway.Rule) []string {
	names := make([]string, 0, len(rules))
	for _, rule := range rules {
		names = append(names, rule.ID)
	}
	return names
}

func present(text string) string {
	if text == "" {
		return "missing"
	}
	return "yes"
}
