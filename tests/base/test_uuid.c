/* UUIDs: every byte at every place, and there and back. */
#include "base/uuid.h"

#include <string.h>

#include "lib/tap.h"

/* What a character says, in the plainest way: 0 … 15, or -1. */
static int digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dash(size_t place)
{
    return place == 8 || place == 13 || place == 18 || place == 23;
}

/* The bytes of a text all of whose characters are right. */
static void plain_parse(const char *text, uint8_t out[16])
{
    size_t n = 0;
    for (size_t i = 0; i < TH_UUID_CHARS; i++)
        if (!is_dash(i)) {
            int value = digit((unsigned char)text[i]);
            out[n / 2] = (uint8_t)(n % 2 == 0 ? value << 4 : out[n / 2] | value);
            n++;
        }
}

int main(void)
{
    static const char *const texts[] = {
        "01234567-89ab-cdef-0123-456789abcdef", "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff", "99999999-aaaa-9a9a-a9a9-f0f0f0f0f0f0"};
    unsigned wrong_taken = 0;
    unsigned right_refused = 0;
    unsigned wrong_bytes = 0;
    unsigned wrong_texts = 0;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        for (size_t place = 0; place < TH_UUID_CHARS; place++)
            for (unsigned c = 0; c < 256; c++) {
                char text[TH_UUID_CHARS + 1];
                char again[TH_UUID_CHARS + 1];
                uint8_t bytes[16];
                uint8_t want[16];
                memcpy(text, texts[t], sizeof text);
                text[place] = (char)c;
                bool right = is_dash(place) ? c == '-' : digit((unsigned char)c) >= 0;
                bool taken = th_uuid_parse((struct th_str){text, TH_UUID_CHARS}, bytes);
                wrong_taken += taken && !right;
                right_refused += right && !taken;
                if (!taken || !right)
                    continue;
                plain_parse(text, want);
                wrong_bytes += memcmp(bytes, want, sizeof want) != 0;
                th_uuid_text(bytes, again);
                wrong_texts += strcmp(again, text) != 0;
            }
    tap_is_int(wrong_taken, 0, "no text with a wrong character is taken");
    tap_is_int(right_refused, 0, "every right one is");
    tap_is_int(wrong_bytes, 0, "the bytes are those of the digits");
    tap_is_int(wrong_texts, 0, "and give the text again");
    uint8_t bytes[16];
    tap_ok(!th_uuid_parse(TH_STR("01234567-89ab-cdef-0123-456789abcde"), bytes), "one short");
    tap_ok(!th_uuid_parse(TH_STR("01234567-89ab-cdef-0123-456789abcdef0"), bytes), "one long");
    return tap_done();
}
