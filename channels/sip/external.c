/* Where the world finds us, when we are behind a NAT: an address, or a name that is
 * looked up, and again when its time is over. */
#include <ringdown/log.h>

#include "channels/sip/external.h"

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/enrol.h"

/* Until the name is known, we are where we are; later, where we were last. */
static union sip_sockaddr address_of(const struct sip_transport *transport,
				     const struct sip_external *external)
{
	union sip_sockaddr address = transport->advertised;

	if (!external->name)
		return external->address;
	if (sip_name_address(external->name, transport->bound.sa.sa_family, &address) == 0)
		sip_sockaddr_set_port(&address, external->port);
	return address;
}

static void tell(const struct sip_transport *transport, const struct sip_external *external)
{
	char text[SIP_SOCKADDR_TEXT];

	rd_notice("sip/%s: external_address %s is %s", transport->name, external->name->host,
		  sip_sockaddr_text(&transport->advertised, text));
}

void sip_external_apply(struct sip_transport *transport, const struct sip_listener *listener)
{
	const struct sip_external *external = &listener->external;
	union sip_sockaddr before = transport->advertised,
			   now = address_of(transport, external);

	if (sip_transport_set_external(transport, &now, listener->local)) {
		rd_error("%s:%d: %s: no memory for its networks", listener->file,
			 listener->line, listener->name);
		return;
	}
	sip_enrolments_moved();
	if (external->name && !sip_sockaddr_equal(&before, &transport->advertised))
		tell(transport, external);
}

void sip_external_update(void)
{
	const struct sip_listener *listener = sip.settings ? sip.settings->listeners : NULL;
	struct sip_transport *transport;

	for (; listener; listener = listener->next) {
		transport = sip_transports_find(sip.transports, listener->name);
		if (transport && listener->external.name)
			sip_external_apply(transport, listener);
	}
}
