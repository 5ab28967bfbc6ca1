/* Resource lists (RFC 4662): one subscription to many resources, for busy-lamp
 * panels. A watch of a list has items, which are watches without a dialog of their
 * own; what changes in them makes the list's NOTIFY. */
#ifndef CHANNELS_SIP_EVENT_LIST_H
#define CHANNELS_SIP_EVENT_LIST_H

#include "channels/sip/event/event.h"

#define SIP_LIST_TYPE_MAX 256

/* The list of sip.conf that this name is for this event package; NULL: none. */
const struct sip_list *sip_list_find(const char *name, const char *event);
/* Make the items of a watch of it. 0, -ENOMEM, or -EMSGSIZE: a name is far too long. */
int sip_list_open(struct sip_watch *watch, const struct sip_list *list);
/* Are these still its items? */
bool sip_list_fits(const struct sip_watch *watch, const struct sip_list *list);

/* Its document, and what to call that; what is too long for one goes on in the next
 * (watch->goes_on). 0; -EALREADY: nothing has changed; -ENOMEM. */
int sip_list_print(struct sip_watch *watch, const struct rd_sip_notice *notice,
		   struct rd_buf *body, char type[SIP_LIST_TYPE_MAX]);

#endif
