package ledger

import (
	"context"
	"database/sql"
	"time"
)

// pruneAtOnce is how many cards one transaction removes, so that nobody waits long
// for it.
const pruneAtOnce = 200

// Prune removes the cards sent before a time, with all that came of them, and the
// counts of the days before. What is left is their ids, for as long again as
// [Settings.Retention], so that late feedback is known for what it is. It returns
// how many cards it removed, also when it failed halfway.
func (l *Ledger) Prune(ctx context.Context, before time.Time) (cards int, err error) {
	for {
		var ids []idRow
		err := l.database.write(ctx, func(tx *sql.Tx) error {
			ids = nil
			return l.pruneSome(ctx, tx, before, &ids)
		})
		if err != nil {
			return cards, l.note(ctx, err)
		}
		cards += len(ids)
		if len(ids) < pruneAtOnce {
			break
		}
	}
	err = l.database.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM apart WHERE day < $1", before.In(l.zone).Format(time.DateOnly)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM pruned WHERE at < $1",
			l.settings.Clock().Add(-l.settings.Retention).UnixMicro())
		return err
	})
	return cards, l.note(ctx, err)
}

func (l *Ledger) pruneSome(ctx context.Context, tx *sql.Tx, before time.Time, ids *[]idRow) error {
	err := each(ctx, tx, "SELECT id FROM card WHERE sent_at < $1 ORDER BY sent_at, id LIMIT $2",
		[]any{before.UnixMicro(), pruneAtOnce}, func(rows *sql.Rows) error {
			var row idRow
			if err := rows.Scan(&row.ID); err != nil {
				return err
			}
			*ids = append(*ids, row)
			return nil
		})
	if err != nil || len(*ids) == 0 {
		return err
	}
	list, err := jsonOf(*ids)
	if err != nil {
		return err
	}
	from := l.database.rows("id text")
	if _, err := tx.ExecContext(ctx, "INSERT INTO pruned (id, at) SELECT c.id, CAST($2 AS BIGINT) FROM "+from+
		" JOIN card c ON c.id = r.id WHERE c.shown = 1 ON CONFLICT (id) DO NOTHING",
		list, l.settings.Clock().UnixMicro()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM card WHERE id IN (SELECT r.id FROM "+from+")", list)
	return err
}

// pruneComments removes the comments received before a time.
func (l *Ledger) pruneComments(ctx context.Context, before time.Time) error {
	return l.database.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE feedback SET remark = NULL WHERE remark IS NOT NULL AND received_at < $1",
			before.UnixMicro())
		return err
	})
}

func (l *Ledger) pruneTokens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.settings.Timeout)
	defer cancel()
	before := l.forgetTokensBefore()
	if l.tokens != nil {
		l.tokens.forget(before)
	}
	_, err := l.database.writeQuickly(ctx, "DELETE FROM token WHERE until < $1", before)
	return err
}

// keepHouse looks at the database, hears of others' dismissals, and lets go of
// what is old: tokens each time, the rest once a day, the first time right away.
func (l *Ledger) keepHouse() {
	ctx := l.background
	ticker := time.NewTicker(l.settings.RefreshEvery)
	defer ticker.Stop()
	last := l.settings.Clock()
	var hour, day time.Time
	for {
		now := l.settings.Clock()
		// It also tells whether the database can be written to, unless cards wait: then
		// whoever writes them knows better, since there may be nothing to remove.
		if err := l.pruneTokens(ctx); err != nil || l.queue.length() == 0 {
			_ = l.note(ctx, err)
		}
		if now.Sub(hour) >= time.Hour {
			l.heard.forget(now.Add(-dismissalsLast).UnixMicro())
			hour = now
		}
		if now.Sub(day) >= 24*time.Hour && l.retain(ctx, now) == nil {
			day = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now = l.settings.Clock()
		if l.noteRead(ctx, l.refresh(ctx, last.Add(-overlap))) == nil {
			last = now
		}
	}
}

// retain lets go of what is older than the settings say.
func (l *Ledger) retain(ctx context.Context, now time.Time) error {
	if err := l.note(ctx, l.pruneComments(ctx, now.Add(-l.settings.CommentRetention))); err != nil {
		return err
	}
	_, err := l.Prune(ctx, now.Add(-l.settings.Retention))
	return err
}
