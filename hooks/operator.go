package hooks

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"rygkort/cards"
	"rygkort/internal/ledger"
	"rygkort/internal/web"
)

// How far back the report goes.
const (
	reportDays     = 30
	mostReportDays = 400
	reportTimeout  = 10 * time.Second
)

// report is the page on what GPs did with the cards.
func (s *Service) report(c *gin.Context) {
	if err := s.admitOperator(c.Request); err != nil {
		c.Header("WWW-Authenticate", `Basic realm="Rygkort"`) // so that a browser asks
		s.refuse(c, err)
		return
	}
	days, err := strconv.Atoi(c.DefaultQuery("days", strconv.Itoa(reportDays)))
	if err != nil || days < 1 || days > mostReportDays {
		s.refuse(c, &Refusal{Reason: ErrRequest, Issues: []Issue{{
			Code: "value", Text: "days has to be a number of days", Hint: "From 1 to " + strconv.Itoa(mostReportDays) + ".", Field: "days",
		}}})
		return
	}
	language := s.languages[""].choose(c.GetHeader("Accept-Language"))
	if asked := cards.Language(c.Query("lang")); asked == cards.Danish || asked == cards.English {
		language = asked
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), reportTimeout)
	defer cancel()
	now := s.config.Clock()
	figures, err := s.config.Ledger.Report(ctx, time.Date(now.Year(), now.Month(), now.Day()-days+1, 0, 0, 0, 0, now.Location()))
	if err != nil {
		if errors.Is(err, ledger.ErrUnavailable) {
			err = later(ErrBusy, 5*time.Second, "the ledger cannot be read now", "")
		}
		s.refuse(c, err)
		return
	}
	page, err := web.Report(figures, language)
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Language", string(language))
	c.Header("Content-Security-Policy", page.Policy)
	c.Header("Referrer-Policy", "no-referrer")
	c.Writer.Header().Del("Access-Control-Allow-Origin") // no page of another origin is to read it
	s.writeBytes(c.Writer, http.StatusOK, "text/html; charset=utf-8", page.HTML)
}

// admitOperator lets in who has the operator's token, as a bearer token or as
// the password of any user. Where none is configured, it lets in who sits at this
// machine, and only where the service is reached by no other way: a proxy on this
// machine need not say that it is one.
func (s *Service) admitOperator(r *http.Request) error {
	if s.config.OperatorToken == "" {
		if s.isHere(r) {
			return nil
		}
		return &Refusal{Reason: ErrUnauthenticated, Issues: []Issue{{
			Code: "login", Text: "the report is for the operator", Hint: "Without an operator_token it is shown on this machine only, by a service whose public_url is on it.",
		}}}
	}
	given, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, password, isBasic := r.BasicAuth(); isBasic && !isBearer {
		given = password
	}
	want, got := sha256.Sum256([]byte(s.config.OperatorToken)), sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(want[:], got[:]) == 1 {
		return nil
	}
	return &Refusal{Reason: ErrUnauthenticated, Issues: []Issue{{
		Code: "login", Text: "the report is for the operator", Hint: "Send the operator token as bearer token or as password.",
	}}}
}

// isHere reports whether a request comes from this machine, to a service that is
// for this machine, and not by way of a page from elsewhere.
func (s *Service) isHere(r *http.Request) bool {
	public, err := url.Parse(s.config.PublicURL)
	asked := (&url.URL{Host: r.Host}).Hostname()
	if err != nil || !IsLoopback(public.Hostname()) || !IsLoopback(asked) || len(s.config.Proxies) > 0 {
		return false
	}
	for _, forwarded := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && IsLoopback(host)
}

// readiness is what /readyz says.
type readiness struct {
	Status   string           `json:"status"` // ok, or degraded: calls are answered all the same
	Warnings []string         `json:"warnings"`
	Ledger   *ledgerReadiness `json:"ledger,omitempty"`
}

type ledgerReadiness struct {
	Reachable bool      `json:"reachable"`
	Queue     int       `json:"queue"`
	Written   uint64    `json:"written"`
	Dropped   uint64    `json:"dropped"`
	LastError string    `json:"lastError,omitempty"`
	At        time.Time `json:"lastErrorAt,omitzero"`
}

// ready says that calls can be answered, and what an operator has to know.
func (s *Service) ready(c *gin.Context) {
	said := readiness{Status: "ok", Warnings: append([]string{}, s.config.Warnings...)}
	if s.config.Ledger != nil {
		state := s.config.Ledger.State()
		said.Ledger = &ledgerReadiness{state.Reachable, state.Queue, state.Written, state.Dropped, "", state.LastErrorAt}
		if !state.Reachable { // why is for the log: anybody may ask here
			said.Status, said.Ledger.LastError = "degraded", "the database does not answer; the log says why"
		}
	}
	s.write(c.Writer, said)
}
