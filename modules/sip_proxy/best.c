/* Of several final answers the one that goes back (RFC 3261 §16.7 steps 6 and 7). */
#include <errno.h>
#include <string.h>

#include "modules/sip_proxy/proxy.h"

/* Answers that tell the caller what to do come first in their class, those that tell
 * him nothing last. */
static bool tells_much(unsigned status)
{
	return status == 401 || status == 407 || status == 415 || status == 420 ||
	       status == 484;
}

static bool tells_little(unsigned status)
{
	return status == 408 || status == 487 || status == 503;
}

/* The lower the better. */
static unsigned rank(unsigned status)
{
	unsigned within = tells_much(status) ? 0 : tells_little(status) ? 2 : 1;

	return status >= 600 ? 0 : status / 100 * 10 + within;
}

static bool is_challenge(unsigned status)
{
	return status == 401 || status == 407;
}

static void add_lines(struct rd_buf *lines, const struct rd_sip_message *message,
		      const char *name)
{
	struct rd_str value;

	for (unsigned i = 0; (value = proxy->header(message, name, i)).p; i++)
		rd_buf_printf(lines, "%s: %.*s\r\n", name, RD_STR_ARG(value));
}

void proxy_best_init(struct proxy_best *best)
{
	memset(best, 0, sizeof(*best));
	rd_buf_init(&best->challenges);
	rd_buf_init(&best->contacts);
}

void proxy_best_fini(struct proxy_best *best)
{
	if (best->message)
		proxy->forget(best->message);
	rd_buf_fini(&best->challenges);
	rd_buf_fini(&best->contacts);
}

/* Is it the best so far? */
static bool note(struct proxy_best *best, unsigned status, const struct rd_sip_message *message)
{
	if (best->status && rank(status) >= rank(best->status)) {
		if (is_challenge(status) && message) {
			add_lines(&best->challenges, message, "WWW-Authenticate");
			add_lines(&best->challenges, message, "Proxy-Authenticate");
		}
		return false;
	}
	if (best->message)
		proxy->forget(best->message);
	best->message = message ? proxy->keep(message) : NULL;
	best->status = status;
	rd_buf_fini(&best->contacts);
	rd_buf_init(&best->contacts);
	return true;
}

void proxy_best_note(struct proxy_best *best, unsigned status,
		     const struct rd_sip_message *message)
{
	note(best, status, message);
}

void proxy_best_note_left(struct proxy_best *best, unsigned status,
			  const struct rd_sip_message *message, const char *contacts)
{
	if (note(best, status, message))
		rd_buf_adds(&best->contacts, contacts);
}

/* A 503 would keep the caller from asking us for anybody else. An answer that lost our
 * caller's Via on its way still says how it ended. */
void proxy_best_send(struct proxy_best *best, struct rd_sip_request *request)
{
	const char *contacts = rd_buf_text(&best->contacts);
	struct rd_sip_changes changes = { .no_contacts = *contacts };

	if (is_challenge(best->status))
		changes.lines = rd_str_of(rd_buf_text(&best->challenges));
	else if (changes.no_contacts)
		changes.lines = rd_str_of(contacts);
	else if (best->warning && !best->message)
		changes.lines = RD_STR("Warning: 380 ringdown \"SIPS Not Allowed\"\r\n");
	if (best->status == 503)
		proxy->answer(request, 500, (struct rd_str){ 0 });
	else if (!best->message || proxy->relay(request, best->message, &changes) == -EINVAL)
		proxy->answer(request, best->status ? best->status : 408, changes.lines);
}
