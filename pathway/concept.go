package pathway

// Concept names one thing a record can speak of, whatever code system it was
// written in. The value is the name of the value set, or of our own finding or
// order code, that stands for it.
type Concept string

// Conditions: what the record calls a problem or a diagnosis.
const (
	LowBackPain         Concept = "lbp"
	LowBackPainBroad    Concept = "lbp-broad"       // back pain, the level not said
	NonspecificStated   Concept = "lbp-nonspecific" // a code that itself says "no radiating pain" (L84, M54.5)
	NerveRoot           Concept = "nerve-root"
	DiscProlapse        Concept = "disc-prolapse" // a hint of nerve-root involvement, never a statement of it
	CaudaEquina         Concept = "cauda-equina"
	SaddleSensoryLoss   Concept = "saddle-sensory-loss"
	UrinaryRetention    Concept = "urinary-retention"
	UrinaryProblem      Concept = "urinary-problem-other"
	UrinaryIncontinence Concept = "urinary-incontinence"
	FaecalIncontinence  Concept = "faecal-incontinence"
	LegWeakness         Concept = "leg-weakness"
	LegParalysis        Concept = "leg-paralysis"
	WeaknessUngraded    Concept = "leg-paralysis-or-weakness" // ICPC-2 N18: weakness in English, paralysis in Danish
	Cancer              Concept = "cancer"
	WeightLoss          Concept = "weight-loss"
	Fever               Concept = "fever"
	NightSweats         Concept = "night-sweats"
	SpinalInfection     Concept = "spinal-infection"
	IVDrugUse           Concept = "iv-drug-use"
	Immunosuppression   Concept = "immunosuppression"
	Osteoporosis        Concept = "osteoporosis"
	VertebralFracture   Concept = "vertebral-fracture"
	Fracture            Concept = "fracture"
	Pregnancy           Concept = "pregnancy"
	Pacemaker           Concept = "cardiac-pacemaker"
)

// Questions: what an Observation in our own finding codes answers.
const (
	NerveRootInvolvement  Concept = "nerve-root-involvement"
	ContactNumber         Concept = "lbp-contact-number"
	Course                Concept = "lbp-course"
	ClearImprovement      Concept = "lbp-clear-improvement"
	SaddleSensation       Concept = "saddle-sensation"
	AnalTone              Concept = "anal-tone"
	BladderDisturbance    Concept = "bladder-disturbance"
	BowelDisturbance      Concept = "bowel-disturbance"
	BilateralSciatica     Concept = "bilateral-sciatica"
	LegStrength           Concept = "leg-strength"
	ParesisProgressive    Concept = "paresis-progressive"
	Paralysis             Concept = "paralysis"
	IntractablePain       Concept = "intractable-pain"
	SeriousPathology      Concept = "serious-pathology-suspected"
	RedFlagCheck          Concept = "redflag-check"
	YellowFlags           Concept = "yellow-flags"
	OtherTreatment        Concept = "other-treatment"
	Exercise              Concept = "exercise"
	TreatmentEffect       Concept = "treatment-effect"
	PainNumericRating     Concept = "pain-nrs"
	PostVoidResidual      Concept = "post-void-residual-volume" // no verified code exists yet
	StartBackRisk         Concept = "start-back"                // no verified code exists yet
	SexualDysfunctionNote Concept = "sexual-dysfunction"        // no verified code exists yet
)

// Treatments: what has been done, as Procedures or completed requests.
const (
	PhysiotherapyDone Concept = "physiotherapy-done"
	ChiropracticDone  Concept = "chiropractic-done"
	ExerciseDone      Concept = "exercise-done"
)

// Orders: what is asked for, drafted by the GP or open in the record.
const (
	OrderMRILumbar        Concept = "order-mri-lumbar"
	OrderCTLumbar         Concept = "order-ct-lumbar"
	OrderXRayLumbar       Concept = "order-xr-lumbar"
	OrderPhysiotherapy    Concept = "physiotherapy"
	OrderChiropractic     Concept = "chiropractic"
	OrderNeurosurgery     Concept = "refer-neurosurgery"
	OrderRheumatology     Concept = "refer-rheumatology"
	OrderSpineExamination Concept = "refer-examination-spine"
	OrderSecondarySector  Concept = "secondary-sector"
	OrderSpecialist       Concept = "practising-specialist"
	OrderExtendedWorkup   Concept = "extended-back-workup"
	OrderProlapsePackage  Concept = "prolapse-package"
	OrderMunicipal        Concept = "municipal-service"
	OrderSecondOpinion    Concept = "second-opinion"
	OrderFollowUp         Concept = "follow-up"
	OrderAcuteAdmission   Concept = "acute-admission"
	OrderOpioid           Concept = "opioid"
	OrderUnrecognised     Concept = "" // order rules stay silent
)
