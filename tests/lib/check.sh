# Run what runs the tests of a build folder, show a character for each program that ends, and count what all of them said.
#
# Source it, with bash. It reads what automake's tap-driver.sh leaves behind for each program NAME: NAME.trs, its results, written at the very
# end, and NAME.log, what the program said and the driver made of it. Every program counts, also one whose driver died (a log without results)
# or that never ran (neither). No awk here: that may be what is missing.

# The programs of a build folder, by their names without .log.
check_names() { # BUILD-DIR
    local log
    for log in $(printf 'include Makefile\ncheck-names:\n\t@echo $(TEST_LOGS)\n' |
        make -s --no-print-directory -C "$1" -f - check-names); do
        printf '%s\n' "${log%.log}"
    done
}

# What one program said: adds to passed, failed and skipped, and prints its failures.
check_one() { # BUILD-DIR NAME
    local log=$1/$2.log line pass=0 fail=0 skip=0 errors=0 died=0 ended=0
    if [ -f "$1/$2.trs" ]; then
        while IFS= read -r line; do
            case $line in
            ':global-test-result: '*) ended=1 ;;
            ':test-result: PASS' | ':test-result: XFAIL') pass=$((pass + 1)) ;;
            ':test-result: FAIL' | ':test-result: XPASS') fail=$((fail + 1)) ;;
            ':test-result: SKIP') skip=$((skip + 1)) ;;
            ':test-result: ERROR') errors=$((errors + 1)) ;;
            esac
        done <"$1/$2.trs"
    fi
    if [ "$ended" = 1 ] && [ $((fail + errors)) -gt 0 ]; then
        while IFS= read -r line; do
            case $line in
            "FAIL: $2"* | "XPASS: $2"*) printf '%s\n' "$line" ;;
            "ERROR: $2"*)
                printf '%s\n' "$line"
                # A program that failed an assertion exits with a status that says so: that is no second failure.
                case $line in
                *'terminated by signal'*) died=1 ;;
                *' - exited with status '*) ;;
                *) died=1 ;;
                esac
                ;;
            esac
        done <"$log"
        if [ "$errors" -gt 0 ] && { [ "$died" = 1 ] || [ "$fail" -eq 0 ]; }; then
            fail=$((fail + 1))
        fi
    elif [ "$ended" = 1 ]; then
        if [ $((pass + skip)) -eq 0 ]; then
            printf 'ERROR: %s - said nothing\n' "$2"
            fail=1
        fi
    elif [ -f "$log" ]; then
        while IFS= read -r line; do
            case $line in
            'not ok '*'# TODO'*) pass=$((pass + 1)) ;;
            'ok '*'# SKIP'*) skip=$((skip + 1)) ;;
            'ok '*) pass=$((pass + 1)) ;;
            'not ok '*)
                fail=$((fail + 1))
                printf 'FAIL: %s %s\n' "$2" "${line#not ok }"
                ;;
            esac
        done <"$log"
        printf 'ERROR: %s - did not get to its end, or what reads it did not\n' "$2"
        fail=$((fail + 1))
    else
        printf 'ERROR: %s - did not run\n' "$2"
        fail=1
    fi
    [ "$fail" -eq 0 ] || failed_logs="$failed_logs $log"
    passed=$((passed + pass)) failed=$((failed + fail)) skipped=$((skipped + skip))
}

# A character for each program that ended since the last look: . passed, s skipped, F the rest.
check_look() { # BUILD-DIR; names, seen
    local name line
    for name in $names; do
        case $seen in *" $name "*) continue ;; esac
        [ -f "$1/$name.trs" ] || continue
        IFS= read -r line <"$1/$name.trs" || continue
        seen="$seen$name "
        case $line in
        *PASS) printf . >&2 ;;
        *SKIP) printf s >&2 ;;
        *) printf F >&2 ;;
        esac
    done
}

# Run COMMAND, which runs the programs NAMES (one string) of a build folder, with its output in BUILD-DIR/check.log. Prints failures and, as the
# last line, the sum of all assertions; progress goes to standard error. Fails when anything failed. A signal stops the command, not the count.
check_run() { # BUILD-DIR NAMES COMMAND…
    local dir=$1 names=$2 pid code=0 name seen=' ' passed=0 failed=0 skipped=0 failed_logs='' stopped=''
    local log=$dir/check.log
    shift 2
    # What an earlier run left says nothing of this one.
    for name in $names; do
        rm -f "$dir/$name.trs" "$dir/$name.log"
    done
    printf 'dev: %s test programs are built and run, which takes minutes; log: %s\n' "$(set -- $names; echo $#)" "$log" >&2
    "$@" >"$log" 2>&1 &
    pid=$!
    trap 'stopped=yes; kill "$pid" 2>/dev/null' INT TERM HUP
    while kill -0 "$pid" 2>/dev/null; do
        check_look "$dir"
        sleep 0.5
    done
    wait "$pid" || code=$?
    trap - INT TERM HUP
    check_look "$dir"
    printf '\n' >&2
    for name in $names; do
        check_one "$dir" "$name"
    done
    if [ -n "$stopped" ]; then
        printf 'ERROR: stopped by a signal\n'
    fi
    if [ "$failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$passed" -eq 0 ] || [ -n "$stopped" ]; }; then
        printf 'ERROR: what runs the tests ended with status %s\n' "$code"
        failed=1
    fi
    if [ "$failed" -ne 0 ]; then
        printf 'dev: details in %s and beside it; its end:\n' "$log" >&2
        tail -20 "$log" >&2
        # shellcheck disable=SC2086
        [ -z "$failed_logs" ] || grep -E -h -A8 '^not ok' $failed_logs /dev/null 2>/dev/null | head -120 >&2 || true
    fi
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
