/* What the files of transport/ share. */
#ifndef SIP_TRANSPORT_PRIVATE_H
#define SIP_TRANSPORT_PRIVATE_H

#include "trace.h"

#define SIP_TRANSPORT_MAGIC 0x53545250u /* "STRP" */

struct sip_transports {
	struct rd_list list; /* closed ones too */
	sip_receive_fn *receive;
	void *arg;
	struct sip_trace *trace; /* NULL: off */
};

struct sip_pcap;

/* Writes packets behind the loop's back, through the pool. 0 or -ENOMEM; fd is
 * taken in both cases. */
int sip_pcap_new(struct sip_pcap **pp, int fd);
/* Frees it when all is written. */
void sip_pcap_end(struct sip_pcap *pcap);
void sip_pcap_add(struct sip_pcap *pcap, const union sip_sockaddr *from,
		  const union sip_sockaddr *to, const char *data, size_t size);

#endif
