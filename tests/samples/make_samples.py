#!/usr/bin/env python3
"""Writes the sample incident: data/samples with its README.md, as CloudTrail delivers to a bucket.

    make_samples.py [FOLDER]             write the tree (default: data/samples of this checkout)
    make_samples.py --check [FOLDER]     compare FOLDER with a fresh generation, print the totals
    make_samples.py --expected [FOLDER]  write expected.tsv and findings.tsv beside this file, from
                                         the records found in FOLDER
    make_samples.py --print expected|findings [FOLDER]   the same to standard output

The same on each run: compare inflated bytes, for zlib versions differ in how they pack.
"""
import json
import os
import sys
import zlib

sys.dont_write_bytecode = True

import trail_facts  # noqa: E402
import trail_plot  # noqa: E402
from trail_world import BACKUP, DE, HYD, IE, PROD, US, Rng, Trail, at, iso  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, os.pardir, os.pardir, "data", "samples")

# Hours that one delivered file covers, by where it comes from.
HOURS = {(PROD, US): 1, (PROD, IE): 2, (PROD, DE): 2, (PROD, HYD): 1, (BACKUP, US): 4,
         (BACKUP, DE): 3}
# The window whose file broke off on its way, and how many records were lost with it.
BROKEN = (BACKUP, US, at("2026-03-04 08:00:00"))
LOST = 9
# The window that was delivered twice.
TWICE = (PROD, US, at("2026-03-02 10:00:00"))


def windows(events):
    """The events of each file: {(account, region, start): [record]}, nearly in order of time."""
    rng = Rng("delivery")
    found = {}
    for when, account, region, record in sorted(events, key=lambda e: (e[0], e[3]["eventID"])):
        width = 3600 * HOURS[account, region]
        key = (account, region, when - when % width)
        found.setdefault(key, []).append((when + rng.below(70), record["eventID"], record))
    return {key: [record for _, _, record in sorted(rows, key=lambda r: r[:2])]
            for key, rows in found.items()}


def path_of(account, region, start, rng, late=300):
    """Where CloudTrail would put a file that it delivers a little after its last event."""
    when = start + 3600 * HOURS[account, region] + late
    stamp = iso(when)[:16].replace("-", "").replace(":", "") + "Z"
    name = "%s_CloudTrail_%s_%s_%s.json.gz" % (
        account, region, stamp,
        rng.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
    return "/".join(("AWSLogs", account, "CloudTrail", region, *iso(when)[:10].split("-"), name))


def packed(data, keep=None):
    """gzip with no time stamp; with KEEP, the stream ends after so many inflated bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    if keep is None:
        return packer.compress(data) + packer.flush()
    return packer.compress(data[:keep]) + packer.flush(zlib.Z_SYNC_FLUSH)


def document(records):
    return json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False).encode()


def break_point(data, records):
    """A byte in the middle of the first lost record."""
    whole = len(document(records[:-LOST])) - len("]}")
    return whole + len(document(records[-LOST:-LOST + 1])) // 2


def tree():
    """{path below data/samples: bytes}, README.md included."""
    trail = Trail()
    trail_plot.everything(trail, LOST)
    files = {}
    rng = Rng("paths")
    for (account, region, start), records in sorted(windows(trail.events).items()):
        data = document(records)
        keep = break_point(data, records) if (account, region, start) == BROKEN else None
        files[path_of(account, region, start, rng)] = packed(data, keep)
        if (account, region, start) == TWICE:
            files[path_of(account, region, start, rng, 1500)] = packed(data)
    files["README.md"] = b""
    files["README.md"] = trail_facts.readme(trail_facts.Evidence(files)).encode()
    return files


def inflated(data):
    return zlib.decompressobj(31).decompress(data)


def content(path, data):
    return inflated(data) if path.endswith(".gz") else data


def committed(folder):
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return found


def write(folder):
    for path, data in tree().items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)


def check(folder):
    """Differences between FOLDER and a fresh generation, one line each."""
    want, have = tree(), committed(folder)
    bad = ["missing " + path for path in sorted(set(want) - set(have))]
    bad += ["unexpected " + path for path in sorted(set(have) - set(want))]
    bad += ["differs " + path for path in sorted(set(want) & set(have))
            if content(path, want[path]) != content(path, have[path])]
    for line in bad:
        print(line)
    for name, number in trail_facts.Evidence(have).totals():
        print("%s\t%d" % (name, number))
    return 1 if bad else 0


def main(args):
    flag = args.pop(0) if args and args[0].startswith("--") else None
    what = args.pop(0) if flag == "--print" and args else None
    folder = args[0] if args else SAMPLES
    if flag == "--check":
        return check(folder)
    if flag in ("--expected", "--print"):
        evidence = trail_facts.Evidence(committed(folder))
        for name, text in (("expected", evidence.expected()), ("findings", evidence.findings())):
            if what == name:
                sys.stdout.write(text)
            elif what is None:
                with open(os.path.join(HERE, name + ".tsv"), "w", encoding="utf-8") as file:
                    file.write(text)
        return 0
    if flag is not None:
        sys.stderr.write(__doc__)
        return 2
    write(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
