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
keys q
sees "the shell is back" 'typed while it is stopped'
done_testing
