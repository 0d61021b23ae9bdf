package pathway

import (
	"slices"
	"strings"
)

// Decision is what all rules said, and what was chosen from it.
type Decision struct {
	Facts    *Facts
	Verdicts []Verdict // every rule that was asked, in the registry's order
	Advice   []Advice  // what the GP is to see, the most pressing first
	LeftOut  []LeftOut // what spoke and is not shown, and why
}

// Advice is what becomes one card: a rule's verdict, with others that were
// merged or folded into it after it.
type Advice struct {
	Verdicts []*Verdict
	Urgency  Urgency
	Topic    Topic
}

// Lead is the verdict that gives the card its summary.
func (a Advice) Lead() *Verdict { return a.Verdicts[0] }

// LeftOut is a verdict that spoke and is not shown.
type LeftOut struct {
	Verdict *Verdict
	Because string
}

// Why what spoke is not shown.
const (
	BecauseAcute     = "an acute card stands"
	BecauseFull      = "three cards stand already"
	BecauseSilent    = "the rule is silent"
	BecauseDismissed = "the GP dismissed it at this contact"
)

// Without is the decision without those of its cards that a GP has dismissed at
// this contact, by the rules that lead them. Acute cards stay, and so does what
// tells of an unread record: silence would read as an all-clear (decision C-11).
func (d *Decision) Without(dismissed []string) *Decision {
	kept := *d
	kept.Advice, kept.LeftOut = nil, slices.Clone(d.LeftOut)
	for _, advice := range d.Advice {
		lead := advice.Lead()
		if advice.Urgency == Critical || lead.Rule.ID == unreadRecord || !slices.Contains(dismissed, lead.Rule.ID) {
			kept.Advice = append(kept.Advice, advice)
			continue
		}
		kept.leaveOut(BecauseDismissed, advice.Verdicts...)
	}
	return &kept
}

// unreadRecord is the rule that tells of a record that could not be read. It is
// shown whatever else is.
const unreadRecord = "R-Q0"

// cardLimit is how many cards a GP is shown at most when none is critical.
const cardLimit = 3

// registry is every rule, in the order in which they are asked.
var registry = slices.Concat(acuteRules, urgentRules, askRules, planRules, informRules, orderRules, extensionRules)

// Rules is the registry: every rule, in the order in which they are asked.
func Rules() []*Rule { return slices.Clone(registry) }

// Decide asks every rule and chooses what is shown: the acute ones merged into
// one card and nothing beside it, else at most three.
func Decide(f *Facts) *Decision { return decide(registry, f) }

// decide is Decide with these rules.
func decide(rules []*Rule, f *Facts) *Decision {
	d := &Decision{Facts: f, Verdicts: make([]Verdict, 0, len(rules))}
	a := &inquiry{Facts: f, acute: f.Acute(), box: f.MRBox()}
	for _, rule := range rules {
		switch {
		case rule.Asked == OnView && f.Hook != PatientView, rule.Asked == OnOrders && f.Hook == PatientView:
		case rule.Asked != OnOrders:
			d.Verdicts = append(d.Verdicts, rule.judge(a, nil))
		default:
			for i := range f.Orders {
				if slices.Contains(rule.orders, f.Orders[i].Concept) {
					v := rule.judge(a, &f.Orders[i])
					v.place = i
					d.Verdicts = append(d.Verdicts, v)
				}
			}
		}
	}
	d.choose()
	return d
}

// choose turns the verdicts into advice.
func (d *Decision) choose() {
	var acute, single, folding []*Verdict
	for i := range d.Verdicts {
		v := &d.Verdicts[i]
		switch {
		case !v.Answer.IsYes() || v.Rule.Quiet:
		case v.Urgency == Critical:
			acute = append(acute, v)
		case d.Facts.Parameters.silent(v.Rule.ID):
			d.leaveOut(BecauseSilent, v)
		case v.Rule.Folds:
			folding = append(folding, v)
		default:
			single = append(single, v)
		}
	}
	if len(acute) > 0 {
		d.Advice = []Advice{{Verdicts: acute, Urgency: Critical, Topic: TopicAcute}}
		d.leaveOut(BecauseAcute, append(single, folding...)...)
		return
	}

	slices.SortStableFunc(single, inOrder)
	single = d.atMost(single)
	for _, v := range single {
		d.Advice = append(d.Advice, Advice{Verdicts: []*Verdict{v}, Urgency: v.Urgency, Topic: v.Rule.Topic})
	}
	slices.SortStableFunc(folding, func(a, b *Verdict) int { return strings.Compare(a.Rule.ID, b.Rule.ID) })
	for _, v := range folding {
		if len(d.Advice) == 0 {
			d.Advice = []Advice{{Verdicts: []*Verdict{v}, Urgency: v.Urgency, Topic: v.Rule.Topic}}
			continue
		}
		last := &d.Advice[len(d.Advice)-1]
		last.Verdicts = append(last.Verdicts, v)
	}
}

// atMost keeps as many verdicts as cards are shown. Extensions go first, then
// the least urgent, then the last in order; what tells of an unread record
// never goes.
func (d *Decision) atMost(sorted []*Verdict) []*Verdict {
	for len(sorted) > cardLimit {
		drop := -1
		for i, v := range sorted {
			if v.Rule.ID == unreadRecord {
				continue
			}
			if drop < 0 || dispensable(v, sorted[drop]) {
				drop = i
			}
		}
		d.leaveOut(BecauseFull, sorted[drop])
		sorted = slices.Delete(sorted, drop, drop+1)
	}
	return sorted
}

// dispensable reports whether v, which comes later, is to go before w.
func dispensable(v, w *Verdict) bool {
	if vExt, wExt := v.Class == Extension, w.Class == Extension; vExt != wExt {
		return vExt
	}
	if v.Rule.Asked == OnOrders {
		return v.Urgency.rank() <= w.Urgency.rank()
	}
	return true
}

func (d *Decision) leaveOut(because string, verdicts ...*Verdict) {
	for _, v := range verdicts {
		d.LeftOut = append(d.LeftOut, LeftOut{v, because})
	}
}

// inOrder sorts by letter (S, Q, P, E, X, O, I, then order rules), within a
// letter by urgency; order rules by the order they are about. What is equal
// stays in the registry's order, which is by number (decisions C-40, C-58).
func inOrder(a, b *Verdict) int {
	switch {
	case a.letter() != b.letter():
		return a.letter() - b.letter()
	case a.Order != nil:
		return a.place - b.place
	default:
		return b.Urgency.rank() - a.Urgency.rank()
	}
}

// letter is the place of a rule's letter in the order of cards.
func (v *Verdict) letter() int {
	for i, prefix := range []string{"R-S", "R-Q", "R-P", "R-E", "R-X", "R-O", "R-I"} {
		if strings.HasPrefix(v.Rule.ID, prefix) {
			return i
		}
	}
	return len("SQPEXOI")
}
