/* Ringdown SDK: the words every other header uses: assertions, magic
 * numbers, memory, errors. Knows nothing of calls. */
#ifndef RINGDOWN_BASE_H
#define RINGDOWN_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The build sets this for each module, and to "core". */
#ifndef RD_MODULE_NAME
#define RD_MODULE_NAME "a module without a name"
#endif

/* Everything between these two is exported by the daemon to modules. */
#define RD_API_BEGIN _Pragma("GCC visibility push(default)")
#define RD_API_END   _Pragma("GCC visibility pop")

/* Marks a function that may park the calling fiber. State may have changed
 * when it returns: look again. Callable from a fiber only. */
#define RD_YIELDS

#define RD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RD_MUST_CHECK	     __attribute__((warn_unused_result))
#define RD_NORETURN	     __attribute__((noreturn))

#define RD_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define RD_CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#define RD_MIN(a, b) ((a) < (b) ? (a) : (b))
#define RD_MAX(a, b) ((a) > (b) ? (a) : (b))

/* Wait without limit, wherever a timeout in milliseconds is asked for. */
#define RD_FOREVER (-1)

RD_API_BEGIN

/**
 * A broken invariant; on in release builds. Prints the expression, the
 * fiber, the channel and a backtrace, then aborts. Never for input.
 */
#define rd_assert(expr) \
	((expr) ? (void)0 : rd_assert_failed(#expr, __FILE__, __LINE__, __func__))

/* The object is alive and of the kind that the caller thinks it is. */
#define RD_CHECK(obj, want) rd_assert((obj) && (obj)->magic == (want))

/* What rd_assert() calls. */
RD_NORETURN void rd_assert_failed(const char *expr, const char *file, int line,
				  const char *func);

/**
 * Heap memory. NULL when there is none (tests make that happen at every
 * place in turn). rd_free(NULL) does nothing. rd_strdup(NULL) is NULL.
 */
void *rd_malloc(size_t size) RD_MUST_CHECK;
void *rd_zalloc(size_t size) RD_MUST_CHECK;
void *rd_realloc(void *p, size_t size) RD_MUST_CHECK;
char *rd_strdup(const char *s) RD_MUST_CHECK;
char *rd_strndup(const char *s, size_t n) RD_MUST_CHECK;
char *rd_asprintf(const char *fmt, ...) RD_MUST_CHECK RD_PRINTF(1, 2);
void rd_free(void *p);

/* "no such file or directory" for -ENOENT; accepts either sign. */
const char *rd_strerror(int rc);

/* Bytes from the kernel's random source. Never fails (aborts without one). */
void rd_random(void *buf, size_t size);

/* SipHash-1-3 under a secret of this process: nobody can choose bytes whose hashes
 * collide. Another kind is another hash of the same bytes. */
uint64_t rd_hash(uint64_t kind, const void *p, size_t n);

/* n random characters of [a-z0-9] and a NUL: buf holds n + 1. */
void rd_random_token(char *buf, size_t n);

/* A random UUID (RFC 4122 §4.4) as 36 characters with its dashes, and a NUL. */
enum { RD_UUID = 37 };
void rd_random_uuid(char uuid[RD_UUID]);

RD_API_END

#endif
