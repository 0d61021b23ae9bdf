package cards_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"rygkort/cards"
	"rygkort/pathway"
)

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// harmless lists what of a detail is more than paragraphs, lists and bold
// headings: HTML and links above all (R85).
func harmless(detail string) []string {
	var found []string
	_ = ast.Walk(parser.Parse(text.NewReader([]byte(detail))), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node.Kind() {
		case ast.KindDocument, ast.KindParagraph, ast.KindTextBlock, ast.KindList, ast.KindListItem, ast.KindText, ast.KindString:
		case ast.KindEmphasis:
			if strong := node.(*ast.Emphasis).Level == 2; !strong && entering {
				found = append(found, "emphasis within a text")
			}
		default:
			if entering {
				found = append(found, node.Kind().String())
			}
		}
		return ast.WalkContinue, nil
	})
	return found
}

// hold fails the test when the cards of an answer break a law, or their details
// hold more than plain markdown.
func hold(t rapid.TB, list []cards.Card, language cards.Language) {
	t.Helper()
	for _, violation := range cards.CheckAll(list, language) {
		t.Errorf("%s", violation)
	}
	for _, card := range list {
		if found := harmless(card.Detail); len(found) > 0 {
			t.Errorf("detail holds %q:\n%s", found, card.Detail)
		}
	}
}

// advised is the decision that one rule's verdict would make.
func advised(rule *pathway.Rule, f *pathway.Facts) *pathway.Decision {
	v := &pathway.Verdict{
		Rule: rule, Answer: pathway.Yes, Urgency: rule.Urgency, Class: rule.Class,
		Terms: []pathway.Term{{Asks: "a finding", Fact: pathway.Fact{Answer: pathway.Yes, Evidence: hostile()}}},
	}
	if rule.Asked == pathway.OnOrders {
		v.Order = &f.Orders[0]
	}
	return &pathway.Decision{Facts: f, Advice: []pathway.Advice{{Verdicts: []*pathway.Verdict{v}, Urgency: v.Urgency, Topic: rule.Topic}}}
}

// hostile is evidence as no record should have it.
func hostile() []pathway.Evidence {
	return []pathway.Evidence{
		{Reference: "Condition/1", Concept: pathway.CaudaEquina, Display: "<b>obs.</b> [x](https://evil.example) *cauda*", When: daysAgo(1), Suspected: true},
		{Reference: "Observation/2", Concept: pathway.SaddleSensation, Value: "normal", When: daysAgo(2)},
		{Reference: "javascript:alert(1)", Concept: pathway.LegStrength, Value: "3", Site: "`www.evil.example`", When: daysAgo(3)},
		{Reference: "Condition/" + strings.Repeat("9", 65), Concept: "unheard-of", Display: "Normal, ingen røde flag"},
		{Reference: "Encounter/e7", Display: "\n# Kontakt\n\n- a@evil.example", When: daysAgo(400), Recorded: true},
		{Reference: "Observation/3", Concept: pathway.PainNumericRating, Value: "~~8~~|9"},
	}
}

func factsOn(page pathway.Page) *pathway.Facts {
	return &pathway.Facts{
		AsOf: today, Parameters: pathway.DefaultParameters(), Page: page,
		Contact: pathway.Count{Min: 2, Max: 4}, Onset: pathway.Onset{When: daysAgo(52)},
		RedFlagsMissing: []pathway.Concept{pathway.SaddleSensation, pathway.Paralysis},
		SphincterChange: pathway.Fact{Answer: pathway.Yes, Evidence: []pathway.Evidence{{Concept: pathway.FaecalIncontinence}}},
		Gaps:            []pathway.Gap{{Source: pathway.FromObservations, Whole: true, Reason: "cut short"}},
		Orders:          []pathway.Request{{Reference: "ServiceRequest/d1", Concept: pathway.OrderMRILumbar}},
	}
}

func TestEveryRuleMakesALawfulCardOnEveryPageInBothLanguages(t *testing.T) {
	seen := 0
	for _, rule := range pathway.Rules() {
		for _, page := range []pathway.Page{pathway.PageUnknown, pathway.Nonspecific, pathway.NerveRootPage, pathway.Mismatch} {
			for _, language := range []cards.Language{cards.Danish, cards.English} {
				t.Run(fmt.Sprintf("%s %s %s", rule.ID, page, language), func(t *testing.T) {
					seen++
					d := advised(rule, factsOn(page))
					list := cards.New(settings()).Render(d, cards.Call{Language: language, Patient: "p1"})
					if len(list) != 1 {
						t.Fatalf("%d cards", len(list))
					}
					hold(t, list, language)
					unread := map[cards.Language]string{cards.Danish: "Ikke læst betyder ikke fraværende.", cards.English: "Not read does not mean absent."}
					says(t, list[0].Detail, unread[language], rule.ID, pathway.Version)
					silentOn(t, list[0].Detail+labels(list[0]), "ormal", "%!", "evil.example]", "()", "**:**")
				})
			}
		}
	}
	if seen < 8*45 {
		t.Errorf("only %d cards were seen", seen)
	}
}

// anyFacts draws facts that need not make sense together: the laws hold for
// them all the same.
func anyFacts(t *rapid.T) *pathway.Facts {
	answer := rapid.SampledFrom([]pathway.Answer{pathway.Unknown, pathway.Unknown, pathway.No, pathway.Yes, pathway.Conflict})
	evidence := rapid.SampledFrom(slices.Concat(hostile(), []pathway.Evidence{
		{Reference: "Observation/5", Concept: pathway.LegStrength, Value: "4", Site: "hip-flexion-left", When: daysAgo(9)},
		{Reference: "Observation/6", Concept: pathway.LegStrength, Value: "2", Site: "hip-flexion-left", When: daysAgo(0)},
		{Reference: "Observation/7", Concept: pathway.BladderDisturbance, Value: "unchanged", When: daysAgo(0)},
		{Reference: "Condition/8", Concept: pathway.Paralysis, Value: "yes", When: pathway.When{Earliest: today.AddDate(-1, 0, 0), Latest: today}},
		{Reference: "ServiceRequest/d1", Concept: pathway.OrderSecondarySector},
	}))
	fact := func(name string) pathway.Fact {
		return pathway.Fact{Answer: answer.Draw(t, name), Evidence: rapid.SliceOfN(evidence, 0, 3).Draw(t, name+" evidence")}
	}
	low := rapid.IntRange(0, 7).Draw(t, "contact")
	f := &pathway.Facts{
		AsOf: today, Parameters: pathway.DefaultParameters(),
		Hook:     rapid.SampledFrom([]pathway.Hook{pathway.PatientView, pathway.OrderSelect, pathway.OrderSign}).Draw(t, "hook"),
		BackPain: fact("back pain"), Current: fact("current"), AboutBack: fact("about back"),
		Contact: pathway.Count{Min: low, Max: low + rapid.IntRange(0, 3).Draw(t, "more contacts")},
		Page:    rapid.SampledFrom([]pathway.Page{pathway.PageUnknown, pathway.Nonspecific, pathway.NerveRootPage, pathway.Mismatch}).Draw(t, "page"),

		PageDisagrees: fact("disagrees"), Worse: fact("worse"), ClearlyImproved: fact("improved"), Minor: fact("minor"), Pregnant: fact("pregnant"),
		SphincterSettled: fact("settled"), SphincterChange: fact("change"), ParesisStable: fact("stable"),
		SeriousPathology: fact("pathology"), YellowFlags: fact("yellow"), WithoutEffect: fact("effect"),
		PathologyHints: fact("hints"), StartBackHigh: fact("start back"), HighPainScore: fact("score"), Implant: fact("implant"),
		SecondaryReferral: fact("referral"), MRIOrdered: fact("mri"), RedFlags: fact("red flags"),
		Treated: pathway.Weeks{Known: rapid.Bool().Draw(t, "weeks known"), Min: low, Max: low + 1},
	}
	if rapid.Bool().Draw(t, "acute") {
		f.CaudaEquina, f.Paresis, f.ParesisUnclear, f.IntractablePain = fact("cauda"), fact("paresis"), fact("unclear"), fact("pain")
	}
	if rapid.Bool().Draw(t, "onset known") {
		f.Onset = pathway.Onset{When: daysAgo(rapid.IntRange(-2, 200).Draw(t, "onset")), Recorded: rapid.Bool().Draw(t, "recorded")}
	}
	if !f.RedFlags.IsYes() {
		f.RedFlagsMissing = pathway.RedFlagItems()[rapid.IntRange(0, 7).Draw(t, "answered"):]
	}
	if rapid.Bool().Draw(t, "gaps") {
		f.Gaps = []pathway.Gap{
			{Source: pathway.FromConditions, Whole: rapid.Bool().Draw(t, "whole"), Concept: pathway.CaudaEquina},
			{Source: "other <b>", Reason: "unreadable"},
		}
	}
	if rapid.Bool().Draw(t, "extensions") {
		for _, rule := range pathway.Rules() {
			f.Parameters.Extensions = append(f.Parameters.Extensions, rule.ID)
		}
	}
	order := rapid.SampledFrom([]pathway.Concept{
		pathway.OrderMRILumbar, pathway.OrderCTLumbar, pathway.OrderPhysiotherapy, pathway.OrderProlapsePackage,
		pathway.OrderSecondarySector, pathway.OrderSecondOpinion, pathway.OrderOpioid, pathway.OrderUnrecognised,
	})
	for i, concept := range rapid.SliceOfN(order, 0, 3).Draw(t, "orders") {
		f.Orders = append(f.Orders, pathway.Request{Reference: fmt.Sprintf("ServiceRequest/d%d", i), Concept: concept, AboutBack: answer.Draw(t, "order about back")})
	}
	return f
}

func TestCardsOfAnyFactsKeepTheLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		d := pathway.Decide(f)
		language := rapid.SampledFrom([]cards.Language{cards.Danish, cards.English}).Draw(t, "language")
		c := cards.Call{Language: language, Patient: "p1", Encounter: "e1", Dismissed: rapid.Bool().Draw(t, "dismissed")}
		list := cards.New(settings()).Render(d, c)
		hold(t, list, language)
		if len(list) != len(d.Advice) {
			t.Errorf("%d cards of %d pieces of advice", len(list), len(d.Advice))
		}
		severe := f.Acute().IsYes() || f.ParesisStable.IsYes() || f.SphincterSettled.IsYes() || f.SeriousPathology.IsYes()
		for i, card := range list {
			if card.Indicator != d.Advice[i].Urgency {
				t.Errorf("indicator %s of urgency %s", card.Indicator, d.Advice[i].Urgency)
			}
			for _, s := range card.Suggestions {
				if severe && strings.Contains(s.Label, "rygvisitation") {
					t.Errorf("second opinion beside a severe finding")
				}
				if s.IsRecommended != (card.Indicator == pathway.Critical) {
					t.Errorf("%q is recommended: %v", s.Label, s.IsRecommended)
				}
			}
		}
	})
}
