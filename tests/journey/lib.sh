# The workbench in a real terminal: a tmux of our own, told apart by its socket folder, and waits that poll for what must appear.
# Source it after tap.sh. Without tmux the test says so and ends. Nothing here waits without an end: each command of tmux has
# TH_TMUX_S seconds, each wait for the screen ten, and what was waited for is said, with the screen.
if ! command -v tmux >/dev/null 2>&1; then
    skip "journey" "tmux is not installed"
    done_testing
fi
export TMUX_TMPDIR="$tmp" TRAILHOUND_RULES="$TH_SRCDIR/data/rules"
tmux_s=${TH_TMUX_S:-30}
feeders=
# The server goes away in its own time: what it still writes must not keep the folder.
clean_up() {
    # shellcheck disable=SC2086
    [ -z "$feeders" ] || kill $feeders 2>/dev/null
    timeout -k 1 "$tmux_s" tmux -L j kill-server 2>/dev/null
    chmod -R u+rwx "$tmp" 2>/dev/null
    cd / || exit 99
    for try in 1 2 3 4 5; do
        rm -rf "$tmp" 2>/dev/null && return
        sleep 0.1
    done
    echo "# $tmp stays behind after $try tries"
}
trap clean_up EXIT
unset TMUX NO_COLOR COLORFGBG
cd "$tmp" || exit 99

# tmux itself; what it has against it is kept for tmux_ok to say. Often run in a subshell, which can't end the test.
t() {
    timeout -k 1 "$tmux_s" tmux -L j -f /dev/null "$@" 2>"$tmp/tmux.err" && return
    tmux_code=$?
    [ ! -f "$tmp/tmux.dead" ] || return "$tmux_code"
    { # an exit code of its own for a time that is over
        printf 'tmux %s: ' "$1"
        case $tmux_code in
        124 | 137) printf 'no answer within %s s' "$tmux_s" ;;
        *) printf 'exit status %s' "$tmux_code" ;;
        esac
        printf '\n'
        cat "$tmp/tmux.err"
    } >"$tmp/tmux.dead"
    return "$tmux_code"
}
# Without tmux nothing that follows means anything: the first failure ends the test.
tmux_ok() {
    [ -f "$tmp/tmux.dead" ] || return 0
    tap_line 1 "tmux does what it is told"
    diag "$(cat "$tmp/tmux.dead")"
    done_testing
}
screen() { t capture-pane -p -t j; }
now() { t display-message -p -t j "$1"; }
keys() { t send-keys -t j "$@"; tmux_ok; }       # names: Enter Down C-z
text() { t send-keys -t j -l -- "$1"; tmux_ok; } # as typed

# A terminal of COLS x ROWS with a shell in it that has job control and a prompt we know.
open_shell() { # COLS ROWS
    t new-session -d -s j -x "$1" -y "$2" -e TERM=tmux-256color "env PS1='ready> ' bash --norc --noprofile -i"
    tmux_ok
    t set-option -g status off
    t resize-window -t j -x "$1" -y "$2"
    shows 'ready>'
}

# Wait until a command succeeds, ten seconds at most.
within() { # COMMAND…
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -gt 400 ] && return 1
        sleep 0.025
    done
}
on_screen() { # PATTERN
    seen=$(screen)
    tmux_ok
    printf '%s\n' "$seen" | grep -Eq -- "$1"
}
off_screen() { ! on_screen "$1"; }
# Wait until the screen holds a pattern (extended regular expression); else what it holds is in the log.
shows() { # PATTERN
    within on_screen "$1" && return
    diag "waited ten seconds for /$1/ on the screen:"
    diag "$seen"
    return 1
}
gone() { # PATTERN
    within off_screen "$1" && return
    diag "waited ten seconds for /$1/ to leave the screen:"
    diag "$seen"
    return 1
}
# Assertions that wait.
sees() { # NAME PATTERN
    shows "$2"
    tap_line $? "$1"
}
loses() { # NAME PATTERN
    gone "$2"
    tap_line $? "$1"
}
# Give a file to a pipe, beside the test; fed waits until somebody has read it.
feed() { # FILE PIPE
    # shellcheck disable=SC2016
    timeout -k 1 $((tmux_s * 2)) sh -c 'cat "$1" >"$2"' feed "$1" "$2" >/dev/null 2>&1 &
    feeder=$!
    feeders="$feeders $feeder"
}
fed() {
    wait "$feeder" && return
    tap_line 1 "the pipe is read"
    diag "nobody read it within $((tmux_s * 2)) s; the screen:"
    diag "$(screen)"
}
run_in_shell() { # COMMAND: types it at the prompt
    text "$1"
    keys Enter
}
# The process that the shell runs in front: its newest child.
child_of() { # PID
    for stat in /proc/[0-9]*/stat; do
        sed 's/^\([0-9]*\) (.*) [A-Za-z] \([0-9]*\) .*/\1 \2/' "$stat" 2>/dev/null
    done | awk -v p="$1" '$2 == p { pid = $1 } END { print pid }'
}
# The sample incident as a case in the current folder.
make_case() { # NAME
    if [ ! -d "$TH_SRCDIR/data/samples/AWSLogs" ]; then
        skip "journey" "the samples are not here"
        done_testing
    fi
    "$TRAILHOUND" import -q -c "$1.trail" "$TH_SRCDIR/data/samples/AWSLogs" 2>/dev/null
    [ -f "$1.trail" ] || { tap_line 1 "the sample case"; done_testing; }
}
# Folder more with N large files of the sample incident's events, each with ids of its own.
make_more() { # N
    if [ ! -d "$TH_SRCDIR/data/samples/AWSLogs" ]; then
        skip "journey" "the samples are not here"
        done_testing
    fi
    mkdir more
    find "$TH_SRCDIR/data/samples/AWSLogs" -name '*.json.gz' | LC_ALL=C sort | xargs zcat 2>/dev/null >more.json
    i=0
    while [ "$i" -lt "$1" ]; do
        sed "s/\(\"eventID\":\"\)..../\1bee$i/g" more.json >"more/$i.json"
        i=$((i + 1))
    done
    rm more.json
}
