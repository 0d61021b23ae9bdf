package fhir_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"rygkort/fhir"
	"rygkort/pathway"
)

const (
	snomedURI = "http://snomed.info/sct"
	loincURI  = "http://loinc.org"
	icpcURI   = "urn:oid:1.2.208.176.2.31"
	icdURI    = "http://hl7.org/fhir/sid/icd-10"
	sksURI    = "urn:oid:1.2.208.176.2.4.12"
	atcURI    = "http://www.whocc.no/atc"
)

func newTerminology(t testing.TB) *fhir.Terminology {
	t.Helper()
	terms, err := fhir.NewTerminology(fhir.DefaultCanonical)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

// in words: "lbp verified; nerve-root likely misplaced", in alphabetical order.
func inWords(matches []fhir.Match) string {
	var words []string
	for _, m := range matches {
		word := string(m.Concept) + " " + m.Confidence.String()
		if m.Misplaced {
			word += " misplaced"
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, "; ")
}

func TestLookup(t *testing.T) {
	terms := newTerminology(t)
	for _, test := range []struct {
		name         string
		system, code string
		want         string
	}{
		// One code, written in several ways.
		{"ICD-10 with its dot", icdURI, "M54.5", "lbp verified; lbp-nonspecific verified"},
		{"ICD-10 without its dot", icdURI, "M545", "lbp verified; lbp-nonspecific verified"},
		{"ICD-10 in small letters and spaces", icdURI, " m54.5 ", "lbp verified; lbp-nonspecific verified"},
		{"SKS", sksURI, "DM545", "lbp verified; lbp-nonspecific verified"},
		{"SKS with a side behind it", sksURI, "DM545+TUL1", "lbp verified; lbp-nonspecific verified"},
		{"SKS with spaces before the plus", sksURI, "dm545 + TUL1", "lbp verified; lbp-nonspecific verified"},
		{"SKS with a dot", sksURI, "DM54.5", "lbp verified; lbp-nonspecific verified"},
		{"ICPC-2 in small letters", icpcURI, "l84", "lbp verified; lbp-nonspecific verified"},
		{"ATC in small letters", atcURI, "n02ax02", "opioid verified"},

		// What is true of a code is true of those below it, where codes show it.
		{"an ICD-10 code below M54.5", icdURI, "M54.56", "lbp verified; lbp-nonspecific verified"},
		{"an SKS code below DM541", sksURI, "DM541B", "nerve-root likely"},
		{"SKS DM541C is not lumbar", sksURI, "DM541C", ""},
		{"SKS DM541D is not lumbar", sksURI, "DM541D+TUL2", ""},
		{"nor is DM541C in ICD-10's writing", icdURI, "M54.1C", ""},
		{"DM549 does not branch", sksURI, "DM549A", ""},
		{"the chapter above is not the code", icdURI, "M54", ""},
		{"the ATC group itself", atcURI, "N02A", "opioid verified"},
		{"the ATC group above", atcURI, "N02", ""},
		{"another ATC group", atcURI, "N02BE01", ""},
		{"a bone metastasis by SKS, known from ICD-10", sksURI, "DC795B", "cancer verified"},
		{"discitis by SKS, known from ICD-10", sksURI, "DM464", "spinal-infection verified"},
		{"residual urine is a measurement of its own, not retention", sksURI, "DR339D", ""},

		// Acute facts take even what nobody confirmed.
		{"cauda equina in ICD-10", icdURI, "G83.4", "cauda-equina verified"},
		{"cauda equina in SKS is the same code", sksURI, "DG834", "cauda-equina verified"},
		{"urinary incontinence in SKS is as sure as in ICD-10", sksURI, "DR32", "urinary-incontinence likely"},
		{"retention in ICD-10 was never seen", icdURI, "R33", "urinary-retention unverified"},
		{"faecal incontinence in SKS was never seen", sksURI, "DR15", "faecal-incontinence unverified"},
		{"paraesthesia of the saddle", snomedURI, "1187255000", "saddle-sensory-loss likely"},

		// The same letters in ICPC-2 and ICD-10.
		{"N18 in ICPC-2 is weakness", icpcURI, "N18", "leg-paralysis-or-weakness verified"},
		{"N18 in ICD-10 is kidney disease", icdURI, "N18", ""},
		{"N18.3 under ICPC-2 is kidney disease", icpcURI, "N18.3", ""},
		{"DN18 in SKS is kidney disease", sksURI, "DN18", ""},
		{"D17 in ICPC-2 is incontinence", icpcURI, "D17", "faecal-incontinence verified"},
		{"D17 in ICD-10 is a lipoma", icdURI, "D17", ""},
		{"DD17 in SKS is a lipoma", sksURI, "DD17", ""},
		{"D17.1 under SKS is a lipoma", sksURI, "D17.1", ""},
		{"L84 in ICD-10 is corns", icdURI, "L84", ""},
		{"L03 in ICPC-2 is a back symptom", icpcURI, "L03", "lbp verified"},
		{"L03 in ICD-10 is cellulitis", icdURI, "L03", ""},
		{"L03.1 under ICPC-2 is cellulitis", icpcURI, "L03.1", ""},
		{"U04 in ICPC-2 is incontinence", icpcURI, "U04", "urinary-incontinence verified"},
		{"U04 in ICD-10 is not", icdURI, "U04", ""},
		{"U08 in ICPC-2 is retention", icpcURI, "U08", "urinary-retention verified"},
		{"U08 in ICD-10 is not", icdURI, "U08", ""},
		{"T08 in ICPC-2 is weight loss", icpcURI, "T08", "weight-loss verified"},
		{"T08 in ICD-10 is not", icdURI, "T08", ""},
		{"R33 in ICPC-2 is not retention", icpcURI, "R33", ""},

		// The wrong system, and the shape proves it.
		{"ICPC-2 under SKS", sksURI, "L86", "nerve-root verified misplaced"},
		{"ICPC-2 D17 under SKS", sksURI, "D17", "faecal-incontinence verified misplaced"},
		{"ICPC-2 N18 under SKS", sksURI, "N18", "leg-paralysis-or-weakness verified misplaced"},
		{"L84 under SKS is back pain, no statement about the nerve root", sksURI, "L84", "lbp verified misplaced"},
		{"SKS under ICPC-2 is back pain, no statement about the nerve root", icpcURI, "DM545", "lbp verified misplaced"},
		{"SKS with a side under ICPC-2", icpcURI, "DM541+TUL1", "nerve-root likely misplaced"},
		{"cauda equina in SKS under ICPC-2", icpcURI, "DG834", "cauda-equina verified misplaced"},
		{"ICD-10 under ICPC-2", icpcURI, "M54.5", "lbp verified misplaced"},
		{"ICD-10 under SKS", sksURI, "G83.4", "cauda-equina verified misplaced"},
		{"SKS under ICD-10", icdURI, "DM545", "lbp verified misplaced"},
		{"ICD-10 under SKS without dot proves nothing", sksURI, "M545", ""},
		{"ICD-10 under ICPC-2 without dot proves nothing", icpcURI, "M545", ""},

		// SNOMED CT and LOINC count as they are.
		{"SNOMED CT", snomedURI, "279039007", "lbp verified"},
		{"SNOMED CT with spaces", snomedURI, " 192970008 ", "cauda-equina verified"},
		{"an opioid of the Sandbox", "http://www.nlm.nih.gov/research/umls/rxnorm", "835603", "opioid likely"},
		{"a lumbar MRI of the Sandbox", "http://www.ama-assn.org/go/cpt", "72148", "order-mri-lumbar likely"},
		{"MRI of an unnamed part of the spine is no lumbar MRI", snomedURI, "241645008", ""},
		{"the wrong code for saddle anaesthesia", snomedURI, "271594007", ""},
		{"the unconfirmed code for lumbar MRI", snomedURI, "241648005", ""},
		{"a LOINC code under SNOMED CT", snomedURI, "24968-0", ""},
		{"a SNOMED CT code under LOINC", loincURI, "279039007", ""},

		// Nothing is guessed.
		{"no system", "", "279039007", ""},
		{"no code", snomedURI, "", ""},
		{"only spaces", icdURI, "  ", ""},
		{"only what is set aside", sksURI, "+TUL1", ""},
		{"an unknown system", "urn:oid:1.2.3", "L84", ""},
		{"a code that never ends", icdURI, strings.Repeat("M", 5000), ""},
		{"a number that never ends", snomedURI, strings.Repeat("2", 5000), ""},
		{
			"a category of messages is no second opinion",
			"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes", "regarding-referral", "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := inWords(terms.Lookup(test.system, test.code)); got != test.want {
				t.Errorf("Lookup(%q, %q)\n got %q\nwant %q", test.system, test.code, got, test.want)
			}
		})
	}
}

func TestASystemIsKnownByEachOfItsNames(t *testing.T) {
	terms := newTerminology(t)
	for _, test := range []struct {
		code, want string
		uris       []string
	}{
		{"L86", "nerve-root verified", []string{
			"urn:oid:1.2.208.176.2.31", "http://hl7.org/fhir/sid/icpc-2",
			"http://hl7.dk/fhir/core/CodeSystem/icpc2E-DK", "urn:oid:2.16.840.1.113883.6.139",
		}},
		{"DM544", "nerve-root verified", []string{"urn:oid:1.2.208.176.2.4.12", "urn:oid:1.2.208.176.2.4"}},
		{"M54.4", "nerve-root verified", []string{
			"http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.3",
			"http://hl7.dk/fhir/core/CodeSystem/sks-icd10-deviations",
		}},
		{"279039007", "lbp verified", []string{"http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"}},
		{"24968-0", "order-mri-lumbar verified", []string{"http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"}},
	} {
		for _, uri := range test.uris {
			for _, written := range []string{uri, uri + "/", uri + "|2.0", " " + uri + " "} {
				if got := inWords(terms.Lookup(written, test.code)); got != test.want {
					t.Errorf("Lookup(%q, %q) = %q, want %q", written, test.code, got, test.want)
				}
			}
		}
	}
}

func TestAMatchNamesTheLineOfTheSystemItWasAskedIn(t *testing.T) {
	terms := newTerminology(t)
	for _, test := range []struct {
		system, code string
		want         fhir.Match
	}{
		{sksURI, "DG834", fhir.Match{
			Concept: pathway.CaudaEquina, System: sksURI, Code: "DG834",
			Display: "Cauda equina-syndrom", Confidence: fhir.Verified,
		}},
		{icdURI, "G834", fhir.Match{
			Concept: pathway.CaudaEquina, System: icdURI, Code: "G83.4",
			Display: "Cauda equina syndrome", Confidence: fhir.Verified,
		}},
		{sksURI, "DM511A", fhir.Match{
			Concept: pathway.NerveRoot, System: sksURI, Code: "DM511",
			Display: "Lumbal discusprolaps", Confidence: fhir.Likely,
		}},
		{"http://hl7.org/fhir/sid/icpc-2", "L86", fhir.Match{
			Concept: pathway.NerveRoot, System: icpcURI, Code: "L86",
			Display: "Rygsyndrom med smerteudstråling", Confidence: fhir.Verified,
		}},
	} {
		got := terms.Lookup(test.system, test.code)
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("Lookup(%q, %q)\n got %+v\nwant %+v", test.system, test.code, got, test.want)
		}
	}
}

func TestOurOwnCodesAreKnownUnderBothBases(t *testing.T) {
	terms, err := fhir.NewTerminology("https://region.example/fhir/")
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"https://region.example/fhir", "https://rygkort.example/fhir"} {
		for _, test := range []struct{ system, code, want string }{
			{"/CodeSystem/finding", "saddle-sensation", "saddle-sensation verified"},
			{"/CodeSystem/finding", "redflag-check", "redflag-check verified"},
			{"/CodeSystem/finding/", "leg-strength", "leg-strength verified"},
			{"/CodeSystem/finding|1.0", "lbp-course", "lbp-course verified"},
			{"/CodeSystem/finding", "Saddle-Sensation", ""},
			{"/CodeSystem/finding", "second-opinion", ""},
			{"/CodeSystem/finding", "lbp", ""},
			{"/CodeSystem/order", "mri-lumbar", "order-mri-lumbar verified"},
			{"/CodeSystem/order", "order-mri-lumbar", ""},
			{"/CodeSystem/order", "acute-admission", "acute-admission verified"},
			{"/CodeSystem/order", "secondary-sector", "secondary-sector verified"},
			{"/CodeSystem/order", "practising-specialist", "practising-specialist verified"},
			{"/CodeSystem/order", "physiotherapy", "physiotherapy verified"},
			{"/CodeSystem/order", "chiropractic", "chiropractic verified"},
			{"/CodeSystem/order", "extended-back-workup", "extended-back-workup verified"},
			{"/CodeSystem/order", "prolapse-package", "prolapse-package verified"},
			{"/CodeSystem/order", "municipal-service", "municipal-service verified"},
			{"/CodeSystem/order", "second-opinion", "second-opinion verified"},
			{"/CodeSystem/order", "follow-up", "follow-up verified"},
			{"/CodeSystem/other", "follow-up", ""},
		} {
			if got := inWords(terms.Lookup(base+test.system, test.code)); got != test.want {
				t.Errorf("Lookup(%q, %q) = %q, want %q", base+test.system, test.code, got, test.want)
			}
		}
	}
	if got := terms.Lookup("https://elsewhere.example/fhir/CodeSystem/finding", "paralysis"); got != nil {
		t.Errorf("another's base is ours: %+v", got)
	}
}

func TestACanonicalThatIsNoAbsoluteURIIsRefused(t *testing.T) {
	for _, canonical := range []string{"", "/", "region.example/fhir", "https://[", "//region.example"} {
		if _, err := fhir.NewTerminology(canonical); err == nil || !strings.Contains(err.Error(), "want an absolute URI") {
			t.Errorf("NewTerminology(%q): %v", canonical, err)
		}
	}
}

func TestLookupOfAnUnknownCodeCostsNoMemory(t *testing.T) {
	terms := newTerminology(t)
	for _, coding := range [][2]string{
		{icdURI, "I10.9"},
		{sksURI, "DI109+TUL1"},
		{snomedURI, "38341003"},
		{"urn:oid:1.2.3", "x"},
		{icpcURI, "k86"},
		{loincURI, "8480-6"},
		{sksURI, "DM541C"},
		{icdURI + "/", " i10.9 "},
	} {
		if n := testing.AllocsPerRun(100, func() { terms.Lookup(coding[0], coding[1]) }); n > 0 {
			t.Errorf("Lookup(%q, %q): %v allocations", coding[0], coding[1], n)
		}
	}
}

func TestManyMayLookUpAtOnce(t *testing.T) {
	terms := newTerminology(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				found := terms.Lookup(sksURI, "DM545")
				found[0].Concept = "scribbled over"
			}
		})
	}
	group.Wait()
	if got := inWords(terms.Lookup(sksURI, "DM545")); got != "lbp verified; lbp-nonspecific verified" {
		t.Errorf("a caller changed the terminology: %s", got)
	}
}

func FuzzLookup(f *testing.F) {
	terms := newTerminology(f)
	for _, seed := range [][2]string{
		{sksURI, "DM545+TUL1"},
		{icdURI, "M54.5"},
		{icpcURI, "L84"},
		{icpcURI, "DG834"},
		{sksURI, "L84"},
		{snomedURI, "279039007"},
		{atcURI, "N02AX02"},
		{"", ""},
		{icdURI, "…"},
		{icpcURI, "L84.1"},
		{fhir.DefaultCanonical + "/CodeSystem/finding", "paralysis"},
		{icdURI + "/|", "\x00."},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, system, code string) {
		found := terms.Lookup(system, code)
		seen := map[pathway.Concept]bool{}
		for _, m := range found {
			if seen[m.Concept] {
				t.Errorf("%s twice", m.Concept)
			}
			seen[m.Concept] = true
			if m.Misplaced && m.Concept == pathway.NonspecificStated {
				t.Error("a misplaced code states that there is no radiation")
			}
		}
		if system == "" && found != nil {
			t.Error("a code without system was guessed")
		}
		terms.Answer(system, code)
		terms.MuscleGroup(system, code)
	})
}

func BenchmarkLookup(b *testing.B) {
	terms := newTerminology(b)
	for _, bench := range []struct{ name, system, code string }{
		{"known SNOMED CT", snomedURI, "279039007"},
		{"unknown SNOMED CT", snomedURI, "38341003"},
		{"known SKS", sksURI, "DM545+TUL1"},
		{"unknown SKS", sksURI, "DI109"},
		{"unknown system", "urn:oid:1.2.3", "x"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				terms.Lookup(bench.system, bench.code)
			}
		})
	}
}
