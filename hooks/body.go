package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// firstRead is how much room a body is given before any of it has come: enough
// for most calls, and little to lose where a client promises much and sends
// nothing.
const firstRead = 256 << 10

// buffers are what requests are read into and answers written in: both are
// large, short-lived and alike in size from call to call.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// takeBuffer takes an empty buffer. Whoever takes one gives it back when nothing
// points into it any more.
func takeBuffer() *bytes.Buffer {
	buffer, isBuffer := buffers.Get().(*bytes.Buffer)
	if !isBuffer {
		return new(bytes.Buffer)
	}
	buffer.Reset()
	return buffer
}

// giveBack gives a buffer back. One that grew far beyond an ordinary call's is
// let go, and none keeps what was in it for longer than until the next call.
func giveBack(buffer *bytes.Buffer) {
	if buffer.Cap() <= 4*firstRead {
		buffers.Put(buffer)
	}
}

// readBody reads the body of a call, which has to say that it is JSON, may not
// be too large and has to come before the call's time is over.
func (s *Service) readBody(ctx context.Context, body *bytes.Buffer, w http.ResponseWriter, r *http.Request) error {
	if err := checkMediaType(r.Header); err != nil {
		return err
	}
	tooLarge := refusal(ErrTooLarge, "too-long", "the body is too large", fmt.Sprintf("At most %d bytes are read.", s.config.MaxBody))
	if r.ContentLength > s.config.MaxBody {
		return tooLarge
	}
	body.Grow(int(min(max(r.ContentLength, 0), firstRead)) + bytes.MinRead)
	// An error says that this is no connection, and a test.
	connection := http.NewResponseController(w)
	if deadline, bounded := ctx.Deadline(); bounded {
		_ = connection.SetReadDeadline(deadline)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, s.config.MaxBody))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return tooLarge
	case err != nil:
		return refusal(ErrRequest, "structure", "the body broke off", "Less came than was announced, or it came too slowly.")
	}
	_ = connection.SetReadDeadline(time.Time{}) // or the client would seem to hang up then
	return nil
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
