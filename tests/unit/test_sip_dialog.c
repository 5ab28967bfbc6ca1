/* Dialogs by RFC 3261 §12: birth on either side, route sets, targets, sequence,
 * and finding them again. */
#include "tests/unit/test.h"

#include "tests/unit/sip_office.h"

static char text[4096];
static struct sip_parsed parsed;
static struct sip_flow flow;

/* A message with wire line ends; the same one until the next. */
static const struct sip_msg *message(const char *start, const char *more, const char *from_tag,
				     const char *to_tag, unsigned cseq, const char *method)
{
	struct sip_error error;
	char plain[2048], *to = text;

	snprintf(plain, sizeof(plain),
		 "%s\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\nFrom: \"A\" <sip:a@h>%s\n"
		 "To: <sip:b@h>%s\nCall-ID: one\nCSeq: %u %s\n%s\n",
		 start, from_tag, to_tag, cseq, method, more);
	for (const char *p = plain; *p; p++) {
		if (*p == '\n')
			*to++ = '\r';
		*to++ = *p;
	}
	if (sip_msg_parse(&parsed, text, (size_t)(to - text), &error))
		fail_msg("%s: %s", error.where, error.what);
	sip_sockaddr_parse(&flow.peer, RD_STR("127.0.0.2"), 5060);
	flow.transport = sip_transports_next(sip.transports, NULL);
	flow.local = flow.transport->bound;
	return &parsed.msg;
}

static const struct sip_msg *invite(const char *more)
{
	return message("INVITE sip:b@h SIP/2.0", more, ";tag=far", "", 7, "INVITE");
}

static const struct sip_msg *request(const char *method, unsigned cseq, const char *from,
				     const char *to, const char *more)
{
	char start[64];

	snprintf(start, sizeof(start), "%s sip:b@h SIP/2.0", method);
	return message(start, more, from, to, cseq, method);
}

static const struct sip_msg *response(const char *status, const char *to_tag,
				      const char *more)
{
	char start[64];

	snprintf(start, sizeof(start), "SIP/2.0 %s", status);
	return message(start, more, ";tag=near", to_tag, 1, "INVITE");
}

static struct sip_dialog *uas(const char *more)
{
	const struct sip_msg *msg = invite(more);
	struct sip_dialog *dialog;

	assert_int_equal(sip_dialog_new_uas(&dialog, sip.dialogs, msg, &flow,
					    RD_STR("near")), 0);
	return dialog;
}

static struct sip_dialog *uac(void)
{
	const struct sip_dialog_params params = {
		.call_id = RD_STR("one"),
		.local = RD_STR("<sip:a@h>"),
		.remote = RD_STR("<sip:b@h>"),
		.target = RD_STR("sip:b@127.0.0.2"),
		.flow = &flow,
	};
	struct sip_dialog *dialog;

	invite("");
	assert_int_equal(sip_dialog_new_uac(&dialog, sip.dialogs, &params), 0);
	return dialog;
}

static void assert_text(struct rd_str have, const char *want)
{
	if (!rd_str_eq(have, rd_str_of(want)))
		fail_msg("\"%.*s\" is not \"%s\"", RD_STR_ARG(have), want);
}

#define CONTACT "Contact: <sip:a@127.0.0.2>\n"

static void the_uas_keeps_routes_in_order(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT "Record-Route: <sip:p1;lr>, <sip:p2;lr>\n"
						"Record-Route: <sip:p3;lr>\n");

	(void)state;
	assert_text(dialog->routes, "<sip:p1;lr>, <sip:p2;lr>, <sip:p3;lr>");
	assert_text(dialog->target, "sip:a@127.0.0.2");
	assert_text(dialog->remote, "\"A\" <sip:a@h>");
	assert_text(dialog->remote_tag, "far");
	sip_dialog_free(dialog);
}

static void the_uac_turns_routes_round(void **state)
{
	struct sip_dialog *dialog = uac();

	(void)state;
	assert_int_equal(sip_dialog_established(dialog, response("200 OK", ";tag=b",
			 "Contact: <sip:b@127.0.0.3>\nRecord-Route: <sip:p1;lr>\n"
			 "Record-Route: <sip:p2;lr>, <sip:p3;lr>\n")), 0);
	assert_text(dialog->routes, "<sip:p3;lr>, <sip:p2;lr>, <sip:p1;lr>");
	assert_text(dialog->target, "sip:b@127.0.0.3");
	assert_int_equal(dialog->state, SIP_DIALOG_CONFIRMED);
	sip_dialog_free(dialog);
}

static void an_invite_without_contact_makes_none(void **state)
{
	const struct sip_msg *msg = invite("");
	struct sip_dialog *dialog;

	(void)state;
	assert_int_equal(sip_dialog_new_uas(&dialog, sip.dialogs, msg, &flow,
					    RD_STR("near")), -EINVAL);
	msg = invite("Contact: *\n");
	assert_int_equal(sip_dialog_new_uas(&dialog, sip.dialogs, msg, &flow,
					    RD_STR("near")), -EINVAL);
}

/* RFC 3261 §12.1.2: "MUST be prepared to receive a response without a tag". */
static void an_answer_may_be_of_rfc_2543(void **state)
{
	struct sip_dialog *dialog = uac();

	(void)state;
	assert_int_equal(sip_dialog_established(dialog, response("180 Ringing", "", "")), 0);
	assert_int_equal(dialog->state, SIP_DIALOG_EARLY);
	assert_text(dialog->target, "sip:b@127.0.0.2");
	assert_int_equal(sip_dialog_established(dialog, response("200 OK", "", CONTACT)), 0);
	assert_int_equal(dialog->state, SIP_DIALOG_CONFIRMED);
	assert_text(dialog->remote_tag, "");
	assert_ptr_equal(sip_dialog_named(sip.dialogs, dialog->call_id, dialog->local_tag,
					  (struct rd_str){ 0 }), dialog);
	sip_dialog_free(dialog);
}

static void who_does_not_say_where_he_is_is_where_he_was_called(void **state)
{
	static const char *const contacts[] = { "", "Contact: *\n", "Contact: <>\n",
						"Contact: <sip:@@@:::>\n" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(contacts); i++) {
		struct sip_dialog *dialog = uac();
		const struct sip_msg *ok = response("200 OK", ";tag=b", contacts[i]);

		assert_int_equal(sip_dialog_established(dialog, ok), 0);
		assert_text(dialog->target, "sip:b@127.0.0.2");
		assert_text(dialog->remote_tag, "b");
		sip_dialog_free(dialog);
	}
}

static void all_three_parts_find_it(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT);

	(void)state;
	assert_ptr_equal(sip_dialog_find(sip.dialogs,
					 request("BYE", 8, ";tag=far", ";tag=near", "")), dialog);
	assert_null(sip_dialog_find(sip.dialogs,
				    request("BYE", 8, ";tag=far", ";tag=nearer", "")));
	assert_null(sip_dialog_find(sip.dialogs,
				    request("BYE", 8, ";tag=farther", ";tag=near", "")));
	sip_dialog_free(dialog);
	assert_null(sip_dialog_find(sip.dialogs,
				    request("BYE", 8, ";tag=far", ";tag=near", "")));
}

static void a_second_copy_of_the_invite_is_known(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT);

	(void)state;
	assert_true(sip_dialog_merged(sip.dialogs, invite(CONTACT)));
	assert_false(sip_dialog_merged(sip.dialogs,
				       request("INVITE", 8, ";tag=far", "", CONTACT)));
	sip_dialog_free(dialog);
	assert_false(sip_dialog_merged(sip.dialogs, invite(CONTACT)));
}

static void requests_must_count_up(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT);

	(void)state;
	assert_int_equal(sip_dialog_sequence(dialog, request("INFO", 7, "", "", "")), 500);
	assert_int_equal(sip_dialog_sequence(dialog, request("INFO", 9, "", "", "")), 0);
	assert_int_equal(sip_dialog_sequence(dialog, request("INFO", 8, "", "", "")), 500);
	assert_int_equal(sip_dialog_sequence(dialog, request("INFO", 10, "", "", "")), 0);
	sip_dialog_free(dialog);
}

static void forks_are_dialogs_of_their_own(void **state)
{
	struct sip_dialog *first = uac(), *second;

	(void)state;
	assert_int_equal(sip_dialog_established(first, response("180 Ringing", ";tag=b",
								CONTACT)), 0);
	assert_int_equal(sip_dialog_fork(&second, first, response("200 OK", ";tag=c",
				 "Contact: <sip:c@127.0.0.4>\n")), 0);
	assert_text(first->remote_tag, "b");
	assert_text(second->remote_tag, "c");
	assert_text(second->target, "sip:c@127.0.0.4");
	assert_int_equal(second->first_cseq, first->first_cseq);
	sip_dialog_free(first);
	sip_dialog_free(second);
}

static const char *printed(struct sip_dialog *dialog, enum sip_method method)
{
	struct sip_flow way;
	struct sip_out *out = sip_dialog_begin(dialog, sip.transactions, method, &way);
	static char copy[4096];
	size_t n = 0;

	assert_non_null(out);
	flow = way;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] != '\r')
			copy[n++] = out->p[i];
	copy[n] = '\0';
	return copy;
}

static void a_loose_route_keeps_the_target(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT "Record-Route: <sip:127.0.0.5;lr>\n");
	const char *bye = printed(dialog, SIP_BYE);
	char where[SIP_SOCKADDR_TEXT];

	(void)state;
	assert_int_equal(strncmp(bye, "BYE sip:a@127.0.0.2 SIP/2.0\n", 28), 0);
	assert_string_equal(line_header(bye, "Route"), "<sip:127.0.0.5;lr>");
	assert_string_equal(line_header(bye, "From"), "<sip:b@h>;tag=near");
	assert_string_equal(line_header(bye, "To"), "\"A\" <sip:a@h>;tag=far");
	assert_string_equal(line_header(bye, "CSeq"), "1 BYE");
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "127.0.0.5:5060");
	assert_string_equal(line_header(printed(dialog, SIP_INFO), "CSeq"), "2 INFO");
	sip_dialog_free(dialog);
}

/* What a password is said for is what the request line says. */
static void headers_of_a_contact_stand_in_no_digest(void **state)
{
	struct sip_dialog *dialog = uas("Contact: <sip:a@127.0.0.2?X-H=1>\n");
	static char refusal[] = "SIP/2.0 401 Unauthorized\r\n"
				"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
				"From: <sip:b@h>;tag=near\r\nTo: <sip:a@h>;tag=far\r\n"
				"Call-ID: one\r\nCSeq: 1 INFO\r\n"
				"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n\r\n";
	static const struct sip_secret secret = { .password = "s" };
	static struct sip_parsed refused;
	struct sip_error error;
	const char *bye;

	(void)state;
	assert_int_equal(sip_msg_parse(&refused, refusal, sizeof(refusal) - 1, &error), 0);
	dialog->credentials = sip_credentials_new();
	assert_int_equal(sip_credentials_learn(dialog->credentials, invite(CONTACT),
					       &refused.msg, true, "u", &secret), 0);
	bye = printed(dialog, SIP_BYE);
	assert_int_equal(strncmp(bye, "BYE sip:a@127.0.0.2 SIP/2.0\n", 28), 0);
	assert_non_null(strstr(line_header(bye, "Authorization"), "uri=\"sip:a@127.0.0.2\""));
	sip_dialog_free(dialog);
}

static void a_strict_route_takes_its_place(void **state)
{
	struct sip_dialog *dialog =
		uas(CONTACT "Record-Route: <sip:127.0.0.5>, <sip:127.0.0.6;lr>\n");
	const char *bye = printed(dialog, SIP_BYE);

	(void)state;
	assert_int_equal(strncmp(bye, "BYE sip:127.0.0.5 SIP/2.0\n", 26), 0);
	assert_non_null(strstr(bye, "Route: <sip:127.0.0.6;lr>\nRoute: <sip:a@127.0.0.2>\n"));
	sip_dialog_free(dialog);
}

static void phones_behind_a_router_are_answered_where_they_are(void **state)
{
	struct sip_dialog *dialog = uas("Contact: <sip:a@192.168.1.7:5061>\n");
	char where[SIP_SOCKADDR_TEXT];

	(void)state;
	printed(dialog, SIP_BYE);
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "127.0.0.2:5060");
	sip_dialog_set_aim(dialog, SIP_AIM_CONTACT);
	printed(dialog, SIP_BYE);
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "192.168.1.7:5061");
	sip_dialog_free(dialog);
}

/* A lost connection is replaced by what the far end sends over; a datagram may bear
 * anybody's address. */
static void a_datagram_from_elsewhere_takes_no_dialog_away(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT);
	struct sip_flow other = flow;

	(void)state;
	dialog->flow.connection = 7; /* no longer there */
	sip_sockaddr_parse(&other.peer, RD_STR("192.0.2.66"), 5060);
	sip_dialog_heard(dialog, &other);
	assert_true(sip_sockaddr_same_host(&dialog->flow.peer, &flow.peer));
	sip_sockaddr_parse(&other.peer, RD_STR("127.0.0.2"), 5099);
	sip_dialog_heard(dialog, &other);
	assert_int_equal(sip_sockaddr_port(&dialog->flow.peer), 5099);
	sip_dialog_free(dialog);
}

static struct sip_flow found;

static bool find(void *arg, const struct sip_dialog *dialog, struct sip_flow *way)
{
	(void)arg, (void)dialog;
	*way = found;
	return true;
}

/* Whoever has the dialog may know where the far end is now. */
static void a_lost_connection_is_replaced_by_one_that_is_found(void **state)
{
	static const struct sip_dialog_user user = { .find = find };
	struct sip_dialog *dialog = uas(CONTACT);
	struct sip_transport sealed = *flow.transport;
	char where[SIP_SOCKADDR_TEXT];

	(void)state;
	sip_dialog_set_user(dialog, &user, NULL);
	found = flow;
	sip_sockaddr_set_port(&found.peer, 5099);
	printed(dialog, SIP_INFO);
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "127.0.0.2:5060");
	dialog->flow.connection = 7; /* no longer there */
	printed(dialog, SIP_INFO);
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "127.0.0.2:5099");
	sealed.secure = true;
	dialog->flow.transport = &sealed;
	dialog->flow.connection = 7;
	printed(dialog, SIP_INFO);
	assert_string_equal(sip_sockaddr_text(&flow.peer, where), "127.0.0.2:5060");
	sip_dialog_free(dialog);
}

static void but_where_a_route_is_recorded_it_goes_there(void **state)
{
	static const struct sip_dialog_user user = { .find = find };
	struct sip_dialog *dialog = uas(CONTACT "Record-Route: <sip:127.0.0.2:5099;lr>\n");

	(void)state;
	sip_dialog_set_user(dialog, &user, NULL);
	found = flow;
	sip_sockaddr_set_port(&found.peer, 5099);
	found.local.in4.sin_port = 0; /* how to tell it from one that is opened */
	dialog->flow.connection = 7;
	printed(dialog, SIP_INFO);
	assert_int_equal(sip_sockaddr_port(&flow.local), 5060);
	sip_dialog_free(dialog);
}

/* Only where requests go back to their source; TLS is not left for what is open. */
static void a_dialog_moves_to_another_way(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT);
	struct sip_transport sealed = *flow.transport;
	struct sip_flow other = flow;

	(void)state;
	sealed.secure = true;
	assert_false(sip_dialog_would_move(dialog, &other));
	sip_sockaddr_set_port(&other.peer, 5099);
	assert_true(sip_dialog_would_move(dialog, &other));
	sip_dialog_set_aim(dialog, SIP_AIM_CONTACT);
	assert_false(sip_dialog_would_move(dialog, &other));
	sip_dialog_set_aim(dialog, SIP_AIM_SOURCE);
	other.transport = &sealed;
	assert_true(sip_dialog_would_move(dialog, &other));
	sip_dialog_move(dialog, &other);
	assert_false(sip_dialog_would_move(dialog, &flow));
	dialog->flow = flow;
	sip_dialog_free(dialog);
}

static void a_new_contact_is_the_new_target(void **state)
{
	struct sip_dialog *dialog = uas(CONTACT "Record-Route: <sip:p;lr>\n");

	(void)state;
	assert_int_equal(sip_dialog_refresh(dialog, request("UPDATE", 8, "", "",
					    "Contact: <sip:new@127.0.0.9>\n")), 0);
	assert_text(dialog->target, "sip:new@127.0.0.9");
	assert_text(dialog->routes, "<sip:p;lr>");
	assert_text(dialog->remote_tag, "far");
	assert_int_equal(sip_dialog_refresh(dialog, request("UPDATE", 9, "", "", "")), 0);
	assert_text(dialog->target, "sip:new@127.0.0.9");
	sip_dialog_free(dialog);
}

static void a_thousand_are_found_and_gone(void **state)
{
	static struct sip_dialog *many[1000];
	char tag[16];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		const struct sip_msg *msg = invite(CONTACT);

		snprintf(tag, sizeof(tag), "n%u", i);
		assert_int_equal(sip_dialog_new_uas(&many[i], sip.dialogs, msg, &flow,
						    rd_str_of(tag)), 0);
	}
	assert_int_equal(sip_dialogs_count(sip.dialogs), 1000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(tag, sizeof(tag), ";tag=n%u", i);
		assert_ptr_equal(sip_dialog_find(sip.dialogs,
						 request("BYE", 8, ";tag=far", tag, "")),
				 many[i]);
		sip_dialog_free(many[i]);
	}
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
}

static int answer_once(void *arg)
{
	struct sip_dialog *dialog;
	int rc = sip_dialog_new_uas(&dialog, sip.dialogs, arg, &flow, RD_STR("near"));

	if (rc == 0)
		sip_dialog_free(dialog);
	return rc;
}

static int call_once(void *arg)
{
	const struct sip_dialog_params params = {
		.call_id = RD_STR("one"),
		.local = RD_STR("<sip:a@h>"),
		.remote = RD_STR("<sip:b@h>"),
		.target = RD_STR("sip:b@127.0.0.2"),
		.flow = &flow,
	};
	struct sip_dialog *dialog;
	int rc = sip_dialog_new_uac(&dialog, sip.dialogs, &params);

	if (rc == 0) {
		rc = sip_dialog_established(dialog, arg);
		sip_dialog_free(dialog);
	}
	return rc;
}

static void an_unreadable_record_route_makes_none(void **state)
{
	static const char *const routes[] = { "rubbish", "<sip:p1;lr>, rubbish", "<sip:>" };
	struct sip_dialog *dialog;
	char more[128];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(routes); i++) {
		snprintf(more, sizeof(more), CONTACT "Record-Route: %s\n", routes[i]);
		assert_int_equal(sip_dialog_new_uas(&dialog, sip.dialogs, invite(more), &flow,
						    RD_STR("near")), -EINVAL);
	}
}

static void memory_may_run_out(void **state)
{
	static const char more[] = CONTACT "Record-Route: <sip:p1;lr>, <sip:p2;lr>\n";

	(void)state;
	assert_true(oom_sweep(answer_once, (void *)invite(more)) > 1);
	/* No name to look up ahead, which may fail without harm. */
	assert_true(oom_sweep(call_once, (void *)response("200 OK", ";tag=b", CONTACT)) > 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_uas_keeps_routes_in_order),
		TEST(the_uac_turns_routes_round),
		TEST(an_invite_without_contact_makes_none),
		TEST(an_unreadable_record_route_makes_none),
		TEST(memory_may_run_out),
		TEST(an_answer_may_be_of_rfc_2543),
		TEST(who_does_not_say_where_he_is_is_where_he_was_called),
		TEST(all_three_parts_find_it),
		TEST(a_second_copy_of_the_invite_is_known),
		TEST(requests_must_count_up),
		TEST(forks_are_dialogs_of_their_own),
		TEST(a_loose_route_keeps_the_target),
		TEST(headers_of_a_contact_stand_in_no_digest),
		TEST(a_strict_route_takes_its_place),
		TEST(phones_behind_a_router_are_answered_where_they_are),
		TEST(a_datagram_from_elsewhere_takes_no_dialog_away),
		TEST(a_lost_connection_is_replaced_by_one_that_is_found),
		TEST(but_where_a_route_is_recorded_it_goes_there),
		TEST(a_dialog_moves_to_another_way),
		TEST(a_new_contact_is_the_new_target),
		TEST(a_thousand_are_found_and_gone),
	};

	return RUN_GROUP(tests);
}
