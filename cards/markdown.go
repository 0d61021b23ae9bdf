package cards

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// recordLimit is how many characters of one text from the record are shown, and
// recordBytes how much of it is looked at.
const (
	recordLimit = 120
	recordBytes = 4096
)

// selfLinking finds what renderers turn into a link by themselves.
var selfLinking = regexp.MustCompile(`(?i)://|www\.|@`)

// plain is text from the record as a card shows it: one line without invisible
// characters, bounded, and with nothing in it that becomes a link by itself.
// Several renderers look for addresses after they have undone the escapes, so
// escaping would not do: a space parts what they look for.
func plain(text string) string {
	text = text[:min(len(text), recordBytes)]
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1 // marks that hide text or turn its direction
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "�"))
	text = selfLinking.ReplaceAllStringFunc(text, func(found string) string {
		switch last := len(found) - 1; found {
		case "@":
			return " @"
		case "://":
			return ": //"
		default:
			return found[:last] + " " + found[last:]
		}
	})
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > recordLimit {
		text = strings.TrimSpace(string([]rune(text)[:recordLimit-1])) + "…"
	}
	return text
}

// escape makes one line of plain text mean itself in GitHub-flavoured markdown,
// wherever on a line it stands. Only what could mean something else is escaped,
// since some clients show the text as it is.
func escape(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune("\\`*_[]<>&~|#$", r),
			i == 0 && strings.ContainsRune("-+=:", r),
			(r == '.' || r == ')') && i > 0 && strings.Trim(text[:i], "0123456789") == "":
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fromRecord is text of the record, ready for a card. It is empty where the
// record uses words that no card of ours may carry; the caller then uses ours.
func fromRecord(text string) string {
	text = plain(text)
	if len(Forbidden(text)) > 0 {
		return ""
	}
	return escape(text)
}

// document is a card's detail in the making: blocks of markdown.
type document struct{ blocks []string }

func (d *document) paragraph(text string) {
	if text != "" {
		d.blocks = append(d.blocks, text)
	}
}

func (d *document) list(heading string, items []string) {
	if len(items) > 0 {
		d.blocks = append(d.blocks, "**"+heading+"**", "- "+strings.Join(items, "\n- "))
	}
}

func (d *document) String() string { return strings.Join(d.blocks, "\n\n") }
