#!/bin/sh
# C files look as clang-format leaves them.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_SRCDIR" || exit 99
command -v clang-format >/dev/null || { skip "C files are formatted" "no clang-format"; done_testing; }
found=$(find src ui tests -name '*.[ch]' | LC_ALL=C sort | while read -r file; do
    clang-format --dry-run -Werror "$file" >/dev/null 2>&1 || echo "$file"
done)
is "C files are formatted (./dev format)" "$found" ""
done_testing
