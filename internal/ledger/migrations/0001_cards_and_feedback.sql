-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 in UTC;
-- days are those of the service's time zone. Later migrations only add, so that
-- the release before still runs on them.

-- +goose Up
CREATE TABLE card (
	id       TEXT    NOT NULL PRIMARY KEY,
	sent_at  BIGINT  NOT NULL,
	day      TEXT    NOT NULL,
	service  TEXT    NOT NULL,
	client   TEXT    NOT NULL,
	mark     TEXT    NOT NULL, -- keyed hash of client, patient and contact
	rule     TEXT    NOT NULL, -- the lead rule
	rules    TEXT    NOT NULL, -- all of them, the lead first
	urgency  TEXT    NOT NULL,
	language TEXT    NOT NULL,
	shown    INTEGER NOT NULL CHECK (shown IN (0, 1)),
	why      TEXT    NOT NULL  -- why it was not shown
);
CREATE INDEX card_sent_at ON card (sent_at);

CREATE TABLE suggestion (
	card  TEXT    NOT NULL REFERENCES card (id) ON DELETE CASCADE,
	id    TEXT    NOT NULL,
	place INTEGER NOT NULL,
	kind  TEXT    NOT NULL,
	PRIMARY KEY (card, id)
);

CREATE TABLE feedback (
	entry         TEXT   NOT NULL PRIMARY KEY, -- hash of what makes two answers the same
	card          TEXT   NOT NULL REFERENCES card (id) ON DELETE CASCADE,
	outcome       TEXT   NOT NULL CHECK (outcome IN ('accepted', 'overridden')),
	reason        TEXT   NOT NULL,
	reason_system TEXT   NOT NULL,
	answered_at   BIGINT NOT NULL, -- outcomeTimestamp: the client's clock
	received_at   BIGINT NOT NULL,
	remark        TEXT             -- userComment, where it is configured
);
CREATE INDEX feedback_card ON feedback (card);
CREATE INDEX feedback_received_at ON feedback (received_at);

CREATE TABLE accepted (
	entry      TEXT NOT NULL REFERENCES feedback (entry) ON DELETE CASCADE,
	suggestion TEXT NOT NULL,
	card       TEXT NOT NULL,
	kind       TEXT NOT NULL,
	PRIMARY KEY (entry, suggestion)
);

-- Feedback that belongs to no card of ours, counted.
CREATE TABLE apart (
	day     TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	service TEXT   NOT NULL,
	client  TEXT   NOT NULL,
	number  BIGINT NOT NULL,
	PRIMARY KEY (day, kind, service, client)
);
