# The workbench on a case that other programs write to: their events, marks and findings show up, the cursor stays where it is.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
make_more 1
open_shell 100 30
run_in_shell "'$TRAILHOUND' corp.trail; echo status=\$?"
sees "the case" 'all 4,812'
keys Down Down Down
# By the line itself: what the rules found may stand where the row's number does.
sees "with the cursor on an event" '▌03-02 06:00:02 .*ListTagsForResource'
before=$(screen | grep '^▌')
run "$TRAILHOUND" import -q -c corp.trail more/0.json
is "another program imports into it" "$code" 4
sees "its events show up" 'all 9,493'
sees "and are told of" '\+4,681 events from another process'
is "the cursor is on the same event, on the same line" "$(screen | grep '^▌')" "$before"
sees "rules run when nothing comes in any more" 'rules? ran|running the rules|[1-9][0-9]* findings'
if command -v python3 >/dev/null 2>&1; then
    python3 - <<'P'
import sqlite3
db = sqlite3.connect("corp.trail", timeout=10)
db.execute("PRAGMA synchronous=OFF")
db.execute("INSERT INTO mark(event, marked, tag, at) VALUES(1, 1, 'theirs', 1)")
db.commit()
P
    text 'N'
    sees "a mark that another program made" 'theirs'
    text 'N'
fi
# A second workbench on the same case.
t new-window -t j "'$TRAILHOUND' corp.trail"
sees "a second workbench" 'all 9,493'
keys Down
text '#shared'
keys Enter
sees "tags an event" '·R|·W'
text 'q'
windows() { [ "$(now '#{session_windows}')" = "$1" ]; }
ok "and is left" within windows 1
text 'N'
sees "its tag is in the first one" 'shared'
text 'Nm'
sees "which can still write" 'marked'
text 'q'
sees "and leave" 'status=0'
is "its mark is in the case" "$("$TRAILHOUND" sql -c corp.trail --format jsonl 'select count(*) as n from mark where tag is null')" '{"n":1}'
# An import that runs elsewhere, and dies.
mkfifo hold.json
run_in_shell "clear; '$TRAILHOUND' corp.trail; echo status=\$?"
sees "the case once more" 'all 9,493'
"$TRAILHOUND" import -q -c corp.trail more hold.json 2>/dev/null &
running=$!
sees "the first line tells of an import that runs elsewhere" '^ corp +import running: [0-9]+ of 2 files'
kill -9 "$running"
wait 2>/dev/null
sees "and that it stopped, though it wrote no more" '^ corp +import stopped: [0-9]+ of 2 files'
text 'q'
sees "leaving again" 'status=0'
(cat more/0.json >hold.json) & "$TRAILHOUND" import -q -c corp.trail more hold.json
wait
is "finished, nothing of it is said" "$("$TRAILHOUND" count -c corp.trail 2>&1)" 9493
ls ./*-wal ./*-shm ./*-journal >/dev/null 2>&1
is "no stray files stay beside the case" "$?" 2

# A first import has the case for itself: the workbench says so and waits.
mkfifo slow.json
timeout -k 1 120 "$TRAILHOUND" import -q -c first.trail slow.json >/dev/null 2>&1 &
importer=$!
feeders="$feeders $importer"
ok "an import begins" within [ -s first.trail ]
run_in_shell "clear; '$TRAILHOUND' first.trail; echo status=\$?"
sees "a case that another program imports into for the first time" 'being imported by another process'
feed more/0.json slow.json
sees "opens when that is through" 'all 4,681'
fed
wait "$importer"
text 'q'
sees "and is left" 'status=0'
done_testing
