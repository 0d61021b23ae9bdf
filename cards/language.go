package cards

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rygkort/pathway"
)

// Language is one of the two languages that cards are written in.
type Language string

// The languages. Any other value is read as Danish.
const (
	Danish  Language = "da"
	English Language = "en"
)

// wording is what one rule says: its summary, and what to do and why.
type wording struct{ summary, body string }

// lexicon is every word of one language. Names stand in the form they have
// inside a sentence.
type lexicon struct {
	rules      map[string]wording
	phrases    phrases
	findings   map[pathway.Concept]string // questions in our finding codes
	answers    map[string]string          // answers in our codes
	conditions map[pathway.Concept]string // diagnoses and treatments
	orders     map[pathway.Concept]string
	muscles    map[string]string
	parts      map[pathway.Source]string // of the record
	topics     map[pathway.Topic]string
	overrides  map[string]string
	translated map[string]string // the leaflet's sentences; none in its own language
	months     [12]string
	day        string // layout of a full date, the month's name left to months
	ordinal    func(n int) string
}

func (l Language) lexicon() *lexicon {
	if l == English {
		return &english
	}
	return &danish
}

// date is a date as exact as the record has it.
func (x *lexicon) date(when pathway.When) string {
	first, last := when.Earliest, when.Latest
	switch {
	case !when.Known():
		return x.phrases.undated
	case when.SingleDay():
		return x.fullDate(last)
	case first.Year() != last.Year():
		return first.Format("2006") + "–" + last.Format("2006")
	case first.Month() != last.Month():
		return last.Format("2006")
	default:
		return x.months[last.Month()-1] + last.Format(" 2006")
	}
}

func (x *lexicon) fullDate(t time.Time) string {
	return strings.Replace(t.Format(x.day), "MONTH", x.months[t.Month()-1], 1)
}

// list joins names as a sentence does: "a, b og c".
func (x *lexicon) list(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + x.phrases.and + " " + names[last]
}

// finding is the name of a question in our codes, order that of an order.
func (x *lexicon) finding(concept pathway.Concept) string { return named(x.findings, concept) }
func (x *lexicon) order(concept pathway.Concept) string   { return named(x.orders, concept) }

// named falls back on the code: an unnamed thing is still better named by it
// than left out.
func named(names map[pathway.Concept]string, concept pathway.Concept) string {
	if name := names[concept]; name != "" {
		return name
	}
	return string(concept)
}

// answer is an answer in words, and whether it is one of ours.
func (x *lexicon) answer(word string) (string, bool) {
	name, known := x.answers[word]
	return name, known
}

// sentenceCase is the text as it stands at the head of a line.
func sentenceCase(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
