package demo

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// query is a search as we understood it.
type query struct {
	kind    string
	filters []filter
	applied url.Values // the parameters that were followed, for the self link
	count   int        // entries a page, negative for all of them
	offset  int        // entries left out before the page
}

// filter is one parameter: any of its values has to fit. A parameter given
// twice is two filters, and both have to hold.
type filter struct {
	name   string
	values []string
}

// parseQuery keeps the parameters that the type is searched by. _sort and all
// others are passed over.
func parseQuery(kind string, parameters url.Values) query {
	q := query{kind: kind, applied: url.Values{}, count: -1}
	for key, values := range parameters {
		name := strings.TrimSuffix(key, ":Patient") // patient:Patient=… says no more than patient=…
		switch {
		case key == "_count" || key == "_offset":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 0 {
				continue
			}
			q.applied.Set(key, strconv.Itoa(n))
			if key == "_count" {
				q.count = n
			} else {
				q.offset = n
			}
		case slices.Contains(searchParameters(kind), name) && (name == key || isReference(name)):
			for _, value := range values {
				q.filters = append(q.filters, filter{name, strings.Split(value, ",")})
				q.applied.Add(key, value)
			}
		}
	}
	return q
}

func isReference(parameter string) bool { return parameter == "patient" || parameter == "subject" }

// names says whether the search asks for this patient's records by name.
func (q query) names(patient string) bool {
	return slices.ContainsFunc(q.filters, func(f filter) bool {
		return isReference(f.name) && slices.ContainsFunc(f.values, func(v string) bool { return patientID(v) == patient })
	})
}

// fits says whether the record is one of those asked for. A record belongs to
// the patient in whose file it stands, whatever its subject says: one of them
// is there to show what becomes of a foreign record.
func (q query) fits(r record) bool {
	if r.kind != q.kind {
		return false
	}
	for _, f := range q.filters {
		if !slices.ContainsFunc(f.values, func(value string) bool { return f.accepts(r, value) }) {
			return false
		}
	}
	return true
}

func (f filter) accepts(r record, value string) bool {
	switch f.name {
	case "_id":
		return value == r.id
	case "code":
		return slices.ContainsFunc(r.codings, func(c coding) bool { return c.is(value) })
	default:
		return r.owner != "" && patientID(value) == r.owner
	}
}

// patientID is the id in a reference: "p1", "Patient/p1" or an absolute URL
// that ends so. A reference to something else is no patient's.
func patientID(reference string) string {
	i := strings.LastIndexByte(reference, '/')
	if i >= 0 && reference[:i] != "Patient" && !strings.HasSuffix(reference[:i], "/Patient") {
		return ""
	}
	return reference[i+1:]
}

// is says whether the coding fits a token: code, system|code, system| (any code
// of it) or |code (a code without a system).
func (c coding) is(token string) bool {
	system, code, hasSystem := strings.Cut(token, "|")
	if !hasSystem {
		return c.code == token
	}
	return c.system == system && (code == "" && system != "" || c.code == code)
}

// bundle is a searchset.
type bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Total        int     `json:"total"`
	Link         []link  `json:"link,omitempty"`
	Entry        []entry `json:"entry,omitempty"`
}

type link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type entry struct {
	FullURL  string         `json:"fullUrl,omitempty"`
	Resource jsontext.Value `json:"resource"`
	Search   searchMode     `json:"search"`
}

type searchMode struct {
	Mode string `json:"mode"`
}

// search is the page asked for, as it reads at now. Its addresses are absolute
// under base, or left out where there is none.
func (d *Demo) search(q query, base string, now time.Time) bundle {
	found := slices.Clone(d.records)
	found = slices.DeleteFunc(found, func(r record) bool { return !q.fits(r) })
	b := bundle{ResourceType: "Bundle", Type: "searchset", Total: len(found)}
	page := found[min(q.offset, len(found)):]
	if q.count >= 0 {
		page = page[:min(q.count, len(page))]
	}
	if base != "" {
		b.Link = append(b.Link, link{"self", q.address(base, q.offset)})
		if rest := q.offset + len(page); len(page) > 0 && rest < len(found) {
			b.Link = append(b.Link, link{"next", q.address(base, rest)})
		}
	}
	for _, r := range page {
		e := entry{Resource: r.text.render(now), Search: searchMode{"match"}}
		if base != "" {
			e.FullURL = base + "/" + r.kind + "/" + r.id
		}
		b.Entry = append(b.Entry, e)
	}
	return b
}

// address is the search as a URL, from that entry on.
func (q query) address(base string, offset int) string {
	parameters := url.Values{}
	for key, values := range q.applied {
		parameters[key] = values
	}
	parameters.Del("_offset")
	if offset > 0 {
		parameters.Set("_offset", strconv.Itoa(offset))
	}
	address := base + "/" + q.kind
	if len(parameters) > 0 {
		address += "?" + parameters.Encode()
	}
	return address
}
