package cards

import (
	"fmt"
	"strings"

	"rygkort/pathway"
)

// followsContacts are the rules, beside those of the plan, that look at the
// contact number.
var followsContacts = []string{"R-Q3", "R-Q4", "O-M5", "O-M6", "O-R1", "R-X1"}

// contactLine says where in the course the patient is. Contact number and days
// always stand together: three contacts in a week are not three weeks (reading
//
func (a *author) contactLine() string {
	if !strings.HasPrefix(a.advice.Lead().Rule.ID, "R-P") && !a.carries(followsContacts...) {
		return ""
	}
	p, n := &a.phrases, a.facts.Contact
	var number string
	switch {
	case !n.Known():
		number = p.contactUnknown
	case n.Min == n.Max:
		number = fmt.Sprintf(p.contact, n.Max)
	default:
		number = fmt.Sprintf(p.contactPossibly, n.Max)
	}
	line := "**" + p.course + ":** " + number + ", " + a.sinceOnset()
	if n.Known() && n.Min < n.Max {
		line += "; " + fmt.Sprintf(p.contactAtLeast, n.Min)
	}
	return line + "."
}

// sinceOnset is how long the episode has lasted.
func (a *author) sinceOnset() string {
	p := &a.phrases
	shortest, longest, known := a.facts.DaysSinceOnset()
	switch {
	case !known:
		return p.onsetUnknown
	case a.facts.Onset.Recorded:
		return fmt.Sprintf(p.dayRecorded, interval(shortest, longest))
	default:
		return fmt.Sprintf(p.day, interval(shortest, longest))
	}
}

// step is what one page of the leaflet says for a contact.
type step struct {
	contact   int
	from      bool // shown as what comes from that contact on, the number being unknown
	sentences []string
}

// boxes are the leaflet's contact boxes, without the lines that stand in each.
var (
	nonspecificBoxes = [][]string{
		{"NS-C1-1", "NS-C1-2", "NS-C1-3"},
		{"NS-C2-1", "NS-C2-2", "NS-C2-3"},
		{"NS-C3-3", "NS-C3-4", "NS-C3-5"},
		{"NS-C4-3"},
		{"NS-C5-1", "NS-C5-2"},
	}
	nerveRootBoxes = [][]string{
		{"NR-C1-1", "NR-C1-2", "NR-C1-3"},
		{"NR-C2-0", "NR-C2-1", "NR-C2-2", "NR-C2-3"},
		{"NR-C3-3"},
		{"NR-C4-3"},
	}
)

// steps are the next steps of both pages (decision C-36): the box of this
// contact or, where its number is unknown, the box in which improvement
// decides. Of an uncertain number the higher counts, so that neither page seems
// further away than it is.
func (a *author) steps() [2]step {
	take := func(boxes [][]string, decides int) step {
		contact := min(a.facts.Contact.Max, len(boxes))
		if contact < 1 {
			return step{decides, true, boxes[decides-1]}
		}
		return step{contact, contact < a.facts.Contact.Max, boxes[contact-1]}
	}
	return [2]step{take(nonspecificBoxes, 4), take(nerveRootBoxes, 3)}
}

// nextSteps shows the steps of both pages one below the other.
func (a *author) nextSteps() []string {
	var lines []string
	for i, s := range a.steps() {
		page := [2]string{a.phrases.stepWithout, a.phrases.stepWith}[i]
		where := a.phrases.stepAt
		if s.from {
			where = a.phrases.stepFrom
		}
		lines = append(lines, fmt.Sprintf(page, fmt.Sprintf(where, a.ordinal(s.contact)), strings.Join(a.quotations(s.sentences), " ")))
	}
	return []string{"- " + strings.Join(lines, "\n- ")}
}

// addsEvidence are facts that a rule shows beside those it asked for.
func (a *author) addsEvidence(v *pathway.Verdict) []pathway.Evidence {
	f := a.facts
	switch v.Rule.ID {
	case "R-P6":
		return concat(f.Treated.Evidence, f.WithoutEffect.Evidence, f.Worse.Evidence, f.SeriousPathology.Evidence, a.openReferral(), f.MRIOrdered.Evidence)
	case "R-P7":
		worse := f.Worse.Evidence
		if !f.Worse.IsYes() {
			worse = nil
		}
		return concat(worse, a.openReferral(), f.MRIOrdered.Evidence)
	case "R-S1", "R-S3", "R-S4", "O-M1", "O-C1", "R-P4", "R-P10":
		return a.openReferral()
	case "R-Q3", "O-M7":
		return f.PageEvidence
	default:
		return nil
	}
}

func (a *author) openReferral() []pathway.Evidence {
	if a.facts.SecondaryReferral.IsYes() {
		return a.facts.SecondaryReferral.Evidence
	}
	return nil
}

func concat(lists ...[]pathway.Evidence) []pathway.Evidence {
	var all []pathway.Evidence
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
