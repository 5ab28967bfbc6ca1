/* HANGUPCAUSE, HANGUPCAUSE_KEYS, HANGUPCAUSE_CLEAR: why each leg that a call
 * has dialled ended. Learnt from the events of dialling. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/event.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/func.h"

/* One leg's end. */
struct ended {
	struct rd_list link;
	int cause;
	char tech[64]; /* in the words of its technology: "SIP 486 Busy Here" */
	char name[];
};

/* What stays when a new file takes the module's place. */
static struct kept {
	char key; /* of what is attached to the caller: a list of struct ended */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct ended), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static struct ended *entry(struct rd_list *node)
{
	return rd_list_entry(node, struct ended, link);
}

static void forget(struct ended *ended)
{
	rd_list_remove(&ended->link);
	rd_free(ended);
}

static void forget_all(struct rd_list *causes)
{
	rd_list_foreach(node, tmp, causes)
		forget(entry(node));
}

static struct ended *find(struct rd_list *causes, const char *name)
{
	rd_list_foreach(node, tmp, causes)
		if (strcmp(entry(node)->name, name) == 0)
			return entry(node);
	return NULL;
}

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
	forget_all(data);
	rd_free(data);
}

/* NULL: no leg of it has ended. */
static struct rd_list *causes_of(const struct rd_channel *ch)
{
	return ch ? rd_channel_attached(ch, &kept->key) : NULL;
}

static struct rd_list *need_causes(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &kept->key, sizeof(struct rd_list), 0, causes_free);
}

static struct ended *ended_new(struct rd_list *causes, const char *name)
{
	size_t size = strlen(name) + 1;
	struct ended *former = find(causes, name);
	struct ended *ended = rd_zalloc(sizeof(*ended) + size);

	if (!ended)
		return NULL;
	if (former)
		forget(former);
	memcpy(ended->name, name, size);
	rd_list_push(causes, &ended->link);
	return ended;
}

static void on_dial_end(const struct rd_event *event, void *arg)
{
	const char *status = event->text ? event->text : "";
	struct rd_list *causes;
	struct ended *ended;

	(void)arg;
	if (!event->channel || !event->peer)
		return;
	causes = need_causes((struct rd_channel *)event->channel);
	ended = causes ? ended_new(causes, rd_channel_name(event->peer)) : NULL;
	if (!ended) {
		rd_warning("%s: no memory to keep the cause of %s", rd_channel_name(event->channel),
			   rd_channel_name(event->peer));
		return;
	}
	ended->cause = cause_of(event->peer, status);
	read_tech((struct rd_channel *)event->peer, status, ended->cause, ended);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "hangupcause", .types = RD_EVENT_BIT(RD_EVENT_DIAL_END),
	  .notify = on_dial_end },
	{ 0 }
};

static bool is_ast(const char *what)
{
	return strcasecmp(what, "ast") == 0;
}

static bool is_tech(const char *what)
{
	return strcasecmp(what, "tech") == 0;
}

static const char *check_cause(struct rd_pool *pool, const char *const *argv, char *buf,
			       size_t size)
{
	(void)pool;
	if (is_ast(argv[1]) || is_tech(argv[1]))
		return NULL;
	snprintf(buf, size, "it is channel,tech or channel,ast, not \"%s\"", argv[1]);
	return buf;
}

static const char *cause_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_cause, buf, size);
}

/* "channel,tech|ast": the driver's words or the number of the cause. */
static int cause_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_list *causes = causes_of(ch);
	const struct ended *ended;
	struct func_args a;
	int rc = func_args_read(&a, args, 2);

	if (rc == 0 && a.argc < 2)
		rc = -EINVAL;
	ended = rc == 0 && causes ? find(causes, a.argv[0]) : NULL;
	if (rc == 0 && is_ast(a.argv[1]))
		rd_buf_printf(out, "%d", ended ? ended->cause : 0);
	else if (rc == 0 && is_tech(a.argv[1]) && ended)
		rd_buf_adds(out, ended->tech);
	func_args_free(&a);
	return rc;
}

static int keys_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_list *causes = causes_of(ch);
	const char *separator = "";

	(void)args;
	if (!causes)
		return 0;
	rd_list_foreach(node, tmp, causes) {
		rd_buf_printf(out, "%s%s", separator, entry(node)->name);
		separator = ",";
	}
	return 0;
}

static int clear_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_list *causes = causes_of(ch);

	(void)args;
	(void)value;
	if (causes)
		forget_all(causes);
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "HANGUPCAUSE",
	  .read = cause_read,
	  .check = cause_check,
	  .synopsis = "Why a leg that was dialled ended",
	  .syntax = "HANGUPCAUSE(channel,tech|ast)",
	  .description = "ast: the number of the Q.850 cause; tech: what the far end "
			 "said, \"SIP 486 Busy Here\"." },
	{ .name = "HANGUPCAUSE_KEYS",
	  .read = keys_read,
	  .synopsis = "The legs that HANGUPCAUSE() knows",
	  .syntax = "HANGUPCAUSE_KEYS()" },
	{ .name = "HANGUPCAUSE_CLEAR",
	  .write = clear_write,
	  .synopsis = "Forget what HANGUPCAUSE() knows",
	  .syntax = "HANGUPCAUSE_CLEAR()" },
	{ 0 }
};

RD_MODULE(.name = "func_hangupcause", .synopsis = "Why legs ended", .functions = functions,
	  .subscribers = subscribers, .state = &state);
