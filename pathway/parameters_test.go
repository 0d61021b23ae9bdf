package pathway

import "testing"

func TestEveryParameterHasItsProposalWithinItsBounds(t *testing.T) {
	names := map[string]bool{}
	for _, p := range ParameterList() {
		if value := p.Of(DefaultParameters()); value < p.Min || value > p.Max {
			t.Errorf("%s is %d, out of %d to %d", p.Name, value, p.Min, p.Max)
		}
		if names[p.Name] || p.Origin == "" {
			t.Errorf("%s: named twice, or without an origin", p.Name)
		}
		names[p.Name] = true
	}
}

func TestAParameterOutOfBoundsIsRefusedAndChangesNothing(t *testing.T) {
	for _, p := range ParameterList() {
		set := DefaultParameters()
		before := p.Of(set)
		for _, wrong := range []int{p.Min - 1, p.Max + 1} {
			if p.Set(&set, wrong) || p.Of(set) != before {
				t.Errorf("%s was set to %d", p.Name, wrong)
			}
		}
		if !p.Set(&set, p.Max) || p.Of(set) != p.Max {
			t.Errorf("%s could not be set to %d", p.Name, p.Max)
		}
	}
}

func TestExtensionsAreTheRulesFromElsewhereAndThreeFacts(t *testing.T) {
	extensions := 0
	for _, rule := range Rules() {
		if rule.Class == Extension {
			extensions++
		}
	}
	if got := len(ExtensionIDs()); got != extensions+3 {
		t.Errorf("%d ids, want the %d rules and three facts", got, extensions)
	}
}
