/* Who is seen in a room: the one who talks, by all others, and by him the one who
 * talked before; nobody by a cough. Two see each other. */
#include "tests/sim/sim.h"

#include "core/base/alloc.h"
#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/media/gallery.h"
#include "core/media/media.h"
#include "tests/unit/oom.h"

enum { PHONES = 4, LOUD = 1000 };

static struct sim_phone phones[PHONES];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static struct rd_bridge *room;
static struct rd_bridge_setup setup;

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	for (int i = 0; i < PHONES; i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	setup = (struct rd_bridge_setup){ .name = "room", .mix = true };
	room = NULL;
	sim_begin(state);
	sim_phones(phones, PHONES);
	sim_sound();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int stay(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	if (rc)
		return rc;
	if (!rd_bridge_find("room"))
		assert_int_equal(rd_bridge_new(&room, &setup), 0);
	rc = rd_bridge_join(room, ch, NULL);
	return rc < 0 ? rc : 0;
}

static int enter(struct rd_channel *ch)
{
	sim_give_pictures(ch, RD_SENDRECV);
	return stay(ch);
}

static int watch_only(struct rd_channel *ch)
{
	sim_give_pictures(ch, RD_SENDONLY);
	return stay(ch);
}

static const struct sim_exten extens[] = { { "enter", enter },
					   { "watch", watch_only },
					   { "blind", stay } };

static void come(struct sim_phone *phone, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, exten);
	sim_pass(100);
}

static void leave_all(void)
{
	sim_hangup_all();
	sim_finish();
	rd_bridge_close(room);
	sim_finish();
}

static struct rd_stream *pictures(const struct sim_phone *phone)
{
	return rd_channel_stream(phone->ch, RD_MEDIA_VIDEO);
}

static void assert_sees(const struct sim_phone *phone, const struct sim_phone *other)
{
	assert_ptr_equal(rd__gallery_seen(pictures(phone)), other ? pictures(other) : NULL);
}

static void assert_floor(const struct sim_phone *phone)
{
	assert_ptr_equal(rd_bridge_seen(room), phone->ch);
}

static void three_come(void)
{
	come(alice, "enter");
	come(bob, "enter");
	come(carol, "enter");
	sim_pass(3000);
}

static void talk(struct sim_phone *phone, int ms)
{
	phone->says = LOUD;
	sim_pass(ms);
}

static void hush(struct sim_phone *phone)
{
	phone->says = 0;
	sim_pass(600);
}

static void two_see_each_other(void **state)
{
	(void)state;
	come(alice, "enter");
	come(bob, "enter");
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_RELAY);
	assert_null(rd_bridge_seen(room));
	come(carol, "enter");
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_NONE);
	assert_floor(alice);
	assert_sees(bob, alice);
	assert_sees(carol, alice);
	assert_sees(alice, bob);
	sim_hangup(bob);
	sim_pass(100);
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_RELAY);
	assert_int_equal(rd__stream_way(pictures(carol)), RD__WAY_RELAY);
	leave_all();
}

static void who_talks_is_seen_and_sees_who_talked_before(void **state)
{
	(void)state;
	three_come();
	come(dave, "enter");
	talk(carol, 1200);
	assert_floor(carol);
	assert_sees(alice, carol);
	assert_sees(bob, carol);
	assert_sees(dave, carol);
	assert_sees(carol, alice);
	hush(carol);
	talk(bob, 2500);
	assert_floor(bob);
	assert_sees(alice, bob);
	assert_sees(carol, bob);
	assert_sees(bob, carol);
	/* When nobody talks, all stays as it is. */
	hush(bob);
	sim_pass(20000);
	assert_floor(bob);
	leave_all();
}

static void one_can_be_shown_whoever_talks(void **state)
{
	(void)state;
	three_come();
	rd_bridge_show(room, bob->ch);
	assert_floor(bob);
	assert_sees(alice, bob);
	assert_sees(bob, alice);
	talk(carol, 6000);
	assert_floor(bob);
	rd_bridge_show(room, NULL);
	sim_pass(3000);
	assert_floor(carol);
	/* While it is not there, who talks is shown. */
	come(dave, "blind");
	rd_bridge_show(room, dave->ch);
	assert_floor(carol);
	rd_bridge_show(room, NULL);
	leave_all();
}

static void a_cough_changes_nothing(void **state)
{
	(void)state;
	three_come();
	talk(carol, 300);
	hush(carol);
	sim_pass(3000);
	assert_floor(alice);
	/* Nor is one gone before one could look at him. */
	talk(carol, 1200);
	assert_floor(carol);
	hush(carol);
	talk(bob, 1100);
	assert_floor(carol);
	sim_pass(500);
	assert_floor(bob);
	leave_all();
}

static void two_who_talk_at_once_do_not_flicker(void **state)
{
	int changes = 0;
	const struct rd_channel *seen;

	(void)state;
	three_come();
	talk(alice, 100);
	talk(bob, 3000);
	assert_floor(alice);
	sim_pass(1500);
	assert_floor(bob);
	seen = bob->ch;
	for (int ms = 0; ms < 20000; ms += 100) {
		sim_pass(100);
		changes += rd_bridge_seen(room) != seen;
		seen = rd_bridge_seen(room);
	}
	assert_in_range(changes, 4, 5);
	leave_all();
}

static void when_the_one_who_is_seen_goes_another_is(void **state)
{
	(void)state;
	three_come();
	come(dave, "enter");
	talk(carol, 1200);
	hush(carol);
	sim_hangup(carol);
	sim_pass(100);
	/* Whom she saw. */
	assert_floor(alice);
	assert_sees(bob, alice);
	leave_all();
}

/* Who had the floor may be gone by then. */
static void without_memory_nobody_is_named(void **state)
{
	(void)state;
	three_come();
	assert_floor(alice);
	rd__alloc_fail_after(0);
	rd__stage_set(room);
	rd__alloc_fail_after(-1);
	assert_null(rd_bridge_seen(room));
	rd__stage_set(room);
	assert_non_null(rd_bridge_seen(room));
	leave_all();
}

static void hang_anew(void)
{
	rd__stage_clear(room);
	rd__stage_set(room);
}

static void hang_at_last(void)
{
	hang_anew();
	assert_non_null(rd_bridge_seen(room));
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	three_come();
	assert_true(oom_sweep_steps(hang_anew, hang_at_last) >= 2);
	assert_non_null(rd_bridge_seen(room));
	assert_sees(alice, bob);
	leave_all();
}

static void only_those_with_pictures_take_the_floor(void **state)
{
	(void)state;
	three_come();
	come(dave, "blind");
	talk(dave, 5000);
	assert_floor(alice);
	leave_all();
}

static void who_only_watches_is_not_seen(void **state)
{
	(void)state;
	come(dave, "watch");
	come(alice, "enter");
	come(bob, "blind");
	assert_floor(alice);
	assert_sees(dave, alice);
	assert_sees(alice, NULL);
	talk(dave, 5000);
	assert_floor(alice);
	leave_all();
}

static void a_room_may_be_without_pictures(void **state)
{
	(void)state;
	setup.pictures = RD_PICTURES_NONE;
	come(alice, "enter");
	come(bob, "enter");
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_NONE);
	come(carol, "enter");
	assert_null(rd_bridge_seen(room));
	leave_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_see_each_other),
		TEST(who_talks_is_seen_and_sees_who_talked_before),
		TEST(one_can_be_shown_whoever_talks),
		TEST(a_cough_changes_nothing),
		TEST(two_who_talk_at_once_do_not_flicker),
		TEST(when_the_one_who_is_seen_goes_another_is),
		TEST(without_memory_nobody_is_named),
		TEST(memory_may_run_out_at_any_moment),
		TEST(only_those_with_pictures_take_the_floor),
		TEST(who_only_watches_is_not_seen),
		TEST(a_room_may_be_without_pictures),
	};

	return RUN_GROUP(tests);
}
