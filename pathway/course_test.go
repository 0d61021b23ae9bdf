package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// F-06 (C-34): worse holds until a newer answer, the rest for this contact.
func TestTheConditionWorsens(t *testing.T) {
	worseLastWeek := and(backPain(), answered(Course, "worse", on(daysAgo(7))))
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing is said", backPain(), Unknown},
		{"worse", answered(Course, "worse"), Yes},
		{"worse, provisionally", answered(Course, "worse", provisional), Yes},
		{"worse, of which nobody knows when", answered(Course, "worse", undatedAnswer), Yes},
		{"unchanged", answered(Course, "unchanged"), No},
		{"better", answered(Course, "better"), No},
		{"better, provisionally", answered(Course, "better", provisional), Unknown},
		{"better, yesterday", answered(Course, "better", on(daysAgo(1))), Unknown},
		{"better, at another encounter", and(inEncounter("1"), answered(Course, "better", atEncounter("2"))), Unknown},
		{"worse last week", worseLastWeek, Yes},
		{"worse last week, better now", and(worseLastWeek, answered(Course, "better")), No},
		{"worse last week, unchanged yesterday: taken back, and nothing said now", and(worseLastWeek, answered(Course, "unchanged", on(daysAgo(1)))), Unknown},
		{"worse last week, better now, provisionally", and(worseLastWeek, answered(Course, "better", provisional)), Yes},
		{"worse last week, better before that", and(worseLastWeek, answered(Course, "better", on(daysAgo(9)))), Yes},
		{"worse and better today", and(answered(Course, "worse"), answered(Course, "better")), Conflict},
		{"worse in another episode", and(backPain(), answered(Course, "worse", on(daysAgo(101)))), Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-06", story(test.told).read().Worse.Answer, test.want)
		})
	}
}

// F-07 (C-34): this contact only; a clinician's judgement.
func TestClearImprovement(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing is said", backPain(), Unknown},
		{"yes", answered(ClearImprovement, "yes"), Yes},
		{"no", answered(ClearImprovement, "no"), No},
		{"no, provisionally", answered(ClearImprovement, "no", provisional), No},
		{"yes, provisionally", answered(ClearImprovement, "yes", provisional), Unknown},
		{"no word", answered(ClearImprovement, ""), Unknown},
		{"no, yesterday", answered(ClearImprovement, "no", on(daysAgo(1))), Unknown},
		{"no, dated tomorrow at this encounter", and(inEncounter("1"), answered(ClearImprovement, "no", on(in(1)), atEncounter("1"))), Unknown},
		{"no, at another encounter of today", and(inEncounter("1"), answered(ClearImprovement, "no", atEncounter("2"))), Unknown},
		{"a better score sets nothing", and(scored(PainNumericRating, 8, on(daysAgo(20))), scored(PainNumericRating, 1)), Unknown},
		{"the newer of two holds", and(answered(ClearImprovement, "yes", on(clock(9, 0))), answered(ClearImprovement, "no", on(clock(9, 30)))), No},
		{"the newer of two holds, told in any order", and(answered(ClearImprovement, "no", on(clock(9, 30))), answered(ClearImprovement, "yes", on(clock(9, 0)))), No},
		{"both at one moment: neither holds", and(answered(ClearImprovement, "yes"), answered(ClearImprovement, "no")), Unknown},
		{"both today, and who knows when: neither holds", and(answered(ClearImprovement, "no", on(today())), answered(ClearImprovement, "yes", on(clock(9, 0)))), Unknown},
		{"no at no known time of this contact, and yes at nine: neither holds", and(inEncounter("1"),
			answered(ClearImprovement, "no", undatedAnswer, atEncounter("1")), answered(ClearImprovement, "yes", on(clock(9, 0)))), Unknown},
		{"yes at eight was overtaken, whatever stands between", and(answered(ClearImprovement, "no", on(today())),
			answered(ClearImprovement, "no", on(clock(9, 0))), answered(ClearImprovement, "yes", on(clock(8, 0)))), No},
		{"twice the same", and(answered(ClearImprovement, "no"), answered(ClearImprovement, "no")), No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-07", story(test.told).read().ClearlyImproved.Answer, test.want)
		})
	}
}

// F-43 (C-34): the latest assessment of this episode.
func TestYellowFlags(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing is said", backPain(), Unknown},
		{"present", answered(YellowFlags, "present"), Yes},
		{"present, provisionally", answered(YellowFlags, "present", provisional), Yes},
		{"none", answered(YellowFlags, "none"), No},
		{"none, provisionally", answered(YellowFlags, "none", provisional), Unknown},
		{"not assessed", answered(YellowFlags, "not-assessed"), Unknown},
		{"none last week", and(backPain(), answered(YellowFlags, "none", on(daysAgo(7)))), No},
		{"none last week, present now", and(backPain(), answered(YellowFlags, "none", on(daysAgo(7))), answered(YellowFlags, "present")), Yes},
		{"present last week, none now", and(backPain(), answered(YellowFlags, "none"), answered(YellowFlags, "present", on(daysAgo(7)))), No},
		{"present, none, and present again", and(backPain(), answered(YellowFlags, "present", on(daysAgo(9))),
			answered(YellowFlags, "none", on(daysAgo(7))), answered(YellowFlags, "present", on(daysAgo(3)))), Yes},
		{"present last week, and no word now", and(backPain(), answered(YellowFlags, "present", on(daysAgo(7))), answered(YellowFlags, "")), Yes},
		{"present yesterday, none now", and(answered(YellowFlags, "present", on(daysAgo(1))), answered(YellowFlags, "none")), No},
		{"present some time this month, none last week", and(
			answered(YellowFlags, "present", on(month(2026, time.November))), answered(YellowFlags, "none", on(daysAgo(7)))), Yes},
		{"present last week, none some time this month", and(
			answered(YellowFlags, "present", on(daysAgo(7))), answered(YellowFlags, "none", on(month(2026, time.November)))), Yes},
		{"present, of which nobody knows when, none now", and(answered(YellowFlags, "present", undatedAnswer), answered(YellowFlags, "none")), Yes},
		{"both at one moment", and(answered(YellowFlags, "none"), answered(YellowFlags, "present")), Yes},
		{"none in another episode", and(backPain(), answered(YellowFlags, "none", on(daysAgo(101)))), Unknown},
		{"present in another episode", and(backPain(), answered(YellowFlags, "present", on(daysAgo(101)))), Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := story(test.told).read().YellowFlags.Answer
			if got == Conflict {
				got = Yes
			}
			wants(t, "F-43", got, test.want)
		})
	}
}

// F-48 (C-34): "uden effekt", the latest statement of this episode.
func TestWithoutEffect(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing is said", backPain(), Unknown},
		{"none", answered(TreatmentEffect, "none"), Yes},
		{"some", answered(TreatmentEffect, "some"), No},
		{"good", answered(TreatmentEffect, "good"), No},
		{"good, provisionally", answered(TreatmentEffect, "good", provisional), Unknown},
		{"none, last week", and(backPain(), answered(TreatmentEffect, "none", on(daysAgo(7)))), Yes},
		{"some, last week, none now", and(backPain(), answered(TreatmentEffect, "none"), answered(TreatmentEffect, "some", on(daysAgo(7)))), Yes},
		{"none, last week, good now", and(backPain(), answered(TreatmentEffect, "good"), answered(TreatmentEffect, "none", on(daysAgo(7)))), No},
		{"in another episode", and(backPain(), answered(TreatmentEffect, "none", on(daysAgo(101)))), Unknown},
		{"both at one moment", and(answered(TreatmentEffect, "good"), answered(TreatmentEffect, "none")), Yes},
		{"good last week, some now", and(backPain(), answered(TreatmentEffect, "some"), answered(TreatmentEffect, "good", on(daysAgo(7)))), No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-48", story(test.told).read().WithoutEffect.Answer, test.want)
		})
	}
}

// weeks is an interval without its evidence.
type weeks struct {
	Known    bool
	Min, Max int
}

// D-8: whole weeks for which treatment and exercise both ran.
func TestTreatedWeeks(t *testing.T) {
	longPain := diagnosed(LowBackPain, began(daysAgo(80)))
	exercising := func(days int) telling { return treated(ExerciseDone, daysAgo(days), When{}) }
	unknown := weeks{}
	exactly := func(n int) weeks { return weeks{true, n, n} }
	tests := []struct {
		name string
		told telling
		want weeks
	}{
		{"nothing is known", nothing(), unknown},
		{"both for 27 days", and(treated(PhysiotherapyDone, daysAgo(27), When{}), exercising(27)), exactly(3)},
		{"both for 28 days", and(treated(PhysiotherapyDone, daysAgo(28), When{}), exercising(28)), exactly(4)},
		{"both for 41 days", and(treated(ChiropracticDone, daysAgo(41), When{}), exercising(41)), exactly(5)},
		{"both for 42 days", and(treated(ChiropracticDone, daysAgo(42), When{}), exercising(42)), exactly(6)},
		{"the shorter of the two counts", and(treated(PhysiotherapyDone, daysAgo(60), When{}), exercising(28)), exactly(4)},
		{"up to the recorded end", and(treated(PhysiotherapyDone, daysAgo(60), daysAgo(32)), exercising(60)), exactly(4)},
		{"one after the other is not both", and(treated(PhysiotherapyDone, daysAgo(60), daysAgo(31)), exercising(30)), exactly(0)},
		{"two stretches add up", and(
			treated(PhysiotherapyDone, daysAgo(60), daysAgo(46)), treated(PhysiotherapyDone, daysAgo(20), daysAgo(6)), exercising(60)), exactly(4)},
		{"two treatments at a time count once", and(
			treated(PhysiotherapyDone, daysAgo(30), When{}), treated(ChiropracticDone, daysAgo(28), When{}), exercising(28)), exactly(4)},
		{"an end that lies ahead counts until today", and(treated(PhysiotherapyDone, daysAgo(28), in(28)), exercising(28)), exactly(4)},
		{"treatment without exercise (hazard 19)", treated(PhysiotherapyDone, daysAgo(50), When{}), unknown},
		{"exercise without treatment", exercising(50), unknown},
		{"exercise that was denied", and(treated(PhysiotherapyDone, daysAgo(50), When{}), answered(Exercise, "no")), exactly(0)},
		{"treatment that was denied", and(exercising(50), answered(OtherTreatment, "no")), exactly(0)},
		{"exercise denied provisionally", and(treated(PhysiotherapyDone, daysAgo(50), When{}), answered(Exercise, "no", provisional)), unknown},
		{"exercise denied, the procedures could not be read", and(answered(Exercise, "no"), couldNotRead(FromProcedures)), unknown},
		{"denied and documented: what is documented counts", and(
			treated(PhysiotherapyDone, daysAgo(28), When{}), exercising(28), answered(Exercise, "no")), exactly(4)},
		{"treatment with no start", and(treated(PhysiotherapyDone, When{}, When{}), exercising(50)), unknown},
		{"exercise with no start", and(treated(PhysiotherapyDone, daysAgo(50), When{}), treated(ExerciseDone, When{}, When{})), unknown},
		{"one of two treatments with no start: what is documented counts", and(
			treated(PhysiotherapyDone, daysAgo(50), When{}), treated(ChiropracticDone, When{}, When{}), exercising(50)), exactly(7)},
		{"two weeks, and another treatment of which nobody knows since when", and(longPain,
			treated(PhysiotherapyDone, daysAgo(14), When{}), treated(ChiropracticDone, When{}, When{}), exercising(50)), weeks{true, 2, 7}},
		{"the same, before which nobody knows the onset", and(
			treated(PhysiotherapyDone, daysAgo(14), When{}), treated(ChiropracticDone, When{}, When{}), exercising(100)), weeks{true, 2, 12}},
		{"stated by the clinician", and(
			answered(OtherTreatment, "yes", from(daysAgo(35))), answered(Exercise, "yes", from(daysAgo(28)))), exactly(4)},
		{"stated by the clinician, with an end", and(
			answered(OtherTreatment, "yes", from(daysAgo(35)), until(daysAgo(14))), answered(Exercise, "yes", from(daysAgo(35)))), exactly(3)},
		{"exercise stated, and no other treatment", answered(Exercise, "yes", from(daysAgo(35))), unknown},
		{"stated in an earlier episode", and(longPain, exercising(50),
			answered(OtherTreatment, "yes", on(daysAgo(300)), from(daysAgo(400)), until(daysAgo(300)))), unknown},
		{"exercise asked about and left open is not denied", and(treated(PhysiotherapyDone, daysAgo(50), When{}), answered(Exercise, "")), unknown},
		{"an open referral of which nothing more is known adds nothing", and(longPain,
			treated(ChiropracticDone, daysAgo(14), When{}), inRecord(OrderPhysiotherapy), exercising(50)), exactly(2)},
		{"stated without a start", and(answered(OtherTreatment, "yes"), answered(Exercise, "yes", from(daysAgo(28)))), unknown},
		{"not done", func(c *Chart) {
			c.Procedures = append(c.Procedures, Procedure{Concept: PhysiotherapyDone, NotDone: true, Start: daysAgo(50)})
			exercising(50)(c)
		}, unknown},
		{"a completed referral with the days on which it ran", and(
			inRecord(OrderPhysiotherapy, completed, running(daysAgo(42), daysAgo(7))), exercising(42)), exactly(5)},
		{"an open referral that is being carried out", and(
			inRecord(OrderChiropractic, running(daysAgo(28), When{})), exercising(28)), exactly(4)},
		{"a referral of the knee is no treatment of the back", and(
			inRecord(OrderPhysiotherapy, completed, running(daysAgo(50), When{}), func(r *Request) { r.AboutBack = No }), exercising(50)), unknown},
		{"an open referral of which nothing more is known has not begun", and(inRecord(OrderPhysiotherapy), exercising(28)), unknown},
		{"a completed referral of which nobody knows when it ran", and(inRecord(OrderPhysiotherapy, completed), exercising(28)), unknown},
		{"an MRI that ran is no treatment", and(inRecord(OrderMRILumbar, completed, running(daysAgo(50), When{})), exercising(50)), unknown},
		{"a treatment is no exercise", and(treated(PhysiotherapyDone, daysAgo(50), When{}), treated(ChiropracticDone, daysAgo(50), When{})), unknown},
		{"a referral that was neither carried out nor is open", and(
			inRecord(OrderPhysiotherapy, func(r *Request) { r.Open = false }, running(daysAgo(50), When{})), exercising(50)), unknown},
		{"a completed referral of an earlier episode", and(
			longPain, inRecord(OrderPhysiotherapy, completed, running(daysAgo(400), daysAgo(300))), exercising(50)), unknown},
		{"a treatment of an earlier episode", and(
			longPain, treated(PhysiotherapyDone, daysAgo(400), daysAgo(300)), exercising(50)), unknown},
		{"what ran before the pain began does not count", and(
			diagnosed(LowBackPain, began(daysAgo(30))), treated(PhysiotherapyDone, daysAgo(60), When{}), exercising(60)), exactly(4)},
		{"where only the recording is known, it may count", and(
			diagnosed(LowBackPain, recorded(daysAgo(30))), treated(PhysiotherapyDone, daysAgo(60), When{}), exercising(60)), weeks{true, 4, 8}},
		{"the pain began some time in October: in the shorter reading at its end (B-06)", and(
			diagnosed(LowBackPain, onset(month(2026, time.October))), treated(PhysiotherapyDone, daysAgo(60), When{}), exercising(60)), weeks{true, 3, 7}},
		{"a start known by its month", and(
			longPain, treated(PhysiotherapyDone, month(2026, time.October), When{}), exercising(80)), weeks{true, 3, 7}},
		{"an end known by its month", and(
			longPain, treated(PhysiotherapyDone, OnDay(time.Date(2026, 9, 14, 0, 0, 0, 0, denmark)), month(2026, time.October)), exercising(80)), weeks{true, 2, 6}},
		{"both start after they end", and(treated(PhysiotherapyDone, daysAgo(10), daysAgo(30)), exercising(50)), exactly(0)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := story(test.told).read().Treated
			if diff := cmp.Diff(test.want, weeks{w.Known, w.Min, w.Max}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWeeksAnswerOnlyWhatIsCertain(t *testing.T) {
	tests := []struct {
		name  string
		weeks Weeks
		want  Answer // at least four?
	}{
		{"unknown", Weeks{}, Unknown},
		{"three", Weeks{Known: true, Min: 3, Max: 3}, No},
		{"four", Weeks{Known: true, Min: 4, Max: 4}, Yes},
		{"three to four", Weeks{Known: true, Min: 3, Max: 4}, Unknown},
		{"none to three", Weeks{Known: true, Min: 0, Max: 3}, No},
		{"four to nine", Weeks{Known: true, Min: 4, Max: 9}, Yes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "at least four weeks", test.weeks.AtLeast(4).Answer, test.want)
		})
	}
}

// D-10, decisions C-30 and C-55.
func TestWhichPageApplies(t *testing.T) {
	ns, nr, prolapse := diagnosed(NonspecificStated), diagnosed(NerveRoot), diagnosed(DiscProlapse)
	saidYes, saidNo, unsure := answered(NerveRootInvolvement, "yes"), answered(NerveRootInvolvement, "no"), answered(NerveRootInvolvement, "unsure")
	fall, steady, once := series(leftFoot, 5, 4), series(leftFoot, 3, 3), series(leftFoot, 3)
	bothSides := answered(BilateralSciatica, "yes")
	forNerveRoot := func(e *Encounter) { e.Evidence.Concept = NerveRoot }
	tests := []struct {
		name      string
		told      telling
		page      Page
		disagrees Answer
	}{
		{"back pain alone says neither", backPain(), PageUnknown, No},
		{"back pain of no said level says neither", diagnosed(LowBackPainBroad), PageUnknown, No},
		{"a code that says non-specific", ns, Nonspecific, No},
		{"a code that says nerve root", nr, NerveRootPage, No},
		{"a prolapse is a hint, no statement", prolapse, PageUnknown, No},
		{"nerve root over non-specific", and(ns, nr), NerveRootPage, No},
		{"a nerve-root code that was refuted", diagnosed(NerveRoot, refuted), PageUnknown, No},
		{"a nerve-root code that is resolved", and(ns, diagnosed(NerveRoot, resolved(daysAgo(1)))), Nonspecific, No},
		{"a nerve-root code of another episode", and(backPain(), diagnosed(NerveRoot, began(daysAgo(900)))), PageUnknown, No},
		{"a nerve-root code of years ago that is said to be active", and(backPain(), diagnosed(NerveRoot, began(daysAgo(900)), active)), NerveRootPage, No},

		{"the clinician says yes", saidYes, NerveRootPage, No},
		{"the clinician says yes, provisionally", answered(NerveRootInvolvement, "yes", provisional), NerveRootPage, No},
		{"the clinician says no", saidNo, Nonspecific, No},
		{"the clinician says no, provisionally", answered(NerveRootInvolvement, "no", provisional), PageUnknown, No},
		{"the clinician is unsure", unsure, PageUnknown, No},
		{"unsure wins over a code", and(nr, unsure), PageUnknown, No},
		{"yes wins over a code, and they disagree", and(ns, saidYes), NerveRootPage, Yes},
		{"no wins over a code, and they disagree", and(nr, saidNo), Nonspecific, Yes},
		{"yes agrees with the code", and(nr, saidYes), NerveRootPage, No},
		{"no agrees with the code", and(ns, saidNo), Nonspecific, No},
		{"no, two weeks ago, still holds", and(backPain(), answered(NerveRootInvolvement, "no", on(daysAgo(14)))), Nonspecific, No},
		{"no, in another episode", and(backPain(), answered(NerveRootInvolvement, "no", on(daysAgo(101)))), PageUnknown, No},
		{"no last week, yes now", and(backPain(), saidYes, answered(NerveRootInvolvement, "no", on(daysAgo(7)))), NerveRootPage, No},
		{"yes last week, no now", and(backPain(), saidNo, answered(NerveRootInvolvement, "yes", on(daysAgo(7)))), Nonspecific, No},
		{"unsure last week, no now", and(backPain(), answered(NerveRootInvolvement, "unsure", on(daysAgo(7))), saidNo), Nonspecific, No},
		{"both at one moment", and(saidNo, saidYes), NerveRootPage, No},

		{"coded non-specific, and strength falls (hazard 7)", and(ns, fall), Mismatch, Yes},
		{"coded non-specific, severe weakness once", and(ns, once), Mismatch, Yes},
		{"coded non-specific, severe and stable weakness", and(ns, steady), Mismatch, Yes},
		{"coded non-specific, and N18", and(ns, diagnosed(WeaknessUngraded)), Mismatch, Yes},
		{"coded non-specific, sciatica on both sides", and(ns, bothSides), Mismatch, Yes},
		{"coded non-specific, sciatica on both sides of another episode", and(ns, answered(BilateralSciatica, "yes", on(daysAgo(101)))), Nonspecific, No},
		{"coded non-specific, seen for a nerve root", and(ns, seen("1", today(), forNerveRoot)), Mismatch, Yes},
		{"coded non-specific, to be seen for a nerve root", and(ns, seen("1", today(), forNerveRoot, onlyPlanned)), Nonspecific, No},
		{"coded non-specific, seen for a nerve root in another episode", and(ns, seen("1", daysAgo(301), forNerveRoot)), Nonspecific, No},
		{"coded non-specific, seen for a nerve root the day after tomorrow", and(ns, seen("1", in(2), forNerveRoot)), Nonspecific, No},
		{"seen for a nerve root, and nothing else said", seen("1", today(), forNerveRoot), PageUnknown, No},
		{"said no, sciatica on both sides", and(saidNo, bothSides), Nonspecific, Yes},
		{"coded nerve root, sciatica on both sides", and(nr, bothSides), NerveRootPage, No},
		{"coded non-specific, beside a prolapse", and(ns, prolapse), Mismatch, Yes},
		{"coded non-specific, full strength", and(ns, series(leftFoot, 5, 5)), Nonspecific, No},
		{"said no, severe and stable weakness", and(saidNo, steady), Nonspecific, Yes},
		{"said no, and strength falls", and(saidNo, fall), Nonspecific, Yes},
		{"said yes, and strength falls", and(saidYes, fall), NerveRootPage, No},
		{"coded nerve root, and strength falls", and(nr, fall), NerveRootPage, No},
		{"nothing said, and strength falls", and(backPain(), fall), PageUnknown, No},
		{"unsure, coded non-specific, weak", and(ns, steady, unsure), PageUnknown, No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := story(test.told).read()
			if f.Page != test.page {
				t.Errorf("page %v, want %v", f.Page, test.page)
			}
			wants(t, "the record disagrees", f.PageDisagrees.Answer, test.disagrees)
		})
	}
}

func TestADisagreementNamesBothSides(t *testing.T) {
	f := story(diagnosed(NerveRoot), answered(NerveRootInvolvement, "no")).read()
	if diff := cmp.Diff([]string{"Condition/1", "Observation/1"}, references(f.PageDisagrees.Evidence)); diff != "" {
		t.Error(diff)
	}
}

func TestPagesAndBoxesHaveTheirNamesInTraces(t *testing.T) {
	pages := map[Page]string{Nonspecific: "NS", NerveRootPage: "NR", Mismatch: "mismatch", PageUnknown: "unknown", Page(9): "unknown"}
	for page, want := range pages {
		if got := page.String(); got != want {
			t.Errorf("page %d is called %q, want %q", page, got, want)
		}
	}
	boxes := map[MRBox]string{Met: "met", NotMet: "not-met", WrongRoute: "wrong-route", NotOnPage: "not-on-page", Unassessable: "unassessable", MRBox(9): "unassessable"}
	for box, want := range boxes {
		if got := box.String(); got != want {
			t.Errorf("box %d is called %q, want %q", box, got, want)
		}
	}
}

// D-9: the MRI box (NS-MR-1, A-05, A-06, A-09, C-08, C-57).
func TestTheMRIBox(t *testing.T) {
	unassessable, wrongRoute := Unassessable, WrongRoute
	met := and(
		diagnosed(NonspecificStated, began(daysAgo(60))), allRedFlagsDenied(),
		answered(Course, "unchanged"), answered(SeriousPathology, "no"), answered(TreatmentEffect, "none"),
		treated(PhysiotherapyDone, daysAgo(28), When{}), treated(ExerciseDone, daysAgo(28), When{}),
	)
	without := func(concept Concept) telling {
		return func(c *Chart) {
			met(c)
			for i, o := range c.Observations {
				if o.Concept == concept {
					c.Observations = append(c.Observations[:i:i], c.Observations[i+1:]...)
					return
				}
			}
		}
	}
	tests := []struct {
		name string
		told telling
		want MRBox
	}{
		{"every criterion is documented as met", met, Met},
		{"four weeks less a day", and(met, func(c *Chart) { c.Procedures[1].Start = daysAgo(27) }), NotMet},
		{"some effect", and(met, func(c *Chart) { c.Observations[9].Value = "some" }), NotMet},
		{"no exercise was done", and(without(""), func(c *Chart) { c.Procedures = c.Procedures[:1] }, answered(Exercise, "no")), NotMet},
		{"nobody knows whether there was exercise (hazard 19)", and(met, func(c *Chart) { c.Procedures = c.Procedures[:1] }), unassessable},
		{"nobody knows the effect", without(TreatmentEffect), unassessable},
		{"nobody said whether it worsens", without(Course), unassessable},
		{"nobody said whether serious pathology is suspected", without(SeriousPathology), unassessable},
		{"the saddle was not asked about", without(SaddleSensation), unassessable},
		{"too short, and nobody said whether it worsens (A-05)", and(without(Course), func(c *Chart) { c.Procedures[1].Start = daysAgo(3) }), unassessable},
		{"it may have been four weeks", and(met, func(c *Chart) { c.Procedures[1].Start = month(2026, time.October) }), unassessable},
		{"it worsens", and(without(Course), answered(Course, "worse")), wrongRoute},
		{"serious pathology is suspected", and(without(SeriousPathology), answered(SeriousPathology, "yes")), wrongRoute},
		{"serious pathology is suspected and denied", and(met, answered(SeriousPathology, "yes")), wrongRoute},
		{"something is acute", and(met, answered(AnalTone, "reduced")), wrongRoute},
		{"it worsens, and the saddle was not asked about", and(without(SaddleSensation), func(c *Chart) { c.Observations[6].Value = "worse" }), wrongRoute},
		{"too short, and it worsens: never not-met (hazard 2)", and(without(Course), answered(Course, "worse"), func(c *Chart) { c.Procedures[1].Start = daysAgo(3) }), wrongRoute},
		{"the observations could not be read", and(met, couldNotRead(FromObservations)), unassessable},
		{"the conditions could not be read", and(met, couldNotRead(FromConditions)), unassessable},
		{"the other page has no such box", and(met, answered(NerveRootInvolvement, "yes")), NotOnPage},
		{"no page has been stated", and(met, answered(NerveRootInvolvement, "unsure")), NotOnPage},
		{"the other page, and the saddle was not asked about", and(without(SaddleSensation), answered(NerveRootInvolvement, "yes")), unassessable},
		{"the other page, and it worsens", and(without(Course), answered(Course, "worse"), answered(NerveRootInvolvement, "yes")), wrongRoute},
		{"nothing is known at all", nothing(), unassessable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := story(test.told).read().MRBox(); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// F-30: said by the clinician, denied at this contact only.
func TestSeriousPathology(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing is said", backPain(), Unknown},
		{"suspected", answered(SeriousPathology, "yes"), Yes},
		{"suspected last week", and(backPain(), answered(SeriousPathology, "yes", on(daysAgo(7)))), Yes},
		{"denied", answered(SeriousPathology, "no"), No},
		{"denied, and not all answers could be had: what is there counts", and(couldNotRead(FromObservations), answered(SeriousPathology, "no")), No},
		{"denied yesterday", answered(SeriousPathology, "no", on(daysAgo(1))), Unknown},
		{"denied provisionally", answered(SeriousPathology, "no", provisional), Unknown},
		{"cancer alone never sets it", and(backPain(), diagnosed(Cancer)), Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-30", story(test.told).read("R-E1").SeriousPathology.Answer, test.want)
		})
	}
}

// F-49, decisions C-05, C-35 and C-58.
func TestWhatHasBeenOrderedAlready(t *testing.T) {
	tests := []struct {
		name          string
		told          telling
		secondary, mr Answer
	}{
		{"nothing, in a record that was read", nothing(), No, No},
		{"the requests could not be read", couldNotRead(FromRequests), Unknown, Unknown},
		{"an open referral to the secondary sector", inRecord(OrderSecondarySector), Yes, No},
		{"an open referral to neurosurgery", inRecord(OrderNeurosurgery), Yes, No},
		{"an open referral to rheumatology", inRecord(OrderRheumatology), Yes, No},
		{"an open referral to a spine centre", inRecord(OrderSpineExamination), Yes, No},
		{"an open referral to a practising specialist", inRecord(OrderSpecialist), Yes, No},
		{"an open referral to a physiotherapist", inRecord(OrderPhysiotherapy), No, No},
		{"a completed referral", inRecord(OrderSecondarySector, completed), No, No},
		{"a referral that is being drafted", and(at(OrderSign), drafting(OrderSecondarySector)), Yes, No},
		{"a referral that is being drafted and not selected", and(at(OrderSign), drafting(OrderSecondarySector, notSelected)), Yes, No},
		{"a referral is drafted, the requests could not be read", and(at(OrderSign), couldNotRead(FromRequests), drafting(OrderSecondarySector)), Yes, Unknown},
		{"an open MRI order", inRecord(OrderMRILumbar), No, Yes},
		{"an MRI done in this episode", and(backPain(), inRecord(OrderMRILumbar, completed, authored(daysAgo(5)))), No, Yes},
		{"an MRI done in another episode", and(backPain(), inRecord(OrderMRILumbar, completed, authored(daysAgo(101)))), No, No},
		{"an MRI order that was neither done nor is open", inRecord(OrderMRILumbar, func(r *Request) { r.Open = false }), No, No},
		{"the draft itself, already stored, is no earlier order", and(at(OrderSign),
			drafting(OrderMRILumbar, withID("ServiceRequest/1")), inRecord(OrderMRILumbar, withID("ServiceRequest/1"))), No, No},
		{"a draft without an id is not a stored order without one", and(at(OrderSign),
			drafting(OrderMRILumbar, withID("")), inRecord(OrderMRILumbar, withID(""))), No, Yes},
		{"another order beside the draft is", and(at(OrderSign),
			drafting(OrderMRILumbar, withID("ServiceRequest/1")), inRecord(OrderMRILumbar, withID("ServiceRequest/2"))), No, Yes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := story(test.told).read()
			wants(t, "a referral to the secondary sector", f.SecondaryReferral.Answer, test.secondary)
			wants(t, "lumbar MRI", f.MRIOrdered.Answer, test.mr)
		})
	}
}

// Extensions read hints, and hints never say no.
func TestWhatOtherGuidanceAsksFor(t *testing.T) {
	tests := []struct {
		name string
		told telling
		of   func(*Facts) Fact
		want Answer
	}{
		{"cancer", diagnosed(Cancer), func(f *Facts) Fact { return f.PathologyHints }, Yes},
		{"a fracture that has healed", diagnosed(VertebralFracture, resolved(daysAgo(9))), func(f *Facts) Fact { return f.PathologyHints }, Unknown},
		{"no hint", backPain(), func(f *Facts) Fact { return f.PathologyHints }, Unknown},
		{"a pacemaker", diagnosed(Pacemaker), func(f *Facts) Fact { return f.Implant }, Yes},
		{"pregnant", diagnosed(Pregnancy), func(f *Facts) Fact { return f.Pregnant }, Yes},
		{"pregnant last year", diagnosed(Pregnancy, resolved(daysAgo(200))), func(f *Facts) Fact { return f.Pregnant }, Unknown},
		{"STarT Back high", answered(StartBackRisk, "high"), func(f *Facts) Fact { return f.StartBackHigh }, Yes},
		{"STarT Back medium", answered(StartBackRisk, "medium"), func(f *Facts) Fact { return f.StartBackHigh }, Unknown},
		{"STarT Back high, then low", and(backPain(), answered(StartBackRisk, "high", on(daysAgo(5))), answered(StartBackRisk, "low")), func(f *Facts) Fact { return f.StartBackHigh }, Unknown},
		{"STarT Back high, told after the older low", and(backPain(), answered(StartBackRisk, "high"), answered(StartBackRisk, "low", on(daysAgo(5)))), func(f *Facts) Fact { return f.StartBackHigh }, Yes},
		{"pain 7 of 10", scored(PainNumericRating, 7), func(f *Facts) Fact { return f.HighPainScore }, Unknown},
		{"pain 8 of 10", scored(PainNumericRating, 8), func(f *Facts) Fact { return f.HighPainScore }, Yes},
		{"pain 8 of 10 in another episode", and(backPain(), scored(PainNumericRating, 8, on(daysAgo(101)))), func(f *Facts) Fact { return f.HighPainScore }, Unknown},
		{"pain 8 and 3 at one moment", and(scored(PainNumericRating, 8), scored(PainNumericRating, 3)), func(f *Facts) Fact { return f.HighPainScore }, Yes},
		{"pain 3 and 8 at one moment", and(scored(PainNumericRating, 3), scored(PainNumericRating, 8)), func(f *Facts) Fact { return f.HighPainScore }, Yes},
		{"pain 8 at nine, 3 at some time today", and(
			scored(PainNumericRating, 8, on(clock(9, 0))), scored(PainNumericRating, 3, on(today()))), func(f *Facts) Fact { return f.HighPainScore }, Yes},
		{"200 mL are no pain score", scored(PostVoidResidual, 200), func(f *Facts) Fact { return f.HighPainScore }, Unknown},
		{"a score nobody could read", answered(PainNumericRating, ""), func(f *Facts) Fact { return f.HighPainScore }, Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "the extension's fact", test.of(story(test.told).read()).Answer, test.want)
		})
	}
}

// decision model 3 ("negative: final, amended, corrected only"), principle 2.
func TestAProvisionalAnswerDoesNotEraseAFirmOne(t *testing.T) {
	lastWeek := on(daysAgo(7))
	t.Run("nerve root: yes last week, provisionally no now", func(t *testing.T) {
		f := story(diagnosed(NonspecificStated, began(daysAgo(10))),
			answered(NerveRootInvolvement, "yes", lastWeek), answered(NerveRootInvolvement, "no", provisional)).read()
		if f.Page != NerveRootPage {
			t.Errorf("page %v", f.Page)
		}
	})
	t.Run("yellow flags: present last week, provisionally none now", func(t *testing.T) {
		f := story(backPain(), answered(YellowFlags, "present", lastWeek), answered(YellowFlags, "none", provisional)).read()
		wants(t, "F-43", f.YellowFlags.Answer, Yes)
	})
	t.Run("effect: none last week, provisionally good now", func(t *testing.T) {
		f := story(backPain(), answered(TreatmentEffect, "good", lastWeek), answered(TreatmentEffect, "some", provisional)).read()
		wants(t, "F-48", f.WithoutEffect.Answer, No)
	})
}

// C-18 ("not-tested is no answer"), C-34 (the latest assessment).
func TestNotAssessedIsNoAssessment(t *testing.T) {
	f := story(backPain(), answered(YellowFlags, "present", on(daysAgo(7))), answered(YellowFlags, "not-assessed")).read()
	wants(t, "F-43", f.YellowFlags.Answer, Yes)
}

// Principle 1: "only an explicit, final, in-date, in-episode negative is
// absent".
func TestANegativeNeedsADate(t *testing.T) {
	t.Run("nerve root", func(t *testing.T) {
		if f := story(backPain(), answered(NerveRootInvolvement, "no", undatedAnswer)).read(); f.Page == Nonspecific {
			t.Error("page NS by an undated no")
		}
	})
	t.Run("yellow flags", func(t *testing.T) {
		f := story(backPain(), answered(YellowFlags, "none", undatedAnswer)).read()
		wants(t, "F-43", f.YellowFlags.Answer, Unknown)
	})
	t.Run("exercise", func(t *testing.T) {
		f := story(backPain(), treated(PhysiotherapyDone, daysAgo(9), When{}), answered(Exercise, "no", undatedAnswer)).read()
		if f.Treated.Known {
			t.Errorf("D-8 is %v weeks by an undated no", f.Treated.Max)
		}
	})
	t.Run("none of it from tomorrow", func(t *testing.T) {
		f := story(backPain(), answered(IntractablePain, "yes"), answered(IntractablePain, "no", on(in(1)))).read()
		if !f.IntractablePain.IsYes() {
			t.Errorf("today's yes is taken back by tomorrow's no: %v", f.IntractablePain.Answer)
		}
	})
	t.Run("nor a refutation from tomorrow", func(t *testing.T) {
		f := story(backPain(), answered(SaddleSensation, "reduced"), diagnosed(CaudaEquina, refuted, recorded(in(1)))).read()
		if !f.CaudaEquina.IsYes() {
			t.Error("today's numbness is cleared by tomorrow's refutation")
		}
	})
}

// C-30: L84, DM545 and M54.5 "in their own code system only".
func TestANonspecificCodeUnderAForeignSystemStatesNoPage(t *testing.T) {
	f := story(diagnosed(NonspecificStated, misplaced)).read()
	if f.Page != PageUnknown {
		t.Errorf("page %v", f.Page)
	}
}

// 7.3: "negative and positive of the same fact on the same day: conflict,
// treated as present".
func TestBothWaysOnOneDayIsReadAsPresent(t *testing.T) {
	tests := []struct {
		name     string
		yes, nay When
	}{
		{"the negative an hour later", clock(8, 0), clock(9, 0)},
		{"the negative known by its day only", clock(8, 0), today()},
		{"both known by their day only", today(), today()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := story(backPain(),
				answered(NerveRootInvolvement, "yes", on(test.yes)), answered(NerveRootInvolvement, "no", on(test.nay)),
				answered(YellowFlags, "present", on(test.yes)), answered(YellowFlags, "none", on(test.nay)),
				answered(SeriousPathology, "yes", on(test.yes)), answered(SeriousPathology, "no", on(test.nay)),
			).read()
			if f.Page != NerveRootPage {
				t.Errorf("page %v", f.Page)
			}
			if !f.YellowFlags.IsYes() {
				t.Errorf("F-43: %v", f.YellowFlags.Answer)
			}
			wants(t, "F-30", f.SeriousPathology.Answer, Conflict)
		})
	}
	t.Run("the fact names both sides", func(t *testing.T) {
		f := story(answered(SaddleSensation, "reduced"), answered(SaddleSensation, "normal")).read()
		if diff := cmp.Diff([]string{"Observation/1", "Observation/2"}, references(f.CaudaEquina.Evidence)); diff != "" {
			t.Error(diff)
		}
	})
}

// 7.3: "negative and positive of the same fact on the same day: conflict, card
// says modstridende", whichever day that was.
func TestBothWaysOnOneDayLastWeekIsAConflictToo(t *testing.T) {
	lastWeek := func(hour int) func(*Observation) { return on(At(clock(hour, 0).Latest.AddDate(0, 0, -7))) }
	f := story(backPain(), answered(SeriousPathology, "yes", lastWeek(8)), answered(SeriousPathology, "no", lastWeek(9))).read()
	wants(t, "F-30", f.SeriousPathology.Answer, Conflict)

	f = story(backPain(), answered(SeriousPathology, "yes", on(month(2026, time.November))), answered(SeriousPathology, "no", on(daysAgo(3)))).read()
	wants(t, "F-30, suspected some time this month and denied three days ago", f.SeriousPathology.Answer, Conflict)

	f = story(backPain(), answered(SeriousPathology, "yes", undatedAnswer), answered(SeriousPathology, "no", on(daysAgo(3)))).read()
	wants(t, "F-30, suspected nobody knows when and denied three days ago", f.SeriousPathology.Answer, Yes)

	f = story(backPain(), answered(SeriousPathology, "yes", on(daysAgo(3))), answered(SeriousPathology, "no", on(month(2026, time.November)))).read()
	wants(t, "F-30, suspected three days ago and denied some time this month", f.SeriousPathology.Answer, Conflict)
}

// C-30: "unsure is unknown". Where nobody can tell which of "no" and "unsure"
// was said last, nothing is stated.
func TestNoAndUnsureOfWhichNeitherIsLaterStateNoPage(t *testing.T) {
	nay := answered(NerveRootInvolvement, "no")
	for name, unsure := range map[string]telling{
		"at one moment":    answered(NerveRootInvolvement, "unsure"),
		"at no known time": answered(NerveRootInvolvement, "unsure", undatedAnswer, atEncounter("1")),
	} {
		t.Run(name, func(t *testing.T) {
			for _, told := range []telling{and(nay, unsure), and(unsure, nay)} {
				if f := story(backPain(), inEncounter("1"), told).read(); f.Page != PageUnknown {
					t.Errorf("page %v", f.Page)
				}
			}
		})
	}
}
