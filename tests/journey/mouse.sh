# The mouse is off, so that the terminal's selection works, and can be turned on.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
# Rules that ran already: their message would stand where the test looks.
"$TRAILHOUND" findings -q -c corp.trail >/dev/null
open_shell 80 24
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
is "off at first" "$(now '#{mouse_any_flag}')" 0
text ':'
shows '┌ command'
text 'mouse'
keys Enter
sees "turned on by its command" 'mouse on'
is "and the terminal knows" "$(now '#{mouse_any_flag}')" 1
# As terminals without the newer encoding send it: button, column and row plus 32.
text "$(printf '\033[M 4*\033[M#4*')"
sees "a click moves the cursor" 'row 4 of 4,812'
text "$(printf '\033[Ma4*')"
sees "the wheel too" 'row 7 of 4,812'
text 'q'
shows 'ready>'
is "off again after leaving" "$(now '#{mouse_any_flag}')" 0
done_testing
