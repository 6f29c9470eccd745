#!/bin/sh
# C files look as clang-format leaves them.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_SRCDIR" || exit 99
formatter=$(sh tests/policy/formatter.sh) || { skip "C files are formatted" "no clang-format of the version that .clang-format names"; done_testing; }
found=$(find src ui tests -name '*.[ch]' | LC_ALL=C sort | while read -r file; do
    "$formatter" --dry-run -Werror "$file" >/dev/null 2>&1 || echo "$file"
done)
is "C files are formatted (./dev format)" "$found" ""
done_testing
