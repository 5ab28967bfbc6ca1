/* An ICE agent among strangers and a far end that knows the password but not the
 * rules. The first byte of each chunk says how it is dressed, the second how long
 * it is; time passes in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/media/ice.h"
#include "core/media/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SIGNED = 1, /* with our password, and for us */
	ANSWER = 2, /* to the last thing that we asked, with theirs */
	REMOTE = 4, /* no packet: a candidate of theirs */
	RESTART = 8,
	LONG = 16, /* much time passes */
};

#define THEIR_PWD "0123456789abcdefghijkl"

static uint8_t asked[RD__STUN_ID];

static void on_send(void *arg, const struct rd__ice_candidate *local,
		    const struct rd__address *to, const void *packet, size_t size)
{
	struct rd__stun stun;

	(void)arg;
	rd_assert(local->component >= 1 && local->component <= 2 && to->size);
	rd_assert(rd__stun_parse(&stun, packet, size));
	if (stun.class == RD__STUN_REQUEST)
		memcpy(asked, stun.id, sizeof(asked));
}

static void on_use(void *arg, int component, const struct rd__ice_candidate *local,
		   const struct rd__address *remote)
{
	(void)arg;
	rd_assert(component >= 1 && component <= 2 && (!local || remote->size));
}

/* Attributes of the input's choice in a message that is otherwise right. */
static size_t dress(uint8_t *packet, const struct rd__ice *ice, int how, const uint8_t *data,
		    size_t size)
{
	unsigned class = how & ANSWER ? (size && data[0] & 1 ? RD__STUN_ERROR
							     : RD__STUN_SUCCESS)
				      : RD__STUN_REQUEST;
	struct rd__stun_out out;
	char username[600];

	rd__stun_begin(&out, packet, RD__STUN_MAX, RD__STUN_BINDING,
		       (enum rd__stun_class) class, how & ANSWER ? asked : NULL);
	snprintf(username, sizeof(username), "%s:them", rd__ice_ufrag(ice));
	if (how & SIGNED)
		rd__stun_put_str(&out, RD__STUN_USERNAME, rd_str_of(username));
	while (size >= 2) {
		size_t n = data[1] % 12;

		n = n < size - 2 ? n : size - 2;
		rd__stun_put(&out, data[0] & 0x40 ? 0x8000u | data[0] : data[0], data + 2, n);
		data += 2 + n;
		size -= 2 + n;
	}
	rd__stun_sign(&out, RD__STUN_SHA1,
		      rd_str_of(how & ANSWER ? THEIR_PWD : rd__ice_pwd(ice)));
	rd__stun_put_fingerprint(&out);
	return rd__stun_end(&out);
}

static void feed(struct rd__ice *ice, int how, const uint8_t *data, size_t size, uint64_t now)
{
	struct rd__ice_candidate candidate = { .component = 1, .foundation = "x" };
	uint8_t packet[RD__STUN_MAX], host[4] = { 192, 0, 2, size ? data[size - 1] : 1 };
	int local = how & 0x80 ? 1 : 0;
	struct rd__address from;

	rd__address_make(&from, host, sizeof(host), (uint16_t)(size ? data[0] : 1));
	candidate.address = from;
	candidate.priority = size * 1000u;
	if (how & REMOTE)
		rd__ice_add_remote(ice, &candidate);
	else if (how & RESTART)
		rd__ice_restart(ice, how & SIGNED);
	else if (how & (SIGNED | ANSWER))
		rd__ice_receive(ice, local, &from, packet, dress(packet, ice, how, data, size),
				now);
	else
		rd__ice_receive(ice, local, &from, data, size, now);
}

static struct rd__ice *agent_new(int how)
{
	static const struct rd__ice_ops ops = { on_send, on_use, NULL };
	struct rd__ice_options options = { how & 1, how & 2, how & 4 ? 2 : 1 };
	struct rd__ice_candidate host = { .type = RD__ICE_HOST, .component = 1 };
	struct rd__ice *ice;

	if (rd__ice_new(&ice, &options, &ops, NULL))
		return NULL;
	rd__address_parse(&host.address, "198.51.100.1", 5000);
	host.base = host.address;
	rd__ice_add_local(ice, &host, NULL);
	host.type = RD__ICE_RELAY;
	rd__address_parse(&host.address, "198.51.100.2", 6000);
	host.base = host.address;
	rd__ice_add_local(ice, &host, NULL);
	if (how & 8)
		rd__ice_set_remote(ice, RD_STR("them"), RD_STR(THEIR_PWD), how & 16, 1000);
	return ice;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd__ice *ice = agent_new(size ? data[0] : 0);
	uint64_t now = 1000;

	if (!ice)
		return 0;
	for (size_t at = 1; at + 2 <= size;) {
		size_t n = data[at + 1];

		n = n < size - at - 2 ? n : size - at - 2;
		feed(ice, data[at], data + at + 2, n, now);
		now += data[at] & LONG ? 31000 : 60;
		rd__ice_tick(ice, now);
		if (data[at] & RESTART)
			rd__ice_set_remote(ice, RD_STR("them"), RD_STR(THEIR_PWD), false, now);
		at += 2 + n;
	}
	rd__ice_free(ice);
	return 0;
}
