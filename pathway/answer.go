package pathway

// Answer is what the record says about a yes-or-no question.
//
// The zero value is Unknown, so a fact that nobody filled in can never pass
// for No. Only a documented absence is No.
type Answer int

// The answers a record can give.
const (
	Unknown  Answer = iota // not documented, not readable, or out of date
	No                     // documented absent
	Yes                    // documented present or suspected
	Conflict               // documented both ways; read as Yes and said so
)

// IsYes reports whether the answer is to be acted on. A conflict is.
func (a Answer) IsYes() bool { return a == Yes || a == Conflict }

// String is the answer's name as traces and scenarios write it.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	case Conflict:
		return "conflict"
	case Unknown:
	}
	return "unknown"
}

// Fact is an answer with the evidence it rests on.
type Fact struct {
	Answer   Answer
	Evidence []Evidence
}

// IsYes reports whether the fact is to be acted on.
func (f Fact) IsYes() bool { return f.Answer.IsYes() }

// Evidence points at what in the record a fact rests on. It travels with the
// fact to the card and the trace. Display and Text are the record's own words
// and have to be escaped by whoever shows them.
type Evidence struct {
	Reference string  // "Observation/42"; empty for a resource without id
	Concept   Concept // what the statement was understood to speak of
	Code      string  // the code as written, "system|code"
	Display   string  // the record's own name for it
	Value     string  // the answer, in the words of the finding codes
	Site      string  // muscle group or body site, where one was given
	When      When
	Recorded  bool // When is the day of recording, not of onset
	Suspected bool // the diagnosis is not confirmed
}

// yes and its siblings make facts; they keep the call sites short.
func yes(evidence ...Evidence) Fact { return Fact{Answer: Yes, Evidence: evidence} }
func no(evidence ...Evidence) Fact  { return Fact{Answer: No, Evidence: evidence} }

func unknown(evidence ...Evidence) Fact { return Fact{Answer: Unknown, Evidence: evidence} }

// not turns the question round. An unknown stays unknown, and a conflict stays
// one: it was read as yes, so it must not become a yes for the opposite.
func not(f Fact) Fact {
	switch f.Answer {
	case Yes, Conflict:
		f.Answer = No
	case No:
		f.Answer = Yes
	case Unknown:
	}
	return f
}

// anyOf is Yes when one of the facts is, Unknown when one could still be, and
// No only when all are documented absent. It keeps the evidence of the facts
// that decided it.
func anyOf(facts ...Fact) Fact {
	var result Fact
	result.Answer = No
	for _, f := range facts {
		switch {
		case f.IsYes():
			if !result.IsYes() {
				result = Fact{Answer: f.Answer}
			}
			if f.Answer == Conflict {
				result.Answer = Conflict
			}
			result.Evidence = append(result.Evidence, f.Evidence...)
		case result.IsYes():
		case f.Answer == Unknown:
			result.Answer = Unknown
		case result.Answer == No:
			result.Evidence = append(result.Evidence, f.Evidence...)
		}
	}
	return result
}

// given makes a fact of a condition that the program itself knows for certain,
// such as which hook was called.
func given(holds bool) Fact {
	if holds {
		return yes()
	}
	return no()
}
