#!/bin/sh
# The pages for developers name files that are there: paths from the top or from src/, and bare names that some file has.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_SRCDIR" || exit 99

for page in docs/ARCHITECTURE.md docs/DESIGN.md docs/HACKING.md README.md; do
    lost=
    n=0
    for name in $(grep -oE '`[A-Za-z_./]+\.(c|h|def|sh|sql|am|py|md|yml)`' "$page" | tr -d '`' | LC_ALL=C sort -u); do
        case $name in *NAME*) continue ;; esac
        n=$((n + 1))
        case $name in
        */*) [ -e "$name" ] || [ -e "src/$name" ] || lost="$lost $name" ;;
        *) [ -n "$(find . -name "$name" -not -path './b*' | head -1)" ] || lost="$lost $name" ;;
        esac
    done
    is "files that $page names are there" "$lost" ""
done
done_testing
