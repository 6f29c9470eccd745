#!/bin/sh
# Which rules run, and what stays when others do: what was said of findings, and the findings of rules whose folder is gone.
. "$TH_SRCDIR/tests/lib/tap.sh"
command -v jq >/dev/null || { skip "rules of a case" "no jq"; done_testing; }
export TRAILHOUND_RULES="$TH_SRCDIR/data/rules" LC_ALL=C.UTF-8 LINES=30 COLUMNS=160
cd "$tmp" || exit 99
th() { name=$1; shift; "$TRAILHOUND" "$name" -c s.trail "$@"; }
states() { th findings "$@" 2>/dev/null | jq -r '.state' | sort | uniq -c | awk '{ printf "%s%s %s", s, $1, $2; s = " " }'; }
rule() { # ID TITLE EVENT
    printf 'title: %s\nid: %s\nlevel: low\nlogsource: { product: aws, service: cloudtrail }\ndetection:\n    s:\n        eventName: %s\n    condition: s\n' "$2" "$1" "$3"
}
mkdir -p own other none shipped
rule 6c0e2c53-28a5-4a0c-8cd5-0d9a4e3b6d01 'Users listed' ListUsers >own/users.yml
rule 6c0e2c53-28a5-4a0c-8cd5-0d9a4e3b6d02 'Trail stopped' StopLogging >other/stopped.yml
rule 6c0e2c53-28a5-4a0c-8cd5-0d9a4e3b6d03 'Trail stopped once more' StopLogging >shipped/again.yml
ran() { th sql "select group_concat(title, ';') t from (select title from rule where events >= 0 order by title)" | jq -r .t; }
"$TRAILHOUND" import -q -c s.trail "$TH_SRCDIR/data/samples/AWSLogs" 2>/dev/null

# ---- what was said stays ----
n=$(th findings 2>/dev/null | wc -l | tr -d ' ')
ok "the shipped rules find something" [ "$n" -gt 10 ]
before=$(th findings | jq -S -c 'del(.id, .state)')
i=0
printf 'F\n' >dismiss
while [ "$i" -lt "$n" ]; do
    printf '<Home>' >>dismiss
    k=0
    while [ "$k" -lt "$i" ]; do printf '<Down>' >>dismiss; k=$((k + 1)); done
    printf 'b<Enter>\n' >>dismiss
    i=$((i + 1))
done
run "$TRAILHOUND" ui -c s.trail --script dismiss
is "all are dismissed without a note" "$(states) $(th findings | jq -c 'select(.note != null)')" "$n benign "
is "other rules run" "$(states --rules other)" "1 new"
is "dismissed findings are dismissed when the shipped rules are back" "$(states --rules shipped)" "$n benign"
is "and are the same" "$(th findings | jq -S -c 'del(.id, .state)' | sort)" "$(printf '%s\n' "$before" | sort)"

# ---- which rules run ----
is "rules that are named" "$(states --rules own --rules other >/dev/null; ran)" "Trail stopped;Users listed"
is "are those of the next run" "$(states >/dev/null; ran)" "Trail stopped;Users listed"
is "from any folder" "$(mkdir -p sub && cd sub && "$TRAILHOUND" findings -c ../s.trail >/dev/null 2>&1; echo $?)" 0
is "as absolute paths" "$(th sql "select value v from meta where key = 'rules.folders'" | jq -r .v)" "$(realpath own)
$(realpath other)"
run th findings --rules none; is "a folder without rules is a failure" "$code" 1
is "and neither remembered nor the end of any finding" "$(states >/dev/null; ran)" "Trail stopped;Users listed"
run th findings --rules nowhere; is "nor is one that isn't there" "$code $(ran)" "1 Trail stopped;Users listed"
cp s.trail ro.trail; chmod a-w ro.trail
if [ -w ro.trail ]; then
    skip "a case that can't be written takes other rules and forgets them" "this user may write everything"
else
    run "$TRAILHOUND" findings -c ro.trail --rules other; is "a case that can't be written takes other rules and forgets them" "$code $(sha256sum <ro.trail)" "0 $(sha256sum <s.trail)"
fi
rm -f ro.trail
printf ':events\nF\n:screenshot own.txt\n' >look
run "$TRAILHOUND" ui -c s.trail --script look
like "the workbench runs them and says so" "$(sed -n 1p own.txt)" 'rules: own, other'
is "shipped is a word" "$(states --rules shipped)" "$n benign"
is "and what a case then has that remembers nothing" "$(th sql "select value v from meta where key = 'rules.folders'" | jq -r .v)" ""
run "$TRAILHOUND" ui -c s.trail --script look
unlike "the shipped ones go without saying" "$(sed -n 1p own.txt)" 'rules:'
is "it goes beside folders, and ./shipped is one" "$(th findings --rules shipped --rules ./shipped 2>/dev/null | jq -c 'select(."rule.name" == "Trail stopped once more").count' | wc -l | tr -d ' ') $(states)" "1 $n benign 1 new"

# ---- a folder that is gone ----
states --rules own --rules other >/dev/null
before=$(th findings | sha256sum)
mv other gone
run th findings; is "a folder that is gone: exit 1, its findings are listed" "$code $(printf '%s\n' "$out" | sha256sum)" "1 $before"
like "and it is said" "$errout" "$(realpath .)/other isn't there any more"
run th findings --fail-on low; is "findings still count for --fail-on" "$code" 3
mv own gone2
run th findings; is "all folders gone" "$code $(printf '%s\n' "$out" | sha256sum)" "1 $before"
run "$TRAILHOUND" ui -c s.trail --script look
like "the workbench says it" "$errout" "/own isn't there any more"
mv gone2 own; mv gone other
run th findings; is "folders that are back" "$code $(printf '%s\n' "$out" | sha256sum)" "0 $before"

# ---- a case of the format before ----
run "$TRAILHOUND" verify -c s.trail; is "verify" "$code $out" "0 "
if command -v sqlite3 >/dev/null; then
    states --rules shipped >/dev/null
    sqlite3 s.trail 'drop table triage; drop table triage_event; drop table triage_finding; pragma user_version = 2'
    is "format 2, read: findings" "$(th export --findings | jq -r .state | sort | uniq -c | tr -s ' ')" " $n benign"
    run th verify; is "format 2, read: verify" "$code $out" "0 "
    is "format 2, read: sql" "$(th sql 'select state, count(*) n from findings group by 1')" "{\"state\":\"benign\",\"n\":$n}"
    is "which reading leaves as it is" "$(sqlite3 s.trail 'pragma user_version')" 2
    states --rules other >/dev/null
    is "format 2, written: states" "$(states --rules shipped)" "$n benign"
    run th verify; is "format 3 then: verify" "$code $out" "0 "
    sqlite3 s.trail "update triage set state = 'new'; create table triage2(x)"
    run th verify; is "what isn't evidence may change" "$code" 0
    sqlite3 s.trail 'drop index triage_rule'
    run th verify; like "but a case has its indexes" "$code $errout" "^1 .*triage_rule is missing"
else
    skip "a case of the format before" "no sqlite3"
fi
done_testing
