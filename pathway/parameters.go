package pathway

import "slices"

// Parameters are the numbers that the leaflet does not settle, and the few it
// does. Days and weeks are calendar days and whole weeks; strength is graded
// 0–5 (MRC). All but the seed numbers await a clinician's signature.
type Parameters struct {
	MRWeeksMin              int      // treatment and exercise before MRI may be offered; leaflet NS-MR-1a
	MRWeeksFull             int      // from here on the criterion is met on time alone; leaflet NS-MR-1a
	ContactYellowFlags      int      // leaflet NS-C3-3
	ContactMRINonspecific   int      // leaflet NS-C4-3
	ContactMRINerveRoot     int      // leaflet NR-C3-3
	ContactContinuingCare   int      // leaflet NS-C5-1
	MRCWorsening            int      // fall in grades that counts as worsening; not in the leaflet
	MRCSevere               int      // highest grade called severe; not in the leaflet
	MRCParalysis            int      // highest grade called paralysis; not in the leaflet
	PreexistingSphincterDay int      // days before the episode that make a bladder or bowel symptom pre-existing
	EpisodeGapDays          int      // days without a back-coded contact that part two episodes
	ScopeWeeks              int      // longer than this is not acute pain
	ScopeAge                int      // younger than this is outside the leaflet
	NRSPrompt               int      // extension R-E3
	PostVoidResidual        int      // mL, extension F-17
	Extensions              []string // ids switched on, of rules and facts that are not from the leaflet
}

// DefaultParameters are the proposals that hold until a clinician changes them.
func DefaultParameters() Parameters {
	return Parameters{
		MRWeeksMin: 4, MRWeeksFull: 6,
		ContactYellowFlags: 3, ContactMRINonspecific: 4, ContactMRINerveRoot: 3, ContactContinuingCare: 5,
		MRCWorsening: 1, MRCSevere: 3, MRCParalysis: 1,
		PreexistingSphincterDay: 90, EpisodeGapDays: 90,
		ScopeWeeks: 12, ScopeAge: 18,
		NRSPrompt: 8, PostVoidResidual: 200,
	}
}

// extension reports whether a rule or fact from outside the leaflet is on.
func (p Parameters) extension(id string) bool { return slices.Contains(p.Extensions, id) }
