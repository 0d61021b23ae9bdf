package hooks

import (
	"golang.org/x/text/language"

	"rygkort/cards"
)

// languages chooses among the languages in which cards are written.
type languages struct {
	known   []cards.Language // the first is taken where nothing fits
	matcher language.Matcher
}

func newLanguages(fallback cards.Language) languages {
	known := []cards.Language{fallback}
	tags := []language.Tag{language.Make(string(fallback))}
	for _, other := range []cards.Language{cards.Danish, cards.English} {
		if other != fallback {
			known = append(known, other)
			tags = append(tags, language.Make(string(other)))
		}
	}
	return languages{known, language.NewMatcher(tags)}
}

// choose reads an Accept-Language header. One that cannot be read asks for
// nothing: a card in the other language is better than none.
func (l languages) choose(accepted string) cards.Language {
	wanted, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil || len(wanted) == 0 {
		return l.known[0]
	}
	_, index, _ := l.matcher.Match(wanted...)
	return l.known[index]
}
