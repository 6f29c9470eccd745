#!/bin/sh
# Evidence that stays outside: everything that reads records works as with a case that holds its bytes, and says which file is gone or changed.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
command -v python3 >/dev/null || { skip "evidence that stays outside" "no python3"; done_testing; }
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
mkdir e && python3 - <<'EOF'
import gzip, io, json, random, tarfile, zipfile
rnd = random.Random(7)
made = 0
def records(n, name, noise=100):
    global made
    out = []
    for _ in range(n):
        made += 1
        out.append({"eventVersion": "1.09", "userIdentity": {"type": "IAMUser", "userName": "ada"}, "eventTime": "2026-03-01T09:%02d:%02dZ" % (made // 60 % 60, made % 60),
                    "eventSource": "iam.amazonaws.com", "eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "eventID": "id-%d" % made,
                    "requestParameters": {"needle": "n%d" % made, "noise": "%x" % rnd.getrandbits(8 * noise)}, "recipientAccountId": "111122223333"})
    return out
def trail(n, name):
    return json.dumps({"Records": records(n, name)}, separators=(",", ":")).encode()
def lines(n, name, noise=100):
    return b"".join(json.dumps(r, separators=(",", ":")).encode() + b"\n" for r in records(n, name, noise))
open("e/plain.json", "wb").write(trail(5, "Plain"))
open("e/small.json.gz", "wb").write(gzip.compress(trail(5, "Small"), mtime=0))
open("e/pieces.jsonl", "wb").write(lines(1200, "Pieces", 1200))                              # several pieces of 1 MiB
open("e/large.jsonl.gz", "wb").write(gzip.compress(lines(3200, "Large", 2700), 1, mtime=0))  # over 16 MiB inflated: access points
escaped = json.dumps({"Events": [{"CloudTrailEvent": json.dumps(r)} for r in records(3, "Carried")]})
open("e/lookup.json", "w").write(escaped)
def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
inner = io.BytesIO()
with tarfile.open(fileobj=inner, mode="w:gz") as t:
    add(t, "deep/one.json", trail(4, "Nested"))
    add(t, "deep/two.json.gz", gzip.compress(trail(4, "Nested"), mtime=0))
with tarfile.open("e/box.tar.gz", "w:gz") as t:
    add(t, "a/one.json", trail(4, "Tar"))
    add(t, "a/one.json", trail(4, "Tar"))   # the same name again, other bytes
    add(t, "a/two.json.gz", gzip.compress(trail(4, "Tar"), mtime=0))
    add(t, "LICENSE", b"text\n")
    add(t, "inner.tgz", inner.getvalue())
with zipfile.ZipFile("e/box.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("b/large.jsonl", lines(300, "Zip"))
    z.writestr("b/three.json", trail(4, "Zip"))
EOF
th() { "$TRAILHOUND" "$@"; }
sum() { th export -c "$1" --format "$2" 2>&1 | sha256sum; }

run th import -c kept.trail --format jsonl e
want=$(printf '%s\n' "$out" | jq -c 'del(.seconds)')
is "kept inside: what comes in" "$code $(printf '%s\n' "$want" | jq -c '[.events,.duplicates,.rejects,.skipped]')" "0 [4737,0,0,1]"
run th import -c ref.trail --reference --format jsonl e
is "--reference: the same comes in" "$code $(printf '%s\n' "$out" | jq -c 'del(.seconds)')" "0 $want"
ok "the case is smaller by the evidence" [ $(($(wc -c <ref.trail) + $(du -sb e | cut -f1) / 2)) -lt "$(wc -c <kept.trail)" ]
ok "paths are absolute" sh -c "! \"\$TRAILHOUND\" sources -c ref.trail --format jsonl | jq -r .path | grep -v \"^$tmp/e/\""
is "hashes are those of the files" "$(th sources -c ref.trail --format jsonl | jq -r .sha256)" "$(th sources -c kept.trail --format jsonl | jq -r .sha256)"

# all that reads records, from another folder
mkdir elsewhere && cd elsewhere || exit 99
is "raw records" "$(sum ../ref.trail raw)" "$(sum ../kept.trail raw)"
# event.created is the time of import
ecs() { th export -c "$1" --format ecs | jq -c 'del(.event.created,.event.ingested,."@metadata")' 2>&1 | head -c 100000000 | sha256sum; }
is "ECS documents" "$(ecs ../ref.trail)" "$(ecs ../kept.trail)"
is "free text" "$(th count -c ../ref.trail n2345)" 1
is "a path of a request" "$(th facets -c ../ref.trail requestParameters.needle -f 'event.action: Nested' --format jsonl | jq -r .value | LC_ALL=C sort | tr '\n' ' ')" \
    "$(th facets -c ../kept.trail requestParameters.needle -f 'event.action: Nested' --format jsonl | jq -r .value | LC_ALL=C sort | tr '\n' ' ')"
for name in Plain Small Pieces Large Carried Tar Nested Zip; do
    id=$(th query -c ../kept.trail "event.action: $name" --limit 1 --fields event.id | jq -r '."event.id"')
    is "$name: one record" "$(th export -c ../ref.trail --format raw --id "$id")" "$(th export -c ../kept.trail --format raw --id "$id")"
done
for i in $(th sources -c ../ref.trail --format jsonl | jq 'select(.events > 0).source'); do
    is "source $i as delivered" "$(th export -c ../ref.trail --format source --source "$i" | sha256sum | cut -d' ' -f1)" \
        "$(th sources -c ../kept.trail --format jsonl | jq -r "select(.source == $i).sha256")"
done
if command -v sqlite3 >/dev/null; then
    is "no evidence is inside, but hashes" "$(sqlite3 ../ref.trail 'select count(*) from evidence where length(bytes) != 32; select count(*) > 5 from evidence; select distinct kind from source where events > 0' | tr '\n' ' ')" "0 1 2 "
    is "access points are" "$(sqlite3 ../ref.trail 'select count(*) > 0 from access_point')" 1
fi
cd .. || exit 99

# again, in either way: known by hash
for how in "" --reference; do
    run th import -c ref.trail $how --format jsonl e
    is "again $how: nothing new" "$code $(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]')" "0 [0,0,0]"
    run th import -c kept.trail $how --format jsonl e
    is "into the other case $how: nothing new" "$code $(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]')" "0 [0,0,0]"
done
touch e/*
is "a new time is no change" "$(sum ref.trail raw)" "$(sum kept.trail raw)"

# what can't be left outside
run sh -c '"$TRAILHOUND" import -c no.trail --reference - <e/plain.json'
is "standard input: refused" "$code" 2
like "standard input: in words" "$errout" "standard input can't be read again.*--reference"
mkfifo pipe
run th import -c no.trail --reference pipe
is "a pipe: refused" "$code" 2
like "a pipe: in words" "$errout" "pipe can't be read again"
ok "no case is left" [ ! -e no.trail ]
ln -s e/plain.json link.json
run th import -c link.trail --reference link.json
is "a link: noted as the file it leads to" "$(th sources -c link.trail --format jsonl | jq -r .path)" "$tmp/e/plain.json"

# gone or changed: said for the event, the others go on
first() { th query -c ref.trail "event.action: $1" --sort event.id --limit 1 --fields event.id | jq -r '."event.id"'; }
plain=$(first Plain) small=$(first Small) tar=$(first Tar) nested=$(first Nested)
mv e/plain.json aside
run th export -c ref.trail --format raw --id "$plain"
is "gone: exit 4, nothing written" "$code $out" "4 "
like "gone: the file is named" "$errout" "source [0-9]+ stayed outside the case: $tmp/e/plain.json: No such file"
is "gone: other events are there" "$(th export -c ref.trail --format raw --id "$small" | jq -r .eventID)" "$small"
is "gone: columns are there" "$(th count -c ref.trail 'event.action: Plain')" 5
run th count -c ref.trail "some words"
is "gone: free text of the others, and exit 4" "$code $out" "4 0"
like "gone: and says what it doesn't know of" "$errout" "5 events left out: .*$tmp/e/plain.json: No such file"
run th count -c ref.trail 'event.action: Small and "ada"'
is "gone: free text over other files" "$code $out" "0 5"
run th export -c ref.trail --format raw
is "gone: the others are exported" "$code $(printf '%s\n' "$out" | wc -l | tr -d ' ')" "4 4732"
like "gone: and what is missing is counted" "$errout" "5 events left out: their records can't be read"
is "gone: said once for the file" "$(printf '%s\n' "$errout" | grep -c plain.json)" 1
run th export -c ref.trail --format ecs -o all.ndjson
is "gone: a file with the others" "$code $(wc -l <all.ndjson | tr -d ' ')" "4 4732"
run th export -c ref.trail --format csv --fields event.id,user.name
is "gone: csv of columns needs no record" "$code" 0
printf '/event.action: Plain<Enter>\n:wait\n<Enter>\n:wait\n:screenshot gone.txt\n' >script
run env LINES=40 COLUMNS=200 LC_ALL=C.UTF-8 "$TRAILHOUND" ui -c ref.trail --script script
is "gone: the workbench goes on" "$code" 0
like "gone: and shows the message" "$(cat gone.txt)" "stayed outside the case"
cp aside e/plain.json
is "back again: read again" "$(th export -c ref.trail --format raw --id "$plain" | jq -r .eventID)" "$plain"

sed 's/Plain/Plane/' aside >e/plain.json
run th export -c ref.trail --format raw --id "$plain"
is "changed, of the same size: exit 4, nothing written" "$code $out" "4 "
like "changed: what differs" "$errout" "$tmp/e/plain.json has changed: its SHA-256 is [0-9a-f]{16}…, and was [0-9a-f]{16}…"
printf ' ' | cat aside - >e/plain.json
run th export -c ref.trail --format raw --id "$plain"
is "grown: what it had is there" "$code $(printf %s "$out" | jq -r .eventID)" "0 $plain"
n=$(th sources -c ref.trail --format jsonl | jq -r 'select(.path | endswith("plain.json")).source')
th export -c ref.trail --format source --source "$n" >grown.json
ok "grown: as a source too" cmp -s grown.json aside
head -c 100 aside >e/plain.json
run th export -c ref.trail --format raw --id "$plain"
like "shrunk: what differs" "$errout" "has changed: it has 100 bytes, and had [0-9]+"
rm e/plain.json; mkdir e/plain.json
run th export -c ref.trail --format raw --id "$plain"
like "a folder in its place" "$errout" "no regular file"
rmdir e/plain.json; ln -s /dev/zero e/plain.json
run th export -c ref.trail --format raw --id "$plain"
like "a device in its place" "$errout" "no regular file"
rm e/plain.json; cp aside e/plain.json

# one byte of a large file: the piece that holds it is refused, the rest is proven by its own hashes
cp e/pieces.jsonl aside
python3 -c '
with open("e/pieces.jsonl", "r+b") as f:
    f.seek(1500000); c = f.read(1); f.seek(1500000); f.write(bytes([c[0] ^ 1]))'
run th export -c ref.trail 'event.action: Pieces' --format raw
is "a changed piece: its events are missing" "$code" 4
like "a changed piece: said with its place" "$errout" "pieces.jsonl has changed between byte 1048576 and 2097151"
like "a changed piece: the others are written" "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" "^[78][0-9]{2}\$"
is "a changed piece: and they are right" "$(printf '%s\n' "$out" | sort -u | comm -23 - "$(sort -u aside >aside.sorted; echo aside.sorted)" | wc -l | tr -d ' ')" 0
run th export -c ref.trail --format source --source "$(th sources -c ref.trail --format jsonl | jq -r 'select(.path | endswith("pieces.jsonl")).source')" -o whole
is "a changed piece: the source as a whole is refused" "$code $([ -e whole ] && echo written)" "1 "
cp aside e/pieces.jsonl

# archives
cp e/box.tar.gz aside
rm e/box.tar.gz
run th export -c ref.trail --format raw --id "$tar"
like "an archive that is gone" "$errout" "box.tar.gz: No such file"
cp e/box.zip e/box.tar.gz
run th export -c ref.trail --format raw --id "$nested"
like "another archive in its place" "$errout" "box.tar.gz has changed since it was imported: there is no member inner.tgz/deep/one.json in it"
printf 'text\n' >e/box.tar.gz
run th export -c ref.trail --format raw --id "$tar"
like "no archive in its place" "$errout" "box.tar.gz has changed since it was imported: there is no member a/one.json"
gzip -dc aside | sed 's/"Tar"/"Rat"/g' | gzip -n >e/box.tar.gz
run th export -c ref.trail --format raw --id "$tar"
like "a member that has changed" "$errout" "box.tar.gz has changed since it was imported: the member a/one.json is not what was imported"
is "its neighbours are proven by their own hashes" "$(th export -c ref.trail --format raw --id "$nested" | jq -r .eventID)" "$nested"
cp aside e/box.tar.gz
is "all is back" "$(sum ref.trail raw)" "$(sum kept.trail raw)"

# killed at any moment and gone on with: the same case
dump() { th sql -c "$1" 'select id, path, container, hex(sha256), kind, events, duplicates, rejects from source' --format csv; th export -c "$1" --format raw | sha256sum; }
th import -q -c whole.trail --reference e
want=$(dump whole.trail)
bad=0 killed=0
for wait in 0.01 0.03 0.05 0.08 0.12 0.17 0.25; do
    rm -f k.trail*
    "$TRAILHOUND" import -q -c k.trail --reference e 2>/dev/null &
    pid=$!
    sleep "$wait"
    kill -9 "$pid" 2>/dev/null && killed=$((killed + 1))
    wait "$pid" 2>/dev/null
    th import -q -c k.trail --reference e || bad=$((bad + 1))
    [ "$(dump k.trail)" = "$want" ] || bad=$((bad + 1))
done
ok "some imports were killed" [ "$killed" -gt 0 ]
is "killed and gone on with: the same case" "$bad" 0
done_testing
