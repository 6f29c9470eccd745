/* Patterns: every kind by table, wildcards against a plain recursive matcher, limits, threads. */
#include "base/pattern.h"

#include <pthread.h>
#include <time.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "base/pattern_words.h"
#include "lib/tap.h"

#define I TH_PATTERN_ICASE
#define Q TH_PATTERN_QUESTION
#define P TH_PATTERN_PHRASE

static bool matches(enum th_pattern_kind kind, const char *text, unsigned flags, const char *value)
{
    th_pattern *pattern;
    struct th_err err;
    th_err_clear(&err);
    if (th_pattern_new(kind, th_str_of(text), flags, &pattern, &err) != TH_OK) {
        tap_note("%s: %s", text, err.msg);
        return false;
    }
    size_t n = strlen(value);
    char *exact = th_xmalloc(n);
    memcpy(exact, value, n);
    bool found = th_pattern_match(pattern, (struct th_str){exact, n}, NULL);
    free(exact);
    th_pattern_free(pattern);
    return found;
}

static void table(void)
{
    static const struct {
        enum th_pattern_kind kind;
        const char *text;
        unsigned flags;
        const char *value;
        bool want;
    } rows[] = {
        {TH_PATTERN_EXACT, "abc", 0, "abc", true},
        {TH_PATTERN_EXACT, "abc", 0, "ABC", false},
        {TH_PATTERN_EXACT, "aBc", I, "AbC", true},
        {TH_PATTERN_EXACT, "abc", I, "abcd", false},
        {TH_PATTERN_EXACT, "", 0, "", true},
        {TH_PATTERN_EXACT, "", 0, "a", false},
        {TH_PATTERN_EXACT, "ÄRGER", I, "ärger", true},
        {TH_PATTERN_PREFIX, "arn:", 0, "arn:aws", true},
        {TH_PATTERN_PREFIX, "arn:", 0, "ARN:aws", false},
        {TH_PATTERN_PREFIX, "arn:", I, "ARN:aws", true},
        {TH_PATTERN_PREFIX, "arn:", 0, "arn", false},
        {TH_PATTERN_PREFIX, "", 0, "x", true},
        {TH_PATTERN_PREFIX, "ⱥb", I, "ȺBc", true},
        {TH_PATTERN_SUFFIX, "com", 0, "amazonaws.com", true},
        {TH_PATTERN_SUFFIX, "COM", 0, "amazonaws.com", false},
        {TH_PATTERN_SUFFIX, "COM", I, "amazonaws.com", true},
        {TH_PATTERN_SUFFIX, "com", 0, "om", false},
        {TH_PATTERN_SUFFIX, "Ⱥ", I, "xⱥ", true},
        {TH_PATTERN_CONTAINS, "key", 0, "AccessKeyId", false},
        {TH_PATTERN_CONTAINS, "key", I, "AccessKeyId", true},
        {TH_PATTERN_CONTAINS, "Key", 0, "AccessKeyId", true},
        {TH_PATTERN_CONTAINS, "", 0, "", true},
        {TH_PATTERN_WILDCARD, "*", 0, "", true},
        {TH_PATTERN_WILDCARD, "", 0, "", true},
        {TH_PATTERN_WILDCARD, "", 0, "a", false},
        {TH_PATTERN_WILDCARD, "a*", 0, "abc", true},
        {TH_PATTERN_WILDCARD, "*c", 0, "abc", true},
        {TH_PATTERN_WILDCARD, "*b", 0, "abc", false},
        {TH_PATTERN_WILDCARD, "a**c", 0, "ac", true},
        {TH_PATTERN_WILDCARD, "*a*b*c*", 0, "xxaxxbxxcxx", true},
        {TH_PATTERN_WILDCARD, "*a*b*c*", 0, "xxaxxcxxbxx", false},
        {TH_PATTERN_WILDCARD, "a?c", 0, "abc", false},
        {TH_PATTERN_WILDCARD, "a?c", 0, "a?c", true},
        {TH_PATTERN_WILDCARD, "a?c", Q, "abc", true},
        {TH_PATTERN_WILDCARD, "a?c", Q, "aéc", true},
        {TH_PATTERN_WILDCARD, "a?c", Q, "ac", false},
        {TH_PATTERN_WILDCARD, "??", Q, "漢字", true},
        {TH_PATTERN_WILDCARD, "*?", Q, "", false},
        {TH_PATTERN_WILDCARD, "a\\*c", 0, "a*c", true},
        {TH_PATTERN_WILDCARD, "a\\*c", 0, "abc", false},
        {TH_PATTERN_WILDCARD, "a\\?c", Q, "a?c", true},
        {TH_PATTERN_WILDCARD, "a\\?c", Q, "abc", false},
        {TH_PATTERN_WILDCARD, "a\\\\*", 0, "a\\bc", true},
        {TH_PATTERN_WILDCARD, "a\\bc", 0, "abc", true},
        {TH_PATTERN_WILDCARD, "abc\\", 0, "abc\\", true},
        {TH_PATTERN_WILDCARD, "Get*", 0, "getObject", false},
        {TH_PATTERN_WILDCARD, "Get*", I, "getObject", true},
        {TH_PATTERN_WILDCARD, "*Ä*", I, "xäx", true},
        {TH_PATTERN_WILDCARD, "a*\xff", 0, "ab\xff", true},
        {TH_PATTERN_REGEX, "^Get", 0, "GetObject", true},
        {TH_PATTERN_REGEX, "^Get", 0, "getObject", false},
        {TH_PATTERN_REGEX, "^get", I, "GetObject", true},
        {TH_PATTERN_REGEX, "b+", 0, "abbbc", true},
        {TH_PATTERN_REGEX, "^b", 0, "a\nb", false},
        {TH_PATTERN_REGEX, "^b", TH_PATTERN_MULTILINE, "a\nb", true},
        {TH_PATTERN_REGEX, "a.b", 0, "a\nb", false},
        {TH_PATTERN_REGEX, "a.b", TH_PATTERN_DOTALL, "a\nb", true},
        {TH_PATTERN_REGEX, "^.$", 0, "漢", true},
        {TH_PATTERN_REGEX, "Ä", I, "ä", true},
        {TH_PATTERN_REGEX, "x", 0, "\xff\xfex", true},
        {TH_PATTERN_REGEX, "^a.*z$", 0, "a\xffz", false},
        {TH_PATTERN_REGEX, "(?i)root", 0, "ROOT", true},
        {TH_PATTERN_REGEX, "(a)(b)(c)(d)\\4", 0, "abcdd", true},
        {TH_PATTERN_REGEX, "", 0, "", true},
        {TH_PATTERN_WORDS, "quick fox", 0, "The Quick brown FOX.", true},
        {TH_PATTERN_WORDS, "fox quick", 0, "The quick brown fox", true},
        {TH_PATTERN_WORDS, "fox cat", 0, "The quick brown fox", false},
        {TH_PATTERN_WORDS, "quic", 0, "quick", false},
        {TH_PATTERN_WORDS, "quick brown", P, "the QUICK, brown fox", true},
        {TH_PATTERN_WORDS, "brown quick", P, "the quick brown fox", false},
        {TH_PATTERN_WORDS, "quick fox", P, "the quick brown fox", false},
        {TH_PATTERN_WORDS, "brown fox", P, "the quick brown fox", true},
        {TH_PATTERN_WORDS, "a b", P, "a a b", true},
        {TH_PATTERN_WORDS, "a a b", P, "a a a b", true},
        {TH_PATTERN_WORDS, "a b c", P, "x a b", false},
        {TH_PATTERN_WORDS, "user", 0, "arn:aws:iam::1:user/alice", true},
        {TH_PATTERN_WORDS, "alice", 0, "arn:aws:iam::1:user/alice", true},
        {TH_PATTERN_WORDS, "aws", 0, "arn:aws:iam::1:user/alice", false},
        {TH_PATTERN_WORDS, "s3.amazonaws.com", 0, "at s3.amazonaws.com now", true},
        {TH_PATTERN_WORDS, "amazonaws", 0, "iam.amazonaws.com", false},
        {TH_PATTERN_WORDS, "GROẞ", 0, "groß", true},
        {TH_PATTERN_WORDS, "", 0, "abc", false},
        {TH_PATTERN_WORDS, "...", 0, "...", false},
        {TH_PATTERN_WORDS, "a", 0, "", false},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++)
        tap_ok(matches(rows[i].kind, rows[i].text, rows[i].flags, rows[i].value) == rows[i].want,
               "kind %d, '%s' (flags %u) %s '%s'", rows[i].kind, rows[i].text, rows[i].flags,
               rows[i].want ? "matches" : "doesn't match", rows[i].value);
}

static void absent(void)
{
    static const char texts[][4] = {"", "", "", "", "*", ".*", "a"};
    for (int kind = TH_PATTERN_EXACT; kind <= TH_PATTERN_WORDS; kind++) {
        th_pattern *pattern;
        if (th_pattern_new((enum th_pattern_kind)kind, th_str_of(texts[kind]), 0, &pattern, NULL) !=
            TH_OK)
            continue;
        tap_ok(!th_pattern_match(pattern, TH_STR_NONE, NULL), "absent matches no kind (%d)", kind);
        th_pattern_free(pattern);
    }
    th_pattern_free(NULL);
}

static void bad_regex(void)
{
    static const struct {
        const char *text;
        uint64_t offset;
    } rows[] = {{"a(b", 3}, {"[a", 2},   {"a**b\\", 2}, {"(?<n>a)(?<n>b)", 12},
                {"\\C", 2}, {"x\xff", 1}};
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        th_pattern *pattern = NULL;
        struct th_err err;
        th_err_clear(&err);
        enum th_code rc =
            th_pattern_new(TH_PATTERN_REGEX, th_str_of(rows[i].text), 0, &pattern, &err);
        tap_ok(rc == TH_E_QUERY && err.code == TH_E_QUERY && pattern == NULL,
               "refused: regex %zu (%s)", i, err.msg);
        tap_is_int((int64_t)err.offset, (int64_t)rows[i].offset, "at its place");
    }
    size_t n = 100000;
    char *big = th_xmalloc(n);
    memset(big, 'a', n);
    th_pattern *pattern;
    tap_is_int(th_pattern_new(TH_PATTERN_REGEX, (struct th_str){big, n}, 0, &pattern, NULL),
               TH_E_QUERY, "a regex of 100 000 bytes is refused");
    free(big);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void limits(void)
{
    char value[4001];
    th_pattern *pattern;
    bool hit = false;
    double start = seconds();
    memset(value, 'a', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    if (th_pattern_new(TH_PATTERN_REGEX, TH_STR("^(a+)+$"), 0, &pattern, NULL) == TH_OK) {
        tap_ok(th_pattern_match(pattern, th_str_of(value), &hit) && !hit &&
                   !th_pattern_gave_up(pattern),
               "a plain match: no limit");
        value[40] = '!';
        value[41] = '\0';
        tap_ok(!th_pattern_match(pattern, th_str_of(value), &hit) && hit,
               "exponential backtracking hits the limit and is no match");
        tap_ok(!th_pattern_match(pattern, th_str_of(value), NULL), "without asking for the flag");
        hit = false;
        tap_ok(!th_pattern_match(pattern, TH_STR("b"), &hit) && !hit,
               "the next value is fine again");
        tap_ok(th_pattern_gave_up(pattern), "the pattern remembers the limit");
        th_pattern_free(pattern);
    }
    /* Wildcards that make a backtracking matcher exponential. */
    char *big = th_xmalloc(100000);
    memset(big, 'a', 100000);
    if (th_pattern_new(TH_PATTERN_WILDCARD, TH_STR("*a*a*a*a*a*a*a*a*a*a*a*a*b"), 0, &pattern,
                       NULL) == TH_OK) {
        tap_ok(!th_pattern_match(pattern, (struct th_str){big, 100000}, NULL), "stars over 100 kB");
        th_pattern_free(pattern);
    }
    free(big);
    tap_ok(seconds() - start < 5, "all that in time (%.2f s)", seconds() - start);
}

/* The definition of a wildcard, without thought of cost. */
static bool plain(const char *p, const char *v)
{
    if (*p == '\0')
        return *v == '\0';
    if (*p == '*')
        return plain(p + 1, v) || (*v != '\0' && plain(p, v + 1));
    return *v != '\0' && (*p == '?' || *p == *v) && plain(p + 1, v + 1);
}

static void against_definition(void)
{
    static const char letters[] = "ab*?";
    uint32_t state = 7;
    int differ = 0;
    int matched = 0;
    for (int round = 0; round < 60000; round++) {
        char text[9];
        char value[9];
        size_t n = 0;
        size_t m = 0;
        for (size_t len = (size_t)round % 8; n < len; n++) {
            state = state * 1664525u + 1013904223u;
            text[n] = letters[state >> 30];
        }
        for (size_t len = (size_t)round / 8 % 8; m < len; m++) {
            state = state * 1664525u + 1013904223u;
            value[m] = letters[state >> 31];
        }
        text[n] = '\0';
        value[m] = '\0';
        bool want = plain(text, value);
        matched += want;
        if (matches(TH_PATTERN_WILDCARD, text, Q, value) != want && differ++ < 5)
            tap_note("'%s' on '%s'", text, value);
    }
    tap_is_int(differ, 0, "60 000 random wildcards as by definition");
    tap_ok(matched > 3000, "%d of them matched", matched);
}

static void word_cutting(void)
{
    static const struct {
        const char *text;
        const char *words; /* with | between */
    } rows[] = {
        {"", ""},
        {"  ,. ", ""},
        {"one two", "one|two"},
        {"one-two/three", "one|two|three"},
        {"snake_case _x", "snake_case|_x"},
        {"don't 'quote'", "don't|quote"},
        {"a.b 1.5 a.1 1.a", "a.b|1.5|a|1|1|a"},
        {"1,000;5 a,b", "1,000;5|a|b"},
        {"a:b 1:2", "a:b|1|2"},
        {"a..b", "a|b"},
        {"end.", "end"},
        {".start", "start"},
        {"a1b2", "a1b2"},
        {"x\xc2\xa0y", "x|y"},
        {"Größe–Maß", "Größe|Maß"},
        {"漢字", "漢|字"},
        {"abc漢", "abc|漢"},
        {"тест", "тест"},
        {"a’b", "a’b"},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        char got[200] = "";
        size_t n = 0;
        size_t at = 0;
        struct th_str word;
        while (th_pattern_next_word(th_str_of(rows[i].text), &at, &word))
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s", n == 0 ? "" : "|",
                                  TH_STR_ARGS(word));
        tap_is_str(got, rows[i].words, rows[i].text);
    }
}

struct job {
    const th_pattern *pattern;
    int wrong;
};

static void *match_much(void *arg)
{
    struct job *job = arg;
    for (int i = 0; i < 3000; i++) {
        char value[32];
        snprintf(value, sizeof value, "i-%05d", i);
        if (th_pattern_match(job->pattern, th_str_of(value), NULL) != (i % 10 == 7))
            job->wrong++;
    }
    return NULL;
}

static void threads(void)
{
    th_pattern *pattern;
    pthread_t ids[4];
    struct job jobs[4];
    if (th_pattern_new(TH_PATTERN_REGEX, TH_STR("^i-\\d*7$"), 0, &pattern, NULL) != TH_OK)
        return;
    for (int i = 0; i < 4; i++) {
        jobs[i] = (struct job){pattern, 0};
        pthread_create(&ids[i], NULL, match_much, &jobs[i]);
    }
    int wrong = 0;
    for (int i = 0; i < 4; i++) {
        pthread_join(ids[i], NULL);
        wrong += jobs[i].wrong;
    }
    tap_is_int(wrong, 0, "four threads share one pattern");
    th_pattern_free(pattern);
}

int main(void)
{
    table();
    absent();
    bad_regex();
    limits();
    against_definition();
    word_cutting();
    threads();
    return tap_done();
}
