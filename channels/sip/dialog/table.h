/* Inside of the dialog table, for table.c and dialog.c only. */
#ifndef SIP_DIALOG_TABLE_H
#define SIP_DIALOG_TABLE_H

#include "dialog.h"

struct dialog_bucket {
	struct sip_dialog *by_our_tag;
	struct sip_dialog *by_their_tag; /* those whose INVITE we answer */
};

struct sip_dialogs {
	struct dialog_bucket *buckets;
	uint32_t mask, seed;
	unsigned count;
};

void sip_dialogs_add(struct sip_dialogs *table, struct sip_dialog *dialog);
void sip_dialogs_remove(struct sip_dialogs *table, struct sip_dialog *dialog);

#endif
