package trust

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Client is one caller as the operator has configured it.
type Client struct {
	Name   string // ours for it; in the log
	Issuer string // the iss of its tokens, a URI

	// Its keys are either at an address or given.
	KeySetURL string // where its key set is fetched, and the only jku that its tokens may bear
	KeySet    []byte // its key set itself: a JWK Set

	// StatedKeySetURL goes with KeySet only: the jku that the client's tokens bear
	// all the same. It is taken in the header and never fetched.
	StatedKeySetURL string

	Tenants []string // that it may call for; none: any, and no tenant too
}

// client is a configured client and where its keys are.
type client struct {
	Client
	given  *keySet    // or
	server *keyServer // where the keys are fetched
}

// newClient holds a client against the rules. Its errors name the field by the
// names of the standards: iss, jku.
func newClient(c Client) (*client, error) {
	switch {
	case c.Issuer == "":
		return nil, errors.New("iss: is missing")
	case !isURI(c.Issuer):
		return nil, errors.New("iss: must be a URI, such as https://ehr.example")
	case c.KeySetURL == "" && c.KeySet == nil:
		return nil, errors.New("jku, keys: one of them must be there")
	case c.KeySetURL != "" && c.KeySet != nil:
		return nil, errors.New("jku, keys: only one of them may be there")
	case c.KeySetURL != "" && c.StatedKeySetURL != "":
		return nil, errors.New("stated jku: goes with given keys only")
	case slices.Contains(c.Tenants, ""):
		return nil, errors.New("tenants: one is empty")
	}
	made := &client{Client: c}
	made.Tenants = slices.Clone(c.Tenants)
	if c.KeySet == nil {
		if err := checkKeySetURL(c.KeySetURL); err != nil {
			return nil, fmt.Errorf("jku: %w", err)
		}
		return made, nil
	}
	given, err := readKeySet(c.KeySet)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(given.usable) == 0 {
		reasons := slices.Sorted(maps.Values(given.others))
		if len(reasons) == 0 {
			reasons = []string{"there is none"}
		}
		return nil, fmt.Errorf("keys: none with a kid can be used: %s", strings.Join(slices.Compact(reasons), "; "))
	}
	made.KeySet, made.given = nil, given
	return made, nil
}

// jku is the address that the client's tokens may bear; it may be empty.
func (c *client) jku() string { return c.KeySetURL + c.StatedKeySetURL }

func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

// checkKeySetURL holds that nobody on the way can put keys of his own into the
// set: https, or plain http that does not leave this machine.
func checkKeySetURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be an absolute https URL")
	case u.User != nil:
		return errors.New("must be without user and password")
	case strings.Contains(text, "#"):
		return errors.New("must be without a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("must be https; plain http is taken on a loopback address only")
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
