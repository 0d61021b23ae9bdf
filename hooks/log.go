package hooks

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"rygkort/fhir"
	"rygkort/pathway"
)

// callLine is what the log says of one call: which service, how it came and
// what it led to. Nothing in it is about a patient, so it holds no id, name,
// code or free text of the request (N-2: nor the token).
type callLine struct {
	service  string
	from     string // address of whoever called, as far as proxies that are believed say
	client   string // empty: nobody was asked, or nobody was let in
	feedback bool   // it brings feedback
	shadow   bool   // its cards are counted and not sent
	started  time.Time
	status   int
	bytes    int // of the request
	trace    Trace
	err      error
}

// finish counts a call and writes its line.
func (s *Service) finish(ctx context.Context, line callLine) {
	took := s.config.Clock().Sub(line.started)
	s.config.Metrics.count(line, took)
	s.logCall(ctx, line, took)
}

// logCall writes the line. What a client got wrong is not our error, but
// someone has to see it.
func (s *Service) logCall(ctx context.Context, line callLine, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case line.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case line.status >= http.StatusBadRequest:
		level = slog.LevelWarn
	}
	if !s.config.Logger.Enabled(ctx, level) {
		return
	}
	message := "call"
	if line.feedback {
		message = "feedback"
	}
	attributes := []slog.Attr{
		slog.String("service", line.service),
		slog.String("hookInstance", instanceForLog(line.trace.Request.Instance)),
		slog.Int("status", line.status),
		slog.Any("rules", fired(line.trace.Decision)),
	}
	if line.from != "" {
		attributes = append(attributes, slog.String("from", line.from))
	}
	if line.client != "" {
		attributes = append(attributes, slog.String("client", line.client))
	}
	if line.trace.Reading != nil {
		states := make([]slog.Attr, 0, len(line.trace.Reading.States))
		for key, state := range line.trace.Reading.States {
			states = append(states, slog.String(string(key), state.String()))
		}
		slices.SortFunc(states, func(a, b slog.Attr) int { return compare(a.Key, b.Key) })
		attributes = append(attributes, slog.GroupAttrs("prefetch", states...))
	}
	if line.trace.Reading != nil && len(line.trace.Reading.Fetches) > 0 {
		attributes = append(attributes, slog.GroupAttrs("fetched", fetches(line.trace.Reading.Fetches)...))
	}
	attributes = append(attributes,
		slog.Float64("ms", milliseconds(took)),
		slog.Int("bytes", line.bytes),
	)
	if line.err != nil {
		attributes = append(attributes, slog.String("refused", reasonForLog(line.err)))
	}
	s.config.Logger.LogAttrs(ctx, level, message, attributes...)
}

// fetches is what came of the reads of the client's server, by key.
func fetches(done []fhir.Fetch) []slog.Attr {
	keys := make([]slog.Attr, len(done))
	for i, one := range done {
		said := []slog.Attr{slog.Int("pages", one.Pages), slog.Int("bytes", one.Bytes), slog.Int("status", one.Status), slog.Float64("ms", milliseconds(one.Took))}
		if one.Reason != "" {
			said = append(said, slog.String("failed", one.Reason))
		}
		keys[i] = slog.GroupAttrs(string(one.Source), said...)
	}
	return keys
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func compare(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// instanceForLog is the hookInstance where it is the UUID that the protocol
// asks for. Any other string may be a person's number, so it stays out.
func instanceForLog(instance string) string {
	switch {
	case instance == "":
		return ""
	case len(instance) == 36 && uuid.Validate(instance) == nil:
		return instance
	default:
		return "not a UUID"
	}
}

// reasonForLog is an error's text. That of a refusal names fields and no
// values; any other could quote what it failed on.
func reasonForLog(err error) string {
	if Status(err) == http.StatusInternalServerError {
		return "internal error"
	}
	return err.Error()
}

// fired are the ids of the rules that spoke, each once.
func fired(d *pathway.Decision) []string {
	ids := []string{}
	if d == nil {
		return ids
	}
	for i := range d.Verdicts {
		v := &d.Verdicts[i]
		if v.Answer.IsYes() && !slices.Contains(ids, v.Rule.ID) {
			ids = append(ids, v.Rule.ID)
		}
	}
	return ids
}
