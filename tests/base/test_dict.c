/* The interning dictionary: dense codes in order of appearance, texts that never move. */
#include "base/dict.h"

#include "base/compiler.h"
#include "base/mem.h"
#include "lib/tap.h"

static void basics(void)
{
    th_dict *dict = th_dict_new();
    tap_is_int(th_dict_count(dict), 0, "empty at first");
    tap_is_int(th_dict_find(dict, TH_STR("a")), 0, "nothing is found in it");
    tap_is_int(th_dict_intern(dict, TH_STR_NONE), 0, "absent is code 0");
    tap_is_int(th_dict_intern(dict, TH_STR("a")), 1, "the first text is 1");
    tap_is_int(th_dict_intern(dict, TH_STR("")), 2, "the empty text is a text");
    tap_is_int(th_dict_intern(dict, TH_STR("a")), 1, "again: the same code");
    tap_is_int(th_dict_intern(dict, TH_STR("a\0")), 3, "a NUL byte makes another text");
    tap_is_int(th_dict_count(dict), 3, "three texts");
    tap_is_int(th_dict_find(dict, TH_STR("")), 2, "find the empty one");
    tap_is_int(th_dict_find(dict, TH_STR_NONE), 0, "absent is never found");
    tap_is_int(th_dict_find(dict, TH_STR("b")), 0, "b isn't there");
    tap_is_int(th_dict_count(dict), 3, "find adds nothing");
    tap_ok(th_dict_text(dict, 0).p == NULL, "text of 0 is absent");
    struct th_str text = th_dict_text(dict, 3);
    tap_is_mem(text.p, text.n, "a\0", 2, "text of 3");
    tap_is_int((int64_t)th_dict_text(dict, 2).n, 0, "text of 2 is empty");
    tap_ok(th_dict_text(dict, 2).p != NULL, "and not absent");
    th_dict_free(dict);
    th_dict_free(NULL);
}

/* Lengths around every border of the comparison, differing in one byte at any place. */
static void lengths(void)
{
    th_dict *dict = th_dict_new();
    bool good = true;
    uint32_t next = 1;
    for (size_t n = 1; n <= 70; n++) {
        char bytes[70];
        memset(bytes, 'x', sizeof bytes);
        for (size_t i = 0; i < n; i++) {
            bytes[i] = 'y';
            /* In memory of exactly that size, so that a sanitizer sees reading beyond it. */
            char *exact = th_xmalloc(n);
            memcpy(exact, bytes, n);
            good = good && th_dict_find(dict, (struct th_str){exact, n}) == 0;
            good = good && th_dict_intern(dict, (struct th_str){exact, n}) == next;
            good = good && th_dict_find(dict, (struct th_str){exact, n}) == next;
            free(exact);
            bytes[i] = 'x';
            next++;
        }
    }
    tap_ok(good, "texts of 1 to 70 bytes that differ in one byte are different");
    th_dict_free(dict);
}

#define MANY 200000u

static bool check_all(const th_dict *dict)
{
    for (uint32_t i = 0; i < MANY; i++) {
        char text[64];
        snprintf(text, sizeof text, "arn:aws:iam::%u:user/%u", i % 7, i);
        if (th_dict_find(dict, th_str_of(text)) != i + 1 ||
            !th_str_is(th_dict_text(dict, i + 1), text))
            return false;
    }
    return true;
}

static void intern_all(th_dict *dict)
{
    for (uint32_t i = 0; i < MANY; i++) {
        char text[64];
        snprintf(text, sizeof text, "arn:aws:iam::%u:user/%u", i % 7, i);
        if (th_dict_intern(dict, th_str_of(text)) != i + 1)
            return;
    }
}

static void many(void)
{
    th_dict *dict = th_dict_new();
    size_t empty_bytes = th_dict_memory(dict);
    th_dict_intern(dict, TH_STR("arn:aws:iam::0:user/0"));
    const char *first = th_dict_text(dict, 1).p;
    intern_all(dict);
    tap_is_int(th_dict_count(dict), MANY, "200 000 texts");
    tap_ok(check_all(dict), "each under its code");
    tap_ok(th_dict_text(dict, 1).p == first, "texts didn't move");
    size_t full_bytes = th_dict_memory(dict);
    tap_ok(full_bytes > empty_bytes && full_bytes > MANY * 30u && full_bytes < MANY * 200u,
           "memory held is known (%zu bytes)", full_bytes);

    th_dict_reset(dict);
    tap_is_int(th_dict_count(dict), 0, "reset: empty");
    tap_is_int(th_dict_find(dict, TH_STR("arn:aws:iam::0:user/0")), 0, "reset: nothing is found");
    intern_all(dict);
    tap_ok(check_all(dict), "the same again after the reset");
    for (int round = 0; round < 20; round++) {
        th_dict_reset(dict);
        intern_all(dict);
    }
    tap_ok(th_dict_memory(dict) <= full_bytes * 2, "memory doesn't grow with resets");
    th_dict_reset(dict);
    th_dict_reset(dict);
    tap_is_int(th_dict_intern(dict, TH_STR("z")), 1, "codes begin at 1 again");
    th_dict_free(dict);
}

static void giant(void)
{
    th_dict *dict = th_dict_new();
    size_t n = (size_t)3 << 20;
    char *bytes = th_xmalloc(n);
    memset(bytes, 'g', n);
    tap_is_int(th_dict_intern(dict, (struct th_str){bytes, n}), 1, "a text of 3 MiB");
    tap_is_int(th_dict_intern(dict, (struct th_str){bytes, n - 1}), 2, "one byte less is another");
    tap_is_int(th_dict_intern(dict, TH_STR("small")), 3, "a small one behind");
    tap_is_int((int64_t)th_dict_text(dict, 1).n, (int64_t)n, "its length");
    tap_is_int(th_dict_find(dict, (struct th_str){bytes, n}), 1, "and it is found");
    free(bytes);
    th_dict_free(dict);
}

int main(void)
{
    basics();
    lengths();
    many();
    giant();
    return tap_done();
}
