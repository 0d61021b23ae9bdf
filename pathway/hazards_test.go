package pathway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The hazards of decision model, section 11 and the edge cases of 7.3, from what the
// record says to what the GP is shown.
func TestHazards(t *testing.T) {
	visit := and(inEncounter("now"), seen("now", clock(9, 45)))
	tests := []struct {
		name string
		told telling
		want []string
	}{
		{"no data at all: silence", nothing(), []string{}},
		{"no back pain (hazard 22)", and(
			diagnosed(Cancer), diagnosed(UrinaryIncontinence), diagnosed(WeaknessUngraded), diagnosed(Pregnancy),
			bornOn(year(2015)), inEncounter("now"), seen("now", clock(9, 45), aboutSomethingElse)), []string{}},
		{"no data but a contact about the back: what was not asked, and no plan", visit, []string{"R-Q1 info", "R-Q3+R-O1 info"}},
		{"all red-flag data missing (hazard 3)", and(visit, diagnosed(NonspecificStated, began(daysAgo(40))),
			treated(PhysiotherapyDone, daysAgo(35), When{}), treated(ExerciseDone, daysAgo(35), When{}),
			answered(TreatmentEffect, "none"), answered(Course, "unchanged"), answered(SeriousPathology, "no")), []string{"R-Q1 info", "R-P1+R-I1+R-O1 info"}},
		{"the same, all answered", and(visit, diagnosed(NonspecificStated, began(daysAgo(40))), allRedFlagsDenied(),
			treated(PhysiotherapyDone, daysAgo(35), When{}), treated(ExerciseDone, daysAgo(35), When{}),
			answered(TreatmentEffect, "none"), answered(Course, "unchanged"), answered(SeriousPathology, "no")), []string{"R-P1 info", "R-P11+R-I1+R-O1 info"}},
		{"MRI is ordered while the saddle is numb (hazard 1)", and(visit, backPain(), at(OrderSign), drafting(OrderMRILumbar, forTheBack),
			answered(SaddleSensation, "reduced")), []string{"R-A1+O-A critical"}},
		{"MRI is ordered while it worsens, too early (hazard 2)", and(visit, diagnosed(NonspecificStated, began(daysAgo(10))), at(OrderSign), drafting(OrderMRILumbar, forTheBack),
			allRedFlagsDenied(), answered(Course, "worse"), answered(SeriousPathology, "no"), answered(TreatmentEffect, "none"), answered(Exercise, "no")), []string{"O-M1 warning"}},
		{"yesterday's answers (hazard 4)", and(visit, backPain(), allRedFlagsDenied(on(daysAgo(1)))), []string{"R-Q1 info", "R-Q3+R-O1 info"}},
		{"refuted on Monday, numb on Tuesday (hazard 5)", and(backPain(),
			diagnosed(CaudaEquina, refuted, recorded(daysAgo(7))), answered(SaddleSensation, "reduced", on(daysAgo(6)))), []string{"R-A1 critical"}},
		{"coded non-specific, and strength falls (hazard 7): no R-S2 beside it (C-10)", and(visit,
			diagnosed(NonspecificStated, began(daysAgo(10))), series(leftFoot, 5, 4)), []string{"R-A2 critical"}},
		{"N18 with no grade (hazard 8)", and(backPain(), diagnosed(WeaknessUngraded)), []string{"R-A4 critical"}},
		{"five years of incontinence, unchanged (hazard 9)", and(visit, backPain(), diagnosed(UrinaryIncontinence, began(daysAgo(1826))),
			answered(BladderDisturbance, "unchanged")), []string{"R-Q1 info", "R-Q3+R-O1 info"}},
		{"five years of incontinence (hazard 9)", and(visit, backPain(), diagnosed(UrinaryIncontinence, began(daysAgo(1826)))), []string{"R-Q2 warning", "R-Q1 info", "R-Q3+R-O1 info"}},
		{"incontinence of no known onset (hazard 9)", and(visit, backPain(), diagnosed(UrinaryIncontinence, undatedCode)), []string{"R-A1 critical"}},
		{"a provisional yes and a provisional no (hazard 10)", and(backPain(), answered(IntractablePain, "yes", provisional)), []string{"R-A3 critical"}},
		{
			"nerve root, third contact, no clear improvement (hazard 12)", and(visit, diagnosed(NerveRoot, began(daysAgo(20))), allRedFlagsDenied(),
				seen("1", daysAgo(20)), seen("2", daysAgo(10)), answered(YellowFlags, "none"), answered(ClearImprovement, "no")),
			[]string{"R-P7 warning", "R-P9+R-I1+R-O1 info"},
		},
		{
			"non-specific, third contact, no clear improvement (hazard 12)", and(visit, diagnosed(NonspecificStated, began(daysAgo(20))), allRedFlagsDenied(),
				seen("1", daysAgo(20)), seen("2", daysAgo(10)), answered(YellowFlags, "none"), answered(ClearImprovement, "no")),
			[]string{"R-P5+R-I1+R-O1 info"},
		},
		{
			"page unknown, third contact, no clear improvement (hazard 12)", and(visit, backPain(), allRedFlagsDenied(),
				seen("1", daysAgo(10)), seen("2", daysAgo(5)), answered(YellowFlags, "none"), answered(ClearImprovement, "no")),
			[]string{"R-Q3+R-O1 info"},
		},
		{
			"nerve root, yellow flags at the third contact (hazard 13)", and(visit, diagnosed(NerveRoot, began(daysAgo(20))), allRedFlagsDenied(),
				seen("1", daysAgo(20)), seen("2", daysAgo(10)), answered(YellowFlags, "present"), answered(ClearImprovement, "yes")),
			[]string{"R-P9 info", "R-P12+R-I1+R-O1 info"},
		},
		{"MRI is ordered, suspicion not asked (hazard 19)", and(visit, diagnosed(NonspecificStated, began(daysAgo(10))), at(OrderSelect), drafting(OrderMRILumbar, forTheBack),
			allRedFlagsDenied(), answered(Course, "better"), answered(Exercise, "no"), answered(OtherTreatment, "no"), answered(TreatmentEffect, "none")), []string{"O-M3 info"}},
		{"the observations could not be read (hazard 21)", and(visit, backPain(), couldNotRead(FromObservations)), []string{"R-Q0 warning", "R-Q1 info", "R-Q3+R-O1 info"}},
		{"the conditions could not be read, and nothing speaks of the back", couldNotRead(FromConditions), []string{}},
		{"the conditions could not be read, and retention was (C-50)", and(couldNotRead(FromConditions), diagnosed(UrinaryRetention)), []string{"R-A1 critical"}},
		{"retention last week, the panel answered no, bladder left out", and(backPain(), diagnosed(UrinaryRetention, began(daysAgo(7))),
			answered(SaddleSensation, "normal"), answered(BowelDisturbance, "none"), answered(Paralysis, "no")), []string{"R-A1 critical"}},
		{"MRC 5, 4, 5: recovered", and(visit, backPain(), allRedFlagsDenied(), series(leftFoot, 5, 4, 5)), []string{"R-Q3+R-O1 info"}},
		{"an old back problem, seen today for something else", and(diagnosed(NerveRoot, began(daysAgo(900))),
			inEncounter("now"), seen("now", clock(9, 45), aboutSomethingElse)), []string{}},
		{"an old back problem, nobody knows what for today (C-33)", and(diagnosed(NerveRoot, began(daysAgo(900))),
			inEncounter("now"), seen("now", clock(9, 45), uncoded)), []string{}},
		{"severe and stable weakness, red flags open (C-14)", and(visit, diagnosed(NerveRoot, began(daysAgo(20))),
			seen("1", daysAgo(20)), series(leftFoot, 3, 3)), []string{"R-S1 warning", "R-Q1 info", "R-P3+R-I1 info"}},
		{"cauda equina refuted, the sign before it stands (C-12)", and(visit, diagnosed(NerveRoot, began(daysAgo(20))), seen("1", daysAgo(20)),
			diagnosed(CaudaEquina, refuted, recorded(daysAgo(2))), diagnosed(UrinaryRetention, began(daysAgo(4)))), []string{"R-S4 warning", "R-Q1 info", "R-P3+R-I1 info"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, advice(Decide(story(test.told).read()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The trace shows every fact with what it says.
func TestTheTraceSaysWhatWasUnderstood(t *testing.T) {
	says := func(c *Chart) map[string]string {
		found := map[string]string{}
		for _, line := range c.read().Lines() {
			found[line.ID+" "+line.Name] = line.Says
		}
		return found
	}
	tests := []struct {
		name string
		told telling
		line string
		want string
	}{
		{"no onset", nothing(), "F-02 onset", "unknown"},
		{"an onset", backPain(), "F-02 onset", "10 days ago"},
		{"a day of recording", diagnosed(LowBackPain, recorded(daysAgo(3))), "F-02 onset", "recorded 3 days ago"},
		{"no contact", nothing(), "F-04 contact", "unknown"},
		{"a contact", and(backPain(), seen("1", clock(9, 45))), "F-04 contact", "1"},
		{"perhaps another", and(backPain(), seen("1", clock(9, 45)), seen("2", daysAgo(3), uncoded)), "F-04 contact", "1–2"},
		{"no weeks", nothing(), "D-8 weeks treated", "unknown"},
		{"no weeks at all", and(answered(Exercise, "no"), answered(OtherTreatment, "no")), "D-8 weeks treated", "0"},
		{"all red flags", allRedFlagsDenied(), "F-23 red flags answered", "yes"},
		{"one answer missing", and(allRedFlagsDenied(), func(c *Chart) { c.Observations = c.Observations[2:] }), "F-23 red flags answered", "unknown, open: saddle-sensation bladder-disturbance"},
		{"the page", diagnosed(NerveRoot), "D-10 page", "NR"},
		{"the box", nothing(), "D-9 MRI box", "unassessable"},
		{"acute", answered(IntractablePain, "yes"), "D-6 acute", "yes"},
		{"both ways", and(answered(Course, "worse"), answered(Course, "better")), "F-06 worse", "conflict"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := says(story(test.told))[test.line]; got != test.want {
				t.Errorf("%s: %q, want %q", test.line, got, test.want)
			}
		})
	}
}

func TestRequiredPartsAreWhereRedFlagsAreWritten(t *testing.T) {
	required := map[Source]bool{
		FromPatient: false, FromConditions: true, FromObservations: true, FromEncounters: false,
		FromRequests: false, FromProcedures: false, FromDrafts: false,
	}
	for source, want := range required {
		if got := source.Required(); got != want {
			t.Errorf("%s is required: %v", source, got)
		}
	}
}
