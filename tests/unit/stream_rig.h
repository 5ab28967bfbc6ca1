/* What tests of connections share: a stream on loopback, what it tells, and phones with a plain
 * socket of their own. */
#ifndef TESTS_UNIT_STREAM_RIG_H
#define TESTS_UNIT_STREAM_RIG_H

#include <poll.h>
#include <unistd.h>

#include "channels/sip/transport/open.h"
#include "core/sched/sched.h"

#include "channels/sip/transport/transport.h"
#include "tests/unit/sip_flow.h"
#include "tests/unit/sip_text.h"

#define MESSAGE "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"

static struct sip_transports *transports;
static struct sip_transport *transport;
static struct sip_stream_options options;
static struct sip_flow_watcher watcher;
static struct sip_flow last_flow, lost_flow;
static char last[65536];
static unsigned count, lost_count, answered_count, broken_status;
static bool answers;
static int lost_rc;

static inline void on_message(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	(void)arg;
	memcpy(last, data, size);
	last[size] = '\0';
	last_flow = *flow;
	count++;
}

/* What refuses it, if anybody does. */
static inline void on_broken(void *arg, const struct sip_flow *flow, char *head, size_t size,
			     unsigned status, const char *why)
{
	char answer[32];

	(void)arg, (void)why;
	snprintf(answer, sizeof(answer), "SIP/2.0 %u\r\n", status);
	memcpy(last, head, size);
	last[size] = '\0';
	last_flow = *flow;
	broken_status = status;
	if (answers)
		assert_int_equal(sip_flow_send(flow, answer, strlen(answer)), 0);
}

static inline void on_lost(void *arg, const struct sip_flow *flow, int rc)
{
	(void)arg;
	lost_flow = *flow;
	lost_rc = rc;
	lost_count++;
}

static inline void on_answered(void *arg, const struct sip_flow *flow,
			       const struct sip_stun_reply *reply)
{
	(void)arg, (void)flow;
	assert_null(reply);
	answered_count++;
}

static inline int setup(void **state)
{
	(void)state;
	count = lost_count = answered_count = broken_status = 0;
	answers = false;
	options = (struct sip_stream_options){ .name = "t", .protocol = SIP_TCP };
	sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0);
	if (sip_transports_new(&transports))
		return -1;
	sip_transports_set_receiver(transports, on_message, NULL);
	sip_transports_set_refuser(transports, on_broken);
	watcher.lost = on_lost;
	watcher.answered = on_answered;
	sip_transports_watch(transports, &watcher);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	sip_flow_watcher_remove(&watcher);
	sip_transports_free(transports);
	rd__sched_run_idle();
	return 0;
}

static inline void open_stream(void)
{
	assert_int_equal(sip_stream_open(transports, &options, &transport), 0);
	assert_true(transport->reliable);
}

/* A phone: a plain socket that waits at most five seconds. */
static inline int open_phone(void)
{
	struct timeval patience = { 5, 0 };
	int fd = socket(transport->bound.sa.sa_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, &transport->bound.sa, sip_sockaddr_len(&transport->bound)), 0);
	return fd;
}

/* Where a peer listens, and its address. */
static inline int open_listener(union sip_sockaddr *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	sip_sockaddr_parse(address, RD_STR("127.0.0.1"), 0);
	assert_int_equal(bind(fd, &address->sa, sizeof(address->in4)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, &address->sa, &size), 0);
	return fd;
}

static inline bool reached(void *arg)
{
	const unsigned *pair[2];

	memcpy(pair, arg, sizeof(pair));
	return *pair[0] >= *pair[1];
}

static inline void wait_for(const unsigned *counter, unsigned wanted)
{
	const unsigned *pair[2] = { counter, &wanted };

	assert_true(rd__sched_run_until(reached, pair, 5000));
	assert_int_equal(*counter, wanted);
}

static inline void phone_sends(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static inline bool readable(void *arg)
{
	struct pollfd at = { .fd = *(int *)arg, .events = POLLIN };

	return poll(&at, 1, 0) == 1;
}

static inline void phone_hears(int fd, const char *text)
{
	char heard[256] = "";

	assert_true(rd__sched_run_until(readable, &fd, 5000));
	assert_true(recv(fd, heard, sizeof(heard) - 1, 0) >= 0);
	assert_string_equal(heard, text);
}

/* Open a flow to a peer and be it. */
static inline int be_called(int listener, const union sip_sockaddr *address, struct sip_flow *flow)
{
	int fd;

	assert_int_equal(sip_flow_open(flow, transport, address), 0);
	assert_true(rd__sched_run_until(readable, &listener, 5000));
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

/* On the real clock. */
static inline int run_stream_tests(int (*run)(void))
{
	int rc;

	if (rd__sched_init(0))
		return 1;
	rc = run();
	rd__sched_fini();
	return rc;
}

#endif
