package fhir_test

import (
	"fmt"
	"slices"
	"strings"

	"rygkort/pathway"
)

func (m *maker) person() object {
	m.ids["Patient"] = m.patient
	o := m.resource("Patient")
	o["id"] = m.patient
	o["name"] = []any{object{"use": "official", "family": "Opdigtet", "given": []any{"Prøve"}}}
	o["gender"] = pick(m, []string{"female", "male", "other", "unknown"})
	o["birthDate"] = pick(m, []string{"1961-02-03", "1975", "1988-12"})
	delete(o, "category")
	m.means(o, "born "+o["birthDate"].(string))
	return o
}

func (m *maker) diagnosis() object {
	o := m.resource("Condition")
	about := m.writable()
	code, matches, readable := m.codes(about)
	o["code"] = code
	var said string
	lasting := true
	switch verified := pick(m, []string{"", "confirmed", "confirmed", "unconfirmed", "provisional", "differential", "refuted", "entered-in-error"}); verified {
	case "":
	case "unconfirmed", "provisional", "differential":
		o["verificationStatus"], said = concept(hl7Terms+"condition-ver-status", verified), " suspected"
	case "refuted":
		o["verificationStatus"], said = concept(hl7Terms+"condition-ver-status", verified), " refuted"
	case "entered-in-error":
		o["verificationStatus"], lasting = concept(hl7Terms+"condition-ver-status", verified), false
	default:
		o["verificationStatus"] = concept(hl7Terms+"condition-ver-status", verified)
	}
	switch clinical := pick(m, []string{"", "active", "active", "recurrence", "relapse", "inactive", "remission", "resolved"}); clinical {
	case "":
	case "active", "recurrence", "relapse":
		o["clinicalStatus"] = concept(hl7Terms+"condition-clinical", clinical)
		said += " active"
	default:
		o["clinicalStatus"] = concept(hl7Terms+"condition-clinical", clinical)
		said += " ended"
	}
	began := 20 + m.random.IntN(40)
	switch m.random.IntN(4) {
	case 0:
		written, meant := m.moment(began)
		o["onsetPeriod"] = object{"start": written}
		said += " onset " + meant
	case 1, 2:
		written, meant := m.moment(began)
		o["onsetDateTime"] = written
		said += " onset " + meant
	}
	if m.chance(60) {
		written, meant := m.moment(began - 2)
		o["recordedDate"] = written
		said += " recorded " + meant
	}
	if strings.Contains(said, "ended") {
		written, meant := m.moment(began - 10)
		o["abatementDateTime"] = written
		said += " abated " + meant
	}
	if m.chance(50) {
		id := m.id("Encounter", 900+m.count)
		o["encounter"] = m.refer("Encounter", id)
		said += labelled("at", m.linked(id))
	}
	var lines []string
	switch {
	case !readable:
		lines = []string{"nothing: a code system that is not known", "note /code: a code of no code system that is known"}
	case len(matches) == 0:
		lines = []string{"nothing: not of the pathway"}
	case !lasting:
		lines = []string{"nothing: entered in error"}
	default:
		for c, by := range matches {
			lines = append(lines, "diagnosis "+string(c)+by+said)
		}
		slices.Sort(lines)
	}
	m.means(o, lines...)
	return o
}

// questions that are asked, and words that answer them.
func questions() map[pathway.Concept][]string {
	yesNo := []string{"yes", "no"}
	return map[pathway.Concept][]string{
		pathway.SaddleSensation: {"normal", "reduced", "not-tested"}, pathway.AnalTone: {"normal", "reduced", "not-tested"},
		pathway.BladderDisturbance: {"none", "new", "worse", "unchanged"}, pathway.BowelDisturbance: {"none", "new", "worse", "unchanged"},
		pathway.Paralysis: yesNo, pathway.ParesisProgressive: yesNo, pathway.IntractablePain: yesNo, pathway.BilateralSciatica: yesNo,
		pathway.SeriousPathology: yesNo, pathway.NerveRootInvolvement: {"yes", "no", "unsure"}, pathway.Course: {"better", "unchanged", "worse"},
		pathway.YellowFlags: {"none", "present", "not-assessed"}, pathway.TreatmentEffect: {"none", "some", "good"},
	}
}

func (m *maker) finding() object {
	o := m.resource("Observation")
	delete(o, "category")
	status := pick(m, []string{"final", "final", "final", "amended", "corrected", "preliminary", "registered", "unknown", "cancelled", "entered-in-error"})
	o["status"] = status
	var said string
	if !slices.Contains([]string{"final", "amended", "corrected"}, status) {
		said = " not final"
	}
	if written, meant := m.moment(m.random.IntN(20)); m.chance(80) {
		o["effectiveDateTime"] = written
		said += " on " + meant
	} else {
		o["issued"] = now().AddDate(0, 0, -3).In(m.zone).Format(m.layout)
		said += " on " + now().AddDate(0, 0, -3).Format(layoutSeconds)
	}
	var line string
	switch n := m.random.IntN(10); {
	case n < 6:
		line = m.answer(o, said)
	case n < 7:
		line = m.strength(o, said)
	case n < 8:
		o["code"] = object{"coding": []any{m.coding(loinc, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")}, "text": "Pain severity"}
		score := m.random.IntN(11)
		o["valueQuantity"] = object{"value": score, "unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
		line = fmt.Sprintf("answer pain-nrs %d loinc|72514-3%s", score, said)
	case n < 9:
		o["code"] = object{"coding": []any{m.coding(loinc, "85354-9", "Blood pressure panel")}, "text": "Blood pressure"}
		o["component"] = []any{
			part(concept(loinc, "8480-6"), set("valueQuantity", object{"value": 131, "unit": "mm[Hg]"})),
			part(concept(loinc, "8462-4"), set("valueQuantity", object{"value": 82, "unit": "mm[Hg]"})),
		}
		line = "nothing: not of the pathway"
	default:
		o["code"] = object{"coding": []any{m.coding(loinc, "29463-7", "Body weight"), m.coding("https://local.example/vitals", "vægt", "Vægt")}}
		o["valueQuantity"] = object{"value": raw("81.50"), "unit": "kg"}
		line = "nothing: not of the pathway"
	}
	if encountered := m.id("Encounter", 900+m.count); m.chance(50) {
		o["encounter"] = m.refer("Encounter", encountered)
		if strings.HasPrefix(line, "answer") {
			line += labelled("at", m.linked(encountered))
		}
	}
	if status == "cancelled" || status == "entered-in-error" {
		line = "nothing: " + status
	}
	m.means(o, line)
	return o
}

// answer asks one of our questions and answers it in a form of the dialect.
func (m *maker) answer(o object, said string) string {
	all := questions()
	names := make([]pathway.Concept, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	asked := pick(m, names)
	word := pick(m, all[asked])
	form := pick(m, m.answers)
	if yesNo := word == "yes" || word == "no"; !yesNo && form != "string" {
		form = "own"
	}
	o["code"] = object{"coding": []any{m.coding(m.own+"/CodeSystem/finding", string(asked), "Spørgsmål")}}
	yes := word == "yes"
	switch form {
	case "own":
		o["valueCodeableConcept"] = object{"coding": []any{m.coding(m.own+"/CodeSystem/answer", word, "Svar")}, "text": "Svar"}
	case "string":
		o["valueString"] = pick(m, []string{word, strings.ToUpper(word), " " + word})
	case "boolean":
		o["valueBoolean"] = yes
	case "snomed":
		o["valueCodeableConcept"] = object{"coding": []any{m.coding(snomed, map[bool]string{true: "373066001", false: "373067005"}[yes], "Svar")}}
	case "loinc":
		o["valueCodeableConcept"] = object{"coding": []any{m.coding(loinc, map[bool]string{true: "LA33-6", false: "LA32-8"}[yes], "Svar")}}
	}
	if m.chance(10) {
		for member := range o {
			if strings.HasPrefix(member, "value") {
				delete(o, member)
			}
		}
		o["dataAbsentReason"] = concept(hl7Terms+"data-absent-reason", pick(m, []string{"asked-declined", "masked", "unknown"}))
		word = "open"
	}
	return "answer " + string(asked) + " " + word + codeOf(pathway.Evidence{Concept: asked, Code: m.own + "/CodeSystem/finding|" + string(asked)}) + said
}

// strength measures one muscle group.
func (m *maker) strength(o object, said string) string {
	o["code"] = object{"coding": []any{m.coding(m.own+"/CodeSystem/finding", "leg-strength", "Kraft i ben")}}
	group := pick(m, []string{"knee-extension-left", "ankle-dorsiflexion-right", "great-toe-extension-left"})
	o["bodySite"] = object{"coding": []any{coding(m.own+"/CodeSystem/muscle-group", group)}, "text": "Muskelgruppe"}
	grade := m.random.IntN(6)
	switch m.random.IntN(3) {
	case 0:
		o["valueInteger"] = grade
	case 1:
		o["valueQuantity"] = object{"value": raw(fmt.Sprintf("%d.0", grade)), "unit": "MRC"}
	default:
		o["valueString"] = fmt.Sprint(grade)
	}
	return fmt.Sprintf("answer leg-strength %d%s%s site %s %q", grade,
		codeOf(pathway.Evidence{Concept: pathway.LegStrength, Code: m.own + "/CodeSystem/finding|leg-strength"}), said, group, "Muskelgruppe")
}

func (m *maker) contact() object {
	o := m.resource("Encounter")
	delete(o, "category")
	over, class := pick(m, []string{"finished", "finished", "in-progress", "planned", "cancelled", "arrived"}), pick(m, []string{"AMB", "AMB", "VR", "HH", "IMP", "EMER", "PHONE"})
	if m.r5 && over == "finished" {
		over = "completed"
	}
	o["status"] = over
	practice := "unknown"
	switch class {
	case "AMB", "VR", "HH":
		practice = "yes"
	case "IMP":
		practice = "no"
	}
	said := "contact"
	if over == "planned" || over == "cancelled" {
		said, practice = "contact not held", "unknown"
	}
	about := m.writable()
	code, matches, readable := m.codes(about)
	back := "unknown"
	if readable {
		back = "no"
	}
	for _, c := range []pathway.Concept{pathway.LowBackPain, pathway.NerveRoot, pathway.LowBackPainBroad, pathway.CaudaEquina} {
		if by, ok := matches[c]; ok {
			back = "yes" + by
		}
	}
	begun, meant := m.moment(m.random.IntN(60))
	if m.r5 {
		o["class"] = []any{concept(actCode, class)}
		o["actualPeriod"] = object{"start": begun}
		o["reason"] = []any{object{"use": []any{object{"text": "Chief complaint"}}, "value": []any{object{"concept": code}}}}
	} else {
		o["class"] = coding(actCode, class)
		o["period"] = object{"start": begun, "end": begun}
		o["reasonCode"] = []any{code}
	}
	said += " practice " + practice + " back " + back + " on " + meant
	if m.chance(60) {
		o["serviceProvider"] = m.refer("Organization", "practice")
		provider := "Organization/practice"
		if m.urn {
			provider = "urn:uuid:practice"
		}
		said += " provider " + provider
	}
	if condition := m.ids["Condition"]; m.chance(40) && !m.r5 {
		o["diagnosis"] = []any{object{"condition": m.refer("Condition", condition), "rank": 1}}
		if m.linked(condition) != "" {
			said += " names Condition/" + condition
		}
	}
	lines := []string{said}
	if m.r5 {
		lines = append(lines, "note /class: a list where a single value belongs: the first one is read")
		if over == "completed" {
			lines = append(lines, "note /status: unknown code")
		}
	}
	m.means(o, lines...)
	return o
}

func (m *maker) order() object {
	o := m.resource("ServiceRequest")
	delete(o, "category")
	type wish struct{ system, code, words, means string }
	w := pick(m, []wish{
		{snomed, "308447003", "Henvisning til fysioterapeut", "physiotherapy snomed|308447003"},
		{loinc, "24968-0", "MR Lumbar spine", "order-mri-lumbar loinc|24968-0"},
		{"https://local.example/orders", "17", "MR af columna lumbalis", "order-mri-lumbar https://local.example/orders|17"},
		{snomed, "308482002", "Henvisning til neurokirurg", "refer-neurosurgery snomed|308482002"},
		{loinc, "58410-2", "Hæmatologi", ""},
	})
	code := object{"coding": []any{object{"system": w.system, "code": w.code, "display": w.words}}}
	status := pick(m, []string{"draft", "active", "on-hold", "completed", "revoked"})
	o["status"], o["intent"] = status, "order"
	about := m.writable()
	reason, matches, readable := m.codes(about)
	back := "unknown"
	if readable {
		back = "no"
	}
	for _, c := range []pathway.Concept{pathway.LowBackPain, pathway.NerveRoot, pathway.LowBackPainBroad, pathway.CaudaEquina} {
		if matches[c] != "" {
			back = "yes"
		}
	}
	if m.r5 {
		o["code"] = object{"concept": code}
		o["reason"] = []any{object{"concept": reason}}
	} else {
		o["code"] = code
		o["reasonCode"] = []any{reason}
	}
	written, meant := m.moment(5)
	o["authoredOn"] = written
	state := "open"
	if status == "completed" {
		state = "done"
	}
	line := "order " + w.means + " " + state + " back " + back + " authored " + meant
	switch {
	case status == "revoked":
		line = "nothing: revoked"
	case w.means == "":
		line = "nothing: an order that is not recognised"
	}
	m.means(o, line)
	return o
}

func (m *maker) treatment() object {
	o := m.resource("Procedure")
	delete(o, "category")
	type deed struct{ code, words, means string }
	d := pick(m, []deed{
		{"91251008", "Physical therapy procedure", "physiotherapy-done snomed|91251008"},
		{"229065009", "Exercise therapy", "exercise-done snomed|229065009"},
		{"80146002", "Appendectomy", ""},
	})
	o["code"] = object{"coding": []any{object{"system": snomed, "code": d.code, "display": d.words}}, "text": d.words}
	status := pick(m, []string{"completed", "in-progress", "not-done", "stopped", "preparation"})
	o["status"] = status
	from, fromMeant := m.moment(50)
	to, toMeant := m.moment(8)
	member := "performedPeriod"
	if m.r5 {
		member = "occurrencePeriod"
	}
	line := "done " + d.means
	switch status {
	case "in-progress":
		o[member] = object{"start": from}
		line += " from " + fromMeant
	case "not-done":
		line += " not done"
	default:
		o[member] = object{"start": from, "end": to}
		line += " from " + fromMeant + " to " + toMeant
	}
	switch {
	case d.means == "":
		line = "nothing: not of the pathway"
	case status == "preparation":
		line = "nothing: only prepared"
	}
	m.means(o, line)
	return o
}
