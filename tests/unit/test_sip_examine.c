/* What is said of hosts of sip.conf before anybody calls, and where that stands. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/examine.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_office.h"

/* What a review of the hosts finds; to be freed. */
static char *review(const char *sip_conf)
{
	struct rd_config_report *report;
	char *text;

	if (office_reload(sip_conf))
		fail_msg("%s", office_report());
	assert_int_equal(rd_config_report_new(&report), 0);
	sip_ways_review(sip.settings, report);
	text = conf_report_text(report);
	rd_config_report_free(report);
	return text;
}

static void says(const char *sip_conf, const char *expected)
{
	char *text = review(sip_conf);

	assert_string_equal(text, expected);
	rd_free(text);
}

static void a_host_is_told_where_its_section_stands(void **state)
{
	(void)state;
	conf_dir_write("others.conf", "; a provider\n[far]\ntype = peer\nhost = sips:127.0.0.9\n");
	says("[u]\ntype = transport\nbind = 127.0.0.1\n#include others.conf\n"
	     "[near]\ntype = peer\nhost = sips:127.0.0.8\n",
	     "others.conf:2: warning: [far] host: no transport of sip.conf leads to "
	     "sips:127.0.0.9\n"
	     "sip.conf:5: warning: [near] host: no transport of sip.conf leads to "
	     "sips:127.0.0.8\n");
}

static void an_address_wants_a_transport_of_its_family(void **state)
{
	(void)state;
	says("[u]\ntype = transport\nbind = 127.0.0.1\n"
	     "[six]\ntype = peer\nhost = [2001:db8::9]:5070\n"
	     "[named]\ntype = peer\nhost = six.test\n"
	     "[four]\ntype = peer\nhost = 127.0.0.9\n",
	     "sip.conf:4: warning: [six] host: no transport of sip.conf leads to "
	     "[2001:db8::9]:5070\n");
	says("[u]\ntype = transport\nbind = ::1\n"
	     "[six]\ntype = peer\nhost = [2001:db8::9]\n"
	     "[four]\ntype = peer\nhost = 127.0.0.9\n",
	     "sip.conf:7: warning: [four] host: no transport of sip.conf leads to 127.0.0.9\n");
	says("[u]\ntype = transport\nbind = 127.0.0.1\n"
	     "[v]\ntype = transport\nprotocol = tcp\nbind = ::1\n"
	     "[six]\ntype = peer\nhost = [2001:db8::9]\n"
	     "[by]\ntype = peer\nhost = [2001:db8::9]\ntransport = u\n",
	     "sip.conf:11: warning: [by] host: no transport of sip.conf leads to [2001:db8::9]\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host_is_told_where_its_section_stands),
		TEST(an_address_wants_a_transport_of_its_family),
	};

	return RUN_GROUP(tests);
}
