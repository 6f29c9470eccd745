/* The worker: only the newest question of a kind is answered, what runs can be given up, nothing is
 * left behind. */
#include "lib/tap.h"

#include <locale.h>
#include <poll.h>

#include "base/mem.h"
#include "ui/harness.h"
#include "ui/work/worker.h"

static struct ui_request *ask(enum ui_job_kind kind, const char *filter)
{
    struct ui_request *request = ui_request_new(kind);
    th_buf_puts(&request->filter, filter);
    request->max_buckets = 80;
    request->facet_values = 10;
    request->facets[request->facets_n++] = th_xstrdup("event.action");
    request->facets[request->facets_n++] = th_xstrdup("no.such.field");
    return request;
}

/* The next answer, waiting for it as the workbench does; NULL after five seconds. */
static struct ui_answer *wait_for(ui_jobs *jobs)
{
    for (int i = 0; i < 100; i++) {
        struct ui_answer *answer = ui_jobs_take(jobs);
        if (answer != NULL)
            return answer;
        struct pollfd fd = {.fd = ui_jobs_fd(jobs), .events = POLLIN};
        poll(&fd, 1, 50);
    }
    return NULL;
}

static void test_answers(th_app *app)
{
    ui_jobs *jobs = ui_jobs_new(app);
    uint64_t generation = ui_jobs_post(jobs, ask(UI_JOB_SCREEN, "user.name: ivy"));
    struct ui_answer *answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->generation == generation && answer->rc == TH_OK,
           "a question is answered");
    if (answer != NULL) {
        tap_is_int((int64_t)answer->screen.s.count, 28, "with its events");
        tap_is_int((int64_t)answer->screen.s.facets_n, 1, "and the facets that exist");
        tap_ok(answer->screen.first_ms != TH_TIME_NONE &&
                   answer->screen.first_ms < answer->screen.last_ms,
               "and their span");
    }
    ui_answer_free(answer);
    ui_jobs_post(jobs, ask(UI_JOB_SCREEN, "user.nme: ivy"));
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->rc == TH_E_QUERY && answer->err.offset == 0 &&
               answer->err.length == 8,
           "a wrong filter comes back with its place");
    ui_answer_free(answer);
    struct ui_request *source = ui_request_new(UI_JOB_SOURCE);
    source->source = 1;
    ui_jobs_post(jobs, source);
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->rc == TH_OK && th_bits_count(&answer->rows) == 60,
           "the rows of a file");
    ui_answer_free(answer);
    source = ui_request_new(UI_JOB_SOURCE);
    source->source = 7;
    ui_jobs_post(jobs, source);
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->rc == TH_E_NOT_FOUND, "a file that isn't there");
    ui_answer_free(answer);
    ui_jobs_post(jobs, ui_request_new(UI_JOB_COVERAGE));
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->rc == TH_OK && answer->coverage.coverage.streams_n == 1 &&
               answer->coverage.gaps_n == 0,
           "what the evidence covers");
    ui_answer_free(answer);
    struct ui_request *values = ask(UI_JOB_VALUES, "");
    values->field = TH_F_USER_NAME;
    th_buf_puts(&values->prefix, "O");
    ui_jobs_post(jobs, values);
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->values.n == 2 && answer->values.distinct == 2,
           "values that hold what was typed, in any case");
    ui_answer_free(answer);
    struct ui_request *within = ask(UI_JOB_SCREEN, "user.name: ivy");
    th_bits_init(&within->within, th_table_rows(th_app_table(app)));
    th_bits_put(&within->within, 0);
    th_bits_put(&within->within, 1);
    within->has_within = true;
    ui_jobs_post(jobs, within);
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->screen.s.count == 1, "only rows of the set that was given");
    ui_answer_free(answer);
    struct ui_request *about = ui_request_new(UI_JOB_ABOUT);
    about->row = 58;
    ui_jobs_post(jobs, about);
    answer = wait_for(jobs);
    tap_ok(answer != NULL && answer->about.have && answer->about.address.events == 12 &&
               answer->about.address.others == 1,
           "how often an event's address occurs");
    ui_answer_free(answer);
    tap_ok(!ui_jobs_busy(jobs, UI_JOB_KINDS), "then nothing is under way");
    ui_jobs_free(jobs);
}

static void test_newest(th_app *app)
{
    ui_jobs *jobs = ui_jobs_new(app);
    uint64_t last = 0;
    for (int i = 0; i < 500; i++)
        last = ui_jobs_post(jobs, ask(i % 3 == 0 ? UI_JOB_SCREEN : UI_JOB_PREVIEW,
                                      i % 2 == 0 ? "user.name: ivy" : "user.name: tomas"));
    size_t seen = 0, stale = 0;
    while (ui_jobs_busy(jobs, UI_JOB_KINDS)) {
        struct ui_answer *answer = wait_for(jobs);
        if (answer == NULL)
            break;
        seen++;
        stale += answer->generation + 3 < last;
        ui_answer_free(answer);
    }
    tap_ok(seen == 2 && stale == 0,
           "of 500 questions of two kinds only the newest two are answered");
    for (int i = 0; i < 200; i++) {
        ui_jobs_post(jobs, ask(UI_JOB_SCREEN, "word"));
        ui_jobs_cancel(jobs, UI_JOB_SCREEN);
    }
    tap_ok(!ui_jobs_busy(jobs, UI_JOB_SCREEN), "what is given up is not waited for");
    struct pollfd fd = {.fd = ui_jobs_fd(jobs), .events = POLLIN};
    poll(&fd, 1, 200);
    tap_ok(ui_jobs_take(jobs) == NULL, "and not answered");
    for (int i = 0; i < 50; i++) {
        ui_jobs_post(jobs, ask(UI_JOB_VALUES, ""));
        ui_jobs_post(jobs, ask(UI_JOB_SCREEN, ""));
    }
    size_t kinds = 0;
    while (ui_jobs_busy(jobs, UI_JOB_KINDS)) {
        struct ui_answer *answer = wait_for(jobs);
        if (answer == NULL)
            break;
        kinds |= (size_t)1 << answer->kind;
        ui_answer_free(answer);
    }
    tap_ok(kinds == ((1u << UI_JOB_SCREEN) | (1u << UI_JOB_VALUES)),
           "what makes way for a more urgent question is answered after it");
    ui_jobs_post(jobs, ask(UI_JOB_SCREEN, "a b c d"));
    ui_jobs_free(jobs);
    tap_ok(true, "ending while it works");
}

int main(void)
{
    struct fixture f;
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        tap_skip("jobs", "no C.UTF-8 locale");
        return tap_done();
    }
    fixture_make(&f, FIXTURE_STORY);
    test_answers(f.app);
    test_newest(f.app);
    fixture_free(&f);
    return tap_done();
}
