#!/bin/sh
# Run a test program; one that does not come to its end within TH_TEST_SECONDS (900) is stopped, with all that it started, and told as an
# error of that program. Without timeout(1) there is no limit.
seconds=${TH_TEST_SECONDS:-900}
command -v timeout >/dev/null || exec "$@"
timeout -k 10 "$seconds" "$@"
code=$?
# 137: it did not listen to the first signal.
if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    printf '\nBail out! No end within %s seconds: stopped\n' "$seconds"
fi
exit "$code"
