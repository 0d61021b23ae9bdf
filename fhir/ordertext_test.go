package fhir_test

import (
	"slices"
	"strings"
	"testing"

	"rygkort/fhir"
	"rygkort/pathway"
)

func TestOrderFromText(t *testing.T) {
	const none = pathway.OrderUnrecognised
	for _, test := range []struct {
		texts string // several texts are divided by "|"
		want  pathway.Concept
	}{
		// MRI.
		{"MR-skanning af lænd", pathway.OrderMRILumbar},
		{"MR SKANNING AF LÆND", pathway.OrderMRILumbar},
		{"MR af lænderyggen", pathway.OrderMRILumbar},
		{"MRI lumbar spine without contrast", pathway.OrderMRILumbar},
		{"MR columna lumbalis", pathway.OrderMRILumbar},
		{"MR-scanning, lumbalcolumna", pathway.OrderMRILumbar},
		{"MRskanning lumbalt", pathway.OrderMRILumbar},
		{"Magnetisk resonans af lænden", pathway.OrderMRILumbar},
		{"Magnetic resonance imaging of lumbosacral spine", pathway.OrderMRILumbar},
		{"MR-skanning|Lænderyg", pathway.OrderMRILumbar},
		{"|mr|columna", pathway.OrderMRILumbar},
		{"MR/CT af lænd", pathway.OrderMRILumbar},
		{"MR cervikalcolumna", none},
		{"MR columna cervicalis og lumbalis", none},
		{"MRI thoracic spine", none},
		{"MR torakalcolumna", none},
		{"MR columna|halshvirvelsøjle", none},
		{"MR-skanning", none},
		{"MRI of spine", none},
		{"MR af ryg", none},
		{"MR af knæ", none},
		{"Omrids af lænd", none},
		{"Lænderyg", none},

		// CT and X-ray need a back word as well.
		{"CT af lænd", pathway.OrderCTLumbar},
		{"CTscanning columna lumbalis", pathway.OrderCTLumbar},
		{"Computed tomography of lumbar spine", pathway.OrderCTLumbar},
		{"CT of spine", none},
		{"CT af hjerne", none},
		{"Fractura lumbalis", none},
		{"Røntgen af lænderyg", pathway.OrderXRayLumbar},
		{"RØNTGEN AF COLUMNA", pathway.OrderXRayLumbar},
		{"X-ray lumbar spine", pathway.OrderXRayLumbar},
		{"X-RAYS, lumbar", pathway.OrderXRayLumbar},
		{"xray lumbar", pathway.OrderXRayLumbar},
		{"XR Lumbar spine Views", pathway.OrderXRayLumbar},
		{"Røntgen af knæ", none},
		{"Røntgen thoraxcolumna", none},
		{"X-ray cervical spine", none},

		// Treatment and departments.
		{"Henvisning til fysioterapi", pathway.OrderPhysiotherapy},
		{"Ridefysioterapeut", pathway.OrderPhysiotherapy},
		{"Physiotherapy referral for lumbar spine", pathway.OrderPhysiotherapy},
		{"Physiotherapy, low back", pathway.OrderPhysiotherapy},
		{"Klinisk fysiologisk afdeling", none},
		{"Kiropraktor", pathway.OrderChiropractic},
		{"Chiropractic care", pathway.OrderChiropractic},
		{"Fysioterapeut eller kiropraktor", pathway.OrderPhysiotherapy},
		{"Neurokirurgisk ambulatorium", pathway.OrderNeurosurgery},
		{"Referral to neurosurgeon", pathway.OrderNeurosurgery},
		{"Neurosurgery, spine clinic", pathway.OrderNeurosurgery},
		{"Reumatologisk afdeling", pathway.OrderRheumatology},
		{"Rheumatologist", pathway.OrderRheumatology},
		{"Henvisning til rygcenter", pathway.OrderSpineExamination},
		{"Examination of spine", pathway.OrderSpineExamination},
		{"SpineCentre", pathway.OrderSpineExamination},
		{"Examination of cervical spine", none},
		{"Spine scan", none},
		{"Korrespondance til rygvisitationen", pathway.OrderSecondOpinion},
		{"RYGVISITATION", pathway.OrderSecondOpinion},

		// Two kinds named are none.
		{"Fysioterapi efter MR af lænd", none},
		{"Fysioterapi|Rygvisitation", none},
		{"Røntgen af knæ og fysioterapi", none},
		{"MR af lænd, rygcenter", none},

		// Nothing to recognise.
		{"", none},
		{"|", none},
		{"Blodprøver", none},
		{"\xff\xfe MR \xff", none},
	} {
		t.Run(test.texts, func(t *testing.T) {
			if got := fhir.OrderFromText(strings.Split(test.texts, "|")...); got != test.want {
				t.Errorf("OrderFromText(%q) = %q, want %q", test.texts, got, test.want)
			}
		})
	}
}

func TestNoTextIsNoOrder(t *testing.T) {
	if got := fhir.OrderFromText(); got != pathway.OrderUnrecognised {
		t.Errorf("got %q", got)
	}
}

func FuzzOrderFromText(f *testing.F) {
	for _, seed := range []string{
		"MR-skanning af lænd", "Røntgen af knæ", "rygvisitation", "\xffMR\x00lænd", "x ray lumbar", "İ MR",
	} {
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, text, display string) {
		got := fhir.OrderFromText(text, display)
		if got != fhir.OrderFromText(display, text) {
			t.Error("the order of the texts matters")
		}
		imaging := []pathway.Concept{pathway.OrderMRILumbar, pathway.OrderCTLumbar, pathway.OrderXRayLumbar}
		if slices.Contains(imaging, got) && strings.Contains(strings.ToLower(text+display), "cervi") {
			t.Errorf("%q and %q are of the neck, not %s", text, display, got)
		}
	})
}
