package web

import (
	"math"
	"unicode/utf8"
)

// A chart is drawn twice, for a wide and for a narrow window, and the style shows
// one of them: a drawing that only shrinks has letters that nobody can read.

// Sizes in the unit of the drawings, which is a pixel in a window of that width.
const (
	wideChart   = 1180.0
	narrowChart = 360.0
	letter      = 6.8 // width of a letter at the size that charts have
	bold        = 7.9 // of one in bold
)

// part is one colour and pattern of a bar.
type part struct {
	Class      string
	X, Y, W, H float64
}

// The classes of parts, from the axis on.
const (
	classAccepted   = "accepted"
	classOverridden = "overridden"
	classUnanswered = "unanswered"
)

// columns is a chart of what was shown over time.
type columns struct {
	ID, Title, Desc string
	Width, Height   float64
	Left, Right     float64 // of the plot
	Base            float64
	Grid            []gridline
	Columns         []column
}

type gridline struct {
	Y     float64
	Label string
}

type column struct {
	Hint   string // what a mouse over it shows
	Middle float64
	Parts  []part
	Top    float64
	Total  string // "" where there is no room for it
	Tick   string // likewise
}

// slot is a day or a week of the axis, with or without cards.
type slot struct {
	accepted, overridden, unanswered int
	hint, label                      string
}

func (s slot) shown() int { return s.accepted + s.overridden + s.unanswered }

// drawColumns draws one column for each slot.
func drawColumns(slots []slot, width float64, write func(int) string) columns {
	const top, bottom, plot = 22.0, 24.0, 190.0
	c := columns{Width: width, Height: top + plot + bottom, Right: width - 4, Base: top + plot}
	most := 0
	for _, s := range slots {
		most = max(most, s.shown())
	}
	step := gridStep(most)
	end := (most + step - 1) / step * step
	c.Left = 10 + letter*float64(utf8.RuneCountInString(write(end)))
	height := func(n int) float64 { return plot * float64(n) / float64(end) }
	for n := 0; n <= end; n += step {
		c.Grid = append(c.Grid, gridline{round(c.Base - height(n)), write(n)})
	}
	pitch := (c.Right - c.Left) / float64(len(slots))
	bar := min(pitch*0.8, 48)
	labels := 0.0
	for _, s := range slots {
		labels = max(labels, letter*float64(utf8.RuneCountInString(s.label))+8)
	}
	each := max(1, int(math.Ceil(labels/pitch)))
	roomFor := func(text string) bool { return letter*float64(utf8.RuneCountInString(text)) <= pitch }
	allFit := roomFor(write(most))
	for i, s := range slots {
		left := c.Left + pitch*(float64(i)+0.5) - bar/2
		one := column{Hint: s.hint, Middle: round(left + bar/2), Top: round(c.Base - height(s.shown()))}
		y := c.Base
		for _, p := range []struct {
			class  string
			number int
		}{{classAccepted, s.accepted}, {classOverridden, s.overridden}, {classUnanswered, s.unanswered}} {
			if p.number > 0 {
				y -= height(p.number)
				one.Parts = append(one.Parts, part{p.class, round(left), round(y), round(bar), round(height(p.number))})
			}
		}
		if allFit && s.shown() > 0 {
			one.Total = write(s.shown())
		}
		if i%each == 0 && one.Middle+labels/2 <= width+4 {
			one.Tick = s.label
		}
		c.Columns = append(c.Columns, one)
	}
	return c
}

// gridStep is the distance of gridlines: 1, 2 or 5 times a power of ten, so that
// there are five or six at most.
func gridStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, factor := range []int{1, 2, 5} {
			if step*factor*5 >= most {
				return step * factor
			}
		}
	}
}

// rows is a chart with a bar for each rule.
type rows struct {
	ID, Title, Desc string
	Width, Height   float64
	Rows            []barRow
}

type barRow struct {
	ID, Name       string
	NameX, TextY   float64
	Parts          []part
	Value          string
	ValueX, ValueY float64
	Marked         bool
}

// bar is what drawRows draws of one rule.
type bar struct {
	id, name                         string
	accepted, overridden, unanswered int
	value                            string // stands at its end
	marked                           bool
}

func (b bar) shown() int { return b.accepted + b.overridden + b.unanswered }

// drawRows draws one bar for each rule, its name above it and its value behind.
func drawRows(bars []bar, width float64) rows {
	const pitch, thick = 44.0, 16.0
	r := rows{Width: width, Height: pitch*float64(len(bars)) + 4}
	most, values := 1, 0.0
	for _, b := range bars {
		most = max(most, b.shown())
		values = max(values, bold*float64(utf8.RuneCountInString(b.value))+8)
	}
	for i, b := range bars {
		y := pitch*float64(i) + 4
		idWidth := bold*float64(utf8.RuneCountInString(b.id)) + 11
		row := barRow{
			ID: b.id, NameX: round(idWidth), Name: shorten(b.name, int((width-idWidth)/letter)),
			TextY: y + 13, Value: b.value, ValueY: y + 32, Marked: b.marked,
		}
		x := 0.0
		for _, p := range []struct {
			class  string
			number int
		}{{classAccepted, b.accepted}, {classOverridden, b.overridden}, {classUnanswered, b.unanswered}} {
			if p.number > 0 {
				w := (width - values) * float64(p.number) / float64(most)
				row.Parts = append(row.Parts, part{p.class, round(x), y + 19, round(w), thick})
				x += w
			}
		}
		row.ValueX = round(x + 6)
		r.Rows = append(r.Rows, row)
	}
	return r
}

// shorten ends a text that is too long with dots.
func shorten(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:max(0, most-1)]) + "…"
}

// round leaves one decimal, which is finer than a screen.
func round(x float64) float64 { return math.Round(x*10) / 10 }
