#!/bin/sh
# Records that the case can't give, and a log that grows while it is read: no answer fails for them, and every one tells what it doesn't know of.
. "$TH_SRCDIR/tests/lib/tap.sh"
command -v python3 >/dev/null || { skip "records that can't be read" "no python3"; done_testing; }
python3 -c 'import sqlite3' 2>/dev/null || { skip "records that can't be read" "no sqlite3 in python3"; done_testing; }
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
th() { "$TRAILHOUND" "$@"; }
mkdir e r && python3 - <<'EOP'
import gzip, json, random
rnd = random.Random(3)
def record(n, name, noise):
    return json.dumps({"eventVersion": "1.09", "userIdentity": {"type": "IAMUser", "userName": "ada"}, "eventTime": "2026-03-01T09:%02d:%02dZ" % (n // 60 % 60, n % 60),
                       "eventSource": "iam.amazonaws.com", "eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "eventID": "%s-%d" % (name, n),
                       "requestParameters": {"needle": "n%d" % (n % 7), "noise": "%x" % rnd.getrandbits(8 * noise)}, "recipientAccountId": "111122223333"}, separators=(",", ":"))
def lines(n, name, noise):
    return "".join(record(i, name, noise) + "\n" for i in range(n))
open("e/chunks.jsonl", "w").write(lines(2400, "Chunk", 600))                                     # four chunks of 1 MiB
open("e/small.json.gz", "wb").write(gzip.compress(lines(200, "Small", 20).encode(), mtime=0))
open("e/sound.jsonl", "w").write(lines(300, "Sound", 20))
open("r/rule.yml", "w").write("title: Needle\nid: 11111111-2222-4333-8444-555555555555\nlogsource:\n  product: aws\n  service: cloudtrail\n"
                              "detection:\n  selection:\n    requestParameters.needle: n3\n  condition: selection\nlevel: low\n")
EOP
th import -q -c whole.trail e
damage() { # CASE SQL
    cp whole.trail "$1"
    python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2]); db.commit()' "$1" "$2"
}
id() { th sources -c whole.trail --format jsonl | jq -r "select(.path | endswith(\"$1\")).source"; }
chunks=$(id chunks.jsonl) small=$(id small.json.gz)
ask() { th "$@" 2>/dev/null; }

damage missing.trail "delete from evidence where source = $chunks and offset = 1048576"
damage bad.trail "update evidence set bytes = x'ff00ff00ff00' where source = $chunks and offset = 1048576"
damage blob.trail "update evidence set bytes = substr(bytes, 1, 40) where source = $small"
damage nosource.trail "delete from evidence where source = $small"
damage behind.trail "update event set offset = 1 << 40 where source = $chunks and id % 100 = 0"
damage row.trail "delete from event where id = 20"
for c in missing bad blob nosource behind; do
    run th export -c $c.trail --format raw
    lost=$(printf '%s\n' "$errout" | sed -n 's/.*: \([0-9]*\) events left out: their records.*/\1/p')
    is "$c: the export says how many it leaves out" "$code $(printf '%s\n' "$out" | grep -c eventID)" "4 $((2900 - ${lost:-0}))"
    ok "$c: some, not all" [ "${lost:-0}" -ge 20 ] && ok "$c: of one source" [ "$lost" -lt 1000 ]
    like "$c: names the source and the byte" "$errout" "can't be read: source [0-9]+, byte [0-9]+: "
    th export -c $c.trail --format raw 2>/dev/null >left.jsonl
    n3=$(grep -c '"needle":"n3"' left.jsonl) other=$(grep -vc '"needle":"n3"' left.jsonl)
    for again in "first" "again"; do
        run th count -c $c.trail 'requestParameters.needle: n3'
        is "$c: a path, $again" "$code $out" "4 $n3"
        like "$c: a path, $again: said" "$errout" "$lost events left out: their records can't be read"
        is "$c: what can't be read isn't without it either, $again" "$(ask count -c $c.trail 'not requestParameters.needle: n3')" "$other"
    done
    run th count -c $c.trail '"ada"'
    is "$c: free text" "$code $out" "4 $((2900 - lost))"
    is "$c: no free text" "$(ask count -c $c.trail 'not "zz-not-there"')" "$((2900 - lost))"
    run th count -c $c.trail 'event.action: Sound and "ada"'
    is "$c: other sources aren't touched" "$code $out $errout" "0 300 "
    run th count -c $c.trail 'user.name: ada'
    is "$c: columns know all" "$code $out $errout" "0 2900 "
    run th query -c $c.trail --fields event.id,requestParameters.needle --limit 2900 --format jsonl
    is "$c: query" "$code $(printf '%s\n' "$out" | wc -l | tr -d ' ')" "4 $((2900 - lost))"
    run th query -c $c.trail --fields event.id,requestParameters.needle --limit 2900 --format table
    is "$c: as a table" "$code $(printf '%s\n' "$out" | grep -c n[0-6])" "4 $((2900 - lost))"
    run th facets -c $c.trail requestParameters.needle --top 9 --format jsonl
    is "$c: facets" "$code $(printf '%s\n' "$out" | jq -s 'map(select(.value == "n3").count) | add')" "4 $n3"
    run th findings -c $c.trail --rules r --format jsonl
    is "$c: rules" "$code $(printf '%s\n' "$out" | jq -s 'map(.count) | add')" "4 $n3"
    like "$c: rules: said" "$errout" "$lost events left out"
    run th findings -c $c.trail --rules r --format jsonl
    like "$c: rules: said again" "$code $errout" "4 .*$lost events left out"
    printf '/"n3"<Enter>\n:wait\n:screenshot shot.txt\n' >script
    run env LINES=40 COLUMNS=200 LC_ALL=C.UTF-8 "$TRAILHOUND" ui -c $c.trail --script script
    is "$c: the workbench" "$code" 0
    like "$c: and says it" "$(cat shot.txt)" "$lost events left out: their records can't be read: source [0-9]+, byte"
done
run th export -c row.trail --format raw
is "an event's row is gone: the others" "$code $(printf '%s\n' "$out" | wc -l | tr -d ' ')" "4 2899"
like "an event's row is gone: said" "$errout" "1 event left out: its record can't be read: the case holds no event 20"

# what is held for a path was learned when all could be read: it stays right
cp whole.trail learned.trail
th count -c learned.trail 'requestParameters.needle: n3' >/dev/null
is "learned before" "$(th count -c learned.trail 'requestParameters.needle: n3')" "$(th export -c whole.trail --format raw 2>/dev/null | grep -c '"needle":"n3"')"

# a log that others write to, without a pause, as long as the import reads it
cat >grow.py <<'EOP'
import json, subprocess, sys
def line(n):
    return json.dumps({"eventVersion": "1.09", "userIdentity": {"type": "IAMUser", "userName": "ada"}, "eventTime": "2026-03-01T09:00:00Z", "eventSource": "s3.amazonaws.com",
                       "eventName": "GetObject", "awsRegion": "us-east-1", "eventID": "g-%d" % n, "requestParameters": {"key": "k" * 30000}}, separators=(",", ":")) + "\n"
n = 0
with open("grow.jsonl", "w") as log:
    for n in range(2300):   # more than is held in memory
        log.write(line(n))
    log.flush()
    p = subprocess.Popen([sys.argv[1], "import", "-c", "grow.trail", "grow.jsonl"], stdout=open("grow.out", "w"))
    while p.poll() is None:
        n += 1
        log.write(line(n))
        log.flush()
    print(p.returncode, n + 1)
EOP
run python3 grow.py "$TRAILHOUND"
written=${out#* }
# Its size at opening may end within a line: then that is a reject, until the next import.
like "a log that grows: imported" "${out% *}" '^[04]$'
torn=$([ "${out% *}" = 4 ] && echo 1 || echo 0)
is "and at most its last line is torn" "$(th sources -c grow.trail --rejects --format jsonl | wc -l | tr -d ' ')" "$torn"
like "it is said" "$(cat grow.out)" "1 file changed while the import read it"
in=$(th count -c grow.trail)
ok "not all that was written is in" [ "$in" -ge 2300 ] && ok "nor more" [ "$in" -lt "$written" ]
run th export -c grow.trail --format raw -o grown.jsonl
is "every event has its record" "$code $errout $(wc -l <grown.jsonl | tr -d ' ')" "0  $in"
is "free text" "$(th count -c grow.trail '"kkkk"')" "$in"
like "sources says it" "$(th sources -c grow.trail --format jsonl | jq -r .altered)" "^the file grew while it was read: [0-9]+ bytes behind its end aren't in the case"
like "and its table" "$(th sources -c grow.trail --format table)" "grew while it was read"
th export -c grow.trail --format source --source 1 >kept.jsonl
ok "what is kept is the file's beginning" cmp -s -n "$(wc -c <kept.jsonl)" kept.jsonl grow.jsonl
run th verify -c grow.trail
is "and the case proves it" "$code" 0
run th import -c grow.trail grow.jsonl
is "imported again: the rest" "$code $(th count -c grow.trail)" "0 $written"
is "and nothing twice" "$(th sources -c grow.trail --format jsonl | jq -sc 'map([.duplicates, has("altered")])')" "[[0,true],[$in,false]]"
run th export -c grow.trail --format raw -o grown.jsonl
is "every event has its record again" "$code $(wc -l <grown.jsonl | tr -d ' ')" "0 $written"
done_testing
