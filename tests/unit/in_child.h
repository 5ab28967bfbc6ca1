/* What may end the process, or is told on standard error, is run in a child. */
#ifndef TESTS_UNIT_IN_CHILD_H
#define TESTS_UNIT_IN_CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sched/crash.h"
#include "core/sched/sched.h"

static char output[16384]; /* the last child's standard error */

/* Run fn in a fiber of a child, whose crashes go to this file, too ("": to none). How it
 * ended, as waitpid() says it. */
static inline int in_child(int (*fn)(void *arg), const char *crash_file)
{
	int pipes[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		dup2(pipes[1], STDERR_FILENO);
		for (int i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		if (rd__sched_init(0) || rd__crash_install(crash_file))
			_exit(1);
		rd__sched_call(fn, NULL);
		_exit(0);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], output + n, sizeof(output) - 1 - n)) > 0)
		n += (size_t)got;
	output[n] = '\0';
	close(pipes[0]);
	waitpid(child, &status, 0);
	return status;
}

static inline void expect(const char *text)
{
	if (!strstr(output, text))
		fail_msg("no \"%s\" in: %s", text, output);
}

#endif
