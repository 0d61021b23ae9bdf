package fhir

import (
	"strings"
	"unicode"

	"rygkort/pathway"
)

// OrderFromText recognises an order by its words where no code was recognised:
// code.text and every display of one order, in Danish or English.
//
// It would rather recognise nothing than the wrong thing: a text that names
// two kinds of order is none. What it does not recognise only silences the
// rules about orders; acute facts speak all the same.
func OrderFromText(texts ...string) pathway.Concept {
	var said orderWords
	for _, text := range texts {
		said.read(text)
	}
	return said.order()
}

// orderWords is what the texts of one order speak of.
type orderWords struct {
	mri, ct, xray, scan                bool
	lumbar, elsewhere                  bool
	physiotherapy, chiropractic        bool
	neurosurgery, rheumatology, centre bool
	spine, rygvisitation               bool
}

func (w *orderWords) read(text string) {
	before := ""
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), notLetter) {
		w.readWord(before, word)
		before = word
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// readWord takes short words whole only: "mri" sits in "omrids" and "ct" in
// "fractura". Longer ones are stems, since Danish joins words.
func (w *orderWords) readWord(before, word string) {
	said := func(stems ...string) bool {
		for _, stem := range stems {
			if strings.Contains(word, stem) {
				return true
			}
		}
		return false
	}
	begins := func(stem string) bool { return strings.HasPrefix(word, stem) }

	w.mri = w.mri || word == "mr" || begins("mri") || begins("mrs") && said("scan", "skan") || said("magnet")
	w.ct = w.ct || word == "ct" || begins("cts") && said("scan", "skan") || said("tomogra")
	w.xray = w.xray || word == "xr" || begins("xray") || before == "x" && begins("ray") || said("røntgen")
	w.scan = w.scan || said("scan", "skan", "imaging", "ultraly", "ultraso")

	w.lumbar = w.lumbar || said("lænd", "lumb", "columna")
	w.elsewhere = w.elsewhere || said("cervi", "thora", "torak", "hals")

	// Clinical physiology is a department that takes pictures.
	w.physiotherapy = w.physiotherapy || said("fysio", "physio") && !said("fysiolog", "physiolog")
	w.chiropractic = w.chiropractic || said("kiropra", "chiropra")
	w.neurosurgery = w.neurosurgery || said("neurokir", "neurosurg")
	w.rheumatology = w.rheumatology || said("reumatolog", "rheumatolog")
	w.centre = w.centre || said("rygcenter")
	w.spine = w.spine || said("spine")
	w.rygvisitation = w.rygvisitation || said("rygvisitation")
}

// order decides what was meant. Within a kind the first one named below wins.
func (w *orderWords) order() pathway.Concept {
	kinds := 0
	meant := pathway.OrderUnrecognised
	kind := func(named bool, c pathway.Concept) {
		if named {
			kinds++
			meant = c
		}
	}
	kind(w.mri || w.ct || w.xray, w.picture())
	kind(w.rygvisitation, pathway.OrderSecondOpinion)
	kind(w.physiotherapy, pathway.OrderPhysiotherapy)
	kind(w.chiropractic && !w.physiotherapy, pathway.OrderChiropractic)
	kind(w.neurosurgery, pathway.OrderNeurosurgery)
	kind(w.rheumatology && !w.neurosurgery, pathway.OrderRheumatology)
	kind(w.centre && !w.neurosurgery && !w.rheumatology, pathway.OrderSpineExamination)
	// "Spine" beside anything else says what that is for: a picture of it, or
	// its treatment.
	kind(w.spine && kinds == 0 && !w.scan && !w.elsewhere, pathway.OrderSpineExamination)
	if kinds != 1 {
		return pathway.OrderUnrecognised
	}
	return meant
}

// picture is the imaging of the lumbar spine that was named, if it was of the
// lumbar spine and of no other level.
func (w *orderWords) picture() pathway.Concept {
	switch {
	case !w.lumbar || w.elsewhere:
		return pathway.OrderUnrecognised
	case w.mri:
		return pathway.OrderMRILumbar
	case w.ct:
		return pathway.OrderCTLumbar
	default:
		return pathway.OrderXRayLumbar
	}
}
