/* Tuples: numbers in order of first appearance, found again among many, reuse after a reset. */
#include "base/tuples.h"

#include <stdlib.h>

#include "lib/tap.h"

static void make(uint32_t i, uint32_t out[3])
{
    out[0] = i % 7;
    out[1] = i / 7;
    out[2] = 0;
}

static void test_many(th_tuples *t, uint32_t n)
{
    uint32_t codes[3];
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < n; i++) {
        make(i, codes);
        wrong += th_tuples_intern(t, codes) != i + 1;
    }
    tap_ok(wrong == 0, "%u new tuples are numbered without a gap", n);
    for (uint32_t i = n; i-- > 0;) {
        make(i, codes);
        wrong += th_tuples_intern(t, codes) != i + 1 || th_tuples_intern(t, codes) != i + 1;
        const uint32_t *back = th_tuples_get(t, i + 1);
        wrong += back[0] != codes[0] || back[1] != codes[1] || back[2] != codes[2];
    }
    tap_is_int(wrong, 0, "and found again, with their codes");
    tap_is_int(th_tuples_count(t), n, "none was added twice");
}

int main(void)
{
    th_tuples *t = th_tuples_new(3);
    tap_is_int(th_tuples_count(t), 0, "none at first");
    test_many(t, 100000);
    tap_ok(th_tuples_memory(t) > 100000 * 12, "memory is told");
    const uint32_t absent[3] = {0, 0, 0};
    const uint32_t near[3] = {0, 0, 1};
    tap_is_int(th_tuples_intern(t, absent), 1, "nothing at all is a tuple like any other");
    tap_is_int(th_tuples_intern(t, near), 100001, "the last code counts");
    th_tuples_reset(t);
    tap_is_int(th_tuples_count(t), 0, "none after a reset");
    test_many(t, 50);
    th_tuples_free(t);
    th_tuples_free(NULL);

    th_tuples *one = th_tuples_new(1);
    const uint32_t x = UINT32_MAX;
    tap_ok(th_tuples_intern(one, &x) == 1 && *th_tuples_get(one, 1) == x, "a tuple of one code");
    th_tuples_free(one);
    return tap_done();
}
