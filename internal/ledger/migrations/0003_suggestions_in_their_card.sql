-- +goose Up

-- A card's suggestions stand in its row: "kind:id kind:id", in their order. The
-- table that had them is for the release before, while replicas are replaced, and
-- empties with its cards: suggestions that are accepted of what that release sends
-- meanwhile count as unknown.
ALTER TABLE card ADD COLUMN suggestions TEXT NOT NULL DEFAULT '';
UPDATE card SET suggestions = COALESCE(
	(SELECT string_agg(s.kind || ':' || s.id, ' ' ORDER BY s.place) FROM suggestion s WHERE s.card = card.id), '');
