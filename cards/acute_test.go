package cards_test

import (
	"strings"
	"testing"
	"time"

	"rygkort/cards"
	"rygkort/pathway"
)

func only(t testing.TB, list []cards.Card) cards.Card {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("%d cards, not one", len(list))
	}
	return list[0]
}

func summaryIs(t testing.TB, card cards.Card, want string) {
	t.Helper()
	if card.Summary != want {
		t.Errorf("summary %q, not %q", card.Summary, want)
	}
}

func TestOneAcuteReasonKeepsItsOwnSummary(t *testing.T) {
	for rule, s := range map[string]*story{
		"Mistanke om cauda equina syndrom – akut indlæggelse":   visit().answer(pathway.SaddleSensation, "reduced", 0),
		"Progredierende parese/paralyse – akut indlæggelse":     visit().answer(pathway.ParesisProgressive, "yes", 0),
		"Intraktable smerter – akut indlæggelse":                visit().answer(pathway.IntractablePain, "yes", 0),
		"Svær kraftnedsættelse, udvikling ukendt – vurdér akut": visit().strength("hip-flexion-left", 2, 0),
	} {
		card := only(t, s.cards(t, call))
		summaryIs(t, card, rule)
		if card.Indicator != pathway.Critical {
			t.Errorf("indicator %s", card.Indicator)
		}
	}
}

func TestSeveralAcuteReasonsAreNamedTogether(t *testing.T) {
	s := visit().answer(pathway.SaddleSensation, "reduced", 0).answer(pathway.ParesisProgressive, "yes", 0)
	summaryIs(t, only(t, s.cards(t, call)), "Cauda equina-mistanke og progredierende parese – akut indlæggelse")
	summaryIs(t, only(t, s.cards(t, inEnglish())), "Suspected cauda equina and progressive paresis – acute admission")

	s = visit().answer(pathway.Paralysis, "yes", 0).answer(pathway.IntractablePain, "yes", 0).answer(pathway.BladderDisturbance, "new", 0)
	summaryIs(t, only(t, s.cards(t, call)), "Cauda equina-mistanke, paralyse og intraktable smerter – akut indlæggelse")

	s = visit().strength("hip-flexion-left", 2, 0).answer(pathway.IntractablePain, "yes", 0)
	summaryIs(t, only(t, s.cards(t, call)), "Intraktable smerter og svær kraftnedsættelse (udvikling ukendt) – akut indlæggelse")
}

func TestAFallInStrengthIsShownAsASeriesWithItsDates(t *testing.T) {
	s := visit().strength("ankle-dorsiflexion-right", 5, 12).strength("ankle-dorsiflexion-right", 4, 6).strength("ankle-dorsiflexion-right", 3, 0)
	says(t, only(t, s.cards(t, call)).Detail, "- Kraft 5 → 4 → 3, dorsalfleksion af foden, højre (11.11.2026 → 17.11.2026 → 23.11.2026)\n")
	says(t, only(t, s.cards(t, inEnglish())).Detail, "- Strength 5 → 4 → 3, ankle dorsiflexion, right (11 November 2026 → 17 November 2026 → 23 November 2026)\n")
}

// TestADateThatIsOnlyAMonthIsNoCourse: 5 of some day of November and 4 of today
// are a fall or none, and an arrow would show a rise.
func TestADateThatIsOnlyAMonthIsNoCourse(t *testing.T) {
	s := visit().strength("ankle-dorsiflexion-right", 4, 0).strength("ankle-dorsiflexion-right", 5, 0)
	begin := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	s.Observations[len(s.Observations)-1].Effective = pathway.When{Earliest: begin, Latest: begin.AddDate(0, 1, 0).Add(-time.Nanosecond)}
	says(t, only(t, s.cards(t, call)).Detail, "- Kraft 4 / 5, dorsalfleksion af foden, højre (23.11.2026 / november 2026; rækkefølgen er ukendt)\n")
	says(t, only(t, s.cards(t, inEnglish())).Detail, "(23 November 2026 / November 2026; which came first is not known)\n")
}

func TestALongSeriesShowsItsNewestGrades(t *testing.T) {
	s := visit()
	for i, grade := range []int{5, 5, 5, 4, 4, 4, 3, 2} {
		s.strength("<venstre> tå", grade, 20-2*i)
	}
	says(t, only(t, s.cards(t, call)).Detail, `Kraft … → 5 → 4 → 4 → 4 → 3 → 2, \<venstre\> tå (… → 07.11.2026 → `)
}

func TestUnknownCourseIsSaidAndStrengthIsAskedFor(t *testing.T) {
	card := only(t, visit().strength("hip-flexion-left", 2, 0).cards(t, call))
	says(t, card.Detail, "udvikling ukendt", "Mål og registrér kraften (0–5)", "Ikke registreret: grad og udvikling af kraften i benet.")
	if labels(card) != "Udkast: akut indlæggelse" {
		t.Errorf("suggests\n%s", labels(card))
	}
}

func TestSuspicionAndDayOfRecordingAreSaid(t *testing.T) {
	s := visit().diagnosis(pathway.CaudaEquina, "Cauda equina-syndrom", 1)
	s.Conditions[0].Onset = pathway.When{}
	s.Conditions[0].Evidence.Suspected = true
	says(t, only(t, s.cards(t, call)).Detail, "- Cauda equina-syndrom – mistanke (registreret 22.11.2026)\n")
	says(t, only(t, s.cards(t, inEnglish())).Detail, "- Cauda equina-syndrom – suspected (recorded 22 November 2026)\n")
	if class := only(t, s.cards(t, call)).Extension.Decision.Class; class != pathway.Seed {
		t.Errorf("class %s: the record says it in the leaflet's own words", class)
	}
}

func TestContradictingAnswersAreBothShown(t *testing.T) {
	s := visit().answer(pathway.IntractablePain, "yes", 0).answer(pathway.IntractablePain, "no", 0)
	says(t, only(t, s.cards(t, call)).Detail, "- Modstridende, læst som til stede: Intraktable smerter: ja (23.11.2026); Intraktable smerter: nej (23.11.2026)\n")
	says(t, only(t, s.cards(t, inEnglish())).Detail, "- Contradictory, read as present: Intractable pain: yes")

	s = visit().answer(pathway.BladderDisturbance, "new", 0).answer(pathway.BladderDisturbance, "none", 0)
	says(t, only(t, s.cards(t, call)).Detail, "Vandladningsforstyrrelse: nyopstået (23.11.2026); Vandladningsforstyrrelse: ingen (23.11.2026)\n")
}

func TestAnUndatedGradeIsNotPutIntoTheSeries(t *testing.T) {
	s := visit().strength("", 5, 12).strength("", 3, 0).strength("", 1, 3)
	s.Observations[2].Effective = pathway.When{}
	detail := only(t, s.cards(t, call)).Detail
	says(t, detail, "- Kraft 5 → 3, muskelgruppe ikke angivet (11.11.2026 → 23.11.2026)\n", "- Kraft 1, muskelgruppe ikke angivet (uden dato)\n")
}

func TestAPlannedRouteBesideAcuteFactsIsTooSlowAndStaysUntouched(t *testing.T) {
	s := visit().diagnosis(pathway.NerveRoot, "Iskias", 9).answer(pathway.SaddleSensation, "reduced", 0).ordering(pathway.OrderMRILumbar)
	card := only(t, s.cards(t, call))
	summaryIs(t, card, "Mistanke om cauda equina syndrom – akut indlæggelse")
	says(t, card.Detail, "Den planlagte vej er for langsom: MR-scanning af lænden. Billeddiagnostik frarådes ikke. Din kladde er ikke ændret.")
	if labels(card) != "Udkast: akut indlæggelse" || !card.Suggestions[0].IsRecommended || card.SelectionBehavior != cards.AtMostOne {
		t.Errorf("suggests %s, %s", labels(card), card.SelectionBehavior)
	}
	g := card.Extension.Decision
	if strings.Join(g.Rules, " ") != "R-A1 O-A" || g.Order != "ServiceRequest/draft-1" || g.Class != pathway.SeedOp {
		t.Errorf("grounds %+v", g)
	}
	says(t, only(t, s.cards(t, inEnglish())).Detail, "The planned route is too slow: MRI of the lumbar spine. This does not advise against imaging. Your draft has not been changed.")
}

func TestACorrespondenceMessageBesideAcuteFactsIsRefusedInWords(t *testing.T) {
	card := only(t, visit().answer(pathway.IntractablePain, "yes", 0).ordering(pathway.OrderSecondOpinion).cards(t, call))
	says(t, card.Detail, "Korrespondancemeddelelse må ikke bruges til akutte tilfælde.", "korrespondancemeddelelse til rygvisitation")
	if labels(card) != "Udkast: akut indlæggelse" {
		t.Errorf("suggests\n%s", labels(card))
	}
}

func TestTheAcuteCardSaysThatCodesAndFindingsDisagree(t *testing.T) {
	s := visit().diagnosis(pathway.NonspecificStated, "Rygsyndrom uden smerteudstråling", 9).answer(pathway.ParesisProgressive, "yes", 0)
	card := only(t, s.cards(t, call))
	says(t, card.Detail, "uenige om nerverodspåvirkning", "Rygsyndrom uden smerteudstråling (14.11.2026)")
	g := card.Extension.Decision
	if strings.Join(g.Rules, " ") != "R-A2" || g.Readings[len(g.Readings)-1] != "A-15" {
		t.Errorf("grounds %+v", g)
	}
}

func TestAnAcuteCardThatWasDismissedComesAgainAndSaysSo(t *testing.T) {
	dismissed := call
	dismissed.Dismissed = true
	s := visit().answer(pathway.IntractablePain, "yes", 0)
	says(t, only(t, s.cards(t, dismissed)).Detail, "tidligere tilsidesat")
	silentOn(t, only(t, s.cards(t, call)).Detail, "tidligere tilsidesat")
}

func TestASignThatTheLeafletDoesNotNameIsMarked(t *testing.T) {
	s := visit().answer(pathway.BilateralSciatica, "yes", 0)
	card := only(t, s.cards(t, call, func(p *pathway.Parameters) { p.Extensions = []string{"F-15"} }))
	says(t, card.Detail, "- Dobbeltsidig iskias: ja (23.11.2026; tegnet står ikke i pixibogen)")
}

func TestAcuteFactsAtAVisitAboutSomethingElseStillSpeak(t *testing.T) {
	s := visit().answer(pathway.IntractablePain, "yes", 0)
	s.Encounters[0].About = pathway.No
	only(t, s.cards(t, call))
}

func TestOnlyTheSentencesOfThePatientsPageAreQuoted(t *testing.T) {
	s := visit().diagnosis(pathway.NerveRoot, "Iskias", 9).answer(pathway.SaddleSensation, "reduced", 0)
	card := only(t, s.cards(t, call))
	says(t, card.Detail, "- »Akut indlæggelse ved mistanke om cauda equina syndrom, …« (NR-RF-1a)\n", "(NR-RF-2a)")
	silentOn(t, card.Detail, "NS-RF")
	if got := strings.Join(card.Extension.Decision.Sentences, " "); got != "NR-RF-1a NR-RF-2a" {
		t.Errorf("sentences %s", got)
	}

	s = visit().answer(pathway.SaddleSensation, "reduced", 0)
	says(t, only(t, s.cards(t, call)).Detail, "(NS-RF-1a, NR-RF-1a)\n")
	says(t, only(t, s.cards(t, inEnglish())).Detail, "« (NS-RF-1a, NR-RF-1a) – Acute admission on suspicion of cauda equina syndrome, …\n")
}

func TestTheLastLineNamesRulesAndRuleSet(t *testing.T) {
	card := only(t, visit().answer(pathway.SaddleSensation, "reduced", 0).cards(t, call))
	if !strings.HasSuffix(card.Detail, "\n\nRegel R-A1 · operationalisering · regelsæt "+pathway.Version) {
		t.Errorf("ends otherwise:\n%s", card.Detail)
	}
}

func TestTextOfTheRecordIsEscapedAndNeverPromises(t *testing.T) {
	s := visit().diagnosis(pathway.CaudaEquina, "**Obs** <img src=x> [her](https://evil.example)", 1)
	says(t, only(t, s.cards(t, call)).Detail, `- \*\*Obs\*\* \<img src=x\> \[her\](https: //evil.example) (22.11.2026)`)
	s.Conditions[0].Evidence.Display = "Normale forhold, ingen røde flag"
	says(t, only(t, s.cards(t, call)).Detail, "- Cauda equina syndrom (22.11.2026)")
}

func TestPartialDatesAreShownAsExactAsTheyAre(t *testing.T) {
	month := pathway.When{Earliest: today.AddDate(0, 0, -22), Latest: today.AddDate(0, 0, 7)}
	year := pathway.When{Earliest: today.AddDate(0, -10, 0), Latest: today.AddDate(0, 1, 0)}
	years := pathway.When{Earliest: today.AddDate(-1, 0, 0), Latest: today}
	for want, when := range map[string]pathway.When{
		"(november 2026)": month, "(2026)": year, "(2025–2026)": years, "(uden dato)": {}, "(23.11.2026)": daysAgo(0),
	} {
		s := visit().diagnosis(pathway.CaudaEquina, "Fund", 1)
		s.Conditions[0].Onset, s.Conditions[0].Recorded = when, pathway.When{}
		says(t, only(t, s.cards(t, call)).Detail, "- Fund "+want)
	}
}
