package trust

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// longestToken is more than a JWT with a chain of certificates in its header
// has, and little to read for nothing.
const longestToken = 16 << 10

// token is a JWT whose form is right. Nothing in it is proved.
type token struct {
	compact []byte
	header  header
	claims  claims
	issuer  string
}

// header is what is read of the JOSE header (RFC 7515, 4.1). Keys and their
// addresses that a token brings along (jwk, x5c, x5u) are not read at all.
type header struct {
	Type      jsontext.Value `json:"typ"`
	Algorithm jsontext.Value `json:"alg"`
	KeyID     jsontext.Value `json:"kid"`
	KeySetURL jsontext.Value `json:"jku"`
	Critical  jsontext.Value `json:"crit"`
	Base64    jsontext.Value `json:"b64"`

	algorithm, keyID, keySetURL string
}

// readToken takes the token out of the header Authorization and reads it.
func readToken(authorization string) (*token, error) {
	compact, err := bearer(authorization)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(compact, ".")
	switch {
	case len(parts) == 5:
		return nil, deny(ErrMalformed, "an encrypted token (JWE) is not taken, a signed one (JWS) is")
	case len(parts) != 3:
		return nil, deny(ErrMalformed, "a JWT in compact form has three parts, parted by dots")
	}
	t := &token{compact: []byte(compact)}
	if err := readPart(parts[0], &t.header); err != nil {
		return nil, deny(ErrMalformed, "the first part is not a JSON object in base64url, without padding and with each member once")
	}
	if err := t.header.check(); err != nil {
		return nil, err
	}
	if err := readPart(parts[1], &t.claims); err != nil {
		return nil, deny(ErrMalformed, "the second part is not a JSON object in base64url, without padding and with each member once")
	}
	if _, err := base64url.DecodeString(parts[2]); err != nil || parts[2] == "" {
		return nil, deny(ErrMalformed, "the third part is not a signature in base64url, without padding")
	}
	issuer, isText := text(t.claims.Issuer)
	if !isText {
		return nil, deny(ErrClaims, "iss must be there and be a string")
	}
	t.issuer = issuer
	return t, nil
}

// bearer is the token of the scheme Bearer (RFC 6750, 2.1). More than one is
// none, also where two headers were joined by a comma.
func bearer(authorization string) (string, error) {
	scheme, rest, _ := strings.Cut(strings.Trim(authorization, " "), " ")
	compact := strings.TrimLeft(rest, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer") || compact == "":
		return "", &Denied{Reason: ErrNoToken, Description: "the header Authorization must bear a token, with the scheme Bearer"}
	case len(compact) > longestToken:
		return "", deny(ErrMalformed, "the token is longer than is read")
	case strings.ContainsFunc(compact, notInCompactForm):
		return "", deny(ErrMalformed, "the token holds characters that no JWT has, or there is more than one")
	}
	return compact, nil
}

func notInCompactForm(r rune) bool {
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	isDigit := r >= '0' && r <= '9'
	return !isLetter && !isDigit && r != '-' && r != '_' && r != '.'
}

// base64url is strict, so that there is one way to write a token.
var base64url = base64.RawURLEncoding.Strict()

// readPart reads one part as a JSON object. A member that comes twice is an
// error, since two readers may take different ones.
func readPart[T header | claims](part string, into *T) error {
	decoded, err := base64url.DecodeString(part)
	if err != nil {
		return err
	}
	var members *T
	if err := json.Unmarshal(decoded, &members); err != nil {
		return err
	}
	if members == nil {
		return errNotObject // JSON's null
	}
	*into = *members
	return nil
}

// check reads what the header must hold.
func (h *header) check() error {
	// R184: typ is there and is JWT. RFC 7519, 5.1 only recommends capitals.
	if typ, isText := text(h.Type); !isText || !strings.EqualFold(typ, "JWT") {
		return deny(ErrType, "typ must be JWT")
	}
	// R181, R200, R201, R203. The names of algorithms have one spelling (RFC 7515, 4.1.1).
	algorithm, isText := text(h.Algorithm)
	if !isText || !isTaken(algorithm) {
		return deny(ErrAlgorithm, "alg must be one of RS256, RS384, RS512, ES256, ES384, ES512")
	}
	// RFC 7515, 4.1.11: an extension that is not understood must be refused, and
	// none is. b64 changes what is signed and is of no use in a JWT (RFC 7797, 7).
	if h.Critical != nil || h.Base64 != nil {
		return deny(ErrCritical, "crit and b64 are not taken")
	}
	// R182.
	keyID, isText := text(h.KeyID)
	if !isText || keyID == "" {
		return deny(ErrKeyID, "kid must be there and be a string")
	}
	h.algorithm, h.keyID = algorithm, keyID
	// R186: jku may be missing.
	if h.KeySetURL != nil {
		// What is no string is nobody's address; nor is the empty one.
		if h.keySetURL, isText = text(h.KeySetURL); !isText || h.keySetURL == "" {
			return deny(ErrKeySetURL, "jku must be a URL where it is there")
		}
	}
	return nil
}

// text is the value of a member that must be a string.
func text(raw jsontext.Value) (value string, isText bool) {
	if raw.Kind() != '"' {
		return "", false
	}
	err := json.Unmarshal(raw, &value)
	return value, err == nil
}
