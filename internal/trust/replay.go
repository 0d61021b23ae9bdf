package trust

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"
)

// Replay remembers which tokens were used (R192).
type Replay interface {
	// Once reports whether this jti of this issuer is seen for the first time, and
	// remembers it at least until that time. Of any number of calls at once exactly
	// one is the first. An error lets nobody in; it must not quote the jti.
	Once(ctx context.Context, issuer, jti string, until time.Time) (first bool, err error)
}

// ErrReplayFull says that an issuer has used more tokens than are remembered.
var ErrReplayFull = errors.New("the issuer has used more tokens than are remembered")

// ReplayMemory is a [Replay] of one process.
//
// It holds so many tokens of each issuer. When all of them are still good, it
// refuses further ones rather than forget one, which could then be used again;
// whoever floods it locks out only himself.
type ReplayMemory struct {
	clock func() time.Time
	most  int

	mu      sync.Mutex
	issuers map[string]*usedTokens
}

// NewReplayMemory makes a memory for so many good tokens of each issuer; zero
// means 100,000, some 200 calls a second.
func NewReplayMemory(clock func() time.Time, mostOfIssuer int) *ReplayMemory {
	if mostOfIssuer <= 0 {
		mostOfIssuer = 100_000
	}
	return &ReplayMemory{clock: clock, most: mostOfIssuer, issuers: map[string]*usedTokens{}}
}

// Once is that of [Replay]. Its error is [ErrReplayFull].
func (m *ReplayMemory) Once(_ context.Context, issuer, jti string, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	used := m.issuers[issuer]
	if used == nil {
		used = &usedTokens{ids: map[string]bool{}}
		m.issuers[issuer] = used
	}
	used.forget(now)
	switch {
	case used.ids[jti]:
		return false, nil
	case !until.After(now):
		return false, nil // it may have been here and be forgotten
	case len(used.order) >= m.most:
		return false, ErrReplayFull
	}
	used.ids[jti] = true
	heap.Push(&used.order, usedToken{jti, until})
	return true, nil
}

// usedTokens are those of one issuer.
type usedTokens struct {
	ids   map[string]bool
	order byEnd
}

type usedToken struct {
	jti   string
	until time.Time
}

// forget drops what is not good any more.
func (u *usedTokens) forget(now time.Time) {
	for len(u.order) > 0 && !u.order[0].until.After(now) {
		ended, _ := heap.Pop(&u.order).(usedToken)
		delete(u.ids, ended.jti)
	}
}

// byEnd is a heap, the first to end on top.
type byEnd []usedToken

func (b byEnd) Len() int           { return len(b) }
func (b byEnd) Less(i, j int) bool { return b[i].until.Before(b[j].until) }
func (b byEnd) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

// Push is for package heap only.
func (b *byEnd) Push(token any) {
	if used, isToken := token.(usedToken); isToken {
		*b = append(*b, used)
	}
}

// Pop is for package heap only.
func (b *byEnd) Pop() any {
	last := len(*b) - 1
	token := (*b)[last]
	(*b)[last] = usedToken{}
	*b = (*b)[:last]
	return token
}
