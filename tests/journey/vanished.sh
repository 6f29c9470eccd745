#!/bin/sh
# A terminal that goes away without a signal (it controls another session) ends the workbench: it must not spin on end of file.
. "$TH_SRCDIR/tests/lib/tap.sh"
command -v python3 >/dev/null || { skip "the terminal goes away" "no python3"; done_testing; }
cd "$tmp" || exit 99
"$TRAILHOUND" import -q -c v.trail "$TH_SRCDIR/data/samples"
cat >vanish.py <<'EOF'
import os, pty, select, signal, sys, time
master, slave = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()  # a session without a controlling terminal: nobody sends SIGHUP
    for fd in range(3):
        os.dup2(slave, fd)
    os.close(master)
    os.close(slave)
    os.environ["TERM"] = "xterm-256color"
    os.execv(sys.argv[1], [sys.argv[1], "v.trail"])
os.close(slave)
seen = b""
deadline = time.monotonic() + 60
while b"4,812" not in seen and time.monotonic() < deadline:
    if select.select([master], [], [], 1)[0]:
        seen += os.read(master, 65536)
os.close(master)
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        print("ended" if b"4,812" in seen else "never opened")
        sys.exit(0)
    time.sleep(0.05)
os.kill(pid, signal.SIGKILL)
print("still running")
EOF
is "the workbench ends when its terminal is gone" "$(python3 vanish.py "$TRAILHOUND")" ended
is "the case is left in order" "$("$TRAILHOUND" count -c v.trail) $(ls v.trail*)" "4812 v.trail"
done_testing
