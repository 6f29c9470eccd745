#!/bin/sh
# What a case says of its evidence: places inside archives, hashes, files that changed, files passed over, coverage and gaps.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
cd "$tmp" || exit 99

sources() { "$TRAILHOUND" sources -c t.trail --format jsonl "$@"; }
event() { printf '{"eventName":"N","eventTime":"%s","awsRegion":"%s","recipientAccountId":"%s","eventID":"%s"}\n' "$2" "$3" "$4" "$1"; }

# the same import again adds no row, whatever the reason a file has one for
mkdir -p in/sub
event a 2026-03-01T09:00:00Z us-east-1 111122223333 >in/a.json
event b 2026-03-01T09:00:01Z us-east-1 111122223333 >in/left-out.json
printf 'Permission is granted\n' >in/LICENSE
: >in/empty
ln -s a.json in/link
mkfifo in/pipe
printf '{"digestStartTime":"2026-03-01T08:00:00Z","digestEndTime":"2026-03-01T09:00:00Z","digestS3Object":"x","logFiles":[],"awsAccountId":"1"}' >in/digest.json
printf '{"eventName":"N","eventID":"c"' >in/broken.json
tar czf in/box.tar.gz in/a.json in/broken.json in/LICENSE in/link
head -c 200 in/box.tar.gz >in/cut.tar.gz
for round in 1 2 3; do
    run "$TRAILHOUND" import -c t.trail --format jsonl --exclude 'left-out*' in /proc/self/mem
    is "import $round: the file that can't be read counts each time" "$code" 4
    if [ "$round" = 1 ]; then
        sources >first
        sources --rejects >first-rejects
        files=$(printf '%s\n' "$out" | jq '[.files,.skipped]|@text')
        ok "there is much to be said" [ "$(wc -l <first)" -ge 13 ]
    else
        sources >again
        sources --rejects >again-rejects
        same "import $round: the same sources" again first
        same "import $round: the same rejects" again-rejects first-rejects
        is "import $round: nothing new, only what can't be read" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]')" "[0,0,1]"
        is "import $round: as many files" "$(printf '%s\n' "$out" | jq .files)" "$(printf '%s' "$files" | jq -r . | jq '.[0]')"
    fi
done
run "$TRAILHOUND" import -c t.trail -q in
is "what was left out is taken in when it is wanted" "$(sources | jq -c 'select(.path == "in/left-out.json") | [.events, .skipped]' | tr '\n' ' ')" '[0,"excluded by its path"] [1,null] '

# archives: the place inside, and the archive's own hash
is "the place inside" "$(sources | jq -c 'select(.path == "in/box.tar.gz" and .events + .duplicates > 0) | .container')" '"in/a.json"'
for f in box.tar.gz cut.tar.gz; do
    is "$f: its own SHA-256 and size" "$(sources | jq -r "select(.path == \"in/$f\" and .archive) | \"\\(.sha256) \\(.size_bytes) \\(.container)\"")" \
        "$(sha256sum "in/$f" | cut -d' ' -f1) $(wc -c <"in/$f" | tr -d ' ') null"
done
is "the place inside of a reject" "$(sources --rejects | jq -c 'select(.path == "in/box.tar.gz") | .container')" '"in/broken.json"'
is "csv has the place too" "$("$TRAILHOUND" sources -c t.trail --format csv | head -1 | cut -d, -f1-3)" "source,path,container"
like "the table joins path and place" "$("$TRAILHOUND" sources -c t.trail --format table)" 'in/box.tar.gz/in/a.json'
like "the table of rejects does too" "$("$TRAILHOUND" sources -c t.trail --rejects --format table)" 'in/box.tar.gz/in/broken.json'

# what was never stored says so
why() { # FILTER of jq
    "$TRAILHOUND" export -c t.trail --format source --source "$(sources | jq "select($1) | .source" | head -1)" -o out.bin 2>&1
}
like "a link was skipped" "$(why '.path == "in/link"')" 'source [0-9]+ was skipped \(symbolic link\): nothing of it is kept'
like "a licence was skipped" "$(why '.path == "in/LICENSE"')" 'was skipped \(no CloudTrail records\)'
like "an empty file was skipped" "$(why '.path == "in/empty"')" 'was skipped \(empty file\)'
like "an archive is its members" "$(why '.archive')" 'is an archive: its members are kept'
run "$TRAILHOUND" export -c t.trail --format source --source 1 -o out.bin
is "exit 1, no file" "$code $(ls out.bin 2>/dev/null)" "1 "
is "what is kept still comes" "$(why '.path == "in/a.json"'; cat out.bin)" "$(cat in/a.json)"

# other bytes under a known path
event a2 2026-03-01T10:00:00Z us-east-1 111122223333 >in/a.json
run "$TRAILHOUND" import -c t.trail in
like "import says that a file changed" "$out" '1 file changed since an earlier import'
like "the listing says from which" "$(sources | jq -c 'select(.path == "in/a.json") | [.source, .differs_from]' | tail -1)" '^\[[0-9]+,[0-9]+\]$'
is "the old one stays" "$(sources | jq -c 'select(.path == "in/a.json" and .events == 1)' | wc -l | tr -d ' ')" 2
like "so does the table" "$("$TRAILHOUND" sources -c t.trail --format table)" 'other bytes than source [0-9]+'
run "$TRAILHOUND" import -c t.trail --format jsonl in
is "and only once" "$errout" ""
event a3 2026-03-01T10:00:00Z us-east-1 111122223333 >in/a.json
run "$TRAILHOUND" import -c t.trail --format jsonl in
like "with --format, on standard error" "$errout" '1 file changed'
"$TRAILHOUND" import -q -c u.trail - <in/a.json
run sh -c '"$TRAILHOUND" import -c u.trail - <in/LICENSE'
unlike "standard input is another each time" "$out" 'changed'

# wrong usage
for wrong in "--gaps --rejects" "--gaps --coverage" "--every 1h" "--coverage --every soon" "x"; do
    # shellcheck disable=SC2086
    run "$TRAILHOUND" sources -c t.trail $wrong
    is "$wrong: exit 2" "$code" 2
done

# the sample incident: its story tells of one gap, and of a file that breaks off
rm -f t.trail
"$TRAILHOUND" import -q -c t.trail "$TH_SRCDIR/data/samples"
sources --gaps >gaps
is "the gap of the story" "$(jq -c 'select(."cloud.region" == "us-east-1" and ."cloud.account.id" == "111122223333") | [.kind, .from[0:13], .to[0:13], .explained]' gaps)" '["silence","2026-03-04T01","2026-03-04T05",null]'
is "the other regions are silent too" "$(jq -c 'select(."cloud.region" == "us-east-1" and ."cloud.account.id" == "111122223333") | .hours == .account_hours' gaps)" true
like "the files around it" "$(jq -r 'select(."cloud.region" == "us-east-1" and ."cloud.account.id" == "111122223333") | .before + " " + .after' gaps)" '20260304T0205Z.* .*20260304T0605Z'
like "the file that broke off accounts for its own" "$(jq -r 'select(."cloud.account.id" == "444455556666") | .explained' gaps)" "couldn't be read whole"
is "and is last" "$(tail -1 gaps | jq -r '."cloud.account.id"')" 444455556666
is "quiet nights are none" "$(wc -l <gaps | tr -d ' ')" 2
sources --coverage >coverage
is "coverage adds up" "$(jq -s 'map(select(.all_regions | not) | .events) | add' coverage)" "$("$TRAILHOUND" count -c t.trail)"
is "hours of production" "$(jq -c 'select(."cloud.account.id" == "111122223333" and ."cloud.region" == "us-east-1") | [.hours, .hours_span, .files, (.delivery_minutes | round)]' coverage)" '[82,85,82,60]'
sources --coverage --every 1h >hours
is "hour by hour" "$(jq -s 'map(select(."cloud.region" == "us-east-1" and ."cloud.account.id" == "111122223333")) | length' hours)" 82
is "no event in the gap" "$(grep -c '"time":"2026-03-04T0[234]:.*"111122223333"' hours)" 0
is "counts add up" "$(jq -s 'map(.count) | add' hours)" "$("$TRAILHOUND" count -c t.trail)"
run "$TRAILHOUND" sources -c t.trail --gaps --format table
like "as a table: coverage first" "$out" '^ACCOUNT +REGION +FIRST'
like "as a table: the gap in words" "$out" '^   why +no event for 3 h 11 min, usually for 27 min'
is "csv" "$("$TRAILHOUND" sources -c t.trail --gaps --format csv | wc -l | tr -d ' ')" 3

# digests name what is missing, and what was changed
if [ -d "$shared/digest-vectors" ]; then
    cp -R "$shared/digest-vectors/evidence-bucket" bucket
    chmod -R u+w bucket
    rm -f t.trail
    "$TRAILHOUND" import -q -c t.trail --digest-regex . bucket
    is "a whole chain: nothing" "$(sources --gaps)" ""
    is "digests are no activity" "$(sources --coverage | jq -c '[.events, ."cloud.region"]')" '[6,"us-east-1"]'
    rm -f t.trail
    "$TRAILHOUND" import -q -c t.trail bucket
    run "$TRAILHOUND" sources -c t.trail --gaps
    like "digests that were passed over are told" "$errout" '4 digests were passed over'
    logs=$(find bucket -name '*_CloudTrail_us-east-1_*')
    mv "$(printf '%s\n' "$logs" | grep 1106Z)" gone.json.gz
    changed=$(printf '%s\n' "$logs" | grep 1306Z)
    gzip -dc "$changed" | sed 's/"3-1"/"3-2"/' | gzip -n >x.gz
    mv x.gz "$changed"
    rm -f t.trail
    "$TRAILHOUND" import -q -c t.trail --digest-regex . bucket
    sources --gaps >gaps
    is "missing and changed" "$(jq -r .kind gaps | sort | tr '\n' ' ')" "changed missing "
    like "which is missing" "$(jq -r 'select(.kind == "missing") | .files[0]' gaps)" '1106Z_AbCdEf11XyZ.json.gz$'
    like "between which files" "$(jq -r 'select(.kind == "missing") | .before + " " + .after' gaps)" '1101Z.* .*1301Z'
    like "which digest names it" "$(jq -r 'select(.kind == "missing") | .digest' gaps)" 'T120131Z'
    like "which was changed" "$(jq -r 'select(.kind == "changed") | .files[0]' gaps)" '1306Z'
    cp gone.json.gz "$(dirname "$changed")/111122223333_CloudTrail_us-east-1_20260105T1106Z_AbCdEf11XyZ.json.gz"
    "$TRAILHOUND" import -q -c t.trail --exclude '*1106Z*' bucket
    like "one that was left out is accounted for" "$(sources --gaps | jq -r 'select(.kind == "missing") | .explained')" 'was skipped: excluded by its path'
    find bucket -name '*T120131Z.json.gz' -exec rm {} +
    rm -f t.trail
    "$TRAILHOUND" import -q -c t.trail --digest-regex . bucket
    is "a missing digest" "$(sources --gaps | jq -c 'select(.kind == "digest") | [.from, .to]')" '["2026-01-05T11:01:31.000Z","2026-01-05T12:01:31.000Z"]'
else
    skip "digests" "no shared evidence"
fi
done_testing
