/* Phones without a phone: sockets that speak RTP to the engine. */
#include "tests/unit/media_rig.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <ringdown/module.h>

#include "core/media/engine.h"
#include "core/media/place.h"
#include "core/media/port.h"
#include "core/media/wire.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"

const struct rd_module *rig_module(const char *name)
{
	const struct rd_module *module;
	char path[512];
	void *object;

	snprintf(path, sizeof(path), "%s/modules/%s.so",
		 getenv("RD_BUILD") ? getenv("RD_BUILD") : ".", name);
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!object)
		fail_msg("%s: %s", path, dlerror());
	module = dlsym(object, "rd_module");
	assert_non_null(module);
	return module;
}

const struct rd_codec *rig_codec(const char *module)
{
	return rig_module(module)->codecs;
}

const struct rd_format *rig_format(const char *module)
{
	return rig_module(module)->formats;
}

void rig_start(int threads)
{
	assert_int_equal(rd__sched_init(64), 0);
	assert_int_equal(rd__codec_add(rig_codec("codec_ulaw"), "codec_ulaw"), 0);
	assert_int_equal(rd__codec_add(rig_codec("codec_alaw"), "codec_alaw"), 0);
	assert_int_equal(rd__format_add(rig_format("format_wav"), "format_wav"), 0);
	/* Few streams, and they are to meet across threads. */
	rd__media_pack(0);
	assert_int_equal(rd__media_start(threads), 0);
}

void rig_stop(void)
{
	rd__media_stop();
	assert_int_equal(rd__ports_used(), 0);
	assert_int_equal(rd__codecs_running("codec_ulaw"), 0);
	rd__codec_remove(rig_codec("codec_ulaw"));
	rd__codec_remove(rig_codec("codec_alaw"));
	rd__format_remove(rig_format("format_wav"));
	rd__sched_fini();
}

int rig_threads;
sa_family_t rig_family = AF_INET;

int rig_setup(void **state)
{
	(void)state;
	rig_start(rig_threads);
	return 0;
}

int rig_teardown(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

int rig_virtual_setup(void **state)
{
	(void)state;
	rd__clock_set_virtual();
	rig_start(0);
	return 0;
}

int rig_virtual_teardown(void **state)
{
	(void)state;
	rig_stop();
	rd__clock_set_real();
	return 0;
}

void rig_run(int ms)
{
	rd__sched_run_for(ms);
}

void rig_streams_end(void)
{
	for (int i = 0; i < 5000 && !rd_list_empty(rd__streams()); i++)
		rig_run(1);
	assert_true(rd_list_empty(rd__streams()));
}

/* -- far ends ------------------------------------------------------------------ */

/* Any port there. */
static void set_loopback(union rd_sockaddr *address)
{
	memset(address, 0, sizeof(*address));
	address->ss_family = rig_family;
	if (rig_family == AF_INET6)
		address->in6.sin6_addr = in6addr_loopback;
	else
		address->in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static socklen_t address_size(void)
{
	return rig_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void far_end_open(struct far_end *far)
{
	socklen_t size = address_size();

	memset(far, 0, sizeof(*far));
	far->fd = socket(rig_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	set_loopback(&far->address);
	assert_int_equal(bind(far->fd, (struct sockaddr *)&far->address, size), 0);
	assert_int_equal(getsockname(far->fd, (struct sockaddr *)&far->address, &size), 0);
	rd_random(&far->ssrc, sizeof(far->ssrc));
	rd_random(&far->seq, sizeof(far->seq));
	rd_random(&far->ts, sizeof(far->ts));
}

void far_end_close(struct far_end *far)
{
	close(far->fd);
}

void far_end_send_raw(struct far_end *far, struct rd_stream *to, const void *data, size_t size)
{
	struct sockaddr_storage address;

	rd_stream_local(to, &address);
	assert_int_equal(sendto(far->fd, data, size, 0, (struct sockaddr *)&address,
				address_size()),
			 size);
}

void far_end_send(struct far_end *far, struct rd_stream *to, uint8_t byte)
{
	uint8_t packet[RD__RTP_HEADER + 160];
	struct rd__rtp rtp = { .payload_type = far->payload_type,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = 160 };

	far->ts += 160;
	memset(rtp.payload, byte, 160);
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

bool far_end_receive(struct far_end *far, struct arrived *arrived, int ms)
{
	for (int waited = 0; waited <= ms; waited++) {
		ssize_t n = recv(far->fd, arrived->bytes, sizeof(arrived->bytes), 0);

		if (n > 0) {
			arrived->size = (size_t)n;
			return rd__rtp_parse(&arrived->rtp, arrived->bytes, (size_t)n);
		}
		rig_run(1);
	}
	return false;
}

/* -- streams --------------------------------------------------------------------- */

void rig_configure(struct rd_stream *stream, struct far_end *far, const char *codecs,
		   bool symmetric)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV,
					   .dtmf_payload = 101,
					   .dtmf_rate = 8000,
					   .cn_payload = -1,
					   .symmetric = symmetric };
	const struct rd_codec *list[4];
	int count = rd_codec_list(codecs, list, 4, NULL);

	assert_true(count > 0);
	config.remote = far->address;
	config.format_count = count;
	for (int i = 0; i < count; i++) {
		config.formats[i].codec = list[i];
		config.formats[i].payload =
			(uint8_t)(list[i]->payload >= 0 ? list[i]->payload : 96 + i);
	}
	far->payload_type = config.formats[0].payload;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

struct rd_stream *rig_bare_stream(enum rd_media_kind kind)
{
	struct rd_rtp_local local = { .kind = kind };
	union rd_sockaddr address;
	struct rd_stream *stream;

	set_loopback(&address);
	memcpy(&local.address, &address, sizeof(address));
	assert_int_equal(rd_stream_new_rtp(&stream, &local), 0);
	return stream;
}

struct rd_stream *rig_stream(struct far_end *far, const char *codecs)
{
	struct rd_stream *stream = rig_bare_stream(RD_MEDIA_AUDIO);

	rig_configure(stream, far, codecs, true);
	return stream;
}
