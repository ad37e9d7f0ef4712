BEGIN TRANSACTION;
CREATE TABLE absences (
	id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	first_day DATE NOT NULL,
	last_day DATE NOT NULL,
	substitute_id INTEGER,
	registered BOOLEAN NOT NULL,
	registered_at DATETIME NOT NULL,
	ended_at DATETIME,
	CONSTRAINT pk_absences PRIMARY KEY (id),
	CONSTRAINT fk_absences_person_id FOREIGN KEY(person_id) REFERENCES people (id),
	CONSTRAINT fk_absences_substitute_id FOREIGN KEY(substitute_id) REFERENCES people (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE aliases (
	address VARCHAR NOT NULL,
	person_id INTEGER NOT NULL,
	CONSTRAINT pk_aliases PRIMARY KEY (address),
	CONSTRAINT fk_aliases_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "aliases" VALUES('eva@example.se',1);
CREATE TABLE appointments (
	id INTEGER NOT NULL,
	inbox_id INTEGER NOT NULL,
	proposed_by_id INTEGER NOT NULL,
	unit_id VARCHAR NOT NULL,
	body TEXT NOT NULL,
	at DATETIME NOT NULL,
	state VARCHAR NOT NULL,
	settled_by_id INTEGER,
	settled_at DATETIME,
	CONSTRAINT pk_appointments PRIMARY KEY (id),
	CONSTRAINT fk_appointments_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_appointments_proposed_by_id FOREIGN KEY(proposed_by_id) REFERENCES people (id),
	CONSTRAINT fk_appointments_settled_by_id FOREIGN KEY(settled_by_id) REFERENCES people (id),
	CONSTRAINT fk_appointments_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
CREATE TABLE beats (
	name VARCHAR NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_beats PRIMARY KEY (name)
);
CREATE TABLE blobs (
	sha256 VARCHAR NOT NULL,
	data BLOB NOT NULL,
	CONSTRAINT pk_blobs PRIMARY KEY (sha256)
);
CREATE TABLE counters (
	name VARCHAR NOT NULL,
	value INTEGER NOT NULL,
	CONSTRAINT pk_counters PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('directory_version',1176345046);
INSERT INTO "counters" VALUES('IT-2026',1);
CREATE TABLE decisions (
	order_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	approved BOOLEAN NOT NULL,
	comment TEXT NOT NULL,
	at DATETIME NOT NULL,
	proof VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	undone_at DATETIME,
	CONSTRAINT pk_decisions PRIMARY KEY (order_id, step),
	CONSTRAINT fk_decisions_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_decisions_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "decisions" VALUES(1,1,1,1,'Kolla avtalet','2026-03-02 09:00:00.000000','signed link',1,NULL);
CREATE TABLE drafts (
	reference VARCHAR NOT NULL,
	person_id INTEGER NOT NULL,
	inbox_id INTEGER,
	order_id INTEGER,
	form TEXT NOT NULL,
	at DATETIME NOT NULL,
	closed_at DATETIME,
	CONSTRAINT pk_drafts PRIMARY KEY (reference),
	CONSTRAINT fk_drafts_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_drafts_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_drafts_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
CREATE TABLE event_payloads (
	id INTEGER NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_event_payloads PRIMARY KEY (id)
);
INSERT INTO "event_payloads" VALUES(1,'{"version": "1", "step": "1", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(2,'{"text": "Kolla avtalet", "version": "1", "step": "1", "status": "approved", "total": "12500.00 SEK", "destination": "purchasing", "capacity": "holder", "right": "1", "ground": "SU FV-4558-22", "statements": "su-37-1", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(3,'{"version": "1", "step": "1", "status": "leaving", "total": "12500.00 SEK", "destination": "purchasing", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(4,'{"version": "1", "step": "1", "status": "with_purchasing", "total": "12500.00 SEK", "destination": "purchasing", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(5,'{"person": "1", "from": "2026-03-02", "to": "2026-03-20"}');
INSERT INTO "event_payloads" VALUES(6,'{"person": "1", "from": "2026-03-02", "to": "2026-03-09", "guessed": "yes"}');
INSERT INTO "event_payloads" VALUES(7,'{"person": "1", "from": "2026-03-02", "to": "2026-03-20", "substitute": "4"}');
INSERT INTO "event_payloads" VALUES(8,'{"person": "1"}');
INSERT INTO "event_payloads" VALUES(9,'{"text": "Tack!", "version": "1", "step": "1", "status": "approved", "total": "12500.00 SEK", "destination": "supplier"}');
INSERT INTO "event_payloads" VALUES(10,'{"text": "Den gamla startar inte längre, så det är bråttom.", "version": "1", "step": "1", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(11,'{"appointment": "1", "unit": "cs"}');
INSERT INTO "event_payloads" VALUES(12,'{"appointment": "1", "unit": "cs"}');
INSERT INTO "event_payloads" VALUES(13,'{"appointment": "1", "unit": "cs"}');
INSERT INTO "event_payloads" VALUES(14,'{"appointment": "1", "unit": "cs", "text": "Dokumentet är inte undertecknat."}');
INSERT INTO "event_payloads" VALUES(15,'{"version": "1", "step": "2", "status": "approved", "total": "12500.00 SEK", "destination": "supplier", "capacity": "holder", "right": "2"}');
INSERT INTO "event_payloads" VALUES(16,'{"version": "1", "step": "1", "status": "approved", "total": "12500.00 SEK", "destination": "supplier", "capacity": "holder", "right": "1", "flags": "R6"}');
INSERT INTO "event_payloads" VALUES(17,'{"version": "1", "step": "1", "status": "approved", "total": "15000.01 SEK", "destination": "purchasing", "capacity": "holder", "right": "1", "reasons": "over_limit"}');
INSERT INTO "event_payloads" VALUES(18,'{"text": "Ramavtal?", "version": "1", "step": "1", "status": "approved", "total": "12500.00 SEK", "destination": "purchasing", "capacity": "holder", "right": "1", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(19,'{"text": "Varför just den?", "version": "1", "step": "1", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(20,'{"version": "2", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(21,'{"status": "withdrawn"}');
INSERT INTO "event_payloads" VALUES(22,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(23,'{"version": "2", "step": "2", "status": "sent", "total": "9900.00 SEK", "destination": "supplier"}');
INSERT INTO "event_payloads" VALUES(24,'{"version": "1", "step": "1", "status": "with_purchasing", "total": "12500.00 SEK", "destination": "purchasing", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(25,'{"right_limit": "1"}');
INSERT INTO "event_payloads" VALUES(26,'{"version": "1", "step": "1", "status": "withdrawn", "total": "12500.00 SEK", "destination": "supplier"}');
INSERT INTO "event_payloads" VALUES(27,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(28,'{"version": "2", "step": "2", "status": "leaving", "total": "9900.00 SEK", "destination": "supplier"}');
INSERT INTO "event_payloads" VALUES(29,'{"version": "1", "step": "1", "status": "leaving", "total": "12500.00 SEK", "destination": "purchasing", "reasons": "comment"}');
INSERT INTO "event_payloads" VALUES(30,'{"to": "eva.ek@example.se", "kind": "request"}');
INSERT INTO "event_payloads" VALUES(31,'{"kind": "alarm", "to": "drift@example.se", "reason": "550 5.1.1 There is no such recipient here"}');
INSERT INTO "event_payloads" VALUES(32,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(33,'{"text": "given up: 451 4.3.0 Temporary trouble here, please try again later", "version": "1", "step": "1", "status": "leaving", "total": "12500.00 SEK", "destination": "purchasing", "reasons": "not_delivered"}');
INSERT INTO "event_payloads" VALUES(34,'{"reason": "unknown_address"}');
INSERT INTO "event_payloads" VALUES(35,'{"unit": "cs", "plan": "9064827f63b415cc", "sha256": "1de770d3185b69cb36fb2f760a684f76f7cb525b8c38b032b91aca2897eb9fb0"}');
INSERT INTO "event_payloads" VALUES(36,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(37,'{"text": "Min bror äger firman", "version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(38,'{"version": "1", "step": "1", "status": "rejected", "total": "12500.00 SEK", "capacity": "holder", "right": "1"}');
INSERT INTO "event_payloads" VALUES(39,'{"text": "För dyr", "version": "1", "step": "1", "status": "rejected", "total": "12500.00 SEK", "capacity": "holder", "right": "1"}');
INSERT INTO "event_payloads" VALUES(40,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(41,'{"version": "1", "step": "1", "status": "rejected", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(42,'{"right": "ny order: Eva Lund <eva@example.se> from 2026-03-02, deputy for ny.nord@example.se", "right_added": "no end, 1000 SEK"}');
INSERT INTO "event_payloads" VALUES(43,'{"right": "cs order: Eva Ek <eva.ek@example.se> from 2026-01-01", "right_limit": "no limit -> 5000 SEK"}');
INSERT INTO "event_payloads" VALUES(44,'{"right": "1", "person": "1", "unit": "cs", "from": "2026-01-01"}');
INSERT INTO "event_payloads" VALUES(45,'{"right": "6", "person": "1", "unit": "cs", "from": "2026-03-03", "last": "2026-06-30"}');
INSERT INTO "event_payloads" VALUES(46,'{"right": "6", "person": "2", "unit": "cs", "from": "2026-03-02", "ground": "beställningsordning 2026-03-02, Hedvig Hall", "document": "849e41f2acb463dcdb59f7560941d1e4d9a093aeca97627b58d259e91b207f69"}');
INSERT INTO "event_payloads" VALUES(47,'{"right": "6", "person": "3", "unit": "cs", "from": "2026-03-02", "to": "2026-12-31", "limit": "50000.00", "ground": "beställningsordning 2026-03-02, Hedvig Hall: dnr 12-26", "document": "849e41f2acb463dcdb59f7560941d1e4d9a093aeca97627b58d259e91b207f69"}');
INSERT INTO "event_payloads" VALUES(48,'{"right": "1", "unit": "cs"}');
INSERT INTO "event_payloads" VALUES(49,'{"version": "1", "step": "2", "status": "pending", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(50,'{"version": "1", "step": "1", "status": "withdrawn", "total": "12500.00 SEK"}');
INSERT INTO "event_payloads" VALUES(51,'{"version": "1", "step": "1", "status": "withdrawn", "total": "12500.00 SEK", "destination": "supplier"}');
CREATE TABLE events (
	id INTEGER NOT NULL,
	at DATETIME NOT NULL,
	what VARCHAR NOT NULL,
	order_id INTEGER,
	inbox_id INTEGER,
	person_id INTEGER,
	proof VARCHAR NOT NULL,
	payload_id INTEGER,
	CONSTRAINT pk_events PRIMARY KEY (id),
	CONSTRAINT fk_events_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_events_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_events_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "events" VALUES(1,'2026-03-02 09:00:00.000000','opened',1,1,3,'loopback',1);
INSERT INTO "events" VALUES(2,'2026-03-02 09:00:00.000000','approved',1,NULL,1,'signed link',2);
INSERT INTO "events" VALUES(3,'2026-03-02 09:06:00.000000','leaving',1,NULL,NULL,'clock',3);
INSERT INTO "events" VALUES(4,'2026-03-02 09:06:00.000000','delivered',1,NULL,NULL,'relay',4);
INSERT INTO "events" VALUES(5,'2026-03-02 09:06:00.000000','absence',1,NULL,1,'loopback',5);
INSERT INTO "events" VALUES(6,'2026-03-02 09:06:00.000000','absence',1,NULL,1,'automatic mail',6);
INSERT INTO "events" VALUES(7,'2026-03-02 09:06:00.000000','absence',1,NULL,1,'loopback',7);
INSERT INTO "events" VALUES(8,'2026-03-02 09:06:00.000000','absence_ended',1,NULL,1,'loopback',8);
INSERT INTO "events" VALUES(9,'2026-03-02 09:06:00.000000','answered',1,NULL,3,'loopback',9);
INSERT INTO "events" VALUES(10,'2026-03-02 09:06:00.000000','answered',1,NULL,3,'loopback',10);
INSERT INTO "events" VALUES(11,'2026-03-02 09:06:00.000000','appointment_confirmed',1,NULL,NULL,'signed link',11);
INSERT INTO "events" VALUES(12,'2026-03-02 09:06:00.000000','appointment_expired',1,NULL,NULL,'clock',12);
INSERT INTO "events" VALUES(13,'2026-03-02 09:06:00.000000','appointment_proposed',1,NULL,4,'loopback',13);
INSERT INTO "events" VALUES(14,'2026-03-02 09:06:00.000000','appointment_refused',1,NULL,NULL,'signed link',14);
INSERT INTO "events" VALUES(15,'2026-03-02 09:06:00.000000','approved',1,NULL,2,'signed link',15);
INSERT INTO "events" VALUES(16,'2026-03-02 09:06:00.000000','approved',1,NULL,1,'signed link',16);
INSERT INTO "events" VALUES(17,'2026-03-02 09:06:00.000000','approved',1,NULL,1,'signed link',17);
INSERT INTO "events" VALUES(18,'2026-03-02 09:06:00.000000','approved',1,NULL,1,'signed link',18);
INSERT INTO "events" VALUES(19,'2026-03-02 09:06:00.000000','asked',1,NULL,1,'signed link',19);
INSERT INTO "events" VALUES(20,'2026-03-02 09:06:00.000000','away',1,NULL,1,'loopback',NULL);
INSERT INTO "events" VALUES(21,'2026-03-02 09:06:00.000000','code_sent',1,NULL,1,'signed link',NULL);
INSERT INTO "events" VALUES(22,'2026-03-02 09:06:00.000000','code_wrong',1,NULL,1,'signed link',NULL);
INSERT INTO "events" VALUES(23,'2026-03-02 09:06:00.000000','confirmed',1,NULL,1,'signed link',NULL);
INSERT INTO "events" VALUES(24,'2026-03-02 09:06:00.000000','corrected',1,NULL,3,'loopback',20);
INSERT INTO "events" VALUES(25,'2026-03-02 09:06:00.000000','decision_disowned',1,NULL,1,'signed link',21);
INSERT INTO "events" VALUES(26,'2026-03-02 09:06:00.000000','decision_disowned',1,NULL,1,'signed link',22);
INSERT INTO "events" VALUES(27,'2026-03-02 09:06:00.000000','delivered',1,NULL,NULL,'relay',23);
INSERT INTO "events" VALUES(28,'2026-03-02 09:06:00.000000','delivered',1,NULL,NULL,'relay',24);
INSERT INTO "events" VALUES(29,'2026-03-02 09:06:00.000000','directory_imported',1,NULL,NULL,'directory import',25);
INSERT INTO "events" VALUES(30,'2026-03-02 09:06:00.000000','disowned',1,NULL,3,'signed link',NULL);
INSERT INTO "events" VALUES(31,'2026-03-02 09:06:00.000000','disowned',1,NULL,3,'signed link',26);
INSERT INTO "events" VALUES(32,'2026-03-02 09:06:00.000000','handed_over',1,NULL,1,'signed link',27);
INSERT INTO "events" VALUES(33,'2026-03-02 09:06:00.000000','held',1,NULL,NULL,'bot',NULL);
INSERT INTO "events" VALUES(34,'2026-03-02 09:06:00.000000','leaving',1,NULL,NULL,'clock',28);
INSERT INTO "events" VALUES(35,'2026-03-02 09:06:00.000000','leaving',1,NULL,NULL,'clock',29);
INSERT INTO "events" VALUES(36,'2026-03-02 09:06:00.000000','mail_delayed',1,NULL,NULL,'automatic mail',30);
INSERT INTO "events" VALUES(37,'2026-03-02 09:06:00.000000','mail_failed',1,NULL,NULL,'relay',31);
INSERT INTO "events" VALUES(38,'2026-03-02 09:06:00.000000','moved',1,NULL,NULL,'bot',32);
INSERT INTO "events" VALUES(39,'2026-03-02 09:06:00.000000','not_delivered',1,NULL,NULL,'relay',33);
INSERT INTO "events" VALUES(40,'2026-03-02 09:06:00.000000','parked',1,NULL,NULL,'clock',NULL);
INSERT INTO "events" VALUES(41,'2026-03-02 09:06:00.000000','parked',1,NULL,NULL,'bot',34);
INSERT INTO "events" VALUES(42,'2026-03-02 09:06:00.000000','plan_confirmed',1,NULL,4,'signed link',35);
INSERT INTO "events" VALUES(43,'2026-03-02 09:06:00.000000','recused',1,NULL,1,'signed link',36);
INSERT INTO "events" VALUES(44,'2026-03-02 09:06:00.000000','recused',1,NULL,1,'signed link',37);
INSERT INTO "events" VALUES(45,'2026-03-02 09:06:00.000000','rejected',1,NULL,1,'signed link',38);
INSERT INTO "events" VALUES(46,'2026-03-02 09:06:00.000000','rejected',1,NULL,1,'signed link',39);
INSERT INTO "events" VALUES(47,'2026-03-02 09:06:00.000000','reminded',1,NULL,NULL,'clock',40);
INSERT INTO "events" VALUES(48,'2026-03-02 09:06:00.000000','returned',1,NULL,NULL,'clock',41);
INSERT INTO "events" VALUES(49,'2026-03-02 09:06:00.000000','right_added',1,NULL,NULL,'directory import',42);
INSERT INTO "events" VALUES(50,'2026-03-02 09:06:00.000000','right_changed',1,NULL,NULL,'directory import',43);
INSERT INTO "events" VALUES(51,'2026-03-02 09:06:00.000000','right_ended',1,NULL,NULL,'signed link',44);
INSERT INTO "events" VALUES(52,'2026-03-02 09:06:00.000000','right_ended',1,NULL,NULL,'signed link',45);
INSERT INTO "events" VALUES(53,'2026-03-02 09:06:00.000000','right_given',1,NULL,NULL,'signed link',46);
INSERT INTO "events" VALUES(54,'2026-03-02 09:06:00.000000','right_given',1,NULL,NULL,'signed link',47);
INSERT INTO "events" VALUES(55,'2026-03-02 09:06:00.000000','right_returned',1,NULL,1,'signed link',48);
INSERT INTO "events" VALUES(56,'2026-03-02 09:06:00.000000','undone',1,NULL,1,'signed link',49);
INSERT INTO "events" VALUES(57,'2026-03-02 09:06:00.000000','withdrawn',1,NULL,3,'signed link',50);
INSERT INTO "events" VALUES(58,'2026-03-02 09:06:00.000000','withdrawn',1,NULL,3,'signed link',51);
INSERT INTO "events" VALUES(59,'2026-03-02 09:06:00.000000','asked',1,NULL,NULL,'signed link',151);
CREATE TABLE files (
	inbox_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	media_type VARCHAR NOT NULL,
	size INTEGER NOT NULL,
	sha256 VARCHAR NOT NULL,
	CONSTRAINT pk_files PRIMARY KEY (inbox_id, number),
	CONSTRAINT fk_files_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_files_sha256 FOREIGN KEY(sha256) REFERENCES blobs (sha256)
);
CREATE TABLE inbox (
	id INTEGER NOT NULL,
	received_at DATETIME NOT NULL,
	via VARCHAR NOT NULL,
	peer VARCHAR NOT NULL,
	mail_from VARCHAR NOT NULL,
	rcpt_to TEXT NOT NULL,
	raw BLOB NOT NULL,
	state VARCHAR NOT NULL,
	tries INTEGER NOT NULL,
	next_at DATETIME NOT NULL,
	confirmed_at DATETIME,
	taken_as VARCHAR,
	outcome VARCHAR,
	reason TEXT,
	sender VARCHAR,
	order_id INTEGER,
	done_at DATETIME,
	CONSTRAINT pk_inbox PRIMARY KEY (id),
	CONSTRAINT uq_inbox_taken_as UNIQUE (taken_as)
);
INSERT INTO "inbox" VALUES(1,'2026-03-02 09:00:00.000000','smtp','127.0.0.1','rut.rask@example.se','["order@inkop.example.se"]',X'','done',1,'2026-03-02 09:00:30.000000',NULL,'3fdca7d85bed36c7150ad2ef8ed56b70521e2366f797a5604cda066b48e5cae6','order','','rut.rask@example.se',1,'2026-03-02 09:00:00.000000');
CREATE TABLE interests (
	person_id INTEGER NOT NULL,
	supplier VARCHAR NOT NULL,
	CONSTRAINT pk_interests PRIMARY KEY (person_id, supplier),
	CONSTRAINT fk_interests_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
CREATE TABLE links (
	fingerprint VARCHAR NOT NULL,
	purpose VARCHAR NOT NULL,
	person_id INTEGER,
	order_id INTEGER,
	version INTEGER,
	step INTEGER,
	inbox_id INTEGER,
	unit_id VARCHAR,
	appointment_id INTEGER,
	issued_at DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	revoked_at DATETIME,
	CONSTRAINT pk_links PRIMARY KEY (fingerprint),
	CONSTRAINT fk_links_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointments (id),
	CONSTRAINT fk_links_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_links_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_links_person_id FOREIGN KEY(person_id) REFERENCES people (id),
	CONSTRAINT fk_links_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
CREATE TABLE memberships (
	person_id INTEGER NOT NULL,
	unit_id VARCHAR NOT NULL,
	CONSTRAINT pk_memberships PRIMARY KEY (person_id, unit_id),
	CONSTRAINT fk_memberships_person_id FOREIGN KEY(person_id) REFERENCES people (id),
	CONSTRAINT fk_memberships_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
INSERT INTO "memberships" VALUES(1,'cs');
INSERT INTO "memberships" VALUES(2,'cs');
INSERT INTO "memberships" VALUES(3,'cs');
INSERT INTO "memberships" VALUES(4,'cs');
INSERT INTO "memberships" VALUES(5,'tom');
CREATE TABLE order_versions (
	order_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	content TEXT NOT NULL,
	form TEXT NOT NULL,
	sha256 VARCHAR NOT NULL,
	inbox_id INTEGER,
	at DATETIME NOT NULL,
	CONSTRAINT pk_order_versions PRIMARY KEY (order_id, version),
	CONSTRAINT fk_order_versions_inbox_id FOREIGN KEY(inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_order_versions_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
);
INSERT INTO "order_versions" VALUES(1,1,'{"unit":"cs","approver":1,"supplier":"Dustin AB","supplier_id":1,"lines":[{"description":"Dell XPS 13","quantity":"1","price":{"amount":"12500.00","currency":"SEK"},"item_no":"","unit":"st"}],"currency":"SEK","vat":{"included":false,"rate":"25"},"stated_total":null,"details":{},"notes":[],"concerns":null,"countervalue":null,"priced_notes":[]}','{"fields":{"unit":"cs","approver":"Eva Ek","supplier":"Dustin AB"},"lines":[{"description":"Dell XPS 13","quantity":"1","price":"12 500 kr","item_no":"","unit":"st"}],"unread":[],"notes":[],"conflicts":[],"places":[],"priced_notes":[]}','e630d3d7f2fdef25de2f419b6f3600336fa68247f0a4e431b79514e8c9e90ccd',1,'2026-03-02 09:00:00.000000');
CREATE TABLE orders (
	id INTEGER NOT NULL,
	number VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	requester_id INTEGER NOT NULL,
	unit_id VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	step INTEGER NOT NULL,
	created_at DATETIME NOT NULL,
	asked_at DATETIME NOT NULL,
	reminders INTEGER NOT NULL,
	remind_at DATETIME,
	route TEXT,
	leaves_at DATETIME,
	left_at DATETIME,
	sender_proof VARCHAR NOT NULL,
	handed_to_id INTEGER,
	recused TEXT NOT NULL,
	CONSTRAINT pk_orders PRIMARY KEY (id),
	CONSTRAINT fk_orders_handed_to_id FOREIGN KEY(handed_to_id) REFERENCES people (id),
	CONSTRAINT fk_orders_requester_id FOREIGN KEY(requester_id) REFERENCES people (id),
	CONSTRAINT fk_orders_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT uq_orders_number UNIQUE (number),
	CONSTRAINT uq_orders_reference UNIQUE (reference)
);
INSERT INTO "orders" VALUES(1,'IT-2026-00001','k3fsa7ydhsfw',3,'cs','with_purchasing',1,1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000',0,NULL,'{"destination":"purchasing","reasons":["comment"]}','2026-03-02 09:05:00.000000','2026-03-02 09:06:00.000000','loopback',NULL,'[]');
CREATE TABLE outbox (
	id INTEGER NOT NULL,
	kind VARCHAR NOT NULL,
	person_id INTEGER,
	mail_to VARCHAR NOT NULL,
	message_id VARCHAR NOT NULL,
	raw BLOB NOT NULL,
	state VARCHAR NOT NULL,
	tries INTEGER NOT NULL,
	created_at DATETIME NOT NULL,
	next_at DATETIME NOT NULL,
	done_at DATETIME,
	error TEXT,
	pending_only BOOLEAN NOT NULL,
	dispatch BOOLEAN NOT NULL,
	draft VARCHAR,
	CONSTRAINT pk_outbox PRIMARY KEY (id),
	CONSTRAINT fk_outbox_draft FOREIGN KEY(draft) REFERENCES drafts (reference),
	CONSTRAINT fk_outbox_person_id FOREIGN KEY(person_id) REFERENCES people (id),
	CONSTRAINT uq_outbox_message_id UNIQUE (message_id)
);
CREATE TABLE outbox_orders (
	outbox_id INTEGER NOT NULL,
	order_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	CONSTRAINT pk_outbox_orders PRIMARY KEY (outbox_id, order_id),
	CONSTRAINT fk_outbox_orders_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_outbox_orders_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id)
);
CREATE TABLE own_costs (
	"of" VARCHAR NOT NULL,
	"by" VARCHAR NOT NULL,
	CONSTRAINT pk_own_costs PRIMARY KEY ("of")
);
CREATE TABLE people (
	id INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	address VARCHAR NOT NULL,
	language VARCHAR,
	registered BOOLEAN NOT NULL,
	CONSTRAINT pk_people PRIMARY KEY (id),
	CONSTRAINT uq_people_address UNIQUE (address)
);
INSERT INTO "people" VALUES(1,'Eva Ek','eva.ek@example.se',NULL,1);
INSERT INTO "people" VALUES(2,'Anna Ask','anna.ask@example.se',NULL,1);
INSERT INTO "people" VALUES(3,'Rut Rask','rut.rask@example.se',NULL,1);
INSERT INTO "people" VALUES(4,'Hedvig Hall','hedvig.hall@example.se',NULL,1);
INSERT INTO "people" VALUES(5,'Olle Ö','olle.o@example.se','en',1);
CREATE TABLE reminders (
	order_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	number INTEGER NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_reminders PRIMARY KEY (order_id, step, number),
	CONSTRAINT fk_reminders_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
);
CREATE TABLE rights (
	id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	unit_id VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	valid_from DATE NOT NULL,
	valid_to DATE,
	registered_at DATETIME NOT NULL,
	ended_at DATETIME,
	max_amount VARCHAR,
	role VARCHAR NOT NULL,
	ground TEXT NOT NULL,
	ground_inbox_id INTEGER,
	ground_sha256 VARCHAR,
	may_delegate BOOLEAN,
	delegated_from_id INTEGER,
	deputy_for_id INTEGER,
	CONSTRAINT pk_rights PRIMARY KEY (id),
	CONSTRAINT fk_rights_delegated_from_id FOREIGN KEY(delegated_from_id) REFERENCES people (id),
	CONSTRAINT fk_rights_deputy_for_id FOREIGN KEY(deputy_for_id) REFERENCES people (id),
	CONSTRAINT fk_rights_ground_inbox_id FOREIGN KEY(ground_inbox_id) REFERENCES inbox (id),
	CONSTRAINT fk_rights_person_id FOREIGN KEY(person_id) REFERENCES people (id),
	CONSTRAINT fk_rights_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
INSERT INTO "rights" VALUES(1,1,'cs','order','2026-01-01',NULL,'2026-03-02 09:00:00.000000',NULL,NULL,'','SU FV-4558-22',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rights" VALUES(2,2,'cs','order','2026-01-01',NULL,'2026-03-02 09:00:00.000000',NULL,NULL,'','',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE step_up_codes (
	id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	order_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	version INTEGER NOT NULL,
	action VARCHAR NOT NULL,
	destination VARCHAR NOT NULL,
	comment TEXT NOT NULL,
	browser VARCHAR NOT NULL,
	seal VARCHAR NOT NULL,
	sent_at DATETIME NOT NULL,
	tries INTEGER NOT NULL,
	used_at DATETIME,
	CONSTRAINT pk_step_up_codes PRIMARY KEY (id),
	CONSTRAINT fk_step_up_codes_order_id FOREIGN KEY(order_id) REFERENCES orders (id),
	CONSTRAINT fk_step_up_codes_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
CREATE TABLE suppliers (
	id INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	address VARCHAR NOT NULL,
	org_number VARCHAR NOT NULL,
	CONSTRAINT pk_suppliers PRIMARY KEY (id),
	CONSTRAINT uq_suppliers_name UNIQUE (name)
);
INSERT INTO "suppliers" VALUES(1,'Dustin AB','order@dustin.example','556666-1012');
INSERT INTO "suppliers" VALUES(2,'Atea Sverige AB','order@atea.example','556448-0282');
CREATE TABLE units (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	head_id INTEGER,
	parent_id VARCHAR,
	self_order VARCHAR,
	language VARCHAR,
	CONSTRAINT pk_units PRIMARY KEY (id),
	CONSTRAINT fk_units_head_id FOREIGN KEY(head_id) REFERENCES people (id),
	CONSTRAINT fk_units_parent_id FOREIGN KEY(parent_id) REFERENCES units (id)
);
INSERT INTO "units" VALUES('cs','Institutionen för datavetenskap',4,NULL,NULL,NULL);
INSERT INTO "units" VALUES('tom','Enheten utan godkännare',4,NULL,NULL,NULL);
CREATE INDEX ix_inbox_order_id ON inbox (order_id);
CREATE INDEX ix_inbox_state_next_at ON inbox (state, next_at);
CREATE INDEX ix_absences_person_id ON absences (person_id);
CREATE INDEX ix_orders_created_at ON orders (created_at);
CREATE INDEX ix_orders_remind_at ON orders (remind_at);
CREATE INDEX ix_orders_status_leaves_at ON orders (status, leaves_at);
CREATE INDEX ix_orders_unit_id_status ON orders (unit_id, status);
CREATE INDEX ix_rights_unit_id_kind ON rights (unit_id, kind);
CREATE INDEX ix_decisions_person_id_at ON decisions (person_id, at);
CREATE INDEX ix_events_order_id ON events (order_id);
CREATE INDEX ix_links_order_id_person_id ON links (order_id, person_id);
CREATE INDEX ix_step_up_codes_order_id_person_id ON step_up_codes (order_id, person_id);
CREATE INDEX ix_outbox_kind_state ON outbox (kind, state);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);
CREATE INDEX ix_outbox_orders_order_id ON outbox_orders (order_id);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
COMMIT;
