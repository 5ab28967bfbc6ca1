/* Every order of events that a call may see: caller and callee do whatever they
 * like, in any order, at any moment, and messages are lost. Whatever happens,
 * the exchange ends with no call, no channel and no dialog. A seed replays a run. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

#define ROUNDS 2000
#define STEPS  25

static struct sip_phone far, callee;
static char invite[4096]; /* that the callee got; "" for none */
static char rseq[16];	      /* of the last reliable answer that the caller got */
static unsigned seed;

static unsigned pick(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Take what the exchange sent; both ends remember what they must. */
static void hear(void)
{
	for (const char *text; (text = line_take());) {
		const char *tag = line_part(line_header(text, "To"), ";tag=", ";\n");

		if (strncmp(text, "SIP/2.0", 7) == 0) {
			if (strcmp(line_header(text, "Call-ID"), far.call_id) == 0 && *tag)
				snprintf(far.their_tag, sizeof(far.their_tag), "%s", tag);
			if (*line_header(text, "RSeq"))
				snprintf(rseq, sizeof(rseq), "%s", line_header(text, "RSeq"));
			continue;
		}
		snprintf(callee.request, sizeof(callee.request), "%s", text);
		snprintf(callee.call_id, sizeof(callee.call_id), "%s",
			 line_header(text, "Call-ID"));
		snprintf(callee.their_tag, sizeof(callee.their_tag), "%s",
			 line_part(line_header(text, "From"), ";tag=", ";\n"));
		if (strncmp(text, "INVITE ", 7) == 0)
			snprintf(invite, sizeof(invite), "%s", text);
	}
}

static void answer_invite(const char *status, const char *more, const char *body)
{
	if (invite[0])
		phone_answer_invite(&callee, invite, status, more, body);
}

static void acknowledge_progress(void)
{
	char rack[48];

	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\n", rseq);
	phone_request(&far, "PRACK", rack, pick(3) ? "" : SDP(""));
}

static void caller_acts(void)
{
	switch (pick(11)) {
	case 0:
		phone_request(&far, "CANCEL", "", "");
		break;
	case 1:
		phone_request(&far, "BYE", "", "");
		break;
	case 2:
	case 3:
		phone_ack(&far, pick(2) ? SDP("") : "");
		break;
	case 4:
		phone_request(&far, "INVITE", "", pick(2) ? SDP("a=sendonly\n") : "");
		break;
	case 5:
		phone_request(&far, "UPDATE", "", pick(2) ? SDP("a=inactive\n") : "");
		break;
	case 6:
		phone_request(&far, "INFO", "", "");
		break;
	case 8:
	case 9:
		acknowledge_progress();
		break;
	case 7:
		far.invite_cseq = 1;
		phone_ack(&far, "");
		break;
	default:
		phone_request(&far, "OPTIONS", "", "");
		break;
	}
}

static void callee_acts(void)
{
	static const char *const statuses[] = {
		"100 Trying", "180 Ringing", "486 Busy Here", "603 Decline", "500 Oops",
		"408 Request Timeout", "487 Request Terminated",
	};

	switch (pick(11)) {
	case 0:
	case 1:
		answer_invite("200 OK", "", pick(4) ? SDP("") : "");
		break;
	case 2:
		answer_invite("183 Session Progress", "", SDP(""));
		break;
	case 3:
		snprintf(callee.our_tag, sizeof(callee.our_tag), "fork%u", pick(3));
		break;
	case 4:
		if (callee.request[0])
			phone_answer(&callee, "200 OK", "", "");
		break;
	case 8:
	case 9:
		answer_invite("183 Session Progress", pick(2) ? "Require: 100rel\nRSeq: 7\n"
							      : "Require: 100rel\nRSeq: 8\n",
			      pick(2) ? SDP("") : "");
		break;
	case 10:
		if (callee.request[0])
			phone_request(&callee, pick(3) ? "UPDATE" : "BYE", "",
				      pick(2) ? SDP("") : "");
		break;
	case 5:
		answer_invite("302 Moved Temporarily",
			      "Contact: <sip:other@127.0.0.2:5070>\n", "");
		break;
	case 6:
		answer_invite("407 Proxy Authentication Required",
			      "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\"\n", "");
		break;
	default:
		answer_invite(statuses[pick(RD_ARRAY_SIZE(statuses))], "", "");
		break;
	}
}

/* Somebody in the house hangs up, or tells who the parties are. */
static void house_acts(void)
{
	static const struct rd_party party = { .number = "777", .name = "New" };
	struct rd_channel *ch = rd_channel_next(NULL);

	if (!ch)
		return;
	if (pick(2) && rd_channel_next(ch))
		ch = rd_channel_next(ch);
	if (pick(4) == 0)
		rd_hangup(ch, RD_CAUSE_NORMAL);
	else
		rd_channel_set_party(ch, RD_PARTY_CONNECTED, &party);
}

static void one_round(unsigned number)
{
	static const char *const numbers[] = { "700", "700", "703", "600", "602", "603",
					       "605", "608", "609" };
	static const int pauses[] = { 0, 0, 10, 10, 600, 5000 };

	seed = number;
	memset(&callee, 0, sizeof(callee));
	strcpy(callee.our_tag, "callee");
	invite[0] = '\0';
	strcpy(rseq, "1");
	phone_invite(&far, "alice", numbers[pick(RD_ARRAY_SIZE(numbers))],
		     pick(2) ? "Supported: 100rel\n" : "",
		     pick(4) ? SDP("") : "");
	for (int step = 0; step < STEPS; step++) {
		rd__sched_run_for(pauses[pick(RD_ARRAY_SIZE(pauses))]);
		hear();
		switch (pick(8)) {
		case 0:
		case 1:
		case 2:
			caller_acts();
			break;
		case 3:
			house_acts();
			break;
		default:
			callee_acts();
			break;
		}
	}
	/* Nobody says anything any more; who waits for that is cut off. */
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	for (int i = 0; i < 200; i++) {
		rd__sched_run_for(1000);
		hear();
	}
}

static void whatever_happens_it_ends(void **state)
{
	unsigned first = (unsigned)atoi(getenv("SEED") ? getenv("SEED") : "1");
	unsigned last = getenv("SEED") ? first : ROUNDS;

	(void)state;
	for (unsigned number = first; number <= last; number++) {
		one_round(number);
		if (rd_channel_count() || sip.call_count || sip_dialogs_count(sip.dialogs))
			fail_msg("SEED=%u: %zu channels, %u calls, %u dialogs are left", number,
				 rd_channel_count(), sip.call_count,
				 sip_dialogs_count(sip.dialogs));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_happens_it_ends, exchange_open,
						exchange_close),
	};

	return RUN_GROUP(tests);
}
