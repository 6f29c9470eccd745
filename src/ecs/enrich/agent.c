/* User agents by uap-core's regexes.yaml.
 *
 * The file has some 1,200 expressions, and who is logged chooses the agent: trying them all takes a
 * millisecond. So loading notes the texts that a match of each must hold (needle.c) in one
 * automaton (filter.c), which tells the few expressions that an agent can match at all, and
 * only these are tried, in their order. Each is compiled when it is tried first. A compiled
 * expression is published by one atomic exchange: two threads may compile the same one, the loser
 * drops its own. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ecs/enrich/agent.h"

#include <inttypes.h>
#include <pcre2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ecs/enrich/filter.h"

enum {
    LISTS = 3, /* user agents, systems, devices */
    PARTS = 5, /* name and four parts of a version */
    GROUPS_MAX = 20,
    MATCH_LIMIT = 50000,
    BUDGET = 64 << 10, /* bytes that expressions look at for one agent, those that are tried */
    EXPRESSIONS_MAX = 100000,
    FILE_MAX = 64 << 20, /* bytes; uap-core's has a quarter of a million */
};

/* One expression. replace[i] is NULL when the value is the group i + 1. */
struct expression {
    char *regex;
    char *replace[PARTS];
    bool ignore_case;
    _Atomic(pcre2_code *) code;
    size_t line;
    atomic_bool broken;   /* Java's syntax, not ours */
    atomic_bool too_slow; /* met the limit over some agent */
};

struct list {
    struct expression **items;
    size_t n;
    size_t cap;
    size_t first; /* its first expression's number in the filter */
};

struct th_agents {
    th_arena *arena; /* texts and expressions */
    struct list lists[LISTS];
    th_filter *filter; /* of all lists, one behind the other */
    pcre2_match_context *limits;
    atomic_uint_fast64_t matched; /* agents */
    atomic_uint_fast64_t tries;   /* expressions, for all of them */
    atomic_uint_fast64_t over;    /* agents that took more than the budget */
};

static const struct {
    const char *list;
    const char *keys[PARTS];
} names[LISTS] = {
    {"user_agent_parsers",
     {"family_replacement", "v1_replacement", "v2_replacement", "v3_replacement",
      "v4_replacement"}},
    {"os_parsers",
     {"os_replacement", "os_v1_replacement", "os_v2_replacement", "os_v3_replacement",
      "os_v4_replacement"}},
    {"device_parsers", {"device_replacement", NULL, NULL, NULL, NULL}},
};

void th_agents_free(th_agents *agents)
{
    if (agents == NULL)
        return;
    for (int l = 0; l < LISTS; l++) {
        for (size_t i = 0; i < agents->lists[l].n; i++)
            pcre2_code_free(atomic_load(&agents->lists[l].items[i]->code));
        free(agents->lists[l].items);
    }
    pcre2_match_context_free(agents->limits);
    th_filter_free(agents->filter);
    th_arena_free(agents->arena);
    free(agents);
}

size_t th_agents_count(const th_agents *agents)
{
    size_t n = 0;
    for (int l = 0; l < LISTS; l++)
        n += agents->lists[l].n;
    return n;
}

/* Where a reader of the YAML file stands: a mapping of lists of mappings of texts. */
struct reader {
    th_agents *agents;
    int depth;              /* 1: top mapping, 2: a list, 3: an expression */
    int list;               /* index of the list at hand, -1 for one that is not ours */
    struct expression *now; /* at depth 3 */
    char *key;              /* of the value that comes next, in the arena; NULL: a key comes */
};

static void set_value(struct reader *r, const char *key, char *value)
{
    if (r->now == NULL || r->list < 0)
        return;
    if (strcmp(key, "regex") == 0)
        r->now->regex = value;
    else if (strcmp(key, "regex_flag") == 0)
        r->now->ignore_case = strcmp(value, "i") == 0;
    for (int p = 0; p < PARTS; p++)
        if (names[r->list].keys[p] != NULL && strcmp(key, names[r->list].keys[p]) == 0)
            r->now->replace[p] = value;
}

static bool on_scalar(struct reader *r, const yaml_event_t *event)
{
    struct th_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    char *copy = th_arena_strdup(r->agents->arena, text.p);
    if (r->depth == 1) {
        r->list = -1;
        for (int l = 0; l < LISTS; l++)
            if (strcmp(copy, names[l].list) == 0)
                r->list = l;
        return true;
    }
    if (r->depth != 3)
        return false;
    if (r->key == NULL) {
        r->key = copy;
        return true;
    }
    set_value(r, r->key, copy);
    r->key = NULL;
    return true;
}

static bool end_expression(struct reader *r)
{
    if (r->list < 0)
        return true;
    struct list *list = &r->agents->lists[r->list];
    if (r->now->regex == NULL || list->n >= EXPRESSIONS_MAX)
        return false;
    TH_GROW(list->items, list->n, list->cap);
    list->items[list->n++] = r->now;
    return true;
}

/* Take one event; false when it doesn't fit. */
static bool on_event(struct reader *r, const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_MAPPING_START_EVENT:
        if (r->depth != 0 && r->depth != 2)
            return false;
        if (++r->depth == 3) {
            r->now = th_arena_calloc(r->agents->arena, 1, sizeof *r->now);
            r->now->line = event->start_mark.line + 1;
            r->key = NULL;
        }
        return true;
    case YAML_SEQUENCE_START_EVENT:
        return ++r->depth == 2;
    case YAML_MAPPING_END_EVENT:
        return r->depth-- != 3 || end_expression(r);
    case YAML_SEQUENCE_END_EVENT:
        r->depth--;
        return true;
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_ALIAS_EVENT:
        return false;
    default:
        return true; /* start and end of stream and document */
    }
}

static enum th_code read_file(th_agents *agents, FILE *file, struct th_err *err)
{
    struct reader r = {.agents = agents, .list = -1};
    yaml_parser_t parser;
    enum th_code rc = TH_OK;
    bool end = false;
    if (yaml_parser_initialize(&parser) == 0)
        return th_err_set(err, TH_E_UNSUPPORTED, "no YAML parser");
    yaml_parser_set_input_file(&parser, file);
    while (rc == TH_OK && !end) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            rc = th_err_set(err, TH_E_UNSUPPORTED, "line %zu: %s", parser.problem_mark.line + 1,
                            parser.problem != NULL ? parser.problem : "no YAML");
            break;
        }
        if (!on_event(&r, &event))
            rc = th_err_set(err, TH_E_UNSUPPORTED, "line %zu: not in the form of uap-core",
                            event.start_mark.line + 1);
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (rc == TH_OK && th_agents_count(agents) == 0)
        rc = th_err_set(err, TH_E_UNSUPPORTED, "no user agent expressions in it");
    return rc;
}

static void make_filter(th_agents *agents)
{
    th_arena *arena = th_arena_new(0);
    agents->filter = th_filter_new();
    for (int l = 0; l < LISTS; l++) {
        struct list *list = &agents->lists[l];
        for (size_t i = 0; i < list->n; i++) {
            struct th_needles needles;
            th_needles_of(list->items[i]->regex, arena, &needles);
            size_t number = th_filter_add(agents->filter, &needles);
            if (i == 0)
                list->first = number;
        }
    }
    th_filter_ready(agents->filter);
    th_arena_free(arena);
}

enum th_code th_agents_load(const char *path, th_agents **out, struct th_err *err)
{
    *out = NULL;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return th_err_errno(err, "%s", path);
    struct stat about;
    if (fstat(fileno(file), &about) == 0 && about.st_size > FILE_MAX) {
        fclose(file);
        return th_err_set(err, TH_E_UNSUPPORTED, "%s: too long for a file of user agents", path);
    }
    th_agents *agents = th_xcalloc(1, sizeof *agents);
    agents->arena = th_arena_new((size_t)256 << 10);
    agents->limits = pcre2_match_context_create(NULL);
    if (agents->limits == NULL)
        th_oom(sizeof *agents);
    pcre2_set_match_limit(agents->limits, MATCH_LIMIT);
    enum th_code rc = read_file(agents, file, err);
    fclose(file);
    if (rc != TH_OK) {
        th_agents_free(agents);
        return th_err_prefix(err, rc, "%s", path);
    }
    make_filter(agents);
    *out = agents;
    return TH_OK;
}

/* The compiled expression, compiled now when it wasn't; NULL when it can't be. */
static const pcre2_code *code_of(struct expression *expression)
{
    pcre2_code *code = atomic_load_explicit(&expression->code, memory_order_acquire);
    pcre2_code *none = NULL;
    int error;
    PCRE2_SIZE at;
    if (code != NULL || atomic_load_explicit(&expression->broken, memory_order_relaxed))
        return code;
    code = pcre2_compile((PCRE2_SPTR)expression->regex, PCRE2_ZERO_TERMINATED,
                         expression->ignore_case ? PCRE2_CASELESS : 0, &error, &at, NULL);
    if (code == NULL) {
        atomic_store_explicit(&expression->broken, true, memory_order_relaxed);
        return NULL;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it is interpreted */
    if (!atomic_compare_exchange_strong_explicit(&expression->code, &none, code,
                                                 memory_order_acq_rel, memory_order_acquire)) {
        pcre2_code_free(code);
        return none;
    }
    return code;
}

/* Groups of a match; n of them are set at most. */
struct groups {
    struct th_str text;
    const PCRE2_SIZE *at;
    int n;
};

static struct th_str group_text(const struct groups *g, int group)
{
    if (group >= g->n || g->at[2 * group] == PCRE2_UNSET)
        return TH_STR_NONE;
    return th_str_sub(g->text, g->at[2 * group], g->at[2 * group + 1] - g->at[2 * group]);
}

/* A replacement with its $1 … $9 filled in, without the blanks that missing groups leave at its
 * ends. */
static struct th_str fill(const char *replacement, const struct groups *g, th_arena *arena)
{
    struct th_buf out = TH_BUF_INIT;
    for (const char *at = replacement; *at != '\0'; at++) {
        if (at[0] == '$' && at[1] >= '1' && at[1] <= '9')
            th_buf_add_str(&out, group_text(g, *++at - '0'));
        else
            th_buf_putc(&out, *at);
    }
    size_t from = 0;
    while (from < out.n && out.p[from] == ' ')
        from++;
    while (out.n > from && out.p[out.n - 1] == ' ')
        out.n--;
    struct th_str text = th_arena_dup(arena, th_str_sub(th_buf_str(&out), from, out.n));
    th_buf_fini(&out);
    return text.p == NULL ? TH_STR("") : text;
}

/* What stays the same while one agent is matched. */
struct look {
    const th_agents *agents;
    struct th_str agent;
    struct th_filter_found found;
    pcre2_match_data *match;
    th_arena *arena;
    size_t tries;
    bool over; /* the budget: some expressions weren't tried */
};

static int try_expression(const struct look *look, const pcre2_code *code, size_t begin)
{
    PCRE2_SPTR text = (PCRE2_SPTR)look->agent.p;
    int n = pcre2_match(code, text, look->agent.n, begin, 0, look->match, look->agents->limits);
    if (n == PCRE2_ERROR_JIT_STACKLIMIT)
        n = pcre2_match(code, text, look->agent.n, begin, PCRE2_NO_JIT, look->match,
                        look->agents->limits);
    return n;
}

/* Parts of the first expression of a list that matches; absent when none does. */
static void match_list(struct look *look, const struct list *list, struct th_str parts[PARTS])
{
    size_t end = list->first + list->n;
    for (size_t at = list->first; (at = th_bits_next(&look->found.candidates, at)) < end; at++) {
        struct expression *expression = list->items[at - list->first];
        const pcre2_code *code = code_of(expression);
        if (code == NULL)
            continue;
        if (look->tries * look->agent.n > BUDGET) {
            look->over = true;
            break;
        }
        look->tries++;
        int n = try_expression(look, code, look->found.begin[at]);
        if (n != PCRE2_ERROR_NOMATCH && n < 0)
            atomic_store_explicit(&expression->too_slow, true, memory_order_relaxed);
        if (n < 0)
            continue;
        struct groups g = {look->agent, pcre2_get_ovector_pointer(look->match),
                           n == 0 ? GROUPS_MAX : n};
        for (int p = 0; p < PARTS; p++) {
            const char *replacement = expression->replace[p];
            parts[p] = replacement != NULL ? fill(replacement, &g, look->arena)
                                           : th_arena_dup(look->arena, group_text(&g, p + 1));
        }
        /* An expression may match and still name nothing: then the next one has its turn. */
        if (parts[0].p != NULL)
            return;
    }
    for (int p = 0; p < PARTS; p++)
        parts[p] = TH_STR_NONE;
}

/* Parts 1 to 4 with dots between, as far as they are known. Absent when the first isn't. */
static struct th_str version_of(const struct th_str parts[PARTS], th_arena *arena)
{
    struct th_buf out = TH_BUF_INIT;
    for (int p = 1; p < PARTS && parts[p].n > 0; p++) {
        if (p > 1)
            th_buf_putc(&out, '.');
        th_buf_add_str(&out, parts[p]);
    }
    struct th_str text = out.n == 0 ? TH_STR_NONE : th_arena_dup(arena, th_buf_str(&out));
    th_buf_fini(&out);
    return text;
}

void th_agents_match(th_agents *agents, struct th_str agent, th_arena *arena, struct th_agent *out)
{
    struct th_str parts[LISTS][PARTS];
    agent = th_str_sub(agent, 0, TH_AGENT_MAX);
    struct look look = {.agents = agents, .agent = agent, .arena = arena};
    look.found = th_filter_find(agents->filter, agent, arena);
    look.match = pcre2_match_data_create(GROUPS_MAX, NULL);
    if (look.match == NULL)
        th_oom(GROUPS_MAX * sizeof(PCRE2_SIZE));
    for (int l = 0; l < LISTS; l++)
        match_list(&look, &agents->lists[l], parts[l]);
    pcre2_match_data_free(look.match);

    atomic_fetch_add_explicit(&agents->matched, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&agents->tries, look.tries, memory_order_relaxed);
    if (look.over)
        atomic_fetch_add_explicit(&agents->over, 1, memory_order_relaxed);
    *out = (struct th_agent){
        .name = parts[0][0].p != NULL ? parts[0][0] : TH_STR("Other"),
        .version = version_of(parts[0], arena),
        .device = parts[2][0].p != NULL ? parts[2][0] : TH_STR("Other"),
        .os_name = parts[1][0],
        .os_version = version_of(parts[1], arena),
    };
    if (out->os_version.p != NULL) {
        struct th_buf full = TH_BUF_INIT;
        th_buf_add_str(&full, out->os_name);
        th_buf_putc(&full, ' ');
        th_buf_add_str(&full, out->os_version);
        out->os_full = th_arena_dup(arena, th_buf_str(&full));
        th_buf_fini(&full);
    }
}

uint64_t th_agents_matched(const th_agents *agents)
{
    return atomic_load_explicit(&agents->matched, memory_order_relaxed);
}

uint64_t th_agents_tries(const th_agents *agents)
{
    return atomic_load_explicit(&agents->tries, memory_order_relaxed);
}

struct th_str th_agent_value(const struct th_agent *agent, enum th_field field)
{
    switch ((int)field) {
    case TH_F_USER_AGENT_NAME:
        return agent->name;
    case TH_F_USER_AGENT_VERSION:
        return agent->version;
    case TH_F_USER_AGENT_DEVICE_NAME:
        return agent->device;
    case TH_F_USER_AGENT_OS_NAME:
        return agent->os_name;
    case TH_F_USER_AGENT_OS_VERSION:
        return agent->os_version;
    case TH_F_USER_AGENT_OS_FULL:
        return agent->os_full;
    }
    return TH_STR_NONE;
}

/* One line for those expressions that had this trouble, with the line of the first. */
static void tell(const th_agents *agents, bool too_slow, const char *words, struct th_buf *out)
{
    size_t n = 0;
    size_t line = 0;
    for (int l = 0; l < LISTS; l++)
        for (size_t i = 0; i < agents->lists[l].n; i++) {
            const struct expression *e = agents->lists[l].items[i];
            if (!atomic_load_explicit(too_slow ? &e->too_slow : &e->broken, memory_order_relaxed))
                continue;
            if (n++ == 0)
                line = e->line;
        }
    if (n > 0)
        th_buf_printf(out, "user agents: %zu expression%s %s (line %zu%s)\n", n, n == 1 ? "" : "s",
                      words, line, n == 1 ? "" : " is the first");
}

void th_agents_troubles(const th_agents *agents, struct th_buf *out)
{
    tell(agents, false, "left out: not understood", out);
    tell(agents, true, "took too long over an agent and counted as no match", out);
    uint64_t over = atomic_load_explicit(&agents->over, memory_order_relaxed);
    if (over > 0)
        th_buf_printf(out,
                      "user agents: %" PRIu64 " agent%s long and like many others: some of the "
                      "expressions were not tried\n",
                      over, over == 1 ? "" : "s");
}
