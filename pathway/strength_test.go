package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the record says of strength ends in one of four ways.
const (
	progressive = "progressive or paralysed (D-2)"
	unclear     = "severe, course unknown (D-3)"
	stable      = "severe and stable (D-4)"
	notWeak     = "nothing severe"
)

func strength(f *Facts) string {
	switch {
	case f.Paresis.IsYes():
		return progressive
	case f.ParesisUnclear.IsYes():
		return unclear
	case f.ParesisStable.IsYes():
		return stable
	default:
		return notWeak
	}
}

func tellStrength(t *testing.T, tests []ended) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := story(test.told).read()
			if got := strength(f); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

const (
	leftFoot  = "ankle-dorsiflexion-left"
	rightFoot = "ankle-dorsiflexion-right"
	leftKnee  = "knee-extension-left"
)

// series is one muscle group measured on these days of the episode, the last
// of them today.
func series(site string, grades ...int) telling {
	return func(c *Chart) {
		for i, grade := range grades {
			measured(site, grade, daysAgo((len(grades)-1-i)*3))(c)
		}
	}
}

// F-18, F-19, decision C-13; thresholds severe ≤ 3, paralysis ≤ 1, fall ≥ 1.
func TestMeasuredStrength(t *testing.T) {
	tellStrength(t, []ended{
		{"full strength", series(leftFoot, 5), notWeak},
		{"5 then 5", series(leftFoot, 5, 5), notWeak},
		{"5 then 4: a fall is a fall", series(leftFoot, 5, 4), progressive},
		{"4 once is not severe", series(leftFoot, 4), notWeak},
		{"4 twice", series(leftFoot, 4, 4), notWeak},
		{"4 then 5: better", series(leftFoot, 4, 5), notWeak},
		{"4 then 3", series(leftFoot, 4, 3), progressive},
		{"3 once", series(leftFoot, 3), unclear},
		{"2 once", series(leftFoot, 2), unclear},
		{"3 then 3", series(leftFoot, 3, 3), stable},
		{"2 then 3: better and still severe", series(leftFoot, 2, 3), stable},
		{"3 then 2", series(leftFoot, 3, 2), progressive},
		{"1 once is paralysis", series(leftFoot, 1), progressive},
		{"0 once is paralysis", series(leftFoot, 0), progressive},
		{"1 then 1 is paralysis, stable or not", series(leftFoot, 1, 1), progressive},
		{"0 then 1 is paralysis, better or not", series(leftFoot, 0, 1), progressive},
		{"1 then 2: no longer paralysis, still severe", series(leftFoot, 1, 2), stable},
		{"5, 4, 5: recovered", series(leftFoot, 5, 4, 5), notWeak},
		{"5, 4, 5, 4: it fell again", series(leftFoot, 5, 4, 5, 4), progressive},
		{"5, 3, 4: below what it was", series(leftFoot, 5, 3, 4), progressive},
		{"3, 4, 3: below what it was", series(leftFoot, 3, 4, 3), progressive},
		{"3, 2, 3: recovered, and severe", series(leftFoot, 3, 2, 3), stable},
		{"1 on the scale of pain is no grade", scored(PainNumericRating, 1), notWeak},
		{"a grade without a number", answered(LegStrength, "weak"), notWeak},
	})
}

func TestEachMuscleAndEachSideIsItsOwnSeries(t *testing.T) {
	tellStrength(t, []ended{
		{"left 5 earlier, right 4 now: no fall", and(measured(leftFoot, 5, daysAgo(5)), measured(rightFoot, 4, today())), notWeak},
		{"left 5 earlier, right 3 now: trend unknown", and(measured(leftFoot, 5, daysAgo(5)), measured(rightFoot, 3, today())), unclear},
		{"foot 5 earlier, knee 3 now: trend unknown", and(measured(leftFoot, 5, daysAgo(5)), measured(leftKnee, 3, today())), unclear},
		{"a fall in one leg does not hide behind the other", and(series(rightFoot, 5, 5), series(leftFoot, 5, 4)), progressive},
		{"one stable, one measured once", and(series(leftFoot, 3, 3), measured(rightFoot, 3, today())), unclear},
		{"one stable, one good", and(series(leftFoot, 3, 3), series(rightFoot, 5, 5)), stable},
		{"no site is one unnamed group", and(measured("", 5, daysAgo(5)), measured("", 4, today())), progressive},
		{"the unnamed group is not the named one", and(measured("", 5, daysAgo(5)), measured(leftFoot, 4, today())), notWeak},
	})
}

// C-13 and C-59: equal codes; where one is coded and the other text only, text
// decides; no site at all is one unnamed group.
func TestWhichGradesSpeakOfOneMuscle(t *testing.T) {
	named := func(code, text string) func(*Observation) {
		return func(o *Observation) { o.Site, o.SiteText = code, text }
	}
	fall := func(before, after func(*Observation)) telling {
		return and(measured("", 5, daysAgo(5), before), measured("", 4, today(), after))
	}
	tellStrength(t, []ended{
		{"equal codes, different text", fall(named(leftFoot, "fodløft ve."), named(leftFoot, "venstre fodløft")), progressive},
		{"different codes, equal text", fall(named(leftFoot, "fodløft"), named(rightFoot, "fodløft")), notWeak},
		{"one coded, the other text only, the text equal", fall(named(leftFoot, "Venstre fodløft"), named("", "venstre fodløft")), progressive},
		{"one text only, the other coded, the text equal", fall(named("", "Venstre fodløft"), named(leftFoot, "venstre fodløft")), progressive},
		{"one coded, the other text only, the text different", fall(named(leftFoot, "venstre fodløft"), named("", "højre fodløft")), notWeak},
		{"both text only, and equal", fall(named("", "venstre fodløft"), named("", "Venstre Fodløft")), progressive},
		{"both text only, and different", fall(named("", "venstre fodløft"), named("", "højre fodløft")), notWeak},
		{"text only, and no site", fall(named("", "venstre fodløft"), named("", "")), notWeak},
		{"no site, and text only", fall(named("", ""), named("", "venstre fodløft")), notWeak},
		{"coded without text, and no site", fall(named(leftFoot, ""), named("", "")), notWeak},
		{"coded without text, and text only", fall(named(leftFoot, ""), named("", "venstre fodløft")), notWeak},
	})
	f := story(measured("", 3, today(), named("", "venstre fodløft"))).read()
	if got := f.ParesisUnclear.Evidence[0].Site; got != "venstre fodløft" {
		t.Errorf("the site is told as %q", got)
	}
}

func TestWhenAGradeWasMeasuredMatters(t *testing.T) {
	tellStrength(t, []ended{
		{"the record tells the newer first", and(measured(leftFoot, 3, today()), measured(leftFoot, 5, daysAgo(5))), progressive},
		{"at the same moment the lower counts as the later", and(measured(leftFoot, 3, clock(9, 0)), measured(leftFoot, 5, clock(9, 0))), progressive},
		{"better within the day", and(measured(leftFoot, 3, clock(8, 0)), measured(leftFoot, 4, clock(9, 0)), measured(leftFoot, 4, clock(9, 30))), notWeak},
		{"undated and severe: nobody knows its trend", and(measured(leftFoot, 3, When{}), measured(leftFoot, 5, today())), unclear},
		{"two undated ones are no series", and(measured(leftFoot, 3, When{}), measured(leftFoot, 3, When{})), unclear},
		{"undated and good is no earlier value", and(measured(leftFoot, 5, When{}), measured(leftFoot, 4, today())), notWeak},
		{"nor where it is told last", and(measured(leftFoot, 4, today()), measured(leftFoot, 5, When{})), notWeak},
		{"5 dated tomorrow is no recovery", and(measured(leftFoot, 5, daysAgo(3)), measured(leftFoot, 4, today()), measured(leftFoot, 5, in(1))), progressive},
		{"3 dated tomorrow is severe all the same", measured(leftFoot, 3, in(1)), unclear},
		{"undated paralysis", measured(leftFoot, 1, When{}), progressive},
		{"the earlier one is of another episode", and(backPain(), measured(leftFoot, 5, daysAgo(101)), measured(leftFoot, 4, today())), notWeak},
		{"the earlier one lies 90 days before the first sign", and(backPain(), measured(leftFoot, 5, daysAgo(100)), measured(leftFoot, 4, today())), progressive},
		{"severe in another episode", and(backPain(), measured(leftFoot, 3, daysAgo(101))), notWeak},
	})
}

// Positives are taken from weak evidence, a recovery is not.
func TestProvisionalGrades(t *testing.T) {
	soft := provisional
	tellStrength(t, []ended{
		{"a provisional fall counts", and(measured(leftFoot, 5, daysAgo(5)), measured(leftFoot, 4, today(), soft)), progressive},
		{"a provisional severe grade counts", measured(leftFoot, 3, today(), soft), unclear},
		{"a provisional paralysis counts", measured(leftFoot, 1, today(), soft), progressive},
		{"a provisional recovery does not undo a fall", and(
			measured(leftFoot, 5, daysAgo(5)), measured(leftFoot, 4, daysAgo(3)), measured(leftFoot, 5, today(), soft)), progressive},
		{"a provisional recovery does not undo a severe grade", and(
			measured(leftFoot, 3, daysAgo(5)), measured(leftFoot, 5, today(), soft)), unclear},
		{"a provisional recovery does not undo a paralysis", and(
			measured(leftFoot, 1, daysAgo(5)), measured(leftFoot, 4, today(), soft)), progressive},
		{"a provisional second value makes nothing stable", and(
			measured(leftFoot, 3, daysAgo(5)), measured(leftFoot, 3, today(), soft)), unclear},
		{"a provisional first value makes nothing stable", and(
			measured(leftFoot, 3, daysAgo(5), soft), measured(leftFoot, 3, today())), unclear},
		{"an earlier provisional value shows a fall", and(
			measured(leftFoot, 5, daysAgo(5), soft), measured(leftFoot, 4, today())), progressive},
	})
}

// F-20, F-21, decision C-14.
func TestStatedAndCodedWeakness(t *testing.T) {
	tellStrength(t, []ended{
		{"progressive paresis stated", answered(ParesisProgressive, "yes"), progressive},
		{"stated provisionally", answered(ParesisProgressive, "yes", provisional), progressive},
		{"stated last week", and(backPain(), answered(ParesisProgressive, "yes", on(daysAgo(7)))), progressive},
		{"stated last week, denied now", and(backPain(), answered(ParesisProgressive, "yes", on(daysAgo(7))), answered(ParesisProgressive, "no")), notWeak},
		{"stated and denied today", and(answered(ParesisProgressive, "yes"), answered(ParesisProgressive, "no")), progressive},
		{"paralysis stated", answered(Paralysis, "yes"), progressive},
		{"paralysis coded", and(backPain(), diagnosed(LegParalysis)), progressive},
		{"paralysis coded without back pain", diagnosed(LegParalysis), notWeak},
		{"paralysis coded, denied since", and(backPain(), diagnosed(LegParalysis, began(daysAgo(5))), answered(Paralysis, "no")), notWeak},
		{"paralysis coded, denied today too", and(backPain(), diagnosed(LegParalysis), answered(Paralysis, "no")), progressive},
		{"paralysis coded, another question denied", and(backPain(), diagnosed(LegParalysis, began(daysAgo(5))), answered(ParesisProgressive, "no")), progressive},
		{"N18 with no grade (hazard 8)", and(backPain(), diagnosed(WeaknessUngraded)), unclear},
		{"foot drop with no grade", and(backPain(), diagnosed(LegWeakness)), unclear},
		{"N18 without back pain", diagnosed(WeaknessUngraded), notWeak},
		{"N18, conditions unread", and(couldNotRead(FromConditions), diagnosed(WeaknessUngraded)), unclear},
		{"N18 refuted", and(backPain(), diagnosed(WeaknessUngraded, refuted)), notWeak},
		{"N18 resolved", and(backPain(), diagnosed(WeaknessUngraded, resolved(daysAgo(1)))), notWeak},
		{"N18 of another episode", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(101)))), notWeak},
		{"N18 from 90 days before the first sign", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(100)))), unclear},
		{"N18 undated", and(backPain(), diagnosed(WeaknessUngraded, undatedCode)), unclear},
		{"N18, graded 4 since", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, today())), notWeak},
		{"N18, graded 4 the same day", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, daysAgo(5))), notWeak},
		{"N18, graded 4 before it", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, daysAgo(6))), unclear},
		{"N18, graded provisionally since", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, today(), provisional)), unclear},
		{"N18, graded at no known time", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, When{})), unclear},
		{"N18 some time this month, graded 4 a week ago: perhaps before it", and(
			backPain(), diagnosed(WeaknessUngraded, began(month(2026, time.November))), measured(leftFoot, 4, daysAgo(7))), unclear},
		{"N18, graded 4 some time this month: perhaps before it", and(
			backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 4, month(2026, time.November))), unclear},
		{"N18, graded 3 since: measured once", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(5))), measured(leftFoot, 3, today())), unclear},
		{"N18 of last week, said not to be progressive now: its course is known", and(backPain(), diagnosed(WeaknessUngraded, began(daysAgo(7))), answered(ParesisProgressive, "no")), notWeak},
		{"N18 of today, said not to be progressive today: a conflict (B-09)", and(backPain(), diagnosed(WeaknessUngraded), answered(ParesisProgressive, "no")), unclear},
		{"foot drop since the no of this contact, which began two weeks ago", and(backPain(), inEncounter("open"), diagnosed(LegWeakness, began(daysAgo(1))),
			answered(ParesisProgressive, "no", atEncounter("open"), on(daysAgo(13)))), unclear},
		{"N18 of last week, said not to be progressive between then and now, at another contact", and(
			backPain(), diagnosed(WeaknessUngraded, began(daysAgo(7))), answered(ParesisProgressive, "no", on(daysAgo(2)))), unclear},
		{"N18 undated, said not to be progressive now", and(backPain(), diagnosed(WeaknessUngraded, undatedCode), answered(ParesisProgressive, "no")), notWeak},
		{"N18 undated, said so last week", and(backPain(), diagnosed(WeaknessUngraded, undatedCode), answered(ParesisProgressive, "no", on(daysAgo(7)))), unclear},
		{"N18, said so provisionally", and(backPain(), diagnosed(WeaknessUngraded), answered(ParesisProgressive, "no", provisional)), unclear},
		{"N18, said so last week", and(backPain(), diagnosed(WeaknessUngraded), answered(ParesisProgressive, "no", on(daysAgo(7)))), unclear},
	})
}

// D-4 wants progression not said, whether it was denied or not asked (C-14).
func TestStableWeaknessBesideWhatTheClinicianSays(t *testing.T) {
	tellStrength(t, []ended{
		{"not asked", series(leftFoot, 3, 3), stable},
		{"denied", and(series(leftFoot, 3, 3), answered(ParesisProgressive, "no")), stable},
		{"said", and(series(leftFoot, 3, 3), answered(ParesisProgressive, "yes")), progressive},
		{"one grade, progression denied: measured once is no trend", and(series(leftFoot, 3), answered(ParesisProgressive, "no")), unclear},
	})
}

func TestWhenWeaknessIsDenied(t *testing.T) {
	both := and(answered(ParesisProgressive, "no"), answered(Paralysis, "no"))
	tests := []struct {
		name                   string
		told                   telling
		acute, unclear, stable Answer
	}{
		{"nothing is said", backPain(), Unknown, Unknown, Unknown},
		{"one of two denied", answered(ParesisProgressive, "no"), Unknown, Unknown, Unknown},
		{"both denied", both, No, No, No},
		{"both denied, full strength", and(both, series(leftFoot, 5, 5)), No, No, No},
		{"both denied, severe and stable", and(both, series(leftFoot, 3, 3)), No, No, Yes},
		{"full strength alone denies nothing", series(leftFoot, 5, 5), Unknown, Unknown, Unknown},
		{"both denied, a fall measured", and(both, series(leftFoot, 5, 4)), Yes, Unknown, No},
		{"both denied, a severe grade measured once", and(both, series(leftFoot, 3)), No, Yes, No},
		{"one leg severe and stable, the other measured once", and(series(leftFoot, 3, 3), series(rightFoot, 3)), Unknown, Yes, No},
		{"progression contradicted", and(both, answered(ParesisProgressive, "yes")), Conflict, Unknown, No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := story(test.told).read()
			wants(t, "D-2", f.Paresis.Answer, test.acute)
			wants(t, "D-3", f.ParesisUnclear.Answer, test.unclear)
			wants(t, "D-4", f.ParesisStable.Answer, test.stable)
		})
	}
}

// Where a fall has to be of two grades, two that differ by one may both be the
// latest; the lower counts.
func TestTheLowestOfTheGradesThatMayBeTheLatestCounts(t *testing.T) {
	p := DefaultParameters()
	p.MRCWorsening = 2
	f := story(measured(leftFoot, 4, clock(9, 0)), measured(leftFoot, 3, today())).Facts(p)
	if got := strength(f); got != unclear {
		t.Errorf("4 at nine and 3 some time today: %s, want %s", got, unclear)
	}
}

func TestAFallNamesTheGradesItRestsOn(t *testing.T) {
	f := story(series(leftFoot, 5, 4), series(rightFoot, 5, 5)).read()
	if diff := cmp.Diff([]string{"Observation/1", "Observation/2"}, references(f.Paresis.Evidence)); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"5", "4"} {
		if e := f.Paresis.Evidence[i]; e.Value != want || e.Site != leftFoot || e.Concept != LegStrength {
			t.Errorf("grade %d is told as %+v", i+1, e)
		}
	}
}

// A card shows the grades as a course: oldest first, a vague date by its end,
// and of one moment the lower last, in whatever order the record tells them.
func TestTheGradesOfAFallAreToldInTheirOrder(t *testing.T) {
	grades := []telling{
		measured(leftFoot, 5, daysAgo(13)), measured(leftFoot, 4, daysAgo(9)), measured(leftFoot, 3, daysAgo(9)),
		measured(leftFoot, 2, month(2026, time.November)),
	}
	for name, order := range map[string][]int{"in order": {0, 1, 2, 3}, "backwards": {3, 2, 1, 0}, "mixed": {1, 3, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			var told []telling
			for _, i := range order {
				told = append(told, grades[i])
			}
			var values []string
			for _, e := range story(told...).read().Paresis.Evidence {
				values = append(values, e.Value)
			}
			if diff := cmp.Diff([]string{"5", "4", "3", "2"}, values); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// D-3 and D-4, F-19: one value has no trend; a value of no certain time is no
// recovery.
func TestWhatPassesForATrend(t *testing.T) {
	tellStrength(t, []ended{
		{"the same grade told twice is one measurement", and(measured(leftFoot, 3, clock(9, 0)), measured(leftFoot, 3, clock(9, 0))), unclear},
		{"5 some time this year, 4 then 3: it fell", and(
			measured(leftFoot, 5, year(2026)), measured(leftFoot, 4, daysAgo(5)), measured(leftFoot, 3, today())), progressive},
		{"5 today and 3 at nine: nobody knows which came first", and(measured(leftFoot, 5, today()), measured(leftFoot, 3, clock(9, 0))), progressive},
		{"undated weakness, graded 4 two months ago: nobody knows which came first", and(
			backPain(), diagnosed(WeaknessUngraded, undatedCode), measured(leftFoot, 4, daysAgo(60))), unclear},
	})
}

// Principle 2 and section 3: a positive is taken from a provisional value, a
// recovery or a trend is not; also where every value is provisional.
func TestProvisionalGradesAloneShowNoRecoveryAndNoTrend(t *testing.T) {
	tellStrength(t, []ended{
		{"0 then 5, both provisional", and(measured(leftFoot, 0, daysAgo(3), provisional), measured(leftFoot, 5, today(), provisional)), progressive},
		{"0 then 2, both provisional", and(measured(leftFoot, 0, daysAgo(3), provisional), measured(leftFoot, 2, today(), provisional)), progressive},
		{"3 then 3, both provisional", and(measured(leftFoot, 3, daysAgo(3), provisional), measured(leftFoot, 3, today(), provisional)), unclear},
		{"3 then 5, both provisional", and(measured(leftFoot, 3, daysAgo(3), provisional), measured(leftFoot, 5, today(), provisional)), unclear},
		{"5, then 2 provisionally, then 5 provisionally", and(
			measured(leftFoot, 5, daysAgo(5)), measured(leftFoot, 2, daysAgo(3), provisional), measured(leftFoot, 5, today(), provisional)), progressive},
		{"2 provisionally, then a firm 5", and(measured(leftFoot, 2, daysAgo(3), provisional), measured(leftFoot, 5, today())), notWeak},
	})
}

// F-19: "latest against every earlier value"; one value has no trend. Two that
// may be one measurement show none.
func TestTwoGradesThatMayBeOneMeasurementAreNoTrend(t *testing.T) {
	tellStrength(t, []ended{
		{"3 at nine and 3 today", and(measured(leftFoot, 3, clock(9, 0)), measured(leftFoot, 3, today())), unclear},
		{"3 today and 3 this month", and(measured(leftFoot, 3, today()), measured(leftFoot, 3, month(2026, time.November))), unclear},
		{"3 at eight and 3 at nine: a day is no course", and(measured(leftFoot, 3, clock(8, 0)), measured(leftFoot, 3, clock(9, 0))), unclear},
		{"3 yesterday and 3 today", and(measured(leftFoot, 3, daysAgo(1)), measured(leftFoot, 3, today())), stable},
		{"4 some time this month and 5 today: perhaps it fell", and(measured(leftFoot, 4, month(2026, time.November)), measured(leftFoot, 5, today())), progressive},
		{"3 today and 3 last month", and(measured(leftFoot, 3, today()), measured(leftFoot, 3, month(2026, time.October))), stable},
	})
}
