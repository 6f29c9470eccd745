#!/bin/sh
# Files that can't be understood one without the other: A needs B when A's object uses a symbol that B's defines, and a cycle is a set of
# files that all need each other, however far around. The largest one may not grow.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_BUILDDIR" || exit 99

UI=5
SRC=4

# Of sources that are there: a build folder keeps objects of others.
objects() { find "$1" -name '*.o' | sort | while read -r object; do [ ! -f "$TH_SRCDIR/${object%.o}.c" ] || echo "$object"; done; }
nm=
for tool in "${NM:-nm}" gcc-nm llvm-nm; do
    if command -v "$tool" >/dev/null && "$tool" -A $(objects ui | head -3) 2>/dev/null | grep -q ' T '; then nm=$tool && break; fi
done
if [ -z "$nm" ]; then
    skip "the largest cycle of files" "no nm reads these objects"
    done_testing
fi

# Lines "size: files" of all cycles of a folder's objects, the largest first. By Kosaraju: an order of leaving, then the graph backwards.
cycles() {
    "$nm" -A $(objects "$1") | awk '
    { file = $1; sub(/:.*/, "", file); kind = $(NF - 1); name = $NF }
    kind ~ /^[TDBRVW]$/ { home[name] = file }
    kind == "U" { used[file, name] = 1 }
    { files[file] = 1 }
    function leave(f, i, n, out) {
        seen[f] = 1
        n = split(uses[f], out, " ")
        for (i = 1; i <= n; i++) if (!(out[i] in seen)) leave(out[i])
        order[++left] = f
    }
    function gather(f, i, n, out) {
        in_cycle[f] = 1; size++; members = members " " f
        n = split(users[f], out, " ")
        for (i = 1; i <= n; i++) if (!(out[i] in in_cycle)) gather(out[i])
    }
    END {
        for (pair in used) {
            split(pair, part, SUBSEP)
            to = home[part[2]]
            if (to == "" || to == part[1] || (part[1], to) in edge) continue
            edge[part[1], to] = 1
            uses[part[1]] = uses[part[1]] " " to
            users[to] = users[to] " " part[1]
        }
        for (f in files) if (!(f in seen)) leave(f)
        for (i = left; i > 0; i--) if (!(order[i] in in_cycle)) { size = 0; members = ""; gather(order[i]); print size ":" members }
    }' | sort -rn
}

for room in ui src; do
    found=$(cycles "$room")
    most=$(echo "$found" | sed -n '1s/:.*//p')
    allowed=$UI
    [ "$room" = src ] && allowed=$SRC
    ok "$room: the largest cycle has ${most:-no} files, at most $allowed" [ "${most:-999}" -le "$allowed" ] ||
        diag "$(echo "$found" | sed -n 1p)"
done
done_testing
