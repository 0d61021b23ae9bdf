package cards_test

import (
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/pathway"
)

func TestAScanBeforeItsCriterionSaysTheWeeksAndForbidsNothing(t *testing.T) {
	s := course(pathway.NonspecificStated, 2).answer(pathway.Course, "unchanged", 0).answer(pathway.SeriousPathology, "no", 0)
	s.answer(pathway.TreatmentEffect, "none", 0).treated(3).ordering(pathway.OrderMRILumbar)
	card := about(t, s.cards(t, call), "O-M2")
	summaryIs(t, card, "MR-kriteriet (4–6 ugers behandling og træning uden effekt) er ikke dokumenteret opfyldt (uger: 3)")
	says(t, card.Detail, "Kladde: MR-scanning af lænden.", "Det er ikke et nej til MR.", "Uger med både behandling og træning: 3.", "ikke til akutte tilfælde")
	if want := "Udkast: henvisning til fysioterapeut\nUdkast: korrespondancemeddelelse til rygvisitation"; labels(card) != want || card.SelectionBehavior != cards.AtMostOne {
		t.Errorf("suggests\n%s\n%s", labels(card), card.SelectionBehavior)
	}
	if card.Extension.Decision.Order != "ServiceRequest/draft-1" {
		t.Errorf("order %q", card.Extension.Decision.Order)
	}
}

func TestUncertainWeeksAreShownAsARange(t *testing.T) {
	s := course(pathway.NonspecificStated, 2).treated(2).ordering(pathway.OrderMRILumbar)
	s.answer(pathway.Course, "unchanged", 0).answer(pathway.SeriousPathology, "no", 0).answer(pathway.TreatmentEffect, "none", 0)
	for i := range s.Observations {
		if s.Observations[i].Start.Known() {
			s.Observations[i].Start = pathway.When{Earliest: today.AddDate(0, 0, -27), Latest: today.AddDate(0, 0, -8)}
		}
	}
	says(t, about(t, s.cards(t, call), "O-M2").Summary, "ikke dokumenteret opfyldt (uger: 1–3)")
}

func TestAScanWithoutAnswersAsksForThem(t *testing.T) {
	s := course(pathway.NonspecificStated, 2).answer(pathway.SeriousPathology, "no", 0).ordering(pathway.OrderMRILumbar)
	card := about(t, s.cards(t, call), "O-M3")
	want := "Registrér forløb: uændret\nRegistrér forløb: forværret\nRegistrér effekt af behandling og træning: ingen\nRegistrér effekt af behandling og træning: nogen"
	if labels(card) != want || card.SelectionBehavior != cards.Any || card.Indicator != pathway.Info {
		t.Errorf("suggests\n%s\n%s %s", labels(card), card.SelectionBehavior, card.Indicator)
	}
	says(t, card.Detail, "Ikke registreret: forløb, effekt af behandling og træning, anden relevant behandling og træning.")

	s = visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 9).ordering(pathway.OrderMRILumbar)
	card = about(t, s.cards(t, call), "O-M3")
	if card.Indicator != pathway.Warning || !strings.HasPrefix(labels(card), "Registrér: alle 7 manglende") {
		t.Errorf("%s, suggests\n%s", card.Indicator, labels(card))
	}
}

func TestWorseningEscalatesAPlannedScan(t *testing.T) {
	s := course(pathway.NonspecificStated, 2).answer(pathway.Course, "worse", 0).ordering(pathway.OrderMRILumbar)
	card := about(t, s.cards(t, call), "O-M1")
	says(t, card.Detail, "Eskalér", "MR frarådes ikke", "Forløb: forværret (23.11.2026)")
	says(t, sent(t, card.Suggestions), `"secondary-sector"`, `"priority":"asap"`)
}

func TestTheOtherOrderCards(t *testing.T) {
	extensions := func(p *pathway.Parameters) {
		for _, rule := range pathway.Rules() {
			p.Extensions = append(p.Extensions, rule.ID)
		}
	}
	for rule, test := range map[string]struct {
		story           *story
		summary, labels string
	}{
		"O-M5": {
			course(pathway.NerveRoot, 3).answer(pathway.ClearImprovement, "no", 0).ordering(pathway.OrderMRILumbar),
			"Pixibogen kobler MR-scanning med henvisning til sekundærsektor", "Udkast: henvisning til sekundærsektor",
		},
		"O-M6": {
			course(pathway.NerveRoot, 1).answer(pathway.SeriousPathology, "no", 0).ordering(pathway.OrderMRILumbar),
			"Med nerverodspåvirkning står MR ved 3. kontakt, hvis der ikke er sket klar bedring", "Udkast: korrespondancemeddelelse til rygvisitation",
		},
		"O-M7": {
			course(pathway.LowBackPain, 1).ordering(pathway.OrderMRILumbar), "Nerverodspåvirkning er ikke angivet ved MR-bestillingen",
			"Registrér nerverodspåvirkning: ja\nRegistrér nerverodspåvirkning: nej\nRegistrér nerverodspåvirkning: usikker",
		},
		"O-P1": {
			course(pathway.NerveRoot, 1).ordering(pathway.OrderProlapsePackage),
			"Passer med pixibogen – udvidet udredning eller prolapsforløbspakke er også mulig", "Udkast: udvidet lænderyg-udredning",
		},
		"O-R1": {
			course(pathway.NonspecificStated, 1).answer(pathway.YellowFlags, "none", 0).answer(pathway.SeriousPathology, "no", 0).ordering(pathway.OrderRheumatology),
			"Henvisningen ligger før pixibogens trin – second opinion er mulig", "Udkast: korrespondancemeddelelse til rygvisitation",
		},
		"O-X1": {
			course(pathway.NonspecificStated, 1).answer(pathway.SeriousPathology, "no", 0).ordering(pathway.OrderXRayLumbar),
			"Ikke fra pixibogen: røntgen eller CT af lænden anbefales ikke rutinemæssigt", "Udkast: korrespondancemeddelelse til rygvisitation",
		},
		"O-D2": {
			visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 9).ordering(pathway.OrderOpioid),
			"Ikke fra pixibogen: er smerterne intraktable? Det er kriterium for akut indlæggelse",
			"Registrér intraktable smerter: ja\nRegistrér intraktable smerter: nej",
		},
	} {
		card := about(t, test.story.cards(t, call, extensions), rule)
		summaryIs(t, card, test.summary)
		if labels(card) != test.labels {
			t.Errorf("%s suggests\n%s", rule, labels(card))
		}
	}
}

func TestAnExtensionSaysThatItIsNotFromTheLeaflet(t *testing.T) {
	s := course(pathway.NonspecificStated, 1).answer(pathway.SeriousPathology, "no", 0).ordering(pathway.OrderCTLumbar)
	on := func(p *pathway.Parameters) { p.Extensions = []string{"O-X1"} }
	card := about(t, s.cards(t, call, on), "O-X1")
	says(t, card.Detail, "**Ikke fra pixibogen.** Kilde: NICE NG59, 1.1.4;")
	says(t, card.Source.Label, "NICE NG59")
	if card.Extension.Decision.Class != pathway.Extension {
		t.Errorf("class %s", card.Extension.Decision.Class)
	}
	says(t, about(t, s.cards(t, inEnglish(), on), "O-X1").Detail, "**Not from the leaflet.** Source: NICE")
}

func TestAMessageBesideASevereFindingPointsToTheSecondarySector(t *testing.T) {
	s := visit().diagnosis(pathway.NerveRoot, "Iskias", 20).redFlagsAbsent().strength("hip-flexion-left", 3, 9).strength("hip-flexion-left", 3, 0)
	card := about(t, s.ordering(pathway.OrderSecondOpinion).cards(t, call), "O-C1")
	if card.Indicator != pathway.Warning || labels(card) != "Udkast: henvisning til sekundærsektor" {
		t.Errorf("%s, suggests\n%s", card.Indicator, labels(card))
	}
	says(t, card.Detail, "Kraft 3 → 3", "ikke på second opinion")
}

func TestRedFlagsAnsweredButTheRecordUnreadIsNotSaidToBeUnanswered(t *testing.T) {
	s := course(pathway.NonspecificStated, 1).ordering(pathway.OrderCTLumbar)
	s.Gaps = []pathway.Gap{{Source: pathway.FromConditions, Whole: true}}
	card := about(t, s.cards(t, call), "O-X2")
	summaryIs(t, card, "Journalen kunne ikke læses helt – alarmsymptomer er ukendte")
	if len(card.Suggestions) != 0 || card.SelectionBehavior != "" {
		t.Errorf("suggests\n%s", labels(card))
	}
}

func TestAScanOnThePageWithoutCriteriaIsAskedAboutAlarmSymptomsOnly(t *testing.T) {
	s := visit().diagnosis(pathway.NerveRoot, "Iskias", 9).ordering(pathway.OrderMRILumbar)
	card := about(t, s.cards(t, call), "O-M3")
	summaryIs(t, card, "Alarmsymptomer er ikke registreret før billeddiagnostik")
	silentOn(t, card.Detail, "MR-kriteri")
}

func TestAnOrderThatStandsAlreadyIsKnownFromOrdersOnly(t *testing.T) {
	s := course(pathway.NerveRoot, 2).ordering(pathway.OrderMRILumbar)
	s.Requests = append(s.Requests, pathway.Request{
		Reference: "ServiceRequest/m1", Concept: pathway.OrderMRILumbar, Open: true, Authored: daysAgo(5),
		Evidence: pathway.Evidence{Reference: "ServiceRequest/m1", Concept: pathway.OrderMRILumbar, When: daysAgo(5)},
	})
	card := about(t, s.cards(t, call), "O-M8")
	says(t, card.Detail, "Kun bestillinger er læst; billeder og svar kendes ikke her.", "MR-scanning af lænden (18.11.2026)")
}
