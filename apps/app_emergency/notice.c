/* What the house is told of an emergency call: an event, a line in the log, a mail. */
#include <stdio.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/mail.h>
#include <ringdown/module.h>
#include <ringdown/zone.h>

#include "apps/app_emergency/emergency.h"

static const char *site_name(const struct em_call *call)
{
	return call->site ? call->site->name : "";
}

void em_tell(const struct em_call *call, const char *what, const struct rd_channel *peer,
	     const char *status)
{
	const struct rd_event_field fields[] = {
		{ "site", site_name(call) },
		{ "dialled", call->targets },
		{ "callback", call->number },
		{ "status", status },
	};
	struct rd_event event = { .type = RD_EVENT_EMERGENCY,
				  .channel = call->caller,
				  .peer = peer,
				  .name = rd_channel_device(call->caller),
				  .text = what,
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	rd_warning("emergency: %s%s%s: %s %s%s%s", rd_channel_device(call->caller),
		   call->site ? " at " : "", site_name(call), what, call->targets,
		   peer      ? ", ended for it: "
		   : *status ? ": "
			     : "",
		   peer ? rd_channel_name(peer) : status);
	rd_event_publish(&event);
}

/* ---- the mail ---- */

struct letter {
	char *to, *subject, *body;
};

static void letter_free(struct letter *letter)
{
	rd_free(letter->to);
	rd_free(letter->subject);
	rd_free(letter->body);
	rd_free(letter);
}

static int send_letter(void *arg)
{
	struct letter *letter = arg;
	const struct rd_mail_letter mail = { .from_name = "Emergency",
					     .to = letter->to,
					     .subject = letter->subject,
					     .body = letter->body };
	const struct rd_mail *outbox = rd_interface_get(RD_MAIL, RD_MAIL_VERSION);
	int rc = outbox ? outbox->send(&mail) : -ENOENT;

	if (rc)
		rd_error("emergency: the mail to %s could not be written: %s", letter->to,
			 rc == -ENOENT ? "no module with an outbox is loaded" : rd_strerror(rc));
	rd_interface_put(outbox);
	letter_free(letter);
	rd_module_release(RD_MODULE_NAME);
	return 0;
}

static void print_location(const struct em_site *site, struct rd_buf *out)
{
	struct rd_str name;
	const char *value;

	for (const char *const *it = site->location; it && *it; it++)
		if (em_location_fits(*it, &name, &value))
			rd_buf_printf(out, "  %.*s: %s\n", RD_STR_ARG(name), value);
}

static char *body_of(const struct em_call *call)
{
	const struct rd_party *who = rd_channel_party(call->caller, RD_PARTY_CALLER);
	char when[64] = "";
	struct rd_buf out;
	struct tm tm;

	rd_buf_init(&out);
	rd_zone_localtime(NULL, rd_wall(), &tm);
	strftime(when, sizeof(when), "%A, %d %B %Y, %H:%M:%S", &tm);
	rd_buf_printf(&out, "An emergency call is being made.\n\nPhone: %s\nCaller: %s <%s>\n",
		      rd_channel_device(call->caller), who->name ? who->name : "",
		      who->number ? who->number : "");
	rd_buf_printf(&out, "Dialled: %s (%s)\nAt: %s\n", rd_channel_exten(call->caller),
		      call->targets, when);
	if (*call->number)
		rd_buf_printf(&out, "Shown, and called back by: %s\n", call->number);
	rd_buf_printf(&out, "Place: %s\n", call->site ? call->site->name : "not known");
	if (call->site)
		print_location(call->site, &out);
	return rd_buf_take(&out);
}

static struct letter *letter_of(const struct em_call *call, const char *to)
{
	struct letter *letter = rd_zalloc(sizeof(*letter));

	if (!letter)
		return NULL;
	letter->to = rd_strdup(to);
	letter->subject = rd_asprintf("Emergency call from %s%s%s", call->phone,
				      call->site ? ", " : "", site_name(call));
	letter->body = body_of(call);
	if (letter->to && letter->subject && letter->body)
		return letter;
	letter_free(letter);
	return NULL;
}

void em_mail(const struct em_call *call)
{
	const char *to =
		call->site && call->site->email ? call->site->email : call->settings->email;
	struct letter *letter = to ? letter_of(call, to) : NULL;

	if (!to)
		return;
	if (!letter || rd_fiber_new_detached("emergency/mail", send_letter, letter)) {
		rd_error("emergency: no memory for the mail to %s", to);
		if (letter)
			letter_free(letter);
		return;
	}
	rd_module_use(RD_MODULE_NAME); /* send_letter() lies in it */
}
