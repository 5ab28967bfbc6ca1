/* Room for devices in an address of record: max_contacts of them, each with so many flows
 * (RFC 5626), however many contacts that makes. */
#ifndef CHANNELS_SIP_ENDPOINT_ROOM_H
#define CHANNELS_SIP_ENDPOINT_ROOM_H

#include "channels/sip/endpoint/registration.h"

/* Does one more device find room? */
bool sip_room_for_another(const struct sip_aor *aor, const struct sip_endpoint *endpoint);
/* Does all that a REGISTER adds find room, and nothing gives way? */
bool sip_room_suffices(const struct sip_registration *registration,
		       const struct sip_endpoint *endpoint, const struct sip_aor *aor);
/* 403 where what it adds has no room, nor may it be made. */
struct sip_register_refusal sip_room_check(const struct sip_registration *registration,
					   const struct sip_endpoint *endpoint,
					   const struct sip_aor *aor);
/* Where there is no room for one more, the contact in whose place a wish that is no flow
 * comes: where its device was before, and is not said to be by the same REGISTER, or, of one
 * that does not say which it is, the contact with its URI. NULL: there is room, or no such
 * contact. */
struct sip_contact *sip_room_former(struct sip_aor *aor, const struct sip_endpoint *endpoint,
				    const struct sip_registration *registration,
				    const struct sip_wish *wish);
/* Before a wish is added: who gives way to it, does so. */
void sip_room_make(struct sip_aor *aor, const struct sip_endpoint *endpoint,
		   const struct sip_wish *wish);

#endif
