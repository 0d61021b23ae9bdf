package demo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A moment is a date or time that a placeholder stands for, by a clock.
//
//	{{day -49}}         the date 49 days before today: 2026-10-04
//	{{time -49 10:30}}  10:30 on that day, in the clock's zone: 2026-10-04T10:30:00+02:00
//	{{now -20}}         20 minutes ago, but never before today: 2026-11-22T14:02:00+01:00
//	{{year -47}}        the year 47 years before this one, for birth dates: 1979
//
// Days are calendar days of the clock's zone, so neither summer time nor the
// end of a month or a leap year moves one. What happens today is written with
// now, so that it has happened at whatever hour the demo is opened.
type moment func(now time.Time) string

// template is text cut at its placeholders.
type template []piece

// piece is what stands before a placeholder, and the placeholder; the last
// piece of a template has none.
type piece struct {
	literal string
	moment  moment
}

// parseTemplate cuts text at its placeholders.
func parseTemplate(text string) (template, error) {
	var t template
	for {
		before, rest, found := strings.Cut(text, "{{")
		if !found {
			return append(t, piece{literal: text}), nil
		}
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, fmt.Errorf("placeholder {{%.20s: not closed", rest)
		}
		m, err := parseMoment(inside)
		if err != nil {
			return nil, fmt.Errorf("placeholder {{%s}}: %w", inside, err)
		}
		t = append(t, piece{literal: before, moment: m})
		text = after
	}
}

// render is the text as it reads at now.
func (t template) render(now time.Time) []byte {
	var b []byte
	for _, p := range t {
		b = append(b, p.literal...)
		if p.moment != nil {
			b = append(b, p.moment(now)...)
		}
	}
	return b
}

func parseMoment(text string) (moment, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return nil, errors.New("a unit and a number are needed")
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return nil, fmt.Errorf("%q is no whole number", words[1])
	}
	if n > 0 {
		return nil, fmt.Errorf("%d lies in the future, and a record speaks of what was", n)
	}
	switch {
	case words[0] == "day" && len(words) == 2:
		return func(now time.Time) string { return day(now, n, time.UTC).Format(time.DateOnly) }, nil
	case words[0] == "time" && len(words) == 3:
		clock, err := time.Parse("15:04", words[2])
		if err != nil {
			return nil, fmt.Errorf("%q is no time of day", words[2])
		}
		if n == 0 {
			return nil, errors.New("today's times are written with now")
		}
		return func(now time.Time) string {
			d := day(now, n, time.UTC)
			return time.Date(d.Year(), d.Month(), d.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location()).Format(time.RFC3339)
		}, nil
	case words[0] == "now" && len(words) == 2:
		return func(now time.Time) string { return earlierToday(now, n).Format(time.RFC3339) }, nil
	case words[0] == "year" && len(words) == 2:
		return func(now time.Time) string { return fmt.Sprintf("%04d", now.Year()+n) }, nil
	}
	return nil, errors.New("not one of day, time, now, year")
}

// day is the start of the day n days after that of now. In a zone without
// summer time every day has a start, hence UTC for dates.
func day(now time.Time, n int, zone *time.Location) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()+n, 0, 0, 0, 0, zone)
}

// earlierToday is n minutes after now, or the start of today where that is
// later: a contact half past midnight is still a contact of today.
func earlierToday(now time.Time, n int) time.Time {
	then := now.Add(time.Duration(n) * time.Minute)
	if start := day(now, 0, now.Location()); then.Before(start) {
		return start
	}
	return then
}
