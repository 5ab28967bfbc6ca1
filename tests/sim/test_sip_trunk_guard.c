/* The guard of trunks: whose calls go out, and how much of them. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>
#include <ringdown/clock.h>
#include <ringdown/zone.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_store.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

static struct sip_phone gate, provider;

#define A(lines)                                                                                   \
	"[a]\nhost = 127.0.0.31\nnumbers = _7XX\ncontext = office\nqualify = 0\n" lines
#define B(lines) "[b]\nhost = 127.0.0.32\nnumbers = none\nqualify = 0\n" lines
#define BOTH	 "[out]\ntype = group\ntrunks = b, a\n"
#define GUARD	 "[guard]\ntype = guard\n"

/* ---- what is told ---- */

static char told[512];

static void note(const struct rd_event *event, void *arg)
{
	const char *user = "", *number = "";

	(void)arg;
	for (size_t i = 0; i < event->field_count; i++) {
		if (strcmp(event->fields[i].name, "user") == 0)
			user = event->fields[i].value;
		if (strcmp(event->fields[i].name, "number") == 0)
			number = event->fields[i].value;
	}
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %s %s|", event->name, user,
		 number);
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_SECURITY),
					       .notify = note };

static void expect_told(const char *text)
{
	assert_string_equal(told, text);
	told[0] = '\0';
}

static int setup(void **state)
{
	int rc = trunks_open(state);

	told[0] = '\0';
	assert_int_equal(rd_subscribe(&listener), 0);
	return rc;
}

static int teardown(void **state)
{
	rd_unsubscribe(&listener);
	seen.before_call = NULL;
	return trunks_close(state);
}

/* ---- whose call is it ---- */

/* A calls 707, which dials this. */
static void a_calls(const char *target)
{
	line_clear();
	seen.dials = target;
	provider_calls(&gate, "127.0.0.31", "707");
	phone_expect(&gate, "SIP/2.0 100");
	run_for(10);
}

/* The next message is the INVITE; it comes to nothing. */
static void reaches(const char *address)
{
	provider_is_called(&provider, address);
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void a_phone_calls_out(void **state)
{
	(void)state;
	trunks_configure(B(""));
	gate_dials(&gate, "TRUNK/b/0900123");
	reaches("127.0.0.32");
	expect_told("");
}

/* By no other trunk either. */
static void what_comes_in_by_a_trunk_goes_out_by_none(void **state)
{
	(void)state;
	trunks_configure(A("") B("") BOTH);
	a_calls("TRUNK/out/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	assert_int_equal(seen.dial_cause, RD_CAUSE_REJECTED);
	expect_told("TollFraud a 0900123|");
	a_calls("SIP/0900123@b");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud a 0900123|");
	assert_null(trunk_state_find("b"));
}

static void unless_the_rules_say_where_to(void **state)
{
	static const char conf[] = A("") B("") GUARD "forward = _030X, 112233\n";

	(void)state;
	trunks_configure(conf);
	a_calls("TRUNK/b/0301");
	reaches("127.0.0.32");
	a_calls("TRUNK/b/112233");
	reaches("127.0.0.32");
	a_calls("TRUNK/b/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud a 0900123|");
	trunks_configure(A("") B("") GUARD "forward = all\n");
	a_calls("TRUNK/b/0900123");
	reaches("127.0.0.32");
}

static void however_the_trunk_writes_it(void **state)
{
	(void)state;
	trunks_configure(A("") B("country = DE\narea_code = 30\ncalled_out = e164\n") GUARD
			 "forward = _0171XXXXXXX, _49900123X\n");
	a_calls("TRUNK/b/01711234567");
	reaches("127.0.0.32");
	a_calls("TRUNK/b/09001234");
	reaches("127.0.0.32");
	a_calls("TRUNK/b/0900987654");
	gate_is_refused(&gate, "SIP/2.0 403");
	told[0] = '\0';
	/* Of our town or of Britain? The trunk alone knows. */
	trunks_configure(A("") B("country = DE\narea_code = 30\n") GUARD
			 "forward = _030449001234567\n");
	a_calls("TRUNK/b/449001234567");
	gate_is_refused(&gate, "SIP/2.0 403");
}

static void unless_the_trunk_is_one_of_ours(void **state)
{
	(void)state;
	trunks_configure(A("calls_out = yes\n") B(""));
	a_calls("TRUNK/b/0900123");
	reaches("127.0.0.32");
	trunks_configure(A("") B("guard = no\n"));
	a_calls("TRUNK/b/2001");
	reaches("127.0.0.32");
	expect_told("");
}

/* Of sip.conf and without registration: another exchange or a gateway. */
static void a_peer_is_minded_as_little_as_before(void **state)
{
	(void)state;
	trunks_configure(A(""));
	a_calls("SIP/2001@peer");
	reaches("127.0.0.34");
}

static void help_is_called_by_everybody(void **state)
{
	(void)state;
	trunks_configure(A("") B("") GUARD "daily_minutes = 1\n");
	a_calls("TRUNK/b/112");
	reaches("127.0.0.32");
	expect_told("");
}

/* As a phone that forwards its calls does, and one that sends a caller on. */
static int forward_by_desk(struct rd_channel *leg, void *arg)
{
	const struct rd_diversion by = { .who = { .number = "desk" }, .reason = "cfu", .count = 1 };

	(void)arg;
	return rd_channel_divert(leg, &by);
}

static int transfer_by_gate(struct rd_channel *leg, void *arg)
{
	(void)arg;
	return rd_var_set(rd_channel_dialler(leg), "TRANSFERERNAME", "SIP/gate-0000abcd");
}

static int transfer_by_desk(struct rd_channel *leg, void *arg)
{
	rd_var_set(rd_channel_dialler(leg), "TRANSFERERNAME", "SIP/desk-0000abcd");
	return forward_by_desk(leg, arg);
}

static int transfer_by_gate_to_desk(struct rd_channel *leg, void *arg)
{
	transfer_by_gate(leg, arg);
	return forward_by_desk(leg, arg);
}

static int transfer_by_a(struct rd_channel *leg, void *arg)
{
	(void)arg;
	return rd_var_set(rd_channel_dialler(leg), "TRANSFERERNAME", "SIP/a-0000abcd");
}

static void a_forward_needs_to_be_permitted(void **state)
{
	(void)state;
	trunks_configure(A("") B(""));
	seen.before_call = forward_by_desk;
	a_calls("TRUNK/b/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud desk 0900123|");
	gate_dials(&gate, "TRUNK/b/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud desk 0900123|");
	trunks_configure(A("") B("") "[some]\ntype = guard\nusers = desk\nforward = _0900XXX\n");
	a_calls("TRUNK/b/0900123");
	reaches("127.0.0.32");
}

/* As a phone does that answers with a 302 to it. */
static void who_is_forwarded_to_the_address_of_a_trunk_calls_it(void **state)
{
	(void)state;
	trunks_configure(A("") B(""));
	gate_dials(&gate, "SIP/0900123@127.0.0.32");
	reaches("127.0.0.32");
	seen.before_call = forward_by_desk;
	gate_dials(&gate, "SIP/0900123@127.0.0.50");
	reaches("127.0.0.50");
	gate_dials(&gate, "SIP/0900123@127.0.0.32");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud desk 0900123|");
	trunks_configure(A("") B("guard = no\n"));
	gate_dials(&gate, "SIP/0900123@127.0.0.32");
	reaches("127.0.0.32");
}

static void a_transfer_is_a_call_of_who_transfers(void **state)
{
	(void)state;
	trunks_configure(A("") B(""));
	seen.before_call = transfer_by_gate;
	a_calls("TRUNK/b/0900123");
	reaches("127.0.0.32");
	seen.before_call = transfer_by_desk;
	a_calls("TRUNK/b/0900123");
	reaches("127.0.0.32");
	seen.before_call = transfer_by_gate_to_desk;
	a_calls("TRUNK/b/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud desk 0900123|");
	seen.before_call = transfer_by_a;
	a_calls("TRUNK/b/0900123");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud a 0900123|");
}

/* ---- how much ---- */

static void talks(struct sip_phone *caller, struct sip_phone *far)
{
	gate_dials(caller, "TRUNK/b/4711");
	provider_is_called(far, "127.0.0.32");
	provider_says(far, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(far, "ACK ");
	phone_final(caller, "SIP/2.0 200");
	phone_ack(caller, "");
}

static void hangs_up(struct sip_phone *caller, struct sip_phone *far)
{
	phone_source = "127.0.0.9";
	phone_request(caller, "BYE", "", "");
	run_for(10);
	phone_final(caller, "SIP/2.0 200");
	phone_expect_request(far, "BYE ");
	line_answer_from("127.0.0.32:5060");
	phone_answer(far, "200 OK", "", "");
	line_answer_from(NULL);
	run_for(10);
}

/* Both sides of a call are told that it ends; each is told again until it answers. */
static int byes(void)
{
	char seen_before[8][80];
	int count = 0, i;

	for (const char *text; (text = line_take());) {
		if (strncmp(text, "BYE ", 4) != 0)
			continue;
		for (i = 0; i < count; i++)
			if (strcmp(seen_before[i], line_header(text, "Call-ID")) == 0)
				break;
		assert_in_range(i, 0, 7);
		rd_strcpy(seen_before[i], sizeof(seen_before[i]), line_header(text, "Call-ID"));
		count += i == count;
	}
	return count;
}

static void calls_end_when_the_minutes_of_the_day_are_used_up(void **state)
{
	struct sip_phone callers[2], far[2];

	(void)state;
	trunks_configure(B("") GUARD "daily_minutes = 2\n");
	talks(&callers[0], &far[0]);
	run_for(60000);
	talks(&callers[1], &far[1]);
	run_for(29000); /* 89 s and 29 s */
	line_expect_nothing();
	run_for(2000);
	assert_int_equal(byes(), 4);
	expect_told("TollLimit gate |");
	gate_dials(&gate, "TRUNK/b/4711");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 4711|");
	gate_dials(&gate, "TRUNK/b/112");
	reaches("127.0.0.32");
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_non_null(strstr(console_text(), "gate                        2.0       0.00"));
	assert_non_null(strstr(console_text(), "the minutes of this day are used up"));
	assert_int_equal(console(trunk_commands, "sip reset guard nobody"), -ENOENT);
	assert_int_equal(console(trunk_commands, "sip reset guard gate"), 0);
	gate_dials(&gate, "TRUNK/b/4711");
	reaches("127.0.0.32");
	run_for(35000); /* the far ends answer no BYE */
	line_clear();
}

static void another_day_begins_anew(void **state)
{
	(void)state;
	trunks_configure(B("") GUARD "daily_minutes = 1\n");
	talks(&gate, &provider);
	run_for(61000);
	assert_int_equal(byes(), 2);
	expect_told("TollLimit gate |");
	gate_dials(&gate, "TRUNK/b/4711");
	gate_is_refused(&gate, "SIP/2.0 403");
	run_for(24 * 3600 * 1000);
	line_clear();
	gate_dials(&gate, "TRUNK/b/4711");
	reaches("127.0.0.32");
}

/* ms until 23:59 of the machine's day. */
static int until_a_minute_to_midnight(void)
{
	struct tm tm;

	rd_zone_localtime(NULL, rd_wall(), &tm);
	return ((24 * 60 - 1) * 60 - (tm.tm_hour * 60 + tm.tm_min) * 60 - tm.tm_sec) * 1000;
}

/* Each day has its own part of it, also where nobody looks at midnight. */
static void a_call_over_midnight_is_of_both_days(void **state)
{
	(void)state;
	trunks_configure(B("") GUARD "daily_minutes = 100\n");
	if (until_a_minute_to_midnight() < 0)
		run_for(120000);
	run_for(until_a_minute_to_midnight());
	talks(&gate, &provider);
	run_for(60000 + 180000);
	hangs_up(&gate, &provider);
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_non_null(strstr(console_text(), "gate                        3.0"));
}

static void a_restart_gives_nobody_another_day(void **state)
{
	(void)state;
	store_open();
	trunks_configure(B("") GUARD "daily_minutes = 1\n");
	talks(&gate, &provider);
	run_for(40000);
	hangs_up(&gate, &provider);
	module_close();
	trunks_configure(B("") GUARD "daily_minutes = 1\n");
	module_open();
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_non_null(strstr(console_text(), "gate                        0.7"));
	talks(&gate, &provider);
	run_for(19000);
	line_expect_nothing();
	run_for(2000);
	assert_int_equal(byes(), 2);
	expect_told("TollLimit gate |");
	run_for(35000);
	line_clear();
	store_close();
	store_forget();
}

static void a_limit_of_a_reload_is_for_calls_that_go_on(void **state)
{
	(void)state;
	trunks_configure(B(""));
	talks(&gate, &provider);
	run_for(70000);
	trunks_configure(B("") GUARD "daily_minutes = 1\n");
	run_for(10);
	assert_int_equal(byes(), 2);
	expect_told("TollLimit gate |");
	run_for(35000);
	line_clear();
}

/* It stands for many people. */
static void a_peer_has_a_limit_only_if_it_is_named(void **state)
{
	(void)state;
	trunks_configure(A("calls_out = yes\n") B("") GUARD "daily_minutes = 1\n");
	a_calls("TRUNK/b/4711");
	reaches("127.0.0.32");
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_null(strstr(console_text(), "a  "));
	trunks_configure(A("calls_out = yes\n")
				 B("") "[a-day]\ntype = guard\nusers = a\ndaily_minutes = 1\n");
	a_calls("TRUNK/b/4711");
	reaches("127.0.0.32");
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_non_null(strstr(console_text(), "a  "));
}

/* ---- what is unusual ---- */

static void a_short_call(void)
{
	talks(&gate, &provider);
	run_for(2000);
	hangs_up(&gate, &provider);
}

static void many_short_calls_are_told_once(void **state)
{
	(void)state;
	trunks_configure(B("") GUARD "short_calls = 3\nwindow = 1m\n");
	a_short_call();
	a_short_call();
	run_for(61000);
	a_short_call();
	a_short_call();
	expect_told("");
	talks(&gate, &provider);
	run_for(12000); /* that one is long */
	hangs_up(&gate, &provider);
	expect_told("");
	a_short_call();
	expect_told("UnusualCalls gate |");
	a_short_call();
	expect_told("");
}

static void who_calls_unusually_can_be_stopped(void **state)
{
	(void)state;
	trunks_configure(B("") GUARD "short_calls = 2\nstop = yes\n");
	a_short_call();
	a_short_call();
	expect_told("UnusualCalls gate |");
	gate_dials(&gate, "TRUNK/b/4711");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 4711|");
	assert_int_equal(console(trunk_commands, "sip reset guard gate"), 0);
	a_short_call();
	expect_told("");
}

/* The first two that the limit ends are as many as are unusual: the third is ended once. */
static void calls_that_a_limit_ends_can_be_unusual(void **state)
{
	struct sip_phone callers[3], far[3];

	(void)state;
	trunks_configure(B("") GUARD
			 "daily_minutes = 1\nshort = 1m\nshort_calls = 2\nstop = yes\n");
	for (int i = 0; i < 3; i++)
		talks(&callers[i], &far[i]);
	run_for(21000);
	assert_int_equal(byes(), 6);
	expect_told("TollLimit gate |UnusualCalls gate |");
	run_for(35000); /* the far ends answer no BYE */
	line_clear();
}

/* ---- where to ---- */

static void only_countries_of_the_list_are_called(void **state)
{
	static const char *const refused[] = { "0088213000000", "+8821300", "+12684601234" };

	(void)state;
	trunks_configure(B("country = DE\narea_code = 30\n") GUARD "countries = DE, at, 1212\n");
	gate_dials(&gate, "TRUNK/b/0305551234");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0043123456");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/+12125551234");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/115");
	reaches("127.0.0.32");
	for (size_t i = 0; i < RD_ARRAY_SIZE(refused); i++) {
		char target[64];

		snprintf(target, sizeof(target), "TRUNK/b/%s", refused[i]);
		gate_dials(&gate, target);
		gate_is_refused(&gate, "SIP/2.0 403");
		assert_non_null(strstr(told, "TollFraud gate "));
		told[0] = '\0';
	}
	trunks_configure(B("") GUARD "countries = DE\n");
	gate_dials(&gate, "TRUNK/b/0305551234");
	gate_is_refused(&gate, "SIP/2.0 403");
	gate_dials(&gate, "TRUNK/b/+49305551234");
	reaches("127.0.0.32");
}

static void countries_have_names_of_usage(void **state)
{
	(void)state;
	trunks_configure(B("country = DE\narea_code = 30\n") GUARD "countries = UK, NANP\n");
	gate_dials(&gate, "TRUNK/b/0044123456");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/+12684601234");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0305551234");
	gate_is_refused(&gate, "SIP/2.0 403");
	trunks_configure(B("country = DE\narea_code = 30\n") GUARD "countries = all\n");
	gate_dials(&gate, "TRUNK/b/0088213000000");
	reaches("127.0.0.32");
}

static void many_numbers_abroad_are_told(void **state)
{
	(void)state;
	trunks_configure(B("country = DE\n") GUARD "destinations = 3\n");
	gate_dials(&gate, "TRUNK/b/00431");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0043111111");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0043122222");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0043122222");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/0305551234");
	reaches("127.0.0.32");
	expect_told("");
	gate_dials(&gate, "TRUNK/b/0041441112233");
	reaches("127.0.0.32");
	expect_told("UnusualCalls gate 0041441112233|");
	trunks_configure(B("") GUARD "destinations = 2\n");
	run_for(600000);
	gate_dials(&gate, "TRUNK/b/0043122222");
	reaches("127.0.0.32");
	expect_told("");
	gate_dials(&gate, "TRUNK/b/+431");
	reaches("127.0.0.32");
	expect_told("UnusualCalls gate +431|");
}

/* 49 is the country's, 49900 costs 2.00 a minute. */
static void write_rates(void)
{
	conf_dir_write("b.csv", "49,0\n49900,2\n43,0.12\n");
}

#define PRICED "country = DE\nrates = b.csv\n"

static void calls_end_when_the_money_of_the_day_is_used_up(void **state)
{
	(void)state;
	write_rates();
	trunks_configure(B(PRICED) GUARD "daily_spend = 3.50\n");
	gate_dials(&gate, "TRUNK/b/0900123456");
	provider_is_called(&provider, "127.0.0.32");
	provider_says(&provider, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(&provider, "ACK ");
	phone_final(&gate, "SIP/2.0 200");
	phone_ack(&gate, "");
	run_for(104000); /* 1:44 of 1:45 */
	line_expect_nothing();
	run_for(2000);
	assert_int_equal(byes(), 2);
	expect_told("TollLimit gate |");
	assert_int_equal(console(trunk_commands, "sip show guard"), 0);
	assert_non_null(strstr(console_text(), "gate                        1.8       3.50"));
	run_for(35000);
	line_clear();
	gate_dials(&gate, "TRUNK/b/0305551234");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 0305551234|");
}

static void what_costs_nobody_knows_how_much_is_not_called(void **state)
{
	(void)state;
	write_rates();
	trunks_configure(B(PRICED) GUARD "daily_spend = 3\n");
	gate_dials(&gate, "TRUNK/b/00882130000");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 00882130000|");
	gate_dials(&gate, "TRUNK/b/115");
	reaches("127.0.0.32");
	trunks_configure(B(PRICED));
	gate_dials(&gate, "TRUNK/b/00882130000");
	reaches("127.0.0.32");
	trunks_configure(B("country = DE\n") GUARD "daily_spend = 3\n");
	gate_dials(&gate, "TRUNK/b/00882130000");
	reaches("127.0.0.32");
}

/* What goes out there as 43123456 is a number in Austria, not in our town. */
static void a_number_is_read_as_it_goes_out(void **state)
{
	(void)state;
	trunks_configure(B("country = DE\ncalled_out = e164\n") GUARD "countries = DE\n");
	gate_dials(&gate, "TRUNK/b/00431234567");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 431234567|");
	gate_dials(&gate, "TRUNK/b/0305551234");
	reaches("127.0.0.32");
	gate_dials(&gate, "TRUNK/b/5551234");
	gate_is_refused(&gate, "SIP/2.0 403");
}

#define PREFIX77 "called_out_rules = _00XXXXXXXXX -> 77{0}, _0XXXXXXXXX -> 77{0}\n"

/* The carrier's prefix makes a number of our town of one in Austria, and of ours there. */
static void what_a_trunk_puts_before_a_number_hides_no_country(void **state)
{
	(void)state;
	trunks_configure(B("country = DE\narea_code = 30\n" PREFIX77) GUARD "countries = DE\n");
	gate_dials(&gate, "TRUNK/b/00431234567");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 7700431234567|");
	gate_dials(&gate, "TRUNK/b/0305551234");
	reaches("127.0.0.32");
}

/* Nor does what it takes away: here one gets a line by 9. */
static void what_a_trunk_takes_away_hides_no_country(void **state)
{
	(void)state;
	trunks_configure(B("country = DE\narea_code = 30\n"
			   "called_out_rules = _9XXXXXXXXX -> {1}\n") GUARD
			 "countries = DE\n");
	gate_dials(&gate, "TRUNK/b/9004312345");
	gate_is_refused(&gate, "SIP/2.0 403");
	expect_told("TollFraud gate 004312345|");
	gate_dials(&gate, "TRUNK/b/9030555123");
	reaches("127.0.0.32");
}

static void what_a_trunk_puts_before_a_number_hides_no_price(void **state)
{
	(void)state;
	conf_dir_write("b.csv", "49,0\n43,3\n");
	trunks_configure(B(PRICED "area_code = 30\n" PREFIX77) GUARD "daily_spend = 3\n");
	gate_dials(&gate, "TRUNK/b/00431234567");
	provider_is_called(&provider, "127.0.0.32");
	provider_says(&provider, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(&provider, "ACK ");
	phone_final(&gate, "SIP/2.0 200");
	phone_ack(&gate, "");
	run_for(61000);
	assert_int_equal(byes(), 2);
	expect_told("TollLimit gate |");
	run_for(35000);
	line_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone_calls_out),
		TEST(what_comes_in_by_a_trunk_goes_out_by_none),
		TEST(unless_the_rules_say_where_to),
		TEST(however_the_trunk_writes_it),
		TEST(unless_the_trunk_is_one_of_ours),
		TEST(a_peer_is_minded_as_little_as_before),
		TEST(help_is_called_by_everybody),
		TEST(a_forward_needs_to_be_permitted),
		TEST(who_is_forwarded_to_the_address_of_a_trunk_calls_it),
		TEST(a_transfer_is_a_call_of_who_transfers),
		TEST(calls_end_when_the_minutes_of_the_day_are_used_up),
		TEST(another_day_begins_anew),
		TEST(a_call_over_midnight_is_of_both_days),
		TEST(a_restart_gives_nobody_another_day),
		TEST(a_limit_of_a_reload_is_for_calls_that_go_on),
		TEST(a_peer_has_a_limit_only_if_it_is_named),
		TEST(calls_end_when_the_money_of_the_day_is_used_up),
		TEST(what_costs_nobody_knows_how_much_is_not_called),
		TEST(a_number_is_read_as_it_goes_out),
		TEST(what_a_trunk_puts_before_a_number_hides_no_country),
		TEST(what_a_trunk_takes_away_hides_no_country),
		TEST(what_a_trunk_puts_before_a_number_hides_no_price),
		TEST(only_countries_of_the_list_are_called),
		TEST(countries_have_names_of_usage),
		TEST(many_numbers_abroad_are_told),
		TEST(many_short_calls_are_told_once),
		TEST(who_calls_unusually_can_be_stopped),
		TEST(calls_that_a_limit_ends_can_be_unusual),
	};

	return RUN_GROUP(tests);
}
