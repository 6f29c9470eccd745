/* Marks of files that hold no trail as they stand. A container that can hold one says so, that
 * nobody believes it was read. */
#include "ingest/reader/magic.h"

#include "base/compiler.h"

struct magic {
    size_t at;
    struct th_str mark;
    const char *words;
};

#define MARK(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct magic magics[] = {
    {0, MARK("SQLite format 3\0"), "SQLite database"}, /* first: see is_case */
    {0, MARK("\x37\x7f\x06\x82"), "SQLite write-ahead log"},
    {0, MARK("\x37\x7f\x06\x83"), "SQLite write-ahead log"},
    {0, MARK("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"), "SQLite journal"},
    {0, MARK("PK\x03\x04"), "zip archive (not read)"},
    {0, MARK("PK\x05\x06"), "zip archive (not read)"},
    {257, MARK("ustar"), "tar archive (not read)"},
    {0, MARK("\x28\xb5\x2f\xfd"), "zstd data (not read)"},
    {0, MARK("BZh"), "bzip2 data (not read)"},
    {0,
     MARK("\xfd"
          "7zXZ"),
     "xz data (not read)"},
    {0, MARK("7z\xbc\xaf\x27\x1c"), "7z archive (not read)"},
    {0, MARK("PAR1"), "Parquet file (not read)"},
    {0, MARK("\xff\xfe"), "UTF-16 text (not read)"},
    {0, MARK("\xfe\xff"), "UTF-16 text (not read)"},
};

/* A database's own number: "Trlh" is that of a case (store/case.h). */
static bool is_case(struct th_str head)
{
    return th_str_starts(head, magics[0].mark) &&
           th_str_starts(th_str_sub(head, 68, head.n), TH_STR("Trlh"));
}

const char *th_magic_words(struct th_str head)
{
    if (is_case(head))
        return "a Trailhound case, not evidence";
    for (size_t i = 0; i < TH_COUNT(magics); i++)
        if (th_str_starts(th_str_sub(head, magics[i].at, head.n), magics[i].mark))
            return magics[i].words;
    if (head.n > 0 &&
        memchr(head.p, '\0', head.n < TH_MAGIC_BYTES ? head.n : TH_MAGIC_BYTES) != NULL)
        return "no CloudTrail records";
    return NULL;
}
