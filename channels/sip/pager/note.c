/* MESSAGE() and MESSAGE_DATA(): the text that a channel came with, and the one
 * that MessageSend() is to send. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/channel.h>

#include "channels/sip/driver.h"
#include "channels/sip/message/chars.h"
#include "channels/sip/pager/pager.h"

struct header {
	struct rd_list link;
	bool goes_out;
	char *value;
	char name[];
};

static const char note_key;

/* ---- birth and death ---- */

static void header_free(struct header *header)
{
	rd_list_remove(&header->link);
	rd_free(header->value);
	rd_free(header);
}

static void note_free(void *data)
{
	struct sip_note *note = data;

	rd_list_foreach(node, tmp, &note->headers)
		header_free(rd_list_entry(node, struct header, link));
	rd_free(note->to);
	rd_free(note->from);
	rd_free(note->type);
	rd_free(note->body);
	rd_free(note);
}

struct sip_note *sip_note_of(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &note_key, sizeof(struct sip_note),
				    offsetof(struct sip_note, headers), note_free);
}

/* ---- headers ---- */

static struct header *find_header(const struct sip_note *note, const char *name)
{
	rd_list_foreach(node, tmp, &note->headers) {
		struct header *header = rd_list_entry(node, struct header, link);

		if (strcasecmp(header->name, name) == 0)
			return header;
	}
	return NULL;
}

static int set_header(struct sip_note *note, struct rd_str name, struct rd_str value,
		      bool goes_out)
{
	struct header *header = rd_zalloc(sizeof(*header) + name.n + 1);

	if (!header)
		return -ENOMEM;
	rd_list_init(&header->link);
	memcpy(header->name, name.p, name.n);
	header->goes_out = goes_out;
	header->value = rd_strndup(value.n ? value.p : "", value.n);
	if (!header->value) {
		header_free(header);
		return -ENOMEM;
	}
	rd_list_push(&note->headers, &header->link);
	return 0;
}

void sip_note_print(const struct sip_note *note, struct rd_buf *out)
{
	rd_list_foreach(node, tmp, &note->headers) {
		const struct header *header = rd_list_entry(node, struct header, link);

		if (header->goes_out)
			rd_buf_printf(out, "%s: %s\r\n", header->name, header->value);
	}
}

/* Those that carry the message itself are not the dialplan's. */
static bool is_ours(enum sip_header_id id)
{
	static const enum sip_header_id ours[] = {
		SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ, SIP_H_CONTACT,
		SIP_H_ROUTE, SIP_H_RECORD_ROUTE, SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH,
		SIP_H_CONTENT_TYPE, SIP_H_AUTHORIZATION, SIP_H_PROXY_AUTHORIZATION,
		SIP_H_USER_AGENT, SIP_H_REQUIRE, SIP_H_PROXY_REQUIRE,
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(ours); i++)
		if (ours[i] == id)
			return true;
	return false;
}

/* ---- what came ---- */

static int take_texts(struct sip_note *note, const struct sip_msg *msg)
{
	struct rd_str type = sip_msg_value(msg, SIP_H_CONTENT_TYPE), uri = msg->uri;
	const char *scheme = rd_str_starts(uri, RD_STR("sip:")) ? "pj" : "";

	note->to = rd_asprintf("%s%.*s", scheme, RD_STR_ARG(uri));
	note->from = rd_asprintf("%.*s%s<%.*s>", RD_STR_ARG(msg->from.display),
				 msg->from.display.n ? " " : "", RD_STR_ARG(msg->from.uri));
	note->type = rd_strndup(type.n ? type.p : "", type.n);
	note->body = rd_strndup(msg->body.n ? msg->body.p : "", msg->body.n);
	return note->to && note->from && note->type && note->body ? 0 : -ENOMEM;
}

static void take_host(struct sip_note *note, struct rd_str uri_text)
{
	struct sip_uri uri;

	if (sip_uri_parse(&uri, uri_text, NULL) == 0 &&
	    rd_strcpyn(note->room, sizeof(note->room), uri.host))
		note->our_host = rd_str_of(note->room);
}

int sip_note_take(struct rd_channel *ch, const struct sip_msg *msg)
{
	struct sip_note *note = sip_note_of(ch);
	int rc = note ? take_texts(note, msg) : -ENOMEM;

	if (rc)
		return rc;
	take_host(note, msg->uri);
	note->hops = msg->max_forwards > 0 ? (unsigned)msg->max_forwards - 1 : 0;
	for (unsigned i = 0; rc == 0 && i < msg->header_count; i++) {
		const struct sip_header *header = &msg->headers[i];

		if (!is_ours(header->id))
			rc = set_header(note, header->name, header->value, false);
	}
	return rc;
}

/* ---- MESSAGE() ---- */

static char **field_of(struct sip_note *note, const char *name)
{
	if (strcasecmp(name, "to") == 0)
		return &note->to;
	if (strcasecmp(name, "from") == 0)
		return &note->from;
	if (strcasecmp(name, "content-type") == 0)
		return &note->type;
	return strcasecmp(name, "body") == 0 ? &note->body : NULL;
}

/* All that came, or nothing, goes out again. */
static int mark_all(struct sip_note *note, const char *value)
{
	bool all = strcasecmp(value, "mark_all_outbound") == 0;

	if (!all && strcasecmp(value, "clear_all_outbound") != 0)
		return -EINVAL;
	rd_list_foreach(node, tmp, &note->headers)
		rd_list_entry(node, struct header, link)->goes_out = all;
	return 0;
}

static bool is_custom_data(const char *name)
{
	return strcasecmp(name, "custom_data") == 0;
}

const char *sip_note_check(const char *args, char *buf, size_t size)
{
	struct sip_note any;

	if (is_custom_data(args) || field_of(&any, args))
		return NULL;
	snprintf(buf, size, "there is no \"%s\"", args);
	return buf;
}

int sip_note_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct sip_note *note = ch ? sip_note_of(ch) : NULL;
	char **field = note ? field_of(note, args) : NULL;

	if (ch && !note)
		return -ENOMEM;
	if (!field)
		return -EINVAL;
	if (*field)
		rd_buf_adds(out, *field);
	return 0;
}

int sip_note_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct sip_note *note = ch ? sip_note_of(ch) : NULL;
	char **field, *copy;

	if (!note)
		return ch ? -ENOMEM : -EINVAL;
	if (is_custom_data(args))
		return mark_all(note, value);
	field = field_of(note, args);
	if (!field || strlen(value) > SIP_TEXT_MAX)
		return -EINVAL;
	copy = rd_strdup(value);
	if (!copy)
		return -ENOMEM;
	rd_free(*field);
	*field = copy;
	return 0;
}

/* ---- MESSAGE_DATA() ---- */

int sip_note_header_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct sip_note *note = ch ? sip_note_of(ch) : NULL;
	const struct header *header = note ? find_header(note, args) : NULL;

	if (!note)
		return ch ? -ENOMEM : -EINVAL;
	if (header)
		rd_buf_adds(out, header->value);
	return 0;
}

int sip_note_header_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct sip_note *note = ch ? sip_note_of(ch) : NULL;
	struct rd_str name = rd_str_of(args);
	struct header *old;

	if (!note)
		return ch ? -ENOMEM : -EINVAL;
	if (!sip_is_token(name))
		return -EINVAL;
	if (is_ours(sip_header_id_of(name)))
		return -EPERM;
	while ((old = find_header(note, args)))
		header_free(old);
	if (!*value)
		return 0;
	return set_header(note, name, (struct rd_str){ value, strcspn(value, "\r\n") }, true);
}
