#!/bin/sh
# Hostile and damaged archives: no crash, nothing lost in silence, nothing written to disk, the exit code and the reason right, what is sound kept.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libarchive
command -v python3 >/dev/null || { skip "hostile archives" "no python3"; done_testing; }
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
mkdir box && cd box && python3 - <<'EOF'
import gzip, io, json, os, struct, tarfile, zipfile, zlib
def event(n):
    return json.dumps({"eventName": "E%d" % n, "eventTime": "2026-03-01T09:00:00Z", "eventID": "id-%d" % n}, separators=(",", ":")).encode() + b"\n"
def lines(a, b):
    return b"".join(event(n) for n in range(a, b))
def add(t, name, data, **more):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for k, v in more.items():
        setattr(info, k, v)
    t.addfile(info, io.BytesIO(data))
def tar(name, members, **how):
    with tarfile.open(name, "w", **how) as t:
        for member, data in members:
            add(t, member, data)
    return bytearray(open(name, "rb").read())
def put(name, data):
    open(name, "wb").write(data)

# what is no file
with tarfile.open("kinds.tar", "w") as t:
    add(t, "a", lines(0, 2))
    for name, kind, to in (("sym", tarfile.SYMTYPE, "/etc/passwd"), ("up", tarfile.SYMTYPE, "../../x"), ("hard", tarfile.LNKTYPE, "a"), ("chr", tarfile.CHRTYPE, ""), ("blk", tarfile.BLKTYPE, ""),
                           ("fifo", tarfile.FIFOTYPE, ""), ("dir", tarfile.DIRTYPE, "")):
        add(t, name, b"", type=kind, linkname=to)
    add(t, "sym/under", lines(2, 3))
    add(t, "b", lines(3, 4))
# names
names = ["../../../../tmp/th-escape", "/th-escape", "a/../../th-escape", "x\033[31m\r\ny", "\u202egnp.exe", "C:\\windows", " ", "-rf", "a" * 5000, "./.", "nl\n", "a//b", "a//b"]
tar("names.tar", [(n, event(i)) for i, n in enumerate(names)], format=tarfile.PAX_FORMAT)
tar("latin.tar", [("f\xff\xc3(\x80", event(0)), ("n" * 200 + "\xff", event(1))], format=tarfile.GNU_FORMAT, encoding="latin-1")
with zipfile.ZipFile("names.zip", "w") as z:
    for i, n in enumerate(names[:8]):
        z.writestr(zipfile.ZipInfo(n), event(i))
put("bytes.zip", open("names.zip", "rb").read().replace(b"C:\\windows", b"C\xff\xc3windows"))
# a hole in the middle, and one of 8 GiB at the end (pax, sparse 1.0 as GNU tar writes it)
def sparse(name, size, pieces):
    body = b"%d\n" % len(pieces) + b"".join(b"%d\n%d\n" % (at, len(data)) for at, data in pieces)
    body += b"\0" * (-len(body) % 512) + b"".join(data + b"\0" * (-len(data) % 512) for _, data in pieces)
    with tarfile.open(name, "w", format=tarfile.PAX_FORMAT) as t:
        add(t, "GNUSparseFile.0/s", body, pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s", "GNU.sparse.realsize": str(size)})
        add(t, "behind", event(9))
block = lines(0, 2) + b" " * (512 - len(lines(0, 2)))
sparse("sparse.tar", 5120, [(0, block), (4608, b"\n" + lines(2, 4) + b" " * (511 - len(lines(2, 4))))])
sparse("hole.tar", 1 << 33, [(0, block)])
# zips
class Stream(io.RawIOBase):
    def __init__(self): self.b = bytearray()
    def writable(self): return True
    def write(self, d): self.b += d; return len(d)
    def seekable(self): return False
for name, method in (("descriptor.zip", zipfile.ZIP_DEFLATED), ("descriptor-stored.zip", zipfile.ZIP_STORED)):
    out = Stream()
    with zipfile.ZipFile(out, "w", method) as z:
        z.writestr("a", lines(0, 50)); z.writestr("b", lines(50, 100))
    put(name, out.b)
with zipfile.ZipFile("zip64.zip", "w") as z:
    for n, d in (("a", lines(0, 50)), ("b", lines(50, 100))):
        with z.open(zipfile.ZipInfo(n), "w", force_zip64=True) as m: m.write(d)
with zipfile.ZipFile("plain.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a", lines(0, 50)); z.writestr("empty", b""); z.writestr("b", lines(50, 100))
plain = open("plain.zip", "rb").read()
def patched(name, *patches): # of the first member: (offset in its local header, in the directory, bytes)
    z = bytearray(plain)
    for local, central, value in patches:
        for sig, off in ((b"PK\3\4", local), (b"PK\1\2", central)):
            at = z.find(sig) + off
            z[at:at + len(value)] = value
    put(name, z)
patched("encrypted.zip", (6, 8, b"\1\0"))
patched("aes.zip", (6, 8, b"\1\0"), (8, 10, struct.pack("<H", 99)))
patched("crc.zip", (14, 16, b"\0\0\0\0"))
patched("method.zip", (8, 10, struct.pack("<H", 77)))
patched("longer.zip", (22, 24, struct.pack("<L", 1 << 30)))
put("no-directory.zip", plain[:plain.find(b"PK\1\2")])
put("in-front.zip", b"#!/bin/sh\nexit 0\n" + plain)
bad = bytearray(plain); at = bad.find(b"PK\1\2"); bad[at + 42:at + 46] = struct.pack("<L", 0x7fffffff); put("offset.zip", bad)
# each member's data begins with the next one's header, quoted in a stored block: 600 members share one body
def quoted(name, n, body):
    comp = zlib.compressobj(9, zlib.DEFLATED, -15)
    data, text, files = comp.compress(body) + comp.flush(), body, []
    for i in reversed(range(n)):
        nm = b"k%04d" % i
        head = struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 8, 0, 0x5c61, zlib.crc32(text), len(data), len(text), len(nm), 0) + nm
        files.append((nm, zlib.crc32(text), len(data), len(text), len(head) + len(data)))
        last, lastlen = head + data, len(head)
        data = struct.pack("<BHH", 0, len(head), len(head) ^ 0xffff) + head + data
        text = head + text
    out, cd, total = last, b"", len(last)
    for nm, crc, c, u, back in files:
        # its header stands so many bytes before the end
        cd += struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, 0, 8, 0, 0x5c61, crc, c, u, len(nm), 0, 0, 0, 0, 0, total - back) + nm
    put(name, out + cd + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, n, n, len(cd), len(out), 0))
quoted("overlap.zip", 600, event(0) + b" " * (8 << 20))
with zipfile.ZipFile("ratio.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("before", event(0))
    z.writestr("bomb.gz", gzip.compress(gzip.compress(b" " * (200 << 20), 9, mtime=0), 9, mtime=0))
    for i in range(4): z.writestr("bomb%d.gz" % i, gzip.compress(event(i + 1) + b" " * (200 << 20), 9, mtime=0))
with tarfile.open("tiny.tar", "w") as t:
    for i in range(10000): add(t, "m%d" % i, event(i))
# one in another
whole = tar("plain.tar", [("a", lines(0, 50)), ("empty", b""), ("b", lines(50, 100))])
put("plain.tar.gz", gzip.compress(whole, mtime=0))
with zipfile.ZipFile("russian.zip", "w") as z:
    z.write("plain.tar.gz"); z.writestr("beside", event(200))
with zipfile.ZipFile("russian-cut.zip", "w") as z:
    z.writestr("plain.tar", whole[:6632]); z.writestr("beside", event(200))
good = gzip.compress(lines(10, 15), mtime=0)
wrong = bytearray(good); wrong[-8] ^= 1
tar("garbage.tar", [("a.gz", gzip.compress(lines(0, 5), mtime=0) + b"garbage"), ("b.gz", gzip.compress(lines(5, 10), mtime=0) + b"\0" * 100), ("c.gz", bytes(wrong))])
# tars
h = bytearray(whole); h[148] ^= 1; put("checksum-first.tar", h)
b = whole.find(b"b\0\0\0\0", 512)
h = bytearray(whole); h[b + 148] ^= 1; put("checksum-last.tar", h)
put("behind.tar", whole + b"rubbish" * 100)
put("twice.tar", whole + tar("other", [("c", lines(100, 110))]))
os.unlink("other")
def sized(name, field):
    h = bytearray(whole)
    h[124:136] = field
    h[148:156] = b"        "
    h[148:156] = b"%06o\0 " % sum(h[:512])
    put(name, h)
sized("size.tar", b"77777777777\0")
sized("size256.tar", b"\x80" + b"\0" * 3 + struct.pack(">Q", 1 << 62))
sized("negative.tar", b"\xff" * 12)
put("head-only.tar", whole[:400])
EOF
rm -f /tmp/th-escape /th-escape
try() { # FILE WANT REASONS…: [files,events,duplicates,rejects,skipped] and exit code; all reasons, sorted, each once
    file=$1 want=$2
    shift 2
    rm -f ../t.trail
    run "$TRAILHOUND" import -q -c ../t.trail --format jsonl "$file"
    is "$file" "$(printf '%s\n' "$out" | jq -c '[.files,.events,.duplicates,.rejects,.skipped]') $code $errout" "$want "
    is "$file: the reasons" "$("$TRAILHOUND" sources -c ../t.trail --rejects --format jsonl | jq -r .reason | LC_ALL=C sort -u)" "$(for reason in "$@"; do printf '%s\n' "$reason"; done)"
    is "$file: every event comes back" "$("$TRAILHOUND" export -c ../t.trail --format raw | wc -l | tr -d ' ')" "$(printf '%s' "$want" | cut -d, -f2)"
    run "$TRAILHOUND" import -q -c ../t.trail --format jsonl "$file"
    is "$file: again, nothing new" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]') $code" "[0,0,0] 0"
}
encrypted="encrypted: unpack the archive with its password to read it"
ratio="unpacks to more than 1100 times its size (--max-ratio)"
passed="tar archive: a header is damaged, what stood there was passed over"

try kinds.tar "[9,4,0,0,6] 0"
rm ../t.trail; "$TRAILHOUND" import -q -c ../t.trail kinds.tar
is "kinds.tar: why they are skipped" "$("$TRAILHOUND" sources -c ../t.trail --format jsonl | jq -r '.skipped // empty' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" " 1 link to another member; 3 not a regular file; 2 symbolic link;"
try names.tar "[13,13,0,0,0] 0"
unlike "names.tar: no name reaches a terminal as it is" "$("$TRAILHOUND" sources -c ../t.trail --format table | od -An -c)" '033|342 200 256|\\r'
is "names.tar: each is told as the archive has it" "$("$TRAILHOUND" sql -c ../t.trail "select count(distinct container) n, max(length(container)) longest from source where container in ('../../../../tmp/th-escape', '/th-escape', 'a/../../th-escape') or length(container) > 4000" | jq -c '[.n,.longest]')" "[4,4096]"
try latin.tar "[2,2,0,0,0] 0"
try names.zip "[8,8,0,0,0] 0"
try bytes.zip "[8,8,0,0,0] 0"
ok "nothing is written to the disk" [ ! -e /tmp/th-escape ] && [ ! -e /th-escape ] && [ ! -e ../th-escape ]
for locale in C C.UTF-8; do
    rm -f ../t.trail
    LC_ALL=$locale "$TRAILHOUND" import -q -c ../t.trail latin.tar
    is "a name that is no UTF-8 is shown, $locale" "$(LC_ALL=$locale "$TRAILHOUND" sql -c ../t.trail "select hex(container) h from source order by id limit 1" | jq -r .h)" "66FFC32880"
done
try sparse.tar "[2,5,0,1,0] 4" "not JSON"
is "sparse.tar: a hole is zeros" "$("$TRAILHOUND" export -c ../t.trail --format source --source 1 | od -An -tx1 -j 600 -N 4 | tr -d ' ')$("$TRAILHOUND" export -c ../t.trail --format source --source 1 | wc -c | tr -d ' ')" "000000005120"
try hole.tar "[2,2,0,3,0] 4" "not JSON" "$ratio"
for f in descriptor descriptor-stored zip64; do try $f.zip "[2,100,0,0,0] 0"; done
try plain.zip "[3,100,0,0,1] 0"
try encrypted.zip "[3,50,0,1,1] 4" "$encrypted"
try aes.zip "[3,50,0,1,1] 4" "$encrypted"
try no-directory.zip "[4,100,0,1,1] 4" "zip archive: its directory is missing, the end may be cut off"
try in-front.zip "[1,0,0,0,1] 0"
try tiny.tar "[10000,10000,0,0,0] 0"
try russian.zip "[4,101,0,0,1] 0"
is "russian.zip: places inside" "$("$TRAILHOUND" sql -c ../t.trail "select container c from source where events > 0 order by id" | jq -r .c | tr '\n' ' ')" "plain.tar.gz/a plain.tar.gz/b beside "
try garbage.tar "[3,15,0,2,0] 4" "7 bytes behind the last gzip member are no gzip data" "malformed gzip data at byte 102: incorrect data check"
try checksum-first.tar "[3,50,0,1,1] 4" "$passed"
try checksum-last.tar "[3,50,0,1,1] 4" "$passed"
try twice.tar "[4,110,0,0,1] 0"
try head-only.tar "[1,0,0,1,0] 4" "tar archive: Unrecognized archive format"

# words that are the library's: only that there are some, and what is kept
some() { # FILE EVENTS
    rm -f ../t.trail
    run "$TRAILHOUND" import -c ../t.trail --format jsonl "$1"
    is "$1: what is kept" "$(printf '%s\n' "$out" | jq -c '[.events,.rejects > 0]') $code $errout" "[$2,true] 4 "
    unlike "$1: each reject has a reason" "$("$TRAILHOUND" sources -c ../t.trail --rejects --format jsonl | jq -r .reason)" '^$'
    run "$TRAILHOUND" import -c ../t.trail --format jsonl "$1"
    is "$1: again, nothing new" "$(printf '%s\n' "$out" | jq -c '[.events,.duplicates,.rejects]') $code" "[0,0,0] 0"
}
some overlap.zip 0
like "overlap.zip: stopped by the cap" "$("$TRAILHOUND" sources -c ../t.trail --rejects --format jsonl | jq -r .reason)" "$(printf '%s' "$ratio" | sed 's/[()]/./g')"
some size.tar 99
some crc.zip 100
some method.zip 50
some longer.zip 100
some offset.zip 50
some russian-cut.zip 64
some behind.tar 100
some size256.tar 99
some negative.tar 0
some ratio.zip 2
done_testing
