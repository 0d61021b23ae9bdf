package pathway

// The informing rules stand at every contact about the back and join another
// card where there is one.
var informRules = []*Rule{
	{
		ID:       "R-X1",
		Readings: []string{"A-27"},
		Class:    System, Topic: TopicInform, Urgency: Info, Asked: OnView,
		When: "younger than the leaflet's adults, pregnant, or in pain for longer than acute pain lasts",
		Then: "say that the leaflet does not describe this; the acute rules still hold",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("outside what the leaflet describes", f.outOfScope()), f.relevant(),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-O1",
		Sentences: []string{"NS-SO-1", "NR-SO-1"},
		Readings:  []string{"A-12", "A-13"},
		Class:     Seed, Topic: TopicInform, Urgency: Info, Asked: OnView, Folds: true,
		When: "any contact about the back at which neither acute nor severe findings stand",
		Then: "a second opinion can be had by correspondence message, not for acute cases",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-05 this contact is about the back", f.AboutBack),
				unless("D-6 acute", f.acute),
				unless("D-4 severe, stable weakness", f.ParesisStable),
				unless("sphincter or saddle affected, cauda equina refuted", f.SphincterSettled),
				unless("F-30 serious pathology suspected", f.SeriousPathology),
			}
		},
	},
	{
		ID:        "R-I1",
		Sentences: []string{"NS-PI-1", "NS-PI-2", "NS-PI-3", "NS-PI-4", "NS-PI-5", "NS-PI-6", "NR-PI-1", "NR-PI-2", "NR-PI-3", "NR-PI-4", "NR-PI-5", "NR-PI-6"},
		Readings:  []string{"A-26"},
		Class:     Seed, Topic: TopicInform, Urgency: Info, Asked: OnView, Folds: true,
		When: "each contact about the back on one of the two pages at which nothing acute stands",
		Then: "what to tell the patient, in the words of the page",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onAPage(), f.relevant(), unless("D-6 acute", f.acute)}
		},
	},
}

// outOfScope is whether the leaflet's pages describe this patient (reading
//
func (f *Facts) outOfScope() Fact {
	return anyOf(f.Minor, f.Pregnant, f.longLasting())
}

// longLasting is whether the pain has lasted longer than acute pain does; of a
// partial date the earlier end counts, which is the less reassuring one.
func (f *Facts) longLasting() Fact {
	_, longest, known := f.DaysSinceOnset()
	if !known {
		return unknown()
	}
	return given(longest > f.Parameters.ScopeWeeks*7)
}

// DaysSinceOnset is how long the episode has lasted, and whether that is known.
// A partial date gives an interval; what lies ahead has not begun.
func (f *Facts) DaysSinceOnset() (shortest, longest int, known bool) {
	if !f.Onset.When.Known() {
		return 0, 0, false
	}
	return max(0, daysBetween(f.Onset.When.Latest, f.AsOf)), max(0, daysBetween(f.Onset.When.Earliest, f.AsOf)), true
}
