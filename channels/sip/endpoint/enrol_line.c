/* The line of a registration: a word that nobody can guess in our Contact, by which we
 * know what the registrar sends us for it, whatever way it comes. Asterisk's "line = yes". */
#include <stdio.h>

#include <ringdown/log.h>
#include <ringdown/store.h>

#include "channels/sip/endpoint/enrol_private.h"

static void print_key(const char *name, unsigned reg_id, char key[160])
{
	snprintf(key, 160, "line/%s/%u", name, reg_id);
}

/* The registrar may have it for longer than we run. */
void enrol_line_init(struct enrolment *enrolment)
{
	const char *stored;
	char key[160];

	if (!enrolment->endpoint->register_line)
		return;
	print_key(enrolment->endpoint->name, enrolment->reg_id, key);
	if (rd_db_get("sip", key, sip.scratch, &stored) == 0 &&
	    rd_strcpyn(enrolment->line, sizeof(enrolment->line), rd_str_of(stored)))
		return;
	rd_random_token(enrolment->line, sizeof(enrolment->line) - 1);
	if (rd_db_put("sip", key, enrolment->line))
		rd_notice("sip/%s: the line of its registration lasts until it stops",
			  enrolment->endpoint->name);
}

void enrol_line_forget(const struct enrolment *enrolment)
{
	char key[160];

	print_key(enrolment->endpoint->name, enrolment->reg_id, key);
	rd_db_del("sip", key);
}

static const struct enrolment *named_by(struct rd_str params)
{
	struct rd_str line;

	if (!sip_param_get(params, RD_STR("line"), &line) || !line.n)
		return NULL;
	rd_list_foreach(node, tmp, enrol_all())
		if (rd_str_eq(line, rd_str_of(enrol_of(node)->line)))
			return enrol_of(node);
	return NULL;
}

const struct enrolment *enrol_line_find(const struct sip_msg *msg)
{
	const struct enrolment *found;
	struct sip_uri to;

	if (rd_list_empty(enrol_all()))
		return NULL;
	found = named_by(msg->target.params);
	if (found || sip_uri_parse(&to, msg->to.uri, NULL))
		return found;
	return named_by(to.params);
}
