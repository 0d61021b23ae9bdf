package demo

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// formLimit bounds the body of a search: far above any search that means something.
const formLimit = 64 << 10

// FHIR is the endpoint, to be mounted with its prefix stripped. It is open and
// read-only, and every answer may be read by any page of any origin.
func (d *Demo) FHIR() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.route(r).write(w)
	})
}

// answer is what goes back: a resource, or nothing for a preflight.
type answer struct {
	status   int
	resource any
	allow    string // the methods of the path, where the one used is none of them
}

// route finds what is asked for. Empty path segments are skipped, since the
// Sandbox asks for //metadata when its base ends with a slash.
func (d *Demo) route(r *http.Request) answer {
	if r.Method == http.MethodOptions {
		return answer{status: http.StatusNoContent}
	}
	path := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	const readers, searchers = "GET, HEAD, OPTIONS", "POST, OPTIONS"
	switch {
	case len(path) == 1 && path[0] == "metadata":
		if !reading {
			return wrongMethod(readers)
		}
		return answer{status: http.StatusOK, resource: d.capabilities(base(r))}
	case len(path) == 0 || len(path) > 2 || !supported(path[0]):
		return failed(http.StatusNotFound, "not-found", "this endpoint serves no such path")
	case len(path) == 1:
		if !reading {
			return wrongMethod(readers)
		}
		return d.searchBy(r, path[0], "")
	case path[1] == "_search":
		if r.Method != http.MethodPost {
			return wrongMethod(searchers)
		}
		form, problem := readForm(r)
		if problem.status != 0 {
			return problem
		}
		return d.searchBy(r, path[0], form)
	case !reading:
		return wrongMethod(readers)
	default:
		return d.read(path[0], path[1])
	}
}

// read answers GET /{Type}/{id}.
func (d *Demo) read(kind, id string) answer {
	r := d.find(kind, id)
	if r == nil {
		return failed(http.StatusNotFound, "not-found", "no resource of that type has this id")
	}
	return answer{status: http.StatusOK, resource: jsontext.Value(r.text.render(d.now()))}
}

// searchBy answers a search by the parameters of the URL and of the form.
//
// A parameter that is not known is passed over, as FHIR has it by default; one
// that cannot be decoded is refused, since to pass over it would be to answer
// with other patients' records.
func (d *Demo) searchBy(r *http.Request, kind, form string) answer {
	inURL, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return failed(http.StatusBadRequest, "invalid", "the query string cannot be decoded")
	}
	inForm, err := url.ParseQuery(form)
	if err != nil {
		return failed(http.StatusBadRequest, "invalid", "the form cannot be decoded")
	}
	for key, values := range inForm {
		inURL[key] = append(inURL[key], values...)
	}
	q := parseQuery(kind, inURL)
	for failing := range d.fails {
		if failing.kind == kind && q.names(failing.patient) {
			return failed(http.StatusServiceUnavailable, "transient", "this part of the record cannot be read at the moment")
		}
	}
	return answer{status: http.StatusOK, resource: d.search(q, base(r), d.now())}
}

// readForm reads the body of a POST search; its answer has a status only where
// the body is refused.
func readForm(r *http.Request) (string, answer) {
	if header := r.Header.Get("Content-Type"); header != "" {
		if media, _, err := mime.ParseMediaType(header); err != nil || media != "application/x-www-form-urlencoded" {
			return "", failed(http.StatusUnsupportedMediaType, "not-supported", "a search is posted as application/x-www-form-urlencoded")
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, formLimit+1))
	if err != nil {
		return "", failed(http.StatusBadRequest, "invalid", "the form could not be read")
	}
	if len(body) > formLimit {
		return "", failed(http.StatusRequestEntityTooLarge, "too-long", "the form is too long")
	}
	return string(body), answer{}
}

// base is the absolute URL at which the endpoint is mounted, as the client
// called it, without a trailing slash: what the asked path has before our own.
func base(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil {
		ours := strings.Trim(r.URL.Path, "/")
		if prefix, found := strings.CutSuffix(strings.TrimRight(asked.Path, "/"), ours); found {
			u.Path = strings.TrimRight(prefix, "/")
		}
	}
	return u.String()
}

// outcome is an OperationOutcome with one issue.
type outcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []issue `json:"issue"`
}

type issue struct {
	Severity    string `json:"severity"`
	Code        string `json:"code"`
	Diagnostics string `json:"diagnostics"`
}

// failed is a refusal. The text never repeats what the client sent.
func failed(status int, code, diagnostics string) answer {
	return answer{status: status, resource: outcome{"OperationOutcome", []issue{{"error", code, diagnostics}}}}
}

func wrongMethod(allow string) answer {
	a := failed(http.StatusMethodNotAllowed, "not-supported", "this endpoint is read-only; POST is for _search")
	a.allow = allow
	return a
}

// write sends the answer. CORS stands on every one, refusals included: without
// it a browser hides the answer from the page, and a 404 looks like a network
// error. The media type is ours whatever Accept says, since the Sandbox asks
// for application/json+fhir, which is none.
func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept")
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.resource == nil {
		w.WriteHeader(a.status)
		return
	}
	body, err := json.Marshal(a.resource, jsontext.WithIndent("  "))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // tomorrow every date is another
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that went away is no fault of ours
}
