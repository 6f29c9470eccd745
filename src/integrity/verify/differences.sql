-- What verify asks of a case (main) and of the one that was made of its evidence again (made). differences.c runs it.
--
-- A line "--- WHEN KIND [EACH]" begins a statement. WHEN: the step of verify that it belongs to. KIND: that of the differences which its rows
-- tell (source, offset, event, field, expected, found, what); "do": statements that give no rows, "ask": verify itself reads the rows.
-- EACH: run once for every plain (a field with a column in table event), member (of a group), group, or name of the list; $name and $group
-- stand for it. $mine(x) and $made(x) are a value x of field f in words, by the dictionaries of main and of made.

--- shown ask
CASE WHEN $value IS NULL THEN NULL WHEN f.store = 'group' THEN $value
    WHEN f.store = 'id' AND typeof($value) = 'text' THEN $value
    WHEN f.store = 'id' AND typeof($value) = 'blob' AND length($value) = 16 THEN lower(substr(hex($value), 1, 8) || '-' ||
        substr(hex($value), 9, 4) || '-' ||
        substr(hex($value), 13, 4) || '-' || substr(hex($value), 17, 4) || '-' || substr(hex($value), 21))
    WHEN f.store = 'bool' THEN CASE $value WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE CAST($value AS TEXT) END
    WHEN f.store = 'time' AND typeof($value) = 'integer' THEN coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', $value / 1000.0, 'unixepoch'), $value)
    WHEN f.store = 'coded' AND typeof($value) = 'integer' THEN coalesce((SELECT text FROM $db.term WHERE field = $number AND code = $value),
        'code ' || $value || ', which the dictionary doesn''t have')
    ELSE 'a value of another type' END

-- gone: sources that can't be read again. given: what only the program knows.
-- fields: those of this program and its groups, with their numbers in both cases (0: none); at: which one it is; checked: of values that come
-- from files, whether these are here; used: whether the case notes any.
--- begin do
CREATE TEMP TABLE gone(source INTEGER PRIMARY KEY);
CREATE TEMP TABLE given(name PRIMARY KEY, value);
CREATE TEMP TABLE fields(name TEXT PRIMARY KEY, at INTEGER, id INTEGER, made INTEGER, store TEXT, sparse INTEGER, grp TEXT, parent TEXT, checked INTEGER, used INTEGER);
CREATE TEMP TABLE kept(id INTEGER PRIMARY KEY, value);
CREATE TEMP TABLE path(event INTEGER, field INTEGER, made, mine);

-- Is everything the same? The usual answer is yes, and then there is nothing more to ask. Each row is a query that gives 0 if so; they run
-- on all cores. Tables are joined by their keys, which both are in the order of.
--- same ask
WITH RECURSIVE run(first, last) AS (SELECT 1, 131072 UNION ALL SELECT last + 1, last + 131072 FROM run
    WHERE last < (SELECT max(id) FROM made.event)),
t(name, filter) AS (SELECT 'event', ' AND t.id BETWEEN ' || first || ' AND ' || last FROM run UNION ALL
    SELECT name, '' FROM fields WHERE store = 'group' UNION ALL
    VALUES('term', ''), ('extra', ''), ('anonymous', ''), ('duplicate', ''), ('reject', ''), ('access_point', ''), ('segment', '') UNION ALL
    SELECT 'derived', ' AND t.field NOT IN (0' || coalesce((SELECT group_concat(', ' || made, '') FROM fields WHERE NOT checked OR NOT used),
        '') || ')'),
x AS (SELECT name, filter, (SELECT group_concat('"' || name || '"') FROM pragma_table_info(t.name, 'made') WHERE pk > 0) AS key,
    (SELECT 'c."' || name || '"' FROM pragma_table_info(t.name, 'made') WHERE pk = 1) AS one,
    (SELECT group_concat('c."' || name || '" IS NOT t."' || name || '"', ' OR ') FROM pragma_table_info(t.name, 'made') WHERE pk = 0) AS other
    FROM t)
SELECT 'SELECT EXISTS(SELECT 1 FROM made.' || name || ' t LEFT JOIN main.' || name || ' c USING(' || key || ') WHERE (' || one ||
    ' IS NULL OR ' || other || ')' || filter || ')' FROM x
UNION ALL SELECT DISTINCT 'SELECT (SELECT count(*) FROM main.' || name || whole || ') <> (SELECT count(*) FROM made.' || name || whole || ')'
    FROM (SELECT name, iif(name = 'derived', ' t WHERE 1' || filter, '') AS whole FROM x)
UNION ALL SELECT 'SELECT EXISTS(SELECT 1 FROM main.derived WHERE field IN (0' || coalesce(group_concat(', ' || id, ''), '') || '))' FROM fields
    WHERE checked AND NOT used
-- How many bytes came out of a file that was skipped isn't known again; nor how one that stays outside would have been kept.
UNION ALL SELECT 'SELECT EXISTS(SELECT 1 FROM main.source c LEFT JOIN made.source t USING(id) WHERE t.id IS NULL OR (c.kind <> t.kind AND ' ||
    'c.kind <> 2 AND c.skipped IS NULL) OR (c.inflated_bytes IS NOT t.inflated_bytes AND c.skipped IS NULL)' ||
    group_concat(' OR c.' || name || ' IS NOT t.' || name, '') || ')' FROM pragma_table_info('source', 'made') WHERE name NOT IN ('id', 'path',
    'container', 'inflated_bytes', 'kind', 'imported', 'version', 'selection', 'capped');

-- The two cases may number their events, texts and combinations differently (evidence that is damaged gives fewer of them), so events are
-- paired by the place of their record, and values are compared as what they say. pair: events of the case (c) and of the made one (t); copy:
-- the same of duplicates.
--- explain do
CREATE TEMP TABLE place(source INTEGER, offset INTEGER, id INTEGER, copy INTEGER);
INSERT INTO place SELECT source, offset, id, 0 FROM made.event UNION ALL SELECT source, offset, id, 1 FROM made.duplicate;
CREATE INDEX temp.place_at ON place(source, offset, copy);
CREATE TEMP TABLE pair(c INTEGER PRIMARY KEY, t INTEGER UNIQUE);
INSERT OR IGNORE INTO pair SELECT c.id, p.id FROM main.event c JOIN place p ON p.source = c.source AND p.offset = c.offset AND p.copy = 0
    ORDER BY c.id <> p.id, c.id;
-- A place that is wrong, but within the record.
INSERT OR IGNORE INTO pair SELECT c.id, t.id FROM main.event c JOIN made.event t ON t.id = c.id WHERE c.source = t.source AND
    c.offset > t.offset AND c.offset < t.offset + t.length AND c.id NOT IN (SELECT c FROM pair) AND t.id NOT IN (SELECT t FROM pair);
CREATE TEMP TABLE copy(c INTEGER PRIMARY KEY, t INTEGER UNIQUE);
INSERT OR IGNORE INTO copy SELECT c.id, p.id FROM main.duplicate c JOIN place p ON p.source = c.source AND p.offset = c.offset AND p.copy = 1;
-- Of a source whose import was interrupted: what it came to.
CREATE TEMP TABLE reached AS SELECT id AS source, max(coalesce((SELECT max(offset) FROM main.event WHERE source = s.id), -1),
    coalesce((SELECT max(offset) FROM main.duplicate WHERE source = s.id), -1)) AS offset FROM main.source s
    WHERE state = 0 AND sha256 IS NULL AND coalesce(size_bytes, 0) = 0 AND id = (SELECT max(id) FROM main.source);
CREATE TEMP TABLE meet(grp TEXT, c INTEGER, t INTEGER);
CREATE TEMP TABLE apart(grp TEXT, c INTEGER, t INTEGER, field INTEGER, made, mine);
CREATE INDEX temp.apart_at ON apart(grp, c, t);
CREATE TEMP TABLE used(field INTEGER, code INTEGER, PRIMARY KEY(field, code));
CREATE TEMP TABLE word(field INTEGER, text TEXT, code INTEGER, PRIMARY KEY(field, text));

-- Sources.
--- explain source
SELECT id, NULL, NULL, 'state', 1, state, 'the source isn''t one whose import was interrupted' FROM main.source
    WHERE state IS NOT 1 AND id NOT IN (SELECT source FROM reached)
--- explain source unselected,untimed,inflated_bytes,kind,skipped,first,last
SELECT id, NULL, NULL, '$name', iif(is_time, strftime('%Y-%m-%dT%H:%M:%fZ', t / 1000.0, 'unixepoch'), t),
    iif(is_time, strftime('%Y-%m-%dT%H:%M:%fZ', c / 1000.0, 'unixepoch'), c), CASE '$name'
    WHEN 'unselected' THEN 'not as many records were left out by the choice at import' WHEN 'untimed' THEN 'not as many events have no time'
    WHEN 'inflated_bytes' THEN 'the bytes inflate to another size' WHEN 'kind' THEN 'the bytes are of another kind'
    WHEN 'skipped' THEN 'the bytes tell otherwise whether this is a trail' ELSE 'not the time of its records' END
    FROM (SELECT c.id, c.$name AS c, t.$name AS t, '$name' IN ('first', 'last') AS is_time FROM main.source c JOIN made.source t USING(id)
        WHERE CASE '$name' WHEN 'kind' THEN c.kind <> 2 AND c.skipped IS NULL WHEN 'inflated_bytes' THEN c.skipped IS NULL AND t.skipped IS NULL
        ELSE 1 END)
    WHERE c IS NOT t AND id NOT IN (SELECT source FROM gone) AND id NOT IN (SELECT source FROM reached) ORDER BY id
--- explain source event,duplicate,reject
SELECT c.id, NULL, NULL, '$names', coalesce(n, 0), c.$names, 'not as many rows are in the case' FROM main.source c
    LEFT JOIN (SELECT source, count(*) AS n FROM main.$name GROUP BY source) g ON g.source = c.id WHERE coalesce(n, 0) IS NOT c.$names ORDER BY c.id

-- Access points.
--- explain evidence
SELECT source, inflated, NULL, 'access_point', NULL, NULL, 'inflating can''t begin at this place' FROM main.access_point c
    WHERE source IN (SELECT id FROM main.source) AND source NOT IN (SELECT source FROM gone)
    AND NOT EXISTS(SELECT 1 FROM made.access_point t WHERE t.source = c.source AND t.inflated = c.inflated)
--- explain evidence
SELECT source, inflated, NULL, 'access_point', NULL, NULL, 'inflating has to begin at this place, and the case doesn''t say so'
    FROM made.access_point c WHERE source NOT IN (SELECT source FROM reached)
    AND NOT EXISTS(SELECT 1 FROM main.access_point t WHERE t.source = c.source AND t.inflated = c.inflated)
--- explain evidence bits,window
SELECT c.source, c.inflated, NULL, 'access_point.$name', iif(typeof(t.$name) = 'integer', t.$name, NULL),
    iif(typeof(c.$name) = 'integer', c.$name, NULL), CASE '$name' WHEN 'bits' THEN 'inflating can''t begin at this place'
    ELSE 'the bytes noted before this place aren''t those that stand there' END
    FROM main.access_point c JOIN made.access_point t USING(source, inflated) WHERE c.$name IS NOT t.$name

-- Places of events.
--- explain event
SELECT c.source, c.offset, c.id, CASE WHEN s.id IS NULL THEN 'source' WHEN p.id NOT NULL THEN 'event.id' END, NULL, NULL,
    CASE WHEN s.id IS NULL THEN 'an event of a source that isn''t in the case' WHEN p.id NOT NULL THEN
    'an event that is a copy of another one: it should be a duplicate' ELSE 'no record of the evidence gives this event' END
    FROM main.event c LEFT JOIN main.source s ON s.id = c.source LEFT JOIN place p ON p.source = c.source AND p.offset = c.offset AND p.copy = 1
    WHERE c.id NOT IN (SELECT c FROM pair) AND c.source NOT IN (SELECT source FROM gone) ORDER BY c.id
--- explain event
SELECT t.source, t.offset, NULL, iif(t."event.id" NOT NULL, 'event.id', NULL), $made(t."event.id"), NULL,
    'this record of the evidence is not in the case' FROM made.event t JOIN fields f ON f.name = 'event.id' WHERE t.id NOT IN (SELECT t FROM pair)
    AND NOT EXISTS(SELECT 1 FROM reached r WHERE r.source = t.source AND r.offset < t.offset) ORDER BY t.id
--- explain event offset,length,flags
SELECT c.source, t.offset, c.id, '$name', t.$name, c.$name, iif('$name' = 'flags', 'the row says otherwise how its record stands there',
    'the row says otherwise where its record stands')
    FROM pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t WHERE c.$name IS NOT t.$name ORDER BY c.id
--- explain event
SELECT c.source, c.offset, c.id, 'id', NULL, NULL, 'events are not numbered in the order of their records' FROM (SELECT
    CASE WHEN b IS NULL OR x > b THEN a ELSE x END AS wrong FROM (SELECT c AS x, lag(c) OVER w AS a, lag(c, 2) OVER w AS b FROM pair
    WINDOW w AS (ORDER BY t)) WHERE x < a) JOIN main.event c ON c.id = wrong
--- explain event
SELECT source, NULL, id, 'id', NULL, NULL, 'an event can''t have this number' FROM main.event WHERE id < 1
--- explain event
SELECT NULL, NULL, a + 1, 'id', NULL, NULL, 'no event has ' || CASE WHEN b = a + 2 THEN 'this number'
    ELSE 'a number from this to ' || (b - 1) END || ', though they run on'
    FROM (SELECT id AS b, lag(id, 1, 0) OVER (ORDER BY id) AS a FROM main.event WHERE id > 0) WHERE b > a + 1

-- Duplicates.
--- explain duplicate
SELECT source, offset, event, iif(s.id IS NULL, 'source', NULL), NULL, NULL, iif(s.id IS NULL, 'a duplicate of a source that isn''t in the case',
    'no record of the evidence gives this duplicate') FROM main.duplicate c LEFT JOIN main.source s ON s.id = c.source
    WHERE c.id NOT IN (SELECT c FROM copy) AND source NOT IN (SELECT source FROM gone) ORDER BY c.id
--- explain event
SELECT t.source, t.offset, NULL, 'event.id', $made(e."event.id"), NULL, 'this record of the evidence is not in the case'
    FROM made.duplicate t JOIN fields f ON f.name = 'event.id' LEFT JOIN made.event e ON e.id = t.event WHERE t.id NOT IN (SELECT t FROM copy)
    AND NOT EXISTS(SELECT 1 FROM reached r WHERE r.source = t.source AND r.offset < t.offset) AND NOT EXISTS(SELECT 1 FROM gone) ORDER BY t.id
--- explain duplicate length,flags
SELECT c.source, c.offset, c.event, 'duplicate.$name', t.$name, c.$name, 'the duplicate''s row says otherwise'
    FROM copy p JOIN main.duplicate c ON c.id = p.c JOIN made.duplicate t ON t.id = p.t WHERE c.$name IS NOT t.$name
--- explain duplicate
SELECT c.source, c.offset, c.event, 'duplicate.event', e.c, c.event, iif(c.event IN (SELECT id FROM main.event),
    'the event that it is a copy of is another one', 'the event that it is a copy of isn''t in the case')
    FROM copy p JOIN main.duplicate c ON c.id = p.c JOIN made.duplicate t ON t.id = p.t LEFT JOIN pair e ON e.t = t.event
    WHERE e.c IS NOT c.event AND NOT EXISTS(SELECT 1 FROM gone)

-- Rejects.
--- explain do
CREATE TEMP TABLE a AS SELECT *, row_number() OVER (PARTITION BY source, offset ORDER BY id) AS n FROM main.reject;
CREATE TEMP TABLE b AS SELECT *, row_number() OVER (PARTITION BY source, offset ORDER BY id) AS n FROM made.reject;
CREATE INDEX temp.a_at ON a(source, offset, n);
CREATE INDEX temp.b_at ON b(source, offset, n);
--- explain reject
SELECT source, offset, NULL, iif(s.id IS NULL, 'source', 'reject.reason'), NULL, a.reason, iif(s.id IS NULL,
    'a reject of a source that isn''t in the case', 'nothing in the evidence gives this reject') FROM a LEFT JOIN b USING(source, offset, n)
    LEFT JOIN main.source s ON s.id = a.source WHERE b.id IS NULL AND a.source NOT IN (SELECT source FROM gone) ORDER BY a.id
--- explain reject
SELECT b.source, b.offset, NULL, 'reject.reason', b.reason, NULL, 'what can''t be read here is not in the case as a reject'
    FROM b LEFT JOIN a USING(source, offset, n) WHERE a.id IS NULL
    AND NOT EXISTS(SELECT 1 FROM reached r WHERE r.source = b.source AND r.offset < b.offset) ORDER BY b.id
--- explain reject length,reason,bytes
SELECT a.source, a.offset, NULL, 'reject.$name', CAST(b.$name AS TEXT), CAST(a.$name AS TEXT), 'the reject''s row says otherwise'
    FROM a JOIN b USING(source, offset, n) WHERE a.$name IS NOT b.$name

-- Records without an event id.
--- explain event
SELECT c.source, c.offset, c.id, 'anonymous.event', p.c, a.event, 'the hash of a record without an event id leads elsewhere'
    FROM made.anonymous m JOIN pair p ON p.t = m.event JOIN main.event c ON c.id = p.c LEFT JOIN main.anonymous a ON a.hash = m.hash
    WHERE a.event IS NOT p.c ORDER BY c.id
--- explain event
SELECT NULL, NULL, a.event, 'anonymous.event', NULL, NULL, 'noted as a record without an event id, but no such record gives it'
    FROM main.anonymous a LEFT JOIN main.event c ON c.id = a.event WHERE a.hash NOT IN (SELECT hash FROM made.anonymous)
    AND coalesce(c.source, 0) NOT IN (SELECT source FROM gone) ORDER BY a.event

-- Values that belong to nothing.
--- explain event
SELECT NULL, NULL, x.event, n.name, NULL, NULL, iif(f.name NOT NULL, 'a value of an event that isn''t there', 'a value of no field')
    FROM main.extra x LEFT JOIN main.field n ON n.id = x.field LEFT JOIN fields f ON f.id = x.field AND f.sparse
    WHERE f.name IS NULL OR x.event NOT IN (SELECT id FROM main.event)
--- explain term
SELECT NULL, NULL, NULL, n.name, NULL, t.text, 'a text of no field' FROM main.term t LEFT JOIN main.field n ON n.id = t.field
    WHERE t.field NOT IN (SELECT id FROM fields WHERE store = 'coded')
--- explain derived
SELECT NULL, NULL, NULL, n.name, NULL, d.text, 'a value of no field' FROM main.derived d LEFT JOIN main.field n ON n.id = d.field
    WHERE d.field NOT IN (SELECT id FROM fields WHERE store = 'derived')

-- Values of events: by combination (each pair of combinations that meets is compared once), in a column of their own, sparse.
--- explain event group
SELECT c.source, c.offset, c.id, '$name', NULL, coalesce(c.$name, 0), 'the event''s row names a combination that isn''t there'
    FROM main.event c LEFT JOIN main.$name g ON g.id = c.$name WHERE g.id IS NULL ORDER BY c.id
--- explain do group
INSERT INTO meet SELECT DISTINCT '$name', c.$name, t.$name FROM pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t
--- explain do member
INSERT INTO apart SELECT * FROM (SELECT m.grp, m.c, m.t, f.name, $made(y."$name") AS made, $mine(x."$name") AS mine
    FROM meet m JOIN fields f ON f.name = '$name' AND f.grp = m.grp JOIN main.$group x ON x.id = m.c JOIN made.$group y ON y.id = m.t)
    WHERE made IS NOT mine
--- explain event group
SELECT c.source, c.offset, c.id, a.field, a.made, a.mine, 'the event''s row has another value than its record'
    FROM pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t JOIN apart a ON a.grp = '$name' AND a.c = c.$name AND a.t = t.$name
    ORDER BY c.id, a.rowid
--- explain event plain
SELECT source, offset, id, '$name', made, mine, 'the event''s row has another value than its record' FROM (SELECT c.source, c.offset, c.id,
    f.store, t."$name" AS y, c."$name" AS x, $made(t."$name") AS made, $mine(c."$name") AS mine
    FROM fields f JOIN pair p JOIN main.event c ON c.id = p.c JOIN made.event t ON t.id = p.t WHERE f.name = '$name')
    WHERE iif(store = 'coded', made IS NOT mine, y IS NOT x) ORDER BY id
--- explain event
SELECT source, offset, id, name, made, mine, 'the event''s row has another value than its record' FROM (SELECT c.source, c.offset, c.id, f.name,
    f.at, $made(y.value) AS made, $mine(x.value) AS mine FROM (SELECT f.id AS field, p.c, p.t FROM made.extra e JOIN fields f ON f.made = e.field
    JOIN pair p ON p.t = e.event UNION SELECT e.field, p.c, p.t FROM main.extra e JOIN pair p ON p.c = e.event) p
    JOIN fields f ON f.id = p.field AND f.sparse JOIN main.event c ON c.id = p.c LEFT JOIN main.extra x ON x.field = f.id AND x.event = p.c
    LEFT JOIN made.extra y ON y.field = f.made AND y.event = p.t) WHERE made IS NOT mine ORDER BY at, id

-- Dictionaries, combinations, and what is made of values.
--- explain do plain
INSERT OR IGNORE INTO used SELECT f.id, c."$name" FROM fields f JOIN main.event c WHERE f.name = '$name' AND f.store = 'coded'
--- explain do member
INSERT OR IGNORE INTO used SELECT f.id, c."$name" FROM fields f JOIN main.$group c WHERE f.name = '$name' AND f.store = 'coded'
    AND c.id IN (SELECT $group FROM main.event)
--- explain do
INSERT OR IGNORE INTO used SELECT field, value FROM main.extra;
INSERT INTO word SELECT t.field, t.text, t.code FROM made.term t JOIN fields p ON p.made = t.field
    WHERE p.name IN (SELECT parent FROM fields WHERE checked);
--- explain term
SELECT NULL, NULL, NULL, name, NULL, text, CASE how WHEN 1 THEN 'a code that can''t be in the dictionary'
    WHEN 2 THEN 'codes are missing in the dictionary before this one' WHEN 3 THEN 'the dictionary has this text twice'
    ELSE 'no event has this text of the dictionary' END FROM (SELECT f.name, f.at, a.code, a.text, CASE WHEN typeof(a.code) <> 'integer'
    OR a.code < 1 THEN 1 WHEN a.code > 1 AND NOT EXISTS(SELECT 1 FROM main.term b WHERE b.field = a.field AND b.code = a.code - 1) THEN 2
    WHEN (a.field, a.code) IN (SELECT field, max(code) FROM main.term GROUP BY field, text HAVING count(*) > 1) THEN 3
    WHEN NOT EXISTS(SELECT 1 FROM used u WHERE u.field = a.field AND u.code = a.code) THEN 4 END AS how
    FROM main.term a JOIN fields f ON f.id = a.field AND f.store = 'coded') WHERE how NOT NULL ORDER BY at, code
--- explain term group
SELECT NULL, NULL, NULL, '$name', NULL, NULL, CASE how WHEN 1 THEN 'combinations are missing before this one'
    WHEN 2 THEN 'the same combination twice' ELSE 'no event has this combination' END || ': number ' || id
    FROM (SELECT id, 1 AS how FROM main.$name a WHERE id <> 1 AND NOT EXISTS(SELECT 1 FROM main.$name b WHERE b.id = a.id - 1)
    UNION ALL SELECT max(id), 2 FROM main.$name GROUP BY $members HAVING count(*) > 1
    UNION ALL SELECT id, 3 FROM main.$name WHERE id NOT IN (SELECT $name FROM main.event WHERE $name NOTNULL)) ORDER BY id, how
-- By the text that a value is made of; the code is the case's.
--- explain derived
SELECT NULL, NULL, NULL, f.name, b.text, a.text, iif(k.text IS NULL, 'not what events without ' || f.parent || ' give',
    'not what ' || f.parent || ' gives: ' || substr(k.text, 1, 200)) FROM fields f JOIN fields p ON p.name = f.parent
    JOIN (SELECT id AS field, 0 AS code, NULL AS text, 0 AS t FROM fields UNION ALL SELECT m.field, m.code, m.text, w.code FROM main.term m
    JOIN fields n ON n.id = m.field JOIN word w ON w.field = n.made AND w.text = m.text) k ON k.field = p.id
    LEFT JOIN main.derived a ON a.field = f.id AND a.code = k.code LEFT JOIN made.derived b ON b.field = f.made AND b.code = k.t AND f.used
    WHERE f.checked AND f.id <> 0 AND a.text IS NOT b.text AND (k.code <> 0 OR EXISTS(SELECT 1 FROM made.event)) ORDER BY f.at, k.code
--- explain derived
SELECT NULL, NULL, NULL, f.name, NULL, d.text, 'a value for a code that the dictionary doesn''t have' FROM main.derived d
    JOIN fields f ON f.id = d.field AND f.checked JOIN fields p ON p.name = f.parent WHERE d.code <> 0
    AND NOT EXISTS(SELECT 1 FROM main.term t WHERE t.field = p.id AND t.code = d.code) ORDER BY f.at, d.code

-- Columns kept for queries: only a cache of the rows, but one that answers. Those that are not byte for byte what was made again (another zlib
-- packs otherwise, and rows may have other numbers) are unpacked into table kept and compared with the rows that they stand for. A segment of
-- no field is read by nobody.
--- segments ask
SELECT f.at, c.first, c.rows FROM main.segment c JOIN fields f ON f.id = c.field AND f.store <> 'derived'
    LEFT JOIN made.segment t ON t.field = f.made AND t.first = c.first
    WHERE f.id <> 0 AND (t.bytes IS NOT c.bytes OR t.width IS NOT c.width OR t.rows IS NOT c.rows) ORDER BY c.field, c.first
--- column segment
SELECT r.source, r.offset, r.id, '$name', $mine(r.v), $mine(r.value), 'the column kept for queries has another value than the event''s row'
    FROM (SELECT c.id, c.source, c.offset, c."$name" AS v, k.value FROM kept k JOIN main.event c USING(id)) r JOIN fields f ON f.name = '$name'
    WHERE r.v IS NOT r.value ORDER BY r.id
--- sparse segment
SELECT r.source, r.offset, r.id, '$name', $mine(r.v), $mine(r.value), 'the column kept for queries has another value than the event''s row'
    FROM (SELECT c.id, c.source, c.offset, x.value AS v, k.value FROM fields f JOIN kept k JOIN main.event c ON c.id = k.id
    LEFT JOIN main.extra x ON x.field = f.id AND x.event = c.id WHERE f.name = '$name') r JOIN fields f ON f.name = '$name'
    WHERE r.v IS NOT r.value ORDER BY r.id
--- combination segment
SELECT NULL, NULL, NULL, '$name', $mine(r.v), $mine(r.value), 'the column kept for queries has another value in a combination: number ' || r.id
    FROM (SELECT c.id, c."$name" AS v, k.value FROM kept k JOIN main.$group c USING(id)) r JOIN fields f ON f.name = '$name'
    WHERE r.v IS NOT r.value ORDER BY r.id

-- What an import has no say in: that all fields are there, the view that shows the events to other programs, and rows that belong to nothing.
-- The rest of the schema was looked at when the case was opened. How another version made the view is not known here.
--- rest database
SELECT NULL, NULL, NULL, name, NULL, NULL, 'the case doesn''t know this field' FROM fields
    WHERE id = 0 AND NOT (SELECT value FROM given WHERE name = 'other version') ORDER BY at
--- rest database
SELECT NULL, NULL, NULL, 'ecs', value, (SELECT sql FROM main.sqlite_schema WHERE name = 'ecs'), 'not the view that belongs to a case' FROM given
    WHERE name = 'view' AND value IS NOT (SELECT sql FROM main.sqlite_schema WHERE name = 'ecs')
    AND NOT (SELECT value FROM given WHERE name = 'other version')
--- rest evidence evidence,access_point
SELECT source, NULL, NULL, 'source', NULL, NULL, iif('$name' = 'evidence', 'kept bytes', 'access points') || ' of a source that isn''t in the case'
    FROM main.$name WHERE source NOT IN (SELECT id FROM main.source) GROUP BY source
--- rest database
SELECT NULL, NULL, event, 'finding_event', NULL, NULL, 'an event of a finding that isn''t in the case' FROM main.finding_event
    WHERE finding NOT IN (SELECT id FROM main.finding) OR event NOT IN (SELECT id FROM main.event)
--- rest database
SELECT NULL, NULL, NULL, key, NULL, value, 'said of a source that isn''t in the case' FROM main.meta WHERE key GLOB 'source.altered.*'
    AND substr(key, length('source.altered.') + 1) NOT IN (SELECT CAST(id AS TEXT) FROM main.source)

-- Columns of paths, compared with the records themselves. Rows are found by their numbers: in a case with gaps the columns mean something else.
--- keeps ask
SELECT count(*) = 2 AND (SELECT coalesce(max(id), 0) = count(*) AND coalesce(min(id), 1) = 1 FROM main.event) FROM main.sqlite_schema
    WHERE type = 'table' AND name IN ('path_column', 'path_term')
--- paths ask
SELECT DISTINCT path FROM main.path_column ORDER BY path
--- path path
SELECT c.source, c.offset, c.id, p.field, p.made, p.mine, 'the column kept of this path has another value than the record'
    FROM path p JOIN main.event c ON c.id = p.event ORDER BY c.id, p.field
