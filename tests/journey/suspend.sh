# Ctrl-Z gives the terminal to the shell, fg takes it back.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
# Rules that ran already: their message would stand where the test looks.
"$TRAILHOUND" findings -q -c corp.trail >/dev/null
open_shell 80 24
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
keys Down Down
sees "two lines down" 'row 3 of 4,812'
keys C-z
sees "stopped" 'Stopped'
is "the shell has its own screen" "$(now '#{alternate_on}')" 0
run_in_shell 'echo typed while it is stopped'
sees "and its keys" '^typed while it is stopped'
run_in_shell 'fg'
sees "fg brings back the same place" 'row 3 of 4,812'
keys Down
sees "keys work again" 'row 4 of 4,812'
# The same from outside, and without being asked.
for sig in TSTP STOP; do
    kill "-$sig" "$(child_of "$(now '#{pane_pid}')")"
    sees "SIG$sig stops it" 'Stopped'
    run_in_shell "clear; stty -a | grep -c ' icanon'; fg"
    sees "SIG$sig: fg brings back the whole screen" '^ corp .* 4,812 events'
    sees "SIG$sig: with its table" 'TIME UTC.* WHO .* ACTION '
    before=$(screen | sed -n 's/.*row \([0-9]*\) of.*/\1/p')
    keys Down
    sees "SIG$sig: and keys work" "row $((before + 1)) of 4,812"
    loses "SIG$sig: without being seen" '\^\['
done
keys C-z
sees "stopped once more" 'Stopped'
t resize-window -t j -x 120 -y 36
run_in_shell 'fg'
sees "another size meanwhile" 'CONTEXT +from'
keys q
sees "the shell is back" 'typed while it is stopped|ready>'
done_testing
