#!/bin/sh
# The program counts on the sample incident what a second, plain reading of the same files counted.
. "$TH_SRCDIR/tests/lib/tap.sh"
here=$TH_SRCDIR/tests/samples
samples=$TH_SRCDIR/data/samples

told() { # NAME
    sed -n "s/^| $1 | \([0-9][0-9]*\) |\$/\1/p" "$samples/README.md"
}
figure() { # MEMBER of import's summary
    printf '%s\n' "$out" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

run "$TRAILHOUND" import -q -c "$tmp/s.trail" --format jsonl "$samples"
is "the import ends with the code for rejects" "$code" 4
for name in records events duplicates rejects; do
    is "$name as README tells" "$(figure $name)" "$(told $name)"
done
is "the README is skipped" "$(figure skipped)" "$(told 'other files')"
while IFS='	' read -r filter count; do
    run "$TRAILHOUND" count -c "$tmp/s.trail" "$filter"
    is "$filter" "$out" "$count" || diag "$errout"
done <"$here/expected.tsv"

run "$TRAILHOUND" import -q -c "$tmp/s.trail" --format jsonl "$samples"
is "a second import adds nothing" "$(figure events)" 0
done_testing
