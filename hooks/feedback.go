package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/internal/ledger"
)

// reasonNotOurs stands for a reason that no card offered.
const reasonNotOurs = "not-offered"

// maxFeedback is how many entries one call of feedback may bring.
const maxFeedback = 1000

// feedback takes what GPs did with cards (R148, R151, R152). All entries of a call are
// written or none is, and they are written before 200 is said.
func (s *Service) feedback(c *gin.Context) {
	service := c.Param("id")
	if s.hookOf(service) == "" {
		s.refuse(c, noSuchService())
		return
	}
	line := callLine{service: service, from: c.ClientIP(), feedback: true, started: s.config.Clock()}
	body := takeBuffer()
	defer giveBack(body)
	err := s.takeFeedback(c, &line, body)
	c.Header("Cache-Control", "no-store")
	if err != nil {
		line.status, line.err = s.fail(c.Writer, err, ""), err
	} else {
		line.status = s.write(c.Writer, struct{}{}) // the text names no body
	}
	s.finish(c.Request.Context(), line)
}

func (s *Service) takeFeedback(c *gin.Context, line *callLine, body *bytes.Buffer) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.config.Deadline)
	defer cancel()
	// N-5. Clients sign for either of the two addresses.
	at := s.config.PublicURL + "/cds-services/" + line.service
	return s.letIn(ctx, c, line, body, []string{at, at + "/feedback"}, func(client *Client) error {
		entries, err := readFeedback(body.Bytes())
		if err != nil {
			return err
		}
		_, err = s.config.Ledger.Feedback(ctx, client.Name, line.service, entries)
		if errors.Is(err, ledger.ErrUnavailable) {
			return later(ErrBusy, 5*time.Second, "feedback cannot be written now", "None is lost by sending it again.")
		}
		return err
	})
}

// feedbackReader reads the body of feedback and notes what is wrong by place.
type feedbackReader struct{ issues []Issue }

func (r *feedbackReader) note(place, code, what, hint string) {
	r.issues = append(r.issues, Issue{Code: code, Text: place + " " + what, Hint: hint, Field: place})
}

// readFeedback reads the entries of a body, which are good as a whole or not
// at all.
func readFeedback(body []byte) ([]ledger.Feedback, error) {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	var r feedbackReader
	var whole struct {
		Feedback jsontext.Value `json:"feedback"`
	}
	var list []map[string]jsontext.Value
	// Half an emoji, where a comment was cut, sinks no feedback.
	err := json.Unmarshal(body, &whole, jsontext.AllowInvalidUTF8(true))
	switch {
	case err != nil, fhir.TooDeep(body, 0):
		r.notJSON(err)
	case whole.Feedback.Kind() != '[': // R154
		r.note("feedback", "required", "has to be a list", "It holds an entry for each card.")
	default:
		if err := json.Unmarshal(whole.Feedback, &list, jsontext.AllowInvalidUTF8(true)); err != nil {
			r.note("feedback", "structure", "has to be a list of objects", "")
		}
	}
	if len(list) > maxFeedback {
		r.note("feedback", "too-long", "has too many entries", fmt.Sprintf("At most %d are taken at once.", maxFeedback))
		list = nil
	}
	entries := make([]ledger.Feedback, len(list))
	for i, members := range list {
		entries[i] = r.entry(fmt.Sprintf("feedback[%d]", i), members)
	}
	if len(r.issues) > 0 {
		return nil, &Refusal{Reason: ErrRequest, Issues: r.issues}
	}
	return entries, nil
}

// notJSON notes what is wrong with a body as a whole, with the place where it
// is known, and nothing of what stands there.
func (r *feedbackReader) notJSON(err error) {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName):
		r.issues = append(r.issues, Issue{Code: "structure", Text: "a member is given twice", Hint: syntaxAt(syntax.ByteOffset)})
	case errors.As(err, &syntax):
		r.issues = append(r.issues, Issue{Code: "structure", Text: "the body is not JSON", Hint: syntaxAt(syntax.ByteOffset)})
	case err == nil:
		r.issues = append(r.issues, Issue{Code: "structure", Text: "the body is nested too deeply", Hint: tooDeep()})
	default:
		r.issues = append(r.issues, Issue{Code: "structure", Text: "the body is not a JSON object"})
	}
}

// entry reads one entry.
func (r *feedbackReader) entry(at string, members map[string]jsontext.Value) ledger.Feedback {
	entry := ledger.Feedback{
		Card:    r.word(at+".card", members["card"], "the uuid of the card"), // R155
		Outcome: r.word(at+".outcome", members["outcome"], `"accepted" or "overridden"`),
	}
	accepted := entry.Outcome == "accepted"
	if entry.Outcome != "" && !accepted && entry.Outcome != "overridden" { // R156, R157, I-cds-fb-1
		r.note(at+".outcome", "value", `has to be "accepted" or "overridden"`, "")
	}
	r.suggestions(at, members["acceptedSuggestions"], accepted, &entry)
	r.reason(at+".overrideReason", members["overrideReason"], &entry)
	// R161, I-model-4: an instant, with seconds and a time zone.
	if when := r.word(at+".outcomeTimestamp", members["outcomeTimestamp"], "an instant such as 2026-11-23T09:30:00Z"); when != "" {
		t, err := time.Parse(time.RFC3339Nano, when)
		if err != nil || !instant.MatchString(when) || t.Year() < 2000 || t.Year() > 2200 {
			r.note(at+".outcomeTimestamp", "value", "has to be an instant such as 2026-11-23T09:30:00Z", "")
		}
		entry.At = t.UTC()
	}
	return entry
}

// instant is what RFC 3339 lets one write, of which the time package takes more.
var instant = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`)

// suggestions reads the suggestions that were taken (R158, R162, I-cds-fb-2). A
// card that is not reported was ignored (R164).
func (r *feedbackReader) suggestions(at string, value jsontext.Value, accepted bool, entry *ledger.Feedback) {
	at += ".acceptedSuggestions"
	var list []map[string]jsontext.Value
	switch {
	case missing(value):
	case value.Kind() != '[' || json.Unmarshal(value, &list) != nil:
		r.note(at, "structure", "has to be a list of objects", "")
		return
	}
	if accepted && len(list) == 0 {
		r.note(at, "required", "is missing", `It is required where outcome is "accepted".`)
	}
	for i, suggestion := range list {
		if id := r.word(fmt.Sprintf("%s[%d].id", at, i), suggestion["id"], "the uuid of the suggestion"); id != "" {
			entry.Suggestions = append(entry.Suggestions, id)
		}
	}
}

// reason reads why a card was set aside (R159, R160, R165, R166, R167, I-cds-fb-3).
func (r *feedbackReader) reason(at string, value jsontext.Value, entry *ledger.Feedback) {
	var given struct {
		Reason  jsontext.Value `json:"reason"`
		Comment jsontext.Value `json:"userComment"`
	}
	var coding map[string]jsontext.Value
	switch {
	case missing(value):
		return
	case value.Kind() != '{' || json.Unmarshal(value, &given, jsontext.AllowInvalidUTF8(true)) != nil:
		r.note(at, "structure", "has to be an object", "")
		return
	case missing(given.Reason) && missing(given.Comment):
		r.note(at, "invariant", "holds neither reason nor userComment", "Leave it out where there is none.")
		return
	}
	if !missing(given.Reason) {
		if given.Reason.Kind() != '{' || json.Unmarshal(given.Reason, &coding) != nil {
			r.note(at+".reason", "structure", "has to be a coding", "")
			return
		}
		entry.Reason = r.word(at+".reason.code", coding["code"], "the code of the reason")
		if !missing(coding["system"]) {
			r.word(at+".reason.system", coding["system"], "the code system of the reason")
		}
		if !cards.IsOverrideReason(entry.Reason) {
			entry.Reason = reasonNotOurs // whatever stands there could be about the patient
		}
	}
	switch { // R166; one that is empty is none
	case missing(given.Comment):
	case given.Comment.Kind() != '"':
		r.note(at+".userComment", "structure", "has to be a string", "It is what the user wrote.")
	default:
		_ = json.Unmarshal(given.Comment, &entry.Comment, jsontext.AllowInvalidUTF8(true))
	}
}

// word is a string that may not be empty.
func (r *feedbackReader) word(at string, value jsontext.Value, what string) string {
	switch {
	case missing(value):
		r.note(at, "required", "is missing", "It is "+what+".")
		return ""
	case value.Kind() != '"':
		r.note(at, "structure", "has to be a string", "It is "+what+".")
		return ""
	}
	word := ""
	if err := json.Unmarshal(value, &word); err != nil || strings.TrimSpace(word) == "" {
		r.note(at, "required", "is empty", "It is "+what+".")
	}
	return word
}

// missing reports whether a member is not there; null counts as that.
func missing(value jsontext.Value) bool { return len(value) == 0 || value.Kind() == 'n' }
