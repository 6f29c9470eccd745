#!/bin/sh
# An import that was stopped is said by every command until it is finished: killed, interrupted, out of room, or failed. A pipe that
# nobody writes to holds an import where the test wants it.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP= TRAILHOUND_RULES="$TH_SRCDIR/data/rules"
mkdir in other
event() { printf '{"eventName":"E%s","eventTime":"2026-03-01T09:00:00Z","eventID":"%s"}' "$1" "$1"; }
for n in 1 2 3; do event "$n" >"in/$n.json"; done
event o >other/o.json
mkfifo hold.json
note() { "$TRAILHOUND" count -c "$1" 2>&1 >/dev/null | sed 's/ (.*//'; }
start() { # CASE PATH…: leaves $pid, an import that waits for hold.json
    case_name=$1
    shift
    "$TRAILHOUND" import -c "$case_name" "$@" hold.json 2>progress >/dev/null &
    pid=$!
    # The writer of the pipe comes to its end when the import has opened it: everything is listed and noted then.
    exec 9>hold.json
}
let_go() { exec 9>&-; }

# killed, in a new case
start k.trail in
kill -9 "$pid"; wait "$pid" 2>/dev/null; let_go
is "killed: said" "$(note k.trail)" "trailhound: k: import stopped: 0 of 4 files"
for args in "findings" "findings --format jsonl" "export" "query" "facets event.action" "histogram" "sources" "sources --rejects" "verify" "sql select(1)"; do
    # shellcheck disable=SC2086 # the words of args
    run "$TRAILHOUND" $args -c k.trail
    like "$args: on standard error" "$errout" "import stopped: 0 of 4 files .*run the same command to continue"
    unlike "$args: not with the data" "$out" "stopped"
    # shellcheck disable=SC2086
    run "$TRAILHOUND" $args -c k.trail -q
    is "$args -q: nothing" "$errout" ""
done
run "$TRAILHOUND" import -c k.trail other
like "an import of something else doesn't finish it" "$errout" "import stopped: 0 of 4 files"
is "and is in" "$("$TRAILHOUND" count -q -c k.trail)" 1
run "$TRAILHOUND" import -c k.trail in
like "nor one of a part of it" "$errout" "import stopped: 0 of 4 files"
let_all() { event late >hold.json & }

# the same command, from another folder by another name
let_all
run sh -c 'cd other && "$TRAILHOUND" import -c ../k.trail ../in/ ../hold.json'
wait
is "the same paths by other names finish it" "$code $(note k.trail) $("$TRAILHOUND" count -c k.trail)" "0  5"
is "nothing of it stays in the case" "$("$TRAILHOUND" sql -c k.trail "select count(*) n from meta where key like 'import.%'")" '{"n":0}'

# interrupted, in a case that was there: others see that it runs
start k.trail other
is "it runs, and that is said" "$(note k.trail)" "trailhound: k: import running: 0 of 2 files"
kill -INT "$pid"; wait "$pid"; is "interrupted: exit 130" "$?" 130; let_go
like "interrupted: the import says so itself" "$(cat progress)" "import stopped: 0 of 2 files"
is "interrupted: so do others" "$(note k.trail)" "trailhound: k: import stopped: 0 of 2 files"
# a folder that holds all of it, with and without a choice
rm hold.json; event late >hold.json
"$TRAILHOUND" import -q -c k.trail --from 2026-03-01 other hold.json
is "the same paths with a choice don't finish it" "$(note k.trail)" "trailhound: k: import stopped: 0 of 2 files"
"$TRAILHOUND" import -q -c k.trail --exclude '*.gz' other hold.json
is "nor do some of the files" "$(note k.trail)" "trailhound: k: import stopped: 0 of 2 files"
"$TRAILHOUND" import -q -c k.trail .
is "the folder that holds it all does" "$(note k.trail)" ""

# no room for a case at all
run sh -c 'ulimit -f 20; exec "$TRAILHOUND" import -q -c small.trail in'
is "no room for a case: exit 1, and none is there" "$code $(find . -name 'small*')" "1 "

# out of room, after the first files
mkdir big; cp in/*.json big
for n in $(seq 1 3000); do printf '{"eventName":"N%s","eventTime":"2026-03-01T09:00:00Z","eventID":"id-%s","userAgent":"%s"}\n' "$n" "$n" "$(printf '%0300d' "$n")"; done >big/many.jsonl
run sh -c 'ulimit -f 1000; exec "$TRAILHOUND" import -q -c full.trail big'
is "no room: exit 1" "$code" 1
like "no room: the case says that it is a part" "$(note full.trail)" "full: import stopped: [0-4] of 4 files"
"$TRAILHOUND" import -q -c full.trail big
is "with room it is finished" "$(note full.trail) $("$TRAILHOUND" count -c full.trail)" " 3003"

# an archive counts as one file
if tar cf all.tar in 2>/dev/null; then
    rm hold.json; mkfifo hold.json
    start t.trail all.tar
    kill -9 "$pid"; wait "$pid" 2>/dev/null; let_go
    is "an archive is one file" "$(note t.trail)" "trailhound: t: import stopped: 0 of 2 files"
fi
# a case from elsewhere: what it says of paths is only text
"$TRAILHOUND" import -q -c odd.trail in
if command -v sqlite3 >/dev/null; then
    sqlite3 odd.trail "insert into meta values('import.unfinished:' || char(10) || char(27) || '[31mx', 'nonsense'), ('import.unfinished:', null)"
    unlike "hostile text is made safe" "$("$TRAILHOUND" count -c odd.trail 2>&1 | od -c)" '033'
    like "and said" "$(note odd.trail)" "2 imports stopped: no file yet"
fi
done_testing
