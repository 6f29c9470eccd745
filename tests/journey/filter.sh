# Typing a filter, completion, errors, pivots, and the way back.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 100 30
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
text '/event.outcome: failure'
sees "the count follows the keys" '4,812 → 165'
text ' and user.na'
sees "fields are offered" '┌ field ─'
keys Tab
text 'iv'
sees "values are offered with their counts" '┌ value ─'
sees "counted under the rest of the filter" 'ivy +8 '
keys Down Enter
sees "a chosen value is taken" 'user.name: ivy'
keys Enter
sees "the filter is applied" 'user.name: ivy +8 of 4,812'
text '/ and user.nme: x'
sees "an error says what was meant" 'did you mean user.name'
keys Enter
sees "and is not applied" '8 of 4,812|did you mean'
keys Escape
sees "Esc leaves it as it was" 'user.name: ivy +8 of 4,812'
keys End
text 'pi'
sees "a pivot to the same address" 'source.address: "?203.0.113.9"? +140 of 4,812'
keys BSpace
sees "one step back" 'user.name: ivy +8 of 4,812'
keys BSpace
sees "and another" 'all 4,812'
text '2'
sees "a preset" 'event.outcome: failure +165 of 4,812'
t set-buffer 'q user.name: root
'
t paste-buffer -p -t j
sees "what is pasted is text to look at" 'q user.name: root'
keys Escape
keys Escape
loses "and is dropped by Esc" 'q user.name: root'
# Four thousand addresses, as a list of indicators brings them.
i=0
list=203.0.113.9
while [ "$i" -lt 4000 ]; do
    list="$list or 198.18.$((i / 250)).$((i % 250))"
    i=$((i + 1))
done
text '0'
sees "all again" 'all 4,812'
printf 'source.ip: (%s)\n' "$list" >list
t load-buffer list
t paste-buffer -p -t j
sees "a very long filter is there at once" '4,812 → 140'
keys Enter
sees "and is applied" 'source.ip: .203.0.113.9 or .* +140 of 4,812'
text 'q'
sees "the shell is back" 'ready>'
done_testing
