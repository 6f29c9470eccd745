"""Writes a small database in MaxMind's format: mmdb.py FILE <SPEC, SPEC being
{"type": "Test-City", "built": 1700000000, "networks": {"203.0.113.0/24": {"city": {…}}}}.
Whole numbers become uint32, others doubles."""
import ipaddress
import json
import struct
import sys


def head(kind, size):
    first = (kind << 5 if kind < 8 else 0) | min(size, 29)
    out = bytes([first]) + (bytes([kind - 7]) if kind >= 8 else b"")
    if size < 29:
        return out
    return out + bytes([size - 29]) if size < 285 else sys.exit("too long a value")


def encode(value, integer=6):
    if isinstance(value, str):
        text = value.encode()
        return head(2, len(text)) + text
    if isinstance(value, float):
        return head(3, 8) + struct.pack(">d", value)
    if isinstance(value, int):
        size = {5: 2, 6: 4, 9: 8}[integer]
        return head(integer, size) + value.to_bytes(size, "big")
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(encode(v) for v in value)
    return head(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())


def tree(networks):
    """Nodes of two records each, ("node", i) or ("data", offset) or None, and the data section."""
    nodes, data = [[None, None]], b""
    for text, value in networks.items():
        net = ipaddress.ip_network(text)
        bits = format(int(net.network_address), "0128b")
        length = net.prefixlen + (96 if net.version == 4 else 0)
        node = 0
        for i, bit in enumerate(bits[:length]):
            if i == length - 1:
                nodes[node][int(bit)] = ("data", len(data))
            elif nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = ("node", len(nodes) - 1)
            node = len(nodes) - 1 if i == length - 1 else nodes[node][int(bit)][1]
        data += encode(value)
    return nodes, data


def main():
    spec = json.load(sys.stdin)
    nodes, data = tree(spec["networks"])
    out = b""
    for node in nodes:
        for record in node:
            value = len(nodes)
            if record is not None:
                value = record[1] if record[0] == "node" else len(nodes) + 16 + record[1]
            out += value.to_bytes(3, "big")
    meta = head(7, 9)
    for key, value, kind in (("binary_format_major_version", 2, 5), ("binary_format_minor_version", 0, 5),
                             ("build_epoch", spec["built"], 9), ("database_type", spec["type"], 0),
                             ("description", {"en": "made by a test"}, 0), ("ip_version", 6, 5),
                             ("languages", ["en"], 0), ("node_count", len(nodes), 6), ("record_size", 24, 5)):
        meta += encode(key) + encode(value, kind)
    with open(sys.argv[1], "wb") as file:
        file.write(out + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + meta)


main()
