#!/bin/sh
# Where output goes: -o to files, links, FIFOs, devices and descriptors; modes of new files; findings for spreadsheets and narrow terminals.
. "$TH_SRCDIR/tests/lib/tap.sh"
export LC_ALL=C.UTF-8
cd "$tmp" || exit 99
umask 022
run "$TRAILHOUND" import -q -c s.trail "$TH_SRCDIR/data/samples"
th() { "$TRAILHOUND" "$@" -c s.trail; }
mode() { stat -c %a "$1"; }
kind() { stat -c %F "$1"; }
is "a new case is its owner's alone" "$(mode s.trail)" 600
th export --format raw >want
lines=$(wc -l <want)

th export --format raw -o new; same "a new file" new want
is "is its owner's alone" "$(mode new)" 600
echo old >old; chmod 640 old
th export --format raw -o old; same "an older file is replaced" old want
is "and keeps its mode" "$(mode old)" 640
mkdir there; echo old >there/target; ln -s there/target link; ln -s there/made dangling
th export --format raw -o link; same "through a link" there/target want
th export --format raw -o dangling; same "through a link to nothing" there/made want
is "links stay links" "$(kind link) $(kind dangling)" "symbolic link symbolic link"
ln -s s.trail also; run th export -o also; is "a case behind a link is not written over" "$code $(th count)" "2 4812"

mkfifo fifo
timeout 60 cat fifo >got & reader=$!
ok "into a FIFO" th export --format raw -o fifo
wait $reader; same "its reader got all of it" got want
is "the FIFO is one still" "$(kind fifo)" fifo
timeout 60 head -1 fifo >first & reader=$!
run th export --format raw -o fifo; is "a reader that has seen enough: exit 0, nothing said" "$code $errout" "0 "
wait $reader; same "it has seen the first line" first - <<X
$(head -1 want)
X
# Nobody reads: it waits, and ends on a signal (a background job of sh ignores SIGINT, SIGTERM means the same). The first may come
# before it waits, so they are sent until one is seen; none before the program is there and asleep.
"$TRAILHOUND" export -c s.trail -o fifo 2>err & writer=$!
until grep -q '(trailhound) S' /proc/$writer/stat 2>/dev/null || ! kill -0 $writer; do :; done
while kill -TERM $writer 2>/dev/null; do :; done
wait $writer; is "waiting for a reader can be interrupted" "$? $(cat err)" "130 trailhound: interrupted"

is "to /dev/stdout" "$(th export --format raw -o /dev/stdout | cmp - want && echo same)" same
{ echo before; th export --format raw -o /dev/stdout; echo after; } >log
is "/dev/stdout into a file: between what others write" "$(sed -n '1p;$p' log | tr '\n' ' ')$(sed '1d;$d' log | cmp - want && echo same)" "before after same"
is "to a descriptor" "$(th export --format raw -o /dev/fd/7 7>seven; cmp seven want && echo same)" same
if command -v bash >/dev/null; then
    # shellcheck disable=SC2016 # for bash
    is "to >(…)" "$(bash -c 'exec 3>&1; "$TRAILHOUND" export -c s.trail --format raw -o >(wc -l >&3) | cat' | tr -d ' ')" "$lines"
else
    skip "to >(…)" "no bash"
fi
# Nodes of our own: those of the system must not be at risk.
if mknod null c 1 3 2>/dev/null && mknod full c 1 7 2>/dev/null && : 2>/dev/null >null; then
    ok "to a device" th export -o null
    run th export -o full; is "a full device: exit 1" "$code" 1
    like "a full device: says so" "$errout" "full: .*No space left on device"
    run th export -o full 'event.action: StopLogging'; is "little on a full device: exit 1" "$code" 1
    is "they are devices still" "$(kind null), $(kind full)" "character special file, character special file"
else
    skip "to a device" "no device can be made and opened here"
fi

# A file that can't become whole. 100 blocks are less than the export and more than a message.
echo old >keep
(ulimit -f 100; exec "$TRAILHOUND" export -c s.trail --format raw -o keep) 2>err
is "no room: exit 1" "$?" 1
is "no room: the older file is as it was" "$(cat keep)" old
(ulimit -f 100; exec "$TRAILHOUND" export -c s.trail --format raw -o never) 2>err
ok "no room: no new file" [ ! -e never ]
run th export -o nowhere/x; is "no such folder: exit 1" "$code" 1
like "no such folder: says so" "$errout" "nowhere/x: No such file"
run th export -o there; like "a folder: says so" "$errout" "there: Is a directory"
is "nothing is left beside" "$(find . -name '*trailhound-*' -o -name '*.part')" ""

printf ':screenshot link\n:screenshot also\n' >script
run env LINES=24 COLUMNS=80 "$TRAILHOUND" ui -c s.trail --script script
is "the picture of a screen goes through a link, and not over a case" "$(kind link) $(wc -l <there/target) $(th count)" "symbolic link 24 4812"

# findings
th findings -q --format csv | tr -d '\r' >csv
is "findings: csv: columns" "$(head -1 csv)" "id,rule.id,rule.name,level,tags,group,first,last,count,why,state,note"
is "findings: csv: a row each" "$(sed 1d csv | wc -l)" "$(th findings -q | wc -l)"
like "findings: csv: plain words" "$(grep ',Trail stopped,' csv)" '^[0-9]+,[^,]*,Trail stopped,critical,"attack[^"\[]*, attack[^"]*",requestParameters.name: org-trail,'
like "findings: csv: a group of two" "$(cat csv)" ',"trailhound.actor: BackupRole/x, aws.cloudtrail.recipient_account_id: 444455556666",'
is "export --findings: the same" "$(th export --findings --format csv | tr -d '\r' | cmp - csv && echo same)" same
is "findings --events: csv: a row an event" "$(th findings -q --events --format csv | sed 1d | wc -l)" "$(th findings -q | jq -s 'map(.count) | add')"
is "findings --events: csv: columns" "$(th findings -q --events --format csv | head -1 | tr -d '\r')" \
    "id,rule.id,rule.name,level,group,state,@timestamp,event.action,user.name,source.ip,event.outcome,event.id"
is "findings --events: jsonl: the events of each" "$(th findings -q --events | jq -c '[.id,."event.id"]' | sort | sha256sum)" \
    "$(th findings -q | jq -c '.id as $id | .events[] | [$id,.]' | sort | sha256sum)"
is "findings --events: jsonl: what happened" "$(th findings -q --events | jq -c 'select(."rule.name" == "Trail stopped") | [.level,.group,.state,."event.action",."user.name"]')" \
    '["critical",{"requestParameters.name":"org-trail"},"new","StopLogging","ivy"]'
like "findings --events: table" "$(th findings -q --events --format table)" "^Trail stopped .*StopLogging +ivy"

if command -v script >/dev/null; then
    for width in 30 60 80 100 139; do
        COLUMNS=$width script -qec "'$TRAILHOUND' findings -q -c s.trail" /dev/null </dev/null | tr -d '\r' >lines
        ok "findings: inside $width columns" [ "$(wc -L <lines)" -le "$width" ]
        unlike "findings: nothing is cut at $width columns" "$(cat lines)" "…"
        tr -d ' \n' <lines >words
        th findings -q | jq -r '."rule.name", .why' | tr -d ' ' | while read -r text; do grep -qF -e "$text" words || echo "$text"; done >missing
        is "findings: every word is there at $width columns" "$(cat missing)" ""
    done
    COLUMNS=80 script -qec "'$TRAILHOUND' findings -q -c s.trail" /dev/null </dev/null | tr -d '\r' >lines
    like "findings: the first line" "$(sed -n 2p lines)" '^critical +Trail stopped +1 +2026-03-03 02:19:44 +new$'
    like "findings: the second" "$(sed -n 3p lines)" '^    requestParameters\.name: org-trail · StopLogging by ivy'
    like "findings: what the end of a time has in common with its beginning is said once" "$(cat lines)" '^ +86 +2026-03-03 02:14:01–02:14:29 +new$'
    COLUMNS=140 script -qec "'$TRAILHOUND' findings -q -c s.trail" /dev/null </dev/null | tr -d '\r' >lines
    like "findings: a table at 140 columns" "$(sed -n 1p lines)" '^WHAT +LEVEL +GROUP'
else
    skip "findings on a terminal" "no script(1)"
fi

# cells that no spreadsheet takes
long=$(printf '%040000d' 0)
printf '{"eventName":"X","eventTime":"2026-03-01T09:00:00Z","eventID":"long","userAgent":"%s"}' "$long" >f
"$TRAILHOUND" import -q -c long.trail f
cut() { # NAME COMMAND…
    run "$TRAILHOUND" "$@" -c long.trail --format csv
    is "$1: no cell is longer than a spreadsheet takes" "$code $(printf '%s\n' "$out" | grep -o '00* \.\.\. \[cut\]' | wc -L)" "0 32767"
    like "$1: says so" "$errout" "1 cell was longer than the 32767 characters"
}
cut query --fields user_agent.original
cut export --fields user_agent.original
cut facets user_agent.original
cut sql 'select "user_agent.original" from ecs'
done_testing
