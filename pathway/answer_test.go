package pathway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var allAnswers = []Answer{Unknown, No, Yes, Conflict}

func TestAFactNobodyFilledInIsUnknown(t *testing.T) {
	var fact Fact
	wants(t, "the zero fact", fact.Answer, Unknown)
	if fact.IsYes() {
		t.Error("an unknown is acted on")
	}
}

func TestAConflictIsActedOnLikeAYes(t *testing.T) {
	acted := map[Answer]bool{Unknown: false, No: false, Yes: true, Conflict: true}
	for answer, want := range acted {
		if got := answer.IsYes(); got != want {
			t.Errorf("%v.IsYes() = %v, want %v", answer, got, want)
		}
	}
}

func TestAnswersHaveTheirNamesInTraces(t *testing.T) {
	names := map[Answer]string{Unknown: "unknown", No: "no", Yes: "yes", Conflict: "conflict", Answer(17): "unknown"}
	for answer, want := range names {
		if got := answer.String(); got != want {
			t.Errorf("Answer(%d) is called %q, want %q", answer, got, want)
		}
	}
}

// The opposite of an unknown is unknown, and the opposite of what was read as
// yes is no: neither must become a yes for the opposite question.
func TestTurningAQuestionRound(t *testing.T) {
	opposite := map[Answer]Answer{Unknown: Unknown, No: Yes, Yes: No, Conflict: No}
	for answer, want := range opposite {
		evidence := []Evidence{{Reference: "Observation/1"}}
		got := not(Fact{answer, evidence})
		wants(t, "not "+answer.String(), got.Answer, want)
		if diff := cmp.Diff(evidence, got.Evidence); diff != "" {
			t.Errorf("not %v lost its evidence: %s", answer, diff)
		}
	}
}

// All sequences of up to four answers: an exhaustive check of anyOf against
// its definition.
func TestAnyOfHoldsForEverySmallCombination(t *testing.T) {
	var check func(answers []Answer)
	check = func(answers []Answer) {
		facts := make([]Fact, len(answers))
		yesses, conflicts, unknowns := 0, 0, 0
		for i, a := range answers {
			facts[i] = Fact{Answer: a}
			switch a {
			case Yes:
				yesses++
			case Conflict:
				conflicts++
			case Unknown:
				unknowns++
			case No:
			}
		}
		want := No
		switch {
		case conflicts > 0:
			want = Conflict
		case yesses > 0:
			want = Yes
		case unknowns > 0:
			want = Unknown
		}
		if got := anyOf(facts...).Answer; got != want {
			t.Errorf("anyOf(%v) = %v, want %v", answers, got, want)
		}
		if len(answers) == 4 {
			return
		}
		for _, a := range allAnswers {
			check(append(answers[:len(answers):len(answers)], a))
		}
	}
	check(nil)
}

// De Morgan, as far as it is wanted: "none of them" is yes only when each of
// them is documented absent.
func TestNoneOfThemIsKnownOnlyWhenEachIsDenied(t *testing.T) {
	for _, a := range allAnswers {
		for _, b := range allAnswers {
			got := not(anyOf(Fact{Answer: a}, Fact{Answer: b})).Answer
			if (got == Yes) != (a == No && b == No) {
				t.Errorf("none of %v and %v: %v", a, b, got)
			}
			if got == No && !a.IsYes() && !b.IsYes() {
				t.Errorf("none of %v and %v is denied though neither is known", a, b)
			}
		}
	}
}

func TestAnyOfKeepsTheEvidenceThatDecidedIt(t *testing.T) {
	e := func(name string) Evidence { return Evidence{Reference: name} }
	tests := []struct {
		name  string
		facts []Fact
		want  []string
	}{
		{"of a yes, the yes alone", []Fact{no(e("denied")), unknown(e("unsure")), yes(e("said"))}, []string{"said"}},
		{"of two yeses, both", []Fact{yes(e("first")), no(e("denied")), yes(e("second"))}, []string{"first", "second"}},
		{"of a conflict and a yes, both", []Fact{{Conflict, []Evidence{e("both ways")}}, yes(e("said"))}, []string{"both ways", "said"}},
		{"of denials, all", []Fact{no(e("first")), no(e("second"))}, []string{"first", "second"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, references(anyOf(test.facts...).Evidence)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatTheProgramKnowsForCertainIsNeverUnknown(t *testing.T) {
	wants(t, "given(true)", given(true).Answer, Yes)
	wants(t, "given(false)", given(false).Answer, No)
}

func TestOnlyAYesSurvivesAtLeastYes(t *testing.T) {
	kept := map[Answer]Answer{Unknown: No, No: No, Yes: Yes, Conflict: Conflict}
	for answer, want := range kept {
		wants(t, "at least yes of "+answer.String(), atLeastYes(Fact{Answer: answer}).Answer, want)
	}
}

// A term that a rule wants not to be so says that it is turned round, or the
// trace would read the other way.
func TestATermThatIsTurnedRoundSaysSo(t *testing.T) {
	for _, fact := range []Fact{yes(), no(), unknown()} {
		if !unless("something", fact).Negated || is("something", fact).Negated {
			t.Errorf("of a fact that is %v", fact.Answer)
		}
	}
}

func TestEvidenceTellsTheWordOfAnAnswerElseItsNumber(t *testing.T) {
	tests := map[string]Observation{
		"worse": {Value: "worse"},
		"4":     {Number: 4, HasNumber: true},
		"high":  {Value: "high", Number: 9, HasNumber: true},
		"":      {},
	}
	for want, o := range tests {
		if got := o.evidence().Value; got != want {
			t.Errorf("%+v is told as %q, want %q", o, got, want)
		}
	}
}
