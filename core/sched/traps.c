/* Blocking libc calls, caught on the switch thread: these definitions in the
 * program stand before libc's for every module and library. Each caller is
 * logged once; RINGDOWN_TRAP=abort stops at the first. */
#ifdef RD_DEBUG_TRAPS
#undef _FORTIFY_SOURCE /* its headers define some of these calls themselves */
#endif

#include "core/sched/traps.h"

#ifdef RD_DEBUG_TRAPS

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <threads.h>
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
TRAP(int, thrd_sleep, (const struct timespec *want, struct timespec *left), (want, left), true)
TRAP(int, pause, (void), (), true)
TRAP(int, poll, (struct pollfd *fds, nfds_t n, int ms), (fds, n, ms), ms != 0)
TRAP(int, ppoll, (struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask),
     (fds, n, t, mask), !t || t->tv_sec || t->tv_nsec)
int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size);
TRAP(int, __poll_chk, (struct pollfd *fds, nfds_t n, int ms, size_t size), (fds, n, ms, size),
     ms != 0)
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask,
		size_t size);
TRAP(int, __ppoll_chk,
     (struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask, size_t size),
     (fds, n, t, mask, size), !t || t->tv_sec || t->tv_nsec)
TRAP(int, pselect,
     (int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t, const sigset_t *mask),
     (n, r, w, e, t, mask), !t || t->tv_sec || t->tv_nsec)
TRAP(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv), (n, r, w, e, tv),
     !tv || tv->tv_sec || tv->tv_usec)
TRAP(int, epoll_wait, (int fd, struct epoll_event *events, int max, int ms),
     (fd, events, max, ms), ms != 0)
TRAP(int, epoll_pwait,
     (int fd, struct epoll_event *events, int max, int ms, const sigset_t *mask),
     (fd, events, max, ms, mask), ms != 0)
TRAP(pid_t, wait, (int *status), (status), true)
TRAP(pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),
     (pid, status, options, usage), !(options & WNOHANG))
TRAP(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options), type != P_PIDFD && !(options & WNOHANG))
TRAP(int, sigwait, (const sigset_t *set, int *signal), (set, signal), true)
TRAP(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options),
     !(options & WNOHANG))
TRAP(int, sem_wait, (sem_t *semaphore), (semaphore), true)
TRAP(int, sem_timedwait, (sem_t *semaphore, const struct timespec *until), (semaphore, until),
     true)
TRAP(int, pthread_join, (pthread_t thread, void **result), (thread, result), true)
TRAP(int, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *mutex), (cond, mutex), true)
TRAP(int, pthread_cond_timedwait,
     (pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until),
     (cond, mutex, until), true)
TRAP(int, pthread_barrier_wait, (pthread_barrier_t *barrier), (barrier), true)
TRAP(int, thrd_join, (thrd_t thread, int *result), (thread, result), true)
TRAP(int, cnd_wait, (cnd_t *cond, mtx_t *mutex), (cond, mutex), true)
TRAP(int, cnd_timedwait, (cnd_t *cond, mtx_t *mutex, const struct timespec *until),
     (cond, mutex, until), true)
TRAP(int, fsync, (int fd), (fd), true)
TRAP(int, fdatasync, (int fd), (fd), true)
TRAP(int, flock, (int fd, int how), (fd, how), !(how & (LOCK_NB | LOCK_UN)))
TRAP(int, lockf, (int fd, int how, off_t size), (fd, how, size), how == F_LOCK)
TRAP(int, lockf64, (int fd, int how, off64_t size), (fd, how, size), how == F_LOCK)
TRAP(int, system, (const char *command), (command), true)
TRAP(FILE *, popen, (const char *command, const char *mode), (command, mode), true)
TRAP(int, pclose, (FILE *stream), (stream), true)
TRAP(struct hostent *, gethostbyname, (const char *name), (name), true)
TRAP(struct hostent *, gethostbyname2, (const char *name, int family), (name, family), true)
TRAP(int, gethostbyname_r,
     (const char *name, struct hostent *host, char *buf, size_t size, struct hostent **out,
      int *why),
     (name, host, buf, size, out, why), true)
TRAP(struct hostent *, gethostbyaddr, (const void *addr, socklen_t size, int family),
     (addr, size, family), true)
TRAP(int, getnameinfo,
     (const struct sockaddr *addr, socklen_t size, char *host, socklen_t host_size, char *service,
      socklen_t service_size, int flags),
     (addr, size, host, host_size, service, service_size, flags), !(flags & NI_NUMERICHOST))
TRAP(int, res_query, (const char *name, int class, int type, unsigned char *answer, int size),
     (name, class, type, answer, size), true)
TRAP(int, getaddrinfo,
     (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out),
     (node, service, hints, out), !hints || !(hints->ai_flags & AI_NUMERICHOST))

__attribute__((visibility("default"))) void sync(void)
{
	static void (*real)(void);

	if (!real)
		*(void **)&real = find_real("sync");
	spring("sync", __builtin_return_address(0));
	real();
}

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
