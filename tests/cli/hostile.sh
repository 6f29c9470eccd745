#!/bin/sh
# Bad input: each gives a clear message or a reject naming what and where; the rest goes on; the exit code tells.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
good='{"eventName":"Good","eventTime":"2026-03-01T09:00:00Z","eventID":"g1"}'
good2='{"eventName":"Good","eventTime":"2026-03-01T09:00:01Z","eventID":"g2"}'

try() { # NAME FILE WANT: [events,duplicates,rejects,skipped] and exit code
    rm -f t.trail
    run "$TRAILHOUND" import -c t.trail --format jsonl "$2"
    is "$1" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects,.skipped]') $code" "$3"
}
reason() { "$TRAILHOUND" sources -c t.trail --rejects --format jsonl | jq -r '"\(.offset) \(.reason)"'; }

: >f; try "empty file: skipped" f "[0,0,0,1] 0"
printf '{"Records":[]}' >f; try "empty Records: nothing, not skipped" f "[0,0,0,0] 0"
printf '{"Records":[%s,%s]}' "$good" "$good2" | gzip -n >whole.gz
head -c $(($(wc -c <whole.gz) - 6)) whole.gz >f; try "truncated gzip: what stands before is kept" f "[2,0,1,0] 4"
like "truncated gzip: says so" "$(reason)" "gzip|truncated|ends"
head -c 30 whole.gz >f; try "gzip cut near its beginning: one reject" f "[0,0,1,0] 4"
printf '{"Records":[%s,{"eventName":"Ba' "$good" >f; try "truncated JSON: what stands before is kept" f "[1,0,1,0] 4"
like "truncated JSON: the offset of the break" "$(reason)" "^8[0-9] "
printf '{"Records":[%s,17,"x",null,%s]}' "$good" "$good2" >f; try "members that are no object: a reject each" f "[2,0,3,0] 4"
printf '{"Records":[%s,{"hello":1}]}' "$good" >f; try "an object that is no CloudTrail record: a reject" f "[1,0,1,0] 4"
printf '%s\n{"eventName":"broken,\n%s\n' "$good" "$good2" >f; try "a broken line: a reject, the rest goes on" f "[2,0,1,0] 4"
printf '{"eventName":"A\377\376","eventTime":"2026-03-01T09:00:00Z","eventID":"u"}\n' >f; try "invalid UTF-8 hides nothing" f "[1,0,0,0] 0"
is "invalid UTF-8 is shown as U+FFFD" "$("$TRAILHOUND" query -c t.trail --fields event.action --format jsonl)" '{"event.action":"A��"}'
printf '{"eventName":"A\\u0000B\\ud800","eventTime":"2026-03-01T09:00:00Z","eventID":"n","x":1e999}\n' >f; try "NUL, lone surrogate, huge number hide nothing" f "[1,0,0,0] 0"
printf '%s\n\000\000\n%s\n' "$good" "$good2" >f; try "NUL bytes between lines: a reject, the rest goes on" f "[2,0,1,0] 4"
{ printf '{"eventName":"Deep","eventTime":"2026-03-01T09:00:00Z","eventID":"d","requestParameters":'; awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }'; } >f
try "deep nesting: a reject" f "[0,0,1,0] 4"
{ printf '%s\n{"eventName":"' "$good"; head -c 100000000 /dev/zero | tr '\0' 'a'; printf '","eventTime":"2026-03-01T09:00:00Z","eventID":"big"}\n%s\n' "$good2"; } >f
try "a line of 100 MB: a reject, the rest goes on" f "[2,0,1,0] 4"
like "a line of 100 MB: says the limit" "$(reason)" "64 MiB|record"
rm -f f
printf '{"a":1}' >f; try "other JSON: skipped" f "[0,0,0,1] 0"
head -c 5000 /dev/urandom >f; try "a picture: skipped" f "[0,0,0,1] 0"
printf '{"eventName":"First","eventName":"Last","eventID":"k","eventTime":"2026-03-01T09:00:00Z"}' >f; try "duplicate keys: an event" f "[1,0,0,0] 0"
is "duplicate keys: the last one wins" "$("$TRAILHOUND" query -c t.trail --fields event.action --format jsonl)" '{"event.action":"Last"}'

mkdir d; printf '%s' "$good" >d/a.json; printf '%s' "$good2" >d/b.json
if [ "$(id -u)" -ne 0 ]; then
    chmod 0 d/a.json; try "unreadable file: a reject, the rest goes on" d "[1,0,1,0] 4"; chmod 600 d/a.json
else
    ln -s /nowhere-at-all d/c.json; try "a link into nothing in a folder: skipped, the rest goes on" d "[2,0,0,1] 0"
fi
mkdir none; printf 'text\n' >none/readme; try "a folder with no trail files" none "[0,0,0,1] 0"
run "$TRAILHOUND" import -c t2.trail missing-folder
is "a path that is not there: exit 1" "$code" 1
like "a path that is not there: named" "$errout" "missing-folder: No such file"
ok "a path that is not there: no case is left" [ ! -e t2.trail ]

printf 'this is no database, it only has the name of one, and is long enough to be looked at\n' >no.trail
run "$TRAILHOUND" count -c no.trail; is "a file that is no case: exit 1" "$code" 1
like "a file that is no case: named" "$errout" "no\.trail is not a Trailhound case"
if command -v sqlite3 >/dev/null; then
    sqlite3 other.trail 'create table t(x)'
    run "$TRAILHOUND" count -c other.trail; is "another SQLite file: exit 1" "$code" 1
    like "another SQLite file: named" "$errout" "other\.trail is a SQLite database, but not a Trailhound case"
    printf '%s' "$good" >f; rm -f new.trail; "$TRAILHOUND" import -q -c new.trail f
    sqlite3 new.trail 'pragma user_version = 99'
    run "$TRAILHOUND" count -c new.trail; is "a newer case: exit 1" "$code" 1
    like "a newer case: says the version" "$errout" "99.*newer|newer.*99"
else
    skip "foreign SQLite files" "no sqlite3"
fi
run "$TRAILHOUND" count -c nowhere.trail; is "a case that is not there: exit 1" "$code" 1
like "a case that is not there: named" "$errout" "nowhere\.trail"

# a full disk: a file size limit gives the same answer from the system; the case stays sound and a second run completes it
for n in $(seq 1 3000); do printf '{"eventName":"N%s","eventTime":"2026-03-01T09:00:00Z","eventID":"id-%s","userAgent":"%s"}\n' "$n" "$n" "$(printf '%0300d' "$n")"; done >many.jsonl
run sh -c 'ulimit -f 400; exec "$TRAILHOUND" import -q -c full.trail many.jsonl'
is "no room: exit 1" "$code" 1
like "no room: said" "$errout" "full|space|File too large|limit"
run "$TRAILHOUND" import -q -c full.trail many.jsonl
is "no room: the next run completes it" "$code $("$TRAILHOUND" count -c full.trail)" "0 3000"

# an agent of its own for each event, more than are derived at a time: each has its values, those of the import and those of other expressions
awk 'BEGIN { for (n = 1; n <= 5000; n++) printf "{\"eventName\":\"A\",\"eventTime\":\"2026-03-01T09:00:00Z\",\"eventID\":\"a%d\",\"userAgent\":\"Tool/%d x%d\"}\n", n, n, n }' >agents.jsonl
printf 'user_agent_parsers:\n  - regex: "(Tool)/([0-9]+)"\nos_parsers: []\ndevice_parsers: []\n' >one.yaml
printf 'user_agent_parsers:\n  - regex: "(x)([0-9]+)"\nos_parsers: []\ndevice_parsers: []\n' >other.yaml
right() { # NAME OF-AGENT: events whose name and version are what their agent says
    "$TRAILHOUND" sql -c agents.trail --format jsonl "select count(*) n from ecs where \"user_agent.name\" = '$1' and \"user_agent.original\" = 'Tool/' || \"user_agent.version\" || ' x' || \"user_agent.version\""
}
"$TRAILHOUND" import -q -c agents.trail agents.jsonl
run "$TRAILHOUND" verify -q -c agents.trail
is "many agents: what the import made of them is proven" "$code" 0
"$TRAILHOUND" enrich -q -c agents.trail --user-agents one.yaml >/dev/null
is "many agents: each has its own values" "$(right Tool)" '{"n":5000}'
run "$TRAILHOUND" verify -q -c agents.trail --user-agents one.yaml
is "many agents: proven" "$code" 0
"$TRAILHOUND" enrich -q -c agents.trail --user-agents other.yaml >/dev/null
is "many agents: other expressions, other values" "$(right x)" '{"n":5000}'
run "$TRAILHOUND" verify -q -c agents.trail --user-agents other.yaml
is "many agents: proven again" "$code" 0
if command -v sqlite3 >/dev/null; then
    sqlite3 agents.trail "update derived set text = 'Evil' where code = 4321 and text = 'x'"
    run "$TRAILHOUND" verify -q -c agents.trail --user-agents other.yaml --format jsonl
    is "many agents: one wrong value is found" "$code $(printf '%s\n' "$out" | grep -c Evil)" "1 1"
else
    skip "many agents: one wrong value is found" "no sqlite3"
fi

# hostile text never reaches the terminal as it is
printf '{"eventName":"\\u001b[31mRed\\u202e\\n","eventTime":"2026-03-01T09:00:00Z","eventID":"h","userAgent":"=cmd()"}' >f
rm -f t.trail; "$TRAILHOUND" import -q -c t.trail f
unlike "table: no escape reaches the terminal" "$("$TRAILHOUND" query -c t.trail --format table | od -c)" '033|342 200 256'
# on a terminal: no form of output carries what it obeys; \033 and C1 \302\233, and no carriage return but before a line end
if command -v script >/dev/null; then
    bad=$(printf '\033[31mdir\302\233x')
    mkdir "$bad"
    printf '{"eventName":"\\u001b[31mA","eventTime":"2026-03-01T09:00:00Z","eventID":"\302\23331m\177","userAgent":"\342\200\256x\\rB"}\n{"eventName":"br\033[1m\n' >"$bad/f.json"
    on_terminal() { SHELL=/bin/sh LC_ALL=C.UTF-8 script -qec "$1" /dev/null </dev/null | sed 's/\r*$//' | od -An -c; }
    export bad
    unlike "terminal: import names the case made safe" "$(on_terminal '"$TRAILHOUND" import "$bad" 2>/dev/null')" '033|302 233|\\r'
    rm -f -- *dir*.trail t.trail
    "$TRAILHOUND" import -q -c t.trail "$bad"
    for args in 'query --format table' 'query --format jsonl' 'query --format csv' 'facets user_agent.original --format csv' 'sources --format jsonl' \
        'sources --rejects --format csv' 'sql "select * from ecs"' 'sql "select * from ecs" --format csv' export 'export --format raw' 'export --format csv --fields event.original' \
        'export --format source --source 1'; do
        unlike "terminal: $args" "$(on_terminal "\"\$TRAILHOUND\" ${args%% *} -c t.trail ${args#"${args%% *}"}")" '033|302 233|342 200 256|177|\\r'
    done
    is "terminal: jsonl still means the same" "$(SHELL=/bin/sh script -qec '"$TRAILHOUND" query -c t.trail --format jsonl --fields event.id' /dev/null </dev/null | tr -d '\r')" '{"event.id":"\u009b31m\u007f"}'
    is "not a terminal: raw is what was delivered" "$("$TRAILHOUND" export -c t.trail --format raw | od -An -c | head -1)" "$(head -1 "$bad/f.json" | od -An -c | head -1)"
else
    skip "output on a terminal" "no script"
fi
printf '{"eventName":"X","eventTime":"2026-03-01T09:00:00Z","eventID":"h","userAgent":"=cmd()"}' >f
rm -f t.trail; "$TRAILHOUND" import -q -c t.trail f
is "csv: formulas are guarded" "$("$TRAILHOUND" query -c t.trail --fields user_agent.original --format csv | tr -d '\r' | tail -1)" "'=cmd()"
# a case from somebody else: an odd value is an error, and everything comes to an end
if command -v sqlite3 >/dev/null; then
    printf '%s\n' "$good" "$good2" '{"eventName":"Untimed","eventID":"g3"}' >f
    rm -f t.trail; "$TRAILHOUND" import -q -c t.trail f
    printf ':wait\n<Enter>\n:wait\n' >detail
    for sql in "update event set source = 'abc'" "update event set source = 0" "update event set \"@timestamp\" = 9e999 where id = 1; delete from segment" \
        "update event set \"@timestamp\" = 9223372036854775807 where id = 1; delete from segment" "update event set offset = -1" \
        "update event set offset = 9223372036854775807, length = 9223372036854775807" "update source set first = -9223372036854775807, last = 9223372036854775807"; do
        cp t.trail odd.trail; sqlite3 odd.trail "$sql"
        codes=
        for args in count 'query --format jsonl' 'sources --gaps' 'sources --coverage --every 1s' histogram 'export --format raw' 'ui --script detail'; do
            run env LINES=30 COLUMNS=100 timeout 60 "$TRAILHOUND" ${args%% *} -c odd.trail ${args#"${args%% *}"}
            codes="$codes$code "
        done
        like "$sql: answers or errors" "$codes" '^([014] )+$'
    done
fi
done_testing
