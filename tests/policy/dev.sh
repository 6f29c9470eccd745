#!/bin/sh
# What ./dev says of the tests is what happened: programs that die, drivers that die, a run that is stopped; and of packages that it can't install.
. "$TH_SRCDIR/tests/lib/tap.sh"
driver=$TH_SRCDIR/build-aux/tap-driver.sh
command -v bash >/dev/null || { skip "dev" "no bash"; done_testing; }
[ -f "$driver" ] || { skip "dev" "no tap-driver.sh"; done_testing; }
cd "$tmp" || exit 99

# one NAME PROGRAM: as automake runs a test, with what it leaves behind.
cat >one <<'S'
sh "${DRIVER}" --test-name "$1.sh" --log-file "b/$1.log" --trs-file "b/$1.trs" --color-tests no --enable-hard-errors yes \
    --expect-failure no -- sh -c "$2"
S
chmod +x one
export DRIVER="$driver"
# said NAMES BODY: what check_run says of a run that does BODY.
said() {
    mkdir -p b
    printf 'one() { sh ./one "$@"; }\n%s\n' "$2" >body
    # shellcheck disable=SC2016
    run bash -euc '. "$0"; check_run b "$1" bash ./body' "$TH_SRCDIR/tests/lib/check.sh" "$1"
    sum=$(printf '%s\n' "$out" | tail -1)
}
good='one good "echo ok 1 - a; echo ok 2 - b; echo ok 3 - c \# SKIP no; echo 1..3"'

said good "$good"
is "a good program" "$code $sum" "0 2 passed, 0 failed, 1 skipped"
is "nothing else on standard output" "$out" "$sum"
like "progress and the log on standard error" "$errout" 'log: b/check\.log'
like "a character for it" "$errout" '^\.$'

said "good bad" "$good
one bad 'echo ok 1 - a; echo not ok 2 - b; echo 1..2; exit 1'"
is "a failed assertion and the exit status that says so: one failure" "$code $sum" "1 3 passed, 1 failed, 1 skipped"
like "is named" "$out" '^FAIL: bad.sh 2 - b$'
like "and has its character" "$errout" '^\.F$'

said "good dies" "$good
one dies 'echo ok 1 - a; echo ok 2 - b; kill -SEGV \$\$'"
is "a program that dies midway: what it passed, and one failure" "$code $sum" "1 4 passed, 1 failed, 1 skipped"
like "its signal" "$out" '^ERROR: dies.sh - exited with status 139 \(terminated by signal 11\?\)$'

said dies "one dies 'echo ok 1 - a; echo not ok 2 - b; kill -SEGV \$\$'"
is "one that failed before it died: two" "$code $sum" "1 1 passed, 2 failed, 0 skipped"

said bails "one bails 'echo ok 1 - a; echo Bail out! no folder; exit 1'"
is "one that gives up" "$code $sum" "1 1 passed, 1 failed, 0 skipped"

said "good quiet" "$good
one quiet 'exit 0'"
is "one without a plan" "$code $sum" "1 2 passed, 1 failed, 1 skipped"
like "why" "$out" '^ERROR: quiet.sh - missing test plan$'

said few "one few 'echo ok 1 - a; echo 1..3'"
is "one that did less than it planned" "$code $sum" "1 1 passed, 1 failed, 0 skipped"

said skips "one skips 'echo 1..0 \# SKIP no tool'; one good 'echo ok 1 - a; echo 1..1'"
like "one that skips all has its character" "$errout" '^s$'
is "and skips alone are no pass" "$code $sum" "1 0 passed, 1 failed, 1 skipped"

said "good no_awk" "$good
AM_TAP_AWK=./no-such-awk; export AM_TAP_AWK
one no_awk 'echo ok 1 - a; echo 1..1'"
is "no awk for one of two: the other counts" "$code $sum" "1 2 passed, 1 failed, 1 skipped"
like "it is named" "$out" '^ERROR: no_awk - did not get to its end'

said "good no_driver" "$good
DRIVER=./no-such-driver; export DRIVER
one no_driver 'echo ok 1 - a; echo 1..1'"
is "no driver" "$code $sum" "1 2 passed, 1 failed, 1 skipped"
like "what did not run is named" "$out" '^ERROR: no_driver - did not run$'

# What the driver noted before it was killed.
said "good killed" "$good
printf 'ok 1 - a\nok 2 - b # SKIP no\nnot ok 3 - c\nok 4 - d\n' >b/killed.log"
is "a driver that died: what its log holds, and one failure" "$code $sum" "1 4 passed, 2 failed, 2 skipped"

said "good later last" "$good
kill -KILL \$\$"
is "the run itself is killed: what did not run is counted" "$code $sum" "1 2 passed, 2 failed, 1 skipped"
like "and named" "$(printf '%s\n' "$out" | tr '\n' ' ')" 'ERROR: later - did not run ERROR: last - did not run '

said good "$good
exit 2"
is "the run fails though all passed" "$code $sum" "1 2 passed, 1 failed, 1 skipped"

said "good stale" "one stale 'echo ok 1 - a; echo 1..1'; $good"
said "good stale" "$good"
is "results of an earlier run are not counted again" "$code $sum" "1 2 passed, 1 failed, 1 skipped"

said "" "exit 0"
is "no programs at all" "$code $sum" "1 0 passed, 1 failed, 0 skipped"

# A signal for who counts: stops the run, not the count.
said "good later" "$good
kill -TERM \$PPID
exec sleep 100"
is "stopped by a signal" "$code $sum" "1 2 passed, 1 failed, 1 skipped"
like "which is said" "$out" '^ERROR: stopped by a signal$'

# ---- a test without an end ----
run env TH_TEST_SECONDS=1 sh "$TH_SRCDIR/tests/lib/deadline.sh" sh -c 'echo "ok 1 - so far"; sleep 100'
is "a program without an end is stopped" "$code" 124
like "and says so in the words of TAP" "$out" 'Bail out! No end within 1 seconds: stopped'
run sh "$TH_SRCDIR/tests/lib/deadline.sh" sh -c 'exit 3'
is "other ends are what they are" "$code $out" "3 "

# ---- packages ----
mkdir bin
for tool in bash sh dirname cat sed; do ln -s "$(command -v $tool)" bin/$tool; done
printf '#!/bin/sh\necho 1000\n' >bin/id
for tool in dpkg-query git; do printf '#!/bin/sh\n' >bin/$tool; done
formatter=clang-format-$(sed -n 's/^# clang-format \([0-9]*\).*/\1/p' "$TH_SRCDIR/.clang-format")
printf '#!/bin/sh\necho clang-format version %s.0\n' "${formatter##*-}" >"bin/$formatter"
printf '#!/bin/sh\necho went on\n' >bin/xargs
chmod +x bin/*
run env PATH="$tmp/bin" bash "$TH_SRCDIR/dev" format
is "neither root nor sudo: it goes on" "$code $out" "0 went on"
is "and says what to do, not what it does not do" "$errout" "dev: missing: $formatter; install them with: apt-get install $formatter"
printf '#!/bin/sh\nexit 1\n' >bin/sudo
chmod +x bin/sudo
run env PATH="$tmp/bin" bash "$TH_SRCDIR/dev" format
is "a sudo that wants a password that nobody can give" "$code $out $errout" \
    "0 went on dev: missing: $formatter; install them with: apt-get install $formatter"
done_testing
