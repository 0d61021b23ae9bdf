package cards

// phrases are the words between the facts. Those with a verb of package fmt
// take the same arguments in both languages.
type phrases struct {
	and string

	// Headings.
	found, course, missing, leaflet, information, secondOpinion string

	// What was found.
	undated        string
	recorded       string // %s: date
	suspected      string
	conflict       string // %s: the statements
	strength       string // %s: grades
	orderUnknown   string // of grades whose dates do not say which came first
	residual       string // %s: mL
	contactAbout   string // %s: what the contact was about
	backContact    string
	notInLeaflet   string // behind a finding that other guidance names
	draft          string // %s: the order a card is about
	andMore        string // %d: how many
	unnamed        string // a finding without any name
	otherSite      string // strength of a muscle group that was not named
	dismissed      string
	disagreement   string
	acuteAction    string
	plannedRoute   string // %s: the orders
	fromExtension  string // %s: source
	operationalise string
	footer         string // %s: rules, %s: version

	// Where in the course.
	contact, contactPossibly, contactUnknown string // %d
	contactAtLeast                           string // %d
	day, dayRecorded                         string // %s: days
	onsetUnknown                             string

	// What was missing.
	openRedFlags   string // %s: names
	notRecorded    string // %s: names
	notAbsent      string
	unreadParts    string // %s: names
	unreadEntries  string // %s: names
	unreadAbout    string // %s: names
	notReadNotNo   string
	weakPresence   string // strength: grade or course
	nerveRootPages string

	// Summaries that depend on the facts.
	acuteSeveral                                string // %s: reasons
	reasonCaudaEquina, reasonParesis            string
	reasonParalysis, reasonPain, reasonWeakness string
	possiblyContact                             string // %s: ordinal
	contactNumberUnknown                        string
	yellowAt, yellowFrom                        string // %s: ordinal
	yellowReferred, notImprovedReferred         string
	someRedFlags                                string // %d: open, %d: all
	disagreeAnswer                              string
	oldCaudaEquina, unchangedSince              string
	unchangedBody                               string
	weeksSummary                                string // %s: weeks
	scopeAge, scopeWeeks                        string // %d
	scopePregnant, scopeBecause                 string // %s: reasons

	// Lines that depend on the facts.
	referralOpen, referralOpenUrgent, referralUntouched string
	mriOrdered                                          string
	boxMet, boxNotMet                                   string // %d–%d weeks
	boxUnassessable                                     string
	boxWrongRoute, boxEffect, worsened                  string
	boxBetween                                          string // %d–%d weeks
	weeks                                               string // %s
	weeksUnknown                                        string
	secondOpinionLine, severeNotMessage                 string
	stepWithout, stepWith                               string // %s: where, %s: sentences
	stepAt, stepFrom                                    string // %s: ordinal

	// Suggestions.
	draftLabel, draftDescription   string // %s: the order
	at                             string // %s: the order, %s: who
	physiotherapist, chiropractor  string
	answerLabel, answerDescription string // %s: question, %s: answer
	allAbsentLabel                 string // %d
	allAbsentDescription           string // %s: questions
	kindAllAbsent, kindAnswer      string // what is counted
	messageDescription             string
	messageText                    string
	noteAdmission, noteDraft       string
	noteYellowFlags                string

	// Source and links.
	source              string
	linkBack, linkFilms string
}
