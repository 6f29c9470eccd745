/* User agents: what loading says, how expressions are applied, and threads. uap-core's own test
 * cases are the oracle where the package has them. */
#include "ecs/enrich/enrich.h"

#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "ecs/enrich/agent.h"
#include "ecs/uap.h"
#include "lib/tap.h"

/* A file with this text. Owned path; the caller unlinks it. */
static char *temp_file(const char *text)
{
    const char *dir = getenv("TMPDIR");
    char *path = th_xasprintf("%s/test_enrich.XXXXXX", dir != NULL ? dir : "/tmp");
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        perror(path);
        exit(99);
    }
    fputs(text, file);
    fclose(file);
    return path;
}

static void is_value(const struct th_enrich *enrich, const char *agent, enum th_field field,
                     const char *want)
{
    struct th_buf out = TH_BUF_INIT;
    char name[300];
    bool found = th_enrich_user_agent(enrich, th_str_of(agent), field, &out);
    snprintf(name, sizeof name, "%s of %.200s", th_field_info(field)->name, agent);
    tap_is_str(found ? th_buf_cstr(&out) : "(none)", want, name);
    th_buf_fini(&out);
}

/* All six at once; "(none)" for what has no value. */
static void is_agent(const struct th_enrich *enrich, const char *agent, const char *name,
                     const char *version, const char *device, const char *os,
                     const char *os_version)
{
    char *full = strcmp(os_version, "(none)") == 0 ? th_xstrdup("(none)")
                                                   : th_xasprintf("%s %s", os, os_version);
    is_value(enrich, agent, TH_F_USER_AGENT_NAME, name);
    is_value(enrich, agent, TH_F_USER_AGENT_VERSION, version);
    is_value(enrich, agent, TH_F_USER_AGENT_DEVICE_NAME, device);
    is_value(enrich, agent, TH_F_USER_AGENT_OS_NAME, os);
    is_value(enrich, agent, TH_F_USER_AGENT_OS_VERSION, os_version);
    is_value(enrich, agent, TH_F_USER_AGENT_OS_FULL, full);
    free(full);
}

static const char rules[] = "user_agent_parsers:\n"
                            "  - regex: '(Alpha)/(\\d+)\\.(\\d+)(?:\\.(\\d+)|)(?:\\.(\\d+)|)'\n"
                            "  - regex: 'beta-(\\w+)/(\\d+)'\n"
                            "    family_replacement: 'Beta $1'\n"
                            "    v2_replacement: '9'\n"
                            "  - regex: '(never)?gamma'\n"
                            "  - regex: '(gam)ma'\n"
                            "    regex_flag: 'i'\n"
                            "    v1_replacement: '1'\n"
                            "  - regex: '(?<!broken'\n"
                            "  - regex: 'first|second'\n"
                            "    family_replacement: 'Either'\n"
                            "os_parsers:\n"
                            "  - regex: '(OS)[ /](\\d+)'\n"
                            "    os_replacement: 'System $1'\n"
                            "    os_v1_replacement: 'v$2'\n"
                            "  - regex: '(Nameless)'\n"
                            "device_parsers:\n"
                            "  - regex: '(phone|pad) ([A-Z]\\d)'\n"
                            "    regex_flag: 'i'\n"
                            "    device_replacement: '$2 $1'\n"
                            "    brand_replacement: 'unused'\n";

static void test_rules(void)
{
    char *path = temp_file(rules);
    struct th_enrich *enrich = th_enrich_new();
    tap_ok(th_enrich_user_agents(enrich, path, NULL) == TH_OK, "own expressions load");
    is_agent(enrich, "x Alpha/1.2.3.4 y", "Alpha", "1.2.3.4", "Other", "(none)", "(none)");
    is_agent(enrich, "Alpha/1.2 OS/7", "Alpha", "1.2", "Other", "System OS", "v7");
    is_agent(enrich, "beta-two/5", "Beta two", "5.9", "Other", "(none)", "(none)");
    is_agent(enrich, "beta-two/5 Alpha/1.2", "Alpha", "1.2", "Other", "(none)", "(none)");
    is_agent(enrich, "GAMMA Nameless", "GAM", "1", "Other", "Nameless", "(none)");
    is_agent(enrich, "gamma", "gam", "1", "Other", "(none)", "(none)");
    is_agent(enrich, "second PHONE a1", "Either", "(none)", "a1 PHONE", "(none)", "(none)");
    is_agent(enrich, "", "Other", "(none)", "Other", "(none)", "(none)");
    is_agent(enrich, "nothing of it", "Other", "(none)", "Other", "(none)", "(none)");
    is_value(enrich, "Alpha/1.2", TH_F_USER_AGENT_ORIGINAL, "(none)");
    is_value(enrich, "Alpha/1.2", TH_F_EVENT_ACTION, "(none)");
    struct th_buf out = TH_BUF_INIT;
    tap_ok(!th_enrich_user_agent(enrich, TH_STR_NONE, TH_F_USER_AGENT_NAME, &out) && out.n == 0,
           "no agent, no value");
    char *big = th_xmalloc(1 << 20);
    memset(big, 'x', 1 << 20);
    memcpy(big + TH_AGENT_MAX, "Alpha/1.2", 9);
    tap_ok(
        th_enrich_user_agent(enrich, (struct th_str){big, 1 << 20}, TH_F_USER_AGENT_NAME, &out) &&
            th_str_is(th_buf_str(&out), "Other"),
        "only the beginning of a huge agent is looked at");
    free(big);
    th_buf_reset(&out);
    th_enrich_notes(enrich, &out);
    char *want = th_xasprintf("user agents: %s, 9 expressions\n"
                              "user agents: 1 expression left out: not understood (line 10)\n",
                              path);
    tap_is_str(th_buf_cstr(&out), want, "the note counts them");
    free(want);
    th_buf_fini(&out);
    th_enrich_free(enrich);
    unlink(path);
    free(path);
}

static void is_refused(const char *text, enum th_code code, const char *words)
{
    char *path = text == NULL ? th_xstrdup("/nonexistent/regexes.yaml") : temp_file(text);
    struct th_enrich *enrich = th_enrich_new();
    struct th_buf out = TH_BUF_INIT;
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(th_enrich_user_agents(enrich, path, &err), (int64_t)code, words);
    tap_ok(strstr(err.msg, words) != NULL && strstr(err.msg, path) != NULL, "says: %s", err.msg);
    th_enrich_notes(enrich, &out);
    tap_ok(strstr(th_buf_cstr(&out), path) != NULL, "and so does the note");
    tap_ok(!th_enrich_user_agent(enrich, TH_STR("curl/8.0"), TH_F_USER_AGENT_NAME, &out),
           "and there are no values");
    th_buf_fini(&out);
    th_enrich_free(enrich);
    if (text != NULL)
        unlink(path);
    free(path);
}

static void test_refused(void)
{
    is_refused(NULL, TH_E_NOT_FOUND, "No such file");
    is_refused("", TH_E_UNSUPPORTED, "no user agent expressions");
    is_refused("a: b\n", TH_E_UNSUPPORTED, "no user agent expressions");
    is_refused("[1, 2]\n", TH_E_UNSUPPORTED, "line 1");
    is_refused("user_agent_parsers: [unclosed\n", TH_E_UNSUPPORTED, "line 1");
    is_refused("user_agent_parsers:\n  - regex: [1]\n", TH_E_UNSUPPORTED, "line 2");
    is_refused("user_agent_parsers:\n  - family_replacement: 'x'\n", TH_E_UNSUPPORTED, "line 3");
    is_refused("x: &a 1\nuser_agent_parsers: *a\n", TH_E_UNSUPPORTED, "line 2");
    is_refused("\x01\x02", TH_E_UNSUPPORTED, "line 1");
    struct th_enrich *enrich = th_enrich_new();
    struct th_buf out = TH_BUF_INIT;
    th_enrich_notes(enrich, &out);
    tap_is_str(th_buf_cstr(&out), "user agents: not loaded\n", "nothing asked for, nothing loaded");
    th_buf_fini(&out);
    th_enrich_free(enrich);
    th_enrich_free(NULL);
}

/* The observed results of the integration. */
static void test_observed(const struct th_enrich *enrich)
{
#define NONE "(none)"
    is_agent(enrich,
             "aws-cli/1.16.248 Python/3.4.7 Linux/4.9.184-0.1.ac.235.83.329.metal1.x86_64 "
             "botocore/1.12.239",
             "aws-cli", "1.16.248", "Spider", "Linux", "4.9.184");
    is_agent(enrich,
             "[aws-cli/1.11.10 Python/2.7.8 Linux/3.2.45-0.6.wd.865.49.315.metal1.x86_64 "
             "botocore/1.4.67]",
             "aws-cli", "1.11.10", "Spider", "Linux", "3.2.45");
    is_agent(enrich, "aws-cli/1.16.310 Python/3.8.1 Darwin/18.7.0 botocore/1.13.46", "aws-cli",
             "1.16.310", "Spider", NONE, NONE);
    is_agent(enrich, "aws-cli/1.3.2 Python/2.7.5 Windows/7", "aws-cli", "1.3.2", "Other", "Windows",
             NONE);
    is_agent(enrich, "aws-cli/2.14.5 Python/3.11.6 Darwin/23.6.0 exe/x86_64 prompt/off", "aws-cli",
             "2.14.5", "Other", NONE, NONE);
    is_agent(enrich, "[aws-cli/2.17.60 md/awscrt#0.21.2 ua/2.0 os/macos#23.6.0 md/prompt#off]",
             "aws-cli", "2.17.60", "Other", NONE, NONE);
    is_agent(enrich,
             "aws-cli/2.18.17 md/awscrt#0.22.0 ua/2.0 os/linux#6.8.0-1016-aws md/arch#x86_64",
             "aws-cli", "2.18.17", "Other", "Linux", NONE);
    is_agent(enrich, "Boto3/1.35.50 md/Botocore#1.35.50 ua/2.0 os/linux#6.8.0", "Boto3", "1.35.50",
             "Spider", "Linux", NONE);
    is_agent(enrich, "aws-sdk-go/1.44.232 (go1.19.7; linux; amd64)", "aws-sdk-go", "1.44.232",
             "Other", "Linux", NONE);
    is_agent(enrich, "aws-sdk-go/1.55.5 (go1.23.8; windows; amd64) exec-env/EC2", "aws-sdk-go",
             "1.55.5", "Other", NONE, NONE);
    is_agent(enrich, "aws-sdk-nodejs/2.1384.0 darwin/v20.16.0 promise", "aws-sdk-nodejs",
             "2.1384.0", "Other", NONE, NONE);
    is_agent(enrich, "Go-http-client/1.1", "Go-http-client", "1.1", "Other", NONE, NONE);
    is_agent(
        enrich,
        "EC2ConsoleBackend, aws-sdk-java/Linux/x.xx.fleetxen Java_HotSpot(TM)_64-Bit_Server_VM/xx",
        "Other", NONE, "Other", "Linux", NONE);
    is_agent(enrich, "signin.amazonaws.com", "Other", NONE, "Other", NONE, NONE);
    is_agent(enrich, "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:24.0) Gecko/20100101 Firefox/24.0",
             "Firefox", "24.0", "Other", "Windows", "7");
    is_agent(enrich,
             "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
             "Chrome/134.0.0.0 "
             "Safari/537.36",
             "Chrome", "134.0.0.0", "Other", "Windows", "10");
    is_agent(
        enrich,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0.0.0 Safari/537.36",
        "Chrome", "140.0.0.0", "Mac", "Mac OS X", "10.15.7");
#undef NONE
}

struct oracle {
    const struct th_enrich *enrich;
    enum th_field name, version;
    size_t parts; /* of the version that the file's cases are sure of */
    size_t n, every, differing;
};

static bool same_start(const char *got, const char *want)
{
    size_t n = strlen(want);
    return strncmp(got, want, n) == 0 && (got[n] == '\0' || got[n] == '.');
}

static void check_case(void *ctx, const struct mapping *m)
{
    struct oracle *o = ctx;
    struct th_buf name = TH_BUF_INIT;
    struct th_buf version = TH_BUF_INIT;
    struct th_buf want = TH_BUF_INIT;
    const char *agent = get(m, "user_agent_string");
    if (o->n++ % o->every != 0)
        return;
    static const char *const parts[] = {"major", "minor", "patch", "patch_minor"};
    for (size_t i = 0; i < o->parts && get(m, parts[i])[0] != '\0'; i++)
        th_buf_printf(&want, "%s%s", i > 0 ? "." : "", get(m, parts[i]));
    if (!th_enrich_user_agent(o->enrich, th_str_of(agent), o->name, &name))
        th_buf_puts(&name, "Other");
    if (o->version != TH_FIELD_NONE)
        th_enrich_user_agent(o->enrich, th_str_of(agent), o->version, &version);
    if (strcmp(th_buf_cstr(&name), get(m, "family")) != 0 ||
        (o->version != TH_FIELD_NONE && !same_start(th_buf_cstr(&version), th_buf_cstr(&want)))) {
        if (o->differing++ < 5)
            tap_note("%s: got %s %s, want %s %s", agent, th_buf_cstr(&name), th_buf_cstr(&version),
                     get(m, "family"), th_buf_cstr(&want));
    }
    th_buf_fini(&name);
    th_buf_fini(&version);
    th_buf_fini(&want);
}

static void test_oracle(const struct th_enrich *enrich)
{
    static const struct {
        const char *file;
        enum th_field name, version;
        size_t parts, every;
    } files[] = {
        {UAP "/tests/test_ua.yaml", TH_F_USER_AGENT_NAME, TH_F_USER_AGENT_VERSION, 3, 1},
        {UAP "/tests/test_os.yaml", TH_F_USER_AGENT_OS_NAME, TH_F_USER_AGENT_OS_VERSION, 4, 1},
        {UAP "/tests/test_device.yaml", TH_F_USER_AGENT_DEVICE_NAME, TH_FIELD_NONE, 0, 10},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct oracle o = {
            enrich, files[i].name, files[i].version, files[i].parts, 0, files[i].every, 0};
        int64_t from = th_time_mono();
        if (!each_mapping(files[i].file, check_case, &o)) {
            tap_skip(files[i].file, "not installed");
            continue;
        }
        tap_note("%zu cases of %s in %d ms", o.n / o.every, files[i].file,
                 (int)(th_time_mono() - from));
        tap_is_int((int64_t)o.differing, 0, files[i].file);
    }
}

/* Threads compile the same expressions and fill the same cache at once. */
struct runner {
    const struct th_enrich *enrich;
    size_t wrong;
};

static void *run(void *ctx)
{
    struct runner *r = ctx;
    struct th_buf out = TH_BUF_INIT;
    char agent[100];
    for (int i = 0; i < 6000; i++) {
        char want[32];
        snprintf(agent, sizeof agent, "aws-cli/2.%d.1 Python/3.11.6 os/linux#%d", i, i);
        snprintf(want, sizeof want, "2.%d.1", i);
        th_buf_reset(&out);
        if (!th_enrich_user_agent(r->enrich, th_str_of(agent), TH_F_USER_AGENT_VERSION, &out) ||
            strcmp(th_buf_cstr(&out), want) != 0)
            r->wrong++;
    }
    th_buf_fini(&out);
    return NULL;
}

static void test_threads(const struct th_enrich *enrich)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct runner runners[THREADS];
    size_t wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        runners[i] = (struct runner){enrich, 0};
        pthread_create(&threads[i], NULL, run, &runners[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        wrong += runners[i].wrong;
    }
    tap_is_int((int64_t)wrong, 0, "four threads, more agents than the cache holds");
}

int main(void)
{
    test_rules();
    test_refused();
    struct th_enrich *enrich = th_enrich_new();
    int64_t from = th_time_mono();
    if (th_enrich_user_agents(enrich, NULL, NULL) != TH_OK) {
        tap_skip("uap-core's expressions", "not installed");
    } else {
        int64_t took = th_time_mono() - from;
        tap_ok(took < 1000, "loaded in %d ms", (int)took);
        test_threads(enrich);
        test_observed(enrich);
        test_oracle(enrich);
    }
    th_enrich_free(enrich);
    return tap_done();
}
