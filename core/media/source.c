/* Whom a line talks to: the address agreed on, or the one that its packets
 * come from. Once known it is held, and the socket is connected to it, so
 * that the kernel keeps strangers out. One that was learned is held when it has
 * spoken for a while: a stranger may have been quicker than a phone that was silent. */
#include <string.h>

#include "core/media/address.h"
#include "core/media/ear.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/rtp.h"
#include "core/media/setup.h"
#include "core/media/source.h"
#include "core/media/thread.h"

enum {
	CANDIDATE_SILENT_US = 500000, /* then another may try */
	MOVED_US = 1000000, /* silent for so long, it may have moved */
	HELD_PACKETS = 50, /* a second of voice */
	SILENT_PACKETS = 0x8000, /* of a voice that goes on elsewhere: ten minutes */
};

/* Absent, "0.0.0.0" (an old way to say hold), or port 0: nowhere to send. */
static bool is_nowhere(const struct rd__address *address)
{
	static const struct in6_addr zero;
	const uint8_t *host;
	size_t size;

	if (!address->size)
		return true;
	host = rd__address_host(address, &size);
	return memcmp(host, &zero, size) == 0 || rd__address_port(address) == 0;
}

static void set_address(struct rd__address *address, const union rd_sockaddr *agreed)
{
	rd__address_from(address, agreed);
	if (is_nowhere(address))
		address->size = 0;
}

static void set_rtcp_remote(struct rd__line *line)
{
	const struct rd_stream_config *config = &line->setup->config;

	set_address(&line->rtcp.remote, &config->remote_rtcp);
	if (line->rtcp.remote.size && !line->source.learned)
		return;
	line->rtcp.remote = line->source.remote;
	if (!config->rtcp_mux)
		rd__address_set_port(&line->rtcp.remote,
				     (uint16_t)(rd__address_port(&line->rtcp.remote) + 1));
}

/* An IPv6 socket that was connected once is deaf to all others for good: the kernel
 * does not forget the address when it is told to. */
static void connect_to_source(struct rd__line *line)
{
	struct rd__source *source = &line->source;

	if (source->remote.storage.ss_family != AF_INET)
		return;
	source->connected = connect(line->fd, (struct sockaddr *)&source->remote.storage,
				    source->remote.size) == 0;
	source->connected_us = line->thread->now_us;
}

/* Its packets have been authenticated. */
static bool is_proven(const struct rd__line *line)
{
	const struct rd_stream_config *config = &line->setup->config;

	return config->security.by != RD_SECURITY_NONE && config->symmetric;
}

static bool is_held(const struct rd__line *line)
{
	const struct rd__source *source = &line->source;

	return source->locked &&
	       (!source->learned || source->heard >= HELD_PACKETS || is_proven(line));
}

static void lock(struct rd__line *line)
{
	struct rd__source *source = &line->source;

	/* One that is carried has no socket of its own. */
	source->locked = line->out_fd < 0;
	source->candidate.size = 0;
	if (is_held(line))
		connect_to_source(line);
	set_rtcp_remote(line);
}

static void disconnect(struct rd__line *line)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (line->source.connected)
		connect(line->fd, &nowhere, sizeof(nowhere));
	line->source.connected = false;
}

static void unlock(struct rd__line *line)
{
	rd__ear_close(line);
	disconnect(line);
	line->source.locked = false;
	line->source.candidate.size = 0;
	line->source.candidate_run = 0;
}

void rd__source_agree(struct rd__line *line)
{
	const struct rd_stream_config *config = &line->setup->config;
	struct rd__source *source = &line->source;
	struct rd__address agreed = { .size = 0 };

	unlock(line);
	if (config->ice) {
		rd__line_agree_by_ice(line);
		return;
	}
	set_address(&agreed, &config->remote);
	/* Agreed on as before: we send to where we sent, but the far end's router
	 * may have chosen another address meanwhile. */
	if (agreed.size && rd__address_equal(&agreed, &source->agreed) && config->symmetric) {
		source->heard = 0; /* and may be the one agreed on from now on */
		return;
	}
	source->agreed = agreed;
	source->remote = agreed;
	source->learned = false;
	set_rtcp_remote(line);
	if (agreed.size && !config->symmetric && line->setup->strict)
		lock(line);
}

/* ---- learning ---- */

/* Is it one that is learned now? */
static bool turn_to(struct rd__line *line, const struct rd__address *from)
{
	struct rd__source *source = &line->source;
	bool news = !rd__address_equal(from, &source->remote);

	source->learned = !rd__address_equal(from, &source->agreed);
	source->remote = *from;
	if (news) {
		source->heard = 0;
		disconnect(line); /* where its last packets waited while we connected again */
	}
	source->heard_us = line->thread->now_us;
	return source->learned && news;
}

static void trust(struct rd__line *line, const struct rd__address *from)
{
	bool learned = turn_to(line, from);

	lock(line);
	if (learned)
		rd__line_notice(line, RD_STREAM_SOURCE, 0, 0);
}

/* Who is not strict hears all, and speaks to whom it heard last. */
static void follow(struct rd__line *line, const struct rd__address *from)
{
	bool before = line->source.learned;

	if (!line->setup->config.symmetric || rd__address_equal(from, &line->source.remote))
		return;
	turn_to(line, from);
	set_rtcp_remote(line);
	if (line->source.learned && !before)
		rd__line_notice(line, RD_STREAM_SOURCE, 0, 0);
}

/* Packets in a row from one address: a forger who does not see ours would have to guess. */
static void consider(struct rd__line *line, const struct rd__address *from,
		     const struct rd__rtp *rtp)
{
	struct rd__source *source = &line->source;
	bool is_next = rd__address_equal(from, &source->candidate) &&
		       rtp->seq == (uint16_t)(source->candidate_seq + 1);

	source->candidate = *from;
	source->candidate_run = is_next ? source->candidate_run + 1 : 1;
	source->candidate_seq = rtp->seq;
	source->candidate_us = line->thread->now_us;
	if (source->candidate_run >= line->setup->learn_packets)
		trust(line, from);
}

static bool is_silent(const struct rd__line *line)
{
	return line->thread->now_us > line->receiver.heard_us + MOVED_US;
}

/* Most who are silent only listen, and what is sent without a connection is dearer: so it
 * stays connected, but where no other socket can be had. */
static void listen_elsewhere(struct rd__line *line)
{
	if (!line->source.connected || rd__ear_is_open(line) || !line->setup->config.symmetric)
		return;
	disconnect(line);
	if (rd__ear_open(line) == 0)
		connect_to_source(line);
}

void rd__source_round(struct rd__line *line)
{
	if (!line->source.locked || !is_silent(line))
		rd__ear_close(line);
	else if (is_proven(line))
		unlock(line);
	else
		listen_elsewhere(line);
}

static void hear(struct rd__line *line)
{
	struct rd__source *source = &line->source;

	source->heard_us = line->thread->now_us;
	source->heard += source->heard < HELD_PACKETS;
	if (is_held(line) && !source->connected)
		connect_to_source(line);
}

/* A router that has forgotten the door gives it another one, and the voice that fell silent
 * goes on there: its source and its numbers, which no stranger can know. */
static bool has_moved(const struct rd__line *line, const struct rd__rtp *rtp)
{
	const struct rd__rtp_reception *reception = &line->receiver.reception;

	return line->setup->config.symmetric && is_silent(line) && rtp->ssrc == reception->ssrc &&
	       (uint16_t)(rtp->seq - reception->max_seq - 1) < SILENT_PACKETS;
}

/* The address agreed on speaks at last, and the one that was learned does not any more: that
 * was its early sound from elsewhere, or a stranger. */
static bool is_meant_one(const struct rd__line *line, const struct rd__address *from)
{
	const struct rd__source *source = &line->source;

	return source->learned && is_silent(line) && rd__address_equal(from, &source->agreed);
}

/* A learned one that is not held yet, and goes on. */
static bool is_speaking(const struct rd__line *line)
{
	const struct rd__source *source = &line->source;

	return source->locked && line->thread->now_us <= source->heard_us + CANDIDATE_SILENT_US;
}

bool rd__source_accept(struct rd__line *line, const struct rd__address *from,
		       const struct rd__rtp *rtp)
{
	struct rd__source *source = &line->source;

	/* Looked at already. The kernel is not asked to keep others out, since checks
	 * may come from anywhere. */
	if (line->setup->config.ice)
		return true;
	if (!line->setup->strict) {
		follow(line, from);
		return true;
	}
	if (source->locked && rd__address_equal(from, &source->remote)) {
		hear(line);
		return true;
	}
	if (is_held(line)) {
		if (is_meant_one(line, from))
			trust(line, from);
		else if (has_moved(line, rtp))
			consider(line, from, rtp);
		return rd__address_equal(from, &source->remote);
	}
	/* A packet that came this far has been authenticated. */
	if (is_proven(line) || rd__address_equal(from, &source->agreed) ||
	    rd__address_equal(from, &source->remote)) {
		trust(line, from);
		return true;
	}
	if (!line->setup->config.symmetric || is_speaking(line))
		return false;
	if (source->candidate.size && !rd__address_equal(from, &source->candidate) &&
	    line->thread->now_us <= source->candidate_us + CANDIDATE_SILENT_US)
		return false;
	consider(line, from, rtp);
	return true;
}
