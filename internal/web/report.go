package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"rygkort/cards"
	"rygkort/internal/ledger"
	"rygkort/pathway"
)

// A rule is marked when this part of the answers overrode its cards, and there
// are so many answers that it is not chance alone. Both are our choice.
const (
	OftenRate    = 0.5
	OftenAnswers = 10
)

// Often reports whether cards were overridden often enough for a mark.
func Often(f ledger.Figures) bool {
	rate, known := f.DismissalRate()
	return known && rate >= OftenRate && f.Accepted+f.Overridden >= OftenAnswers
}

// mostDays are shown one by one: five weeks and the day that is running.
const mostDays = 5*7 + 1

// ByDay reports whether a report is shown by day; else it is by week.
func ByDay(r ledger.Report) bool {
	first, last := span(r)
	return last.Before(first.AddDate(0, 0, mostDays))
}

// span is the first and the last day of the time axis. A long period begins with
// the first card: a ledger can be younger than what was asked for.
func span(r ledger.Report) (first, last time.Time) {
	first, last = midnight(r.Since), midnight(r.Until.In(r.Since.Location()))
	if len(r.Days) == 0 {
		return first, last
	}
	if from := r.Days[0].From; from.Before(first) || !last.Before(first.AddDate(0, 0, mostDays)) {
		first = from
	}
	if to := r.Days[len(r.Days)-1].From; to.After(last) {
		last = to
	}
	return first, last
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// reportPage is what the report says.
type reportPage struct {
	W        *reportWords
	Language cards.Language
	Sent     string
	Empty    bool
	NoneSeen string // "" where cards were shown

	Tiles  []tile
	Often  []oftenRule
	Means  string // of the mark
	Lists  []countList
	Time   []columns // wide and narrow
	Unit   string    // day or week
	Times  []timeRow
	Bars   []rows
	Rules  []ruleRow
	Apart  []apartCount
	Since  string // of the counts apart
	Read   []string
	Legend []legendItem
}

type tile struct{ Name, Value string }

type oftenRule struct{ ID, Link, Name, Says string }

type countList struct {
	Title string
	Items []counted
}

// counted is a number of something.
type counted struct{ Number, Name string }

type figuresRow struct{ Shown, Accepted, Overridden, Unanswered, Suppressed, Time, Rate string }

type timeRow struct {
	Name string
	figuresRow
}

type ruleRow struct {
	ID, Link, Name string
	figuresRow
	Taken, Reasons, WhyNot []counted
	Often                  bool
}

type apartCount struct {
	Name, Number, Means string
}

type legendItem struct{ Class, Name string }

// Report makes the page on what GPs did with the cards.
func Report(r ledger.Report, language cards.Language) (Page, error) {
	if language != cards.English {
		language = cards.Danish
	}
	return makePage("report.html", newReportPage(r, reporter{wordsOf(language), language}))
}

func newReportPage(r ledger.Report, w reporter) reportPage {
	zone := r.Since.Location()
	page := reportPage{
		W: w.reportWords, Language: w.language,
		Sent:  fmt.Sprintf(w.Sent, w.moment(r.Since), w.moment(r.Until.In(zone)), zone),
		Read:  []string{w.ReadShown, w.ReadAnswered, w.ReadUnanswered, w.ReadSuppressed, w.ReadMedian, w.ReadRate, w.ReadSmall},
		Means: fmt.Sprintf(w.OftenMeans, w.rate(OftenRate), w.number(OftenAnswers)),
		Since: fmt.Sprintf(w.ApartSince, w.date(r.ApartSince)),
		Apart: w.apart(r.Apart),
	}
	suppressed := sum(r.Total.Suppressed)
	switch {
	case r.Total.Shown+suppressed == 0:
		page.Empty = true
		return page
	case r.Total.Shown == 0:
		page.NoneSeen = fmt.Sprintf(w.NoneShown, w.number(suppressed))
	}
	page.totals(r.Total, w)
	page.overTime(r, w)
	page.perRule(r.Rules, w)
	return page
}

func (page *reportPage) totals(total ledger.Figures, w reporter) {
	row := w.row(total)
	page.Tiles = []tile{
		{w.Shown, row.Shown},
		{w.Accepted, row.Accepted},
		{w.Overridden, row.Overridden},
		{w.Unanswered, row.Unanswered},
		{w.DismissalRate, row.Rate},
		{w.MedianTime, row.Time},
		{w.Suppressed, row.Suppressed},
	}
	for _, list := range []countList{
		{w.Taken, w.list(total.Suggestions, w.kind)},
		{w.Reasons, w.list(total.Reasons, w.reason)},
		{w.WhyNot, w.list(total.Suppressed, w.why)},
	} {
		if len(list.Items) > 0 {
			page.Lists = append(page.Lists, list)
		}
	}
	page.Legend = []legendItem{{classAccepted, w.Accepted}, {classOverridden, w.Overridden}, {classUnanswered, w.Unanswered}}
}

func (page *reportPage) overTime(r ledger.Report, w reporter) {
	first, last := span(r)
	unit, desc, periods, step := w.Day, w.DayDesc, r.Days, 1
	if !ByDay(r) {
		unit, desc, periods, step = w.Week, w.WeekDesc, r.Weeks, 7
		first = monday(first)
	}
	page.Unit = unit
	layout := w.ShortLayout
	if first.Year() != last.Year() {
		layout = w.YearLayout
	}
	of := map[string]ledger.Figures{}
	most := 0
	for _, p := range periods {
		of[p.From.Format(time.DateOnly)] = p.Figures
		most = max(most, p.Shown)
		page.Times = append(page.Times, timeRow{w.date(p.From), w.row(p.Figures)})
	}
	if r.Total.Shown == 0 {
		return
	}
	var slots []slot
	for from := first; !from.After(last); from = from.AddDate(0, 0, step) {
		f := of[from.Format(time.DateOnly)]
		row := w.row(f)
		slots = append(slots, slot{
			accepted: f.Accepted, overridden: f.Overridden, unanswered: f.Unanswered,
			hint:  fmt.Sprintf(w.Hint, w.date(from), row.Shown, row.Accepted, row.Overridden, row.Unanswered),
			label: from.Format(layout),
		})
	}
	for _, size := range sizes {
		chart := drawColumns(slots, size.width, w.number)
		chart.ID, chart.Title = "time-"+size.name, w.OverTime
		chart.Desc = fmt.Sprintf(desc, w.date(first), w.date(last), w.number(most))
		page.Time = append(page.Time, chart)
	}
}

// sizes in which charts are drawn.
var sizes = []struct {
	name  string
	width float64
}{{"wide", wideChart}, {"narrow", narrowChart}}

// monday of a day's week.
func monday(day time.Time) time.Time { return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) }

func (page *reportPage) perRule(rules []ledger.RuleReport, w reporter) {
	links := map[string]string{}
	for _, rule := range pathway.Rules() {
		links[rule.ID] = "/pathway#" + rule.ID
	}
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b ledger.RuleReport) int { return cmp.Compare(b.Shown, a.Shown) })
	var bars []bar
	for _, rule := range rules {
		row := ruleRow{
			ID: cmp.Or(rule.Rule, w.NoRule), Link: links[rule.Rule], Name: w.language.RuleName(rule.Rule),
			figuresRow: w.row(rule.Figures), Often: Often(rule.Figures),
			Taken: w.list(rule.Suggestions, w.kind), Reasons: w.list(rule.Reasons, w.reason), WhyNot: w.list(rule.Suppressed, w.why),
		}
		page.Rules = append(page.Rules, row)
		if row.Often {
			says := fmt.Sprintf(w.OftenItem, row.Overridden, w.number(rule.Accepted+rule.Overridden), row.Rate)
			page.Often = append(page.Often, oftenRule{row.ID, row.Link, row.Name, says})
		}
		if rule.Shown > 0 {
			bars = append(bars, w.bar(rule.Figures, row))
		}
	}
	if len(bars) == 0 {
		return
	}
	for _, size := range sizes {
		chart := drawRows(bars, size.width)
		chart.ID, chart.Title, chart.Desc = "rules-"+size.name, w.PerRule, w.RuleDesc
		page.Bars = append(page.Bars, chart)
	}
}

func sum(counts map[string]int) int {
	total := 0
	for _, number := range counts {
		total += number
	}
	return total
}
