#!/bin/sh
# Caps: each is an option; what goes beyond is a reject that names cap and option, what stands before is kept, and a raised cap reads the file again.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
command -v python3 >/dev/null || { skip "caps" "no python3"; done_testing; }
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
python3 - <<'EOF'
import gzip, io, json, tarfile, zipfile
def event(n, **more):
    return dict({"eventName": "E%d" % n, "eventTime": "2026-03-01T09:00:00Z", "eventID": "id-%d" % n}, **more)
def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()
def lines(*events):
    return b"".join(dump(e) + b"\n" for e in events)
deep = 1
for _ in range(30):
    deep = [deep]
open("record.jsonl", "wb").write(lines(event(1), event(2, userAgent="x" * 5000), event(3)))
open("depth.json", "wb").write(dump({"Records": [event(1), event(2, requestParameters=deep), event(3)]}))
open("carried.json", "wb").write(dump({"Events": [{"CloudTrailEvent": dump(event(1)).decode()}, {"CloudTrailEvent": dump(event(2, requestParameters=deep)).decode()}]}))
many = lines(*[event(n, userAgent="y" * 900) for n in range(2000)])
open("many.jsonl.gz", "wb").write(gzip.compress(many, mtime=0))
bomb = lines(event(1)) + b" " * (40 << 20) + lines(event(2))
open("bomb.gz", "wb").write(gzip.compress(bomb, 9, mtime=0))
def tar(name, members, mode="w"):
    with tarfile.open(name, mode) as t:
        for member, data in members:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
tar("members.tar", [("m%d" % n, lines(event(n))) for n in range(5)])
tar("large.tar", [("a", lines(event(1))), ("big", many), ("b", lines(event(2)))])
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a", lines(event(1)))
    z.writestr("zeros", b"\0" * (40 << 20))
    z.writestr("b", lines(event(2)))
inner = lines(event(9))
for level in range(5):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("beside%d" % level, lines(event(level)))
        z.writestr("inner%d" % level, inner)
    inner = out.getvalue()
open("nested.zip", "wb").write(inner)
EOF
counts() { printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects,.skipped]'; }
reasons() { "$TRAILHOUND" sources -c t.trail --rejects --format jsonl | jq -r .reason; }
try() { # NAME WANT REASON ARGUMENT…: [events,duplicates,rejects,skipped] and exit code; REASON is all there is of them, a line each
    name=$1 want=$2 reason=$3
    shift 3
    rm -f t.trail
    run "$TRAILHOUND" import -c t.trail --format jsonl "$@"
    is "$name" "$(counts) $code" "$want"
    is "$name: the reason" "$(reasons)" "$reason"
}
again() { # NAME WANT ARGUMENT…
    name=$1 want=$2
    shift 2
    run "$TRAILHOUND" import -c t.trail --format jsonl "$@"
    is "$name" "$(counts) $code" "$want"
}

try "a record" "[2,0,1,0] 4" "a record of more than 1000 bytes (--max-record)" --max-record 1000 record.jsonl
again "a record: the same caps, nothing new" "[0,0,0,1] 0" --max-record 1000 record.jsonl
again "a record: smaller ones, nothing new" "[0,0,0,1] 0" --max-record 500 record.jsonl
again "a record: a raised cap reads it again" "[1,2,0,0] 0" --max-record 1M record.jsonl
again "a record: and then it is known" "[0,0,0,1] 0" --max-record 2M record.jsonl
try "a record inside the cap" "[3,0,0,0] 0" "" --max-record 6K record.jsonl
try "levels" "[2,0,1,0] 4" "nested deeper than 20 levels (--max-depth), at byte 192" --max-depth 20 depth.json
again "levels: raised" "[1,2,0,0] 0" depth.json
try "levels in a string" "[1,0,1,0] 4" "malformed JSON at byte 109 of the text inside: nested deeper than 20 levels (--max-depth)" --max-depth 20 carried.json
try "levels inside the cap" "[3,0,0,0] 0" "" --max-depth 31 depth.json

try "a gzip file's size" "[103,0,1,0] 4" "unpacks to more than 100 KiB (--max-inflated)" --max-inflated 100K many.jsonl.gz
is "a gzip file's size: where the reading ends" "$("$TRAILHOUND" sources -c t.trail --rejects --format jsonl | jq -c '.offset + .length')" 102400
is "a gzip file's size: the last record comes back" "$("$TRAILHOUND" export -c t.trail --format raw --id id-102 | jq -r .eventName)" E102
again "a gzip file's size: raised" "[1897,103,0,0] 0" --max-inflated 100M many.jsonl.gz
try "a ratio" "[1,0,1,0] 4" "unpacks to more than 10 times its size (--max-ratio)" --max-ratio 10 bomb.gz
again "a ratio: raised" "[1,1,0,0] 0" bomb.gz

try "members" "[3,0,1,0] 4" "an archive of more than 3 members (--max-members)" --max-members 3 members.tar
again "members: the same cap, nothing new" "[0,0,0,1] 0" --max-members 3 members.tar
again "members: raised" "[2,0,0,3] 0" --max-members 5 members.tar
try "members inside the cap" "[5,0,0,0] 0" "" --max-members 5 members.tar
try "a large member: what stands before the cap is read" "[1059,2,1,0] 4" "a member of more than 1 MiB (--max-unpacked)" --max-unpacked 1M large.tar
again "a large member: the same cap, nothing new" "[0,0,0,3] 0" --max-unpacked 1M large.tar
again "a large member: raised" "[941,1059,0,2] 0" large.tar
try "an archive's ratio" "[1,0,1,1] 4" "unpacks to more than 10 times its size (--max-ratio)" --max-ratio 10 bomb.zip
again "an archive's ratio: raised" "[1,0,0,2] 0" bomb.zip
try "archives in archives" "[3,0,1,0] 4" "archives nested deeper than 3 levels (--max-nesting)" nested.zip
again "archives in archives: the same cap, nothing new" "[0,0,0,4] 0" nested.zip
again "archives in archives: raised" "[3,0,0,3] 0" --max-nesting 5 nested.zip
is "archives in archives: places" "$("$TRAILHOUND" sql -c t.trail "select container from source where events > 0 and container like '%/inner%' order by length(container) desc limit 1" | jq -r .container)" "inner4/inner3/inner2/inner1/beside0"
rm -f t.trail
"$TRAILHOUND" import -q -c t.trail --max-nesting 16 --reference nested.zip
is "archives in archives, left outside" "$("$TRAILHOUND" export -c t.trail --format raw --id id-9 | jq -r .eventName)" E9

for bad in "--max-record 0" "--max-record 1000000000000" "--max-record x" "--max-record 5MB" "--max-record -1" "--max-record 99999999999999999999" "--max-record 18014398509481984K" \
    "--max-depth 513" "--max-ratio 1.5" "--max-nesting 0" "--max-inflated ''"; do
    run sh -c "\"\$TRAILHOUND\" import -c no.trail $bad record.jsonl"
    is "$bad: wrong usage" "$code" 2
    like "$bad: named" "$errout" "option ${bad%% *} takes a"
done
ok "no case is left" [ ! -e no.trail ]
done_testing
