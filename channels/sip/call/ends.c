/* The identifiers of both ends of a session (RFC 7989), carried through the
 * exchange: what one leg's far end is called is what the other leg says for us. Who has
 * none is given one. */
#include "channels/sip/call/call.h"

void sip_ends_begin(struct sip_call *call)
{
	struct sip_session_id *id = &call->dialog->session_id;

	sip_uuid_of_call(id->ours, call->dialog->call_id);
	if (!id->theirs[0])
		sip_uuid_make(id->theirs);
}

/* The SIP call of whoever dials; NULL: none, or it is over. A transfer may have put
 * another in the place of who dialled first. */
static struct sip_call *caller_of(const struct sip_call *call)
{
	struct rd_channel *caller =
		call->caller && call->channel ? rd_channel_dialler(call->channel) : NULL;

	if (!caller)
		caller = call->caller;
	return caller && !rd_channel_gone(caller) ? sip_call_of_leg(caller) : NULL;
}

void sip_ends_introduce(const struct sip_call *call, struct sip_dialog *dialog)
{
	const struct sip_call *caller = caller_of(call);

	if (caller && caller->dialog && caller->dialog->session_id.theirs[0])
		memcpy(dialog->session_id.ours, caller->dialog->session_id.theirs, SIP_UUID);
	else
		sip_uuid_make(dialog->session_id.ours);
}

void sip_ends_report(const struct sip_call *call, const struct sip_dialog *dialog)
{
	struct sip_call *caller = caller_of(call);

	if (caller && caller->dialog && dialog->session_id.theirs[0])
		memcpy(caller->dialog->session_id.ours, dialog->session_id.theirs, SIP_UUID);
}

void sip_ends_refused(const struct sip_call *call)
{
	struct sip_call *caller = caller_of(call);

	if (!caller)
		return;
	caller->far_refusal = call->refusal;
	caller->far_refusal_cause = call->refusal_cause;
}

void sip_ends_forget_caller(struct sip_call *call)
{
	if (call->caller)
		rd_channel_unref(call->caller);
	call->caller = NULL;
}
