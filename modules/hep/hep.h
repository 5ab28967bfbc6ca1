/* Between the files of this module: hep.c reads hep.conf and sends, packet.c prints what goes
 * before a message, report.c prints reports of RTP. */
#ifndef MODULES_HEP_HEP_H
#define MODULES_HEP_HEP_H

#include <stdbool.h>

#include <ringdown/str.h>

#include "modules/host_port.h"

/* hep.conf, in its pool. */
struct hep_settings {
	struct rd_pool *pool;
	bool enabled;
	struct host_port address;
	const char *password, *name; /* NULL: none */
	const char *uuid_type;
	int id;
	int fd; /* made in `prepare`; -1: none */
};

enum hep_kind { HEP_SIP = 1, HEP_RTCP = 5 /* as JSON */ };

/* What is told of, and where and when it was seen. */
struct hep_message {
	enum hep_kind kind;
	const struct sockaddr *from, *to; /* both of one family */
	bool is_stream; /* TCP, else UDP */
	uint64_t wall_us;
	struct rd_str correlation; /* absent: none */
	size_t size;
};

enum {
	HEP_HEAD_MAX = 1024,
	HEP_TEXT_MAX = 255, /* of the password, the name and the correlation */
	HEP_DATAGRAM_MAX = 65507,
};

/* ---- packet.c ---- */

/* All of a packet but the message, which follows it, into `out`. Its size; 0: message and head
 * would be more than a datagram holds, or its addresses are not of one family. */
size_t hep_head(uint8_t out[HEP_HEAD_MAX], const struct hep_settings *settings,
		const struct hep_message *message);

/* ---- report.c ---- */

/* The first SR or RR of a compound packet, as collectors read it: an object of JSON. False when
 * there is none. */
bool hep_report(struct rd_buf *out, const uint8_t *packet, size_t size);

#endif
