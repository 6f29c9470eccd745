/* Java's map order. The expected orders were worked out from the published algorithm of
 * java.util.HashMap by hand. */
#include "ecs/rules/javamap.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "lib/tap.h"

/* Keys between spaces, put in their order, come out as want. */
static void order_is(const char *keys, const char *want, const char *name)
{
    struct th_javamap map;
    struct th_buf out = TH_BUF_INIT;
    uint32_t order[256];
    th_javamap_init(&map);
    for (const char *at = keys; *at != '\0';) {
        size_t n = strcspn(at, " ");
        th_javamap_put(&map, (struct th_str){at, n}, NULL);
        at += n + (at[n] == ' ');
    }
    th_javamap_order(&map, order);
    for (size_t i = 0; i < map.n; i++) {
        if (i > 0)
            th_buf_putc(&out, ' ');
        th_buf_add_str(&out, map.entries[order[i]].key);
    }
    tap_is_str(th_buf_cstr(&out), want, name);
    th_buf_fini(&out);
    th_javamap_fini(&map);
}

static void test_hash(void)
{
    tap_is_int(th_java_hash(TH_STR("")), 0, "hash of nothing");
    tap_is_int(th_java_hash(TH_STR("a")), 97, "of one letter");
    tap_is_int(th_java_hash(TH_STR("hello")), 99162322, "of a word");
    tap_is_int(th_java_hash(TH_STR("polygenelubricants")), INT64_C(0x80000000), "that overflows");
    tap_ok(th_java_hash(TH_STR("Aa")) == th_java_hash(TH_STR("BB")), "of two that collide");
    tap_is_int(th_java_hash(TH_STR("\303\244")), 0xe4, "of a letter beyond ASCII");
    /* U+1F600 is two units: D83D DE00. */
    tap_is_int(th_java_hash(TH_STR("\360\237\230\200")), 31 * 0xd83d + 0xde00,
               "of a pair of surrogates");
    tap_is_int(th_java_hash(TH_STR("\xff")), 0xfffd, "of a bad byte");
    char text[64];
    bool same = true;
    for (size_t n = 0; n < sizeof text; n++) {
        uint32_t h = 0;
        text[n] = (char)('!' + n);
        for (size_t i = 0; i <= n; i++)
            h = 31 * h + (unsigned char)text[i];
        same = same && th_java_hash((struct th_str){text, n + 1}) == h;
    }
    tap_ok(same, "eight bytes at once are the same as one by one");
}

static void test_order(void)
{
    order_is("", "", "nothing");
    order_is("b a c", "a b c", "letters by their code");
    order_is("p q a", "p q a", "modulo sixteen: p is 112, q 113, a 97");
    order_is("hello c", "c hello", "the upper half of a hash counts: 11 for hello, not 2");
    order_is("q a p", "p q a", "in one bucket the first put is first");
    order_is("a b a b c", "a b c", "twice is once");
    order_is("BB Aa", "BB Aa", "equal hashes by insertion");
    order_is("Aa BB", "Aa BB", "either way");
    order_is("a b c d e f g h i j k l", "a b c d e f g h i j k l", "twelve fit into sixteen");
    order_is("q a b c d e f g h i j k", "q a b c d e f g h i j k",
             "q is put before a in bucket 1 of 16");
    order_is("q a b c d e f g h i j k l", "a b c d e f g h i j k l q",
             "the thirteenth doubles the table: q has bucket 17 of 32");
    /* A string of Aa and BB has 2^n spellings with one hash; nine in a chain double a small table.
     */
    order_is("q a AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB",
             "AaAaAa AaAaBB AaBBAa AaBBBB BBAaAa BBAaBB BBBBAa BBBBBB q a",
             "eight in a chain stay where they are");
}

/* A chain of nine in 16 buckets makes 32 of them: q and a, both 1 of 16, come apart. */
static void test_long_chain(void)
{
    static const char *const colliding[] = {
        "AaAaAaAa", "AaAaAaBB", "AaAaBBAa", "AaAaBBBB", "AaBBAaAa",
        "AaBBAaBB", "AaBBBBAa", "AaBBBBBB", "BBAaAaAa",
    };
    struct th_javamap map;
    th_javamap_init(&map);
    for (size_t i = 0; i < TH_COUNT(colliding); i++) {
        tap_is_int((int64_t)map.capacity, i == 0 ? 0 : 16, "sixteen buckets");
        th_javamap_put(&map, th_str_of(colliding[i]), NULL);
    }
    tap_is_int((int64_t)map.capacity, 32, "the ninth of a chain doubles the table");
    th_javamap_reset(&map);
    th_javamap_put(&map, TH_STR("x"), NULL);
    tap_ok(map.capacity == 16 && map.n == 1, "reset makes it small again");
    th_javamap_fini(&map);
}

/* Sixteen pairs of Aa or BB: 65536 keys with one hash. */
static void test_hostile(void)
{
    enum { BITS = 16, KEYS = 1 << BITS };
    struct th_javamap map;
    char *text = malloc((size_t)KEYS * BITS * 2);
    uint32_t *order = malloc(KEYS * sizeof *order);
    bool good = true;
    bool added;
    th_javamap_init(&map);
    for (size_t k = 0; k < KEYS; k++) {
        char *key = text + k * BITS * 2;
        for (size_t b = 0; b < BITS; b++)
            memcpy(key + 2 * b, (k >> b & 1) != 0 ? "BB" : "Aa", 2);
        good = good && th_javamap_put(&map, (struct th_str){key, BITS * 2}, &added) == k && added;
    }
    for (size_t k = 0; k < KEYS; k++)
        good = good &&
               th_javamap_put(&map, (struct th_str){text + k * BITS * 2, BITS * 2}, &added) == k &&
               !added;
    tap_ok(good && map.n == KEYS, "65536 keys of one hash are put and found in no time");
    th_javamap_order(&map, order);
    for (size_t k = 0; k < KEYS; k++)
        good = good && order[k] == k;
    tap_ok(good, "and come out as they were put");
    free(order);
    free(text);
    th_javamap_fini(&map);
}

int main(void)
{
    test_hash();
    test_order();
    test_long_chain();
    test_hostile();
    return tap_done();
}
