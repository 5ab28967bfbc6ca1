/* Lines that share one port, on the media thread: whose a packet is (RFC 9143 §9.2),
 * and how it gets there. */
#include <string.h>
#include <sys/socket.h>

#include "core/media/bundle_private.h"
#include "core/media/command.h"
#include "core/media/line.h"
#include "core/media/rtp.h"
#include "core/media/setup.h"
#include "core/media/source.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/wire.h"

enum {
	/* Packets that say whose they are: the first ones, and then one of so many. */
	NAMED_FIRST = 100,
	NAMED_OF = 50,
	NOBODY = -1,
	SDES = 202, /* of RTCP */
	SDES_MID = 15,
};

/* ---- commands ---- */

static void give_back(struct rd__line *line, enum rd__event_type type, void *object)
{
	struct rd__event event = { .type = type,
				   .stream = RD__STREAM_OF(line),
				   .object = object };

	if (object)
		rd__thread_event(line->thread, &event);
}

void rd__line_take_bundle(struct rd__line *line, struct rd__bundle *bundle)
{
	struct rd__bundle *former = line->bundle;

	line->bundle = bundle;
	give_back(line, RD__EVENT_BUNDLE_DONE, former);
}

void rd__line_take_feet(struct rd__line *line, struct rd__feet *feet)
{
	rd__line_stand_on(line, feet);
	line->source.connected = false;
	if (line->setup)
		rd__source_agree(line);
	give_back(line, RD__EVENT_FEET_DONE, feet);
}

/* ---- whose it is ---- */

static bool takes_payload(const struct rd__branch *branch, unsigned payload)
{
	return branch->payloads[payload / 64] >> payload % 64 & 1;
}

static int by_mid(const struct rd__bundle *bundle, const char *mid, size_t size)
{
	for (int i = 0; i < bundle->count; i++)
		if (strlen(bundle->branches[i].mid) == size &&
		    memcmp(bundle->branches[i].mid, mid, size) == 0)
			return i;
	return NOBODY;
}

/* A type that two of them have says nothing. */
static int by_payload(const struct rd__bundle *bundle, unsigned payload)
{
	int found = NOBODY;

	for (int i = 0; i < bundle->count; i++) {
		if (!takes_payload(&bundle->branches[i], payload))
			continue;
		if (found != NOBODY)
			return NOBODY;
		found = i;
	}
	return found;
}

static int by_source(const struct rd__bundle *bundle, uint32_t ssrc)
{
	for (int i = 0; i < bundle->source_count; i++)
		if (bundle->sources[i].ssrc == ssrc)
			return i;
	return NOBODY;
}

/* The place that was filled first is used again. */
static void learn(struct rd__bundle *bundle, uint32_t ssrc, int branch)
{
	int at = by_source(bundle, ssrc);

	if (at == NOBODY && bundle->source_count < RD__BUNDLE_SOURCES)
		at = bundle->source_count++;
	if (at == NOBODY) {
		at = bundle->next;
		bundle->next = (bundle->next + 1) % RD__BUNDLE_SOURCES;
	}
	bundle->sources[at].ssrc = ssrc;
	bundle->sources[at].branch = branch;
}

static int branch_of(struct rd__bundle *bundle, const uint8_t *packet)
{
	uint32_t ssrc = rd__get32(packet + 8);
	unsigned payload = packet[1] & 0x7fu;
	size_t size = 0;
	const uint8_t *mid = bundle->mid_id
				     ? rd__rtp_element(packet, bundle->mid_id, &size)
				     : NULL;
	int at, branch;

	if (mid) {
		branch = by_mid(bundle, (const char *)mid, size);
		if (branch != NOBODY)
			learn(bundle, ssrc, branch);
	} else if ((at = by_source(bundle, ssrc)) != NOBODY) {
		branch = bundle->sources[at].branch;
	} else {
		branch = by_payload(bundle, payload);
		if (branch != NOBODY)
			learn(bundle, ssrc, branch);
	}
	if (branch != NOBODY && !takes_payload(&bundle->branches[branch], payload))
		return NOBODY;
	return branch;
}

/* One that describes itself: pairs of type, length and text behind its number. */
static void read_chunk(struct rd__bundle *bundle, const uint8_t *at, const uint8_t *end)
{
	uint32_t ssrc = rd__get32(at);

	for (at += 4; at + 2 <= end && *at && at + 2 + at[1] <= end; at += 2 + at[1]) {
		int branch = *at == SDES_MID ? by_mid(bundle, (const char *)at + 2, at[1])
					     : NOBODY;

		if (branch != NOBODY)
			learn(bundle, ssrc, branch);
	}
}

/* Of each source description the first chunk: there is one for each sender. */
void rd__bundle_read_names(struct rd__line *line, const uint8_t *report, size_t size)
{
	while (size >= 8 && report[0] >> 6 == 2) {
		size_t length = (rd__get16(report + 2) + 1u) * 4;

		if (length > size)
			return;
		if (report[1] == SDES && length >= 8)
			read_chunk(line->bundle, report + 4, report + length);
		report += length;
		size -= length;
	}
}

/* ---- from line to line ---- */

/* When its queue is full, it is lost, as packets are. */
static void hand(const struct rd__branch *branch, const uint8_t *packet, size_t size,
		 const struct rd__address *from)
{
	struct iovec parts[] = { { (void *)(uintptr_t)from, sizeof(*from) },
				 { (void *)(uintptr_t)packet, size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	(void)!sendmsg(branch->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool rd__bundle_pass(struct rd__line *line, const uint8_t *packet, size_t size,
		     const struct rd__address *from)
{
	struct rd__bundle *bundle = line->bundle;
	int branch;

	/* A connected socket does not say whom it heard. */
	if (!from->size)
		from = &line->source.remote;
	if (rd__is_rtcp(packet, size)) {
		for (int i = 1; i < bundle->count; i++)
			hand(&bundle->branches[i], packet, size, from);
		return false;
	}
	if (!rd__rtp_has_whole_header(packet, size))
		return true;
	branch = branch_of(bundle, packet);
	if (branch > 0)
		hand(&bundle->branches[branch], packet, size, from);
	return branch != 0;
}

ssize_t rd__bundle_read(struct rd__line *line, uint8_t *packet, struct rd__address *from)
{
	struct iovec parts[] = { { from, sizeof(*from) }, { packet, RD__RTP_MAX } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = recvmsg(line->fd, &message, MSG_DONTWAIT);

	return n < (ssize_t)sizeof(*from) ? -1 : n - (ssize_t)sizeof(*from);
}

/* ---- ours say so ---- */

void rd__bundle_name(struct rd__line *line, const uint8_t **packet, size_t *size)
{
	const struct rd_stream_config *config = &line->setup->config;
	uint8_t *copy = line->thread->sealed;

	if ((line->sender.packets >= NAMED_FIRST && line->sender.packets % NAMED_OF) ||
	    *size > RD__RTP_MAX)
		return;
	*size = rd__rtp_add_element(copy, *packet, *size, config->mid_id, config->mid,
				    strlen(config->mid));
	*packet = copy;
}
