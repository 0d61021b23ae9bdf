package cards_test

import (
	"slices"
	"testing"

	"rygkort/cards"
	"rygkort/pathway"
)

// TestWhatIsCountedHasWords holds that every code that can reach a ledger has a
// name in both languages.
func TestWhatIsCountedHasWords(t *testing.T) {
	kinds, reasons := map[string]bool{}, map[string]bool{}
	for _, rule := range pathway.Rules() {
		for _, language := range []cards.Language{cards.Danish, cards.English} {
			if language.RuleName(rule.ID) == "" {
				t.Errorf("%s has no name in %s", rule.ID, language)
			}
		}
		for _, page := range []pathway.Page{pathway.Nonspecific, pathway.NerveRootPage} {
			for _, card := range cards.New(settings()).Render(advised(rule, factsOn(page)), cards.Call{}) {
				for _, suggestion := range card.Suggestions {
					kinds[suggestion.Kind] = true
				}
				for _, reason := range card.OverrideReasons {
					reasons[reason.Code] = true
				}
			}
		}
	}
	if len(kinds) < 8 || len(reasons) < 6 {
		t.Fatalf("cards have %d kinds of suggestion and %d reasons only", len(kinds), len(reasons))
	}
	for kind := range kinds {
		if !slices.Contains(cards.Kinds(), kind) {
			t.Errorf("kind %q is not among the kinds", kind)
		}
	}
	for reason := range reasons {
		if !slices.Contains(cards.Reasons(), reason) || !cards.IsOverrideReason(reason) {
			t.Errorf("reason %q is not among the reasons", reason)
		}
	}
	for _, language := range []cards.Language{cards.Danish, cards.English} {
		for _, kind := range cards.Kinds() {
			if language.KindName(kind) == "" {
				t.Errorf("kind %s has no name in %s", kind, language)
			}
		}
		for _, reason := range cards.Reasons() {
			if language.ReasonName(reason) == "" {
				t.Errorf("reason %s has no name in %s", reason, language)
			}
		}
		if language.RuleName("R-0")+language.KindName("surgery")+language.ReasonName("bored") != "" {
			t.Errorf("%s has words for what is not ours", language)
		}
	}
}
