/* The event package message-summary (RFC 3842): the lamp of a phone whose mailbox
 * has messages. A phone that subscribes is told through its subscription; one that
 * does not, by a NOTIFY when it registers and when a count changes. Mailboxes that
 * others keep are asked for in sip_mwi_source.c. */
#include <stdio.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/mwi.h>
#include <ringdown/reach.h>

#include "modules/sip_mwi_source.h"
#include "modules/sip_package.h"

#define TYPE "application/simple-message-summary"
#define ACCOUNT "Message-Account: "

/* A subscription, with the one mailbox that it is about, "1001@default"; "": all of the phone. */
struct watch {
	struct rd_list link;
	struct rd_sip_watch *watch;
	char mailbox[RD_MWI_NAME];
};

static struct rd_list watches = RD_LIST_INIT(watches);

/* ---- mailboxes of a phone ---- */

/* The phone of a device, "SIP/1001"; -ENOENT. */
static int phone_of(const char *device, struct rd_sip_phone *phone)
{
	return strncmp(device, "SIP/", 4) == 0 ? sip_package_events()->phone(device + 4, phone)
					       : -ENOENT;
}

/* Those of whom the phone is for now: of who has logged in there. NULL: it has none. */
static const char *mailboxes_at(const struct rd_sip_phone *phone)
{
	char device[128];
	struct rd_sip_phone home;
	const char *guest;

	snprintf(device, sizeof(device), "SIP/%s", phone->name);
	guest = rd_reach_guest(device);
	return guest && phone_of(guest, &home) == 0 ? home.mailbox : phone->mailbox;
}

/* "": it has gone from sip.conf meanwhile. */
static const char *mailboxes_watched(const struct watch *own)
{
	struct rd_sip_phone phone;
	const char *all;

	if (*own->mailbox)
		return own->mailbox;
	all = sip_package_events()->phone(own->watch->phone, &phone) ? NULL : mailboxes_at(&phone);
	return all ? all : "";
}

/* Walk "1001, 1002@sales": whole names. False at the end. */
static bool next_mailbox(struct rd_str *rest, char name[RD_MWI_NAME])
{
	struct rd_str item;
	char text[RD_MWI_NAME];

	while (rest->n) {
		rd_str_cut(rest, ',', &item);
		if (rd_strcpyn(text, sizeof(text), rd_str_trim(item)) &&
		    rd_mwi_name(text, name) == 0)
			return true;
	}
	return false;
}

static bool has_mailbox(const char *mailboxes, const char *wanted)
{
	struct rd_str rest = rd_str_of(mailboxes);
	char name[RD_MWI_NAME];

	while (next_mailbox(&rest, name))
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

/* ---- the document ---- */

static void add_up(const char *mailboxes, struct rd_mwi *sum)
{
	struct rd_str rest = rd_str_of(mailboxes);
	char name[RD_MWI_NAME];
	struct rd_mwi one;

	memset(sum, 0, sizeof(*sum));
	while (next_mailbox(&rest, name)) {
		rd_mwi_get(name, &one);
		sum->new_messages += one.new_messages;
		sum->old_messages += one.old_messages;
		sum->new_urgent += one.new_urgent;
		sum->old_urgent += one.old_urgent;
	}
}

/* account: the URI that the message key dials, or NULL. */
static void write_summary(struct rd_buf *body, const char *mailboxes, const char *account)
{
	struct rd_mwi sum;

	add_up(mailboxes, &sum);
	rd_buf_printf(body, "Messages-Waiting: %s\r\n", sum.new_messages ? "yes" : "no");
	if (account)
		rd_buf_printf(body, ACCOUNT "%s\r\n", account);
	rd_buf_printf(body, "Voice-Message: %u/%u (%u/%u)\r\n", sum.new_messages,
		      sum.old_messages, sum.new_urgent, sum.old_urgent);
}

/* "sip:*97@192.0.2.1" in the place of the user's own number; NULL when the phone
 * has no number for it. */
static const char *account_of(const struct rd_sip_watch *watch, char *text, size_t size)
{
	struct rd_sip_phone phone;

	if (!strchr(watch->entity, '@') || sip_package_events()->phone(watch->phone, &phone) ||
	    !phone.voicemail_number ||
	    sip_package_events()->uri_beside(watch, phone.voicemail_number, text, size))
		return NULL;
	return text;
}

/* ---- the package ---- */

/* Its own number stands for all its mailboxes (""). Others are none of its business: false. */
static bool may_watch(const struct rd_sip_watch *watch, char mailbox[RD_MWI_NAME])
{
	struct rd_sip_phone phone;

	mailbox[0] = '\0';
	if (sip_package_events()->phone(watch->phone, &phone))
		return false;
	if (strcmp(watch->subject, phone.name) == 0)
		return mailboxes_at(&phone);
	return phone.mailbox && rd_mwi_name(watch->resource, mailbox) == 0 &&
	       has_mailbox(phone.mailbox, mailbox);
}

static int open_watch(struct rd_sip_watch *watch)
{
	char mailbox[RD_MWI_NAME];
	struct watch *own;

	if (!may_watch(watch, mailbox))
		return 404;
	own = rd_zalloc(sizeof(*own));
	if (!own)
		return -ENOMEM;
	own->watch = watch;
	strcpy(own->mailbox, mailbox);
	rd_list_push(&watches, &own->link);
	watch->data = own;
	return 0;
}

static void close_watch(struct rd_sip_watch *watch)
{
	struct watch *own = watch->data;

	rd_list_remove(&own->link);
	rd_free(own);
}

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	const struct watch *own = watch->data;
	char account[256];

	(void)notice;
	write_summary(body, mailboxes_watched(own), account_of(watch, account, sizeof(account)));
	return 0;
}

static const char *const types[] = { TYPE, NULL };

static const struct rd_sip_package package = {
	.name = "message-summary",
	.types = types,
	.open = open_watch,
	.close = close_watch,
	.print = print,
	.unasked = mwi_source_unasked,
};

/* ---- phones that did not ask ---- */

static struct rd_map *waiting; /* names of phones to be told in the next turn */
static struct rd_timer soon;

static bool is_subscribed(const char *phone)
{
	rd_list_foreach(node, tmp, &watches)
		if (strcmp(rd_list_entry(node, struct watch, link)->watch->phone, phone) == 0)
			return true;
	return false;
}

/* Only where it is sent is it known how the phone calls us. */
static void send_summary(const char *name, const char *number, struct rd_buf *body)
{
	const char *account = number ? strstr(rd_buf_text(body), ACCOUNT) : NULL;
	struct rd_str text = { body->p, body->n };

	if (account)
		sip_package_events()->tell_phone_uri(name, package.name, TYPE, text, number,
						     (size_t)(account - body->p) + strlen(ACCOUNT));
	else
		sip_package_events()->tell_phone(name, package.name, TYPE, text);
}

static void tell(const char *name)
{
	struct rd_sip_phone phone;
	const char *mailboxes;
	struct rd_buf body;

	if (is_subscribed(name) || sip_package_events()->phone(name, &phone))
		return;
	mailboxes = mailboxes_at(&phone);
	rd_buf_init(&body);
	write_summary(&body, mailboxes ? mailboxes : "", phone.voicemail_number ? "" : NULL);
	if (!body.failed)
		send_summary(name, phone.voicemail_number, &body);
	rd_buf_fini(&body);
}

static void tell_waiting(void *arg)
{
	const char *name;
	size_t pos = 0;

	(void)arg;
	while (rd_map_next(waiting, &pos, &name, NULL)) {
		tell(name);
		rd_map_remove(waiting, name);
	}
}

/* After what is going on now: a REGISTER has its answer first. */
static void tell_soon(const struct rd_sip_phone *phone)
{
	if (phone->unsolicited_mwi && (phone->contacts || phone->has_host) &&
	    rd_map_set(waiting, phone->name, (void *)phone->name, NULL) == 0)
		rd_timer_start(&soon, 0);
}

/* ---- what happens ---- */

static void count_changed(const char *mailbox)
{
	const void *pos = NULL;
	struct rd_sip_phone phone;

	rd_list_foreach(node, tmp, &watches) {
		const struct watch *own = rd_list_entry(node, struct watch, link);

		if (has_mailbox(mailboxes_watched(own), mailbox))
			sip_package_events()->changed(own->watch);
	}
	while (sip_package_events()->phone_next(&pos, &phone)) {
		const char *mailboxes = mailboxes_at(&phone);

		if (mailboxes && has_mailbox(mailboxes, mailbox))
			tell_soon(&phone);
	}
}

/* Somebody else sits at that phone now. */
static void guest_changed(const char *device)
{
	struct rd_sip_phone phone;

	if (phone_of(device, &phone))
		return;
	rd_list_foreach(node, tmp, &watches) {
		const struct watch *own = rd_list_entry(node, struct watch, link);

		if (!*own->mailbox && strcmp(own->watch->phone, phone.name) == 0)
			sip_package_events()->changed(own->watch);
	}
	tell_soon(&phone);
}

/* Somebody has logged in at another phone, or out of it. */
static void desk_changed(const struct rd_event *event)
{
	if (strcmp(event->text, "hotdesk") != 0)
		return;
	guest_changed(rd_event_value(event, "before"));
	guest_changed(rd_event_value(event, "value"));
}

static void notify(const struct rd_event *event, void *arg)
{
	struct rd_sip_phone phone;

	(void)arg;
	if (sip_package_events() && event->type == RD_EVENT_RELOAD)
		mwi_sources_update(sip_package_events());
	if (!sip_package_events() || !event->name || event->type == RD_EVENT_RELOAD)
		return;
	if (event->type == RD_EVENT_MWI)
		count_changed(event->name);
	else if (event->type == RD_EVENT_REACH)
		desk_changed(event);
	else if (event->number && sip_package_events()->phone(event->name, &phone) == 0 &&
		 mailboxes_at(&phone))
		tell_soon(&phone);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "sip_mwi",
	  .types = RD_EVENT_BIT(RD_EVENT_MWI) | RD_EVENT_BIT(RD_EVENT_CONTACT) |
		   RD_EVENT_BIT(RD_EVENT_REACH) | RD_EVENT_BIT(RD_EVENT_RELOAD),
	  .notify = notify },
	{ 0 }
};

/* ---- life ---- */

static void unload(void)
{
	mwi_sources_stop();
	sip_package_unload(&package);
	rd_timer_stop(&soon);
	rd_map_free(waiting);
	waiting = NULL;
}

static int load(void)
{
	int rc = rd_map_new(&waiting, 0);

	rd_timer_init(&soon, tell_waiting, NULL);
	if (rc)
		return rc;
	rc = sip_package_load(&package);
	if (rc)
		unload();
	else
		mwi_sources_update(sip_package_events());
	return rc;
}

RD_MODULE(.name = "sip_mwi",
	  .synopsis = "Message waiting for SIP phones, RFC 3842",
	  .needs = sip_package_needs,
	  .subscribers = subscribers,
	  .load = load,
	  .unload = unload);
