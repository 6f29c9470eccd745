#!/bin/sh
# What import takes in: times, regions, accounts, paths, digests; and that a wider choice reads a file again.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
cd "$tmp" || exit 99

event() { # ID TIME REGION ACCOUNT
    printf '{"eventName":"N","eventTime":"%s","awsRegion":"%s","recipientAccountId":"%s","eventID":"%s"}\n' "$2" "$3" "$4" "$1"
}
{
    event a 2026-03-01T09:00:00Z us-east-1 111122223333
    event b 2026-03-01T23:59:59Z us-east-1 444455556666
    event c 2026-03-02T00:00:00Z eu-west-1 111122223333
    printf '{"eventName":"N","eventID":"d","userIdentity":{"type":"IAMUser","accountId":"111122223333"}}\n'
} >four.jsonl

sums() { printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects,.unselected,.skipped]'; }
pick() { # NAME WANT OPTION…: [events,duplicates,rejects,unselected,skipped] and exit code of four.jsonl into a new case
    name=$1 want=$2
    shift 2
    rm -f t.trail
    run "$TRAILHOUND" import -c t.trail --format jsonl "$@" four.jsonl
    is "$name" "$(sums) $code" "$want"
    is "$name: records add up" "$(printf '%s\n' "$out" | jq '.records == .events + .duplicates + .rejects + .unselected')" true
}
pick "everything" "[4,0,0,0,0] 0"
pick "--from a time: it is inside" "[2,0,0,2,0] 0" --from 2026-03-01T23:59:59Z
pick "--to a time: it is inside" "[1,0,0,3,0] 0" --to 2026-03-01T09:00:00Z
pick "--to a date: its whole day" "[2,0,0,2,0] 0" --to 2026-03-01
pick "--from and --to one date" "[1,0,0,3,0] 0" --from 2026-03-02 --to 2026-03-02
pick "a time with an offset" "[1,0,0,3,0] 0" --from 2026-03-02T01:00:00+01:00
pick "one region" "[2,0,0,2,0] 0" --region us-east-1
pick "two regions" "[3,0,0,1,0] 0" --region eu-west-1,us-east-1
pick "an account; the caller's where no recipient is noted" "[3,0,0,1,0] 0" --account 111122223333
pick "all of these" "[1,0,0,3,0] 0" --from 2026-03-01 --to 2026-03-01 --region us-east-1 --account 111122223333
pick "nothing matches: no reject, exit 0" "[0,0,0,4,0] 0" --region mars-north-1
is "unselected records are counted at their source" "$("$TRAILHOUND" sources -c t.trail --format jsonl | jq -c '[.events,.unselected]')" "[0,4]"

# an unchanged file is passed over only if what was taken from it covers the choice
rm -f t.trail
"$TRAILHOUND" import -q -c t.trail --region us-east-1 four.jsonl
run "$TRAILHOUND" import -c t.trail --format jsonl --region us-east-1 four.jsonl
is "the same choice again: unchanged" "$(sums)" "[0,0,0,0,1]"
run "$TRAILHOUND" import -c t.trail --format jsonl --region eu-west-1 four.jsonl
is "another choice: read again" "$(sums)" "[1,0,0,3,0]"
run "$TRAILHOUND" import -c t.trail --format jsonl four.jsonl
is "everything: read again, what is there is a duplicate" "$(sums)" "[1,3,0,0,0]"
run "$TRAILHOUND" import -c t.trail --format jsonl --region us-east-1 four.jsonl
is "a part of everything: unchanged" "$(sums)" "[0,0,0,0,1]"
is "four events in the end" "$("$TRAILHOUND" count -c t.trail)" 4

# paths
mkdir -p logs/CloudTrail/us-east-1/2026/03/01 logs/CloudTrail/us-east-1/2026/02/26 logs/CloudTrail/us-east-1/2026/03/04 logs/CloudTrail-Digest
event p1 2026-03-01T09:00:00Z us-east-1 1 >logs/CloudTrail/us-east-1/2026/03/01/x.json
event p2 2026-02-26T09:00:00Z us-east-1 1 >logs/CloudTrail/us-east-1/2026/02/26/x.json
event p3 2026-03-04T09:00:00Z us-east-1 1 >logs/CloudTrail/us-east-1/2026/03/04/y.json
printf '{"digestStartTime":"2026-03-01T08:00:00Z","digestEndTime":"2026-03-01T09:00:00Z","digestS3Object":"x","logFiles":[],"awsAccountId":"1"}' >logs/CloudTrail-Digest/d.json
try() { # NAME WANT OPTION…
    name=$1 want=$2
    shift 2
    rm -f t.trail
    run "$TRAILHOUND" import -c t.trail --format jsonl "$@"
    is "$name" "$(sums) $code" "$want"
}
why() { "$TRAILHOUND" sources -c t.trail --format jsonl | jq -r 'select(.skipped) | .skipped' | sort | uniq -c | sed 's/^ *//' | tr '\n' ';'; }
try "a folder" "[3,0,0,0,1] 0" logs
is "a digest is skipped by default" "$(why)" "1 digest (skipped);"
try "folders of other days are not opened, a day around is" "[1,0,0,0,3] 0" --from 2026-03-01 --to 2026-03-02 logs
is "folders of other days: said why" "$(why)" "1 digest (skipped);2 outside the chosen time;"
try "the day before is looked at" "[0,0,0,1,3] 0" --from 2026-03-02 --to 2026-03-02 logs
try "a date in the folder that was named says nothing" "[0,0,0,1,0] 0" --from 2026-03-03 logs/CloudTrail/us-east-1/2026/02/26
try "--include by name" "[2,0,0,0,2] 0" --include x.json logs
is "--include: said why" "$(why)" "2 not included by its path;"
try "--include twice" "[3,0,0,0,1] 0" --include x.json --include 'y.*' logs
try "--include by folders inside" "[1,0,0,0,3] 0" --include 'us-east-1/2026/02/*' logs
try "--exclude" "[3,0,0,0,1] 0" --exclude '*Digest*' logs
is "--exclude: said why" "$(why)" "1 excluded by its path;"
try "--exclude twice, and wins" "[1,0,0,0,3] 0" --include '*.json' --exclude '*Digest*' --exclude 'x.json' logs

# digests
try "--digest-regex that matches the path" "[4,0,0,0,0] 0" --digest-regex '/CloudTrail-Digest/' logs
is "a digest is an event at the end of its hour" "$("$TRAILHOUND" query -c t.trail --sort @timestamp --limit 9 --fields @timestamp,file.path --format jsonl | grep -c '"@timestamp":"2026-03-01T09:00:00.000Z","file.path":"x"')" 1
try "--digest-regex that doesn't" "[3,0,0,0,1] 0" --digest-regex '/Other/' logs
try "--digest-regex blank" "[3,0,0,0,1] 0" --digest-regex ' ' logs
rm -f t.trail
"$TRAILHOUND" import -q -c t.trail logs
run "$TRAILHOUND" import -c t.trail --format jsonl --digest-regex Digest logs
is "digests that were skipped are read when they are asked for" "$(sums)" "[1,0,0,0,3]"
run "$TRAILHOUND" import -c t.trail --format jsonl --digest-regex Digest logs
is "and then unchanged" "$(sums)" "[0,0,0,0,4]"

# inside archives
if command -v tar >/dev/null; then
    tar cf logs.tar logs
    try "an archive with --exclude" "[3,0,0,0,1] 0" --exclude '*Digest*' logs.tar
    try "an archive with --include" "[2,0,0,0,2] 0" --include 'x.json' logs.tar
    try "an archive that is included itself" "[3,0,0,0,1] 0" --include 'logs.tar' logs.tar
    try "an archive with a time" "[1,0,0,0,3] 0" --from 2026-03-01 --to 2026-03-02 logs.tar
    try "digests in an archive" "[4,0,0,0,0] 0" --digest-regex 'Digest' logs.tar
fi

# wrong usage
for wrong in "--from yesterday" "--to 2026-13-01" "--region ," "--digest-regex (" "--from 2026-03-02 --to 2026-03-01"; do
    rm -f t.trail
    # shellcheck disable=SC2086
    run "$TRAILHOUND" import -q -c t.trail $wrong four.jsonl
    is "$wrong: exit 2" "$code" 2
    like "$wrong: names the option" "$errout" "${wrong%% *}"
    ok "$wrong: leaves no case" [ ! -e t.trail ]
done
done_testing
