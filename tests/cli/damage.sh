#!/bin/sh
# Damaged files that hold more than one beginning: what is whole behind the damage is read, the rest is said with its place.
. "$TH_SRCDIR/tests/lib/tap.sh"
command -v python3 >/dev/null || { skip "damaged files" "no python3"; done_testing; }
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
python3 - <<'EOF'
import gzip, json
def event(n):
    return json.dumps({"eventVersion": "1.08", "userIdentity": {"type": "IAMUser"}, "eventTime": "2026-03-01T09:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "E%d" % n,
                       "awsRegion": "eu-west-1", "requestParameters": {"noise": "%064x" % (n * 0x9e3779b97f4a7c15f39cc0605cedc835 % (1 << 256))}, "eventID": "id-%d" % n}, separators=(",", ":"))
def records(a, b):
    return '{"Records":[%s]}' % ",".join(event(n) for n in range(a, b))
def lines(a, b):
    return "".join(event(n) + "\n" for n in range(a, b))
def put(name, data):
    open(name, "wb").write(data if isinstance(data, (bytes, bytearray)) else data.encode())
def members(*texts):
    return [bytearray(gzip.compress(t.encode(), 6, mtime=0)) for t in texts]
def hit(member, at=None):
    at = len(member) // 2 if at is None else at
    member[at:at + 8] = b"\xff" * 8
    return member
def three():
    return members(records(0, 50), records(50, 100), records(100, 150))
m = three(); hit(m[1]); put("middle.gz", b"".join(m))
m = three(); hit(m[1], 0); put("header.gz", b"".join(m))
m = three(); m[1] = m[1][:200]; put("short.gz", b"".join(m))
m = three(); hit(m[0], 12); put("first.gz", b"".join(m))
m = three(); m[1][-8] ^= 1; put("checksum.gz", b"".join(m))
m = members(*[lines(n * 10, n * 10 + 10) for n in range(15)])
for n in (3, 4, 9): hit(m[n], 12)
put("many.gz", b"".join(m))
# one document cut into members: what goes on is the middle of a list
text = records(0, 150); third = len(text) // 3
m = members(text[:third], text[third:2 * third], text[2 * third:]); hit(m[1], 12); put("blocks.gz", b"".join(m))
m = members(records(0, 150)); hit(m[0]); put("single.gz", m[0])
# over 16 MiB inflated: access points on both sides
big = lines(0, 45000)
m = members(big, lines(45000, 45010), big.replace('"id-', '"jd-')); hit(m[1], 12); put("large.gz", b"".join(m))
# what stands on both sides of the break would be a record, put together
first, last = lines(0, 10).rstrip("\n") + "\n" + event(777)[:150], event(777)[150:] + "\n" + lines(140, 150)
m = members(first, lines(10, 20), last); hit(m[1], 12); put("join.gz", b"".join(m))
m = members(first, last); put("joined.gz", m[0] + b"\xff" * 30 + m[1])
# the member behind the break begins with an object of an object that reads as a record
inner = '{"eventTime":"2026-03-01T09:00:00Z","eventName":"Inner","eventSource":"s3.amazonaws.com"}'
m = members(records(0, 50), lines(0, 10), inner + ',"eventName":"Cut"},' + event(149) + "]}"); hit(m[1], 12); put("inner.gz", b"".join(m))
m = members(records(0, 50), lines(0, 10), "[" + inner + ']},"eventName":"Cut"}\n' + lines(149, 150)); hit(m[1], 12); put("list.gz", b"".join(m))
m = members(records(0, 50), lines(0, 10), "," + inner + ']},"eventName":"Cut"}\n' + lines(149, 150)); hit(m[1], 12); put("comma.gz", b"".join(m))
# a damaged member that holds a whole one: content, not a part of the file
forged = gzip.compress(event(666).encode(), 6, mtime=0)
stored = bytearray(gzip.compress(b" " * 50 + forged + bytes(range(256)), 0, mtime=0)); hit(stored, len(stored) - 8)
m = members(lines(0, 10), lines(140, 150)); put("nested.gz", m[0] + stored + m[1])
# neither JSON before the break nor behind it; padding and a rest that is none
m = members("plain\n" * 99, "text\n" * 99, "more\n" * 99); hit(m[1], 12); put("text.gz", b"".join(m))
m = members(lines(0, 10), lines(140, 150)); put("padded.gz", m[0] + bytes(512) + m[1] + bytes(512))
# more breaks than anybody follows, and beginnings of members without an end
m = members(*[lines(n, n + 1) for n in range(1200)]); put("breaks.gz", b"\xff".join(m[n] + m[n + 1] for n in range(0, 1200, 2)))
head = bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
m = members(lines(0, 10), lines(140, 150)); put("heads.gz", m[0] + b"\xff" + head * 5000 + m[1])
# text
put("front.json", records(0, 150)[20000:])
put("ends.json", records(0, 150)[20000:-20000])
d = bytearray(records(0, 150).encode()); d[20000:20050] = b"\0" * 50; put("hole.json", d)
put("lookup.json", ('{"Events":[' + ",".join(json.dumps({"EventId": str(n), "CloudTrailEvent": event(n)}) for n in range(150)) + ']}')[20000:])
put("other.txt", "lines of another file\nthat say nothing\n" + lines(0, 10))
EOF
counts() { printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects,.skipped]'; }
try() { # FILE WANT REASON (of all rejects together, an extended regular expression) LAST: is the file's last event among them?
    for how in "" --reference; do
        rm -f t.trail
        run "$TRAILHOUND" import -c t.trail $how --format jsonl "$1"
        is "$1 $how" "$(counts) $code" "$2 4"
        like "$1 $how: the reasons" "$("$TRAILHOUND" sources -c t.trail --rejects --format jsonl | jq -r '"\(.offset)+\(.length) \(.reason)"' | tr '\n' ';')" "^$3;\$"
        is "$1 $how: every event comes back" "$("$TRAILHOUND" export -c t.trail --format raw | jq -r .eventID | LC_ALL=C sort | sha256sum)" \
            "$("$TRAILHOUND" query -c t.trail --limit 200000 --fields event.id --format jsonl | jq -r '."event.id"' | LC_ALL=C sort | sha256sum)"
        is "$1 $how: the last one" "$("$TRAILHOUND" count -c t.trail 'event.action: E149')" "$4"
        run "$TRAILHOUND" verify --quiet -c t.trail
        is "$1 $how: the case is sound" "$code $errout" "0 "
    done
}
n='[0-9]+'
gone() { # AT BYTES: the words of a break that was gone on behind
    printf '%s; skipped: %s bytes, to the whole member at byte %s' "$1" "$3" "$(($2 + $3))"
}
bad="malformed gzip data at byte"
codes="invalid code lengths set"
# Damage that deflate doesn't notice spoils what refers back to it; the checksum tells at the end.
try middle.gz '[121,0,2,0]' "20098\+8197 malformed JSON at byte 20239: [^;]*;28295\+0 $(gone "$bad 3176: incorrect data check" 3176 4)" 1
# From the broken header to the next: one member of 50 events.
try header.gz '[100,0,1,0]' "14143\+0 $(gone "no gzip data at byte 1553" 1553 1627)" 1
# Cut short: zlib reads into the next member before it notices.
try short.gz '[100,0,1,0]' "14155\+148 $bad 1756: invalid distance too far back; goes on with the whole member at byte 1753" 1
try first.gz '[100,0,1,0]' "0\+0 $(gone "$bad 19: $codes" 19 1534)" 1
# Only the checksum is wrong: all 150 events are there, and it is said.
try checksum.gz '[150,0,1,0]' "28306\+0 $(gone "$bad 3176: incorrect data check" 3176 4)" 1
# Three of 15 members, two of them neighbours.
try many.gz '[120,0,2,0]' "8470\+0 $(gone "$bad 1437: $codes" 1437 940);19790\+0 $(gone "$bad 4326: $codes" 4326 457)" 1
# 0-49, then the front of 50; the rest of 100, then 101-149.
try blocks.gz '[99,0,2,0]' "14142\+39 $(gone "$bad 1570: $codes" 1570 1595);14181\+214 cut off: the data begins inside a value" 1
try single.gz '[72,0,2,0]' "20368\+22117 malformed JSON at byte 20766: [^;]*;42485\+0 $bad 4381: incorrect data check" 0
try large.gz '[90000,0,1,0]' "12982780\+0 $(gone "$bad 1317586: $codes" 1317586 465)" 2
# The first half of 777, then its second half, which is no value; 777 itself is nowhere.
try join.gz '[20,0,2,0]' "2810\+150 $(gone "$bad 479: $codes" 479 460);2960\+134 not JSON" 1
try joined.gz '[20,0,2,0]' "2810\+150 $(gone "no gzip data at byte 460" 460 30);2960\+134 not JSON" 1
# What stands inside something else isn't taken, what follows it is.
cut="14143\+0 $(gone "$bad 1572: $codes" 1572 438)"
try inner.gz '[51,0,2,0]' "$cut;14143\+108 cut off: the data begins inside a value" 1
try list.gz '[51,0,2,0]' "$cut;14143\+111 not JSON" 1
try comma.gz '[51,0,2,0]' "$cut;14143\+111 not JSON" 1
try nested.gz '[20,0,2,0]' "2860\+468 not JSON;3328\+0 $(gone "$bad 994: incorrect data check" 994 4)" 1
try padded.gz '[20,0,1,0]' "2810\+0 $(gone "no gzip data at byte 457" 457 512)" 1
try text.gz '[0,0,1,0]' "603\+0 $(gone "$bad 58: incorrect data check" 58 4)" 0
# Two events, and two behind each of 500 breaks.
try breaks.gz '[1002,0,501,0]' "($n\+0 no gzip data at byte $n; skipped: 1 bytes, to the whole member at byte $n;){500}$n\+0 $n bytes behind the last gzip member are no gzip data; not all behind it was searched for whole members" 1
try heads.gz '[10,0,1,0]' "2810\+0 $n bytes behind the last gzip member are no gzip data; not all behind it was searched for whole members" 0
try front.json '[79,0,1,0]' '0\+84 cut off: the data begins inside a value' 1
try ends.json '[8,0,2,0]' '0\+84 cut off: the data begins inside a value;2349\+194 cut off: the data ends at byte 2543, inside a value' 0
try hole.json '[149,0,1,0]' '19802\+282 malformed JSON at byte 20000: control character in a string' 1
# An event of LookupEvents is longer: from 56 on.
try lookup.json '[94,0,1,0]' '0\+84 cut off: the data begins inside a value' 1
try other.txt '[10,0,1,0]' '0\+38 not JSON' 0
# Without the place to go on at, what stands behind the damage can't be read from the case.
rm -f t.trail
run "$TRAILHOUND" import -c t.trail --format jsonl middle.gz
python3 -c 'import sqlite3; db = sqlite3.connect("t.trail"); db.execute("DELETE FROM access_point"); db.commit()'
run "$TRAILHOUND" verify -c t.trail
is "verify misses the place behind the damage" "$code" 1
like "and says so" "$out$errout" "inflating has to begin at this place"
done_testing
