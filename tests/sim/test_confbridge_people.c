/* Who waits for whom in a conference, what all of them hear, and what is kept of it. */
#include "tests/sim/sim_conference.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/call/music.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

static struct sim_phone *alice = &sim_guests[0], *bob = &sim_guests[1], *carol = &sim_guests[2],
			*dave = &sim_guests[3];

#define TEST  SIM_CONFERENCE_TEST
#define QUIET "quiet = yes\n"

static const char people[] =
	"[leader]\ntype = user\nmarked = yes\n" QUIET
	"[follower]\ntype = user\nwait_marked = yes\n" QUIET
	"[ends]\ntype = user\nend_marked = yes\n" QUIET
	"[any]\ntype = user\nend_marked_any = yes\n" QUIET "[plain]\ntype = user\n" QUIET
	"[heard]\ntype = user\nannounce_only_user = no\n"
	"[lonely]\ntype = user\nmusic_on_hold_when_empty = yes\n" QUIET
	"[named]\ntype = user\nannounce_join_leave = yes\n"
	"announce_only_user = no\n"
	"[taped]\ntype = bridge\nrecord_conference = yes\n"
	"[m]\ntype = menu\n1 = participant_count\n8 = leave_conference\n";

static void enter(struct sim_phone *phone, const char *args)
{
	sim_confer(phone, "", args);
	sim_listen(500);
	sim_heard_by(phone);
}

static void forget_all(void)
{
	for (int i = 0; i < SIM_GUESTS; i++)
		sim_heard_by(&sim_guests[i]);
}

/* ---- the leader ---- */

static void followers_wait_apart_until_the_leader_comes(void **state)
{
	(void)state;
	sim_conference_conf(people);
	alice->says = 1000, bob->says = 2000, carol->says = 4000;
	enter(alice, "sales,,follower");
	enter(bob, "sales,,follower");
	assert_int_equal(alice->hears, 0);
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "waiting,sales"),
			    sim_function("CONFBRIDGE_CHANNELS", "parties,sales"));
	enter(carol, "sales,,leader");
	sim_pass(1000);
	assert_int_equal(alice->hears, 6000);
	assert_int_equal(bob->hears, 5000);
	assert_int_equal(carol->hears, 3000);
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "waiting,sales"), "");
	sim_hangup(carol);
	sim_pass(100);
	alice->hears = bob->hears = 0;
	sim_pass(1000);
	assert_int_equal(alice->hears, 0);
	assert_int_equal(bob->hears, 0);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "2");
}

static void who_waits_is_told_why_and_may_press_keys(void **state)
{
	(void)state;
	sim_conference_conf("[follower]\ntype = user\nwait_marked = yes\n"
			    "hear_own_join_sound = no\n"
			    "[leader]\ntype = user\nmarked = yes\n" QUIET
			    "[m]\ntype = menu\n1 = participant_count\n8 = leave_conference\n");
	sim_confer(alice, "", "sales,,follower,m");
	assert_string_equal(sim_hears(alice, 300), "conf-waitforleader");
	assert_string_equal(sim_type_hears(alice, "1", 300), "conf-onlyperson");
	enter(bob, "sales,,leader");
	assert_string_equal(sim_heard_by(alice), "confbridge-conf-begin");
	sim_hangup(bob);
	assert_string_equal(sim_hears(alice, 500), "conf-leaderhasleft");
	sim_type(alice, "8");
	assert_string_equal(sim_result(alice), "DTMF");
}

static void some_leave_with_the_last_leader_and_some_with_any(void **state)
{
	(void)state;
	sim_conference_conf(people);
	enter(alice, "sales,,leader");
	enter(bob, "sales,,leader");
	enter(carol, "sales,,ends");
	enter(dave, "sales,,any");
	sim_hangup(bob);
	sim_pass(300);
	assert_string_equal(sim_result(carol), "");
	assert_string_equal(sim_result(dave), "ENDMARKED");
	sim_hangup(alice);
	sim_pass(300);
	assert_string_equal(sim_result(carol), "ENDMARKED");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
}

static void who_leaves_with_the_leader_is_told_why(void **state)
{
	(void)state;
	sim_conference_conf("[leader]\ntype = user\nmarked = yes\n" QUIET
			    "[ends]\ntype = user\nend_marked = yes\n");
	enter(bob, "sales,,ends");
	enter(alice, "sales,,leader");
	/* Nobody waited: nothing begins. */
	assert_string_equal(sim_hears(bob, 500), "");
	sim_hangup(alice);
	assert_string_equal(sim_hears(bob, 500), "conf-leaderhasleft");
	assert_string_equal(sim_result(bob), "ENDMARKED");
}

static void who_waits_can_be_kicked(void **state)
{
	(void)state;
	sim_conference_conf(people);
	enter(alice, "sales,,follower");
	assert_console(sim_confbridge->commands, "confbridge kick sales participants", 0,
		       "1 channel\n");
	sim_listen(300);
	assert_string_equal(sim_heard_by(alice), "conf-kicked");
	assert_string_equal(sim_result(alice), "KICKED");
}

static void waiting_has_an_end(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\nwait_marked = yes\ntimeout = 3\n" QUIET);
	enter(alice, "sales,,u");
	sim_pass(2400);
	assert_string_equal(sim_result(alice), "");
	sim_pass(200);
	assert_string_equal(sim_result(alice), "TIMEOUT");
}

/* ---- music ---- */

static void music_is_for_who_is_alone(void **state)
{
	(void)state;
	sim_conference_conf(people);
	sim_confer(alice, "", "sales,,lonely,m");
	assert_string_equal(sim_hears(alice, 500), "../moh/music");
	assert_string_equal(sim_type_hears(alice, "1", 500), "conf-onlyperson ../moh/music");
	bob->says = 3000;
	enter(bob, "sales,,plain");
	assert_int_equal(alice->hears, 3000);
	sim_hangup(bob);
	sim_pass(300);
	forget_all();
	assert_string_equal(sim_hears(alice, 300), "../moh/music");
	sim_hangup(alice);
}

static void the_music_may_be_of_a_class(void **state)
{
	(void)state;
	sim_other_music(4321);
	sim_conference_conf("[u]\ntype = user\nmusic_on_hold_when_empty = yes\n"
			    "music_on_hold_class = other\n" QUIET);
	sim_confer(alice, "", "sales,,u");
	sim_pass(500);
	assert_int_equal(alice->hears, 4321);
	sim_hangup(alice);
}

static void all_are_told_in_the_language_of_the_bridge(void **state)
{
	(void)state;
	sim_prompt_write("sounds/de/confbridge-join.wav", 4321, 300);
	sim_conference_conf("[b]\ntype = bridge\nlanguage = de\n"
			    "[u]\ntype = user\nannounce_only_user = no\n"
			    "[plain]\ntype = user\n" QUIET);
	sim_confer(alice, "", "sales,b,plain");
	sim_pass(500);
	sim_confer(bob, "", "sales,b,u");
	sim_pass(200);
	assert_int_equal(alice->hears, 4321);
}

static void music_is_for_who_waits(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\nwait_marked = yes\n"
			    "music_on_hold_when_empty = yes\n" QUIET
			    "[leader]\ntype = user\nmarked = yes\n" QUIET);
	sim_confer(alice, "", "sales,,u");
	assert_string_equal(sim_hears(alice, 500), "../moh/music");
	enter(bob, "sales,,leader");
	sim_listen(500);
	forget_all();
	assert_string_equal(sim_hears(alice, 500), "");
}

/* ---- what all hear ---- */

static void coming_and_going_is_heard_by_the_others(void **state)
{
	(void)state;
	sim_conference_conf(people);
	enter(alice, "sales,,heard");
	sim_confer(bob, "", "sales,,heard");
	assert_string_equal(sim_hears(bob, 500), "confbridge-join");
	assert_string_equal(sim_heard_by(alice), "confbridge-join");
	sim_hangup(bob);
	assert_string_equal(sim_hears(alice, 500), "confbridge-leave");
	enter(carol, "sales,,plain");
	sim_hangup(carol);
	assert_string_equal(sim_hears(alice, 500), "");
}

static void who_does_not_hear_his_own_coming_comes_after_it(void **state)
{
	(void)state;
	sim_conference_conf(people);
	enter(alice, "sales,,plain");
	sim_confer(bob, "user,template=heard\nuser,hear_own_join_sound=no\n", "sales");
	assert_string_equal(sim_hears(bob, 600), "");
	assert_string_equal(sim_heard_by(alice), "confbridge-join");
}

static void all_are_told_how_many_they_are(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\nannounce_user_count_all = 2\n"
			    "announce_only_user = no\nhear_own_join_sound = no\n"
			    "[b]\ntype = bridge\nsound_join =\n");
	enter(alice, "sales,b,u");
	enter(bob, "sales,,u");
	sim_listen(500);
	assert_string_equal(sim_heard_by(alice), "");
	enter(carol, "sales,,u");
	sim_listen(500);
	assert_string_equal(sim_heard_by(alice), "conf-thereare digits/2 conf-otherinparty");
}

/* ---- all that is said ---- */

static struct rd_buf said; /* to all of them, in turn */

static void note_all(int ms)
{
	sim_listen(ms);
	for (int i = 0; i < SIM_GUESTS; i++)
		rd_buf_printf(&said, "%s | ", sim_heard_by(&sim_guests[i]));
}

static void types(struct sim_phone *phone, const char *keys)
{
	sim_type(phone, keys);
	note_all(500);
}

static void comes(struct sim_phone *phone, const char *args)
{
	sim_confer(phone, "", args);
	note_all(700);
}

static void goes(struct sim_phone *phone)
{
	sim_hangup(phone);
	note_all(2000);
}

static void follow_a_leader(void)
{
	comes(alice, "sales,b,waits,keys");
	types(alice, "9"); /* the only one */
	comes(bob, "sales,b,leads,keys");
	types(alice, "9"); /* one more */
	goes(bob);
	goes(alice);
}

static void obey_an_admin(void)
{
	comes(carol, "sales,b,admin,keys");
	comes(alice, "sales,b,locked,keys");
	types(alice, "0#");
	types(alice, "123#");
	for (const char *keys = "11223434"; *keys; keys++) /* at last there is nobody to kick */
		types(carol, (const char[]){ *keys, '\0' });
	types(carol, "3");
	comes(bob, "sales,b,plain,keys");
	goes(bob);
	goes(carol);
}

static void meet_by_name(void)
{
	comes(alice, "sales,b,plain,keys");
	bob->says = 5000;
	comes(bob, "sales,b,named,keys");
	bob->says = 0;
	types(bob, "#");
	note_all(2000);
	comes(carol, "sales,b,plain,keys");
	types(carol, "9");
	goes(bob);
	goes(carol);
	goes(alice);
}

/* What is heard with this line in the bridge's profile. */
static const char *all_said_with(const char *line)
{
	char conf[2048];

	snprintf(conf, sizeof(conf),
		 "[b]\ntype = bridge\n%s"
		 "[waits]\ntype = user\nwait_marked = yes\n[leads]\ntype = user\nmarked = yes\n"
		 "[admin]\ntype = user\nadmin = yes\n[locked]\ntype = user\npin = 123\n"
		 "[plain]\ntype = user\n[named]\ntype = user\nannounce_join_leave = yes\n"
		 "[keys]\ntype = menu\n9 = participant_count\n1 = toggle_mute\n"
		 "2 = admin_toggle_mute_participants\n3 = admin_toggle_conference_lock\n"
		 "4 = admin_kick_last\n", line);
	sim_conference_conf(conf);
	rd_buf_reset(&said);
	follow_a_leader();
	obey_an_admin();
	meet_by_name();
	return rd_buf_text(&said);
}

/* "welcome" in the place of the prompt; how often it was heard. */
static int put_instead(const char *heard, const char *prompt, struct rd_buf *out)
{
	size_t n = strlen(prompt);
	int count = 0;

	rd_buf_reset(out);
	for (; *heard; heard += strcspn(heard, " "), heard += strspn(heard, " ")) {
		bool is = strncmp(heard, prompt, n) == 0 && heard[n] == ' ';

		count += is;
		if (is)
			rd_buf_adds(out, "welcome");
		else
			rd_buf_add(out, heard, strcspn(heard, " "));
		rd_buf_addc(out, ' ');
	}
	return count;
}

static void every_word_has_its_option(void **state)
{
	static const char *const rows[][2] = {
		{ "sound_join", "confbridge-join" },
		{ "sound_leave", "confbridge-leave" },
		{ "sound_has_joined", "conf-hasjoin" },
		{ "sound_has_left", "conf-hasleft" },
		{ "sound_kicked", "conf-kicked" },
		{ "sound_muted", "conf-muted" },
		{ "sound_unmuted", "conf-unmuted" },
		{ "sound_only_person", "conf-onlyperson" },
		{ "sound_only_one", "conf-onlyone" },
		{ "sound_there_are", "conf-thereare" },
		{ "sound_other_in_party", "conf-otherinparty" },
		{ "sound_wait_for_leader", "conf-waitforleader" },
		{ "sound_leader_has_left", "conf-leaderhasleft" },
		{ "sound_get_pin", "conf-getpin" },
		{ "sound_invalid_pin", "conf-invalidpin" },
		{ "sound_locked", "conf-locked" },
		{ "sound_locked_now", "conf-lockednow" },
		{ "sound_unlocked_now", "conf-unlockednow" },
		{ "sound_error_menu", "conf-errormenu" },
		{ "sound_begin", "confbridge-conf-begin" },
		{ "sound_participants_muted", "conf-now-muted" },
		{ "sound_participants_unmuted", "conf-now-unmuted" },
	};
	struct rd_buf expected, heard;
	char line[80], *usual;

	(void)state;
	rd_buf_init(&said);
	rd_buf_init(&expected);
	rd_buf_init(&heard);
	usual = rd_strdup(all_said_with(""));
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		assert_int_not_equal(put_instead(usual, rows[i][1], &expected), 0);
		snprintf(line, sizeof(line), "%s = welcome\n", rows[i][0]);
		put_instead(all_said_with(line), "", &heard);
		if (strcmp(rd_buf_text(&heard), rd_buf_text(&expected)) != 0)
			fail_msg("%s: %s\n%s", rows[i][0], rd_buf_text(&heard),
				 rd_buf_text(&expected));
	}
	rd_free(usual);
	rd_buf_fini(&heard);
	rd_buf_fini(&expected);
	rd_buf_fini(&said);
}

static void names_are_recorded_and_said(void **state)
{
	char spool[256];
	struct stat st;

	(void)state;
	sim_conference_conf(people);
	enter(alice, "sales,,plain");
	forget_all();
	bob->says = 5000;
	sim_confer(bob, "", "sales,,named");
	sim_listen(800);
	bob->says = 0;
	sim_type(bob, "#");
	sim_listen(2000);
	assert_string_equal(sim_heard_by(bob), "vm-rec-name beep confbridge-join <5000> "
					       "conf-hasjoin");
	assert_string_equal(sim_heard_by(alice), "confbridge-join <5000> conf-hasjoin");
	sim_hangup(bob);
	sim_listen(2000);
	assert_string_equal(sim_heard_by(alice), "confbridge-leave <5000> conf-hasleft");
	snprintf(spool, sizeof(spool), "%s/spool/confbridge", conf_dir_path());
	assert_int_equal(stat(spool, &st), 0);
	assert_int_equal(rmdir(spool), 0); /* nothing is left in it */
}

static void a_name_can_be_heard_and_said_again(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\nannounce_join_leave = yes\n"
			    "announce_join_leave_review = yes\nannounce_only_user = no\n"
			    "hear_own_join_sound = no\n");
	enter(alice, "sales");
	forget_all();
	bob->says = 5000;
	sim_confer(bob, "", "sales,,u");
	sim_listen(800);
	sim_type(bob, "#");
	sim_listen(500);
	sim_type(bob, "3");
	bob->says = 6000;
	sim_listen(800);
	sim_type(bob, "#");
	bob->says = 0;
	sim_listen(500);
	sim_type(bob, "2");
	sim_listen(1000);
	assert_string_equal(sim_heard_by(alice), "");
	sim_type(bob, "1");
	sim_listen(1500);
	assert_string_equal(sim_heard_by(bob),
			    "vm-rec-name beep vm-review vm-rec-name beep vm-review "
			    "<6000> vm-review");
	assert_string_equal(sim_heard_by(alice), "confbridge-join <6000> conf-hasjoin");
}

/* ---- pictures ---- */

static void assert_seen(const struct sim_phone *phone)
{
	sim_pass(100);
	assert_ptr_equal(rd_bridge_seen(rd_channel_bridge(alice->ch)), phone->ch);
}

static void who_is_marked_or_wants_it_is_seen(void **state)
{
	(void)state;
	sim_conference_conf("[last]\ntype = bridge\nvideo_mode = last_marked\n"
			    "[u]\ntype = user\n" QUIET "[leader]\ntype = user\nmarked = yes\n" QUIET
			    "[m]\ntype = menu\n1 = set_as_single_video_src\n"
			    "2 = release_as_single_video_src\n");
	sim_conference_pictures();
	enter(alice, "sales,last,u,m");
	enter(bob, "sales,,leader,m");
	enter(carol, "sales,,u,m");
	assert_seen(bob);
	enter(dave, "sales,,leader,m");
	assert_seen(dave);
	sim_type(carol, "1");
	assert_seen(carol);
	sim_type(bob, "2");
	assert_seen(carol);
	sim_type(carol, "2");
	assert_seen(dave);
	sim_type(bob, "1");
	sim_hangup(dave);
	assert_seen(bob);
}

static void the_first_marked_one_is_seen_where_that_is_the_mode(void **state)
{
	(void)state;
	sim_conference_conf("[first]\ntype = bridge\nvideo_mode = first_marked\n"
			    "[u]\ntype = user\n" QUIET
			    "[leader]\ntype = user\nmarked = yes\n" QUIET);
	sim_conference_pictures();
	enter(alice, "sales,first,u");
	enter(bob, "sales,,leader");
	enter(carol, "sales,,u");
	assert_seen(bob);
	enter(dave, "sales,,leader");
	assert_seen(bob);
	sim_hangup(bob);
	assert_seen(dave);
}

/* ---- from a call to a conference and back ---- */

static int dial_bob(struct rd_channel *ch)
{
	return sim_talk(ch, "Sim/bob", NULL);
}

static int to_conference(struct rd_channel *ch)
{
	return sim_app(ch, "ConfBridge", "sales,,plain");
}

static int back_to_bob(struct rd_channel *ch)
{
	return sim_app(ch, "Bridge", rd_channel_name(bob->ch));
}

static void two_who_talk_become_a_conference_and_a_call_again(void **state)
{
	static const struct sim_exten extens[] = { { "bob", dial_bob },
						   { "conference", to_conference },
						   { "back", back_to_bob } };
	const struct rd_channel *alices, *bobs;

	(void)state;
	sim_load("app_bridge");
	sim_conference_conf(people);
	alice->says = 1000, bob->says = 2000, carol->says = 4000;
	bob->answer_ms = 100;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	alices = sim_call(alice, "bob");
	sim_pass(500);
	bobs = bob->ch;
	assert_int_equal(alice->hears, 2000);
	assert_int_equal(rd_channel_redirect(bob->ch, "sim", "conference", 1), 0);
	assert_int_equal(rd_channel_redirect(alice->ch, "sim", "conference", 1), 0);
	sim_pass(500);
	sim_call(carol, "conference");
	sim_pass(1000);
	assert_int_equal(alice->hears, 6000);
	assert_int_equal(bob->hears, 5000);
	assert_int_equal(carol->hears, 3000);
	assert_int_equal(rd_channel_redirect(alice->ch, "sim", "back", 1), 0);
	sim_pass(500);
	assert_int_equal(alice->hears, 2000);
	assert_int_equal(bob->hears, 1000);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "1");
	assert_ptr_equal(alice->ch, alices);
	assert_ptr_equal(bob->ch, bobs);
}

/* ---- recordings ---- */

/* The samples of the only file in the folder monitor whose name begins so; how many, and the
 * last that is not silence. */
static long recorded(const char *prefix, int16_t *last)
{
	char folder[256], path[512] = "";
	const struct dirent *entry;
	int16_t sample;
	long n = 0;
	DIR *dir;
	FILE *file;

	snprintf(folder, sizeof(folder), "%s/spool/monitor", conf_dir_path());
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
	closedir(dir);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 44, SEEK_SET);
	for (*last = 0; fread(&sample, sizeof(sample), 1, file) == 1; n++)
		if (sample)
			*last = sample;
	fclose(file);
	return n;
}

static void a_conference_is_recorded_when_its_profile_says_so(void **state)
{
	int16_t last;
	long n;

	(void)state;
	sim_conference_conf(people);
	alice->says = 1000, bob->says = 2000;
	sim_watch(RD_EVENT_BIT(RD_EVENT_CONFERENCE) | RD_EVENT_BIT(RD_EVENT_RECORDING));
	enter(alice, "sales/a,taped,plain");
	enter(bob, "sales/a,,plain");
	sim_pass(2000);
	assert_console(sim_confbridge->commands, "confbridge record start sales/a", 1,
		       "It is recorded already\n");
	sim_hangup(alice);
	sim_hangup(bob);
	sim_finish();
	n = recorded("confbridge-sales_a-", &last);
	assert_in_range(n, 2800 * 8, 3200 * 8);
	assert_int_equal(last, 3000);
	assert_non_null(strstr(sim_events(), "Conference:RECORD"));
	assert_non_null(strstr(sim_events(), "Conference:STOP_RECORD Conference:END"));
	assert_non_null(strstr(sim_events(), "Recording:stopped"));
}

static void the_console_begins_and_ends_a_recording(void **state)
{
	int16_t last;

	(void)state;
	sim_conference_conf(people);
	alice->says = 1000;
	enter(alice, "sales,,plain");
	assert_console(sim_confbridge->commands, "confbridge record stop sales", 1,
		       "It is not recorded\n");
	assert_console(sim_confbridge->commands, "confbridge record start sales talk.wav", 0, "");
	sim_pass(1000);
	assert_console(sim_confbridge->commands, "confbridge record stop sales", 0, "");
	sim_pass(1000);
	assert_in_range(recorded("talk.wav", &last), 900 * 8, 1100 * 8);
	assert_int_equal(last, 1000);
}

static void a_recording_goes_on_in_its_file_or_begins_it_anew(void **state)
{
	int16_t last;
	long once = 0;

	(void)state;
	sim_conference_conf("[b]\ntype = bridge\nrecord_conference = yes\nrecord_file = talk.wav\n"
			    "record_file_timestamp = no\n"
			    "[anew](b)\nrecord_file_append = no\n"
			    "[u]\ntype = user\n" QUIET);
	for (int i = 1; i <= 3; i++) {
		alice->says = (int16_t)(1000 * i);
		enter(alice, i < 3 ? "sales,b,u" : "sales,anew,u");
		sim_pass(500);
		sim_hangup(alice);
		sim_finish();
		if (i == 1)
			once = recorded("talk", &last);
		else if (i == 2)
			assert_in_range(recorded("talk", &last), 2 * once - 400, 2 * once + 400);
		else
			assert_in_range(recorded("talk", &last), once - 400, once + 400);
		assert_int_equal(last, alice->says);
	}
}

static void what_the_console_has_ended_does_not_begin_again(void **state)
{
	(void)state;
	sim_conference_conf(people);
	sim_watch(RD_EVENT_BIT(RD_EVENT_CONFERENCE));
	enter(alice, "sales,taped,plain");
	assert_console(sim_confbridge->commands, "confbridge record stop sales", 0, "");
	enter(bob, "sales,,plain");
	assert_string_equal(sim_events(), "Conference:START Conference:JOIN Conference:RECORD "
					  "Conference:STOP_RECORD Conference:JOIN");
}

static int recorded_rate(void)
{
	char path[512];
	int32_t rate = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/spool/monitor/talk.wav", conf_dir_path());
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 24, SEEK_SET);
	assert_int_equal(fread(&rate, sizeof(rate), 1, file), 1);
	fclose(file);
	return rate;
}

static void the_rate_of_a_conference_is_that_of_its_profile(void **state)
{
	static const struct {
		const char *options;
		int rate;
	} cases[] = { { "", 8000 },
		      { "internal_sample_rate = 16000\n", 16000 },
		      { "internal_sample_rate = 44100\n", 32000 },
		      { "internal_sample_rate = 48000\nmaximum_sample_rate = 24000\n", 24000 } };
	char conf[512];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		snprintf(conf, sizeof(conf),
			 "[b]\ntype = bridge\nrecord_conference = yes\nrecord_file = talk.wav\n"
			 "record_file_append = no\nrecord_file_timestamp = no\n%s"
			 "[u]\ntype = user\n" QUIET,
			 cases[i].options);
		sim_conference_conf(conf);
		enter(alice, "sales,b,u");
		sim_hangup(alice);
		sim_finish();
		assert_int_equal(recorded_rate(), cases[i].rate);
	}
}

/* ---- the console ---- */

static void the_console_shows_profiles_and_flags(void **state)
{
	const struct rd_cli_command *commands = sim_confbridge->commands;

	(void)state;
	sim_conference_conf("[u]\ntype = user\nadmin = yes\nmarked = yes\npin = 1\n" QUIET
			    "[m]\ntype = menu\n1 = toggle_mute,participant_count\n");
	assert_console(commands, "confbridge show profile users", 0,
		       "u\ndefault_user\n2 profiles\n");
	assert_int_equal(console(commands, "confbridge show profile user u"), 0);
	assert_non_null(strstr(console_text(), "(set)\n"));
	assert_null(strstr(console_text(), " 1\n"));
	assert_int_equal(console(commands, "confbridge show profile menu m"), 0);
	assert_non_null(strstr(console_text(), "1        toggle_mute,participant_count\n"));
	assert_console(commands, "confbridge show profile menu x", 1, "No menu profile \"x\"\n");
	assert_console(commands, "confbridge show profile bridge default_bridge", 0,
		       "all defaults\n");
	assert_int_equal(console(commands, "confbridge show profile x"), -EINVAL);
	sim_confer(alice, "user,template=u\nuser,pin=\n", "sales");
	sim_listen(300);
	assert_int_equal(console(commands, "confbridge list sales"), 0);
	assert_non_null(strstr(console_text(), " AM "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(followers_wait_apart_until_the_leader_comes),
		TEST(who_waits_is_told_why_and_may_press_keys),
		TEST(some_leave_with_the_last_leader_and_some_with_any),
		TEST(who_leaves_with_the_leader_is_told_why),
		TEST(who_waits_can_be_kicked),
		TEST(waiting_has_an_end),
		TEST(music_is_for_who_is_alone),
		TEST(the_music_may_be_of_a_class),
		TEST(all_are_told_in_the_language_of_the_bridge),
		TEST(music_is_for_who_waits),
		TEST(coming_and_going_is_heard_by_the_others),
		TEST(who_does_not_hear_his_own_coming_comes_after_it),
		TEST(all_are_told_how_many_they_are),
		TEST(every_word_has_its_option),
		TEST(names_are_recorded_and_said),
		TEST(a_name_can_be_heard_and_said_again),
		TEST(who_is_marked_or_wants_it_is_seen),
		TEST(the_first_marked_one_is_seen_where_that_is_the_mode),
		TEST(two_who_talk_become_a_conference_and_a_call_again),
		TEST(a_conference_is_recorded_when_its_profile_says_so),
		TEST(the_console_begins_and_ends_a_recording),
		TEST(a_recording_goes_on_in_its_file_or_begins_it_anew),
		TEST(what_the_console_has_ended_does_not_begin_again),
		TEST(the_rate_of_a_conference_is_that_of_its_profile),
		TEST(the_console_shows_profiles_and_flags),
	};

	return RUN_GROUP(tests);
}
