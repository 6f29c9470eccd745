# Without colours, with eight, in the C locale: readable everywhere.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 100 30
run_in_shell "NO_COLOR=1 '$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
unlike "NO_COLOR: no colour on the screen" "$(t capture-pane -pe -t j)" "$(printf '\033')"'\[([0-9;]*;)?(3[0-7]|4[0-7]|[34]8;[0-9;]*)(;[0-9;]*)?m'
like "NO_COLOR: the cursor is in reverse" "$(t capture-pane -pe -t j)" "$(printf '\033')"'\[[0-9;]*7m'
text 'q'
shows 'ready>'
run_in_shell "clear; '$TRAILHOUND' corp.trail --color never"
shows 'row 1 of 4,812'
unlike "--color never: no colour on the screen" "$(t capture-pane -pe -t j)" "$(printf '\033')"'\[([0-9;]*;)?(3[0-7]|4[0-7]|[34]8;[0-9;]*)(;[0-9;]*)?m'
text 'q'
shows 'ready>'
run_in_shell "clear; TERM=xterm '$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
text '2'
shows '165 of 4,812'
like "eight colours: failures are red" "$(t capture-pane -pe -t j)" "$(printf '\033')"'\[[0-9;]*31m'
unlike "eight colours: none of 256" "$(t capture-pane -pe -t j)" '38;5;'
text '0q'
shows 'ready>'
run_in_shell "clear; LC_ALL=C '$TRAILHOUND' corp.trail"
sees "the C locale: a plain prompt" '^ > .*all 4,812|^ > /'
is "the C locale: nothing but ASCII" "$(screen | LC_ALL=C tr -d '\000-\177' | wc -c)" 0
text 'q'
sees "the shell is back" 'ready>'
done_testing
