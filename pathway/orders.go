package pathway

// plannedRoutes are the orders that are too slow for an acute patient.
var plannedRoutes = []Concept{
	OrderMRILumbar, OrderCTLumbar, OrderXRayLumbar, OrderPhysiotherapy, OrderChiropractic,
	OrderNeurosurgery, OrderRheumatology, OrderSpineExamination, OrderSecondarySector, OrderSpecialist,
	OrderExtendedWorkup, OrderProlapsePackage, OrderMunicipal, OrderSecondOpinion, OrderOpioid,
}

var (
	mri          = []Concept{OrderMRILumbar}
	otherImaging = []Concept{OrderCTLumbar, OrderXRayLumbar}
	therapists   = []Concept{OrderPhysiotherapy, OrderChiropractic, OrderExtendedWorkup, OrderProlapsePackage}
	specialists  = []Concept{OrderNeurosurgery, OrderRheumatology, OrderSpineExamination, OrderSecondarySector, OrderSpecialist}
	message      = []Concept{OrderSecondOpinion}
	opioids      = []Concept{OrderOpioid}
)

// The order rules are asked once for each selected order they are about.
var orderRules = []*Rule{
	{
		ID:        "O-A",
		Sentences: []string{"NS-RF-1a", "NS-RF-1b", "NS-RF-1c", "NR-RF-1a", "NR-RF-1b", "NR-RF-1c"},
		Readings:  []string{"A-05"},
		Class:     SeedOp, Topic: TopicAcute, Urgency: Critical, Asked: OnOrders, orders: plannedRoutes,
		When: "an acute fact stands and a planned route is being ordered",
		Then: "the planned route is too slow: acute admission; the order stays as it is",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{is("D-6 acute", f.acute), unless("the order is for something else", given(isForElsewhere(order)))}
		},
	},
	{
		ID:        "O-M1",
		Sentences: []string{"NS-MR-1b", "NS-MR-1c"},
		Readings:  []string{"A-05"},
		Class:     Seed, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered while the condition worsens or serious pathology is suspected, and nothing acute stands",
		Then: "the planned MRI criteria do not fit: escalate",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("F-06 worse or F-30 serious pathology suspected", anyOf(f.Worse, f.SeriousPathology)),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "O-M2",
		Sentences: []string{"NS-MR-1a", "NS-C4-3"},
		Readings:  []string{"A-07", "A-09"},
		Class:     Seed, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered on the page for non-specific pain, everything is answered, and treatment and exercise are not documented for long enough without effect",
		Then: "say that the criterion is not documented as met; physiotherapist or second opinion possible",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onPage(Nonspecific), f.boxNotMet()}
		},
	},
	{
		ID:        "O-M3",
		Sentences: []string{"NS-MR-1a", "NS-MR-1b", "NS-MR-1c", "NR-RF-1a", "NR-RF-1b", "NR-RF-1c"},
		Readings:  []string{"A-06"},
		Class:     System, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered and the criteria or the alarm symptoms cannot be judged",
		Then: "say what is missing",
		terms: func(f *inquiry, _ *Request) []Term {
			open := f.box == Unassessable || f.acute.Answer == Unknown
			return []Term{is("D-9 MRI criteria not assessable, or D-7", given(open))}
		},
		refine: func(f *inquiry, v *Verdict) {
			if f.acute.Answer == Unknown {
				v.Urgency = Warning
			}
		},
	},
	{
		ID:        "O-M4",
		Sentences: []string{"NS-MR-1a", "NS-MR-1b", "NS-MR-1c"},
		Readings:  []string{"A-09"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, Quiet: true, orders: mri,
		When: "lumbar MRI is ordered on the page for non-specific pain and every criterion is documented as met",
		Then: "no card",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onPage(Nonspecific), f.boxMet()}
		},
	},
	{
		ID:        "O-M5",
		Sentences: []string{"NS-C4-3", "NR-C3-3"},
		Readings:  []string{"A-07", "A-21"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered at the contact where the leaflet pairs it with a referral, there is no clear improvement, and no referral is known",
		Then: "draft the referral to the secondary sector",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("the contact at which improvement decides is reached", f.stepReached()),
				is("F-07 no clear improvement", not(f.ClearlyImproved)),
				unless("F-49 a referral to the secondary sector is open", f.SecondaryReferral),
				unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "O-M6",
		Sentences: []string{"NR-C3-3"},
		Readings:  []string{"A-08"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered with nerve-root involvement, certainly before the third contact, alarm symptoms answered, no serious pathology suspected",
		Then: "the leaflet places MRI at contact 3 if there is no clear improvement; second opinion possible",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(NerveRootPage), is("F-04 certainly before contact 3", f.beforeStep()),
				is("D-6 nothing acute, all answered", not(f.acute)),
				is("F-30 no serious pathology suspected", not(f.SeriousPathology)),
				unless("F-06 worse", f.Worse),
			}
		},
	},
	{
		ID:        "O-M7",
		Sentences: []string{"NS-T2", "NR-T1"},
		Readings:  []string{"A-14"},
		Class:     System, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered and nobody has stated whether a nerve root is involved",
		Then: "ask for the statement",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("D-10 the page is unknown", given(f.Page == PageUnknown)), unless("D-6 acute", f.acute)}
		},
	},
	{
		ID:       "O-M8",
		Readings: []string{"A-21"},
		Class:    System, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: mri,
		When: "lumbar MRI is ordered and the record holds an open order for it, or a completed one of this episode",
		Then: "say when it was ordered",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("F-49 lumbar MRI already ordered", f.MRIOrdered), unless("D-6 acute", f.acute)}
		},
	},
	{
		ID:        "O-X2",
		Sentences: []string{"NS-RF-1a", "NS-RF-1b", "NS-RF-1c", "NR-RF-1a", "NR-RF-1b", "NR-RF-1c"},
		Class:     System, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders, orders: otherImaging,
		When: "X-ray or CT of the lumbar spine is ordered and alarm symptoms are not all answered at this contact",
		Then: "list the open questions",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{is("D-7 acute facts unknown", given(f.acute.Answer == Unknown))}
		},
	},
	{
		ID:        "O-P1",
		Sentences: []string{"NS-C3-4", "NS-C5-2", "NR-FK-1", "NR-FK-2"},
		Readings:  []string{"A-12", "A-25"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: therapists,
		When: "physiotherapist or chiropractor is ordered with nerve-root involvement",
		Then: "fits the pathway; extended work-up or prolapse package is available",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{
				is("the order is about the back", f.orderAboutBack(order)),
				f.onPage(NerveRootPage), unless("D-6 acute", f.acute),
			}
		},
	},
	{
		ID:        "O-P2",
		Sentences: []string{"NS-RF-1a", "NS-RF-1b", "NS-RF-1c", "NR-RF-1a", "NR-RF-1b", "NR-RF-1c"},
		Class:     System, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: therapists,
		When: "physiotherapist or chiropractor is ordered for the back and alarm symptoms are not all answered at this contact",
		Then: "list the open questions before the referral",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{
				is("the order is about the back", f.orderAboutBack(order)),
				is("D-7 acute facts unknown", given(f.acute.Answer == Unknown)),
			}
		},
	},
	{
		ID:        "O-R1",
		Sentences: []string{"NS-SO-1", "NR-SO-1", "NS-C4-3", "NR-C3-3"},
		Readings:  []string{"A-04", "A-13", "A-19"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, orders: specialists,
		When: "a specialist is asked certainly before the page's step, no yellow flags, nothing severe or acute, all answered, no serious pathology suspected",
		Then: "earlier than the leaflet's step; second opinion possible",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{
				is("the order is about the back", f.orderAboutBack(order)),
				is("certainly before the page's step", f.beforeStep()),
				is("F-43 no yellow flags", not(f.YellowFlags)),
				is("D-6 nothing acute, all answered", not(f.acute)),
				is("F-30 no serious pathology suspected", not(f.SeriousPathology)),
				unless("D-4 severe, stable weakness", f.ParesisStable),
				unless("sphincter or saddle affected, cauda equina refuted", f.SphincterSettled),
				unless("F-06 worse", f.Worse),
			}
		},
	},
	{
		ID:        "O-R2",
		Sentences: []string{"NS-C3-6", "NS-C4-4", "NR-C3-4", "NR-C4-4"},
		Readings:  []string{"A-24"},
		Class:     Seed, Topic: TopicOrder, Urgency: Info, Asked: OnOrders, Quiet: true, orders: specialists,
		When: "a specialist is asked at the page's step or later",
		Then: "no card",
		terms: func(f *inquiry, order *Request) []Term {
			return []Term{is("the order is about the back", f.orderAboutBack(order)), is("the page's step is reached", f.stepReached())}
		},
	},
	{
		ID:        "O-C1",
		Sentences: []string{"NS-SO-1", "NR-SO-1"},
		Readings:  []string{"A-13"},
		Class:     SeedOp, Topic: TopicOrder, Urgency: Warning, Asked: OnOrders, orders: message,
		When: "a correspondence message is drafted while acute or severe findings stand",
		Then: "the message is not for acute cases",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("D-6 acute, D-4 severe weakness, or sphincter affected with cauda equina refuted",
					anyOf(f.acute, f.ParesisStable, f.SphincterSettled)),
			}
		},
		refine: func(f *inquiry, v *Verdict) {
			if f.acute.IsYes() {
				v.Urgency = Critical
			}
		},
	},
}

// boxNotMet is the term "a criterion of the MRI box is documented as not met",
// with the evidence for it.
func (f *inquiry) boxNotMet() Term {
	fact := no()
	switch f.box {
	case NotMet:
		fact = yes(f.boxEvidence()...)
	case Unassessable:
		fact = unknown()
	case WrongRoute, NotOnPage, Met:
	}
	return is("D-9 MRI criteria not met", fact)
}

// isForElsewhere reports that an order is for another part of the body, by
// its own reason.
func isForElsewhere(order *Request) bool {
	return order.AboutBack == No && !isBackOrder(order.Concept)
}

// orderAboutBack is whether an order that could be for any part of the body is
// for the back: by its reason or what it orders, else by this contact.
func (f *inquiry) orderAboutBack(order *Request) Fact {
	switch {
	case isForElsewhere(order):
		return no()
	case order.AboutBack.IsYes() || isBackOrder(order.Concept):
		return yes()
	default:
		return f.relevant().Fact
	}
}
