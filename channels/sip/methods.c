/* The table of methods. */
#include "channels/sip/call/answer.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/refer.h"
#include "channels/sip/endpoint/registrar.h"
#include "channels/sip/event/publish.h"
#include "channels/sip/event/subscription.h"
#include "channels/sip/methods.h"
#include "channels/sip/pager/pager.h"
#include "channels/sip/router.h"

const struct sip_method_row sip_methods[SIP_METHODS] = {
	[SIP_INVITE] = { .outside = sip_invite_received,
			 .inside = sip_call_reinvited,
			 .goes_on = true,
			 .refreshes_target = true },
	[SIP_ACK] = { .is_below = true },
	[SIP_CANCEL] = { .needs_dialog = true, .is_below = true },
	[SIP_BYE] = { .inside = sip_call_bye_received,
		      .early = sip_early_bye_received,
		      .needs_dialog = true },
	[SIP_OPTIONS] = { .outside = sip_options_received,
			  .inside = sip_call_options_received,
			  .early = sip_early_options_received },
	[SIP_INFO] = { .inside = sip_call_info_received,
		       .early = sip_early_info_received,
		       .needs_dialog = true },
	[SIP_PRACK] = { .inside = sip_call_prack_received, .needs_dialog = true },
	[SIP_UPDATE] = { .inside = sip_call_updated,
			 .early = sip_early_updated,
			 .needs_dialog = true,
			 .refreshes_target = true },
	[SIP_MESSAGE] = { .outside = sip_text_received,
			  .inside = sip_call_text_received,
			  .goes_on = true,
			  .needs_others = true },
	[SIP_REFER] = { .outside = sip_refer_received,
			.inside = sip_call_referred,
			.refreshes_target = true },
	[SIP_SUBSCRIBE] = { .outside = sip_subscribe_received,
			    .usage = sip_subscribe_in_dialog,
			    .refreshes_target = true,
			    .needs_others = true },
	[SIP_NOTIFY] = { .outside = sip_notify_unasked,
			 .usage = sip_notify_in_dialog,
			 .inside = sip_call_notified,
			 .unmatched = sip_notify_unmatched,
			 .refreshes_target = true },
	[SIP_PUBLISH] = { .outside = sip_publish_received, .needs_others = true },
	[SIP_REGISTER] = { .outside = sip_registrar_received },
};

static bool is_allowed(const struct sip_method_row *row, enum sip_allow where)
{
	bool inside = row->is_below || row->inside || row->usage;

	switch (where) {
	case SIP_ALLOW_ALL:
		return inside || row->outside;
	case SIP_ALLOW_OUTSIDE:
		return row->is_below || row->outside || row->needs_dialog;
	case SIP_ALLOW_INSIDE:
		break;
	}
	return inside;
}

static void print_allow(struct sip_out *out, enum sip_allow where)
{
	const char *separator = "";

	sip_out_header_begin(out, SIP_H_ALLOW);
	for (int method = 0; method < SIP_METHODS; method++) {
		if (!is_allowed(&sip_methods[method], where))
			continue;
		sip_out_cstr(out, separator);
		sip_out_str(out, sip_method_name((enum sip_method)method));
		separator = ", ";
	}
	sip_out_crlf(out);
}

/* It stands in most messages, and the table does not change. */
void sip_print_allow(struct sip_out *out, enum sip_allow where)
{
	static struct {
		char line[256];
		size_t size;
	} ready[SIP_ALLOW_INSIDE + 1];

	if (!ready[where].size) {
		struct sip_out line;

		sip_out_init(&line, ready[where].line, sizeof(ready[where].line));
		print_allow(&line, where);
		rd_assert(!line.overflow);
		ready[where].size = line.n;
	}
	sip_out_add(out, ready[where].line, ready[where].size);
}
