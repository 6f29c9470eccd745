"""Compares what the program says of events in two ways, or with what is expected.

ecs_compare.py columns FIELDS DOCUMENTS ROWS
    FIELDS: "name type" lines; DOCUMENTS: export --format ecs; ROWS: query --format jsonl, same
    events in the same order. Each field of each event must be the same.
ecs_compare.py documents EXPECTED DOCUMENTS
    EXPECTED: {"expected": [document or null…]}; matched by event.original, without event.created.
ecs_compare.py own FOLDER DOCUMENTS
    DOCUMENTS/NAME.json: what the program exports for FOLDER/NAME.json, one line, compared with
    FOLDER/NAME.expected.json: {"expected": document}, without event.original, made without a file
    of user agents. The time of reading stands in for any.
ecs_compare.py places City|ASN EXPECTED…
    Writes what mmdb.py needs for databases that give the places these documents tell.

Prints what differs (twenty lines at most) and one line with figures; exit 1 when anything differs."""
import json
import os
import sys


def at_path(document, name):
    """Value at a dotted name; of objects in a list, all their values."""
    here = [document]
    for part in name.split("."):
        below = []
        for value in here:
            if isinstance(value, dict) and part in value:
                inner = value[part]
                below.extend(inner if isinstance(inner, list) else [inner])
        here = below
    return here


def texts(values, kind):
    out = []
    for value in values:
        if kind == "geo" and isinstance(value, dict):
            value = "%s,%s" % (json.dumps(value["lat"]), json.dumps(value["lon"]))
        out.append(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return out


def same(field, kind, document, row):
    want = texts(at_path(document, field), kind)
    have = row.get(field)
    # A document has the time of reading where the event has no time of its own.
    if field == "@timestamp" and have is None:
        return True, want, have
    if have is None:
        got = []
    else:
        got = texts(have if isinstance(have, list) else [have], kind)
    if want == got:
        return True, want, got
    # A list of equal texts is one value to a filter: order and number of parts of resources differ.
    if kind == "multi":
        return sorted(set(want)) == sorted(set(got)), want, got
    # A number in a keyword field is its text in a column.
    if len(want) == 1 and len(got) == 1 and not want[0].startswith('"'):
        return json.dumps(want[0]) == got[0] or want[0] == got[0], want, got
    return False, want, got


def columns(fields_path, documents_path, rows_path):
    fields = [line.split() for line in open(fields_path)]
    compared = values = bad = 0
    with open(documents_path) as documents, open(rows_path) as rows:
        for line_d, line_r in zip(documents, rows, strict=True):
            document, row = json.loads(line_d), json.loads(line_r)
            compared += 1
            for field, kind in fields:
                good, want, got = same(field, kind, document, row)
                values += got not in ([], None)
                if not good:
                    bad += 1
                    if bad <= 20:
                        print("%s: document %s, column %s" % (field, want, got))
    print("events %d values %d different %d" % (compared, values, bad))
    return bad


def without(document, *names):
    document = json.loads(json.dumps(document))
    for name in names:
        here, parts = document, name.split(".")
        for part in parts[:-1]:
            here = here.get(part, {})
        here.pop(parts[-1], None)
    return document


def differences(path, want, got, out):
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(set(want) | set(got)):
            differences(path + "." + key, want.get(key), got.get(key), out)
    elif type(want) is not type(got) or want != got:
        out.append("%s: want %s, got %s" % (path[1:], json.dumps(want)[:200], json.dumps(got)[:200]))


def documents(expected_path, documents_path):
    # A blank line is a document to the pipeline and no record to an import: it has no original.
    expected = [d for d in json.load(open(expected_path))["expected"] if d and "original" in d["event"]]
    got = [json.loads(line) for line in open(documents_path)]
    key = lambda d: d["event"]["original"]
    lines = []
    if len(expected) != len(got):
        lines.append("%d documents, want %d" % (len(got), len(expected)))
    by_original = {key(d).strip(): without(d, "event.created") for d in got}
    for want in expected:
        have = by_original.get(key(want).strip())
        if have is None:
            lines.append("no document for %s" % key(want)[:80])
            continue
        want = without(want, "event.created")
        # Before 8.16.2 Elasticsearch ended this version with a dot.
        for agent in (want.get("user_agent", {}), have.get("user_agent", {})):
            if "version" in agent:
                agent["version"] = agent["version"].rstrip(".")
        differences("", want, have, lines)
    print("\n".join(lines[:20] + ["documents %d different %d" % (len(got), len(lines))]))
    return len(lines)


def own_case(expected_path, document_path):
    want = json.load(open(expected_path))["expected"]
    got = [json.loads(line) for line in open(document_path)]
    if len(got) != 1:
        return ["%d documents" % len(got)]
    got = without(got[0], "event.original")
    if want.get("@timestamp") == want["event"]["created"]:
        got["@timestamp"] = want["@timestamp"]
    got["event"]["created"] = want["event"]["created"]
    if "user_agent" in got:
        got["user_agent"] = {"original": got["user_agent"]["original"]}
    lines = []
    differences("", want, got, lines)
    return lines


def own(folder, documents_folder):
    names = sorted(os.listdir(documents_folder))
    lines = []
    for name in names:
        expected = os.path.join(folder, name.replace(".json", ".expected.json"))
        for line in own_case(expected, os.path.join(documents_folder, name)):
            lines.append(name + ": " + line)
    print("\n".join(lines[:20] + ["cases %d different %d" % (len(names), len(lines))]))
    return len(lines)


def city_of(geo):
    out = {}
    for name, key in (("city", "city_name"), ("continent", "continent_name"), ("country", "country_name")):
        if key in geo:
            out[name] = {"names": {"en": geo[key]}}
    if "country_iso_code" in geo:
        out.setdefault("country", {})["iso_code"] = geo["country_iso_code"]
    if "region_iso_code" in geo:
        out["subdivisions"] = [{"iso_code": geo["region_iso_code"].split("-", 1)[1]}]
        if "region_name" in geo:
            out["subdivisions"][0]["names"] = {"en": geo["region_name"]}
    if "location" in geo:
        out["location"] = {"latitude": float(geo["location"]["lat"]),
                           "longitude": float(geo["location"]["lon"])}
    return out


def network_of(network):
    out = {"autonomous_system_number": network["number"]}
    if "organization" in network:
        out["autonomous_system_organization"] = network["organization"]["name"]
    return out


def places(which, *paths):
    networks = {}
    for path in paths:
        for document in json.load(open(path))["expected"]:
            source = (document or {}).get("source", {})
            if which == "City" and "geo" in source:
                networks[source["ip"]] = city_of(source["geo"])
            elif which == "ASN" and "as" in source:
                networks[source["ip"]] = network_of(source["as"])
    print(json.dumps({"type": "Test-" + which, "built": 1700000000, "networks": networks}))
    return 0


sys.exit(1 if {"columns": columns, "documents": documents, "own": own, "places": places}[sys.argv[1]](*sys.argv[2:]) else 0)
