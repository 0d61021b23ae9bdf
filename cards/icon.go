package cards

import _ "embed"

// A string, so that no caller can change it.
//
//go:embed icon.png
var icon string

// Icon is the picture beside each card's source: a PNG of 100×100 opaque
// pixels, as CDS Hooks asks for.
func Icon() []byte { return []byte(icon) }
