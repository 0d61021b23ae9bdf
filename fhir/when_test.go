package fhir_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

// effective is when an answer holds, read from its effectiveDateTime.
func effective(t *testing.T, changes ...change) (pathway.When, *fhir.Reading) {
	t.Helper()
	r := readObservations(t, answered("o", pathway.Paralysis, "no", changes...))
	return oneObservation(t, r).Effective, r
}

func TestADateIsTheIntervalThatItNames(t *testing.T) {
	zone := copenhagen()
	at := func(h, m, s, ns int) pathway.When { return pathway.At(time.Date(2026, 11, 22, h, m, s, ns, zone)) }
	until := func(t time.Time) time.Time { return t.Add(-time.Nanosecond) }
	for written, want := range map[string]pathway.When{
		"2026":                                {Earliest: day("2026-01-01"), Latest: until(day("2027-01-01"))},
		"2026-02":                             {Earliest: day("2026-02-01"), Latest: until(day("2026-03-01"))},
		"2024-02-29":                          {Earliest: day("2024-02-29"), Latest: until(day("2024-03-01"))},
		"2026-11-22T10:20:30Z":                at(11, 20, 30, 0),
		"2026-11-22T10:20:30+01:00":           at(10, 20, 30, 0),
		"2026-11-21T23:20:30-05:00":           at(5, 20, 30, 0),
		"2026-11-22T23:20:30.123456789+14:00": at(10, 20, 30, 123456789),
		"2026-11-22T10:20:30.5Z":              at(11, 20, 30, 5e8),
		"2026-11-22T10:20:30":                 at(10, 20, 30, 0), // no zone: the practice's own
		"2026-11-22T10:20":                    at(10, 20, 0, 0),
		"2026-11-22T10:20Z":                   at(11, 20, 0, 0),
		" 2026-11-22T10:20:30Z ":              at(11, 20, 30, 0),
	} {
		got, r := effective(t, set("effectiveDateTime", written))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
		if len(r.Notes) > 0 {
			t.Errorf("%s: %+v", written, r.Notes)
		}
		if got.Latest.Location() != zone {
			t.Errorf("%s: in zone %s", written, got.Latest.Location())
		}
	}
}

// Days are counted in the practice's zone: an instant of the evening before in
// UTC is today there, and a summer day is as long as it is.
func TestADayIsTheDayInThePractice(t *testing.T) {
	late, _ := effective(t, set("effectiveDateTime", "2026-11-22T23:30:00Z"))
	if !late.On(now()) {
		t.Errorf("%v is on the 23rd in Copenhagen", late)
	}
	short, _ := effective(t, set("effectiveDateTime", "2026-03-29"))
	if got := short.Latest.Sub(short.Earliest); got != 23*time.Hour-time.Nanosecond {
		t.Errorf("the day of the change to summer time lasts %s", got)
	}
}

func TestWhatIsNoDateIsUndatedAndNamedWithItsPlace(t *testing.T) {
	for _, written := range []any{
		"yesterday", "", " ", "20261122", "22-11-2026", "22.11.26", "2026-13", "2026-02-30", "2026-11-22T25:00:00Z",
		"2026-11-22T10:00:00 Europe/Copenhagen", "0000", "2026-W47", "26",
		object{"value": "2026"},
		[]any{"2026"},
		true,
	} {
		got, r := effective(t, set("effectiveDateTime", written))
		if got.Known() {
			t.Errorf("%v was read as %v", written, got)
		}
		if len(r.Notes) != 1 || r.Notes[0].Resource != "Observation/o" || r.Notes[0].Pointer != "/effectiveDateTime" {
			t.Errorf("%v: notes %+v", written, r.Notes)
		}
	}
	if got, _ := effective(t, set("effectiveDateTime", 2026)); !got.Earliest.Equal(day("2026-01-01")) {
		t.Errorf("a year without quotes: %v", got)
	}
}

func TestAnAnswerHoldsWhenItSaysSo(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	const early, later = "2026-11-20T09:00:00+01:00", "2026-11-21T09:00:00+01:00"
	period := func(p object) change { return set("effectivePeriod", p) }
	undated := without("effectiveDateTime")
	for name, c := range map[string]struct {
		changes        []change
		earliest, last time.Time
	}{
		"a period":               {[]change{undated, period(object{"start": early, "end": later})}, at(early), at(later)},
		"a period still open":    {[]change{undated, period(object{"start": early})}, at(early), now()},
		"a period without start": {[]change{undated, period(object{"end": later})}, at(later), at(later)},
		"a period of days":       {[]change{undated, period(object{"start": "2026-11-20", "end": "2026-11-21"})}, day("2026-11-20"), day("2026-11-22").Add(-time.Nanosecond)},
		"an instant":             {[]change{undated, set("effectiveInstant", later)}, at(later), at(later)},
		"only published":         {[]change{undated, set("issued", later)}, at(later), at(later)},
		"published later":        {[]change{set("effectiveDateTime", early), set("issued", later)}, at(early), at(early)},
		"an empty period":        {[]change{undated, period(object{}), set("issued", later)}, at(later), at(later)},
		"a period yet to come":   {[]change{undated, period(object{"start": "2026-12-01T00:00:00+01:00"})}, at("2026-12-01T00:00:00+01:00"), at("2026-12-01T00:00:00+01:00")},
		"nothing":                {[]change{undated}, time.Time{}, time.Time{}},
		// The day of publishing stands in for a time that is missing, not for one that
		// is there and cannot be read: that may be any time before.
		"a date in words, published later":   {[]change{set("effectiveDateTime", "last week"), set("issued", later)}, time.Time{}, time.Time{}},
		"a period in words, published later": {[]change{undated, period(object{"start": "last week"}), set("issued", later)}, time.Time{}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := effective(t, c.changes...)
			if !got.Earliest.Equal(c.earliest) || !got.Latest.Equal(c.last) {
				t.Errorf("%v, want %v to %v", got, c.earliest, c.last)
			}
		})
	}
}

func TestTreatmentKeepsBothEndsOfItsPeriod(t *testing.T) {
	o := oneObservation(t, readObservations(t, answered("o", pathway.Exercise, "yes",
		without("effectiveDateTime"), set("effectivePeriod", object{"start": "2026-10-01", "end": "2026-11"}))))
	if !o.Start.Earliest.Equal(day("2026-10-01")) || !o.End.Earliest.Equal(day("2026-11-01")) || o.End.SingleDay() {
		t.Errorf("%+v", o)
	}
}

// What has no date of onset is undated here; that the day of recording then
// stands in, and says so, is for the pathway.
func TestOnsetIsReadFromDatesAlone(t *testing.T) {
	for name, c := range map[string]struct {
		changes                 []change
		onset, recorded, abated string
		noted                   string
	}{
		"a date":                   {[]change{set("onsetDateTime", "2026-10-01")}, "2026-10-01", "", "", ""},
		"a period":                 {[]change{set("onsetPeriod", object{"start": "2026-10-01", "end": "2026-10-09"})}, "2026-10-01", "", "", ""},
		"a period without start":   {[]change{set("onsetPeriod", object{"end": "2026-10-09"})}, "", "", "", ""},
		"an age":                   {[]change{set("onsetAge", object{"value": 50, "unit": "a"})}, "", "", "", ""},
		"a range":                  {[]change{set("onsetRange", object{"low": object{"value": 50}})}, "", "", "", ""},
		"words":                    {[]change{set("onsetString", "in spring")}, "", "", "", ""},
		"recorded":                 {[]change{set("recordedDate", "2026-10-05")}, "", "2026-10-05", "", ""},
		"both":                     {[]change{set("onsetDateTime", "2026-10-01"), set("recordedDate", "2026-10-05")}, "2026-10-01", "2026-10-05", "", ""},
		"an end":                   {[]change{set("abatementDateTime", "2026-11-01")}, "", "", "2026-11-01", ""},
		"an end by its period":     {[]change{set("abatementPeriod", object{"start": "2026-10-20", "end": "2026-11-01"})}, "", "", "2026-11-01", ""},
		"an end in words":          {[]change{set("abatementString", "in autumn")}, "", "", "", ""},
		"an end that is true":      {[]change{set("abatementBoolean", true)}, "", "", "", ""},
		"an onset that is no date": {[]change{set("onsetDateTime", "spring"), set("recordedDate", "2026-10-05")}, "", "2026-10-05", "", "/onsetDateTime"},
		"a start that is no date":  {[]change{set("onsetPeriod", object{"start": "spring"})}, "", "", "", "/onsetPeriod/start"},
		"recorded at no date":      {[]change{set("recordedDate", "spring")}, "", "", "", "/recordedDate"},
		"an end that is no date":   {[]change{set("abatementDateTime", "spring")}, "", "", "", "/abatementDateTime"},
		"a masked onset":           {[]change{set("_onsetDateTime", object{"extension": []any{}})}, "", "", "", ""},
		"a year":                   {[]change{set("onsetDateTime", "2025")}, "2025-01-01", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := readConditions(t, condition("c", icpc2, "U08", c.changes...))
			wantNoGaps(t, r)
			got := oneCondition(t, r)
			for label, date := range map[string]struct {
				got  pathway.When
				want string
			}{"onset": {got.Onset, c.onset}, "recorded": {got.Recorded, c.recorded}, "abated": {got.Abated, c.abated}} {
				if date.want == "" && date.got.Known() || date.want != "" && !date.got.Earliest.Equal(day(date.want)) {
					t.Errorf("%s %v, want %q", label, date.got, date.want)
				}
			}
			if c.noted == "" && len(r.Notes) > 0 {
				t.Errorf("notes %+v", r.Notes)
			}
			if c.noted != "" {
				wantNote(t, r, "Condition/c", c.noted, "not a date")
			}
		})
	}
}
