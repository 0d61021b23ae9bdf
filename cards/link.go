package cards

import (
	"net/url"
	"strings"
	"unicode"
)

// The names under which [Settings.Links] holds addresses.
const (
	LinkBack  = "ondtiryggen"
	LinkFilms = "patienthaandbogen"
)

// absolute is the one type of link we send: nothing of the patient is in it.
const absolute = "absolute"

// addresses are the operator's links over the defaults. The leaflet gives
// names, not addresses: LinkFilms opens the portal that holds the films, and
// an operator should set the page itself.
func addresses(set map[string]string) map[string]string {
	links := map[string]string{LinkBack: "https://ondtiryggen.rm.dk", LinkFilms: "https://www.sundhed.dk"}
	for name, address := range set {
		links[name] = asciiURL(address)
	}
	return links
}

// asciiURL is the address percent-encoded, or nothing where it is no absolute
// address that every client can open.
func asciiURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || !isWebURL(u.String()) {
		return ""
	}
	return u.String()
}

// isWebURL reports whether the text is an absolute http address in ASCII, its
// host too: a percent-encoded host is opened by no client.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isASCII(text) && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && isASCII(u.Hostname())
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII })
}

// cardLinks are the links of the patient information.
func (a *author) cardLinks() []Link {
	if !a.carries("R-I1") {
		return nil
	}
	var list []Link
	for _, link := range []Link{
		{a.phrases.linkBack, a.links[LinkBack], absolute},
		{a.phrases.linkFilms, a.links[LinkFilms], absolute},
	} {
		if link.URL != "" {
			list = append(list, link)
		}
	}
	return list
}
