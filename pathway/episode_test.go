package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// F-01: is there back pain?
func TestBackPainIsFound(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"nothing in a record that was read", nothing(), No},
		{"a back diagnosis", diagnosed(LowBackPain), Yes},
		{"back pain of which the level is not said", diagnosed(LowBackPainBroad), Yes},
		{"a code that says non-specific", diagnosed(NonspecificStated), Yes},
		{"a code that says nerve root", diagnosed(NerveRoot), Yes},
		{"a lumbar disc prolapse", diagnosed(DiscProlapse), Yes},
		{"something else", diagnosed(Cancer), No},
		{"bladder trouble alone", diagnosed(UrinaryRetention), No},
		{"an encounter diagnosis without clinical status counts", diagnosed(LowBackPain, recordedAt("1")), Yes},
		{"a diagnosis that the record calls active", diagnosed(LowBackPain, active), Yes},
		{"a diagnosis under another code system counts as a positive", diagnosed(LowBackPain, misplaced), Yes},
		{"a diagnosis without any date", diagnosed(LowBackPain, undatedCode), Yes},
		{"a refuted diagnosis", diagnosed(LowBackPain, refuted), No},
		{"resolved last week", diagnosed(LowBackPain, began(daysAgo(30)), resolved(daysAgo(7))), No},
		{"resolved today", diagnosed(LowBackPain, began(daysAgo(30)), resolved(today())), No},
		{"resolved without a date", diagnosed(LowBackPain, began(daysAgo(30)), resolved(When{})), No},
		{"said to end next week: the end has not come", diagnosed(LowBackPain, began(daysAgo(30)), resolved(in(7))), Yes},
		{"a visit about the back 90 days ago", seen("1", daysAgo(90)), Yes},
		{"a visit about the back 91 days ago, and nothing since", seen("1", daysAgo(91)), No},
		{"a visit about the back some time in August, which may be 84 days ago", seen("1", month(2026, time.August)), Yes},
		{"a visit about the back some time in July", seen("1", month(2026, time.July)), No},
		{"a visit about the back that is only planned", seen("1", today(), onlyPlanned), No},
		{"a visit about the back that is dated next week", seen("1", in(7)), No},
		{"a visit about something else", seen("1", today(), aboutSomethingElse), No},
		{"a visit nobody coded", seen("1", today(), uncoded), No},
		{"the conditions could not be read", couldNotRead(FromConditions), Unknown},
		{"the encounters could not be read", couldNotRead(FromEncounters), Unknown},
		{"one condition could not be read", oneUnreadable(FromConditions, ""), Unknown},
		{"the conditions could not be read, but a visit says so", and(couldNotRead(FromConditions), seen("1", today())), Yes},
		{"the requests could not be read, which says nothing", couldNotRead(FromRequests), No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-01", story(test.told).read().BackPain.Answer, test.want)
		})
	}
}

// F-02: since when?
func TestTheEpisodeBegins(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Onset
	}{
		{"nothing is known", nothing(), Onset{}},
		{"on the day that the record gives as onset", diagnosed(LowBackPain, onset(daysAgo(20)), recorded(daysAgo(10))), Onset{When: daysAgo(20)}},
		{"else on the day it was written down, and that is said", diagnosed(LowBackPain, recorded(daysAgo(10))), Onset{daysAgo(10), true}},
		{"else with the encounter it was recorded at", and(
			diagnosed(LowBackPain, undatedCode, recordedAt("1")), seen("1", daysAgo(12), uncoded)), Onset{daysAgo(12), true}},
		{"of a diagnosis that names an encounter nobody can find, nobody knows", diagnosed(LowBackPain, undatedCode, recordedAt("1")), Onset{}},
		{"with the first contact about it", and(seen("2", daysAgo(5)), seen("1", daysAgo(15))), Onset{daysAgo(15), true}},
		{"with the earlier of onset and first contact", and(
			diagnosed(LowBackPain, onset(daysAgo(10))), seen("1", daysAgo(15))), Onset{daysAgo(15), true}},
		{"with a month as a date, before a day in it", and(
			diagnosed(LowBackPain, onset(daysAgo(40))), diagnosed(NerveRoot, onset(month(2026, time.October)))), Onset{When: month(2026, time.October)}},
		{"in a year, where the record knows no more", diagnosed(LowBackPain, onset(year(2026))), Onset{When: year(2026)}},
		{"not with a contact of which nobody knows when", and(seen("1", When{}), seen("2", daysAgo(15))), Onset{daysAgo(15), true}},
		{"not on a day to come", diagnosed(LowBackPain, began(in(5))), Onset{}},
		{"not with a diagnosis that was refuted", and(
			diagnosed(LowBackPain, began(daysAgo(60)), refuted), diagnosed(LowBackPain, began(daysAgo(10)))), Onset{When: daysAgo(10)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, story(test.told).read().Onset); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// decision model, section 5, number 1: a new episode begins after 90 days without a
// back-coded contact, and an end or a new onset; when in doubt it is the same.
func TestWhenANewEpisodeBegins(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want When
	}{
		{"89 days without a sign are no gap", and(
			diagnosed(LowBackPain, began(daysAgo(99))), diagnosed(LowBackPain, began(daysAgo(10)))), daysAgo(99)},
		{"90 days without a sign are no gap", and(
			diagnosed(LowBackPain, began(daysAgo(100))), diagnosed(LowBackPain, began(daysAgo(10)))), daysAgo(100)},
		{"91 days and a new onset are", and(
			diagnosed(LowBackPain, began(daysAgo(101))), diagnosed(LowBackPain, began(daysAgo(10)))), daysAgo(10)},
		{"the order in which the record tells it does not matter", and(
			diagnosed(LowBackPain, began(daysAgo(10))), diagnosed(LowBackPain, began(daysAgo(101)))), daysAgo(10)},
		{"a visit in between closes the gap", and(
			diagnosed(LowBackPain, began(daysAgo(150))), seen("1", daysAgo(80)), diagnosed(LowBackPain, began(daysAgo(10)))), daysAgo(150)},
		{"a visit for something else does not", and(
			diagnosed(LowBackPain, began(daysAgo(150))), seen("1", daysAgo(80), aboutSomethingElse), diagnosed(LowBackPain, began(daysAgo(10)))), daysAgo(10)},
		{"91 days and a visit alone: the same episode, since nothing says it ended", and(
			diagnosed(LowBackPain, began(daysAgo(101))), seen("1", daysAgo(10))), daysAgo(101)},
		{"91 days, a visit, and the old pain was resolved: a new one", and(
			diagnosed(LowBackPain, began(daysAgo(120)), resolved(daysAgo(110))), seen("1", daysAgo(10))), daysAgo(10)},
		{"one of two old diagnoses was never resolved: the same episode", and(
			diagnosed(LowBackPain, began(daysAgo(120)), resolved(daysAgo(110))),
			diagnosed(LowBackPain, began(daysAgo(119))), seen("1", daysAgo(10))), daysAgo(120)},
		{"a year as a date is as long as it may have been: no gap", and(
			diagnosed(LowBackPain, onset(year(2026))), diagnosed(LowBackPain, began(daysAgo(5)))), year(2026)},
		{"a month as a date begins as early as it may: no gap", and(
			diagnosed(LowBackPain, began(date(2026, time.March, 10))), diagnosed(LowBackPain, began(month(2026, time.June)))), date(2026, time.March, 10)},
		{"a month as a date ends as late as it may: no gap", and(
			diagnosed(LowBackPain, began(date(2026, time.March, 1))), diagnosed(LowBackPain, began(month(2026, time.March))),
			diagnosed(LowBackPain, began(date(2026, time.June, 20)))), date(2026, time.March, 1)},
		{"two old diagnoses were both resolved: a visit begins a new one", and(
			diagnosed(LowBackPain, began(daysAgo(130)), resolved(daysAgo(125))),
			diagnosed(LowBackPain, began(daysAgo(120)), resolved(daysAgo(110))), seen("1", daysAgo(10))), daysAgo(10)},
		{"and a second visit, long after, continues it: nothing says that it ended", and(
			diagnosed(LowBackPain, began(daysAgo(800)), resolved(daysAgo(700))), seen("1", daysAgo(500)), seen("2", daysAgo(10))), daysAgo(500)},
		{"of three episodes the last counts", and(
			diagnosed(LowBackPain, began(daysAgo(900))), diagnosed(LowBackPain, began(daysAgo(500))), diagnosed(LowBackPain, began(daysAgo(3)))), daysAgo(3)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, story(test.told).read().Onset.When); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What lies up to 90 days before the first sign belongs to the episode.
func TestWhatBelongsToTheEpisode(t *testing.T) {
	first := 20
	tests := []struct {
		name string
		when When
		want bool
	}{
		{"the day itself", daysAgo(first), true},
		{"89 days before", daysAgo(first + 89), true},
		{"90 days before", daysAgo(first + 90), true},
		{"91 days before", daysAgo(first + 91), false},
		{"today", today(), true},
		{"nobody knows when", When{}, true},
		{"some time this year", year(2026), true},
		{"some time in August, which may be its last day", month(2026, time.August), true},
		{"some time in July", month(2026, time.July), false},
		{"some time last year", year(2025), false},
	}
	e := story(diagnosed(LowBackPain, began(daysAgo(first)))).episode(DefaultParameters())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := e.contains(test.when); got != test.want {
				t.Errorf("belongs: %v", got)
			}
		})
	}
	t.Run("where no onset is known, everything does", func(t *testing.T) {
		undated := story(diagnosed(LowBackPain, undatedCode)).episode(DefaultParameters())
		if !undated.contains(daysAgo(4000)) {
			t.Error("left out")
		}
	})
	t.Run("where nobody could see whether there is one, everything does", func(t *testing.T) {
		for _, told := range []telling{nothing(), diagnosed(LowBackPain, began(daysAgo(800)), resolved(daysAgo(700)))} {
			if unseen := story(couldNotRead(FromConditions), told).episode(DefaultParameters()); !unseen.contains(daysAgo(4000)) {
				t.Error("left out")
			}
		}
	})
	for name, told := range map[string]telling{
		"without an episode": nothing(), "when it is long past": diagnosed(LowBackPain, began(daysAgo(1000))),
		"when it is over": diagnosed(LowBackPain, began(daysAgo(100)), resolved(daysAgo(20))),
	} {
		t.Run(name+", the last 90 days do", func(t *testing.T) {
			e := story(told).episode(DefaultParameters())
			for days, want := range map[int]bool{0: true, 90: true, 91: false, 1000: false} {
				if got := e.contains(daysAgo(days)); got != want {
					t.Errorf("%d days ago belongs: %v", days, got)
				}
			}
			if !e.contains(When{}) {
				t.Error("the undated is left out")
			}
			if !e.contains(month(2026, time.August)) || e.contains(month(2026, time.July)) {
				t.Error("of a month the last day counts")
			}
		})
	}
}

// B-05: of partial dates those ends are compared that leave the least out.
func TestWhatMayBelongToTheEpisodeDoes(t *testing.T) {
	since := func(onset When) episode {
		return story(diagnosed(LowBackPain, began(onset), active)).episode(DefaultParameters())
	}
	if !since(date(2026, time.May, 7)).contains(month(2026, time.February)) {
		t.Error("some time in February, perhaps 68 days before the seventh of May, is left out")
	}
	if !since(month(2026, time.May)).contains(date(2026, time.February, 20)) {
		t.Error("the twentieth of February, perhaps 70 days before some time in May, is left out")
	}
}

// Decision C-33: a current episode has its onset, its recording or a contact
// within 90 days.
func TestTheEpisodeIsCurrent(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"no back pain", nothing(), No},
		{"begun 89 days ago", diagnosed(LowBackPain, began(daysAgo(89))), Yes},
		{"begun 90 days ago", diagnosed(LowBackPain, began(daysAgo(90))), Yes},
		{"begun 91 days ago", diagnosed(LowBackPain, began(daysAgo(91))), No},
		{"begun years ago, seen 90 days ago", and(diagnosed(LowBackPain, began(daysAgo(900))), seen("1", daysAgo(90))), Yes},
		{"begun years ago, seen 91 days ago", and(diagnosed(LowBackPain, began(daysAgo(900))), seen("1", daysAgo(91))), No},
		{"seen some time in August, which may be 84 days ago", seen("1", month(2026, time.August)), Yes},
		{"begun some time this year", diagnosed(LowBackPain, onset(year(2026)), recorded(When{})), Yes},
		{"nobody knows when", diagnosed(LowBackPain, undatedCode), Unknown},
		{"nobody knows when, of another one neither, and that one has ended", and(
			diagnosed(LowBackPain, undatedCode), diagnosed(NerveRoot, undatedCode, resolved(When{}))), Unknown},
		{"nobody knows whether there is back pain", couldNotRead(FromConditions), Unknown},
		{"begun last month and resolved", diagnosed(LowBackPain, began(daysAgo(30)), resolved(daysAgo(3))), No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "current", story(test.told).read().Current.Answer, test.want)
		})
	}
}

// F-05, decisions C-31 and C-59: is this contact about the back?
func TestTheContactIsAboutTheBack(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"no encounter is named and none is recorded", nothing(), Unknown},
		{"no encounter is named, one of today is coded for the back", seen("1", clock(9, 45)), Yes},
		{"no encounter is named, the one of today is only planned", seen("1", clock(9, 45), onlyPlanned), Unknown},
		{"no encounter is named, and neither does a back diagnosis name one", and(diagnosed(LowBackPain), seen("", clock(9, 45), uncoded)), Unknown},
		{"no encounter is named, the last one was yesterday", seen("1", daysAgo(1)), Unknown},
		{"no encounter is named, the one of today is coded for something else", seen("1", clock(9, 45), aboutSomethingElse), Unknown},
		{"no encounter is named, the one of today names a back diagnosis", and(
			diagnosed(LowBackPain), seen("1", clock(9, 45), uncoded, naming("Condition/1"))), Yes},
		{"no encounter is named, a back diagnosis was recorded at the one of today", and(
			diagnosed(LowBackPain, recordedAt("1")), seen("1", clock(9, 45), uncoded)), Yes},
		{"no encounter is named, the one of today names a refuted back diagnosis", and(
			diagnosed(LowBackPain, refuted), seen("1", clock(9, 45), uncoded, naming("Condition/1"))), Unknown},
		{"no encounter is named, the one of today names another diagnosis", and(
			diagnosed(Cancer), seen("1", clock(9, 45), uncoded, naming("Condition/1"))), Unknown},
		{"the named encounter is coded for the back", and(inEncounter("1"), seen("1", clock(9, 45))), Yes},
		{"the named encounter is coded for the back and not yet begun", and(inEncounter("1"), seen("1", clock(9, 45), onlyPlanned)), Yes},
		{"the named encounter is coded for something else", and(inEncounter("1"), seen("1", clock(9, 45), aboutSomethingElse)), No},
		{"the named encounter is not coded", and(inEncounter("1"), seen("1", clock(9, 45), uncoded)), Unknown},
		{"the named encounter is not coded, another of today is", and(
			inEncounter("1"), seen("1", clock(9, 45), uncoded), seen("2", clock(8, 0))), Unknown},
		{"the named encounter cannot be read (C-59)", and(inEncounter("1"), couldNotRead(FromEncounters)), Unknown},
		{"the named encounter cannot be read, a back diagnosis of today was recorded at it", and(
			inEncounter("1"), couldNotRead(FromEncounters), diagnosed(LowBackPain, recordedAt("1"))), Yes},
		{"the named encounter cannot be read, a refuted back diagnosis was recorded at it", and(
			inEncounter("1"), couldNotRead(FromEncounters), diagnosed(LowBackPain, refuted, recordedAt("1"))), Unknown},
		{"the named encounter cannot be read, another diagnosis was recorded at it", and(
			inEncounter("1"), couldNotRead(FromEncounters), diagnosed(Cancer, recordedAt("1"))), Unknown},
		{"the named encounter cannot be read, a back diagnosis was recorded at another", and(
			inEncounter("1"), couldNotRead(FromEncounters), diagnosed(LowBackPain, recordedAt("2"))), Unknown},
		{"the named encounter is not in the record", and(inEncounter("1"), seen("2", clock(8, 0))), Unknown},
		{"an order is selected whose reason is the back", and(
			at(OrderSign), inEncounter("1"), seen("1", clock(9, 45), uncoded), drafting(OrderPhysiotherapy, forTheBack)), Yes},
		{"such an order is not the selected one", and(
			at(OrderSelect), inEncounter("1"), seen("1", clock(9, 45), uncoded), drafting(OrderPhysiotherapy, forTheBack, notSelected)), Unknown},
		{"the selected order says nothing of a reason", and(at(OrderSign), drafting(OrderPhysiotherapy)), Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-05", story(test.told).read().AboutBack.Answer, test.want)
		})
	}
}

// An old back problem that nothing ties to today is not the reason to read an
// equally old bladder or weakness code as an alarm.
func TestAnOldBackProblemMakesNoAlarmOfAnOldCode(t *testing.T) {
	longAgo := began(daysAgo(1000))
	tests := []struct {
		name string
		told telling
		want bool
	}{
		{"both are years old", and(diagnosed(LowBackPain, longAgo), diagnosed(UrinaryRetention, longAgo)), false},
		{"weakness and back pain are years old", and(diagnosed(LowBackPain, longAgo), diagnosed(WeaknessUngraded, longAgo)), false},
		{"paralysis and back pain are years old", and(diagnosed(LowBackPain, longAgo), diagnosed(LegParalysis, longAgo)), false},
		{"the bladder code is 91 days old", and(diagnosed(LowBackPain, longAgo), diagnosed(UrinaryRetention, began(daysAgo(91)))), false},
		{"the bladder code is 90 days old", and(diagnosed(LowBackPain, longAgo), diagnosed(UrinaryRetention, began(daysAgo(90)))), true},
		{"the bladder code has no date", and(diagnosed(LowBackPain, longAgo), diagnosed(UrinaryRetention, undatedCode)), true},
		{"the bladder code is from some time this year", and(diagnosed(LowBackPain, longAgo), diagnosed(UrinaryRetention, began(year(2026)))), true},
		{"the back pain is said to be active", and(diagnosed(LowBackPain, longAgo, active), diagnosed(UrinaryRetention, longAgo)), true},
		{"one of two back problems is said to be active", and(
			diagnosed(LowBackPain, longAgo, active), diagnosed(NerveRoot, longAgo), diagnosed(UrinaryRetention, longAgo)), true},
		{"saddle loss stands alone, however old (C-15)", and(diagnosed(LowBackPain, longAgo), diagnosed(SaddleSensoryLoss, longAgo)), true},
		{"the back pain is seen to today", and(diagnosed(LowBackPain, longAgo), seen("1", clock(9, 45)), diagnosed(UrinaryRetention, longAgo)), true},
		{"of the back pain nobody knows when it began", and(diagnosed(LowBackPain, undatedCode), diagnosed(UrinaryRetention, longAgo)), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := story(test.told).read().Acute().IsYes(); got != test.want {
				t.Errorf("acute: %v, want %v", got, test.want)
			}
		})
	}
}

// Birthdays, the scope of the leaflet, and how long the pain has lasted.
func TestWhoIsYoungerThanTheLeafletsAdults(t *testing.T) {
	tests := []struct {
		name string
		born When
		want Answer
	}{
		{"nobody knows", When{}, Unknown},
		{"eighteen yesterday", OnDay(time.Date(2008, time.November, 22, 0, 0, 0, 0, denmark)), No},
		{"eighteen tomorrow", OnDay(time.Date(2008, time.November, 24, 0, 0, 0, 0, denmark)), Yes},
		{"born some time in 2008: the doubt is said", year(2008), Yes},
		{"born in 2007", year(2007), No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "F-62", story(bornOn(test.born)).read().Minor.Answer, test.want)
		})
	}
}

func TestPainLastsLongerThanAcutePainDoes(t *testing.T) {
	tests := []struct {
		name string
		told telling
		want Answer
	}{
		{"twelve weeks are acute", diagnosed(LowBackPain, began(daysAgo(84))), No},
		{"a day more is not", diagnosed(LowBackPain, began(daysAgo(85))), Yes},
		{"nobody knows", diagnosed(LowBackPain, undatedCode), Unknown},
		{"since some time last year", diagnosed(LowBackPain, began(year(2025)), active), Yes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "longer than twelve weeks", story(test.told).read().longLasting().Answer, test.want)
		})
	}
}

// The days since onset are an interval where the onset is.
func TestDaysSinceOnset(t *testing.T) {
	tests := []struct {
		name              string
		told              telling
		shortest, longest int
		known             bool
	}{
		{"ten days ago", backPain(), 10, 10, true},
		{"today", diagnosed(LowBackPain), 0, 0, true},
		{"undated", diagnosed(LowBackPain, undatedCode), 0, 0, false},
		{"in June", diagnosed(LowBackPain, began(month(2026, time.June))), 146, 175, true},
		{"this year: not in the days to come", diagnosed(LowBackPain, began(year(2026))), 0, 326, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			shortest, longest, known := story(test.told).read().DaysSinceOnset()
			if shortest != test.shortest || longest != test.longest || known != test.known {
				t.Errorf("%d–%d days (known: %v), want %d–%d (%v)", shortest, longest, known, test.shortest, test.longest, test.known)
			}
		})
	}
}

// decision model 4, Validity: "positives stay until the episode ends".
func TestAPositiveEndsWithItsEpisode(t *testing.T) {
	ended := diagnosed(LowBackPain, began(daysAgo(800)), resolved(daysAgo(700)))
	then := on(daysAgo(790))
	for name, told := range map[string]telling{
		"intractable pain":    answered(IntractablePain, "yes", then),
		"a numb saddle":       answered(SaddleSensation, "reduced", then),
		"progressive":         answered(ParesisProgressive, "yes", then),
		"severe, graded once": measured(leftFoot, 3, daysAgo(790)),
	} {
		t.Run(name, func(t *testing.T) {
			if f := story(ended, told).read(); f.Acute().IsYes() {
				t.Errorf("acute, 700 days after the back pain was resolved")
			}
		})
	}
}

// C-33: "onset, recording or a back-coded contact within episode_gap_days".
func TestARecordingMakesTheEpisodeCurrent(t *testing.T) {
	for name, when := range map[string]When{"90 days ago": daysAgo(90), "this year": year(2026)} {
		f := story(diagnosed(LowBackPain, onset(daysAgo(700)), recorded(when))).read()
		wants(t, "current, recorded "+name, f.Current.Answer, Yes)
	}
	f := story(diagnosed(LowBackPain, onset(daysAgo(700)), recorded(daysAgo(91)))).read()
	wants(t, "current, recorded 91 days ago", f.Current.Answer, No)
}

// Section 5, number 1: "and an end date or a new onset; if unsure, same
// episode".
func TestTwoVisitsFarApartAndNothingElseAreOneEpisode(t *testing.T) {
	f := story(seen("1", daysAgo(200)), seen("2", clock(9, 45))).read()
	if diff := cmp.Diff(daysAgo(200), f.Onset.When); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(numbers{2, 2}, f.Contact.numbers()); diff != "" {
		t.Error(diff)
	}
}

// The lead's reading: a new back diagnosis after a 90-day gap starts a new
// episode; also when it is written down a little after the visit began.
func TestANewDiagnosisStartsANewEpisodeThoughTheVisitBeganFirst(t *testing.T) {
	old := diagnosed(LowBackPain, began(daysAgo(900)))
	visit, coded := seen("1", clock(9, 45), uncoded), diagnosed(LowBackPain, recorded(clock(9, 55)), recordedAt("1"))
	another := seen("0", clock(8, 0))
	for name, told := range map[string]telling{
		"visit first": and(old, visit, coded), "diagnosis first": and(coded, visit, old),
		"two visits": and(another, coded, visit, old), "two visits, diagnosis last": and(old, visit, another, coded),
	} {
		t.Run(name, func(t *testing.T) {
			if _, days, _ := story(told).read().DaysSinceOnset(); days != 0 {
				t.Errorf("the episode began %d days ago", days)
			}
		})
	}
}

// R-X1: "age < 18".
func TestOnTheEighteenthBirthdayOneIsEighteen(t *testing.T) {
	born := OnDay(time.Date(2008, time.November, 23, 0, 0, 0, 0, denmark))
	wants(t, "F-62", story(bornOn(born)).read().Minor.Answer, No)
}

// Section 3: a partial date is an interval, compared by the less reassuring
// end; what lies between is unknown.
func TestAnOnsetOfThisYearMayBeLongAgoOrNot(t *testing.T) {
	f := story(diagnosed(LowBackPain, onset(year(2026)), recorded(daysAgo(3)))).read()
	if f.longLasting().Answer == No {
		t.Error("certainly not longer than twelve weeks, of a year as a date")
	}
}

// F-02: a stated onset says more than the day of recording, in whatever order
// the record tells them.
func TestAStatedOnsetWinsOverARecordingOfTheSameDay(t *testing.T) {
	stated := diagnosed(LowBackPain, onset(daysAgo(10)))
	for name, other := range map[string]telling{
		"a recording": diagnosed(NerveRoot, recorded(daysAgo(10))), "a contact": seen("1", daysAgo(10)),
	} {
		t.Run(name, func(t *testing.T) {
			for _, told := range []telling{and(stated, other), and(other, stated)} {
				if f := story(told).read(); f.Onset.Recorded {
					t.Error("the onset is said to be only recorded")
				}
			}
		})
	}
}
