package pathway

// The asking rules say what is missing. None of them calms: what is not
// recorded is not absent.
var askRules = []*Rule{
	{
		ID:    "R-Q0",
		Class: System, Topic: TopicAsk, Urgency: Warning, Asked: Always,
		When: "conditions or observations could not be read, and what was read speaks of the back",
		Then: "say what could not be read, and that this is no \"no\"",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("a required part of the record could not be read", given(len(f.UnreadRequired()) > 0)),
				is("something that was read speaks of the back", f.SpeaksOfBack()),
			}
		},
	},
	{
		ID:        "R-Q1",
		Sentences: []string{"NS-RF-1a", "NS-RF-1b", "NS-RF-1c", "NS-PI-4", "NR-RF-1a", "NR-RF-1b", "NR-RF-1c", "NR-PI-4"},
		Readings:  []string{"A-12"},
		Class:     System, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		When: "this contact is about the back, and alarm symptoms are not all answered at it",
		Then: "list the open questions and offer to record the answers",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-05 this contact is about the back", f.AboutBack),
				is("F-23 a red-flag question is open", given(len(f.RedFlagsMissing) > 0)),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-Q2",
		Sentences: []string{"NR-RF-2a", "NS-RF-1a"},
		Readings:  []string{"A-01"},
		Class:     System, Topic: TopicAsk, Urgency: Warning, Asked: OnView,
		When: "a bladder or bowel symptom or a cauda equina diagnosis is older than the episode, and nobody has said whether it changed",
		Then: "ask whether it changed",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("an old sphincter symptom, change not stated", f.SphincterChange),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-Q3",
		Sentences: []string{"NS-T2", "NR-T1"},
		Readings:  []string{"A-04", "A-14"},
		Class:     System, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		When: "nobody has stated whether a nerve root is involved",
		Then: "show the next step of both pages, assume neither, and ask",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-10 the page is unknown", given(f.Page == PageUnknown)),
				f.relevant(),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-Q4",
		Sentences: []string{"NS-C2-3", "NR-C2-3"},
		Readings:  []string{"A-17", "A-18"},
		Class:     Seed, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		When: "third contact or later, and yellow flags are not assessed",
		Then: "ask for the assessment",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-04 contact 3 or later", f.Contact.Reaches(f.Parameters.ContactYellowFlags)),
				is("F-43 yellow flags not assessed", given(f.YellowFlags.Answer == Unknown)),
				f.relevant(),
				unless("D-6 acute", f.acute),
			}
		},
	},
}
