/* Bitsets against a plain array of bools, at every length around a word. */
#include "base/bits.h"

#include "base/compiler.h"
#include "lib/tap.h"

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Bits beyond the length must be zero after every operation: count over the whole words tells. */
static bool agrees(const struct th_bits *bits, const bool *model)
{
    size_t count = 0;
    for (size_t i = 0; i < bits->n; i++) {
        if (th_bits_get(bits, i) != model[i])
            return false;
        count += model[i];
    }
    if (th_bits_count(bits) != count)
        return false;
    size_t seen = 0;
    for (size_t i = th_bits_next(bits, 0); i < bits->n; i = th_bits_next(bits, i + 1)) {
        if (!model[i])
            return false;
        seen++;
    }
    return seen == count;
}

static void at_length(size_t n)
{
    struct th_bits a;
    struct th_bits b;
    struct th_bits c;
    static bool ma[300];
    static bool mb[300];
    uint32_t state = (uint32_t)n + 1;
    bool good = true;

    th_bits_init(&a, n);
    memset(ma, 0, sizeof ma);
    good = good && agrees(&a, ma) && th_bits_next(&a, 0) == n;
    th_bits_init_ones(&b, n);
    memset(mb, 1, sizeof mb);
    good = good && agrees(&b, mb) && th_bits_count(&b) == n;
    for (size_t i = 0; i < n; i++) {
        if (next_random(&state) % 3 == 0) {
            th_bits_put(&a, i);
            ma[i] = true;
        }
        if (next_random(&state) % 3 == 0) {
            th_bits_drop(&b, i);
            mb[i] = false;
        }
    }
    good = good && agrees(&a, ma) && agrees(&b, mb);
    size_t both = 0;
    for (size_t i = 0; i < n; i++)
        both += ma[i] && mb[i];
    good = good && th_bits_count_and(&a, &b) == both;

    static const char ops[] = "&|-";
    for (const char *op = ops; *op != '\0'; op++) {
        bool want[300];
        th_bits_init_copy(&c, &a);
        for (size_t i = 0; i < n; i++)
            want[i] = *op == '&' ? ma[i] && mb[i] : *op == '|' ? ma[i] || mb[i] : ma[i] && !mb[i];
        if (*op == '&')
            th_bits_and(&c, &b);
        else if (*op == '|')
            th_bits_or(&c, &b);
        else
            th_bits_andnot(&c, &b);
        good = good && agrees(&c, want);
        th_bits_fini(&c);
    }
    tap_ok(good, "all operations at %zu bits", n);
    th_bits_fini(&a);
    th_bits_fini(&b);
}

int main(void)
{
    static const size_t lengths[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 200, 256, 299};
    for (size_t i = 0; i < TH_COUNT(lengths); i++)
        at_length(lengths[i]);
    struct th_bits bits;
    th_bits_init(&bits, 1000);
    th_bits_put(&bits, 700);
    tap_is_int((int64_t)th_bits_next(&bits, 0), 700, "next jumps over empty words");
    tap_is_int((int64_t)th_bits_next(&bits, 700), 700, "next includes where it begins");
    tap_is_int((int64_t)th_bits_next(&bits, 701), 1000, "no further bit: the length");
    tap_is_int((int64_t)th_bits_next(&bits, 5000), 1000, "beginning beyond the end");
    th_bits_fini(&bits);
    tap_ok(bits.w == NULL && bits.n == 0, "fini leaves an empty set");
    return tap_done();
}
