# Keys typed before the workbench has anything to show, and while it looks for something: none is lost, and none does
# anything to another event than it was meant for.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
make_more 6
"$TRAILHOUND" import -q -c corp.trail more 2>/dev/null
"$TRAILHOUND" findings -q -c corp.trail >/dev/null # so that no message of theirs hides which row it is
open_shell 100 30
marks() { "$TRAILHOUND" sql -c corp.trail --format jsonl "select event || ' ' || coalesce(tag, '') as m from mark order by event" | tr '\n' ' '; }

# All in one write, before the program has even started.
text "'$TRAILHOUND' corp.trail
jjm#blind
Gm"
sees "keys typed at the prompt end on the last event, which is marked" '^▌03-05 18:12:05 ●'
text 'N'
sees "so is the third, with its tag" '2 of 2'
sees "as it was typed" 'blind'
text 'N'
sees "back at the events" 'row [0-9,]+ of [0-9,]+'
keys Home
# A word that is looked for in every record: its first row is opened when it is found.
text '/"arn:aws:iam" and not user.name: ivy
jj'
keys Enter
sees "Enter behind a search opens what it finds" 'ACTOR'
sees "two lines further down" 'row 3 of '
loses "the search comes to its end" 'searching'
keys Escape
text 'q'
sees "the shell is back" 'ready>'
is "each mark is on its event" "$(marks | wc -w)" 4
ok "one of them with the tag" sh -c "echo '$(marks)' | grep -q blind"

# Leaving right away: what was asked for first is done.
run_in_shell "clear; '$TRAILHOUND' corp.trail; echo status=\$?"
text '0gjmq'
sees "a mark and leaving in one breath" 'status=0'
is "it is in the case" "$(marks | grep -o '"m"' | wc -l | tr -d ' ')" 3
done_testing
