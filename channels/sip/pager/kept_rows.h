/* Rows of the store: texts for phones that are away. Whose turn it is knows kept.c. */
#ifndef CHANNELS_SIP_PAGER_KEPT_ROWS_H
#define CHANNELS_SIP_PAGER_KEPT_ROWS_H

#include <ringdown/store.h>

#include "channels/sip/pager/delivery.h"

/* One as it was read; it borrows from the row, and .text from .from. */
struct sip_kept_row {
	int64_t id;
	bool is_over; /* its time is */
	bool secure;
	const char *device;
	struct rd_party from;
	struct sip_text text;
};

/* As of rd_store_query_then(). */
typedef void sip_kept_told(int rc, const struct rd_rows *rows, void *arg);

/* Those whose time is over go. Yields. */
RD_YIELDS int sip_kept_rows_open(void);

/* The text's own time, or less where its lines say so. 0: it is for now alone. */
uint64_t sip_kept_for_s(const struct sip_delivery *delivery);
/* done() follows, unless this is negative. */
int sip_kept_row_insert(const struct sip_delivery *delivery, void (*done)(int rc, void *arg),
			void *arg);
int sip_kept_row_delete(int64_t id);

/* The oldest one of a phone behind that id, for sip_kept_row_read(). */
int sip_kept_row_next(const char *phone, int64_t after, sip_kept_told *told, void *arg);
void sip_kept_row_read(struct sip_kept_row *row, const struct rd_value *values);

/* Rows of phone and count. */
int sip_kept_rows_count(sip_kept_told *told, void *arg);
/* Rows of id and phone: those whose time is over. */
int sip_kept_rows_over(sip_kept_told *told, void *arg);

#endif
