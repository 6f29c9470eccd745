/* Files that the program writes for its user. A plain file appears under its name only when it is
 * whole; anything else is written where it is. */
#ifndef TH_BASE_OUTFILE_H
#define TH_BASE_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

typedef struct th_outfile th_outfile;

/* Begin to write what path names. Links are followed, also to a file that isn't there yet.
 *
 * A plain file, or none: written beside it and renamed at th_outfile_commit. A new one gets mode
 * 0600 by the umask's leave; one that is replaced keeps its mode, and its owner where that may be
 * given. A device, a FIFO: opened and written as it is. /dev/stdout, /dev/fd/N: that descriptor of
 * our own, whatever it is, at the place where it stands.
 *
 * wait: for somebody to read a FIFO (a signal ends that: TH_E_CANCELLED, err->sys_errno EINTR);
 * otherwise a FIFO that nobody reads is an error.
 *
 * Owned: th_outfile_commit or th_outfile_abandon. Errors name path: TH_E_NOT_FOUND (its folder),
 * TH_E_FULL, TH_E_IO. */
TH_NODISCARD enum th_code th_outfile_open(const char *path, bool wait, th_outfile **out,
                                          struct th_err *err);
/* Where to write. Borrowed until the file is committed or abandoned. */
FILE *th_outfile_stream(const th_outfile *file);
/* Flush, close, and give a plain file its name. Taken, also on an error, which leaves nothing
 * behind and an older file as it was. */
TH_NODISCARD enum th_code th_outfile_commit(th_outfile *file, struct th_err *err);
/* Close and leave nothing behind; what went to a device or FIFO is gone there. Taken; NULL is fine.
 */
void th_outfile_abandon(th_outfile *file);

#endif
