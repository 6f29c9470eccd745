/* The JSON cursor against jansson: both accept and refuse the same documents and see the same
 * values.
 *
 * Where the cursor is meant to differ (what stands inside a string or how large a number is never
 * refuses a document), the document is tamed first: such contents are replaced by harmless ones of
 * the same length, and then both must agree on the tamed one, while the cursor must say the same of
 * the original. Besides, whatever the cursor calls MORE must be completable: a suffix that makes it
 * a value is looked for and has to be found. */
#include "base/json.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "lib/tap.h"

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(random_state >> 4) * n >> 28);
}

/* Status of the text as a whole, with what may stand around it. */
static enum th_json_status whole(struct th_str text, size_t *offset)
{
    struct th_json_cursor c;
    struct th_json_value value;
    th_json_init(&c, text);
    const char *start = c.at;
    enum th_json_status s = th_json_value(&c, &value);
    if (s == TH_JSON_OK && th_json_space(&c))
        s = TH_JSON_BAD;
    *offset = (size_t)(c.at - start);
    return s;
}

/* Same values? */

static bool same_tree(struct th_json_cursor *c, const json_t *tree);

static bool same_scalar(const struct th_json_value *value, const json_t *tree)
{
    struct th_buf scratch = TH_BUF_INIT;
    struct th_str text = th_json_scalar(value, &scratch);
    bool same = false;
    switch (json_typeof(tree)) {
    case JSON_STRING:
        same = value->type == TH_JSON_STRING &&
               th_str_eq(text, (struct th_str){json_string_value(tree), json_string_length(tree)});
        break;
    case JSON_INTEGER:
    case JSON_REAL: {
        char *number = th_xstrndup(text.p == NULL ? "" : text.p, text.n);
        same = value->type == TH_JSON_NUMBER &&
               (json_is_integer(tree) ? strtoll(number, NULL, 10) == json_integer_value(tree)
                                      : !(strtod(number, NULL) < json_real_value(tree)) &&
                                            !(strtod(number, NULL) > json_real_value(tree)));
        free(number);
        break;
    }
    case JSON_TRUE:
        same = value->type == TH_JSON_TRUE && th_str_is(text, "true");
        break;
    case JSON_FALSE:
        same = value->type == TH_JSON_FALSE && th_str_is(text, "false");
        break;
    case JSON_NULL:
        same = value->type == TH_JSON_NULL && text.p == NULL;
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    th_buf_fini(&scratch);
    return same;
}

static bool is_last(struct th_json_cursor after, struct th_str name)
{
    struct th_json_value key;
    struct th_json_value value;
    struct th_buf scratch = TH_BUF_INIT;
    bool first = false;
    bool last = true;
    while (last && th_json_next_key(&after, &key, &first) == TH_JSON_OK) {
        last = !th_str_eq(th_json_scalar(&key, &scratch), name);
        if (th_json_value(&after, &value) != TH_JSON_OK)
            break;
    }
    th_buf_fini(&scratch);
    return last;
}

static bool same_object(struct th_json_cursor *c, const json_t *tree)
{
    struct th_json_value key;
    struct th_buf scratch = TH_BUF_INIT;
    enum th_json_status s;
    bool first = true;
    bool same = true;
    size_t lasts = 0;
    while (same && (s = th_json_next_key(c, &key, &first)) == TH_JSON_OK) {
        struct th_str name = th_json_scalar(&key, &scratch);
        const json_t *member = json_object_getn(tree, name.p, name.n);
        struct th_json_cursor value_at = *c;
        struct th_json_value value;
        same = member != NULL && th_json_value(c, &value) == TH_JSON_OK;
        if (same && is_last(*c, name)) {
            lasts++;
            same = same_tree(&value_at, member);
        }
    }
    th_buf_fini(&scratch);
    return same && s == TH_JSON_END && lasts == json_object_size(tree);
}

static bool same_array(struct th_json_cursor *c, const json_t *tree)
{
    enum th_json_status s;
    bool first = true;
    size_t i = 0;
    while ((s = th_json_next_element(c, &first)) == TH_JSON_OK) {
        const json_t *item = json_array_get(tree, i++);
        if (item == NULL || !same_tree(c, item))
            return false;
    }
    return s == TH_JSON_END && i == json_array_size(tree);
}

static bool same_tree(struct th_json_cursor *c, const json_t *tree)
{
    struct th_json_value value;
    if (!json_is_object(tree) && !json_is_array(tree))
        return th_json_value(c, &value) == TH_JSON_OK && same_scalar(&value, tree);
    if (!th_json_space(c) || *c->at != (json_is_object(tree) ? '{' : '['))
        return false;
    if (th_json_enter(c) != TH_JSON_OK)
        return false;
    return json_is_object(tree) ? same_object(c, tree) : same_array(c, tree);
}

/* Taming. */

static int unit_of(const char *p, const char *end)
{
    int unit = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (th_json_hex(p[i]) < 0)
            return -1;
        unit = unit * 16 + th_json_hex(p[i]);
    }
    return unit;
}

/* In a copy of the text: bad UTF-8 inside strings becomes 'x', \u0000 and lone surrogates \u0078. A
 * NUL byte between tokens, which is malformed but which jansson loses behind a number or a word,
 * becomes another control. True when something was changed. */
static bool tame(char *p, const char *end)
{
    bool in_string = false;
    bool changed = false;
    while (p < end) {
        size_t step = 1;
        if (*p == '"') {
            in_string = !in_string;
        } else if (!in_string && *p == '\0') {
            *p = '\x01';
        } else if (in_string && *p == '\\') {
            int unit = unit_of(p, end);
            int next = unit >= 0 ? unit_of(p + 6, end) : -1;
            bool pair = unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
            if (unit == 0 || (unit >= 0xd800 && unit < 0xe000 && !pair)) {
                memcpy(p + 2, "0078", 4);
                changed = true;
            }
            step = pair ? 12 : unit >= 0 ? 6 : 2;
        } else if (in_string && (unsigned char)*p >= 0x80) {
            step = th_json_utf8_length(p, end);
            if (step == 0) {
                *p = 'x';
                step = 1;
                changed = true;
            }
        }
        p += step < (size_t)(end - p) ? step : (size_t)(end - p);
    }
    return changed;
}

/* MORE must be completable. */

/* Every byte that can bring an unfinished value nearer to its end, in the order in which greed ends
 * soonest. */
static bool completable(struct th_str text)
{
    static const char letters[] = "\"}]:0rusealn";
    struct th_buf doc = TH_BUF_INIT;
    size_t offset;
    th_buf_add_str(&doc, text);
    enum th_json_status s = whole(text, &offset);
    for (int steps = 0; s == TH_JSON_MORE && steps < 3000; steps++) {
        const char *letter = letters;
        th_buf_putc(&doc, ' ');
        do {
            doc.p[doc.n - 1] = *letter;
            s = whole(th_buf_str(&doc), &offset);
        } while (s == TH_JSON_BAD && *++letter != '\0');
    }
    th_buf_fini(&doc);
    return s == TH_JSON_OK;
}

/* One document. */

static int accepted, refused, tamed_count, overflowed;

static json_t *oracle(struct th_str text, bool *overflow)
{
    json_error_t error;
    json_t *tree = json_loadb(text.p, text.n, JSON_DECODE_ANY, &error);
    *overflow = false;
    if (tree == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        *overflow = true;
        tree = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
        if (tree == NULL && json_error_code(&error) != json_error_numeric_overflow)
            *overflow = false;
    }
    return tree;
}

static bool walk_on(void *ctx, struct th_str path, const struct th_json_value *value)
{
    (void)ctx;
    return path.p != NULL && value->text.p != NULL;
}

static const char *verdict(struct th_str text)
{
    size_t offset;
    enum th_json_status s = whole(text, &offset);
    struct th_buf copy = TH_BUF_INIT;
    th_buf_add_str(&copy, text);
    bool changed = tame(copy.p, copy.p + copy.n);
    struct th_str tame_text = th_buf_str(&copy);
    bool overflow;
    json_t *tree = oracle(tame_text, &overflow);
    const char *wrong = NULL;
    size_t tame_offset;

    tamed_count += changed;
    if (whole(tame_text, &tame_offset) != s || tame_offset != offset)
        wrong = "what stands inside a string changed the verdict";
    else if (overflow)
        overflowed++;
    else if ((s == TH_JSON_OK) != (tree != NULL))
        wrong = tree != NULL ? "jansson accepts it" : "jansson refuses it";
    if (wrong == NULL && th_json_walk(text, walk_on, NULL) != s)
        wrong = "the walk says something else";
    if (wrong == NULL && (th_json_check(text, NULL) == TH_OK) != (s == TH_JSON_OK))
        wrong = "the check says something else";
    if (wrong == NULL && s == TH_JSON_OK && tree != NULL) {
        struct th_json_cursor c;
        th_json_init(&c, tame_text);
        if (!same_tree(&c, tree))
            wrong = "other values";
    }
    if (wrong == NULL && s == TH_JSON_MORE && !completable(text))
        wrong = "MORE, but nothing completes it";
    if (s == TH_JSON_OK)
        accepted++;
    else
        refused++;
    json_decref(tree);
    th_buf_fini(&copy);
    return wrong;
}

/* The text in memory of exactly its size, so that reading beyond it is seen. */
static const char *judge(struct th_str text)
{
    char *exact = th_xmalloc(text.n);
    if (text.n > 0)
        memcpy(exact, text.p, text.n);
    const char *wrong = verdict((struct th_str){exact, text.n});
    free(exact);
    return wrong;
}

/* Cut at every byte: up to the offending byte it is MORE, with it BAD at that byte. */
static const char *judge_prefixes(struct th_str text)
{
    size_t bad_at;
    enum th_json_status s = whole(text, &bad_at);
    size_t end = s == TH_JSON_BAD ? bad_at : text.n;
    bool container = text.n > 0 && (text.p[0] == '{' || text.p[0] == '[' || text.p[0] == '"');
    for (size_t n = 0; n < text.n; n++) {
        size_t offset;
        char *exact = th_xmalloc(n);
        memcpy(exact, text.p, n);
        enum th_json_status got = whole((struct th_str){exact, n}, &offset);
        free(exact);
        if (n > end && (got != TH_JSON_BAD || offset != bad_at))
            return "longer than the error, but not the same error";
        if (n <= end && got == TH_JSON_BAD)
            return "bad before the error";
        /* A container or string that wasn't complete in whole can't be complete in part. */
        if (n <= end && got == TH_JSON_OK && container && s == TH_JSON_MORE)
            return "complete in part only";
    }
    return NULL;
}

/* The table. */

static void table(void)
{
    static const struct th_str rows[] = {
#define CASE(text) TH_STR_INIT(text),
#include "json_cases.def"
#undef CASE
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        const char *wrong = judge(rows[i]);
        if (wrong == NULL)
            wrong = judge_prefixes(rows[i]);
        if (!tap_ok(wrong == NULL, "case %zu: %s", i, wrong == NULL ? "as jansson" : wrong))
            tap_show("text", rows[i].p, rows[i].n);
    }
}

/* Generated and mutated. */

static void generate_space(struct th_buf *out)
{
    static const char *const spaces[] = {
        "", "", "", "", " ", "\n  ", "\t", "\r\n", "                    "};
    th_buf_puts(out, spaces[random_below(TH_COUNT(spaces))]);
}

static void generate_string(struct th_buf *out)
{
    static const struct th_str parts[] = {
        TH_STR_INIT("a"),
        TH_STR_INIT("eventName"),
        TH_STR_INIT("arn:aws:iam::123456789012:role/x"),
        TH_STR_INIT("\\\""),
        TH_STR_INIT("\\\\"),
        TH_STR_INIT("\\n"),
        TH_STR_INIT("\\/"),
        TH_STR_INIT("\\u00e9"),
        TH_STR_INIT("\\ud83d\\ude00"),
        TH_STR_INIT("\\u0000"),
        TH_STR_INIT("\\ud800"),
        TH_STR_INIT("\xc3\xa9"),
        TH_STR_INIT("\xe2\x82\xac"),
        TH_STR_INIT("\xf0\x9f\x98\x80"),
        TH_STR_INIT("\xff"),
        TH_STR_INIT("\xe2\x82"),
        TH_STR_INIT("{"),
        TH_STR_INIT("]"),
        TH_STR_INIT(":"),
        TH_STR_INIT(","),
        TH_STR_INIT(" "),
    };
    th_buf_putc(out, '"');
    for (uint32_t n = random_below(5); n > 0; n--)
        th_buf_add_str(out, parts[random_below(TH_COUNT(parts))]);
    th_buf_putc(out, '"');
}

static void generate(struct th_buf *out, int depth)
{
    static const char *const scalars[] = {"true",
                                          "false",
                                          "null",
                                          "0",
                                          "-1",
                                          "12345",
                                          "1.5e3",
                                          "-0.25",
                                          "1E+2",
                                          "9223372036854775807",
                                          "99999999999999999999",
                                          "1e400"};
    uint32_t kind = random_below(depth > 4 ? 4 : 8);
    generate_space(out);
    if (kind < 2) {
        generate_string(out);
    } else if (kind < 4) {
        th_buf_puts(out, scalars[random_below(TH_COUNT(scalars))]);
    } else {
        bool object = kind < 6;
        th_buf_putc(out, object ? '{' : '[');
        for (uint32_t i = 0, n = random_below(5); i < n; i++) {
            if (i > 0)
                th_buf_putc(out, ',');
            generate_space(out);
            if (object) {
                generate_string(out);
                generate_space(out);
                th_buf_putc(out, ':');
            }
            generate(out, depth + 1);
        }
        generate_space(out);
        th_buf_putc(out, object ? '}' : ']');
    }
    generate_space(out);
}

/* Change, insert, delete, double or cut. */
static void mutate(struct th_buf *doc)
{
    static const char bytes[] = "\"\\{}[]:,0-+.eEtfnu \n\x01\x80\xff\xc3";
    for (uint32_t n = 1 + random_below(3); n > 0 && doc->n > 0; n--) {
        uint32_t at = random_below((uint32_t)doc->n);
        char byte = bytes[random_below(sizeof bytes)]; /* the NUL too */
        switch (random_below(5)) {
        case 0:
            doc->p[at] = byte;
            break;
        case 1:
            th_buf_putc(doc, ' ');
            memmove(doc->p + at + 1, doc->p + at, doc->n - 1 - at);
            doc->p[at] = byte;
            break;
        case 2:
            memmove(doc->p + at, doc->p + at + 1, doc->n - at);
            doc->n--;
            break;
        case 3:
            doc->n = at;
            break;
        default: {
            uint32_t length = random_below((uint32_t)doc->n - at);
            char *part = th_xstrndup(doc->p + at, length);
            th_buf_puts(doc, part);
            free(part);
            break;
        }
        }
    }
}

static void generated(int count, bool mutated, const char *name)
{
    int wrong_count = 0;
    accepted = refused = tamed_count = overflowed = 0;
    for (int i = 0; i < count; i++) {
        struct th_buf doc = TH_BUF_INIT;
        do {
            th_buf_reset(&doc);
            generate(&doc, 0);
        } while (doc.n > 2000);
        if (mutated)
            mutate(&doc);
        const char *wrong = judge(th_buf_str(&doc));
        if (wrong == NULL && i % 20 == 0)
            wrong = judge_prefixes(th_buf_str(&doc));
        if (wrong != NULL && wrong_count++ < 5) {
            tap_note("%s", wrong);
            tap_show("text", doc.p, doc.n);
        }
        th_buf_fini(&doc);
    }
    tap_is_int(wrong_count, 0, name);
    tap_note("%d accepted, %d refused, %d tamed, %d with numbers out of range", accepted, refused,
             tamed_count, overflowed);
    tap_ok(mutated ? refused > count / 3 && accepted > count / 20 : refused == 0,
           "%s: a fair share of each verdict", name);
}

/* Evidence. */

static int files_read, values_read, files_wrong;

static void judge_file(const char *path)
{
    struct th_buf text = TH_BUF_INIT;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    for (size_t n = 1; n > 0; text.n += n)
        n = fread(th_buf_reserve(&text, 65536), 1, 65536, file);
    fclose(file);
    const char *wrong = NULL;
    struct th_json_cursor c;
    th_json_init(&c, th_buf_str(&text));
    while (wrong == NULL && th_json_space(&c)) {
        struct th_json_value value;
        const char *start = c.at;
        enum th_json_status s = th_json_value(&c, &value);
        const char *end = s == TH_JSON_OK ? c.at : c.end;
        bool overflow;
        json_t *tree = oracle((struct th_str){start, (size_t)(end - start)}, &overflow);
        values_read++;
        if ((s == TH_JSON_OK) != (tree != NULL))
            wrong = "other verdict";
        struct th_json_cursor again;
        th_json_init(&again, (struct th_str){start, (size_t)(end - start)});
        if (tree != NULL && !same_tree(&again, tree))
            wrong = "other values";
        json_decref(tree);
        if (s != TH_JSON_OK)
            break;
    }
    files_read++;
    if (wrong != NULL) {
        files_wrong++;
        tap_note("%s: %s", path, wrong);
    }
    th_buf_fini(&text);
}

static void judge_folder(const char *path, int levels)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        char *inside = th_xasprintf("%s/%s", path, entry->d_name);
        if (stat(inside, &st) == 0 && S_ISDIR(st.st_mode) && levels > 0)
            judge_folder(inside, levels - 1);
        else if (th_str_ends(th_str_of(inside), TH_STR(".json")))
            judge_file(inside);
        free(inside);
    }
    closedir(dir);
}

static void evidence(void)
{
    const char *shared = getenv("TH_SHARED");
    const char *srcdir = getenv("TH_SRCDIR");
    char *path = shared != NULL
                     ? th_xasprintf("%s/evidence", shared)
                     : th_xasprintf("%s/../shared/evidence", srcdir == NULL ? "." : srcdir);
    judge_folder(path, 8);
    free(path);
    if (files_read == 0) {
        tap_skip("collected evidence as jansson reads it", "no evidence beside the project");
        return;
    }
    tap_is_int(files_wrong, 0, "collected evidence as jansson reads it");
    tap_note("%d files, %d values", files_read, values_read);
}

int main(void)
{
    json_object_seed(1);
    table();
    generated(20000, false, "20 000 generated documents");
    generated(40000, true, "40 000 mutated documents");
    evidence();
    return tap_done();
}
