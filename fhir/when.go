package fhir

import (
	"strings"
	"time"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// instants are the forms of a dateTime that names a time of day. The zone is
// missing more often than it should be; then the practice's own holds.
func instants() [4]string {
	return [4]string{
		"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	}
}

// when reads a FHIR date, dateTime or instant as the interval it names, in the
// zone in which days are counted. What it cannot read is undated.
func when(value *string, zone *time.Location) pathway.When {
	if value == nil {
		return pathway.When{}
	}
	word := strings.TrimSpace(*value)
	parse := func(layout string) (time.Time, bool) {
		t, err := time.ParseInLocation(layout, word, zone)
		return t.In(zone), err == nil && t.Year() >= 1
	}
	switch len(word) {
	case len("2006"):
		if t, ok := parse("2006"); ok {
			return pathway.When{Earliest: t, Latest: t.AddDate(1, 0, 0).Add(-time.Nanosecond)}
		}
	case len("2006-01"):
		if t, ok := parse("2006-01"); ok {
			return pathway.When{Earliest: t, Latest: t.AddDate(0, 1, 0).Add(-time.Nanosecond)}
		}
	case len("2006-01-02"):
		if t, ok := parse("2006-01-02"); ok {
			return pathway.OnDay(t)
		}
	default:
		for _, layout := range instants() {
			if t, ok := parse(layout); ok {
				return pathway.At(t)
			}
		}
	}
	return pathway.When{}
}

// date reads a date of a resource. One that is none is named by its place.
func (in *reading) date(r *resource, pointer string, value *string) pathway.When {
	read := when(value, in.zone)
	if value != nil && !read.Known() {
		in.note(r, pointer, "not a date")
	}
	return read
}

// period reads both ends of a Period.
func (in *reading) period(r *resource, pointer string, period *model.Period) (start, end pathway.When) {
	if period == nil {
		return pathway.When{}, pathway.When{}
	}
	return in.date(r, pointer+"/start", period.Start), in.date(r, pointer+"/end", period.End)
}

// firstKnown is the first of several dates that is one.
func firstKnown(dates ...pathway.When) pathway.When {
	for _, w := range dates {
		if w.Known() {
			return w
		}
	}
	return pathway.When{}
}
