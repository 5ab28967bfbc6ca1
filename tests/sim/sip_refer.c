/* The phones of a transfer by REFER. */
#include "tests/unit/test.h"

#include "tests/sim/sip_refer.h"

struct sip_phone far, callee, third, second;

const char *refer_next(void)
{
	static char text[4096];

	for (;;) {
		bool is_shown;
		const char *sent;

		if (line_is_empty())
			run_for(510); /* a phone may hang up by itself so long */
		sent = line_take();
		if (!sent)
			fail_msg("nothing more was sent");
		snprintf(text, sizeof(text), "%s", sent);
		is_shown = (strncmp(text, "INVITE ", 7) == 0 || strncmp(text, "UPDATE ", 7) == 0) &&
			   strstr(line_header(text, "To"), ";tag=");
		if (is_shown) {
			assert_non_null(strstr(text, "P-Asserted-Identity: "));
			phone_answer_invite(&third, text, "200 OK", "", SDP(""));
			run_for(10);
		} else if (strncmp(text, "ACK ", 4) != 0) {
			return text;
		}
	}
}

const char *expect(struct sip_phone *phone, const char *start)
{
	const char *text = refer_next();

	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" was expected, this was sent:\n%s", start, text);
	assert_string_equal(line_header(text, "Call-ID"), phone->call_id);
	snprintf(phone->request, sizeof(phone->request), "%s", text);
	return phone->request;
}

void expect_silence(void)
{
	while (!line_is_empty())
		if (strncmp(line_take(), "ACK ", 4) != 0)
			fail_msg("something more was sent");
}

void join_peer(struct sip_phone *from, struct sip_phone *to)
{
	phones_dial(from, to);
	phones_connect(from, to);
}

void bye_from(struct sip_phone *phone)
{
	phone_request(phone, "BYE", "", "");
	expect(phone, "SIP/2.0 200");
	run_for(10);
}

void expect_bye(struct sip_phone *phone)
{
	expect(phone, "BYE ");
	phone_answer(phone, "200 OK", "", "");
	run_for(10);
}

void expect_notice(struct sip_phone *phone, const char *state, const char *event, const char *body)
{
	const char *notify = expect(phone, "NOTIFY ");

	assert_memory_equal(line_header(notify, "Subscription-State"), state, strlen(state));
	assert_string_equal(line_header(notify, "Event"), event);
	assert_memory_equal(line_header(notify, "Content-Type"), "message/sipfrag", 15);
	if (!strstr(notify, body))
		fail_msg("\"%s\" was expected, this was told:\n%s", body, notify);
	phone_answer(phone, "200 OK", "", "");
	run_for(10);
}

void expect_end(struct sip_phone *phone, const char *body)
{
	expect_notice(phone, "terminated;reason=noresource", "refer", body);
}

void refer(struct sip_phone *phone, const char *headers)
{
	phone_request(phone, "REFER", headers, "");
}

void refer_accepted(struct sip_phone *phone, const char *headers)
{
	refer(phone, headers);
	expect(phone, "SIP/2.0 202");
	run_for(10);
	expect_notice(phone, "active;expires=", "refer", "\n\nSIP/2.0 100 Trying\n");
}

void expect_refused(struct sip_phone *phone, const char *headers, const char *status)
{
	refer(phone, headers);
	expect(phone, status);
	run_for(10);
	expect_silence();
}

void hang_up(void)
{
	bye_from(&far);
	expect_bye(&callee);
}

void refer_to_third(char event[REFER_EVENT])
{
	refer(&far, REFER_TO("700"));
	expect(&far, "SIP/2.0 202");
	snprintf(event, REFER_EVENT, "refer;id=%u", far.cseq);
	run_for(10);
	expect_notice(&far, "active", event, "SIP/2.0 100");
	phone_called(&third);
}

void refer_in_vain(void)
{
	char event[REFER_EVENT];

	refer_to_third(event);
	phone_answer(&third, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	expect_notice(&far, "terminated;reason=noresource", event, "SIP/2.0 486");
}
