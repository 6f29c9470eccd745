/* Compiler attributes under portable names, so that headers stay readable. */
#ifndef TH_BASE_COMPILER_H
#define TH_BASE_COMPILER_H

#define TH_NODISCARD         __attribute__((warn_unused_result))
#define TH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TH_NORETURN          __attribute__((noreturn))
#define TH_LIKELY(x)         __builtin_expect(!!(x), 1)
#define TH_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define TH_COUNT(array)      (sizeof(array) / sizeof((array)[0]))

#endif
