package pathway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The safety laws, over facts and charts that nobody thought of.

// everyOrder are the orders the service can recognise.
var everyOrder = []Concept{
	OrderMRILumbar, OrderCTLumbar, OrderXRayLumbar, OrderPhysiotherapy, OrderChiropractic, OrderNeurosurgery,
	OrderRheumatology, OrderSpineExamination, OrderSecondarySector, OrderSpecialist, OrderExtendedWorkup,
	OrderProlapsePackage, OrderMunicipal, OrderSecondOpinion, OrderFollowUp, OrderAcuteAdmission, OrderOpioid, OrderUnrecognised,
}

// everySwitch are the extensions that can be switched on.
func everySwitch() []string {
	ids := []string{"F-15", "F-16", "F-17"}
	for _, rule := range Rules() {
		if rule.Class == Extension {
			ids = append(ids, rule.ID)
		}
	}
	return ids
}

var (
	anyAnswer = rapid.SampledFrom(allAnswers)
	anyFact   = rapid.Map(anyAnswer, func(a Answer) Fact { return Fact{Answer: a} })
	anyCount  = rapid.Custom(func(t *rapid.T) Count {
		low := rapid.IntRange(0, 6).Draw(t, "min")
		if low == 0 {
			return Count{}
		}
		return Count{Min: low, Max: rapid.IntRange(low, 7).Draw(t, "max")}
	})
	anyWeeks = rapid.Custom(func(t *rapid.T) Weeks {
		if rapid.Bool().Draw(t, "unknown") {
			return Weeks{}
		}
		low := rapid.IntRange(0, 8).Draw(t, "min")
		return Weeks{Known: true, Min: low, Max: rapid.IntRange(low, 9).Draw(t, "max")}
	})
	anyHook = rapid.SampledFrom([]Hook{PatientView, OrderSelect, OrderSign})
	anyGap  = rapid.Custom(func(t *rapid.T) Gap {
		return Gap{
			Source: rapid.SampledFrom([]Source{FromPatient, FromConditions, FromObservations, FromEncounters, FromRequests, FromProcedures}).Draw(t, "source"),
			Whole:  rapid.Bool().Draw(t, "whole"),
		}
	})
	anyOrder = rapid.Custom(func(t *rapid.T) Request {
		concept := rapid.SampledFrom(everyOrder).Draw(t, "concept")
		return Request{
			Reference: "ServiceRequest/" + string(concept), Concept: concept, Open: true, Selected: true,
			AboutBack: anyAnswer.Draw(t, "about the back"),
		}
	})
)

// anyFacts are facts in every combination, with only those ties between them
// that hold by definition: red flags are answered when no question is open.
// Half of them are the calm patient with some things different, since a patient
// of whom everything is drawn by lot is nearly always acute.
var anyFacts = rapid.Custom(func(t *rapid.T) *Facts {
	f := calm(hook(anyHook.Draw(t, "hook")))
	drawn := func(string) bool { return true }
	if rapid.Bool().Draw(t, "mostly calm") {
		drawn = func(name string) bool { return rapid.IntRange(0, 11).Draw(t, "draw "+name) == 0 }
	}
	facts := factsByName(f)
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if drawn(name) || slices.Contains([]string{"F-07", "F-43", "F-48"}, name) {
			*facts[name] = anyFact.Draw(t, name)
		}
	}
	f.Contact = anyCount.Draw(t, "contact")
	if drawn("onset") {
		f.Onset.When = rapid.SampledFrom([]When{{}, daysAgo(10), daysAgo(200), year(2026)}).Draw(t, "onset")
	}
	f.Page = rapid.SampledFrom([]Page{PageUnknown, Nonspecific, Nonspecific, NerveRootPage, NerveRootPage, Mismatch}).Draw(t, "page")
	if rapid.Bool().Draw(t, "treated") {
		f.Treated = anyWeeks.Draw(t, "weeks")
	}
	if drawn("gaps") {
		f.Gaps = rapid.SliceOfN(anyGap, 0, 2).Draw(t, "gaps")
	}
	if drawn("open questions") {
		redFlagsOpen(rapid.SliceOfNDistinct(rapid.SampledFrom(RedFlagItems()), 1, 3, rapid.ID[Concept]).Draw(t, "open")...)(f)
	}
	if f.Hook != PatientView {
		f.Orders = rapid.SliceOfN(anyOrder, 0, 4).Draw(t, "orders")
	}
	f.Parameters.Extensions = rapid.SliceOfNDistinct(rapid.SampledFrom(everySwitch()), 0, -1, rapid.ID[string]).Draw(t, "extensions")
	return f
})

// A law that is never put to the test holds by itself: the facts that are
// drawn reach every rule, every reading of the box and both sides of "acute".
func TestTheFactsThatAreDrawnReachEverywhere(t *testing.T) {
	boxes, spoke, acute := map[MRBox]int{}, map[string]int{}, map[bool]int{}
	left := 0
	for seed := range 20_000 {
		f := anyFacts.Example(seed)
		d := Decide(f)
		acute[isAcute(f)]++
		boxes[f.MRBox()]++
		left += len(d.LeftOut)
		for _, v := range d.Verdicts {
			if v.Answer.IsYes() {
				spoke[v.Rule.ID]++
			}
		}
	}
	for _, box := range []MRBox{Unassessable, WrongRoute, NotOnPage, NotMet, Met} {
		if boxes[box] < 10 {
			t.Errorf("the MRI box was %v %d times", box, boxes[box])
		}
	}
	for _, rule := range Rules() {
		if spoke[rule.ID] < 3 {
			t.Errorf("%s spoke %d times", rule.ID, spoke[rule.ID])
		}
	}
	if acute[true] < 500 || acute[false] < 500 || left < 500 {
		t.Errorf("acute %d times, not acute %d times, left out %d times", acute[true], acute[false], left)
	}
}

// factsByName are the facts that are plain answers.
func factsByName(f *Facts) map[string]*Fact {
	return map[string]*Fact{
		"F-01": &f.BackPain, "C-33": &f.Current, "F-05": &f.AboutBack, "A-15": &f.PageDisagrees,
		"F-06": &f.Worse, "F-07": &f.ClearlyImproved, "F-08": &f.Minor, "F-61": &f.Pregnant,
		"D-1": &f.CaudaEquina, "C-12": &f.SphincterSettled, "C-20": &f.SphincterChange,
		"D-2": &f.Paresis, "D-3": &f.ParesisUnclear, "D-4": &f.ParesisStable, "D-5": &f.IntractablePain,
		"F-30": &f.SeriousPathology, "F-43": &f.YellowFlags, "F-48": &f.WithoutEffect,
		"F-31": &f.PathologyHints, "F-42": &f.StartBackHigh, "F-40": &f.HighPainScore, "F-60": &f.Implant,
		"F-49 referral": &f.SecondaryReferral, "F-49 MRI": &f.MRIOrdered,
	}
}

// dangers are the facts of which a yes means that more is wrong.
func dangers(f *Facts) []*Fact {
	return []*Fact{
		&f.CaudaEquina, &f.Paresis, &f.ParesisUnclear, &f.IntractablePain, &f.ParesisStable,
		&f.SeriousPathology, &f.Worse, &f.SphincterSettled, &f.SphincterChange,
	}
}

var dangerNames = []string{"D-1", "D-2", "D-3", "D-5", "D-4", "F-30", "F-06", "C-12", "C-20"}

func isAcute(f *Facts) bool {
	return f.CaudaEquina.IsYes() || f.Paresis.IsYes() || f.ParesisUnclear.IsYes() || f.IntractablePain.IsYes()
}

func highest(d *Decision) int {
	rank := -1
	for _, a := range d.Advice {
		rank = max(rank, a.Urgency.rank())
	}
	return rank
}

// reasons are the acute rules that the GP is shown.
func reasons(d *Decision) []string {
	var ids []string
	for _, a := range d.Advice {
		for _, v := range a.Verdicts {
			if strings.HasPrefix(v.Rule.ID, "R-A") {
				ids = append(ids, v.Rule.ID)
			}
		}
	}
	return ids
}

func TestLawAcuteFactsAreOneCriticalCardAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		d := Decide(f)
		critical := 0
		for _, a := range d.Advice {
			if a.Urgency == Critical {
				critical++
			}
		}
		switch {
		case isAcute(f) && (critical != 1 || len(d.Advice) != 1):
			t.Fatalf("acute, and the GP is shown %v", advice(d))
		case !isAcute(f) && critical > 0:
			t.Fatalf("nothing acute, and the GP is shown %v", advice(d))
		case isAcute(f):
			for _, v := range d.Advice[0].Verdicts {
				if v.Rule.Topic != TopicAcute && v.Rule.ID != "O-C1" {
					t.Fatalf("%s stands on the acute card", v.Rule.ID)
				}
			}
		}
	})
}

func TestLawAtMostThreeCardsStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if d := Decide(anyFacts.Draw(t, "facts")); len(d.Advice) > 3 {
			t.Fatalf("%v", advice(d))
		}
	})
}

// Decision C-53: from warning upward, more danger never lowers the urgency;
// and it never takes away a reason for admission. R-A4 is the one reason that
// another one replaces: a known progression says more than an unknown one.
func TestLawMoreDangerNeverCalms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		i := rapid.IntRange(0, len(dangerNames)-1).Draw(t, "danger")
		fact := dangers(f)[i]
		if fact.IsYes() {
			fact.Answer = rapid.SampledFrom([]Answer{Unknown, No}).Draw(t, "before")
		}
		before := Decide(f)
		worse := *f
		dangers(&worse)[i].Answer = rapid.SampledFrom([]Answer{Yes, Conflict}).Draw(t, "after")
		after := Decide(&worse)

		if highest(before) >= Warning.rank() && highest(after) < highest(before) {
			t.Fatalf("%s is found: from %v to %v", dangerNames[i], advice(before), advice(after))
		}
		for _, reason := range reasons(before) {
			replaced := reason == "R-A4" && slices.Contains(reasons(after), "R-A2")
			if !slices.Contains(reasons(after), reason) && !replaced {
				t.Fatalf("%s is found, and %s is gone: %v", dangerNames[i], reason, advice(after))
			}
		}
	})
}

// A record in which a required part is unread is no calmer than the same
// record in which it was read.
func TestLawAnUnreadRecordNeverCalms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		unread := *f
		unread.Gaps = append(slices.Clone(f.Gaps), Gap{
			Source: rapid.SampledFrom([]Source{FromConditions, FromObservations}).Draw(t, "unread"), Whole: true,
		})
		d := Decide(&unread)
		if unread.SpeaksOfBack().IsYes() && len(d.Advice) == 0 {
			t.Fatal("silence, where the record speaks of the back and was not read")
		}
		if unread.Acute().Answer == No {
			t.Fatal("nothing acute is said of a record that was not read")
		}
		if box := unread.MRBox(); box == Met || box == NotMet || box == NotOnPage {
			t.Fatalf("the MRI box is %v in a record that was not read", box)
		}
		told := slices.ContainsFunc(d.Advice, func(a Advice) bool { return a.Lead().Rule.ID == "R-Q0" })
		if unread.SpeaksOfBack().IsYes() && !isAcute(&unread) && !told {
			t.Fatalf("nobody says that the record was not read: %v", advice(d))
		}
	})
}

// The MRI box says "met" or "not met" only of what is documented.
func TestLawTheMRIBoxSpeaksOnlyOfWhatIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		box := f.MRBox()
		if box != Met && box != NotMet {
			return
		}
		switch {
		case f.Page != Nonspecific:
			t.Fatalf("%v on page %v", box, f.Page)
		case len(f.RedFlagsMissing) > 0:
			t.Fatalf("%v with open questions %v", box, f.RedFlagsMissing)
		case isAcute(f), f.Worse.Answer != No, f.SeriousPathology.Answer != No:
			t.Fatalf("%v with worse %v, suspicion %v, acute %v", box, f.Worse.Answer, f.SeriousPathology.Answer, isAcute(f))
		case f.WithoutEffect.Answer == Unknown || f.Treated.AtLeast(4).Answer == Unknown:
			t.Fatalf("%v with effect %v and weeks %v", box, f.WithoutEffect.Answer, f.Treated)
		case box == Met && (!f.Treated.Known || f.Treated.Min < 4 || !f.WithoutEffect.IsYes()):
			t.Fatalf("met with weeks %v and effect %v", f.Treated, f.WithoutEffect.Answer)
		}
	})
}

// Forgetting a fact never makes the box speak. The acute facts are forgotten
// together with the answers that the red-flag questions got, as a chart would:
// the same answers carry both.
func TestLawForgettingNeverMakesTheMRIBoxSpeak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		forgotten := *f
		name := rapid.SampledFrom([]string{"F-06", "F-30", "F-48", "D-8", "F-23", "D-10", "acute"}).Draw(t, "forgotten")
		switch name {
		case "D-8":
			forgotten.Treated = Weeks{}
		case "F-23":
			redFlagsOpen(RedFlagItems()...)(&forgotten)
		case "D-10":
			forgotten.Page = PageUnknown
		case "acute":
			redFlagsOpen(IntractablePain)(&forgotten)
			for _, fact := range dangers(&forgotten)[:4] {
				fact.Answer = Unknown
			}
		default:
			factsByName(&forgotten)[name].Answer = Unknown
		}
		before, after := f.MRBox(), forgotten.MRBox()
		if (after == Met || after == NotMet) && after != before {
			t.Fatalf("%s is forgotten: from %v to %v", name, before, after)
		}
	})
}

// No rule that calms or holds back rests on an unknown.
func TestLawWhatHoldsBackNeedsEveryAnswer(t *testing.T) {
	holdsBack := []string{"O-M2", "O-M6", "O-R1", "O-X1"}
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		for _, v := range Decide(f).Verdicts {
			if !slices.Contains(holdsBack, v.Rule.ID) || !v.Answer.IsYes() {
				continue
			}
			switch {
			case isAcute(f) || len(f.RedFlagsMissing) > 0 || len(f.UnreadRequired()) > 0:
				t.Fatalf("%s speaks with an acute fact, an open question or an unread record", v.Rule.ID)
			case f.SeriousPathology.Answer != No || f.Worse.IsYes():
				t.Fatalf("%s speaks with suspicion %v, worse %v", v.Rule.ID, f.SeriousPathology.Answer, f.Worse.Answer)
			case v.Rule.ID != "O-X1" && v.Rule.ID != "O-M2" && (!f.Contact.Known() || f.Contact.Min != f.Contact.Max):
				t.Fatalf("%s speaks at contact %v", v.Rule.ID, f.Contact)
			}
		}
	})
}

func TestLawNoSecondOpinionBesideWhatIsAcuteOrUrgent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		for _, a := range Decide(f).Advice {
			for _, v := range a.Verdicts {
				if v.Rule.ID == "R-O1" && (isAcute(f) || f.ParesisStable.IsYes() || f.SphincterSettled.IsYes() || f.SeriousPathology.IsYes()) {
					t.Fatal("a second opinion is offered")
				}
			}
		}
	})
}

func TestLawRulesAreAskedOnlyAtTheirHooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		for _, v := range Decide(f).Verdicts {
			isOrderRule := strings.HasPrefix(v.Rule.ID, "O-")
			switch {
			case isOrderRule && f.Hook == PatientView:
				t.Fatalf("%s is asked at %s", v.Rule.ID, f.Hook)
			case isOrderRule && !isOneOf(f.Orders, v.Order):
				t.Fatalf("%s is asked of an order that is not selected", v.Rule.ID)
			case !isOrderRule && f.Hook != PatientView && !slices.Contains([]string{"R-A1", "R-A2", "R-A3", "R-A4", "R-S3", "R-Q0"}, v.Rule.ID):
				t.Fatalf("%s is asked at %s", v.Rule.ID, f.Hook)
			}
		}
	})
}

func TestLawSwitchedOffMeansSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		on := f.Parameters.Extensions
		for _, v := range Decide(f).Verdicts {
			if v.Class == Extension && v.Answer != No && !slices.Contains(on, v.Rule.ID) {
				t.Fatalf("%s is switched off and says %v", v.Rule.ID, v.Answer)
			}
		}
	})
}

// An extension never takes the place of anything of the leaflet's.
func TestLawAnExtensionDisplacesNothing(t *testing.T) {
	own := func(d *Decision) []string {
		var shown []string
		for _, a := range d.Advice {
			for _, v := range a.Verdicts {
				if v.Class != Extension {
					shown = append(shown, fmt.Sprint(v.Rule.ID, v.place))
				}
			}
		}
		slices.Sort(shown)
		return shown
	}
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		without := *f
		without.Parameters.Extensions = nil
		if diff := cmp.Diff(own(Decide(&without)), own(Decide(f))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What is shown and what is left out is what spoke, each once.
func TestLawNothingThatSpokeIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Decide(anyFacts.Draw(t, "facts"))
		found := map[*Verdict]int{}
		for _, a := range d.Advice {
			if len(a.Verdicts) == 0 {
				t.Fatal("a card without a rule")
			}
			for _, v := range a.Verdicts {
				found[v]++
			}
		}
		for _, l := range d.LeftOut {
			if l.Because == "" {
				t.Fatalf("%s is left out for no reason", l.Verdict.Rule.ID)
			}
			found[l.Verdict]++
		}
		for i := range d.Verdicts {
			v := &d.Verdicts[i]
			want := 0
			if v.Answer.IsYes() && !v.Rule.Quiet {
				want = 1
			}
			if found[v] != want {
				t.Fatalf("%s said %v and is told %d times", v.Rule.ID, v.Answer, found[v])
			}
		}
	})
}

// The least urgent card goes: at order hooks nothing that is left out presses
// more than what is shown (C-58).
func TestLawNoOrderCardPressesMoreThanOneThatIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		if f.Hook == PatientView {
			return
		}
		d := Decide(f)
		for _, l := range d.LeftOut {
			for _, a := range d.Advice {
				if l.Verdict.Class != Extension && l.Verdict.Urgency.rank() > a.Urgency.rank() {
					t.Fatalf("%s is left out, %v is shown", l.Verdict.Rule.ID, advice(d))
				}
			}
		}
	})
}

// A decision is a function of its facts: it does not change them, and it says
// the same twice.
func TestLawADecisionIsAFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts.Draw(t, "facts")
		copied := *f
		copied.Orders = slices.Clone(f.Orders)
		first, second := advice(Decide(f)), advice(Decide(f))
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(&copied, f); diff != "" {
			t.Fatalf("the facts were changed: %s", diff)
		}
	})
}

func isOneOf(orders []Request, order *Request) bool {
	for i := range orders {
		if order == &orders[i] {
			return true
		}
	}
	return false
}
