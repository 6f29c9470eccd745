# Start, look, leave: the shell's screen and the terminal's modes are what they were.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 80 24
run_in_shell 'stty -g >before; echo a line from before'
shows 'a line from before'
run_in_shell "'$TRAILHOUND' corp.trail; echo status=\$?"
sees "the case is on the first line" '^ corp  2 Mar 06:00 – 5 Mar 18:12 UTC +4,812 events'
sees "the filter invites" '/ to filter +all 4,812'
sees "the table has its columns" 'TIME UTC.* WHO .* ACTION .* TARGET .* FROM'
sees "the keys that matter are on the last line" 'detail  / filter .*: command  \? help'
is "the full screen is on" "$(now '#{alternate_on}')" 1
keys q
sees "leaving is success" 'status=0'
sees "the shell's screen is back" 'a line from before'
is "the full screen is off" "$(now '#{alternate_on}')" 0
is "the cursor is shown again" "$(now '#{cursor_flag}')" 1
run_in_shell 'stty -g >after; echo done'
shows '^done'
same "the terminal's modes are what they were" after before
run_in_shell "'$TRAILHOUND' ui -c corp.trail </dev/null; echo status=\$?"
sees "without a terminal it says so" 'needs a terminal'
run_in_shell "clear; TERM=nonsense '$TRAILHOUND' ui -c corp.trail; echo status=\$?"
sees "an unknown terminal is named" "nonsense"
sees "and is a failure" 'status=1'
run_in_shell "clear; TERM=dumb '$TRAILHOUND' ui -c corp.trail; echo status=\$?"
sees "so is one that can't move its cursor" "'dumb' is not known here or can't show"
sees "which is a failure as well" 'status=1'
ls ./*-wal ./*-shm >/dev/null 2>&1
is "no stray files stay beside the case" "$?" 2
done_testing
