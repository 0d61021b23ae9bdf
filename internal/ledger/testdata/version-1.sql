INSERT INTO card (id, sent_at, day, service, client, mark, rule, rules, urgency, language, shown, why) VALUES
	('c1', 1780297200000000, '2026-06-01', 'low-back-pain-patient-view', 'emr', '000102030405060708090a0b0c0d0e0f', 'R-P6', 'R-P6 R-N2', 'warning', 'da', 1, ''),
	('c2', 1780297200000000, '2026-06-01', 'low-back-pain-patient-view', 'emr', '000102030405060708090a0b0c0d0e0f', 'R-N2', 'R-N2', 'info', 'en', 1, ''),
	('c3', 1780297200000000, '2026-06-01', 'low-back-pain-patient-view', 'emr', '000102030405060708090a0b0c0d0e0f', 'R-P1', 'R-P1', 'info', 'da', 0, 'silent');
INSERT INTO suggestion (card, id, place, kind) VALUES ('c1', 's1', 0, 'physiotherapy'), ('c1', 's2', 1, 'mri');
INSERT INTO feedback (entry, card, outcome, reason, reason_system, answered_at, received_at, remark) VALUES
	('e1', 'c1', 'accepted', '', '', 1780297260000000, 1780297260000000, NULL),
	('e2', 'c2', 'overridden', 'not-relevant', 'urn:reasons', 1780297260000000, 1780297260000000, 'x');
INSERT INTO accepted (entry, suggestion, card, kind) VALUES ('e1', 's2', 'c1', 'mri');
INSERT INTO apart (day, kind, service, client, number) VALUES ('2026-06-01', 'unknown', 'low-back-pain-patient-view', 'emr', 3);
