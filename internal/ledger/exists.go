package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Exists reports whether there is a ledger at a URL, which [Open] would otherwise
// make. It fails with [ErrUnavailable] while the database does not answer.
func Exists(ctx context.Context, url string) (bool, error) {
	where, err := parseAddress(url)
	if err != nil {
		return false, err
	}
	if where.kind == sqlite {
		info, err := os.Stat(where.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("ledger: %w", err)
		case !info.Mode().IsRegular() || info.Size() == 0:
			return false, nil
		}
	}
	d, err := openDatabase(where)
	if err != nil {
		return false, fmt.Errorf("ledger: %s", where.redact(err.Error()))
	}
	defer d.close()
	query := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'card'"
	if where.kind == postgres {
		query = "SELECT COUNT(*) FROM (SELECT to_regclass('card') AS name) AS found WHERE name IS NOT NULL"
	}
	tables := 0
	if err := d.pool.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return false, fmt.Errorf("%w: %s", ErrUnavailable, d.say(err))
	}
	return tables > 0, nil
}
