# Sizes from tiny to wide and back while it runs.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
make_case corp
open_shell 80 24
run_in_shell "'$TRAILHOUND' corp.trail"
shows 'row 1 of 4,812'
loses "no facets at 80 columns" 'event\.action'
t resize-window -t j -x 140 -y 40
sees "facets at 140 columns" '^ event\.action +[0-9]+ '
sees "the detail at 40 rows" 'CONTEXT +from'
t resize-window -t j -x 200 -y 60
sees "the detail stands at the right at 200 columns" 'FROM .*│.*GetCallerIdentity'
t resize-window -t j -x 15 -y 4
sees "too small is said in words" '^Too small'
t resize-window -t j -x 40 -y 10
sees "a small table" 'TIME UTC.*ACTION'
t resize-window -t j -x 80 -y 24
sees "and back" 'WHO .* ACTION .* TARGET .* FROM'
keys q
sees "the shell is back" 'ready>'
done_testing
