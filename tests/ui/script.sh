# Scripts drive the workbench without a terminal: what a screen of that size would show, in files.
. "$TH_SRCDIR/tests/lib/tap.sh"
export TRAILHOUND_RULES="$TH_SRCDIR/data/rules" LC_ALL=C.UTF-8
if [ ! -d "$TH_SRCDIR/data/samples/AWSLogs" ]; then
    skip "scripts" "the samples are not here"
    done_testing
fi
cd "$tmp" || exit 99
"$TRAILHOUND" import -q -c corp.trail "$TH_SRCDIR/data/samples/AWSLogs" 2>/dev/null
cat >tour <<'S'
# The incident in five steps.
:screenshot start.txt
F<Down>
:screenshot findings.txt
<Enter>
:wait
:screenshot events.txt
<Down><Down>pi
:screenshot pivot.txt
<Backspace><Backspace>
/user.name: ivy and event.outcome: failure<Enter>
:screenshot filter.txt
S
run env LINES=30 COLUMNS=100 "$TRAILHOUND" ui -c corp.trail --script tour
is "a script runs to its end" "$code" 0
is "and says nothing" "$out$errout" ""
like "the first screen" "$(sed -n 1p start.txt)" '^ corp .*4,812 events'
is "of the size that was asked for" "$(wc -l <start.txt | tr -d ' ')" 30
like "the findings" "$(cat findings.txt)" '▲ critical'
like "the events of one" "$(sed -n 2p events.txt)" '▲ .* of 4,812'
like "a pivot" "$(sed -n 2p pivot.txt)" 'source\.address: '
like "a filter" "$(sed -n 2p filter.txt)" 'user.name: ivy and event.outcome: failure +8 of 4,812'
printf ':nonsense\n' >bad
run "$TRAILHOUND" ui -c corp.trail --script bad
is "an unknown command is wrong usage" "$code" 2
like "and named with its line" "$errout" 'line 1 of the script: no command is called nonsense'
printf '\n<Nokey>\n' >bad
run "$TRAILHOUND" ui -c corp.trail --script bad
like "so is an unknown key" "$errout" 'line 2 of the script: no key is called <Nokey>'
run "$TRAILHOUND" ui -c corp.trail --script absent
like "a script that is not there" "$errout" 'absent'
[ "$code" -ne 0 ]
ok "is a failure" [ "$code" -ne 0 ]
printf ':screenshot again.txt\n' >again
run env LINES=30 COLUMNS=100 "$TRAILHOUND" ui -c corp.trail --script again
like "the case is where the script left it" "$(sed -n 2p again.txt)" 'user.name: ivy and event.outcome: failure'
run "$TRAILHOUND" ui -c corp.trail
like "without script and terminal it says so" "$errout" 'terminal'
done_testing
