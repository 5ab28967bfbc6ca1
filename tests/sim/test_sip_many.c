/* What 100,000 registered phones, and thousands of calls, make long: a list of them
 * holds up nobody. */
#include "tests/unit/test.h"

#include <ringdown/cli.h>

#include "channels/sip/call/call.h"
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/location.h"
#include "core/base/log.h"
#include "core/cli/cli.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

enum { PHONES = 100000, CALLS = 4000 };

extern const struct rd_cli_command sip_commands[];

static struct sip_flow flow;
static bool listed;
static unsigned turns;

static void register_phone(unsigned number)
{
	struct sip_contact_params params = {
		.call_id = RD_STR("c"), .cseq = 1, .q = 1000, .expires_s = 3600, .flow = &flow
	};
	char name[16], uri[64];
	struct sip_aor *aor;

	snprintf(name, sizeof(name), "%u", number);
	snprintf(uri, sizeof(uri), "sip:%u@127.0.0.9:5060", number);
	params.uri = rd_str_of(uri);
	aor = sip_location_get(sip.location, rd_str_of(name));
	assert_non_null(aor);
	assert_int_equal(sip_aor_bind(aor, NULL, &params), 0);
}

static int open_many(void **state)
{
	int rc = exchange_open(state);

	if (!rc)
		rc = rd__cli_register("chan_sip", sip_commands, sizeof(sip_commands[0]));
	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("127.0.0.9"), 5060), 0);
	rd__log_set_level(NULL, RD_LOG_WARNING); /* each is worth a line */
	flow.transport = sip_transports_find(sip.transports, "line");
	for (unsigned i = 0; i < PHONES; i++)
		register_phone(100000 + i);
	rd__log_set_level(NULL, RD_LOG_VERBOSE);
	return rc;
}

static int open_few(void **state)
{
	int rc = exchange_open(state);

	return rc ? rc : rd__cli_register("chan_sip", sip_commands, sizeof(sip_commands[0]));
}

static int forget_commands(void *arg)
{
	(void)arg;
	rd__cli_unregister(sip_commands);
	return 0;
}

static int close_many(void **state)
{
	rd__sched_call(forget_commands, NULL);
	return exchange_close(state);
}

/* Somebody else, who counts how often it is his turn. */
static int count_turns(void *arg)
{
	(void)arg;
	for (turns = 0; !listed; turns++)
		rd_yield();
	return 0;
}

static int list(void *arg)
{
	struct rd_fiber *other;
	int rc;

	listed = false;
	assert_int_equal(rd_fiber_new(&other, "other", count_turns, NULL), 0);
	rc = rd__cli_run("sip show contacts", arg);
	listed = true;
	rd_fiber_join(other, RD_FOREVER, NULL);
	return rc;
}

static void all_contacts_are_listed_and_others_have_their_turn(void **state)
{
	struct rd_buf out;
	unsigned lines = 0;

	(void)state;
	rd_buf_init(&out);
	assert_int_equal(rd__sched_call(list, &out), 0);
	for (size_t i = 0; i < out.n; i++)
		lines += out.p[i] == '\n';
	assert_int_equal(lines, PHONES + 2);
	assert_non_null(strstr(rd_buf_text(&out), "\n100000 contacts\n"));
	assert_non_null(strstr(rd_buf_text(&out), "\n199999  "));
	/* A turn for others after each 64 KiB. */
	assert_in_range(turns, out.n >> 17, out.n >> 15);
	rd_buf_fini(&out);
}

static struct sip_call *calls[CALLS];

/* Every second one. */
static int end_some(void *arg)
{
	(void)arg;
	for (int i = 1; i < CALLS; i += 2)
		sip_call_abandon(calls[i]);
	return 0;
}

static int list_calls(void *arg)
{
	assert_int_equal(rd_fiber_new_detached("other", end_some, NULL), 0);
	return rd__cli_run("sip show calls", arg);
}

static void calls_that_end_take_no_others_out_of_the_list(void **state)
{
	struct rd_buf out;
	unsigned lines = 0;

	(void)state;
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(sip_call_new(&calls[i], sip.settings, NULL), 0);
	rd_buf_init(&out);
	assert_int_equal(rd__sched_call(list_calls, &out), 0);
	for (size_t i = 0; i < out.n; i++)
		lines += out.p[i] == '\n';
	assert_in_range(lines, CALLS / 2 + 2, CALLS - CALLS / 4);
	assert_non_null(strstr(rd_buf_text(&out), "\n2000 calls\n"));
	rd_buf_fini(&out);
	for (int i = 0; i < CALLS; i += 2)
		sip_call_abandon(calls[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_contacts_are_listed_and_others_have_their_turn,
						open_many, close_many),
		cmocka_unit_test_setup_teardown(calls_that_end_take_no_others_out_of_the_list,
						open_few, close_many),
	};

	return RUN_GROUP(tests);
}
