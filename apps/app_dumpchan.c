/* DumpChan(): everything about this channel, into the log. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

static void add_party(struct rd_buf *out, const struct rd_channel *ch,
		      enum rd_party_kind kind, const char *what)
{
	const struct rd_party *party = rd_channel_party(ch, kind);

	rd_buf_printf(out, "\n  %-12s \"%s\" <%s>", what,
		      party->name ? party->name : "", party->number ? party->number : "");
}

static int dumpchan_app(struct rd_channel *ch, const char *args)
{
	const char *name, *value;
	struct rd_buf out;
	size_t pos = 0;

	(void)args;
	rd_buf_init(&out);
	rd_buf_printf(&out, "\n  %-12s %s", "unique id", rd_channel_uniqueid(ch));
	rd_buf_printf(&out, "\n  %-12s %s", "linked id", rd_channel_linkedid(ch));
	rd_buf_printf(&out, "\n  %-12s %s", "state",
		      rd_channel_state_name(rd_channel_state(ch)));
	rd_buf_printf(&out, "\n  %-12s %s,%s,%d", "place", rd_channel_context(ch),
		      rd_channel_exten(ch), rd_channel_priority(ch));
	rd_buf_printf(&out, "\n  %-12s %llu ms", "age",
		      (unsigned long long)(rd_now_ms() - rd_channel_created_ms(ch)));
	add_party(&out, ch, RD_PARTY_CALLER, "caller");
	add_party(&out, ch, RD_PARTY_CONNECTED, "connected");
	rd_buf_printf(&out, "\n  variables");
	while (rd_var_next(ch, &pos, &name, &value))
		rd_buf_printf(&out, "\n    %s=%s", name, value);
	rd_verbose("%s:%s", rd_channel_name(ch), rd_buf_text(&out));
	rd_buf_fini(&out);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "DumpChan",
	  .run = dumpchan_app,
	  .synopsis = "Log all that is known about this channel",
	  .syntax = "DumpChan()" },
	{ 0 }
};

RD_MODULE(.name = "app_dumpchan", .synopsis = "Look into a channel", .apps = apps);
