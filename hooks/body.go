package hooks

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// firstRead is how much room a body is given before any of it has come: enough
// for most calls, and little to lose where a client promises much and sends
// nothing.
const firstRead = 256 << 10

// readBody reads the body of a call, which has to say that it is JSON and may
// not be too large.
func (s *Service) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	tooLarge := refusal(ErrTooLarge, "too-long", "the body is too large", fmt.Sprintf("At most %d bytes are read.", s.config.MaxBody))
	if r.ContentLength > s.config.MaxBody {
		return nil, tooLarge
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), firstRead)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, s.config.MaxBody))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return nil, tooLarge
	case err != nil:
		return nil, refusal(ErrRequest, "structure", "the body broke off", "Less came than was announced, or it came too slowly.")
	}
	return body.Bytes(), nil
}

// checkMediaType reads the headers that say what the body is.
//
// R1: what the service accepts is JSON. application/json and every +json type
// are, in UTF-8. A body without Content-Type is read as JSON too: its sender has
// said nothing wrong.
func checkMediaType(header http.Header) error {
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return refusal(ErrMediaType, "not-supported", "Content-Encoding is not supported", "Send the body uncompressed.")
	}
	said := header.Get("Content-Type")
	if said == "" {
		return nil
	}
	media, parameters, err := mime.ParseMediaType(said)
	switch charset := parameters["charset"]; {
	case err != nil, media != "application/json" && !strings.HasSuffix(media, "+json"):
		return refusal(ErrMediaType, "not-supported", "Content-Type is not JSON", "Send application/json.")
	case charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8"):
		return refusal(ErrMediaType, "not-supported", "the charset of Content-Type is not UTF-8", "Send JSON in UTF-8.")
	}
	return nil
}
