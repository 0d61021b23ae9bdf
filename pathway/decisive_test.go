package pathway

import (
	"slices"
	"testing"
)

// TestEachRuleIsDecisiveSomewhere takes one rule after the other out of the
// registry: somewhere in the decision table the GP is then shown something else.
// A rule without which nothing would be different need not be there. The quiet
// ones are there for the trace alone, and change nothing that is shown.
func TestEachRuleIsDecisiveSomewhere(t *testing.T) {
	for _, rule := range Rules() {
		others := slices.DeleteFunc(Rules(), func(other *Rule) bool { return other == rule })
		decisive := slices.ContainsFunc(table, func(row asking) bool {
			f := calm(row.turn)
			return !slices.Equal(advice(Decide(f)), advice(decide(others, f)))
		})
		if decisive == rule.Quiet {
			t.Errorf("%s changes what is shown: %v", rule.ID, decisive)
		}
	}
}
