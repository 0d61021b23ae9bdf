package pathway

// The urgent rules send a patient to the secondary sector without waiting for
// a contact number, or say that the planned pathway is the wrong one.
var urgentRules = []*Rule{
	{
		ID:        "R-S1",
		Sentences: []string{"NR-RF-2b"},
		Readings:  []string{"A-02"},
		Class:     SeedOp, Topic: TopicUrgent, Urgency: Warning, Asked: OnView,
		When: "weakness is severe, measured at least twice in this episode and not falling, and nothing acute stands",
		Then: "secondary sector, soon",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-4 severe, stable weakness", f.ParesisStable),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-S2",
		Sentences: []string{"NS-T2", "NR-T1"},
		Readings:  []string{"A-15"},
		Class:     System, Topic: TopicUrgent, Urgency: Warning, Asked: OnView,
		When: "codes, findings and the clinician's answer disagree on nerve-root involvement",
		Then: "show the disagreement and ask for the answer",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-10 the record disagrees on the page", f.PageDisagrees),
				f.relevant(),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-S3",
		Sentences: []string{"NS-MR-1c"},
		Readings:  []string{"A-05", "A-06"},
		Class:     SeedOp, Topic: TopicUrgent, Urgency: Warning, Asked: Always,
		When: "the clinician suspects serious pathology, and nothing acute stands",
		Then: "pathway and planned MRI criteria do not apply: act on the suspicion",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-30 serious pathology suspected", f.SeriousPathology),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "R-S4",
		Sentences: []string{"NR-RF-2a"},
		Readings:  []string{"A-01"},
		Class:     Seed, Topic: TopicUrgent, Urgency: Warning, Asked: OnView,
		When: "a sphincter or saddle finding stands, cauda equina syndrome has been refuted since, and nothing acute stands",
		Then: "secondary sector, soon",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("sphincter or saddle affected, cauda equina considered and refuted", f.SphincterSettled),
				unless("D-6 acute", f.acute),
			}
		},
	},
}

// relevant is the term of rules that would only disturb a visit about
// something else: this contact is about the back or, where that is not known,
// the episode is recent (decisions C-33, C-57).
func (f *inquiry) relevant() Term {
	relevant := f.AboutBack
	if relevant.Answer == Unknown {
		relevant = f.Current
	}
	return is("F-05 about the back, or a recent episode", Fact{Answer: relevant.Answer})
}
