package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Decision C-18: which questions, and what counts as an answer.
func TestTheRedFlagQuestions(t *testing.T) {
	want := []Concept{
		SaddleSensation, BladderDisturbance, BowelDisturbance, BilateralSciatica,
		ParesisProgressive, Paralysis, IntractablePain,
	}
	if diff := cmp.Diff(want, RedFlagItems()); diff != "" {
		t.Error(diff)
	}
}

func TestRedFlagsAreFullyAnsweredOrUnknown(t *testing.T) {
	f := story(allRedFlagsDenied()).read()
	wants(t, "F-23", f.RedFlags.Answer, Yes)
	wants(t, "D-6", f.Acute().Answer, No)

	for i, left := range RedFlagItems() {
		t.Run("without "+string(left), func(t *testing.T) {
			c := story(allRedFlagsDenied())
			c.Observations = append(c.Observations[:i:i], c.Observations[i+1:]...)
			f := c.read()
			wants(t, "F-23", f.RedFlags.Answer, Unknown)
			wants(t, "D-6, which is D-7", f.Acute().Answer, Unknown)
			if diff := cmp.Diff([]Concept{left}, f.RedFlagsMissing); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsAnAnswerToARedFlagQuestion(t *testing.T) {
	tests := []struct {
		name    string
		concept Concept
		told    telling
		want    bool
	}{
		{"normal sensation", SaddleSensation, answered(SaddleSensation, "normal"), true},
		{"reduced sensation", SaddleSensation, answered(SaddleSensation, "reduced"), true},
		{"not tested", SaddleSensation, answered(SaddleSensation, "not-tested"), false},
		{"no word at all", SaddleSensation, answered(SaddleSensation, ""), false},
		{"bladder as it was", BladderDisturbance, answered(BladderDisturbance, "unchanged"), true},
		{"bladder newly disturbed", BladderDisturbance, answered(BladderDisturbance, "new"), true},
		{"bowel worse", BowelDisturbance, answered(BowelDisturbance, "worse"), true},
		{"unsure of the legs", BilateralSciatica, answered(BilateralSciatica, "unsure"), false},
		{"a provisional no", Paralysis, answered(Paralysis, "no", provisional), false},
		{"a provisional yes", Paralysis, answered(Paralysis, "yes", provisional), true},
		{"a provisional normal", SaddleSensation, answered(SaddleSensation, "normal", provisional), false},
		{"a provisional reduced", SaddleSensation, answered(SaddleSensation, "reduced", provisional), true},
		{"yesterday's no", IntractablePain, answered(IntractablePain, "no", on(daysAgo(1))), false},
		{"a no at another encounter of today", IntractablePain, and(inEncounter("1"), answered(IntractablePain, "no", atEncounter("2"))), false},
		{"an answer to another question", Paralysis, answered(ParesisProgressive, "no"), false},
		{"not tested first, normal then", SaddleSensation, and(answered(SaddleSensation, "not-tested"), answered(SaddleSensation, "normal")), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := story(test.told).answeredHere(test.concept); got != test.want {
				t.Errorf("answered: %v", got)
			}
		})
	}
}

// Old negatives are unknown (hazard 4), and an unread record is never "no".
func TestNothingAcuteIsOnlySaidOfWhatWasReadNow(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"all answered now", allRedFlagsDenied(), No},
		{"all answered yesterday", allRedFlagsDenied(on(daysAgo(1))), Unknown},
		{"all answered at another encounter of today", and(inEncounter("1"), allRedFlagsDenied(atEncounter("2"))), Unknown},
		{"all answered provisionally", allRedFlagsDenied(provisional), Unknown},
		{"all answered, but the conditions could not be read", and(allRedFlagsDenied(), couldNotRead(FromConditions)), Unknown},
		{"all answered, but the observations were cut short", and(allRedFlagsDenied(), couldNotRead(FromObservations)), Unknown},
		{"all answered, but one condition could not be read", and(allRedFlagsDenied(), oneUnreadable(FromConditions, "")), Unknown},
		{"all answered, but one answer to who knows what could not be read", and(allRedFlagsDenied(), oneUnreadable(FromObservations, "")), Unknown},
		{"all answered, but a grade of strength could not be read", and(allRedFlagsDenied(), oneUnreadable(FromObservations, LegStrength)), Unknown},
		{"all answered, but the anal tone could not be read", and(allRedFlagsDenied(), oneUnreadable(FromObservations, AnalTone)), Unknown},
		{"all answered, and something of yellow flags could not be read", and(allRedFlagsDenied(), oneUnreadable(FromObservations, YellowFlags)), No},
		{"all answered, and one encounter could not be read", and(allRedFlagsDenied(), oneUnreadable(FromEncounters, "")), No},
		{"all answered, and the procedures could not be read", and(allRedFlagsDenied(), couldNotRead(FromProcedures)), No},
		{"nothing answered, conditions unread, pain intractable", and(couldNotRead(FromConditions), answered(IntractablePain, "yes")), Yes},
		{"pain intractable, denied the same day", and(answered(IntractablePain, "yes"), answered(IntractablePain, "no")), Conflict},
		{"pain intractable yesterday, denied now", and(answered(IntractablePain, "yes", on(daysAgo(1))), allRedFlagsDenied()), No},
		{"pain intractable yesterday, provisionally denied now", and(answered(IntractablePain, "yes", on(daysAgo(1))), answered(IntractablePain, "no", provisional)), Yes},
		{"pain intractable, said provisionally", answered(IntractablePain, "yes", provisional), Yes},
		{"pain intractable in this episode", and(backPain(), answered(IntractablePain, "yes", on(daysAgo(9)))), Yes},
		{"pain intractable 90 days before this episode's first sign", and(backPain(), answered(IntractablePain, "yes", on(daysAgo(100)))), Yes},
		{"pain intractable in an episode long past", and(backPain(), answered(IntractablePain, "yes", on(daysAgo(101)))), Unknown},
		{"pain intractable 90 days ago, without any episode", answered(IntractablePain, "yes", on(daysAgo(90))), Yes},
		{"pain intractable 91 days ago, without any episode", answered(IntractablePain, "yes", on(daysAgo(91))), Unknown},
		{"all denied at this encounter, dated this month", and(inEncounter("1"), allRedFlagsDenied(atEncounter("1"), on(month(2026, time.November)))), No},
		{"pain intractable some time this month, denied now: perhaps later than that", and(
			answered(IntractablePain, "yes", on(month(2026, time.November))), answered(IntractablePain, "no")), Conflict},
		{"all denied, dated tomorrow", and(inEncounter("1"), allRedFlagsDenied(atEncounter("1"), on(in(1)))), Unknown},
		{"pain intractable, undated, denied now: what has no date is not known to be older", and(
			answered(IntractablePain, "yes", undatedAnswer), answered(IntractablePain, "no")), Conflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "D-6", story(test.told).read().Acute().Answer, test.want)
		})
	}
}

// Gap: "what it could have decided stays unknown"; "one unreadable
// resource leaves facts unknown".
func TestAnUnreadableAnswerLeavesItsQuestionOpen(t *testing.T) {
	t.Run("intractable pain", func(t *testing.T) {
		f := story(backPain(), allRedFlagsDenied(), oneUnreadable(FromObservations, IntractablePain)).read()
		wants(t, "D-5", f.IntractablePain.Answer, Unknown)
		wants(t, "D-6, which is D-7", f.Acute().Answer, Unknown)
	})
	t.Run("worsening", func(t *testing.T) {
		f := story(backPain(), answered(Course, "better"), oneUnreadable(FromObservations, Course)).read()
		wants(t, "F-06", f.Worse.Answer, Unknown)
	})
	t.Run("serious pathology", func(t *testing.T) {
		f := story(backPain(), answered(SeriousPathology, "no"), oneUnreadable(FromObservations, SeriousPathology)).read()
		wants(t, "F-30", f.SeriousPathology.Answer, Unknown)
	})
	t.Run("another question is not touched", func(t *testing.T) {
		f := story(backPain(), answered(SeriousPathology, "no"), oneUnreadable(FromObservations, YellowFlags)).read()
		wants(t, "F-30", f.SeriousPathology.Answer, No)
	})
}

// A diagnosis that could not be read might have said yes; it never takes a yes
// away.
func TestAnUnreadableDiagnosisDeniesNothingAndCalmsNothing(t *testing.T) {
	for name, unreadable := range map[string]telling{
		"one of them": oneUnreadable(FromConditions, ""), "all of them": couldNotRead(FromConditions),
	} {
		t.Run(name, func(t *testing.T) {
			denied := story(allRedFlagsDenied(), unreadable).read()
			wants(t, "D-1, denied", denied.CaudaEquina.Answer, Unknown)
			wants(t, "D-2, denied", denied.Paresis.Answer, Unknown)
			wants(t, "D-3, denied", denied.ParesisUnclear.Answer, Unknown)
			wants(t, "D-5, denied, which no diagnosis says", denied.IntractablePain.Answer, No)
			said := story(answered(Paralysis, "yes"), answered(SaddleSensation, "reduced"), unreadable).read()
			wants(t, "D-1, said", said.CaudaEquina.Answer, Yes)
			wants(t, "D-2, said", said.Paresis.Answer, Yes)
		})
	}
}
