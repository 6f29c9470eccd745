/* Archives that end too early, at every place, and archives with a byte changed: whatever happens,
 * what was read is the beginning of what stands there, and what is missing is said. */
#include "ingest/archives.h"

#define EVENT      "{\"eventName\":\"A\"}"
#define LINES_N    40
#define CHANGES_N  1500
#define HEAD_BYTES 512u

/* Two members of lines, one inside a gzip member of its own, and something else between. */
static uint64_t make_archive(struct th_buf *file, const struct format *format)
{
    struct th_buf lines = TH_BUF_INIT;
    struct th_buf gz = TH_BUF_INIT;
    struct making m;
    for (int i = 0; i < LINES_N; i++)
        th_buf_printf(&lines, "{\"eventName\":\"N%d\",\"eventID\":\"%d\"}\n", i, i);
    add_member(&gz, lines.p, lines.n, 6);
    make(&m, file, format->set, format->gzip);
    put(&m, "a.jsonl", lines.p, lines.n);
    put(&m, "LICENSE", "text\n", 5);
    put(&m, "b.jsonl.gz", gz.p, gz.n);
    put(&m, "last", EVENT, 17);
    made(&m);
    th_buf_fini(&lines);
    th_buf_fini(&gz);
    return 2 * LINES_N + 1;
}

/* Are the records of got the first ones of a source of want, source by source? */
static bool is_beginning(const struct collected *got, const struct collected *want)
{
    for (size_t i = 0; i < got->n; i++) {
        struct th_str records = th_buf_str(&got->sources[i].records);
        if (records.n > 0 &&
            (i >= want->n || !th_str_starts(th_buf_str(&want->sources[i].records), records)))
            return false;
    }
    return true;
}

static void test_cuts(const char *folder, const struct format *format)
{
    struct th_buf file = TH_BUF_INIT;
    struct run whole;
    uint64_t all = make_archive(&file, format);
    size_t size = file.n;
    size_t silent = 0;
    size_t wrong = 0;
    size_t shrunk = 0;
    uint64_t before = 0;
    tap_ok(take(&whole, folder, &file) && whole.got.rows == all && whole.got.rejects == 0,
           "%s: all of it", format->name);
    /* A tar's padding is long. */
    size_t step = size > 4000 ? 13 : 1;
    for (size_t cut = 1; cut < size; cut += step) {
        struct run run;
        file.n = cut;
        wrong += !take(&run, folder, &file) || !is_beginning(&run.got, &whole.got);
        bool said = run.got.rejects > 0;
        /* The beginning of a tar header, or three bytes of anything, are no mark of anything. */
        bool tells = strstr(format->name, "zip") != NULL ? cut >= 4 : cut >= HEAD_BYTES;
        silent += run.got.rows < all && !said && (tells || run.got.rows > 0);
        if (run.got.rows < before || (run.got.rows < all && !said && tells))
            tap_note("cut at %zu: %llu records, %llu rejects", cut,
                     (unsigned long long)run.got.rows, (unsigned long long)run.got.rejects);
        shrunk += run.got.rows < before;
        before = run.got.rows;
        collected_fini(&run.got);
    }
    tap_is_int((int64_t)wrong, 0, "cut anywhere: what comes out is a beginning");
    tap_is_int((int64_t)silent, 0, "cut anywhere: what is missing is said");
    tap_is_int((int64_t)shrunk, 0, "cut later: no less comes out");
    collected_fini(&whole.got);
    th_buf_fini(&file);
}

/* A byte is changed: no crash, and no record that isn't there. What a name or a time says is no
 * part of the evidence, so nothing need be said. */
static void test_changes(const char *folder, const struct format *format)
{
    struct th_buf file = TH_BUF_INIT;
    uint64_t all = make_archive(&file, format);
    uint64_t seed = 77;
    size_t wrong = 0;
    for (int i = 0; i < CHANGES_N; i++) {
        struct run run;
        size_t at = (size_t)(chance(&seed) % file.n);
        char byte = file.p[at];
        file.p[at] = (char)(byte ^ (1 << chance(&seed) % 8));
        wrong +=
            !take(&run, folder, &file) || run.got.rows > all + 2 * LINES_N || run.got.disorder > 0;
        file.p[at] = byte;
        collected_fini(&run.got);
    }
    tap_is_int((int64_t)wrong, 0, format->name);
    th_buf_fini(&file);
}

int main(void)
{
    char *folder = make_folder();
    limits = th_intake_limits_of(NULL);
    for (size_t i = 0; i < TH_COUNT(formats); i++) {
        test_cuts(folder, &formats[i]);
        test_changes(folder, &formats[i]);
    }
    remove_folder(folder);
    return tap_done();
}
