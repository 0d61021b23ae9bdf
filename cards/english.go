package cards

// englishRules are the English texts rule by rule; they say what the Danish
// ones say.
var englishRules = map[string]wording{
	"R-A1": {
		"Suspected cauda equina syndrome – acute admission",
		"Sphincter disturbance that is new, worse or undated, and altered sensation in the saddle area, are read as suspicion.",
	},
	"R-A2": {
		"Progressive paresis/paralysis – acute admission",
		"Any loss of strength in this episode and any paralysis of a leg count, whatever the contact number.",
	},
	"R-A3": {
		"Intractable pain – acute admission",
		"The GP has recorded that the pain is intractable.",
	},
	"R-A4": {
		"Severe weakness, course unknown – assess acutely",
		"Severe or ungraded weakness, course unknown: it is read as progressive until strength has been assessed. Measure and record strength (0–5) in both legs now.",
	},
	"R-S1": {
		"Severe, stable weakness – refer to the secondary sector",
		"Strength is severely reduced, measured at least twice in this episode and not falling. Refer soon; if strength falls, it is acute admission.",
	},
	"R-S2": {
		"Coded without nerve-root involvement, but findings say otherwise",
		"State whether a nerve root is involved: the answer decides which page of the leaflet applies.",
	},
	"R-S3": {
		"Suspected serious pathology – the planned MRI criterion does not apply",
		"The leaflet's planned course and MRI criteria are not written for this: that route is too slow. Act on the suspicion; this does not advise against imaging.",
	},
	"R-S4": {
		"Sphincter or saddle area affected, cauda equina refuted – refer to the secondary sector",
		"The finding stands after cauda equina was considered and refuted. Refer soon; new or worse symptoms are suspicion of cauda equina syndrome again.",
	},
	"R-Q0": {
		"The record could not be read in full – alarm symptoms are unknown",
		"Diagnoses or observations could not be read. Assess alarm symptoms clinically, and look into the record yourself.",
	},
	"R-Q1": {
		"Alarm symptoms are not recorded at this contact",
		"Ask, and record the answers; each is one click.",
	},
	"R-Q2": {
		"Older bladder or bowel symptom – has it changed?",
		"The symptom is older than the back episode, and nobody has written whether it changed. Ask: if worse, it is read as suspected cauda equina syndrome.",
	},
	"R-Q3": {
		"Nerve-root involvement is not stated",
		"The leaflet has one page with and one without nerve-root involvement. Neither is assumed; the answer decides which applies.",
	},
	"R-Q4": {
		"Yellow flags are not assessed",
		"From contact 3 the leaflet acts on yellow flags. Assess them and record the answer; not assessed does not mean absent.",
	},
	"R-P1": {
		"Contact 1: extended history, clinical examination and patient information",
		"First contact on the leaflet's page without nerve-root involvement. Contact 2 is as needed.",
	},
	"R-P2": {
		"Contact 1 with nerve-root involvement: examine, inform and plan the follow-up",
		"Extended history, clinical examination and patient information. Contact 2 is a planned follow-up, so arrange it now.",
	},
	"R-P3": {
		"Contact 2: reassess, inform and assess yellow flags",
		"The assessment of yellow flags decides what the leaflet suggests later. Record the answer.",
	},
	"R-P4": {
		"Yellow flags – refer to the secondary sector",
		"The leaflet refers on yellow flags from contact 3. Use the dynamic referral.",
	},
	"R-P5": {
		"Contact 3 or later: work-up at physiotherapist/chiropractor or municipal service is possible",
		"These are options, not demands. If the patient has yellow flags, the leaflet refers to the secondary sector instead.",
	},
	"R-P6": {
		"No clear improvement – secondary sector and MRI",
		"The GP has recorded that there is no clear improvement. Use the dynamic referral.",
	},
	"R-P7": {
		"No clear improvement – secondary sector and MRI",
		"The GP has recorded that there is no clear improvement, and a nerve root is involved. Use the dynamic referral; from contact 4 a practising specialist can take its place.",
	},
	"R-P8": {
		"Is there clear improvement? The answer decides the next step",
		"At this contact the GP's judgement decides whether the leaflet refers to the secondary sector and MRI. A score alone does not decide it.",
	},
	"R-P9": {
		"Extended work-up or prolapse package at physiotherapist/chiropractor is possible",
		"With nerve-root involvement it is an option beside the follow-up.",
	},
	"R-P10": {
		"Contact 5 or later: treatment and self-care in the primary sector",
		"Referral to a physiotherapist or chiropractor is an option.",
	},
	"R-P11": {
		"The MRI criteria are documented as met – MRI may be offered",
		"Treatment and exercise have been tried without effect, and every criterion is answered. The leaflet says may, not must.",
	},
	"R-P12": {
		"Yellow flags are present – put them into any referral",
		"On the page with nerve-root involvement yellow flags are assessed, but the leaflet states no action on them alone.",
	},
	"R-O1": {
		"A second opinion from back-referral triage is possible – not for acute cases",
		"Send a correspondence message to back-referral triage (rygvisitation). It is not for acute cases.",
	},
	"R-I1": {
		"Patient information on low-back pain",
		"The leaflet's points for the talk with the patient.",
	},
	"R-X1": {
		"Outside what the leaflet describes",
		"The acute criteria still hold; the rest of the leaflet is not written for this.",
	},
	"R-E1": {
		"Not from the leaflet: is serious pathology suspected?",
		"The record holds a diagnosis that can lie behind back pain, and nobody has written whether there is suspicion. Decide, and record the answer.",
	},
	"R-E2": {
		"Not from the leaflet: STarT Back shows high risk – assess yellow flags",
		"Yellow flags are not assessed in this episode. The risk group does not decide them.",
	},
	"R-E3": {
		"Not from the leaflet: high pain score – is the pain intractable?",
		"Intractable pain is a criterion for acute admission, and the GP's judgement decides it, not the number.",
	},
	"O-A": {
		"Acute criteria are present – a planned referral is too slow",
		"This does not advise against imaging. Your draft has not been changed.",
	},
	"O-M1": {
		"Worsening or suspected serious pathology – planned MRI is too slow",
		"The MRI criteria are written for a planned course and do not fit here. Escalate: refer faster or phone the department. This does not advise against MRI, and your draft has not been changed.",
	},
	"O-M2": {
		"The MRI criterion (4–6 weeks of treatment and exercise without effect) is not documented as met",
		"If treatment and exercise were tried without being in the record, record it. This is no refusal of MRI.",
	},
	"O-M3": {
		"The MRI criteria cannot be assessed – data are missing",
		"The answers below are missing. This is no refusal of MRI, and not recorded does not mean absent.",
	},
	"O-M4": {
		"The MRI criteria are documented as met",
		"The order fits the leaflet's MRI box.",
	},
	"O-M5": {
		"The leaflet pairs MRI with referral to the secondary sector",
		"The GP has recorded that there is no clear improvement, and no open referral is known. Use the dynamic referral.",
	},
	"O-M6": {
		"With nerve-root involvement MRI stands at contact 3, if there is no clear improvement",
		"The order comes before that step. This is no refusal of MRI; the 4–6-week criterion is only on the page without nerve-root involvement.",
	},
	"O-M7": {
		"Nerve-root involvement is not stated for the MRI order",
		"The answer decides which page of the leaflet holds for MRI. Neither is assumed.",
	},
	"O-M8": {
		"MRI of the lumbar spine is already ordered or done in this episode",
		"Only orders are read; images and reports are not known here.",
	},
	"O-X2": {
		"Alarm symptoms are not recorded before imaging",
		"Ask, and record the answers; each is one click.",
	},
	"O-P1": {
		"Fits the leaflet – extended work-up or prolapse package is possible too",
		"With nerve-root involvement the leaflet names both at physiotherapist or chiropractor.",
	},
	"O-P2": {
		"Alarm symptoms are not recorded before the referral",
		"Ask, and record the answers; each is one click.",
	},
	"O-R1": {
		"The referral comes before the leaflet's step – second opinion is possible",
		"The leaflet refers to the secondary sector at a later step, if there is no clear improvement. The referral remains your judgement.",
	},
	"O-R2": {
		"The referral fits the leaflet's step – use the dynamic referral",
		"The step has been reached.",
	},
	"O-C1": {
		"A correspondence message must not be used for acute cases",
		"The message is not meant for what is urgent. Your draft has not been changed.",
	},
	"O-S1": {
		"Not from the leaflet: a pacemaker is recorded – clear MR safety",
		"Clear MR safety with radiology. Your draft has not been changed.",
	},
	"O-S2": {
		"Not from the leaflet: pregnancy is recorded – clear the imaging",
		"Clear the examination with radiology. Your draft has not been changed.",
	},
	"O-X1": {
		"Not from the leaflet: X-ray or CT of the lumbar spine is not recommended routinely",
		"That holds where no serious pathology is suspected. The leaflet names MRI alone; your draft has not been changed.",
	},
	"O-D1": {
		"Not from the leaflet: opioid in acute low-back pain only after careful consideration",
		"The Danish national recommendation of September 2025 says opioid only after careful consideration; keep the patient active.",
	},
	"O-D2": {
		"Not from the leaflet: is the pain intractable? It is a criterion for acute admission",
		"An opioid is being prescribed for back pain, and nobody has written whether the pain is intractable. Record the answer.",
	},
}
