/* The C library and the kernel, where systems differ. Linux with glibc is what is tested; the other
 * ways follow the manuals of musl, macOS and the BSDs. */
#include "base/system.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef HAVE_SCHED_GETAFFINITY
#include <sched.h>
#endif
#ifdef HAVE_STDIO_EXT_H
#include <stdio_ext.h>
#endif
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/mem.h"

/* Without qsort_r as glibc and musl have it (the BSDs' has its arguments in another order, and
 * POSIX took it in only in 2024) what is compared with waits in the thread. */
#ifndef HAVE_GNU_QSORT_R
static _Thread_local struct {
    th_compare *compare;
    void *ctx;
} sorting;

static int compare_here(const void *a, const void *b)
{
    return sorting.compare(a, b, sorting.ctx);
}
#endif

void th_sort(void *items, size_t n, size_t size, th_compare *compare, const void *ctx)
{
    union {
        const void *from;
        void *to;
    } plain = {.from = ctx};
    if (n < 2)
        return;
#ifdef HAVE_GNU_QSORT_R
    qsort_r(items, n, size, compare, plain.to);
#else
    sorting.compare = compare;
    sorting.ctx = plain.to;
    qsort(items, n, size, compare_here);
#endif
}

const char *th_errno_text(int sys_errno, char *buffer, size_t size)
{
#ifdef STRERROR_R_CHAR_P
    return strerror_r(sys_errno, buffer, size);
#else
    return strerror_r(sys_errno, buffer, size) == 0 ? buffer : "unknown error";
#endif
}

int th_cores(void)
{
    long n = -1;
#ifdef HAVE_SCHED_GETAFFINITY
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
#endif
#ifdef _SC_NPROCESSORS_ONLN
    if (n < 1)
        n = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return n < 1 ? 1 : n > 1024 ? 1024 : (int)n;
}

void th_thread_yields(int steps)
{
#ifdef HAVE_GETTID
    /* Linux counts niceness by thread, against POSIX; elsewhere this would slow the whole program.
     */
    id_t id = (id_t)gettid();
    (void)setpriority(PRIO_PROCESS, id, getpriority(PRIO_PROCESS, id) + steps);
#else
    (void)steps;
#endif
}

char *th_program_path(void)
{
    char path[PATH_MAX + 1];
#ifdef __APPLE__
    uint32_t size = sizeof path;
    return _NSGetExecutablePath(path, &size) == 0 ? th_xstrdup(path) : NULL;
#else
    static const char *const links[] = {"/proc/self/exe", "/proc/curproc/file",
                                        "/proc/curproc/exe"};
    for (size_t i = 0; i < TH_COUNT(links); i++) {
        ssize_t n = readlink(links[i], path, sizeof path);
        if (n > 0 && (size_t)n < sizeof path)
            return th_xstrndup(path, (size_t)n);
    }
    return NULL;
#endif
}

void th_forget_output(FILE *file)
{
#ifdef HAVE___FPURGE
    __fpurge(file);
#elif defined HAVE_FPURGE
    (void)fpurge(file);
#else
    (void)file;
#endif
}

static bool set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool th_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return false;
    if (set_flags(ends[0]) && set_flags(ends[1]))
        return true;
    int saved = errno;
    close(ends[0]);
    close(ends[1]);
    errno = saved;
    return false;
}

int th_poll(struct pollfd *fds, nfds_t n, int timeout_ms, const sigset_t *blocked)
{
#ifdef HAVE_PPOLL
    struct timespec timeout = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000L};
    return ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, blocked);
#else
    /* A signal between the first two calls is seen when the wait ends, not at once. */
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, blocked, &before);
    int ready = poll(fds, n, timeout_ms);
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return ready;
#endif
}
