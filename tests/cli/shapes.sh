#!/bin/sh
# Import of every shape and container, told by content; duplicates, a second run, raw records byte for byte.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
cd "$tmp" || exit 99

event() { # ID NAME TIME
    printf '{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333","userName":"ada"},"eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"test","requestParameters":null,"responseElements":null,"requestID":"r-%s","eventID":"%s","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}' "$3" "$2" "$1" "$1"
}
a=$(event 11111111-1111-4111-8111-111111111111 ListUsers 2026-03-01T09:00:00Z)
b=$(event 22222222-2222-4222-8222-222222222222 ListRoles 2026-03-01T09:00:01Z)
c=$(event not-a-uuid GetUser 2026-03-01T09:00:02Z)

printf '{"Records":[%s,%s,%s]}' "$a" "$b" "$c" >records.json
printf '[%s,%s,%s]' "$a" "$b" "$c" >array.json
printf '%s\n%s\n%s\n' "$a" "$b" "$c" >lines.jsonl
printf '%s\r\n%s\r\n%s' "$a" "$b" "$c" >crlf.jsonl
printf '\357\273\277{"more":{"x":[1,2]},"Records":[%s,%s,%s],"tail":"}"}' "$a" "$b" "$c" >bom-and-members.json
printf '%s' "$a" >single.json
gzip -c records.json >no-ending
{ gzip -c lines.jsonl; gzip -c single.json; } >members.gz

for f in records.json array.json lines.jsonl crlf.jsonl bom-and-members.json no-ending members.gz; do
    rm -f x.trail
    run "$TRAILHOUND" import -c x.trail -q "$f"
    is "$f: exit 0" "$code $errout" "0 "
    is "$f: three events" "$("$TRAILHOUND" count -c x.trail)" 3
    is "$f: their ids" "$("$TRAILHOUND" query -c x.trail --fields event.id --format csv | tr -d '\r' | tr '\n' ' ')" \
        "event.id 11111111-1111-4111-8111-111111111111 22222222-2222-4222-8222-222222222222 not-a-uuid "
    is "$f: the second record, byte for byte" "$("$TRAILHOUND" export -c x.trail --format raw --id 22222222-2222-4222-8222-222222222222)" "$b"
    is "$f: by an id that is no UUID" "$("$TRAILHOUND" export -c x.trail --format raw --id not-a-uuid)" "$c"
done
rm -f x.trail
ok "single event" "$TRAILHOUND" import -c x.trail -q single.json
is "single event: one" "$("$TRAILHOUND" count -c x.trail)" 1

rm -f stdin.trail
ok "standard input" sh -c 'cat lines.jsonl | "$TRAILHOUND" import -q -'
is "standard input goes to stdin.trail" "$("$TRAILHOUND" count -c stdin.trail)" 3
rm -f stdin.trail
ok "gzip on standard input" sh -c '"$TRAILHOUND" import -q - <no-ending'
is "gzip on standard input: three" "$("$TRAILHOUND" count -c stdin.trail)" 3

# records inside strings: the raw record is the unescaped text
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
qa=$(quoted "$a") qb=$(quoted "$b") qc=$(quoted "$c")
log() { printf '{"id":"1","timestamp":1,"message":"%s"}' "$1"; }
lookup() { printf '{"EventId":"1","EventName":"N","Resources":[],"CloudTrailEvent":"%s"}' "$1"; }
printf '{"Events":[%s,%s],"NextToken":"x"}\n{"Events":[%s]}\n' "$(lookup "$qa")" "$(lookup "$qb")" "$(lookup "$qc")" >lookup.json
printf '{"messageType":"CONTROL_MESSAGE","logEvents":[%s]}{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[%s,%s,%s]}' \
    "$(log 'CWL CONTROL MESSAGE: hello')" "$(log "$qa")" "$(log "$qb")" "$(log "$qc")" | gzip -n >subscription.gz
printf '{"events":[%s,%s,%s],"searchedLogStreams":[],"nextToken":"x"}' "$(log "$qa")" "$(log "$qb")" "$(log "$qc")" >filter.json
printf '2026-03-01T09:00:00.000Z %s\n2026-03-01T09:00:01.000Z %s\n2026-03-01T09:00:02.000Z %s\n' "$a" "$b" "$c" >s3-export
printf '{"preview":false,"result":{"_time":"x","_raw":"%s"}}\n' "$qa" "$qb" "$qc" >splunk.json
{ printf '{"event":{"original":"%s"}}\n{"event.original":"%s"}\n' "$qa" "$qb"; printf '{"_id":"1","_source":{"event":{"original":"%s"}}}\n' "$qc"; } >elastic.json
printf '{"took":1,"hits":{"total":3,"hits":[{"_source":{"event":{"original":"%s"}}},{"_source":{"event.original":"%s"}},{"_source":{"event":{"original":"%s"}}}]}}' "$qa" "$qb" "$qc" >search.json
for f in lookup.json subscription.gz filter.json s3-export splunk.json elastic.json search.json; do
    rm -f x.trail
    run "$TRAILHOUND" import -c x.trail --format jsonl "$f"
    is "$f: three events, nothing else" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects,.skipped]') $code $errout" "[3,0,0,0] 0 "
    is "$f: a raw record, byte for byte" "$("$TRAILHOUND" export -c x.trail --format raw --id 22222222-2222-4222-8222-222222222222)" "$b"
    is "$f: all of them" "$("$TRAILHOUND" export -c x.trail --format raw)" "$(printf '%s\n%s\n%s' "$a" "$b" "$c")"
    is "$f: a field" "$("$TRAILHOUND" count -c x.trail 'user.name: ada')" 3
done

# archives: each member is a source; the place inside is shown, the bytes come back
mkdir -p box/in; cp records.json no-ending box/in/; cp lookup.json box/; printf 'hello\n' >box/LICENSE; ln -s LICENSE box/link
for kind in tar tar.gz; do
    case $kind in
    tar) tar cf box.tar box ;;
    tar.gz) tar czf box.tar.gz box ;;
    esac
    rm -f x.trail
    run "$TRAILHOUND" import -c x.trail --format jsonl "box.$kind"
    is "$kind: its members" "$(printf '%s\n' "$out" | jq -c '[.files,.skipped,.events,.duplicates,.rejects]') $code $errout" "[5,2,3,6,0] 0 "
    run "$TRAILHOUND" import -c x.trail --format jsonl "box.$kind"
    is "$kind: again, nothing new" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]') $code" "[0,0,0] 0"
    rm -f x.trail
    ok "$kind on standard input" sh -c '"$TRAILHOUND" import -q -c x.trail - <"$1"' x "box.$kind"
    is "$kind on standard input: three" "$("$TRAILHOUND" count -c x.trail)" 3
    if command -v sqlite3 >/dev/null; then
        is "$kind: places inside" "$(sqlite3 x.trail "select container from source where events + duplicates > 0 order by container" | tr '\n' ' ')" "box/in/no-ending box/in/records.json box/lookup.json "
        n=$(sqlite3 x.trail "select id from source where container = 'box/in/no-ending'")
        "$TRAILHOUND" export -c x.trail --format source --source "$n" >got
        same "$kind: a compressed member comes back as it was" got no-ending
        is "$kind: its SHA-256" "$(sqlite3 x.trail "select lower(hex(sha256)) from source where id = $n")" "$(sha256sum no-ending | cut -d' ' -f1)"
    fi
done
if command -v python3 >/dev/null; then
    python3 - <<'EOF'
import zipfile
with zipfile.ZipFile("box.zip", "w") as z:
    z.write("box/in/records.json", compress_type=zipfile.ZIP_DEFLATED)
    z.write("box/in/no-ending", compress_type=zipfile.ZIP_STORED)
    with z.open(zipfile.ZipInfo("../../zip64\033[31m.json"), "w", force_zip64=True) as member:
        member.write(open("lookup.json", "rb").read())
EOF
    rm -f x.trail
    run "$TRAILHOUND" import -c x.trail --format jsonl box.zip
    is "zip: its members" "$(printf '%s\n' "$out" | jq -c '[.files,.skipped,.events,.duplicates,.rejects]') $code $errout" "[3,0,3,6,0] 0 "
    is "zip: a raw record" "$("$TRAILHOUND" export -c x.trail --format raw --id 22222222-2222-4222-8222-222222222222)" "$b"
    rm -f x.trail
    ok "zip on standard input" sh -c '"$TRAILHOUND" import -q -c x.trail - <box.zip'
    is "zip on standard input: three" "$("$TRAILHOUND" count -c x.trail)" 3
    unlike "a hostile name never reaches the terminal as it is" "$("$TRAILHOUND" sources -c x.trail --format table | od -c)" '033'
    ok "nothing is unpacked" [ ! -e ../zip64* ]
    # broken ones keep what stands before the break
    head -c $(($(wc -c <box.tar.gz) - 60)) box.tar.gz >cut.tar.gz
    head -c $(($(wc -c <box.zip) - 40)) box.zip >cut.zip
    for f in cut.tar.gz cut.zip; do
        rm -f x.trail
        run "$TRAILHOUND" import -c x.trail --format jsonl "$f"
        is "$f: the events, and a reject" "$(printf '%s\n' "$out" | jq -c '[.events, .rejects > 0]') $code" "[3,true] 4"
        run "$TRAILHOUND" import -c x.trail --format jsonl "$f"
        is "$f: again, nothing new" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]') $code" "[0,0,0] 0"
    done
else
    skip "zip archives" "no python3"
fi

# pretty-printed: the record keeps its own bytes
rm -f x.trail
cat >pretty.json <<EOF
{
  "Records": [
    {
      "eventName": "ListUsers",
      "eventTime": "2026-03-01T09:00:00Z",
      "eventID": "33333333-3333-4333-8333-333333333333"
    }
  ]
}
EOF
ok "pretty-printed" "$TRAILHOUND" import -c x.trail -q pretty.json
sed -n '3,7p' pretty.json | sed '1s/^    //' >want
"$TRAILHOUND" export -c x.trail --format raw >got
same "pretty-printed: raw has the line breaks" got want
is "pretty-printed: --one-line has none" "$("$TRAILHOUND" export -c x.trail --format raw --one-line | wc -l | tr -d ' ')" 1

# a folder: all shapes of the same three events, each stored once
mkdir -p tree/b tree/a
cp records.json tree/b/; cp no-ending tree/a/; cp lines.jsonl tree/; printf 'hello\n' >tree/LICENSE; : >tree/empty
rm -f tree.trail
run "$TRAILHOUND" import --format jsonl tree
is "folder: exit 0" "$code" 0
is "folder: what came in" "$(printf '%s\n' "$out" | jq -c '[.files,.skipped,.records,.events,.duplicates,.rejects,.unselected]')" "[5,2,9,3,6,0,0]"
is "folder: the case is named after it" "$(ls tree.trail)" tree.trail
is "folder: sources in name order" "$("$TRAILHOUND" sources -c tree.trail --format jsonl | jq -r '.path' | tr '\n' ' ')" "tree/LICENSE tree/a/no-ending tree/b/records.json tree/empty tree/lines.jsonl "
is "folder: skipped ones say why" "$("$TRAILHOUND" sources -c tree.trail --format jsonl | jq -r 'select(.skipped).path' | tr '\n' ' ')" "tree/LICENSE tree/empty "
is "folder: copies are counted at their source" "$("$TRAILHOUND" sources -c tree.trail --format jsonl | jq -c '[.events,.duplicates]' | tr '\n' ' ')" "[0,0] [3,0] [0,3] [0,0] [0,3] "
run "$TRAILHOUND" import --format jsonl tree
is "again: nothing new" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]') $code" "[0,0,0] 0"
is "again: still three" "$("$TRAILHOUND" count -c tree.trail)" 3
is "again: still five sources" "$("$TRAILHOUND" sources -c tree.trail --format jsonl | wc -l | tr -d ' ')" 5
is "records = events + duplicates + rejects + unselected" "$("$TRAILHOUND" import -c sum.trail --format jsonl tree | jq '.records == .events + .duplicates + .rejects + .unselected')" true
for n in 2 3; do
    "$TRAILHOUND" export -c tree.trail --format source --source $n >got
    path=$("$TRAILHOUND" sources -c tree.trail --format jsonl | jq -r "select(.source == $n).path")
    same "source $n comes back as delivered ($path)" got "$path"
    is "source $n: its SHA-256" "$("$TRAILHOUND" sources -c tree.trail --format jsonl | jq -r "select(.source == $n).sha256")" "$(sha256sum "$path" | cut -d' ' -f1)"
done
is "no stray files" "$(ls tree.trail*)" tree.trail

# the case beside the evidence is never taken for evidence, nor are its journals
mkdir beside; cp records.json beside/
for n in first second; do
    run sh -c 'cd beside && exec "$TRAILHOUND" import --format jsonl .'
    is "import . beside the case, $n time" "$(printf '%s\n' "$out" | jq -c '[.files,.duplicates,.rejects]') $code $errout" "[1,0,0] 0 "
done
is "import . beside the case: three events" "$("$TRAILHOUND" count -c beside/beside.trail)" 3
is "import . beside the case: one source" "$("$TRAILHOUND" sources -c beside/beside.trail --format jsonl | jq -r .path)" "./records.json"

# without event ids: the same bytes are one event
printf '{"eventName":"A","eventTime":"2026-03-01T09:00:00Z"}\n{"eventName":"A","eventTime":"2026-03-01T09:00:00Z"}\n{"eventName":"B","eventTime":"2026-03-01T09:00:00Z"}\n' >noid.jsonl
run "$TRAILHOUND" import -c noid.trail --format jsonl noid.jsonl
is "no ids: same bytes once" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates]')" "[2,1]"
# one event delivered to two accounts is two events
printf '{"eventName":"A","eventID":"x","recipientAccountId":"1"}\n{"eventName":"A","eventID":"x","recipientAccountId":"2"}\n' >two.jsonl
run "$TRAILHOUND" import -c two.trail --format jsonl two.jsonl
is "two recipients: two events" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates]')" "[2,0]"
is "untimed: counted" "$("$TRAILHOUND" count -c two.trail 'not @timestamp: *')" 2
like "untimed: said" "$("$TRAILHOUND" import -c two2.trail two.jsonl)" "2 events without a time"
# a copy that went through Logstash
printf '{"eventName":"A","@timestamp":"2020-09-14T00:44:23.000Z","@version":"1","eventID":"l"}\n' >logstash.jsonl
"$TRAILHOUND" import -c logstash.trail -q logstash.jsonl
is "@timestamp in place of eventTime" "$("$TRAILHOUND" query -c logstash.trail --fields @timestamp --format jsonl)" '{"@timestamp":"2020-09-14T00:44:23.000Z"}'
done_testing
