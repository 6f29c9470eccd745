#!/bin/sh
# The layer order of the code: base < ecs < {ingest, query} < store < {integrity, detect, export, collect} < app < ui < cli. An include points to
# its own room or to a lower level, never to a neighbour, and never to the internal.h of another folder; some libraries belong to one
# place only; nothing but the command line prints or exits.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$TH_SRCDIR" || exit 99

level() {
    case $1 in
    base) echo 0 ;;
    ecs) echo 1 ;;
    ingest | query) echo 2 ;;
    store) echo 3 ;;
    integrity | detect | export | collect) echo 4 ;;
    app) echo 5 ;;
    ui) echo 6 ;;
    cli) echo 7 ;;
    *) echo none ;;
    esac
}

bad=
n=0
for file in $(find src ui -name '*.c' -o -name '*.h' | grep -E '^(src|ui)/' | LC_ALL=C sort); do
    case $file in src/*) own=${file#src/} own=${own%%/*} ;; *) own=ui ;; esac
    mine=$(level "$own")
    for include in $(sed -n 's/^ *# *include "\([a-z_]*\)\/.*/\1/p' "$file"); do
        n=$((n + 1))
        theirs=$(level "$include")
        if [ "$theirs" = none ] || [ "$theirs" -gt "$mine" ] || { [ "$theirs" -eq "$mine" ] && [ "$include" != "$own" ]; }; then bad="$bad
$file includes $include/"; fi
    done
done
is "every include points to its own room or to a lower level" "$bad" ""

bad=
for file in $(find src ui -name '*.c' -o -name '*.h' | LC_ALL=C sort); do
    folder=${file%/*} folder=${folder#src/}
    for include in $(sed -n 's/^ *# *include "\(.*\)\/internal\.h"/\1/p' "$file"); do
        [ "$include" = "$folder" ] || [ "$file" = src/ecs/columns/entity.c ] || bad="$bad
$file includes $include/internal.h"
    done
done
is "internal.h is for its own folder" "$bad" ""

crowded=$(find src ui -name '*.c' | sed 's/\/[^/]*$//' | LC_ALL=C sort | uniq -c | awk '$1 > 25 { print $2, $1 }')
is "no folder holds more than 25 files" "$crowded" ""
ok "includes were looked at" [ "$n" -gt 50 ]

only() { # NAME PATTERN ALLOWED-FILES-PATTERN
    found=$(grep -rnE "$2" src ui --include='*.c' --include='*.h' | grep -vE "$3" | grep -vE '^[^:]*:[0-9]+: *(/\*|\*)' | LC_ALL=C sort)
    is "$1" "$found" ""
}
only "sqlite3.h only in src/store" '^ *# *include <sqlite3.h>' '^src/store/'
only "SQL by the store's own interface only in src/store and src/integrity" '^ *# *include "store/(case/(db|handle)|columns/(segment|paths)).h"' '^src/(store|integrity)/'
only "curses only where it draws" '^ *# *include <(n?curses|ncursesw/curses|term).h>' '^ui/term/(term|draw|dump)\.[ch]:'
only "libcurl only in src/export and src/collect" '^ *# *include <curl/' '^src/(export|collect)/'
only "only the command line writes to standard output and error" '[^a-z_](printf|puts|putchar|fputs|perror) *\(' '^(src/cli/|ui/)'
# Not by base/work yet: the workbench's own threads, verify's comparison, and the one that stops a statement on Ctrl-C.
only "threads are started and waited for only in src/base/work" 'pthread_(create|cond_[a-z]+|condattr_[a-z]+) *\(' \
    '^(src/base/work/[a-z]+\.c|src/integrity/verify/same\.c|src/cli/cmd_sql\.c|ui/work/(worker|background|case_watcher|case_writer)\.c):'
only "only the command line exits" '[^a-z_]_?exit *\(' '^(src/cli/|ui/)'

banned='strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atof|gets|localtime|gmtime|asctime|ctime|strncpy|strncat|system|popen|alloca|tmpnam|mktemp'
found=$(grep -rnE "[^a-z_A-Z0-9]($banned) *\(" src ui --include='*.c' --include='*.h' | LC_ALL=C sort)
is "no banned function" "$found" ""

found=$(grep -rnwE 'TODO|FIXME|XXX' src ui schema tests --include='*.c' --include='*.h' --include='*.def' --include='*.sql' || true)
is "nothing unfinished by its own words" "$found" ""

long=$(find src ui -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 600 { print $1, $2 }')
is "no file over 600 lines" "$long" ""
done_testing
