package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// database is one of the two, behind one way to read and one to write. All
// statements are written once; rows is the one place where they differ.
type database struct {
	address address
	pool    *sql.DB

	// quick writes what need not survive a power cut, only a crash of the program:
	// with SQLite it does not wait for the disk.
	quick *sql.DB

	// writing is held while SQLite is written to, which only one can at a time:
	// waiting here is fair and ends with the context.
	writing chan struct{}
}

func openDatabase(a address) (*database, error) {
	d := &database{address: a}
	if a.kind == postgres {
		d.pool = sql.OpenDB(stdlib.GetConnector(*a.postgres))
		d.pool.SetMaxOpenConns(10)
		d.pool.SetMaxIdleConns(10)
		d.pool.SetConnMaxIdleTime(5 * time.Minute)
		d.quick = d.pool
		return d, nil
	}
	// SQLite would make it readable for everybody whom the umask lets.
	file, err := os.OpenFile(a.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	d.writing = make(chan struct{}, 1)
	for _, one := range []struct {
		pool        **sql.DB
		synchronous string
		cache       int // KiB; a batch of cards fits
		most        int
	}{{&d.pool, "FULL", 2048, 4}, {&d.quick, "NORMAL", 8192, 1}} {
		connector, err := driver.NewConnector(a.sqliteName(one.synchronous, one.cache))
		if err != nil {
			return nil, err
		}
		*one.pool = sql.OpenDB(connector)
		(*one.pool).SetMaxOpenConns(one.most)
		(*one.pool).SetMaxIdleConns(one.most)
	}
	return d, nil
}

func (d *database) close() error {
	if d.quick == d.pool {
		return d.pool.Close()
	}
	return errors.Join(d.quick.Close(), d.pool.Close())
}

// rows is what a statement selects its rows r from: the JSON array of objects
// that is its first parameter. So any number of rows is one statement and one
// round trip. Columns are written as in "id text, sent_at bigint".
func (d *database) rows(columns string) string {
	if d.address.kind == postgres {
		return "jsonb_to_recordset(CAST($1::text AS jsonb)) AS r(" + columns + ")"
	}
	var members []string
	for _, name := range namesOf(columns) {
		members = append(members, "value ->> '"+name+"' AS "+name)
	}
	return "(SELECT " + strings.Join(members, ", ") + " FROM json_each($1)) AS r"
}

// namesOf are the names of columns that are written as for rows.
func namesOf(columns string) []string {
	var names []string
	for column := range strings.SplitSeq(columns, ", ") {
		name, _, _ := strings.Cut(column, " ")
		names = append(names, name)
	}
	return names
}

// jsonOf is the parameter for rows.
func jsonOf(rows any) (string, error) {
	text, err := json.Marshal(rows)
	return string(text), err
}

// insertion is a statement that adds rows to a table, those that are not there
// yet, and its parameter.
func (d *database) insertion(table, typed string, rows any) (statement, list string, err error) {
	list, err = jsonOf(rows)
	names := strings.Join(namesOf(typed), ", ")
	return "INSERT INTO " + table + " (" + names + ") SELECT " + names + " FROM " + d.rows(typed) + " WHERE true ON CONFLICT DO NOTHING", list, err
}

func (d *database) insert(ctx context.Context, tx *sql.Tx, table, typed string, rows any) error {
	statement, list, err := d.insertion(table, typed, rows)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, statement, list)
	return err
}

// writeTimeout bounds what is written while nobody waits.
const writeTimeout = 10 * time.Second

// mostTries of a transaction that others got in the way of.
const mostTries = 5

// write runs a transaction that is durable when it returns.
func (d *database) write(ctx context.Context, change func(*sql.Tx) error) error {
	return d.writeBy(ctx, d.pool, change)
}

// writeBy runs a transaction, again when another one got in its way.
func (d *database) writeBy(ctx context.Context, pool *sql.DB, change func(*sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	release, err := d.mayWrite(ctx)
	if err != nil {
		return err
	}
	defer release()
	for try := 1; ; try++ {
		err := transact(ctx, pool, nil, change)
		if err == nil || try == mostTries || !gotInTheWay(err) {
			return err
		}
	}
}

// writeQuickly runs one statement that need not survive a power cut.
func (d *database) writeQuickly(ctx context.Context, statement string, arguments ...any) (changed int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	release, err := d.mayWrite(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	result, err := d.quick.ExecContext(ctx, statement, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// read runs a transaction that sees one state of the database throughout.
func (d *database) read(ctx context.Context, look func(*sql.Tx) error) error {
	return transact(ctx, d.pool, &sql.TxOptions{Isolation: d.steady(), ReadOnly: true}, look)
}

func (d *database) steady() sql.IsolationLevel {
	if d.address.kind == postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault // SQLite knows no other
}

func (d *database) mayWrite(ctx context.Context) (release func(), err error) {
	if d.writing == nil {
		return func() {}, nil
	}
	select {
	case d.writing <- struct{}{}:
		return func() { <-d.writing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func transact(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error says more, and the database may have rolled back by itself
		return err
	}
	return tx.Commit()
}

// each calls scan for every row of a query.
func each(ctx context.Context, tx *sql.Tx, query string, arguments []any, scan func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// gotInTheWay is true for what another transaction caused and goes well when
// tried again: a deadlock, or a card pruned between being looked up and answered.
func gotInTheWay(err error) bool {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return false
	}
	const deadlock, serialization, foreignKey = "40P01", "40001", "23503"
	return answer.Code == deadlock || answer.Code == serialization || answer.Code == foreignKey
}

// isRefused is true when the database is well and does not take these rows.
func isRefused(err error) bool {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return isAboutRows(answer)
	}
	var failure *driver.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return true
		}
	}
	return false
}

// isAnswer is true when the database is there and says no: no such database or
// role, no right to make a table, a file that is no database.
func isAnswer(err error) bool {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		// Its connection, its resources, its operator: these come back.
		return !slices.Contains([]string{"08", "53", "57"}, answer.Code[:min(2, len(answer.Code))])
	}
	var failure *driver.Error
	if errors.As(err, &failure) {
		code := failure.Code() & 0xff
		return code != sqlite3.SQLITE_BUSY && code != sqlite3.SQLITE_LOCKED
	}
	return false
}

// isAboutRows: class 22 is a bad value, 23 a broken constraint.
func isAboutRows(answer *pgconn.PgError) bool {
	return strings.HasPrefix(answer.Code, "22") || strings.HasPrefix(answer.Code, "23")
}

// say is an error as a text that holds no password and no value of a row.
func (d *database) say(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && isAboutRows(answer) {
		return "PostgreSQL refuses a row: SQLSTATE " + answer.Code + " " + answer.ConstraintName
	}
	return d.address.redact(err.Error())
}
