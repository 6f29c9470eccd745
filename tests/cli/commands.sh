#!/bin/sh
# The command line as a contract: names of columns, exit codes, defaults, on the sample incident.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
run "$TRAILHOUND" import -c s.trail --format jsonl "$TH_SRCDIR/data/samples"
is "samples: exit 4, one file is truncated" "$code" 4
is "samples: totals" "$(printf '%s\n' "$out" | jq -c 'del(.seconds)')" '{"files":202,"skipped":1,"records":4850,"events":4812,"duplicates":37,"rejects":1,"unselected":0}'
is "samples: seconds is a number" "$(printf '%s\n' "$out" | jq -r '.seconds | type')" number
th() { "$TRAILHOUND" "$@" -c s.trail; }

is "query: columns" "$(th query --limit 1 | jq -c keys_unsorted)" '["@timestamp","event.action","user.name","source.ip","event.outcome","event.id"]'
is "query: the newest 100, oldest of them first" "$(th query | jq -r '."@timestamp"' | awk 'NR == 1 || $0 >= last { last = $0; n++ } END { print n }')" 100
is "query: the last one is the newest" "$(th query --limit 1 | jq -r '."@timestamp"')" "$(th sql 'select max("@timestamp") t from ecs' | jq -r .t)"
is "query: --sort gives the first N" "$(th query --sort @timestamp --limit 1 | jq -r '."@timestamp"')" "$(th sql 'select min("@timestamp") t from ecs' | jq -r .t)"
is "query: --sort -FIELD" "$(th query --sort -event.action --limit 1 --fields event.action | jq -r '."event.action"')" "$(th sql 'select max("event.action") a from ecs' | jq -r .a)"
is "query: --offset" "$(th query --sort @timestamp --limit 2 --fields event.id | tail -1)" "$(th query --sort @timestamp --offset 1 --limit 1 --fields event.id)"
is "query: aliases are written under their ECS name" "$(th query 'user: ivy' --limit 1 --fields user,action | jq -c keys_unsorted)" '["user.name","event.action"]'
is "query: several values are arrays" "$(th query 'event.action: CreateUser or event.action: CreateAccessKey' --limit 1 --fields event.category,event.type | jq -c '[(."event.category"|type),(."event.type"|type)]')" '["array","array"]'
is "query: absent fields are left out" "$(th query 'event.outcome: success and not aws.cloudtrail.error_code: *' --limit 1 --fields event.outcome,error | jq -c .)" '{"event.outcome":"success"}'
is "query: booleans are booleans" "$(th query 'readonly: true' --limit 1 --fields aws.cloudtrail.read_only)" '{"aws.cloudtrail.read_only":true}'
is "query: csv" "$(th query 'event.action: StopLogging' --format csv --fields event.action,user.name | tr -d '\r' | tr '\n' ' ')" "event.action,user.name StopLogging,ivy "
is "query: csv: a name is no formula" "$(th query --limit 0 --format csv --fields @timestamp,event.id | tr -d '\r')" "@timestamp,event.id"
is "sql: csv: nor there" "$(th sql 'select "@timestamp" from ecs limit 0' --format csv | tr -d '\r')" "@timestamp"
like "query: table" "$(th query 'event.action: StopLogging' --format table)" "StopLogging +ivy"
is "query: filter from -f" "$(th query -f 'event.action: StopLogging' | wc -l | tr -d ' ')" 1
is "query: computed fields" "$(th query 'event.action: StopLogging' --fields requestParameters.name | jq -r '.[]')" org-trail

is "count" "$(th count 'event.action: ConsoleLogin and event.outcome: failure')" 89
is "count: json" "$(th count --format jsonl 'event.action: ConsoleLogin')" '{"count":130}'

is "facets: columns" "$(th facets event.action --top 1 | jq -c keys_unsorted)" '["field","value","count","share"]'
is "facets: counts" "$(th facets event.outcome -f 'event.action: ConsoleLogin' | jq -c '[.value,.count,.share]' | tr '\n' ' ')" '["failure",89,0.685] ["success",41,0.315] '
is "facets: absent values are null" "$(th facets user.name --top 1000 | jq -c 'select(.value == null) | .count')" 692
is "facets: all counts sum up" "$(th facets event.action --top 10000 | jq -s 'map(.count) | add')" 4812

is "histogram: columns" "$(th histogram --every 1d | head -1 | jq -c keys_unsorted)" '["time","count","failures"]'
is "histogram: whole days" "$(th histogram --every 1d | jq -r .time | tr '\n' ' ')" "2026-03-02T00:00:00.000Z 2026-03-03T00:00:00.000Z 2026-03-04T00:00:00.000Z 2026-03-05T00:00:00.000Z "
is "histogram: sums" "$(th histogram --every 1h | jq -s -c '[(map(.count)|add),(map(.failures)|add)]')" "[4812,165]"
is "histogram: empty buckets are there" "$(th histogram --every 1h 'event.action: ConsoleLogin' | jq -s 'map(select(.count == 0)) | length > 5')" true
like "histogram: auto" "$(th histogram | wc -l)" "^[1-9][0-9]{1,2}$"

is "sources: columns" "$(th sources | head -1 | jq -c 'keys - ["first","last","skipped","unselected"]')" '["duplicates","events","inflated_bytes","path","rejects","sha256","size_bytes","source"]'
is "sources: sums" "$(th sources | jq -s -c '[length,(map(.events)|add),(map(.duplicates)|add),(map(.rejects)|add)]')" "[202,4812,37,1]"
is "sources --rejects: columns" "$(th sources --rejects | jq -c keys)" '["length","offset","path","reason","source"]'

is "sql" "$(th sql 'select "event.action" a, count(*) n from ecs where "event.action" = '"'ConsoleLogin'"' group by 1')" '{"a":"ConsoleLogin","n":130}'
run th sql 'delete from event'; is "sql: no writing" "$code" 2
run th sql 'select 1; select 2'; is "sql: one statement" "$code" 2
is "sql: nothing was written" "$(th count)" 4812
is "sql: an infinity is JSON" "$(th sql 'select 9e999 a, -9e999 b, 0.5 c')" '{"a":9e999,"b":-9e999,"c":0.5}'
endless='with recursive c(x) as (select 1 union all select x + 1 from c)'
run timeout -k 5 -s INT 1 "$TRAILHOUND" sql -c s.trail "$endless select count(*) from c where x < 0"; is "sql: Ctrl-C stops a statement that gives no row" "$code $errout" "124 trailhound: interrupted"
is "sql: a reader that goes away stops an endless one" "$(timeout -k 1 20 "$TRAILHOUND" sql -c s.trail "$endless select x from c" | head -1)" '{"x":1}'
if command -v sqlite3 >/dev/null; then
    is "the view for any SQLite tool" "$(sqlite3 s.trail 'select "event.action", count(*) from ecs group by 1' | grep '^ConsoleLogin|')" "ConsoleLogin|130"
    is "application_id and user_version" "$(sqlite3 s.trail 'pragma application_id; pragma user_version' | tr '\n' ' ')" "1416785000 3 "
else
    skip "the view for any SQLite tool" "no sqlite3"
fi

th export --format raw 'event.action: StopLogging' >raw
is "export raw: one record" "$(jq -r .eventName raw)" StopLogging
is "export ecs: the default, keys sorted" "$(th export 'event.action: StopLogging' | jq -c 'keys_unsorted == (keys_unsorted | sort)')" true
is "export ecs: nested" "$(th export 'event.action: StopLogging' | jq -r '[.event.action,.user.name,.cloud.region,.source.ip,.event.original != null] | join(" ")')" "StopLogging ivy us-east-1 203.0.113.9 true"
is "export ecs: --tags without the original" "$(th export 'event.action: StopLogging' --tags a,b | jq -c '[.tags,.event.original]')" '[["a","b"],null]'
is "export: oldest first" "$(th export --format jsonl --fields @timestamp | jq -r '.[]' | sort -c && echo sorted)" sorted
is "export: every event" "$(th export --format jsonl | wc -l | tr -d ' ')" 4812
ok "export -o" th export -o out.ndjson 'user.name: ivy'
is "export -o: all of them" "$(wc -l <out.ndjson | tr -d ' ')" 214
is "export -o: nothing beside" "$(ls out.ndjson*)" out.ndjson
cp s.trail keep.trail
run th export -o keep.trail; is "export -o: a case is not written over" "$code $("$TRAILHOUND" count -c keep.trail)" "2 4812"
like "export -o: says so" "$errout" "keep\.trail is a case"
rm keep.trail
is "export --findings" "$(th findings -q >/dev/null; th export --findings | wc -l)" "$(th findings | wc -l)"

is "findings: columns" "$(th findings | head -1 | jq -c 'keys - ["note"]')" '["count","events","first","group","id","last","level","rule.id","rule.name","state","tags","why"]'
is "findings: each lists its events" "$(th findings | jq -c 'select((.events | length) != .count)')" ""
run th findings --fail-on critical; is "findings --fail-on: exit 3" "$code" 3
run th findings --level critical --state confirmed --fail-on critical; is "findings --fail-on: only what is listed counts" "$code" 0
mkdir -p empty-rules; run th findings --rules empty-rules; is "findings: no rule loaded is a failure" "$code" 1
is "findings: a second run changes nothing" "$(th findings | md5sum)" "$(th findings | md5sum)"

run "$TRAILHOUND" count -c s.trail 'user.nam: ivy'; is "unknown field: exit 2" "$code" 2
like "unknown field: suggestion" "$errout" "user\.name"
like "unknown field: caret" "$errout" '^ *\^+'
run "$TRAILHOUND" count -c s.trail 'user.name: (ivy'; is "bad filter: exit 2" "$code" 2
run "$TRAILHOUND" count -c s.trail a b; is "two filters: exit 2" "$code" 2
run "$TRAILHOUND" query --fromat csv; is "unknown option: exit 2" "$code" 2
like "unknown option: did you mean" "$errout" "did you mean --format"
run "$TRAILHOUND" count --limit 3; is "an option of another command: exit 2" "$code" 2
run "$TRAILHOUND" qeury; is "misspelt command: exit 2" "$code" 2
like "misspelt command: did you mean" "$errout" "query"
run "$TRAILHOUND" ''; unlike "an empty word is no misspelt command" "$errout" "did you mean"
run "$TRAILHOUND" count -c s.trail --color sometimes; is "--color with another word: exit 2" "$code" 2
run "$TRAILHOUND" ui -c s.trail; is "ui without a terminal: exit 1" "$code" 1
like "ui without a terminal: says so" "$errout" "needs a terminal"
# standard streams that are closed, full or left
for args in count query --help 'export --format source --source 1' findings 'import -c s.trail '"$TH_SRCDIR/data/samples"; do
    # shellcheck disable=SC2086 # the words of args
    "$TRAILHOUND" $args >&- 2>err; is "$args with standard output closed: exit 1, said" "$? $(grep -c 'writing output: Bad file descriptor' err)" "1 1"
    # shellcheck disable=SC2086
    { "$TRAILHOUND" $args 2>err; echo "$?" >gone; } | true; is "$args into a reader that went away: exit 0, nothing said" "$(cat gone) $(cat err)" "0 "
done
"$TRAILHOUND" export -c s.trail 'user.name: "*"' -o closed.ndjson 2>&-; is "export -o with standard error closed: nothing of it in the file" "$(wc -c <closed.ndjson | tr -d ' ')" 0
is "the only case here is the default" "$("$TRAILHOUND" count)" 4812
is "TRAILHOUND_CASE" "$(cd / && TRAILHOUND_CASE="$tmp/s.trail" "$TRAILHOUND" count)" 4812
cp s.trail t.trail
run "$TRAILHOUND" count; is "two cases: exit 2" "$code" 2
like "two cases: both named" "$errout" "s\.trail, t\.trail"
rm s.trail t.trail
run "$TRAILHOUND" count; is "no case: exit 1" "$code" 1
like "no case: says what to do" "$errout" "import"
like "--version names its libraries" "$("$TRAILHOUND" --version | tr '\n' ' ')" "^trailhound [0-9.]+ sqlite 3.*jansson 2.*zlib 1.*pcre2 10"
done_testing
