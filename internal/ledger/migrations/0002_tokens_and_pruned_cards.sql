-- +goose Up

-- Tokens that were used, until they are good no more.
CREATE TABLE token (
	hash  TEXT   NOT NULL PRIMARY KEY, -- of issuer and jti
	until BIGINT NOT NULL
);
CREATE INDEX token_until ON token (until);

-- Ids of cards that were sent and are pruned: feedback on one is late, not
-- unknown.
CREATE TABLE pruned (
	id TEXT   NOT NULL PRIMARY KEY,
	at BIGINT NOT NULL
);
CREATE INDEX pruned_at ON pruned (at);
