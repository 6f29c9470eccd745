/* Texts looked for at once are those that stand there: against looking for each, over random texts
 * of few different characters. */
#include "lib/tap.h"

#include "base/mem.h"
#include "query/eval/needles.h"

enum { ROUNDS = 300, TEXTS = 200, TEXT_MAX = 9, RECORD_MAX = 400 };

static uint64_t state = 20260301;

static unsigned pick(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

static void make(char *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = "abAB1\"\xc3"[pick(7)];
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool stands(const char *text, size_t n, const char *in, size_t in_n)
{
    for (size_t at = 0; at + n <= in_n; at++) {
        size_t i = 0;
        while (i < n && fold(text[i]) == fold(in[at + i]))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static void compare(size_t *wrong, size_t *found)
{
    char texts[TEXTS][TEXT_MAX];
    size_t lengths[TEXTS];
    uint32_t numbers[TEXTS];
    char record[RECORD_MAX];
    size_t record_n = pick(RECORD_MAX);
    struct th_bits seen;
    th_needles *needles = th_needles_new();
    for (size_t i = 0; i < TEXTS; i++) {
        lengths[i] = pick(TEXT_MAX + 1);
        make(texts[i], lengths[i]);
        numbers[i] = th_needles_add(needles, (struct th_str){texts[i], lengths[i]});
    }
    size_t n = th_needles_ready(needles);
    make(record, record_n);
    th_bits_init(&seen, n);
    for (size_t i = 0; i < n; i++) /* what is there from the record before goes */
        th_bits_put(&seen, i);
    th_needles_find(needles, (struct th_str){record, record_n}, &seen);
    for (size_t i = 0; i < TEXTS; i++) {
        if (numbers[i] == TH_NEEDLE_NONE) {
            *wrong += lengths[i] >= 4;
            continue;
        }
        bool is = stands(texts[i], lengths[i], record, record_n);
        *wrong += numbers[i] >= n || th_bits_get(&seen, numbers[i]) != is;
        *found += is;
    }
    th_bits_fini(&seen);
    th_needles_free(needles);
}

int main(void)
{
    size_t wrong = 0;
    size_t found = 0;
    for (int round = 0; round < ROUNDS; round++)
        compare(&wrong, &found);
    tap_is_int((int64_t)wrong, 0, "each text is seen where it stands and nowhere else");
    tap_ok(found > ROUNDS, "and many do (%zu)", found);
    th_needles *needles = th_needles_new();
    tap_ok(th_needles_add(needles, TH_STR("Name")) == th_needles_add(needles, TH_STR("nAME")),
           "the case of letters makes no other text");
    tap_ok(th_needles_add(needles, TH_STR("abc")) == TH_NEEDLE_NONE, "three bytes are too few");
    th_needles_free(needles);
    th_needles_free(NULL);
    return tap_done();
}
