# However it ends, the terminal is given back; what was on the screen is there again.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 80 24
run_in_shell 'ulimit -c 0; stty -g >before; echo a line from before'
shows 'a line from before'
for sig in SEGV ABRT TERM HUP INT; do
    run_in_shell "clear; echo a line from before; '$TRAILHOUND' corp.trail; echo status=\$?"
    shows '4,812 events'
    text '/'
    keys C-u
    text 'user.name: ivy'
    keys Enter
    shows 'user.name: ivy +214 of 4,812'
    kill "-$sig" "$(child_of "$(now '#{pane_pid}')")"
    sees "SIG$sig: the shell is back" 'status=[0-9]+'
    is "SIG$sig: the full screen is off" "$(now '#{alternate_on}')" 0
    sees "SIG$sig: the shell's lines are there" 'a line from before'
    run_in_shell 'stty -g >after; echo done'
    shows '^done'
    same "SIG$sig: the terminal's modes are what they were" after before
    rm -f after
    case $sig in
    TERM | HUP | INT)
        ls ./*-wal ./*-shm ./*-journal >/dev/null 2>&1
        is "SIG$sig: the case is left in order" "$?" 2
        ;;
    esac
done
run_in_shell "clear; '$TRAILHOUND' corp.trail"
sees "the case opens after all that, where it was left" 'user.name: ivy +214 of 4,812'
text 'q'
sees "the shell is back" 'ready>'
done_testing
