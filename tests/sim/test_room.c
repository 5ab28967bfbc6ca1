/* Rooms: legs that come to a bridge by themselves, two, three and more; what
 * each of them hears is a number, the sum of what the others say. */
#include "tests/sim/sim.h"

#include <ringdown/prompt.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/call/call.h"
#include "core/media/media.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static struct rd_bridge *room;
static struct rd_bridge_setup setup;
static struct rd_bridge_seat seats[4];
static int ends[4];
static char pressed[16];

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	for (int i = 0; i < 4; i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.answer_ms = 100,
						.says = (int16_t)(1000 << i) };
	memset(seats, 0, sizeof(seats));
	memset(ends, 0, sizeof(ends));
	setup = (struct rd_bridge_setup){ .name = "room" };
	pressed[0] = '\0';
	room = NULL;
	sim_begin(state);
	sim_phones(phones, 4);
	sim_sound();
	conf_dir_make();
	return 0;
}

static int finish(void **state)
{
	conf_dir_remove();
	return sim_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* Of this test's own folder; good until the next one. */
static const char *file(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), name);
	return path;
}

static int index_of(const struct rd_channel *ch)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(rd_channel_device(ch) + 4, phones[i].name) == 0)
			return i;
	fail_msg("nobody's leg");
	return -1;
}

static int enter(struct rd_channel *ch)
{
	int i = index_of(ch), rc = rd_answer(ch);

	if (rc)
		return rc;
	if (!rd_bridge_find("room"))
		assert_int_equal(rd_bridge_new(&room, &setup), 0);
	ends[i] = rd_bridge_join(rd_bridge_find("room"), ch, &seats[i]);
	return ends[i] < 0 ? ends[i] : 0;
}

static int enter_any(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	if (!rc)
		rc = ends[index_of(ch)] = rd_bridge_join(rd_bridge_next(NULL), ch, NULL);
	return rc < 0 ? rc : 0;
}

static int talk_to_bob(struct rd_channel *ch)
{
	return sim_talk(ch, "Sim/bob", NULL);
}

static int through_local(struct rd_channel *ch)
{
	return sim_talk(ch, "Local/room@sim", NULL);
}

static int just_enter(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	return rc ? rc : rd_bridge_join(rd_bridge_find("room"), ch, NULL);
}

static int greet(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	if (!rc)
		rc = rd_bridge_play(rd_bridge_find("room"), file("prompt"), NULL);
	ends[index_of(ch)] = rc;
	return rc;
}

static int record(struct rd_channel *ch)
{
	struct rd_bridge_recording *recording;
	int rc = rd_answer(ch);

	if (!rc)
		rc = rd_bridge_record(rd_bridge_find("room"), file("record"), "wav", false,
				      &recording);
	ends[index_of(ch)] = rc;
	if (rc)
		return rc;
	rd_channel_sleep(ch, 1000);
	rd_bridge_record_stop(recording);
	return 0;
}

static int start_recording(struct rd_channel *ch)
{
	struct rd_bridge_recording *recording;

	assert_int_equal(
		rd_bridge_record(rd_bridge_find("room"), file("record"), "wav", false, &recording),
		0);
	rd_channel_sleep(ch, 4000);
	rd_bridge_record_stop(recording);
	return 0;
}

static const struct sim_exten extens[] = {
	{ "enter", enter },           { "any", enter_any },       { "bob", talk_to_bob },
	{ "room", just_enter },       { "greet", greet },         { "record", record },
	{ "start", start_recording }, { "local", through_local },
};

static void call(struct sim_phone *phone, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, exten);
	sim_pass(500);
}

static void assert_all_hear(int a, int b, int c)
{
	for (int i = 0; i < 3; i++)
		phones[i].hears = 0;
	sim_pass(500);
	assert_int_equal(alice->hears, a);
	assert_int_equal(bob->hears, b);
	assert_int_equal(carol->hears, c);
}

static void close_room(void)
{
	rd_bridge_close(room);
	sim_finish();
}

static void two_are_linked_three_are_mixed_two_are_linked_again(void **state)
{
	(void)state;
	call(alice, "enter");
	assert_string_equal(rd_bridge_way(room), "none");
	call(bob, "enter");
	assert_string_equal(rd_bridge_way(room), "transcode");
	assert_all_hear(2000, 1000, 0);
	call(carol, "enter");
	assert_string_equal(rd_bridge_way(room), "mix");
	assert_int_equal(rd_bridge_count(room), 3);
	assert_all_hear(6000, 5000, 3000);
	sim_hangup(bob);
	sim_pass(100);
	assert_string_equal(rd_bridge_way(room), "transcode");
	assert_all_hear(4000, 0, 1000);
	close_room();
	assert_int_equal(ends[0], RD_BRIDGE_CLOSED);
	assert_int_equal(ends[1], -ECANCELED);
	assert_int_equal(alice->hung_up, 1);
}

static void a_third_joins_two_who_talk_and_leaves_them(void **state)
{
	struct rd_bridge *bridge;

	(void)state;
	call(alice, "bob");
	assert_all_hear(2000, 1000, 0);
	bridge = rd_bridge_next(NULL);
	call(carol, "any");
	assert_ptr_equal(rd_channel_bridge(carol->ch), bridge);
	assert_string_equal(rd_bridge_way(bridge), "mix");
	assert_all_hear(6000, 5000, 3000);
	sim_hangup(carol);
	sim_pass(100);
	assert_all_hear(2000, 1000, 0);
	assert_string_equal(rd_bridge_way(bridge), "transcode");
	/* And is sent away when the two have gone. */
	call(dave, "any");
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(ends[3], RD_BRIDGE_CLOSED);
	assert_null(rd_bridge_next(NULL));
}

static void a_room_of_many_rates_and_frames(void **state)
{
	static const int rates[] = { 8000, 16000, 48000 }, frames[] = { 10, 20, 40 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup.rate = rates[i];
		setup.frame_ms = frames[i];
		call(alice, "enter"), call(bob, "enter"), call(carol, "enter");
		for (int p = 0; p < 3; p++)
			phones[p].hears = 0;
		sim_pass(1000);
		assert_in_range(alice->hears, 5950, 6050);
		assert_in_range(carol->hears, 2950, 3050);
		close_room();
	}
	setup.rate = 11025;
	assert_int_equal(rd_bridge_new(&room, &setup), -EINVAL);
}

static void seats_say_who_hears_whom(void **state)
{
	(void)state;
	seats[2].mute = true;
	call(alice, "enter"), call(bob, "enter"), call(carol, "enter");
	/* Carol spies. */
	assert_all_hear(2000, 1000, 3000);
	/* She whispers to Bob. */
	seats[2] = (struct rd_bridge_seat){ .heard_by = bob->ch };
	assert_int_equal(rd_bridge_set_seat(room, carol->ch, &seats[2]), 0);
	assert_all_hear(2000, 5000, 3000);
	/* She hears nobody but him. */
	seats[2] = (struct rd_bridge_seat){ .mute = true, .hears = bob->ch };
	assert_int_equal(rd_bridge_set_seat(room, carol->ch, &seats[2]), 0);
	assert_all_hear(2000, 1000, 2000);
	/* He has gone, the room is silent for her. */
	sim_hangup(bob);
	sim_pass(100);
	assert_true(rd_bridge_seat(room, carol->ch)->deaf);
	assert_all_hear(0, 0, 0);
	/* Volume: about half, and twice, as loud. */
	seats[2] = (struct rd_bridge_seat){ .volume_in_db = -6, .volume_out_db = 6 };
	rd_bridge_set_seat(room, carol->ch, &seats[2]);
	sim_pass(500);
	assert_in_range(alice->hears, 1980, 2020);
	assert_in_range(carol->hears, 1980, 2020);
	assert_int_equal(rd_bridge_set_seat(room, alice->ch, &seats[3]), 0);
	close_room();
}

static void whoever_holds_is_not_heard(void **state)
{
	(void)state;
	call(alice, "enter"), call(bob, "enter"), call(carol, "enter");
	sim_say(bob, RD_SIGNAL_HOLD, "");
	assert_all_hear(4000, 5000, 1000);
	sim_say(bob, RD_SIGNAL_RESUME, "");
	assert_all_hear(6000, 5000, 3000);
	close_room();
}

static void talkers_are_told_on_the_bus(void **state)
{
	(void)state;
	setup.mix = true;
	sim_watch(RD_EVENT_BIT(RD_EVENT_BRIDGE_TALK) | RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) |
		  RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE));
	call(alice, "enter");
	assert_string_equal(rd_bridge_way(room), "mix");
	assert_true(rd_bridge_talks(room, alice->ch));
	alice->says = 0;
	sim_pass(1000);
	assert_false(rd_bridge_talks(room, alice->ch));
	alice->says = 1000;
	sim_pass(100);
	close_room();
	assert_string_equal(sim_events(),
			    "BridgeEnter BridgeTalk BridgeTalk BridgeTalk BridgeTalk BridgeLeave");
}

static void one_can_be_kicked_and_time_can_be_up(void **state)
{
	(void)state;
	seats[1].limit_ms = 3000;
	call(alice, "enter"), call(bob, "enter"), call(carol, "enter");
	assert_int_equal(rd_bridge_kick(room, alice->ch, RD_BRIDGE_KICKED), 0);
	assert_int_equal(rd_bridge_kick(room, alice->ch, RD_BRIDGE_KICKED), 0);
	sim_pass(100);
	assert_int_equal(ends[0], RD_BRIDGE_KICKED);
	assert_int_equal(ends[1], 0);
	sim_pass(3000);
	assert_int_equal(ends[1], RD_BRIDGE_LIMIT);
	assert_int_equal(rd_bridge_count(room), 1);
	assert_int_equal(rd_bridge_kick(room, carol->ch, RD_BRIDGE_KICKED), 0);
	sim_pass(100);
	assert_int_equal(ends[2], RD_BRIDGE_KICKED);
	close_room();
}

static void note_call(struct rd_channel *ch, void *arg)
{
	(void)arg;
	rd_channel_sleep(ch, 100);
	strcat(pressed, rd_channel_device(ch) + 4);
}

static void a_leg_can_be_called_in_its_own_fiber(void **state)
{
	(void)state;
	seats[0].called = note_call;
	call(alice, "enter"), call(bob, "enter");
	assert_int_equal(rd_bridge_call(room, alice->ch), 0);
	assert_int_equal(rd_bridge_call(room, alice->ch), 0);
	assert_int_equal(rd_bridge_call(room, bob->ch), 0);
	assert_string_equal(pressed, "");
	sim_pass(500);
	assert_string_equal(pressed, "alice");
	assert_int_equal(ends[0], 0);
	sim_hangup(bob);
	sim_pass(100);
	assert_int_equal(rd_bridge_call(room, alice->ch), 0);
	sim_pass(500);
	assert_string_equal(pressed, "alicealice");
	close_room();
}

static int key(struct rd_channel *ch, char digit, void *arg)
{
	size_t n = strlen(pressed);

	(void)arg;
	pressed[n] = digit;
	pressed[n + 1] = '\0';
	if (digit == '5')
		rd_channel_sleep(ch, 200);
	return digit == '#';
}

static void keys_are_heard_by_the_room_and_may_end_the_stay(void **state)
{
	(void)state;
	seats[0].digit = key;
	call(alice, "enter"), call(bob, "enter");
	sim_press(alice, '5');
	sim_press(bob, '7');
	sim_pass(500);
	sim_press(alice, '#');
	sim_pass(500);
	assert_string_equal(pressed, "5#");
	assert_int_equal(ends[0], RD_BRIDGE_KEY);
	assert_string_equal(bob->digits, "");
	close_room();
}

static void make_prompt(void)
{
	const struct rd_format *format = rd_format_find("wav");
	int16_t samples[8000];
	void *handle;

	for (size_t i = 0; i < RD_ARRAY_SIZE(samples); i++)
		samples[i] = 500;
	assert_int_equal(format->open_write(file("prompt.wav"), 8000, false, &handle), 0);
	assert_int_equal(format->write(handle, samples, RD_ARRAY_SIZE(samples)), 0);
	assert_int_equal(format->close(handle), 0);
}

static void the_room_can_be_spoken_to(void **state)
{
	(void)state;
	sim_load("format_wav");
	make_prompt();
	call(alice, "enter"), call(bob, "enter");
	ends[3] = 99;
	call(dave, "greet");
	assert_string_equal(rd_bridge_way(room), "mix");
	assert_int_equal(alice->hears, 2500);
	assert_int_equal(bob->hears, 1500);
	sim_pass(1500);
	assert_int_equal(ends[3], 0);
	assert_string_equal(rd_bridge_way(room), "transcode");
	assert_all_hear(2000, 1000, 0);
	/* It is closed in the midst of one. */
	call(dave, "greet");
	close_room();
	assert_int_equal(ends[3], -ECANCELED);
}

static void the_room_can_be_recorded(void **state)
{
	const struct rd_format *format;
	int16_t samples[4000];
	void *handle;
	int rate, full = 0;
	ssize_t n;

	(void)state;
	sim_load("format_wav");
	call(alice, "enter"), call(bob, "enter");
	call(dave, "record");
	assert_string_equal(rd_bridge_way(room), "mix");
	sim_pass(2000);
	assert_string_equal(rd_bridge_way(room), "transcode");
	close_room();
	format = rd_format_find("wav");
	assert_int_equal(format->open_read(file("record.wav"), &handle, &rate), 0);
	assert_int_equal(rate, 8000);
	while ((n = format->read(handle, samples, RD_ARRAY_SIZE(samples))) > 0)
		for (ssize_t i = 0; i < n; i++)
			full += samples[i] == 3000;
	format->close(handle);
	/* A second, less what it took to begin and to end. */
	assert_in_range(full, 7000, 8500);
}

static void a_recording_goes_on_when_all_leave_and_come_again(void **state)
{
	const struct rd_format *format;
	int16_t samples[4000];
	int rate, full = 0;
	void *handle;
	ssize_t n;

	(void)state;
	sim_load("format_wav");
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	call(dave, "start");
	for (int i = 0; i < 2; i++) {
		call(alice, "enter");
		sim_pass(900);
		sim_hangup(alice);
		sim_pass(100);
	}
	sim_pass(4000);
	format = rd_format_find("wav");
	assert_int_equal(format->open_read(file("record.wav"), &handle, &rate), 0);
	while ((n = format->read(handle, samples, RD_ARRAY_SIZE(samples))) > 0)
		for (ssize_t i = 0; i < n; i++)
			full += samples[i] == alice->says;
	format->close(handle);
	assert_in_range(full, 21500, 22500);
	close_room();
}

static void sound_finds_its_way_through_local_channels(void **state)
{
	(void)state;
	sim_load("chan_local");
	call(bob, "enter");
	call(carol, "enter");
	call(alice, "local");
	assert_int_equal(rd_bridge_count(room), 3);
	assert_all_hear(6000, 5000, 3000);
	sim_hangup(alice);
	sim_pass(200);
	assert_int_equal(rd_bridge_count(room), 2);
	assert_all_hear(0, 4000, 2000);
	close_room();
}

static void names_are_unique_and_free_again(void **state)
{
	struct rd_bridge *other;

	(void)state;
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	assert_int_equal(rd_bridge_new(&other, &setup), -EEXIST);
	assert_string_equal(rd_bridge_name(room), "room");
	assert_ptr_equal(rd_bridge_find(rd_bridge_id(room)), room);
	rd_bridge_close(room);
	assert_null(rd_bridge_find("room"));
	assert_int_equal(rd_bridge_new(&room, &setup), 0);
	close_room();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_are_linked_three_are_mixed_two_are_linked_again),
		TEST(a_third_joins_two_who_talk_and_leaves_them),
		TEST(a_room_of_many_rates_and_frames),
		TEST(seats_say_who_hears_whom),
		TEST(whoever_holds_is_not_heard),
		TEST(talkers_are_told_on_the_bus),
		TEST(one_can_be_kicked_and_time_can_be_up),
		TEST(a_leg_can_be_called_in_its_own_fiber),
		TEST(keys_are_heard_by_the_room_and_may_end_the_stay),
		TEST(the_room_can_be_spoken_to),
		TEST(the_room_can_be_recorded),
		TEST(a_recording_goes_on_when_all_leave_and_come_again),
		TEST(sound_finds_its_way_through_local_channels),
		TEST(names_are_unique_and_free_again),
	};

	return RUN_GROUP(tests);
}
