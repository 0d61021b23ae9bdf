package pathway

import "time"

// When is the interval in which something happened. An instant has both ends
// equal, a day spans its day, a bare year its year; the zero value is undated.
// Both ends are in the time zone of [Chart.AsOf].
//
// Records are full of partial dates. Whoever compares one asks for the end
// that is less reassuring.
type When struct {
	Earliest, Latest time.Time
}

// At is the instant t.
func At(t time.Time) When { return When{t, t} }

// OnDay is the whole calendar day of t.
func OnDay(t time.Time) When {
	start := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	return When{start, start.AddDate(0, 0, 1).Add(-time.Nanosecond)}
}

// Known reports whether there is a date at all.
func (w When) Known() bool { return !w.Latest.IsZero() }

// SingleDay reports whether the whole interval lies on one calendar day.
func (w When) SingleDay() bool { return w.Known() && dayOf(w.Earliest) == dayOf(w.Latest) }

// On reports whether the interval is known to lie on the day of t.
func (w When) On(t time.Time) bool { return w.SingleDay() && dayOf(w.Latest) == dayOf(t) }

// onAnEarlierDay reports that the interval certainly lies on an earlier day than
// the other, whatever partial dates stand for. What has no date is not known to.
func (w When) onAnEarlierDay(than When) bool {
	return w.Known() && daysBetween(w.Latest, than.Earliest) > 0
}

// dayOf numbers the calendar day of t, so that days can be subtracted without
// tripping over the change to summer time.
func dayOf(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 24 * 60 * 60

// daysBetween counts calendar days from a to b; negative when b comes first.
func daysBetween(a, b time.Time) int { return dayOf(b) - dayOf(a) }
