/* What is said of an extensions.conf: when it is read, and when a call stumbles over it or
 * runs away. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/log.h>

#include "core/config/config.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"

#define TEST SIM_DIALPLAN_TEST

/* ---- when it is read ---- */

static void errors_name_file_and_line(void **state)
{
	const char *text;

	(void)state;
	text = sim_plan_errors("[sim]\n"
			       "exten => 100,1,Note(x\n"
			       "exten => 100\n"
			       "exten => _1[,1,Note(x)\n"
			       "exten => 100,q,Note(x)\n"
			       "extem => 100,1,Note(x)\n"
			       "include => night,25:00-26:00,*,*,*\n"
			       "exten => 101,1,\n"
			       "exten => 102,1(label,Note(x)\n");
	assert_non_null(strstr(text, "extensions.conf:2: warning: sim,100,1: a ')' is missing"));
	assert_non_null(strstr(text, "extensions.conf:3: sim: expected"));
	assert_non_null(strstr(text, "extensions.conf:4: sim,_1[: a bracket"));
	assert_non_null(strstr(text, "extensions.conf:5: sim,100: 'q' is no priority"));
	assert_non_null(strstr(text, "extensions.conf:6: sim: unknown 'extem'"));
	assert_non_null(strstr(text, "did you mean 'exten'"));
	assert_non_null(strstr(text, "extensions.conf:7: sim: include night: expected times"));
	assert_non_null(strstr(text, "extensions.conf:8: sim,101,1: an application is missing"));
	assert_non_null(strstr(text, "extensions.conf:9: sim,102: a label is not closed"));
}

/* As Asterisk has it. */
static void what_is_behind_the_last_parenthesis_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(sim_plan_errors("[sim]\nexten => 100,1,Note(x(y)) and more\n"
					    " same => n,Note(z\n"),
			    "extensions.conf:2: warning: sim,100,1: ' and more' behind the ')' is "
			    "left out\n"
			    "extensions.conf:3: warning: sim,100,2: a ')' is missing behind "
			    "'Note('\n");
	sim_plan("[sim]\nexten => 100,1,Note(x(y)) and more\n same => n,Note(z\n");
	assert_string_equal(sim_dial("100"), "x(y) z");
}

/* The lines that go on with it would only say so again. */
static void a_wrong_extension_is_told_once(void **state)
{
	(void)state;
	assert_string_equal(sim_plan_errors("[sim]\n"
					    "exten => 100,1,Note(x)\n"
					    "exten => _1[,1,Note(x)\n"
					    " same => n,Note(y)\n"
					    " same => n(on),Note(z)\n"
					    "exten => 101\n"
					    " same => n,Note(y)\n"
					    "exten => 102,1,Note(x)\n"
					    " same => q,Note(y)\n"),
			    "extensions.conf:3: sim,_1[: a bracket is empty, reversed or not "
			    "closed with ']'\n"
			    "extensions.conf:6: sim: expected 'exten => name,priority,"
			    "application'\n"
			    "extensions.conf:9: sim,102: 'q' is no priority; expected a number, n, "
			    "n+1, s, a label or hint\n");
	assert_string_equal(sim_plan_errors("[sim]\nexten => 100,q,Note(x)\n"
					    " same => n,Note(y)\n same => n,Note(z)\n"),
			    "extensions.conf:2: sim,100: 'q' is no priority; expected a number, n, "
			    "n+1, s, a label or hint (the first one cannot be n)\n");
}

static void a_second_general_is_passed_over_with_a_warning(void **state)
{
	const char *text;

	(void)state;
	text = sim_plan_errors("[general]\n"
			       "autofallthrough = yes\n"
			       "[sim]\n"
			       "exten => 100,1,Note(x)\n"
			       "[general]\n"
			       "foo = 1\n");
	assert_string_equal(text, "extensions.conf:5: warning: a second section [general]: it is "
				  "passed over, there is one in extensions.conf:1; to add to that, "
				  "write [general](+)\n");
}

static void doubtful_things_are_warnings(void **state)
{
	const char *text;

	(void)state;
	text = sim_plan_errors("[sim]\n"
			       "exten => 100,1,Note(${x)\n"
			       "exten => 100,1,Note(again)\n");
	assert_non_null(strstr(text, "extensions.conf:2: "));
	assert_non_null(strstr(text, "a '}' is missing"));
	assert_non_null(strstr(text, "extensions.conf:3: "));
	assert_non_null(strstr(text, "priority 1 is written already in line 2"));
}

static void what_a_call_would_stumble_over_is_a_warning(void **state)
{
	const char *text;

	(void)state;
	text = sim_plan_errors("[sim]\n"
			       "include => nosuchctx\n"
			       "exten => 700,1,Noet(x)\n"
			       " same => n,Note(${NOSUCHF(1)})\n"
			       " same => n,Note($[1 +])\n"
			       " same => n,Set(__CONNECTED_LINE_SEND_SUB=x)\n"
			       " same => n,Set(CONNECTED_LINE=x)\n");
	assert_non_null(strstr(text, "extensions.conf:6: warning: sim,700,4: the variable "
				     "__CONNECTED_LINE_SEND_SUB has no effect"));
	assert_null(strstr(text, "extensions.conf:7:"));
	assert_non_null(strstr(text, "extensions.conf:2: warning: sim: include nosuchctx: there is "
				     "no such context"));
	assert_non_null(strstr(text, "extensions.conf:3: warning: sim,700,1: there is no "
				     "application Noet (did you mean Note?)"));
	assert_non_null(strstr(text, "extensions.conf:4: warning: sim,700,2: there is no function "
				     "NOSUCHF"));
	assert_non_null(strstr(text, "extensions.conf:5: warning: sim,700,3: $[1 +]: at "
				     "character"));
}

static void a_place_that_an_option_names_is_looked_for(void **state)
{
	const char *text;

	(void)state;
	sim_load("app_dial");
	sim_load("app_queue");
	text = sim_plan_errors(
		"[sim]\n"
		"exten => 100,1,Dial(Sim/${EXTEN},20,tU(nosub^1)b(there^s^1(x))B(there^s^7))\n"
		"exten => 101,1,Dial(Sim/alice,${T},${LEN(x)}F(gone^1^1)G(there^s^1))\n"
		"exten => 102,1,Queue(q,B(there^s^8),,,,,nogosub)\n"
		"exten => 103,1,Queue(q,,,,,,there)\n"
		"exten => 104,1,Dial(Sim/alice,,F)\n"
		"exten => 105,1,Dial(Sim/alice,,U(${SUB}^1)L(1000)F())\n"
		"[there]\n"
		"exten => s,1,Note(${ARG1})\n");
	assert_non_null(strstr(text, ":2: warning: sim,100,1: Dial: there is no context nosub"));
	assert_non_null(strstr(text, ":2: warning: sim,100,1: Dial: there is no priority 7 in "
				     "extension s of context there"));
	assert_non_null(strstr(text, ":3: warning: sim,101,1: Dial: there is no context gone"));
	assert_non_null(strstr(text, ":4: warning: sim,102,1: Queue: there is no priority 8 in "
				     "extension s of context there"));
	assert_non_null(strstr(text, ":4: warning: sim,102,1: Queue: there is no context nogosub"));
	assert_null(strstr(text, "sim,103,1: Queue: there is no context"));
	assert_null(strstr(text, "sim,104,1: Dial: there"));
	assert_null(strstr(text, "sim,105,1: Dial: there"));
}

static void a_place_that_an_argument_names_is_looked_for(void **state)
{
	const struct rd_app *originate, *voicemail;
	char buf[160];

	(void)state;
	sim_load("app_originate");
	sim_load("app_voicemail");
	sim_load("res_parking");
	sim_plan("[sim]\nexten => 100,1,Note(a)\n");
	originate = rd_app_find("Originate");
	voicemail = rd_app_find("VoiceMail");
	assert_null(originate->check("Sim/bob,exten,sim,100,1", buf, sizeof(buf)));
	assert_string_equal(originate->check("Sim/bob,exten,gone,100,1", buf, sizeof(buf)),
			    "there is no context gone");
	assert_null(originate->check("Sim/bob,app,Note,x", buf, sizeof(buf)));
	assert_string_equal(originate->check("Sim/bob,app,Gone,x", buf, sizeof(buf)),
			    "there is no application Gone");
	assert_string_equal(originate->check("Sim/bob,soon,sim", buf, sizeof(buf)),
			    "\"soon\": \"app\" or \"exten\" was expected");
	assert_string_equal(voicemail->check("100,ud(gone)", buf, sizeof(buf)),
			    "option d(gone): there is no such context");
	assert_null(voicemail->check("100,ud(sim)", buf, sizeof(buf)));
	assert_string_equal(sim_plan_errors("[sim]\nexten => 100,1,Park(,c(gone,1,1))\n"),
			    "extensions.conf:2: warning: sim,100,1: Park: there is no context "
			    "gone\n");
}

static void a_place_that_a_menu_of_rooms_names_is_looked_for(void **state)
{
	const struct rd_module *rooms = sim_load("app_confbridge");
	char *said;

	(void)state;
	conf_dir_write("confbridge.conf",
		       "[m]\ntype = menu\n1 = dialplan_exec(sim,s,1)\n"
		       "2 = playback(beep),dialplan_exec(gone,s,1)\n");
	sim_plan("[sim]\nexten => s,1,Note(a)\n");
	said = conf_dir_review(rooms);
	assert_string_equal(said, "confbridge.conf:4: warning: [m] 2 = dialplan_exec(gone,s,1): "
				  "there is no such context\n");
	rd_free(said);
}

static void a_context_that_other_files_name_is_looked_for(void **state)
{
	char *said;

	(void)state;
	conf_dir_write("followme.conf", "[general]\ncontext = sim\n[ann]\nnumber => 1001\n"
					"[bea]\ncontext = gone\nnumber => 1002,20\n"
					"[cid]\ncontext = gone\n");
	conf_dir_write("res_parking.conf", "[default]\n[near]\nparkpos = 800-810\n"
					   "comebackcontext = sim\n[far]\nparkpos = 900-910\n"
					   "comebackcontext = gone\n[left]\nparkpos = 600-610\n"
					   "comebacktoorigin = no\n");
	conf_dir_write("voicemail.conf", "[general]\nexitcontext = gone\ndialout = sim\n"
					 "[default]\n100 => ,Ann\n101 => ,Bea,,,callback=away\n");
	sim_plan("[sim]\nexten => s,1,Note(a)\n");
	said = conf_dir_review(sim_load("app_followme"));
	assert_string_equal(said, "followme.conf:7: warning: [bea] number => 1002: there is no "
				  "context \"gone\" where it would be dialled\n");
	rd_free(said);
	said = conf_dir_review(sim_load("res_parking"));
	assert_string_equal(said, "res_parking.conf:5: warning: [far] comebackcontext: there is "
				  "no context \"gone\"\n"
				  "res_parking.conf:8: warning: [left] comebackcontext: there is "
				  "no context \"parkedcallstimeout\"\n");
	rd_free(said);
	sim_load("format_wav");
	said = conf_dir_review(sim_load("app_voicemail"));
	assert_string_equal(said, "voicemail.conf: warning: mailbox 100@default: exitcontext: "
				  "there is no context \"gone\"\n"
				  "voicemail.conf: warning: mailbox 101@default: callback: "
				  "there is no context \"away\"\n");
	rd_free(said);
}

static void what_of_a_channel_is_only_shown_cannot_be_set(void **state)
{
	(void)state;
	assert_string_equal(sim_plan_errors("[sim]\n"
					    "exten => 100,1,Set(CHANNEL(Name)=x)\n"
					    " same => n,Set(CHANNEL(language)=de)\n"
					    " same => n,Note(${CHANNEL(name)})\n"),
			    "extensions.conf:2: warning: sim,100,1: CHANNEL(Name) cannot be set\n");
}

/* ---- when a call stumbles over it ---- */

/* What is logged while alice dials. */
static const char *logged_by(const char *exten)
{
	static struct log_catch caught;

	log_catch(&caught);
	sim_dial(exten);
	return log_caught(&caught);
}

/* Alice dials, and these words are said of it: what the dialplan notes. */
static const char *dial_and_expect(const char *exten, const char *words)
{
	static struct log_catch caught;
	const char *notes, *said;

	log_catch(&caught);
	notes = sim_dial(exten);
	said = log_caught(&caught);
	if (!strstr(said, words))
		fail_msg("\"%s\" was expected in: %s", words, said);
	return notes;
}

static void a_jump_to_nowhere_names_its_own_line(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Goto(zz,1)\n"
		 "exten => 101,1,Note(x)\n"
		 " same => n,Goto(sim,100,77)\n"
		 "exten => 102,1,Gosub(sub,s,1)\n"
		 "[sub]\n"
		 "exten => s,1,Return()\n");
	assert_non_null(strstr(logged_by("100"), "extensions.conf:2: Goto: there is no sim,zz,1, "
						 "and no i or e in that context"));
	assert_non_null(strstr(logged_by("101"), "extensions.conf:4: Goto: there is no "
						 "sim,100,77"));
	assert_string_equal(logged_by("102"), ""); /* Return() to the end of 102 */
}

static void an_expression_that_takes_too_long_names_its_line(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(A=aaaaaaaaaaaaaaaa)\n"
		 " same => n(l),Set(A=${A}${A})\n"
		 " same => n,GotoIf($[${LEN(${A})} < 4000]?l)\n"
		 " same => n,Note(${REGEX(\"(a.{0,90}){20}x\" ${A})},${REGEX(\"a{4}\" ${A})})\n"
		 "exten => 101,1,Set(A=aaaaaaaaaaaaaaaa)\n"
		 " same => n(l),Set(A=${A}${A})\n"
		 " same => n,GotoIf($[${LEN(${A})} < 4000]?l)\n"
		 " same => n,Set(B=$[\"${A}\" =~ \"(a.{0,90}){20}x\"])\n"
		 "exten => 102,1,Set(B=${CHANNELS((a)\\1)})\n");
	assert_non_null(strstr(logged_by("100"), "extensions.conf:5: sim,100,4: REGEX: the regular "
						 "expression takes too long on this text"));
	assert_string_equal(sim_dial("100"), ",1");
	assert_non_null(strstr(logged_by("101"), "the regular expression before this takes too "
						 "long on this text"));
	assert_non_null(strstr(logged_by("101"), "extensions.conf:9: sim,101,4: "));
	assert_non_null(strstr(logged_by("102"), "extensions.conf:10: sim,102,1: CHANNELS: the "
						 "regular expression refers back to a group"));
}

static void a_gosub_of_dial_to_nowhere_is_said_so(void **state)
{
	(void)state;
	sim_load("app_dial");
	sim_plan("[sim]\nexten => 100,1,Dial(Sim/alice,3,B(pre^s^1))\n");
	assert_non_null(strstr(logged_by("100"), "option B(pre^s^1): there is no such place in "
						 "the dialplan"));
}

static void an_unknown_timezone_is_told(void **state)
{
	(void)state;
	sim_load("app_say");
	sim_plan("[sim]\n"
		 "exten => 100,1,SayUnixTime(0,Nope/Zone,I)\n"
		 " same => n,Note(on)\n");
	assert_string_equal(dial_and_expect("100", "extensions.conf:2: sim,100,1: SayUnixTime: "
						   "there is no timezone \"Nope/Zone\""),
			    "on");
}

static void a_key_that_is_none_is_told(void **state)
{
	(void)state;
	sim_load("app_senddtmf");
	sim_plan("[sim]\n"
		 "exten => 100,1,SendDTMF(12Fw3)\n"
		 " same => n,Note(on)\n");
	assert_string_equal(dial_and_expect("100", "SendDTMF: no key \"F\" can be sent"), "on");
	assert_string_equal(sim_alice.digits, "123");
}

/* ---- when it runs away ---- */

static void a_loop_without_a_wait_is_ended(void **state)
{
	(void)state;
	sim_plan("[general]\n"
		 "steplimit = 1000\n"
		 "[sim]\n"
		 "exten => 100,1,Goto(1)\n"
		 "exten => 101,1,Set(n=$[0${n} + 1])\n"
		 " same => n,Pause(1)\n"
		 " same => n,GotoIf($[${n} < 2000]?1)\n"
		 " same => n,Note(${n})\n");
	assert_string_equal(sim_dial("100"), "");
	assert_int_equal(sim_alice.hung_up, 1);
	assert_string_equal(sim_dial("101"), "2000"); /* one that waits may go on */
}

static void a_value_that_doubles_ends_the_call(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(A=x)\n"
		 " same => n(again),Set(A=${A}${A})\n"
		 " same => n,GotoIf($[${LEN(${A})} < 65536]?again)\n"
		 " same => n,Note(${LEN(${A})})\n"
		 " same => n,Set(A=${A}${A})\n"
		 " same => n,Note(never)\n");
	assert_string_equal(dial_and_expect("100", "extensions.conf:6: sim,100,5: the text grows "
						   "beyond 65792 bytes: A=xxxx"),
			    "65536");
	assert_int_equal(sim_alice.hung_up, 1);
}

static void a_loop_that_piles_up_variables_ends_the_call(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(A=xxxxxxxxxxxxxxxx)\n"
		 " same => n(again),Set(A=${A}${A})\n"
		 " same => n,GotoIf($[${LEN(${A})} < 65536]?again)\n"
		 " same => n(more),Set(n=$[0${n} + 1])\n"
		 " same => n,Set(V${n}=${A})\n"
		 " same => n,Goto(more)\n");
	assert_string_equal(dial_and_expect("100", "extensions.conf:6: sim,100,5: Set: V15: all "
						   "variables would be "),
			    "");
	assert_int_equal(sim_alice.hung_up, 1);
}

static void a_function_that_multiplies_ends_the_call(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(A=aaaaaaaa)\n"
		 " same => n(again),Set(A=${STRREPLACE(A,a,aaaaaaaaaaaaaaaa)})\n"
		 " same => n,Goto(again)\n");
	assert_string_equal(dial_and_expect("100", "extensions.conf:3: sim,100,2: the text grows "
						   "beyond "),
			    "");
	assert_int_equal(sim_alice.hung_up, 1);
}

static void what_runs_itself_is_ended(void **state)
{
	(void)state;
	rd_log_max = RD_LOG_ERROR;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(Y=\\${EVAL(\\${Y})})\n"
		 " same => n,Note(${EVAL(${Y})}end)\n"
		 "exten => 200,1,Set(Z=Exec(\\${Z}))\n"
		 " same => n,Exec(${Z})\n"
		 " same => n,Note(never)\n");
	assert_string_equal(sim_dial("100"), "end");
	assert_string_equal(sim_dial("200"), "");
	assert_int_equal(sim_alice.cause, RD_CAUSE_TEMPORARY_FAILURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(errors_name_file_and_line),
		TEST(what_is_behind_the_last_parenthesis_is_left_out),
		TEST(a_wrong_extension_is_told_once),
		TEST(a_second_general_is_passed_over_with_a_warning),
		TEST(doubtful_things_are_warnings),
		TEST(what_a_call_would_stumble_over_is_a_warning),
		TEST(a_place_that_an_option_names_is_looked_for),
		TEST(a_place_that_an_argument_names_is_looked_for),
		TEST(a_place_that_a_menu_of_rooms_names_is_looked_for),
		TEST(a_context_that_other_files_name_is_looked_for),
		TEST(what_of_a_channel_is_only_shown_cannot_be_set),
		TEST(a_jump_to_nowhere_names_its_own_line),
		TEST(an_expression_that_takes_too_long_names_its_line),
		TEST(a_gosub_of_dial_to_nowhere_is_said_so),
		TEST(an_unknown_timezone_is_told),
		TEST(a_key_that_is_none_is_told),
		TEST(a_loop_without_a_wait_is_ended),
		TEST(a_value_that_doubles_ends_the_call),
		TEST(a_loop_that_piles_up_variables_ends_the_call),
		TEST(a_function_that_multiplies_ends_the_call),
		TEST(what_runs_itself_is_ended),
	};

	return RUN_GROUP(tests);
}
