/* The scripted far end. */
#include "tests/unit/test.h"

#include "tests/sim/sip_phone.h"

static unsigned serial;
static char text[8192]; /* of the last request */

const char *phone_source = "127.0.0.9";
uint16_t phone_port = 5060;
bool phone_unheard;

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void send_request(struct sip_phone *phone, const char *method, const char *uri,
			 unsigned cseq, const char *more, const char *body)
{
	char tag[80] = "";

	if (phone->their_tag[0])
		snprintf(tag, sizeof(tag), ";tag=%s", phone->their_tag);
	snprintf(text, sizeof(text),
		 "%s %s SIP/2.0\nVia: SIP/2.0/UDP %s:%u;branch=%s;rport\n"
		 "Max-Forwards: 70\n"
		 "From: \"Far\" <sip:%s@%s>;tag=%s\nTo: <sip:x@127.0.0.1>%s\n"
		 "Call-ID: %s\nCSeq: %u %s\nContact: <sip:%s@%s:%u>\n%s%s\n%s",
		 method, uri, phone_source, phone_port, phone->branch, phone->user, phone_source,
		 phone->our_tag, tag, phone->call_id, cseq, method, phone->user, phone_source,
		 phone_port, more,
		 *body && !strstr(more, "Content-Type:") ? "Content-Type: application/sdp\n" : "",
		 body);
	if (!phone_unheard)
		phone_repeat();
}

void phone_repeat(void)
{
	line_feed_from(phone_source, phone_port, text);
}

const char *phone_said(void)
{
	return text;
}

size_t phone_bytes(void)
{
	bool has_body = strlen(strstr(text, "\n\n")) > 2;
	size_t n = strlen(text) + strlen("Content-Length: \r\n") + (has_body ? 3 : 1);

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void new_branch(struct sip_phone *phone)
{
	snprintf(phone->branch, sizeof(phone->branch), "z9hG4bKsim%u", ++serial);
}

void phone_invite(struct sip_phone *phone, const char *from, const char *number,
		  const char *more, const char *body)
{
	char uri[512];

	memset(phone, 0, sizeof(*phone));
	snprintf(phone->call_id, sizeof(phone->call_id), "call-%u", ++serial);
	snprintf(phone->our_tag, sizeof(phone->our_tag), "far-%u", serial);
	snprintf(uri, sizeof(uri), "sip:%s@127.0.0.1", number);
	copy(phone->user, sizeof(phone->user), from);
	phone->cseq = phone->invite_cseq = 1;
	new_branch(phone);
	copy(phone->invite_branch, sizeof(phone->invite_branch), phone->branch);
	send_request(phone, "INVITE", uri, 1, more, body);
}

void phone_request(struct sip_phone *phone, const char *method, const char *more,
		   const char *body)
{
	if (strcmp(method, "CANCEL") == 0) {
		char tag[64];

		copy(tag, sizeof(tag), phone->their_tag);
		phone->their_tag[0] = '\0';
		copy(phone->branch, sizeof(phone->branch), phone->invite_branch);
		send_request(phone, method, "sip:x@127.0.0.1", phone->invite_cseq, more, "");
		copy(phone->their_tag, sizeof(phone->their_tag), tag);
		return;
	}
	new_branch(phone);
	phone->cseq++;
	if (strcmp(method, "INVITE") == 0) {
		phone->invite_cseq = phone->cseq;
		copy(phone->invite_branch, sizeof(phone->invite_branch), phone->branch);
	}
	send_request(phone, method, "sip:127.0.0.1:5060", phone->cseq, more, body);
}

void phone_ack(struct sip_phone *phone, const char *body)
{
	new_branch(phone);
	send_request(phone, "ACK", "sip:127.0.0.1:5060", phone->invite_cseq, "", body);
}

void phone_ack_refusal(struct sip_phone *phone)
{
	copy(phone->branch, sizeof(phone->branch), phone->invite_branch);
	send_request(phone, "ACK", "sip:127.0.0.1:5060", phone->invite_cseq, "", "");
}

static const char *learn(struct sip_phone *phone, const char *answer)
{
	const char *tag = line_part(line_header(answer, "To"), ";tag=", ";\n");

	if (*tag)
		copy(phone->their_tag, sizeof(phone->their_tag), tag);
	return answer;
}

const char *phone_expect(struct sip_phone *phone, const char *start)
{
	return learn(phone, line_expect(start));
}

const char *phone_final(struct sip_phone *phone, const char *start)
{
	const char *text;

	while ((text = line_take())) {
		if (strncmp(text, "SIP/2.0 1", 9) == 0)
			continue;
		if (strncmp(text, start, strlen(start)) == 0)
			return learn(phone, text);
		fail_msg("\"%s\" was expected, this was sent:\n%s", start, text);
	}
	fail_msg("\"%s\" was expected, nothing was sent", start);
	return NULL;
}

/* ---- being called ---- */

static void take(struct sip_phone *phone, const char *request)
{
	copy(phone->request, sizeof(phone->request), request);
	copy(phone->call_id, sizeof(phone->call_id), line_header(request, "Call-ID"));
	copy(phone->their_tag, sizeof(phone->their_tag),
	     line_part(line_header(request, "From"), ";tag=", ";\n"));
}

const char *phone_called(struct sip_phone *phone)
{
	memset(phone, 0, sizeof(*phone));
	phone->called = true;
	snprintf(phone->our_tag, sizeof(phone->our_tag), "callee-%u", ++serial);
	copy(phone->user, sizeof(phone->user), "callee");
	take(phone, line_expect("INVITE "));
	return phone->request;
}

const char *phone_expect_request(struct sip_phone *phone, const char *method)
{
	take(phone, line_expect(method));
	return phone->request;
}

void phone_answer_invite(struct sip_phone *phone, const char *invite, const char *status,
			 const char *more, const char *body)
{
	const char *to = line_header(invite, "To");
	bool has_tag = strstr(to, ";tag=") != NULL;

	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s%s%s\nCall-ID: %s\nCSeq: %s\n"
		  "%s%s%s\n%s",
		  status, line_header(invite, "Via"), line_header(invite, "From"), to,
		  has_tag ? "" : ";tag=", has_tag ? "" : phone->our_tag,
		  line_header(invite, "Call-ID"), line_header(invite, "CSeq"),
		  strstr(more, "Contact:") ? "" : "Contact: <sip:callee@127.0.0.2:5060>\n",
		  more,
		  *body ? "Content-Type: application/sdp\n" : "", body);
}

void phone_answer(struct sip_phone *phone, const char *status, const char *more,
		  const char *body)
{
	phone_answer_invite(phone, phone->request, status, more, body);
}

void phone_answers_question(const char *question, const char *from, const char *status)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s;tag=t\nCall-ID: %s\nCSeq: %s\n"
		 "Content-Length: 0\n\n",
		 status, line_header(question, "Via"), line_header(question, "From"),
		 line_header(question, "To"), line_header(question, "Call-ID"),
		 line_header(question, "CSeq"));
	line_feed_from(from, 5060, text);
}

/* ---- two of them ---- */

void phones_dial(struct sip_phone *from, struct sip_phone *to)
{
	phone_invite(from, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(to);
}

void phones_connect(struct sip_phone *from, struct sip_phone *to)
{
	phone_answer(to, "200 OK", "", SDP(""));
	phone_expect_request(to, "ACK ");
	run_for(10);
	phone_final(from, "SIP/2.0 200");
	phone_ack(from, "");
	run_for(10);
}

void phones_hang_up(struct sip_phone *from, struct sip_phone *to)
{
	phone_request(from, "BYE", "", "");
	phone_expect(from, "SIP/2.0 200");
	run_for(10);
	phone_expect_request(to, "BYE ");
	phone_answer(to, "200 OK", "", "");
	run_for(10);
}
