/* The record button of a phone: an INFO with the header Record, on or off, is as the key that
 * features.conf has for it. */
#include <ringdown/features.h>

#include "channels/sip/call/indialog.h"

bool sip_is_record_button(const struct sip_msg *msg)
{
	return sip_msg_find(msg, RD_STR("Record"), 0);
}

static void press(struct rd_channel *ch, const char *keys)
{
	struct rd_signal signal = { .type = RD_SIGNAL_DIGIT, .ms = 100 };

	for (; *keys; keys++) {
		signal.number = *keys;
		rd_channel_signal(ch, &signal);
	}
}

/* The status of the answer: 501 where the feature has no key. */
static unsigned press_feature(struct sip_call *call, const char *feature)
{
	struct rd_buf keys;
	unsigned status = 501;

	rd_buf_init(&keys);
	if (call->channel && call->state != SIP_CALL_ENDED &&
	    !rd_features_get(call->channel, RD_FEATURES_MAP, feature, &keys) &&
	    keys.n && !keys.failed) {
		status = 200;
		press(call->channel, rd_buf_text(&keys));
	}
	rd_buf_fini(&keys);
	return status;
}

void sip_record_button_received(struct sip_call *call, struct sip_server *server,
				const struct sip_msg *msg)
{
	struct rd_str state = sip_msg_find(msg, RD_STR("Record"), 0)->value;
	unsigned status;

	if (!call->endpoint->one_touch_recording)
		status = 403;
	else if (rd_str_ieq(state, RD_STR("on")))
		status = press_feature(call, call->endpoint->record_on);
	else if (rd_str_ieq(state, RD_STR("off")))
		status = press_feature(call, call->endpoint->record_off);
	else
		status = 400;
	sip_answer_with(server, status);
}
