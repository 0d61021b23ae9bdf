package pathway

// Rule is one row of the decision model: what the leaflet says, when it
// applies, and how urgent it is. Its id is its only name, in code, pages,
// scenarios, logs and metrics.
type Rule struct {
	ID        string
	Sentences []string // ids of the leaflet's sentences it rests on; none for software behaviour
	Readings  []string // ids of the readings of unclear sentences that it uses
	Class     Class
	Topic     Topic
	Urgency   Urgency
	Asked     Moment
	Quiet     bool   // decided and traced, never a card of its own
	Folds     bool   // joins another card where one stands
	Source    string // for an extension: the guidance it comes from
	When      string // the condition in plain words
	Then      string // the advice in plain words

	orders []Concept // the orders an order rule is about
	terms  func(f *inquiry, order *Request) []Term
	refine func(f *inquiry, v *Verdict) // urgency or class that depends on the facts
}

// Class says how much of a rule is the leaflet's own.
type Class string

// The classes, from the leaflet's own words to the software's behaviour.
const (
	Seed      Class = "SEED"    // says what a sentence says
	SeedOp    Class = "SEED-OP" // makes a term of the leaflet computable; awaits a clinician's signature
	System    Class = "SYS"     // missing data, contradictions, scope, duplicates
	Extension Class = "EXT"     // from other guidance; off until switched on
)

// Urgency is how a card presses. The values are the indicators of CDS Hooks.
type Urgency string

// The urgencies.
const (
	Info     Urgency = "info"
	Warning  Urgency = "warning"
	Critical Urgency = "critical"
)

// rank orders urgencies, the most pressing highest.
func (u Urgency) rank() int {
	switch u {
	case Critical:
		return 2
	case Warning:
		return 1
	case Info:
	}
	return 0
}

// Topic says what kind of card a rule makes.
type Topic string

// The topics.
const (
	TopicAcute  Topic = "acute"
	TopicUrgent Topic = "urgent"
	TopicAsk    Topic = "ask"
	TopicPlan   Topic = "plan"
	TopicInform Topic = "inform"
	TopicOrder  Topic = "order"
)

// Moment says at which hooks a rule is asked.
type Moment int

// The moments.
const (
	OnView   Moment = iota // when the chart is opened
	OnOrders               // for each selected order
	Always                 // at every call
)

// Term is one part of a rule's condition: what is asked, and what the facts
// answer. A rule speaks when all its terms are yes.
type Term struct {
	Asks    string
	Negated bool // the rule wants it not to be so
	Fact    Fact
}

// Verdict is what one rule says of one patient, or of one of the orders.
type Verdict struct {
	Rule    *Rule
	Order   *Request // nil for rules about the patient
	Answer  Answer
	Terms   []Term
	Urgency Urgency
	Class   Class

	place int // of the order among the selected ones
}

// Evidence is what the verdict rests on, each piece once, in the order of the
// terms.
func (v *Verdict) Evidence() []Evidence {
	var found []Evidence
	for _, term := range v.Terms {
		for _, e := range term.Fact.Evidence {
			if !contains(found, e) {
				found = append(found, e)
			}
		}
	}
	return found
}

func contains(list []Evidence, e Evidence) bool {
	for _, other := range list {
		if other == e {
			return true
		}
	}
	return false
}

// is makes a term. unless makes one that only a documented yes answers no: it
// is for facts that merely spare a repetition, which an unknown must not do.
func is(asks string, fact Fact) Term { return Term{Asks: asks, Fact: fact} }

func unless(asks string, fact Fact) Term {
	if fact.IsYes() {
		return Term{asks, true, not(fact)}
	}
	return Term{asks, true, yes()}
}

// inquiry is the facts with what several rules derive from them, derived once.
type inquiry struct {
	*Facts
	acute Fact // D-6 and D-7
	box   MRBox
}

// judge asks the rule. No wins over Unknown: a rule that cannot apply needs
// no more facts.
func (r *Rule) judge(f *inquiry, order *Request) Verdict {
	v := Verdict{Rule: r, Order: order, Answer: Yes, Urgency: r.Urgency, Class: r.Class}
	switch {
	case r.Class == Extension && !f.Parameters.extension(r.ID):
		v.Terms = []Term{is("the extension is switched on", no())}
	default:
		v.Terms = r.terms(f, order)
	}
	for _, term := range v.Terms {
		switch term.Fact.Answer {
		case No:
			v.Answer = No
		case Unknown:
			if v.Answer == Yes {
				v.Answer = Unknown
			}
		case Yes, Conflict:
		}
	}
	if r.refine != nil {
		r.refine(f, &v)
	}
	return v
}
