# A finding is read, confirmed with a note, and is confirmed the next day too.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 100 30
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
text 'F'
sees "the findings, the worst first" '▲ critical'
first=$(screen | grep '▲ critical' | head -1)
text 'c'
sees "confirming asks for a note" 'Confirm, with a note ❯'
text 'tomas says it was not him'
keys Enter
sees "the note stands with the finding" 'confirmed: tomas says it was not him'
sees "and is counted" '1 confirmed'
keys Enter
sees "Enter shows its events" '❯ ▲ .* of 4,812'
keys BSpace
sees "and Backspace goes back" 'all 4,812'
text 'q'
shows 'ready>'
run_in_shell "clear; '$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
text 'F'
sees "it survives the restart, and the rules that ran again" '✓ critical'
sees "with its note" 'confirmed: tomas says it was not him'
text 'q'
text 'q'
sees "the shell is back" 'ready>'
[ -n "$first" ]
done_testing
