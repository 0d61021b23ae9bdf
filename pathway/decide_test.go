package pathway

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rule is asked of the calm patient with one or more things different.
type asking struct {
	rule string
	name string
	turn turn
	want Answer
}

// Orders that an order rule can be asked of.
var (
	mriOrder   = ordering(OrderMRILumbar)
	physio     = ordering(OrderPhysiotherapy)
	neuro      = ordering(OrderNeurosurgery)
	xray       = ordering(OrderXRayLumbar)
	opioid     = ordering(OrderOpioid)
	messageOut = ordering(OrderSecondOpinion)
)

// The decision table, decision model 7.1 and 7.2 with the decisions that hold over
// it, row by row: where the rule speaks, where it is silent, and where it
// cannot be judged.
var table = []asking{
	// A
	{"R-A1", "cauda equina is suspected", caudaEquinaIs(Yes), Yes},
	{"R-A1", "said both ways", caudaEquinaIs(Conflict), Yes},
	{"R-A1", "denied", caudaEquinaIs(No), No},
	{"R-A1", "not asked", caudaEquinaIs(Unknown), Unknown},
	{"R-A1", "also while an order is signed", all(mriOrder, caudaEquinaIs(Yes)), Yes},
	{"R-A1", "also when seen for something else (C-33)", all(aboutBackIs(No), currentIs(No), caudaEquinaIs(Yes)), Yes},
	{"R-A2", "paresis progresses", paresisIs(Yes), Yes},
	{"R-A2", "denied", paresisIs(No), No},
	{"R-A2", "not asked", paresisIs(Unknown), Unknown},
	{"R-A3", "pain is intractable", painIs(Yes), Yes},
	{"R-A3", "denied", painIs(No), No},
	{"R-A3", "not asked", painIs(Unknown), Unknown},
	{"R-A4", "severe, course unknown", paresisUnclearIs(Yes), Yes},
	{"R-A4", "and whether it progresses is unknown too", all(paresisUnclearIs(Yes), paresisIs(Unknown)), Yes},
	{"R-A4", "it progresses: then R-A2 says it", all(paresisUnclearIs(Yes), paresisIs(Yes)), No},
	{"R-A4", "not severe", paresisUnclearIs(No), No},
	{"R-A4", "not measured", paresisUnclearIs(Unknown), Unknown},

	// S
	{"R-S1", "severe and stable", paresisStableIs(Yes), Yes},
	{"R-S1", "red flags open: beside R-Q1 (C-14)", all(paresisStableIs(Yes), redFlagsOpen(IntractablePain)), Yes},
	{"R-S1", "something is acute", all(paresisStableIs(Yes), painIs(Yes)), No},
	{"R-S1", "not severe", paresisStableIs(No), No},
	{"R-S1", "not measured", paresisStableIs(Unknown), Unknown},
	{"R-S2", "the record disagrees", disagreesIs(Yes), Yes},
	{"R-S2", "it does not", disagreesIs(No), No},
	{"R-S2", "something is acute (C-10)", all(disagreesIs(Yes), caudaEquinaIs(Yes)), No},
	{"R-S2", "seen for something else today (C-57)", all(disagreesIs(Yes), aboutBackIs(No)), No},
	{"R-S2", "nobody knows what for, in a current episode", all(disagreesIs(Yes), aboutBackIs(Unknown)), Yes},
	{"R-S2", "nobody knows what for, nor since when", all(disagreesIs(Yes), aboutBackIs(Unknown), currentIs(Unknown)), Unknown},
	{"R-S3", "serious pathology is suspected", pathologyIs(Yes), Yes},
	{"R-S3", "also while an order is signed (C-53)", all(mriOrder, pathologyIs(Yes)), Yes},
	{"R-S3", "red flags open (C-14)", all(pathologyIs(Yes), redFlagsOpen(Paralysis)), Yes},
	{"R-S3", "also when seen for something else", all(pathologyIs(Yes), aboutBackIs(No)), Yes},
	{"R-S3", "something is acute", all(pathologyIs(Yes), paresisIs(Yes)), No},
	{"R-S3", "denied", pathologyIs(No), No},
	{"R-S3", "not asked", pathologyIs(Unknown), Unknown},
	{"R-S4", "a sign stands, cauda equina refuted since (C-12)", settledIs(Yes), Yes},
	{"R-S4", "red flags open", all(settledIs(Yes), redFlagsOpen(Paralysis)), Yes},
	{"R-S4", "a newer sign stands too", all(settledIs(Yes), caudaEquinaIs(Yes)), No},
	{"R-S4", "no sign", settledIs(No), No},
	{"R-S4", "the record could not be read", settledIs(Unknown), Unknown},

	// Q
	{"R-Q0", "conditions unread, back pain known", gap(FromConditions, true), Yes},
	{"R-Q0", "observations unread, back pain known", gap(FromObservations, true), Yes},
	{"R-Q0", "also while an order is signed", all(mriOrder, gap(FromObservations, true)), Yes},
	{"R-Q0", "conditions unread, only the order speaks of the back", all(mriOrder, gap(FromConditions, true), backPainIs(No), aboutBackIs(Unknown)), Yes},
	{"R-Q0", "conditions unread, only an acute fact does (C-50)", all(gap(FromConditions, true), backPainIs(Unknown), aboutBackIs(Unknown), painIs(Yes)), Yes},
	{"R-Q0", "one condition unread", gap(FromConditions, false), No},
	{"R-Q0", "encounters unread", gap(FromEncounters, true), No},
	{"R-Q0", "conditions unread, nothing speaks of the back", all(gap(FromConditions, true), backPainIs(Unknown), aboutBackIs(Unknown)), Unknown},
	{"R-Q1", "a question is open", redFlagsOpen(SaddleSensation), Yes},
	{"R-Q1", "all are answered", redFlagsOpen(), No},
	{"R-Q1", "something is acute", all(redFlagsOpen(SaddleSensation), painIs(Yes)), No},
	{"R-Q1", "seen for something else today", all(redFlagsOpen(SaddleSensation), aboutBackIs(No)), No},
	{"R-Q1", "nobody knows what for, though the episode is current", all(redFlagsOpen(SaddleSensation), aboutBackIs(Unknown)), Unknown},
	{"R-Q2", "an old symptom, change not stated", changeIs(Yes), Yes},
	{"R-Q2", "something is acute", all(changeIs(Yes), painIs(Yes)), No},
	{"R-Q2", "none", changeIs(No), No},
	{"R-Q2", "the record could not be read", changeIs(Unknown), Unknown},
	{"R-Q3", "the page is unknown", pageIs(PageUnknown), Yes},
	{"R-Q3", "nobody knows what for, in a current episode (C-57)", all(pageIs(PageUnknown), aboutBackIs(Unknown)), Yes},
	{"R-Q3", "the page is known", pageIs(NerveRootPage), No},
	{"R-Q3", "the record disagrees: that is R-S2's", pageIs(Mismatch), No},
	{"R-Q3", "seen for something else today", all(pageIs(PageUnknown), aboutBackIs(No)), No},
	{"R-Q3", "something is acute", all(pageIs(PageUnknown), painIs(Yes)), No},
	{"R-Q3", "nobody knows what for, nor since when", all(pageIs(PageUnknown), aboutBackIs(Unknown), currentIs(Unknown)), Unknown},
	{"R-Q4", "third contact, not assessed", all(contactIs(3, 3), yellowIs(Unknown)), Yes},
	{"R-Q4", "possibly the third", all(contactIs(1, 3), yellowIs(Unknown)), Yes},
	{"R-Q4", "on an unknown page too", all(contactIs(3, 3), yellowIs(Unknown), pageIs(PageUnknown)), Yes},
	{"R-Q4", "second contact", all(contactIs(2, 2), yellowIs(Unknown)), No},
	{"R-Q4", "assessed: none", all(contactIs(3, 3), yellowIs(No)), No},
	{"R-Q4", "assessed: present", all(contactIs(3, 3), yellowIs(Yes)), No},
	{"R-Q4", "contact unknown (C-32)", all(contactUnknown, yellowIs(Unknown)), Unknown},

	// P
	{"R-P1", "non-specific, first contact", contactIs(1, 1), Yes},
	{"R-P1", "nobody knows what for, in a current episode (C-33)", aboutBackIs(Unknown), Yes},
	{"R-P1", "seen for something else today", aboutBackIs(No), No},
	{"R-P1", "nobody knows what for, and the episode is long past", all(aboutBackIs(Unknown), currentIs(No)), No},
	{"R-P1", "second contact", contactIs(2, 2), No},
	{"R-P1", "nerve root", pageIs(NerveRootPage), No},
	{"R-P1", "page unknown", pageIs(PageUnknown), Unknown},
	{"R-P1", "page in doubt", pageIs(Mismatch), Unknown},
	{"R-P1", "contact unknown (C-32)", contactUnknown, Unknown},
	{"R-P2", "nerve root, first contact", pageIs(NerveRootPage), Yes},
	{"R-P2", "non-specific", pageIs(Nonspecific), No},
	{"R-P2", "third contact", all(pageIs(NerveRootPage), contactIs(3, 3)), No},
	{"R-P2", "contact unknown (C-32)", all(pageIs(NerveRootPage), contactUnknown), Unknown},
	{"R-P3", "second contact, non-specific", contactIs(2, 2), Yes},
	{"R-P3", "second contact, nerve root", all(contactIs(2, 2), pageIs(NerveRootPage)), Yes},
	{"R-P3", "third contact", contactIs(3, 3), No},
	{"R-P3", "contact unknown (C-32)", contactUnknown, Unknown},
	{"R-P3", "page unknown", all(contactIs(2, 2), pageIs(PageUnknown)), Unknown},
	{"R-P4", "third contact, yellow flags", all(contactIs(3, 3), yellowIs(Yes)), Yes},
	{"R-P4", "possibly the third", all(contactIs(2, 3), yellowIs(Yes)), Yes},
	{"R-P4", "contact unknown (C-32)", all(contactUnknown, yellowIs(Yes)), Yes},
	{"R-P4", "second contact", all(contactIs(2, 2), yellowIs(Yes)), No},
	{"R-P4", "no yellow flags", all(contactIs(3, 3), yellowIs(No)), No},
	{"R-P4", "nerve root (hazard 13)", all(contactIs(3, 3), yellowIs(Yes), pageIs(NerveRootPage)), No},
	{"R-P4", "yellow flags not assessed", all(contactIs(3, 3), yellowIs(Unknown)), Unknown},
	{"R-P4", "yellow flags not assessed, contact unknown", all(contactUnknown, yellowIs(Unknown)), Unknown},
	{"R-P5", "third contact", contactIs(3, 3), Yes},
	{"R-P5", "third contact, requests unread", all(contactIs(3, 3), referralIs(Unknown)), Yes},
	{"R-P5", "a referral to the secondary sector is open (C-35)", all(contactIs(3, 3), referralIs(Yes)), No},
	{"R-P5", "second contact", contactIs(2, 2), No},
	{"R-P5", "nerve root", all(contactIs(3, 3), pageIs(NerveRootPage)), No},
	{"R-P5", "contact unknown (C-32)", contactUnknown, Unknown},
	{"R-P6", "fourth contact, no clear improvement", all(contactIs(4, 4), improvedIs(No)), Yes},
	{"R-P6", "possibly the fourth", all(contactIs(1, 4), improvedIs(No)), Yes},
	{"R-P6", "contact unknown (C-32)", all(contactUnknown, improvedIs(No)), Yes},
	{"R-P6", "third contact (hazard 12)", all(contactIs(3, 3), improvedIs(No)), No},
	{"R-P6", "clear improvement", all(contactIs(4, 4), improvedIs(Yes)), No},
	{"R-P6", "the MRI criteria are not met: it does not block (A-07)", all(contactIs(4, 4), improvedIs(No), treatedFor(1, 1)), Yes},
	{"R-P6", "improvement not stated", all(contactIs(4, 4), improvedIs(Unknown)), Unknown},
	{"R-P6", "nerve root", all(contactIs(4, 4), improvedIs(No), pageIs(NerveRootPage)), No},
	{"R-P7", "nerve root, third contact, no clear improvement (hazard 12)", all(pageIs(NerveRootPage), contactIs(3, 3), improvedIs(No)), Yes},
	{"R-P7", "contact unknown (C-32)", all(pageIs(NerveRootPage), contactUnknown, improvedIs(No)), Yes},
	{"R-P7", "second contact", all(pageIs(NerveRootPage), contactIs(2, 2), improvedIs(No)), No},
	{"R-P7", "non-specific", all(contactIs(3, 3), improvedIs(No)), No},
	{"R-P7", "page unknown: not \"not yet\" (hazard 12)", all(pageIs(PageUnknown), contactIs(3, 3), improvedIs(No)), Unknown},
	{"R-P8", "fourth contact, improvement not stated", all(contactIs(4, 4), improvedIs(Unknown)), Yes},
	{"R-P8", "nerve root, third contact, improvement not stated", all(pageIs(NerveRootPage), contactIs(3, 3), improvedIs(Unknown)), Yes},
	{"R-P8", "third contact", all(contactIs(3, 3), improvedIs(Unknown)), No},
	{"R-P8", "improvement stated", all(contactIs(4, 4), improvedIs(No)), No},
	{"R-P8", "page unknown", all(pageIs(PageUnknown), contactIs(4, 4), improvedIs(Unknown)), Unknown},
	{"R-P8", "contact unknown (C-32)", all(contactUnknown, improvedIs(Unknown)), Unknown},
	{"R-P9", "nerve root, second contact", all(pageIs(NerveRootPage), contactIs(2, 2)), Yes},
	{"R-P9", "possibly the second", all(pageIs(NerveRootPage), contactIs(1, 2)), Yes},
	{"R-P9", "red flags open", all(pageIs(NerveRootPage), contactIs(2, 2), redFlagsOpen(Paralysis)), Yes},
	{"R-P9", "first contact: not to pre-empt the examination (A-12)", pageIs(NerveRootPage), No},
	{"R-P9", "something is acute", all(pageIs(NerveRootPage), contactIs(2, 2), painIs(Yes)), No},
	{"R-P9", "non-specific", contactIs(2, 2), No},
	{"R-P9", "contact unknown (C-32)", all(pageIs(NerveRootPage), contactUnknown), Unknown},
	{"R-P10", "fifth contact", contactIs(5, 5), Yes},
	{"R-P10", "possibly the fifth", contactIs(2, 5), Yes},
	{"R-P10", "fourth contact", contactIs(4, 4), No},
	{"R-P10", "nerve root", all(contactIs(5, 5), pageIs(NerveRootPage)), No},
	{"R-P10", "contact unknown (C-32)", contactUnknown, Unknown},
	{"R-P11", "every criterion met before the fourth contact", all(contactIs(3, 3), treatedFor(4, 4), withoutEffectIs(Yes)), Yes},
	{"R-P11", "fourth contact: then R-P6", all(contactIs(4, 4), treatedFor(4, 4), withoutEffectIs(Yes)), No},
	{"R-P11", "three weeks", all(treatedFor(3, 3), withoutEffectIs(Yes)), No},
	{"R-P11", "it worsens", all(treatedFor(4, 4), withoutEffectIs(Yes), worseIs(Yes)), No},
	{"R-P11", "nerve root", all(treatedFor(4, 4), withoutEffectIs(Yes), pageIs(NerveRootPage)), No},
	{"R-P11", "red flags open (hazard 3)", all(treatedFor(4, 4), withoutEffectIs(Yes), redFlagsOpen(Paralysis)), Unknown},
	{"R-P11", "worsening not stated", all(treatedFor(4, 4), withoutEffectIs(Yes), worseIs(Unknown)), Unknown},
	{"R-P11", "contact unknown (C-57)", all(contactUnknown, treatedFor(4, 4), withoutEffectIs(Yes)), Unknown},
	{"R-P12", "nerve root, yellow flags", all(pageIs(NerveRootPage), yellowIs(Yes)), Yes},
	{"R-P12", "no yellow flags", all(pageIs(NerveRootPage), yellowIs(No)), No},
	{"R-P12", "non-specific", yellowIs(Yes), No},
	{"R-P12", "not assessed", all(pageIs(NerveRootPage), yellowIs(Unknown)), Unknown},

	// I, X, O
	{"R-X1", "younger than eighteen", minorIs(Yes), Yes},
	{"R-X1", "pregnant", pregnantIs(Yes), Yes},
	{"R-X1", "in pain for 85 days", onsetIs(daysAgo(85)), Yes},
	{"R-X1", "in pain for twelve weeks", onsetIs(daysAgo(84)), No},
	{"R-X1", "younger than eighteen, something is acute", all(minorIs(Yes), painIs(Yes)), No},
	{"R-X1", "younger than eighteen, seen for something else", all(minorIs(Yes), aboutBackIs(No)), No},
	{"R-X1", "nobody knows the age", minorIs(Unknown), Unknown},
	{"R-O1", "a contact about the back", aboutBackIs(Yes), Yes},
	{"R-O1", "red flags open", redFlagsOpen(Paralysis), Yes},
	{"R-O1", "severe and stable weakness", paresisStableIs(Yes), No},
	{"R-O1", "cauda equina refuted, a sign stands (C-52)", settledIs(Yes), No},
	{"R-O1", "serious pathology is suspected", pathologyIs(Yes), No},
	{"R-O1", "something is acute (hazard 14)", caudaEquinaIs(Yes), No},
	{"R-O1", "something else", aboutBackIs(No), No},
	{"R-O1", "nobody knows what for", aboutBackIs(Unknown), Unknown},
	{"R-I1", "a contact about the back", aboutBackIs(Yes), Yes},
	{"R-I1", "nerve root", pageIs(NerveRootPage), Yes},
	{"R-I1", "something is acute", painIs(Yes), No},
	{"R-I1", "something else", aboutBackIs(No), No},
	{"R-I1", "page unknown: neither page's words", pageIs(PageUnknown), Unknown},

	// Orders
	{"O-A", "MRI while cauda equina is suspected (hazard 1)", all(mriOrder, caudaEquinaIs(Yes)), Yes},
	{"O-A", "physiotherapy for the knee of an acute patient", all(physio, orderFor(No), painIs(Yes)), No},
	{"O-A", "physiotherapy for who knows what", all(physio, painIs(Yes)), Yes},
	{"O-A", "MRI of the lumbar spine, its reason said to be another", all(mriOrder, orderFor(No), painIs(Yes)), Yes},
	{"O-A", "MRI and nothing acute", mriOrder, No},
	{"O-A", "MRI and red flags open", all(mriOrder, redFlagsOpen(Paralysis)), Unknown},
	{"O-M1", "MRI while it worsens (hazard 2)", all(mriOrder, worseIs(Yes)), Yes},
	{"O-M1", "MRI while serious pathology is suspected", all(mriOrder, pathologyIs(Yes)), Yes},
	{"O-M1", "one suspected, the other not asked", all(mriOrder, pathologyIs(Yes), worseIs(Unknown)), Yes},
	{"O-M1", "on the other page too (C-08)", all(mriOrder, worseIs(Yes), pageIs(NerveRootPage)), Yes},
	{"O-M1", "on no page too (C-08)", all(mriOrder, worseIs(Yes), pageIs(PageUnknown)), Yes},
	{"O-M1", "red flags open", all(mriOrder, worseIs(Yes), redFlagsOpen(Paralysis)), Yes},
	{"O-M1", "something is acute: then O-A", all(mriOrder, worseIs(Yes), painIs(Yes)), No},
	{"O-M1", "neither", mriOrder, No},
	{"O-M1", "not asked", all(mriOrder, worseIs(Unknown)), Unknown},
	{"O-M2", "three weeks", all(mriOrder, treatedFor(3, 3), withoutEffectIs(Yes)), Yes},
	{"O-M2", "four weeks with some effect", all(mriOrder, treatedFor(4, 4), withoutEffectIs(No)), Yes},
	{"O-M2", "four weeks without effect", all(mriOrder, treatedFor(4, 4), withoutEffectIs(Yes)), No},
	{"O-M2", "three weeks, and it worsens (hazard 2)", all(mriOrder, treatedFor(3, 3), worseIs(Yes)), No},
	{"O-M2", "three weeks, and serious pathology is suspected (A-05)", all(mriOrder, treatedFor(3, 3), pathologyIs(Yes)), No},
	{"O-M2", "three weeks, and something is acute", all(mriOrder, treatedFor(3, 3), painIs(Yes)), No},
	{"O-M2", "nerve root", all(mriOrder, treatedFor(3, 3), pageIs(NerveRootPage)), No},
	{"O-M2", "three weeks, red flags open", all(mriOrder, treatedFor(3, 3), redFlagsOpen(Paralysis)), Unknown},
	{"O-M2", "three weeks, suspicion not asked (hazard 19)", all(mriOrder, treatedFor(3, 3), pathologyIs(Unknown)), Unknown},
	{"O-M3", "red flags open", all(mriOrder, redFlagsOpen(Paralysis)), Yes},
	{"O-M3", "red flags open on the other page (C-08)", all(mriOrder, redFlagsOpen(Paralysis), pageIs(NerveRootPage)), Yes},
	{"O-M3", "red flags open on no page (C-08)", all(mriOrder, redFlagsOpen(Paralysis), pageIs(PageUnknown)), Yes},
	{"O-M3", "weeks unknown", all(mriOrder, treatedUnknown), Yes},
	{"O-M3", "suspicion not asked (hazard 19)", all(mriOrder, treatedFor(3, 3), pathologyIs(Unknown)), Yes},
	{"O-M3", "worsening not asked on the other page (C-57)", all(mriOrder, worseIs(Unknown), pageIs(NerveRootPage)), No},
	{"O-M3", "all answered", mriOrder, No},
	{"O-M3", "something is acute", all(mriOrder, redFlagsOpen(Paralysis), painIs(Yes)), No},
	{"O-M4", "every criterion met", all(mriOrder, treatedFor(6, 6), withoutEffectIs(Yes)), Yes},
	{"O-M4", "not met", mriOrder, No},
	{"O-M4", "weeks unknown", all(mriOrder, treatedUnknown), Unknown},
	{"O-M5", "fourth contact, no clear improvement, no referral", all(mriOrder, contactIs(4, 4), improvedIs(No)), Yes},
	{"O-M5", "nerve root, third contact", all(mriOrder, pageIs(NerveRootPage), contactIs(3, 3), improvedIs(No)), Yes},
	{"O-M5", "possibly the fourth", all(mriOrder, contactIs(2, 4), improvedIs(No)), Yes},
	{"O-M5", "requests unread", all(mriOrder, contactIs(4, 4), improvedIs(No), referralIs(Unknown)), Yes},
	{"O-M5", "a referral is open", all(mriOrder, contactIs(4, 4), improvedIs(No), referralIs(Yes)), No},
	{"O-M5", "third contact", all(mriOrder, contactIs(3, 3), improvedIs(No)), No},
	{"O-M5", "clear improvement", all(mriOrder, contactIs(4, 4)), No},
	{"O-M5", "something is acute", all(mriOrder, contactIs(4, 4), improvedIs(No), painIs(Yes)), No},
	{"O-M5", "contact unknown", all(mriOrder, contactUnknown, improvedIs(No)), Unknown},
	{"O-M5", "improvement not stated", all(mriOrder, contactIs(4, 4), improvedIs(Unknown)), Unknown},
	{"O-M6", "nerve root, second contact", all(mriOrder, pageIs(NerveRootPage), contactIs(2, 2)), Yes},
	{"O-M6", "nerve root, third contact", all(mriOrder, pageIs(NerveRootPage), contactIs(3, 3)), No},
	{"O-M6", "serious pathology is suspected", all(mriOrder, pageIs(NerveRootPage), pathologyIs(Yes)), No},
	{"O-M6", "it worsens", all(mriOrder, pageIs(NerveRootPage), worseIs(Yes)), No},
	{"O-M6", "something is acute", all(mriOrder, pageIs(NerveRootPage), painIs(Yes)), No},
	{"O-M6", "non-specific", mriOrder, No},
	{"O-M6", "first or second contact: the number has to be certain", all(mriOrder, pageIs(NerveRootPage), contactIs(1, 2)), Unknown},
	{"O-M6", "red flags open", all(mriOrder, pageIs(NerveRootPage), redFlagsOpen(Paralysis)), Unknown},
	{"O-M6", "suspicion not asked", all(mriOrder, pageIs(NerveRootPage), pathologyIs(Unknown)), Unknown},
	{"O-M6", "contact unknown (C-32)", all(mriOrder, pageIs(NerveRootPage), contactUnknown), Unknown},
	{"O-M7", "page unknown", all(mriOrder, pageIs(PageUnknown)), Yes},
	{"O-M7", "page known", mriOrder, No},
	{"O-M7", "something is acute", all(mriOrder, pageIs(PageUnknown), painIs(Yes)), No},
	{"O-M8", "already ordered", all(mriOrder, mriOrderedIs(Yes)), Yes},
	{"O-M8", "not ordered", mriOrder, No},
	{"O-M8", "something is acute", all(mriOrder, mriOrderedIs(Yes), painIs(Yes)), No},
	{"O-M8", "requests unread", all(mriOrder, mriOrderedIs(Unknown)), Unknown},
	{"O-X2", "X-ray, red flags open", all(xray, redFlagsOpen(Paralysis)), Yes},
	{"O-X2", "CT, red flags open", all(ordering(OrderCTLumbar), redFlagsOpen(Paralysis)), Yes},
	{"O-X2", "X-ray, all answered", xray, No},
	{"O-X2", "X-ray, something is acute", all(xray, redFlagsOpen(Paralysis), painIs(Yes)), No},
	{"O-P1", "nerve root", all(physio, pageIs(NerveRootPage)), Yes},
	{"O-P1", "non-specific: no card (C-07)", all(physio, contactIs(3, 3)), No},
	{"O-P1", "nerve root, for the knee", all(physio, orderFor(No), pageIs(NerveRootPage)), No},
	{"O-P1", "something is acute", all(physio, pageIs(NerveRootPage), painIs(Yes)), No},
	{"O-P1", "page unknown", all(physio, pageIs(PageUnknown)), Unknown},
	{"O-P2", "red flags open", all(physio, redFlagsOpen(Paralysis)), Yes},
	{"O-P2", "all answered", physio, No},
	{"O-P2", "something is acute", all(physio, redFlagsOpen(Paralysis), painIs(Yes)), No},
	{"O-P2", "for the knee", all(physio, orderFor(No), redFlagsOpen(Paralysis)), No},
	{"O-P2", "for the back, seen for something else", all(physio, orderFor(Yes), redFlagsOpen(Paralysis), aboutBackIs(No)), Yes},
	{"O-P2", "an extended back work-up, seen for something else", all(ordering(OrderExtendedWorkup), redFlagsOpen(Paralysis), aboutBackIs(No)), Yes},
	{"O-P2", "for who knows what, seen for something else", all(physio, redFlagsOpen(Paralysis), aboutBackIs(No)), No},
	{"O-P2", "for who knows what, nor is this contact known", all(physio, redFlagsOpen(Paralysis), aboutBackIs(Unknown), currentIs(Unknown)), Unknown},
	{"O-R1", "first contact, all answered", neuro, Yes},
	{"O-R1", "non-specific, third contact", all(neuro, contactIs(3, 3)), Yes},
	{"O-R1", "non-specific, fourth contact", all(neuro, contactIs(4, 4)), No},
	{"O-R1", "nerve root, second contact", all(neuro, pageIs(NerveRootPage), contactIs(2, 2)), Yes},
	{"O-R1", "nerve root, third contact", all(neuro, pageIs(NerveRootPage), contactIs(3, 3)), No},
	{"O-R1", "yellow flags", all(neuro, yellowIs(Yes)), No},
	{"O-R1", "severe and stable weakness", all(neuro, paresisStableIs(Yes)), No},
	{"O-R1", "cauda equina refuted, a sign stands", all(neuro, settledIs(Yes)), No},
	{"O-R1", "serious pathology is suspected", all(neuro, pathologyIs(Yes)), No},
	{"O-R1", "it worsens", all(neuro, worseIs(Yes)), No},
	{"O-R1", "something is acute", all(neuro, painIs(Yes)), No},
	{"O-R1", "for the hands", all(neuro, orderFor(No)), No},
	{"O-R1", "yellow flags not assessed", all(neuro, yellowIs(Unknown)), Unknown},
	{"O-R1", "suspicion not asked", all(neuro, pathologyIs(Unknown)), Unknown},
	{"O-R1", "red flags open", all(neuro, redFlagsOpen(Paralysis)), Unknown},
	{"O-R1", "second or third contact of four", all(neuro, contactIs(2, 3)), Unknown},
	{"O-R1", "page unknown", all(neuro, pageIs(PageUnknown)), Unknown},
	{"O-R1", "contact unknown (C-32)", all(neuro, contactUnknown), Unknown},
	{"O-R2", "the step is reached", all(neuro, contactIs(4, 4)), Yes},
	{"O-R2", "it is not", neuro, No},
	{"O-R2", "page unknown", all(neuro, pageIs(PageUnknown)), Unknown},
	{"O-C1", "something is acute (A-13)", all(messageOut, painIs(Yes)), Yes},
	{"O-C1", "severe and stable weakness", all(messageOut, paresisStableIs(Yes)), Yes},
	{"O-C1", "cauda equina refuted, a sign stands (C-52)", all(messageOut, settledIs(Yes)), Yes},
	{"O-C1", "neither", messageOut, No},
	{"O-C1", "red flags open", all(messageOut, redFlagsOpen(Paralysis)), Unknown},

	// Extensions, switched on
	{"R-E1", "cancer, suspicion not asked", all(switchedOn("R-E1"), hintsIs(Yes), pathologyIs(Unknown)), Yes},
	{"R-E1", "cancer, suspicion denied", all(switchedOn("R-E1"), hintsIs(Yes)), No},
	{"R-E1", "switched off", all(hintsIs(Yes), pathologyIs(Unknown)), No},
	{"R-E1", "no hint known", all(switchedOn("R-E1"), hintsIs(Unknown), pathologyIs(Unknown)), Unknown},
	{"R-E2", "high risk, not assessed", all(switchedOn("R-E2"), startBackIs(Yes), yellowIs(Unknown)), Yes},
	{"R-E2", "high risk, assessed", all(switchedOn("R-E2"), startBackIs(Yes)), No},
	{"R-E2", "switched off", all(startBackIs(Yes), yellowIs(Unknown)), No},
	{"R-E2", "no score", all(switchedOn("R-E2"), startBackIs(Unknown), yellowIs(Unknown)), Unknown},
	{"R-E3", "high score, not asked", all(switchedOn("R-E3"), highScoreIs(Yes), painIs(Unknown)), Yes},
	{"R-E3", "high score, denied (A-11)", all(switchedOn("R-E3"), highScoreIs(Yes)), No},
	{"R-E3", "switched off", all(highScoreIs(Yes), painIs(Unknown)), No},
	{"R-E3", "no score", all(switchedOn("R-E3"), highScoreIs(Unknown), painIs(Unknown)), Unknown},
	{"O-S1", "MRI and a pacemaker", all(mriOrder, switchedOn("O-S1"), implantIs(Yes)), Yes},
	{"O-S1", "switched off", all(mriOrder, implantIs(Yes)), No},
	{"O-S1", "none known", all(mriOrder, switchedOn("O-S1"), implantIs(Unknown)), Unknown},
	{"O-S2", "X-ray and pregnancy", all(xray, switchedOn("O-S2"), pregnantIs(Yes)), Yes},
	{"O-S2", "MRI and pregnancy", all(mriOrder, switchedOn("O-S2"), pregnantIs(Yes)), Yes},
	{"O-S2", "switched off", all(xray, pregnantIs(Yes)), No},
	{"O-S2", "none known", all(xray, switchedOn("O-S2"), pregnantIs(Unknown)), Unknown},
	{"O-X1", "X-ray, all answered", all(xray, switchedOn("O-X1")), Yes},
	{"O-X1", "switched off", xray, No},
	{"O-X1", "serious pathology is suspected", all(xray, switchedOn("O-X1"), pathologyIs(Yes)), No},
	{"O-X1", "it worsens", all(xray, switchedOn("O-X1"), worseIs(Yes)), No},
	{"O-X1", "something is acute", all(xray, switchedOn("O-X1"), painIs(Yes)), No},
	{"O-X1", "red flags open", all(xray, switchedOn("O-X1"), redFlagsOpen(Paralysis)), Unknown},
	{"O-D1", "an opioid for an adult's acute back pain", all(opioid, switchedOn("O-D1"), orderFor(Yes)), Yes},
	{"O-D1", "switched off", all(opioid, orderFor(Yes)), No},
	{"O-D1", "a child", all(opioid, switchedOn("O-D1"), minorIs(Yes)), No},
	{"O-D1", "after 85 days", all(opioid, switchedOn("O-D1"), onsetIs(daysAgo(85))), No},
	{"O-D1", "something is acute", all(opioid, switchedOn("O-D1"), painIs(Yes)), No},
	{"O-D1", "for something else", all(opioid, switchedOn("O-D1"), orderFor(No)), No},
	{"O-D1", "age unknown", all(opioid, switchedOn("O-D1"), minorIs(Unknown)), Unknown},
	{"O-D2", "an opioid, pain not asked about", all(opioid, switchedOn("O-D2"), painIs(Unknown)), Yes},
	{"O-D2", "asked", all(opioid, switchedOn("O-D2")), No},
	{"O-D2", "switched off", all(opioid, painIs(Unknown)), No},
	{"O-D2", "for who knows what", all(opioid, switchedOn("O-D2"), painIs(Unknown), aboutBackIs(Unknown), currentIs(Unknown)), Unknown},
}

func TestTheDecisionTable(t *testing.T) {
	for _, row := range table {
		t.Run(row.rule+" "+row.name, func(t *testing.T) {
			if got := answerOf(Decide(calm(row.turn)), row.rule); got != row.want.String() {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

// Rules that rest only on what the program knows for certain are always
// judged; every other rule has to be shown undecided.
var neverUndecided = []string{"O-M3", "O-M7", "O-X2"}

func TestEveryRuleIsShownSpeakingSilentAndUndecided(t *testing.T) {
	shown := map[string]map[Answer]bool{}
	for _, row := range table {
		if shown[row.rule] == nil {
			shown[row.rule] = map[Answer]bool{}
		}
		shown[row.rule][row.want] = true
	}
	for _, rule := range Rules() {
		for _, answer := range []Answer{Yes, No, Unknown} {
			if wanted := answer != Unknown || !slices.Contains(neverUndecided, rule.ID); shown[rule.ID][answer] != wanted {
				t.Errorf("%s is shown answering %v: %v", rule.ID, answer, !wanted)
			}
		}
		delete(shown, rule.ID)
	}
	for id := range shown {
		t.Errorf("%s is in the table and not in the registry", id)
	}
}

// decision model 7.1 and 7.2, the columns Indicator and Class.
func TestTheRegistryIsTheContractsTable(t *testing.T) {
	type row struct {
		Urgency Urgency
		Class   Class
	}
	want := map[string]row{
		"R-A1": {Critical, SeedOp}, "R-A2": {Critical, SeedOp}, "R-A3": {Critical, Seed}, "R-A4": {Critical, SeedOp},
		"R-S1": {Warning, SeedOp}, "R-S2": {Warning, System}, "R-S3": {Warning, SeedOp}, "R-S4": {Warning, Seed},
		"R-Q0": {Warning, System}, "R-Q1": {Info, System}, "R-Q2": {Warning, System}, "R-Q3": {Info, System}, "R-Q4": {Info, Seed},
		"R-P1": {Info, Seed}, "R-P2": {Info, Seed}, "R-P3": {Info, Seed}, "R-P4": {Warning, Seed}, "R-P5": {Info, Seed},
		"R-P6": {Warning, Seed}, "R-P7": {Warning, Seed}, "R-P8": {Info, System}, "R-P9": {Info, Seed}, "R-P10": {Info, Seed},
		"R-P11": {Info, Seed}, "R-P12": {Info, Seed},
		"R-O1": {Info, Seed}, "R-I1": {Info, Seed}, "R-X1": {Info, System},
		"R-E1": {Info, Extension}, "R-E2": {Info, Extension}, "R-E3": {Info, Extension},
		"O-A": {Critical, SeedOp}, "O-M1": {Warning, Seed}, "O-M2": {Warning, Seed}, "O-M3": {Info, System}, "O-M4": {Info, Seed},
		"O-M5": {Info, Seed}, "O-M6": {Info, Seed}, "O-M7": {Info, System}, "O-M8": {Info, System},
		"O-S1": {Warning, Extension}, "O-S2": {Warning, Extension}, "O-X1": {Info, Extension}, "O-X2": {Warning, System},
		"O-P1": {Info, Seed}, "O-P2": {Info, System}, "O-R1": {Info, Seed}, "O-R2": {Info, Seed},
		"O-D1": {Info, Extension}, "O-D2": {Info, Extension}, "O-C1": {Warning, SeedOp},
	}
	got := map[string]row{}
	for _, rule := range Rules() {
		if _, twice := got[rule.ID]; twice {
			t.Errorf("%s stands twice", rule.ID)
		}
		got[rule.ID] = row{rule.Urgency, rule.Class}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryRuleSaysWhatItRestsOn(t *testing.T) {
	for _, rule := range Rules() {
		for _, id := range rule.Sentences {
			if SentenceText(id) == "" {
				t.Errorf("%s cites %s, which is no sentence of the leaflet", rule.ID, id)
			}
		}
		if rule.When == "" || rule.Then == "" || rule.Topic == "" {
			t.Errorf("%s does not say when, then or which topic", rule.ID)
		}
		switch rule.Class {
		case Extension:
			if rule.Source == "" || len(rule.Sentences) > 0 {
				t.Errorf("%s is from other guidance: source %q, sentences %v", rule.ID, rule.Source, rule.Sentences)
			}
		case Seed, SeedOp:
			if len(rule.Sentences) == 0 {
				t.Errorf("%s says it is the leaflet's and cites no sentence", rule.ID)
			}
		case System:
		}
		if isOrderRule := rule.ID[0] == 'O'; isOrderRule != (rule.Asked == OnOrders) || isOrderRule != (len(rule.orders) > 0) {
			t.Errorf("%s is asked at moment %d of %v", rule.ID, rule.Asked, rule.orders)
		}
	}
}

func TestTheRegistryCannotBeChangedFromOutside(t *testing.T) {
	Rules()[0] = nil
	if Rules()[0] == nil {
		t.Error("the registry was changed")
	}
	Leaflet()[0].Text = "something else"
	if Leaflet()[0].Text == "something else" {
		t.Error("the leaflet was changed")
	}
}

func TestTheLeafletsIDsAreUsedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, sentence := range Leaflet() {
		if seen[sentence.ID] || sentence.Text == "" {
			t.Errorf("%s stands twice or is empty", sentence.ID)
		}
		seen[sentence.ID] = true
	}
	if got := SentenceText("NS-C3-3"); got != "Ved gule flag henvis til sekundærsektor." {
		t.Errorf("NS-C3-3 reads %q", got)
	}
	if got := SentenceText("NS-C9-9"); got != "" {
		t.Errorf("a sentence that does not exist reads %q", got)
	}
}

// The decision as the GP meets it: which cards, in which order, what folds.
func TestWhatTheGPIsShown(t *testing.T) {
	tests := []struct {
		name string
		turn turn
		want []string
	}{
		{"the first contact: one card, information and second opinion folded in, last", nil, []string{"R-P1+R-I1+R-O1 info"}},
		{"with no other card, information stands alone", contactIs(3, 3), []string{"R-P5+R-I1+R-O1 info"}},
		{"and where nothing else speaks, it makes its own card", all(contactIs(3, 3), referralIs(Yes)), []string{"R-I1+R-O1 info"}},
		{"second opinion alone makes its own card", all(pageIs(Mismatch), contactIs(3, 3)), []string{"R-O1 info"}},
		{"nothing is said to a patient seen for something else", all(aboutBackIs(No), redFlagsOpen(Paralysis)), []string{}},
		{"folding goes to the last card", all(redFlagsOpen(Paralysis), contactIs(2, 2)), []string{"R-Q1 info", "R-P3+R-I1+R-O1 info"}},
		{"urgent before questions before plan", all(paresisStableIs(Yes), redFlagsOpen(Paralysis), contactIs(2, 2)), []string{"R-S1 warning", "R-Q1 info", "R-P3+R-I1 info"}},
		{"within a letter the more urgent first", all(changeIs(Yes), redFlagsOpen(Paralysis), contactIs(3, 3), referralIs(Yes)), []string{"R-Q2 warning", "R-Q1+R-I1+R-O1 info"}},
		{"within a letter and an urgency by number", all(pageIs(PageUnknown), redFlagsOpen(Paralysis), contactIs(3, 3), yellowIs(Unknown)), []string{"R-Q1 info", "R-Q3 info", "R-Q4+R-O1 info"}},
		{"a plan's warning before its options", all(contactIs(3, 3), yellowIs(Yes)), []string{"R-P4 warning", "R-P5+R-I1+R-O1 info"}},
		{"an extension's question after plan and before scope (C-40)", all(
			switchedOn("R-E1"), hintsIs(Yes), pathologyIs(Unknown), minorIs(Yes)), []string{"R-P1 info", "R-E1 info", "R-X1+R-I1+R-O1 info"}},
		{"scope after plan", all(minorIs(Yes)), []string{"R-P1 info", "R-X1+R-I1+R-O1 info"}},
		{"acute reasons are one card and nothing beside it", all(
			caudaEquinaIs(Yes), paresisIs(Yes), painIs(Yes), redFlagsOpen(BilateralSciatica), minorIs(Yes), disagreesIs(Yes)), []string{"R-A1+R-A2+R-A3 critical"}},
		{"progression says more than an unknown course", all(paresisUnclearIs(Yes), paresisIs(Yes)), []string{"R-A2 critical"}},
		{"acute while ordering: one card, O-A among its rules (C-01)", all(mriOrder, caudaEquinaIs(Yes)), []string{"R-A1+O-A critical"}},
		{"acute while ordering nothing that is a planned route (C-01)", all(ordering(OrderAcuteAdmission), caudaEquinaIs(Yes)), []string{"R-A1 critical"}},
		{"acute while ordering what nobody recognises (C-02)", all(ordering(OrderUnrecognised), caudaEquinaIs(Yes)), []string{"R-A1 critical"}},
		{"acute with no order at all (C-01)", all(hook(OrderSelect), painIs(Yes)), []string{"R-A3 critical"}},
		{"a message while acute is not for acute cases", all(messageOut, painIs(Yes)), []string{"R-A3+O-A+O-C1 critical"}},
		{"a message beside severe and stable weakness", all(messageOut, paresisStableIs(Yes)), []string{"O-C1 warning"}},
		{"no order, nothing acute: no card", hook(OrderSign), []string{}},
		{"an unrecognised order: no card (C-02)", ordering(OrderUnrecognised), []string{}},
		{"MRI, criteria met: quiet", all(mriOrder, treatedFor(6, 6), withoutEffectIs(Yes)), []string{}},
		{"MRI, red flags open: a warning (C-07)", all(mriOrder, redFlagsOpen(Paralysis)), []string{"O-M3 warning"}},
		{"MRI, weeks unknown: info", all(mriOrder, treatedUnknown), []string{"O-M3 info"}},
		{"MRI while it worsens", all(mriOrder, worseIs(Yes)), []string{"O-M1 warning"}},
		{"MRI while serious pathology is suspected: the suspicion first (C-53)", all(mriOrder, pathologyIs(Yes)), []string{"R-S3 warning", "O-M1 warning"}},
		{"a referral at the step: quiet", all(neuro, contactIs(4, 4)), []string{}},
		{"the order rules go by order, then by number (C-58)", all(
			ordering(OrderXRayLumbar, OrderMRILumbar), redFlagsOpen(Paralysis), mriOrderedIs(Yes)), []string{"O-X2 warning", "O-M3 warning", "O-M8 info"}},
		{"beyond three the least urgent goes, not the last (C-58)", all(
			ordering(OrderPhysiotherapy, OrderMRILumbar, OrderXRayLumbar, OrderCTLumbar), redFlagsOpen(Paralysis)), []string{"O-M3 warning", "O-X2 warning", "O-X2 warning"}},
		{"beyond three of one urgency the last goes (C-58)", all(
			ordering(OrderXRayLumbar, OrderCTLumbar, OrderXRayLumbar, OrderMRILumbar), redFlagsOpen(Paralysis)), []string{"O-X2 warning", "O-X2 warning", "O-X2 warning"}},
		{"an extension goes before anything of the leaflet's", all(
			switchedOn("O-S1"), mriOrder, implantIs(Yes), pathologyIs(Yes), mriOrderedIs(Yes)), []string{"R-S3 warning", "O-M1 warning", "O-M8 info"}},
		{"an extension stays where there is room", all(switchedOn("O-S1"), mriOrder, implantIs(Yes)), []string{"O-M2 warning", "O-S1 warning"}},
		{"of four, the last in order goes", all(
			pageIs(NerveRootPage), contactIs(3, 3), yellowIs(Unknown), redFlagsOpen(Paralysis), improvedIs(No)), []string{"R-Q1 info", "R-Q4 info", "R-P7+R-I1+R-O1 warning"}},
		{"what tells of an unread record stays, and stands first of the questions", all(
			gap(FromObservations, true), paresisStableIs(Yes), pathologyIs(Yes), settledIs(Yes)), []string{"R-S1 warning", "R-S3 warning", "R-Q0+R-I1 warning"}},
		{"an unread record beside an acute fact: the acute card", all(gap(FromConditions, true), painIs(Yes)), []string{"R-A3 critical"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := calm()
			if test.turn != nil {
				test.turn(f)
			}
			if diff := cmp.Diff(test.want, advice(Decide(f))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What spoke and is not shown stands in the trace, with the reason.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	left := func(d *Decision) []string {
		told := []string{}
		for _, l := range d.LeftOut {
			told = append(told, fmt.Sprintf("%s: %s", l.Verdict.Rule.ID, l.Because))
		}
		return told
	}
	tests := []struct {
		name string
		turn turn
		want []string
	}{
		{"nothing", nil, []string{}},
		{"the plan, beside an acute card", painIs(Yes), []string{"R-P1: an acute card stands"}},
		{
			"a fourth card", all(pageIs(NerveRootPage), contactIs(3, 3), yellowIs(Unknown), redFlagsOpen(Paralysis), improvedIs(No)),
			[]string{"R-P9: three cards stand already"},
		},
		{"quiet rules are not left out: they have no card", all(mriOrder, treatedFor(6, 6), withoutEffectIs(Yes)), []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := calm()
			if test.turn != nil {
				test.turn(f)
			}
			if diff := cmp.Diff(test.want, left(Decide(f))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Which rules are asked when.
func TestRulesAreAskedAtTheirMoment(t *testing.T) {
	for _, h := range []Hook{PatientView, OrderSelect, OrderSign} {
		d := Decide(calm(ordering(OrderMRILumbar, OrderPhysiotherapy), hook(h)))
		for _, v := range d.Verdicts {
			switch {
			case v.Rule.Asked == OnView && h != PatientView, v.Rule.Asked == OnOrders && h == PatientView:
				t.Errorf("%s is asked at %s", v.Rule.ID, h)
			case (v.Rule.Asked == OnOrders) != (v.Order != nil):
				t.Errorf("%s at %s is about order %v", v.Rule.ID, h, v.Order)
			}
		}
	}
}

func TestAnOrderRuleIsAskedOfEachOrderItIsAbout(t *testing.T) {
	d := Decide(calm(ordering(OrderPhysiotherapy, OrderMRILumbar, OrderChiropractic), pageIs(NerveRootPage)))
	var about []string
	for _, v := range d.Verdicts {
		if v.Rule.ID == "O-P1" {
			about = append(about, v.Order.Reference)
		}
	}
	if diff := cmp.Diff([]string{"ServiceRequest/physiotherapy", "ServiceRequest/chiropractic"}, about); diff != "" {
		t.Error(diff)
	}
}

// The planned routes of O-A: all but acute admission, follow-up and what
// nobody recognises.
func TestWhichOrdersAreTooSlowForAnAcutePatient(t *testing.T) {
	slow := map[Concept]bool{
		OrderMRILumbar: true, OrderCTLumbar: true, OrderXRayLumbar: true, OrderPhysiotherapy: true, OrderChiropractic: true,
		OrderNeurosurgery: true, OrderRheumatology: true, OrderSpineExamination: true, OrderSecondarySector: true, OrderSpecialist: true,
		OrderSecondOpinion: true, OrderOpioid: true,
		OrderAcuteAdmission: false, OrderUnrecognised: false,
	}
	for concept, want := range slow {
		got := answerOf(Decide(calm(ordering(concept), painIs(Yes))), "O-A") == "yes"
		if got != want {
			t.Errorf("%q is too slow: %v, want %v", concept, got, want)
		}
	}
}

// R-A1 and R-A2 are the leaflet's own words where the record uses them.
func TestTheClassOfAnAcuteReason(t *testing.T) {
	tests := []struct {
		name string
		told telling
		rule string
		want Class
	}{
		{"cauda equina is written down", and(diagnosed(CaudaEquina), answered(SaddleSensation, "reduced")), "R-A1", Seed},
		{"a sign of it", answered(SaddleSensation, "reduced"), "R-A1", SeedOp},
		{"progression is stated", answered(ParesisProgressive, "yes"), "R-A2", Seed},
		{"progression is stated and denied", and(answered(ParesisProgressive, "yes"), answered(ParesisProgressive, "no")), "R-A2", Seed},
		{"a fall in grades", series(leftFoot, 5, 4), "R-A2", SeedOp},
		{"paralysis, while progression is denied", and(answered(Paralysis, "yes"), answered(ParesisProgressive, "no")), "R-A2", SeedOp},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := verdictOf(t, Decide(story(test.told).read()), test.rule)
			if v.Class != test.want || !v.Answer.IsYes() {
				t.Errorf("%s %v is %s, want %s", test.rule, v.Answer, v.Class, test.want)
			}
		})
	}
}

// Nor does a "no" in those words make it so.
func TestAReasonThatIsDeniedKeepsItsClass(t *testing.T) {
	d := Decide(story(allRedFlagsDenied()).read())
	for _, id := range []string{"R-A1", "R-A2"} {
		if v := verdictOf(t, d, id); v.Class != SeedOp || v.Answer != No {
			t.Errorf("%s %v is %s", id, v.Answer, v.Class)
		}
	}
}

func TestAVerdictTellsEachPieceOfEvidenceOnce(t *testing.T) {
	d := Decide(story(backPain(), diagnosed(NerveRoot), answered(NerveRootInvolvement, "no"), seen("1", clock(9, 45))).read())
	v := verdictOf(t, d, "R-S2")
	if diff := cmp.Diff([]string{"Condition/2", "Observation/1"}, references(v.Evidence())); diff != "" {
		t.Error(diff)
	}
	pain := Evidence{Reference: "Observation/1"}
	twice := Verdict{Terms: []Term{is("one", yes(pain)), is("two", yes(pain, Evidence{Reference: "Observation/2"}))}}
	if diff := cmp.Diff([]string{"Observation/1", "Observation/2"}, references(twice.Evidence())); diff != "" {
		t.Error(diff)
	}
}

func TestAVerdictNamesThePageItAskedFor(t *testing.T) {
	for id, want := range map[string]string{"R-P1": "D-10 page NS", "R-P2": "D-10 page NR"} {
		if got := verdictOf(t, Decide(calm()), id).Terms[0].Asks; got != want {
			t.Errorf("%s asks for %q, want %q", id, got, want)
		}
	}
}

func TestUrgenciesHaveAnOrder(t *testing.T) {
	if !(Critical.rank() > Warning.rank() && Warning.rank() > Info.rank() && Info.rank() >= Urgency("").rank()) {
		t.Errorf("critical %d, warning %d, info %d", Critical.rank(), Warning.rank(), Info.rank())
	}
}

func TestTheLeadGivesTheCardItsSummary(t *testing.T) {
	d := Decide(calm(caudaEquinaIs(Yes), painIs(Yes)))
	if got := d.Advice[0].Lead().Rule.ID; got != "R-A1" {
		t.Errorf("%s leads", got)
	}
	if got := d.Advice[0].Topic; got != TopicAcute {
		t.Errorf("topic %s", got)
	}
}

// Law C-50: what speaks of the back.
func TestWhatSpeaksOfTheBack(t *testing.T) {
	silent := all(backPainIs(No), aboutBackIs(No))
	tests := []struct {
		name string
		turn turn
		want Answer
	}{
		{"nothing", silent, No},
		{"back pain", aboutBackIs(No), Yes},
		{"this contact", backPainIs(No), Yes},
		{"a selected MRI of the lumbar spine", all(silent, mriOrder), Yes},
		{"a selected X-ray of it", all(silent, xray), Yes},
		{"a message to the triage of backs", all(silent, messageOut), Yes},
		{"physiotherapy for the back", all(silent, physio, orderFor(Yes)), Yes},
		{"physiotherapy for who knows what", all(silent, physio), No},
		{"an acute fact", all(silent, caudaEquinaIs(Yes)), Yes},
		{"nobody knows", all(backPainIs(Unknown), aboutBackIs(Unknown)), Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wants(t, "speaks of the back", calm(test.turn).SpeaksOfBack().Answer, test.want)
		})
	}
}

// 7.2, O-M3: "D-9 = unassessable or D-7"; C-07: "with D-7: warning". Nothing
// else asks the red-flag questions when an MRI is ordered.
func TestMRIIsOrderedWhileItWorsensAndRedFlagsAreOpen(t *testing.T) {
	for name, wrong := range map[string]turn{"it worsens": worseIs(Yes), "serious pathology is suspected": pathologyIs(Yes)} {
		t.Run(name, func(t *testing.T) {
			d := Decide(calm(mriOrder, wrong, redFlagsOpen(SaddleSensation)))
			if v := verdictOf(t, d, "O-M3"); v.Answer != Yes || v.Urgency != Warning {
				t.Errorf("O-M3 says %v, %s; the GP is shown %v", v.Answer, v.Urgency, advice(d))
			}
		})
	}
}

// TestASilentRuleIsDecidedAndNotShown: an operator who wants to see first how
// often a rule would speak switches its cards off, but never an acute one and
// never what tells of an unread record.
func TestASilentRuleIsDecidedAndNotShown(t *testing.T) {
	f := calm()
	all(pageIs(NerveRootPage), contactIs(3, 3), yellowIs(Unknown), redFlagsOpen(Paralysis), improvedIs(No))(f)
	f.Parameters.Silent = []string{"R-Q1", "R-I1"}
	d := Decide(f)
	if diff := cmp.Diff([]string{"R-Q4 info", "R-P7 warning", "R-P9+R-O1 info"}, advice(d)); diff != "" {
		t.Errorf("the place in the list is another's (-want +got):\n%s", diff)
	}
	var silent []string
	for _, l := range d.LeftOut {
		if l.Because == "the rule is silent" {
			silent = append(silent, l.Verdict.Rule.ID)
		}
	}
	if diff := cmp.Diff([]string{"R-Q1", "R-I1"}, silent); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"R-A1", "R-A2", "R-A3", "R-A4", "O-A", "R-Q0"} {
		if slices.Contains(SilenceableIDs(), id) {
			t.Errorf("%s can be made silent", id)
		}
	}
	f = calm()
	all(gap(FromObservations, true), painIs(Yes))(f)
	f.Parameters.Silent = []string{"R-A3", "R-Q0"}
	if diff := cmp.Diff([]string{"R-A3 critical"}, advice(Decide(f))); diff != "" {
		t.Errorf("acute, whatever was written: %s", diff)
	}
	f = calm()
	all(gap(FromObservations, true))(f)
	f.Parameters.Silent = []string{"R-Q0"}
	if got := advice(Decide(f)); !strings.Contains(strings.Join(got, " "), "R-Q0") {
		t.Errorf("the unread record is not told: %v", got)
	}
}

// TestWhatWasDismissedIsNotShownAgain at the same contact: but what is acute
// stays, and so does what tells of an unread record.
func TestWhatWasDismissedIsNotShownAgain(t *testing.T) {
	f := calm()
	all(pageIs(NerveRootPage), contactIs(3, 3), yellowIs(Unknown), redFlagsOpen(Paralysis), improvedIs(No))(f)
	d := Decide(f)
	if diff := cmp.Diff([]string{"R-Q1 info", "R-P7+R-I1+R-O1 warning"}, advice(d.Without([]string{"R-Q4", "R-I1"}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"R-Q1 info", "R-Q4 info", "R-P7+R-I1+R-O1 warning"}, advice(d)); diff != "" {
		t.Errorf("the decision itself changed: %s", diff)
	}
	last := d.Without([]string{"R-Q4"}).LeftOut
	if out := last[len(last)-1]; out.Verdict.Rule.ID != "R-Q4" || out.Because != BecauseDismissed {
		t.Errorf("left out %s, since %s", out.Verdict.Rule.ID, out.Because)
	}
	f = calm()
	painIs(Yes)(f)
	if diff := cmp.Diff([]string{"R-A3 critical"}, advice(Decide(f).Without([]string{"R-A3"}))); diff != "" {
		t.Errorf("an acute card went: %s", diff)
	}
	f = calm()
	gap(FromObservations, true)(f)
	if got := advice(Decide(f).Without([]string{"R-Q0"})); !strings.Contains(strings.Join(got, " "), "R-Q0") {
		t.Errorf("the unread record is not told: %v", got)
	}
}
