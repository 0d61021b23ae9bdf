package cards

import (
	"maps"
	"slices"

	"rygkort/pathway"
)

// A ledger counts by codes. These are their words; a code that is none of ours
// has none.

// RuleName is what cards of a rule are headed with.
func (l Language) RuleName(id string) string { return l.lexicon().rules[id].summary }

// ReasonName is a reason for setting a card aside.
func (l Language) ReasonName(code string) string { return l.lexicon().overrides[code] }

// KindName is a kind of suggestion, in the form it has inside a sentence.
func (l Language) KindName(kind string) string {
	switch kind {
	case KindAllAbsent:
		return l.lexicon().phrases.kindAllAbsent
	case KindAnswer:
		return l.lexicon().phrases.kindAnswer
	}
	for order, name := range l.lexicon().orders {
		if orderCode(order) == kind {
			return name
		}
	}
	return ""
}

// Reasons are the codes of all reasons that cards offer, sorted.
func Reasons() []string { return slices.Sorted(maps.Keys(danish.overrides)) }

// Kinds are all kinds of suggestion that cards have, sorted.
func Kinds() []string {
	kinds := map[string]bool{
		KindAllAbsent: true, KindAnswer: true,
		orderCode(pathway.OrderAcuteAdmission): true, orderCode(pathway.OrderSecondOpinion): true,
	}
	for _, drafts := range referrals {
		for _, draft := range drafts {
			kinds[orderCode(draft.order)] = true
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}
