package pathway

// The acute rules are asked at every call, on both pages, before anything
// else, whatever the contact number, the age or the order (RF-1).
var acuteRules = []*Rule{
	{
		ID:        "R-A1",
		Sentences: []string{"NS-RF-1a", "NR-RF-1a", "NR-RF-2a"},
		Readings:  []string{"A-01", "A-12", "A-22"},
		Class:     SeedOp, Topic: TopicAcute, Urgency: Critical, Asked: Always,
		When: "cauda equina syndrome is recorded or suspected, or a sign of it stands: altered saddle sensation, reduced anal tone, new, worse or undated bladder or bowel disturbance",
		Then: "acute admission",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("D-1 cauda equina syndrome suspected", f.CaudaEquina)}
		},
		refine: func(f *inquiry, v *Verdict) {
			for _, e := range f.CaudaEquina.Evidence {
				if e.Concept == CaudaEquina {
					v.Class = Seed // the record says it in the leaflet's own words
				}
			}
		},
	},
	{
		ID:        "R-A2",
		Sentences: []string{"NS-RF-1b", "NR-RF-1b"},
		Readings:  []string{"A-02", "A-03"},
		Class:     SeedOp, Topic: TopicAcute, Urgency: Critical, Asked: Always,
		When: "paresis is progressive, strength has fallen in this episode, or a leg is paralysed",
		Then: "acute admission",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("D-2 progressive paresis or paralysis", f.Paresis)}
		},
		refine: func(f *inquiry, v *Verdict) {
			for _, e := range f.Paresis.Evidence {
				if e.Concept == ParesisProgressive && e.Value == "yes" {
					v.Class = Seed
				}
			}
		},
	},
	{
		ID:        "R-A3",
		Sentences: []string{"NS-RF-1c", "NR-RF-1c"},
		Readings:  []string{"A-11"},
		Class:     Seed, Topic: TopicAcute, Urgency: Critical, Asked: Always,
		When: "the clinician has recorded that the pain is intractable",
		Then: "acute admission",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("D-5 intractable pain", f.IntractablePain)}
		},
	},
	{
		ID:        "R-A4",
		Sentences: []string{"NS-RF-1b", "NR-RF-1b", "NR-RF-2b"},
		Readings:  []string{"A-02"},
		Class:     SeedOp, Topic: TopicAcute, Urgency: Critical, Asked: Always,
		When: "weakness in a leg is severe or ungraded, and its course is not known",
		Then: "treat as progressive until assessed: acute admission, measure strength",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-3 severe weakness, course unknown", f.ParesisUnclear),
				unless("D-2 progressive paresis or paralysis", f.Paresis),
			}
		},
	},
}
