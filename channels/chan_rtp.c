/* MulticastRTP: a channel that only speaks: RTP to a group of loudspeakers or phones that
 * listen for it, with no call set up. linksys tells phones of that maker when it begins and
 * ends. What is sent is made here, on the media thread, from the samples that the channel
 * hears. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/app.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

enum {
	PTIME_MS = 20,
	FRAME_MAX = 48 * PTIME_MS, /* samples */
	HEADER = 12, /* RFC 3550 §5.1 */
	PAYLOAD_MAX = 1200,
	PAUSE_MS = 100, /* after that, the clock has gone on */
	TOS = 0xb8, /* EF: voice */
	LINKSYS_START = 6,
	LINKSYS_STOP = 7,
	RESOURCE_MAX = 200,
};

/* What a resource says: KIND/GROUP[/CONTROL[/OPTIONS]]. */
struct goal {
	bool linksys;
	struct sockaddr_in group, control; /* control: family 0: none */
	char codec[32];
	struct in_addr interface; /* INADDR_ANY: the system's choice */
	int ttl, loop; /* -1: the system's */
};

/* The media thread's, from the first sample on. */
struct line {
	int fd;
	const struct rd_codec *codec;
	void *encoder;
	uint16_t sequence;
	uint32_t timestamp, ssrc;
	bool began;
	struct timespec sent; /* the last packet */
	size_t filled, frame; /* samples: so many are one packet */
	int16_t samples[FRAME_MAX];
};

/* The channel's. */
struct speaker {
	struct goal goal;
	bool told; /* the phones know that it began */
};

/* ---- what a resource says ---- */

enum { KIND, GROUP, CONTROL, OPTIONS, PARTS };
enum { ARG_CODEC, ARG_INTERFACE, ARG_LOOP, ARG_TTL };
enum { OPT_CODEC = 1, OPT_INTERFACE = 2, OPT_LOOP = 4, OPT_TTL = 8 };

static const struct rd_app_option letters[] = {
	{ 'c', true, OPT_CODEC, ARG_CODEC },
	{ 'i', true, OPT_INTERFACE, ARG_INTERFACE },
	{ 'l', true, OPT_LOOP, ARG_LOOP },
	{ 't', true, OPT_TTL, ARG_TTL },
	{ 0 },
};

/* "239.1.2.3:5004" */
static bool read_address(const char *text, struct sockaddr_in *out)
{
	const char *colon = strchr(text, ':');
	char host[INET_ADDRSTRLEN];
	uint64_t port = 0;

	if (!colon ||
	    !rd_strcpyn(host, sizeof(host), (struct rd_str){ text, (size_t)(colon - text) }) ||
	    inet_pton(AF_INET, host, &out->sin_addr) != 1 ||
	    rd_str_to_u64(rd_str_of(colon + 1), 65535, &port) || !port)
		return false;
	out->sin_family = AF_INET;
	out->sin_port = htons((uint16_t)port);
	return true;
}

static bool read_number(const char *text, uint64_t max, int *out)
{
	uint64_t n;

	if (!text || rd_str_to_u64(rd_str_of(text), max, &n))
		return false;
	*out = (int)n;
	return true;
}

static const char *read_options(struct rd_pool *pool, const char *text, struct goal *goal)
{
	struct rd_app_options given;
	const char *codec;

	if (rd_app_options(pool, letters, text, &given, NULL))
		return "options are c(codec), i(address of an interface), l(0 or 1), t(0 to 255)";
	codec = given.args[ARG_CODEC];
	if ((given.flags & OPT_CODEC) &&
	    (!codec || !rd_strcpy(goal->codec, sizeof(goal->codec), codec)))
		return "c wants the name of a codec";
	if ((given.flags & OPT_INTERFACE) &&
	    (!given.args[ARG_INTERFACE] ||
	     inet_pton(AF_INET, given.args[ARG_INTERFACE], &goal->interface) != 1))
		return "i wants the address of an interface";
	if ((given.flags & OPT_LOOP) && !read_number(given.args[ARG_LOOP], 1, &goal->loop))
		return "l wants 0 or 1";
	if ((given.flags & OPT_TTL) && !read_number(given.args[ARG_TTL], 255, &goal->ttl))
		return "t wants a number up to 255";
	return NULL;
}

static void split(char *text, const char *parts[PARTS])
{
	for (int i = 0; i < PARTS; i++) {
		char *slash = i < PARTS - 1 ? strchr(text, '/') : NULL;

		parts[i] = text;
		text = slash ? slash + 1 : text + strlen(text);
		if (slash)
			*slash = '\0';
	}
}

/* What is wrong with it; NULL: nothing. */
static const char *read_parts(struct rd_pool *pool, const char *const *parts, struct goal *goal)
{
	goal->linksys = strcasecmp(parts[KIND], "linksys") == 0;
	if (!goal->linksys && strcasecmp(parts[KIND], "basic") != 0)
		return "it is MulticastRTP/basic/ or MulticastRTP/linksys/";
	if (!read_address(parts[GROUP], &goal->group))
		return "where it goes is an IPv4 address and a port, 239.1.2.3:5004";
	if (goal->linksys && !read_address(parts[CONTROL], &goal->control))
		return "linksys wants a second address for control, 224.168.168.168:6061";
	return read_options(pool, parts[OPTIONS], goal);
}

static const char *read_goal(const char *resource, struct goal *goal)
{
	const char *parts[PARTS], *wrong;
	char copy[RESOURCE_MAX];
	struct rd_pool *pool;

	*goal = (struct goal){ .codec = "ulaw", .ttl = -1, .loop = -1 };
	if (!rd_strcpy(copy, sizeof(copy), resource))
		return "it is too long";
	if (rd_pool_new(&pool, 0))
		return "there is no memory";
	split(copy, parts);
	wrong = read_parts(pool, parts, goal);
	rd_pool_free(pool);
	return wrong;
}

/* ---- what is sent, on the media thread ---- */

static void line_free(struct line *line)
{
	if (!line)
		return;
	if (line->fd >= 0)
		close(line->fd);
	if (line->encoder && line->codec->state_free)
		line->codec->state_free(line->encoder);
	rd_free(line);
}

/* Nothing was said for a while: the clock of the packets has gone on, too. */
static bool skip_pause(struct line *line)
{
	struct timespec now;
	int64_t past_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	past_ms = (now.tv_sec - line->sent.tv_sec) * INT64_C(1000) +
		  (now.tv_nsec - line->sent.tv_nsec) / 1000000;
	line->sent = now;
	if (!line->began || past_ms <= PAUSE_MS)
		return !line->began;
	line->timestamp += (uint32_t)((past_ms - PTIME_MS) * rd_codec_clock(line->codec) / 1000);
	return true;
}

static void put16(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static void put32(uint8_t *out, uint32_t value)
{
	put16(out, value >> 16);
	put16(out + 2, value);
}

static void send_packet(struct line *line)
{
	uint8_t packet[HEADER + PAYLOAD_MAX];
	bool marked = skip_pause(line);
	int n = line->codec->encode(line->encoder, line->samples, line->frame, packet + HEADER,
				    PAYLOAD_MAX);

	if (n > 0) {
		packet[0] = 2 << 6;
		packet[1] = (uint8_t)((marked ? 0x80 : 0) | line->codec->payload);
		put16(packet + 2, line->sequence++);
		put32(packet + 4, line->timestamp);
		put32(packet + 8, line->ssrc);
		/* A loudspeaker that is not there is nobody's error. */
		(void)!send(line->fd, packet, HEADER + (size_t)n, MSG_NOSIGNAL);
	}
	line->began = true;
	line->timestamp += (uint32_t)(PTIME_MS * rd_codec_clock(line->codec) / 1000);
}

static ssize_t line_read(void *arg, int16_t *samples, size_t max)
{
	(void)arg;
	(void)samples;
	(void)max;
	return 0;
}

static void line_write(void *arg, const int16_t *samples, size_t count)
{
	struct line *line = arg;

	while (count) {
		size_t n = RD_MIN(count, line->frame - line->filled);

		memcpy(line->samples + line->filled, samples, n * sizeof(*samples));
		line->filled += n;
		samples += n;
		count -= n;
		if (line->filled < line->frame)
			continue;
		send_packet(line);
		line->filled = 0;
	}
}

static void line_closed(void *arg)
{
	line_free(arg);
	rd_module_release(RD_MODULE_NAME);
}

static const struct rd_stream_ops line_ops = { .read = line_read,
					       .write = line_write,
					       .closed = line_closed };

/* ---- sockets ---- */

static int set_options(int fd, const struct goal *goal)
{
	int tos = TOS;
	unsigned char ttl = (unsigned char)goal->ttl, loop = (unsigned char)goal->loop;

	/* A network that ignores the mark still carries it. */
	(void)!setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	if (goal->ttl >= 0 && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)))
		return -errno;
	if (goal->loop >= 0 && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof(loop)))
		return -errno;
	if (goal->interface.s_addr != INADDR_ANY &&
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &goal->interface, sizeof(goal->interface)))
		return -errno;
	return 0;
}

/* Negative, or a socket that sends there. */
static int open_socket(const struct goal *goal, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	rc = set_options(fd, goal);
	if (!rc && connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/* Phones of Linksys listen to a group only between these. */
static void tell_phones(const struct goal *goal, uint32_t command)
{
	uint8_t packet[16];
	int fd = open_socket(goal, &goal->control);

	put32(packet, (uint32_t)time(NULL));
	put32(packet + 4, command);
	memcpy(packet + 8, &goal->group.sin_addr, 4);
	put32(packet + 12, ntohs(goal->group.sin_port));
	if (fd < 0 || send(fd, packet, sizeof(packet), MSG_NOSIGNAL) < 0)
		rd_warning("MulticastRTP: the phones are not told: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* ---- the channel ---- */

static bool can_send(const struct rd_codec *codec)
{
	return codec && codec->encode && codec->payload >= 0 && codec->kind == RD_MEDIA_AUDIO &&
	       codec->rate * PTIME_MS / 1000 <= FRAME_MAX;
}

static int line_new(struct line **out, const struct goal *goal)
{
	struct line *line = rd_zalloc(sizeof(*line));
	uint32_t random[2];
	int rc;

	if (!line)
		return -ENOMEM;
	line->codec = rd_codec_find(goal->codec);
	line->fd = can_send(line->codec) ? open_socket(goal, &goal->group) : -ENOTSUP;
	rc = RD_MIN(line->fd, 0);
	if (!rc && line->codec->encoder_new) {
		line->encoder = line->codec->encoder_new("");
		rc = line->encoder ? 0 : -ENOMEM;
	}
	if (rc) {
		line_free(line);
		return rc;
	}
	rd_random(random, sizeof(random));
	line->ssrc = random[0];
	line->sequence = (uint16_t)random[1];
	line->timestamp = random[1];
	line->frame = (size_t)(line->codec->rate * PTIME_MS / 1000);
	*out = line;
	return 0;
}

static int give_sound(struct rd_channel *ch, const struct goal *goal)
{
	struct rd_stream *stream;
	struct line *line;
	int rc = line_new(&line, goal);

	if (rc)
		return rc;
	rc = rd_stream_new_custom(&stream, &line_ops, line, line->codec->rate);
	if (rc) {
		line_free(line);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME); /* line_closed() lies in it */
	rc = rd_channel_take_stream(ch, stream);
	if (rc)
		rd_stream_close(stream);
	return rc;
}

static const struct rd_tech multicast_techs[];

static int open_channel(struct speaker *speaker, const struct rd_call_request *request,
			struct rd_channel **chp)
{
	char base[RESOURCE_MAX + 16];
	struct rd_channel_params params = {
		.tech = &multicast_techs[0],
		.tech_data = speaker,
		.base_name = base,
		.state = RD_CHANNEL_DOWN,
		.outgoing = true,
		.linked_to = request->caller,
	};
	struct rd_channel *ch;
	int rc;

	snprintf(base, sizeof(base), "MulticastRTP/%s", request->resource);
	rc = rd_channel_new(&ch, &params);
	if (rc) {
		rd_free(speaker);
		return rc;
	}
	rc = give_sound(ch, &speaker->goal);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	else
		*chp = ch;
	return rc;
}

static int multicast_request(const struct rd_call_request *request, struct rd_channel **chp,
			     int *cause)
{
	struct speaker *speaker = rd_zalloc(sizeof(*speaker));
	const char *wrong;
	int rc;

	*cause = RD_CAUSE_SWITCH_CONGESTION;
	if (!speaker)
		return -ENOMEM;
	wrong = read_goal(request->resource, &speaker->goal);
	if (wrong) {
		rd_error("MulticastRTP/%s: %s", request->resource, wrong);
		rd_free(speaker);
		*cause = RD_CAUSE_INVALID_NUMBER_FORMAT;
		return -EINVAL;
	}
	rc = open_channel(speaker, request, chp);
	if (rc == -ENOTSUP)
		rd_error("MulticastRTP/%s: there is no codec that can be sent there: it is "
			 "not loaded, or has no payload type of its own",
			 request->resource);
	else if (rc)
		rd_error("MulticastRTP/%s: %s", request->resource, rd_strerror(rc));
	return rc;
}

static int multicast_call(struct rd_channel *ch)
{
	struct speaker *speaker = rd_channel_tech_data(ch);

	if (speaker->goal.linksys) {
		/* Twice, for one may be lost. */
		tell_phones(&speaker->goal, LINKSYS_START);
		tell_phones(&speaker->goal, LINKSYS_START);
		speaker->told = true;
	}
	rd_channel_post(ch, RD_SIGNAL_ANSWER, 0);
	return 0;
}

static void multicast_hangup(struct rd_channel *ch, int cause)
{
	struct speaker *speaker = rd_channel_tech_data(ch);

	(void)cause;
	if (speaker->told)
		tell_phones(&speaker->goal, LINKSYS_STOP);
	speaker->told = false;
}

static void multicast_destroy(struct rd_channel *ch)
{
	rd_free(rd_channel_tech_data(ch));
}

static const char *multicast_check(const char *resource, char *buf, size_t size)
{
	struct goal goal;
	const char *wrong = read_goal(resource, &goal);

	if (!wrong)
		return NULL;
	snprintf(buf, size, "MulticastRTP/%s: %s", resource, wrong);
	return buf;
}

static const struct rd_tech multicast_techs[] = {
	{ .name = "MulticastRTP",
	  .synopsis = "Loudspeakers and phones that listen to a group",
	  .request = multicast_request,
	  .call = multicast_call,
	  .hangup = multicast_hangup,
	  .destroy = multicast_destroy,
	  .check = multicast_check },
	{ 0 },
};

RD_MODULE(.name = "chan_rtp", .synopsis = "RTP to groups of loudspeakers",
	  .techs = multicast_techs);
