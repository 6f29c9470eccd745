/* Asking to stop, waiting, shares of a list, crews, and pieces in the order of units. */
#include "base/work/crew.h"

#include <sched.h>
#include <signal.h>

#include "base/cancel.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/work/units.h"

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

/* Waiting ------------------------------------------------------------------ */

struct bell {
    pthread_mutex_t lock;
    struct th_wake rung;
    int asked, answered;
};

static void answer(void *ctx, size_t number)
{
    struct bell *bell = ctx;
    (void)number;
    pthread_mutex_lock(&bell->lock);
    while (bell->answered < 3) {
        while (bell->asked == bell->answered)
            th_wake_wait(&bell->rung, &bell->lock, TH_WAIT_FOR_EVER);
        bell->answered++;
        th_wake_all(&bell->rung);
    }
    pthread_mutex_unlock(&bell->lock);
}

static void waiting(void)
{
    struct bell bell = {.lock = PTHREAD_MUTEX_INITIALIZER};
    th_wake_init(&bell.rung);
    pthread_mutex_lock(&bell.lock);
    const int waits[] = {0, 1, 20, 1001};
    for (size_t i = 0; i < TH_COUNT(waits); i++) {
        int64_t begin = th_time_mono();
        while (th_wake_wait(&bell.rung, &bell.lock, waits[i]))
            continue;
        /* Both ends are cut to milliseconds. */
        tap_ok(th_time_mono() - begin >= waits[i] - 1, "nobody wakes: %d ms pass", waits[i]);
    }
    pthread_mutex_unlock(&bell.lock);
    th_crew *crew = th_crew_start(1, answer, &bell);
    pthread_mutex_lock(&bell.lock);
    bool woken = true;
    for (int i = 1; i <= 3; i++) {
        bell.asked = i;
        th_wake_all(&bell.rung);
        while (bell.answered < i && woken)
            woken = th_wake_wait(&bell.rung, &bell.lock, 60000);
    }
    pthread_mutex_unlock(&bell.lock);
    th_crew_join(crew);
    tap_ok(woken, "woken long before the time is up");
    tap_is_int(bell.answered, 3, "as often as the other has answered");
    th_wake_fini(&bell.rung);
}

/* Shares and crews --------------------------------------------------------- */

static void shares(void)
{
    struct th_shares of = {.n = 10, .size = 4};
    size_t first, last;
    tap_ok(th_shares_next(&of, &first, &last) && first == 0 && last == 4, "the first share");
    tap_ok(th_shares_next(&of, &first, &last) && first == 4 && last == 8, "the second");
    tap_ok(th_shares_next(&of, &first, &last) && first == 8 && last == 10, "the rest");
    tap_ok(!th_shares_next(&of, &first, &last) && !th_shares_next(&of, &first, &last), "no more");
    struct th_shares none = {.n = 0, .size = 4};
    tap_ok(!th_shares_next(&none, &first, &last), "nothing to share");
    struct th_shares ended = {.n = 10, .size = 1};
    bool got = th_shares_next(&ended, &first, &last);
    th_shares_end(&ended);
    tap_ok(got && !th_shares_next(&ended, &first, &last), "none after the end");
}

enum { ITEMS = 5000, MEMBERS = 4 };

struct counting {
    struct th_shares shares;
    int seen[ITEMS]; /* each by the thread that has it */
    atomic_int runs[MEMBERS];
    atomic_int open; /* signals that are not blocked */
};

static void count(void *ctx, size_t number)
{
    struct counting *c = ctx;
    size_t first, last;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    atomic_fetch_add(&c->open, number > 0 && !sigismember(&blocked, SIGINT));
    atomic_fetch_add(&c->runs[number], 1);
    while (th_shares_next(&c->shares, &first, &last))
        for (size_t i = first; i < last; i++)
            c->seen[i]++;
}

static void check_counting(const struct counting *c, bool helped, const char *name)
{
    bool once = true;
    for (size_t i = 0; i < ITEMS; i++)
        once = once && c->seen[i] == 1;
    tap_ok(once, "%s: each item is seen once", name);
    tap_is_int(c->runs[0], helped, "number 0 is who helps");
    for (size_t i = 1; i < MEMBERS; i++)
        tap_is_int(c->runs[i], 1, "each number is one thread");
    tap_is_int(c->open, 0, "signals aren't for them");
}

static void crews(void)
{
    struct counting run = {.shares = {.n = ITEMS, .size = 7}};
    struct counting helped = {.shares = {.n = ITEMS, .size = 7}};
    struct counting joined = {.shares = {.n = ITEMS, .size = 7}};
    struct counting alone = {.shares = {.n = ITEMS, .size = 7}};
    sigset_t blocked;
    th_crew_run(MEMBERS, count, &run);
    check_counting(&run, true, "run");
    th_crew *crew = th_crew_start(MEMBERS - 1, count, &helped);
    tap_is_int((int64_t)th_crew_size(crew), MEMBERS - 1, "all have started");
    th_crew_help(crew);
    check_counting(&helped, true, "helped");
    th_crew_join(th_crew_start(MEMBERS - 1, count, &joined));
    check_counting(&joined, false, "joined");
    th_crew_run(1, count, &alone);
    tap_ok(alone.runs[0] == 1 && alone.runs[1] == 0 && alone.seen[ITEMS - 1] == 1, "a crew of one");
    th_crew_join(NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    tap_ok(!sigismember(&blocked, SIGINT), "signals are for who started them");
}

/* Units -------------------------------------------------------------------- */

struct piece {
    size_t unit, number;
};

struct line {
    struct th_units units;
    th_cancel cancel;
    atomic_int begun, made, dropped, ticks;
    size_t unit, number; /* of the last piece that was taken */
    int taken;
    bool in_order;
    bool slow;         /* workers wait for ticks */
    bool hang;         /* workers go on until they are stopped */
    int fail_from;     /* pieces taken before take fails, with its number; 0: never */
    int cancel_from;   /* pieces taken before it is cancelled */
    int cancel_ticks;  /* ticks before it is cancelled */
    size_t pieces_mod; /* unit u has u % pieces_mod pieces */
};

static void *make_piece(void *ctx)
{
    struct line *line = ctx;
    atomic_fetch_add(&line->made, 1);
    return th_xcalloc(1, sizeof(struct piece));
}

static void drop_piece(void *ctx, void *piece)
{
    struct line *line = ctx;
    atomic_fetch_add(&line->dropped, 1);
    free(piece);
}

static bool fill_unit(struct line *line, th_units_worker *worker, size_t unit)
{
    for (size_t i = 0; i < unit % line->pieces_mod; i++) {
        struct piece *piece = th_units_piece(worker);
        if (piece == NULL)
            return false;
        *piece = (struct piece){unit, i};
        th_units_put(worker, piece);
    }
    return true;
}

static void fill_units(void *ctx, th_units_worker *worker)
{
    struct line *line = ctx;
    size_t unit;
    atomic_fetch_add(&line->begun, 1);
    while (th_units_next(worker, &unit)) {
        int ticks = atomic_load(&line->ticks);
        while (line->slow && atomic_load(&line->ticks) < ticks + 2)
            sched_yield();
        while (line->hang && !th_cancelled(th_units_stop(worker)))
            sched_yield();
        if (!fill_unit(line, worker, unit))
            return;
    }
}

static enum th_code take_piece(void *ctx, void *arg, struct th_err *err)
{
    struct line *line = ctx;
    const struct piece *piece = arg;
    bool next = piece->unit == line->unit && piece->number == line->number + 1;
    bool first = piece->unit > line->unit && piece->number == 0;
    line->in_order = line->in_order && (line->taken == 0 || next || first);
    line->unit = piece->unit;
    line->number = piece->number;
    line->taken++;
    if (line->cancel_from > 0 && line->taken >= line->cancel_from)
        th_cancel_set(&line->cancel);
    if (line->fail_from > 0 && line->taken >= line->fail_from)
        return th_err_set(err, TH_E_FULL, "piece %d", line->taken);
    return TH_OK;
}

static void tick(void *ctx)
{
    struct line *line = ctx;
    int ticks = atomic_fetch_add(&line->ticks, 1) + 1;
    if (line->cancel_ticks > 0 && ticks >= line->cancel_ticks)
        th_cancel_set(&line->cancel);
}

static enum th_code run_line(struct line *line, size_t n, size_t workers, struct th_err *err)
{
    line->units = (struct th_units){.ctx = line,
                                    .n = n,
                                    .workers = workers,
                                    .work = fill_units,
                                    .make = make_piece,
                                    .drop = drop_piece,
                                    .take = take_piece,
                                    .tick = tick,
                                    .tick_ms = 1};
    line->in_order = true;
    th_err_clear(err);
    enum th_code rc = th_units_run(&line->units, &line->cancel, err);
    tap_ok(line->in_order, "pieces come in the order of units");
    tap_is_int(line->dropped, line->made, "every piece is dropped");
    tap_ok((size_t)line->made <= workers * TH_UNITS_PIECES, "a worker makes few pieces");
    return rc;
}

static void units_in_order(void)
{
    struct th_err err;
    for (size_t workers = 1; workers <= 5; workers++) {
        struct line line = {.pieces_mod = 11};
        tap_is_int(run_line(&line, 220, workers, &err), TH_OK, "run to the end");
        tap_is_int(line.taken, 20 * 55, "all pieces");
    }
    struct line none = {.pieces_mod = 11};
    tap_ok(run_line(&none, 0, 3, &err) == TH_OK && none.taken == 0, "no units");
    struct line empty = {.pieces_mod = 1};
    tap_ok(run_line(&empty, 9, 3, &err) == TH_OK && empty.taken == 0, "units without pieces");
    struct line few = {.pieces_mod = 50};
    tap_ok(run_line(&few, 3, 40, &err) == TH_OK && few.taken == 3, "more workers than units");
    tap_is_int(few.begun, 3, "no more of them start");
    struct line slow = {.pieces_mod = 3, .slow = true};
    tap_ok(run_line(&slow, 6, 2, &err) == TH_OK && slow.taken == 6, "ticks while no piece comes");
}

static void units_end(void)
{
    struct th_err err;
    struct line fails = {.pieces_mod = 11, .fail_from = 7};
    tap_is_int(run_line(&fails, 2200, 3, &err), TH_E_FULL, "an error");
    tap_is_str(err.msg, "piece 7", "the first one");
    tap_is_int(fails.taken, 7, "no piece is taken after it");
    struct line asked = {.pieces_mod = 11, .cancel_from = 7};
    tap_is_int(run_line(&asked, 2200, 3, &err), TH_E_CANCELLED, "cancelled between pieces");
    tap_is_str(err.msg, "cancelled", "and it says so");
    tap_is_int(asked.taken, 7, "no piece is taken after it");
    struct line hung = {.pieces_mod = 11, .hang = true, .cancel_ticks = 3};
    tap_is_int(run_line(&hung, 22, 3, &err), TH_E_CANCELLED, "cancelled while none comes");
    tap_is_int(hung.taken, 0, "and none was");
    struct line before = {.pieces_mod = 11};
    th_cancel_set(&before.cancel);
    tap_is_int(run_line(&before, 22, 3, &err), TH_E_CANCELLED, "cancelled before it began");
    tap_is_int(before.taken, 0, "nothing is taken");
}

int main(void)
{
    cancel();
    waiting();
    shares();
    crews();
    units_in_order();
    units_end();
    return tap_done();
}
