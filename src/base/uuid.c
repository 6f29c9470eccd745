/* UUIDs: text to bytes and back, without a branch per digit: import reads two an event. */
#include "base/uuid.h"

#include <endian.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Where each byte's first digit stands. */
static const uint8_t uuid_digit[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

/* Eight characters to four bytes. *wrong gets bits when one is no lower-case hexadecimal digit: '0'
 * to '9' are 0x30 and a value up to 9, 'a' to 'f' are 0x60 and a value less 9. */
static uint32_t eight_digits(uint64_t chars, uint64_t *wrong)
{
    uint64_t letter = chars >> 6 & EACH(0x01);
    uint64_t value = (chars & EACH(0x0f)) + 9 * letter;
    uint64_t ten_or_more = (value + EACH(0x06)) >> 4 & EACH(0x01);
    *wrong |= (chars & EACH(0xf0)) ^ (EACH(0x30) ^ 0x50 * letter);
    *wrong |= (value & EACH(0x10)) | (ten_or_more ^ letter);
    /* The first of two digits stands in the lower byte: pairs, then fours, then all. */
    uint64_t packed = (value << 4 | value >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    packed = (packed | packed >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(packed | packed >> 16);
}

/* Two runs of four characters as one word, the first in the lower bytes. */
static uint64_t eight_chars(const char *first, const char *second)
{
    uint32_t low;
    uint32_t high;
    memcpy(&low, first, sizeof low);
    memcpy(&high, second, sizeof high);
    return (uint64_t)le32toh(high) << 32 | le32toh(low);
}

bool th_uuid_parse(struct th_str text, uint8_t out[16])
{
    const char *p = text.p;
    uint64_t wrong = 0;
    if (text.n != TH_UUID_CHARS || p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
        return false;
    uint32_t words[4] = {
        htole32(eight_digits(eight_chars(p, p + 4), &wrong)),
        htole32(eight_digits(eight_chars(p + 9, p + 14), &wrong)),
        htole32(eight_digits(eight_chars(p + 19, p + 24), &wrong)),
        htole32(eight_digits(eight_chars(p + 28, p + 32), &wrong)),
    };
    if (wrong != 0)
        return false;
    memcpy(out, words, sizeof words);
    return true;
}

void th_uuid_text(const uint8_t uuid[16], char out[TH_UUID_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    memcpy(out, "00000000-0000-0000-0000-000000000000", TH_UUID_CHARS + 1);
    for (size_t i = 0; i < 16; i++) {
        out[uuid_digit[i]] = digits[uuid[i] >> 4];
        out[uuid_digit[i] + 1] = digits[uuid[i] & 15];
    }
}
