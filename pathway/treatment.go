package pathway

import (
	"math"
	"slices"
	"time"
)

// Weeks is a number of whole weeks as an interval, since starts and ends are
// often partial dates. The zero value is unknown.
type Weeks struct {
	Known    bool
	Min, Max int
	Evidence []Evidence
}

// AtLeast answers whether it was certainly, possibly or certainly not so long.
func (w Weeks) AtLeast(n int) Fact {
	switch {
	case !w.Known || w.Min < n && w.Max >= n:
		return unknown(w.Evidence...)
	case w.Min >= n:
		return yes(w.Evidence...)
	default:
		return no(w.Evidence...)
	}
}

// course is one stretch of treatment or exercise.
type course struct {
	start, end When // end undated while it goes on
	evidence   Evidence
}

// treatedWeeks is D-8: the whole weeks for which other relevant treatment and
// exercise ran side by side in this episode. One of them without a known start
// leaves it unknown; one of them documented as not tried makes it zero.
func (c *Chart) treatedWeeks(e episode) Weeks {
	treatment := c.courses(e, OtherTreatment, PhysiotherapyDone, ChiropracticDone, OrderPhysiotherapy, OrderChiropractic)
	exercise := c.courses(e, Exercise, ExerciseDone)
	evidence := slices.Concat(treatment.evidence(), exercise.evidence())
	switch {
	case treatment.denied() || exercise.denied():
		return Weeks{Known: true, Evidence: evidence}
	case !treatment.dated() || !exercise.dated():
		return Weeks{Evidence: evidence}
	}
	return Weeks{
		Known:    true,
		Min:      overlap(treatment.spans(c.AsOf, e, false), exercise.spans(c.AsOf, e, false)) / 7,
		Max:      overlap(treatment.spans(c.AsOf, e, true), exercise.spans(c.AsOf, e, true)) / 7,
		Evidence: evidence,
	}
}

// regimen is all that the record says of one kind of treatment.
type regimen struct {
	courses []course
	no      []Evidence
	partial bool // something of it could not be read
}

// denied reports that it was documented as not tried, and nothing says it was.
func (r regimen) denied() bool { return len(r.courses) == 0 && len(r.no) > 0 && !r.partial }

// dated reports that it was tried, and that some course of it has a start.
func (r regimen) dated() bool {
	return slices.ContainsFunc(r.courses, func(c course) bool { return c.start.Known() })
}

func (r regimen) evidence() []Evidence {
	found := slices.Clone(r.no)
	for _, c := range r.courses {
		found = append(found, c.evidence)
	}
	return found
}

// span is a stretch of days, its last one not included.
type span struct{ from, to int }

// spans are the courses as days, in the shortest or the longest reading of
// partial dates. What ran before the episode does not count; where only the
// day of recording is known, that holds for the shortest reading.
func (r regimen) spans(asOf time.Time, e episode, longest bool) []span {
	var days []span
	for _, c := range r.courses {
		if !c.start.Known() {
			if !longest {
				continue // it may have run at any time, or hardly at all
			}
			c.start = firstOf(e.onset.When, At(asOf.AddDate(0, 0, -e.gapDays)))
		}
		from, to := c.start.Latest, asOf
		if c.end.Known() {
			to = c.end.Earliest
		}
		if longest {
			from = c.start.Earliest
			if c.end.Known() {
				to = c.end.Latest
			}
		}
		if to.After(asOf) {
			to = asOf
		}
		began := e.onset.When.Latest
		if longest {
			began = e.onset.When.Earliest
		}
		if from.Before(began) && !(longest && e.onset.Recorded) {
			from = began
		}
		days = append(days, span{dayOf(from), dayOf(to)})
	}
	return days
}

// courses gathers fact F-46 or F-47: answers in our finding codes, procedures,
// and requests that were carried out. A request says that something was asked
// for; only its occurrence says when it ran, and one for something else than the
// back is no treatment of it.
func (c *Chart) courses(e episode, answer Concept, concepts ...Concept) regimen {
	var r regimen
	for _, o := range c.Observations {
		switch {
		case o.Concept != answer || !e.contains(o.Effective):
		case o.Value == "yes":
			evidence := o.evidence()
			evidence.When = o.Start
			r.courses = append(r.courses, course{start: o.Start, end: o.End, evidence: evidence})
		case o.Value == "no" && c.settles(o):
			r.no = append(r.no, o.evidence())
		}
	}
	for _, procedure := range c.Procedures {
		if slices.Contains(concepts, procedure.Concept) && !procedure.NotDone && e.contains(procedure.End) {
			r.courses = append(r.courses, course{procedure.Start, procedure.End, procedure.Evidence})
		}
	}
	for _, request := range c.Requests {
		if slices.Contains(concepts, request.Concept) && request.AboutBack != No && (request.Done || request.Open && request.Start.Known()) && e.contains(request.End) {
			r.courses = append(r.courses, course{request.Start, request.End, request.Evidence})
		}
	}
	r.partial = !c.readable(FromObservations, FromProcedures, FromRequests)
	return r
}

// firstOf is the first of two dates that is one.
func firstOf(a, b When) When {
	if a.Known() {
		return a
	}
	return b
}

// overlap counts the days that lie in a span of both lists.
func overlap(a, b []span) int {
	var both []span
	for _, x := range a {
		for _, y := range b {
			both = append(both, span{max(x.from, y.from), min(x.to, y.to)})
		}
	}
	slices.SortFunc(both, func(x, y span) int { return x.from - y.from })
	total, covered := 0, math.MinInt
	for _, s := range both {
		covered = max(covered, s.from)
		total += max(0, s.to-covered)
		covered = max(covered, s.to)
	}
	return total
}
