/* SIP_HEADER() and PJSIP_HEADER(): headers of the INVITE that came in, and
 * headers for those that go out. SIP_BODY_PART(): what goes beside their SDP. */
#include <stdio.h>
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/call/call.h"
#include "channels/sip/call/tech.h"

/* Lines added by the dialplan, kept with the channel. */
static const char added_key;

static void free_lines(void *lines)
{
	rd_free(lines);
}

const char *sip_added_headers(const struct rd_channel *ch)
{
	const char *lines = rd_channel_attached(ch, &added_key);

	return lines ? lines : "";
}

static const char token_key;

const char *sip_token(const struct rd_channel *ch)
{
	return rd_channel_attached(ch, &token_key);
}

int sip_set_token(struct rd_channel *ch, struct rd_str token)
{
	char *copy = token.n ? rd_strndup(token.p, token.n) : rd_strdup("");
	int rc = copy ? rd_channel_attach(ch, &token_key, copy, free_lines) : -ENOMEM;

	if (rc)
		rd_free(copy);
	return rc;
}

/* Those that carry the call itself are not the dialplan's. */
static bool is_ours(struct rd_str name)
{
	static const enum sip_header_id ours[] = {
		SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ, SIP_H_CONTACT,
		SIP_H_ROUTE, SIP_H_RECORD_ROUTE, SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH,
		SIP_H_CONTENT_TYPE,
	};
	enum sip_header_id id = sip_header_id_of(name);

	for (size_t i = 0; i < RD_ARRAY_SIZE(ours); i++)
		if (ours[i] == id)
			return true;
	return false;
}

static int set_lines(struct rd_channel *ch, char *lines)
{
	int rc = lines ? rd_channel_attach(ch, &added_key, lines, free_lines) : -ENOMEM;

	if (rc)
		rd_free(lines);
	return rc;
}

static int add_line(struct rd_channel *ch, struct rd_str name, const char *value)
{
	size_t n = strcspn(value, "\r\n");

	return set_lines(ch, rd_asprintf("%s%.*s: %.*s\r\n", sip_added_headers(ch),
					 RD_STR_ARG(name), (int)n, value));
}

/* "X-My*" stands for all that begin so. */
static bool fits(struct rd_str pattern, struct rd_str name)
{
	size_t n = pattern.n ? pattern.n - 1 : 0;

	if (!pattern.n || pattern.p[n] != '*')
		return rd_str_ieq(pattern, name);
	return name.n >= n && rd_str_ieq((struct rd_str){ pattern.p, n },
					 (struct rd_str){ name.p, n });
}

/* The next of the lines: its name and value. */
static bool next_line(struct rd_str *lines, struct rd_str *name, struct rd_str *value)
{
	struct rd_str line;

	if (!lines->n)
		return false;
	rd_str_cut(lines, '\n', &line);
	*value = line;
	rd_str_cut(value, ':', name);
	*value = rd_str_trim(*value);
	return true;
}

/* How many there were, or -ENOMEM. */
static int remove_lines(struct rd_channel *ch, struct rd_str pattern)
{
	struct rd_str rest = rd_str_of(sip_added_headers(ch)), name, value;
	struct rd_buf kept;
	int removed = 0, rc;

	rd_buf_init(&kept);
	while (next_line(&rest, &name, &value)) {
		if (fits(pattern, name))
			removed++;
		else
			rd_buf_printf(&kept, "%.*s: %.*s\r\n", RD_STR_ARG(name),
				      RD_STR_ARG(value));
	}
	rc = set_lines(ch, rd_buf_take(&kept));
	return rc ? rc : removed;
}

int sip_add_header(struct rd_channel *ch, const char *name, const char *value)
{
	return add_line(ch, rd_str_of(name), value);
}

void sip_remove_header(struct rd_channel *ch, const char *name)
{
	if (*sip_added_headers(ch))
		remove_lines(ch, rd_str_of(name));
}

/* "X-Name", "add,X-Name", "remove,X-Name", "update,X-Name", "read,X-Name,2" */
struct header_args {
	struct rd_str action, name;
	unsigned index; /* from 0 */
};

static bool is_action(struct rd_str word)
{
	static const char *const actions[] = { "add", "remove", "update", "read" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(actions); i++)
		if (rd_str_ieq(word, rd_str_of(actions[i])))
			return true;
	return false;
}

static int read_args(struct header_args *args, const char *text)
{
	struct rd_str rest = rd_str_of(text), word, number;
	uint64_t index = 1;

	memset(args, 0, sizeof(*args));
	rd_str_cut(&rest, ',', &word);
	word = rd_str_trim(word);
	if (is_action(word) && rest.n) {
		args->action = word;
		rd_str_cut(&rest, ',', &word);
	}
	args->name = rd_str_trim(word);
	rd_str_cut(&rest, ',', &number);
	if (number.n && (rd_str_to_u64(rd_str_trim(number), 255, &index) || !index))
		return -EINVAL;
	args->index = (unsigned)index - 1;
	return sip_is_token(args->name) ? 0 : -EINVAL;
}

const char *sip_header_check(const char *text, char *buf, size_t size)
{
	struct header_args args;

	if (read_args(&args, text) == 0)
		return NULL;
	snprintf(buf, size, "expected [read|add|update|remove,]name[,number], not \"%s\"", text);
	return buf;
}

static struct rd_str find_received(const struct sip_msg *msg, const struct header_args *args)
{
	unsigned index = args->index;
	const struct sip_header *header = sip_msg_find(msg, args->name, index);

	for (unsigned i = 0; !header && i < msg->header_count; i++)
		if (fits(args->name, msg->headers[i].name) && !index--)
			header = &msg->headers[i];
	return header ? header->value : (struct rd_str){ 0 };
}

static struct rd_str find_added(const struct rd_channel *ch, const struct header_args *args)
{
	struct rd_str rest = rd_str_of(sip_added_headers(ch)), name, value;
	unsigned index = args->index;

	while (next_line(&rest, &name, &value))
		if (fits(args->name, name) && !index--)
			return value;
	return (struct rd_str){ 0 };
}

static int removed_read(struct rd_channel *ch, const struct header_args *args, struct rd_buf *out)
{
	int rc = remove_lines(ch, args->name);

	if (rc < 0)
		return rc;
	rd_buf_printf(out, "%d", rc);
	return 0;
}

int sip_header_read(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	const struct sip_call *call = sip_call_of_leg(ch);
	const struct sip_msg *invite;
	struct header_args args;
	struct rd_str value;
	int rc = ch ? read_args(&args, text) : -EINVAL;

	if (rc)
		return rc;
	if (rd_str_ieq(args.action, RD_STR("remove")))
		return removed_read(ch, &args, out);
	invite = call ? sip_call_received(call) : NULL;
	value = invite ? find_received(invite, &args) : find_added(ch, &args);
	rd_buf_add(out, value.p, value.n);
	return 0;
}

int sip_header_write(struct rd_channel *ch, const char *text, const char *value)
{
	struct header_args args;
	int rc = ch ? read_args(&args, text) : -EINVAL;

	if (rc)
		return rc;
	if (is_ours(args.name))
		return -EPERM;
	if (rd_str_ieq(args.action, RD_STR("remove")))
		return RD_MIN(remove_lines(ch, args.name), 0);
	if (rd_str_ieq(args.action, RD_STR("update"))) {
		rc = remove_lines(ch, args.name);
		if (rc < 0)
			return rc;
	}
	return add_line(ch, args.name, value);
}

/* ---- SIP_BODY_PART(type,id) ---- */

/* "type,id" in two; false: they are none. */
static bool read_part(const char *text, struct rd_str *type, struct rd_str *id)
{
	*id = rd_str_of(text);
	rd_str_cut(id, ',', type);
	*type = rd_str_trim(*type);
	*id = rd_str_trim(*id);
	return type->n && memchr(type->p, '/', type->n) && id->n;
}

const char *sip_body_part_check(const char *args, char *buf, size_t size)
{
	struct rd_str type, id;

	(void)buf;
	(void)size;
	if (strpbrk(args, "\r\n<>") || !read_part(args, &type, &id))
		return "expected type,id, such as application/pidf+xml,place";
	return NULL;
}

/* Who does not know such a part takes the call all the same (RFC 5621 §4). */
int sip_body_part_write(struct rd_channel *ch, const char *text, const char *value)
{
	struct rd_str id, type;
	char *part;
	int rc;

	if (!ch || strpbrk(text, "\r\n<>"))
		return -EINVAL;
	if (!*value)
		return sip_set_token(ch, (struct rd_str){ 0 });
	if (!read_part(text, &type, &id))
		return -EINVAL;
	part = rd_asprintf("Content-Type: %.*s\r\nContent-ID: <%.*s>\r\n"
			   "Content-Disposition: by-reference;handling=optional\r\n\r\n%s",
			   RD_STR_ARG(type), RD_STR_ARG(id), value);
	rc = part ? sip_set_token(ch, rd_str_of(part)) : -ENOMEM;
	rd_free(part);
	return rc;
}
