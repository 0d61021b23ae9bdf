package pathway

import "slices"

// given facts are built directly here, for the tests that ask what a rule
// makes of them, however they came about.

// turn is one thing that is different from the calm patient.
type turn func(*Facts)

// calm is a patient with non-specific pain for ten days, at the first contact
// about it, of whom everything has been asked and nothing is alarming.
func calm(turns ...turn) *Facts {
	f := &Facts{
		AsOf: now, Hook: PatientView, Parameters: DefaultParameters(),
		BackPain: yes(), Current: yes(), Onset: Onset{When: daysAgo(10)},
		Contact: Count{Min: 1, Max: 1}, AboutBack: yes(),
		Page: Nonspecific, PageDisagrees: no(),
		Worse: no(), ClearlyImproved: yes(), Minor: no(), Pregnant: no(),
		CaudaEquina: no(), SphincterSettled: no(), SphincterChange: no(),
		Paresis: no(), ParesisUnclear: no(), ParesisStable: no(), IntractablePain: no(),
		RedFlags: yes(), SeriousPathology: no(),
		YellowFlags: no(), Treated: Weeks{Known: true}, WithoutEffect: no(),
		PathologyHints: no(), StartBackHigh: no(), HighPainScore: no(), Implant: no(),
		SecondaryReferral: no(), MRIOrdered: no(),
	}
	for _, turned := range turns {
		turned(f)
	}
	return f
}

func hook(h Hook) turn { return func(f *Facts) { f.Hook = h } }

// ordering calls the service while these orders are selected.
func ordering(orders ...Concept) turn {
	return func(f *Facts) {
		f.Hook = OrderSign
		for _, concept := range orders {
			f.Orders = append(f.Orders, order(string(concept), concept, selected))
		}
	}
}

// orderFor says what the selected orders are for.
func orderFor(about Answer) turn {
	return func(f *Facts) {
		for i := range f.Orders {
			f.Orders[i].AboutBack = about
		}
	}
}

func backPainIs(a Answer) turn       { return func(f *Facts) { f.BackPain.Answer = a } }
func aboutBackIs(a Answer) turn      { return func(f *Facts) { f.AboutBack.Answer = a } }
func currentIs(a Answer) turn        { return func(f *Facts) { f.Current.Answer = a } }
func pageIs(p Page) turn             { return func(f *Facts) { f.Page = p } }
func disagreesIs(a Answer) turn      { return func(f *Facts) { f.PageDisagrees.Answer = a } }
func contactIs(low, high int) turn   { return func(f *Facts) { f.Contact = Count{Min: low, Max: high} } }
func contactUnknown(f *Facts)        { f.Contact = Count{} }
func worseIs(a Answer) turn          { return func(f *Facts) { f.Worse.Answer = a } }
func improvedIs(a Answer) turn       { return func(f *Facts) { f.ClearlyImproved.Answer = a } }
func minorIs(a Answer) turn          { return func(f *Facts) { f.Minor.Answer = a } }
func pregnantIs(a Answer) turn       { return func(f *Facts) { f.Pregnant.Answer = a } }
func onsetIs(when When) turn         { return func(f *Facts) { f.Onset.When = when } }
func caudaEquinaIs(a Answer) turn    { return func(f *Facts) { f.CaudaEquina.Answer = a } }
func settledIs(a Answer) turn        { return func(f *Facts) { f.SphincterSettled.Answer = a } }
func changeIs(a Answer) turn         { return func(f *Facts) { f.SphincterChange.Answer = a } }
func paresisIs(a Answer) turn        { return func(f *Facts) { f.Paresis.Answer = a } }
func paresisUnclearIs(a Answer) turn { return func(f *Facts) { f.ParesisUnclear.Answer = a } }
func paresisStableIs(a Answer) turn  { return func(f *Facts) { f.ParesisStable.Answer = a } }
func painIs(a Answer) turn           { return func(f *Facts) { f.IntractablePain.Answer = a } }
func pathologyIs(a Answer) turn      { return func(f *Facts) { f.SeriousPathology.Answer = a } }
func yellowIs(a Answer) turn         { return func(f *Facts) { f.YellowFlags.Answer = a } }
func treatedFor(low, high int) turn {
	return func(f *Facts) { f.Treated = Weeks{Known: true, Min: low, Max: high} }
}
func treatedUnknown(f *Facts)       { f.Treated = Weeks{} }
func withoutEffectIs(a Answer) turn { return func(f *Facts) { f.WithoutEffect.Answer = a } }
func hintsIs(a Answer) turn         { return func(f *Facts) { f.PathologyHints.Answer = a } }
func startBackIs(a Answer) turn     { return func(f *Facts) { f.StartBackHigh.Answer = a } }
func highScoreIs(a Answer) turn     { return func(f *Facts) { f.HighPainScore.Answer = a } }
func implantIs(a Answer) turn       { return func(f *Facts) { f.Implant.Answer = a } }
func referralIs(a Answer) turn      { return func(f *Facts) { f.SecondaryReferral.Answer = a } }
func mriOrderedIs(a Answer) turn    { return func(f *Facts) { f.MRIOrdered.Answer = a } }

// redFlagsOpen leaves these questions unanswered at this contact.
func redFlagsOpen(items ...Concept) turn {
	return func(f *Facts) { f.RedFlags, f.RedFlagsMissing = unknown(), items }
}

func switchedOn(ids ...string) turn {
	return func(f *Facts) { f.Parameters.Extensions = slices.Concat(f.Parameters.Extensions, ids) }
}

func gap(source Source, whole bool) turn {
	return func(f *Facts) { f.Gaps = append(f.Gaps, Gap{Source: source, Whole: whole}) }
}

func all(turns ...turn) turn {
	return func(f *Facts) {
		for _, turned := range turns {
			turned(f)
		}
	}
}
