/* The fixture's events are written as a CloudTrail file and imported as any evidence is, so that
 * what the screens show went the whole way. */
#include "ui/harness.h"

#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/time.h"
#include "ui/app/turn.h"
#include "ui/app/view.h"
#include "ui/model/fields.h"
#include "ui/model/place.h"
#include "ui/model/session.h"
#include "ui/term/dump.h"
#include "ui/term/term.h"
#include "ui/ui.h"

static void die(const char *what, const struct th_err *err)
{
    printf("Bail out! %s: %s\n", what, err == NULL ? "" : err->msg);
    exit(1);
}

static void text(struct th_jsonw *w, const char *key, const char *value)
{
    if (value == NULL)
        return;
    th_jsonw_key(w, key);
    th_jsonw_string(w, th_str_of(value));
}

struct event {
    const char *user, *action, *service, *ip, *error, *target, *agent;
    const char *region, *account; /* NULL: us-east-1, 111122223333 */
    int64_t at_ms;
    int read_only;
};

static void write_event(struct th_jsonw *w, const struct event *e, unsigned number)
{
    char id[64], arn[160];
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012u", number);
    th_jsonw_begin_object(w);
    text(w, "eventVersion", "1.11");
    th_jsonw_key(w, "userIdentity");
    th_jsonw_begin_object(w);
    text(w, "type", "IAMUser");
    text(w, "userName", e->user);
    snprintf(arn, sizeof arn, "arn:aws:iam::111122223333:user/%.100s", e->user);
    text(w, "arn", arn);
    text(w, "accountId", "111122223333");
    text(w, "accessKeyId", "AKIAEXAMPLE000000001");
    th_jsonw_end_object(w);
    th_jsonw_key(w, "eventTime");
    th_jsonw_time(w, e->at_ms);
    text(w, "eventSource", e->service);
    text(w, "eventName", e->action);
    text(w, "awsRegion", e->region == NULL ? "us-east-1" : e->region);
    text(w, "sourceIPAddress", e->ip);
    text(w, "userAgent", e->agent == NULL ? "aws-cli/2.15.30" : e->agent);
    text(w, "errorCode", e->error);
    text(w, "errorMessage", e->error == NULL ? NULL : "User is not authorized to do that");
    th_jsonw_key(w, "requestParameters");
    th_jsonw_begin_object(w);
    text(w, "userName", e->target);
    th_jsonw_key(w, "tags");
    th_jsonw_begin_array(w);
    th_jsonw_string(w, TH_STR("one"));
    th_jsonw_string(w, TH_STR("two"));
    th_jsonw_end_array(w);
    th_jsonw_end_object(w);
    th_jsonw_key(w, "responseElements");
    th_jsonw_null(w);
    th_jsonw_key(w, "readOnly");
    th_jsonw_bool(w, e->read_only != 0);
    text(w, "eventID", id);
    text(w, "requestID", id);
    text(w, "eventType", "AwsApiCall");
    text(w, "eventCategory", "Management");
    text(w, "recipientAccountId", e->account == NULL ? "111122223333" : e->account);
    th_jsonw_end_object(w);
}

static void story(struct th_jsonw *w)
{
    static const char *const users[] = {"ivy", "tomas", "deploy-svc"};
    static const char *const reads[] = {"ListUsers", "DescribeInstances", "GetBucketPolicy",
                                        "ListBuckets"};
    int64_t start = 0;
    unsigned n = 0;
    (void)th_time_parse(TH_STR("2026-03-02T06:00:00Z"), &start);
    for (unsigned i = 0; i < 48; i++) {
        struct event e = {.user = users[i % 3],
                          .action = reads[i % 4],
                          .service = i % 4 == 0   ? "iam.amazonaws.com"
                                     : i % 4 == 1 ? "ec2.amazonaws.com"
                                                  : "s3.amazonaws.com",
                          .ip = i % 3 == 2 ? "192.0.2.80" : "192.0.2.10",
                          .at_ms = start + (int64_t)i * 57 * TH_MINUTE_MS,
                          .read_only = 1};
        write_event(w, &e, ++n);
    }
    for (unsigned i = 0; i < 9; i++) {
        struct event e = {.user = "ivy",
                          .action = "GetSecretValue",
                          .service = "secretsmanager.amazonaws.com",
                          .ip = "203.0.113.9",
                          .error = i < 6 ? "AccessDenied" : NULL,
                          .at_ms = start + 20 * TH_HOUR_MS + (int64_t)i * 5 * TH_SECOND_MS,
                          .read_only = 1};
        write_event(w, &e, ++n);
    }
    const struct event late[] = {
        {.user = "ivy",
         .action = "CreateAccessKey",
         .service = "iam.amazonaws.com",
         .ip = "203.0.113.9",
         .target = "tomas",
         .at_ms = start + 20 * TH_HOUR_MS + 60000},
        {.user = "ivy",
         .action = "StopLogging",
         .service = "cloudtrail.amazonaws.com",
         .ip = "203.0.113.9",
         .at_ms = start + 20 * TH_HOUR_MS + 90000},
        {.user = "ivy",
         .action = "DeleteUser",
         .service = "iam.amazonaws.com",
         .ip = "203.0.113.9",
         .target = "tomas",
         .error = "AccessDenied",
         .at_ms = start + 21 * TH_HOUR_MS},
    };
    for (size_t i = 0; i < TH_COUNT(late); i++)
        write_event(w, &late[i], ++n);
}

/* Three days of four regions: us-east-1 is silent for five hours on the second, eu-west-1 ends a
 * day before the others. */
static void gaps(struct th_jsonw *w)
{
    static const struct {
        const char *account, *region;
        int every_min, from_h, to_h;
    } streams[] = {
        {NULL, "us-east-1", 20, 0, 72},
        {NULL, "eu-west-1", 45, 0, 47},
        {"444455556666", "us-east-1", 50, 1, 72},
        {"444455556666", "ap-south-2", 3, 30, 31},
    };
    int64_t start = 0;
    unsigned n = 0;
    (void)th_time_parse(TH_STR("2026-03-02T06:00:00Z"), &start);
    for (size_t i = 0; i < TH_COUNT(streams); i++)
        for (int at = streams[i].from_h * 60; at < streams[i].to_h * 60;
             at += streams[i].every_min) {
            struct event e = {.user = "ivy",
                              .action = "ListUsers",
                              .service = "iam.amazonaws.com",
                              .ip = "192.0.2.10",
                              .account = streams[i].account,
                              .region = streams[i].region,
                              .at_ms = start + at * TH_MINUTE_MS,
                              .read_only = 1};
            if (i > 0 || at <= 33 * 60 || at >= 38 * 60)
                write_event(w, &e, ++n);
        }
}

static void hostile(struct th_jsonw *w)
{
    static const char *const names[] = {
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "back\b\b\b\rreturn",
        "line\nbreak\ttab",
        "\xe2\x80\xaegnp.exe",
        "zero\xe2\x80\x8bwidth\xe2\x80\x8d",
        "wide \xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 here",
        "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86 marks",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb emoji \xf0\x9f\x98\x80",
        ("\xc2\x9b"
         "31m C1"),
        "tag \xf3\xa0\x81\x81 end",
        "\" and \\ and 'quotes' {}():*<>",
    };
    int64_t start = 0;
    (void)th_time_parse(TH_STR("2026-03-02T06:00:00Z"), &start);
    size_t huge_n = 1024 * 1024;
    char *huge = malloc(huge_n + 1);
    if (huge == NULL)
        abort();
    memset(huge, 'A', huge_n);
    huge[huge_n] = '\0';
    for (unsigned i = 0; i < TH_COUNT(names); i++) {
        struct event e = {.user = names[i],
                          .action = names[(i + 1) % TH_COUNT(names)],
                          .service = names[(i + 2) % TH_COUNT(names)],
                          .ip = names[(i + 3) % TH_COUNT(names)],
                          .error = names[(i + 4) % TH_COUNT(names)],
                          .target = i == 0 ? huge : names[(i + 5) % TH_COUNT(names)],
                          .agent = names[(i + 6) % TH_COUNT(names)],
                          .at_ms = start + (int64_t)i * TH_SECOND_MS};
        write_event(w, &e, i + 1);
    }
    free(huge);
}

/* The same days of July in three years. */
static void years(struct th_jsonw *w)
{
    static const char *const days[] = {"2021-07-10T11:00:00Z", "2023-07-10T12:08:04Z",
                                       "2023-07-11T12:08:04Z", "2024-07-09T23:10:00Z"};
    unsigned n = 0;
    for (unsigned i = 0; i < TH_COUNT(days) * 5; i++) {
        struct event e = {.user = "ivy",
                          .action = i % 5 == 4 ? "StopLogging" : "DescribeTrails",
                          .service = "cloudtrail.amazonaws.com",
                          .ip = "192.0.2.10",
                          .target = "org-trail",
                          .read_only = i % 5 != 4};
        (void)th_time_parse(th_str_of(days[i / 5]), &e.at_ms);
        e.at_ms += i % 5 * 20 * TH_SECOND_MS;
        write_event(w, &e, ++n);
    }
}

/* Names of three thousand characters, on lines that say more than the name. */
static void lengthy(struct th_jsonw *w)
{
    char name[3001], key[3001];
    int64_t start = 0;
    (void)th_time_parse(TH_STR("2026-03-02T06:00:00Z"), &start);
    for (size_t i = 0; i + 1 < sizeof name; i++) {
        name[i] = (char)('a' + i % 26);
        key[i] = (char)('0' + i % 10);
    }
    name[sizeof name - 1] = key[sizeof key - 1] = '\0';
    struct event e = {.user = name,
                      .action = "CreateAccessKey",
                      .service = "iam.amazonaws.com",
                      .ip = key,
                      .agent = name,
                      .target = key,
                      .at_ms = start};
    write_event(w, &e, 1);
}

static void write_evidence(enum fixture_kind kind, const char *path)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &out);
    th_jsonw_begin_object(&w);
    th_jsonw_key(&w, "Records");
    th_jsonw_begin_array(&w);
    if (kind == FIXTURE_STORY)
        story(&w);
    else if (kind == FIXTURE_HOSTILE)
        hostile(&w);
    else if (kind == FIXTURE_YEARS)
        years(&w);
    else if (kind == FIXTURE_LENGTHY)
        lengthy(&w);
    else if (kind == FIXTURE_GAPS)
        gaps(&w);
    th_jsonw_end_array(&w);
    th_jsonw_end_object(&w);
    FILE *f = fopen(path, "w");
    if (f == NULL || fwrite(out.p, 1, out.n, f) != out.n || fclose(f) != 0)
        die("writing the fixture", NULL);
    th_buf_fini(&out);
}

/* A finding over the events that a filter matches. */
static void add_finding(struct fixture *f, const char *rule, const char *name, const char *level,
                        const char *filter, const char *grouping, const char *why)
{
    struct th_err err = {0};
    struct th_bits bits;
    const int64_t *ts;
    const uint32_t *order;
    uint8_t hash[32] = {1};
    if (th_app_rows_of(th_app_table(f->app), th_str_of(filter), NULL, &bits, &err) != TH_OK ||
        th_table_times(th_app_table(f->app), &ts, &order, &err) != TH_OK)
        die("rows of a finding", &err);
    uint32_t rows[128];
    size_t n = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = th_bits_next(&bits, 0); i < bits.n && n < TH_COUNT(rows);
         i = th_bits_next(&bits, i + 1)) {
        rows[n++] = (uint32_t)i;
        first = ts[i] < first ? ts[i] : first;
        last = ts[i] > last ? ts[i] : last;
    }
    const struct th_finding_new found = {.rule = rule,
                                         .name = name,
                                         .level = level,
                                         .tags = "[\"attack.t1098\",\"attack.persistence\"]",
                                         .grouping = grouping,
                                         .why = why,
                                         .detail = "{}",
                                         .first_ms = first,
                                         .last_ms = last,
                                         .rows = rows,
                                         .rows_n = n};
    char path[96];
    snprintf(path, sizeof path, "rules/%s.yml", rule);
    if (th_findings_replace(th_app_case(f->app), rule, name, level, path, hash,
                            th_table_rows(th_app_table(f->app)), &found, 1, &err) != TH_OK)
        die("adding a finding", &err);
    th_bits_fini(&bits);
}

/* ---- deadlines ---- */

#define SETTLE_MS 120000 /* also under a sanitizer on a busy machine */
#define FIXTURE_S 900    /* for what no loop of ours waits for: a thread, a pipe, a lock */

static void too_long(int sig)
{
    static const char words[] = "\nBail out! nothing came of this fixture in fifteen minutes\n";
    (void)sig;
    if (write(STDOUT_FILENO, words, sizeof words - 1) < 0)
        _exit(2);
    _exit(1);
}

/* The test ends when nothing settles: with what was waited for, and the screen. */
static void settle(struct screen *s, struct th_str what)
{
    int64_t end = th_time_mono() + SETTLE_MS;
    do {
        ui_turn(&s->ui, 0);
    } while (!ui_is_settled(&s->ui) && th_time_mono() < end);
    if (ui_is_settled(&s->ui))
        return;
    struct th_buf out = TH_BUF_INIT;
    ui_draw(&s->ui);
    screen_text(s, &out);
    printf("# the screen:\n# ");
    for (size_t i = 0; i < out.n; i++)
        out.p[i] == '\n' ? fputs("\n# ", stdout) : putchar(out.p[i]);
    printf("\nBail out! waited two minutes for the workbench to settle after \"%.*s\"\n",
           TH_STR_ARGS(what));
    exit(1);
}

void fixture_reopen(struct fixture *f)
{
    struct th_err err = {0};
    if (f->app != NULL && th_app_close(f->app, &err) != TH_OK)
        die("closing the case", &err);
    if (th_app_open("story.trail", TH_CASE_CREATE, &f->app, &err) != TH_OK)
        die("opening the case", &err);
}

void fixture_make(struct fixture *f, enum fixture_kind kind)
{
    struct th_err err = {0};
    memset(f, 0, sizeof *f);
    signal(SIGALRM, too_long);
    alarm(FIXTURE_S);
    setenv("TRAILHOUND_NOW", "2026-03-06T12:00:00Z", 1);
    setenv("TZ", "UTC", 1);
    setenv("ESCDELAY", "25", 1);
    setenv("TRAILHOUND_GEOIP", "", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLORFGBG");
    const char *tmp = getenv("TMPDIR");
    snprintf(f->dir, sizeof f->dir, "%.80s/thui.XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(f->dir) == NULL || chdir(f->dir) != 0)
        die("making a folder", NULL);
    if (kind != FIXTURE_EMPTY) {
        const char *const paths[] = {"evidence.json"};
        struct th_app_import import = {.paths = paths, .paths_n = 1, .jobs = 1};
        struct th_app_imported done;
        write_evidence(kind, "evidence.json");
        if (th_app_import("story.trail", &import, NULL, &done, &err) != TH_OK)
            die("importing the fixture", &err);
    }
    fixture_reopen(f);
    if (kind == FIXTURE_YEARS) {
        add_finding(f, "trail_stopped", "Trail stopped", "critical",
                    "event.action: StopLogging and @timestamp < 2022", "{}", "StopLogging by ivy.");
        add_finding(f, "trails_listed", "Trails listed", "low",
                    "event.action: DescribeTrails and @timestamp >= 2024", "{}",
                    "4 DescribeTrails by ivy.");
    }
    if (kind != FIXTURE_STORY)
        return;
    add_finding(f, "trail_stopped", "Trail stopped", "critical", "event.action: StopLogging",
                "{\"user.name\":\"ivy\"}",
                "StopLogging by ivy from 203.0.113.9 at 02:01:30 UTC on 3 Mar.");
    add_finding(f, "secrets_read", "Secrets read in bulk", "high", "event.action: GetSecretValue",
                "{\"source.ip\":\"203.0.113.9\"}",
                "9 secrets read from 203.0.113.9 within 40 s, 6 of the calls denied.");
    add_finding(f, "key_made", "Access key made for another user", "medium",
                "event.action: CreateAccessKey", "{\"user.name\":\"ivy\"}",
                "ivy made an access key for tomas.");
}

void fixture_free(struct fixture *f)
{
    struct th_err err = {0};
    if (th_app_close(f->app, &err) != TH_OK)
        die("closing the case", &err);
    static const char *const names[] = {
        "story.trail", "story.trail-wal", "story.trail-shm", "story.trail-journal", "evidence.json",
        "script",      "shot.txt",        "more.json",       "early.json",          "pipe.json"};
    for (size_t i = 0; i < TH_COUNT(names); i++)
        unlink(names[i]);
    if (chdir("/") != 0 || rmdir(f->dir) != 0)
        printf("# %s stays behind\n", f->dir);
    memset(f, 0, sizeof *f);
}

/* ---- screens ---- */

void screen_open(struct screen *s, struct fixture *f, const struct screen_config *config)
{
    struct th_err err = {0};
    int pipe_fds[2];
    memset(s, 0, sizeof *s);
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        die("making a pipe", NULL);
    s->keys = pipe_fds[1];
    s->in = fdopen(pipe_fds[0], "r");
    s->out = fopen("/dev/null", "w");
    const struct ui_term_config term = {
        .in = s->in,
        .out = s->out,
        .type = config->type == NULL ? "xterm-256color" : config->type,
        .theme = config->theme == UI_THEME_AUTO ? UI_THEME_DARK : config->theme,
        .ascii = config->ascii,
        .quiet = true};
    const struct ui_options options = {
        .fresh = !config->remember, .importer = config->importer, .result = config->result};
    char rows[16], cols[16];
    snprintf(rows, sizeof rows, "%d", config->rows);
    snprintf(cols, sizeof cols, "%d", config->cols);
    setenv("LINES", rows, 1);
    setenv("COLUMNS", cols, 1);
    if (ui_open(&s->ui, f->app, &options, &term, &err) != TH_OK)
        die("opening the screen", &err);
    /* Names of programs come from a file that a machine may have or not. */
    if (s->ui.options.fresh)
        ui_names_toggle(&s->ui, &s->ui.fields->facets, TH_STR("user_agent.name"));
    ui_ask(&s->ui);
    if (!config->restless)
        settle(s, TH_STR("opening"));
}

void screen_close(struct screen *s)
{
    if (!s->ui.options.fresh)
        ui_state_save(&s->ui);
    struct th_err err = {0};
    if (ui_shut(&s->ui, &err) != TH_OK)
        die("closing the screen", &err);
    fclose(s->in);
    fclose(s->out);
    close(s->keys);
}

bool screen_run(struct screen *s, const char *lines)
{
    struct th_str rest = th_str_of(lines);
    bool good = true;
    while (rest.n > 0) {
        struct th_err err = {0};
        ptrdiff_t end = th_str_find(rest, '\n');
        struct th_str line = end < 0 ? rest : th_str_sub(rest, 0, (size_t)end);
        if (ui_script_line(&s->ui, line, &err) != TH_OK) {
            printf("# %s\n", err.msg);
            good = false;
        }
        s->ui.dirty = true;
        settle(s, line);
        rest = end < 0 ? TH_STR("") : th_str_sub(rest, (size_t)end + 1, rest.n);
    }
    return good;
}

void screen_bytes(struct screen *s, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t put = write(s->keys, bytes, n);
        if (put <= 0)
            return;
        bytes += put;
        n -= (size_t)put;
    }
    settle(s, TH_STR("raw bytes"));
}

void screen_resize(struct screen *s, int rows, int cols)
{
    ui_term_resize(s->ui.term, rows, cols);
    s->ui.dirty = true;
    settle(s, TH_STR("a resize"));
}

const char *screen_text(struct screen *s, struct th_buf *out)
{
    th_buf_reset(out);
    ui_dump_text(&s->ui.canvas, out);
    return th_buf_cstr(out);
}

bool screen_shows(struct screen *s, const char *needle)
{
    struct th_buf out = TH_BUF_INIT;
    bool found = strstr(screen_text(s, &out), needle) != NULL;
    th_buf_fini(&out);
    return found;
}

size_t screen_lines(struct screen *s)
{
    return ui_ops(&s->ui)->count(&s->ui).n;
}

size_t screen_at(struct screen *s)
{
    return ui_ops(&s->ui)->count(&s->ui).at;
}

size_t screen_steps(const struct ui *ui)
{
    size_t n;
    ui_trail(ui, &n);
    return n;
}

size_t screen_marks(const struct ui *ui)
{
    size_t n;
    ui_marks(ui, &n);
    return n;
}

const struct ui_mark *screen_mark(const struct ui *ui)
{
    size_t n;
    return ui_marks(ui, &n);
}

size_t screen_findings(const struct ui *ui)
{
    size_t n;
    ui_findings(ui, &n);
    return n;
}

const struct th_finding *screen_finding(const struct ui *ui)
{
    size_t n;
    return ui_findings(ui, &n);
}

struct ui_follow *screen_follow(const struct ui *ui)
{
    return ui->follow;
}

struct ui_places *screen_places(const struct ui *ui)
{
    return ui->places;
}

const char *screen_typed(struct screen *s)
{
    static char text[1024];
    const struct th_buf *typed = &ui_typed(&s->ui)->text;
    snprintf(text, sizeof text, "%.*s", (int)typed->n, typed->n > 0 ? typed->p : "");
    return text;
}

const char *screen_filter(const struct ui *ui)
{
    return th_buf_cstr(&ui->places->here.filter);
}
