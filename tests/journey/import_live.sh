# The workbench beside an import: events as they come in, filtering meanwhile, stopping, going on, and in the end the case
# that a plain import makes. A pipe that gives its data when it is told to holds the import where the test wants it.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_more 6
mkfifo slow.json
sed 's/\("eventID":"\)..../\1cafe/g' more/0.json >last.json

# All rows of a case but when and by which program it was made.
dump() { # CASE
    for sql in 'select id, path, container, sha256, size_bytes, inflated_bytes, kind, state, events, duplicates, rejects, unselected, untimed, first, last, skipped from source order by id' \
        'select * from event order by id' 'select * from extra order by field, event' 'select * from term order by field, code' \
        'select * from derived order by field, code' 'select * from duplicate order by id' 'select * from reject order by id' \
        'select source, offset, length, bytes from evidence order by source, offset' 'select * from access_point order by source, inflated' \
        'select field, first, rows, width, bytes from segment order by id' 'select * from ecs order by id'; do
        "$TRAILHOUND" sql -c "$1" --format jsonl "$sql"
    done
}
marks() { "$TRAILHOUND" sql -c "$1" --format jsonl 'select count(*) as n from mark' | tr -dc '0-9'; }
feed last.json slow.json
run "$TRAILHOUND" import -c plain.trail more slow.json
fed
all=$("$TRAILHOUND" count -c plain.trail)
ok "a plain import of everything" [ "$all" -gt 30000 ]

open_shell 80 24
run_in_shell "'$TRAILHOUND' -c live.trail more slow.json; echo status=\$?"
sees "the workbench is there, and events are, while the import waits for a file" 'row 1 of [0-9]+,[0-9]+'
sees "the last line but two tells of it: bytes, events" ' importing .*[0-9.]+ MB · [0-9,]+ events.* Esc stops'
sees "all that is complete is there" 'row 1 of 28,086'
text '/event.outcome: failure'
sees "a filter counts what is there" '28,086 → [0-9]'
keys Enter
sees "and is applied" ' of 28,086'
keys Enter
sees "the detail of an event" 'ACTOR'
text 'm'
sees "a mark" 'marked; N shows'
keys Escape
# Others read the case meanwhile, also its first import.
is "another program reads the case meanwhile" "$("$TRAILHOUND" count -c live.trail)" 28086
marked() { [ "$(marks live.trail)" = 1 ]; }
ok "the mark is in the case while the import runs" within marked
keys BSpace
sees "back to all" 'all 28,086'
keys Escape
sees "Esc asks before it stops the import" 'stop the import\?'
text 'g'
loses "g goes on" 'stop the import\?'
text 'q'
sees "leaving asks too" 'stop it and leave'
keys Escape
keys C-c
sees "so does Ctrl-C" 'stop the import\?'
text 's'
sees "s stops it, and says what is in" 'Stopped: 28,086 events of [0-9]+ files are in; the same command goes on'
sees "then the rules run over it" '[1-9][0-9,]* findings'
sees "the first line says that the case is a part" '^ live  import stopped: 6 of 7 files  .*events'
text 'F'
sees "over the findings too" '^ live  import stopped: 6 of 7 files.*findings:'
text 'F'
sees "back to the events" 'TIME UTC'
text 'q'
sees "the program says that it was stopped" 'stopped: 28086 events of [0-9]+ files are in live.trail; the same command'
sees "so does its exit code" 'status=130'
run_in_shell clear
feed last.json slow.json
run_in_shell "'$TRAILHOUND' -c live.trail more slow.json; echo status=\$?"
sees "the same command goes on" "all $(echo "$all" | sed 's/...$/,&/')"
sees "to the end" '[0-9,]+ events of 7 files in .* 1 reject '
loses "then the case is no part any more" 'import (stopped|running)'
fed
text 'q'
sees "rejects are in the exit code" 'status=4'
sees "and in the summary" '1 reject: could not be read'
ls ./*-wal ./*-shm ./*-journal >/dev/null 2>&1
is "no stray files stay beside the case" "$?" 2
dump plain.trail >want
dump live.trail >got
same "the case is that of the plain import, row for row" got want
is "but for the mark" "$(marks live.trail)" 1

run_in_shell "clear; '$TRAILHOUND' -c once.trail more slow.json; echo status=\$?"
sees "a first import that nobody stops" "row 1 of 28,086"
feed last.json slow.json
sees "gets to its end" '[0-9,]+ events of 7 files in '
sees "with its findings" '[1-9][0-9,]* findings'
text 'q'
sees "and its exit code" 'status=4'
dump once.trail >got
same "row for row as well" got want
done_testing
