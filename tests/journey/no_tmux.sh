# Journeys end, and say why, when tmux does not start, does not answer, or dies on the way; and when nobody reads a pipe.
. "$TH_SRCDIR/tests/lib/tap.sh"
command -v timeout >/dev/null || { skip "tmux that fails" "no timeout"; done_testing; }
mkdir "$tmp/bin"
cat >"$tmp/journey" <<'J'
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
mkfifo pipe
feed "$TH_SRCDIR/tests/lib/tap.sh" pipe
open_shell 80 24
[ -z "$WITH_PIPE" ] || fed
sees "something" 'never there'
done_testing
J
# A tmux that does what its body says; it is no shell's own command, so that it can be stopped.
with_tmux() { # BODY
    printf '#!/bin/sh\n%s\n' "$1" >"$tmp/bin/tmux"
    chmod +x "$tmp/bin/tmux"
    run env PATH="$tmp/bin:$PATH" TH_TMUX_S=1 timeout -k 1 120 sh "$tmp/journey"
}
with_tmux 'echo "create session failed: no room for it" >&2; exit 1'
is "tmux that fails: the journey fails" "$code" 1
like "in the words of tmux" "$out" '^# +create session failed: no room for it$'
like "which command it was" "$out" '^# +tmux new-session: exit status 1$'
is "once" "$(printf '%s\n' "$out" | grep -c '^not ok')" 1
like "and the test has its end" "$out" '^1\.\.1$'

with_tmux 'echo "half a word" >&2; exec sleep 1000'
is "tmux that hangs: the journey fails" "$code" 1
like "after its time" "$out" '^# +tmux new-session: no answer within 1 s$'
like "with what it said" "$out" '^# +half a word$'

with_tmux 'trap "" TERM; while :; do sleep 1; done'
like "also one that does not let itself be stopped" "$out" '^# +tmux new-session: no answer within 1 s$'

with_tmux 'case "$*" in *capture-pane*) echo "lost server" >&2; exit 1 ;; esac'
like "tmux that dies on the way" "$out" '^# +tmux capture-pane: exit status 1$'
like "in its words, too" "$out" '^# +lost server$'

export WITH_PIPE=1
with_tmux 'case "$*" in *capture-pane*) echo "ready> a screen" ;; esac'
is "a pipe that nobody reads, a screen that never comes: two failures" "$(printf '%s\n' "$out" | grep '^not ok')" \
    "$(printf 'not ok 1 - the pipe is read\nnot ok 2 - something')"
like "what was waited for" "$out" '^# +waited ten seconds for /never there/'
is "what the screen was, each time" "$(printf '%s\n' "$out" | grep -c '^# *ready> a screen$')" 2
done_testing
