package hooks

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"rygkort/fhir"
	"rygkort/pathway"
)

// The reasons for which a call is not answered with cards. Each says who must
// act; whatever is none of them is a fault of ours.
var (
	ErrRequest         = errors.New("the request is not a CDS Hooks call to this service") // the client sends something else
	ErrNotFound        = errors.New("there is no such service or page")                    // the client asks elsewhere
	ErrMethod          = errors.New("this method is not answered here")                    // the client asks otherwise
	ErrUnavailable     = errors.New("required data could not be had")                      // the record system gives the data
	ErrTooLarge        = errors.New("the request is too large")                            // the client sends less
	ErrMediaType       = errors.New("the body is not JSON by its headers")                 // the client says what it sends
	ErrUnauthenticated = errors.New("the caller is not known")                             // the client signs its calls
	ErrForbidden       = errors.New("this client may not do that")                         // the operator lists it
	ErrTooMany         = errors.New("too many calls of this client")                       // the client calls less
	ErrBusy            = errors.New("too much to do")                                      // the client calls again
)

// Issue is one thing that stands in the way of an answer. None of its texts
// holds a value that the client sent.
type Issue struct {
	Code  string // from FHIR's value set issue-type
	Text  string // what is wrong
	Hint  string // what to do about it; may be empty
	Field string // the member of the request; empty for the request as a whole
}

// Refusal is the error of a call that is not answered: a reason, and all that
// was found.
type Refusal struct {
	Reason     error
	Issues     []Issue
	Challenge  string // of a caller who is not known: WWW-Authenticate (RFC 6750)
	RetryAfter int    // seconds after which the call may come again
	Detail     string // what the log says instead of the issues
}

// Error names the fields and what is wrong with them, never what they hold.
func (r *Refusal) Error() string {
	if r.Detail != "" {
		return r.Reason.Error() + ": " + r.Detail
	}
	said := make([]string, len(r.Issues))
	for i, issue := range r.Issues {
		said[i] = issue.Text
		if issue.Hint != "" {
			said[i] += " (" + strings.TrimRight(issue.Hint, ".") + ")"
		}
	}
	return r.Reason.Error() + ": " + strings.Join(said, "; ")
}

// Unwrap is the reason.
func (r *Refusal) Unwrap() error { return r.Reason }

// unavailable is the refusal of a call whose required data could not be had.
func unavailable(unread []pathway.Gap) *Refusal {
	refusal := &Refusal{Reason: ErrUnavailable}
	for _, gap := range unread {
		refusal.Issues = append(refusal.Issues, Issue{
			Code:  "incomplete",
			Text:  fmt.Sprintf("prefetch.%s could not be had: %s", gap.Source, gap.Reason),
			Hint:  "No card can be given without it, and no card would read as an all-clear.",
			Field: "prefetch." + string(gap.Source),
		})
	}
	return refusal
}

// notListed is the refusal of a FHIR server that the client may not name.
func notListed() *Refusal {
	return &Refusal{Reason: ErrForbidden, Issues: []Issue{{
		Code: "forbidden", Text: "fhirServer is none of this client's", Hint: "Its operator lists the servers that may be read.", Field: "fhirServer",
	}}}
}

// refusal makes a Refusal with one thing found.
func refusal(reason error, code, text, hint string) *Refusal {
	return &Refusal{Reason: reason, Issues: []Issue{{Code: code, Text: text, Hint: hint}}}
}

// statuses are those of the reasons.
var statuses = map[error]int{
	ErrRequest:         http.StatusBadRequest,
	ErrUnauthenticated: http.StatusUnauthorized,
	ErrForbidden:       http.StatusForbidden,
	ErrNotFound:        http.StatusNotFound,
	ErrMethod:          http.StatusMethodNotAllowed,
	ErrUnavailable:     http.StatusPreconditionFailed,
	ErrTooLarge:        http.StatusRequestEntityTooLarge,
	ErrMediaType:       http.StatusUnsupportedMediaType,
	ErrTooMany:         http.StatusTooManyRequests,
	ErrBusy:            http.StatusServiceUnavailable,
}

// Status is the status with which an error is answered. What is no [Refusal]
// with one of the reasons above is our fault.
func Status(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		if status, known := statuses[r.Reason]; known {
			return status
		}
	}
	return http.StatusInternalServerError
}

// outcome is the OperationOutcome of an error (V3-21). Its id is the
// hookInstance, by which the caller finds the call again, where that can be a
// FHIR id: UUIDs are. Any other stays out, since the resource would be invalid.
type outcome struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id,omitempty"`
	Issue        []outcomeIssue `json:"issue"`
}

type outcomeIssue struct {
	Severity    string        `json:"severity"`
	Code        string        `json:"code"`
	Details     outcomeDetail `json:"details"`
	Diagnostics string        `json:"diagnostics,omitempty"`
	Expression  []string      `json:"expression,omitempty"`
}

type outcomeDetail struct {
	Text string `json:"text"`
}

// outcomeOf is the body for an error. What we do not know by name may hold
// anything, a patient's name too: it becomes "internal error".
func outcomeOf(err error, instance string) outcome {
	o := outcome{ResourceType: "OperationOutcome"}
	if isID(instance) {
		o.ID = instance
	}
	var r *Refusal
	issues, severity := []Issue{{Code: "exception", Text: "internal error"}}, "fatal"
	if errors.As(err, &r) && Status(err) != http.StatusInternalServerError {
		issues, severity = r.Issues, "error"
	}
	for _, issue := range issues {
		one := outcomeIssue{Severity: severity, Code: issue.Code, Details: outcomeDetail{issue.Text}, Diagnostics: issue.Hint}
		if issue.Field != "" {
			one.Expression = []string{issue.Field}
		}
		o.Issue = append(o.Issue, one)
	}
	return o
}

func tooDeep() string {
	return fmt.Sprintf("At most %d levels are read.", fhir.MaxDepth)
}

func syntaxAt(offset int64) string {
	return fmt.Sprintf("The error is at byte %d or after it.", offset)
}
