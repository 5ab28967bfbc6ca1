/* NOTIFYs that nobody here has asked for: news that a peer sends of its own accord, for the
 * package of the event, from whom we know. */
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/event/interface.h"
#include "channels/sip/event/subscription.h"
#include "channels/sip/our_headers.h"

static const struct sip_package *package_of(const struct sip_msg *msg)
{
	struct rd_str event, id;

	if (sip_event_parse(sip_msg_value(msg, SIP_H_EVENT), &event, &id))
		return NULL;
	return sip_package_find(event);
}

void sip_notify_unasked(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_package *package = package_of(msg);
	const struct sip_endpoint *endpoint;
	struct rd_sip_phone phone;
	char type[128] = "";

	if (!package || !package->ops->unasked) {
		sip_answer_with(server, package && sip_package_is_away(package) ? 500 : 481);
		return;
	}
	endpoint = sip_admit(server, msg);
	if (!endpoint)
		return;
	sip_phone_of(&phone, endpoint);
	rd_strcpyn(type, sizeof(type), sip_msg_value(msg, SIP_H_CONTENT_TYPE));
	sip_answer_with(server, (unsigned)package->ops->unasked(&phone, type, msg->body));
}
