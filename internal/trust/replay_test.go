package trust_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rygkort/internal/trust"
)

func TestATokenIsLetInOnce(t *testing.T) {
	w := newWorld(t)
	used := good().with(members{"jti": "the-same-jti"})
	again := used.bearer()
	w.letsIn(again)
	w.turnsAway(trust.ErrReplay, again)
	w.turnsAway(trust.ErrReplay, used.with(members{"alg": "RS256", "kid": "rsa"}).bearer()) // the jti counts, not the token
	w.letsIn(good().with(members{"jti": "the-same-jti", "iss": clinic, "kid": "clinic-1", "tenant": "t1"}).bearer())
}

func TestATokenIsNotGoodAgainBeforeItHasExpired(t *testing.T) {
	w := newWorld(t)
	used := good().bearer()
	w.letsIn(used)
	for range 5*60 + 59 {
		w.clock.pass(time.Second)
		w.turnsAway(trust.ErrReplay, used)
	}
	for range 300 {
		w.clock.pass(time.Second)
		w.turnsAway(trust.ErrExpired, used)
	}
}

func TestOfAHundredCallsAtOnceOneIsLetIn(t *testing.T) {
	w := newWorld(t)
	for _, token := range []string{good().bearer(), good().bearer(), good().bearer()} {
		var calls sync.WaitGroup
		var let, refused atomic.Int64
		begin := make(chan struct{})
		for range 100 {
			calls.Go(func() {
				<-begin
				_, err := w.admit(token)
				switch {
				case err == nil:
					let.Add(1)
				case errors.Is(err, trust.ErrReplay):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(begin)
		calls.Wait()
		if let.Load() != 1 || refused.Load() != 99 {
			t.Errorf("%d let in and %d refused", let.Load(), refused.Load())
		}
	}
}

func TestARefusedTokenIsNotUsedUp(t *testing.T) {
	w := newWorld(t)
	token := good().bearer()
	w.turnsAway(trust.ErrAudience, token, feedback)
	w.letsIn(token)
	// Nor does a stranger use up a client's jti.
	w.turnsAway(trust.ErrSignature, good().with(members{"jti": "the-same-jti"}).signedWith("clinic-1", "ES256").bearer())
	w.letsIn(good().with(members{"jti": "the-same-jti"}).bearer())
}

func TestUsedTokensOutliveTheGate(t *testing.T) {
	memory := trust.NewReplayMemory((&clock{}).now, 0)
	keep := func(s *trust.Settings) { s.Replay = memory }
	token := good().bearer()
	newWorld(t, keep).letsIn(token)
	newWorld(t, keep).turnsAway(trust.ErrReplay, token)
}

type brokenMemory struct{ error }

func (b brokenMemory) Once(context.Context, string, string, time.Time) (bool, error) {
	return true, b.error
}

func TestWhereNobodyRemembersNobodyIsLetIn(t *testing.T) {
	cause := errors.New("the database is away")
	w := newWorld(t, func(s *trust.Settings) { s.Replay = brokenMemory{cause} })
	admission, err := w.admit(good().bearer())
	if !errors.Is(err, trust.ErrReplayUnavailable) || !errors.Is(err, cause) || admission != (trust.Admission{}) {
		t.Errorf("admission %+v, error %v", admission, err)
	}
	if denied := (&trust.Denied{}); errors.As(err, &denied) {
		t.Error("a fault of ours is told as the caller's")
	}
}

func TestAFullMemoryRefusesRatherThanForgets(t *testing.T) {
	at := &clock{}
	memory := trust.NewReplayMemory(at.now, 3)
	once := func(issuer, jti string, until time.Duration) (bool, error) {
		return memory.Once(t.Context(), issuer, jti, start.Add(until))
	}
	for i := range 3 {
		if first, err := once("a", fmt.Sprint(i), time.Duration(3-i)*time.Minute); !first || err != nil {
			t.Fatalf("%d: %t, %v", i, first, err)
		}
	}
	if first, err := once("a", "3", time.Minute); first || !errors.Is(err, trust.ErrReplayFull) {
		t.Errorf("the fourth: %t, %v", first, err)
	}
	if first, err := once("a", "0", time.Minute); first || err != nil {
		t.Errorf("one that was used: %t, %v", first, err)
	}
	if first, err := once("b", "0", time.Minute); !first || err != nil {
		t.Errorf("another issuer's: %t, %v", first, err)
	}
	at.pass(time.Minute) // the one that ends first was used last
	if first, err := once("a", "3", 2*time.Minute); !first || err != nil {
		t.Errorf("after one has ended: %t, %v", first, err)
	}
	if first, err := once("a", "2", 2*time.Minute); first || !errors.Is(err, trust.ErrReplayFull) {
		t.Errorf("and it is full again: %t, %v", first, err)
	}
	if first, err := once("b", "late", time.Minute); first || err != nil {
		t.Errorf("what ended before it came: %t, %v", first, err)
	}
}
