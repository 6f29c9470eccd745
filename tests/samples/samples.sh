#!/bin/sh
# The committed sample incident is what its generator writes, and its README tells the truth about it.
. "$TH_SRCDIR/tests/lib/tap.sh"
here=$TH_SRCDIR/tests/samples
samples=$TH_SRCDIR/data/samples

if ! command -v python3 >/dev/null 2>&1; then
    skip "the sample incident" "no python3"
    done_testing
fi

# The figure of README's table of totals that is called NAME.
told() { # NAME
    sed -n "s/^| $1 | \([0-9][0-9]*\) |\$/\1/p" "$samples/README.md"
}

run python3 "$here/make_samples.py" --check "$samples"
is "the committed tree is what the generator writes" "$code" 0 || diag "$out"
printf '%s\n' "$out" | grep -Ev '^(missing|unexpected|differs)' >"$tmp/totals"
is "six totals are counted" "$(wc -l <"$tmp/totals" | tr -d ' ')" 6
while IFS='	' read -r name count; do
    is "README tells the number of $name" "$(told "$name")" "$count"
done <"$tmp/totals"

# Counted once more without the generator's own reader.
find "$samples" -name '*.json.gz' | sort >"$tmp/files"
is "log files found" "$(wc -l <"$tmp/files" | tr -d ' ')" "$(told 'log files')"
while read -r file; do gzip -dc "$file" 2>/dev/null; done <"$tmp/files" >"$tmp/all"
is "records found, the broken one included" \
    "$(grep -o '"eventVersion":"1.11"' "$tmp/all" | wc -l | tr -d ' ')" "$(told records)"
is "events found, each once" \
    "$(grep -o '"eventID":"[0-9a-f-]*"' "$tmp/all" | sort -u | wc -l | tr -d ' ')" "$(told events)"
bad=$(while read -r file; do gzip -t "$file" 2>/dev/null || echo "${file##*/}"; done <"$tmp/files")
is "one file breaks off" "$(printf '%s\n' "$bad" | grep -c .)" "$(told rejects)"
ok "and README names it" grep -qF "$bad" "$samples/README.md"
is "records are events, duplicates and rejects" "$(told records)" \
    "$(($(told events) + $(told duplicates) + $(told rejects)))"

# Nothing in it may be somebody's.
stray=$(grep -o '"sourceIPAddress":"[^"]*"' "$tmp/all" | cut -d'"' -f4 | sort -u |
    grep -Ev '^(192\.0\.2|198\.51\.100|203\.0\.113|10\.20\.[0-9]+)\.[0-9]+$|^2001:db8:|\.amazonaws\.com$')
is "only documentation and private addresses" "$stray" ""
stray=$(grep -Eo '"(AKIA|ASIA|AIDA|AROA)[A-Z0-9]*' "$tmp/all" | grep -v 'EXAMPLE$' | head -3)
is "every key carries the word EXAMPLE" "$stray" ""
stray=$(grep -Eo '"(accountId|recipientAccountId)":"[^"]*"' "$tmp/all" | cut -d'"' -f4 | sort -u | tr '\n' ' ')
is "only example accounts" "$stray" "111122223333 444455556666 999988887777 "

python3 "$here/make_samples.py" "$tmp/one"
python3 "$here/make_samples.py" "$tmp/two"
ok "two runs write the same bytes" diff -r "$tmp/one" "$tmp/two"
for name in expected findings; do
    python3 "$here/make_samples.py" --print "$name" "$samples" >"$tmp/$name"
    same "$name.tsv is up to date" "$here/$name.tsv" "$tmp/$name"
done
ok "enough filters to compare with" test "$(wc -l <"$here/expected.tsv")" -ge 25

# A tree that differs is noticed.
file=$(head -1 "$tmp/files")
changed=$tmp/one/${file#"$samples/"}
gzip -dc "$changed" | sed 's/eventVersion/eventversion/' | gzip -n >"$tmp/changed" && cp "$tmp/changed" "$changed"
rm "$tmp/one/README.md"
run python3 "$here/make_samples.py" --check "$tmp/one"
is "a changed tree fails the check" "$code" 1
like "the changed file is named" "$out" "^differs ${file#"$samples/"}"
like "the missing file is named" "$out" '^missing README.md'
done_testing
