/* Blocking libc calls, caught on the switch thread: these definitions in the
 * program stand before libc's for every module and library. Each caller is
 * logged once; RINGDOWN_TRAP=abort stops at the first. */
#ifdef RD_DEBUG_TRAPS
#undef _FORTIFY_SOURCE /* its headers define some of these calls themselves */
#endif

#include "core/sched/traps.h"

#ifdef RD_DEBUG_TRAPS

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/sched/place.h"
#include "core/sched/watchdog.h"

static unsigned long sprung;
static bool meant; /* what blocks now */
static const void *known[128];
static size_t known_count;

unsigned long rd__traps_sprung(void)
{
	return sprung;
}

static bool first_time(const void *caller)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i] == caller)
			return false;
	if (known_count == RD_ARRAY_SIZE(known))
		return false;
	known[known_count++] = caller;
	return true;
}

static void spring(const char *name, const void *caller)
{
	const char *mode = getenv("RINGDOWN_TRAP");
	char where[160];

	if (meant || !rd__slice_runs())
		return;
	sprung++;
	if (first_time(caller)) {
		rd__place_name(caller, where, sizeof(where));
		rd_error("trap: %s() blocks the switch thread, called at %s", name, where);
	}
	if (mode && strcmp(mode, "abort") == 0)
		abort();
}

/* Of pthread_cond_wait() there are two, and dlsym() may give the one of another
 * age, for another structure. */
static void *find_real(const char *name)
{
	void *real = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");

	return real ? real : dlsym(RTLD_NEXT, name);
}

#define TRAP(type, name, params, args, blocks)                               \
	__attribute__((visibility("default"))) type name params              \
	{                                                                    \
		static type(*real) params;                                   \
									     \
		if (!real)                                                   \
			*(void **)&real = find_real(#name);                  \
		if (blocks)                                                  \
			spring(#name, __builtin_return_address(0));          \
		return real args;                                            \
	}

TRAP(unsigned, sleep, (unsigned s), (s), s > 0)
TRAP(int, usleep, (useconds_t us), (us), us > 0)
TRAP(int, nanosleep, (const struct timespec *want, struct timespec *left), (want, left), true)
TRAP(int, clock_nanosleep,
     (clockid_t clock, int flags, const struct timespec *want, struct timespec *left),
     (clock, flags, want, left), true)
TRAP(int, poll, (struct pollfd *fds, nfds_t n, int ms), (fds, n, ms), ms != 0)
TRAP(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv), (n, r, w, e, tv),
     !tv || tv->tv_sec || tv->tv_usec)
TRAP(int, epoll_wait, (int fd, struct epoll_event *events, int max, int ms),
     (fd, events, max, ms), ms != 0)
TRAP(pid_t, wait, (int *status), (status), true)
TRAP(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options),
     !(options & WNOHANG))
TRAP(int, sem_wait, (sem_t *semaphore), (semaphore), true)
TRAP(int, pthread_join, (pthread_t thread, void **result), (thread, result), true)
TRAP(int, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *mutex), (cond, mutex), true)
TRAP(int, fsync, (int fd), (fd), true)
TRAP(int, fdatasync, (int fd), (fd), true)
TRAP(int, system, (const char *command), (command), true)
TRAP(FILE *, popen, (const char *command, const char *mode), (command, mode), true)
TRAP(struct hostent *, gethostbyname, (const char *name), (name), true)
TRAP(int, getaddrinfo,
     (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out),
     (node, service, hints, out), !hints || !(hints->ai_flags & AI_NUMERICHOST))

void rd__thread_join(pthread_t thread)
{
	meant = true;
	pthread_join(thread, NULL);
	meant = false;
}

#else

unsigned long rd__traps_sprung(void)
{
	return 0;
}

void rd__thread_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

#endif
