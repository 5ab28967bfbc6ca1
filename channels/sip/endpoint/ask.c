/* PJSIP_ENDPOINT() and its like: reading settings and contacts. An option is looked
 * up by its row in the table that sip.conf is read with. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/config.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/pjsip.h"
#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_options.h"

const struct sip_settings *sip_settings_next(void)
{
	const struct sip_settings *coming = rd_config_coming(RD_MODULE_NAME);

	return coming ? coming : sip.settings;
}

/* "name,field" in two; false without both. */
static bool split(const char *args, struct rd_str *name, char field[48])
{
	struct rd_str rest = rd_str_of(args);

	if (!rd_str_cut(&rest, ',', name))
		return false;
	*name = rd_str_trim(*name);
	return name->n && rd_strcpyn(field, 48, rd_str_trim(rest));
}

/* ---- options ---- */

/* Ours of the name that pjsip.conf has for it; of some the value is written otherwise. */
static const char *our_name(const struct pjsip_option *table, const char *name)
{
	for (; table->name; table++)
		if (strcasecmp(table->name, name) == 0 && table->ours)
			return table->ours;
	return name;
}

static const struct rd_option *option_of(const char *name)
{
	const struct rd_option *option = sip_phone_options;

	while (option->name && strcasecmp(option->name, name) != 0)
		option++;
	return option->name ? option : NULL;
}

static bool is_secret(const char *name)
{
	return strncasecmp(name, "secret", 6) == 0;
}

/* 0, or -ENOENT for what cannot be told as a text. */
static int print_option(const struct sip_endpoint *endpoint, const char *name,
			struct rd_buf *out)
{
	const struct rd_option *option = option_of(name);
	const void *at;
	const char *text;

	if (!option || is_secret(name))
		return -ENOENT;
	at = (const char *)endpoint + option->offset;
	switch (option->type) {
	case RD_OPTION_STRING:
		text = *(const char *const *)at;
		rd_buf_adds(out, text ? text : "");
		return 0;
	case RD_OPTION_BOOL:
		rd_buf_adds(out, *(const bool *)at ? "yes" : "no");
		return 0;
	case RD_OPTION_ENUM:
		rd_buf_adds(out, option->names[*(const int *)at]);
		return 0;
	case RD_OPTION_DURATION:
		rd_buf_printf(out, "%d", *(const int *)at / 1000);
		return 0;
	case RD_OPTION_INT:
		rd_buf_printf(out, "%d", *(const int *)at);
		return 0;
	default:
		return -ENOENT;
	}
}

/* As pjsip.conf names them. */
static void print_aors(const struct sip_endpoint *endpoint, struct rd_buf *out)
{
	const char *separator = "";

	for (const char *const *aor = endpoint->aors; aor && *aor; aor++) {
		rd_buf_printf(out, "%s%s", separator, *aor);
		separator = ",";
	}
	if (!endpoint->aors)
		rd_buf_adds(out, endpoint->name);
}

/* Here its password stands in the section itself. */
static void print_auth(const struct sip_endpoint *endpoint, struct rd_buf *out)
{
	if (endpoint->has_secret)
		rd_buf_adds(out, endpoint->name);
}

static void print_rewrites(const struct sip_endpoint *endpoint, struct rd_buf *out)
{
	enum sip_aim aim = sip_endpoint_aim(endpoint);

	rd_buf_adds(out, aim == SIP_AIM_SOURCE || aim == SIP_AIM_STRAIGHT ? "yes" : "no");
}

typedef struct sip_endpoint *find_fn(const struct sip_settings *settings, struct rd_str name);
typedef int print_fn(const struct sip_endpoint *endpoint, struct rd_str name, const char *field,
		     struct rd_buf *out);

/* What "name,field" asks of one of these sections. 0, -EINVAL, or -ENOENT: there is none. */
static int answer(const char *args, find_fn *find, print_fn *print, struct rd_buf *out)
{
	const struct sip_endpoint *endpoint;
	struct rd_str name;
	char field[48];

	if (!split(args, &name, field))
		return -EINVAL;
	endpoint = find(sip.settings, name);
	return endpoint ? print(endpoint, name, field, out) : -ENOENT;
}

static const char *check(const char *args, find_fn *find, print_fn *print, char *buf, size_t size)
{
	const struct sip_settings *settings = sip_settings_next();
	const struct sip_endpoint *endpoint;
	struct rd_str name;
	struct rd_buf out;
	char field[48];
	int rc;

	if (!split(args, &name, field))
		return "expected name,option";
	endpoint = settings ? find(settings, name) : NULL;
	if (!endpoint) {
		snprintf(buf, size, "there is no phone or peer \"%.*s\" in sip.conf",
			 RD_STR_ARG(name));
		return settings ? buf : NULL;
	}
	rd_buf_init(&out);
	rc = print(endpoint, name, field, &out);
	rd_buf_fini(&out);
	snprintf(buf, size, "there is no option \"%s\" that is told", field);
	return rc ? buf : NULL;
}

static int print_endpoint(const struct sip_endpoint *endpoint, struct rd_str name,
			  const char *field, struct rd_buf *out)
{
	(void)name;
	if (strcasecmp(field, "aors") == 0)
		print_aors(endpoint, out);
	else if (strcasecmp(field, "auth") == 0)
		print_auth(endpoint, out);
	else if (strcasecmp(field, "rewrite_contact") == 0)
		print_rewrites(endpoint, out);
	else
		return print_option(endpoint, our_name(pjsip_endpoint_options, field), out);
	return 0;
}

int sip_endpoint_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return answer(args, sip_settings_find, print_endpoint, out);
}

const char *sip_endpoint_check(const char *args, char *buf, size_t size)
{
	return check(args, sip_settings_find, print_endpoint, buf, size);
}

/* ---- contacts ---- */

/* By which name of a record its contacts are printed; and for PJSIP_DIAL_CONTACTS() which
 * user is to be called there, absent: its own. */
struct whom {
	struct rd_str name, user;
};

/* A name for a contact that stays while it is renewed: "1001;@" and a number made
 * of its URI. */
static void print_contact_name(const struct whom *whom, struct rd_str uri, struct rd_buf *out)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < uri.n; i++)
		hash = (hash ^ (unsigned char)uri.p[i]) * 1099511628211u;
	rd_buf_printf(out, "%.*s;@%016" PRIx64, RD_STR_ARG(whom->name), hash);
}

static bool has_name(struct rd_str record, struct rd_str uri, struct rd_str name)
{
	const struct whom whom = { .name = record };
	struct rd_buf text;
	bool has;

	rd_buf_init(&text);
	print_contact_name(&whom, uri, &text);
	has = rd_str_eq(rd_str_of(rd_buf_text(&text)), name);
	rd_buf_fini(&text);
	return has;
}

/* Of these names one that registered. */
static const struct sip_contact *contact_named(struct rd_str name)
{
	struct rd_str rest = name, record;
	struct sip_aor *aor;

	rd_str_cut(&rest, ';', &record);
	aor = sip_record_named(record);
	if (!aor)
		return NULL;
	rd_list_foreach(node, tmp, &aor->contacts) {
		const struct sip_contact *contact = sip_contact_at(node);

		if (has_name(record, contact->uri, name))
			return contact;
	}
	return NULL;
}

/* Of these names the one of a host of a peer. */
static const struct sip_endpoint *host_named(struct rd_str name)
{
	struct rd_str rest = name, record;
	const struct sip_endpoint *endpoint;
	char text[SIP_HOST_URI];

	rd_str_cut(&rest, ';', &record);
	endpoint = sip_settings_find_record(sip.settings, record);
	for (; endpoint && endpoint->host; endpoint = endpoint->other_host)
		if (has_name(record, sip_host_uri(endpoint, text), name))
			return endpoint;
	return NULL;
}

/* How a contact is told; and which: NULL for all. */
struct manner {
	void (*print)(const struct whom *whom, struct rd_str uri, struct rd_buf *out);
	bool (*is_told)(const struct sip_contact *contact);
	const char *between;
};

static bool is_told(const struct sip_contact *contact, const struct manner *manner)
{
	return !manner->is_told || manner->is_told(contact);
}

/* Is it the first with its URI? Who calls that calls all that are there. */
static bool is_first(const struct sip_contact *contact, const struct manner *manner)
{
	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		const struct sip_contact *at = sip_contact_at(node);

		if (rd_str_eq(at->uri, contact->uri) && is_told(at, manner))
			return at == contact;
	}
	return false;
}

/* Each contact of a record, those that registered and the hosts that sip.conf has.
 * record: the name of the section or its aor. */
static void print_contacts(struct rd_str record, const struct whom *whom,
			   const struct manner *manner, struct rd_buf *out)
{
	const struct sip_endpoint *endpoint = sip_settings_find_record(sip.settings, record);
	struct sip_aor *aor = sip_record_named(record);
	const char *separator = "";
	char text[SIP_HOST_URI];

	if (aor)
		rd_list_foreach(node, tmp, &aor->contacts) {
			const struct sip_contact *contact = sip_contact_at(node);

			if (!is_first(contact, manner))
				continue;
			rd_buf_adds(out, separator);
			manner->print(whom, contact->uri, out);
			separator = manner->between;
		}
	for (; endpoint && endpoint->host; endpoint = endpoint->other_host) {
		rd_buf_adds(out, separator);
		manner->print(whom, sip_host_uri(endpoint, text), out);
		separator = manner->between;
	}
}

static void print_dial(const struct whom *whom, struct rd_str uri, struct rd_buf *out)
{
	struct rd_str rest = uri, scheme, former;

	rd_buf_printf(out, "PJSIP/%.*s/", RD_STR_ARG(whom->name));
	if (!whom->user.n) {
		rd_buf_add(out, uri.p, uri.n);
		return;
	}
	rd_str_cut(&rest, ':', &scheme);
	uri = rest;
	if (!rd_str_cut(&rest, '@', &former))
		rest = uri;
	rd_buf_printf(out, "%.*s:%.*s@%.*s", RD_STR_ARG(scheme), RD_STR_ARG(whom->user),
		      RD_STR_ARG(rest));
}

static const struct manner to_dial = { print_dial, sip_contact_is_called, "&" };
static const struct manner by_name = { print_contact_name, NULL, "," };

int sip_dial_contacts_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str user = rd_str_of(args), name, record;
	struct whom whom;

	(void)ch;
	rd_str_cut(&user, ',', &name);
	rd_str_cut(&user, ',', &record);
	record = rd_str_trim(record);
	whom = (struct whom){ rd_str_trim(name), rd_str_trim(user) };
	print_contacts(record.n ? record : whom.name, &whom, &to_dial, out);
	return 0;
}

const char *sip_dial_contacts_check(const char *args, char *buf, size_t size)
{
	const struct sip_settings *settings = sip_settings_next();
	struct rd_str rest = rd_str_of(args), name, record;

	rd_str_cut(&rest, ',', &name);
	rd_str_cut(&rest, ',', &record);
	record = rd_str_trim(record);
	name = record.n ? record : rd_str_trim(name);
	if (!settings || sip_settings_find_record(settings, name))
		return NULL;
	snprintf(buf, size, "there is no phone or peer \"%.*s\" in sip.conf", RD_STR_ARG(name));
	return buf;
}

/* As is known without the registrar. */
static int print_aor_option(const struct sip_endpoint *endpoint, struct rd_str name,
			    const char *field, struct rd_buf *out)
{
	(void)name;
	if (strcasecmp(field, "contact") == 0)
		return 0;
	return print_option(endpoint, our_name(pjsip_aor_options, field), out);
}

static int print_aor(const struct sip_endpoint *endpoint, struct rd_str name, const char *field,
		     struct rd_buf *out)
{
	const struct whom whom = { .name = name };

	if (strcasecmp(field, "contact") != 0)
		return print_aor_option(endpoint, name, field, out);
	print_contacts(name, &whom, &by_name, out);
	return 0;
}

int sip_aor_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return answer(args, sip_settings_find_record, print_aor, out);
}

const char *sip_aor_check(const char *args, char *buf, size_t size)
{
	return check(args, sip_settings_find_record, print_aor_option, buf, size);
}

static const char *reach_name(enum sip_reach reach)
{
	switch (reach) {
	case SIP_REACHABLE:
		return "Reachable";
	case SIP_UNREACHABLE:
		return "Unreachable";
	default:
		return "Unknown";
	}
}

enum field {
	FIELD_URI,
	FIELD_STATUS,
	FIELD_RTT,
	FIELD_ENDPOINT,
	FIELD_USER_AGENT,
	FIELD_VIA_ADDR,
	FIELD_VIA_PORT,
	FIELD_CALL_ID,
	FIELD_EXPIRES,
	FIELD_PATH,
	FIELDS,
};

/* FIELDS: there is none. */
static enum field field_named(const char *name)
{
	static const char *const names[FIELDS] = {
		[FIELD_URI] = "uri",
		[FIELD_STATUS] = "status",
		[FIELD_RTT] = "rtt",
		[FIELD_ENDPOINT] = "endpoint",
		[FIELD_USER_AGENT] = "user_agent",
		[FIELD_VIA_ADDR] = "via_addr",
		[FIELD_VIA_PORT] = "via_port",
		[FIELD_CALL_ID] = "call_id",
		[FIELD_EXPIRES] = "expiration_time",
		[FIELD_PATH] = "path",
	};
	enum field field = 0;

	while (field < FIELDS && strcasecmp(name, names[field]) != 0)
		field++;
	return field;
}

/* What only a REGISTER says is empty. */
static void print_host_field(const struct sip_endpoint *endpoint, enum field field,
			     struct rd_buf *out)
{
	char text[SIP_HOST_URI];
	struct rd_str uri = sip_host_uri(endpoint, text);

	if (field == FIELD_URI)
		rd_buf_add(out, uri.p, uri.n);
	else if (field == FIELD_STATUS)
		rd_buf_adds(out, reach_name(sip_host_reach(endpoint)));
	else if (field == FIELD_RTT)
		rd_buf_printf(out, "%u", sip_host_rtt_us(endpoint));
	else if (field == FIELD_ENDPOINT)
		rd_buf_adds(out, endpoint->name);
}

static void print_contact_field(const struct sip_contact *contact, enum field field,
				struct rd_buf *out)
{
	char host[SIP_SOCKADDR_TEXT];

	switch (field) {
	case FIELD_URI:
		rd_buf_add(out, contact->uri.p, contact->uri.n);
		break;
	case FIELD_STATUS:
		rd_buf_adds(out, reach_name(sip_contact_reach(contact)));
		break;
	case FIELD_RTT:
		rd_buf_printf(out, "%u", sip_contact_rtt_us(contact));
		break;
	case FIELD_ENDPOINT:
		rd_buf_adds(out, contact->aor->name);
		break;
	case FIELD_USER_AGENT:
		rd_buf_add(out, contact->user_agent.p, contact->user_agent.n);
		break;
	case FIELD_VIA_ADDR:
		rd_buf_add(out, host, sip_sockaddr_host(&contact->flow.peer, host));
		break;
	case FIELD_VIA_PORT:
		rd_buf_printf(out, "%u", sip_sockaddr_port(&contact->flow.peer));
		break;
	case FIELD_CALL_ID:
		rd_buf_add(out, contact->call_id.p, contact->call_id.n);
		break;
	case FIELD_EXPIRES:
		rd_buf_printf(out, "%" PRIu64, contact->expires_s);
		break;
	case FIELD_PATH:
		rd_buf_add(out, contact->path.p, contact->path.n);
		break;
	default:
		break;
	}
}

int sip_contact_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct sip_contact *contact;
	const struct sip_endpoint *endpoint;
	struct rd_str name;
	enum field field;
	char text[48];

	(void)ch;
	if (!split(args, &name, text))
		return -EINVAL;
	contact = contact_named(name);
	endpoint = contact ? NULL : host_named(name);
	field = field_named(text);
	if ((!contact && !endpoint) || field == FIELDS)
		return -ENOENT;
	if (contact)
		print_contact_field(contact, field, out);
	else
		print_host_field(endpoint, field, out);
	return 0;
}

const char *sip_contact_check(const char *args, char *buf, size_t size)
{
	struct rd_str name;
	char field[48];

	if (!split(args, &name, field))
		return "expected contact,field";
	if (field_named(field) != FIELDS)
		return NULL;
	snprintf(buf, size, "there is no \"%s\" of a contact", field);
	return buf;
}
