package cards_test

import (
	"bytes"
	stdjson "encoding/json"
	"image/png"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"rygkort/cards"
	"rygkort/pathway"
)

// resourceIs compares a draft with what it is to be, as JSON.
func resourceIs(t testing.TB, s cards.Suggestion, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(sent(t, s.Actions[0].Resource)), &a); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("the draft differs (-want +got):\n%s", diff)
	}
}

func TestTheAdmissionDraft(t *testing.T) {
	s := visit().diagnosis(pathway.CaudaEquina, "Cauda equina", 1).answer(pathway.SaddleSensation, "reduced", 0)
	card := only(t, s.cards(t, call))
	resourceIs(t, card.Suggestions[0], `{
		"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "priority": "asap",
		"code": {"coding": [
			{"system": "https://rygkort.example/fhir/CodeSystem/order", "code": "acute-admission", "display": "Akut indlæggelse"},
			{"system": "http://snomed.info/sct", "code": "183452005", "display": "Emergency hospital admission (procedure)"}
		], "text": "Akut indlæggelse"},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/e1"},
		"authoredOn": "2026-11-23T09:30:00Z",
		"reasonReference": [{"reference": "Condition/c1"}, {"reference": "Observation/o1"}],
		"note": [{"text": "Udkast – indlæggelse aftales ad den akutte vej"}]
	}`)
	if d := card.Suggestions[0].Actions[0]; d.Type != "create" || d.Description == "" {
		t.Errorf("action %+v", d)
	}
}

func TestTheScanDraft(t *testing.T) {
	withReceiver := settings()
	withReceiver.Canonical, withReceiver.Receivers = "https://region.example/fhir/", map[string]string{"mri-lumbar": "325421000016001"}
	s := course(pathway.NerveRoot, 3).answer(pathway.ClearImprovement, "no", 0)
	s.Gaps = nil
	noEncounter := call
	noEncounter.Encounter = ""
	list := cards.New(withReceiver).Render(pathway.Decide(s.Facts(pathway.DefaultParameters())), noEncounter)
	resourceIs(t, about(t, list, "R-P7").Suggestions[1], `{
		"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "priority": "routine",
		"code": {"coding": [
			{"system": "https://region.example/fhir/CodeSystem/order", "code": "mri-lumbar", "display": "MR-scanning af lænden"},
			{"system": "http://loinc.org", "code": "24968-0", "display": "MR Lumbar spine"}
		], "text": "MR-scanning af lænden"},
		"subject": {"reference": "Patient/p1"}, "authoredOn": "2026-11-23T09:30:00Z",
		"performer": [{"identifier": {"system": "urn:oid:1.2.208.176.1.1", "value": "325421000016001"}}],
		"reasonReference": [{"reference": "Condition/c1"}, {"reference": "Observation/o8"}],
		"note": [{"text": "Udkast – ikke sendt. Brug dynamisk henvisning."}]
	}`)
}

func TestWhoDoesTheWorkUpIsSaid(t *testing.T) {
	card := about(t, course(pathway.NonspecificStated, 3).answer(pathway.YellowFlags, "none", 0).cards(t, call), "R-P5")
	want := "Udkast: udvidet lænderyg-udredning hos fysioterapeut\nUdkast: udvidet lænderyg-udredning hos kiropraktor\nUdkast: henvisning til kommunal indsats"
	if !strings.HasPrefix(labels(card), want) {
		t.Errorf("suggests\n%s", labels(card))
	}
	says(t, sent(t, card.Suggestions[1]), `"performerType":{"text":"Kiropraktor"}`, `"code":"extended-back-workup"`)
}

func TestYellowFlagsGoIntoTheReferral(t *testing.T) {
	s := course(pathway.NerveRoot, 3).answer(pathway.ClearImprovement, "no", 0).answer(pathway.YellowFlags, "present", 3)
	card := about(t, s.cards(t, call), "R-P7")
	says(t, sent(t, card.Suggestions[0]), `{"text":"Gule flag er til stede."}`, `"supportingInfo":[{"reference":"Observation/o9"}]`)
	silentOn(t, sent(t, card.Suggestions[1]), "Gule flag")
}

func TestTheAllAbsentPanelHoldsTheOpenQuestionsOnly(t *testing.T) {
	s := visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 3).redFlagsAbsent()
	s.Observations = s.Observations[:5]
	card := about(t, s.cards(t, inEnglish()), "R-Q1")
	resourceIs(t, card.Suggestions[0], `{
		"resourceType": "Observation", "status": "final",
		"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam"}]}],
		"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "redflag-check", "display": "Alarm symptoms"}]},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/e1"},
		"effectiveDateTime": "2026-11-23T09:30:00Z",
		"component": [
			{"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "paralysis", "display": "Paralysis"}]},
			 "valueCodeableConcept": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/answer", "code": "no", "display": "no"}]}},
			{"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "intractable-pain", "display": "Intractable pain"}]},
			 "valueCodeableConcept": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/answer", "code": "no", "display": "no"}]}}
		]
	}`)
	resourceIs(t, card.Suggestions[1], `{
		"resourceType": "Observation", "status": "final",
		"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam"}]}],
		"code": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/finding", "code": "paralysis", "display": "Paralysis"}]},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/e1"},
		"effectiveDateTime": "2026-11-23T09:30:00Z",
		"valueCodeableConcept": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/answer", "code": "yes", "display": "yes"}]}
	}`)
}

func TestAnIntactFindingIsNeverCalledNormalInWords(t *testing.T) {
	card := about(t, visit().diagnosis(pathway.NonspecificStated, "Lændesmerter", 3).cards(t, call), "R-Q1")
	says(t, sent(t, card.Suggestions[0]), `"code":"normal","display":"bevaret"`)
}

func TestTheMessageDraft(t *testing.T) {
	s := course(pathway.NonspecificStated, 1)
	card := about(t, s.cards(t, call), "R-O1")
	message := card.Suggestions[len(card.Suggestions)-1]
	resourceIs(t, message, `{
		"resourceType": "Communication", "status": "preparation",
		"category": [{"coding": [{"system": "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes", "code": "regarding-referral"}]}],
		"topic": {"coding": [{"system": "https://rygkort.example/fhir/CodeSystem/order", "code": "second-opinion", "display": "Korrespondancemeddelelse til rygvisitation"}],
			"text": "Korrespondancemeddelelse til rygvisitation"},
		"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/e1"},
		"payload": [{"contentString": "Ønske om second opinion i et lænderyg-forløb. Ikke til akutte tilfælde."}]
	}`)
}

func TestOnlyReferencesThatCanBeResolvedAreSent(t *testing.T) {
	for _, rule := range pathway.Rules() {
		if rule.ID != "O-M5" {
			continue
		}
		d := advised(rule, factsOn(pathway.NerveRootPage))
		terms := &d.Advice[0].Lead().Terms[0].Fact
		terms.Evidence = append(terms.Evidence, pathway.Evidence{Reference: "ServiceRequest/d1"}, pathway.Evidence{Reference: "Encounter/e1"},
			pathway.Evidence{Reference: "Procedure/p1"}, pathway.Evidence{Reference: "#contained"}, pathway.Evidence{Reference: "https://ehr.example/Condition/7"})
		text := sent(t, cards.New(settings()).Render(d, call)[0].Suggestions[0])
		says(t, text, `"reasonReference":[{"reference":"Condition/1"},{"reference":"Observation/2"},{"reference":"Observation/3"}]`,
			`"supportingInfo":[{"reference":"Encounter/e7"},{"reference":"Procedure/p1"}]`)
		silentOn(t, text, "javascript", "d1", "contained", "ehr.example")
	}
}

func TestSourceTopicAndIconLeadToOurPages(t *testing.T) {
	card := only(t, visit().answer(pathway.IntractablePain, "yes", 0).cards(t, inEnglish()))
	want := cards.Source{
		Label: "Danish GP leaflet on low-back pain (Pixibog)", URL: "https://cds.region.example/pathway#R-A3", Icon: "https://cds.region.example/icon.png",
		Topic: cards.Coding{System: "https://rygkort.example/fhir/CodeSystem/topic", Code: "acute", Display: "Acute"},
	}
	if card.Source != want {
		t.Errorf("source %+v", card.Source)
	}
	bare := cards.New(cards.Settings{}).Render(pathway.Decide(visit().answer(pathway.IntractablePain, "yes", 0).Facts(pathway.DefaultParameters())), call)
	if bare[0].Source.URL != "" || bare[0].Source.Icon != "" || bare[0].UUID == "" {
		t.Errorf("without a public URL: %+v", bare[0].Source)
	}
	if found := cards.CheckAll(bare, cards.Danish); len(found) > 0 {
		t.Errorf("without settings: %q", found)
	}
}

func TestLinksAreTheOperatorsAndAlwaysOpenable(t *testing.T) {
	s := settings()
	s.Links = map[string]string{cards.LinkBack: "https://example.org/ondt i ryggen/æ", cards.LinkFilms: ""}
	list := cards.New(s).Render(pathway.Decide(course(pathway.NonspecificStated, 1).Facts(pathway.DefaultParameters())), call)
	links := about(t, list, "R-I1").Links
	if len(links) != 1 || links[0].URL != "https://example.org/ondt%20i%20ryggen/%C3%A6" {
		t.Errorf("links %+v", links)
	}
	for _, bad := range []string{"javascript:alert(1)", "/relative", "https://", "http://[", "https://ræv.example"} {
		s.Links = map[string]string{cards.LinkBack: bad, cards.LinkFilms: bad}
		list := cards.New(s).Render(pathway.Decide(course(pathway.NonspecificStated, 1).Facts(pathway.DefaultParameters())), call)
		if links := about(t, list, "R-I1").Links; links != nil {
			t.Errorf("%q becomes %+v", bad, links)
		}
	}
}

func TestWithoutAdviceTheListIsEmptyAndNotNull(t *testing.T) {
	list := cards.New(settings()).Render(pathway.Decide((&pathway.Chart{AsOf: today, Hook: pathway.PatientView}).Facts(pathway.DefaultParameters())), call)
	if text := sent(t, list); text != "[]" {
		t.Errorf("sent as %s", text)
	}
}

func TestBothJSONLibrariesSendTheSame(t *testing.T) {
	for _, s := range []*story{
		visit().answer(pathway.IntractablePain, "yes", 0), course(pathway.NonspecificStated, 3), course(pathway.NerveRoot, 1),
	} {
		for _, card := range s.cards(t, call) {
			var a, b any
			old, err := stdjson.Marshal(card)
			if err != nil || stdjson.Unmarshal(old, &a) != nil || stdjson.Unmarshal([]byte(sent(t, card)), &b) != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("encoding/json against v2:\n%s", diff)
			}
		}
	}
}

func TestACardThatCameOutOfJSONCanBeChecked(t *testing.T) {
	var back []cards.Card
	list := course(pathway.NonspecificStated, 3).cards(t, call)
	if err := json.Unmarshal([]byte(sent(t, list)), &back); err != nil {
		t.Fatal(err)
	}
	if found := cards.CheckAll(back, cards.Danish); len(found) > 0 {
		t.Errorf("%q", found)
	}
}

func TestTheIconIsAnOpaquePictureOf100By100(t *testing.T) {
	picture, err := png.Decode(bytes.NewReader(cards.Icon()))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != 100 || b.Dy() != 100 {
		t.Errorf("%v", b)
	}
	for x := range 100 {
		for y := range 100 {
			if _, _, _, alpha := picture.At(x, y).RGBA(); alpha != 0xffff {
				t.Fatalf("transparent at %d, %d", x, y)
			}
		}
	}
	cards.Icon()[0] = 0
	if cards.Icon()[0] == 0 {
		t.Error("a caller can change the icon")
	}
}

func TestAnUnknownLanguageIsDanish(t *testing.T) {
	other := call
	other.Language = "sv"
	summaryIs(t, only(t, visit().answer(pathway.IntractablePain, "yes", 0).cards(t, other)), "Intraktable smerter – akut indlæggelse")
}

func BenchmarkRender(b *testing.B) {
	for name, s := range map[string]*story{
		"acute": visit().diagnosis(pathway.NonspecificStated, "Rygsyndrom", 9).answer(pathway.SaddleSensation, "reduced", 0).ordering(pathway.OrderMRILumbar),
		"three": course(pathway.NonspecificStated, 4).answer(pathway.ClearImprovement, "no", 0).answer(pathway.YellowFlags, "present", 0),
		"ask":   visit().diagnosis(pathway.LowBackPain, "Lænd", 3),
	} {
		d := pathway.Decide(s.Facts(pathway.DefaultParameters()))
		r := cards.New(cards.Settings{PublicURL: "https://cds.region.example"})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Render(d, call)
			}
		})
	}
}
