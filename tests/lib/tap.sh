# TAP for shell tests. Source it, call ok/is/like/…, end with done_testing.
# Each test gets an empty folder of its own, $tmp, removed at the end.
tap_n=0
tap_bad=0
tmp=$(mktemp -d) || exit 99
trap 'chmod -R u+rwx "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
shared=${TH_SHARED:-$TH_SRCDIR/../shared}
export TRAILHOUND_NOW=2026-03-06T12:00:00Z HOME="$tmp" XDG_CONFIG_HOME="$tmp/.config"
unset TRAILHOUND_CASE

tap_line() { # GOOD(0/1) NAME
    tap_n=$((tap_n + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %d - %s\n' "$tap_n" "$2"
    else
        printf 'not ok %d - %s\n' "$tap_n" "$2"
        tap_bad=$((tap_bad + 1))
    fi
    return "$1"
}
diag() { printf '%s\n' "$*" | sed 's/^/#   /'; }
ok() { # NAME COMMAND…: passes when the command succeeds
    tap_name=$1
    shift
    if "$@"; then tap_line 0 "$tap_name"; else tap_line 1 "$tap_name"; diag "failed: $*"; return 1; fi
}
is() { # NAME GOT WANT
    if [ "$2" = "$3" ]; then tap_line 0 "$1"; else tap_line 1 "$1"; diag "got:  $2"; diag "want: $3"; return 1; fi
}
like() { # NAME GOT PATTERN (extended regular expression)
    if printf '%s\n' "$2" | grep -Eq -- "$3"; then tap_line 0 "$1"; else tap_line 1 "$1"; diag "got:  $2"; diag "want: /$3/"; return 1; fi
}
unlike() { # NAME GOT PATTERN
    if printf '%s\n' "$2" | grep -Eq -- "$3"; then tap_line 1 "$1"; diag "got:  $2"; diag "not:  /$3/"; return 1; else tap_line 0 "$1"; fi
}
same() { # NAME FILE FILE: equal contents
    if cmp -s "$2" "$3"; then tap_line 0 "$1"; else tap_line 1 "$1"; diag "$(diff -u "$3" "$2" | head -40)"; return 1; fi
}
run() { # COMMAND…: sets $out, $errout, $code
    "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    out=$(cat "$tmp/.out")
    errout=$(cat "$tmp/.err")
}
skip() { # NAME WHY
    tap_n=$((tap_n + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_n" "$1" "$2"
}
needs() { # LIBRARY: what follows is only for a program that was built with it
    if "$TRAILHOUND" --version | grep -q "^without $1"; then
        skip "all that needs $1" "built without $1"
        done_testing
    fi
}
done_testing() {
    printf '1..%d\n' "$tap_n"
    [ "$tap_bad" -eq 0 ]
    exit
}
