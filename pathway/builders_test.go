package pathway

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the stories are told in Danish time on every machine
)

// Every story is told on a Monday morning in Denmark.
var (
	denmark = mustLoad("Europe/Copenhagen")
	now     = time.Date(2026, time.November, 23, 10, 0, 0, 0, denmark)
)

func mustLoad(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return location
}

// telling is one sentence of a story: something that the record says.
type telling func(*Chart)

// story is the chart in which all of it stands. Without another word the
// chart has just been opened, and the call names no encounter.
func story(tellings ...telling) *Chart {
	c := &Chart{AsOf: now, Hook: PatientView}
	for _, tell := range tellings {
		tell(c)
	}
	return c
}

// and is several sentences in one.
func and(tellings ...telling) telling {
	return func(c *Chart) {
		for _, tell := range tellings {
			tell(c)
		}
	}
}

func nothing() telling { return func(*Chart) {} }

// at says at which moment the service is called.
func at(hook Hook) telling { return func(c *Chart) { c.Hook = hook } }

// inEncounter names the encounter of this call.
func inEncounter(id string) telling { return func(c *Chart) { c.Encounter = id } }

func bornOn(when When) telling { return func(c *Chart) { c.Birth = when } }

// Days and moments.
func daysAgo(n int) When { return OnDay(now.AddDate(0, 0, -n)) }
func today() When        { return daysAgo(0) }
func in(days int) When   { return daysAgo(-days) }

func date(y int, m time.Month, d int) When { return OnDay(time.Date(y, m, d, 0, 0, 0, 0, denmark)) }

// clock is an instant of today.
func clock(hour, minute int) When {
	return At(time.Date(2026, time.November, 23, hour, minute, 0, 0, denmark))
}

func year(y int) When {
	return When{
		time.Date(y, time.January, 1, 0, 0, 0, 0, denmark),
		time.Date(y+1, time.January, 1, 0, 0, 0, 0, denmark).Add(-time.Nanosecond),
	}
}

func month(y int, m time.Month) When {
	return When{
		time.Date(y, m, 1, 0, 0, 0, 0, denmark),
		time.Date(y, m+1, 1, 0, 0, 0, 0, denmark).Add(-time.Nanosecond),
	}
}

// diagnosed says that a diagnosis stands in the record. Without another word
// it was recorded today and has no clinical status, as encounter diagnoses in
// Danish general practice have none.
func diagnosed(concept Concept, tweaks ...func(*Condition)) telling {
	return func(c *Chart) {
		condition := Condition{Concept: concept, Recorded: today()}
		condition.Evidence = Evidence{Reference: "Condition/" + strconv.Itoa(len(c.Conditions)+1), Concept: concept}
		for _, tweak := range tweaks {
			tweak(&condition)
		}
		c.Conditions = append(c.Conditions, condition)
	}
}

// began is the onset; written down the same day, unless said otherwise.
func began(when When) func(*Condition) {
	return func(c *Condition) { c.Onset, c.Recorded = when, when }
}

func onset(when When) func(*Condition)    { return func(c *Condition) { c.Onset = when } }
func recorded(when When) func(*Condition) { return func(c *Condition) { c.Recorded = when } }
func undatedCode(c *Condition)            { c.Onset, c.Recorded = When{}, When{} }
func refuted(c *Condition)                { c.Refuted = true }
func active(c *Condition)                 { c.Active = true }
func resolved(when When) func(*Condition) {
	return func(c *Condition) { c.Ended, c.Abated = true, when }
}
func misplaced(c *Condition) { c.Misplaced = true }
func recordedAt(encounter string) func(*Condition) {
	return func(c *Condition) { c.Encounter = encounter }
}

// answered says that a question was answered with this word. Without another
// word it was answered finally, at this contact.
func answered(concept Concept, value string, tweaks ...func(*Observation)) telling {
	return func(c *Chart) {
		o := Observation{Concept: concept, Value: value, Firm: true, Effective: clock(9, 50)}
		o.Evidence = Evidence{Reference: "Observation/" + strconv.Itoa(len(c.Observations)+1)}
		for _, tweak := range tweaks {
			tweak(&o)
		}
		c.Observations = append(c.Observations, o)
	}
}

// scored is an answer by number, measured one of a muscle group.
func scored(concept Concept, number int, tweaks ...func(*Observation)) telling {
	number64 := func(o *Observation) { o.Number, o.HasNumber = number, true }
	return answered(concept, "", append([]func(*Observation){number64}, tweaks...)...)
}

func measured(site string, grade int, when When, tweaks ...func(*Observation)) telling {
	place := func(o *Observation) { o.Site, o.Effective = site, when }
	return scored(LegStrength, grade, append([]func(*Observation){place}, tweaks...)...)
}

func on(when When) func(*Observation) { return func(o *Observation) { o.Effective = when } }
func atEncounter(id string) func(*Observation) {
	return func(o *Observation) { o.Encounter = id }
}
func provisional(o *Observation)         { o.Firm = false }
func undatedAnswer(o *Observation)       { o.Effective = When{} }
func from(when When) func(*Observation)  { return func(o *Observation) { o.Start = when } }
func until(when When) func(*Observation) { return func(o *Observation) { o.End = when } }

// allRedFlagsDenied answers every red-flag question at this contact, and none
// of them alarmingly.
func allRedFlagsDenied(tweaks ...func(*Observation)) telling {
	return and(
		answered(SaddleSensation, "normal", tweaks...),
		answered(BladderDisturbance, "none", tweaks...),
		answered(BowelDisturbance, "none", tweaks...),
		answered(BilateralSciatica, "no", tweaks...),
		answered(ParesisProgressive, "no", tweaks...),
		answered(Paralysis, "no", tweaks...),
		answered(IntractablePain, "no", tweaks...),
	)
}

// seen is a visit to the practice about the back.
func seen(id string, when When, tweaks ...func(*Encounter)) telling {
	return func(c *Chart) {
		e := Encounter{ID: id, TookPlace: true, InPractice: Yes, Start: when, About: Yes}
		e.Evidence = Evidence{Reference: "Encounter/" + id, When: when}
		for _, tweak := range tweaks {
			tweak(&e)
		}
		c.Encounters = append(c.Encounters, e)
	}
}

func uncoded(e *Encounter)            { e.About = Unknown }
func aboutSomethingElse(e *Encounter) { e.About = No }
func byTelephone(e *Encounter)        { e.InPractice = Unknown }
func inHospital(e *Encounter)         { e.InPractice = No }
func onlyPlanned(e *Encounter)        { e.TookPlace = false }
func by(provider string) func(*Encounter) {
	return func(e *Encounter) { e.Provider = provider }
}

func naming(references ...string) func(*Encounter) {
	return func(e *Encounter) { e.Diagnoses = references }
}

// treated says that a treatment was carried out; undated until means it goes on.
func treated(concept Concept, from, until When) telling {
	return func(c *Chart) {
		c.Procedures = append(c.Procedures, Procedure{
			Concept: concept, Start: from, End: until,
			Evidence: Evidence{Reference: "Procedure/" + strconv.Itoa(len(c.Procedures)+1), Concept: concept, When: from},
		})
	}
}

// inRecord is an order that stands in the record, open unless said otherwise.
func inRecord(concept Concept, tweaks ...func(*Request)) telling {
	return func(c *Chart) {
		c.Requests = append(c.Requests, order("in-record-"+string(concept), concept, tweaks...))
	}
}

// drafting is an order that the GP is working on, selected unless said otherwise.
func drafting(concept Concept, tweaks ...func(*Request)) telling {
	return func(c *Chart) {
		c.Drafts = append(c.Drafts, order("draft-"+string(concept), concept, append([]func(*Request){selected}, tweaks...)...))
	}
}

func order(id string, concept Concept, tweaks ...func(*Request)) Request {
	r := Request{Reference: "ServiceRequest/" + id, Concept: concept, Open: true, Authored: today()}
	r.Evidence = Evidence{Reference: r.Reference, Concept: concept}
	for _, tweak := range tweaks {
		tweak(&r)
	}
	return r
}

func selected(r *Request)    { r.Selected = true }
func notSelected(r *Request) { r.Selected = false }
func forTheBack(r *Request)  { r.AboutBack = Yes }
func completed(r *Request)   { r.Open, r.Done = false, true }
func withID(id string) func(*Request) {
	return func(r *Request) { r.Reference = id }
}
func authored(when When) func(*Request) { return func(r *Request) { r.Authored = when } }
func running(from, until When) func(*Request) {
	return func(r *Request) { r.Start, r.End = from, until }
}

// couldNotRead says that a part of the record as a whole was not to be had.
func couldNotRead(source Source) telling {
	return func(c *Chart) { c.Gaps = append(c.Gaps, Gap{Source: source, Whole: true, Reason: "not given"}) }
}

// oneUnreadable says that a single resource could not be read.
func oneUnreadable(source Source, concept Concept) telling {
	return func(c *Chart) {
		c.Gaps = append(c.Gaps, Gap{Source: source, Reason: "unreadable: /status", Concept: concept})
	}
}

// backPain is the plainest episode there is: pain for ten days, page not said.
func backPain() telling { return diagnosed(LowBackPain, began(daysAgo(10))) }

// read derives the facts with the default parameters and these extensions on.
func (c *Chart) read(extensions ...string) *Facts {
	p := DefaultParameters()
	p.Extensions = extensions
	return c.Facts(p)
}

// advice is what the GP is shown, one string per card: the rules, then the
// urgency.
func advice(d *Decision) []string {
	shown := []string{}
	for _, a := range d.Advice {
		var ids []string
		for _, v := range a.Verdicts {
			ids = append(ids, v.Rule.ID)
		}
		shown = append(shown, strings.Join(ids, "+")+" "+string(a.Urgency))
	}
	return shown
}

// answerOf is what a rule said, Unknown-like "not asked" when it was not.
func answerOf(d *Decision, id string) string {
	for _, v := range d.Verdicts {
		if v.Rule.ID == id {
			return v.Answer.String()
		}
	}
	return "not asked"
}

// verdictOf is the first verdict of a rule that was asked.
func verdictOf(t *testing.T, d *Decision, id string) Verdict {
	t.Helper()
	for _, v := range d.Verdicts {
		if v.Rule.ID == id {
			return v
		}
	}
	t.Fatalf("%s was not asked", id)
	return Verdict{}
}

// references are the resources that a fact rests on, sorted.
func references(evidence []Evidence) []string {
	found := []string{}
	for _, e := range evidence {
		found = append(found, e.Reference)
	}
	slices.Sort(found)
	return found
}

// wants compares an answer with what the story's end says it should be.
func wants(t *testing.T, what string, got, want Answer) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
