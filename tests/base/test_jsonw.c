/* The JSON writer: commas, escapes, numbers that don't follow the locale; jansson reads what it
 * writes. */
#include "base/jsonw.h"

#include <float.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>

#include "base/compiler.h"
#include "base/time.h"
#include "lib/tap.h"

static void structure(void)
{
    struct th_buf out = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &out);
    th_jsonw_begin_object(&w);
    th_jsonw_key(&w, "a");
    th_jsonw_i64(&w, INT64_MIN);
    th_jsonw_key(&w, "b");
    th_jsonw_begin_array(&w);
    th_jsonw_bool(&w, true);
    th_jsonw_bool(&w, false);
    th_jsonw_null(&w);
    th_jsonw_begin_array(&w);
    th_jsonw_end_array(&w);
    th_jsonw_begin_object(&w);
    th_jsonw_end_object(&w);
    th_jsonw_string(&w, TH_STR("x\ny"));
    th_jsonw_string(&w, TH_STR_NONE);
    th_jsonw_string(&w, TH_STR(""));
    th_jsonw_end_array(&w);
    th_jsonw_key_str(&w, TH_STR("k\"\0"));
    th_jsonw_raw(&w, TH_STR("{\"raw\": 1}"));
    th_jsonw_key(&w, "t");
    th_jsonw_time(&w, 0);
    th_jsonw_key(&w, "n");
    th_jsonw_time(&w, TH_TIME_NONE);
    th_jsonw_end_object(&w);
    tap_is_str(th_buf_cstr(&out),
               "{\"a\":-9223372036854775808,\"b\":[true,false,null,[],{},\"x\\ny\",null,\"\"],"
               "\"k\\\"\\u0000\":{\"raw\": 1},\"t\":\"1970-01-01T00:00:00.000Z\",\"n\":null}",
               "an object with everything in it");
    tap_is_int(w.depth, 0, "all is closed");
    th_buf_reset(&out);

    th_jsonw_init(&w, &out);
    for (int i = 0; i < 64; i++) {
        th_jsonw_begin_array(&w);
        th_jsonw_i64(&w, i);
    }
    for (int i = 0; i < 64; i++) {
        th_jsonw_end_array(&w);
        if (i < 63)
            th_jsonw_i64(&w, i);
    }
    json_t *tree = json_loadb(out.p, out.n, 0, NULL);
    tap_ok(tree != NULL && json_array_size(tree) == 3, "64 levels, with commas at each");
    json_decref(tree);
    th_buf_reset(&out);

    th_jsonw_init(&w, &out);
    th_jsonw_i64(&w, 1);
    tap_is_str(th_buf_cstr(&out), "1", "a number alone");
    th_buf_fini(&out);
}

static void numbers(void)
{
    static const struct {
        double value;
        int decimals;
        const char *text;
    } rows[] = {{0.0, 0, "0"},
                {1.5, 1, "1.5"},
                {-2.345, 2, "-2.35"},
                {1e21, 0, "1000000000000000000000"},
                {0.1, -3, "0"},
                {0.5, 3, "0.500"},
                {(double)NAN, 2, "null"},
                {(double)INFINITY, 2, "null"}};
    /* A locale with a decimal comma may not be installed; then this only tests what follows. */
    bool comma = setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL;
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf out = TH_BUF_INIT;
        struct th_jsonw w;
        th_jsonw_init(&w, &out);
        th_jsonw_double(&w, rows[i].value, rows[i].decimals);
        tap_is_str(th_buf_cstr(&out), rows[i].text, rows[i].text);
        th_buf_fini(&out);
    }
    struct th_buf out = TH_BUF_INIT;
    struct th_jsonw w;
    th_jsonw_init(&w, &out);
    th_jsonw_double(&w, -DBL_MAX, 1000);
    tap_ok(out.n > 300 && out.n < 340 && strchr(out.p, '.') == out.p + 310, "the largest double");
    th_buf_fini(&out);
    tap_note("decimal comma %s", comma ? "tried" : "not installed");
    setlocale(LC_NUMERIC, "C");
}

static void quoting(void)
{
    static const struct {
        struct th_str value;
        const char *json;
    } rows[] = {
        {TH_STR_INIT(""), "\"\""},
        {TH_STR_INIT("plain"), "\"plain\""},
        {TH_STR_INIT("\"\\/"), "\"\\\"\\\\/\""},
        {TH_STR_INIT("\b\f\n\r\t\0\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\""},
        {TH_STR_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
         "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {TH_STR_INIT("\xef\xbf\xbd"), "\"\xef\xbf\xbd\""},
        {TH_STR_INIT("a\xffz"), "\"a\xef\xbf\xbdz\""},
        {TH_STR_INIT("\xe2\x82"), "\"\xef\xbf\xbd\""},
        {TH_STR_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {TH_STR_INIT("\xc3\""), "\"\xef\xbf\xbd\\\"\""},
        {TH_STR_INIT("\xff\xff\n"), "\"\xef\xbf\xbd\xef\xbf\xbd\\n\""},
        {TH_STR_INIT("0123456789abcdef0123456789abcde\""),
         "\"0123456789abcdef0123456789abcde\\\"\""},
    };
    for (size_t i = 0; i < TH_COUNT(rows); i++) {
        struct th_buf out = TH_BUF_INIT;
        th_json_quote(&out, rows[i].value);
        tap_is_mem(out.p, out.n, rows[i].json, strlen(rows[i].json), rows[i].json);
        th_buf_fini(&out);
    }
    /* Any bytes at all: jansson must take the result, and valid text must come back as it was. */
    uint32_t state = 99;
    int bad = 0;
    for (int round = 0; round < 20000; round++) {
        char bytes[40];
        size_t n = 0;
        bool ascii = round % 2 == 0;
        for (size_t len = (size_t)round % sizeof bytes; n < len; n++) {
            state = state * 1664525u + 1013904223u;
            bytes[n] = (char)(ascii ? state >> 24 & 0x7f : state >> 24);
        }
        struct th_buf out = TH_BUF_INIT;
        th_json_quote(&out, (struct th_str){bytes, n});
        json_t *tree = json_loadb(out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        bool good = json_is_string(tree);
        if (good && ascii)
            good = json_string_length(tree) == n && memcmp(json_string_value(tree), bytes, n) == 0;
        bad += !good;
        json_decref(tree);
        th_buf_fini(&out);
    }
    tap_is_int(bad, 0, "20 000 random texts are read back");
}

int main(void)
{
    structure();
    numbers();
    quoting();
    return tap_done();
}
