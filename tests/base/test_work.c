/* Asking to stop. */
#include "base/cancel.h"

#include "lib/tap.h"

static void cancel(void)
{
    th_cancel flag = {false};
    tap_ok(!th_cancelled(&flag) && !th_cancelled(NULL), "not cancelled at first, nor without flag");
    th_cancel_set(&flag);
    tap_ok(th_cancelled(&flag), "cancelled");
    th_cancel_reset(&flag);
    tap_ok(!th_cancelled(&flag), "and back");
}

int main(void)
{
    cancel();
    return tap_done();
}
