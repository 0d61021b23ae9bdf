package pathway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// numbers is a contact number without its evidence; zero is unknown.
type numbers struct{ Min, Max int }

func (n Count) numbers() numbers { return numbers{n.Min, n.Max} }

// decision model, section 5, decision C-31.
func TestContactsAreCounted(t *testing.T) {
	earlier := and(
		diagnosed(LowBackPain, began(daysAgo(30))),
		seen("1", daysAgo(30)), seen("2", daysAgo(20)),
	)
	tests := []struct {
		name string
		told telling
		want numbers
	}{
		{"no back pain, no number", nothing(), numbers{}},
		{"this is the first", and(backPain(), seen("1", clock(9, 45))), numbers{1, 1}},
		{"this is the third", and(earlier, seen("3", clock(9, 45))), numbers{3, 3}},
		{"today's encounter is not written yet", earlier, numbers{2, 3}},
		{"a visit over midnight is one", and(earlier, inEncounter("3"), seen("3", daysAgo(1))), numbers{3, 3}},
		{"one that nobody has closed is one", and(inEncounter("3"), diagnosed(LowBackPain, began(daysAgo(30))), seen("3", daysAgo(13))), numbers{1, 1}},
		{"today's visit is another than the one of yesterday", and(earlier, inEncounter("4"), seen("3", daysAgo(1)), seen("4", clock(9, 45))), numbers{4, 4}},
		{"the visit of the call is one of tomorrow", and(earlier, inEncounter("3"), seen("3", in(1))), numbers{3, 3}},
		{"the visit of the call was only planned", and(earlier, inEncounter("3"), seen("3", daysAgo(1), onlyPlanned)), numbers{3, 3}},
		{"the visit of the call was to be on the day of another", and(earlier, inEncounter("3"), seen("3", daysAgo(20), onlyPlanned)), numbers{3, 3}},
		{"the call names no visit, and one has no id", and(earlier, seen("", daysAgo(1))), numbers{3, 4}},
		{"the visit of the call was in a month that ended with another", and(
			diagnosed(LowBackPain, began(daysAgo(30))), inEncounter("3"), seen("1", date(2026, time.October, 31)), seen("3", month(2026, time.October))), numbers{2, 3}},
		{"the visit of the call has no one day", and(earlier, inEncounter("3"), seen("3", month(2026, time.November))), numbers{3, 4}},
		{"two on one day are one", and(earlier, seen("3", clock(8, 0)), seen("4", clock(9, 45))), numbers{3, 3}},
		{"a planned one does not count", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), onlyPlanned)), numbers{3, 3}},
		{"one for something else does not count", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), aboutSomethingElse)), numbers{3, 3}},
		{"one that nobody coded may have been", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), uncoded)), numbers{3, 4}},
		{"a telephone call may have been", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), byTelephone)), numbers{3, 4}},
		{"two doubtful ones on one day are one", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), uncoded), seen("5", daysAgo(10), byTelephone)), numbers{3, 4}},
		{"a doubtful one on the day of a certain one adds nothing", and(earlier, seen("3", clock(9, 45)), seen("4", daysAgo(20), uncoded)), numbers{3, 3}},
		{"today's is a telephone call", and(earlier, seen("3", clock(9, 45), byTelephone)), numbers{2, 3}},
		{"today's is not coded", and(earlier, inEncounter("3"), seen("3", clock(9, 45), uncoded)), numbers{2, 3}},
		{"today's is about something else", and(earlier, inEncounter("3"), seen("3", clock(9, 45), aboutSomethingElse)), numbers{2, 2}},
		{"one to which a back diagnosis points counts", and(
			earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), uncoded), diagnosed(LowBackPain, recordedAt("4"))), numbers{4, 4}},
		{"one that names a back diagnosis counts", and(
			earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), uncoded, naming("Condition/1"))), numbers{4, 4}},
		{"one of a year ago belongs to another episode", and(
			seen("0", daysAgo(365)), diagnosed(LowBackPain, began(daysAgo(365)), resolved(daysAgo(300))), earlier, seen("3", clock(9, 45))), numbers{3, 3}},
		{"an uncoded one before the episode is none of its", and(earlier, seen("3", clock(9, 45)), seen("0", daysAgo(31), uncoded)), numbers{3, 3}},
		{"an uncoded one of some day of the month in which it began may be of it", and(
			earlier, seen("3", clock(9, 45)), seen("0", month(2026, time.October), uncoded)), numbers{3, 4}},
		{"it began some time in October: a visit of that month is of it", and(
			diagnosed(LowBackPain, onset(month(2026, time.October))), seen("1", daysAgo(40)), seen("2", clock(9, 45))), numbers{2, 2}},
		{"one that lies ahead has not been", and(earlier, seen("3", clock(9, 45)), seen("4", in(7))), numbers{3, 3}},
		{"one of some day this month may have been another", and(
			earlier, seen("3", clock(9, 45)), seen("4", month(2026, time.November))), numbers{3, 4}},
		{"today's is not coded, and the order's reason is the back", and(earlier, at(OrderSign), inEncounter("3"),
			seen("3", clock(9, 45), uncoded), drafting(OrderPhysiotherapy, forTheBack)), numbers{3, 3}},
		{"today's is not written yet, and the order's reason is the back", and(earlier, at(OrderSign), drafting(OrderPhysiotherapy, forTheBack)), numbers{3, 3}},
		{"today's is a telephone call, and the order's reason is the back", and(earlier, at(OrderSign), inEncounter("3"),
			seen("3", clock(9, 45), byTelephone), drafting(OrderPhysiotherapy, forTheBack)), numbers{2, 3}},
		{"one without a provider counts", and(
			earlier, inEncounter("3"), seen("3", clock(9, 45), by("Organization/us"))), numbers{3, 3}},
		{"one at our practice counts", and(
			earlier, inEncounter("3"), seen("3", clock(9, 45), by("Organization/us")), seen("4", daysAgo(10), by("Organization/us"))), numbers{4, 4}},
		{"one at another provider, told first, may have been", and(
			inEncounter("3"), seen("4", daysAgo(10), by("Organization/them")), earlier, seen("3", clock(9, 45), by("Organization/us"))), numbers{3, 4}},
		{"our practice is that of the encounter of this call, not of the first", and(
			diagnosed(LowBackPain, began(daysAgo(30))), inEncounter("3"), seen("1", daysAgo(30), by("Organization/them")),
			seen("2", daysAgo(20), by("Organization/them")), seen("3", clock(9, 45), by("Organization/us"))), numbers{1, 3}},
		{"where our practice is not known, any provider counts", and(
			earlier, seen("3", clock(9, 45)), seen("4", daysAgo(10), by("Organization/them"))), numbers{4, 4}},
		{"where no encounter is named, one without an id does not tell which practice is ours", and(
			earlier, seen("", clock(9, 45), by("Organization/us")), seen("", daysAgo(10), by("Organization/them"))), numbers{4, 4}},
		{"nor is an uncoded one without an id the one of today", and(earlier, seen("", clock(9, 45)), seen("", daysAgo(10), uncoded)), numbers{3, 4}},
		{"one that could not be read may have been", and(earlier, seen("3", clock(9, 45)), oneUnreadable(FromEncounters, "")), numbers{3, 4}},
		{"no encounters could be read", and(earlier, seen("3", clock(9, 45)), couldNotRead(FromEncounters)), numbers{}},
		{"an unreadable condition changes nothing", and(earlier, seen("3", clock(9, 45)), oneUnreadable(FromConditions, "")), numbers{3, 3}},
		{"the clinician's number wins", and(earlier, seen("3", clock(9, 45)), scored(ContactNumber, 5)), numbers{5, 5}},
		{"the clinician's number wins, where it is one too", and(earlier, seen("3", clock(9, 45)), scored(ContactNumber, 1)), numbers{1, 1}},
		{"the clinician's number wins over no encounters", and(couldNotRead(FromEncounters), scored(ContactNumber, 2)), numbers{2, 2}},
		{"the number of last time does not", and(earlier, seen("3", clock(9, 45)), scored(ContactNumber, 2, on(daysAgo(20)))), numbers{3, 3}},
		{"the number of tomorrow does not", and(
			earlier, inEncounter("3"), seen("3", clock(9, 45)), scored(ContactNumber, 5, on(in(1)), atEncounter("3"))), numbers{3, 3}},
		{"zero is no contact number", and(earlier, seen("3", clock(9, 45)), scored(ContactNumber, 0)), numbers{3, 3}},
		{"a word is no contact number", and(earlier, seen("3", clock(9, 45)), answered(ContactNumber, "five")), numbers{3, 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, story(test.told).read().Contact.numbers()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStatedNumberIsSaidToBeStated(t *testing.T) {
	contact := story(backPain(), scored(ContactNumber, 4)).read().Contact
	if !contact.Stated || len(contact.Evidence) != 1 || contact.Evidence[0].Value != "4" {
		t.Errorf("stated %v, evidence %v", contact.Stated, contact.Evidence)
	}
	if counted := story(backPain(), seen("1", clock(9, 45))).read().Contact; counted.Stated {
		t.Error("a counted number is said to be stated")
	}
}

// Rules that offer escalation fire on the possible number, rules that hold
// back need a certain one (section 5, number 4).
func TestWhatAContactNumberAnswers(t *testing.T) {
	tests := []struct {
		name               string
		count              Count
		reaches, below, is Answer // 3
	}{
		{"unknown", Count{}, Unknown, Unknown, Unknown},
		{"certainly two", Count{Min: 2, Max: 2}, No, Yes, No},
		{"certainly three", Count{Min: 3, Max: 3}, Yes, No, Yes},
		{"certainly four", Count{Min: 4, Max: 4}, Yes, No, No},
		{"one or two: not certain enough to hold back", Count{Min: 1, Max: 2}, No, Unknown, No},
		{"two or three", Count{Min: 2, Max: 3}, Yes, Unknown, Unknown},
		{"three or four", Count{Min: 3, Max: 4}, Yes, No, Unknown},
		{"one to six", Count{Min: 1, Max: 6}, Yes, Unknown, Unknown},
		{"four or five", Count{Min: 4, Max: 5}, Yes, No, No},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "reaches 3", test.count.Reaches(3).Answer, test.reaches)
			wants(t, "certainly below 3", test.count.Below(3).Answer, test.below)
			wants(t, "is 3", test.count.Is(3).Answer, test.is)
		})
	}
}

// "The same encounter, or the same day where there is no encounter id."
func TestAtThisContactMeansTheSameEncounterElseTheSameDay(t *testing.T) {
	tests := []struct {
		name       string
		here, said string
		when       When
		want       bool
	}{
		{"the same encounter", "1", "1", clock(9, 50), true},
		{"the same encounter, begun yesterday", "1", "1", daysAgo(1), true},
		{"another encounter of today", "1", "2", clock(8, 0), false},
		{"the answer names no encounter, and is of today", "1", "", clock(8, 0), true},
		{"the answer names no encounter, and is of yesterday", "1", "", daysAgo(1), false},
		{"the call names no encounter, the answer is of today", "", "2", clock(8, 0), true},
		{"the call names no encounter, the answer is of yesterday", "", "2", daysAgo(1), false},
		{"neither names one, today", "", "", today(), true},
		{"neither names one, some time this month", "", "", month(2026, time.November), false},
		{"neither names one, undated", "", "", When{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := story(inEncounter(test.here), answered(IntractablePain, "no", atEncounter(test.said), on(test.when)))
			want := Unknown
			if test.want {
				want = No
			}
			wants(t, "intractable pain", c.read().IntractablePain.Answer, want)
		})
	}
}

// Section 5, number 2: "class AMB, VR or HH; serviceProvider = own practice if
// known"; number 3: out-of-hours care may belong, and it is another provider.
func TestAContactElsewhereMayCountAndAnAdmissionDoesNot(t *testing.T) {
	here := and(diagnosed(LowBackPain, began(daysAgo(30))), inEncounter("2"),
		seen("1", daysAgo(30), by("Organization/us")), seen("2", clock(9, 45), by("Organization/us")))
	t.Run("at another provider", func(t *testing.T) {
		f := story(here, seen("3", daysAgo(10), by("Organization/them"))).read()
		if diff := cmp.Diff(numbers{2, 3}, f.Contact.numbers()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("of a class that is none of ours", func(t *testing.T) {
		f := story(here, seen("3", daysAgo(10), inHospital)).read()
		if diff := cmp.Diff(numbers{2, 2}, f.Contact.numbers()); diff != "" {
			t.Error(diff)
		}
	})
}

// Section 5, number 5: the clinician corrects the number; the correction wins,
// wherever the record tells it.
func TestTheLaterOfTwoStatedNumbersWins(t *testing.T) {
	first, second := scored(ContactNumber, 2, on(clock(9, 0))), scored(ContactNumber, 3, on(clock(9, 30)))
	for name, told := range map[string]telling{"in order": and(first, second), "the later first": and(second, first)} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(numbers{3, 3}, story(backPain(), told).read().Contact.numbers()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Section 5, number 3, and section 3 ("partial dates are intervals").
func TestContactsOfNoCertainDayWidenTheNumber(t *testing.T) {
	here := and(diagnosed(LowBackPain, began(daysAgo(80))), seen("1", clock(9, 45)))
	t.Run("two of one month", func(t *testing.T) {
		f := story(here, seen("2", month(2026, time.October)), seen("3", month(2026, time.October))).read()
		if diff := cmp.Diff(numbers{1, 3}, f.Contact.numbers()); diff != "" {
			t.Error(diff)
		}
	})
}

// Section 5, number 3: what might belong widens the number.
func TestAContactOfNoDateWidensTheNumber(t *testing.T) {
	f := story(diagnosed(LowBackPain, began(daysAgo(80))), seen("1", clock(9, 45)), seen("2", When{})).read()
	if diff := cmp.Diff(numbers{1, 2}, f.Contact.numbers()); diff != "" {
		t.Error(diff)
	}
}

// Section 5, number 5: of two numbers of which neither is known to be the later
// nobody knows which holds; it is not for the order of the record to say.
func TestOfTwoNumbersOfWhichNeitherIsLaterBothMayHold(t *testing.T) {
	three := scored(ContactNumber, 3, on(clock(9, 30)))
	for name, two := range map[string]telling{
		"at one moment":                 scored(ContactNumber, 2, on(clock(9, 30))),
		"one of them known by its day":  scored(ContactNumber, 2, on(today())),
		"one of them at no known time":  scored(ContactNumber, 2, undatedAnswer, atEncounter("1")),
		"and a third that was replaced": and(scored(ContactNumber, 5, on(clock(8, 0))), scored(ContactNumber, 2, on(today()))),
	} {
		t.Run(name, func(t *testing.T) {
			for _, told := range []telling{and(two, three), and(three, two)} {
				if diff := cmp.Diff(numbers{2, 3}, story(backPain(), inEncounter("1"), told).read().Contact.numbers()); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
