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
	Silent                  []string // ids of rules that are decided and not shown
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

// Parameter is one number of the rule set as settings and pages name it.
type Parameter struct {
	Name     string
	Origin   string // where the number comes from
	Min, Max int    // what it may be set to; equal where it is the leaflet's own
	field    func(*Parameters) *int
}

// Where a parameter comes from.
const (
	fromLeaflet = "leaflet"
	notSigned   = "not in the leaflet; awaits a clinician's signature"
	fromOthers  = "other guidance; used by an extension only"
)

// ParameterList is every parameter, in the order of the documentation. The
// leaflet's own numbers are listed and cannot be set: a card would misquote it.
func ParameterList() []Parameter {
	return []Parameter{
		{"mr_weeks_min", fromLeaflet + " NS-MR-1a", 4, 4, func(p *Parameters) *int { return &p.MRWeeksMin }},
		{"mr_weeks_full", fromLeaflet + " NS-MR-1a", 6, 6, func(p *Parameters) *int { return &p.MRWeeksFull }},
		{"contact_yellow_flags", fromLeaflet + " NS-C3-3", 3, 3, func(p *Parameters) *int { return &p.ContactYellowFlags }},
		{"contact_mri_nonspecific", fromLeaflet + " NS-C4-3", 4, 4, func(p *Parameters) *int { return &p.ContactMRINonspecific }},
		{"contact_mri_nerve_root", fromLeaflet + " NR-C3-3", 3, 3, func(p *Parameters) *int { return &p.ContactMRINerveRoot }},
		{"contact_continuing_care", fromLeaflet + " NS-C5-1", 5, 5, func(p *Parameters) *int { return &p.ContactContinuingCare }},
		{"mrc_worsening", notSigned, 1, 2, func(p *Parameters) *int { return &p.MRCWorsening }},
		{"mrc_severe", notSigned, 2, 4, func(p *Parameters) *int { return &p.MRCSevere }},
		{"mrc_paralysis", notSigned, 0, 2, func(p *Parameters) *int { return &p.MRCParalysis }},
		{"preexisting_sphincter_days", notSigned, 14, 365, func(p *Parameters) *int { return &p.PreexistingSphincterDay }},
		{"episode_gap_days", notSigned, 30, 365, func(p *Parameters) *int { return &p.EpisodeGapDays }},
		{"scope_weeks", "Danish national recommendations on acute low-back pain", 6, 26, func(p *Parameters) *int { return &p.ScopeWeeks }},
		{"scope_age", "Danish national recommendations on acute low-back pain", 15, 18, func(p *Parameters) *int { return &p.ScopeAge }},
		{"nrs_prompt", notSigned + "; used by an extension only", 5, 10, func(p *Parameters) *int { return &p.NRSPrompt }},
		{"pvr_ml", fromOthers, 100, 500, func(p *Parameters) *int { return &p.PostVoidResidual }},
	}
}

// Of is the parameter's value in force.
func (p Parameter) Of(parameters Parameters) int { return *p.field(&parameters) }

// Set changes the parameter, or reports that it may not be set so.
func (p Parameter) Set(parameters *Parameters, value int) bool {
	if value < p.Min || value > p.Max {
		return false
	}
	*p.field(parameters) = value
	return true
}

// ExtensionIDs are what can be switched on though it is not from the leaflet:
// rules, and facts that feed D-1.
func ExtensionIDs() []string {
	ids := []string{"F-15", "F-16", "F-17"}
	for _, rule := range registry {
		if rule.Class == Extension {
			ids = append(ids, rule.ID)
		}
	}
	return ids
}

// SilenceableIDs are the rules that can be decided without being shown. Acute
// ones cannot, nor can the one that tells of an unread record.
func SilenceableIDs() []string {
	var ids []string
	for _, rule := range registry {
		if rule.Urgency != Critical && rule.ID != unreadRecord {
			ids = append(ids, rule.ID)
		}
	}
	return ids
}

// silent reports whether a rule is not to be shown.
func (p Parameters) silent(id string) bool {
	return id != unreadRecord && slices.Contains(p.Silent, id)
}

// extension reports whether a rule or fact from outside the leaflet is on.
func (p Parameters) extension(id string) bool { return slices.Contains(p.Extensions, id) }
