/* Correlations over tables: groups, ties, untimed events, chains, references, and random events
 * against a plain reading of the same rules. */
#include "detect/rule_run.h"

#define SOURCE "level: low\nlogsource: {product: aws, service: cloudtrail}\n"
#define BASE(name, event)                                                                          \
    "---\ntitle: " name "\nid: " name "\nname: " name "\n" SOURCE                                  \
    "detection: {s: {eventName: " event "}, condition: s}\n"

static uint64_t state = 0x9e3779b97f4a7c15u;

static unsigned random_below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 20) % n;
}

/* An event: name, seconds from a start (-1: no time), address, user. */
static void add_event(struct mem_case *c, const char *name, int second, const char *ip,
                      const char *user)
{
    struct th_buf json = TH_BUF_INIT;
    char iso[TH_TIME_ISO_BYTES];
    th_buf_printf(&json,
                  "{\"eventName\":\"%s\",\"eventSource\":\"x.amazonaws.com\","
                  "\"recipientAccountId\":\"111122223333\"",
                  name);
    if (second >= 0) {
        th_time_iso(INT64_C(1709287200000) + second * INT64_C(1000), iso);
        th_buf_printf(&json, ",\"eventTime\":\"%s\"", iso);
    }
    if (ip != NULL)
        th_buf_printf(&json, ",\"sourceIPAddress\":\"%s\"", ip);
    if (user != NULL)
        th_buf_printf(&json, ",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"%s\"}", user);
    th_buf_putc(&json, '}');
    mem_case_add(c, th_buf_str(&json));
    th_buf_fini(&json);
}

/* "0 1 2|3 4": the rows of all findings. Owned. */
static char *found_rows(const struct rule_run *r)
{
    struct th_buf out = TH_BUF_INIT;
    for (size_t i = 0; i < r->list.n; i++) {
        if (i > 0)
            th_buf_putc(&out, '|');
        for (size_t k = 0; k < r->list.found[i].rows_n; k++)
            th_buf_printf(&out, "%s%u", k > 0 ? " " : "", r->list.found[i].rows[k]);
    }
    return th_buf_take(&out);
}

/* Events "a0 a1 b5": a letter names the event (upper case: another address), then its second; '-'
 * instead: no time; '.': no address. */
static struct mem_case *case_of(const char *events)
{
    struct mem_case *c = mem_case_new();
    while (*events != '\0') {
        char name[2] = {(char)(*events >= 'a' ? *events : *events + 32), '\0'};
        const char *ip = *events >= 'a' ? "192.0.2.1" : "192.0.2.2";
        int second = -1;
        char user[8] = "u";
        events++;
        if (*events == '.') {
            ip = NULL;
            events++;
        }
        if (*events == '-')
            events++;
        else
            second = (int)strtol(events, NULL, 10);
        while (*events >= '0' && *events <= '9')
            events++;
        if (*events == '/') { /* the user's name */
            user[0] = events[1];
            events += 2;
        }
        while (*events == ' ')
            events++;
        add_event(c, name, second, ip, user[0] == '_' ? NULL : user);
    }
    return c;
}

static void check(const char *rules_text, const char *events, const char *want, const char *name)
{
    th_rules *rules = rules_of(rules_text);
    struct rule_run r;
    run_open(&r, case_of(events));
    char *notes = notes_of(rules);
    enum th_code rc = run_all(&r, rules);
    char *got = found_rows(&r);
    tap_ok(rc == TH_OK && strcmp(got, want) == 0, "%s: \"%s\" gives \"%s\" (%s%s)", name, events,
           want, got, notes);
    free(got);
    free(notes);
    run_close(&r);
    th_rules_free(rules);
}

#define COUNT(condition, more)                                                                     \
    BASE("fail", "a")                                                                              \
    "---\ntitle: burst\nid: burst\nname: burst\nlevel: low\ncorrelation:\n  type: event_count\n  " \
    "rules: [fail]\n"                                                                              \
    "  group-by: [source.ip]\n  timespan: 10s\n  condition: {" condition "}\n" more

static void test_event_count(void)
{
    check(COUNT("gte: 3", ""), "a0 a1", "", "too few");
    check(COUNT("gte: 3", ""), "a0 a1 a2", "0 1 2", "enough");
    check(COUNT("gte: 3", ""), "a0 a5 a10", "0 1 2", "both ends of the span are inside");
    check(COUNT("gte: 3", ""), "a0 a5 a11", "", "just too long");
    check(COUNT("gte: 3", ""), "a9 a10 a11", "0 1 2", "no fixed edges");
    check(COUNT("gte: 3", ""), "a2 a1 a0", "2 1 0", "rows are given in order of time");
    check(COUNT("gte: 3", ""), "a0 a1 A2 A3 A4", "2 3 4", "groups are apart");
    check(COUNT("gte: 3", ""), "a0 A0 a1 A1 a2 A2", "0 2 4|1 3 5", "one finding a group");
    check(COUNT("gte: 3", ""), "a0 a5 a9 a14 a18 a50", "0 1 2 3 4",
          "overlapping windows grow into one");
    check(COUNT("gte: 3", ""), "a0 a1 a2 a100 a101 a102", "0 1 2|3 4 5", "two bursts");
    check(COUNT("gte: 3", ""), "a5 a5 a5", "0 1 2", "equal times");
    check(COUNT("gte: 3", ""), "a0 a1 a.2 a3", "0 1 3", "an event without the field is left out");
    check(COUNT("gte: 3", ""), "a- a0 a1", "", "an event without a time is left out");
    check(COUNT("gte: 3", ""), "b0 b1 b2", "", "only what the rule matches");
    check(COUNT("gt: 3", ""), "a0 a1 a2", "", "more than three");
    check(COUNT("eq: 2", ""), "a0 a1", "0 1", "exactly two");
    check(COUNT("eq: 2", ""), "a0 a1 a2", "", "a window of three is not one of two");
    check(COUNT("lte: 1", ""), "a0 a1 a50", "2", "at most one");
    check(COUNT("gte: 2, lt: 4", ""), "a0 a1 a50 a51 a52 a53", "0 1", "two bounds");
    check(COUNT("neq: 1", ""), "a0 a1 a50", "0 1", "not one");
}

#define VALUES(condition)                                                                          \
    BASE("fail", "a")                                                                              \
    "---\ntitle: spray\nid: spray\nlevel: low\ncorrelation:\n  type: value_count\n  rules: "       \
    "[fail]\n"                                                                                     \
    "  group-by: [source.ip]\n  timespan: 10s\n  condition: {field: user.name, " condition "}\n"

static void test_value_count(void)
{
    check(VALUES("gte: 3"), "a0/x a1/y a2/z", "0 1 2", "three users");
    check(VALUES("gte: 3"), "a0/x a1/x a2/y a3/y", "", "two users four times");
    check(VALUES("gte: 3"), "a0/x a1/x a2/y a3/z", "0 1 2 3", "all events of the window");
    check(VALUES("gte: 3"), "a0/x a8/y a16/z", "", "never three at once");
    check(VALUES("gte: 2"), "a0/x a8/y a16/z", "0 1 2", "two at a time, grown together");
    check(VALUES("gte: 2"), "a0/x a1/_ a2/y", "0 1 2", "an event without the value counts none");
    check(BASE("fail", "a") "---\ntitle: v\nid: v\nlevel: low\ncorrelation:\n  type: value_count\n "
                            " rules: [fail]\n"
                            "  timespan: 10s\n  condition: {field: sourceIPAddress, gte: 2}\n",
          "a0 A1 a90", "0 1", "without group-by all events are one group");
}

#define MEET(type)                                                                                 \
    BASE("one", "a")                                                                               \
    BASE("two", "b")                                                                               \
    "---\ntitle: meet\nid: meet\nlevel: low\ncorrelation:\n  type: " type                          \
    "\n  rules: [one, two]\n"                                                                      \
    "  group-by: [source.ip]\n  timespan: 10s\n"

static void test_temporal(void)
{
    check(MEET("temporal"), "a0 b5", "0 1", "in order");
    check(MEET("temporal"), "b0 a5", "0 1", "in the other order");
    check(MEET("temporal"), "a0 b11", "", "too late");
    check(MEET("temporal"), "a0 B5", "", "in different groups");
    check(MEET("temporal"), "a0 a1 a20", "", "only one of them");
    check(MEET("temporal"), "a0 a5 b10 b15 a40", "0 1 2 3", "everything in the windows");
    check(MEET("temporal_ordered"), "a0 b5", "0 1", "ordered");
    check(MEET("temporal_ordered"), "b0 a5", "", "ordered, the other way round");
    check(MEET("temporal_ordered"), "b0 a0", "0 1", "at the same time is in order");
    check(MEET("temporal_ordered"), "b0 a1 b2 a3", "1 2", "what is outside the chains is left out");
    check(MEET("temporal_ordered"), "a0 b5 a6 b9", "0 1 2 3", "two chains in one");
    check(MEET("temporal_ordered"), "a0 b10 a30 b35", "0 1|2 3", "two chains apart");
    check(BASE("one", "a")
              BASE("any", "['a', b]") "---\ntitle: m\nid: m\nlevel: low\ncorrelation:\n  type: "
                                      "temporal_ordered\n  rules: [one, any]\n  timespan: 10s\n",
          "a0", "", "one event is not two steps");
    check(BASE("one", "a")
              BASE("any", "['a', b]") "---\ntitle: m\nid: m\nlevel: low\ncorrelation:\n  type: "
                                      "temporal_ordered\n  rules: [one, any]\n  timespan: 10s\n",
          "a0 a0", "0 1", "two events at one time are");
}

#define CHAIN                                                                                      \
    COUNT("gte: 3", "")                                                                            \
    BASE("good", "b")                                                                              \
    "---\ntitle: guessed\nid: guessed\nlevel: high\ncorrelation:\n  type: "                        \
    "temporal_ordered\n  rules: [burst, good]\n"                                                   \
    "  group-by: [source.ip]\n  timespan: 30s\n"

static void test_chain(void)
{
    check(CHAIN, "a0 a1 a2 b3", "0 1 2 3", "a burst, then success");
    check(CHAIN, "a0 a1 b3", "", "too short a burst");
    check(CHAIN, "b0 a1 a2 a3", "", "success before the burst");
    check(CHAIN, "a0 a1 b2 a3", "", "the burst is complete only afterwards");
    check(CHAIN, "a0 a1 a2 b3 a4 a5", "0 1 2 3", "a burst that goes on after the success");
    check(CHAIN, "a0 a1 a2 B3", "", "success from elsewhere");
    check(CHAIN, "a0 a1 a2 b40", "", "success too late");
    check(CHAIN, "a0 a1 a2 a3 a4 a5 b6 b8", "0 1 2 3 4 5 6 7", "all of the burst, both successes");
    check(CHAIN, "a0 a1 a2 b3 a100 a101 a102 b103", "0 1 2 3|4 5 6 7", "twice");
    check(CHAIN "---\ntitle: more\nid: more\nlevel: high\ncorrelation:\n  type: temporal\n  rules: "
                "[guessed, late]\n"
                "  group-by: [source.ip]\n  timespan: 1m\n" BASE("late", "c"),
          "a0 a1 a2 b3 c20", "0 1 2 3 4", "a chain in a chain");
}

/* Who speaks, and who is found. */
static void test_links(void)
{
    th_rules *rules = rules_of(CHAIN);
    tap_ok(rule_called(rules, "fail")->silent && rule_called(rules, "burst")->silent &&
               rule_called(rules, "good")->silent && !rule_called(rules, "guessed")->silent,
           "parts are silent");
    uint8_t hash[32];
    memcpy(hash, rule_called(rules, "guessed")->hash, sizeof hash);
    th_rules_free(rules);
    rules = rules_of(COUNT("gte: 4", "") BASE(
        "good", "b") "---\ntitle: guessed\nid: guessed\nlevel: high\ncorrelation:\n"
                     "  type: temporal_ordered\n  rules: [burst, good]\n  group-by: [source.ip]\n  "
                     "timespan: 30s\n");
    tap_ok(memcmp(hash, rule_called(rules, "guessed")->hash, sizeof hash) != 0,
           "a part's text is in the hash");
    th_rules_free(rules);
    rules = rules_of(COUNT("gte: 3", "  generate: true\n"));
    tap_ok(!rule_called(rules, "fail")->silent, "generate: true makes parts speak");
    th_rules_free(rules);
    rules = rules_of(
        "---\ntitle: fail\nid: fail\ngenerate: true\n" SOURCE
        "detection: {s: {eventName: a}, condition: s}\n"
        "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [fail]\n"
        "  timespan: 1h\n  condition: {gte: 2}\n");
    tap_ok(!rule_called(rules, "fail")->silent, "and a rule's own does");
    tap_is_int(rule_called(rules, "c")->timespan_ms, 3600000, "timespan");
    th_rules_free(rules);
    static const struct {
        const char *text, *notes;
        size_t kept;
    } broken[] = {
        {"title: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  rules:\n    - nobody\n "
         " timespan: 1h\n  condition: {gte: 2}\n",
         "7 error: no rule is called nobody", 0},
        {"title: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [c]\n  "
         "timespan: 1h\n  condition: {gte: 2}\n",
         "6 error: the rule builds on itself through c", 0},
        {BASE("x", "a") "---\ntitle: x\nid: y\nlevel: low\nlogsource: {product: aws, service: "
                        "cloudtrail}\n"
                        "detection: {s: {eventName: b}, condition: s}\n"
                        "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  timespan: 1h\n  condition: {gte: 2}\n",
         "", 3},
        {"title: c\nid: c\nlevel: low\ncorrelation:\n  type: value_sum\n  rules: [x]\n  timespan: "
         "1h\n  condition: {gte: 2}\n",
         "5 error: correlation type value_sum is not supported (event_count, value_count, "
         "temporal, temporal_ordered are)",
         0},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  condition: {gte: 2}\n",
         "13 error: the correlation has no timespan", 1},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  timespan: 1h\n",
         "13 error: the correlation has no condition such as gte: 5", 1},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  timespan: 1h\n  condition: {gte: many}\n",
         "16 error: gte is no count", 1},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: value_count\n  "
                        "rules: [x]\n  timespan: 1h\n  condition: {gte: 2}\n",
         "16 error: value_count counts no field", 1},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: temporal\n  "
                        "rules: [x]\n  timespan: 1h\n",
         "14 error: at least two rules are needed", 1},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  group-by: nosuch\n  timespan: 1h\n  condition: {gte: 2}\n",
         "15 error: unknown field nosuch", 1},
        {COUNT("gte: 3", "") BASE("good", "b") "---\ntitle: g\nid: g\nlevel: high\ncorrelation:\n  "
                                               "type: temporal_ordered\n  rules: [burst, good]\n"
                                               "  group-by: [user.name]\n  timespan: 30s\n",
         "32 error: a part isn't grouped by it as well: user.name", 3},
        {COUNT("gte: 3",
               "") "---\ntitle: g\nid: g\nlevel: high\ncorrelation:\n  type: event_count\n  rules: "
                   "[burst]\n  timespan: 30s\n  condition: {gte: 2}\n",
         "25 error: a count needs rules on events, this is a correlation: burst", 2},
        {BASE("x", "a") "---\ntitle: c\nid: c\nlevel: low\ncorrelation:\n  type: event_count\n  "
                        "rules: [x]\n  timespan: 1h\n"
                        "  condition: {gte: 2}\n  aliases: {a: {x: user.name}}\n",
         "17 error: aliases are not supported", 1},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        rules = rules_of(broken[i].text);
        char *notes = notes_of(rules);
        tap_ok(strcmp(notes, broken[i].notes) == 0 && th_rules_count(rules) == broken[i].kept,
               "%s (%s, %zu rules)", broken[i].notes, notes, th_rules_count(rules));
        free(notes);
        th_rules_free(rules);
    }
}

static void test_event_rules(void)
{
    const char *plain = BASE("fail", "a");
    check(plain, "", "", "no events at all");
    check(plain, "b0", "", "nothing matches");
    check(plain, "a0 a10", "0 1", "matches near each other are one finding");
    check(plain, "a0 a3600 a7200", "0 1 2", "within an hour of the one before");
    check(plain, "a0 a3601", "0|1", "longer apart are two");
    check(plain, "a0/x a1/y", "0|1", "of two actors are two");
    check(plain, "a- a- a5", "0 1|2", "untimed ones stay together");
    check("title: t\nid: t\n" SOURCE "detection: {s: {eventName: a}, condition: s}\ntrailhound: "
          "{group-by: source.ip, gap: 5s}\n",
          "a0/x a5/y A6/x a11/x", "0 1|3|2", "the rule's own grouping and gap");
}

static void test_words(void)
{
    th_rules *rules =
        rules_of("---\ntitle: fail\nid: fail\nname: fail\n" SOURCE
                 "detection: {s: {eventName: a}, condition: s}\ntrailhound: {noun: failures}\n"
                 "---\ntitle: burst\nid: burst\nname: burst\nlevel: low\ngenerate: "
                 "true\ncorrelation:\n  type: event_count\n  rules: [fail]\n"
                 "  group-by: [source.ip]\n  timespan: 10s\n  condition: {gte: 3}\n" BASE(
                     "good", "b") "---\ntitle: guessed\nid: guessed\nlevel: high\ncorrelation:\n  "
                                  "type: temporal_ordered\n  rules: [burst, good]\n"
                                  "  group-by: [source.ip]\n  timespan: 30s\n");
    struct rule_run r;
    run_open(&r, case_of("a0/x a1/y a5/z b7/z"));
    tap_is_int(run_all(&r, rules), TH_OK, "rules ran");
    tap_is_int((int64_t)r.list.n, 2, "two findings");
    tap_is_str(r.list.found[0].why, "3 failures from 192.0.2.1 within 5 s, 3 different user names.",
               "sentence of a count");
    tap_is_str(r.list.found[1].why,
               "3 failures from 192.0.2.1 within 5 s, 3 different user names; then 1 events of "
               "\"good\" by z at "
               "10:00:07 UTC on 1 Mar.",
               "sentence of a chain");
    tap_is_str(r.list.found[1].grouping, "{\"source.ip\":\"192.0.2.1\"}", "group");
    tap_is_str(r.list.found[1].detail,
               "{\"parts\":[{\"title\":\"burst\",\"count\":3,\"first\":\"2024-03-01T10:00:00."
               "000Z\",\"last\":\"2024-03-01T10:00:05.000Z\"},"
               "{\"title\":\"good\",\"count\":1,\"first\":\"2024-03-01T10:00:07.000Z\",\"last\":"
               "\"2024-03-01T10:00:07.000Z\"}],"
               "\"distinct\":{\"user.name\":3,\"source.address\":1,\"aws.cloudtrail.recipient_"
               "account_id\":1,\"event.action\":2},"
               "\"timespan_ms\":30000}",
               "figures");
    tap_is_int(r.list.found[1].last_ms - r.list.found[1].first_ms, 7000,
               "from the first to the last event");
    run_close(&r);
    th_rules_free(rules);
}

/* A cancelled run gives nothing, and says so. */
static void test_cancel(void)
{
    th_rules *rules = rules_of(COUNT("gte: 3", "  generate: true\n"));
    struct rule_run r;
    th_cancel cancel = {false};
    run_open(&r, case_of("a0 a1 a2"));
    th_cancel_set(&cancel);
    for (size_t i = 0; i < th_rules_count(rules); i++) {
        struct th_err err = {0};
        tap_is_int(th_detect_run(r.detect, th_rules_get(rules, i), &cancel, &r.list, &err),
                   TH_E_CANCELLED, "cancelled");
    }
    tap_is_int((int64_t)r.list.n, 0, "nothing was added");
    run_close(&r);
    th_rules_free(rules);
}

/* A column that can't be read is an error, not an empty result. */
static void test_failure(void)
{
    th_rules *rules = rules_of(COUNT("gte: 3", ""));
    struct rule_run r;
    struct mem_case *c = case_of("a0 a1 a2");
    c->fail_field = TH_F_SOURCE_IP;
    run_open(&r, c);
    tap_is_int(run_all(&r, rules), TH_E_DB, "the error is handed on");
    tap_is_str(r.err.msg, "rule burst: loading source.ip: the disk is gone",
               "with the rule's name");
    run_close(&r);
    th_rules_free(rules);
}

/* Random events: a count by group, and a chain, against loops over all pairs.
 * ------------------------------------------ */

enum { EVENTS = 40, SPAN = 10 };
struct plain {
    char name;
    int second, ip, user;
};

static void plain_bursts(const struct plain *e, size_t n, int ip, int least, bool *in)
{
    memset(in, 0, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            int from = e[i].second, to = e[k].second, count = 0;
            if (e[i].name != 'a' || e[k].name != 'a' || e[i].ip != ip || e[k].ip != ip ||
                from < 0 || to < from || to - from > SPAN)
                continue;
            for (size_t m = 0; m < n; m++)
                count +=
                    e[m].name == 'a' && e[m].ip == ip && e[m].second >= from && e[m].second <= to;
            for (size_t m = 0; count >= least && m < n; m++)
                if (e[m].name == 'a' && e[m].ip == ip && e[m].second >= from && e[m].second <= to)
                    in[m] = true;
        }
}

/* Pairs a, b of one group, b not before a, within the span: what stands in such a pair. */
static void plain_pairs(const struct plain *e, size_t n, int ip, bool *in)
{
    memset(in, 0, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (e[i].name == 'a' && e[k].name == 'b' && e[i].ip == ip && e[k].ip == ip &&
                e[i].second >= 0 && e[k].second >= e[i].second && e[k].second - e[i].second <= SPAN)
                in[i] = in[k] = true;
}

static size_t rows_differ(const struct rule_run *r, const struct plain *e, size_t n, bool pairs)
{
    bool found[EVENTS] = {false}, want[EVENTS] = {false}, in[EVENTS];
    size_t bad = 0;
    for (size_t f = 0; f < r->list.n; f++)
        for (size_t k = 0; k < r->list.found[f].rows_n; k++) {
            bad += found[r->list.found[f].rows[k]]; /* in two findings */
            found[r->list.found[f].rows[k]] = true;
        }
    for (int ip = 0; ip < 3; ip++) {
        if (pairs)
            plain_pairs(e, n, ip, in);
        else
            plain_bursts(e, n, ip, 3, in);
        for (size_t i = 0; i < n; i++)
            want[i] = want[i] || in[i];
    }
    for (size_t i = 0; i < n; i++)
        bad += found[i] != want[i];
    return bad;
}

static void test_random(bool pairs)
{
    static const char *const ips[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1"};
    th_rules *rules = rules_of(pairs ? MEET("temporal_ordered") : COUNT("gte: 3", ""));
    size_t bad = 0, seen = 0;
    for (int round = 0; round < 300; round++) {
        struct plain e[EVENTS];
        struct mem_case *c = mem_case_new();
        struct rule_run r;
        size_t n = random_below(EVENTS + 1);
        for (size_t i = 0; i < n; i++) {
            e[i] = (struct plain){random_below(3) == 0 ? 'b' : 'a', (int)random_below(120),
                                  (int)random_below(4), 0};
            if (random_below(12) == 0)
                e[i].second = -1;
            char name[2] = {e[i].name, '\0'};
            /* The fourth address is none at all. */
            add_event(c, name, e[i].second, e[i].ip == 3 ? NULL : ips[e[i].ip], "u");
        }
        run_open(&r, c);
        if (run_all(&r, rules) != TH_OK)
            bad++;
        bad += rows_differ(&r, e, n, pairs);
        seen += r.list.n;
        run_close(&r);
    }
    tap_ok(bad == 0, "random events, %s: as the plain reading (%zu differ)",
           pairs ? "pairs in order" : "bursts", bad);
    tap_ok(seen > 100, "there was something to compare (%zu)", seen);
    th_rules_free(rules);
}

int main(void)
{
    test_event_rules();
    test_event_count();
    test_value_count();
    test_temporal();
    test_chain();
    test_links();
    test_words();
    test_cancel();
    test_failure();
    test_random(false);
    test_random(true);
    return tap_done();
}
