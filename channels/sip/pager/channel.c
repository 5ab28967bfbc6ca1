/* The channel that a text runs the dialplan on: it has no sound, and nobody to hang
 * up but itself. */
#include <stdio.h>

#include <ringdown/tech.h>

#include "channels/sip/endpoint/party.h"
#include "channels/sip/driver.h"
#include "channels/sip/pager/pager.h"

#define RUNNING_MAX 200 /* texts that the dialplan has at a time */

static unsigned running;

static void destroy(struct rd_channel *ch)
{
	(void)ch;
	running--;
}

static const struct rd_tech tech = {
	.name = "Message",
	.synopsis = "A text in the dialplan",
	.destroy = destroy,
};

static int prepare(struct rd_channel *ch, const struct sip_endpoint *endpoint,
		   const struct sip_msg *msg)
{
	struct sip_party sender;
	int rc;

	sip_party_of_request(&sender, endpoint, msg);
	rc = rd_channel_set_party(ch, RD_PARTY_CALLER, &sender.party);
	return rc ? rc : sip_note_take(ch, msg);
}

int sip_text_run(const struct sip_endpoint *endpoint, const struct sip_callee *callee,
		 const struct sip_msg *msg)
{
	char name[96];
	const struct rd_channel_params params = {
		.tech = &tech,
		.base_name = name,
		.state = RD_CHANNEL_UP,
		.context = endpoint->message_context,
		.exten = callee->number,
		.language = endpoint->language,
		.account = endpoint->account,
	};
	struct rd_channel *ch;
	int rc;

	if (running >= RUNNING_MAX)
		return -EBUSY;
	snprintf(name, sizeof(name), "Message/%.80s", endpoint->name);
	rc = rd_channel_new(&ch, &params);
	if (rc)
		return rc;
	running++;
	rc = prepare(ch, endpoint, msg);
	if (rc == 0)
		rc = sip_callee_note(ch, callee);
	if (rc == 0)
		rc = rd_channel_start(ch);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	return rc;
}
