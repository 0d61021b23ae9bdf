package pathway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Laws from the record to the facts, over charts that nobody thought of.

// words are the answers that our questions take.
var words = map[Concept][]string{
	NerveRootInvolvement: {"yes", "no", "unsure"},
	Course:               {"better", "unchanged", "worse"},
	ClearImprovement:     {"yes", "no"},
	SaddleSensation:      {"normal", "reduced", "not-tested"},
	AnalTone:             {"normal", "reduced", "not-tested"},
	BladderDisturbance:   {"none", "new", "worse", "unchanged"},
	BowelDisturbance:     {"none", "new", "worse", "unchanged"},
	BilateralSciatica:    {"yes", "no"},
	ParesisProgressive:   {"yes", "no"},
	Paralysis:            {"yes", "no"},
	IntractablePain:      {"yes", "no"},
	SeriousPathology:     {"yes", "no"},
	YellowFlags:          {"none", "present", "not-assessed"},
	TreatmentEffect:      {"none", "some", "good"},
	OtherTreatment:       {"yes", "no"},
	Exercise:             {"yes", "no"},
}

// calming are the answers that can end or withhold an alarm.
var calming = []string{"no", "none", "normal", "unchanged", "better", "some", "good"}

var (
	anyQuestion  = rapid.SampledFrom(sortedQuestions())
	anyDiagnosis = rapid.SampledFrom([]Concept{
		LowBackPain, LowBackPainBroad, NonspecificStated, NerveRoot, DiscProlapse, LowBackPain, NerveRoot,
		CaudaEquina, CaudaEquina, SaddleSensoryLoss, UrinaryRetention, UrinaryIncontinence, FaecalIncontinence,
		LegWeakness, LegParalysis, WeaknessUngraded, Cancer,
	})
	anyWhen = rapid.SampledFrom([]When{
		{},
		clock(9, 30), clock(8, 0), today(), daysAgo(1), daysAgo(7), daysAgo(30), daysAgo(89), daysAgo(90), daysAgo(91),
		daysAgo(120), daysAgo(181), daysAgo(400), daysAgo(2000), month(2026, time.November), month(2026, time.June), year(2026), year(2025),
	})
	anyDay = rapid.SampledFrom([]When{
		clock(9, 30), clock(8, 0), today(), daysAgo(1), daysAgo(7), daysAgo(30), daysAgo(91), daysAgo(120), daysAgo(400),
	})
	anyEncounterID = rapid.SampledFrom([]string{"", "", "1", "2"})
	anyCondition   = rapid.Custom(func(t *rapid.T) Condition {
		c := Condition{
			Concept: anyDiagnosis.Draw(t, "concept"),
			Onset:   anyWhen.Draw(t, "onset"), Recorded: anyWhen.Draw(t, "recorded"),
			Encounter: anyEncounterID.Draw(t, "encounter"),
		}
		switch rapid.IntRange(0, 7).Draw(t, "status") {
		case 0:
			c.Refuted = true
		case 1:
			c.Ended, c.Abated = true, anyWhen.Draw(t, "abated")
		case 2:
			c.Active = true
		}
		return c
	})
	anyObservation = rapid.Custom(func(t *rapid.T) Observation {
		o := Observation{Firm: rapid.IntRange(0, 3).Draw(t, "firm") > 0, Effective: anyWhen.Draw(t, "effective"), Encounter: anyEncounterID.Draw(t, "encounter")}
		if rapid.IntRange(0, 3).Draw(t, "grade") == 0 {
			o.Concept, o.HasNumber = LegStrength, true
			o.Number = rapid.IntRange(0, 5).Draw(t, "number")
			o.Site = rapid.SampledFrom([]string{leftFoot, leftFoot, rightFoot, ""}).Draw(t, "site")
			return o
		}
		if rapid.IntRange(0, 15).Draw(t, "contact number") == 0 {
			o.Concept, o.HasNumber, o.Number = ContactNumber, true, rapid.IntRange(1, 5).Draw(t, "number")
			return o
		}
		o.Concept = anyQuestion.Draw(t, "question")
		o.Value = rapid.SampledFrom(words[o.Concept]).Draw(t, "word")
		return o
	})
	anyContact = rapid.Custom(func(t *rapid.T) Encounter {
		return Encounter{
			TookPlace:  rapid.IntRange(0, 4).Draw(t, "took place") > 0,
			InPractice: rapid.SampledFrom([]Answer{Yes, Yes, Unknown}).Draw(t, "in practice"),
			Provider:   rapid.SampledFrom([]string{"", "us", "them"}).Draw(t, "provider"),
			Start:      anyDay.Draw(t, "start"),
			About:      rapid.SampledFrom([]Answer{Yes, No, Unknown}).Draw(t, "about"),
		}
	})
	anyChart = rapid.Custom(func(t *rapid.T) *Chart {
		c := &Chart{
			AsOf: now, Hook: PatientView, Encounter: rapid.SampledFrom([]string{"", "1"}).Draw(t, "encounter"),
			Conditions:   rapid.SliceOfN(anyCondition, 0, 4).Draw(t, "conditions"),
			Observations: rapid.SliceOfN(anyObservation, 0, 6).Draw(t, "observations"),
			Encounters:   rapid.SliceOfN(anyContact, 0, 3).Draw(t, "encounters"),
			Gaps:         rapid.SliceOfN(anyGap, 0, 1).Draw(t, "gaps"),
		}
		for i := range c.Conditions {
			c.Conditions[i].Evidence.Reference = "Condition/" + strconv.Itoa(i)
			c.Conditions[i].Evidence.Concept = c.Conditions[i].Concept
		}
		for i := range c.Observations {
			c.Observations[i].Evidence.Reference = "Observation/" + strconv.Itoa(i)
		}
		for i := range c.Encounters {
			c.Encounters[i].ID = strconv.Itoa(i)
			c.Encounters[i].Evidence.Reference = "Encounter/" + strconv.Itoa(i)
		}
		return c
	})
)

func sortedQuestions() []Concept {
	var questions []Concept
	for question := range words {
		questions = append(questions, question)
	}
	slices.Sort(questions)
	return questions
}

// with is the chart with one more answer in it.
func (c *Chart) with(o Observation) *Chart {
	more := *c
	o.Evidence.Reference = "Observation/more"
	more.Observations = append(slices.Clone(c.Observations), o)
	return &more
}

// found are the facts of a chart as a trace would tell them, without evidence.
func found(c *Chart) []string {
	var lines []string
	for _, line := range c.read().Lines() {
		lines = append(lines, fmt.Sprintf("%s %s: %s", line.ID, line.Name, strings.Replace(line.Says, "recorded ", "", 1)))
	}
	return lines
}

// In which order the record tells it does not matter.
func TestLawTheOrderOfTheRecordDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		shuffled := *c
		shuffled.Conditions = slices.Clone(c.Conditions)
		shuffled.Observations = slices.Clone(c.Observations)
		shuffled.Encounters = slices.Clone(c.Encounters)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(c.Conditions), func(i, j int) {
			shuffled.Conditions[i], shuffled.Conditions[j] = shuffled.Conditions[j], shuffled.Conditions[i]
		})
		r.Shuffle(len(c.Observations), func(i, j int) {
			shuffled.Observations[i], shuffled.Observations[j] = shuffled.Observations[j], shuffled.Observations[i]
		})
		r.Shuffle(len(c.Encounters), func(i, j int) {
			shuffled.Encounters[i], shuffled.Encounters[j] = shuffled.Encounters[j], shuffled.Encounters[i]
		})
		if diff := cmp.Diff(found(c), found(&shuffled)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Telling one resource twice calms nothing.
func TestLawTellingItTwiceCalmsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		if len(c.Observations) == 0 {
			return
		}
		i := rapid.IntRange(0, len(c.Observations)-1).Draw(t, "twice")
		if before, after := c.read(), c.with(c.Observations[i]).read(); before.Acute().IsYes() && !after.Acute().IsYes() {
			t.Fatalf("%+v told twice: from %v to %v", c.Observations[i], before.Acute().Answer, after.Acute().Answer)
		}
	})
}

// One acute answer is enough, whatever else is said.
func TestLawOneAcuteAnswerIsEnough(t *testing.T) {
	acute := map[Concept]string{
		SaddleSensation: "reduced", AnalTone: "reduced", BladderDisturbance: "new", BowelDisturbance: "worse",
		ParesisProgressive: "yes", Paralysis: "yes", IntractablePain: "yes",
	}
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		concept := rapid.SampledFrom(RedFlagItems()).Draw(t, "question")
		word, isAcute := acute[concept]
		if !isAcute {
			return
		}
		more := c.with(Observation{Concept: concept, Value: word, Firm: rapid.Bool().Draw(t, "firm"), Effective: clock(9, 58)})
		if shown := advice(Decide(more.read())); len(shown) != 1 || !more.read().Acute().IsYes() {
			t.Fatalf("%s %s, and the GP is shown %v", concept, word, shown)
		}
	})
}

// A further danger in the record never takes an alarm away.
func TestLawAFurtherDangerTakesNoAlarmAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		condition := anyCondition.Draw(t, "one more")
		condition.Concept = rapid.SampledFrom([]Concept{CaudaEquina, SaddleSensoryLoss, UrinaryRetention, FaecalIncontinence, LegWeakness, LegParalysis}).Draw(t, "danger")
		condition.Refuted, condition.Encounter, condition.Evidence.Reference = false, "", "Condition/more"
		more := *c
		more.Conditions = append(slices.Clone(c.Conditions), condition)
		if before, after := c.read().Acute(), more.read().Acute(); before.IsYes() && !after.IsYes() {
			t.Fatalf("%s in addition: from %v to %v", condition.Concept, before.Answer, after.Answer)
		}
	})
}

// Without a firm answer at this contact nothing is denied (hazards 3, 4, 10).
func TestLawNothingIsDeniedWithoutAFirmAnswerNow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		for i := range c.Observations {
			if c.atThisContact(c.Observations[i]) {
				c.Observations[i].Firm = false
			}
		}
		f := c.read()
		for name, fact := range map[string]Fact{
			"D-1": f.CaudaEquina, "D-2": f.Paresis, "D-3": f.ParesisUnclear, "D-5": f.IntractablePain,
			"D-6": f.Acute(), "F-30": f.SeriousPathology, "F-06": f.Worse,
		} {
			if fact.Answer == No && !(name == "D-3" && f.Paresis.IsYes()) {
				t.Fatalf("%s is denied, and nobody said so", name)
			}
		}
		if box := f.MRBox(); box == Met || box == NotMet {
			t.Fatalf("the MRI box is %v, and nobody said so", box)
		}
	})
}

// Red flags count as answered only when each question was, at this contact.
func TestLawRedFlagsAreAnsweredEachAtThisContact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		c.Gaps = nil // what cannot be read has a test of its own
		f := c.read()
		for _, item := range RedFlagItems() {
			answered := slices.ContainsFunc(c.Observations, func(o Observation) bool {
				return o.Concept == item && c.atThisContact(o) && o.Value != "not-tested" && (o.Firm || !slices.Contains(calming, o.Value))
			})
			if open := slices.Contains(f.RedFlagsMissing, item); open == answered {
				t.Fatalf("%s is open: %v", item, open)
			}
		}
		if (f.RedFlags.Answer == Yes) != (len(f.RedFlagsMissing) == 0) || f.RedFlags.Answer == No {
			t.Fatalf("F-23 is %v with %v open", f.RedFlags.Answer, f.RedFlagsMissing)
		}
	})
}

// A provisional calming answer takes no alarm away.
func TestLawAProvisionalAnswerTakesNoAlarmAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		o := anyObservation.Draw(t, "one more")
		o.Firm = false
		if before, after := c.read().Acute(), c.with(o).read().Acute(); before.IsYes() && !after.IsYes() {
			t.Fatalf("%s %s %d in addition, provisionally: from %v to %v", o.Concept, o.Value, o.Number, before.Answer, after.Answer)
		}
	})
}

// An unread part takes no alarm away.
func TestLawAGapTakesNoAlarmAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		// An older grade can show a trend: what was not known to belong to the
		// episode may make "once" into "stable".
		c.Observations = slices.DeleteFunc(c.Observations, func(o Observation) bool { return o.Concept == LegStrength })
		more := *c
		more.Gaps = append(slices.Clone(c.Gaps), anyGap.Draw(t, "one more"))
		before, after := Decide(c.read()), Decide(more.read())
		if before.Facts.Acute().IsYes() && !after.Facts.Acute().IsYes() {
			t.Fatalf("%v is unread: from %v to %v", more.Gaps, advice(before), advice(after))
		}
	})
}

// A contact number is an interval of at least one contact, or nothing.
func TestLawAContactNumberIsAnInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyChart.Draw(t, "chart").read().Contact
		if n.Known() && (n.Min < 1 || n.Max < n.Min) || !n.Known() && n.Min != 0 {
			t.Fatalf("from %d to %d", n.Min, n.Max)
		}
	})
}

// No back pain, no encounter about it and no answer of ours: silence (7.3).
func TestLawWithoutTheBackThereIsSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		c.Observations, c.Gaps = nil, nil
		c.Conditions = slices.DeleteFunc(c.Conditions, func(condition Condition) bool {
			return isBack(condition.Concept) || condition.Concept == CaudaEquina || condition.Concept == SaddleSensoryLoss
		})
		for i := range c.Encounters {
			c.Encounters[i].About = No
		}
		if shown := advice(Decide(c.read(everySwitch()...))); len(shown) > 0 {
			t.Fatalf("the GP is shown %v", shown)
		}
	})
}

// Knowing less exactly when something was takes no alarm away. The dates of
// back pain are left alone: they say where the episode begins.
func TestLawAVaguerDateTakesNoAlarmAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vaguer := func(when When) When {
			if !when.Known() {
				return when
			}
			return rapid.SampledFrom([]When{
				OnDay(when.Latest), month(when.Latest.Year(), when.Latest.Month()), year(when.Latest.Year()),
			}).Draw(t, "vaguer")
		}
		c := anyChart.Draw(t, "chart")
		vague := *c
		vague.Conditions, vague.Observations = slices.Clone(c.Conditions), slices.Clone(c.Observations)
		for i := range vague.Conditions {
			if condition := &vague.Conditions[i]; !isBack(condition.Concept) && rapid.Bool().Draw(t, "this condition") {
				condition.Onset, condition.Recorded = vaguer(condition.Onset), vaguer(condition.Recorded)
			}
		}
		for i := range vague.Observations {
			if o := &vague.Observations[i]; rapid.Bool().Draw(t, "this observation") && (o.Effective.SingleDay() || !o.Effective.Known()) {
				o.Effective = vaguer(o.Effective)
			}
		}
		if before, after := c.read().Acute(), vague.read().Acute(); before.IsYes() && !after.IsYes() {
			t.Fatalf("from %v to %v", before.Answer, after.Answer)
		}
	})
}

// Reading a chart changes nothing in it, and says the same twice.
func TestLawReadingIsAFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		before := *c
		before.Conditions, before.Observations, before.Encounters = slices.Clone(c.Conditions), slices.Clone(c.Observations), slices.Clone(c.Encounters)
		first := found(c)
		if diff := cmp.Diff(first, found(c)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(&before, c); diff != "" {
			t.Fatalf("the chart was changed: %s", diff)
		}
	})
}

// A provisional answer changes neither the page nor what is known of yellow
// flags and effect towards the calmer side.
func TestLawAProvisionalAnswerCalmsNoCourse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChart.Draw(t, "chart")
		o := anyObservation.Draw(t, "one more")
		o.Firm = false
		before, after := c.read(), c.with(o).read()
		switch {
		case before.YellowFlags.IsYes() && !after.YellowFlags.IsYes():
			t.Fatalf("yellow flags: from yes to %v", after.YellowFlags.Answer)
		case before.Worse.IsYes() && !after.Worse.IsYes():
			t.Fatalf("worse: from yes to %v", after.Worse.Answer)
		case before.SeriousPathology.IsYes() && !after.SeriousPathology.IsYes():
			t.Fatalf("serious pathology: from yes to %v", after.SeriousPathology.Answer)
		case before.Page == NerveRootPage && after.Page == Nonspecific, before.Page == Mismatch && after.Page == Nonspecific:
			t.Fatalf("page: from %v to %v", before.Page, after.Page)
		}
		if box := after.MRBox(); (box == Met || box == NotMet) && box != before.MRBox() {
			t.Fatalf("the MRI box: from %v to %v", before.MRBox(), box)
		}
	})
}
