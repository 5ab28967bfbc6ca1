/* A header of SIP that goes with a call from exchange to exchange, X-Ticket, by which what
 * several of them have written down is found again: a call that comes with one keeps it, any
 * other gets a new one. ${TICKET()} tells it. */
#define RD_MODULE_NAME "header_ticket"

#include <ctype.h>
#include <string.h>

#include <ringdown/attach.h>
#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

enum { NEW = 12, LONGEST = 32 };

static const char key; /* under which a channel keeps its own */

/* Anybody may send anything. */
static bool is_good(const char *ticket)
{
	size_t n = strlen(ticket);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)ticket[i]))
			return false;
	return n > 0 && n <= LONGEST;
}

/* The one that its INVITE brought, or a new one; NULL without memory. */
static char *ticket_new(struct rd_channel *ch)
{
	struct rd_buf header;
	char *ticket;

	rd_buf_init(&header);
	rd_function_read(ch, "PJSIP_HEADER", "read,X-Ticket", &header);
	if (is_good(rd_buf_text(&header)))
		return rd_buf_take(&header);
	rd_buf_fini(&header);
	ticket = rd_malloc(NEW + 1);
	if (ticket)
		rd_random_token(ticket, NEW);
	return ticket;
}

/* That of the channel, for as long as it lives; NULL without memory. */
static const char *ticket_of(struct rd_channel *ch)
{
	char *ticket = rd_channel_attached(ch, &key);

	if (ticket)
		return ticket;
	ticket = ticket_new(ch);
	if (ticket && rd_channel_attach(ch, &key, ticket, rd_free)) {
		rd_free(ticket);
		ticket = NULL;
	}
	return ticket;
}

/* What an event points to is only to be looked at: who wants more asks for it by name, and
 * gets a reference. NULL: there is none. */
static struct rd_channel *own_ref(const struct rd_channel *ch)
{
	return ch ? rd_channel_find(rd_channel_name(ch)) : NULL;
}

static void add_ticket(struct rd_channel *leg, struct rd_channel *caller)
{
	const char *ticket = ticket_of(caller ? caller : leg);

	if (!ticket || rd_function_write(leg, "PJSIP_HEADER", "update,X-Ticket", ticket))
		rd_error("%s: it is called without a ticket", rd_channel_name(leg));
}

/* Before a leg is called: its INVITE takes along what is added here. */
static void notify(const struct rd_event *event, void *arg)
{
	struct rd_channel *leg = own_ref(event->peer), *caller = own_ref(event->channel);

	(void)arg;
	if (leg && strncmp(rd_channel_name(leg), "SIP/", 4) == 0)
		add_ticket(leg, caller);
	rd_channel_unref(caller);
	rd_channel_unref(leg);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = RD_MODULE_NAME, .types = RD_EVENT_BIT(RD_EVENT_DIAL_BEGIN), .notify = notify },
	{ 0 },
};

static int ticket_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *ticket = ch ? ticket_of(ch) : "";

	(void)args;
	if (!ticket)
		return -ENOMEM;
	rd_buf_adds(out, ticket);
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "TICKET",
	  .read = ticket_read,
	  .synopsis = "What the call is known by on every exchange",
	  .syntax = "TICKET()" },
	{ 0 },
};

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "X-Ticket, a header that goes with a call",
	  .needs = needs, .functions = functions, .subscribers = subscribers);
