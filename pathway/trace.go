package pathway

import (
	"fmt"
	"strings"
)

// Line is one fact as a trace shows it.
type Line struct {
	ID       string // of the decision model: "F-06", "D-1"
	Name     string
	Says     string // yes, no, unknown, conflict, or a value
	Evidence []Evidence
}

// Lines are the facts in the order of the decision model.
func (f *Facts) Lines() []Line {
	line := func(id, name string, fact Fact) Line { return Line{id, name, fact.Answer.String(), fact.Evidence} }
	acute := f.Acute()
	return []Line{
		line("F-01", "back pain", f.BackPain),
		line("C-33", "recent episode", f.Current),
		{"F-02", "onset", f.Onset.says(f), nil},
		{"F-04", "contact", f.Contact.says(), f.Contact.Evidence},
		line("F-05", "this contact is about the back", f.AboutBack),
		line("F-06", "worse", f.Worse),
		line("F-07", "clear improvement", f.ClearlyImproved),
		line("F-08", "minor", f.Minor),
		line("F-23", "red flags answered", f.RedFlags).missing(f.RedFlagsMissing),
		line("F-30", "serious pathology suspected", f.SeriousPathology),
		line("F-43", "yellow flags", f.YellowFlags),
		line("F-48", "without effect", f.WithoutEffect),
		line("F-49", "open referral to the secondary sector", f.SecondaryReferral),
		line("F-49", "lumbar MRI ordered", f.MRIOrdered),
		line("F-61", "pregnant", f.Pregnant),
		line("D-1", "cauda equina suspected", f.CaudaEquina),
		line("C-12", "sphincter affected, cauda equina refuted", f.SphincterSettled),
		line("C-20", "old sphincter symptom, change not stated", f.SphincterChange),
		line("D-2", "progressive paresis or paralysis", f.Paresis),
		line("D-3", "severe weakness, course unknown", f.ParesisUnclear),
		line("D-4", "severe, stable weakness", f.ParesisStable),
		line("D-5", "intractable pain", f.IntractablePain),
		{"D-6", "acute", acute.Answer.String(), nil},
		{"D-8", "weeks treated", f.Treated.says(), f.Treated.Evidence},
		{"D-9", "MRI box", f.MRBox().String(), nil},
		{"D-10", "page", f.Page.String(), f.PageEvidence},
		line("A-15", "record disagrees on the page", f.PageDisagrees),
	}
}

func (l Line) missing(items []Concept) Line {
	if len(items) == 0 {
		return l
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	l.Says += ", open: " + strings.Join(words, " ")
	return l
}

func (o Onset) says(f *Facts) string {
	shortest, longest, known := f.DaysSinceOnset()
	days := interval(known, shortest, longest)
	switch {
	case !known:
		return days
	case o.Recorded:
		return "recorded " + days + " days ago"
	default:
		return days + " days ago"
	}
}

func (n Count) says() string { return interval(n.Known(), n.Min, n.Max) }
func (w Weeks) says() string { return interval(w.Known, w.Min, w.Max) }

func interval(known bool, low, high int) string {
	switch {
	case !known:
		return Unknown.String()
	case low == high:
		return fmt.Sprint(low)
	default:
		return fmt.Sprintf("%d–%d", low, high)
	}
}
