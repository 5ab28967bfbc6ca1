/* The event package conference (RFC 4575): who is in a conference. Conferences are
 * those of whoever publishes some (ringdown/conference.h); besides, the bridge of a
 * phone's own call is one of two, by the phone's number or by the bridge's id. A room is
 * known by its name, by a number that leads into it, and to who is in it as his own call. */
#include <stdio.h>

#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/conference.h>
#include <ringdown/spy.h>
#include <ringdown/xml.h>

#include "modules/sip_package.h"
#include "modules/sip_told.h"

#define TYPE	  "application/conference-info+xml"
#define NAMESPACE "urn:ietf:params:xml:ns:conference-info"
#define LEGS_MAX  16

struct watch {
	struct rd_list link;
	struct rd_sip_watch *watch;
	char *room; /* NULL: it is a bridge */
	struct told told;
};

static struct rd_list watches = RD_LIST_INIT(watches);

/* ---- bridges as conferences ---- */

static struct rd_bridge *bridge_of_phone(const char *phone)
{
	char device[128] = "SIP/";
	struct rd_channel *ch = NULL;

	if (!rd_strcpy(device + 4, sizeof(device) - 4, phone))
		return NULL;
	while ((ch = rd_device_channel(device, ch)))
		if (rd_channel_bridge(ch))
			return rd_channel_bridge(ch);
	return NULL;
}

/* A phone sees its own; whoever knows the id of another has been told it. */
static struct rd_bridge *find_bridge(const struct rd_sip_watch *watch)
{
	struct rd_bridge *bridge = NULL;

	if (strcmp(watch->subject, watch->phone) == 0)
		return bridge_of_phone(watch->phone);
	while ((bridge = rd_bridge_next(bridge)))
		if (strcmp(rd_bridge_id(bridge), watch->resource) == 0)
			return bridge;
	return NULL;
}

static void describe(const struct rd_channel *ch, struct rd_conference_user *user)
{
	const struct rd_party *who = rd_channel_party(ch, RD_PARTY_CALLER);

	*user = (struct rd_conference_user){
		.id = rd_channel_uniqueid(ch),
		.on_hold = rd_channel_on_hold(ch),
		.dialled_out = rd_channel_outgoing(ch),
	};
	if (rd_presentation_shown(who->name_pres))
		user->name = who->name;
	if (rd_presentation_shown(who->number_pres))
		user->number = who->number;
}

static bool next_leg(const struct rd_sip_watch *watch, size_t *pos,
		     struct rd_conference_user *user)
{
	struct rd_bridge *bridge = find_bridge(watch);
	struct rd_channel *legs[LEGS_MAX];
	int count = bridge ? rd_bridge_channels(bridge, legs, LEGS_MAX) : 0;

	while (*pos < (size_t)count && rd_spy_intrudes(legs[*pos]))
		(*pos)++;
	if (*pos >= (size_t)count)
		return false;
	describe(legs[(*pos)++], user);
	return true;
}

/* ---- what there is to tell ---- */

static int find(const struct watch *own, struct rd_conference *conference)
{
	const struct rd_conferences *conferences;
	int rc = -ENOENT;

	*conference = (struct rd_conference){ 0 };
	if (!own->room) {
		struct rd_conference_user user;
		size_t pos = 0;

		while (next_leg(own->watch, &pos, &user))
			conference->users++;
		return 0;
	}
	conferences = rd_interface_get(RD_CONFERENCES, RD_CONFERENCES_VERSION);
	if (conferences)
		rc = conferences->find(own->room, conference);
	rd_interface_put(conferences);
	return rc;
}

static void write_element(struct rd_xml_writer *writer, const char *name, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	rd_xml_element(writer, name, text);
}

static void write_description(struct rd_xml_writer *writer,
			      const struct rd_conference *conference)
{
	rd_xml_begin(writer, "conference-description");
	if (conference->subject)
		rd_xml_element(writer, "subject", conference->subject);
	if (conference->max_users)
		write_element(writer, "maximum-user-count", conference->max_users);
	rd_xml_end(writer);
	rd_xml_begin(writer, "conference-state");
	write_element(writer, "user-count", conference->users);
	rd_xml_element(writer, "active", conference->users ? "true" : "false");
	rd_xml_element(writer, "locked", conference->locked ? "true" : "false");
	rd_xml_end(writer);
}

/* Someone without a number is known by his channel. */
static void make_entity(char *uri, size_t size, const struct rd_conference_user *user,
			const struct rd_sip_watch *watch)
{
	if (!user->number || sip_package_events()->uri_beside(watch, user->number, uri, size))
		snprintf(uri, size, "sip:%s@anonymous.invalid", user->id);
}

static void write_user(struct rd_xml_writer *writer, const struct rd_conference_user *user,
		       const struct rd_sip_watch *watch)
{
	char uri[256];

	make_entity(uri, sizeof(uri), user, watch);
	rd_xml_begin(writer, "user");
	rd_xml_put(writer, "entity", uri);
	if (user->name)
		rd_xml_element(writer, "display-text", user->name);
	rd_xml_begin(writer, "endpoint");
	rd_xml_put(writer, "entity", user->id);
	rd_xml_element(writer, "status", user->on_hold ? "on-hold"
					 : user->muted ? "muted-via-focus" : "connected");
	rd_xml_element(writer, "joining-method", user->dialled_out ? "dialed-out"
								   : "dialed-in");
	rd_xml_end(writer);
	rd_xml_end(writer);
}

static void write_gone(struct rd_xml_writer *writer, const char *id_and_uri)
{
	const char *space = strchr(id_and_uri, ' ');

	rd_xml_begin(writer, "user");
	rd_xml_put(writer, "entity", space ? space + 1 : id_and_uri);
	rd_xml_put(writer, "state", "deleted");
	rd_xml_end(writer);
}

/* One user; does it tell anything new? */
static bool tell_user(struct rd_xml_writer *writer, struct watch *own,
		      const struct rd_conference_user *user, bool full)
{
	uint32_t sum = told_mix(told_mix(TOLD_START, user->name), user->on_hold ? "h" : "");
	char part[400], uri[256];
	bool is_news;

	make_entity(uri, sizeof(uri), user, own->watch);
	snprintf(part, sizeof(part), "%s %s", user->id, uri);
	is_news = told_part(&own->told, part, told_mix(sum, user->muted ? "m" : ""));
	if (is_news || full)
		write_user(writer, user, own->watch);
	return is_news;
}

static unsigned write_all_users(struct rd_xml_writer *writer, struct watch *own, bool full)
{
	const struct rd_conferences *conferences = NULL;
	struct rd_conference_user user;
	unsigned news = 0;
	size_t pos = 0;

	if (!own->room) {
		while (next_leg(own->watch, &pos, &user))
			news += tell_user(writer, own, &user, full);
		return news;
	}
	conferences = rd_interface_get(RD_CONFERENCES, RD_CONFERENCES_VERSION);
	while (conferences && conferences->user(own->room, &pos, &user))
		news += tell_user(writer, own, &user, full);
	rd_interface_put(conferences);
	return news;
}

static unsigned write_users(struct rd_xml_writer *writer, struct watch *own, bool full)
{
	const char *gone;
	unsigned news;

	rd_xml_begin(writer, "users");
	if (!full)
		rd_xml_put(writer, "state", "partial");
	told_begin(&own->told);
	news = write_all_users(writer, own, full);
	for (; (gone = told_gone(&own->told)); news++)
		if (!full)
			write_gone(writer, gone);
	rd_xml_end(writer);
	return news;
}

/* ---- the package ---- */

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	struct watch *own = watch->data;
	struct rd_conference conference;
	struct rd_xml_writer *writer;
	unsigned news;
	int rc;

	if (find(own, &conference))
		return -ENODATA;
	rc = rd_xml_writer_new(&writer, body);
	if (rc)
		return rc;
	rd_xml_begin(writer, "conference-info");
	rd_xml_put(writer, "xmlns", NAMESPACE);
	rd_xml_put(writer, "entity", watch->entity);
	rd_xml_put(writer, "state", notice->full ? "full" : "partial");
	rd_xml_put_number(writer, "version", notice->version + 1);
	write_description(writer, &conference);
	news = write_users(writer, own, notice->full);
	rc = rd_xml_writer_close(writer);
	return rc == 0 && !news && !notice->must ? -EALREADY : rc;
}

/* Of a phone's own call; NULL: it is in none. */
static const char *room_of_phone(const char *phone)
{
	char device[128] = "SIP/";
	struct rd_channel *ch = NULL;

	if (!rd_strcpy(device + 4, sizeof(device) - 4, phone))
		return NULL;
	while ((ch = rd_device_channel(device, ch)))
		if (rd_channel_conference(ch))
			return rd_channel_conference(ch);
	return NULL;
}

/* By its name, or by a number that leads into it. */
static const char *room_named(const char *name)
{
	const struct rd_conferences *conferences =
		rd_interface_get(RD_CONFERENCES, RD_CONFERENCES_VERSION);
	struct rd_conference conference = { 0 };
	const char *room = NULL;

	if (conferences)
		room = conferences->find(name, &conference) == 0 ? name
							       : conferences->by_number(name);
	rd_interface_put(conferences);
	return room;
}

/* What is it that is watched? 0, 404 or -ENOMEM. */
static int choose(struct watch *own)
{
	const struct rd_sip_watch *watch = own->watch;
	bool is_own = strcmp(watch->subject, watch->phone) == 0;
	const char *room = is_own ? room_of_phone(watch->phone) : NULL;

	if (!room && (is_own || find_bridge(watch)))
		return 0;
	room = room ? room : room_named(watch->resource);
	if (!room)
		return 404;
	own->room = rd_strdup(room);
	return own->room ? 0 : -ENOMEM;
}

static int open_watch(struct rd_sip_watch *watch)
{
	struct watch *own = rd_zalloc(sizeof(*own));
	int rc;

	if (!own)
		return -ENOMEM;
	own->watch = watch;
	rc = choose(own);
	if (rc) {
		rd_free(own);
		return rc;
	}
	told_init(&own->told);
	rd_list_push(&watches, &own->link);
	watch->data = own;
	return 0;
}

static void close_watch(struct rd_sip_watch *watch)
{
	struct watch *own = watch->data;

	rd_list_remove(&own->link);
	told_fini(&own->told);
	rd_free(own->room);
	rd_free(own);
}

static const char *const types[] = { TYPE, NULL };

static const struct rd_sip_package package = {
	.name = "conference",
	.types = types,
	.open = open_watch,
	.close = close_watch,
	.print = print,
};

/* ---- what happens ---- */

/* That conference has ended: it can never change again. */
static bool is_over(const struct watch *own)
{
	struct rd_conference conference;

	return own->room && find(own, &conference) == -ENOENT;
}

static void conference_changed(const char *name)
{
	rd_list_foreach(node, tmp, &watches) {
		struct watch *own = rd_list_entry(node, struct watch, link);

		if (!own->room || strcmp(own->room, name) != 0)
			continue;
		if (is_over(own))
			sip_package_events()->end(own->watch, RD_SIP_END_NORESOURCE, 0);
		else
			sip_package_events()->changed(own->watch);
	}
}

/* What is not about them, print() finds out. */
static void bridge_changed(void)
{
	rd_list_foreach(node, tmp, &watches) {
		struct watch *own = rd_list_entry(node, struct watch, link);

		if (!own->room)
			sip_package_events()->changed(own->watch);
	}
}

static void notify(const struct rd_event *event, void *arg)
{
	const char *room = NULL;

	(void)arg;
	if (!sip_package_events())
		return;
	if (event->type == RD_EVENT_CONFERENCE)
		room = event->name;
	else if (event->type == RD_EVENT_CHANNEL_HOLD)
		room = rd_channel_conference(event->channel);
	if (room)
		conference_changed(room);
	else
		bridge_changed();
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "sip_conference",
	  .types = RD_EVENT_BIT(RD_EVENT_CONFERENCE) | RD_EVENT_BIT(RD_EVENT_CHANNEL_HOLD) |
		   RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) |
		   RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE) | RD_EVENT_BIT(RD_EVENT_BRIDGE_END),
	  .notify = notify },
	{ 0 }
};

static void unload(void)
{
	sip_package_unload(&package);
}

static int load(void)
{
	return sip_package_load(&package);
}

RD_MODULE(.name = "sip_conference",
	  .synopsis = "Conferences shown to SIP phones, RFC 4575",
	  .needs = sip_package_needs,
	  .subscribers = subscribers,
	  .load = load,
	  .unload = unload);
