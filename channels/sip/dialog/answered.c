/* A dialog made of an INVITE of ours and an answer to it, for when nothing else of
 * its call is left. */
#include "channels/sip/dialog/table.h"

int sip_dialog_new_answered(struct sip_dialog **dp, struct sip_dialogs *table,
			    const struct sip_msg *invite, const struct sip_msg *ok,
			    const struct sip_flow *flow)
{
	const struct sip_dialog_params params = {
		.call_id = invite->call_id,
		.local_tag = invite->from.tag,
		.cseq = invite->cseq.number,
		.local = sip_name_addr_untagged(&invite->from),
		.remote = sip_name_addr_untagged(&invite->to),
		.target = invite->uri,
		.flow = flow,
	};
	int rc = sip_dialog_new_uac(dp, table, &params);

	if (rc)
		return rc;
	rc = sip_dialog_established(*dp, ok);
	if (rc)
		sip_dialog_free(*dp);
	return rc;
}
