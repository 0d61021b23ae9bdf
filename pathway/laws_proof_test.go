//go:build proof

package pathway

import (
	"slices"
	"strings"
	"testing"
)

// law is one safety law; broken says how a decision breaks it, or nothing.
type law struct {
	says   string
	broken func(*Decision) string
}

var laws = []law{
	{"an acute fact gives exactly one card, a critical one, made of acute rules alone", func(d *Decision) string {
		acute := d.Facts.CaudaEquina.IsYes() || d.Facts.Paresis.IsYes() || d.Facts.ParesisUnclear.IsYes() || d.Facts.IntractablePain.IsYes()
		if !acute {
			return ""
		}
		if len(d.Advice) != 1 || d.Advice[0].Urgency != Critical {
			return "not one critical card"
		}
		for _, v := range d.Advice[0].Verdicts {
			if !slices.Contains([]string{"R-A1", "R-A2", "R-A3", "R-A4", "O-A", "O-C1"}, v.Rule.ID) {
				return v.Rule.ID + " stands beside it"
			}
		}
		return ""
	}},
	{"without an acute fact nothing is critical", func(d *Decision) string {
		acute := d.Facts.CaudaEquina.IsYes() || d.Facts.Paresis.IsYes() || d.Facts.ParesisUnclear.IsYes() || d.Facts.IntractablePain.IsYes()
		for _, a := range d.Advice {
			if a.Urgency == Critical && !acute {
				return a.Lead().Rule.ID
			}
		}
		return ""
	}},
	{"a planned route that is being ordered is called too slow beside an acute fact", func(d *Decision) string {
		if len(d.Facts.Orders) == 0 || d.Facts.Orders[0].Concept == OrderUnrecognised || !d.Facts.Acute().IsYes() {
			return ""
		}
		if isForElsewhere(&d.Facts.Orders[0]) {
			return ""
		}
		for _, v := range d.Advice[0].Verdicts {
			if v.Rule.ID == "O-A" {
				return ""
			}
		}
		return "O-A is missing"
	}},
	{"at most three cards", func(d *Decision) string {
		if len(d.Advice) > 3 {
			return "more"
		}
		return ""
	}},
	{"never silent when a required part was not read and anything speaks of the back", func(d *Decision) string {
		if len(d.Advice) == 0 && len(d.Facts.UnreadRequired()) > 0 && d.Facts.SpeaksOfBack().IsYes() {
			return "silent"
		}
		return ""
	}},
	{"never silent at an opened chart about the back while a red-flag question is open", func(d *Decision) string {
		if d.Facts.Hook == PatientView && len(d.Advice) == 0 && d.Facts.AboutBack.IsYes() && len(d.Facts.RedFlagsMissing) > 0 {
			return "silent"
		}
		return ""
	}},
	{"an unread part is told by a card of its own, unless an acute card tells it", func(d *Decision) string {
		if len(d.Facts.UnreadRequired()) == 0 || !d.Facts.SpeaksOfBack().IsYes() || d.Facts.Acute().IsYes() {
			return ""
		}
		for _, a := range d.Advice {
			if a.Lead().Rule.ID == "R-Q0" {
				return ""
			}
		}
		return "R-Q0 is missing"
	}},
	{"\"criteria not met\" never with worsening, suspicion or unanswered red flags", func(d *Decision) string {
		f := d.Facts
		if shown(d, "O-M2") && (f.Worse.Answer != No || f.SeriousPathology.Answer != No || !f.RedFlags.IsYes() || f.WithoutEffect.Answer == Unknown || !f.Treated.Known) {
			return "O-M2 is shown"
		}
		return ""
	}},
	{"\"criteria met\" never on anything unknown", func(d *Decision) string {
		f := d.Facts
		if (shown(d, "R-P11") || quiet(d, "O-M4")) && (f.Worse.Answer != No || f.SeriousPathology.Answer != No || !f.RedFlags.IsYes() || f.WithoutEffect.Answer != Yes || !f.Treated.Known) {
			return "R-P11 or O-M4 speaks"
		}
		return ""
	}},
	{"\"earlier than the leaflet's step\" never without every danger documented absent", func(d *Decision) string {
		f := d.Facts
		if (shown(d, "O-M6") || shown(d, "O-R1")) && (!f.RedFlags.IsYes() || f.SeriousPathology.Answer != No || f.Worse.IsYes() || f.Contact.Min != f.Contact.Max || !f.Contact.Known()) {
			return "O-M6 or O-R1 is shown"
		}
		return ""
	}},
	{"no second opinion beside severe, settled or serious findings", func(d *Decision) string {
		f := d.Facts
		if shown(d, "R-O1") && (f.Acute().IsYes() || f.ParesisStable.IsYes() || f.SphincterSettled.IsYes() || f.SeriousPathology.IsYes()) {
			return "R-O1 is shown"
		}
		return ""
	}},
	{"seen for something else today: no planning and no informing card", func(d *Decision) string {
		if d.Facts.Hook != PatientView || d.Facts.AboutBack.Answer != No {
			return ""
		}
		for _, a := range d.Advice {
			for _, v := range a.Verdicts {
				if strings.HasPrefix(v.Rule.ID, "R-P") || strings.HasPrefix(v.Rule.ID, "R-I") || strings.HasPrefix(v.Rule.ID, "R-X") {
					return v.Rule.ID
				}
			}
		}
		return ""
	}},
	{"extensions are silent while they are off", func(d *Decision) string {
		for i := range d.Verdicts {
			if v := &d.Verdicts[i]; v.Rule.Class == Extension && v.Answer != No {
				return v.Rule.ID
			}
		}
		return ""
	}},
}

// shown reports whether a rule is among the advice.
func shown(d *Decision, id string) bool {
	for _, a := range d.Advice {
		for _, v := range a.Verdicts {
			if v.Rule.ID == id {
				return true
			}
		}
	}
	return false
}

// quiet reports whether a rule that makes no card speaks.
func quiet(d *Decision, id string) bool {
	for i := range d.Verdicts {
		if d.Verdicts[i].Rule.ID == id && d.Verdicts[i].Answer.IsYes() {
			return true
		}
	}
	return false
}

// TestUnknownNeverServesAsAnAnswer turns each fact to unknown and asks every
// rule: none may speak on an unknown that would be silent on both a yes and a
// no, but for the rules whose very point is to ask for that fact.
func TestUnknownNeverServesAsAnAnswer(t *testing.T) {
	asksFor := map[string][]string{
		"improved": {"R-P8"}, "yellow": {"R-Q4"}, "danger": {"R-Q1", "O-M3", "O-X2", "O-P2"},
		"page": {"R-Q3", "O-M7"}, "worse": {"O-M3"}, "serious": {"O-M3"}, "treated": {"O-M3"}, "effect": {"O-M3"},
		"record": {"R-Q0"}, "contact": {"R-P4", "R-P6", "R-P7"}, // decision C-32: the documented fact is enough
	}
	compared := 0
	for _, s := range []*space{mriSpace(), orderSpace()} {
		compared += unknownNeverDecides(t, s, asksFor)
	}
	view := viewSpace()
	view.dims = slices.DeleteFunc(view.dims, func(d dimension) bool { return d.name == "minor" || d.name == "disagrees" || d.name == "change" })
	compared += unknownNeverDecides(t, view, asksFor)
	t.Logf("%d pairs of states compared: no rule speaks on an unknown that it is silent on either way", compared)
}

// unknownNeverDecides samples the space evenly; the verdicts of single rules
// depend on few dimensions each, so that each of their combinations is met
// many times over.
func unknownNeverDecides(t *testing.T, s *space, asksFor map[string][]string) (compared int) {
	t.Helper()
	unknownAt := map[string]int{"serious": 1, "improved": 1, "yellow": 1, "worse": 1, "effect": 1, "treated": 0, "page": 0, "contact": 0}
	step := max(1, s.size()/60_000) | 1
	for n := 0; n < s.size(); n += step {
		for name, unknown := range unknownAt {
			stride, values := s.stride(name)
			if stride == 0 || n/stride%values != unknown {
				continue
			}
			speaks := func(number int) map[string]bool {
				var f Facts
				s.at(number, &f)
				ids := map[string]bool{}
				d := Decide(&f)
				for i := range d.Verdicts {
					if d.Verdicts[i].Answer.IsYes() {
						ids[d.Verdicts[i].Rule.ID] = true
					}
				}
				return ids
			}
			here := speaks(n)
			elsewhere := map[string]bool{}
			for to := range values {
				if to != unknown {
					for id := range speaks(n + (to-unknown)*stride) {
						elsewhere[id] = true
					}
				}
			}
			compared++
			for id := range here {
				if !elsewhere[id] && !slices.Contains(asksFor[name], id) {
					t.Fatalf("%s, state %d: %s speaks only while %s is unknown", s.name, n, id, name)
				}
			}
		}
	}
	return compared
}
