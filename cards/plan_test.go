package cards_test

import (
	"fmt"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/pathway"
)

// course is a visit with all alarm symptoms answered, after so many contacts.
func course(page pathway.Concept, contacts int) *story {
	s := visit().diagnosis(page, "Lændesmerter", 52).redFlagsAbsent()
	for i := range contacts - 1 {
		s.contact(fmt.Sprintf("earlier-%d", i), 40-5*i)
	}
	return s
}

func (s *story) openReferral() *story {
	s.Requests = append(s.Requests, pathway.Request{
		Reference: "ServiceRequest/r1", Concept: pathway.OrderSecondarySector, Open: true, Authored: daysAgo(5),
		Evidence: pathway.Evidence{Reference: "ServiceRequest/r1", Concept: pathway.OrderSecondarySector, When: daysAgo(5)},
	})
	return s
}

func (s *story) treated(weeks int) *story {
	for _, concept := range []pathway.Concept{pathway.OtherTreatment, pathway.Exercise} {
		s.answer(concept, "yes", 0)
		s.Observations[len(s.Observations)-1].Start = daysAgo(7 * weeks)
	}
	return s
}

func TestContactNumberAndDaysSinceOnsetStandTogether(t *testing.T) {
	s := course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0)
	card := about(t, s.cards(t, call), "R-P6")
	summaryIs(t, card, "Ingen klar bedring – sekundærsektor og MR-scanning")
	says(t, card.Detail, "**Forløb:** Kontakt nr. 4, dag 52 siden debut.")

	s.Encounters[2].About = pathway.Unknown
	card = about(t, s.cards(t, call), "R-P6")
	summaryIs(t, card, "Ingen klar bedring – sekundærsektor og MR-scanning (muligvis 4. kontakt)")
	says(t, card.Detail, "Kontakt nr. 4 (muligvis), dag 52 siden debut; mindst kontakt nr. 3 er sikker.")
	says(t, about(t, s.cards(t, inEnglish()), "R-P6").Summary, "(possibly 4th contact)")

	s.Gaps = append(s.Gaps, pathway.Gap{Source: pathway.FromEncounters, Whole: true})
	s.Conditions[0].Onset = pathway.When{}
	card = about(t, s.cards(t, call), "R-P6")
	says(t, card.Summary, "(kontaktnummer ukendt)")
	says(t, card.Detail, "**Forløb:** kontaktnummer ukendt, dag 52 siden første registrering, debut ukendt.", "Ikke registreret:", "kontaktnummer")
}

func TestAnInexactOnsetIsARangeOfDays(t *testing.T) {
	s := course(pathway.NonspecificStated, 1)
	s.Conditions[0].Onset = pathway.When{Earliest: today.AddDate(0, 0, -60), Latest: today.AddDate(0, 0, -31)}
	says(t, about(t, s.cards(t, call), "R-P1").Detail, "Kontakt nr. 1, dag 31–60 siden debut.")
}

func TestNoImprovementSuggestsReferralAndScan(t *testing.T) {
	card := about(t, course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0).cards(t, call), "R-P6")
	says(t, labels(card), "Udkast: henvisning til sekundærsektor\nUdkast: MR-scanning af lænden")
	if card.SelectionBehavior != cards.Any {
		t.Errorf("selection %s", card.SelectionBehavior)
	}
	card = about(t, course(pathway.NerveRoot, 3).answer(pathway.ClearImprovement, "no", 0).cards(t, call), "R-P7")
	silentOn(t, labels(card), "speciallæge")
	card = about(t, course(pathway.NerveRoot, 4).answer(pathway.ClearImprovement, "no", 0).cards(t, call), "R-P7")
	says(t, labels(card), "Udkast: henvisning til sekundærsektor\nUdkast: MR-scanning af lænden\nUdkast: henvisning til praktiserende speciallæge")
}

func TestAnOpenReferralIsNamedInsteadOfAnother(t *testing.T) {
	for rule, s := range map[string]*story{
		"R-P4": course(pathway.NonspecificStated, 3).answer(pathway.YellowFlags, "present", 0),
		"R-P6": course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0),
		"R-P7": course(pathway.NerveRoot, 4).answer(pathway.ClearImprovement, "no", 0),
	} {
		card := about(t, s.openReferral().cards(t, call), rule)
		says(t, card.Summary, "er allerede åben")
		says(t, card.Detail, "derfor foreslås ikke en ny", "Henvisning til sekundærsektor (18.11.2026)")
		silentOn(t, labels(card), "sekundærsektor", "speciallæge")
	}
}

func TestAScanThatIsOrderedIsNamedInsteadOfAnother(t *testing.T) {
	s := course(pathway.NerveRoot, 3).answer(pathway.ClearImprovement, "no", 0)
	s.Requests = append(s.Requests, pathway.Request{
		Reference: "ServiceRequest/m1", Concept: pathway.OrderMRILumbar, Open: true, Authored: daysAgo(5),
		Evidence: pathway.Evidence{Reference: "ServiceRequest/m1", Concept: pathway.OrderMRILumbar, Display: "MR columna lumbalis", When: daysAgo(5)},
	})
	card := about(t, s.cards(t, call), "R-P7")
	says(t, card.Detail, "allerede bestilt eller udført", "MR columna lumbalis (18.11.2026)")
	silentOn(t, labels(card), "MR-scanning")
}

func TestTheMRIBoxIsShownBesideTheReferralAndNeverForbids(t *testing.T) {
	base := func() *story { return course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0) }
	answered := func(weeks int, effect string) *story {
		return base().answer(pathway.Course, "unchanged", 0).answer(pathway.SeriousPathology, "no", 0).answer(pathway.TreatmentEffect, effect, 0).treated(weeks)
	}
	for want, s := range map[string]*story{
		"kriteriet 4–6 ugers behandling og træning uden effekt er dokumenteret opfyldt. Uger med både behandling og træning: 7.":      answered(7, "none"),
		"er dokumenteret opfyldt. Mellem 4 og 6 uger er det lægens skøn. Uger med både behandling og træning: 5.":                     answered(5, "none"),
		"kriteriet 4–6 ugers behandling og træning uden effekt er ikke dokumenteret opfyldt. Uger med både behandling og træning: 2.": answered(2, "none"),
		"kriterierne kan ikke vurderes, fordi svar mangler. Det er ikke et nej til MR.":                                               base(),
		"ved forværring eller mistanke om alvorlig patologi er den planlagte vej for langsom. Eskalér; MR frarådes ikke.":             base().answer(pathway.Course, "worse", 0),
		"er ikke dokumenteret opfyldt. Journalen siger, at behandlingen har haft effekt. Uger med både behandling og træning: 7.":     answered(7, "some"),
	} {
		says(t, about(t, s.cards(t, call), "R-P6").Detail, want)
	}
	says(t, about(t, base().cards(t, call), "R-P6").Detail,
		"Ikke registreret: forløb, mistanke om alvorlig patologi, effekt af behandling og træning, anden relevant behandling og træning.")
}

func TestYellowFlagsNameTheContact(t *testing.T) {
	yellow := func(contacts int) *story {
		return course(pathway.NonspecificStated, contacts).answer(pathway.YellowFlags, "present", 0)
	}
	summaryIs(t, about(t, yellow(3).cards(t, call), "R-P4"), "Gule flag ved 3. kontakt – henvis til sekundærsektor")
	s := yellow(3)
	s.Encounters[1].About = pathway.Unknown
	summaryIs(t, about(t, s.cards(t, call), "R-P4"), "Gule flag – henvis til sekundærsektor (muligvis 3. kontakt)")
	s = yellow(4)
	s.Encounters[1].About = pathway.Unknown
	summaryIs(t, about(t, s.cards(t, call), "R-P4"), "Gule flag ved 3. kontakt eller senere – henvis til sekundærsektor")
	s.Gaps = append(s.Gaps, pathway.Gap{Source: pathway.FromEncounters, Whole: true})
	summaryIs(t, about(t, s.cards(t, call), "R-P4"), "Gule flag – henvis til sekundærsektor (kontaktnummer ukendt)")
}

func TestOpenRedFlagQuestionsAreEachOneClick(t *testing.T) {
	s := visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 3)
	card := about(t, s.cards(t, call), "R-Q1")
	summaryIs(t, card, "Alarmsymptomer er ikke registreret ved denne kontakt")
	says(t, card.Detail, "Ikke registreret betyder ikke fraværende.", "sadelsensibilitet, vandladningsforstyrrelse")
	if len(card.Suggestions) != 8 || card.SelectionBehavior != cards.Any {
		t.Errorf("%d suggestions, %s", len(card.Suggestions), card.SelectionBehavior)
	}
	for _, item := range []pathway.Concept{pathway.SaddleSensation, pathway.Paralysis} {
		if !strings.Contains(strings.Join(card.Extension.Decision.Missing, " "), string(item)) {
			t.Errorf("%s is not among the missing", item)
		}
	}

	s = visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 3).redFlagsAbsent()
	s.Observations = s.Observations[2:]
	card = about(t, s.cards(t, call), "R-Q1")
	summaryIs(t, card, "2 af 7 alarmsymptomer er ikke registreret ved denne kontakt")
	want := "Registrér: alle 2 manglende alarmsymptomer er spurgt og fraværende\nRegistrér sadelsensibilitet: nedsat\nRegistrér vandladningsforstyrrelse: nyopstået"
	if labels(card) != want {
		t.Errorf("suggests\n%s", labels(card))
	}
}

func TestAnOldSphincterSymptomIsAskedAbout(t *testing.T) {
	old := func(concept pathway.Concept) *story {
		s := visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 9)
		return s.diagnosis(concept, "Gammelt fund", 2000)
	}
	card := about(t, old(pathway.UrinaryIncontinence).cards(t, call), "R-Q2")
	says(t, labels(card), "Registrér vandladningsforstyrrelse: uændret\nRegistrér vandladningsforstyrrelse: forværret")
	card = about(t, old(pathway.FaecalIncontinence).cards(t, call), "R-Q2")
	says(t, labels(card), "Registrér afføringsforstyrrelse: uændret\nRegistrér afføringsforstyrrelse: forværret")
	card = about(t, old(pathway.CaudaEquina).cards(t, call), "R-Q2")
	summaryIs(t, card, "Tidligere cauda equina-diagnose – har symptomerne ændret sig?")
	says(t, labels(card), "sadelsensibilitet: bevaret", "vandladningsforstyrrelse: uændret", "afføringsforstyrrelse: forværret")
	s := visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 9).answer(pathway.BladderDisturbance, "unchanged", 0)
	card = about(t, s.cards(t, call), "R-Q2")
	summaryIs(t, card, "Symptom fra blære eller tarm står som uændret – siden hvornår?")
	silentOn(t, labels(card), ": uændret")
}

func TestTheNextStepOfBothPagesStandsSideBySide(t *testing.T) {
	s := course(pathway.LowBackPain, 3)
	card := about(t, s.cards(t, call), "R-Q3")
	says(t, card.Detail,
		"- Uden nerverodspåvirkning, 3. kontakt: »Ved gule flag henvis til sekundærsektor.« (NS-C3-3) ",
		"- Med nerverodspåvirkning, 3. kontakt: »Henvisning til sekundærsektor og MR-scanning, hvis der ikke er sket klar bedring med patient.« (NR-C3-3)\n")
	says(t, strings.Join(card.Extension.Decision.Sentences, " "), "NS-C3-3", "NR-C3-3")

	s.Gaps = append(s.Gaps, pathway.Gap{Source: pathway.FromEncounters, Whole: true})
	says(t, about(t, s.cards(t, call), "R-Q3").Detail, "Uden nerverodspåvirkning, fra 4. kontakt: »", "Med nerverodspåvirkning, fra 3. kontakt: »")

	says(t, about(t, course(pathway.LowBackPain, 6).cards(t, call), "R-Q3").Detail, "fra 5. kontakt: »Behandling og egenindsats", "fra 4. kontakt: »Henvisning til sekundærsektor eller praktiserende")
}

func TestPatientInformationKeepsTheWordsOfThePage(t *testing.T) {
	card := about(t, course(pathway.NonspecificStated, 1).cards(t, call), "R-I1")
	says(t, card.Detail, "**Patientinformation**\n\n- »Fortæl, at der ofte sker spontan bedring.« (NS-PI-1)", "»Henvis til Patienthåndbogens", "ikke til akutte tilfælde")
	silentOn(t, card.Detail, "Overvej", "NR-PI")
	if len(card.Links) != 2 || card.Links[0].URL != "https://ondtiryggen.rm.dk" || card.Links[0].Type != "absolute" {
		t.Errorf("links %+v", card.Links)
	}
	card = about(t, course(pathway.NerveRoot, 1).cards(t, call), "R-I1")
	says(t, card.Detail, "»Overvej henvisning til Patienthåndbogens")
	silentOn(t, card.Detail, "NS-PI")
	says(t, about(t, course(pathway.NerveRoot, 1).cards(t, inEnglish()), "R-I1").Detail, "– Consider referring to the exercise films")
}

func TestASecondOpinionIsNeverBesideASevereFinding(t *testing.T) {
	s := visit().diagnosis(pathway.NerveRoot, "Iskias", 20).redFlagsAbsent().strength("hip-flexion-left", 3, 9).strength("hip-flexion-left", 3, 0)
	list := s.cards(t, call)
	card := about(t, list, "R-S1")
	says(t, labels(card), "Udkast: henvisning til sekundærsektor")
	for _, c := range list {
		silentOn(t, labels(c)+c.Detail, "rygvisitation")
	}
}

func TestUrgentCardsSayWhatStands(t *testing.T) {
	s := course(pathway.NonspecificStated, 2).answer(pathway.SeriousPathology, "yes", 0).openReferral()
	card := about(t, s.cards(t, call), "R-S3")
	summaryIs(t, card, "Mistanke om alvorlig patologi – planlagt MR-kriterium gælder ikke")
	says(t, card.Detail, "billeddiagnostik frarådes ikke", "Mistanke om alvorlig patologi: ja (23.11.2026)", "kontrollér, at hastegraden passer")
	says(t, labels(card), "Udkast: henvisning til sekundærsektor")

	s = visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 9).answer(pathway.SaddleSensation, "reduced", 4)
	s.diagnosis(pathway.CaudaEquina, "Cauda equina", 2)
	s.Conditions[1].Refuted = true
	says(t, about(t, s.cards(t, call), "R-S4").Summary, "cauda equina afkræftet – henvis til sekundærsektor")

	s = visit().diagnosis(pathway.NonspecificStated, "Rygsyndrom", 9).diagnosis(pathway.DiscProlapse, "Diskusprolaps", 9).redFlagsAbsent()
	card = about(t, s.cards(t, call), "R-S2")
	summaryIs(t, card, "Kodet uden nerverodspåvirkning, men fund taler imod")
	says(t, labels(card), "nerverodspåvirkning: ja\nRegistrér nerverodspåvirkning: nej\nRegistrér nerverodspåvirkning: usikker")
	s = visit().diagnosis(pathway.NonspecificStated, "Rygsyndrom", 9).answer(pathway.NerveRootInvolvement, "yes", 0).redFlagsAbsent()
	summaryIs(t, about(t, s.cards(t, call), "R-S2"), "Kodning, fund og svar er uenige om nerverodspåvirkning")
}

func TestWhatTheLeafletDoesNotDescribeSaysWhy(t *testing.T) {
	s := course(pathway.NonspecificStated, 1)
	s.Birth = daysAgo(17 * 365)
	s.diagnosis(pathway.Pregnancy, "Gravid", 100)
	s.Conditions[0].Onset = daysAgo(100)
	card := about(t, s.cards(t, call), "R-X1")
	says(t, card.Detail, "Årsag: under 18 år, graviditet og varighed over 12 uger.", "De akutte kriterier gælder fortsat")
}

func TestWhatCouldNotBeReadStandsOnEveryCard(t *testing.T) {
	s := course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0)
	s.Gaps = []pathway.Gap{
		{Source: pathway.FromProcedures, Whole: true, Reason: "not given"},
		{Source: pathway.FromObservations, Reason: "unreadable: /status", Concept: pathway.SaddleSensation},
		{Source: pathway.FromObservations, Reason: "unreadable: /code"},
	}
	list := s.cards(t, call)
	if len(list) < 2 {
		t.Fatalf("%d cards", len(list))
	}
	for _, card := range list {
		says(t, card.Detail, "Kunne ikke læses helt: procedurer og behandlinger.", "Enkelte poster kunne ikke læses: observationer (2).",
			"De kunne have handlet om: sadelsensibilitet.", "Ikke læst betyder ikke fraværende.")
	}
	s.Gaps = s.Gaps[:1]
	for _, card := range s.cards(t, call) {
		silentOn(t, card.Detail, "Ikke læst betyder")
	}

	s = visit().diagnosis(pathway.LowBackPain, "Lænd", 3)
	s.Gaps = []pathway.Gap{{Source: pathway.FromObservations, Whole: true}}
	card := about(t, s.cards(t, call), "R-Q0")
	summaryIs(t, card, "Journalen kunne ikke læses helt – alarmsymptomer er ukendte")
	says(t, card.Detail, "Kunne ikke læses helt: observationer. Ikke læst betyder ikke fraværende.")
}

func TestReasonsToSetACardAsideFitTheCard(t *testing.T) {
	codes := func(card cards.Card) string {
		var all []string
		for _, reason := range card.OverrideReasons {
			all = append(all, reason.Code)
		}
		return strings.Join(all, " ")
	}
	const everywhere = "already-admitted-or-referred known-unchanged patient-declines wrong-data other"
	if got := codes(only(t, visit().answer(pathway.IntractablePain, "yes", 0).cards(t, call))); got != "cauda-equina-refuted "+everywhere {
		t.Errorf("acute card: %s", got)
	}
	list := course(pathway.NonspecificStated, 1).cards(t, call)
	if got := codes(about(t, list, "R-P1")); got != everywhere {
		t.Errorf("plan card: %s", got)
	}
}
