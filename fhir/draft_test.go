package fhir_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

// readDrafts reads a call with these draft orders and selections.
func readDrafts(t testing.TB, drafts any, selections []string, keys prefetch) *fhir.Reading {
	t.Helper()
	call := callWith(t, keys)
	call.Hook, call.Selections = pathway.OrderSelect, selections
	for _, source := range fhir.Keys() {
		if _, given := call.Prefetch[source]; !given {
			call.Prefetch[source] = raw("null")
		}
	}
	if drafts != nil {
		call.DraftOrders = encoded(t, drafts)
	}
	return call.by(reader(t))
}

func oneDraft(t testing.TB, r *fhir.Reading) pathway.Request {
	t.Helper()
	if len(r.Chart.Drafts) != 1 {
		t.Fatalf("%d drafts, want 1: %+v, notes %+v", len(r.Chart.Drafts), r.Chart.Drafts, r.Notes)
	}
	return r.Chart.Drafts[0]
}

// sandboxDrug is a draft of the Sandbox's Rx View: objects for lists, and no
// type of the Bundle.
func sandboxDrug(changes ...change) object {
	drug := changed(object{
		"resourceType": "MedicationRequest", "id": "request-123", "status": "draft", "subject": ofPatient(), "authoredOn": "2026-11-22",
		"dosageInstruction": []any{object{
			"timing":      object{"repeat": object{"frequency": 1, "period": 1, "periodUnit": "d"}},
			"doseAndRate": []any{object{"doseQuantity": object{"value": 1, "system": "http://unitsofmeasure.org", "code": "{pill}"}}},
		}},
		"dispenseRequest":           object{"expectedSupplyDuration": object{"value": 30, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}},
		"intent":                    "order",
		"category":                  object{"coding": object{"system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category", "code": "community"}},
		"medicationCodeableConcept": object{"text": "tramadol 50 MG", "coding": []any{object{"display": "tramadol", "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "835603"}}},
		"reasonCode":                object{"text": "Low back pain", "coding": []any{coding(snomed, "279039007")}},
	}, changes)
	return object{"resourceType": "Bundle", "entry": []any{object{"resource": drug}}}
}

// sandboxScan is a draft of the Sandbox's PAMA tab.
func sandboxScan(changes ...change) object {
	scan := changed(object{
		"resourceType": "ServiceRequest", "id": "example-request-id", "status": "draft", "intent": "plan", "subject": ofPatient(),
		"code":       object{"coding": []any{object{"code": "72148", "display": "MRI lumbar spine", "system": cpt}}, "text": "MRI lumbar spine"},
		"reasonCode": []any{object{"coding": []any{object{"code": "279039007", "display": "Low back pain (finding)", "system": snomed}}, "text": "Low back pain"}},
	}, changes)
	return object{"resourceType": "Bundle", "entry": []any{object{"resource": scan}}}
}

func TestTheSandboxsDraftsAreUnderstood(t *testing.T) {
	reasonless := without("reasonCode")
	for name, c := range map[string]struct {
		drafts    any
		reference string
		want      pathway.Concept
		about     pathway.Answer
	}{
		"a drug with a reason":       {sandboxDrug(), "MedicationRequest/request-123", pathway.OrderOpioid, pathway.Yes},
		"before a drug is chosen":    {sandboxDrug(without("intent", "medicationCodeableConcept"), reasonless), "MedicationRequest/request-123", "", pathway.Unknown},
		"as it is signed":            {sandboxDrug(reasonless), "MedicationRequest/request-123", pathway.OrderOpioid, pathway.Unknown},
		"a drug that is no opioid":   {sandboxDrug(set("medicationCodeableConcept", object{"text": "Ibuprofen 400 MG Oral Tablet", "coding": []any{object{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197805"}}})), "MedicationRequest/request-123", "", pathway.Yes},
		"a scan":                     {sandboxScan(), "ServiceRequest/example-request-id", pathway.OrderMRILumbar, pathway.Yes},
		"a scan before it is chosen": {sandboxScan(set("code", object{"coding": []any{object{}}}), set("reasonCode", []any{})), "ServiceRequest/example-request-id", "", pathway.Unknown},
		"a scan of a CT":             {sandboxScan(set("code", concept(cpt, "72131"))), "ServiceRequest/example-request-id", pathway.OrderCTLumbar, pathway.Yes},
		"a scan of the neck":         {sandboxScan(set("code", object{"coding": []any{object{"system": cpt, "code": "72141", "display": "MRI cervical spine"}}})), "ServiceRequest/example-request-id", "", pathway.Yes},
		"a scan for something else":  {sandboxScan(set("reasonCode", []any{concept(snomed, "22298006")})), "ServiceRequest/example-request-id", pathway.OrderMRILumbar, pathway.No},
		"MedicationOrder, as in DSTU2": {
			object{"resourceType": "Bundle", "entry": []any{object{"resource": object{
				"resourceType": "MedicationOrder", "id": "order-123", "status": "draft", "patient": ofPatient(), "dateWritten": "2026-11-22",
				"medicationCodeableConcept": concept("http://www.nlm.nih.gov/research/umls/rxnorm", "892582"), "reasonCodeableConcept": concept(snomed, "279039007"),
				"dosageInstruction": []any{object{"timing": object{"repeat": object{"periodUnits": "d"}}}},
			}}}},
			"MedicationOrder/order-123", pathway.OrderOpioid, pathway.Yes,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := readDrafts(t, c.drafts, []string{c.reference}, nil)
			wantNoGaps(t, r)
			got := oneDraft(t, r)
			if got.Reference != c.reference || got.Concept != c.want || got.AboutBack != c.about || !got.Selected || !got.Open || got.Done {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestADraftIsUnderstoodInWhateverTypeItComes(t *testing.T) {
	draft := func(kind string, members object) object {
		return changed(object{"resourceType": kind, "id": "d", "status": "draft", "subject": ofPatient()}, []change{func(o object) {
			for member, value := range members {
				o[member] = value
			}
		}})
	}
	for name, c := range map[string]struct {
		draft object
		want  pathway.Concept
	}{
		"our order code":                 {draft("ServiceRequest", object{"code": concept(orderCode, "physiotherapy")}), pathway.OrderPhysiotherapy},
		"our order code, configured":     {draft("ServiceRequest", object{"code": concept(region+"/CodeSystem/order", "physiotherapy")}), pathway.OrderPhysiotherapy},
		"the words of the code":          {draft("ServiceRequest", object{"code": object{"text": "MR-scanning af columna lumbalis"}}), pathway.OrderMRILumbar},
		"a display":                      {draft("ServiceRequest", object{"code": object{"coding": []any{object{"system": "urn:local", "code": "1", "display": "Kiropraktor"}}}}), pathway.OrderChiropractic},
		"an object for the coding":       {draft("ServiceRequest", object{"code": object{"coding": coding(cpt, "72148")}}), pathway.OrderMRILumbar},
		"a list for the code":            {draft("ServiceRequest", object{"code": []any{concept(cpt, "72148")}}), pathway.OrderMRILumbar},
		"R5's code.concept":              {draft("ServiceRequest", object{"code": object{"concept": concept(cpt, "72148")}}), pathway.OrderMRILumbar},
		"R5's medication.concept":        {draft("MedicationRequest", object{"medication": object{"concept": concept("http://www.whocc.no/atc", "N02AX02")}}), pathway.OrderOpioid},
		"an opioid by ATC":               {draft("MedicationRequest", object{"medicationCodeableConcept": concept("http://www.whocc.no/atc", "N02AX02")}), pathway.OrderOpioid},
		"a message by its topic":         {draft("Communication", object{"topic": concept(orderCode, "second-opinion")}), pathway.OrderSecondOpinion},
		"a message by its receiver":      {draft("CommunicationRequest", object{"recipient": []any{object{"display": "Rygvisitationen"}}}), pathway.OrderSecondOpinion},
		"a message by its category":      {draft("Communication", object{"category": concept(orderCode, "second-opinion")}), pathway.OrderSecondOpinion},
		"a misplaced code":               {draft("ServiceRequest", object{"code": concept(icpc2, "DM545")}), ""},
		"a finding":                      {draft("Observation", object{"code": concept(finding, "paralysis")}), ""},
		"nothing":                        {draft("ServiceRequest", nil), ""},
		"a code that is a word":          {draft("ServiceRequest", object{"code": "72148"}), ""},
		"two kinds of order in its text": {draft("ServiceRequest", object{"code": object{"text": "MR lænd og fysioterapi"}}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := readDrafts(t, bundle(c.draft), nil, nil)
			wantNoGaps(t, r)
			if got := oneDraft(t, r); got.Concept != c.want {
				t.Errorf("%q, want %q", got.Concept, c.want)
			}
		})
	}
}

// Decision C-01: without selections all drafts are judged, an empty list
// selects none, and what is named and not there selects nothing.
func TestTheSelectedDraftsAreTheOnesThatAreNamed(t *testing.T) {
	long := strings.Repeat("d3b07384-", 24) // ids of drafts need not be FHIR ids
	const odd = "tid‑2026/ø 1"              // nor ASCII
	scan := func(id string) object { return serviceRequest(id, orderCode, "mri-lumbar", set("status", "draft")) }
	drafts := bundle(scan("a"), scan(long), scan(odd), scan(""))
	for name, c := range map[string]struct {
		selections []string
		want       []bool
		unknown    bool
	}{
		"no selections":    {nil, []bool{true, true, true, true}, false},
		"an empty list":    {[]string{}, []bool{false, false, false, false}, false},
		"one":              {[]string{"ServiceRequest/a"}, []bool{true, false, false, false}, false},
		"the long one":     {[]string{"ServiceRequest/" + long}, []bool{false, true, false, false}, false},
		"the odd one":      {[]string{"ServiceRequest/" + odd}, []bool{false, false, true, false}, false},
		"two":              {[]string{"ServiceRequest/a", "ServiceRequest/" + odd}, []bool{true, false, true, false}, false},
		"an unknown one":   {[]string{"ServiceRequest/zz"}, []bool{false, false, false, false}, true},
		"known, unknown":   {[]string{"ServiceRequest/zz", "ServiceRequest/a"}, []bool{true, false, false, false}, true},
		"by its fullUrl":   {[]string{"https://ehr.example/fhir/ServiceRequest/a"}, []bool{true, false, false, false}, false},
		"in a version":     {[]string{"ServiceRequest/a/_history/2"}, []bool{true, false, false, false}, false},
		"of another type":  {[]string{"MedicationRequest/a"}, []bool{false, false, false, false}, true},
		"without the type": {[]string{"a"}, []bool{false, false, false, false}, true},
		"an empty one":     {[]string{""}, []bool{false, false, false, false}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := readDrafts(t, drafts, c.selections, nil)
			var got []bool
			for _, d := range r.Chart.Drafts {
				got = append(got, d.Selected)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if noted(r, "", "/selections", "not among the draft orders") != c.unknown {
				t.Errorf("notes %+v", r.Notes)
			}
		})
	}
}

// TestMoreThanAPatientHasIsNotReadAndSaidSo: what is compared each with each is
// bounded, and what is beyond is not known to be nothing.
func TestMoreThanAPatientHasIsNotReadAndSaidSo(t *testing.T) {
	var grades, drafts []any
	var selections []string
	for i := range 8000 {
		grades = append(grades, observation(fmt.Sprint("o", i), pathway.LegStrength, set("valueInteger", 4), set("effectiveDateTime", now().Format(time.DateOnly))))
		drafts = append(drafts, serviceRequest(fmt.Sprint("d", i), orderCode, "mri-lumbar", set("status", "draft")))
		selections = append(selections, fmt.Sprint("ServiceRequest/d", i), fmt.Sprint("ServiceRequest/x", i))
	}
	call := callWith(t, prefetch{
		pathway.FromObservations: searched(grades), pathway.FromConditions: searched([]any{condition("c", icd10, "G83.4")}),
		pathway.FromPatient: nil, pathway.FromEncounters: nil, pathway.FromRequests: nil, pathway.FromProcedures: nil,
	})
	call.Hook, call.Selections, call.DraftOrders = pathway.OrderSelect, selections, encoded(t, bundle(drafts...))
	r := call.by(reader(t))
	if n := len(r.Chart.Observations) + len(r.Chart.Conditions); n != 3000 {
		t.Errorf("%d statements are read", n)
	}
	if gap := wantGap(t, r, pathway.FromObservations, fhir.ReasonTooMany); !gap.Whole {
		t.Errorf("%+v", gap)
	}
	if len(r.Chart.Drafts) != 3000 || !r.Chart.Drafts[2999].Selected || len(r.Notes) > 200 {
		t.Errorf("%d drafts, %d notes", len(r.Chart.Drafts), len(r.Notes))
	}
	r.Chart.Facts(pathway.DefaultParameters())
}

func TestDraftsAreTakenInAnyWrappingAndNeverSinkTheCall(t *testing.T) {
	scan := serviceRequest("a", orderCode, "mri-lumbar")
	keys := prefetch{pathway.FromConditions: bundle(retention())}
	for name, c := range map[string]struct {
		drafts any
		want   int
	}{
		"no drafts":               {nil, 0},
		"null":                    {raw("null"), 0},
		"an empty Bundle":         {bundle(), 0},
		"an empty object":         {raw("{}"), 0},
		"a string":                {raw(`"x"`), 0},
		"a number":                {raw("5"), 0},
		"breaking off":            {raw(`{"entry": [`), 0},
		"a Bundle":                {bundle(scan), 1},
		"without resourceType":    {object{"entry": []any{object{"resource": scan}}}, 1},
		"an object for the list":  {object{"resourceType": "Bundle", "entry": object{"resource": scan}}, 1},
		"a list":                  {[]any{scan}, 1},
		"the draft alone":         {scan, 1},
		"an entry of no use":      {object{"resourceType": "Bundle", "entry": []any{5, nil, object{}, object{"resource": "x"}, object{"resource": scan}}}, 1},
		"beyond reading":          {bundle(hopelessDraft(), scan), 1},
		"of somebody else":        {bundle(serviceRequest("b", orderCode, "mri-lumbar", set("subject", reference("Patient/other"))), scan), 1},
		"of somebody else, DSTU2": {bundle(object{"resourceType": "MedicationOrder", "id": "b", "patient": reference("Patient/other")}, scan), 1},
	} {
		t.Run(name, func(t *testing.T) {
			call := callWith(t, keys)
			call.Hook = pathway.OrderSelect
			for _, source := range fhir.Keys() {
				if _, given := call.Prefetch[source]; !given {
					call.Prefetch[source] = raw("null")
				}
			}
			if text, ok := c.drafts.(interface{ String() string }); ok {
				call.DraftOrders = raw(text.String())
			} else if c.drafts != nil {
				call.DraftOrders = encoded(t, c.drafts)
			}
			r := call.by(reader(t))
			wantNoGaps(t, r)
			if len(r.Chart.Drafts) != c.want {
				t.Errorf("%d drafts, want %d: %+v", len(r.Chart.Drafts), c.want, r.Chart.Drafts)
			}
			for _, d := range r.Chart.Drafts {
				if d.Concept != pathway.OrderMRILumbar || d.Reference != "ServiceRequest/a" {
					t.Errorf("%+v", d)
				}
			}
			if !findsRetention(r) {
				t.Error("the red flag was lost")
			}
		})
	}
}

// hopelessDraft has more wrong members than are mended.
func hopelessDraft() object {
	var reasons []any
	for range 400 {
		reasons = append(reasons, object{"text": object{"x": 1}})
	}
	return object{"resourceType": "ServiceRequest", "id": "b", "subject": ofPatient(), "reasonCode": reasons}
}

func TestADraftIsAboutTheBackByTheConditionThatItNames(t *testing.T) {
	drafted := func(reasons any) object {
		return bundle(serviceRequest("a", orderCode, "physiotherapy", set("reasonReference", reasons)))
	}
	keys := prefetch{pathway.FromConditions: bundle(
		condition("back", icpc2, "L84"), condition("knee", icpc2, "L15"),
		condition("ces", icd10, "G83.4"), condition("not", icpc2, "L86", set("verificationStatus", status("refuted"))))}
	for name, c := range map[string]struct {
		reasons any
		want    pathway.Answer
	}{
		"back pain":                {[]any{reference("Condition/back")}, pathway.Yes},
		"back pain, absolute":      {[]any{reference("https://ehr.example/fhir/Condition/back")}, pathway.Yes},
		"an object for the list":   {reference("Condition/back"), pathway.Yes},
		"the second of two":        {[]any{reference("Condition/knee"), reference("Condition/back")}, pathway.Yes},
		"cauda equina":             {[]any{reference("Condition/ces")}, pathway.Yes},
		"a knee":                   {[]any{reference("Condition/knee")}, pathway.Unknown},
		"one that is not there":    {[]any{reference("Condition/gone")}, pathway.Unknown},
		"one that is contained":    {[]any{reference("#back")}, pathway.Unknown},
		"something else that is":   {[]any{reference("Observation/back")}, pathway.Unknown},
		"one that was refuted":     {[]any{reference("Condition/not")}, pathway.Unknown},
		"no reference in the list": {[]any{object{"display": "Rygsmerter"}}, pathway.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			r := readDrafts(t, drafted(c.reasons), nil, keys)
			if got := oneDraft(t, r).AboutBack; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	t.Run("R5's reason", func(t *testing.T) {
		for want, reason := range map[pathway.Answer]object{
			pathway.Yes: {"concept": concept(icpc2, "L84")},
			pathway.No:  {"concept": concept(icpc2, "A97")},
		} {
			d := oneDraft(t, readDrafts(t, bundle(serviceRequest("a", orderCode, "physiotherapy", set("reason", []any{reason}))), nil, nil))
			if d.AboutBack != want {
				t.Errorf("%s, want %s", d.AboutBack, want)
			}
		}
		d := oneDraft(t, readDrafts(t, bundle(serviceRequest("a", orderCode, "physiotherapy", set("reason", []any{object{"reference": reference("Condition/back")}}))), nil, keys))
		if d.AboutBack != pathway.Yes {
			t.Errorf("by reference: %s", d.AboutBack)
		}
	})
}

// Decision C-05: what is drafted and what is recorded under one id is one
// order, so the two have to carry the same reference.
// TestWhatADraftIsForIsASuspicion holds B-18 for orders: of a draft nobody can be
// shown the resource.
func TestWhatADraftIsForIsASuspicion(t *testing.T) {
	call := callWith(t, nil)
	call.Hook = pathway.OrderSign
	call.DraftOrders = encoded(t, bundle(serviceRequest("mr", snomed, "241615005", set("reasonCode", []any{concept(icd10, "G83.4")}))))
	found := oneCondition(t, call.by(reader(t)))
	if found.Concept != pathway.CaudaEquina || !found.Evidence.Suspected || found.Evidence.Reference != "" || found.Recorded != pathway.At(now()) {
		t.Errorf("%+v", found)
	}
}

func TestADraftCarriesTheReferenceOfTheRecordedOrder(t *testing.T) {
	scan := serviceRequest("mr", orderCode, "mri-lumbar", set("status", "draft"))
	r := readDrafts(t, bundle(scan), nil, prefetch{pathway.FromRequests: bundle(scan)})
	if len(r.Chart.Requests) != 1 || r.Chart.Requests[0].Reference != oneDraft(t, r).Reference {
		t.Errorf("%+v, drafted %+v", r.Chart.Requests, r.Chart.Drafts)
	}
}

func TestADraftKeepsItsDates(t *testing.T) {
	d := oneDraft(t, readDrafts(t, bundle(serviceRequest("a", orderCode, "physiotherapy",
		set("occurrencePeriod", object{"start": "2026-12-01", "end": "2026-12-31"}))), nil, nil))
	if !d.Authored.Earliest.Equal(day("2026-11-20")) || !d.Start.Earliest.Equal(day("2026-12-01")) || !d.End.Earliest.Equal(day("2026-12-31")) || !d.Evidence.When.Known() {
		t.Errorf("%+v", d)
	}
}
