package fhir

import (
	"slices"
	"strings"
)

// MuscleGroup reads a code of our code system of muscle groups: what a
// component of leg-strength, or its bodySite, speaks of. Each group of each
// side is a series of its own, because a fall in one leg must not hide behind
// the other.
func (t *Terminology) MuscleGroup(systemURI, code string) (string, bool) {
	if asked, ok := t.systems[bareURI(systemURI)]; !ok || asked != ownMuscleGroup {
		return "", false
	}
	i := slices.Index(MuscleGroups(), strings.TrimSpace(code))
	if i < 0 {
		return "", false
	}
	return MuscleGroups()[i], true
}

// MuscleGroups lists the groups from hip to foot, left before right. What they
// are called is for the cards to say.
func MuscleGroups() []string {
	return []string{
		"hip-flexion-left", "hip-flexion-right",
		"knee-extension-left", "knee-extension-right",
		"ankle-dorsiflexion-left", "ankle-dorsiflexion-right",
		"great-toe-extension-left", "great-toe-extension-right",
		"ankle-plantarflexion-left", "ankle-plantarflexion-right",
	}
}
