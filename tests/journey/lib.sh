# The workbench in a real terminal: a tmux of our own, told apart by its socket folder, and waits that poll for what must appear.
# Source it after tap.sh. Without tmux the test says so and ends.
if ! command -v tmux >/dev/null 2>&1; then
    skip "journey" "tmux is not installed"
    done_testing
fi
export TMUX_TMPDIR="$tmp" TRAILHOUND_RULES="$TH_SRCDIR/data/rules"
# The server goes away in its own time: what it still writes must not keep the folder.
clean_up() {
    tmux -L j kill-server 2>/dev/null
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

t() { tmux -L j -f /dev/null "$@"; }
screen() { t capture-pane -p -t j; }
now() { t display-message -p -t j "$1"; }
keys() { t send-keys -t j "$@"; }           # names: Enter Down C-z
text() { t send-keys -t j -l -- "$1"; }     # as typed

# A terminal of COLS x ROWS with a shell in it that has job control and a prompt we know.
open_shell() { # COLS ROWS
    t new-session -d -s j -x "$1" -y "$2" -e TERM=tmux-256color "env PS1='ready> ' bash --norc --noprofile -i"
    t set-option -g status off
    t resize-window -t j -x "$1" -y "$2"
    shows 'ready>'
}

# Wait until the screen holds a pattern (extended regular expression); fail after ten seconds.
shows() {
    tries=0
    while ! screen | grep -Eq -- "$1"; do
        tries=$((tries + 1))
        [ "$tries" -gt 400 ] && return 1
        sleep 0.025
    done
}
gone() {
    tries=0
    while screen | grep -Eq -- "$1"; do
        tries=$((tries + 1))
        [ "$tries" -gt 400 ] && return 1
        sleep 0.025
    done
}
# An assertion that waits; what the screen showed instead is in the log.
sees() { # NAME PATTERN
    if shows "$2"; then
        tap_line 0 "$1"
    else
        tap_line 1 "$1"
        diag "wanted: /$2/"
        diag "$(screen)"
        return 1
    fi
}
loses() { # NAME PATTERN
    if gone "$2"; then tap_line 0 "$1"; else tap_line 1 "$1"; diag "still there: /$2/"; diag "$(screen)"; return 1; fi
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
