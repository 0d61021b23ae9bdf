package pathway

// Sentence is one sentence of the leaflet, verbatim, or the part of one that a
// rule rests on; an ellipsis marks where it was cut. Ids are never reused.
//
// The leaflet is "Pixibog for forløbsprogram om lænderyg-forløb i almen
// praksis": one page for acute pain without nerve-root involvement (NS), one
// with it (NR). Its edition and date are not stated in it.
type Sentence struct {
	ID   string
	Text string
}

// leaflet holds the sentences in the order in which they are read: page, then
// box. Soft hyphens of the layout were removed, nothing else.
var leaflet = []Sentence{
	{"NS-T1", "Pixibog for forløbsprogram om lænderyg-forløb i almen praksis – patienter med akutte smerter"},
	{"NS-T2", "Uspecifikke lænderygsmerter uden nerverodspåvirkning."},
	{"NS-EP-1", "80–90%"},
	{"NS-C1-1", "Udvidet anamnese."},
	{"NS-C1-2", "Klinisk undersøgelse."},
	{"NS-C1-3", "Patientinformation."},
	{"NS-C2-1", "Revurdering af patient."},
	{"NS-C2-2", "Patientinformation."},
	{"NS-C2-3", "Vurdering af gule flag."},
	{"NS-C3-1", "Revurdering af patient."},
	{"NS-C3-2", "Patientinformation."},
	{"NS-C3-3", "Ved gule flag henvis til sekundærsektor."},
	{"NS-C3-4", "Evt. udredning/udvidet lænderyg-udredning ved fysioterapeut eller kiropraktor i praksissektor."},
	{"NS-C3-5", "Evt. henvisning til kommunal indsats."},
	{"NS-C3-6", "Brug dynamisk henvisning."},
	{"NS-C4-1", "Revurdering af patient."},
	{"NS-C4-2", "Patientinformation."},
	{"NS-C4-3", "Henvisning til sekundærsektor og MR-scanning, hvis der ikke er sket klar bedring med patient."},
	{"NS-C4-4", "Brug dynamisk henvisning."},
	{"NS-C5-1", "Behandling og egenindsats i primærsektoren."},
	{"NS-C5-2", "Eventuelt henvisning til fysioterapeut eller kiropraktor."},
	{"NS-SO-1", "Brug for second opinion? Send korrespondancemeddelelse til rygvisitation."},
	{"NS-MR-1a", "MR-scanning kan tilbydes, hvis anden relevant behandling og træning er afprøvet i 4-6 uger uden effekt, …"},
	{"NS-MR-1b", "… og der ikke er forværring i tilstanden …"},
	{"NS-MR-1c", "… eller mistanke om alvorlig patologi."},
	{"NS-RF-1a", "Akut indlæggelse ved mistanke om cauda equina syndrom, …"},
	{"NS-RF-1b", "… progredierende pareser / paralyser …"},
	{"NS-RF-1c", "… eller intraktable smerter."},
	{"NR-T1", "Pixibog for forløbsprogram om lænderyg-forløb i almen praksis – patienter med akutte smerter med nerverodspåvirkning"},
	{"NR-EP-1", "5–10% af henvendelserne om akutte smerter har nerverodspåvirkning."},
	{"NR-C1-1", "Udvidet anamnese."},
	{"NR-C1-2", "Klinisk undersøgelse."},
	{"NR-C1-3", "Patientinformation."},
	{"NR-C2-0", "Opfølgning på patient"},
	{"NR-C2-1", "Revurdering af patient."},
	{"NR-C2-2", "Patientinformation."},
	{"NR-C2-3", "Vurdering af gule flag."},
	{"NR-C3-1", "Revurdering af patient."},
	{"NR-C3-2", "Patientinformation."},
	{"NR-C3-3", "Henvisning til sekundærsektor og MR-scanning, hvis der ikke er sket klar bedring med patient."},
	{"NR-C3-4", "Brug dynamisk henvisning."},
	{"NR-C4-1", "Revurdering af patient."},
	{"NR-C4-2", "Patientinformation."},
	{"NR-C4-3", "Henvisning til sekundærsektor eller praktiserende speciallæge og MR-scanning, hvis der ikke er sket klar bedring med patient."},
	{"NR-C4-4", "Brug dynamisk henvisning."},
	{"NR-RF-1a", "Akut indlæggelse ved mistanke om cauda equina syndrom, …"},
	{"NR-RF-1b", "… progredierende pareser/paralyser …"},
	{"NR-RF-1c", "… eller intraktable smerter."},
	{"NR-RF-2a", "Henvisning til sekundærsektor ved påvirkning af lukkemuskulatur …"},
	{"NR-RF-2b", "… eller tiltagende svær kraftnedsættelse i ben."},
	{"NR-FK-1", "Eventuelt henvisning til fysioterapeut eller kiropraktor i praksissektoren."},
	{"NR-FK-2", "Udvidet lænde-rygudredning eller prolapsforløbspakke hos fysioterapeut eller kiropraktor i praksissektor."},
	{"NR-SO-1", "Brug for second opinion? Send korrespondancemeddelelse til rygvisitation."},
	{"NS-PI-1", "Fortæl, at der ofte sker spontan bedring."},
	{"NR-PI-1", "Fortæl, at der ofte sker spontan bedring."},
	{"NS-PI-2", "Opfordr patienten til at være så aktiv som muligt."},
	{"NR-PI-2", "Opfordr patienten til at være så aktiv som muligt."},
	{"NS-PI-3", "Fortæl, at det er vigtigt at fastholde arbejde."},
	{"NR-PI-3", "Fortæl, at det er vigtigt at fastholde arbejde."},
	{"NS-PI-4", "Informér om advarsels- og alarmsymptomer."},
	{"NR-PI-4", "Informér om advarsels- og alarmsymptomer."},
	{"NS-PI-5", "Henvis til ondtiryggen.rm.dk."},
	{"NR-PI-5", "Henvis til ondtiryggen.rm.dk."},
	{"NS-PI-6", "Henvis til Patienthåndbogens øvelsesfilm – findes på nettet og som app (Træn smerten væk)."},
	{"NR-PI-6", "Overvej henvisning til Patienthåndbogens øvelsesfilm – findes på nettet og som app (Træn smerten væk)."},
	{"PU-1", "Forløbsprogrammets formål er at støtte patienten i at kunne håndtere sine rygsmerter og sin hverdag uden behov for hyppig kontakt til sundhedsvæsenet."},
}

// Leaflet is all sentences, in reading order.
func Leaflet() []Sentence { return append([]Sentence(nil), leaflet...) }

// SentenceText is the verbatim text under an id, empty for an unknown one.
func SentenceText(id string) string {
	for _, s := range leaflet {
		if s.ID == id {
			return s.Text
		}
	}
	return ""
}
