package trust

import (
	"errors"
	"fmt"
)

// The reasons for which a caller is turned away, for [errors.Is] and the log.
// A caller is told the description of a [Denied], which says less.
var (
	ErrNoToken         = errors.New("the call bears no token")
	ErrMalformed       = errors.New("the token is no signed JWT in compact form")
	ErrType            = errors.New("typ is not JWT")
	ErrCritical        = errors.New("the header asks for an extension")
	ErrAlgorithm       = errors.New("alg is not taken")
	ErrKeyID           = errors.New("kid names no key of the client")
	ErrIssuer          = errors.New("iss names no client")
	ErrKeySetURL       = errors.New("jku is not the client's")
	ErrKeysUnavailable = errors.New("the client's key set could not be had")
	ErrSignature       = errors.New("the signature is not of the key")
	ErrClaims          = errors.New("a claim is missing or has the wrong form")
	ErrLifetime        = errors.New("the token is good for too long")
	ErrExpired         = errors.New("the token has expired")
	ErrNotYet          = errors.New("the token is not good yet")
	ErrAudience        = errors.New("aud is not the URL that was called")
	ErrTenant          = errors.New("the tenant is not one of the client's")
	ErrReplay          = errors.New("the token has been used")
)

// ErrReplayUnavailable says that nobody could say whether a token has been used.
// It is a fault of ours and never the reason of a [Denied]: the caller may come
// again with the same token.
var ErrReplayUnavailable = errors.New("the memory of used tokens could not be asked")

// unproved is what is said of every token that no client's key has signed. Who
// guesses learns from it neither which clients there are nor which keys they
// have; which it was is in the log.
const unproved = "the token is not signed with a key of a client of this service: check iss, kid, jku, alg, the key and the signature"

// Denied is the error of a caller who is turned away.
type Denied struct {
	Reason      error  // one of the reasons above
	Description string // what the caller is told
	Detail      string // what only the log is told; may be empty
	Client      string // the client that the token names, by our name for it; proved or not; may be empty
}

// Error is for the log. It names members of the token, never what they hold.
func (d *Denied) Error() string {
	text := d.Reason.Error()
	if d.Client != "" {
		text = fmt.Sprintf("client %q: %s", d.Client, text)
	}
	switch {
	case d.Detail != "":
		return text + ": " + d.Detail
	case d.Description != "" && d.Description != unproved:
		return text + ": " + d.Description
	default:
		return text
	}
}

// Unwrap is the reason.
func (d *Denied) Unwrap() error { return d.Reason }

// Challenge is the value of the header WWW-Authenticate (RFC 6750, 3). Without a
// token it names no error, since there was none.
func (d *Denied) Challenge() string {
	if errors.Is(d.Reason, ErrNoToken) {
		return "Bearer"
	}
	return fmt.Sprintf(`Bearer error="invalid_token", error_description="%s"`, d.Description)
}

// deny turns a caller away with a description of its own.
func deny(reason error, description string) *Denied {
	return &Denied{Reason: reason, Description: description}
}

// distrust turns away a token that no client's key is known to have signed.
func distrust(reason error, detail string) *Denied {
	return &Denied{Reason: reason, Description: unproved, Detail: detail}
}
