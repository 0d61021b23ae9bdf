package cards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// summaryLimit is what a summary stays under, in characters (R83). Clients
// count in code points or in UTF-16 units.
const summaryLimit = 140

// cardLimit is how many cards are shown at most where none is critical.
const cardLimit = 3

// Check lists what is wrong with a card: what CDS Hooks demands, each by the
// number of the requirement, and our own laws, each by "law" and its name. The
// card may have come out of JSON again. understands is what its client does.
func Check(card Card, language Language, understands ...Understanding) []string {
	c := checker{words: language.lexicon(), understands: understands}
	c.members(card)
	c.head(card)
	c.source(card.Source)
	c.suggestions(card)
	c.reasons(card.OverrideReasons)
	c.links(card.Links)
	c.laws(card)
	return c.found
}

// CheckAll checks the cards of one answer, each by itself and together.
func CheckAll(cards []Card, language Language, understands ...Understanding) []string {
	var c checker
	seen := map[string]bool{}
	unique := func(id, requirement string) {
		c.must(!seen[id], "%s: uuid %s occurs twice", requirement, id)
		seen[id] = true
	}
	critical := 0
	for i, card := range cards {
		for _, violation := range Check(card, language, understands...) {
			c.must(false, "card %d: %s", i, violation)
		}
		unique(card.UUID, "R80")
		for _, s := range card.Suggestions {
			unique(s.UUID, "R119")
		}
		if card.Indicator == pathway.Critical {
			critical++
		}
	}
	c.must(critical == 0 || len(cards) == 1, "law volume: a critical card stands alone, not among %d", len(cards))
	c.must(len(cards) <= cardLimit, "law volume: %d cards, at most %d", len(cards), cardLimit)
	return c.found
}

type checker struct {
	words       *lexicon
	understands []Understanding
	found       []string
}

func (c *checker) must(holds bool, format string, arguments ...any) {
	if !holds {
		c.found = append(c.found, fmt.Sprintf(format, arguments...))
	}
}

// uuidForm is the lower-case form of RFC 4122 and its successor.
var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// members walks the card as it is sent: nothing in it is empty, and no member
// of a later or an unsafe kind has crept in.
func (c *checker) members(card Card) {
	raw, err := json.Marshal(card)
	var sent any
	if err == nil {
		err = json.Unmarshal(raw, &sent)
	}
	if err != nil {
		c.must(false, "R3: cannot be sent: %v", err)
		return
	}
	c.walk("", sent)
}

func (c *checker) walk(at string, value any) {
	switch value := value.(type) {
	case nil:
		c.must(false, "R3: %s is null", at)
	case string:
		c.must(strings.TrimSpace(value) != "", "R3: %s is empty", at)
	case []any:
		c.must(len(value) > 0, "R3: %s is an empty list", at)
		for i, item := range value {
			c.walk(fmt.Sprintf("%s/%d", at, i), item)
		}
	case map[string]any:
		c.must(len(value) > 0, "R3: %s is an empty object", at)
		for name, member := range value {
			c.walk(at+"/"+name, member)
			switch name {
			case "appContext":
				c.must(false, "R147, I-cds-resp-3: %s has an appContext", at)
			case "resourceId":
				c.must(false, "R131: %s has a resourceId", at)
			case "actionSelectionBehavior":
				c.actionSelection(at, member)
			}
		}
	}
}

// actionSelection is only for clients that understand it, and only on suggestions.
func (c *checker) actionSelection(at string, member any) {
	if !slices.Contains(c.understands, UnderstandsActionSelection) {
		c.must(false, "V3-4: %s has an actionSelectionBehavior, which this client does not understand", at)
		return
	}
	c.must(aSuggestion.MatchString(at), "V3-4: %s has an actionSelectionBehavior and is no suggestion", at)
	c.must(member == string(AllActions), "V3-5, I-cds-resp-7: actionSelectionBehavior %q", member)
}

var aSuggestion = regexp.MustCompile(`^/suggestions/\d+$`)

func (c *checker) head(card Card) {
	units := len(utf16.Encode([]rune(card.Summary)))
	c.must(uuidForm.MatchString(card.UUID), "R80: uuid %q", card.UUID)
	c.must(card.Summary != "" && utf8.RuneCountInString(card.Summary) < summaryLimit && units < summaryLimit,
		"R83: summary of %d characters", units)
	c.must(!strings.ContainsAny(card.Summary, "\r\n"), "R83: summary of several lines")
	c.must(card.Indicator != "", "R87: no indicator")
	switch card.Indicator {
	case pathway.Info, pathway.Warning, pathway.Critical:
	default:
		c.must(false, "R88: indicator %q", card.Indicator)
	}
	for _, unsafe := range []string{"<", "](", "://"} {
		c.must(!containsUnescaped(card.Detail, unsafe), "R85: detail holds %q: no HTML and no links", unsafe)
	}
	c.must(!address.MatchString(card.Detail), "R85: detail holds an address that becomes a link")
}

// address is what selfLinking finds and plain has not parted.
var address = regexp.MustCompile(`(?i)://|www\.|\S@`)

// containsUnescaped reports whether markdown would see the mark as one.
func containsUnescaped(text, mark string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], mark) {
			return true
		}
	}
	return false
}

func (c *checker) source(source Source) {
	c.must(source != Source{}, "R90: no source")
	c.must(strings.TrimSpace(source.Label) != "", "R105: source without a label")
	c.must(source.URL == "" || isWebURL(source.URL), "R107: source.url %q", source.URL)
	c.must(source.Icon == "" || isWebURL(source.Icon), "R111: source.icon %q", source.Icon)
	c.must(source.Topic.Code != "" && source.Topic.System != "", "R115: source.topic %v", source.Topic)
}

func (c *checker) reasons(reasons []Coding) {
	for _, reason := range reasons {
		c.must(reason.Display != "" && reason.Code != "" && reason.System != "", "R100, I-cds-resp-4: override reason %v", reason)
		c.must(reason.Display == c.words.overrides[reason.Code], "R100: override reason %q is %q in another language or unknown", reason.Code, reason.Display)
	}
}

func (c *checker) links(links []Link) {
	for _, link := range links {
		c.must(link.Label != "", "R138: link without a label")
		c.must(isWebURL(link.URL), "R139: link %q", link.URL)
		c.must(link.Type == absolute, "R142: link of type %q", link.Type)
	}
}

func (c *checker) suggestions(card Card) {
	recommended := 0
	c.must(len(card.Suggestions) == 0 || card.SelectionBehavior != "", "R93, I-cds-resp-6: suggestions without selectionBehavior")
	switch card.SelectionBehavior {
	case "", AtMostOne, Any:
	default:
		c.must(false, "R95: selectionBehavior %q", card.SelectionBehavior)
	}
	for _, s := range card.Suggestions {
		c.must(strings.TrimSpace(s.Label) != "", "R117: suggestion without a label")
		c.must(uuidForm.MatchString(s.UUID), "R119: suggestion uuid %q", s.UUID)
		c.must(len(s.Actions) > 0, "R123: suggestion without actions")
		if s.IsRecommended {
			recommended++
		}
		for _, action := range s.Actions {
			c.action(action, card.Indicator)
		}
	}
	c.must(recommended <= 1, "R122, I-cds-resp-1: %d suggestions are recommended", recommended)
}

func (c *checker) action(action Action, indicator pathway.Urgency) {
	c.must(slices.Contains([]string{"create", "update", "delete"}, action.Type), "R127: action of type %q", action.Type)
	c.must(action.Type == create, "law drafts only: action of type %q (I-cds-resp-2)", action.Type)
	c.must(strings.TrimSpace(action.Description) != "", "R128, I-cds-resp-5: action without a description")
	c.must(action.Resource != nil, "R131: create without a resource")
	if action.Resource == nil {
		return
	}
	var resource map[string]any
	raw, err := json.Marshal(action.Resource, jsontext.AllowDuplicateNames(false))
	if err == nil {
		err = json.Unmarshal(raw, &resource)
	}
	if err != nil {
		c.must(false, "R130: resource: %v", err)
		return
	}
	c.resource(resource, indicator)
}
