package cards

import "slices"

// The codes of our reasons for setting a card aside. They are counted rule by
// rule, so they never change their meaning.
const (
	caudaEquinaRefuted  = "cauda-equina-refuted"
	alreadyReferred     = "already-admitted-or-referred"
	knownUnchanged      = "known-unchanged"
	patientDeclines     = "patient-declines"
	wrongData           = "wrong-data"
	otherOverrideReason = "other"
)

// IsOverrideReason reports whether a code is one of the reasons that cards
// offer. What else a client sends may say anything.
func IsOverrideReason(code string) bool {
	return slices.Contains([]string{caudaEquinaRefuted, alreadyReferred, knownUnchanged, patientDeclines, wrongData, otherOverrideReason}, code)
}

// overrideReasons are the reasons a clinician can give with one click. That
// cauda equina was refuted is offered only where the card speaks of it.
func (a *author) overrideReasons() []Coding {
	codes := []string{alreadyReferred, knownUnchanged, patientDeclines, wrongData, otherOverrideReason}
	if a.acute() || a.carries("R-Q1", "R-Q2", "R-S4") {
		codes = append([]string{caudaEquinaRefuted}, codes...)
	}
	reasons := make([]Coding, len(codes))
	for i, code := range codes {
		reasons[i] = Coding{a.codeSystem("override-reason"), code, a.overrides[code]}
	}
	return reasons
}
