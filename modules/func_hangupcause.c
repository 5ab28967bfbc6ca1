/* HANGUPCAUSE, HANGUPCAUSE_KEYS, HANGUPCAUSE_CLEAR: why each leg that a call
 * has dialled ended. Learnt from the events of dialling. */
#include <strings.h>

#include <ringdown/event.h>
#include <ringdown/map.h>
#include <ringdown/module.h>

#include "modules/func.h"

static const char causes_key; /* attached to the caller: leg's name to cause */

/* One leg's end. */
struct ended {
	int cause;
	char tech[64]; /* in the words of its technology: "SIP 486 Busy Here" */
};

/* Of a leg that is given up the cause comes later than the end of dialling. */
static int cause_of(const struct rd_channel *leg, const char *status)
{
	int cause = rd_channel_cause(leg);

	if (cause)
		return cause;
	return strcmp(status, "NOANSWER") == 0 ? RD_CAUSE_NO_ANSWER : RD_CAUSE_NORMAL;
}

static void read_tech(struct rd_channel *leg, const char *status, int cause,
		      struct ended *ended)
{
	struct rd_buf text;

	rd_buf_init(&text);
	if (rd_channel_get(leg, "techcause", &text) || !text.n) {
		rd_buf_reset(&text);
		rd_buf_printf(&text, "%s: %s", status, rd_cause_text(cause));
	}
	rd_strcpy(ended->tech, sizeof(ended->tech), rd_buf_text(&text));
	rd_buf_fini(&text);
}

static void causes_free(void *data)
{
	const char *name;
	size_t pos = 0;
	void *ended;

	while (rd_map_next(data, &pos, &name, &ended))
		rd_free(ended);
	rd_map_free(data);
	rd_module_release(RD_MODULE_NAME);
}

static struct rd_map *causes_of(const struct rd_channel *ch)
{
	return rd_channel_attached(ch, &causes_key);
}

static struct rd_map *need_causes(struct rd_channel *ch)
{
	struct rd_map *map = causes_of(ch);

	if (map || rd_map_new(&map, 0))
		return map;
	if (rd_channel_attach(ch, &causes_key, map, causes_free) == 0) {
		rd_module_use(RD_MODULE_NAME); /* causes_free lies in it */
		return map;
	}
	rd_map_free(map);
	return NULL;
}

static void on_dial_end(const struct rd_event *event, void *arg)
{
	struct rd_map *map;
	struct ended *ended;
	const char *status;
	void *old = NULL;

	(void)arg;
	if (!event->channel || !event->peer)
		return;
	map = need_causes((struct rd_channel *)event->channel);
	ended = map ? rd_zalloc(sizeof(*ended)) : NULL;
	if (!ended)
		return;
	status = event->text ? event->text : "";
	ended->cause = cause_of(event->peer, status);
	read_tech((struct rd_channel *)event->peer, status, ended->cause, ended);
	if (rd_map_set(map, rd_channel_name(event->peer), ended, &old))
		rd_free(ended);
	rd_free(old);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "hangupcause", .types = RD_EVENT_BIT(RD_EVENT_DIAL_END),
	  .notify = on_dial_end },
	{ 0 }
};

/* "channel,tech|ast": the driver's words or the number of the cause. */
static int cause_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_map *map = ch ? causes_of(ch) : NULL;
	const struct ended *ended;
	struct func_args a;
	int rc = func_args_read(&a, args, 2);

	if (rc == 0 && a.argc < 2)
		rc = -EINVAL;
	ended = rc == 0 && map ? rd_map_get(map, a.argv[0]) : NULL;
	if (rc == 0 && strcasecmp(a.argv[1], "ast") == 0)
		rd_buf_printf(out, "%d", ended ? ended->cause : 0);
	else if (rc == 0 && strcasecmp(a.argv[1], "tech") == 0 && ended)
		rd_buf_adds(out, ended->tech);
	func_args_free(&a);
	return rc;
}

static int keys_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_map *map = ch ? causes_of(ch) : NULL;
	const char *name;
	size_t pos = 0;
	void *ended;
	bool first = true;

	(void)args;
	while (map && rd_map_next(map, &pos, &name, &ended)) {
		rd_buf_printf(out, "%s%s", first ? "" : ",", name);
		first = false;
	}
	return 0;
}

static int clear_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_map *map = ch ? causes_of(ch) : NULL;
	const char *name;
	size_t pos = 0;
	void *ended;

	(void)args;
	(void)value;
	while (map && rd_map_next(map, &pos, &name, &ended))
		rd_free(rd_map_remove(map, name));
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "HANGUPCAUSE", .read = cause_read,
	  .synopsis = "Why a leg that was dialled ended", .syntax = "HANGUPCAUSE(channel,tech|ast)",
	  .description = "ast: the number of the Q.850 cause; tech: what the far end "
			 "said, \"SIP 486 Busy Here\"." },
	{ .name = "HANGUPCAUSE_KEYS", .read = keys_read,
	  .synopsis = "The legs that HANGUPCAUSE() knows", .syntax = "HANGUPCAUSE_KEYS()" },
	{ .name = "HANGUPCAUSE_CLEAR", .write = clear_write,
	  .synopsis = "Forget what HANGUPCAUSE() knows", .syntax = "HANGUPCAUSE_CLEAR()" },
	{ 0 }
};

RD_MODULE(.name = "func_hangupcause", .synopsis = "Why legs ended", .functions = functions,
	  .subscribers = subscribers);
