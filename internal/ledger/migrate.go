package ledger

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables to the version of this program. Any number of
// programs may do so at once: PostgreSQL has a lock for it. SQLite has none, but
// each migration is one transaction, so of several programs one makes it and the
// others fail, and find it made when they look again.
func migrate(ctx context.Context, d *database) error {
	provider, err := migrator(d)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err = provider.Up(ctx)
		if err == nil || d.address.kind == postgres || try == 10 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func migrator(d *database) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName("ledger_version")}
	if d.address.kind == sqlite {
		return goose.NewProvider(goose.DialectSQLite3, d.pool, files, options...)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 5))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, d.pool, files, append(options, goose.WithSessionLocker(locker))...)
}
