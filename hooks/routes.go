package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"rygkort/cards"
	"rygkort/internal/demo"
)

// Handler answers everything that is asked of the service over HTTP.
func (s *Service) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode) // or gin prints its routes to standard output
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // foldSlashes sees to that
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if engine.SetTrustedProxies(s.config.Proxies) != nil {
		_ = engine.SetTrustedProxies(nil) // whoever cannot be read is not believed
	}
	engine.Use(s.recovered)
	engine.NoRoute(s.noRoute)
	engine.NoMethod(s.noMethod)

	readers := []string{http.MethodGet, http.MethodHead}
	engine.Match(readers, "/cds-services", s.discover)
	engine.POST("/cds-services/:id", s.call)
	engine.Match(readers, "/healthz", s.healthy)
	engine.Match(readers, "/readyz", s.ready)
	engine.Match(readers, "/metrics", gin.WrapH(s.config.Metrics.handler()))
	engine.Match(readers, "/icon.png", s.icon)
	if s.config.Ledger != nil {
		engine.POST("/cds-services/:id/feedback", s.feedback)
		engine.Match(readers, "/report", s.report)
	}
	pages := newPages(s)
	engine.Match(readers, "/", pages.home)
	engine.Match(readers, "/pathway", pages.pathway)
	if s.config.Demo != nil {
		engine.Any("/demo/fhir/*path", gin.WrapH(http.StripPrefix("/demo/fhir", s.config.Demo.FHIR())))
		engine.Match(readers, "/demo/calls/:hook/:patient", s.demoCall)
	}
	return forBrowsers(foldSlashes(engine))
}

// discover answers with the services (R4…R14). It needs nothing that could be
// down (R5), unless the operator wants to know who asks.
func (s *Service) discover(c *gin.Context) {
	if s.config.GuardDiscovery {
		if _, _, err := s.admit(c.Request.Context(), c.Request, s.config.PublicURL+"/cds-services"); err != nil {
			s.refuse(c, err)
			return
		}
	}
	s.write(c.Writer, discovery{s.offers})
}

// call answers a CDS Hooks call.
func (s *Service) call(c *gin.Context) {
	service := c.Param("id")
	if s.hookOf(service) == "" {
		s.refuse(c, noSuchService())
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.config.Deadline)
	defer cancel()
	line := callLine{service: service, from: c.ClientIP(), shadow: s.config.Shadow, started: s.config.Clock()}
	body := takeBuffer()
	defer giveBack(body)
	response, language, err := s.attend(ctx, c, &line, body)
	if err != nil {
		line.status, line.err = s.fail(c.Writer, err, line.trace.Request.Instance), err
	} else {
		c.Header("Content-Language", string(language))
		c.Header("Cache-Control", "no-store") // it speaks of one patient
		line.status = s.write(c.Writer, response)
	}
	s.finish(c.Request.Context(), line)
}

// attend answers a call once it has been let in, of a client that may make it.
func (s *Service) attend(ctx context.Context, c *gin.Context, line *callLine, body *bytes.Buffer) (response Response, language cards.Language, err error) {
	at := s.config.PublicURL + "/cds-services/" + line.service
	err = s.letIn(ctx, c, line, body, []string{at}, func(client *Client) error {
		done, err := s.crowd.decode(ctx, line.bytes)
		if err != nil {
			return err
		}
		defer done()
		language = s.languages[client.Language].choose(strings.Join(c.Request.Header.Values("Accept-Language"), ","))
		response, err = s.answer(ctx, client, body.Bytes(), line.service, language, &line.trace, done)
		return err
	})
	return response, language, err
}

// letIn does what comes before every answer to a client: room for it, who it is,
// and its body. A panic is a fault of ours like any other, so that the call is
// counted and has its line in the log.
func (s *Service) letIn(ctx context.Context, c *gin.Context, line *callLine, body *bytes.Buffer, audiences []string, answer func(*Client) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			s.logPanic(ctx, cause, debug.Stack())
			err = errInternal
		}
	}()
	leave, err := s.crowd.enter()
	if err != nil {
		return err
	}
	defer leave()
	defer s.config.Metrics.begin()()
	client, name, err := s.admit(ctx, c.Request, audiences...)
	line.client = name
	if err != nil {
		return err
	}
	if err := s.readBody(ctx, body, c.Writer, c.Request); err != nil {
		return err
	}
	line.bytes = body.Len()
	return answer(client)
}

// demoCall answers with a call about a demo patient, ready to be posted.
func (s *Service) demoCall(c *gin.Context) {
	body, err := s.config.Demo.Call(c.Param("patient"), c.Param("hook"), s.config.PublicURL+"/demo/fhir")
	switch {
	case errors.Is(err, demo.ErrUnknownPatient):
		s.refuse(c, refusal(ErrNotFound, "not-found", "there is no such demo patient", "The start page lists them."))
	case errors.Is(err, demo.ErrUnknownHook):
		s.refuse(c, refusal(ErrNotFound, "not-found", "there is no such hook", "GET /cds-services lists them."))
	case err != nil:
		s.refuse(c, err)
	default:
		s.writeBytes(c.Writer, http.StatusOK, "application/json", body)
	}
}

func (s *Service) healthy(c *gin.Context) {
	s.write(c.Writer, map[string]string{"status": "ok"})
}

func (s *Service) icon(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=86400")
	s.writeBytes(c.Writer, http.StatusOK, "image/png", cards.Icon())
}

func (s *Service) noRoute(c *gin.Context) {
	s.refuse(c, refusal(ErrNotFound, "not-found", "there is nothing under this path", "GET /cds-services lists the services."))
}

// noMethod answers 405. RFC 9110 wants Allow; gin has set it to the methods of
// the routes, and OPTIONS is answered everywhere.
func (s *Service) noMethod(c *gin.Context) {
	if id, isService := strings.CutPrefix(c.Request.URL.Path, "/cds-services/"); isService && s.hookOf(strings.TrimSuffix(id, "/feedback")) == "" {
		s.refuse(c, noSuchService())
		return
	}
	allow := c.Writer.Header().Get("Allow") + ", " + http.MethodOptions
	c.Header("Allow", allow)
	s.refuse(c, refusal(ErrMethod, "not-supported", "this method is not answered here", "Allowed are "+allow+"."))
}

func noSuchService() *Refusal {
	return refusal(ErrNotFound, "not-found", "there is no such service", "GET /cds-services lists the services.")
}

// refuse answers what is no call to one of the services. Paths may hold
// anything, so the log names the route alone.
func (s *Service) refuse(c *gin.Context, err error) {
	status := s.fail(c.Writer, err, "")
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.config.Logger.Log(c.Request.Context(), level, "refused", "route", c.FullPath(), "status", status, "why", reasonForLog(err))
}

// fail writes an error, which is of one request and no other, and returns its
// status.
func (s *Service) fail(w http.ResponseWriter, err error, instance string) int {
	var refused *Refusal
	if errors.As(err, &refused) {
		if refused.Challenge != "" {
			w.Header().Set("WWW-Authenticate", refused.Challenge)
		}
		if refused.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(refused.RetryAfter))
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	body, failure := json.Marshal(outcomeOf(err, instance))
	if failure != nil { // of strings alone: cannot be
		body = []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception"}]}`)
	}
	return s.writeBytes(w, Status(err), "application/fhir+json", body)
}

// write writes a value as JSON and returns the status under which it went out.
func (s *Service) write(w http.ResponseWriter, value any) int {
	body := takeBuffer()
	defer giveBack(body)
	if err := json.MarshalWrite(body, value, json.Deterministic(true)); err != nil {
		return s.fail(w, err, "")
	}
	return s.writeBytes(w, http.StatusOK, "application/json", body.Bytes())
}

func (s *Service) writeBytes(w http.ResponseWriter, status int, mediaType string, body []byte) int {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // HEAD tells it too
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever no longer listens need not be told
	return status
}

// recovered turns a panic into a 500. The log gets where it happened; of the
// panic's value only the kind, or what the Go runtime itself says, since any
// other text could quote the request.
func (s *Service) recovered(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		s.logPanic(c.Request.Context(), cause, debug.Stack())
		if !c.Writer.Written() {
			s.fail(c.Writer, errInternal, "")
		}
		c.Abort()
	}()
	c.Next()
}

// errInternal is a fault of ours.
var errInternal = errors.New("internal error")

func (s *Service) logPanic(ctx context.Context, cause any, stack []byte) {
	what := fmt.Sprintf("%T", cause)
	var fault runtime.Error
	if err, isError := cause.(error); isError && errors.As(err, &fault) {
		what = fault.Error()
	}
	s.config.Logger.LogAttrs(ctx, slog.LevelError, "panic", slog.String("what", what), slog.String("stack", strings.TrimSpace(string(stack))))
}
