/* Words, approximately as UAX 29 cuts them: one look at the character before and the one after a
 * joining mark. */
#include "base/pattern_words.h"

#include "base/compiler.h"
#include "base/text.h"
#include "base/text_tables.h"

enum kind {
    KIND_OTHER,
    KIND_LETTER,
    KIND_DIGIT,
    KIND_UNDERSCORE,
    KIND_SINGLE, /* a word by itself */
};

static enum kind ascii_kind(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return KIND_LETTER;
    if (c >= '0' && c <= '9')
        return KIND_DIGIT;
    return c == '_' ? KIND_UNDERSCORE : KIND_OTHER;
}

static enum kind kind_of(uint32_t cp)
{
    /* Symbols and punctuation beyond ASCII; what isn't listed is taken for a letter. */
    static const struct th_text_range separators[] = {
        {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
        {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x25FF},
        {0x27C0, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xE000, 0xF8FF},
        {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
        {0xFF5B, 0xFF65}, {0xFFF0, 0xFFFF},
    };
    static const struct th_text_range singles[] = {
        {0x2600, 0x27BF}, {0x3005, 0x3007},   {0x3021, 0x3029},
        {0x3041, 0x3096}, {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
        {0xF900, 0xFAFF}, {0x1F000, 0x1FAFF}, {0x20000, 0x3FFFD},
    };
    if (cp < 0x80)
        return ascii_kind(cp);
    if (th_text_in(separators, TH_COUNT(separators), cp))
        return KIND_OTHER;
    return th_text_in(singles, TH_COUNT(singles), cp) ? KIND_SINGLE : KIND_LETTER;
}

/* Does mark join what stands before it with what follows? */
static bool joins(uint32_t mark, enum kind before, struct th_str s, size_t after)
{
    bool letters = mark == '.' || mark == '\'' || mark == ':' || mark == 0x2019 || mark == 0xb7;
    bool digits = mark == '.' || mark == '\'' || mark == ',' || mark == ';' || mark == 0x2019;
    if (after >= s.n || (!letters && !digits))
        return false;
    enum kind next = kind_of(th_utf8_next(s, &after));
    return (letters && before == KIND_LETTER && next == KIND_LETTER) ||
           (digits && before == KIND_DIGIT && next == KIND_DIGIT);
}

bool th_pattern_next_word(struct th_str s, size_t *at, struct th_str *word)
{
    size_t start = *at;
    size_t end = start; /* behind the last character that belongs to the word */
    size_t next = start;
    enum kind before = KIND_OTHER;
    while (next < s.n) {
        size_t here = next;
        uint32_t cp = th_utf8_next(s, &next);
        enum kind kind = kind_of(cp);
        if (kind == KIND_SINGLE) {
            if (end == start) {
                start = here;
                end = next;
            }
            break;
        }
        if (kind == KIND_OTHER && (end == start || !joins(cp, before, s, next))) {
            if (end > start)
                break;
            start = end = next;
            continue;
        }
        if (end == start)
            start = here;
        end = next;
        if (kind != KIND_OTHER)
            before = kind;
    }
    *at = end;
    *word = th_str_sub(s, start, end - start);
    return end > start;
}
