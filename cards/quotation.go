package cards

import (
	"slices"
	"strings"

	"rygkort/pathway"
)

// onPage keeps the sentences of the patient's page. Where the page is not
// known, or the rule rests on the other page alone, all of them are shown.
func (a *author) onPage(ids []string) []string {
	var prefix string
	switch a.facts.Page {
	case pathway.Nonspecific:
		prefix = "NS-"
	case pathway.NerveRootPage:
		prefix = "NR-"
	case pathway.PageUnknown, pathway.Mismatch:
		return ids
	}
	of := func(id string) bool { return strings.HasPrefix(id, prefix) }
	if !slices.ContainsFunc(ids, of) {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !of(id) })
}

// coreSentences are the ids of the sentences that the card quotes as its
// grounds.
func (a *author) coreSentences() []string {
	var ids []string
	for _, v := range a.core() {
		ids = appendNew(ids, a.onPage(v.Rule.Sentences)...)
	}
	return ids
}

// shownSentences are the ids of all sentences on the card.
func (a *author) shownSentences() []string {
	ids := a.coreSentences()
	if a.carries("R-Q3") {
		for _, step := range a.steps() {
			ids = appendNew(ids, step.sentences...)
		}
	}
	for _, v := range a.folded() {
		ids = appendNew(ids, a.onPage(v.Rule.Sentences)...)
	}
	return ids
}

// quotations are sentences of the leaflet, verbatim in Danish, each with its id
// and, where the card is not in Danish, with our translation. The same words
// stand once, with all their ids.
func (a *author) quotations(ids []string) []string {
	var texts []string
	idsOf := map[string][]string{}
	for _, id := range ids {
		text := pathway.SentenceText(id)
		texts = appendNew(texts, text)
		idsOf[text] = append(idsOf[text], id)
	}
	for i, text := range texts {
		with := idsOf[text]
		texts[i] = "»" + text + "« (" + strings.Join(with, ", ") + ")"
		if translation := a.translated[with[0]]; translation != "" {
			texts[i] += " – " + translation
		}
	}
	return texts
}
