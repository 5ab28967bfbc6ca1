/* Music from a program: its output, raw samples, is read at the pace of a
 * clock and put into a feed. A program that ends is started again, later each
 * time that it ends soon. It runs while its class is in force, heard or not, so
 * that music is there at once. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/env.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/log.h>
#include <ringdown/process.h>

#include "core/call/music.h"

enum {
	READ_MS = 20,
	BEHIND_MS = 1000, /* more than this is not made up for */
	BLOCK = 960,	  /* bytes; the stack is small */
	AGAIN_MS = 1000,  /* after it has ended; doubled when it ended soon... */
	AGAIN_MAX_MS = 30000,
	SOON_MS = 10000, /* ... which is before this */
};

struct rd__music_program {
	char *name, *application, *directory;
	char *command; /* for the shell, which knows about quotes and gives way to it */
	const char *codec_name; /* static; NULL: samples */
	int rate, kill_delay_ms;
	bool kill_group;
	struct rd__feed *feed;
	struct rd_process process; /* .pid 0: none */
	struct rd_process begun;   /* the pool's, while it is being started */
	struct rd_pool *env_pool;  /* of .env, likewise */
	char **env;
	int out_fd, start_fd;	   /* our end of its output, and its own */
	bool starting;
	struct rd_watch *end; /* of the process */
	struct rd_timer timer; /* the next read, or the next start */
	struct rd_timer killer;
	uint64_t started_ms, paced_ms; /* paced_ms: .taken counts from here */
	int64_t taken;		       /* samples since then */
	int again_ms, kill_step;
	bool stopping;
	uint8_t odd; /* half a sample */
	bool has_odd;
};

/* -- birth and death -------------------------------------------------------------- */

static void program_free(struct rd__music_program *program)
{
	rd_timer_stop(&program->timer);
	rd_timer_stop(&program->killer);
	rd__feed_unref(program->feed);
	rd_free(program->name);
	rd_free(program->application);
	rd_free(program->directory);
	rd_free(program->command);
	rd_free(program);
}

static void close_output(struct rd__music_program *program)
{
	if (program->out_fd >= 0)
		close(program->out_fd);
	program->out_fd = -1;
}

static void send_signal(const struct rd__music_program *program, int number)
{
	if (program->process.pid)
		kill(program->kill_group ? -program->process.pid : program->process.pid, number);
}

static void bury(struct rd__music_program *program)
{
	rd_watch_free(program->end);
	program->end = NULL;
	rd_process_bury(&program->process);
	rd_timer_stop(&program->killer);
	close_output(program);
}

/* -- starting ---------------------------------------------------------------------- */

/* In the pool: its directory is entered and the shell loaded from whatever disk. */
static int start_process(void *arg)
{
	struct rd__music_program *program = arg;
	struct rd_process_options options = { .out_fd = program->start_fd,
					      .directory = program->directory,
					      .own_group = true,
					      .any_thread = true,
					      .env = program->env };

	return rd_process_start_here(&program->begun, program->command, &options);
}

static void ended(unsigned events, void *arg);

/* Somebody must hear of its end, or it would never be started again. */
static int watch_end(struct rd__music_program *program)
{
	int rc = rd_watch_new(&program->end, program->process.fd, RD_IO_READ, ended, program);

	if (rc) {
		send_signal(program, SIGKILL);
		bury(program);
	}
	return rc;
}

static void start_later(struct rd__music_program *program)
{
	rd_timer_start(&program->timer, program->again_ms);
	program->again_ms = RD_MIN(program->again_ms * 2, (int)AGAIN_MAX_MS);
}

static void not_started(struct rd__music_program *program, int rc)
{
	close_output(program);
	rd_error("music %s: %s: %s", program->name, program->application, rd_strerror(rc));
	start_later(program);
}

static void end_at_once(struct rd__music_program *program)
{
	if (program->process.pid) {
		send_signal(program, SIGKILL);
		bury(program);
	}
	program_free(program);
}

static void end_start(struct rd__music_program *program)
{
	program->starting = false;
	close(program->start_fd);
	rd_pool_free(program->env_pool);
	program->env_pool = NULL;
}

static void started(int rc, void *arg)
{
	struct rd__music_program *program = arg;

	end_start(program);
	if (!rc)
		program->process = program->begun;
	if (program->stopping) {
		end_at_once(program);
		return;
	}
	if (!rc)
		rc = watch_end(program);
	if (rc) {
		not_started(program, rc);
		return;
	}
	program->started_ms = program->paced_ms = rd_now_ms();
	program->taken = 0;
	program->has_odd = false;
	rd_timer_start(&program->timer, READ_MS);
}

/* As it is now: what ENV() sets belongs to this thread. */
static int copy_environment(struct rd__music_program *program)
{
	int rc = rd_pool_new(&program->env_pool, 0);

	if (rc)
		return rc;
	program->env = rd_env_new(program->env_pool);
	return program->env ? 0 : -ENOMEM;
}

static int start(struct rd__music_program *program)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	program->out_fd = ends[0];
	program->start_fd = ends[1];
	program->starting = true;
	rc = fcntl(ends[0], F_SETFL, O_NONBLOCK) ? -errno : copy_environment(program);
	if (!rc)
		rc = rd_offload_then(start_process, started, program);
	if (rc)
		end_start(program);
	return rc;
}

static void start_now(struct rd__music_program *program)
{
	int rc = start(program);

	if (rc)
		not_started(program, rc);
}

/* -- its output ----------------------------------------------------------------------- */

static void put_samples(struct rd__music_program *program, const uint8_t *bytes, size_t size)
{
	int16_t samples[BLOCK];
	const struct rd_codec *codec =
		program->codec_name ? rd_codec_find(program->codec_name) : NULL;
	int count;

	if (program->codec_name) {
		count = codec ? codec->decode(NULL, bytes, size, samples, BLOCK) : 0;
	} else {
		count = (int)(size / 2);
		memcpy(samples, bytes, (size_t)count * 2);
	}
	if (count > 0)
		rd__feed_put(program->feed, samples, (size_t)count);
}

/* Up to so many samples: how many came; 0: none now; -EPIPE: no more will. */
static int64_t read_some(struct rd__music_program *program, int64_t want)
{
	size_t width = program->codec_name ? 1 : 2, have = program->has_odd;
	uint8_t bytes[BLOCK];
	ssize_t n;

	bytes[0] = program->odd;
	n = read(program->out_fd, bytes + have,
		 RD_MIN((size_t)want * width, sizeof(bytes)) - have);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE;
	have += (size_t)n;
	program->has_odd = have % width;
	program->odd = bytes[have - 1];
	have -= have % width;
	put_samples(program, bytes, have);
	return (int64_t)(have / width);
}

/* At the pace of the clock, however fast it could go on. */
static void read_output(struct rd__music_program *program)
{
	int64_t due = (int64_t)(rd_now_ms() - program->paced_ms) * program->rate / 1000, n = 1;

	while (program->taken < due && n > 0) {
		n = read_some(program, due - program->taken);
		program->taken += RD_MAX(n, (int64_t)0);
	}
	if (n < 0) {
		close_output(program);
		return;
	}
	/* It was slow, or we were: from here on. */
	if (due - program->taken > (int64_t)program->rate * BEHIND_MS / 1000) {
		program->paced_ms = rd_now_ms();
		program->taken = 0;
	}
}

static void tick(void *arg)
{
	struct rd__music_program *program = arg;

	if (!program->process.pid) {
		start_now(program);
		return;
	}
	if (program->out_fd < 0)
		return; /* .end starts it again */
	read_output(program);
	rd_timer_start(&program->timer, READ_MS);
}

/* -- its end --------------------------------------------------------------------------- */

/* Asked politely first, and then not. */
static void kill_harder(void *arg)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGKILL };
	struct rd__music_program *program = arg;

	send_signal(program, signals[program->kill_step]);
	if (++program->kill_step < (int)RD_ARRAY_SIZE(signals))
		rd_timer_start(&program->killer, program->kill_delay_ms);
}

static void ended(unsigned events, void *arg)
{
	struct rd__music_program *program = arg;
	uint64_t ran_ms = rd_now_ms() - program->started_ms;

	(void)events;
	/* What it wrote last is in the pipe; a moment of it is not worth the wait. */
	bury(program);
	if (program->stopping) {
		program_free(program);
		return;
	}
	if (ran_ms >= SOON_MS)
		program->again_ms = AGAIN_MS;
	rd_warning("music %s: %s has ended, it is started again in %d s", program->name,
		   program->application, program->again_ms / 1000);
	start_later(program);
}

/* -- what the others call ----------------------------------------------------------------- */

static int copy_class(struct rd__music_program *program, const struct rd__music_class *class)
{
	program->name = rd_strdup(class->name);
	program->application = rd_strdup(class->application);
	program->directory = class->directory ? rd_strdup(class->directory) : NULL;
	program->command = rd_asprintf("exec %s", class->application);
	program->codec_name = class->codec;
	program->rate = class->rate;
	program->kill_delay_ms = class->kill_delay_ms;
	program->kill_group = class->kill_group;
	if (!program->name || !program->application || !program->command ||
	    (class->directory && !program->directory))
		return -ENOMEM;
	return rd__feed_new(&program->feed, class->rate);
}

int rd__music_program_start(struct rd__music_program **pp, const struct rd__music_class *class)
{
	struct rd__music_program *program = rd_zalloc(sizeof(*program));
	int rc;

	if (!program)
		return -ENOMEM;
	rd_timer_init(&program->timer, tick, program);
	rd_timer_init(&program->killer, kill_harder, program);
	program->out_fd = -1;
	program->again_ms = AGAIN_MS;
	rc = copy_class(program, class);
	if (rc) {
		program_free(program);
		return rc;
	}
	start_now(program);
	*pp = program;
	return 0;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool rd__music_program_suits(const struct rd__music_program *program,
			     const struct rd__music_class *class)
{
	return same(program->name, class->name) &&
	       same(program->application, class->application) &&
	       same(program->directory, class->directory) && program->rate == class->rate &&
	       same(program->codec_name, class->codec);
}

void rd__music_program_stop(struct rd__music_program *program, bool at_once)
{
	program->stopping = true;
	rd_timer_stop(&program->timer);
	close_output(program);
	if (program->starting)
		return; /* started() ends it */
	if (program->process.pid && !at_once)
		kill_harder(program);
	else
		end_at_once(program);
}

struct rd__feed *rd__music_program_feed(struct rd__music_program *program)
{
	return program->feed;
}

int rd__music_program_pid(const struct rd__music_program *program)
{
	return program->process.pid;
}
