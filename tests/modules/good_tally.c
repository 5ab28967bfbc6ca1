/* A module for the tests of replacing one that keeps something across calls: who is in it,
 * what it was told. TALLY is its version, SHAPE another form of what is kept. */
#undef RD_MODULE_NAME
#define RD_MODULE_NAME "good_tally"

#include <ringdown/attach.h>
#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/list.h>
#include <ringdown/module.h>
#include <ringdown/tech.h>

#ifndef TALLY
#define TALLY 1
#endif

/* On the stack of a call. */
struct guest {
	struct rd_list link;
	int version; /* of the code that it is in */
};

struct tally {
	struct rd_list guests;
	int told, loads, taken_over, forgotten, level;
	char key; /* of what is kept with a channel */
#ifdef SHAPE
	char more[SHAPE];
#endif
};

static struct tally own = { .guests = RD_LIST_INIT(own.guests) }, *tally = &own;

static const size_t sizes[] = { sizeof(struct tally), sizeof(struct guest), 0 };
static const size_t *const shape[] = { sizes, NULL };

static void take_over(void)
{
	tally->taken_over++;
}

static const struct rd_module_state state = { .version = 1,
					      .shape = shape,
					      .size = sizeof(own),
					      .place = (void **)&tally,
					      .take_over = take_over };

static void forget(void *data)
{
	tally->forgotten++;
	rd_free(data);
}

/* Until the caller hangs up. */
static int tally_app(struct rd_channel *ch, const char *args)
{
	struct guest guest = { .version = TALLY };
	int rc = rd_answer(ch);

	(void)args;
	rd_list_init(&guest.link);
	rd_list_push(&tally->guests, &guest.link);
	rd_device_changed("tally:room");
	if (rc == 0 && !rd_channel_keep(ch, &tally->key, 1, forget))
		rc = -ENOMEM;
	while (rc == 0)
		rc = rd_channel_sleep(ch, 1000);
	rd_list_remove(&guest.link);
	rd_device_changed("tally:room");
	return rc;
}

/* A holder from one call to another, whichever code that is in. */
static int hold_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	if (*args)
		rd_module_use(RD_MODULE_NAME);
	else
		rd_module_release(RD_MODULE_NAME);
	return 0;
}

static int tally_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	(void)args;
	rd_buf_printf(out, "v%d:", TALLY);
	rd_list_foreach(node, tmp, &tally->guests)
		rd_buf_printf(out, " %d", rd_list_entry(node, struct guest, link)->version);
	rd_buf_printf(out, " told %d loads %d taken %d forgotten %d level %d", tally->told,
		      tally->loads, tally->taken_over, tally->forgotten, tally->level);
	return 0;
}

static void be_told(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	tally->told++;
}

static int room_state(const char *resource)
{
	(void)resource;
	return rd_list_empty(&tally->guests) ? RD_DEVICE_NOT_INUSE : RD_DEVICE_INUSE;
}

static int version(void)
{
	return TALLY;
}

static int count_told(void)
{
	return tally->told;
}

/* What the tests and it know. */
struct tally_functions {
	int (*version)(void);
	int (*told)(void);
};

static const struct tally_functions offered = { version, count_told };

/* ---- what it is told by its file ---- */

static const struct rd_option options[] = {
	{ .name = "level", .type = RD_OPTION_INT, .fallback = "3", .min = 0, .max = 9 }, { 0 }
};

static const struct rd_options_file file = { .name = "tally.conf",
					     .section = "tally",
					     .table = options };

static int build(void **snapshot, struct rd_config_report *report)
{
	return rd_options_new(&file, sizeof(int), snapshot, report);
}

static void commit(void *snapshot)
{
	tally->level = *(int *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "tally.conf", NULL };
static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = rd_free
};

static int load(void)
{
	tally->loads++;
	return 0;
}

static void unload(void)
{
	tally->loads--;
}

static const struct rd_app apps[] = { { .name = "Tally", .run = tally_app },
				      { .name = "TallyHold", .run = hold_app },
#if TALLY == 4
				      { .name = "Hibernate", .run = hold_app },
#endif
				      { 0 } };
static const struct rd_function functions[] = { { .name = "TALLY", .read = tally_read }, { 0 } };
static const struct rd_subscriber subscribers[] = {
	{ .name = "tally", .types = RD_EVENT_BIT(RD_EVENT_USER), .notify = be_told }, { 0 }
};
static const struct rd_tech techs[] = { { .name = "tally", .device_state = room_state }, { 0 } };
static const struct rd_interface interfaces[] = {
	{ .name = "tally", .version = 1, .functions = &offered }, { 0 }
};

RD_MODULE(.name = "good_tally", .synopsis = "a tally", .apps = apps, .functions = functions,
	  .techs = techs, .subscribers = subscribers, .interfaces = interfaces, .config = &config,
	  .load = load, .unload = unload, .state = &state);
