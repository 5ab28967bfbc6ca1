/* What a registration may say beside an address: the way back, flows; how calls use it; and
 * whether the phone is still there. Devices with URIs of their own are in test_sip_gruu.c. */
#include "tests/unit/test.h"

#include <ringdown/tech.h>

#include "channels/sip/endpoint/ask.h"
#include "channels/sip/endpoint/qualify.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

static struct sip_phone far, callee;

static struct sip_aor *record(void)
{
	return sip_location_find(sip.location, RD_STR("1002"));
}

static void dial_1002(void)
{
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
}

static void hang_up(void)
{
	phone_request(&far, "CANCEL", "", "");
	run_for(100000);
	line_clear();
}

/* Dial(resource) sends this INVITE and no other. */
static void is_called_alone(const char *resource, const char *invite)
{
	seen.dials = resource;
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	starts(callee.request, invite);
	assert_true(line_is_empty());
	hang_up();
}

static void bind_peer(const char *uri)
{
	office_bind("peer", "127.0.0.2", 5070,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri), .q = 1000 });
}

/* 700 dials SIP/42@peer: what its contact says beside its address is said to it. */
static void another_number_at_a_phone_keeps_the_contacts_parameters(void **state)
{
	(void)state;
	bind_peer("sip:x@127.0.0.2:5070;transport=udp;line=7");
	phone_invite(&far, "alice", "700", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	starts(line_expect("INVITE "), "INVITE sip:42@127.0.0.2:5070;transport=udp;line=7 SIP/2.0");
	hang_up();
}

/* ---- what dialplans ask ---- */

static void tells(int (*read)(struct rd_channel *, const char *, struct rd_buf *),
		  const char *args, const char *want)
{
	struct rd_buf out;

	rd_buf_init(&out);
	assert_int_equal(read(NULL, args, &out), 0);
	assert_string_equal(rd_buf_text(&out), want);
	rd_buf_fini(&out);
}

static void the_dialplan_asks_about_phones_and_contacts(void **state)
{
	struct rd_buf name, args;

	(void)state;
	starts(register_1002("a", "Contact: <sip:1002@10.0.0.9:5070>\nUser-Agent: Desk\n"),
	       "SIP/2.0 200");
	rd_buf_init(&name);
	rd_buf_init(&args);
	tells(sip_endpoint_read, "1002,context", "office");
	tells(sip_endpoint_read, "1002,dtmf_mode", "rfc4733");
	tells(sip_endpoint_read, "1002,rewrite_contact", "yes");
	tells(sip_endpoint_read, "1002,aors", "1002");
	tells(sip_aor_read, "1002,max_contacts", "5");
	tells(sip_dial_contacts_read, "1002", "PJSIP/1002/sip:1002@10.0.0.9:5070");
	tells(sip_dial_contacts_read, "1002,,4711", "PJSIP/1002/sip:4711@10.0.0.9:5070");
	assert_int_equal(sip_aor_read(NULL, "1002,contact", &name), 0);
	rd_buf_printf(&args, "%s,uri", rd_buf_text(&name));
	tells(sip_contact_read, rd_buf_text(&args), "sip:1002@10.0.0.9:5070");
	rd_buf_reset(&args);
	rd_buf_printf(&args, "%s,status", rd_buf_text(&name));
	tells(sip_contact_read, rd_buf_text(&args), "Unknown");
	rd_buf_reset(&args);
	rd_buf_printf(&args, "%s,user_agent", rd_buf_text(&name));
	tells(sip_contact_read, rd_buf_text(&args), "Desk");
	rd_buf_reset(&args);
	/* Nobody learns a password that way. */
	assert_int_equal(sip_endpoint_read(NULL, "1002,secret", &args), -ENOENT);
	assert_int_equal(sip_endpoint_read(NULL, "4711,context", &args), -ENOENT);
	assert_int_equal(sip_endpoint_read(NULL, "1002", &args), -EINVAL);
	assert_int_equal(sip_contact_read(NULL, "1002;@0,uri", &args), -ENOENT);
	rd_buf_fini(&args);
	rd_buf_fini(&name);
}

static void one_contact_is_dialled_alone(void **state)
{
	(void)state;
	starts(register_1002("a", "Contact: <sip:1002@10.0.0.9>, <sip:1002@10.0.0.8:5070>\n"),
	       "SIP/2.0 200");
	is_called_alone("PJSIP/1002/sip:1002@10.0.0.8:5070", "INVITE sip:1002@10.0.0.8:5070 ");
}

static void another_user_is_asked_for_at_a_contact(void **state)
{
	(void)state;
	starts(register_1002("a", "Contact: <sip:1002@10.0.0.9>, <sip:1002@10.0.0.8:5070>\n"),
	       "SIP/2.0 200");
	is_called_alone("PJSIP/1002/sip:4711@10.0.0.8:5070", "INVITE sip:4711@10.0.0.8:5070 ");
}

/* ---- RFC 3327, RFC 3608 ---- */

static void calls_take_the_path_back(void **state)
{
	const char *ok;

	(void)state;
	ok = register_1002("a", "Contact: <sip:1002@10.0.0.9>\nSupported: path\n"
				"Path: <sip:p2@127.0.0.2;lr>, <sip:p1@10.0.0.5;lr>\n");
	starts(ok, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Path"),
			    "<sip:p2@127.0.0.2;lr>, <sip:p1@10.0.0.5;lr>");
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@10.0.0.9 SIP/2.0");
	assert_string_equal(line_header(callee.request, "Route"),
			    "<sip:p2@127.0.0.2;lr>, <sip:p1@10.0.0.5;lr>");
	hang_up();
}

static void a_phone_with_a_long_uri_is_called(void **state)
{
	char contact[1200], invite[1200];

	(void)state;
	snprintf(contact, sizeof(contact),
		 "Contact: <sip:1002@127.0.0.2:5060;pn-prid=%01000d>\n", 7);
	starts(register_1002("a", contact), "SIP/2.0 200");
	snprintf(invite, sizeof(invite), "INVITE sip:1002@127.0.0.2:5060;pn-prid=%01000d ", 7);
	is_called_alone("SIP/1002", invite);
}

static void a_path_that_is_not_wanted_is_ignored_or_refused(void **state)
{
	const char *answer;

	(void)state;
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\npath = no\n"
				       "service_route = <sip:out@h\\;lr>\n"), 0);
	answer = register_1002("a", "Contact: <sip:1002@127.0.0.2>\nPath: <sip:p@h;lr>\n");
	starts(answer, "SIP/2.0 200");
	assert_string_equal(line_header(answer, "Path"), "");
	assert_string_equal(line_header(answer, "Service-Route"), "<sip:out@h;lr>");
	assert_int_equal(sip_aor_first(record())->path.n, 0);
}

static void a_broken_path_is_400(void **state)
{
	char more[2400];

	(void)state;
	starts(register_1002("a", "Contact: <sip:1002@127.0.0.2>\nPath: \"p\n"), "SIP/2.0 400");
	snprintf(more, sizeof(more), "Contact: <sip:1002@127.0.0.2>\nPath: <sip:%02100d@h;lr>\n",
		 0);
	starts(register_1002("b", more), "SIP/2.0 400");
}

/* RFC 3327 §5.3: who does not know of paths is not told of his. */
static void a_path_is_told_to_who_knows_what_it_is(void **state)
{
	static const char contact[] = "Contact: <sip:1002@127.0.0.2>\nPath: <sip:p@h;lr>\n";
	char more[200];

	(void)state;
	assert_string_equal(line_header(register_1002("a", contact), "Path"), "");
	assert_string_equal(sip_aor_first(record())->path.p, "<sip:p@h;lr>");
	snprintf(more, sizeof(more), "Supported: path\n%s", contact);
	assert_string_equal(line_header(register_1002("b", more), "Path"), "<sip:p@h;lr>");
}

/* ---- RFC 5626 ---- */

#define DEVICE ";+sip.instance=\"<urn:uuid:1>\""

static const char *flow(const char *reg_id, const char *host, const char *call_id)
{
	static char more[512];

	snprintf(more, sizeof(more),
		 "Supported: path, outbound\nContact: <sip:1002@%s>" DEVICE ";reg-id=%s\n", host,
		 reg_id);
	return register_1002(call_id, more);
}

static void two_flows_are_one_device(void **state)
{
	const char *ok;

	(void)state;
	ok = flow("1", "127.0.0.2:5060", "a");
	assert_string_equal(line_header(ok, "Require"), "outbound");
	assert_string_equal(line_header(ok, "Flow-Timer"), "120");
	assert_non_null(strstr(ok, DEVICE ";reg-id=1"));
	flow("2", "127.0.0.2:5070", "b");
	assert_int_equal(record()->count, 2);
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5070");
	line_expect_nothing();
	hang_up();
}

static void a_flow_is_dialled_by_its_uri(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("2", "127.0.0.2:5070", "b");
	is_called_alone("PJSIP/1002/sip:1002@127.0.0.2:5060", "INVITE sip:1002@127.0.0.2:5060");
}

/* RFC 5626 §7: one at a time, and the other when it fails. */
static void what_is_dialled_of_contacts_is_one_flow_of_each_device(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("2", "127.0.0.2:5070", "b");
	starts(register_1002("c", "Contact: <sip:1002@127.0.0.2:5080>\n"), "SIP/2.0 200");
	tells(sip_dial_contacts_read, "1002",
	      "PJSIP/1002/sip:1002@127.0.0.2:5080&PJSIP/1002/sip:1002@127.0.0.2:5070");
	seen.dials = "PJSIP/1002/sip:1002@127.0.0.2:5070";
	phone_invite(&far, "alice", "707", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5070");
	line_expect_nothing();
	run_for(3900);
	line_clear();
	run_for(200); /* it is silent */
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	tells(sip_dial_contacts_read, "1002",
	      "PJSIP/1002/sip:1002@127.0.0.2:5080&PJSIP/1002/sip:1002@127.0.0.2:5060");
	hang_up();
}

static void a_flow_registered_again_replaces_itself(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("1", "127.0.0.2:6060", "a");
	assert_int_equal(record()->count, 1);
	starts(register_1002("a", "Contact: <sip:any@h>" DEVICE ";reg-id=1;expires=0\n"),
	       "SIP/2.0 200");
	assert_int_equal(record()->count, 0);
}

static void when_a_flow_fails_the_call_takes_the_other(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("2", "127.0.0.2:5070", "b");
	dial_1002();
	phone_called(&callee);
	phone_answer(&callee, "430 Flow Failed", "", "");
	line_expect("ACK ");
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(10);
	phone_expect(&far, "SIP/2.0 180");
	/* There is no third. */
	phone_answer(&callee, "430 Flow Failed", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 480");
	phone_ack(&far, "");
}

/* Nothing comes of it for failover_time. */
static void when_a_flow_is_silent_the_call_takes_the_other(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("2", "127.0.0.2:5070", "b");
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5070");
	run_for(3900);
	line_clear();
	run_for(200);
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	run_for(200); /* nor is it sent to the first again */
	line_expect_nothing();
	phone_answer(&callee, "180 Ringing", "", "");
	run_for(15000);
	phone_expect(&far, "SIP/2.0 180");
	line_expect_nothing();
	hang_up();
}

/* The next call begins with the flow that was good, until the other one is renewed. */
static void a_flow_that_failed_comes_last_until_it_is_renewed(void **state)
{
	(void)state;
	flow("2", "127.0.0.2:5070", "b");
	flow("1", "127.0.0.2:5060", "a");
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	phone_answer(&callee, "430 Flow Failed", "", "");
	line_expect("ACK ");
	phone_called(&callee);
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5070");
	hang_up();
	flow("1", "127.0.0.2:5060", "a");
	dial_1002();
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	hang_up();
}

static void a_refusal_by_the_device_is_final(void **state)
{
	(void)state;
	flow("1", "127.0.0.2:5060", "a");
	flow("2", "127.0.0.2:5070", "b");
	dial_1002();
	phone_called(&callee);
	phone_answer(&callee, "486 Busy Here", "", "");
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack(&far, "");
}

static const char *through_proxy(const char *more)
{
	return sip_register(&(struct sip_registering){ .user = "1002",
						       .password = "two",
						       .call_id = "p",
						       .more = more,
						       .proxied = true });
}

static void a_first_hop_that_lacks_outbound_is_439(void **state)
{
	const char *answer;

	(void)state;
	starts(through_proxy("Supported: outbound\nContact: <sip:a@h>" DEVICE ";reg-id=1\n"
			     "Path: <sip:p@127.0.0.7;lr>\n"),
	       "SIP/2.0 439 First Hop Lacks Outbound Support");
	answer = through_proxy("Contact: <sip:a@h>" DEVICE ";reg-id=1\n"
			       "Path: <sip:p@127.0.0.7;lr>\n");
	starts(answer, "SIP/2.0 200");
	assert_null(strstr(answer, "reg-id"));
	answer = through_proxy("Supported: outbound\nContact: <sip:b@h>" DEVICE ";reg-id=1\n"
			       "Path: <sip:p@127.0.0.7;lr;ob>\n");
	starts(answer, "SIP/2.0 200");
	assert_non_null(strstr(answer, "reg-id=1"));
}

static void a_flow_goes_alone(void **state)
{
	(void)state;
	starts(register_1002("a", "Supported: outbound\nContact: <sip:a@h>" DEVICE ";reg-id=1, "
				  "<sip:b@h>\n"), "SIP/2.0 400");
	starts(register_1002("b", "Supported: outbound\nContact: <sip:a@h>" DEVICE ";reg-id=1, "
				  "<sip:b@h>;expires=0\n"), "SIP/2.0 200");
	starts(register_1002("c", "Contact: <sip:c@h>;reg-id=1\n"), "SIP/2.0 200");
	starts(register_1002("d", "Contact: <sip:d@h>" DEVICE ";reg-id=x\n"), "SIP/2.0 400");
}

static void where_flows_are_not_wanted_it_is_a_contact(void **state)
{
	const char *ok;

	(void)state;
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\noutbound = no\n"), 0);
	ok = flow("1", "127.0.0.2:5060", "a");
	assert_string_equal(line_header(ok, "Require"), "");
	assert_null(strstr(ok, "reg-id"));
}

static void an_instance_of_any_length_is_none(void **state)
{
	char more[400];

	(void)state;
	snprintf(more, sizeof(more), "Contact: <sip:a@h>;+sip.instance=\"<%0198d>\"\n", 1);
	assert_non_null(strstr(register_1002("a", more), "+sip.instance"));
	snprintf(more, sizeof(more), "Contact: <sip:a@h>;+sip.instance=\"<%0199d>\"\n", 1);
	assert_null(strstr(register_1002("b", more), "+sip.instance"));
}

/* ---- the rest of a contact ---- */

static void what_a_phone_can_do_is_given_back(void **state)
{
	const char *ok;

	(void)state;
	ok = register_1002("a", "Contact: <sip:1002@127.0.0.2>;methods=\"INVITE, BYE\";video;"
				"q=0.5;expires=100;audio\n");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:1002@127.0.0.2>;expires=100;q=0.500;"
			    "methods=\"INVITE, BYE\";video;audio");
}

static void a_full_record_may_refuse_the_next(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\nmax_contacts = 1\n"
				       "remove_existing = no\n"), 0);
	starts(register_1002("a", "Contact: <sip:a@127.0.0.2>\n"), "SIP/2.0 200");
	starts(register_1002("b", "Contact: <sip:b@127.0.0.2>\n"), "SIP/2.0 403");
	starts(register_1002("c", "Contact: <sip:a@127.0.0.2>;expires=0, <sip:b@127.0.0.2>\n"),
	       "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
}

static const struct sip_registering behind_a_router = { .user = "1002",
							.password = "two",
							.call_id = "a",
							.more = "Contact: <sip:1002@10.0.0.9>\n",
							.from = "127.0.0.3" };

/* After a power cut: another public address, and another Call-ID. */
static void one_that_starts_anew_elsewhere_is_itself_where_there_is_one_place(void **state)
{
	struct sip_registering who = behind_a_router;

	(void)state;
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\nmax_contacts = 1\n"
				       "remove_existing = no\n"),
			 0);
	starts(sip_register(&who), "SIP/2.0 200");
	who.from = "127.0.0.4";
	who.call_id = "b";
	starts(sip_register(&who), "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
}

/* Two phones that call their contact alike: where the next replaces one, it is not taken for it. */
static void a_second_phone_stays_one_where_it_may_replace_the_first(void **state)
{
	struct sip_registering who = behind_a_router;

	(void)state;
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\nmax_contacts = 2\n"
				       "remove_existing = yes\n"),
			 0);
	starts(register_1002("other", "Contact: <sip:b@127.0.0.2>\n"), "SIP/2.0 200");
	starts(sip_register(&who), "SIP/2.0 200");
	who.from = "127.0.0.4";
	who.call_id = "b";
	starts(sip_register(&who), "SIP/2.0 200");
	/* The oldest made room. */
	assert_int_equal(record()->count, 2);
	assert_null(sip_aor_find(record(), RD_STR("sip:b@127.0.0.2")));
}

/* ---- still there? ---- */

static void office_that_asks(const char *more)
{
	char conf[512];

	snprintf(conf, sizeof(conf), "[gate]\ntype = phone\nmatch = 127.0.0.9\n"
		 "context = office\n[1002]\ntype = phone\nsecret = two\nqualify = 60\n"
		 "context = office\n%s", more);
	assert_int_equal(office_reload(conf), 0);
}

static enum sip_reach reach(void)
{
	return sip_contact_reach(sip_aor_first(record()));
}

static void a_phone_that_answers_is_reachable(void **state)
{
	(void)state;
	office_that_asks("");
	register_1002("a", "Contact: <sip:1002@127.0.0.2:5060>\n");
	assert_int_equal(reach(), SIP_REACH_UNKNOWN);
	run_for(10);
	phone_expect_request(&callee, "OPTIONS sip:1002@127.0.0.2:5060 SIP/2.0");
	run_for(20);
	phone_answer(&callee, "405 Method Not Allowed", "", "");
	assert_int_equal(reach(), SIP_REACHABLE);
	assert_in_range(sip_contact_rtt_us(sip_aor_first(record())), 20000, 40000);
	run_for(61000);
	phone_expect_request(&callee, "OPTIONS ");
	phone_answer(&callee, "200 OK", "", "");
}

static void a_refusal_is_no_answer_where_it_says_so(void **state)
{
	(void)state;
	office_that_asks("qualify_2xx_only = yes\n");
	register_1002("a", "Contact: <sip:1002@127.0.0.2:5060>\n");
	run_for(10);
	phone_expect_request(&callee, "OPTIONS ");
	phone_answer(&callee, "404 Not Found", "", "");
	assert_int_equal(reach(), SIP_UNREACHABLE);
	run_for(61000);
	phone_expect_request(&callee, "OPTIONS ");
	phone_answer(&callee, "200 OK", "", "");
	assert_int_equal(reach(), SIP_REACHABLE);
}

static void one_that_is_silent_is_not_called(void **state)
{
	(void)state;
	office_that_asks("qualify_timeout = 2s\n");
	register_1002("a", "Contact: <sip:1002@127.0.0.2:5060>\n");
	run_for(2100);
	assert_int_equal(reach(), SIP_UNREACHABLE);
	assert_int_equal(rd_device_state("SIP/1002"), RD_DEVICE_UNAVAILABLE);
	line_clear();
	phone_invite(&far, "alice", "701", "", SDP(""));
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_final(&far, "SIP/2.0 480");
	phone_ack(&far, "");
	/* It registers again: asked at once. */
	register_1002("a", "Contact: <sip:1002@127.0.0.2:5060>\n");
	run_for(10);
	phone_expect_request(&callee, "OPTIONS ");
	phone_answer(&callee, "200 OK", "", "");
	assert_int_equal(reach(), SIP_REACHABLE);
	assert_int_equal(rd_device_state("SIP/1002"), RD_DEVICE_NOT_INUSE);
}

static void a_silent_one_makes_room(void **state)
{
	(void)state;
	office_that_asks("max_contacts = 2\nremove_unavailable = yes\nremove_existing = no\n");
	register_1002("a", "Contact: <sip:a@127.0.0.2:5060>\nExpires: 3000\n");
	run_for(10);
	line_take();
	run_for(4000);
	line_clear();
	register_1002("b", "Contact: <sip:b@127.0.0.2:5060>\nExpires: 100\n");
	run_for(10);
	line_clear();
	starts(register_1002("c", "Contact: <sip:c@127.0.0.2:5060>\n"), "SIP/2.0 200");
	assert_null(sip_aor_find(record(), RD_STR("sip:a@127.0.0.2:5060")));
	assert_non_null(sip_aor_find(record(), RD_STR("sip:b@127.0.0.2:5060")));
}

static void asking_begins_and_ends_with_a_reload(void **state)
{
	(void)state;
	register_1002("a", "Contact: <sip:1002@127.0.0.2:5060>\n");
	run_for(200000);
	line_expect_nothing();
	office_that_asks("");
	run_for(60000);
	line_expect("OPTIONS ");
	assert_int_equal(office_reload("[1002]\ntype = phone\nsecret = two\n"), 0);
	run_for(40000);
	line_clear();
	run_for(200000);
	line_expect_nothing();
}

static void register_without_memory(long allowed)
{
	rd__alloc_fail_after(allowed);
	for (int i = 0; i < 2; i++)
		line_feed("REGISTER sip:127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKo%ld\n"
			  "From: <sip:gate@h>;tag=1\nTo: <sip:gate@h>\nCall-ID: o%ld\n"
			  "CSeq: %d REGISTER\nSupported: gruu, outbound, path\n"
			  "Path: <sip:p@h;lr;ob>\n"
			  "Contact: <sip:gate@h>" DEVICE ";reg-id=1;video\n\n",
			  allowed * 2 + i, allowed, i + 1);
	rd__alloc_fail_after(-1);
	run_for(40000);
	line_clear();
}

static void memory_may_run_out(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.2\n"
				       "qualify = 60\n"), 0);
	for (long n = 0; n < 60; n++)
		register_without_memory(n);
}

/* ---- RFC 3665 §2: a phone whose contact is known from the figures ---- */

#define CONTACT "Contact: <sip:1002@client.biloxi.example.com>"

static void rfc_3665_2_1_successful_new_registration(void **state)
{
	const char *ok;

	(void)state;
	ok = register_1002("2.1", CONTACT "\n");
	starts(ok, "SIP/2.0 200 OK");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:1002@client.biloxi.example.com>;expires=3600");
	assert_non_null(strstr(line_header(ok, "To"), ";tag="));
}

static void rfc_3665_2_2_update_of_contact_list(void **state)
{
	const char *ok;

	(void)state;
	register_1002("2.1", CONTACT "\n");
	ok = register_1002("2.2", "Contact: <sip:1002@office.example.com>;q=0.5\n");
	starts(ok, "SIP/2.0 200 OK");
	assert_non_null(strstr(ok, "Contact: <sip:1002@client.biloxi.example.com>;expires="));
	assert_non_null(strstr(ok, "Contact: <sip:1002@office.example.com>;expires=3600;q=0.5"));
}

static void rfc_3665_2_3_request_for_current_contact_list(void **state)
{
	const char *ok;

	(void)state;
	register_1002("2.1", CONTACT "\n");
	run_for(600000);
	ok = register_1002("2.3", "");
	starts(ok, "SIP/2.0 200 OK");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:1002@client.biloxi.example.com>;expires=3000");
}

static void rfc_3665_2_4_cancellation_of_registration(void **state)
{
	const char *ok;

	(void)state;
	register_1002("2.1", CONTACT "\n");
	ok = register_1002("2.4", "Expires: 0\nContact: *\n");
	starts(ok, "SIP/2.0 200 OK");
	assert_string_equal(line_header(ok, "Contact"), "");
}

static void rfc_3665_2_5_unsuccessful_registration(void **state)
{
	(void)state;
	starts(sip_register(&(struct sip_registering){ .user = "1002",
						       .password = "wrong",
						       .call_id = "2.5",
						       .more = CONTACT "\n" }),
	       "SIP/2.0 403");
	assert_null(record());
}

/* ---- RFC 3261 §10.3, step by step ---- */

static void step_2_an_extension_that_we_lack_is_420(void **state)
{
	(void)state;
	line_feed("REGISTER sip:h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKs2\n"
		  "From: <sip:1002@h>;tag=1\nTo: <sip:1002@h>\nCall-ID: s2\nCSeq: 1 REGISTER\n"
		  "Require: path, teleport\n\n");
	assert_string_equal(line_header(line_expect("SIP/2.0 420"), "Unsupported"), "teleport");
}

static void step_3_and_4_who_and_whether_he_may(void **state)
{
	(void)state;
	line_feed("REGISTER sip:h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKs3\n"
		  "From: <sip:1002@h>;tag=1\nTo: <sip:1002@h>\nCall-ID: s3\nCSeq: 1 REGISTER\n\n");
	line_expect("SIP/2.0 401");
	/* The gate is known by its address, and is not 1002. */
	line_feed_from("127.0.0.9", 5060,
		       "REGISTER sip:h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKs4\n"
		       "From: <sip:gate@h>;tag=1\nTo: <sip:1002@h>\nCall-ID: s4\n"
		       "CSeq: 1 REGISTER\nContact: <sip:evil@h>\n\n");
	line_expect("SIP/2.0 403");
	assert_null(record());
}

static void step_5_the_record_is_the_canonical_to(void **state)
{
	(void)state;
	line_feed_from("127.0.0.9", 5060,
		       "REGISTER sip:h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKs5\n"
		       "From: <sip:x@h>;tag=1\nTo: \"G\" <sip:%67ate@h;user=phone>\n"
		       "Call-ID: s5\nCSeq: 1 REGISTER\nContact: <sip:g@127.0.0.9>\n\n");
	line_expect("SIP/2.0 200");
	assert_non_null(sip_location_find(sip.location, RD_STR("gate")));
}

static void step_6_and_7_all_or_nothing(void **state)
{
	(void)state;
	register_1002("s7", "Contact: <sip:a@127.0.0.2>\n");
	starts(register_1002("s8", "Contact: <sip:b@127.0.0.2>, <sip:c@127.0.0.2>;expires=5\n"),
	       "SIP/2.0 423");
	starts(register_1002("s9", "Contact: <sip:b@127.0.0.2>, <mailto:c@127.0.0.2>\n"),
	       "SIP/2.0 400");
	assert_int_equal(record()->count, 1);
	starts(register_1002("s10", "Contact: <sip:a@127.0.0.2>;expires=0, <sip:d@127.0.0.2>\n"),
	       "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
	assert_non_null(sip_aor_find(record(), RD_STR("sip:d@127.0.0.2")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_number_at_a_phone_keeps_the_contacts_parameters),
		TEST(the_dialplan_asks_about_phones_and_contacts),
		TEST(one_contact_is_dialled_alone),
		TEST(a_flow_is_dialled_by_its_uri),
		TEST(what_is_dialled_of_contacts_is_one_flow_of_each_device),
		TEST(another_user_is_asked_for_at_a_contact),
		TEST(calls_take_the_path_back),
		TEST(a_phone_with_a_long_uri_is_called),
		TEST(a_path_that_is_not_wanted_is_ignored_or_refused),
		TEST(a_broken_path_is_400),
		TEST(a_path_is_told_to_who_knows_what_it_is),
		TEST(two_flows_are_one_device),
		TEST(a_flow_registered_again_replaces_itself),
		TEST(when_a_flow_fails_the_call_takes_the_other),
		TEST(when_a_flow_is_silent_the_call_takes_the_other),
		TEST(a_flow_that_failed_comes_last_until_it_is_renewed),
		TEST(a_refusal_by_the_device_is_final),
		TEST(a_first_hop_that_lacks_outbound_is_439),
		TEST(a_flow_goes_alone),
		TEST(where_flows_are_not_wanted_it_is_a_contact),
		TEST(an_instance_of_any_length_is_none),
		TEST(what_a_phone_can_do_is_given_back),
		TEST(a_full_record_may_refuse_the_next),
		TEST(one_that_starts_anew_elsewhere_is_itself_where_there_is_one_place),
		TEST(a_second_phone_stays_one_where_it_may_replace_the_first),
		TEST(a_phone_that_answers_is_reachable),
		TEST(a_refusal_is_no_answer_where_it_says_so),
		TEST(one_that_is_silent_is_not_called),
		TEST(a_silent_one_makes_room),
		TEST(asking_begins_and_ends_with_a_reload),
		TEST(rfc_3665_2_1_successful_new_registration),
		TEST(rfc_3665_2_2_update_of_contact_list),
		TEST(rfc_3665_2_3_request_for_current_contact_list),
		TEST(rfc_3665_2_4_cancellation_of_registration),
		TEST(rfc_3665_2_5_unsuccessful_registration),
		TEST(step_2_an_extension_that_we_lack_is_420),
		TEST(step_3_and_4_who_and_whether_he_may),
		TEST(step_5_the_record_is_the_canonical_to),
		TEST(step_6_and_7_all_or_nothing),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
