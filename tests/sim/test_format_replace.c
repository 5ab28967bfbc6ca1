/* New files in the place of formats of sound files and of their codecs, while files are open. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob;

/* Alice records what she says, in a file that bob can hear. */
static void begin_recording(const char *extension)
{
	char plan[256];

	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_load("app_record");
	rd_test_load("app_playback");
	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => 1,1,Record(/tmp/rd-format-%d.%s,0,0,qk)\n"
		 "exten => 2,1,Playback(/tmp/rd-format-%d)\n",
		 (int)getpid(), extension, (int)getpid());
	rd_test_dialplan(plan);
	rd_test_speak(alice, 500, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
}

static void end_recording(void)
{
	rd_test_hang_up(alice);
	rd_test_pass(1500);
}

static void bob_hears_it(const char *extension)
{
	char path[64];

	rd_test_call(bob, "2");
	rd_test_pass(1000);
	assert_in_range(rd_test_heard_hz(bob), 490, 510);
	rd_test_hang_up(bob);
	rd_test_pass(500);
	snprintf(path, sizeof(path), "/tmp/rd-format-%d.%s", (int)getpid(), extension);
	assert_int_equal(unlink(path), 0);
}

static void a_file_ends_in_the_old_code_and_a_new_one_is_in_the_new(void **state)
{
	(void)state;
	replacing_load("format_pcm");
	begin_recording("ulaw");
	replacing_replace("format_pcm");
	rd_test_pass(1500);
	replacing_expect("module show format_pcm#1", "in use: 1 open file of its formats");
	assert_int_equal(replacing_mapped(), 2);
	end_recording();
	assert_int_equal(replacing_shown("format_pcm"), 1);
	assert_int_equal(replacing_mapped(), 1);
	bob_hears_it("ulaw");
}

/* An old file of the format has found it, and is there for the file that it writes. */
static void a_codec_stays_for_the_old_code_of_a_format(void **state)
{
	(void)state;
	replacing_load("codec_ulaw");
	replacing_load("format_pcm");
	begin_recording("ulaw");
	replacing_replace("codec_ulaw");
	replacing_replace("format_pcm");
	rd_test_pass(1500);
	replacing_expect("module show codec_ulaw#1",
			 "in use: 1 module that was loaded with it by format_pcm#1");
	assert_int_equal(replacing_mapped(), 4);
	end_recording();
	rd_test_pass(500);
	assert_int_equal(replacing_mapped(), 2);
	bob_hears_it("ulaw");
}

static void a_codec_is_not_unloaded_from_under_the_old_code_of_a_format(void **state)
{
	(void)state;
	replacing_load("codec_ulaw");
	replacing_load("format_pcm");
	begin_recording("ulaw");
	replacing_replace("format_pcm");
	rd_test_unload("format_pcm");
	replacing_expect("module unload codec_ulaw", "format_pcm#1 needs it");
	rd_test_pass(500);
	end_recording();
	rd_test_unload("codec_ulaw");
	assert_int_equal(replacing_mapped(), 0);
	rd_test_load("format_pcm");
	bob_hears_it("ulaw");
}

static void one_of_coded_files_is_replaced_likewise(void **state)
{
	(void)state;
	replacing_load("format_coded");
	begin_recording("g722");
	replacing_replace("format_coded");
	rd_test_pass(1500);
	replacing_expect("module show format_coded#1", "in use: 1 open file of its formats");
	end_recording();
	assert_int_equal(replacing_mapped(), 1);
	bob_hears_it("g722");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(a_file_ends_in_the_old_code_and_a_new_one_is_in_the_new),
		REPLACE(a_codec_stays_for_the_old_code_of_a_format),
		REPLACE(a_codec_is_not_unloaded_from_under_the_old_code_of_a_format),
		REPLACE(one_of_coded_files_is_replaced_likewise),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
