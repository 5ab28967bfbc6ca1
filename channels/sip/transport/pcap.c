/* A pcap file of raw IP packets, made up around each SIP message. The loop
 * only appends to memory; the pool writes. */
#include <arpa/inet.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/log.h>

#include "channels/sip/transport/private.h"

#define LINKTYPE_RAW  101
#define PENDING_LIMIT (4 << 20) /* a disk slower than this loses packets */

struct sip_pcap {
	int fd;
	bool headed; /* its header is written; the pool's while it writes */
	unsigned long long lost; /* bytes, since that was told last */
	bool failing, begun;	 /* begun: something was written, or tried */
	struct rd_buf pending; /* to be written next */
	char *writing;	       /* the pool's until it is done */
	size_t writing_size;
	bool busy, ending;
};

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* ---- packets ---- */

static uint16_t ip_checksum(const uint8_t *header, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t ipv4_header(uint8_t ip[20], const union sip_sockaddr *from,
			  const union sip_sockaddr *to, size_t payload)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(20 + payload));
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	memcpy(ip + 12, &from->in4.sin_addr, 4);
	memcpy(ip + 16, &to->in4.sin_addr, 4);
	put16(ip + 10, ip_checksum(ip, 20));
	return 20;
}

static size_t ipv6_header(uint8_t ip[40], const union sip_sockaddr *from,
			  const union sip_sockaddr *to, size_t payload)
{
	memset(ip, 0, 8);
	ip[0] = 0x60;
	put16(ip + 4, (unsigned)payload);
	ip[6] = IPPROTO_UDP;
	ip[7] = 64;
	memcpy(ip + 8, &from->in6.sin6_addr, 16);
	memcpy(ip + 24, &to->in6.sin6_addr, 16);
	return 40;
}

/* IP and UDP headers; the UDP checksum is left 0, "none". */
static size_t packet_header(uint8_t header[48], const union sip_sockaddr *from,
			    const union sip_sockaddr *to, size_t size)
{
	size_t n = from->sa.sa_family == AF_INET6 ? ipv6_header(header, from, to, size + 8) :
						    ipv4_header(header, from, to, size + 8);

	put16(header + n, sip_sockaddr_port(from));
	put16(header + n + 2, sip_sockaddr_port(to));
	put16(header + n + 4, (unsigned)(size + 8));
	put16(header + n + 6, 0);
	return n + 8;
}

/* ---- writing ---- */

static int write_header(int fd)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, snap, link;
	} header = { 0xa1b2c3d4, 2, 4, 0, 0, 65535, LINKTYPE_RAW };

	return rd_file_append(fd, &header, sizeof(header));
}

/* Whole records only: a reader stops at half of one. */
static int write_pending(void *arg)
{
	struct sip_pcap *pcap = arg;
	int rc = pcap->headed ? 0 : write_header(pcap->fd);

	if (rc)
		return rc;
	pcap->headed = true;
	return rd_file_append(pcap->fd, pcap->writing, pcap->writing_size);
}

static void pcap_free(struct sip_pcap *pcap)
{
	if (pcap->lost)
		rd_warning("sip trace: the pcap file ends, %llu bytes of messages are missing",
			   pcap->lost);
	close(pcap->fd);
	rd_buf_fini(&pcap->pending);
	rd_free(pcap);
}

static void pcap_flush(struct sip_pcap *pcap);

static void leave_out(struct sip_pcap *pcap, size_t size, const char *why)
{
	pcap->lost += size;
	if (rd_log_is_news(&pcap->failing, true))
		rd_error("sip trace: the pcap file: %s; messages are left out", why);
}

static void note_outcome(struct sip_pcap *pcap, int rc)
{
	if (rc) {
		leave_out(pcap, pcap->writing_size, rd_strerror(rc));
		return;
	}
	if (rd_log_is_news(&pcap->failing, false))
		rd_notice("sip trace: the pcap file goes on, %llu bytes of messages are missing",
			  pcap->lost);
	pcap->lost = 0;
}

static void written(int rc, void *arg)
{
	struct sip_pcap *pcap = arg;

	note_outcome(pcap, rc);
	rd_free(pcap->writing);
	pcap->writing = NULL;
	pcap->busy = false;
	pcap_flush(pcap);
}

static void pcap_flush(struct sip_pcap *pcap)
{
	if (pcap->busy)
		return;
	if (!pcap->pending.n && pcap->begun) {
		if (pcap->ending)
			pcap_free(pcap);
		return;
	}
	pcap->begun = true;
	pcap->writing_size = pcap->pending.n;
	pcap->writing = rd_buf_take(&pcap->pending);
	rd_buf_init(&pcap->pending);
	pcap->busy = true;
	if (rd_offload_then(write_pending, written, pcap))
		written(-EAGAIN, pcap);
}

int sip_pcap_new(struct sip_pcap **pp, int fd)
{
	struct sip_pcap *pcap = rd_zalloc(sizeof(*pcap));

	if (!pcap) {
		close(fd);
		return -ENOMEM;
	}
	pcap->fd = fd;
	rd_buf_init(&pcap->pending);
	pcap_flush(pcap);
	*pp = pcap;
	return 0;
}

void sip_pcap_end(struct sip_pcap *pcap)
{
	pcap->ending = true;
	pcap_flush(pcap);
}

void sip_pcap_add(struct sip_pcap *pcap, const union sip_sockaddr *from,
		  const union sip_sockaddr *to, const char *data, size_t size)
{
	uint8_t header[48];
	uint64_t now = rd_wall_us();
	uint32_t record[4];
	size_t n = packet_header(header, from, to, size), before = pcap->pending.n;

	if (size > 65000 || before > PENDING_LIMIT) {
		leave_out(pcap, sizeof(record) + n + size,
			  size > 65000 ? "a message is too long for a packet"
				       : "the disk is slower than messages come");
		return;
	}
	record[0] = (uint32_t)(now / 1000000);
	record[1] = (uint32_t)(now % 1000000);
	record[2] = record[3] = (uint32_t)(n + size);
	rd_buf_add(&pcap->pending, (const char *)record, sizeof(record));
	rd_buf_add(&pcap->pending, (const char *)header, n);
	rd_buf_add(&pcap->pending, data, size);
	if (pcap->pending.failed) {
		rd_buf_reset(&pcap->pending);
		leave_out(pcap, before + sizeof(record) + n + size, rd_strerror(-ENOMEM));
	}
	pcap_flush(pcap);
}
