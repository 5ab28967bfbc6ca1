/* The simulated call centre: see queue_rig.h. */
#include "tests/sim/queue_rig.h"

#include <stdio.h>
#include <stdlib.h>

#include <ringdown/config.h>

#include "core/call/call.h"
#include "core/config/config.h"
#include "core/module/loader.h"
#include "core/store/store.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

enum { PHONES = 5, KEPT = 160 };

static struct sim_phone phones[PHONES];
struct sim_phone *const alice = &phones[0], *const bob = &phones[1], *const carol = &phones[2],
			*const dave = &phones[3], *const erin = &phones[4];
const struct rd_module *queue_module;
static const struct rd_module *say;
static struct rd_channel *kept[KEPT];
static size_t kept_count;
static char logged[2048], told[2048];

/* -- prompts --------------------------------------------------------------------------- */

static const struct sim_prompt prompts[] = {
	{ "digits/1", 110, '1' },
	{ "digits/2", 120, '2' },
	{ "digits/3", 130, '3' },
	{ "digits/30", 135, 'H' },
	{ "queue-youarenext", 140, 'n' },
	{ "queue-thereare", 150, 't' },
	{ "queue-callswaiting", 160, 'c' },
	{ "queue-holdtime", 170, 'h' },
	{ "queue-minutes", 180, 'm' },
	{ "queue-minute", 185, 'i' },
	{ "queue-seconds", 190, 's' },
	{ "queue-thankyou", 200, 'y' },
	{ "queue-reporthold", 210, 'r' },
	{ "queue-periodic-announce", 220, 'p' },
	{ "hello", 230, 'l' },
	{ "music", 240, '~' },
	{ "queue-quantity1", 250, 'q' },
	{ "queue-quantity2", 260, 'Q' },
	{ "other", 270, 'o' },
	{ "vm-and", 280, '&' },
	{ 0 },
};

const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

/* -- queue_log ------------------------------------------------------------------------- */

static bool is_id(const char *text)
{
	return strspn(text, "0123456789.") == strlen(text) && strchr(text, '.');
}

static void note_log(const struct rd_event *event, void *arg)
{
	static const char *const parts[] = { "data1", "data2", "data3", "data4", "data5" };
	size_t n = strlen(logged);

	(void)arg;
	n += (size_t)snprintf(logged + n, sizeof(logged) - n, "%s%s %s", n ? ", " : "", event->text,
			      rd_event_value(event, "agent"));
	for (size_t i = 0; i < RD_ARRAY_SIZE(parts) && n < sizeof(logged); i++) {
		const char *value = rd_event_value(event, parts[i]);

		if (*value)
			n += (size_t)snprintf(logged + n, sizeof(logged) - n, " %s",
					      is_id(value) ? "*" : value);
	}
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_QUEUE),
						 .notify = note_log };

const char *log_lines(void)
{
	strcpy(told, logged);
	logged[0] = '\0';
	return told;
}

/* -- the house ------------------------------------------------------------------------- */

static int start_store(void *arg)
{
	(void)arg;
	return rd__store_start_at(":memory:");
}

static int stop_store(void *arg)
{
	(void)arg;
	rd__store_stop();
	return 0;
}

int queue_rig_begin(void **state)
{
	static const char *const names[PHONES] = { "alice", "bob", "carol", "dave", "erin" };
	static const char *const modules[] = { "format_wav", "app_dial", "app_playback" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < PHONES; i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.ring_ms = 100,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, PHONES);
	sim_sound();
	sim_prompts(prompts);
	sim_prompt_write("sounds/moh/music.wav", 240, SIM_PROMPT_MS);
	assert_int_equal(rd__sched_call(start_store, NULL), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	sim_default_music();
	say = sim_load("app_say");
	assert_int_equal(rd__interface_add(say->interfaces, "app_say"), 0);
	queue_module = sim_load("app_queue");
	assert_int_equal(rd_subscribe(&subscriber), 0);
	logged[0] = '\0';
	return 0;
}

int queue_rig_end(void **state)
{
	sim_hangup_all();
	sim_pass(5000);
	while (kept_count)
		rd_channel_unref(kept[--kept_count]);
	sim_pass(5000);
	rd_unsubscribe(&subscriber);
	queue_module->unload();
	rd__interface_remove(say->interfaces);
	assert_int_equal(conf_dir_apply(&rd__music_config, ""), 0);
	assert_int_equal(rd__sched_call(stop_store, NULL), 0);
	return sim_dialplan_end(state);
}

void queues(const char *conf)
{
	assert_int_equal(conf_dir_apply(queue_module->config, conf), 0);
}

void queues_restart(const char *conf)
{
	queue_module->unload();
	sim_pass(5000);
	queues(conf);
}

#define PLAN                                                                                       \
	"[sim]\nexten => h,1,NoOp()\nexten => other,1,Pause(60)\nexten => seat,hint,Sim/bob\n"     \
	"exten => _seatX,hint,Sim/bob\n"                                                          \
	"[menu]\nexten => 1,1,Note(key)\n"                                                         \
	"[noted]\nexten => s,1,Note(${ARG1}-${CHANNEL(name):4:-9})\n same => n,Return()\n"      \
	"[routine]\nexten => s,1,Note(routine)\n same => n,Return()\n"                             \
	"[sim](+)\nexten => run,1,NoOp()\n"

struct rd_channel *dials(struct sim_phone *phone, const char *steps)
{
	struct rd_str rest = rd_str_of(steps), step;
	struct rd_buf plan;
	struct rd_channel *ch;
	bool more = true;

	rd_buf_init(&plan);
	rd_buf_adds(&plan, PLAN);
	while (more) {
		more = rd_str_cut(&rest, '\n', &step);
		rd_buf_printf(&plan, " same => n,%.*s\n", RD_STR_ARG(step));
	}
	rd_buf_adds(&plan, " same => n,Note(${QUEUESTATUS})\n");
	sim_plan(rd_buf_text(&plan));
	rd_buf_fini(&plan);
	ch = sim_call(phone, "run");
	if (kept_count == KEPT)
		rd_channel_unref(kept[--kept_count]);
	kept[kept_count++] = rd_channel_ref(ch);
	return ch;
}

const char *asks(const char *expression)
{
	static char answer[256];
	struct rd_channel *ch;
	char step[256];

	snprintf(step, sizeof(step), "Set(ANSWER=%s)", expression);
	ch = dials(erin, step);
	sim_pass(100);
	rd_strcpy(answer, sizeof(answer), variable_of(ch, "ANSWER"));
	return answer;
}

const char *variable_of(const struct rd_channel *ch, const char *name)
{
	const char *value = rd_var_get(ch, name);

	return value ? value : "(none)";
}
