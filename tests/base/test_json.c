/* The JSON cursor by hand: statuses and places, values as text, look-ups, the walk, printing. */
#include "base/json.h"

#include "base/compiler.h"
#include "base/mem.h"
#include "lib/tap.h"

static void places(void)
{
    static const struct {
        const char *text;
        enum th_json_status status;
        int at;
        const char *why; /* a word of it */
    } rows[] = {
        {"", TH_JSON_MORE, 0, "ends"},
        {"  ", TH_JSON_MORE, 2, "ends"},
        {"{\"a\":1", TH_JSON_MORE, 6, "ends"},
        {"[1,2,x]", TH_JSON_BAD, 5, "value"},
        {"[1,2,]", TH_JSON_BAD, 5, "value"},
        {"{\"a\" 1}", TH_JSON_BAD, 5, "':'"},
        {"{\"a\":1 \"b\"}", TH_JSON_BAD, 7, "'}'"},
        {"[1 2]", TH_JSON_BAD, 3, "']'"},
        {"{\"a\":1,}", TH_JSON_BAD, 7, "key"},
        {"{a:1}", TH_JSON_BAD, 1, "key"},
        {"[\"a\nb\"]", TH_JSON_BAD, 3, "control"},
        {"[\"\\q\"]", TH_JSON_BAD, 3, "escape"},
        {"[\"\\u12x4\"]", TH_JSON_BAD, 6, "hexadecimal"},
        {"[012]", TH_JSON_BAD, 2, "leading zero"},
        {"[1.x]", TH_JSON_BAD, 3, "digit"},
        {"[nule]", TH_JSON_BAD, 4, "word"},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_json_cursor c;
        struct th_json_value value = {0};
        th_json_init(&c, th_str_of(rows[i].text));
        tap_ok(th_json_value(&c, &value) == rows[i].status, "status of %s", rows[i].text);
        tap_is_int(c.at - rows[i].text, rows[i].at, "its place");
        tap_ok(strstr(c.why, rows[i].why) != NULL, "the reason: %s", c.why);
        tap_is_int(value.type, TH_JSON_ABSENT, "the value isn't touched");
    }
    struct th_err err;
    th_err_clear(&err);
    tap_is_int(th_json_check(TH_STR(" {\"a\":[1,2]} \n"), &err), TH_OK, "check: fine");
    tap_is_int(th_json_check(TH_STR("{} {}"), &err), TH_E_JSON, "check: two values");
    tap_is_int((int64_t)err.offset, 3, "where the second begins");
    tap_is_str(err.msg, "malformed JSON at byte 3: something follows the value", "in words");
    th_err_clear(&err);
    tap_is_int(th_json_check(TH_STR("{\"a\":tru"), &err), TH_E_JSON, "check: cut");
    tap_is_int((int64_t)err.offset, 8, "at the end");
    tap_is_int(th_json_check(TH_STR_NONE, NULL), TH_E_JSON, "check: nothing, and no err");
}

static void values(void)
{
    static const struct {
        const char *text;
        enum th_json_type type;
        const char *slice;
        bool escaped;
        const char *rest;
    } rows[] = {
        {" \"ab\" x", TH_JSON_STRING, "ab", false, " x"},
        {"\"a\\nb\"", TH_JSON_STRING, "a\\nb", true, ""},
        {"\"\"", TH_JSON_STRING, "", false, ""},
        {"\"\xc3\xa9\"", TH_JSON_STRING, "\xc3\xa9", false, ""},
        {"\"\xc3\"", TH_JSON_STRING, "\xc3", true, ""},
        {"\"0123456789abcdefghij\xff\"", TH_JSON_STRING, "0123456789abcdefghij\xff", true, ""},
        {"-12.5e3,", TH_JSON_NUMBER, "-12.5e3", false, ","},
        {"12", TH_JSON_NUMBER, "12", false, ""},
        {"true]", TH_JSON_TRUE, "true", false, "]"},
        {"false", TH_JSON_FALSE, "false", false, ""},
        {"null", TH_JSON_NULL, "null", false, ""},
        {"{\"a\\n\":[{}]}{}", TH_JSON_OBJECT, "{\"a\\n\":[{}]}", false, "{}"},
        {"[ 1 , 2 ] ", TH_JSON_ARRAY, "[ 1 , 2 ]", false, " "},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_json_cursor c;
        struct th_json_value value;
        th_json_init(&c, th_str_of(rows[i].text));
        bool good = th_json_value(&c, &value) == TH_JSON_OK;
        tap_ok(good && value.type == rows[i].type && value.escaped == rows[i].escaped &&
                   th_str_is(value.text, rows[i].slice),
               "value of %s", rows[i].text);
        tap_is_str(c.at, rows[i].rest, "what is left");
    }
}

static void by_hand(void)
{
    struct th_json_cursor c;
    struct th_json_value key;
    struct th_json_value value;
    bool first = true;
    th_json_init(&c, TH_STR(" { \"a\" : [ 1 , \"x\" ] , \"b\\u0063\":{} } tail"));
    tap_ok(th_json_enter(&c) == TH_JSON_OK && c.depth == 1, "enter the object");
    tap_ok(th_json_next_key(&c, &key, &first) == TH_JSON_OK && th_str_is(key.text, "a"), "key a");
    tap_ok(th_json_enter(&c) == TH_JSON_OK && c.depth == 2, "enter the array");
    bool inner = true;
    tap_ok(th_json_next_element(&c, &inner) == TH_JSON_OK &&
               th_json_value(&c, &value) == TH_JSON_OK && th_str_is(value.text, "1"),
           "first element");
    tap_ok(th_json_next_element(&c, &inner) == TH_JSON_OK &&
               th_json_value(&c, &value) == TH_JSON_OK && th_str_is(value.text, "x"),
           "second element");
    tap_ok(th_json_next_element(&c, &inner) == TH_JSON_END && c.depth == 1, "end of the array");
    tap_ok(th_json_next_key(&c, &key, &first) == TH_JSON_OK && key.escaped, "an escaped key");
    tap_ok(th_json_value(&c, &value) == TH_JSON_OK && value.type == TH_JSON_OBJECT, "its value");
    tap_ok(th_json_next_key(&c, &key, &first) == TH_JSON_END && c.depth == 0, "end of the object");
    tap_is_str(c.at, " tail", "behind the brace");

    static const struct {
        const char *text;
        enum th_json_status status;
    } keys[] = {{"{", TH_JSON_MORE},       {"{}", TH_JSON_END},        {"{ }", TH_JSON_END},
                {"{,", TH_JSON_BAD},       {"{\"a\"", TH_JSON_MORE},   {"{\"a\":", TH_JSON_OK},
                {"{\"a\";", TH_JSON_BAD},  {"{a", TH_JSON_BAD},        {"{\"a", TH_JSON_MORE},
                {"{\"a\n\"", TH_JSON_BAD}, {"{\"\\u00\"", TH_JSON_BAD}};
    for (size_t i = 0; i < TH_COUNT(keys); i++) {
        first = true;
        th_json_init(&c, th_str_of(keys[i].text));
        tap_ok(th_json_enter(&c) == TH_JSON_OK &&
                   th_json_next_key(&c, &key, &first) == keys[i].status,
               "first key of %s", keys[i].text);
    }
    th_json_init(&c, TH_STR("12"));
    tap_ok(th_json_enter(&c) == TH_JSON_BAD, "a number can't be entered");
    th_json_init(&c, TH_STR("  "));
    tap_ok(th_json_enter(&c) == TH_JSON_MORE, "nothing can't either, yet");
    th_json_init(&c, TH_STR_NONE);
    tap_ok(!th_json_space(&c) && th_json_value(&c, &value) == TH_JSON_MORE, "an absent text");

    /* A trailing comma is refused by hand as well as by skipping. */
    th_json_init(&c, TH_STR("[1,]"));
    first = true;
    tap_ok(th_json_enter(&c) == TH_JSON_OK && th_json_next_element(&c, &first) == TH_JSON_OK &&
               th_json_value(&c, &value) == TH_JSON_OK &&
               th_json_next_element(&c, &first) == TH_JSON_BAD,
           "trailing comma");
}

static void unescaping(void)
{
    static const struct {
        struct th_str json; /* with its quotes */
        struct th_str text;
    } rows[] = {
        {TH_STR_INIT("\"plain\""), TH_STR_INIT("plain")},
        {TH_STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TH_STR_INIT("\"\\/\b\f\n\r\t")},
        {TH_STR_INIT("\"\\u0041\\u00e9\\u20AC\""), TH_STR_INIT("A\xc3\xa9\xe2\x82\xac")},
        {TH_STR_INIT("\"\\ud83d\\ude00!\""), TH_STR_INIT("\xf0\x9f\x98\x80!")},
        {TH_STR_INIT("\"\\ud800\\udc00\\udbff\\udfff\""),
         TH_STR_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
        {TH_STR_INIT("\"a\\u0000b\""), TH_STR_INIT("a\xef\xbf\xbd"
                                                   "b")},
        {TH_STR_INIT("\"\\ud83d\""), TH_STR_INIT("\xef\xbf\xbd")},
        {TH_STR_INIT("\"\\ude00x\""), TH_STR_INIT("\xef\xbf\xbdx")},
        {TH_STR_INIT("\"\\ud83d\\u0041\""), TH_STR_INIT("\xef\xbf\xbd"
                                                        "A")},
        {TH_STR_INIT("\"\\ud83d\\ud83d\\ude00\""), TH_STR_INIT("\xef\xbf\xbd\xf0\x9f\x98\x80")},
        {TH_STR_INIT("\"\\ud83d\\n\""), TH_STR_INIT("\xef\xbf\xbd\n")},
        {TH_STR_INIT("\"a\xff"
                     "b\""),
         TH_STR_INIT("a\xef\xbf\xbd"
                     "b")},
        {TH_STR_INIT("\"\xe2\x82\\n\""), TH_STR_INIT("\xef\xbf\xbd\n")},
        {TH_STR_INIT("\"\xe2\x82\xac\\n\""), TH_STR_INIT("\xe2\x82\xac\n")},
        {TH_STR_INIT("\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[]}\""),
         TH_STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[]}")},
        {TH_STR_INIT("\"0123456789abcdef\\n0123456789abcdef\\\\\""),
         TH_STR_INIT("0123456789abcdef\n0123456789abcdef\\")},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_json_cursor c;
        struct th_json_value value;
        struct th_buf out = TH_BUF_INIT;
        char name[40];
        th_json_init(&c, rows[i].json);
        snprintf(name, sizeof name, "unescape, row %zu", i);
        th_buf_puts(&out, "<");
        if (th_json_value(&c, &value) == TH_JSON_OK)
            th_json_unescape(&out, &value);
        tap_is_mem(out.p + 1, out.n - 1, rows[i].text.p, rows[i].text.n, name);
        struct th_str scalar = th_json_scalar(&value, &out);
        tap_ok(th_str_eq(scalar, rows[i].text), "the same as a scalar");
        th_buf_fini(&out);
    }
    /* Not validated: whatever a caller passes, nothing is read beyond it. */
    static const char *const broken[] = {"\\",  "\\u", "\\u12",     "\\u12g4",
                                         "\\x", "a\\", "\\ud83d\\", "\\ud83d\\u"};
    for (size_t i = 0; i < TH_COUNT(broken); i++) {
        size_t n = strlen(broken[i]);
        char *exact = th_xmalloc(n);
        struct th_buf out = TH_BUF_INIT;
        memcpy(exact, broken[i], n);
        struct th_json_value value = {{exact, n}, TH_JSON_STRING, true};
        th_json_unescape(&out, &value);
        tap_ok(out.n > 0, "broken escape %s", broken[i]);
        th_buf_fini(&out);
        free(exact);
    }
    struct th_buf scratch = TH_BUF_INIT;
    struct th_json_value none = {0};
    tap_ok(th_json_scalar(&none, &scratch).p == NULL, "absent is absent");
    struct th_json_value array = {TH_STR("[1]"), TH_JSON_ARRAY, false};
    tap_ok(th_json_scalar(&array, &scratch).p == NULL, "an array is no scalar");
    th_buf_fini(&scratch);
}

static void lookups(void)
{
    struct th_str doc = TH_STR("{\"a\":{\"b\":{\"c\":1}},\"dup\":1,\"dup\":2,\"e\\u0066\":3,\"\":4,"
                               "\"n\":null,\"arr\":[{\"x\":1}],\"dup\":{\"in\":5}}");
    static const struct {
        const char *path;
        const char *text; /* NULL: not found */
    } rows[] = {{"a", "{\"b\":{\"c\":1}}"},
                {"a.b", "{\"c\":1}"},
                {"a.b.c", "1"},
                {"a.b.c.d", NULL},
                {"a.x", NULL},
                {"dup", "{\"in\":5}"},
                {"dup.in", "5"},
                {"ef", "3"},
                {"", "4"},
                {"n", "null"},
                {"arr", "[{\"x\":1}]"},
                {"arr.x", NULL},
                {"a.", NULL},
                {".a", NULL},
                {"A", NULL}};
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_json_value value = {0};
        bool found = th_json_get(doc, th_str_of(rows[i].path), &value);
        if (rows[i].text == NULL)
            tap_ok(!found && value.type == TH_JSON_ABSENT, "no member '%s'", rows[i].path);
        else
            tap_ok(found && th_str_is(value.text, rows[i].text), "member '%s'", rows[i].path);
    }
    static const char *const wrong[] = {"",           "[]",          "1",   "{\"a\":1",
                                        "{\"a\":1,}", "{\"a\":1 x}", "null"};
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        struct th_json_value value;
        tap_ok(!th_json_get(th_str_of(wrong[i]), TH_STR("a"), &value), "nothing in %s", wrong[i]);
    }
    struct th_json_value value;
    tap_ok(!th_json_get(TH_STR_NONE, TH_STR("a"), &value), "nothing in an absent text");
}

struct visited {
    struct th_buf out;
    int stop_after;
};

static bool note_visit(void *ctx, struct th_str path, const struct th_json_value *value)
{
    struct visited *visited = ctx;
    th_buf_add_str(&visited->out, path);
    th_buf_putc(&visited->out, '=');
    th_buf_add_str(&visited->out, value->text);
    th_buf_putc(&visited->out, '\n');
    return --visited->stop_after != 0;
}

static void walks(void)
{
    static const struct {
        const char *json;
        const char *visited;
        enum th_json_status status;
    } rows[] = {
        {"1", "=1\n", TH_JSON_OK},
        {" \"x\" ", "=x\n", TH_JSON_OK},
        {"{}", "", TH_JSON_OK},
        {"[]", "", TH_JSON_OK},
        {"{\"a\":1,\"b\":null}", "a=1\nb=null\n", TH_JSON_OK},
        {"{\"a\":{\"b\":{\"c\":true,\"d\":2}},\"e\":3}", "a.b.c=true\na.b.d=2\ne=3\n", TH_JSON_OK},
        {"{\"a\":[1,[2,{\"b\":3}],4],\"c\":5}", "a=1\na=2\na.b=3\na=4\nc=5\n", TH_JSON_OK},
        {"[{\"a\":1},{\"a\":2}]", "a=1\na=2\n", TH_JSON_OK},
        {"{\"a\":{},\"b\":[],\"c\":[{}]}", "", TH_JSON_OK},
        {"{\"\":{\"a\":1,\"\":2}}", ".a=1\n.=2\n", TH_JSON_OK},
        {"{\"k.x\":{\"y\\u0061\":1}}", "k.x.ya=1\n", TH_JSON_OK},
        {"{\"a\":1,\"b\":}", "a=1\n", TH_JSON_BAD},
        {"{\"a\":1,\"b\":2", "a=1\nb=2\n", TH_JSON_MORE},
        {"{\"a\":1} x", "a=1\n", TH_JSON_BAD},
        {"", "", TH_JSON_MORE},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct visited visited = {TH_BUF_INIT, 0};
        tap_ok(th_json_walk(th_str_of(rows[i].json), note_visit, &visited) == rows[i].status,
               "status of walking %s", rows[i].json);
        tap_is_str(th_buf_cstr(&visited.out), rows[i].visited, "what it visits");
        th_buf_fini(&visited.out);
    }
    struct visited visited = {TH_BUF_INIT, 2};
    tap_ok(th_json_walk(TH_STR("[1,2,3,}"), note_visit, &visited) == TH_JSON_OK, "stopped: fine");
    tap_is_str(th_buf_cstr(&visited.out), "=1\n=2\n", "after two");
    th_buf_fini(&visited.out);
}

static void printing(void)
{
    static const struct {
        const char *json;
        const char *pretty;
        const char *one_line;
    } rows[] = {
        {"{}", "{}", "{}"},
        {"[ ]", "[]", "[ ]"},
        {"1", "1", "1"},
        {"{\"a\":1,\"b\":[1,2,{}],\"c\":{\"d\":\"x, {y}: \\\"z\\\" \"}}",
         "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2,\n    {}\n  ],\n  \"c\": {\n    \"d\": \"x, "
         "{y}: "
         "\\\"z\\\" \"\n  }\n}",
         "{\"a\":1,\"b\":[1,2,{}],\"c\":{\"d\":\"x, {y}: \\\"z\\\" \"}}"},
        {"{\n  \"a\" : [ 1,\r\n 2 ]\n}\n", "{\n  \"a\": [\n    1,\n    2\n  ]\n}",
         "{ \"a\" : [ 1, 2 ] } "},
        {"[\"a\\nb\",\n\n\n\"\\\\\"\n]", "[\n  \"a\\nb\",\n  \"\\\\\"\n]",
         "[\"a\\nb\", \"\\\\\" ]"},
        {"{\"a\":1,\n}", "{\"a\":1,\n}", "{\"a\":1, }"},
        {"[\"open\n", "[\"open\n", "[\"open\n"},
        {"", "", ""},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf out = TH_BUF_INIT;
        char name[40];
        snprintf(name, sizeof name, "pretty, row %zu", i);
        th_json_pretty(&out, th_str_of(rows[i].json), 2);
        tap_is_str(th_buf_cstr(&out), rows[i].pretty, name);
        th_buf_reset(&out);
        snprintf(name, sizeof name, "one line, row %zu", i);
        th_json_one_line(&out, th_str_of(rows[i].json));
        tap_is_str(th_buf_cstr(&out), rows[i].one_line, name);
        th_buf_fini(&out);
    }
    struct th_buf out = TH_BUF_INIT;
    th_json_pretty(&out, TH_STR("[[1]]"), 0);
    tap_is_str(th_buf_cstr(&out), "[\n[\n1\n]\n]", "no indentation");
    th_buf_reset(&out);
    for (int i = 0; i < TH_JSON_DEPTH_MAX; i++)
        th_buf_putc(&out, '[');
    for (int i = 0; i < TH_JSON_DEPTH_MAX; i++)
        th_buf_putc(&out, ']');
    struct th_buf deep = TH_BUF_INIT;
    th_json_pretty(&deep, th_buf_str(&out), 1000000);
    tap_ok(deep.n < 10000000, "indentation is capped (%zu bytes)", deep.n);
    th_buf_fini(&deep);
    th_buf_fini(&out);
}

static bool ignore_visit(void *ctx, struct th_str path, const struct th_json_value *value)
{
    (void)ctx;
    return path.p != NULL && value->text.p != NULL;
}

static enum th_json_status nested(size_t depth, bool object, bool closed)
{
    struct th_buf doc = TH_BUF_INIT;
    struct th_json_cursor c;
    struct th_json_value value;
    for (size_t i = 0; i < depth; i++)
        th_buf_puts(&doc, object ? "{\"a\":" : "[");
    if (object)
        th_buf_puts(&doc, "1");
    for (size_t i = 0; closed && i < depth; i++)
        th_buf_putc(&doc, object ? '}' : ']');
    th_json_init(&c, th_buf_str(&doc));
    enum th_json_status s = th_json_value(&c, &value);
    if (th_json_walk(th_buf_str(&doc), ignore_visit, NULL) != s)
        s = TH_JSON_END; /* which is never right */
    th_buf_fini(&doc);
    return s;
}

static void depth(void)
{
    for (int object = 0; object < 2; object++) {
        const char *name = object ? "objects" : "arrays";
        tap_ok(nested(TH_JSON_DEPTH_MAX, object, true) == TH_JSON_OK, "%s at the cap", name);
        tap_ok(nested(TH_JSON_DEPTH_MAX + 1, object, true) == TH_JSON_BAD, "%s beyond it", name);
        tap_ok(nested(TH_JSON_DEPTH_MAX, object, false) == TH_JSON_MORE, "%s open at the cap",
               name);
        tap_ok(nested(1000000, object, false) == TH_JSON_BAD, "a million open %s", name);
        for (size_t n = 62; n < 67; n++)
            tap_ok(nested(n, object, true) == TH_JSON_OK, "%zu %s", n, name);
    }
    /* Entering by hand counts towards the same cap. */
    struct th_buf doc = TH_BUF_INIT;
    struct th_json_cursor c;
    struct th_json_value value;
    for (int i = 0; i < TH_JSON_DEPTH_MAX + 1; i++)
        th_buf_putc(&doc, '[');
    th_json_init(&c, th_buf_str(&doc));
    bool first = true;
    tap_ok(th_json_enter(&c) == TH_JSON_OK && th_json_next_element(&c, &first) == TH_JSON_OK,
           "one level by hand");
    tap_ok(th_json_value(&c, &value) == TH_JSON_BAD, "the rest is one too many");
    th_buf_fini(&doc);
}

int main(void)
{
    places();
    values();
    by_hand();
    unescaping();
    lookups();
    walks();
    printing();
    depth();
    return tap_done();
}
