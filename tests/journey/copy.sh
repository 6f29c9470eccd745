# Values leave for the clipboard of the terminal, and lines for its own selection.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 80 24
t set-option -s set-clipboard on
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
text '/'
text 'event.action: StopLogging'
keys Enter
shows 'StopLogging +1 of 4,812'
keys Right Right
text 'y'
sees "a value is copied" 'value copied'
is "and is in the terminal's buffer" "$(t show-buffer)" ivy
text 'Y'
sees "a record is copied" 'record copied'
t show-buffer >record.json
"$TRAILHOUND" export -c corp.trail --format raw 'event.action: StopLogging' >exported.json 2>/dev/null
tr -d '\n' <record.json >a
tr -d '\n' <exported.json >b
same "byte for byte what was logged" a b
text ':'
shows '┌ command'
text 'plain'
keys Enter
sees "plain text for the terminal's own selection" 'Enter goes back to the workbench'
is "on the shell's screen" "$(now '#{alternate_on}')" 0
like "with the lines of the result" "$(screen)" 'StopLogging'
keys Enter
sees "and back" 'StopLogging +1 of 4,812'
text 'q'
sees "the shell is back" 'ready>'
done_testing
