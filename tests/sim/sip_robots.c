/* The robots: legs of calls, each with the one message that is sent again until it has been
 * answered. */
#include "tests/sim/sip_robots.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/clock.h>

#include "tests/sim/sim_storm.h"

enum { LEGS = 12, MESSAGE_MAX = 8192, T1_MS = 500, GIVE_UP_MS = 32000, TALK_MS = 40000 };

enum state { FREE, CALLING, CALLED, UP, ENDING };

struct leg {
	enum state state;
	char call_id[128], own_tag[16], their_tag[96], invite_branch[32];
	char own[160], theirs[160]; /* From and To of our requests, without tags */
	char invite[MESSAGE_MAX]; /* that we were sent */
	unsigned cseq, invite_cseq;
	char pending[MESSAGE_MAX];
	unsigned interval_ms;
	uint64_t begun_ms, resend_ms, act_ms;
	bool rings; /* was called, and answers later or never */
};

static struct leg legs[LEGS];
static struct robots_count counted;
static const char *const *extens;
static size_t exten_count;
static unsigned loss, serial;
static int sip_fd = -1, rtp_fd = -1;

#define SDP(way)                                                                                   \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.7\r\ns=-\r\nc=IN IP4 127.0.0.7\r\nt=0 0\r\n"                \
	"m=audio 7000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=" way "\r\n"

/* ---- the line ---- */

static bool is_lost(void)
{
	return storm_dice(100) < loss;
}

static int bound(uint16_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.7", &own.sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
	return fd;
}

static void send_text(const char *text)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(5060) };

	inet_pton(AF_INET, "127.0.0.1", &there.sin_addr);
	counted.messages++;
	if (is_lost())
		counted.messages_lost++;
	else
		sendto(sip_fd, text, strlen(text), 0, (const struct sockaddr *)&there,
		       sizeof(there));
}

/* Send it, and again until it is settled. */
static void send_until_settled(struct leg *leg)
{
	leg->interval_ms = T1_MS;
	leg->begun_ms = rd_now_ms();
	leg->resend_ms = leg->begun_ms + T1_MS;
	send_text(leg->pending);
}

static void settle(struct leg *leg)
{
	leg->pending[0] = '\0';
}

/* Sound comes back as it came, less what is lost. */
static void echo_sound(void)
{
	char packet[2048];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(rtp_fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &size)) >
	       0) {
		counted.packets++;
		if (is_lost())
			counted.packets_lost++;
		else
			sendto(rtp_fd, packet, (size_t)n, 0, (const struct sockaddr *)&from, size);
	}
}

/* ---- reading ---- */

/* The first header of that name into `to`; "" without. */
static const char *header(const char *text, const char *name, char *to, size_t size)
{
	char key[32];
	const char *at;

	to[0] = '\0';
	snprintf(key, sizeof(key), "\r\n%s: ", name);
	at = strstr(text, key);
	if (at)
		snprintf(to, size, "%.*s", (int)strcspn(at + strlen(key), "\r"), at + strlen(key));
	return to;
}

static void tag_of(const char *text, const char *name, char *to, size_t size)
{
	char line[512];
	const char *at = strstr(header(text, name, line, sizeof(line)), ";tag=");

	snprintf(to, size, "%.*s", at ? (int)strcspn(at + 5, ";>") : 0, at ? at + 5 : "");
}

static struct leg *leg_of(const char *text)
{
	char id[128];

	header(text, "Call-ID", id, sizeof(id));
	for (int i = 0; i < LEGS; i++)
		if (legs[i].state != FREE && strcmp(legs[i].call_id, id) == 0)
			return &legs[i];
	return NULL;
}

static struct leg *free_leg(enum state state)
{
	for (int i = 0; i < LEGS; i++)
		if (legs[i].state == FREE) {
			memset(&legs[i], 0, sizeof(legs[i]));
			legs[i].state = state;
			snprintf(legs[i].own_tag, sizeof(legs[i].own_tag), "r%u", ++serial);
			return &legs[i];
		}
	return NULL;
}

/* ---- writing ---- */

static void request(struct leg *leg, const char *method, const char *uri, unsigned cseq,
		    const char *branch, const char *more, const char *body)
{
	snprintf(leg->pending, sizeof(leg->pending),
		 "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.7:5557;branch=%s;rport\r\n"
		 "Max-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s%s%s\r\nCall-ID: %s\r\n"
		 "CSeq: %u %s\r\nContact: <sip:desk@127.0.0.7:5557>\r\nSupported: timer\r\n"
		 "%s%sContent-Length: %zu\r\n\r\n%s",
		 method, uri, branch, leg->own, leg->own_tag, leg->theirs,
		 leg->their_tag[0] ? ";tag=" : "", leg->their_tag, leg->call_id, cseq, method, more,
		 *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

static void ask(struct leg *leg, const char *method, const char *uri, const char *more,
		const char *body)
{
	char branch[32];

	snprintf(branch, sizeof(branch), "z9hG4bKr%u", ++serial);
	leg->cseq++;
	if (strcmp(method, "INVITE") == 0) {
		leg->invite_cseq = leg->cseq;
		snprintf(leg->invite_branch, sizeof(leg->invite_branch), "%s", branch);
	}
	request(leg, method, uri, leg->cseq, branch, more, body);
	send_until_settled(leg);
}

/* In its call. */
static void ask_within(struct leg *leg, const char *method, const char *more, const char *body)
{
	ask(leg, method, "sip:127.0.0.1:5060", more, body);
}

static void acknowledge(struct leg *leg, bool refused)
{
	char kept[MESSAGE_MAX], branch[32];

	snprintf(kept, sizeof(kept), "%s", leg->pending);
	snprintf(branch, sizeof(branch), "z9hG4bKr%u", ++serial);
	request(leg, "ACK", "sip:127.0.0.1:5060", leg->invite_cseq,
		refused ? leg->invite_branch : branch, "", "");
	send_text(leg->pending);
	snprintf(leg->pending, sizeof(leg->pending), "%s", kept);
}

/* An answer; leg NULL: to what belongs to no call of ours. */
static void answer(const struct leg *leg, const char *text, const char *status, const char *body,
		   char *out, size_t size)
{
	char via[1024], from[512], to[512], id[128], cseq[64];

	header(text, "To", to, sizeof(to));
	snprintf(out, size,
		 "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		 "Contact: <sip:desk@127.0.0.7:5557>\r\n%sContent-Length: %zu\r\n\r\n%s",
		 status, header(text, "Via", via, sizeof(via)),
		 header(text, "From", from, sizeof(from)), to, strstr(to, ";tag=") ? "" : ";tag=",
		 strstr(to, ";tag=") ? ""
		 : leg               ? leg->own_tag
				     : "o",
		 header(text, "Call-ID", id, sizeof(id)), header(text, "CSeq", cseq, sizeof(cseq)),
		 *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

static void answer_once(const struct leg *leg, const char *text, const char *status,
			const char *body)
{
	char out[MESSAGE_MAX];

	answer(leg, text, status, body, out, sizeof(out));
	send_text(out);
}

/* ---- calls of ours ---- */

static void call_somebody(void)
{
	const char *exten = extens[storm_dice((unsigned)exten_count)];
	struct leg *leg = free_leg(CALLING);
	char uri[96];

	if (!leg)
		return;
	snprintf(uri, sizeof(uri), "sip:%s@127.0.0.1", exten);
	snprintf(leg->call_id, sizeof(leg->call_id), "robot-%u", ++serial);
	snprintf(leg->own, sizeof(leg->own), "<sip:desk@127.0.0.7>");
	snprintf(leg->theirs, sizeof(leg->theirs), "<%s>", uri);
	leg->act_ms = rd_now_ms() + 1000 + storm_dice(TALK_MS);
	counted.called++;
	ask(leg, "INVITE", uri, "Session-Expires: 90;refresher=uas\r\n", SDP("sendrecv"));
}

static void register_somewhere(void)
{
	struct leg *leg = free_leg(ENDING);
	char more[128];

	if (!leg)
		return;
	snprintf(leg->call_id, sizeof(leg->call_id), "register-%u", ++serial);
	snprintf(leg->own, sizeof(leg->own), "<sip:desk@127.0.0.1>");
	snprintf(leg->theirs, sizeof(leg->theirs), "<sip:desk@127.0.0.1>");
	snprintf(more, sizeof(more), "Expires: %u\r\n", storm_dice(2) ? 0 : 60 + storm_dice(600));
	counted.registered++;
	ask(leg, "REGISTER", "sip:127.0.0.1", more, "");
}

static void refer(struct leg *leg)
{
	char more[160];

	snprintf(more, sizeof(more), "Refer-To: <sip:%s@127.0.0.1>\r\n%s",
		 extens[storm_dice((unsigned)exten_count)],
		 storm_dice(2) ? "Refer-Sub: false\r\n" : "");
	counted.referred++;
	ask_within(leg, "REFER", more, "");
}

/* When its time has come. */
static void act(struct leg *leg)
{
	leg->act_ms = rd_now_ms() + 1000 + storm_dice(TALK_MS);
	if (leg->state == CALLING) {
		request(leg, "CANCEL", "sip:127.0.0.1", leg->invite_cseq, leg->invite_branch, "",
			"");
		leg->state = ENDING;
		send_until_settled(leg);
		return;
	}
	if (leg->state == CALLED) { /* it answers, or never does */
		if (storm_dice(2)) {
			answer(leg, leg->invite, "200 OK", SDP("sendrecv"), leg->pending,
			       sizeof(leg->pending));
			leg->state = UP;
			send_until_settled(leg);
		}
		return;
	}
	switch (storm_dice(8)) {
	case 0:
	case 1:
		refer(leg);
		break;
	case 2:
		ask_within(leg, "INVITE", "", storm_dice(2) ? SDP("sendonly") : SDP("sendrecv"));
		break;
	case 3:
		counted.vanished++;
		leg->state = FREE;
		break;
	default:
		ask_within(leg, "BYE", "", "");
		leg->state = ENDING;
	}
}

/* ---- what comes ---- */

static void got_final(struct leg *leg, const char *text, bool to_invite)
{
	bool ok = text[8] == '2';

	settle(leg);
	if (to_invite && (ok || !leg->their_tag[0]))
		tag_of(text, "To", leg->their_tag, sizeof(leg->their_tag));
	if (to_invite)
		acknowledge(leg, !ok);
	if (to_invite && ok && leg->state == CALLING) {
		counted.answered++;
		leg->state = UP;
	} else if (to_invite && ok && leg->state == ENDING) { /* it crossed our CANCEL */
		ask_within(leg, "BYE", "", "");
	} else if (leg->state == ENDING || leg->state == CALLING ||
		   strncmp(text + 8, "481", 3) == 0) {
		leg->state = FREE;
	}
}

static void got_answer(const char *text)
{
	struct leg *leg = leg_of(text);
	char cseq[64];

	if (!leg)
		return;
	header(text, "CSeq", cseq, sizeof(cseq));
	if (text[8] == '1')
		settle(leg);
	else if (strstr(cseq, "CANCEL"))
		settle(leg); /* 487 follows */
	else if (strstr(cseq, "INVITE") || strtoul(cseq, NULL, 10) == leg->cseq)
		got_final(leg, text, strstr(cseq, "INVITE") != NULL);
}

static void is_called(const char *text)
{
	struct leg *leg = free_leg(CALLED);

	if (!leg || storm_dice(5) == 0) {
		answer_once(NULL, text, "486 Busy Here", "");
		if (leg)
			leg->state = FREE;
		return;
	}
	counted.was_called++;
	header(text, "Call-ID", leg->call_id, sizeof(leg->call_id));
	tag_of(text, "From", leg->their_tag, sizeof(leg->their_tag));
	snprintf(leg->own, sizeof(leg->own), "<sip:desk@127.0.0.7>");
	snprintf(leg->theirs, sizeof(leg->theirs), "<sip:127.0.0.1>");
	snprintf(leg->invite, sizeof(leg->invite), "%s", text);
	leg->act_ms = rd_now_ms() + 200 + storm_dice(8000);
	answer_once(leg, text, "180 Ringing", "");
}

static void got_invite(struct leg *leg, const char *text, bool within)
{
	if (!leg && within)
		answer_once(NULL, text, "481 Call Does Not Exist", "");
	else if (!leg)
		is_called(text);
	else if (leg->state == CALLED)
		answer_once(leg, text, "180 Ringing", "");
	else if (within)
		answer_once(leg, text, "200 OK", SDP("sendrecv"));
}

static void got_cancel(struct leg *leg, const char *text)
{
	answer_once(leg, text, leg ? "200 OK" : "481 Call Does Not Exist", "");
	if (leg && leg->state == CALLED) {
		answer_once(leg, leg->invite, "487 Request Terminated", "");
		leg->state = FREE;
	}
}

static void got_request(const char *text)
{
	struct leg *leg = leg_of(text);
	char tag[96];

	tag_of(text, "To", tag, sizeof(tag));
	if (strncmp(text, "INVITE ", 7) == 0)
		got_invite(leg, text, tag[0] != '\0');
	else if (strncmp(text, "CANCEL ", 7) == 0)
		got_cancel(leg, text);
	else if (strncmp(text, "ACK ", 4) == 0 && leg)
		settle(leg);
	else if (strncmp(text, "ACK ", 4) == 0)
		return;
	else if (!leg && tag[0])
		answer_once(NULL, text, "481 Call Does Not Exist", "");
	else
		answer_once(leg, text, "200 OK", strstr(text, "m=audio") ? SDP("sendrecv") : "");
	if (leg && strncmp(text, "BYE ", 4) == 0)
		leg->state = FREE;
}

static void receive_all(void)
{
	char text[MESSAGE_MAX];
	ssize_t n;

	while ((n = recv(sip_fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		counted.messages++;
		if (is_lost())
			counted.messages_lost++;
		else if (strncmp(text, "SIP/2.0 ", 8) == 0)
			got_answer(text);
		else
			got_request(text);
	}
}

/* ---- from begin to end ---- */

static void step_leg(struct leg *leg)
{
	uint64_t now = rd_now_ms();

	if (leg->state == FREE)
		return;
	if (leg->pending[0] && now - leg->begun_ms > GIVE_UP_MS) {
		leg->state = FREE;
	} else if (leg->pending[0] && now >= leg->resend_ms) {
		leg->interval_ms = RD_MIN(leg->interval_ms * 2, 4000u);
		leg->resend_ms = now + leg->interval_ms;
		send_text(leg->pending);
	} else if (!leg->pending[0] && now >= leg->act_ms && leg->state != ENDING) {
		act(leg);
	} else if (leg->state == ENDING && now - leg->begun_ms > GIVE_UP_MS) {
		leg->state = FREE;
	}
}

void robots_step(int calls)
{
	echo_sound();
	receive_all();
	for (int i = 0; i < LEGS; i++)
		step_leg(&legs[i]);
	if (calls && storm_dice(20) == 0)
		call_somebody();
	if (calls && storm_dice(100) == 0)
		register_somewhere();
}

void robots_open(const char *const *numbers, size_t count, unsigned lost)
{
	memset(legs, 0, sizeof(legs));
	memset(&counted, 0, sizeof(counted));
	extens = numbers;
	exten_count = count;
	loss = lost;
	sip_fd = bound(5557);
	rtp_fd = bound(7000);
}

void robots_close(void)
{
	close(sip_fd);
	close(rtp_fd);
}

const struct robots_count *robots_counted(void)
{
	return &counted;
}
