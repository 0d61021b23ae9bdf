package pathway

// The extension rules come from other guidance; nothing in the leaflet asks
// for them. Each is off until its id is switched on, and its card says that it
// is not from the leaflet.
var extensionRules = []*Rule{
	{
		ID:    "R-E1",
		Class: Extension, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		Source: "NICE NG59, 1.1.1; Finucane et al., JOSPT 2020;50(7):350–372",
		When:   "a diagnosis that can lie behind back pain is recorded, and nobody has said whether serious pathology is suspected",
		Then:   "ask whether serious pathology is suspected",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-31…F-36 a diagnosis that can lie behind back pain", f.PathologyHints),
				is("F-30 not answered", given(f.SeriousPathology.Answer == Unknown)), f.relevant(),
			}
		},
	},
	{
		ID:    "R-E2",
		Class: Extension, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		Source: "NICE NG59, 1.1.2; STarT Back in Danish general practice, BMC Musculoskelet Disord 2017",
		When:   "STarT Back shows high risk and yellow flags are not assessed",
		Then:   "ask for the assessment of yellow flags",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-42 STarT Back high risk", f.StartBackHigh),
				is("F-43 yellow flags not assessed", given(f.YellowFlags.Answer == Unknown)), f.relevant(),
			}
		},
	},
	{
		ID:       "R-E3",
		Readings: []string{"A-11"},
		Class:    Extension, Topic: TopicAsk, Urgency: Info, Asked: OnView,
		Source: "our reading A-11; no guideline names a score",
		When:   "the pain score is high and nobody has said whether the pain is intractable",
		Then:   "ask whether the pain is intractable",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-40 high pain score", f.HighPainScore),
				is("F-22 not answered", given(f.IntractablePain.Answer == Unknown)), f.relevant(),
			}
		},
	},
	{
		ID:    "O-S1",
		Class: Extension, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders, orders: mri,
		Source: "general MR safety; not from the leaflet",
		When:   "MRI is ordered and a pacemaker is recorded",
		Then:   "clear MR safety with radiology",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("F-60 pacemaker recorded", f.Implant)}
		},
	},
	{
		ID:    "O-S2",
		Class: Extension, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders,
		orders: []Concept{OrderMRILumbar, OrderCTLumbar, OrderXRayLumbar},
		Source: "general radiation and MR safety; not from the leaflet",
		When:   "imaging is ordered and pregnancy is recorded",
		Then:   "say that pregnancy is recorded",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("F-61 pregnancy recorded", f.Pregnant)}
		},
	},
	{
		ID:    "O-X1",
		Class: Extension, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: otherImaging,
		Source: "NICE NG59, 1.1.4; Danish national recommendation on low-back pain 2016 (under revision)",
		When:   "X-ray or CT of the lumbar spine is ordered, alarm symptoms are answered, nothing acute, no serious pathology suspected",
		Then:   "routine imaging is not recommended; the leaflet names MRI alone",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-6 nothing acute, all answered", not(f.acute)),
				is("F-30 no serious pathology suspected", not(f.SeriousPathology)),
				unless("F-06 worse", f.Worse),
			}
		},
	},
	{
		ID:    "O-D1",
		Class: Extension, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: opioids,
		Source: "Danish national clinical recommendation on medicines in acute low-back pain, September 2025",
		When:   "an opioid is ordered for an adult's back pain of at most 12 weeks, and nothing acute stands",
		Then:   "opioids only after careful consideration",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{
				is("the order is about the back", f.orderAboutBack(order)),
				is("F-62 adult", not(f.Minor)),
				is("F-02 at most the weeks of acute pain", not(f.longLasting())),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:       "O-D2",
		Readings: []string{"A-11"},
		Class:    Extension, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: opioids,
		Source: "our reading A-11 of the leaflet's \"intraktable smerter\"",
		When:   "an opioid is ordered for back pain and nobody has said whether the pain is intractable",
		Then:   "ask whether the pain is intractable",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{
				is("the order is about the back", f.orderAboutBack(order)),
				is("F-22 not answered", given(f.IntractablePain.Answer == Unknown)),
				unless("D-6 acute", f.acute),
			}
		},
	},
}
