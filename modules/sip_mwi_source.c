/* Subscriptions of ours to the mailboxes of peers. One that ends is tried again when
 * its peer allows. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/mwi.h>

#include "modules/sip_mwi_source.h"

#define TYPE	  "application/simple-message-summary"
#define EXPIRES_S 3600
#define RETRY_S	  60

struct source {
	struct rd_list link;
	struct rd_sip_subscription *subscription; /* NULL: it waits to try again */
	struct rd_timer retry;
	bool wanted;
	char peer[64], account[64], mailbox[RD_MWI_NAME];
};

static struct rd_list sources = RD_LIST_INIT(sources);
static const struct rd_sip_events *events;

/* ---- what a peer says ---- */

/* The value of a line "Name: value"; absent without one. */
static struct rd_str line_of(struct rd_str body, const char *name)
{
	struct rd_str line, key;

	while (body.n) {
		rd_str_cut(&body, '\n', &line);
		if (rd_str_cut(&line, ':', &key) &&
		    rd_str_ieq(rd_str_trim(key), rd_str_of(name)))
			return rd_str_trim(line);
	}
	return (struct rd_str){ 0 };
}

/* "2/8 (0/2)"; who only says yes has one message. */
static int read_summary(struct rd_str body, struct rd_mwi *mwi)
{
	struct rd_str voice = line_of(body, "Voice-Message"), waiting;
	char text[64];

	*mwi = (struct rd_mwi){ 0 };
	if (voice.n && rd_strcpyn(text, sizeof(text), voice))
		return sscanf(text, "%9u/%9u (%9u/%9u)", &mwi->new_messages, &mwi->old_messages,
			      &mwi->new_urgent, &mwi->old_urgent) >= 2 ? 0 : -EINVAL;
	waiting = line_of(body, "Messages-Waiting");
	mwi->new_messages = rd_str_ieq(waiting, RD_STR("yes"));
	return waiting.n ? 0 : -EINVAL;
}

/* The status of the answer. */
static int count(const char *mailbox, const char *type, struct rd_str body)
{
	struct rd_mwi mwi;

	if (!body.n)
		return 200;
	if (strncasecmp(type, TYPE, strlen(TYPE)) != 0)
		return 415;
	if (read_summary(body, &mwi))
		return 400;
	rd_mwi_set(mailbox, &mwi);
	return 200;
}

static int notified(struct rd_sip_subscription *subscription, const char *state, const char *type,
		    struct rd_str body, void *arg)
{
	const struct source *source = arg;

	(void)subscription, (void)state;
	return count(source->mailbox, type, body);
}

int mwi_source_unasked(const struct rd_sip_phone *phone, const char *type, struct rd_str body)
{
	return phone->mwi_incoming ? count(phone->mwi_incoming, type, body) : 481;
}

/* ---- asking ---- */

static void subscribe(struct source *source);

static void try_again(void *arg)
{
	subscribe(arg);
}

static void ended(struct rd_sip_subscription *subscription, const char *reason, int retry_s,
		  void *arg)
{
	struct source *source = arg;

	(void)subscription;
	source->subscription = NULL;
	rd_notice("sip/%s: it no longer tells of the messages for %s: %s", source->peer,
		  source->mailbox, reason);
	if (retry_s >= 0)
		rd_timer_start(&source->retry, RD_MAX(retry_s, 1) * 1000);
}

static void subscribe(struct source *source)
{
	const struct rd_sip_subscribe params = {
		.peer = source->peer,
		.resource = source->account,
		.event = "message-summary",
		.accept = TYPE,
		.expires_s = EXPIRES_S,
		.notified = notified,
		.ended = ended,
		.arg = source,
	};
	int rc = events->subscribe(&source->subscription, &params);

	if (rc == 0)
		return;
	source->subscription = NULL;
	rd_warning("sip/%s: it cannot be asked for messages: %s", source->peer, rd_strerror(rc));
	rd_timer_start(&source->retry, RETRY_S * 1000);
}

/* ---- whom ---- */

static struct source *find(const struct rd_sip_phone *phone)
{
	rd_list_foreach(node, tmp, &sources) {
		struct source *source = rd_list_entry(node, struct source, link);

		if (strcmp(source->peer, phone->name) == 0 &&
		    strcmp(source->account, phone->account) == 0 &&
		    strcmp(source->mailbox, phone->mwi_subscribe) == 0)
			return source;
	}
	return NULL;
}

static void add(const struct rd_sip_phone *phone)
{
	struct source *source = rd_zalloc(sizeof(*source));

	if (!source)
		return;
	rd_timer_init(&source->retry, try_again, source);
	if (!rd_strcpy(source->peer, sizeof(source->peer), phone->name) ||
	    !rd_strcpy(source->account, sizeof(source->account), phone->account) ||
	    !rd_strcpy(source->mailbox, sizeof(source->mailbox), phone->mwi_subscribe)) {
		rd_warning("sip/%s: mwi_subscribe: the name is too long", phone->name);
		rd_free(source);
		return;
	}
	source->wanted = true;
	rd_list_push(&sources, &source->link);
	subscribe(source);
}

static void drop(struct source *source)
{
	if (source->subscription)
		events->unsubscribe(source->subscription);
	rd_timer_stop(&source->retry);
	rd_list_remove(&source->link);
	rd_free(source);
}

void mwi_sources_update(const struct rd_sip_events *functions)
{
	const void *pos = NULL;
	struct rd_sip_phone phone;

	events = functions;
	rd_list_foreach(node, tmp, &sources)
		rd_list_entry(node, struct source, link)->wanted = false;
	while (events->phone_next(&pos, &phone)) {
		struct source *source = phone.mwi_subscribe ? find(&phone) : NULL;

		if (source)
			source->wanted = true;
		else if (phone.mwi_subscribe)
			add(&phone);
	}
	rd_list_foreach(node, tmp, &sources) {
		struct source *source = rd_list_entry(node, struct source, link);

		if (!source->wanted)
			drop(source);
	}
}

void mwi_sources_stop(void)
{
	rd_list_foreach(node, tmp, &sources)
		drop(rd_list_entry(node, struct source, link));
}
