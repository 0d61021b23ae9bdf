package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the record says of cauda equina ends in one of four ways.
const (
	acutely = "admit (R-A1)"
	settled = "secondary sector (R-S4)"
	asked   = "ask whether it changed (R-Q2)"
	noAlarm = "no alarm"
)

func ending(f *Facts) string {
	switch {
	case f.CaudaEquina.IsYes():
		return acutely
	case f.SphincterSettled.IsYes() && f.SphincterChange.IsYes():
		return settled + ", " + asked
	case f.SphincterSettled.IsYes():
		return settled
	case f.SphincterChange.IsYes():
		return asked
	default:
		return noAlarm
	}
}

type ended struct {
	name string
	told telling
	want string
}

func tellAll(t *testing.T, tests []ended) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ending(story(test.told).read()); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// D-1: any coded suspicion counts, and each sign of it does.
func TestCaudaEquinaIsSuspected(t *testing.T) {
	tellAll(t, []ended{
		{"nothing is said", backPain(), noAlarm},
		{"F-10: the diagnosis, unconfirmed or not", and(backPain(), diagnosed(CaudaEquina)), acutely},
		{"F-10 stands alone, without any back pain", diagnosed(CaudaEquina), acutely},
		{"F-10 under a foreign code system", diagnosed(CaudaEquina, misplaced), acutely},
		{"F-10 undated", diagnosed(CaudaEquina, undatedCode), acutely},
		{"F-10 resolved", and(backPain(), diagnosed(CaudaEquina, resolved(daysAgo(1)))), noAlarm},
		{"F-10 refuted", and(backPain(), diagnosed(CaudaEquina, refuted)), noAlarm},
		{"F-11: reduced saddle sensation", answered(SaddleSensation, "reduced"), acutely},
		{"F-11, provisionally", answered(SaddleSensation, "reduced", provisional), acutely},
		{"F-11 coded stands alone", diagnosed(SaddleSensoryLoss), acutely},
		{"F-11 not tested", and(backPain(), answered(SaddleSensation, "not-tested")), noAlarm},
		{"F-12: retention", and(backPain(), diagnosed(UrinaryRetention)), acutely},
		{"F-12: another voiding problem", and(backPain(), diagnosed(UrinaryProblem)), acutely},
		{"F-13: incontinence", and(backPain(), diagnosed(UrinaryIncontinence)), acutely},
		{"F-14: reduced anal tone", answered(AnalTone, "reduced"), acutely},
		{"F-14: faecal incontinence", and(backPain(), diagnosed(FaecalIncontinence)), acutely},
		{"F-12 answered: new", answered(BladderDisturbance, "new"), acutely},
		{"F-12 answered: worse", answered(BladderDisturbance, "worse"), acutely},
		{"F-14 answered: new", answered(BowelDisturbance, "new"), acutely},
		{"F-14 answered: worse, provisionally", answered(BowelDisturbance, "worse", provisional), acutely},
	})
}

// C-15: bladder, bowel and weakness codes are signs of a back problem only
// beside one, or where it could not be seen whether there is one.
func TestBladderCodesAreReadBesideTheBack(t *testing.T) {
	for _, concept := range []Concept{UrinaryRetention, UrinaryProblem, UrinaryIncontinence, FaecalIncontinence} {
		t.Run(string(concept), func(t *testing.T) {
			tellAll(t, []ended{
				{"without back pain", diagnosed(concept), noAlarm},
				{"with back pain", and(backPain(), diagnosed(concept)), acutely},
				{"with a disc prolapse", and(diagnosed(DiscProlapse), diagnosed(concept)), acutely},
				{"with refuted back pain", and(diagnosed(LowBackPain, refuted), diagnosed(concept)), noAlarm},
				{"with a visit about the back", and(seen("1", daysAgo(3)), diagnosed(concept)), acutely},
				{"the conditions could not be read", and(couldNotRead(FromConditions), diagnosed(concept)), acutely},
				{"one condition could not be read, which is not \"the conditions\" (C-50)", and(oneUnreadable(FromConditions, ""), diagnosed(concept)), noAlarm},
				{"the observations could not be read", and(couldNotRead(FromObservations), diagnosed(concept)), noAlarm},
			})
		})
	}
}

// decision model, section 6 and hazard 9. The episode began ten days ago, so 100 days
// ago is 90 days before it.
func TestAnOldBladderSymptomIsAskedAbout(t *testing.T) {
	for _, pair := range []struct{ code, question Concept }{
		{UrinaryIncontinence, BladderDisturbance}, {UrinaryRetention, BladderDisturbance}, {FaecalIncontinence, BowelDisturbance},
	} {
		fiveYearsOld := diagnosed(pair.code, began(daysAgo(5*365)))
		t.Run(string(pair.code), func(t *testing.T) {
			tellAll(t, []ended{
				{"89 days before the episode", and(backPain(), diagnosed(pair.code, began(daysAgo(99)))), acutely},
				{"90 days before the episode", and(backPain(), diagnosed(pair.code, began(daysAgo(100)))), acutely},
				{"91 days before the episode", and(backPain(), diagnosed(pair.code, began(daysAgo(101)))), asked},
				{"five years old, nobody has said whether it changed", and(backPain(), fiveYearsOld), asked},
				{"five years old, unchanged", and(backPain(), fiveYearsOld, answered(pair.question, "unchanged")), noAlarm},
				{"five years old, unchanged, and once more provisionally", and(
					backPain(), fiveYearsOld, answered(pair.question, "unchanged"), answered(pair.question, "unchanged", provisional)), noAlarm},
				{"five years old, worse", and(backPain(), fiveYearsOld, answered(pair.question, "worse")), acutely},
				{"five years old, gone", and(backPain(), fiveYearsOld, answered(pair.question, "none")), noAlarm},
				{"five years old, provisionally unchanged", and(backPain(), fiveYearsOld, answered(pair.question, "unchanged", provisional)), asked},
				{"five years old, unchanged last week", and(backPain(), fiveYearsOld, answered(pair.question, "unchanged", on(daysAgo(7)))), asked},
				{"five years old, worse last week, unchanged now", and(
					backPain(), fiveYearsOld, answered(pair.question, "worse", on(daysAgo(7))), answered(pair.question, "unchanged")), acutely},
				{"undated", and(backPain(), diagnosed(pair.code, undatedCode)), acutely},
				{"undated and unchanged: since when?", and(
					backPain(), diagnosed(pair.code, undatedCode), answered(pair.question, "unchanged")), acutely},
				{"last year, no more is known", and(backPain(), diagnosed(pair.code, onset(year(2025)))), asked},
				{"this year, no more is known", and(backPain(), diagnosed(pair.code, onset(year(2026)))), acutely},
				{"old by its onset, written down today", and(backPain(), diagnosed(pair.code, onset(daysAgo(1000)))), asked},
				{"new since the episode", and(backPain(), diagnosed(pair.code, began(daysAgo(3)))), acutely},
				{"new since the episode, said to be unchanged", and(
					backPain(), diagnosed(pair.code, began(daysAgo(3))), answered(pair.question, "unchanged")), acutely},
				{"one old, one new", and(backPain(), fiveYearsOld, diagnosed(pair.code, began(daysAgo(3)))), acutely},
				{"unchanged alone: since when? (C-20)", and(backPain(), answered(pair.question, "unchanged")), asked},
				{"unchanged alone, without back pain", answered(pair.question, "unchanged"), asked},
				{"61 days before this year, in which the episode began", and(
					diagnosed(LowBackPain, onset(year(2026))), diagnosed(pair.code, began(date(2025, time.November, 1)))), acutely},
				{"the episode has no date", and(diagnosed(LowBackPain, undatedCode), fiveYearsOld), acutely},
			})
		})
	}
}

// C-20 and C-56: "none" clears what is older than itself, and no more.
func TestAnAnswerTakesBackAnOlderCode(t *testing.T) {
	lastWeek := and(backPain(), diagnosed(UrinaryRetention, began(daysAgo(7))))
	tellAll(t, []ended{
		{"retention last week", lastWeek, acutely},
		{"retention last week, resolved since", and(backPain(), diagnosed(UrinaryRetention, began(daysAgo(7)), resolved(daysAgo(1)))), noAlarm},
		{"none, now", and(lastWeek, answered(BladderDisturbance, "none")), noAlarm},
		{"retention of which nobody knows since when, none now", and(
			backPain(), diagnosed(UrinaryRetention, undatedCode), answered(BladderDisturbance, "none")), noAlarm},
		{"none, yesterday", and(lastWeek, answered(BladderDisturbance, "none", on(daysAgo(1)))), noAlarm},
		{"none, the same day: they contradict each other", and(lastWeek, answered(BladderDisturbance, "none", on(daysAgo(7)))), acutely},
		{"none, before", and(lastWeek, answered(BladderDisturbance, "none", on(daysAgo(8)))), acutely},
		{"none, provisionally", and(lastWeek, answered(BladderDisturbance, "none", provisional)), acutely},
		{"none, some time this year", and(lastWeek, answered(BladderDisturbance, "none", on(year(2026)))), acutely},
		{"saddle normal says nothing of the bladder", and(lastWeek, answered(SaddleSensation, "normal")), acutely},
		{"the bowel says nothing of the bladder", and(lastWeek, answered(BowelDisturbance, "none")), acutely},
		{"the begin was last week, it was written down today", and(
			backPain(), diagnosed(UrinaryRetention, onset(daysAgo(7))), answered(BladderDisturbance, "none")), acutely},
		{"every other question denied does not clear it", and(lastWeek,
			answered(SaddleSensation, "normal"), answered(BowelDisturbance, "none"), answered(BilateralSciatica, "no"),
			answered(ParesisProgressive, "no"), answered(Paralysis, "no"), answered(IntractablePain, "no")), acutely},
	})
}

func TestTheSameFactBothWaysOnOneDayIsAConflictAndActedOn(t *testing.T) {
	tests := []struct {
		name string
		told telling
	}{
		{"saddle sensation", and(answered(SaddleSensation, "reduced", on(clock(8, 0))), answered(SaddleSensation, "normal"))},
		{"saddle sensation, the negative first", and(answered(SaddleSensation, "normal", on(clock(8, 0))), answered(SaddleSensation, "reduced"))},
		{"anal tone", and(answered(AnalTone, "reduced"), answered(AnalTone, "normal"))},
		{"bladder", and(answered(BladderDisturbance, "new"), answered(BladderDisturbance, "none"))},
		{"bowel", and(answered(BowelDisturbance, "worse"), answered(BowelDisturbance, "none"))},
		{"retention coded today", and(backPain(), diagnosed(UrinaryRetention), answered(BladderDisturbance, "none"))},
		{"saddle loss coded today", and(diagnosed(SaddleSensoryLoss), answered(SaddleSensation, "normal"))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "D-1", story(test.told).read().CaudaEquina.Answer, Conflict)
		})
	}
}

// Only saddle, bladder and bowel all denied at this contact say "no".
func TestCaudaEquinaIsDenied(t *testing.T) {
	all := []telling{answered(SaddleSensation, "normal"), answered(BladderDisturbance, "none"), answered(BowelDisturbance, "none")}
	wants(t, "all three denied", story(all...).read().CaudaEquina.Answer, No)
	for i := range all {
		some := append(append([]telling{}, all[:i]...), all[i+1:]...)
		wants(t, "one of them not", story(some...).read().CaudaEquina.Answer, Unknown)
	}
	wants(t, "anal tone alone", story(answered(AnalTone, "normal")).read().CaudaEquina.Answer, Unknown)
	wants(t, "denied and an old diagnosis still active", story(
		append(all, backPain(), diagnosed(CaudaEquina, began(daysAgo(50))))...).read().CaudaEquina.Answer, Yes)
}

// C-12, C-52 and 7.3: a refutation clears what is older than itself; what it
// clears still is a reason for the secondary sector.
func TestCaudaEquinaWasRefuted(t *testing.T) {
	monday := recorded(daysAgo(7))
	refutedOnMonday := diagnosed(CaudaEquina, refuted, monday)
	tests := []ended{
		{"saddle numbness on Tuesday: newer than the refutation", and(refutedOnMonday, answered(SaddleSensation, "reduced", on(daysAgo(6)))), acutely},
		{"saddle numbness on Sunday", and(refutedOnMonday, answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"saddle numbness on Monday too: not cleared", and(refutedOnMonday, answered(SaddleSensation, "reduced", on(daysAgo(7)))), acutely},
		{"saddle numbness of which nobody knows when", and(refutedOnMonday, answered(SaddleSensation, "reduced", undatedAnswer)), acutely},
		{"saddle numbness this month", and(refutedOnMonday, answered(SaddleSensation, "reduced", on(month(2026, 11)))), acutely},
		{"anal tone on Sunday", and(refutedOnMonday, answered(AnalTone, "reduced", on(daysAgo(8)))), settled},
		{"saddle loss coded on Sunday", and(refutedOnMonday, diagnosed(SaddleSensoryLoss, began(daysAgo(8)))), settled},
		{"retention coded on Sunday", and(backPain(), refutedOnMonday, diagnosed(UrinaryRetention, began(daysAgo(8)))), settled},
		{"retention coded on Tuesday", and(backPain(), refutedOnMonday, diagnosed(UrinaryRetention, began(daysAgo(6)))), acutely},
		{"retention since Sunday, written down on Tuesday", and(
			backPain(), refutedOnMonday, diagnosed(UrinaryRetention, onset(daysAgo(8)), recorded(daysAgo(6)))), acutely},
		{"retention undated", and(backPain(), refutedOnMonday, diagnosed(UrinaryRetention, undatedCode)), acutely},
		{"faecal incontinence on Sunday", and(backPain(), refutedOnMonday, diagnosed(FaecalIncontinence, began(daysAgo(8)))), settled},
		{"the diagnosis itself on Sunday is answered, and leaves nothing", and(refutedOnMonday, diagnosed(CaudaEquina, began(daysAgo(8)))), noAlarm},
		{"the diagnosis itself on Monday is not", and(refutedOnMonday, diagnosed(CaudaEquina, began(daysAgo(7)))), acutely},
		{"the diagnosis itself some time this month: perhaps since", and(refutedOnMonday, diagnosed(CaudaEquina, began(month(2026, 11)))), acutely},
		{"the diagnosis itself, of which nobody knows when", and(refutedOnMonday, diagnosed(CaudaEquina, undatedCode)), acutely},
		{"the diagnosis again on Tuesday", and(refutedOnMonday, diagnosed(CaudaEquina, began(daysAgo(6)))), acutely},
		{"one sign before, one after", and(refutedOnMonday,
			answered(SaddleSensation, "reduced", on(daysAgo(8))), answered(AnalTone, "reduced", on(daysAgo(6)))), acutely},
		{"the sign before it was taken back since", and(refutedOnMonday,
			answered(SaddleSensation, "reduced", on(daysAgo(8))), answered(SaddleSensation, "normal")), noAlarm},
		{"refuted without a date clears nothing", and(
			diagnosed(CaudaEquina, refuted, undatedCode), answered(SaddleSensation, "reduced", on(daysAgo(8)))), acutely},
		{"refuted under a foreign code system clears nothing", and(
			diagnosed(CaudaEquina, refuted, misplaced, monday), answered(SaddleSensation, "reduced", on(daysAgo(8)))), acutely},
		{"refuted some time this month: perhaps before", and(
			diagnosed(CaudaEquina, refuted, recorded(month(2026, 11))), answered(SaddleSensation, "reduced", on(daysAgo(8)))), acutely},
		{"the refutation has an onset only", and(
			diagnosed(CaudaEquina, refuted, onset(daysAgo(7)), recorded(When{})), answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"recorded on Monday, with an older onset: the recording counts", and(
			diagnosed(CaudaEquina, refuted, onset(daysAgo(20)), monday), answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"refuted twice: the later counts", and(
			diagnosed(CaudaEquina, refuted, recorded(daysAgo(15))), refutedOnMonday, answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"refuted on Monday, and some time this month too", and(
			refutedOnMonday, diagnosed(CaudaEquina, refuted, recorded(month(2026, 11))), answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"refuted some time this month, and on Monday too", and(
			diagnosed(CaudaEquina, refuted, recorded(month(2026, 11))), refutedOnMonday, answered(SaddleSensation, "reduced", on(daysAgo(8)))), settled},
		{"retention before it, unchanged now: since when is known (C-20)", and(
			backPain(), refutedOnMonday, diagnosed(UrinaryRetention, began(daysAgo(8))), answered(BladderDisturbance, "unchanged")), settled},
		{"a new bladder disturbance before it, unchanged now: since when is known", and(
			backPain(), refutedOnMonday, answered(BladderDisturbance, "new", on(daysAgo(8))), answered(BladderDisturbance, "unchanged")), settled},
		{"a diagnosis that has ended was not refuted", and(
			diagnosed(CaudaEquina, began(daysAgo(7)), resolved(daysAgo(3))), answered(SaddleSensation, "reduced", on(daysAgo(8)))), acutely},
		{"another diagnosis was refuted", and(
			diagnosed(SaddleSensoryLoss, refuted, monday), answered(SaddleSensation, "reduced", on(daysAgo(8)))), acutely},
		{"an old bladder code is asked about all the same", and(
			backPain(), refutedOnMonday, diagnosed(UrinaryIncontinence, began(daysAgo(2000)))), asked},
	}
	tellAll(t, tests)
}

// C-16 and C-56: an old cauda equina diagnosis is asked about.
func TestAnOldCaudaEquinaDiagnosis(t *testing.T) {
	old := diagnosed(CaudaEquina, began(daysAgo(1000)), active)
	tellAll(t, []ended{
		{"90 days before the episode", and(backPain(), diagnosed(CaudaEquina, began(daysAgo(100)))), acutely},
		{"91 days before the episode", and(backPain(), diagnosed(CaudaEquina, began(daysAgo(101)))), asked},
		{"coded again since", and(backPain(), old, diagnosed(CaudaEquina, began(daysAgo(2)))), acutely},
		{"old by its onset, coded today", and(backPain(), diagnosed(CaudaEquina, onset(daysAgo(1000)))), acutely},
		{"undated", and(backPain(), diagnosed(CaudaEquina, undatedCode)), acutely},
		{"some time this year, written down 300 days ago: not all its dates are old", and(
			backPain(), diagnosed(CaudaEquina, onset(year(2026)), recorded(daysAgo(300)))), acutely},
		{"300 days ago, written down some time this year: not all its dates are old", and(
			backPain(), diagnosed(CaudaEquina, onset(daysAgo(300)), recorded(year(2026)))), acutely},
		{"old by its onset, coded at a visit of last week", and(backPain(), seen("1", daysAgo(7)),
			diagnosed(CaudaEquina, onset(daysAgo(1000)), recorded(When{}), recordedAt("1"))), acutely},
		{"500 days old, beside back pain that is long past: old as of today", and(
			diagnosed(LowBackPain, began(daysAgo(1000))), diagnosed(CaudaEquina, began(daysAgo(500)))), asked},
		{"without back pain, 90 days ago", diagnosed(CaudaEquina, began(daysAgo(90))), acutely},
		{"without back pain, 91 days ago: no card", diagnosed(CaudaEquina, began(daysAgo(91))), noAlarm},
		{"saddle, bladder and bowel are answered", and(backPain(), old,
			answered(SaddleSensation, "normal"), answered(BladderDisturbance, "none"), answered(BowelDisturbance, "none")), noAlarm},
		{"they are answered, the bladder unchanged: since the diagnosis (C-20)", and(backPain(), old,
			answered(SaddleSensation, "normal"), answered(BladderDisturbance, "unchanged"), answered(BowelDisturbance, "none")), noAlarm},
		{"the bowel is not", and(backPain(), old,
			answered(SaddleSensation, "normal"), answered(BladderDisturbance, "none")), asked},
		{"they were answered last week", and(backPain(), old,
			answered(SaddleSensation, "normal", on(daysAgo(7))), answered(BladderDisturbance, "none", on(daysAgo(7))), answered(BowelDisturbance, "none", on(daysAgo(7)))), asked},
		{"the saddle is numb", and(backPain(), old, answered(SaddleSensation, "reduced")), acutely},
	})
}

// C-19: what other guidance names is off until it is switched on.
func TestSignsFromOtherGuidanceAreOffUntilSwitchedOn(t *testing.T) {
	tests := []struct {
		name  string
		told  telling
		fact  string
		value Answer // with the switch on
	}{
		{"bilateral sciatica", answered(BilateralSciatica, "yes"), "F-15", Yes},
		{"no bilateral sciatica", answered(BilateralSciatica, "no"), "F-15", Unknown},
		{"199 mL left in the bladder exclude nothing", scored(PostVoidResidual, 199), "F-17", Unknown},
		{"200 mL left in the bladder", scored(PostVoidResidual, 200), "F-17", Yes},
		{"200 of something else", scored(PainNumericRating, 200), "F-17", Unknown},
		{"a residual without a number", answered(PostVoidResidual, "much"), "F-17", Unknown},
		{"200 mL long before this episode", and(backPain(), scored(PostVoidResidual, 200, on(daysAgo(200)))), "F-17", Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := story(test.told)
			wants(t, "switched off", c.read().CaudaEquina.Answer, Unknown)
			wants(t, "another switch on", c.read("R-E1").CaudaEquina.Answer, Unknown)
			wants(t, "switched on", c.read(test.fact).CaudaEquina.Answer, test.value)
		})
	}
}

func TestTheFactNamesWhatItRestsOn(t *testing.T) {
	c := story(backPain(), diagnosed(UrinaryRetention), answered(SaddleSensation, "reduced"), answered(BowelDisturbance, "none"))
	if diff := cmp.Diff([]string{"Condition/2", "Observation/1"}, references(c.read().CaudaEquina.Evidence)); diff != "" {
		t.Error(diff)
	}
	denied := story(allRedFlagsDenied()).read().CaudaEquina
	if diff := cmp.Diff([]string{"Observation/1", "Observation/2", "Observation/3"}, references(denied.Evidence)); diff != "" {
		t.Error(diff)
	}
}

// C-19: "extension switches also take F-15, F-16, F-17"; D-1: "EXT switch adds
// F-15, F-16, F-17".
func TestSexualDysfunctionCountsWhenSwitchedOn(t *testing.T) {
	c := story(backPain(), diagnosed(SexualDysfunctionNote))
	wants(t, "switched off", c.read().CaudaEquina.Answer, Unknown)
	wants(t, "switched on", c.read("F-16").CaudaEquina.Answer, Yes)
}

// C-16, principle 4 and C-15's "or when conditions could not be read": where
// nobody could see whether there is back pain, an old and still active cauda
// equina diagnosis is asked about.
func TestAnOldCaudaEquinaDiagnosisWhereBackPainCouldNotBeSeen(t *testing.T) {
	tellAll(t, []ended{
		{"the conditions were cut short", and(couldNotRead(FromConditions), diagnosed(CaudaEquina, began(daysAgo(400)), active)), asked},
	})
}

// Section 3: a positive is taken from any status; "unchanged" says that there
// is a symptom (C-20).
func TestAProvisionalUnchangedIsASymptomToo(t *testing.T) {
	tellAll(t, []ended{
		{"unchanged alone, provisionally", and(backPain(), answered(BladderDisturbance, "unchanged", provisional)), asked},
	})
}

// Section 3, Dates: "onset, recordedDate, Encounter.period".
func TestASymptomIsDatedByItsEncounterAtLast(t *testing.T) {
	told := func(concept Concept) telling {
		return and(backPain(), seen("old", daysAgo(2000), aboutSomethingElse), diagnosed(concept, undatedCode, recordedAt("old")))
	}
	tellAll(t, []ended{
		{"incontinence of 2000 days ago", told(UrinaryIncontinence), asked},
		{"cauda equina of 2000 days ago", told(CaudaEquina), asked},
	})
}

// Decision C-15, read for an order: whoever orders for the back has a back
// problem before them, whether or not it is coded yet.
func TestRetentionCountsBesideAnOrderForTheBack(t *testing.T) {
	c := story(diagnosed(UrinaryRetention, recorded(daysAgo(1))))
	c.Hook = OrderSelect
	c.Drafts = []Request{{Reference: "ServiceRequest/mri", Concept: OrderMRILumbar, Selected: true, AboutBack: Yes}}
	wants(t, "D-1", c.read().CaudaEquina.Answer, Yes)
	c.Conditions[0].Recorded = daysAgo(1000)
	if got := ending(c.read()); got != asked {
		t.Errorf("retention of years ago: %s, want %s", got, asked)
	}
	c.Conditions[0].Recorded = daysAgo(1)
	c.Drafts[0].AboutBack = No
	if c.read().CaudaEquina.IsYes() {
		t.Error("an order for something else makes no back problem")
	}
}
