package web

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"rygkort/cards"
	"rygkort/internal/ledger"
)

// reporter writes figures in one language.
type reporter struct {
	*reportWords
	language cards.Language
}

// number with marks between thousands.
func (w reporter) number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + w.Thousands + digits[i:]
	}
	return sign + digits
}

func (w reporter) rate(rate float64) string {
	return strconv.Itoa(int(math.Round(rate*100))) + w.Percent
}

func (w reporter) date(t time.Time) string {
	return strings.Replace(t.Format(w.DateLayout), "MONTH", w.Months[t.Month()-1], 1)
}

func (w reporter) moment(t time.Time) string { return w.date(t) + t.Format(" 15:04") }

// duration in its two largest units, as far as they say something.
func (w reporter) duration(d time.Duration) string {
	if d < 0 {
		return "−" + w.duration(-d)
	}
	if d > 0 && d < time.Second {
		return w.LessThanSecond
	}
	seconds := int(d / time.Second)
	units := []struct {
		size int
		name string
	}{{86400, w.Days}, {3600, w.Hour}, {60, w.Minute}, {1, w.Second}}
	for i, unit := range units {
		if seconds < unit.size {
			continue
		}
		text := w.number(seconds/unit.size) + "\u00a0" + unit.name
		if rest := seconds % unit.size; i+1 < len(units) && rest >= units[i+1].size {
			text += " " + w.number(rest/units[i+1].size) + "\u00a0" + units[i+1].name
		}
		return text
	}
	return "0\u00a0" + w.Second
}

// row writes figures as a row of a table.
func (w reporter) row(f ledger.Figures) figuresRow {
	row := figuresRow{
		Shown: w.number(f.Shown), Accepted: w.number(f.Accepted), Overridden: w.number(f.Overridden),
		Unanswered: w.number(f.Unanswered), Suppressed: w.number(sum(f.Suppressed)), Time: w.NotKnown, Rate: w.NotKnown,
	}
	if rate, known := f.DismissalRate(); known {
		row.Rate, row.Time = w.rate(rate), w.duration(f.MedianTime)
	}
	return row
}

func (w reporter) bar(f ledger.Figures, row ruleRow) bar {
	value := row.Shown + " · " + row.Overridden + "/" + w.number(f.Accepted+f.Overridden)
	if _, known := f.DismissalRate(); known {
		value += " (" + row.Rate + ")"
	}
	if row.Often {
		value += " ▲"
	}
	return bar{row.ID, row.Name, f.Accepted, f.Overridden, f.Unanswered, value, row.Often}
}

// list writes counts, the largest first. What has no name is called by its code.
func (w reporter) list(counts map[string]int, name func(string) string) []counted {
	codes := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var items []counted
	for _, code := range codes {
		items = append(items, counted{w.number(counts[code]), cmp.Or(name(code), code, w.None)})
	}
	return items
}

func (w reporter) kind(code string) string { return w.language.KindName(code) }

func (w reporter) reason(code string) string {
	if code == "" {
		return w.NoReason
	}
	return w.language.ReasonName(code)
}

func (w reporter) why(code string) string {
	return map[string]string{"restraint": w.Restraint, "silent": w.Silent, "shadow": w.Shadow}[code]
}

// apart writes the counts apart, each with what it means.
func (w reporter) apart(a ledger.Apart) []apartCount {
	var list []apartCount
	for _, one := range []struct {
		name   string
		number int
		means  string
	}{
		{w.Unknown, a.Unknown, w.UnknownMeans},
		{w.OtherService, a.OtherService, w.OtherServiceMeans},
		{w.OtherClient, a.OtherClient, w.OtherClientMeans},
		{w.Late, a.Late, w.LateMeans},
		{w.UnSuggestion, a.UnknownSuggestion, w.UnSuggestionMeans},
	} {
		list = append(list, apartCount{one.name, w.number(one.number), one.means})
	}
	return list
}
