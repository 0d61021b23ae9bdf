package web

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rygkort/cards"
	"rygkort/internal/ledger"
)

func reportPageOf(t testing.TB, r ledger.Report, language cards.Language) Page {
	t.Helper()
	page, err := Report(r, language)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

var tags = regexp.MustCompile(`<[^>]*>`)

// words are what a reader sees of a piece of a page, with a / between elements.
func words(piece string) string {
	text := html.UnescapeString(tags.ReplaceAllString(piece, "/"))
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\u00a0", " ")), " ")
	return strings.Trim(regexp.MustCompile(`[/ ]*/[/ ]*`).ReplaceAllString(text, " / "), " /")
}

// between is the piece of a page after one mark and before another.
func between(t testing.TB, page Page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(page.HTML), from)
	piece, _, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("nothing between %q and %q", from, to)
	}
	return piece
}

// tableRows are the rows of the page's table number n, in words.
func tableRows(t testing.TB, page Page, n int) []string {
	t.Helper()
	tables := regexp.MustCompile(`(?s)<tbody>(.*?)</tbody>`).FindAllStringSubmatch(string(page.HTML), -1)
	if n >= len(tables) {
		t.Fatalf("%d tables", len(tables))
	}
	var rows []string
	for _, row := range regexp.MustCompile(`(?s)<tr>(.*?)</tr>`).FindAllStringSubmatch(tables[n][1], -1) {
		rows = append(rows, words(row[1]))
	}
	return rows
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("%s (-want +got):\n%s", what, difference)
	}
}

// twoDays are a Monday and a Tuesday at one practice, small enough to be counted
// by hand.
func twoDays(t testing.TB) ledger.Report {
	t.Helper()
	zone := copenhagen(t)
	monday := time.Date(2026, time.November, 2, 9, 0, 0, 0, zone)
	tuesday := monday.AddDate(0, 0, 1)
	p := newPractice(t, time.Date(2026, time.November, 4, 12, 0, 0, 0, zone))
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }

	// Monday: three referrals offered. Two were taken, one of them with its scan,
	// and one patient declined. A first contact was left as it was.
	first := p.show(monday, "R-P6", "secondary-sector", "mri-lumbar")
	second := p.show(monday, "R-P6", "secondary-sector", "mri-lumbar")
	third := p.show(monday, "R-P6", "secondary-sector", "mri-lumbar")
	p.show(monday, "R-P1")
	p.answer(
		accepted(first, monday.Add(seconds(30)), 0, 1),
		accepted(second, monday.Add(seconds(90)), 0),
		overridden(third, monday.Add(seconds(60)), "patient-declines"),
	)
	// Tuesday: alarm symptoms asked for twelve times, set aside seven times.
	for i := 1; i <= 12; i++ {
		card := p.show(tuesday, "R-Q1", cards.KindAllAbsent)
		answered := tuesday.Add(seconds(10 * i))
		switch {
		case i <= 3:
			p.answer(overridden(card, answered, "known-unchanged"))
		case i <= 7:
			p.answer(overridden(card, answered, ""))
		case i <= 11:
			p.answer(accepted(card, answered, 0))
		}
	}
	p.hold(tuesday, "R-Q1", "restraint")
	p.hold(tuesday, "R-O1", "silent")
	p.hold(tuesday, "R-O1", "silent")
	// And answers that belong nowhere.
	p.answer(overridden("nobody's", tuesday, ""), accepted(second, monday.Add(seconds(90)), 9))
	p.answerAs(client, "low-back-pain-order-select", overridden(first, tuesday, ""))
	p.answerAs("other-emr", viewService, overridden(first, tuesday, ""), overridden(second, tuesday, ""))
	return p.report(time.Date(2026, time.November, 1, 0, 0, 0, 0, zone))
}

func TestTwoDaysCountedByHand(t *testing.T) {
	page := reportPageOf(t, twoDays(t), cards.English)
	same(t, "totals", "Shown / 16 / Accepted / 6 / Overridden / 8 / Not answered / 2 / Dismissal rate / 57% / Time to answer / 1 min / Not shown / 3",
		words(between(t, page, `<dl class="tiles">`, "</dl>")))
	same(t, "lists", "What was taken / 4 / answer: all alarm symptoms absent / 2 / referral to the secondary sector / 1 / MRI of the lumbar spine / "+
		"Why cards were overridden / 4 / No reason given / 3 / The finding is known and unchanged / 1 / The patient declines / "+
		"Why cards were not shown / 2 / the rule is silent / 1 / overridden before at the same contact",
		words(between(t, page, `<div class="lists">`, "<h2>")))
	same(t, "often overridden", "▲ / R-Q1 / Alarm symptoms are not recorded at this contact: 7 of 11 answers overrode the card (64%).",
		words(between(t, page, `<ul class="often">`, "</ul>")))
	same(t, "over time", []string{
		"2 November 2026 / 4 / 2 / 1 / 1 / 33% / 1 min / 0",
		"3 November 2026 / 12 / 4 / 7 / 1 / 64% / 1 min / 3",
	}, tableRows(t, page, 0))
	same(t, "rule by rule", []string{
		"R-Q1 / Alarm symptoms are not recorded at this contact / 12 / 4 / 4 / answer: all alarm symptoms absent / " +
			"7 / 4 / No reason given / 3 / The finding is known and unchanged / 1 / 64% / ▲ often overridden / 1 min / 1 / 1 / overridden before at the same contact",
		"R-P6 / No clear improvement – secondary sector and MRI / 3 / 2 / 2 / referral to the secondary sector / 1 / MRI of the lumbar spine / " +
			"1 / 1 / The patient declines / 0 / 33% / 1 min / 0",
		"R-P1 / Contact 1: extended history, clinical examination and patient information / 1 / 0 / 0 / 1 / – / – / 0",
		"R-O1 / A second opinion from back-referral triage is possible – not for acute cases / 0 / 0 / 0 / 0 / – / – / 2 / 2 / the rule is silent",
	}, tableRows(t, page, 1))
	same(t, "counts apart", []string{"1 / Unknown card", "1 / Another service’s card", "2 / Another client’s card", "0 / The card is deleted", "1 / Unknown suggestion"},
		apartCounts(page))
	for _, want := range []string{"Cards sent from 1 November 2026 00:00 to 4 November 2026 12:00 (Europe/Copenhagen).", `href="?lang=da"`, "Counted from 1 November 2026."} {
		if !strings.Contains(string(page.HTML), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func apartCounts(page Page) []string {
	var counts []string
	for _, term := range regexp.MustCompile(`<dt>(<b>.*?)</dt>`).FindAllStringSubmatch(string(page.HTML), -1) {
		counts = append(counts, words(term[1]))
	}
	return counts
}

func TestTheSameInDanish(t *testing.T) {
	page := reportPageOf(t, twoDays(t), "")
	same(t, "often overridden", "▲ / R-Q1 / Alarmsymptomer er ikke registreret ved denne kontakt: 7 af 11 svar tilsidesatte kortet (64 %).",
		words(between(t, page, `<ul class="often">`, "</ul>")))
	same(t, "over time", []string{
		"2. november 2026 / 4 / 2 / 1 / 1 / 33 % / 1 min / 0",
		"3. november 2026 / 12 / 4 / 7 / 1 / 64 % / 1 min / 3",
	}, tableRows(t, page, 0))
	for _, want := range []string{`<html lang="da">`, "Kort sendt fra 1. november 2026 00:00 til 4. november 2026 12:00 (Europe/Copenhagen).", `href="?lang=en"`, "henvisning til sekundærsektor"} {
		if !strings.Contains(string(page.HTML), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestAnEmptyLedgerIsSaidPlainly(t *testing.T) {
	since := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	for language, want := range map[cards.Language]string{cards.Danish: "så der er intet at vise.", cards.English: "so there is nothing to show."} {
		page := reportPageOf(t, ledger.Report{Since: since, Until: since.AddDate(0, 0, 3), ApartSince: since, Apart: ledger.Apart{Unknown: 4}}, language)
		text := string(page.HTML)
		if !strings.Contains(text, want) || strings.Contains(text, "<table") || strings.Contains(text, "<svg") {
			t.Errorf("%s: not plain:\n%s", language, text)
		}
		if got := apartCounts(page); len(got) != 5 || !strings.HasPrefix(got[0], "4 / ") {
			t.Errorf("%s: counts apart are %q", language, got)
		}
	}
}

func TestAServiceInShadowHasFiguresAndNoChart(t *testing.T) {
	monday := time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC)
	held := ledger.Figures{Suppressed: map[string]int{"shadow": 1234}}
	periods := []ledger.Period{{From: monday, Figures: held}}
	page := reportPageOf(t, ledger.Report{
		Since: monday, Until: monday.AddDate(0, 0, 1), ApartSince: monday, Total: held, Days: periods, Weeks: periods,
		Rules: []ledger.RuleReport{{Rule: "R-Q1", Figures: held, Days: periods, Weeks: periods}},
	}, cards.English)
	if strings.Contains(string(page.HTML), "<svg class=\"chart") || !strings.Contains(string(page.HTML), "1,234 were decided and not shown") {
		t.Errorf("%s", page.HTML)
	}
	same(t, "rule by rule", []string{"R-Q1 / Alarm symptoms are not recorded at this contact / 0 / 0 / 0 / 0 / – / – / 1,234 / 1,234 / the service ran in shadow"},
		tableRows(t, page, 1))
}

// steady is a report in which each day has the same cards.
func steady(from time.Time, days int) ledger.Report {
	r := ledger.Report{Since: from, Until: from.AddDate(0, 0, days-1).Add(12 * time.Hour), ApartSince: from}
	weeks := map[time.Time]int{}
	add := func(f *ledger.Figures) {
		f.Shown, f.Accepted, f.Overridden, f.Unanswered = f.Shown+6, f.Accepted+3, f.Overridden+2, f.Unanswered+1
	}
	for i := range days {
		day := from.AddDate(0, 0, i)
		if _, known := weeks[monday(day)]; !known {
			weeks[monday(day)] = len(r.Weeks)
			r.Weeks = append(r.Weeks, ledger.Period{From: monday(day)})
		}
		r.Days = append(r.Days, ledger.Period{From: day})
		add(&r.Days[i].Figures)
		add(&r.Weeks[weeks[monday(day)]].Figures)
		add(&r.Total)
	}
	r.Rules = []ledger.RuleReport{{Rule: "R-Q3", Figures: r.Total, Days: r.Days, Weeks: r.Weeks}}
	return r
}

func TestDaysAreShownForFiveWeeksAndThenWeeks(t *testing.T) {
	from := time.Date(2025, time.October, 20, 0, 0, 0, 0, copenhagen(t)) // a Monday, before the clocks change
	for _, test := range []struct {
		days, columns int
		unit          string
	}{
		{1, 1, "Day"},
		{2, 2, "Day"},
		{31, 31, "Day"},
		{36, 36, "Day"},
		{37, 6, "Week from Monday"},
		{400, 58, "Week from Monday"},
	} {
		page := reportPageOf(t, steady(from, test.days), cards.English)
		for _, drawn := range drawings(t, page) {
			if strings.HasPrefix(drawn.id, "time-") && drawn.columns != test.columns {
				t.Errorf("%d days: %s has %d columns, want %d", test.days, drawn.id, drawn.columns, test.columns)
			}
		}
		if got := len(tableRows(t, page, 0)); got != test.columns {
			t.Errorf("%d days: the table has %d rows, want %d", test.days, got, test.columns)
		}
		if !strings.Contains(string(page.HTML), `<th scope="col">`+test.unit+`</th>`) {
			t.Errorf("%d days: the unit is not %s", test.days, test.unit)
		}
	}
}

func TestDaysWithoutCardsAreGapsAndSilentYearsAreNot(t *testing.T) {
	zone := copenhagen(t)
	from := time.Date(2026, time.November, 2, 0, 0, 0, 0, zone)
	r := steady(from, 5)
	r.Until = from.AddDate(0, 0, 13)
	if got := columnsOf(t, r); got != 14 {
		t.Errorf("nine days without cards at the end: %d columns, want 14", got)
	}
	r.Since = time.Time{}.In(zone)
	if got := columnsOf(t, r); got != 14 {
		t.Errorf("asked for since the year 1: %d columns, want those since the first card, 14", got)
	}
	if !ByDay(r) {
		t.Error("asked for since the year 1: not by day")
	}
	r.Since = from.AddDate(0, 0, -20)
	if got := columnsOf(t, r); got != 34 {
		t.Errorf("asked for three weeks before the first card: %d columns, want 34", got)
	}
	r.Until = from
	if got := columnsOf(t, r); got != 25 {
		t.Errorf("a clock that went back: %d columns, want 25", got)
	}
}

func columnsOf(t testing.TB, r ledger.Report) int {
	t.Helper()
	return drawings(t, reportPageOf(t, r, cards.English))[0].columns
}

// drawing is what a chart holds, read back from its SVG.
type drawing struct {
	id            string
	width, height float64
	columns       int
	areas         map[string]float64 // length of all bars of a class
	texts         []string
}

// drawings reads the charts of a page as strictly as XML is read, and fails
// where one has no words for who cannot see it, or leaves its frame.
func drawings(t testing.TB, page Page) []drawing {
	t.Helper()
	var found []drawing
	for _, svg := range regexp.MustCompile(`(?s)<svg class="chart.*?</svg>`).FindAllString(string(page.HTML), -1) {
		d := drawing{areas: map[string]float64{}}
		decoder := xml.NewDecoder(strings.NewReader(svg))
		ids := map[string]string{}
		var labelled []string
		var open []xml.StartElement
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("not well-formed: %v\n%s", err, svg)
			}
			switch token := token.(type) {
			case xml.StartElement:
				open = append(open, token.Copy())
				d.read(t, token, &labelled)
			case xml.EndElement:
				open = open[:len(open)-1]
			case xml.CharData:
				text := strings.TrimSpace(string(token))
				if text == "" {
					continue
				}
				in := open[len(open)-1]
				if id := attribute(in, "id"); id != "" {
					ids[id] = text
				}
				if in.Name.Local == "text" {
					d.texts = append(d.texts, text)
					d.fits(t, in, text)
				}
			}
		}
		for _, id := range labelled {
			if ids[id] == "" {
				t.Errorf("%s is labelled by #%s, which has no words", d.id, id)
			}
		}
		d.id = strings.TrimSuffix(labelled[0], "-title")
		found = append(found, d)
	}
	return found
}

func (d *drawing) read(t testing.TB, e xml.StartElement, labelled *[]string) {
	t.Helper()
	number := func(name string) float64 {
		n, err := strconv.ParseFloat(attribute(e, name), 64)
		if err != nil || math.IsNaN(n) || n < 0 {
			t.Errorf("<%s %s=%q>", e.Name.Local, name, attribute(e, name))
		}
		return n
	}
	switch e.Name.Local {
	case "svg":
		if _, err := fmt.Sscanf(attribute(e, "viewBox"), "0 0 %g %g", &d.width, &d.height); err != nil {
			t.Errorf("viewBox %q", attribute(e, "viewBox"))
		}
		if attribute(e, "role") != "img" {
			t.Error("a chart without role")
		}
		*labelled = strings.Fields(attribute(e, "aria-labelledby"))
	case "g":
		d.columns++
	case "rect":
		x, y, w, h := number("x"), number("y"), number("width"), number("height")
		if x+w > d.width+0.2 || y+h > d.height+0.2 {
			t.Errorf("a bar leaves its frame: %v", e.Attr)
		}
		d.areas[attribute(e, "class")] += w * h
	}
}

// fits holds that a text ends within the frame, as far as one can tell without
// its font.
func (d *drawing) fits(t testing.TB, e xml.StartElement, text string) {
	t.Helper()
	x, err := strconv.ParseFloat(attribute(e, "x"), 64)
	if err != nil {
		t.Errorf("text at %q", attribute(e, "x"))
	}
	width := 6.2 * float64(len([]rune(text)))
	switch {
	case strings.Contains(attribute(e, "class"), "middle"):
		x -= width / 2
	case strings.Contains(attribute(e, "class"), "end"):
		x -= width + 6
	}
	if x < -3 || x+width > d.width+3 {
		t.Errorf("%q leaves its frame: from %.0f to %.0f of %.0f", text, x, x+width, d.width)
	}
}

// TestChartsShowTheFigures holds that lengths stand to each other as the numbers
// do: of 6 cards 3 were accepted, 2 overridden and 1 not answered.
func TestChartsShowTheFigures(t *testing.T) {
	for _, days := range []int{1, 20, 400} {
		drawn := drawings(t, reportPageOf(t, steady(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC), days), cards.Danish))
		if len(drawn) != 4 {
			t.Fatalf("%d charts, want two in two sizes", len(drawn))
		}
		for _, d := range drawn {
			one := d.areas[classUnanswered]
			if math.Abs(d.areas[classAccepted]/one-3) > 0.1 || math.Abs(d.areas[classOverridden]/one-2) > 0.1 {
				t.Errorf("%d days, %s: %v", days, d.id, d.areas)
			}
		}
	}
}

func TestAMillionCardsFitTheirFrame(t *testing.T) {
	r := steady(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC), 30)
	for i := range r.Days {
		f := &r.Days[i].Figures
		f.Shown, f.Accepted, f.Unanswered = f.Shown+i*i*1000, f.Accepted+i*i*600, f.Unanswered+i*i*400
	}
	r.Rules[0].Shown, r.Rules[0].Overridden = 1_000_000, 999_000
	for _, language := range []cards.Language{cards.Danish, cards.English} {
		if got := drawings(t, reportPageOf(t, r, language)); len(got) != 4 {
			t.Errorf("%d charts", len(got))
		}
	}
}

// TestChartsCanBeReadWithoutColour holds that parts differ in pattern, and that
// numbers stand beside them.
func TestChartsCanBeReadWithoutColour(t *testing.T) {
	page := reportPageOf(t, twoDays(t), cards.English)
	for _, want := range []string{".overridden { fill: url(#hatched);", ".unanswered { fill: url(#dotted);", `<pattern id="hatched"`, `<pattern id="dotted"`} {
		if !strings.Contains(string(page.HTML), want) {
			t.Errorf("%q is missing", want)
		}
	}
	same(t, "the legend", "Accepted / Overridden / Not answered", words(between(t, page, `<ul class="legend">`, "</ul>")))
	drawn := drawings(t, page)
	same(t, "texts over time", []string{"0", "5", "10", "15", "1 Nov", "4", "2 Nov", "12", "3 Nov", "4 Nov"}, drawn[0].texts)
	same(t, "texts of rules", []string{
		"R-Q1", "Alarm symptoms are not recorded at this contact", "12 · 7/11 (64%) ▲",
		"R-P6", "No clear improvement – secondary sector and MRI", "3 · 1/3 (33%)",
		"R-P1", "Contact 1: extended history, clinical examination and patient information", "1 · 0/0",
	}, drawn[2].texts)
}

func TestTheReportEscapesWhatTheLedgerHolds(t *testing.T) {
	const bad = `"><script>alert('1')</script>`
	f := ledger.Figures{
		Shown: 3, Accepted: 1, Overridden: 2, Suppressed: map[string]int{bad: 1}, Suggestions: map[string]int{bad: 1}, Reasons: map[string]int{bad: 2},
	}
	r := steady(time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC), 2)
	r.Total, r.Rules = f, []ledger.RuleReport{{Rule: bad, Figures: f}, {Figures: f}}
	page := reportPageOf(t, r, cards.English)
	if strings.Contains(string(page.HTML), "<script") {
		t.Errorf("not escaped:\n%s", page.HTML)
	}
	if got := strings.Count(html.UnescapeString(string(page.HTML)), bad); got < 7 {
		t.Errorf("what has no name is not called by its code: %d times", got)
	}
	if !strings.Contains(string(page.HTML), "(no rule)") {
		t.Error("cards without a rule are not named")
	}
	elements(t, page)
	drawings(t, page)
}

func TestAMarkNeedsHalfOfTenAnswers(t *testing.T) {
	for _, test := range []struct {
		accepted, overridden int
		want                 bool
	}{
		{0, 0, false},
		{0, 9, false},
		{0, 10, true},
		{5, 5, true},
		{6, 5, false},
		{5, 4, false},
		{600, 599, false},
		{599, 600, true},
	} {
		f := ledger.Figures{Accepted: test.accepted, Overridden: test.overridden, Unanswered: 50}
		if Often(f) != test.want {
			t.Errorf("%d accepted, %d overridden: %v", test.accepted, test.overridden, !test.want)
		}
	}
}

func TestNumbersAndTimesInWords(t *testing.T) {
	danish, english := reporter{wordsOf(cards.Danish), cards.Danish}, reporter{wordsOf(cards.English), cards.English}
	for n, want := range map[int][2]string{0: {"0", "0"}, 999: {"999", "999"}, 1000: {"1.000", "1,000"}, 1234567: {"1.234.567", "1,234,567"}, -1234: {"−1.234", "−1,234"}} {
		same(t, "a number", want, [2]string{danish.number(n), english.number(n)})
	}
	for d, want := range map[time.Duration][2]string{
		0:                              {"0 s", "0 s"},
		300 * time.Millisecond:         {"under 1 s", "under 1 s"},
		59*time.Second + 900e6:         {"59 s", "59 s"},
		61 * time.Second:               {"1 min 1 s", "1 min 1 s"},
		2 * time.Hour:                  {"2 t", "2 h"},
		2*time.Hour + 30*time.Second:   {"2 t", "2 h"},
		26*time.Hour + 4*time.Minute:   {"1 d 2 t", "1 d 2 h"},
		-(3*time.Minute + time.Second): {"−3 min 1 s", "−3 min 1 s"},
	} {
		plain := func(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }
		same(t, d.String(), want, [2]string{plain(danish.duration(d)), plain(english.duration(d))})
	}
}

// TestBothLanguagesHaveAllWords holds that none is missing, and that what is
// filled in is the same in both.
func TestBothLanguagesHaveAllWords(t *testing.T) {
	danish, english := reflect.ValueOf(danishReport), reflect.ValueOf(englishReport)
	for i := range danish.NumField() {
		name := danish.Type().Field(i).Name
		if name == "Months" {
			continue
		}
		da, en := danish.Field(i).String(), english.Field(i).String()
		if da == "" || en == "" {
			t.Errorf("%s: %q in Danish, %q in English", name, da, en)
		}
		if strings.Count(da, "%s") != strings.Count(en, "%s") {
			t.Errorf("%s: other things are filled in: %q, %q", name, da, en)
		}
		if len(da) > 12 && da == en && name != "LessThanSecond" {
			t.Errorf("%s is not translated: %q", name, da)
		}
	}
	for i, month := range danishReport.Months {
		if month == "" || englishReport.Months[i] != time.Month(i+1).String() {
			t.Errorf("month %d: %q, %q", i+1, month, englishReport.Months[i])
		}
	}
	for _, language := range []cards.Language{cards.Danish, cards.English} {
		if page := reportPageOf(t, twoDays(t), language); strings.Contains(string(page.HTML), "%!") {
			t.Errorf("%s: something is filled in wrongly:\n%s", language, page.HTML)
		}
	}
}
