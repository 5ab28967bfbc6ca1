/* Whole calls under strange traffic. The input is a list of steps: call the exchange,
 * answer it, send it something in a dialog, let time pass, hang up; and what to
 * spoil in the next message. Whatever happens, all must be over in the end. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64

struct input {
	const uint8_t *p;
	size_t n;
};

static unsigned take(struct input *input)
{
	if (!input->n)
		return 0;
	input->n--;
	return *input->p++;
}

#define PICK(input, table) ((table)[take(input) % RD_ARRAY_SIZE(table)])

/* A dialog as the far end knows it: it calls [0], or is called in [1]. */
static struct side {
	char call_id[128], our_tag[64], their_tag[128];
	unsigned cseq;
} sides[2];

static char asked[8192]; /* the exchange's last request to be answered */
static char headers[1024]; /* for the next message */
static unsigned serial;

static struct damage {
	unsigned at, drop;
	uint8_t bytes[8];
	size_t count;
} damage;

/* ---- to the exchange ---- */

static size_t spoil(char *wire, size_t n, size_t max)
{
	size_t at = n ? damage.at % n : 0, drop = RD_MIN(damage.drop, n - at);

	if (n - drop + damage.count > max)
		return n;
	memmove(wire + at + damage.count, wire + at + drop, n - at - drop);
	memcpy(wire + at, damage.bytes, damage.count);
	return n - drop + damage.count;
}

static void feed(const char *text)
{
	static char wire[32768];
	size_t n = 0;

	for (; *text && n < sizeof(wire) - 64; text++) {
		if (*text == '\n')
			wire[n++] = '\r';
		wire[n++] = *text;
	}
	n = spoil(wire, n, sizeof(wire));
	line_feed_raw(wire, n);
	memset(&damage, 0, sizeof(damage));
	headers[0] = '\0';
}

/* ---- from the exchange ---- */

static void learn(const char *text)
{
	bool is_answer = strncmp(text, "SIP/2.0 ", 8) == 0;
	const char *call_id = line_header(text, "Call-ID");
	const char *tag = line_part(line_header(text, is_answer ? "To" : "From"), ";tag=", ";\n");
	struct side *side = &sides[strcmp(call_id, sides[0].call_id) ? 1 : 0];

	snprintf(side->call_id, sizeof(side->call_id), "%s", call_id);
	if (*tag)
		snprintf(side->their_tag, sizeof(side->their_tag), "%s", tag);
	if (!is_answer && strncmp(text, "ACK ", 4) != 0)
		snprintf(asked, sizeof(asked), "%s", text);
}

static void hear(void)
{
	const char *text;

	while ((text = line_take()))
		learn(text);
}

/* ---- steps ---- */

static const char *const bodies[] = {
	"",
	SDP(""),
	SDP("a=sendonly\n"),
	SDP("a=inactive\n"),
	SDP("m=video 5002 RTP/AVP 34\n"),
	SDP("m=image 5010 udptl t38\na=T38FaxVersion:0\n"),
	"v=0\no=- 3 3 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\nm=image 5010 udptl t38\n",
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\nm=audio 5000 RTP/AVP 0\n",
	"v=0\no=- 2 2 IN IP6 ::1\ns=-\nc=IN IP6 ::1\nt=0 0\nm=audio 0 RTP/AVP 0\n",
	"Signal=5\n",
};

static const char *const types[] = {
	"application/sdp", "application/dtmf-relay", "text/plain", "message/sipfrag;version=2.0",
	"multipart/mixed;boundary=x",
};

static void say(struct side *side, const char *method, const char *user, const char *to_tag,
		 struct input *input)
{
	static char text[16384];
	const char *body = PICK(input, bodies);

	snprintf(text, sizeof(text),
		 "%s sip:%s@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKf%u\n"
		 "Max-Forwards: 70\nFrom: <sip:far@127.0.0.9>;tag=%s\nTo: <sip:x@127.0.0.1>%s%s\n"
		 "Call-ID: %s\nCSeq: %u %s\nContact: <sip:far@127.0.0.9>\n%s"
		 "Content-Type: %s\nContent-Length: %zu\n\n%s",
		 method, user, serial, side->our_tag, *to_tag ? ";tag=" : "", to_tag,
		 side->call_id, side->cseq, method, headers, PICK(input, types),
		 strlen(body), body);
	feed(text);
}

static void call(struct input *input)
{
	static const char *const numbers[] = { "600", "602", "603", "604", "605", "606",
					       "607", "700", "701", "702", "9", "" };

	memset(&sides[0], 0, sizeof(sides[0]));
	snprintf(sides[0].call_id, sizeof(sides[0].call_id), "fuzz-%u", ++serial);
	snprintf(sides[0].our_tag, sizeof(sides[0].our_tag), "far-%u", serial);
	sides[0].cseq = 1;
	say(&sides[0], "INVITE", PICK(input, numbers), "", input);
}

static void request(struct input *input)
{
	static const char *const methods[] = { "ACK", "BYE", "CANCEL", "INVITE", "UPDATE",
					       "PRACK", "INFO", "MESSAGE", "OPTIONS", "REFER",
					       "NOTIFY", "SUBSCRIBE", "PUBLISH", "REGISTER" };
	struct side *side = &sides[take(input) % 2];
	const char *method = PICK(input, methods);
	bool follows = strcmp(method, "ACK") == 0 || strcmp(method, "CANCEL") == 0;

	if (!follows)
		side->cseq++;
	if (strcmp(method, "CANCEL") != 0)
		serial++;
	say(side, method, "x", strcmp(method, "CANCEL") ? side->their_tag : "", input);
}

static void answer(struct input *input)
{
	static const char *const statuses[] = {
		"100 Trying", "180 Ringing", "183 Progress", "199 Gone", "200 OK", "202 Accepted",
		"302 Moved", "401 Who", "407 Who", "408 Late", "415 What", "422 Short",
		"481 None", "486 Busy", "487 Over", "491 Glare", "500 Oh", "503 No", "603 No",
	};
	static char text[16384];
	const char *status = PICK(input, statuses), *to = line_header(asked, "To");
	unsigned tag = take(input);
	const char *body = PICK(input, bodies);

	if (!asked[0])
		return;
	snprintf(sides[1].our_tag, sizeof(sides[1].our_tag), "t%u", tag % 3);
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s%s%s\nCall-ID: %s\nCSeq: %s\n"
		 "Contact: <sip:c@127.0.0.2>\n%sContent-Type: application/sdp\n"
		 "Content-Length: %zu\n\n%s",
		 status, line_header(asked, "Via"), line_header(asked, "From"), to,
		 strstr(to, ";tag=") ? "" : ";tag=", strstr(to, ";tag=") ? "" : sides[1].our_tag,
		 line_header(asked, "Call-ID"), line_header(asked, "CSeq"), headers,
		 strlen(body), body);
	feed(text);
}

static void pass_time(struct input *input)
{
	static const int ms[] = { 1, 20, 150, 500, 1100, 5000, 33000, 190000 };

	rd__sched_run_for(PICK(input, ms));
}

static void hang_up(struct input *input)
{
	struct rd_channel *ch = rd_channel_next(NULL);

	if (ch && take(input) % 2 && rd_channel_next(ch))
		ch = rd_channel_next(ch);
	if (ch)
		rd_hangup(ch, RD_CAUSE_NORMAL);
}

static void change_party(struct input *input)
{
	const struct rd_party party = { .name = "New", .number = "777" };
	struct rd_channel *ch = rd_channel_next(NULL);

	if (ch && take(input) % 2 && rd_channel_next(ch))
		ch = rd_channel_next(ch);
	if (ch)
		rd_channel_set_party(ch, RD_PARTY_CONNECTED, &party);
}

static void add_header(struct input *input)
{
	static const char *const lines[] = {
		"Require: 100rel\n", "Supported: 100rel, timer, replaces\n", "Require: replaces\n",
		"RSeq: 1\n", "RSeq: 2\n", "RAck: 1 1 INVITE\n",
		"Session-Expires: 90;refresher=uas\n",
		"Min-SE: 3600\n", "Session-Expires: 1\n", "Event: refer\n", "Event: presence\n",
		"Subscription-State: terminated\n", "Refer-To: <sip:602@127.0.0.1>\n",
		"Refer-To: <sip:700@127.0.0.1?Replaces=fuzz-1%3Bto-tag%3Dt0%3Bfrom-tag%3Dt1>\n",
		"Replaces: fuzz-1;to-tag=t0;from-tag=far-1\n", "Expires: 0\n", "Expires: 60\n",
		"Retry-After: 1\n", "Reason: SIP;cause=200\n", "Record-Route: <sip:127.0.0.7;lr>\n",
		"Contact: <sip:1002@127.0.0.2>\n", "Contact: *\n", "Allow: INVITE\n",
		"P-Asserted-Identity: <sip:5@x>\n", "Content-Disposition: render\n",
		"WWW-Authenticate: Digest realm=\"r\",nonce=\"n\",qop=\"auth\"\n",
		"History-Info: <sip:a@b?Reason=SIP%3Bcause%3D302>;index=1\n",
		"Supported: histinfo\n", "Require: join\n",
		"Max-Forwards: 0\n", "Info-Package: x\n", "Join: fuzz-1;to-tag=t0;from-tag=t1\n",
	};
	size_t n = strlen(headers);

	snprintf(headers + n, sizeof(headers) - n, "%s", PICK(input, lines));
}

static void plan_damage(struct input *input)
{
	damage.at = take(input) << 8;
	damage.at |= take(input);
	damage.drop = take(input) % 32;
	damage.count = take(input) % (sizeof(damage.bytes) + 1);
	for (size_t i = 0; i < damage.count; i++)
		damage.bytes[i] = (uint8_t)take(input);
}

/* Both ends of a call may have faxes here. */
static void allow_fax(const char *name)
{
	struct sip_endpoint *endpoint =
		(struct sip_endpoint *)sip_settings_find(sip.settings, rd_str_of(name));

	endpoint->t38 = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const steps[])(struct input *) = {
		call, request, request, answer, answer, pass_time, hang_up, change_party,
		add_header, plan_damage,
	};
	struct input input = { data, size };

	serial = 0;
	asked[0] = headers[0] = '\0';
	memset(sides, 0, sizeof(sides));
	memset(&damage, 0, sizeof(damage));
	exchange_open(NULL);
	allow_fax("gate");
	allow_fax("peer");
	for (int i = 0; input.n && i < STEPS_MAX; i++) {
		PICK(&input, steps)(&input);
		rd__sched_run_for(1);
		hear();
	}
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	exchange_close(NULL);
	return 0;
}
