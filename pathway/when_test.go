package pathway

import (
	"testing"
	"time"
)

func TestADayReachesFromMidnightToMidnight(t *testing.T) {
	day := OnDay(now)
	if got := day.Earliest.Format(time.DateTime); got != "2026-11-23 00:00:00" {
		t.Errorf("begins %s", got)
	}
	if got := day.Latest.Format("2006-01-02 15:04:05.999999999"); got != "2026-11-23 23:59:59.999999999" {
		t.Errorf("ends %s", got)
	}
}

// The day on which the clocks go back has 25 hours, the other one 23.
func TestADayIsADayWhenTheClocksChange(t *testing.T) {
	for _, test := range []struct {
		day   time.Time
		hours int
	}{
		{time.Date(2026, time.March, 29, 12, 0, 0, 0, denmark), 23},
		{time.Date(2026, time.October, 25, 12, 0, 0, 0, denmark), 25},
	} {
		day := OnDay(test.day)
		if got := int(day.Latest.Sub(day.Earliest).Round(time.Hour).Hours()); got != test.hours {
			t.Errorf("%v lasts %d hours, want %d", test.day, got, test.hours)
		}
		if !day.SingleDay() {
			t.Errorf("%v is more than one day", test.day)
		}
		if got := daysBetween(test.day.AddDate(0, 0, -1), test.day.AddDate(0, 0, 1)); got != 2 {
			t.Errorf("from the day before %v to the day after are %d days", test.day, got)
		}
	}
}

func TestDaysAreCountedByTheCalendar(t *testing.T) {
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.November, day, hour, minute, 0, 0, denmark)
	}
	tests := []struct {
		name string
		a, b time.Time
		want int
	}{
		{"one minute across midnight is a day", at(22, 23, 59), at(23, 0, 0), 1},
		{"morning and evening are no day apart", at(23, 0, 0), at(23, 23, 59), 0},
		{"backwards is negative", at(23, 10, 0), at(20, 10, 0), -3},
		{"across a leap day", time.Date(2028, 2, 28, 0, 0, 0, 0, denmark), time.Date(2028, 3, 1, 0, 0, 0, 0, denmark), 2},
		{"before 1970", time.Date(1969, 12, 31, 0, 0, 0, 0, denmark), time.Date(1970, 1, 1, 0, 0, 0, 0, denmark), 1},
		{"in the 1940s", time.Date(1940, 1, 1, 0, 0, 0, 0, denmark), time.Date(1941, 1, 1, 0, 0, 0, 0, denmark), 366},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := daysBetween(test.a, test.b); got != test.want {
				t.Errorf("%d days, want %d", got, test.want)
			}
		})
	}
}

func TestWhatADateIsKnownToBe(t *testing.T) {
	tests := []struct {
		name             string
		when             When
		known, one, here bool
	}{
		{"nothing", When{}, false, false, false},
		{"an instant of today", clock(8, 15), true, true, true},
		{"today", today(), true, true, true},
		{"yesterday", daysAgo(1), true, true, false},
		{"this month", month(2026, time.November), true, false, false},
		{"this year", year(2026), true, false, false},
		{"over midnight", When{daysAgo(1).Earliest, clock(1, 0).Latest}, true, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.when.Known(); got != test.known {
				t.Errorf("known: %v", got)
			}
			if got := test.when.SingleDay(); got != test.one {
				t.Errorf("a single day: %v", got)
			}
			if got := test.when.On(now); got != test.here {
				t.Errorf("today: %v", got)
			}
		})
	}
}
