#!/bin/sh
# A case is never evidence, and never silently a new case; nothing is made before it is sure to be used; commands are told from files.
. "$TH_SRCDIR/tests/lib/tap.sh"
cd "$tmp" || exit 99
export TRAILHOUND_GEOIP=
mkdir F G
event() { printf '{"eventName":"E","eventTime":"2026-03-01T09:00:00Z","eventID":"%s"}' "$1"; }
event f >F/f.json; event g >G/g.json
cases() { find . -maxdepth 1 -name '*.trail*' | sort | tr '\n' ' '; }
"$TRAILHOUND" import -q -c c.trail F
count() { "$TRAILHOUND" count -c "$1"; }

# among the words
run "$TRAILHOUND" import c.trail G; is "the case among the words, first: the others go into it" "$code $(count c.trail) $(cases)" "0 2 ./c.trail "
event h >G/h.json
run "$TRAILHOUND" import G c.trail; is "last" "$code $(count c.trail) $(cases)" "0 3 ./c.trail "
run "$TRAILHOUND" import G c.trail F ./c.trail -c "$tmp/c.trail"; is "named again and again" "$code $(count c.trail) $(cases)" "0 3 ./c.trail "
cp c.trail plain-name; event i >G/i.json
run "$TRAILHOUND" import plain-name G; is "a case by its content, whatever its name" "$code $(count plain-name) $(cases)" "0 4 ./c.trail "
run env TRAILHOUND_CASE=d.trail "$TRAILHOUND" import plain-name F; is "goes before the environment" "$code $(cases)" "0 ./c.trail "
rm plain-name; cp c.trail d.trail
run "$TRAILHOUND" import c.trail d.trail F; is "two cases: exit 2" "$code $(count c.trail) $(cases)" "2 3 ./c.trail ./d.trail "
like "two cases: both named" "$errout" "two cases, c\.trail and d\.trail"
run "$TRAILHOUND" import -c d.trail F c.trail; is "a case, and another one by -c: exit 2" "$code $(count d.trail)" "2 3"
like "both named" "$errout" "two cases, d\.trail and c\.trail"
run "$TRAILHOUND" import -c new.trail c.trail; is "a case into a new case: exit 2, none is made" "$code $(cases)" "2 ./c.trail ./d.trail "
run "$TRAILHOUND" import c.trail; is "a case and nothing else: exit 2" "$code $(cases)" "2 ./c.trail ./d.trail "
like "says why" "$errout" "nothing to import: c\.trail is a case"
rm d.trail

# inside a folder
mkdir H; cp c.trail H/old.trail; event j >H/j.json
run "$TRAILHOUND" import -q -c h.trail H; is "a case in a folder is no evidence" "$code $(count h.trail)" "0 1"
is "is skipped, in words" "$("$TRAILHOUND" sources -c h.trail --format jsonl | jq -r 'select(.skipped).skipped')" "a Trailhound case, not evidence"
rm h.trail

# what is no case
if command -v sqlite3 >/dev/null; then sqlite3 bad-other.trail 'create table t(x)'; else printf 'x' >bad-other.trail; fi
head -c 20000 c.trail >bad-short.trail
head -c 50 c.trail >bad-shorter.trail
{ head -c 100 /dev/zero; tail -c +101 c.trail; } >bad-zeroed.trail
cp c.trail bad-hole.trail; dd if=/dev/zero of=bad-hole.trail bs=8192 seek=1 count=40 conv=notrunc 2>/dev/null
head -c 100000 /dev/urandom >bad-random.trail
: >bad-empty.trail
event k >bad-json.trail
mkdir bad-folder.trail; cp F/f.json bad-folder.trail
cases >before
for bad in bad-*.trail; do
    rm -f sum; [ -d "$bad" ] || cksum <"$bad" >sum
    for args in "$bad" "ui -c $bad --script keys" "import F $bad" "import -q $bad F" "count -c $bad" "findings -c $bad" "sources -c $bad" "verify -c $bad"; do
        echo ':wait' >keys
        # shellcheck disable=SC2086 # the words of args
        run "$TRAILHOUND" $args
        is "trailhound $args: exit 1, in words, nothing on standard output" "$code $out $(printf '%s\n' "$errout" | grep -c "$bad\|needs a terminal")" "1  1"
    done
    is "$bad: nothing made, nothing changed" "$(cases) $([ -d "$bad" ] || cksum <"$bad")" "$(cat before) $(cat sum 2>/dev/null)"
done
run "$TRAILHOUND" bad-json.trail F; is "evidence that has a case's name is none" "$code" 1
like "and says so" "$errout" "bad-json\.trail is not a Trailhound case"
run "$TRAILHOUND" import -q -c bad-random.trail F; is "import -c: a file that is no case: exit 1" "$code" 1
rm -r bad-*
run "$TRAILHOUND" x.trail; is "a case that is not there: exit 1" "$code $(cases)" "1 ./c.trail "
like "says so" "$errout" "there is no case x\.trail"
run "$TRAILHOUND" import F x.trail; is "import into one that is not there: the same" "$code $(cases)" "1 ./c.trail "

# nothing is made in vain
run "$TRAILHOUND" F; is "no terminal for the workbench: exit 1, no case" "$code $out $(cases)" "1  ./c.trail "
like "says what to do" "$errout" "needs a terminal.*trailhound import F$"
run "$TRAILHOUND" -c n.trail F G; is "with -c: the same" "$code $(cases)" "1 ./c.trail "
like "says what to do, with it" "$errout" "trailhound import -c n\.trail F G$"
run "$TRAILHOUND" F c.trail; is "into a case that is there: nothing changed" "$code $(count c.trail)" "1 3"
if command -v script >/dev/null; then
    run script -qec "stty rows 24 cols 80; TERM=dumb '$TRAILHOUND' F" /dev/null; is "a terminal that can't show it: exit 1, no case" "$code $(cases)" "1 ./c.trail "
    like "says so" "$out" "dumb"
else
    skip "a terminal that can't show the workbench" "no script"
fi
run "$TRAILHOUND" import nowhere; is "a path that isn't there: no case" "$code $(cases)" "1 ./c.trail "
run "$TRAILHOUND" import F nowhere; is "nor with one that is" "$code $(cases)" "1 ./c.trail "
mkdir none
run "$TRAILHOUND" import -q none; is "an empty folder has been read" "$code $(cases)" "0 ./c.trail ./none.trail "
rm none.trail
printf '{"eventName":' >broken.json
run "$TRAILHOUND" import -q broken.json; is "evidence that gave only rejects: exit 4, and a case that tells" "$code $(cases)" "4 ./broken.trail ./c.trail "
rm broken.trail
# nobody: the file can't be read (root reads everything)
locked() {
    if [ "$(id -u)" -ne 0 ]; then "$@"; else setpriv --reuid 65534 --clear-groups "$@"; fi
}
if [ "$(id -u)" -ne 0 ] || { command -v setpriv >/dev/null && locked "$TRAILHOUND" version >/dev/null 2>&1; }; then
    mkdir L; event l >L/l.json; chmod 000 L/l.json; chmod 777 . L
    run locked "$TRAILHOUND" import L/l.json; is "a file that can't be read: exit 1, no case" "$code $(cases)" "1 ./c.trail "
    run locked "$TRAILHOUND" import L L/l.json; is "a folder of such files" "$code $(cases)" "1 ./c.trail "
    like "says so" "$errout" "L and others: no file could be read"
    chmod 000 L
    run locked "$TRAILHOUND" import L; is "a folder that can't be read" "$code $(cases)" "1 ./c.trail "
    chmod 777 L; chmod 644 F/f.json; chmod 755 F
    run locked "$TRAILHOUND" import -q L F; is "one that can is enough" "$code $(cases)" "4 ./L.trail ./c.trail "
else
    skip "files that can't be read" "root, and no setpriv"
fi
is "no journal is left anywhere" "$(find . -name '*-wal' -o -name '*-shm' -o -name '*-journal')" ""

# commands
run "$TRAILHOUND" help; is "help: as --help" "$code $out" "0 $("$TRAILHOUND" --help)"
run "$TRAILHOUND" help import; is "help COMMAND: as COMMAND --help" "$code $out" "0 $("$TRAILHOUND" import --help)"
run "$TRAILHOUND" version; is "version: as --version" "$code $out" "0 $("$TRAILHOUND" --version)"
run "$TRAILHOUND" help imprt; is "help for a mistyped one: exit 2" "$code" 2
like "did you mean" "$errout" "did you mean import"
for words in "improt x" "improt F" "findngs" "findngs --level high" "fidnings c.trail" "vesion"; do
    # shellcheck disable=SC2086
    run "$TRAILHOUND" $words; is "trailhound $words: exit 2" "$code $(cases | grep -c improt)" "2 0"
    like "did you mean" "$errout" "did you mean.*(import|findings|version)"
    unlike "no word of files only" "$errout" "No such file"
done
run "$TRAILHOUND" zebra F; is "a word that is nothing: exit 2" "$code" 2
like "a word about commands" "$errout" "no command, file or folder 'zebra'"
mkdir help; event m >help/m.json
run "$TRAILHOUND" help; is "a command goes before a folder of its name" "$out" "$("$TRAILHOUND" --help)"
run "$TRAILHOUND" import -q ./help; is "./ is the folder" "$code $(count help.trail)" "0 1"
done_testing
