#!/bin/sh
# Every header compiles alone, so that its includes are its own.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_SRCDIR" || exit 99
cc=${CC:-gcc}
command -v "$cc" >/dev/null || { skip "headers compile alone" "no $cc"; done_testing; }
for header in $(find src ui -name '*.h' | LC_ALL=C sort); do
    if "$cc" -std=c17 -D_GNU_SOURCE -Isrc -Ischema -I. -I"$TH_BUILDDIR" -Wall -Wextra -Werror -fsyntax-only -x c "$header" >"$tmp/log" 2>&1; then
        tap_line 0 "$header"
    else
        tap_line 1 "$header"
        diag "$(head -5 "$tmp/log")"
    fi
done
done_testing
