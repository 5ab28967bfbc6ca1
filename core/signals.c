/* Signals arrive as events of the loop, so that nothing runs in a handler. */
#include "core/signals.h"

#include <signal.h>
#include <uv.h>

#include "core/sched/sched.h"

static struct watched {
	int number;
	void (*act)(void);
	uv_signal_t handle;
	bool open;
} watched[] = { { .number = SIGTERM }, { .number = SIGINT }, { .number = SIGHUP } };

/* One came while nobody watches. */
static volatile sig_atomic_t hung_up;

static void remember(int number)
{
	(void)number;
	hung_up = true;
}

static void hold(int number)
{
	sigaction(number, &(struct sigaction){ .sa_handler = remember, .sa_flags = SA_RESTART },
		  NULL);
}

void rd__signals_hold(void)
{
	hold(SIGHUP);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct watched *which = handle->data;

	(void)number;
	which->act();
}

static int start_one(struct watched *which, void (*act)(void))
{
	int rc = uv_signal_init(rd__sched_loop(), &which->handle);

	if (rc < 0)
		return rc;
	which->open = true;
	which->act = act;
	which->handle.data = which;
	return uv_signal_start(&which->handle, on_signal, which->number);
}

int rd__signals_start(void (*stop)(void), void (*reload)(void))
{
	int rc = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(watched) && rc == 0; i++)
		rc = start_one(&watched[i], watched[i].number == SIGHUP ? reload : stop);
	if (rc < 0)
		rd__signals_stop();
	else if (hung_up)
		reload();
	hung_up = false;
	return rc;
}

/* The loop's last run lets libuv close them. */
void rd__signals_stop(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(watched); i++) {
		if (watched[i].open)
			uv_close((uv_handle_t *)&watched[i].handle, NULL);
		watched[i].open = false;
		hold(watched[i].number);
	}
}
