package pathway

// The planning rules are the leaflet's boxes, contact by contact.
var planRules = []*Rule{
	{
		ID:        "R-P1",
		Sentences: []string{"NS-C1-1", "NS-C1-2", "NS-C1-3"},
		Readings:  []string{"A-28"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "non-specific pain, first contact",
		Then: "extended history, examination, information",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onPage(Nonspecific), is("F-04 contact 1", f.Contact.Is(1)), f.relevant()}
		},
	},
	{
		ID:        "R-P2",
		Sentences: []string{"NR-C1-1", "NR-C1-2", "NR-C1-3", "NR-C2-0"},
		Readings:  []string{"A-28"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "nerve-root involvement, first contact",
		Then: "extended history, examination, information; plan the follow-up, which is not optional",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onPage(NerveRootPage), is("F-04 contact 1", f.Contact.Is(1)), f.relevant()}
		},
	},
	{
		ID:        "R-P3",
		Sentences: []string{"NS-C2-1", "NS-C2-2", "NS-C2-3", "NR-C2-1", "NR-C2-2", "NR-C2-3"},
		Readings:  []string{"A-17"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "second contact",
		Then: "reassess, inform, assess yellow flags",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onAPage(), is("F-04 contact 2", f.Contact.Is(2)), f.relevant()}
		},
	},
	{
		ID:        "R-P4",
		Sentences: []string{"NS-C3-3", "NS-C3-6"},
		Readings:  []string{"A-16", "A-19", "A-24"},
		Class:     Seed, Topic: TopicPlan, Urgency: Warning, Asked: OnView,
		When: "non-specific pain, third contact or later, yellow flags present",
		Then: "secondary sector by dynamic referral",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(Nonspecific), f.offeredFrom(f.Parameters.ContactYellowFlags),
				is("F-43 yellow flags present", f.YellowFlags), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P5",
		Sentences: []string{"NS-C3-4", "NS-C3-5"},
		Readings:  []string{"A-19", "A-25"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "non-specific pain, third contact or later, no referral to the secondary sector is open",
		Then: "options: work-up at physiotherapist or chiropractor, municipal service",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(Nonspecific), is("F-04 contact 3 or later", f.Contact.Reaches(f.Parameters.ContactYellowFlags)),
				unless("F-49 a referral to the secondary sector is open", f.SecondaryReferral), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P6",
		Sentences: []string{"NS-C4-3", "NS-C4-4", "NS-MR-1a", "NS-MR-1b", "NS-MR-1c"},
		Readings:  []string{"A-07", "A-10", "A-19", "A-24"},
		Class:     Seed, Topic: TopicPlan, Urgency: Warning, Asked: OnView,
		When: "non-specific pain, fourth contact or later, the clinician has recorded that there is no clear improvement",
		Then: "secondary sector and MRI by dynamic referral; the MRI criteria are shown beside it",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(Nonspecific), f.offeredFrom(f.Parameters.ContactMRINonspecific),
				is("F-07 no clear improvement", not(f.ClearlyImproved)), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P7",
		Sentences: []string{"NR-C3-3", "NR-C3-4", "NR-C4-3", "NR-C4-4"},
		Readings:  []string{"A-08", "A-10", "A-19", "A-21", "A-24"},
		Class:     Seed, Topic: TopicPlan, Urgency: Warning, Asked: OnView,
		When: "nerve-root involvement, third contact or later, the clinician has recorded that there is no clear improvement",
		Then: "secondary sector and MRI by dynamic referral; from contact 4 a practising specialist instead",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(NerveRootPage), f.offeredFrom(f.Parameters.ContactMRINerveRoot),
				is("F-07 no clear improvement", not(f.ClearlyImproved)), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P8",
		Sentences: []string{"NS-C4-3", "NR-C3-3"},
		Readings:  []string{"A-10"},
		Class:     System, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "the contact at which clear improvement decides, and nobody has said whether there is any",
		Then: "ask for the clinician's judgement",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				is("the contact at which improvement decides is reached", f.stepReached()),
				is("F-07 clear improvement not stated", given(f.ClearlyImproved.Answer == Unknown)), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P9",
		Sentences: []string{"NR-FK-1", "NR-FK-2"},
		Readings:  []string{"A-12", "A-25"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "nerve-root involvement, second contact or later, nothing acute stands",
		Then: "physiotherapist or chiropractor possible: extended work-up or prolapse package",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(NerveRootPage), is("F-04 contact 2 or later", f.Contact.Reaches(2)),
				unless("D-6 acute", f.acute), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P10",
		Sentences: []string{"NS-C5-1", "NS-C5-2"},
		Readings:  []string{"A-20"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "non-specific pain, fifth contact or later",
		Then: "treatment and self-care in the primary sector; physiotherapist or chiropractor possible",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(Nonspecific), is("F-04 contact 5 or later", f.Contact.Reaches(f.Parameters.ContactContinuingCare)), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P11",
		Sentences: []string{"NS-MR-1a", "NS-MR-1b", "NS-MR-1c"},
		Readings:  []string{"A-05", "A-06", "A-07", "A-09"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "non-specific pain before the fourth contact, and every MRI criterion is documented as met",
		Then: "MRI may be offered",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{
				f.onPage(Nonspecific),
				is("F-04 contact before 4", not(f.Contact.Reaches(f.Parameters.ContactMRINonspecific))),
				f.boxMet(), f.relevant(),
			}
		},
	},
	{
		ID:        "R-P12",
		Sentences: []string{"NR-C2-3"},
		Readings:  []string{"A-16"},
		Class:     Seed, Topic: TopicPlan, Urgency: Info, Asked: OnView,
		When: "nerve-root involvement, yellow flags present",
		Then: "put them into the referral",
		terms: func(f *inquiry, _ *Request) []Term {
			return []Term{f.onPage(NerveRootPage), is("F-43 yellow flags present", f.YellowFlags), f.relevant()}
		},
	},
}

// onPage is the term "this page of the leaflet applies". An unknown page, or
// one on which the record disagrees, is not the other page.
func (f *inquiry) onPage(page Page) Term {
	fact := Fact{Evidence: f.PageEvidence}
	switch f.Page {
	case page:
		fact.Answer = Yes
	case Nonspecific, NerveRootPage:
		fact.Answer = No
	case PageUnknown, Mismatch:
	}
	if page == NerveRootPage {
		return is("D-10 page NR", fact)
	}
	return is("D-10 page NS", fact)
}

// onAPage is the term "one of the two pages applies".
func (f *inquiry) onAPage() Term {
	fact := Fact{Evidence: f.PageEvidence}
	if f.Page == Nonspecific || f.Page == NerveRootPage {
		fact.Answer = Yes
	}
	return is("D-10 page NS or NR", fact)
}

// offeredFrom is the term of rules that offer escalation from a contact on.
// Where no number can be had at all, the recorded clinical fact is enough and
// the card says that the number is unknown (decision C-32).
func (f *inquiry) offeredFrom(contact int) Term {
	fact := f.Contact.Reaches(contact)
	if !f.Contact.Known() {
		fact = yes()
	}
	return is("F-04 the contact from which it is offered, or unknown", fact)
}

// stepReached is whether the contact has come at which the page pairs referral
// and MRI. On an unknown page it stays unknown: neither "yes" nor "not yet".
func (f *inquiry) stepReached() Fact {
	switch f.Page {
	case Nonspecific:
		return f.Contact.Reaches(f.Parameters.ContactMRINonspecific)
	case NerveRootPage:
		return f.Contact.Reaches(f.Parameters.ContactMRINerveRoot)
	case PageUnknown, Mismatch:
	}
	return unknown()
}

// beforeStep is whether the contact is certainly before that one.
func (f *inquiry) beforeStep() Fact {
	switch f.Page {
	case Nonspecific:
		return f.Contact.Below(f.Parameters.ContactMRINonspecific)
	case NerveRootPage:
		return f.Contact.Below(f.Parameters.ContactMRINerveRoot)
	case PageUnknown, Mismatch:
	}
	return unknown()
}

// boxMet is the term "every criterion of the MRI box is documented as met",
// with the evidence for each.
func (f *inquiry) boxMet() Term {
	fact := Fact{Answer: No}
	switch f.box {
	case Met:
		fact = yes(f.boxEvidence()...)
	case Unassessable:
		fact = unknown()
	case WrongRoute, NotOnPage, NotMet:
	}
	return is("D-9 MRI criteria met", fact)
}

// boxEvidence is what the MRI box rests on.
func (f *inquiry) boxEvidence() []Evidence {
	var found []Evidence
	for _, evidence := range [][]Evidence{f.Treated.Evidence, f.WithoutEffect.Evidence, f.Worse.Evidence, f.SeriousPathology.Evidence} {
		found = append(found, evidence...)
	}
	return found
}
