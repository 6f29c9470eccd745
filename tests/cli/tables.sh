#!/bin/sh
# What the commands that ask print, in every form: JSON lines, CSV, and tables on terminals of 60, 80 and 200 columns, against
# tests/cli/golden. TH_UPDATE_GOLDEN=1 writes these anew.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
golden=$TH_SRCDIR/tests/cli/golden
"$TRAILHOUND" import -q -c s.trail "$TH_SRCDIR/data/samples" >/dev/null

# A table as a terminal of WIDTH columns gets it.
terminal() { # WIDTH COMMAND-LINE
    COLUMNS=$1 script -qec "$2" /dev/null </dev/null | tr -d '\r'
}
quoted() { # ARGUMENTS as one line for a shell
    for word; do
        printf "'%s' " "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
    done
}
all_forms() { # COMMAND…
    for format in jsonl csv table; do
        echo "== $format"
        "$TRAILHOUND" "$@" -c s.trail --format "$format" 2>&1 | tr -d '\r'
    done
    for width in 60 80 200; do
        echo "== $width columns"
        terminal "$width" "$(quoted "$TRAILHOUND" "$@" -c s.trail)"
    done
}
looks() { # NAME COMMAND…
    name=$1
    shift
    all_forms "$@" >"$name"
    if [ -n "${TH_UPDATE_GOLDEN:-}" ]; then
        cp "$name" "$golden/$name"
    fi
    same "$name: $*" "$name" "$golden/$name"
    # No line of a table is longer than its terminal.
    for width in 60 80 200; do
        sed -n "/^== $width columns/,/^== /p" "$name" | grep -v '^== ' >lines
        ok "$name: inside $width columns" [ "$(wc -L <lines)" -le "$width" ]
    done
}

command -v script >/dev/null || { skip "tables" "no script(1)"; done_testing; }
looks query query 'event.action: (ConsoleLogin or CreateUser or StopLogging) and user.name: *' --limit 6
looks query_sorted query 'event.category: iam' --sort -source.ip --limit 5 --offset 2 --fields @timestamp,user.name,source.ip,event.type,aws.cloudtrail.user_identity.arn
looks query_computed query 'event.action: (CreateUser or StopLogging)' --limit 4 --fields event.action,requestParameters.name,related.user,event.action,action
looks query_none query 'user.name: nobody-of-that-name'
looks count count 'event.outcome: failure'
looks facets facets event.action source.ip aws.cloudtrail.error_code --top 4
looks facets_times facets user.name event.type -f 'event.outcome: failure' --top 3 --times
looks histogram histogram 'user.name: ivy' --every 1h
looks histogram_none histogram 'user.name: nobody-of-that-name'
looks crosstab crosstab event.action event.outcome --top 6
looks crosstab_absent crosstab aws.cloudtrail.error_code event.provider --top 6
looks sql sql 'select "event.action" as action, count(*) as n, min("@timestamp") as first, avg("aws.cloudtrail.read_only") as share, null as gone from ecs group by 1 order by 2 desc, 1 limit 5'
looks sql_arrays sql 'select j.value as type, count(*) as n from ecs, json_each("event.type") j group by 1 order by 2 desc, 1'
done_testing
