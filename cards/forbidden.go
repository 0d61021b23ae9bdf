package cards

import (
	"slices"
	"strings"
	"unicode"
)

// forbiddenPhrases calm, or withhold imaging. What a record does not hold can
// carry neither.
var forbiddenPhrases = []string{
	"ingen røde flag", "no red flags", "no red flag",
	"ufarlig", "harmless",
	"kan udelukkes", "ruled out",
	"mr ikke indiceret", "mri not indicated", "ikke indiceret", "not indicated",
}

// forbiddenWords are forbidden as whole words only: "MR safety" may be said.
var forbiddenWords = []string{"safe", "normal", "normalt", "normale"}

// Forbidden lists what no card may say, in either language, and the text does.
func Forbidden(text string) []string {
	var found []string
	folded := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for _, phrase := range forbiddenPhrases {
		if strings.Contains(folded, phrase) {
			found = append(found, phrase)
		}
	}
	for word := range strings.FieldsFuncSeq(folded, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.Contains(forbiddenWords, word) {
			found = append(found, word)
		}
	}
	return found
}
