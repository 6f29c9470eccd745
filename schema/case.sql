-- The case file, schema version 3. Table event, the tables of groups (call, caller, client, object), their columns and the view ecs are made
-- from fields.def and groups.def by src/store/case/ddl.c.
-- Times are milliseconds since 1970 UTC unless a name says otherwise. Event ids run from 1 without a gap, in order of import.
-- meta: what is said of the case as a whole, by key; and source.altered.ID: what became of a source's file while it was read ("the file grew …").
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- One row per evidence file, also for those that were skipped (skipped = why). state: 0 being imported, 1 complete.
-- kind: 0 stored as delivered (slices in evidence), 1 plain data stored as deflated chunks, 2 only referenced: its bytes stand at path, 3 an
-- archive: its members are sources of their own (container: the place inside).
-- capped: the caps that it ran into, "max-record=67108864"; NULL: none. Read again when they are raised.
-- first, last: times of its records, duplicates too. untimed: events without a time.
CREATE TABLE source(id INTEGER PRIMARY KEY, path TEXT NOT NULL, container TEXT, sha256 BLOB, size_bytes INTEGER,
    inflated_bytes INTEGER, kind INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0, rejects INTEGER NOT NULL DEFAULT 0,
    unselected INTEGER NOT NULL DEFAULT 0, untimed INTEGER NOT NULL DEFAULT 0, first INTEGER, last INTEGER,
    imported INTEGER NOT NULL, version TEXT NOT NULL, selection TEXT NOT NULL DEFAULT '', skipped TEXT, capped TEXT);
CREATE INDEX source_sha256 ON source(sha256);

-- Evidence bytes: kind 0 slices of the delivered file (offset = byte in the file), kind 1 raw-deflate chunks (offset = byte in the plain data),
-- kind 2 the SHA-256 of a piece of a file of several. length: bytes of the file or of the plain data that the row stands for.
CREATE TABLE evidence(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX evidence_place ON evidence(source, offset);
-- Places where inflating may start: inflated offset, compressed offset in bits, window of 32 KiB before it (deflated).
CREATE TABLE access_point(source INTEGER NOT NULL, inflated INTEGER NOT NULL, bits INTEGER NOT NULL, window BLOB NOT NULL,
    PRIMARY KEY(source, inflated)) WITHOUT ROWID;

-- field: the ECS name's number in table field (not the program's enum, which may change between versions). Groups have one too: "(caller)".
CREATE TABLE field(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- Dictionaries: codes run from 1 in order of first appearance; 0, and NULL in event, is "absent".
CREATE TABLE term(field INTEGER NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(field, code)) WITHOUT ROWID;
-- Fields of storage OF: code is the parent's code (0: event without parent value).
CREATE TABLE derived(field INTEGER NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(field, code)) WITHOUT ROWID;
-- Sparse fields: one row per event that has one. value: a code, an id (blob or text) or a number.
CREATE TABLE extra(field INTEGER NOT NULL, event INTEGER NOT NULL, value NOT NULL, PRIMARY KEY(field, event)) WITHOUT ROWID;

-- A copy of an event (same event id and recipient account, or the same bytes) that stands elsewhere too; event is the one that was kept.
CREATE TABLE duplicate(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    flags INTEGER NOT NULL, event INTEGER NOT NULL);
-- Events without an event id, by the SHA-256 of their bytes.
CREATE TABLE anonymous(hash BLOB PRIMARY KEY, event INTEGER NOT NULL) WITHOUT ROWID;
-- What could not be read. bytes: its beginning, at most 64 KiB.
CREATE TABLE reject(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, reason TEXT NOT NULL,
    bytes BLOB);

-- Columns for the engine: arrays of values for rows first … first + rows - 1 of event, or of a group's table for its members, packed as
-- src/store/columns/segment.h says. Only a cache of those tables and extra. id = field * 2^32 + first: a field's segments lie side by side.
CREATE TABLE segment(id INTEGER PRIMARY KEY, field INTEGER NOT NULL, first INTEGER NOT NULL, rows INTEGER NOT NULL, width INTEGER NOT NULL,
    bytes BLOB NOT NULL);

-- What the analyst adds to events, and filters.
CREATE TABLE mark(event INTEGER PRIMARY KEY, marked INTEGER NOT NULL DEFAULT 1, tag TEXT, comment TEXT, at INTEGER NOT NULL);
CREATE TABLE saved_filter(name TEXT PRIMARY KEY, filter TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE history(id INTEGER PRIMARY KEY, filter TEXT NOT NULL, at INTEGER NOT NULL);

-- Findings. state: new, confirmed, benign; it and note are those of the triage that goes for it. grouping: {"source.ip":"203.0.113.9"} as JSON. hash: of the rule and what it depends on;
-- events: how many the case held when it ran (-1: run again).
CREATE TABLE rule(id TEXT PRIMARY KEY, title TEXT NOT NULL, level TEXT NOT NULL, path TEXT NOT NULL, hash BLOB NOT NULL, events INTEGER NOT NULL,
    ran INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE finding(id INTEGER PRIMARY KEY, rule TEXT NOT NULL, name TEXT NOT NULL, level TEXT NOT NULL, tags TEXT NOT NULL, grouping TEXT NOT NULL,
    first INTEGER, last INTEGER, count INTEGER NOT NULL, why TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'new',
    note TEXT, at INTEGER NOT NULL);
CREATE INDEX finding_rule ON finding(rule);
CREATE TABLE finding_event(finding INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY(finding, event)) WITHOUT ROWID;

-- What was said of findings. It stays whatever rules run, and goes for every finding of the same rule and grouping that holds an event of it;
-- where several do, the one said last (ids run in that order). count: how many events the finding had then; at: when (NULL: before there was
-- this table), author: the login name of who said it.
CREATE TABLE triage(id INTEGER PRIMARY KEY, rule TEXT NOT NULL, grouping TEXT NOT NULL, state TEXT NOT NULL, note TEXT, count INTEGER NOT NULL,
    at INTEGER, author TEXT);
CREATE INDEX triage_rule ON triage(rule);
-- seen: 1 the finding had this event when it was said; 0 it came to it later.
CREATE TABLE triage_event(triage INTEGER NOT NULL, event INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(triage, event)) WITHOUT ROWID;
-- Which one goes for a finding now.
CREATE TABLE triage_finding(finding INTEGER PRIMARY KEY, triage INTEGER NOT NULL);

-- The same with readable hashes and times, for those who query by hand.
CREATE VIEW sources AS SELECT id, path, container, lower(hex(sha256)) AS sha256, size_bytes, inflated_bytes, events, duplicates, rejects, unselected,
    strftime('%Y-%m-%dT%H:%M:%fZ', first / 1000.0, 'unixepoch') AS first, strftime('%Y-%m-%dT%H:%M:%fZ', last / 1000.0, 'unixepoch') AS last,
    strftime('%Y-%m-%dT%H:%M:%fZ', imported / 1000.0, 'unixepoch') AS imported, state = 1 AS complete, version, skipped FROM source;
CREATE VIEW rejects AS SELECT r.id, r.source, s.path, s.container, r.offset, r.length, r.reason, r.bytes FROM reject r JOIN source s ON s.id = r.source;
CREATE VIEW findings AS SELECT f.id, f.rule, f.name, f.level, f.tags, f.grouping, strftime('%Y-%m-%dT%H:%M:%fZ', f.first / 1000.0, 'unixepoch') AS first,
    strftime('%Y-%m-%dT%H:%M:%fZ', f.last / 1000.0, 'unixepoch') AS last, f.count, f.why, f.state, f.note FROM finding f;
