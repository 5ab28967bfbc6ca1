/* An INVITE that takes the place of a dialog: what it names, and whether it
 * may. The seats are changed by the core (ringdown/transfer.h). */
#include <ringdown/log.h>

#include "channels/sip/call/indialog.h"
#include "channels/sip/call/replaces.h"

static bool take_once(struct rd_str *to, struct rd_str value)
{
	if (to->n || !value.n)
		return false;
	*to = value;
	return true;
}

int sip_replaces_parse(struct sip_replaces *replaces, struct rd_str value)
{
	struct rd_str rest = value;
	struct sip_param param;

	memset(replaces, 0, sizeof(*replaces));
	if (memchr(value.p ? value.p : "", ',', value.n))
		return -EINVAL;
	rd_str_cut(&rest, ';', &replaces->call_id);
	replaces->call_id = rd_str_trim(replaces->call_id);
	while (sip_param_next(&rest, &param)) {
		bool right = true;

		if (rd_str_ieq(param.name, RD_STR("to-tag")))
			right = take_once(&replaces->to_tag, param.value);
		else if (rd_str_ieq(param.name, RD_STR("from-tag")))
			right = take_once(&replaces->from_tag, param.value);
		else if (rd_str_ieq(param.name, RD_STR("early-only")))
			replaces->early_only = true;
		if (!right)
			return -EINVAL;
	}
	return replaces->call_id.n && replaces->to_tag.n && replaces->from_tag.n ? 0 : -EINVAL;
}

struct sip_call *sip_replaces_call(const struct sip_replaces *replaces,
				   const struct sip_dialog **dialog)
{
	struct sip_dialog *found = sip_dialog_named(sip.dialogs, replaces->call_id,
						    replaces->to_tag, replaces->from_tag);

	/* Phones of RFC 2543 have no tag; then it is written as 0 (§6.1). */
	if (!found && rd_str_eq(replaces->from_tag, RD_STR("0")))
		found = sip_dialog_named(sip.dialogs, replaces->call_id, replaces->to_tag,
					 (struct rd_str){ 0 });
	if (!found || found->user != &sip_call_dialog_user)
		return NULL;
	if (dialog)
		*dialog = found;
	return found->arg;
}

bool sip_policy_permits(int policy, const struct sip_endpoint *endpoint,
			const struct sip_call *call)
{
	switch (policy) {
	case SIP_REPLACES_NO:
		return false;
	case SIP_REPLACES_ANY:
		return true;
	case SIP_REPLACES_CONTEXT:
		return strcmp(endpoint->context, call->endpoint->context) == 0;
	default:
		return strcmp(endpoint->name, call->endpoint->name) == 0;
	}
}

bool sip_replaces_permitted(const struct sip_endpoint *endpoint, const struct sip_call *call)
{
	return sip_policy_permits(endpoint->replaces, endpoint, call);
}

/* RFC 3891 §3, in its order. */
static unsigned check(const struct sip_replaces *replaces, const struct sip_endpoint *endpoint)
{
	const struct sip_dialog *dialog;
	const struct sip_call *call = sip_replaces_call(replaces, &dialog);

	if (!call)
		return 481;
	if (call->state == SIP_CALL_ENDED || !call->channel)
		return 603;
	if (!sip_replaces_permitted(endpoint, call)) {
		rd_notice("sip/%s: may not replace the call of sip/%s", endpoint->name,
			  call->endpoint->name);
		return 403;
	}
	if (call->state == SIP_CALL_UP && dialog == call->dialog)
		return replaces->early_only ? 486 : 0;
	return call->state == SIP_CALL_OUTGOING ? 0 : 481;
}

unsigned sip_replaces_check(const struct sip_msg *invite, const struct sip_endpoint *endpoint)
{
	const struct sip_header *header = sip_msg_header(invite, SIP_H_REPLACES);
	struct sip_replaces replaces;

	if (!header || endpoint->replaces == SIP_REPLACES_NO)
		return header ? 403 : 0;
	if (sip_msg_header_next(invite, header) || sip_replaces_parse(&replaces, header->value))
		return 400;
	return check(&replaces, endpoint);
}

struct sip_call *sip_replaces_of(const struct sip_msg *invite)
{
	const struct sip_header *header = sip_msg_header(invite, SIP_H_REPLACES);
	struct sip_replaces replaces;

	if (!header || sip_replaces_parse(&replaces, header->value))
		return NULL;
	return sip_replaces_call(&replaces, NULL);
}
