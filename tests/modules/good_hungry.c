/* A module for the test of what modules use: it takes time, memory, a fiber and events,
 * each as much as it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ringdown/cause.h>
#include <ringdown/channel.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>

static void *kept[16];
static size_t kept_count;

static double thread_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int burn(void *ms)
{
	double until = thread_ms() + (double)(intptr_t)ms;

	while (thread_ms() < until)
		;
	return 0;
}

static void *ms_of(const char *args)
{
	return (void *)(intptr_t)atoi(args);
}

static int burn_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	return burn(ms_of(args));
}

static int burn_in_pool_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	return rd_offload(burn, ms_of(args));
}

static int keep_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	kept[kept_count] = rd_malloc((size_t)atoi(args) / 2);
	kept[kept_count] = rd_realloc(kept[kept_count], (size_t)atoi(args));
	return kept[kept_count++] ? 0 : -ENOMEM;
}

static int heard;
static struct rd_timer timer;

static void hear(const struct rd_event *event, void *arg);

static const struct rd_subscriber ear = { .name = "ear",
					  .types = RD_EVENT_BIT(RD_EVENT_USER),
					  .notify = hear };

/* Once. */
static void hear(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	heard++;
	rd_unsubscribe(&ear);
}

static void fire(void *arg)
{
	++*(volatile int *)arg;
}

/* What should end with the module, and does not. */
static int leave_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	if (args && *args == 's')
		return rd_subscribe(&ear);
	rd_timer_init(&timer, fire, &heard);
	rd_timer_start(&timer, 10000);
	return 0;
}

/* Nobody releases it. */
static int stay_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	rd_module_use("good_hungry");
	return 0;
}

static struct rd_channel *held[8];
static size_t held_count;

/* The last thing it does. */
static struct rd_channel *another(struct rd_channel *ch)
{
	return rd_channel_ref(ch);
}

/* Hold(n): so many references of the caller, which are given back by Release(n), or by nobody. */
static int hold_app(struct rd_channel *ch, const char *args)
{
	for (int n = atoi(args); n; n--)
		held[held_count++] = n % 2 ? rd_channel_find(rd_channel_name(ch)) : another(ch);
	return rd_channel_sleep(ch, 1000);
}

static void let_one_go(void *arg)
{
	rd_channel_unref(arg);
}

static int release_app(struct rd_channel *ch, const char *args)
{
	static struct rd_timer later;

	(void)ch;
	for (int n = atoi(args); n > 1; n--)
		let_one_go(held[--held_count]);
	rd_timer_init(&later, let_one_go, held[--held_count]);
	rd_timer_start(&later, 10);
	return 0;
}

static volatile int awake;

/* It comes back here. */
static int sleep_long(void *arg)
{
	int rc = rd_sleep(10000);

	(void)arg;
	awake++;
	return rc;
}

/* And sleeps itself. */
static int sleep_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	rd_fiber_new_detached("hungry", sleep_long, NULL);
	return rd_channel_sleep(ch, 10000);
}

static int burn_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	(void)out;
	return burn(ms_of(args));
}

static void told(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	burn((void *)10);
}

static int give_back(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)cli;
	(void)argc;
	(void)argv;
	while (kept_count)
		rd_free(kept[--kept_count]);
	return 0;
}

static int take_over(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch = argc ? rd_channel_find(argv[0]) : NULL;

	(void)cli;
	if (!ch)
		return -EINVAL;
	rd_channel_take_over(ch);
	rd_channel_redirect(ch, NULL, "2", 1);
	rd_channel_let_go(ch, RD_CAUSE_NORMAL);
	return 0;
}

/* Where it is, stands in the global KEPT. */
static int keep_file(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_config_report *report;
	struct rd_config *config;
	char text[32];
	int rc = argc == 1 ? rd_config_report_new(&report) : -EINVAL;

	(void)cli;
	if (rc)
		return rc;
	rc = rd_config_load(&config, argv[0], report);
	rd_config_report_free(report);
	if (rc)
		return rc;
	rd_config_unref(rd_config_ref(config));
	snprintf(text, sizeof(text), "%p", (void *)config);
	return rd_var_set(NULL, "KEPT", text);
}

static const struct rd_app apps[] = { { .name = "Burn", .run = burn_app },
				      { .name = "BurnInPool", .run = burn_in_pool_app },
				      { .name = "Keep", .run = keep_app },
				      { .name = "Hibernate", .run = sleep_app },
				      { .name = "Leave", .run = leave_app },
				      { .name = "Stay", .run = stay_app },
				      { .name = "Hold", .run = hold_app },
				      { .name = "Release", .run = release_app },
				      { 0 } };
static const struct rd_function functions[] = { { .name = "BURN", .read = burn_read }, { 0 } };
static const struct rd_subscriber subscribers[] = {
	{ .name = "hungry", .types = RD_EVENT_BIT(RD_EVENT_USER), .notify = told }, { 0 }
};
static const struct rd_cli_command commands[] = {
	{ .name = "hungry fast", .help = "Give back what is kept.", .run = give_back },
	{ .name = "hungry reads", .usage = "FILE", .help = "And keeps it.", .run = keep_file },
	{ .name = "hungry takes",
	  .usage = "CHANNEL",
	  .help = "Take a call over, and let it go on elsewhere.",
	  .run = take_over },
	{ 0 }
};

static void measure(struct rd_metrics *out)
{
	(void)out;
	burn((void *)10);
}

static void look(struct rd_health *out)
{
	(void)out;
	burn((void *)10);
}

/* Of what it has left it ends nothing. */
static void unload(void)
{
}

RD_MODULE(.name = "good_hungry", .unload = unload, .apps = apps, .functions = functions,
	  .subscribers = subscribers, .commands = commands, .measure = measure, .look = look);
