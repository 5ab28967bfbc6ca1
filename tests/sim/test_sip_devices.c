/* What a section rings: its devices, its host beside them, those that another section
 * registered, and any URI with its options; and what the dialplan is told of them. */
#include "tests/unit/test.h"

#include <ringdown/event.h>
#include <ringdown/stream.h>
#include <ringdown/tech.h>

#include "channels/sip/call/tech.h"
#include "channels/sip/endpoint/ask.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone far, device, host;

static const char conf[] =
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[both]\ntype = peer\nhost = 127.0.0.4:5070\nring_host = yes\n"
	"[1002]\ntype = phone\nsecret = two\nallow = alaw\n"
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = open\n"
	"[keeper]\nsecret = k\naors = desk,spare\n"
	"[guest]\nsecret = g\naors = desk\ndevices_of = keeper\n";

static int open_devices(void **state)
{
	int rc = exchange_open(state);

	assert_int_equal(office_reload(conf), 0);
	return rc;
}

static void dial(const char *resource)
{
	seen.dials = resource;
	seen.dial_status = RD_DIAL_ANSWER;
	phone_invite(&far, "alice", "707", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
}

static void rings(struct sip_phone *phone, const char *invite, const char *where)
{
	assert_int_equal(strncmp(phone_called(phone), invite, strlen(invite)), 0);
	assert_string_equal(line_peer(), where);
}

static void refuses(struct sip_phone *phone, const char *from)
{
	line_answer_from(from);
	phone_answer(phone, "486 Busy Here", "", "");
	line_answer_from(NULL);
	line_expect("ACK ");
	rd__sched_run_for(10);
}

static void answers(struct sip_phone *phone, const char *from)
{
	line_answer_from(from);
	phone_answer(phone, "200 OK", "Contact: <sip:x@127.0.0.2>\n", SDP(""));
	line_answer_from(NULL);
	rd__sched_run_for(10);
	line_expect("ACK ");
}

static void hang_up(void)
{
	line_clear();
	phone_request(&far, "CANCEL", "", "");
	rd__sched_run_for(100000);
	line_clear();
}

static void registers(const char *name, const char *uri, const char *where, uint16_t port)
{
	office_bind(name, where, port,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri), .q = 1000 });
}

/* ---- a host beside devices ---- */

static void ring_both(void)
{
	registers("both", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("SIP/both");
	rings(&device, "INVITE sip:d@127.0.0.2:5062 ", "127.0.0.2:5062");
	rings(&host, "INVITE sip:127.0.0.4:5070 ", "127.0.0.4:5070");
	line_expect_nothing();
}

static void the_host_answers_when_the_device_refuses(void **state)
{
	(void)state;
	ring_both();
	refuses(&device, "127.0.0.2:5062");
	line_expect_nothing();
	answers(&host, "127.0.0.4:5070");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	rd__sched_run_for(100000);
	line_clear();
}

static void the_device_answers_and_the_host_stops_ringing(void **state)
{
	(void)state;
	ring_both();
	line_answer_from("127.0.0.4:5070");
	phone_answer(&host, "180 Ringing", "", "");
	rd__sched_run_for(10);
	line_expect("SIP/2.0 180");
	line_answer_from("127.0.0.2:5062");
	phone_answer(&device, "200 OK", "Contact: <sip:x@127.0.0.2>\n", SDP(""));
	line_answer_from(NULL);
	line_expect("CANCEL sip:127.0.0.4:5070 ");
	line_expect("ACK ");
	rd__sched_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	rd__sched_run_for(100000);
	line_clear();
}

static void both_refuse(void **state)
{
	(void)state;
	ring_both();
	refuses(&host, "127.0.0.4:5070");
	line_expect_nothing();
	refuses(&device, "127.0.0.2:5062");
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	assert_int_equal(seen.dial_status, RD_DIAL_BUSY);
}

static void another_number_is_asked_for_at_both(void **state)
{
	(void)state;
	registers("both", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("SIP/both/42");
	rings(&device, "INVITE sip:42@127.0.0.2:5062 ", "127.0.0.2:5062");
	rings(&host, "INVITE sip:42@127.0.0.4:5070 ", "127.0.0.4:5070");
	hang_up();
}

static void a_device_that_is_out_of_reach_leaves_the_host(void **state)
{
	(void)state;
	registers("both", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	line_break("127.0.0.2:5062");
	dial("SIP/both");
	rings(&host, "INVITE sip:127.0.0.4:5070 ", "127.0.0.4:5070");
	line_break(NULL);
	hang_up();
}

/* ---- while DNS is asked for the host ---- */

#define NAMED                                                                                      \
	"[global]\ndns_hosts = /nonexistent\n"                                                     \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"[named]\ntype = peer\nhost = host.test\nsecret = x\ntrust_match = no\nring_host = yes\n"

/* DNS says so half a second later. */
static void ring_named(const char *zone)
{
	zone_set(zone);
	zone_serve(sip.resolver, 500);
	assert_int_equal(office_reload(NAMED), 0);
	registers("named", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("SIP/named");
	rings(&device, "INVITE sip:d@127.0.0.2:5062 ", "127.0.0.2:5062");
	line_expect_nothing();
}

static int close_named(void **state)
{
	zone_serve(sip.resolver, 0);
	return exchange_close(state);
}

static const char known[] = "host.test 60 NAPTR 1 1 S SIP+D2U _sip._udp.host.test\n"
			    "_sip._udp.host.test 60 SRV 1 1 5070 a.host.test\n"
			    "a.host.test 60 A 127.0.0.4\n";

static void who_refuses_early_leaves_the_host_that_is_still_looked_for(void **state)
{
	(void)state;
	ring_named(known);
	refuses(&device, "127.0.0.2:5062");
	line_expect_nothing();
	for (int ms = 0; line_is_empty() && ms < 3000; ms += 100)
		rd__sched_run_for(100);
	rings(&host, "INVITE sip:host.test ", "127.0.0.4:5070");
	refuses(&host, "127.0.0.4:5070");
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void a_host_that_is_not_found_leaves_the_device_ringing(void **state)
{
	(void)state;
	ring_named("host.test 60 FAIL\n");
	line_answer_from("127.0.0.2:5062");
	phone_answer(&device, "180 Ringing", "", "");
	rd__sched_run_for(5000);
	line_expect("SIP/2.0 180");
	line_expect_nothing();
	refuses(&device, "127.0.0.2:5062");
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

static void its_refusal_counts_when_the_host_is_not_found(void **state)
{
	(void)state;
	ring_named("host.test 60 FAIL\n");
	refuses(&device, "127.0.0.2:5062");
	line_expect_nothing();
	rd__sched_run_for(5000);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
	assert_int_equal(seen.dial_status, RD_DIAL_BUSY);
}

/* Where it is not said, the host is for when nobody is registered. */
static void without_the_option_devices_ring_alone(void **state)
{
	(void)state;
	registers("peer", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("SIP/peer");
	rings(&device, "INVITE sip:d@127.0.0.2:5062 ", "127.0.0.2:5062");
	line_expect_nothing();
	hang_up();
}

/* ---- any URI ---- */

static void any_uri_is_called_with_the_options_of_a_section(void **state)
{
	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("PJSIP/1002/sip:bob@127.0.0.3:5071");
	rings(&host, "INVITE sip:bob@127.0.0.3:5071 ", "127.0.0.3:5071");
	assert_non_null(strstr(host.request, " RTP/AVP 8"));
	line_expect_nothing();
	line_answer_from("127.0.0.3:5071");
	phone_answer(&host, "401 Unauthorized",
		     "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=MD5, "
		     "qop=\"auth\"\n",
		     "");
	line_answer_from(NULL);
	line_expect("ACK ");
	phone_called(&host);
	assert_string_equal(line_peer(), "127.0.0.3:5071");
	assert_non_null(strstr(host.request, "Authorization: Digest username=\"1002\""));
	hang_up();
}

static void a_uri_at_the_peer_s_host_goes_there_any_other_where_it_says(void **state)
{
	(void)state;
	dial("PJSIP/peer/sip:43@127.0.0.2");
	rings(&host, "INVITE sip:43@127.0.0.2 ", "127.0.0.2:5060");
	hang_up();
	dial("PJSIP/peer/sip:43@127.0.0.3");
	rings(&host, "INVITE sip:43@127.0.0.3 ", "127.0.0.3:5060");
	hang_up();
	dial("PJSIP/peer/sip:#4%33@127.0.0.3");
	rings(&host, "INVITE sip:%234%33@127.0.0.3 ", "127.0.0.3:5060");
	hang_up();
	dial("PJSIP/peer/sip:43@127.0.0.2:5088");
	rings(&host, "INVITE sip:43@127.0.0.2:5088 ", "127.0.0.2:5088");
	hang_up();
}

/* As PJSIP_DIAL_CONTACTS() has it of an aor with a device and a contact of its own. */
static void a_uri_at_the_host_is_called_alone_beside_devices(void **state)
{
	(void)state;
	registers("both", "sip:d@127.0.0.2:5062", "127.0.0.2", 5062);
	dial("PJSIP/both/sip:st@127.0.0.4:5070");
	rings(&host, "INVITE sip:st@127.0.0.4:5070 ", "127.0.0.4:5070");
	line_expect_nothing();
	hang_up();
}

/* ---- what it is told, and what is told of it ---- */

/* Where the sound of a call with it comes from. */
static void sounds_from(const char *device_name, const char *address)
{
	struct rd_channel *ch = rd_device_channel(device_name, NULL);
	struct sockaddr_storage storage;
	union sip_sockaddr local;
	char text[SIP_SOCKADDR_TEXT];

	assert_non_null(ch);
	rd_stream_local(rd_channel_stream(ch, RD_MEDIA_AUDIO), &storage);
	memcpy(&local, &storage, sizeof(local));
	assert_int_equal(sip_sockaddr_host(&local, text), strlen(address));
	assert_string_equal(text, address);
}

static void calls_have_the_contact_and_the_address_that_it_wants(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
				       "[peer]\ntype = peer\nhost = 127.0.0.2:5060\n"
				       "contact_user = 4930\nmedia_address = 192.0.2.9\n"
				       "[named]\ntype = peer\nhost = 127.0.0.2:5060\n"
				       "contact_domain = sbc.example.com\n"
				       "[bound]\ntype = peer\nhost = 127.0.0.2:5060\n"
				       "media_address = 127.0.0.13\nmedia_address_bind = yes\n"),
			 0);
	dial("SIP/peer");
	phone_called(&host);
	assert_string_equal(line_header(host.request, "Contact"), "<sip:4930@127.0.0.1:5060>");
	assert_non_null(strstr(host.request, "\nc=IN IP4 192.0.2.9\n"));
	sounds_from("SIP/peer", "127.0.0.1");
	hang_up();
	dial("SIP/named");
	phone_called(&host);
	assert_string_equal(line_header(host.request, "Contact"), "<sip:sbc.example.com:5060>");
	hang_up();
	dial("SIP/bound");
	phone_called(&host);
	assert_string_equal(line_header(host.request, "Contact"), "<sip:127.0.0.1:5060>");
	assert_non_null(strstr(host.request, "\nc=IN IP4 127.0.0.13\n"));
	sounds_from("SIP/bound", "127.0.0.13");
	hang_up();
}

static void so_many_calls_are_busy(void **state)
{
	struct sip_phone calls[2];

	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
				       "busy_at = 2\n"),
			 0);
	for (int i = 0; i < 2; i++) {
		phone_invite(&calls[i], "alice", "600", "", SDP(""));
		rd__sched_run_for(10);
		phone_final(&calls[i], "SIP/2.0 200");
		phone_ack(&calls[i], "");
		assert_int_equal(rd_device_state("SIP/gate"), i ? RD_DEVICE_BUSY : RD_DEVICE_INUSE);
	}
	for (int i = 0; i < 2; i++) {
		phone_request(&calls[i], "BYE", "", "");
		phone_expect(&calls[i], "SIP/2.0 200");
		rd__sched_run_for(10);
		assert_int_equal(rd_device_state("SIP/gate"),
				 i ? RD_DEVICE_UNAVAILABLE : RD_DEVICE_INUSE);
	}
}

/* ---- devices that are shared ---- */

static const char *shows_up(const char *user, const char *password, const char *record,
			    const char *contact)
{
	char more[128];

	snprintf(more, sizeof(more), "Contact: <%s>\n", contact);
	return sip_register(&(struct sip_registering){ .user = user,
						       .password = password,
						       .record = record,
						       .call_id = contact,
						       .more = more });
}

static void what_registered_with_either_rings_for_both(void **state)
{
	(void)state;
	assert_int_equal(sip_techs[0].device_state("guest"), RD_DEVICE_UNAVAILABLE);
	shows_up("keeper", "k", "desk", "sip:k@127.0.0.2:5060");
	assert_int_equal(sip_techs[0].device_state("guest"), RD_DEVICE_NOT_INUSE);
	shows_up("guest", "g", "desk", "sip:g@127.0.0.2:5060");
	for (int i = 0; i < 2; i++) {
		dial(i ? "SIP/guest" : "SIP/keeper");
		rings(&device, "INVITE sip:g@127.0.0.2:5060 ", "127.0.0.2:5060");
		rings(&host, "INVITE sip:k@127.0.0.2:5060 ", "127.0.0.2:5060");
		line_expect_nothing();
		hang_up();
	}
	dial("SIP/guest/42");
	rings(&device, "INVITE sip:42@127.0.0.2:5060 ", "127.0.0.2:5060");
	hang_up();
}

static char changes[256];

static void note_change(const struct rd_event *event, void *arg)
{
	size_t n = strlen(changes);

	(void)arg;
	snprintf(changes + n, sizeof(changes) - n, "%s%s=%d", n ? " " : "", event->name,
		 (int)event->number);
}

static void both_are_told_of_as_they_come_and_go(void **state)
{
	static const struct rd_subscriber subscriber = { .name = "test",
							 .types = RD_EVENT_BIT(RD_EVENT_CONTACT),
							 .notify = note_change };

	(void)state;
	changes[0] = '\0';
	assert_int_equal(rd_subscribe(&subscriber), 0);
	shows_up("guest", "g", "desk", "sip:g@127.0.0.2:5060");
	rd_unsubscribe(&subscriber);
	assert_string_equal(changes, "keeper=1 guest=1");
}

/* ---- what dialplans ask ---- */

static void tells(int (*read)(struct rd_channel *, const char *, struct rd_buf *), const char *args,
		  const char *want)
{
	struct rd_buf out;

	rd_buf_init(&out);
	assert_int_equal(read(NULL, args, &out), 0);
	assert_string_equal(rd_buf_text(&out), want);
	rd_buf_fini(&out);
}

static void an_aor_of_another_name_is_found_by_both_names(void **state)
{
	struct rd_buf name, args;

	(void)state;
	shows_up("keeper", "k", "desk", "sip:k@127.0.0.2:5060");
	tells(sip_endpoint_read, "keeper,aors", "desk,spare");
	tells(sip_endpoint_read, "1002,aors", "1002");
	tells(sip_endpoint_read, "keeper,auth", "keeper");
	tells(sip_endpoint_read, "both,auth", "");
	tells(sip_endpoint_read, "1002,timers", "accept");
	tells(sip_aor_read, "desk,max_contacts", "5");
	tells(sip_dial_contacts_read, "keeper", "PJSIP/keeper/sip:k@127.0.0.2:5060");
	tells(sip_dial_contacts_read, "guest", "PJSIP/guest/sip:k@127.0.0.2:5060");
	tells(sip_dial_contacts_read, "1002,desk", "PJSIP/1002/sip:k@127.0.0.2:5060");
	tells(sip_dial_contacts_read, "1002, desk ,55", "PJSIP/1002/sip:55@127.0.0.2:5060");
	tells(sip_dial_contacts_read, "1002,nobody", "");
	rd_buf_init(&name);
	rd_buf_init(&args);
	assert_int_equal(sip_aor_read(NULL, "spare,contact", &name), 0);
	assert_int_equal(strncmp(rd_buf_text(&name), "spare;@", 7), 0);
	rd_buf_printf(&args, "%s,uri", rd_buf_text(&name));
	tells(sip_contact_read, rd_buf_text(&args), "sip:k@127.0.0.2:5060");
	rd_buf_fini(&args);
	rd_buf_fini(&name);
}

static void devices_are_those_of_a_section_that_has_some(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[a]\nsecret = x\n[b]\nsecret = y\ndevices_of = c\n"),
			 -EINVAL);
	assert_non_null(strstr(office_report(), "sip.conf:5: b: devices_of: a phone with devices "
						"of its own was expected"));
	assert_int_equal(office_reload("[a]\nsecret = x\ndevices_of = b\n"
				       "[b]\nsecret = y\ndevices_of = a\n"),
			 -EINVAL);
	assert_int_equal(office_reload("[a]\nsecret = x\ndevices_of = a\n"), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_devices, exchange_close)
#define DNS(name)  cmocka_unit_test_setup_teardown(name, open_devices, close_named)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_host_answers_when_the_device_refuses),
		TEST(the_device_answers_and_the_host_stops_ringing),
		TEST(both_refuse),
		TEST(another_number_is_asked_for_at_both),
		TEST(a_device_that_is_out_of_reach_leaves_the_host),
		DNS(who_refuses_early_leaves_the_host_that_is_still_looked_for),
		DNS(a_host_that_is_not_found_leaves_the_device_ringing),
		DNS(its_refusal_counts_when_the_host_is_not_found),
		TEST(without_the_option_devices_ring_alone),
		TEST(any_uri_is_called_with_the_options_of_a_section),
		TEST(a_uri_at_the_peer_s_host_goes_there_any_other_where_it_says),
		TEST(a_uri_at_the_host_is_called_alone_beside_devices),
		TEST(calls_have_the_contact_and_the_address_that_it_wants),
		TEST(so_many_calls_are_busy),
		TEST(what_registered_with_either_rings_for_both),
		TEST(both_are_told_of_as_they_come_and_go),
		TEST(an_aor_of_another_name_is_found_by_both_names),
		TEST(devices_are_those_of_a_section_that_has_some),
	};

	return RUN_GROUP(tests);
}
