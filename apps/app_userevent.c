/* UserEvent(): an event of one's own on the bus. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/module.h>

#define FIELDS 32

/* "Name: value", as management interfaces write it. */
static void read_field(char *text, struct rd_event_field *field)
{
	char *colon = strchr(text, ':');

	field->name = text;
	field->value = "";
	if (!colon)
		return;
	*colon++ = '\0';
	field->value = colon + strspn(colon, " ");
}

static int userevent_app(struct rd_channel *ch, const char *args)
{
	struct rd_event_field fields[FIELDS];
	struct rd_event event = {
		.type = RD_EVENT_USER, .channel = ch, .fields = fields
	};
	const char *argv[FIELDS + 1];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, FIELDS + 1);

	if (rc < 0)
		return rc;
	event.name = argv[0];
	for (int i = 1; i < rc; i++) {
		char *text = rd_pool_strdup(rd_channel_scratch(ch), argv[i]);

		if (!text)
			return -ENOMEM;
		read_field(text, &fields[event.field_count++]);
	}
	rd_event_publish(&event);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "UserEvent",
	  .run = userevent_app,
	  .synopsis = "Publish an event of one's own",
	  .syntax = "UserEvent(name[,key: value[,...]])" },
	{ 0 }
};

RD_MODULE(.name = "app_userevent", .synopsis = "Events from the dialplan",
	  .apps = apps);
