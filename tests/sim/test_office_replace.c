/* New files in the place of modules that keep calls, while they do: those who are parked, who
 * wait in a queue, who are recorded, and what of it is told. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob, *carol;

static void begin(const char *module)
{
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	carol = rd_test_phone("carol");
	rd_test_speak(alice, 440, 8000);
	rd_test_speak(bob, 700, 8000);
	rd_test_speak(carol, 1000, 8000);
	replacing_load(module);
}

static void assert_hears(struct rd_test_phone *phone, int hz)
{
	assert_in_range(rd_test_heard_hz(phone), hz - 10, hz + 10);
}

/* The one that waits for its calls is there, or is not any more; its code stays. */
static void assert_versions(const char *module, int shown, int mapped)
{
	assert_int_equal(replacing_shown(module), shown);
	assert_int_equal(replacing_mapped(), mapped);
}

/* ---- parking ---- */

static void begin_parking(void)
{
	begin("res_parking");
	rd_test_file("res_parking.conf", "[default]\nfindslot = next\nparkingtime = 30\n");
	rd_test_reload(NULL);
	rd_test_dialplan(
		"[sim]\ninclude => parkedcalls\nexten => 1,1,Park(,s)\n"
		"exten => 2,1,ParkedCall()\n[parkedcallstimeout]\nexten => s,1,Park(,s)\n");
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_PARKING));
}

static void who_is_parked_is_got_back_by_the_new_code(void **state)
{
	(void)state;
	begin_parking();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	replacing_replace("res_parking");
	assert_string_equal(rd_test_expand("${PARK_GET_CHANNEL(701)}"),
			    rd_channel_name(rd_test_channel(alice)));
	assert_int_equal(rd_device_state("park:701@parkedcalls"), RD_DEVICE_INUSE);
	rd_test_call(carol, "1");
	rd_test_pass(500);
	replacing_expect("parkedcalls show", "702");
	rd_test_call(bob, "701");
	rd_test_pass(2000);
	assert_hears(bob, 440);
	assert_hears(alice, 700);
	assert_int_equal(rd_device_state("park:701@parkedcalls"), RD_DEVICE_NOT_INUSE);
	assert_int_equal(rd_device_state("park:702@parkedcalls"), RD_DEVICE_INUSE);
	rd_test_hang_up(alice);
	rd_test_hang_up(carol);
	rd_test_pass(2000);
	assert_string_equal(rd_test_events(),
			    "Parking:PARKED Parking:PARKED Parking:RETRIEVED Parking:ABANDONED");
	assert_versions("res_parking", 1, 2);
}

/* In the old code; the new one knows that the place is free, and which is the next. */
static void whose_time_is_up_in_the_old_code_has_left_his_place(void **state)
{
	(void)state;
	begin_parking();
	rd_test_call(alice, "1");
	rd_test_pass(20000);
	replacing_replace("res_parking");
	rd_test_pass(11000);
	assert_string_equal(rd_test_expand("${PARK_GET_CHANNEL(701)}"), "");
	assert_string_equal(rd_test_expand("${PARK_GET_CHANNEL(702)}"),
			    rd_channel_name(rd_test_channel(alice)));
	assert_string_equal(rd_test_events(), "Parking:PARKED Parking:TIMEOUT Parking:PARKED");
}

/* A lot of a file that the new one has read, and the places that it makes for the dialplan. */
static void the_places_of_the_new_one_are_dialled(void **state)
{
	(void)state;
	begin_parking();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	rd_test_file("res_parking.conf", "[default]\nparkpos = 801-803\n");
	replacing_replace("res_parking");
	rd_test_reload(NULL);
	rd_test_call(carol, "1");
	rd_test_pass(500);
	rd_test_call(bob, "801");
	rd_test_pass(2000);
	assert_hears(bob, 1000);
	rd_test_hang_up(bob);
	rd_test_pass(1000);
	rd_test_call(bob, "2"); /* who waits longest, where he always was */
	rd_test_pass(2000);
	assert_hears(bob, 440);
}

static void many_times_while_somebody_is_parked(void **state)
{
	int rounds = replacing_rounds(20);

	(void)state;
	begin_parking();
	rd_test_file("res_parking.conf", "[default]\nparkingtime = 0\n");
	rd_test_reload(NULL);
	rd_test_call(alice, "1");
	rd_test_pass(500);
	for (int i = 0; i < rounds; i++) {
		rd_test_call(carol, "1");
		rd_test_pass(500);
		replacing_replace("res_parking");
		rd_test_call(bob, "702");
		rd_test_pass(2000);
		assert_hears(bob, 1000);
		rd_test_hang_up(carol);
		rd_test_pass(1000);
	}
	assert_versions("res_parking", 2, rounds + 1);
	rd_test_call(bob, "701");
	rd_test_pass(2000);
	assert_hears(bob, 440);
	rd_test_hang_up(bob);
	rd_test_pass(2000);
	rd_test_unload("dialplan");
	rd_test_unload("res_parking");
	assert_int_equal(replacing_mapped(), 0);
}

/* ---- recordings ---- */

static char tape[64];

static void begin_recording(void)
{
	char plan[512];

	begin("app_mixmonitor");
	rd_test_load("app_wait");
	rd_test_load("app_echo");
	rd_test_load("app_answer");
	rd_test_load("format_wav");
	snprintf(tape, sizeof(tape), "/tmp/rd-tape-%d.wav", (int)getpid());
	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => 1,1,Answer()\n same => n,MixMonitor(%s)\n same => n,Echo()\n"
		 "exten => 2,1,Answer()\n same => n,MixMonitor(%s.2.wav)\n same => n,Echo()\n"
		 "exten => 3,1,Answer()\n same => n,MixMonitor(%s,b)\n same => n,Wait(1)\n"
		 " same => n,Dial(Sim/bob,,g)\n same => n,Wait(9)\n",
		 tape, tape, tape);
	rd_test_dialplan(plan);
}

static int taped_ms(void)
{
	struct stat st = { 0 };

	assert_int_equal(stat(tape, &st), 0);
	unlink(tape);
	return (int)(st.st_size - 44) / 16;
}

static const char *on_channel(const char *command, const struct rd_test_phone *phone)
{
	static char line[128];

	snprintf(line, sizeof(line), "mixmonitor %s %s", command,
		 rd_channel_name(rd_test_channel(phone)));
	return line;
}

static void a_recording_goes_on_in_the_old_code(void **state)
{
	(void)state;
	begin_recording();
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	replacing_replace("app_mixmonitor");
	replacing_expect(on_channel("list", alice), "0x00000001 ");
	rd_test_pass(3000);
	assert_versions("app_mixmonitor", 2, 2);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	assert_in_range(taped_ms(), 5800, 6200);
	assert_versions("app_mixmonitor", 1, 2);
}

static void the_new_code_pauses_and_ends_what_the_old_one_began(void **state)
{
	(void)state;
	begin_recording();
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	replacing_replace("app_mixmonitor");
	replacing_expect(on_channel("pause", alice), "1 recording paused");
	rd_test_pass(2000);
	replacing_expect(on_channel("unpause", alice), "1 recording resumed");
	rd_test_pass(2000);
	rd_test_call(bob, "2");
	rd_test_pass(500);
	replacing_expect(on_channel("list", bob), "0x00000002 ");
	replacing_expect(on_channel("stop", alice), "1 recording stopped");
	replacing_expect(on_channel("list", alice), "0 recordings");
	rd_test_pass(1000);
	assert_in_range(taped_ms(), 5300, 5700);
	assert_versions("app_mixmonitor", 1, 2);
	rd_test_hang_up(bob);
	rd_test_pass(1000);
	strcat(tape, ".2.wav");
	assert_in_range(taped_ms(), 1300, 1700);
}

/* Of bridges only: the subscriber of the new code sees to recordings of the old. */
static void what_happens_is_told_to_the_recordings_of_the_old_code(void **state)
{
	(void)state;
	begin_recording();
	rd_test_load("app_dial");
	rd_test_load("app_bridge");
	rd_test_call(alice, "3");
	rd_test_pass(500);
	replacing_replace("app_mixmonitor");
	rd_test_pass(2500);
	assert_hears(alice, 700);
	rd_test_hang_up(bob);
	rd_test_pass(3000);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_in_range(taped_ms(), 800, 2200);
}

/* ---- queues ---- */

static void begin_queue(const char *more)
{
	char conf[512];

	begin("app_queue");
	snprintf(conf, sizeof(conf), "[support]\nringinuse = no\nretry = 1\n%smember => Sim/bob\n",
		 more);
	rd_test_file("queues.conf", conf);
	rd_test_reload(NULL);
	rd_test_dialplan("[sim]\nexten => 1,1,Queue(support)\n");
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_QUEUE));
}

static void who_waits_keeps_his_place(void **state)
{
	(void)state;
	begin_queue("");
	rd_test_command("queue pause member Sim/bob reason lunch", NULL);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	replacing_replace("app_queue");
	rd_test_call(carol, "1");
	rd_test_pass(1000);
	assert_string_equal(rd_test_expand("${QUEUE_WAITING_COUNT(support)}"), "2");
	replacing_expect("queue show support", "lunch");
	assert_int_equal(rd_device_state("Queue:support"), RD_DEVICE_RINGING);
	rd_test_command("queue unpause member Sim/bob", NULL);
	rd_test_pass(2000);
	assert_hears(bob, 440);
	assert_string_equal(rd_test_expand("${QUEUE_WAITING_COUNT(support)}"), "1");
	rd_test_hang_up(alice);
	rd_test_pass(3000);
	assert_hears(bob, 1000);
	rd_test_hang_up(carol);
	rd_test_pass(2000);
	assert_string_equal(rd_test_events(),
			    "Queue:PAUSE Queue:PAUSEALL Queue:ENTERQUEUE Queue:CONFIGRELOAD "
			    "Queue:ENTERQUEUE Queue:UNPAUSE Queue:UNPAUSEALL Queue:CONNECT "
			    "Queue:COMPLETECALLER Queue:CONNECT Queue:COMPLETECALLER");
}

static void a_member_s_rest_goes_on(void **state)
{
	(void)state;
	begin_queue("wrapuptime = 20\n");
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	assert_hears(bob, 440);
	replacing_replace("app_queue");
	rd_test_pass(1000);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	replacing_replace("app_queue");
	replacing_expect("queue show support", "wrap-up, 1 calls");
	rd_test_call(carol, "1");
	rd_test_pass(15000);
	assert_false(rd_test_is_up(bob));
	rd_test_pass(6000);
	assert_hears(bob, 1000);
}

static void one_who_is_gone_from_the_file_is_gone_for_the_old_code(void **state)
{
	(void)state;
	begin_queue("");
	rd_test_answer_after(bob, 0);
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	rd_test_file("queues.conf", "[support]\nmember => Sim/carol\n");
	replacing_replace("app_queue");
	rd_test_pass(20000);
	assert_hears(carol, 440);
	assert_false(rd_test_is_up(bob));
}

static void many_times_while_people_wait(void **state)
{
	int rounds = replacing_rounds(20);

	(void)state;
	begin_queue("");
	rd_test_command("queue pause member Sim/bob", NULL);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	for (int i = 0; i < rounds; i++) {
		replacing_replace("app_queue");
		rd_test_call(carol, "1");
		rd_test_pass(1000);
		assert_string_equal(rd_test_expand("${QUEUE_WAITING_COUNT(support)}"), "2");
		rd_test_hang_up(carol);
		rd_test_pass(1000);
	}
	assert_versions("app_queue", 2, rounds + 1);
	rd_test_command("queue unpause member Sim/bob", NULL);
	rd_test_pass(2000);
	assert_hears(bob, 440);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	rd_test_unload("app_queue");
	assert_int_equal(replacing_mapped(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(who_is_parked_is_got_back_by_the_new_code),
		REPLACE(whose_time_is_up_in_the_old_code_has_left_his_place),
		REPLACE(the_places_of_the_new_one_are_dialled),
		REPLACE(many_times_while_somebody_is_parked),
		REPLACE(a_recording_goes_on_in_the_old_code),
		REPLACE(the_new_code_pauses_and_ends_what_the_old_one_began),
		REPLACE(what_happens_is_told_to_the_recordings_of_the_old_code),
		REPLACE(who_waits_keeps_his_place),
		REPLACE(a_member_s_rest_goes_on),
		REPLACE(one_who_is_gone_from_the_file_is_gone_for_the_old_code),
		REPLACE(many_times_while_people_wait),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
