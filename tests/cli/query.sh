#!/bin/sh
# Answers of query, facets, histogram, crosstab and sql on the sample incident, and columns of paths kept in the case.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
"$TRAILHOUND" import -q -c s.trail "$TH_SRCDIR/data/samples" >/dev/null
th() { "$TRAILHOUND" "$@" -c s.trail; }
lines() { wc -l | tr -d ' '; }

is "crosstab: columns" "$(th crosstab event.action event.outcome --top 1 | jq -c keys_unsorted)" '["event.action","event.outcome","count"]'
is "crosstab: pairs under a filter" "$(th crosstab event.action event.outcome -f 'event.action: ConsoleLogin' | jq -c '[.[]]' | tr '\n' ' ')" '["ConsoleLogin","failure",89] ["ConsoleLogin","success",41] '
is "crosstab: every event in one pair" "$(th crosstab event.action user.name --top 100000 | jq -s 'map(.count) | add')" 4812
is "crosstab: absent is null, not left out" "$(th crosstab user.name event.provider --top 100000 | jq -s 'map(select(has("user.name") and ."user.name" == null) | .count) | add')" 692
is "crosstab: the most frequent first" "$(th crosstab event.action user.name --top 50 | jq .count)" "$(th crosstab event.action user.name --top 50 | jq .count | sort -rn)"
is "crosstab: as sql counts" "$(th crosstab event.provider event.outcome --top 1000 | jq -c '[.[]]' | sort)" \
    "$(th sql 'select "event.provider" a, "event.outcome" b, count(*) n from ecs group by 1, 2' | jq -c '[.a,.b,.n]' | sort)"
is "crosstab: several values count each once" "$(th crosstab event.action event.category -f 'event.action: CreateUser' | jq -c '."event.category"' | sort | tr '\n' ' ')" \
    "$(th facets event.category -f 'event.action: CreateUser' | jq -c .value | sort | tr '\n' ' ')"
is "crosstab: csv" "$(th crosstab action outcome -f 'event.action: StopLogging' --format csv | tr -d '\r' | tr '\n' ' ')" "event.action,event.outcome,count StopLogging,success,1 "
like "crosstab: table" "$(th crosstab action outcome -f 'event.action: StopLogging' --format table | tail -1)" "^StopLogging +success +1$"
is "crosstab: --top" "$(th crosstab event.action user.name --top 7 | lines)" 7
is "crosstab: a path" "$(th crosstab event.action requestParameters.name -f 'event.action: StopLogging' | jq -c '[.[]]')" '["StopLogging","org-trail",1]'
run th crosstab event.action; is "crosstab: one field: exit 2" "$code" 2
run th crosstab event.action a.b; is "crosstab: unknown field: exit 2" "$code" 2
run th crosstab event.action action; is "crosstab: the same field twice: exit 2" "$code" 2
run th crosstab event.action user.name 'user.name: ivy'; is "crosstab: the filter goes in -f" "$code" 2
is "crosstab: nothing matches" "$(th crosstab event.action user.name -f 'user.name: nobody-of-that-name')" ""

is "facets --times: columns" "$(th facets event.action --times --top 1 | jq -c keys_unsorted)" '["field","value","count","share","first","last"]'
is "facets --times: of one event" "$(th facets event.action --times -f 'event.action: StopLogging' | jq -r '[.first,.last] | unique | .[]')" \
    "$(th query 'event.action: StopLogging' | jq -r '."@timestamp"')"
is "facets --times: of a user" "$(th facets user.name --times -f 'user.name: ivy' | jq -r '.first + " " + .last')" \
    "$(th sql "select min(\"@timestamp\") || ' ' || max(\"@timestamp\") t from ecs where \"user.name\" = 'ivy'" | jq -r .t)"
is "facets: without --times none" "$(th facets event.action --top 1 | jq 'has("first")')" false
is "facets: several fields" "$(th facets event.outcome cloud.region --top 1 | jq -r .field | tr '\n' ' ')" "event.outcome cloud.region "

# What a filter means that is not what it looks like: said with a caret, and done all the same.
run th count 'user.name: ivy and event.action: "Get*"'
is "a star in quotes: exit 0" "$code/$out" 0/0
is "a star in quotes: the words" "$errout" 'trailhound: in the filter
user.name: ivy and event.action: "Get*"
                                 ^^^^^^
a * inside quotes is a literal star; without the quotes it is a wildcard'
run th count '@timestamp >= now-1h'
like "now: the newest event, and it is said" "$errout" "^now is $(th sql 'select max("@timestamp") t from ecs' | jq -r .t), the time of the newest event$"
run th count 'usr.name: x or "grüße*"'; is "an error comes alone" "$code $(printf '%s\n' "$errout" | sed -n 3p)" "2 ^^^^^^^^"
run th query --fields requestParamters.name; like "--fields: did you mean, a path too" "$errout" "did you mean requestParameters.name\\?"
run th facets evnt.action; like "facets: did you mean" "$errout" "did you mean event.action\\?"

# An expression that takes too many steps on a value is no match there, and never in silence.
printf '{"eventVersion":"1.08","eventTime":"2026-03-06T00:00:00Z","eventID":"00000000-0000-4000-8000-000000000001","eventName":"X","eventSource":"s3.amazonaws.com","requestParameters":{"a":"<%020000d! script"}}\n' 0 >long.json
"$TRAILHOUND" import -q -c long.trail long.json >/dev/null
run "$TRAILHOUND" count -c long.trail 'event.action: X and not requestParameters.a: ~/(<|0)+[^>]*script/'
is "an expression gives up: exit 0" "$code/$out" 0/1
is "and that is said, with a caret" "$(printf '%s\n' "$errout" | tail -2)" '                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
the expression took too many steps on some values, which count as no match; make it simpler'
mkdir steps
cat >steps/steps.yml <<'RULE'
title: Steps
id: 5f0c6a9e-0d8e-4d52-9f57-6a1f5a0fc1e3
status: test
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {requestParameters.a|re: '(<|0)+[^>]*script'}
  condition: selection
level: high
RULE
run "$TRAILHOUND" findings -c long.trail --rules steps
like "of a rule too" "$errout" "steps\\.yml: an expression took too many steps on some values, which count as no match"

n=$(th count 'user.name: ivy')
run th count 'host.name: x or user.name: ivy'; is "an unknown field: exit 2" "$code" 2
run th count --lenient 'host.name: x or user.name: ivy'; is "--lenient: it matches nothing" "$code/$out" "0/$n"
is "--lenient: and that is said" "$(printf '%s\n' "$errout" | tail -2)" '^^^^^^^^^
there is no field host.name: this matches nothing'
run th query --lenient 'not zz.*: x' --limit 3; is "--lenient: not of it is everything" "$(printf '%s\n' "$out" | lines)" 3
run th facets user.name --lenient -f 'host.name: *'; is "--lenient: facets" "$code/$out" 0/

# Order: as Elasticsearch sorts.
ids() { jq -r '."event.id"'; }
is "--sort: without the field last" "$(th query --sort user.name --limit 100000 --fields user.name | jq -c 'has("user.name")' | uniq | tr '\n' ' ')" "true false "
is "--sort: without the field last, descending too" "$(th query --sort -user.name --limit 100000 --fields user.name | jq -c 'has("user.name")' | uniq | tr '\n' ' ')" "true false "
is "--sort: ties by time" "$(th query --sort event.action --limit 100000 --fields event.action,@timestamp | jq -r '."event.action" + " " + ."@timestamp"' | LC_ALL=C sort -c 2>&1)" ""
is "--sort: the other way round, ties too" "$(th query --sort -event.action --limit 100000 --fields event.action,@timestamp | jq -r '."event.action" + " " + ."@timestamp"' | LC_ALL=C sort -rc 2>&1)" ""
is "--sort: several values: by the smallest" "$(th query --sort event.type --limit 100000 --fields event.type | jq -r '."event.type" // [] | min // "~"' | LC_ALL=C sort -c 2>&1)" ""
is "--sort: descending by the largest" "$(th query --sort -event.type --limit 100000 --fields event.type | jq -r '."event.type" // [] | max // "!"' | LC_ALL=C sort -rc 2>&1)" ""
for field in event.type source.ip event.id @timestamp -user.name; do
    th query --sort $field --limit 300 --offset 150 --fields event.id | ids >whole
    for offset in 150 250 350; do th query --sort $field --limit 100 --offset $offset --fields event.id | ids; done >pages
    same "pages are parts of one order: $field" pages whole
done
is "--offset behind the end" "$(th query --sort user.name --offset 4812 | lines)" 0
is "--offset at the end" "$(th query --sort user.name --offset 4811 | lines)" 1
run th query --sort user.name,source.ip; is "--sort: two fields: exit 2" "$code" 2
run th query --sort related.user; is "--sort: a computed field: exit 2" "$code" 2
is "--fields: twice the same is once" "$(th query --limit 1 --fields event.action,user.name,action,event.action)" "$(th query --limit 1 --fields event.action,user.name)"
is "--fields: in csv too" "$(th query --limit 0 --format csv --fields event.action,action | tr -d '\r')" "event.action"
is "facets: the same field twice is once" "$(th facets event.outcome outcome --top 1 | lines)" 1

# A filter on a path reads the evidence once; what it found stays in the case.
tables() { "$TRAILHOUND" sql -c "$1" "select count(*) n from sqlite_schema where name in ('path_column','path_term')" | jq .n; }
cp s.trail p.trail
path() { "$TRAILHOUND" "$@" -c p.trail; }
is "no path was kept yet" "$(tables p.trail)" 0
n=$(path count 'requestParameters.bucketName: *')
like "a path in a filter" "$n" "^[1-9][0-9]*$"
is "it is kept" "$(tables p.trail)" 2
is "whole" "$(path sql 'select path, sum(rows) n from path_column group by 1' | jq -c '[.[]]')" '["aws.cloudtrail.flattened.request_parameters.bucketName",4812]'
is "the case stays one file" "$(ls p.trail*)" p.trail
is "the same answer from what was kept" "$(path count 'requestParameters.bucketName: *')" "$n"
is "as event by event" "$(path query --limit 100000 --fields requestParameters.bucketName | jq -s 'map(select(length > 0)) | length')" "$n"
is "facets from what was kept" "$(path facets requestParameters.bucketName --top 100000 | jq -s 'map(select(.value != null) | .count) | add')" "$n"
is "nothing was added" "$(path sql 'select sum(rows) n from path_column' | jq .n)" 4812
for i in 1 2 3; do
    printf '{"eventVersion":"1.08","eventTime":"2026-03-06T00:00:0%dZ","eventID":"00000000-0000-4000-8000-00000000000%d","eventName":"GetObject","eventSource":"s3.amazonaws.com","recipientAccountId":"1","requestParameters":{"bucketName":"late-bucket"}}\n' $i $i
done >late.json
"$TRAILHOUND" import -q -c p.trail late.json >/dev/null
is "after an import new events are found" "$(path count 'requestParameters.bucketName: late-bucket')" 3
is "and the old ones" "$(path count 'requestParameters.bucketName: *')" $((n + 3))
is "only they were added" "$(path sql 'select first, rows from path_column order by first' | jq -c '[.[]]' | tr '\n' ' ')" '[0,4812] [4812,3] '
if command -v sqlite3 >/dev/null; then
    sqlite3 p.trail "update path_column set bytes = x'00' where first = 0"
    is "damage is noticed: the evidence is read again" "$(path count 'requestParameters.bucketName: *')" $((n + 3))
    is "and mended" "$(path sql 'select sum(rows) n from path_column' | jq .n)" 4815
    is "the mended column is right" "$(path count 'requestParameters.bucketName: late-bucket')" 3
else
    skip "damage is noticed" "no sqlite3"
fi
mkdir locked && cp s.trail locked/s.trail && chmod 444 locked/s.trail && chmod 555 locked
sum=$(md5sum <locked/s.trail)
is "a case that can't be written answers too" "$("$TRAILHOUND" count -c locked/s.trail 'requestParameters.bucketName: *')" "$n"
if [ "$(id -u)" -ne 0 ]; then
    is "and stays as it is" "$(md5sum <locked/s.trail)" "$sum"
else
    skip "and stays as it is" "root may write everywhere"
fi
done_testing
