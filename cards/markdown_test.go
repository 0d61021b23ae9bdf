package cards

import (
	"bytes"
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM))

// places are where text of the record can stand on a line, each with what has
// to surround it once rendered.
var places = []struct{ before, after, openHTML, closeHTML string }{
	{"", "", "<p>", "</p>\n"},
	{"- ", " (23.11.2026)", "<ul>\n<li>", " (23.11.2026)</li>\n</ul>\n"},
	{"- Kontakt: ", "; ", "<ul>\n<li>Kontakt: ", ";</li>\n</ul>\n"},
	{"**Kilde.** ", ".", "<p><strong>Kilde.</strong> ", ".</p>\n"},
	{"> ", "", "<blockquote>\n<p>", "</p>\n</blockquote>\n"},
	{"Et afsnit\n", "", "<p>Et afsnit\n", "</p>\n"},
}

// rendersAsItself fails the test when the text, escaped, is anything but the
// same plain text once rendered.
func rendersAsItself(t *testing.T, text string) {
	t.Helper()
	want := plain(text)
	if !utf8.ValidString(want) || strings.ContainsAny(want, "\r\n\t\x00") || utf8.RuneCountInString(want) > recordLimit {
		t.Fatalf("not one bounded line: %q", want)
	}
	if want == "" {
		return
	}
	for _, place := range places {
		var out bytes.Buffer
		if err := gfm.Convert([]byte(place.before+escape(want)+place.after), &out); err != nil {
			t.Fatal(err)
		}
		inner, opened := strings.CutPrefix(out.String(), place.openHTML)
		inner, closed := strings.CutSuffix(inner, place.closeHTML)
		if !opened || !closed || strings.Contains(inner, "<") || html.UnescapeString(inner) != want {
			t.Fatalf("%q after %q becomes\n%s", want, place.before, out.String())
		}
	}
}

var untrusted = []string{
	"Lændesmerter, højre side", "", " ", "Smerter – 5-10 %", "L84", "M54.5",
	"<script>alert(1)</script>", "<b>fed</b>", "&lt;b&gt; &amp; &#42;", "a<!-- -->b",
	"[klik her](https://evil.example)", "![x](https://evil.example/x.png)", "<https://evil.example>",
	"https://evil.example/?a=b", "www.evil.example", "WWW.evil.example", "ftp://evil.example", "wwww.evil.example",
	"mail@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example", "a@b@c.example",
	"*stærk*", "**stærk**", "_under_", "__under__", "~~streg~~", "`kode`", "```\nkode\n```", "~~~",
	"# overskrift", "###### h6", "===", "---", ":-", "-:", "- punkt", "+ punkt", "* punkt", "1. punkt", "12) punkt", "- [ ] opgave", "[x] opgave",
	"> citat", "| a | b |\n|---|---|\n| 1 | 2 |", "[^1]: note", "[ref]: https://evil.example", "$x$", ":smile:",
	"en\nto\r\ntre\tfire", "\u2028linje", "nul\x00byte", "\x1b[31m", "slut\\", "\\*", "\\\\", "a\\\n",
	"\u202egnitirw", "nul\u200bbredde", "blød\u00adbindestreg", "fast\u00a0mellemrum", "\xff\xfe", "🦴 ryg",
	strings.Repeat("lang ", 100), strings.Repeat("*", 300), "    indrykket", "&copy;", "\ufeffBOM", "1\\.", "2026. år", "0)",
}

func TestTextOfTheRecordRendersAsItself(t *testing.T) {
	for _, text := range untrusted {
		t.Run(text, func(t *testing.T) { rendersAsItself(t, text) })
	}
}

func FuzzTextOfTheRecordRendersAsItself(f *testing.F) {
	for _, text := range untrusted {
		f.Add(text)
	}
	f.Fuzz(rendersAsItself)
}

func TestTextOfTheRecordStaysReadable(t *testing.T) {
	for text, want := range map[string]string{
		"Lændesmerter (venstre), 5-10 %": "Lændesmerter (venstre), 5-10 %",
		"VAS 7.5 / NRS 8!":               "VAS 7.5 / NRS 8!",
		"- kroniske":                     `\- kroniske`,
		"1. gang":                        `1\. gang`,
		"se www.example.org":             "se www .example.org",
		"https://example.org":            "https: //example.org",
		"a@example.org":                  "a @example.org",
		"under_streg":                    `under\_streg`,
	} {
		if got := fromRecord(text); got != want {
			t.Errorf("%q is shown as %q, not %q", text, got, want)
		}
	}
}

func TestTextOfTheRecordThatNoCardMayCarryIsNotShown(t *testing.T) {
	if got := fromRecord("Ingen røde flag"); got != "" {
		t.Errorf("shown: %q", got)
	}
}
