package fhir

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how many levels of nesting are read. FHIR nests some fifteen
// deep; what goes far beyond is there for whoever reads by recursion to fall.
const MaxDepth = 64

// TooDeep reports whether a value that stands so many levels inside a text
// takes it beyond [MaxDepth].
//
// It is asked of each value that was read whole. The decoder bounds those at
// ten thousand levels by itself, so to look afterwards is early enough; and
// most have too few brackets for it to be worth a look.
func TooDeep(v jsontext.Value, outside int) bool {
	levels := MaxDepth - outside
	if kind := v.Kind(); kind != '{' && kind != '[' || bytes.Count(v, []byte{'{'})+bytes.Count(v, []byte{'['}) <= levels {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > levels {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}
