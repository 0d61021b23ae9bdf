package demo

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Danish summer time, on machines without a zone database too
)

func copenhagen(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestPlaceholders(t *testing.T) {
	zone := copenhagen(t)
	at := func(text string) time.Time {
		now, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	cases := []struct{ name, now, text, want string }{
		{"a date is counted in days", "2026-11-22 14:22", "{{day -49}}", "2026-10-04"},
		{"today is a date too", "2026-11-22 14:22", "{{day 0}}", "2026-11-22"},
		{"the end of a month is no edge", "2026-03-01 08:00", "{{day -1}}", "2026-02-28"},
		{"a leap day exists in a leap year", "2028-03-01 08:00", "{{day -1}}", "2028-02-29"},
		{"the turn of the year is no edge", "2027-01-01 00:00", "{{day -1}}", "2026-12-31"},
		{"a day of 23 hours counts as one", "2026-03-30 00:30", "{{day -1}}", "2026-03-29"},
		{"a day of 25 hours counts as one", "2026-10-25 23:30", "{{day -1}}", "2026-10-24"},
		{"a time carries the zone of its own day", "2026-11-22 14:22", "{{time -49 10:30}}", "2026-10-04T10:30:00+02:00"},
		{"a time of last week is winter time", "2026-11-22 14:22", "{{time -7 09:05}}", "2026-11-15T09:05:00+01:00"},
		{"now goes back by minutes", "2026-11-22 14:22", "{{now -20}}", "2026-11-22T14:02:00+01:00"},
		{"now never goes back past midnight", "2026-11-22 00:05", "{{now -20}}", "2026-11-22T00:00:00+01:00"},
		{"a year is counted in years", "2028-02-29 12:00", "{{year -47}}-03-14", "1981-03-14"},
		{"text without a placeholder stays", "2026-11-22 14:22", `{"a": {"b": 1}}`, `{"a": {"b": 1}}`},
		{"several placeholders in one text", "2026-11-22 14:22", "{{day -1}}/{{day 0}}.", "2026-11-21/2026-11-22."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text, err := parseTemplate(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(text.render(at(c.now))); got != c.want {
				t.Errorf("%s at %s = %s, want %s", c.text, c.now, got, c.want)
			}
		})
	}
}

func TestPlaceholdersThatAreRefused(t *testing.T) {
	cases := []struct{ text, reason string }{
		{"{{day -1", "not closed"},
		{"{{}}", "a unit and a number are needed"},
		{"{{day}}", "a unit and a number are needed"},
		{"{{day soon}}", "no whole number"},
		{"{{day 1}}", "lies in the future"},
		{"{{week -1}}", "not one of day, time, now, year"},
		{"{{day -1 10:00}}", "not one of day, time, now, year"},
		{"{{time -1 25:00}}", "no time of day"},
		{"{{time 0 10:00}}", "written with now"},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			if _, err := parseTemplate(c.text); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error %v, want one that says %q", err, c.reason)
			}
		})
	}
}
