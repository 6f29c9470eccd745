/* Telling by their first bytes files that are no text. Inside of ingest. */
#ifndef TH_INGEST_READER_MAGIC_H
#define TH_INGEST_READER_MAGIC_H

#include "base/str.h"

/* Bytes that are worth having for it. */
#define TH_MAGIC_BYTES 8192u

/* What a file with these first bytes is, in words that say why it isn't read; NULL when it may be
 * text. */
const char *th_magic_words(struct th_str head);

#endif
