/* Inside of the dialog table, for the files of this folder only. */
#ifndef CHANNELS_SIP_DIALOG_TABLE_H
#define CHANNELS_SIP_DIALOG_TABLE_H

#include "channels/sip/dialog/dialog.h"

struct dialog_bucket {
	struct sip_dialog *by_our_tag;
	struct sip_dialog *by_their_tag; /* those whose INVITE we answer */
};

struct sip_dialogs {
	struct dialog_bucket *buckets;
	uint32_t mask, seed;
	unsigned count;
	struct sip_resolver *resolver; /* NULL: names are not looked up */
};

void sip_dialogs_add(struct sip_dialogs *table, struct sip_dialog *dialog);
void sip_dialogs_remove(struct sip_dialogs *table, struct sip_dialog *dialog);

/* ---- next_hop.c ---- */

/* The first Route, and those after it; false without one. */
bool sip_dialog_first_route(const struct sip_dialog *dialog, struct sip_name_addr *route,
			    struct rd_str *rest);
/* Where requests go: true, or would go if they did not go back where the far end
 * came from. */
bool sip_dialog_next_hop(const struct sip_dialog *dialog, struct rd_str *uri);
/* The flow of the next request. *way, if it is set, is the caller's: where else it may
 * go. 0 or -EHOSTUNREACH. */
int sip_dialog_find_way(struct sip_dialog *dialog, struct sip_flow *flow, struct sip_way **way);
/* Ask for the name of the next hop in advance. */
void sip_dialog_look_ahead(const struct sip_dialog *dialog);

#endif
