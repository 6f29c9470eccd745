/* What systems offer in different ways, under one name each. Nothing else asks which system it is.
 */
#ifndef TH_BASE_SYSTEM_H
#define TH_BASE_SYSTEM_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Sort n items of size bytes; compare gets ctx, which is borrowed for the call. Equal items come in
 * any order. Any number of threads may sort at once. */
typedef int th_compare(const void *a, const void *b, void *ctx);
void th_sort(void *items, size_t n, size_t size, th_compare *compare, const void *ctx);

/* The words for an errno, in buffer (cut) or static. Safe in threads, unlike strerror. */
const char *th_errno_text(int sys_errno, char *buffer, size_t size);

/* Processors that this process may use, at least 1. */
int th_cores(void);

/* Let the calling thread come after others by steps of nice(2). A hint: no error. */
void th_thread_yields(int steps);

/* Path of the running program; NULL when it can't be known. Owned (free). */
char *th_program_path(void);

/* Forget what is written to file but not flushed. */
void th_forget_output(FILE *file);

/* A pipe that isn't handed on to other programs and whose ends never wait. False: errno says why.
 */
bool th_pipe(int ends[2]);

/* poll(2) with these signals blocked while it waits, in place of those that are. timeout_ms < 0: no
 * end. */
int th_poll(struct pollfd *fds, nfds_t n, int timeout_ms, const sigset_t *blocked);

#endif
