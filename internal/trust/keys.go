package trust

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// What is read of a key set, and what a key must be. The largest RSA key bounds
// what a signature costs us.
const (
	mostKeys     = 100
	leastRSABits = 2048 // R200, RFC 7518, 3.3
	mostRSABits  = 8192
)

// The algorithms that are taken (R200), and nothing else: by key type, or by
// curve (RFC 7518, 3.4 binds each to one).
var (
	ofRSA   = []string{"RS256", "RS384", "RS512"}
	ofCurve = map[string][]string{"P-256": {"ES256"}, "P-384": {"ES384"}, "P-521": {"ES512"}}
)

func isTaken(algorithm string) bool {
	if slices.Contains(ofRSA, algorithm) {
		return true
	}
	for _, algorithms := range ofCurve {
		if slices.Contains(algorithms, algorithm) {
			return true
		}
	}
	return false
}

// publicKey is a key that signatures may be checked with.
type publicKey struct {
	key        any      // *rsa.PublicKey or *ecdsa.PublicKey
	algorithms []string // that it may be used with
}

// verify checks the signature of a token with exactly one key and algorithm.
// jwx reads the header once more for it and refuses one of another alg, one with
// crit and one with b64; it looks for no key.
func (k publicKey) verify(compact []byte, algorithm string) error {
	name, known := jwa.LookupSignatureAlgorithm(algorithm)
	if !known || !slices.Contains(k.algorithms, algorithm) {
		return ErrAlgorithm
	}
	if _, err := jws.VerifyCompactFast(k.key, compact, name); err != nil {
		return ErrSignature // what jwx says may quote the token
	}
	return nil
}

// keySet are the keys of one client.
type keySet struct {
	usable map[string][]publicKey // by kid
	others map[string]string      // why a key is not used, by kid
}

// has reports whether the set holds a key of that kid, usable or not. A nil set
// holds none.
func (s *keySet) has(kid string) bool {
	if s == nil {
		return false
	}
	_, isOther := s.others[kid]
	return isOther || len(s.usable[kid]) > 0
}

// find is the key for a token. Of several with one kid it is the first that fits
// the algorithm (R183).
func (s *keySet) find(kid, algorithm string) (publicKey, error) {
	if !s.has(kid) {
		return publicKey{}, distrust(ErrKeyID, "no key of this kid is in the set")
	}
	for _, key := range s.usable[kid] {
		if slices.Contains(key.algorithms, algorithm) {
			return key, nil
		}
	}
	if len(s.usable[kid]) == 0 {
		return publicKey{}, distrust(ErrKeyID, "the key of this kid is not used: "+s.others[kid])
	}
	return publicKey{}, distrust(ErrAlgorithm, "the key of this kid is for another alg")
}

// member is a key as it stands in a set (RFC 7517, 4), as far as it is looked
// at. The rest, such as certificates, is ignored whatever it holds (R197).
type member struct {
	KeyID      string         `json:"kid"`
	Type       string         `json:"kty"`
	Use        *string        `json:"use"`
	Operations *[]string      `json:"key_ops"`
	Algorithm  *string        `json:"alg"`
	Curve      string         `json:"crv"`
	Modulus    string         `json:"n"`
	Exponent   string         `json:"e"`
	X          string         `json:"x"`
	Y          string         `json:"y"`
	Private    jsontext.Value `json:"d"`
}

var errKeySet = errors.New("not a JWK Set")

// readKeySet reads a JWK Set (RFC 7517, 5). A key that cannot be used does not
// keep the others from being used.
func readKeySet(data []byte) (*keySet, error) {
	var document struct {
		Keys *[]jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(data, &document); err != nil || document.Keys == nil {
		return nil, errKeySet // what json says may quote the set
	}
	if len(*document.Keys) > mostKeys {
		return nil, fmt.Errorf("more than %d keys", mostKeys)
	}
	set := &keySet{usable: map[string][]publicKey{}, others: map[string]string{}}
	for _, raw := range *document.Keys {
		var m member
		if err := json.Unmarshal(raw, &m); err != nil || m.KeyID == "" {
			continue // without a kid no token can name it
		}
		key, why := m.publicKey()
		if why != "" {
			set.others[m.KeyID] = why
			continue
		}
		set.usable[m.KeyID] = append(set.usable[m.KeyID], key)
	}
	return set, nil
}

// publicKey is the key, or why it is not used.
func (m *member) publicKey() (key publicKey, why string) {
	algorithms := ofRSA
	switch m.Type {
	case "RSA":
	case "EC":
		if algorithms = ofCurve[m.Curve]; algorithms == nil {
			return publicKey{}, "crv is not P-256, P-384 or P-521"
		}
	default:
		return publicKey{}, "kty is not RSA or EC"
	}
	switch {
	case m.Private != nil:
		return publicKey{}, "it is a private key"
	case m.Use != nil && *m.Use != "sig":
		return publicKey{}, "use is not sig"
	case m.Operations != nil && !slices.Contains(*m.Operations, "verify"):
		return publicKey{}, "key_ops is without verify"
	case m.Algorithm != nil && !slices.Contains(algorithms, *m.Algorithm):
		return publicKey{}, "alg is not taken or does not fit the key"
	case m.Algorithm != nil:
		algorithms = []string{*m.Algorithm}
	}
	if m.Type == "EC" {
		var point ecdsa.PublicKey
		if err := m.export(map[string]string{"kty": m.Type, "crv": m.Curve, "x": m.X, "y": m.Y}, &point); err != nil {
			return publicKey{}, "it is no point of its curve"
		}
		return publicKey{key: &point, algorithms: algorithms}, ""
	}
	var number rsa.PublicKey
	if err := m.export(map[string]string{"kty": m.Type, "n": m.Modulus, "e": m.Exponent}, &number); err != nil {
		return publicKey{}, "it is no RSA key, or of less than 2048 bits"
	}
	if bits := number.N.BitLen(); bits < leastRSABits || bits > mostRSABits {
		return publicKey{}, "it has less than 2048 or more than 8192 bits"
	}
	return publicKey{key: &number, algorithms: algorithms}, ""
}

// export lets jwx make a key of the members that a key of its type needs, and of
// nothing else that the set may hold.
func (m *member) export(needed map[string]string, into any) error {
	raw, err := json.Marshal(needed)
	if err != nil {
		return err
	}
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return err
	}
	return jwk.Export(key, into)
}
