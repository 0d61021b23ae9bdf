package pathway

import (
	"testing"
	"time"
)

// What the contract asks for and the code does not do yet. A test leaves this
// file for the one about its noun when it passes.

// Section 5, number 5: of two numbers at one moment nobody knows which holds;
// it is not for the order of the record to say.
func TestTwoNumbersAtOneMomentDoNotDependOnTheirOrder(t *testing.T) {
	two, three := scored(ContactNumber, 2), scored(ContactNumber, 3)
	first, second := story(backPain(), two, three).read().Contact, story(backPain(), three, two).read().Contact
	if first.numbers() != second.numbers() {
		t.Errorf("%v in one order, %v in the other", first.numbers(), second.numbers())
	}
}

// F-19: "latest against every earlier value"; one value has no trend. Two that
// may be one measurement show none.
func TestTwoGradesThatMayBeOneMeasurementAreNoTrend(t *testing.T) {
	tellStrength(t, []ended{
		{"3 at nine and 3 today", and(measured(leftFoot, 3, clock(9, 0)), measured(leftFoot, 3, today())), unclear},
		{"3 today and 3 this month", and(measured(leftFoot, 3, today()), measured(leftFoot, 3, month(2026, time.November))), unclear},
		{"3 today and 3 last month", and(measured(leftFoot, 3, today()), measured(leftFoot, 3, month(2026, time.October))), stable},
	})
}
