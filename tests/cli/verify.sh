#!/bin/sh
# verify: a case of every kind is what its evidence says; and whatever is changed in one is told, with its source, event and field.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
cd "$tmp" || exit 99
samples=$TH_SRCDIR/data/samples/AWSLogs

clean() { # NAME CASE: nothing on standard output, exit 0
    run "$TRAILHOUND" verify -c "$2" --format jsonl
    is "$1: verifies" "$code $out" "0 "
    case $errout in *"every byte and every column as imported"*) ;; *) tap_line 1 "$1: says so"; diag "$errout" ;; esac
}

# ---- what was imported and not touched ----
run "$TRAILHOUND" import -q -c s.trail "$samples"
sum=$(sha256sum <s.trail)
clean "the samples" s.trail
like "the samples: in words" "$errout" '^s\.trail: 4,812 events of 201 sources: every byte and every column as imported$'
is "the case is not touched" "$(sha256sum <s.trail) $(ls s.trail*)" "$sum s.trail"
run "$TRAILHOUND" verify -q -c s.trail
is "--quiet says nothing" "$code $out$errout" "0 "
run "$TRAILHOUND" verify -c s.trail --format table
is "as a table: nothing either" "$code $out" "0 "
run "$TRAILHOUND" verify -c s.trail --jobs 1
is "one thread" "$code $out" "0 "
run "$TRAILHOUND" verify -c s.trail more
is "an argument is wrong usage" "$code" 2
run "$TRAILHOUND" verify -c s.trail --jobs 0
is "no thread is wrong usage" "$code" 2
run "$TRAILHOUND" verify -c none.trail
is "no such case" "$code" 1
cp s.trail ro.trail && chmod a-w ro.trail
clean "a case that can't be written" ro.trail

# ---- the temporary case ----
mkdir room
run "$TRAILHOUND" verify -c s.trail --temp room
is "--temp: verifies" "$code $out" "0 "
like "--temp: the room is stated" "$errout" '^verify: needs [0-9.]+ MB of temporary space in room$'
is "--temp: nothing is left there" "$(ls -A room)" ""
is "beside the case: nothing is left" "$(ls -A | grep -c trailhound-verify)" 0
for folder in room/none s.trail; do
    run "$TRAILHOUND" verify -q -c s.trail --temp $folder
    is "--temp $folder: exit 1" "$code $out" "1 "
    like "--temp $folder: the error names the option" "$errout" 'no temporary case can be made in .*: .*--temp'
done
if [ "$(id -u)" != 0 ]; then
    mkdir closed && cp s.trail closed/s.trail && chmod a-w closed
    run "$TRAILHOUND" verify -q -c closed/s.trail
    like "a folder that can't be written: the error names --temp" "$errout" '--temp'
    run "$TRAILHOUND" verify -q -c closed/s.trail --temp room
    is "a folder that can't be written, with --temp: verifies" "$code $out" "0 "
    chmod u+w closed
else
    skip "a folder that can't be written" "root can write everywhere"
fi

event() { # ID NAME TIME
    printf '{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333","userName":"ada"},"eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"test","requestParameters":{"userName":"bob","groupName":"g"},"responseElements":null,"requestID":"r-%s","eventID":"%s","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}' "$3" "$2" "$1" "$1"
}
a=$(event 11111111-1111-4111-8111-111111111111 ListUsers 2026-03-01T09:00:00Z)
b=$(event 22222222-2222-4222-8222-222222222222 ListRoles 2026-03-01T09:00:01Z)
c=$(event not-a-uuid GetUser 2026-03-02T09:00:02Z)
n='{"eventName":"A","eventTime":"2026-03-01T09:00:00Z"}'
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
qa=$(quoted "$a") qb=$(quoted "$b") qc=$(quoted "$c")
log() { printf '{"id":"1","timestamp":1,"message":"%s"}' "$1"; }
lookup() { printf '{"EventId":"1","EventName":"N","Resources":[],"CloudTrailEvent":"%s"}' "$1"; }
digest='{"digestStartTime":"2026-03-01T08:00:00Z","digestEndTime":"2026-03-01T09:00:00Z","digestS3Object":"x","logFiles":[],"awsAccountId":"1"}'

mkdir shapes
(
    cd shapes || exit 99
    printf '{"Records":[%s,%s,%s]}' "$a" "$b" "$c" >records.json
    printf '[%s,%s,%s]' "$a" "$b" "$c" >array.json
    printf '%s\n%s\n%s\n' "$a" "$b" "$c" >lines.jsonl
    printf '\357\273\277{"more":{"x":[1,2]},"Records":[%s,%s,%s],"tail":"}"}' "$a" "$b" "$c" >bom.json
    printf '%s' "$a" >single.json
    { gzip -nc lines.jsonl; gzip -nc single.json; } >members.gz
    { gzip -nc lines.jsonl; printf 'junk'; } >trailing.gz
    { gzip -nc lines.jsonl; head -c 512 /dev/zero; } >padded.gz
    gzip -nc records.json | head -c 300 >cut.gz
    gzip -nc records.json >no-ending
    printf '{"Events":[%s,%s]}\n{"Events":[%s]}\n' "$(lookup "$qa")" "$(lookup "$qb")" "$(lookup "$qc")" >lookup.json
    printf '{"messageType":"CONTROL_MESSAGE","logEvents":[%s]}{"messageType":"DATA_MESSAGE","logEvents":[%s,%s,%s]}' \
        "$(log 'CWL CONTROL MESSAGE: hello')" "$(log "$qa")" "$(log "$qb")" "$(log "$qc")" | gzip -n >subscription.gz
    printf '{"events":[%s,%s,%s],"nextToken":"x"}' "$(log "$qa")" "$(log "$qb")" "$(log "$qc")" >filter.json
    printf '2026-03-01T09:00:00.000Z %s\n2026-03-01T09:00:01.000Z %s\n2026-03-01T09:00:02.000Z %s\n' "$a" "$b" "$c" >s3-export
    printf '{"preview":false,"result":{"_time":"x","_raw":"%s"}}\n' "$qa" "$qb" "$qc" >splunk.json
    { printf '{"event":{"original":"%s"}}\n{"event.original":"%s"}\n' "$qa" "$qb"; printf '{"_id":"1","_source":{"event":{"original":"%s"}}}\n' "$qc"; } >elastic.json
    printf '{"took":1,"hits":{"total":1,"hits":[{"_source":{"event":{"original":"%s"}}}]}}' "$qa" >search.json
    printf '%s\n%s\n%s\n' "$n" "$n" "$(printf '%s' "$n" | sed s/A/B/)" >no-ids.jsonl
    printf '{"eventName":"A","eventID":"x","recipientAccountId":"1"}\n{"eventName":"A","eventID":"x","recipientAccountId":"2"}\n{"eventName":"A","eventID":"x"}\n' >untimed.jsonl
    # rejects: broken members, lines that are none, values that are no records, a digest among records
    printf '{"Records":[%s,{"eventName":"Bad,"x":1},%s,7,"x",{"some":"thing"},%s]}' "$a" "$b" "$digest" >bad-members.json
    printf '%s\nnot json\n%s\n{"cut' "$a" "$b" >bad-lines.jsonl
    printf '{"Records":[%s,{"eventName":"Cut' "$a" >cut.json
    printf '%s' "$digest" >digest.json
    printf '{"Records":[]}' >empty-records.json
    printf 'hello\n' >LICENSE
    : >empty
    ln -s LICENSE link
)
for f in shapes/*; do
    rm -f x.trail
    "$TRAILHOUND" import -q -c x.trail "$f"
    clean "$f" x.trail
done
rm -f x.trail
"$TRAILHOUND" import -q -c all.trail shapes
clean "all shapes in one case" all.trail
like "all shapes: skipped files are told of" "$errout" '[0-9] files were skipped at import and not kept: not checked'
"$TRAILHOUND" import -q -c all.trail shapes "$samples"
clean "imported again, with more" all.trail
cat shapes/lines.jsonl | "$TRAILHOUND" import -q -c stdin.trail -
clean "standard input" stdin.trail
"$TRAILHOUND" import -q -c x.trail shapes/no-ending - <shapes/members.gz
clean "gzip on standard input" x.trail
mkdir nothing && rm -f x.trail && "$TRAILHOUND" import -q -c x.trail nothing
clean "an empty folder" x.trail
like "an empty case, in words" "$errout" '^x\.trail: 0 events of 0 sources: every byte'

# archives
tar cf box.tar shapes
tar czf box.tgz shapes
head -c $(($(wc -c <box.tgz) - 700)) box.tgz >cut.tgz
head -c $(($(wc -c <box.tar) / 2)) box.tar >cut.tar
tar czf none.tgz -T /dev/null
for f in box.tar box.tgz cut.tgz cut.tar none.tgz; do
    rm -f x.trail
    "$TRAILHOUND" import -q -c x.trail $f
    clean "$f" x.trail
done
if command -v python3 >/dev/null; then
    python3 - <<'EOF'
import zipfile, glob
with zipfile.ZipFile("box.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for f in sorted(glob.glob("shapes/*")):
        z.write(f)
EOF
    head -c $(($(wc -c <box.zip) - 40)) box.zip >cut.zip
    head -c $(($(wc -c <box.zip) / 2)) box.zip >half.zip
    for f in box.zip cut.zip half.zip; do
        rm -f x.trail
        "$TRAILHOUND" import -q -c x.trail $f
        clean "$f" x.trail
    done
else
    skip "zip archives" "no python3"
fi
rm -f x.trail
mkdir unread && cp shapes/records.json unread/a.json && cp shapes/lines.jsonl unread/b.json && chmod 0 unread/a.json
"$TRAILHOUND" import -q -c x.trail unread
clean "a file that could not be read" x.trail

# choices
chosen() { # NAME OPTION…
    name=$1
    shift
    rm -f x.trail
    "$TRAILHOUND" import -q -c x.trail "$@" shapes
    clean "$name" x.trail
}
chosen "--from" --from 2026-03-02
chosen "--to" --to 2026-03-01T09:00:00Z
chosen "--from and --to" --from 2026-03-01 --to 2026-03-01
chosen "--region" --region us-east-1,eu-west-1
chosen "--region: nothing" --region mars-north-1
chosen "--account" --account 1
chosen "all choices" --from 2026-03-01 --to 2026-03-02 --region us-east-1 --account 111122223333,1
chosen "--digest-regex" --digest-regex .
chosen "--include and --exclude" --include '*.json' --exclude 'bad*'
"$TRAILHOUND" import -q -c x.trail --region us-east-1 shapes
"$TRAILHOUND" import -q -c x.trail shapes
clean "a choice, another, then everything" x.trail
rm -f x.trail
"$TRAILHOUND" import -q -c x.trail --region mars-north-1 shapes/lines.jsonl
rm -f moved.jsonl && mv shapes/lines.jsonl moved.jsonl
clean "nothing chosen of a file that is gone" x.trail
like "nothing chosen of a file that is gone: said" "$errout" '1 source is kept outside the case, and no event comes from it: not there as imported'
mv moved.jsonl shapes/lines.jsonl

# what is filled in from files, and columns of paths
if [ -e /usr/share/uap-core/regexes.yaml ]; then
    printf 'user_agent_parsers:\n  - regex: "(test)"\n    family_replacement: "Other"\n' >own.yaml
    "$TRAILHOUND" import -q -c e.trail shapes/records.json
    "$TRAILHOUND" enrich -q -c e.trail --user-agents own.yaml
    clean "values of another file" e.trail
    like "values of another file: not checked, and said" "$errout" 'values from user-agent expressions: not checked'
    run "$TRAILHOUND" verify -c e.trail --user-agents own.yaml
    unlike "with that file: checked" "$errout" 'not checked'
fi
cp s.trail p.trail
"$TRAILHOUND" count -c p.trail 'requestParameters.userName: *' >/dev/null
"$TRAILHOUND" count -c p.trail 'requestParameters.bucketName: *' >/dev/null
clean "columns of paths that were kept" p.trail

for d in invictus-ir stratus security-datasets; do
    if [ -d "$shared/evidence/$d" ]; then
        rm -f x.trail
        "$TRAILHOUND" import -q -c x.trail "$shared/evidence/$d"
        clean "evidence $d" x.trail
    else
        skip "evidence $d" "no ../shared"
    fi
done

# one large file, streamed, with access points; plain, in chunks
if command -v python3 >/dev/null; then
    python3 - <<'EOF'
import gzip, json, random
random.seed(7)
def event(i):
    return json.dumps({"eventVersion": "1.09", "eventName": "N%d" % (i % 50), "eventTime": "2026-03-01T%02d:%02d:%02dZ" % (i // 3600 % 24, i // 60 % 60, i % 60),
                       "eventID": "%08x-0000-4000-8000-%012x" % (i, i), "recipientAccountId": "1", "sourceIPAddress": "192.0.2.%d" % (i % 250),
                       "requestParameters": {"noise": "%01400x" % random.getrandbits(5600)}})
lines = "".join(event(i) + "\n" for i in range(12000))
open("large.jsonl", "w").write(lines)
# deliveries behind each other: access points fall on the beginnings of members
with open("members.json.gz", "wb") as f:
    each = lines.splitlines(True)
    for i in range(0, len(each), 9):
        f.write(gzip.compress("".join(each[i:i + 9]).encode(), 1))
with gzip.GzipFile("large.json.gz", "wb", 6, mtime=0) as f:
    f.write(b'{"Records":[' + ",".join(lines.splitlines()).encode() + b"]}")
EOF
    "$TRAILHOUND" import -q -c large.trail large.json.gz
    clean "a large gzip file" large.trail
    if command -v sqlite3 >/dev/null; then
        ok "it has access points" [ "$(sqlite3 large.trail 'select count(*) from access_point')" -gt 2 ]
    fi
    "$TRAILHOUND" import -q -c members.trail members.json.gz
    clean "a large gzip file of many members" members.trail
    is "its records can be read back" "$("$TRAILHOUND" export -c members.trail --format raw | sha256sum)" "$(sha256sum <large.jsonl)"
    "$TRAILHOUND" import -q -c plain.trail large.jsonl
    clean "a large plain file" plain.trail
fi

# an import that was killed: what came in is verified, the rest is told of
if command -v python3 >/dev/null; then
    python3 - "$TRAILHOUND" <<'EOF'
import os, subprocess, sys, time, signal
for n, at in enumerate((0.05, 0.15, 0.3)):
    case = "killed%d.trail" % n
    p = subprocess.Popen([sys.argv[1], "import", "-q", "-c", case, "large.jsonl", "large.json.gz", "shapes"])
    deadline = time.time() + 20
    want = int(at * 30e6)
    def size():
        return sum(os.path.getsize(f) for f in os.listdir(".") if f.startswith(case))
    while p.poll() is None and time.time() < deadline and size() < want:
        time.sleep(0.002)
    p.send_signal(signal.SIGKILL)
    p.wait()
EOF
    for n in 0 1 2; do
        if "$TRAILHOUND" sources -q -c killed$n.trail >/dev/null 2>&1; then
            clean "killed import $n" killed$n.trail
            "$TRAILHOUND" import -q -c killed$n.trail large.jsonl large.json.gz shapes
            clean "killed import $n, gone on with" killed$n.trail
        fi
    done
    # stopped by a signal: 130, nothing on standard output
    "$TRAILHOUND" verify -c plain.trail >out.txt 2>err.txt &
    pid=$!
    sleep 0.1
    kill -INT $pid 2>/dev/null
    wait $pid
    code=$?
    like "interrupted: 130, or it was quicker" "$code" "^(130|0)$"
    is "interrupted: nothing on standard output" "$(cat out.txt)" ""
    is "interrupted: no temporary case is left" "$(ls -A | grep -c trailhound-verify)" 0
    # while the temporary case is there it is for the owner alone, and a signal takes it away
    python3 - "$TRAILHOUND" >modes.txt <<'EOF'
import glob, os, signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], "verify", "-q", "-c", "plain.trail", "--temp", "room"], stderr=subprocess.DEVNULL)
seen = None
while p.poll() is None:
    for f in glob.glob("room/.trailhound-verify-*"):
        try:
            mode = oct(os.stat(f).st_mode & 0o777)
        except OSError:
            continue
        if seen is None:
            p.send_signal(signal.SIGINT)
        seen = mode
print(seen, os.listdir("room"))
EOF
    is "its mode, and nothing stays" "$(cat modes.txt)" "0o600 []"
fi

# ---- what was changed afterwards ----
if ! command -v sqlite3 >/dev/null; then
    skip "tampering" "no sqlite3"
    done_testing
fi
field() { printf "(select id from field where name='%s')" "$1"; }
# what is changed is changed in a part of the samples, which is quicker
"$TRAILHOUND" import -q -c few.trail "$samples/111122223333/CloudTrail/ap-south-2" "$samples/111122223333/CloudTrail/eu-central-1"
clean "a part of the samples" few.trail
few_events=$("$TRAILHOUND" count -c few.trail) few_sources=$("$TRAILHOUND" sources -c few.trail --format jsonl | wc -l | tr -d ' ')

# tamper NAME SQL WANT: after SQL on a copy of $case verify exits 1 and prints a line for which the jq filter WANT is true; $lines: how many,
# $others: those for which it isn't, but for what columns for queries say of it
case=few.trail
tamper() {
    cp "$case" t.trail
    sqlite3 t.trail "$2" || { tap_line 1 "$1: SQL"; return 1; }
    run "$TRAILHOUND" verify -c t.trail --format jsonl
    read -r lines told others <<EOF
$(jq -rs "[length, (map(select($3)) | length), (map(select((.what | startswith(\"the column kept for queries\") | not) and ($3 | not))) | length)] | join(\" \")" "$tmp/.out")
EOF
    case "$code ${told:-0} $errout" in
    "1 0 "*) tap_line 1 "$1"; diag "want: $3"; diag "$(head -5 "$tmp/.out")" ;;
    "1 "*"t.trail: "*" difference"*) tap_line 0 "$1" ;;
    *) tap_line 1 "$1"; diag "exit $code"; diag "$errout" ;;
    esac
    broken=$(grep -E '"what":"(no such|ambiguous|near |misuse)' "$tmp/.out" | head -3)
    [ -z "$broken" ] || { tap_line 1 "$1: a statement of verify fails"; diag "$broken"; }
}
# the same, and nothing else is told
only() {
    tamper "$1" "$2" "$3"
    [ "$others" = 0 ] || { tap_line 1 "$1: nothing else"; diag "$(jq -c "select($3 | not)" "$tmp/.out" | head -5)"; }
}

# kept bytes
flip="x'ff' || substr(bytes, 202)"
tamper "a byte of the evidence" "update evidence set bytes = substr(bytes, 1, 200) || $flip where source = 12" \
    '.source == 12 and .field == "sha256" and (.path | endswith(".json.gz")) and (.expected | length) == 64 and .expected != .found'
tamper "a byte of the evidence: its events can't be proven" "update evidence set bytes = substr(bytes, 1, 200) || $flip where source = 12" \
    '.source == 12 and .event != null and .what == "no record of the evidence gives this event"'
only "a hash" "update source set sha256 = zeroblob(32) where id = 5" '.source == 5 and .field == "sha256" and .expected == ("0" * 64)'
only "no hash" "update source set sha256 = null where id = 5" '.source == 5 and .field == "sha256" and .expected == null'
tamper "cut evidence" "update evidence set bytes = substr(bytes, 1, 100), length = 100 where source = 5" '.source == 5 and .field == "size_bytes" and .found == "100"'
only "a length" "update evidence set length = length + 1 where source = 5" '.source == 5 and .field == "evidence.length"'
tamper "evidence that is gone" "delete from evidence where source = 5" '.source == 5 and .field == "evidence"'
tamper "evidence of no source" "update evidence set source = 5000 where source = 5" '.source == 5000 and (.what | contains("isn'"'"'t in the case"))'
tamper "a gap in the evidence" "update evidence set offset = 7 where source = 5" '.source == 5 and .field == "evidence.offset" and .found == "7"'
only "a piece twice" "insert into evidence(source, offset, length, bytes) select source, offset, length, bytes from evidence where source = 5" \
    '.source == 5 and .field == "evidence.offset"'
only "the size" "update source set size_bytes = size_bytes + 1 where id = 5" '.source == 5 and .field == "size_bytes"'
only "the inflated size" "update source set inflated_bytes = 1 where id = 5" '.source == 5 and .field == "inflated_bytes" and .found == "1"'
if [ -e plain.trail ]; then
    case=plain.trail
    tamper "a byte of a chunk" "update evidence set bytes = substr(bytes, 1, 300) || x'00ff' || substr(bytes, 303) where offset = (select max(offset) from evidence)" \
        '.source == 1 and (.field == "sha256" or .field == "evidence.bytes")'
    tamper "a chunk out of the middle" "delete from evidence where offset = 1048576" '.source == 1 and .offset == 1048576 and .field == "evidence.offset"'
    tamper "a chunk's length" "update evidence set length = 1000 where offset = 1048576" '.source == 1 and .offset == 1048576 and .field == "evidence.bytes"'
    case=large.trail
    only "an access point's place" "update access_point set inflated = inflated + 1 where inflated = (select min(inflated) from access_point)" '.source == 1 and .field == "access_point"'
    only "an access point's bits" "update access_point set bits = bits + 1 where inflated = (select min(inflated) from access_point)" '.source == 1 and .field == "access_point.bits"'
    only "an access point's window" "update access_point set window = (select max(window) from access_point) where inflated = (select inflated from access_point order by window limit 1)" \
        '.source == 1 and .field == "access_point.window"'
    only "access points of no source" "insert into access_point select 9, inflated, bits, window from access_point" '.source == 9'
    case=few.trail
fi

# figures of sources
for f in events duplicates rejects unselected untimed; do
    only "$f of a source" "update source set $f = $f + 1 where id = 5" ".source == 5 and .field == \"$f\""
done
only "the first time" "update source set first = first - 1000 where id = 5" '.source == 5 and .field == "first" and .expected > .found'
only "no last time" "update source set last = null where id = 5" '.source == 5 and .field == "last" and .found == null'
only "skipped" "update source set skipped = 'an image' where id = 5" '.source == 5 and .field == "skipped" and .found == "an image"'
only "a source that is said to be open" "update source set state = 0 where id = 5" '.source == 5 and .field == "state"'
only "a state that there isn't" "update source set state = 2 where id = 25" '.source == 25 and .field == "state" and .found == "2"'
only "the selection" "update source set selection = 'whatever' where id = 5" '.source == 5 and .field == "selection" and .found == "whatever"'
tamper "a selection that leaves out" "update source set selection = 'region=mars-north-1' where id = 5" '.source == 5 and .field == "unselected" and .found == "0"'
tamper "the kind" "update source set kind = 1 where id = 5" '.source == 5 and .field == "evidence.bytes"'
tamper "a source that is gone" "delete from source where id = 5" '.source == 5 and .event == 110 and .field == "source"'

# events: a value of each storage, then the place
row=700
value() { # NAME FIELD VALUE: only this event and field
    only "$1" "update event set \"$2\" = $3 where id = $row" ".event == $row and .field == \"$2\" and .expected != .found and .offset != null and .source != null"
}
value "a code" source.address 1
value "no code" source.address NULL
value "a code of no text" source.address 999999
value "a text in place of a code" source.address "'x'"
value "a code where there is none" aws.cloudtrail.error_message 1
value "a time" @timestamp 1
value "no time" @timestamp NULL
value "another time" aws.cloudtrail.user_identity.session_context.creation_date 0
value "a UUID" event.id "x'00112233445566778899aabbccddeeff'"
value "a text id" aws.cloudtrail.request_id "'r'"
value "no id" event.id NULL
value "a UUID as text" event.id "'00112233-4455-6677-8899-aabbccddeeff'"
value "a number as an id" event.id 7
# members of groups: another combination, one that isn't there, what a combination says
other() { printf "(select %s from event where %s <> (select %s from event where id = $row) order by id limit 1)" "$1" "$1" "$1"; }
only "another combination: a call" "update event set call = $(other call) where id = $row" ".event == $row and (.field == \"event.action\" or .field == \"event.provider\" or .field == \"cloud.region\" or (.field | startswith(\"aws.cloudtrail.event_\")) or (.field | startswith(\"trailhound.\")) or .field == \"aws.cloudtrail.read_only\")"
tamper "another combination: a caller" "update event set caller = $(other caller) where id = $row" ".event == $row and .field == \"user.name\" and .expected != .found"
for group in call caller client object; do
    only "no such $group" "update event set $group = 99999 where id = $row" ".event == $row and .field == \"$group\" and .found == \"99999\""
    tamper "no $group" "update event set $group = NULL where id = $row" ".event == $row and .field == \"$group\""
    tamper "a $group too many" "insert into $group(id) values((select max(id) + 1 from $group))" ".field == \"$group\" and (.what | startswith(\"no event has this combination\"))"
    tamper "a $group twice" "create temp table x as select * from $group where id = 1; update x set id = (select max(id) + 1 from $group); insert into $group select * from x" ".field == \"$group\" and (.what | startswith(\"the same combination twice\"))"
    tamper "a $group that is gone" "delete from $group where id = 2" ".field == \"$group\" and .event != null and .found == \"2\""
    only "a $group far away" "insert into $group(id) values(12345678)" ".field == \"$group\""
done
part() { # NAME GROUP FIELD VALUE: what the combination of $row says
    only "$1" "update $2 set \"$3\" = $4 where id = (select $2 from event where id = $row)" "(.event != null and .field == \"$3\" and .expected != .found) or .what == \"no event has this text of the dictionary\""
    ok "$1: of this event" [ "$(jq -c "select(.event == $row)" "$tmp/.out" | grep -c .)" -ge 1 ]
}
part "a member's code" call event.action 1
part "a member's code of no text" call event.provider 999999
part "no member" call cloud.region NULL
part "a member's text in place of a code" caller user.name "'x'"
part "a list" object aws.cloudtrail.resources.arn 1
part "a truth value" call aws.cloudtrail.read_only '1 - "aws.cloudtrail.read_only"'
part "a truth value that is none" call trailhound.sensitive 7
part "no truth value" call aws.cloudtrail.read_only NULL
only "offset" "update event set offset = offset + 1 where id = $row" ".event == $row and .field == \"offset\" and (.expected | tonumber) + 1 == (.found | tonumber)"
only "length" "update event set length = length - 1 where id = $row" ".event == $row and .field == \"length\""
only "flags" "update event set flags = 1 where id = $row" ".event == $row and .field == \"flags\""
tamper "an offset far away" "update event set offset = 123456789 where id = $row" ".event == $row and .offset == 123456789 and (.what | startswith(\"no record\"))"
is "an offset far away: two lines" "$lines" 2
tamper "another source" "update event set source = 1 where id = $row" ".event == $row and .source == 1 and (.what | startswith(\"no record\"))"
tamper "a source that isn't there" "update event set source = 4000 where id = $row" ".event == $row and .source == 4000"
tamper "an event that is gone" "delete from event where id = $row" '.field == "event.id" and .expected != null and (.what | contains("is not in the case"))'
tamper "an event that is gone: its number" "delete from event where id = $row" ".event == $row and .field == \"id\""
tamper "the last event is gone" "delete from event where id = $few_events" ".source == $few_sources and (.what | contains(\"is not in the case\"))"
tamper "all events are gone" "delete from event" '.source == 1 and (.what | contains("is not in the case"))'
tamper "an event too many" "insert into event(source, offset, length, flags) values(3, 5, 5, 0)" ".source == 3 and .event == $few_events + 1 and .offset == 5"
tamper "an event twice" "create temp table x as select * from event where id = $row; update x set id = 90000; insert into event select * from x" '.event == 90000 and (.what | startswith("no record"))'
tamper "a number" "update event set id = 100000 where id = $row" '.event == 100000 and .field == "id"'
tamper "a number below all" "update event set id = -3 where id = $row" '.event == -3 and .field == "id"'
tamper "two numbers" "update event set id = -1 where id = $row; update event set id = $row where id = $row + 1; update event set id = $row + 1 where id = -1" '.field == "id" and (.what | contains("order"))'
only "a sparse value" "update extra set value = value + 1 where field = $(field group.name) and event = (select min(event) from extra where field = $(field group.name))" \
    '.field == "group.name" and ((.event != null and .expected != .found) or .what == "no event has this text of the dictionary")'
tamper "a sparse value that is gone" "delete from extra where event = (select min(event) from extra)" '.event == 2 and .expected != null and .found == null'
only "a sparse value too many" "insert into extra values($(field group.name), 17, 1)" '.event == 17 and .field == "group.name" and .expected == null'
only "a sparse value of no event" "insert into extra values($(field group.name), 5000, 1)" '.event == 5000 and .field == "group.name"'
only "a sparse value of no field" "insert into extra values(5000, 7, 1)" '.event == 7'

# dictionaries and what is made of them
tamper "a text" "update term set text = 'Evil' where field = $(field event.action) and code = 5" '.event == 5 and .field == "event.action" and .expected == "CreateKeyPair" and .found == "Evil"'
tamper "a text that is gone" "delete from term where field = $(field event.action) and code = 5" '.event == 5 and .field == "event.action" and (.found | contains("code 5"))'
tamper "a text too many" "insert into term select field, max(code) + 1, 'Evil' from term where field = $(field event.action)" '.field == "event.action" and .found == "Evil" and .what == "no event has this text of the dictionary"'
tamper "a text twice" "insert into term select field, max(code) + 1, 'CreateKeyPair' from term where field = $(field event.action)" '.found == "CreateKeyPair" and (.what | contains("twice"))'
tamper "a text of no field" "insert into term values(4000, 1, 'x')" '.found == "x" and (.what | contains("no field"))'
only "source.ip" "update derived set text = '192.0.2.99' where field = $(field source.ip) and code = 3" '.field == "source.ip" and .found == "192.0.2.99" and .expected != null'
only "event.category" "delete from derived where field = $(field event.category) and code = 3" '.field == "event.category" and .found == null'
only "a value too many" "insert into derived values($(field source.ip), 99999, '192.0.2.99')" '.field == "source.ip" and .found == "192.0.2.99"'
only "a value of no field" "insert into derived values(4000, 1, 'x')" '.found == "x"'
only "a place that no database gave" "insert into derived values($(field source.geo.city_name), 1, 'Atlantis')" '.field == "source.geo.city_name" and .found == "Atlantis"'
if [ -e /usr/share/uap-core/regexes.yaml ]; then
    only "user_agent.name" "update derived set text = 'Evil' where field = $(field user_agent.name) and code = 1" '.field == "user_agent.name" and .found == "Evil" and .expected != null'
fi

# the schema
only "a view" "drop view ecs; create view ecs as select id, 'nobody' as \"user.name\" from event" '.field == "ecs" and .expected != .found'
# what belongs to every case is looked at when one is opened
for sql in "drop view sources" "create trigger t after insert on mark begin delete from mark; end"; do
    cp s.trail t.trail
    sqlite3 t.trail "$sql"
    run "$TRAILHOUND" verify -c t.trail --format jsonl
    is "$sql: exit 1, no list" "$code $out" "1 "
    like "$sql: said" "$errout" "another program changed the file"
done
tamper "a field" "delete from field where name = 'event.action'" '.field == "event.action" and .what == "the case doesn'"'"'t know this field"'
tamper "two fields" "update field set name = 'x' where name = 'user.name'; update field set name = 'user.name' where name = 'event.action'; update field set name = 'event.action' where name = 'x'" \
    '.field == "event.action" and .event == 1'
cp s.trail t.trail
sqlite3 t.trail "create table mine(x); create index mine_x on event(source)"
clean "a table and an index of one's own are no difference" t.trail
sqlite3 t.trail "update source set version = '0.0.1' where id < 4"
clean "sources of another version" t.trail
like "sources of another version: said" "$errout" '3 sources were imported by another version of Trailhound'

# columns for queries
only "a damaged segment" "update segment set bytes = zeroblob(9) where field = $(field event.action)" '.field == "event.action" and (.what | contains("damaged"))'
tamper "another segment" "update segment set bytes = (select bytes from segment where field = $(field user.name)), width = (select width from segment where field = $(field user.name)) where field = $(field event.outcome)" \
    '.field == "event.outcome"'
tamper "a group's segment" "update segment set bytes = x'01000000', width = 0 where field = $(field "(caller)")" '.field == "caller" and .event != null and .found == "1" and (.what | startswith("the column kept for queries"))'
only "a group's damaged segment" "update segment set bytes = zeroblob(9) where field = $(field "(caller)")" '.field == "caller" and (.what | contains("damaged"))'
tamper "a constant segment" "update segment set bytes = x'01000000', width = 0 where field = $(field cloud.region)" '.field == "cloud.region" and .expected != .found and (.what | startswith("the column kept for queries"))'
tamper "times" "update segment set bytes = zeroblob(8), width = 0 where field = $(field @timestamp)" '.field == "@timestamp" and .found == "1970-01-01T00:00:00.000Z"'
tamper "ids" "update segment set bytes = x'', width = 0 where field = $(field aws.cloudtrail.request_id)" '.field == "aws.cloudtrail.request_id" and .found == null'
case=p.trail
tamper "a path's column" "update path_column set bytes = zeroblob(4), width = 0 where path like '%userName'" '.field == "aws.cloudtrail.flattened.request_parameters.userName" and .event != null and .found == null'
only "a path's damaged column" "update path_column set bytes = zeroblob(3) where path like '%userName'" '.field == "aws.cloudtrail.flattened.request_parameters.userName"'
tamper "a path's text" "update path_term set path = 'x' where path like '%userName'" '.field == "aws.cloudtrail.flattened.request_parameters.userName"'

# duplicates, rejects, records without ids
case=all.trail
only "a duplicate's length" "update duplicate set length = 1 where id = 3" '.field == "duplicate.length" and .found == "1" and .event != null'
only "a duplicate's flags" "update duplicate set flags = 1 - flags where id = 3" '.field == "duplicate.flags"'
only "a duplicate's event" "update duplicate set event = event + 1 where id = 3" '.field == "duplicate.event" and .offset != null'
only "a duplicate of nothing" "update duplicate set event = 999999 where id = 3" '.field == "duplicate.event" and .event == 999999'
tamper "a duplicate's offset" "update duplicate set offset = offset + 1 where id = 3" '.what == "no record of the evidence gives this duplicate"'
tamper "a duplicate that is gone" "delete from duplicate where id = 3" '.field == "event.id" and (.what | contains("is not in the case"))'
tamper "a duplicate too many" "insert into duplicate(source, offset, length, flags, event) select source, 1, 1, 0, event from duplicate where id = 3" '.offset == 1 and (.what | contains("gives this duplicate"))'
tamper "a duplicate of no source" "update duplicate set source = 4000 where id = 3" '.source == 4000'
tamper "a duplicate that became an event" "create temp table d as select * from duplicate where id = 3; insert into event(source, offset, length, flags) select source, offset, length, flags from d; delete from duplicate where id = 3" \
    '.field == "event.id" and (.what | contains("should be a duplicate"))'
only "a reject's reason" "update reject set reason = 'x' where id = 2" '.field == "reject.reason" and .found == "x" and .expected != null'
only "a reject's length" "update reject set length = length + 1 where id = 2" '.field == "reject.length"'
only "a reject's bytes" "update reject set bytes = 'x' where id = 2" '.field == "reject.bytes" and .found == "x"'
only "a reject's offset" "update reject set offset = offset + 1 where id = 2" '.field == "reject.reason" and .offset != null'
tamper "a reject that is gone" "delete from reject where id = 2" '.field == "reject.reason" and .found == null'
tamper "a reject too many" "insert into reject(source, offset, length, reason) values(1, 0, 0, 'x')" '.field == "reject.reason" and .found == "x"'
only "a file that didn't change" "insert into reject(source, offset, length, reason) values(1, 0, 0, 'the file changed while it was read'); update source set rejects = rejects + 1 where id = 1" \
    '.field == "reject.reason" and .source == 1'
tamper "a reject of no source" "update reject set source = 4000 where id = 2" '.source == 4000'
only "a hash of a record without id" "update anonymous set hash = zeroblob(32) where event = (select min(event) from anonymous)" '.field == "anonymous.event" or .field == "duplicate.event"'
only "a hash too many" "insert into anonymous values(zeroblob(32), 1)" '.field == "anonymous.event" and .event == 1'

# SQLite's own check
cp s.trail t.trail
python3 - <<'EOF'
f = open("t.trail", "r+b"); f.seek(0, 2); n = f.tell() // 8192
f.seek(8192 * (n // 2)); f.write(b"\xff" * 64); f.close()
EOF
run "$TRAILHOUND" verify -c t.trail --format jsonl
is "a damaged page: exit 1" "$code" 1
like "a damaged page: told" "$out" '"field":"quick_check"'
unlike "a damaged page: each statement could be asked" "$out" '"what":"(no such|ambiguous|near |misuse)'
like "a damaged page: what it leaves is compared all the same" "$out" '"what":"(no record of the evidence gives this event|nothing of its bytes is kept)"'

# evidence outside the case, and caps
mkdir out
cp -r "$TH_SRCDIR/data/samples/AWSLogs" out/logs
tar czf out/logs.tgz -C out logs
for given in out/logs out/logs.tgz; do
    rm -f r.trail
    "$TRAILHOUND" import -q --reference -c r.trail "$given" >/dev/null
    run "$TRAILHOUND" verify -c r.trail --format jsonl
    is "$given, referenced: as imported" "$code $out" "0 "
done
printf 'xxxx' | dd of=out/logs.tgz bs=1 seek=3000 conv=notrunc 2>/dev/null
run "$TRAILHOUND" verify -c r.trail --format jsonl
is "an archive outside that changed: exit 1" "$code" 1
like "an archive outside that changed: told" "$out" "logs.tgz"
rm -f r.trail
"$TRAILHOUND" import -q --max-record 700 -c r.trail out/logs >/dev/null
run "$TRAILHOUND" verify -c r.trail --format jsonl
is "records over a cap of that import: as imported" "$code $out" "0 "

# output
case=s.trail
cp s.trail t.trail
sqlite3 t.trail "update term set text = '=cmd' || char(27) || '[31m' where field = $(field event.action) and code = 5"
run "$TRAILHOUND" verify -c t.trail --format csv
is "csv: heading" "$(printf '%s\n' "$out" | head -1 | tr -d '\r')" "source,path,offset,event,field,expected,found,what"
like "csv: formulas are guarded" "$out" "'=cmd"
run "$TRAILHOUND" verify -c t.trail --format table
unlike "table: made safe" "$(printf '%s' "$out" | od -c)" '033'
like "table: the words" "$out" "Evil|cmd"
sqlite3 t.trail "update event set \"source.address\" = 1"
"$TRAILHOUND" verify -q -c t.trail --format jsonl >one.txt
"$TRAILHOUND" verify -q -c t.trail --format jsonl --jobs 1 >two.txt
same "the same lines in the same order, whatever the threads" one.txt two.txt
ok "all of them" [ "$(wc -l <one.txt)" -gt 4000 ]
"$TRAILHOUND" verify -q -c t.trail --format jsonl 2>err.txt | head -1 >one.txt
is "a reader that goes away: no complaint" "$(wc -l <one.txt) $(cat err.txt)" "1 "
done_testing
