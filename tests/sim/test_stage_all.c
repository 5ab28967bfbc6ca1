/* A room where everybody sees all others at once, each on a line of his own: who is on
 * which, what far ends are asked for and when, and what those see who have not enough. */
#include "core/call/join.h"
#include "tests/sim/sim.h"

#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/media/gallery.h"
#include "core/media/media.h"

enum { PHONES = 5, LOUD = 1000, GATHERED_MS = 400 };
enum { FIRST = 1, SECOND = 2, THIRD = 4, FOURTH = 8 };

static struct sim_phone phones[PHONES];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3], *erin = &phones[4];
static struct rd_bridge *room;

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave", "erin" };

	for (int i = 0; i < PHONES; i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	room = NULL;
	sim_begin(state);
	sim_phones(phones, PHONES);
	sim_sound();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int stay(struct rd_channel *ch)
{
	static const struct rd_bridge_setup setup = { .name = "room", .mix = true,
						      .pictures = RD_PICTURES_ALL };
	int rc = rd_answer(ch);

	if (rc)
		return rc;
	if (!rd_bridge_find("room"))
		assert_int_equal(rd_bridge_new(&room, &setup), 0);
	rc = rd_bridge_join(room, ch, NULL);
	if (rc == RD_BRIDGE_KICKED)
		rc = rd_channel_sleep(ch, 60000);
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

static const struct sim_exten extens[] = { { "enter", enter }, { "watch", watch_only },
					   { "blind", stay } };

static void come(struct sim_phone *phone, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, exten);
	sim_pass(50);
}

static void all_come(int count)
{
	for (int i = 0; i < count; i++)
		come(&phones[i], "enter");
	sim_pass(GATHERED_MS);
}

static void leave(struct sim_phone *phone)
{
	sim_hangup(phone);
	sim_pass(GATHERED_MS);
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

/* Whom it sees on which line: "ACB-" are alice, carol, bob and nobody. */
static void assert_sees(const struct sim_phone *phone, const char *wanted)
{
	char seen[RD_PICTURES_MAX + 1] = "";
	struct rd_stream *line;

	for (int i = 0; (line = rd__media_pictures_at(phone->ch, i)); i++) {
		const struct rd_stream *source = rd__gallery_seen(line);

		seen[i] = '-';
		for (int n = 0; source && n < PHONES; n++)
			if (phones[n].ch && pictures(&phones[n]) == source)
				seen[i] = (char)('A' + n);
	}
	assert_string_equal(seen, wanted);
}

static void assert_asked(const struct sim_phone *phone, unsigned lines, int times)
{
	assert_int_equal(phone->lines, lines);
	assert_int_equal(phone->lines_asked, times);
}

static void each_sees_all_others(void **state)
{
	(void)state;
	all_come(4);
	assert_sees(alice, "BCD");
	assert_sees(bob, "ACD");
	assert_sees(carol, "ABD");
	assert_sees(dave, "ABC");
	leave_all();
}

static void two_need_no_more_lines_than_they_have(void **state)
{
	(void)state;
	all_come(2);
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_RELAY);
	assert_asked(alice, 0, 0);
	leave_all();
}

static void who_comes_with_others_is_told_of_once(void **state)
{
	(void)state;
	all_come(4);
	assert_asked(alice, FIRST | SECOND | THIRD, 1);
	assert_asked(dave, FIRST | SECOND | THIRD, 1);
	come(erin, "enter");
	sim_pass(200);
	assert_asked(alice, FIRST | SECOND | THIRD, 1);
	assert_sees(alice, "BCD");
	sim_pass(200);
	assert_asked(alice, FIRST | SECOND | THIRD | FOURTH, 2);
	assert_sees(alice, "BCDE");
	/* Nothing changes: nobody is asked. */
	sim_pass(20000);
	assert_asked(alice, FIRST | SECOND | THIRD | FOURTH, 2);
	leave_all();
}

static void who_stays_stays_on_his_line(void **state)
{
	(void)state;
	all_come(4);
	leave(bob);
	assert_sees(dave, "A-C");
	assert_asked(dave, FIRST | THIRD, 2);
	/* But for the first: it is not to be empty. */
	assert_sees(alice, "DC-");
	assert_asked(alice, FIRST | SECOND, 2);
	come(erin, "enter");
	sim_pass(GATHERED_MS);
	assert_sees(alice, "DCE");
	assert_sees(dave, "AEC");
	assert_asked(dave, FIRST | SECOND | THIRD, 3);
	leave_all();
}

static void two_who_are_left_shut_their_other_lines(void **state)
{
	(void)state;
	all_come(4);
	leave(bob);
	leave(carol);
	assert_int_equal(rd__stream_way(pictures(alice)), RD__WAY_RELAY);
	assert_asked(alice, FIRST, 3);
	assert_asked(dave, FIRST, 3);
	assert_sees(alice, "---");
	leave_all();
}

static void who_leaves_shuts_his_other_lines(void **state)
{
	(void)state;
	all_come(4);
	rd_bridge_kick(room, bob->ch, RD_BRIDGE_KICKED);
	sim_pass(10);
	assert_asked(bob, FIRST, 2);
	assert_sees(bob, "---");
	leave_all();
}

static void one_line_shows_who_talks(void **state)
{
	(void)state;
	dave->lines_max = 1;
	all_come(4);
	assert_sees(dave, "A");
	assert_sees(alice, "BCD");
	carol->says = LOUD;
	sim_pass(4000);
	assert_sees(dave, "C");
	assert_sees(alice, "BCD");
	leave_all();
}

/* On the first line; and nobody stands on two. */
static void too_few_lines_show_who_talks_and_others(void **state)
{
	(void)state;
	alice->lines_max = 3;
	all_come(5);
	assert_sees(alice, "BCD");
	assert_asked(alice, FIRST | SECOND | THIRD | FOURTH, 1);
	erin->says = LOUD;
	sim_pass(4000);
	assert_sees(alice, "ECD");
	erin->says = 0;
	sim_pass(600);
	carol->says = LOUD;
	sim_pass(4000);
	assert_sees(alice, "ECD");
	/* Whoever sits on a line goes: the one who had none gets it. */
	carol->says = 0;
	leave(dave);
	assert_sees(alice, "ECB");
	leave_all();
}

static void who_holds_is_asked_when_he_is_back(void **state)
{
	(void)state;
	all_come(3);
	rd_channel_post(alice->ch, RD_SIGNAL_HOLD, 0);
	come(dave, "enter");
	sim_pass(GATHERED_MS);
	assert_asked(carol, FIRST | SECOND, 1);
	assert_asked(alice, FIRST | SECOND, 1);
	/* Nor is he to be seen. */
	assert_sees(bob, "CD");
	rd_channel_post(alice->ch, RD_SIGNAL_RESUME, 0);
	sim_pass(GATHERED_MS);
	assert_asked(alice, FIRST | SECOND | THIRD, 2);
	assert_sees(alice, "BCD");
	/* Whom he would see on a single line did not wait for another. */
	assert_sees(bob, "ADC");
	leave_all();
}

static void who_only_watches_is_on_no_line(void **state)
{
	(void)state;
	come(alice, "watch");
	come(bob, "blind");
	come(carol, "enter");
	come(dave, "enter");
	sim_pass(GATHERED_MS);
	assert_sees(alice, "CD");
	assert_sees(carol, "D");
	assert_asked(carol, 0, 0);
	assert_asked(bob, 0, 0);
	leave_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_sees_all_others),
		TEST(two_need_no_more_lines_than_they_have),
		TEST(who_comes_with_others_is_told_of_once),
		TEST(who_stays_stays_on_his_line),
		TEST(two_who_are_left_shut_their_other_lines),
		TEST(who_leaves_shuts_his_other_lines),
		TEST(one_line_shows_who_talks),
		TEST(too_few_lines_show_who_talks_and_others),
		TEST(who_holds_is_asked_when_he_is_back),
		TEST(who_only_watches_is_on_no_line),
	};

	return RUN_GROUP(tests);
}
