/* Which expressions are tried for an agent: what is left out must not match. The plain definition
 * is PCRE2 on each expression. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ecs/enrich/filter.h"

#include <dirent.h>
#include <pcre2.h>

#include "base/dict.h"
#include "ecs/enrich/enrich.h"
#include "ecs/uap.h"
#include "lib/tap.h"

enum { GENERATED = 20000, HOSTILE = 1000, AGENT_BYTES = 1024 };

static void is_needles(const char *regex, const char *want)
{
    th_arena *arena = th_arena_new(0);
    struct th_needles needles;
    struct th_buf out = TH_BUF_INIT;
    th_needles_of(regex, arena, &needles);
    for (size_t c = 0; c < needles.n; c++) {
        if (c > 0)
            th_buf_puts(&out, "& ");
        if (needles.choices[c].begins)
            th_buf_putc(&out, '^');
        for (size_t i = 0; i < needles.choices[c].n; i++) {
            th_buf_add_str(&out, needles.choices[c].texts[i]);
            th_buf_putc(&out, '|');
        }
    }
    tap_is_str(th_buf_cstr(&out), want, regex);
    th_buf_fini(&out);
    th_arena_free(arena);
}

static void test_needles(void)
{
    is_needles("Chrome", "^chrome|");
    is_needles("(Chrome)/(\\d+)\\.(\\d+)", "^chrome/0|chrome/1|chrome/2|chrome/3|chrome/4|chrome/"
                                           "5|chrome/6|chrome/7|chrome/8|chrome/9|");
    is_needles("(?:a|bc)d", "^ad|bcd|");
    is_needles("(?:a|bc).", "^a|bc|");
    is_needles("(?:ab|bcd)x*", "^ab|bcd|");
    is_needles("(?:ab|)cde", "^abcde|cde|");
    is_needles("ab?cd", "^acd|abcd|");
    is_needles("abc+d", "^abc|");
    is_needles("a{0,3}bc", "^bc|abc|aabc|aaabc|");
    is_needles("a{2}bc", "^aabc|");
    is_needles("[Bb]ai[Dd]u", "^baidu|");
    is_needles("[a-c]xyz", "^axyz|bxyz|cxyz|");
    is_needles("[]a]xyz", "^]xyz|axyz|");
    is_needles("foo|.", "");
    is_needles("foo|bar", "^foo|bar|");
    is_needles("\\bfoo\\b", "^foo|");
    is_needles("x\\.y\\d", "^x.y0|x.y1|x.y2|x.y3|x.y4|x.y5|x.y6|x.y7|x.y8|x.y9|");
    is_needles("(?!never)yes", "yes|");
    is_needles("(?i)Yes", "yes|");
    is_needles("(?x)y e s", "");
    is_needles("\\x41bcdef", "");
    is_needles("[[:alpha:]]bcdef", "");
    is_needles("(unclosed", "^unclosed|");
    is_needles("closed)", "");
    is_needles("(?", "");
    is_needles("[", "");
    is_needles("\\", "");
    is_needles("", "");
    is_needles(".*", "");
    is_needles("(foo)?(foobar)+", "foobar|& ^foobar|foofoobar|");
    is_needles("ab.cde.(?:x|yz)", "cde|");
    is_needles("a.b.c.d.e.f.gh", "gh|");
    is_needles("a{,3}bc", "bc|");
    is_needles("ab{ 2 }c", "^ab|");
    is_needles("(?i:ab)cd", "cd|");
    is_needles("(?ix)a b", "");
    is_needles("(*ANYCRLF)ab", "");
    is_needles("; {0,1}[Ab]c", "^;ac|;bc|; ac|; bc|");
    is_needles("x(?:SK|E)\\d{2}", "^xsk0|xsk1|xsk2|xsk3|xsk4|xsk5|xsk6|xsk7|xsk8|xsk9|"
                                  "xe0|xe1|xe2|xe3|xe4|xe5|xe6|xe7|xe8|xe9|");
    is_needles("ab{1,2}cd.*ef", "^abcd|abbcd|");
    is_needles("\\w+abc(?:d|\\w)", "abc|");
    is_needles("(?<=x)abc", "abc|");
}

/* Expressions with their plain definition, and the filter over them. */
struct all {
    th_filter *filter;
    pcre2_code *codes[3000];
    char *regexes[3000];
    size_t n;
    pcre2_match_data *match;
    th_arena *arena;
    uint64_t random;
    size_t agents, tried, matches, missed, late, left_out;
};

static void add(void *ctx, const struct mapping *m)
{
    struct all *all = ctx;
    int error;
    PCRE2_SIZE at;
    struct th_needles needles;
    const char *regex = get(m, "regex");
    if (all->n == sizeof all->codes / sizeof all->codes[0])
        return;
    th_needles_of(regex, all->arena, &needles);
    if (th_filter_add(all->filter, &needles) != all->n)
        tap_ok(false, "expressions are numbered as they come");
    all->regexes[all->n] = th_xstrdup(regex);
    all->codes[all->n] = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
                                       strcmp(get(m, "regex_flag"), "i") == 0 ? PCRE2_CASELESS : 0,
                                       &error, &at, NULL);
    if (all->codes[all->n] != NULL)
        pcre2_jit_compile(all->codes[all->n], PCRE2_JIT_COMPLETE);
    all->n++;
}

static struct all *all_new(void)
{
    struct all *all = th_xcalloc(1, sizeof *all);
    all->filter = th_filter_new();
    all->match = pcre2_match_data_create(1, NULL);
    all->arena = th_arena_new(0);
    all->random = 1;
    return all;
}

static void all_free(struct all *all)
{
    for (size_t i = 0; i < all->n; i++) {
        pcre2_code_free(all->codes[i]);
        free(all->regexes[i]);
    }
    pcre2_match_data_free(all->match);
    th_filter_free(all->filter);
    th_arena_free(all->arena);
    free(all);
}

static void check_agent(struct all *all, struct th_str agent)
{
    th_arena_reset(all->arena);
    struct th_filter_found found = th_filter_find(all->filter, agent, all->arena);
    all->agents++;
    for (size_t i = 0; i < all->n; i++) {
        bool tried = th_bits_get(&found.candidates, i);
        all->tried += tried;
        if (all->codes[i] == NULL ||
            pcre2_match(all->codes[i], (PCRE2_SPTR)agent.p, agent.n, 0, 0, all->match, NULL) < 0)
            continue;
        all->matches++;
        if (tried && pcre2_get_ovector_pointer(all->match)[0] < found.begin[i] && all->late++ < 5)
            tap_note("%s matches %.*s before %d", all->regexes[i], (int)agent.n, agent.p,
                     found.begin[i]);
        if (!tried && all->missed++ < 5)
            tap_note("%s matches %.*s", all->regexes[i], (int)agent.n, agent.p);
    }
}

static void report(struct all *all, const char *what)
{
    tap_ok(all->matches > 0, "%s: %zu agents, %zu of all expressions tried, %zu matches", what,
           all->agents, all->tried, all->matches);
    tap_is_int((int64_t)all->missed, 0, "no match is left out");
    tap_is_int((int64_t)all->late, 0, "no match begins before the place that is told");
    all->agents = all->tried = all->matches = all->missed = all->late = 0;
}

static void check_case(void *ctx, const struct mapping *m)
{
    struct all *all = ctx;
    if (all->left_out++ % 10 == 0)
        check_agent(all, th_str_of(get(m, "user_agent_string")));
}

static size_t below(struct all *all, size_t n)
{
    all->random = all->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(all->random >> 33) % n;
}

/* Something like what an expression matches: its plain characters, with digits for \d and something
 * for what else it says, some letters in the other case, now and then cut off. */
static void add_likeness(struct all *all, struct th_buf *out)
{
    static const char some[] = "a1; /.-_Bot()";
    const char *regex = all->regexes[below(all, all->n)];
    size_t end = below(all, 4) == 0 ? below(all, 60) : 200;
    for (size_t i = 0; regex[i] != '\0' && i < end; i++) {
        char c = regex[i];
        if (c == '\\' && regex[i + 1] != '\0')
            c = regex[++i] == 'd' ? (char)('0' + below(all, 10)) : regex[i];
        else if (strchr("?*+()[]{}|^$", c) != NULL && below(all, 6) != 0)
            continue;
        else if (c == '.')
            c = some[below(all, sizeof some - 1)];
        if (below(all, 40) == 0 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            c = (char)(c ^ 32);
        th_buf_putc(out, c);
        /* An alternative is enough. */
        if (regex[i + 1] == '|' && below(all, 2) == 0)
            i += strcspn(regex + i + 1, ")");
    }
}

static void test_generated(struct all *all)
{
    struct th_buf agent = TH_BUF_INIT;
    for (size_t i = 0; i < GENERATED; i++) {
        th_buf_reset(&agent);
        for (size_t parts = 1 + below(all, 3); parts > 0; parts--) {
            add_likeness(all, &agent);
            th_buf_puts(&agent, below(all, 2) == 0   ? "; "
                                : below(all, 2) == 0 ? " Build/"
                                                     : "/1.2");
        }
        check_agent(all, th_buf_str(&agent));
    }
    th_buf_fini(&agent);
    report(all, "made from the expressions");
}

/* Every "userAgent" of the files below a folder. */
static void check_folder(struct all *all, const char *path, th_dict *seen)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        char *below_it = th_xasprintf("%s/%s", path, entry->d_name);
        FILE *file = fopen(below_it, "rb");
        char *line = NULL;
        size_t cap = 0;
        check_folder(all, below_it, seen);
        while (file != NULL && getdelim(&line, &cap, ',', file) > 0) {
            const char *from = strstr(line, "\"userAgent\"");
            const char *value = from == NULL ? NULL : strchr(from + 11, '"');
            size_t n = value == NULL ? 0 : strcspn(value + 1, "\"");
            uint32_t before = th_dict_count(seen);
            if (n > 0 && th_dict_intern(seen, (struct th_str){value + 1, n}) > before)
                check_agent(all, (struct th_str){value + 1, n});
        }
        free(line);
        if (file != NULL)
            fclose(file);
        free(below_it);
    }
    if (dir != NULL)
        closedir(dir);
}

static void test_evidence(struct all *all)
{
    const char *source = getenv("TH_SRCDIR");
    char *path = th_xasprintf("%s/../shared/evidence", source != NULL ? source : ".");
    th_dict *seen = th_dict_new();
    check_folder(all, path, seen);
    if (all->agents == 0)
        tap_skip("agents of real logs", "no evidence here");
    else
        report(all, "real logs");
    th_dict_free(seen);
    free(path);
}

static void test_uap(void)
{
    struct all *all = all_new();
    if (!each_mapping(UAP "/regexes.yaml", add, all)) {
        tap_skip("uap-core's expressions", "not installed");
        all_free(all);
        return;
    }
    th_filter_ready(all->filter);
    if (each_mapping(UAP "/tests/test_ua.yaml", check_case, all) &&
        each_mapping(UAP "/tests/test_os.yaml", check_case, all) &&
        each_mapping(UAP "/tests/test_device.yaml", check_case, all))
        report(all, "uap-core's own cases");
    else
        tap_skip("uap-core's own cases", "not installed");
    test_evidence(all);
    test_generated(all);
    all_free(all);
}

static bool is_candidate(const th_filter *filter, const char *text, size_t n, size_t expression)
{
    th_arena *arena = th_arena_new(0);
    struct th_bits candidates = th_filter_find(filter, (struct th_str){text, n}, arena).candidates;
    bool is = th_bits_get(&candidates, expression);
    th_arena_free(arena);
    return is;
}

static void test_filter(void)
{
    static const char *const regexes[] = {"abc.*(?:def|fgh)",
                                          "bc",
                                          "x",
                                          ".*",
                                          "c(?:d|abcd)e",
                                          "a text that is longer than needles are"};
    th_filter *filter = th_filter_new();
    th_arena *arena = th_arena_new(0);
    struct th_needles needles;
    for (size_t i = 0; i < sizeof regexes / sizeof regexes[0]; i++) {
        th_needles_of(regexes[i], arena, &needles);
        tap_is_int((int64_t)th_filter_add(filter, &needles), (int64_t)i, regexes[i]);
    }
    th_filter_ready(filter);
    tap_ok(is_candidate(filter, "ABC def", 7, 0), "a text of each choice");
    tap_ok(!is_candidate(filter, "ABC fg", 6, 0), "one choice is missing");
    tap_ok(!is_candidate(filter, "def fgh def", 11, 0),
           "the same choice again is not the other one");
    tap_ok(is_candidate(filter, "fghabc", 6, 0), "order doesn't matter");
    tap_ok(is_candidate(filter, "zabc", 4, 1), "a needle at the end of another one");
    tap_ok(is_candidate(filter, "\0\0x", 3, 2), "behind NUL bytes");
    tap_ok(!is_candidate(filter, "", 0, 2) && is_candidate(filter, "", 0, 3),
           "an empty text leaves those that hold nothing");
    tap_ok(is_candidate(filter, "cabcabcde", 9, 4), "behind a false start");
    tap_ok(is_candidate(filter, "A TEXT THAT IS LONGER THAN NEEDLES ARE", 38, 5) &&
               !is_candidate(filter, "a text that i", 13, 5),
           "of a long needle the beginning counts");
    th_arena_free(arena);
    th_filter_free(filter);
    filter = th_filter_new();
    th_filter_ready(filter);
    arena = th_arena_new(0);
    tap_is_int((int64_t)th_filter_find(filter, TH_STR("x"), arena).candidates.n, 0,
               "no expressions");
    th_arena_free(arena);
    th_filter_free(filter);
}

/* More needles than the automaton takes: the rest is tried always. */
static void test_many(void)
{
    enum { MANY = 5000 };
    th_filter *filter = th_filter_new();
    th_arena *arena = th_arena_new(0);
    struct th_needles needles;
    char text[40];
    size_t missed = 0;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%08x%08x", i * 2654435761u, i);
        th_needles_of(text, arena, &needles);
        th_filter_add(filter, &needles);
    }
    th_filter_ready(filter);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%08x%08x", i * 2654435761u, i);
        missed += !is_candidate(filter, text, 16, i);
    }
    tap_is_int((int64_t)missed, 0, "more needles than the automaton takes: none is missed");
    th_arena_reset(arena);
    size_t tried = 0;
    struct th_bits candidates = th_filter_find(filter, TH_STR("nothing"), arena).candidates;
    tried = th_bits_count(&candidates);
    tap_ok(tried > 0 && tried < MANY, "%zu of %d are tried always", tried, MANY);
    th_arena_free(arena);
    th_filter_free(filter);
}

/* The i-th of some agents that nobody sends twice. */
static struct th_str hostile_agent(struct all *all, size_t i, struct th_buf *out)
{
    static const char *const parts[] = {" ", "/", "; /", "1.2.", "v2 ", "Build/", "sdk/", "  "};
    th_buf_reset(out);
    th_buf_printf(out, "%zu ", i);
    switch (i % 5) {
    case 0:
        while (out->n < AGENT_BYTES)
            th_buf_printf(out, "%08zx", below(all, UINT32_MAX));
        break;
    case 1:
    case 2:
        while (out->n < AGENT_BYTES)
            th_buf_puts(out, parts[below(all, sizeof parts / sizeof parts[0])]);
        break;
    case 3:
        th_buf_printf(out, "Mozilla/5.0 (Linux; Android 9; SM-G%zu Build/R%zu) AppleWebKit/537.36",
                      i, i);
        break;
    default:
        th_buf_printf(out, "aws-sdk-go-v2/1.%zu.0 os/linux lang/go#1.%zu", i, i);
    }
    return th_buf_str(out);
}

static void test_tries(void)
{
    struct th_enrich *enrich = th_enrich_new();
    struct all *all = all_new();
    struct th_buf agent = TH_BUF_INIT;
    struct th_buf value = TH_BUF_INIT;
    if (th_enrich_user_agents(enrich, NULL, NULL) != TH_OK) {
        tap_skip("expressions tried for hostile agents", "no uap-core here");
    } else {
        for (size_t i = 0; i < HOSTILE; i++)
            th_enrich_user_agent(enrich, hostile_agent(all, i, &agent), TH_F_USER_AGENT_NAME,
                                 &value);
        tap_is_int((int64_t)th_enrich_matches(enrich), HOSTILE, "each agent is another one");
        tap_ok(th_enrich_tries(enrich) > 0 && th_enrich_tries(enrich) <= 20 * HOSTILE,
               "%d hostile agents: %d expressions tried, at most 20 an agent", HOSTILE,
               (int)th_enrich_tries(enrich));
    }
    th_buf_fini(&agent);
    th_buf_fini(&value);
    all_free(all);
    th_enrich_free(enrich);
}

int main(void)
{
    test_needles();
    test_filter();
    test_many();
    test_uap();
    test_tries();
    return tap_done();
}
