/* "dialplan check": what it finds, and what it leaves alone. */
#include "tests/unit/test.h"

#include <ringdown/module.h>
#include <ringdown/tech.h>

#include "core/base/zone.h"
#include "core/call/registry.h"
#include "core/call/call.h"
#include "core/config/config.h"
#include "dialplan/check.h"
#include "dialplan/module.h"
#include "tests/unit/conf_dir.h"

static struct rd_buf findings;

static int nothing(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static int nothing_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	(void)args;
	(void)out;
	return 0;
}

static const char *wants_text(const char *args, char *buf, size_t size)
{
	snprintf(buf, size, "needs a text");
	return *args ? NULL : buf;
}

static const char *wants_1001(const char *resource, char *buf, size_t size)
{
	snprintf(buf, size, "there is no \"%s\"", resource);
	return strcmp(resource, "1001") == 0 ? NULL : buf;
}

static const char *wants_a_peer(const char *peer, char *buf, size_t size)
{
	snprintf(buf, size, "no peer \"%s\"", peer);
	return strcmp(peer, "out") == 0 ? NULL : buf;
}

static const struct rd_tech tech = {
	.name = "Line", .alias = "Wire", .check = wants_1001, .check_peer = wants_a_peer
};
static const struct rd_tech plain = { .name = "Plain", .check = wants_1001 };

static const struct rd_app apps[] = {
	{ .name = "NoOp", .run = nothing },
	{ .name = "Goto", .run = nothing },
	{ .name = "GotoIf", .run = nothing },
	{ .name = "Gosub", .run = nothing },
	{ .name = "Set", .run = nothing },
	{ .name = "Hangup", .run = nothing },
	{ .name = "Say", .run = nothing, .check = wants_text },
	{ .name = "GotoIfTime", .run = nothing },
	{ .name = "ExecIf", .run = nothing },
	{ .name = "TryExec", .run = nothing },
	{ .name = "MSet", .run = nothing },
	{ .name = "While", .run = nothing },
	{ .name = "Dial", .run = nothing },
	{ .name = "RetryDial", .run = nothing },
};
static int nothing_write(struct rd_channel *ch, const char *args, const char *value)
{
	(void)value;
	return nothing(ch, args);
}

static const struct rd_function function = { .name = "LEN", .read = nothing_read };
static const struct rd_function writable = { .name = "GLOBAL", .write = nothing_write };
static const struct rd_function worded = {
	.name = "PHONE", .read = nothing_read, .write = nothing_write, .check = wants_1001
};

static void note(const char *file, int line, const char *text, void *arg)
{
	(void)arg;
	rd_buf_printf(&findings, "%s:%d: %s\n", strrchr(file, '/') ? strrchr(file, '/') + 1 : file,
		      line, text);
}

static const char *check(const char *extensions)
{
	struct rd_config_report *report;
	struct dp_plan *plan;

	conf_dir_write("extensions.conf", extensions);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(dp_plan_load(&plan, report), 0);
	rd_config_report_free(report);
	rd_buf_reset(&findings);
	assert_true(dp_check(plan, note, NULL) >= 0);
	dp_plan_free(plan);
	return rd_buf_text(&findings);
}

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	rd_buf_init(&findings);
	for (size_t i = 0; i < RD_ARRAY_SIZE(apps); i++)
		assert_int_equal(rd__app_add(&apps[i], "test"), 0);
	assert_int_equal(rd__function_add(&function, "test"), 0);
	assert_int_equal(rd__function_add(&writable, "test"), 0);
	assert_int_equal(rd__function_add(&worded, "test"), 0);
	assert_int_equal(rd__tech_add(&tech, "test"), 0);
	assert_int_equal(rd__tech_add(&plain, "test"), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(apps); i++)
		rd__app_remove(&apps[i]);
	rd__tech_remove(&tech);
	rd__tech_remove(&plain);
	rd__function_remove(&function);
	rd__function_remove(&writable);
	rd__function_remove(&worded);
	rd_buf_fini(&findings);
	conf_dir_remove();
	rd__zone_forget();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

static void a_sound_plan_has_no_findings(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "include => more\n"
				  "exten => _1XX,1,NoOp(${LEN(${EXTEN})})\n"
				  " same => n,GotoIf(${x}?end:4)\n"
				  " same => n,Goto(more,${y},1)\n"
				  " same => 4,Gosub(sub,s,1(a,b))\n"
				  " same => n(end),Hangup()\n"
				  "exten => s,1,Goto(s,7)\n"
				  "exten => s,7,Goto(more,500,1)\n"
				  "[more]\n"
				  "exten => _5.,1,Say(hello)\n"
				  "[sub]\n"
				  "exten => s,1,Hangup()\n"),
			    "");
}

static void unknown_names_are_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,Gotto(5)\n"
				  " same => n,NoOp(${LENGTH(x)} ${LEN(${TWICE(y)})})\n"
				  " same => n,Set(VOLUMES(tx)=3)\n"
				  " same => n,Say()\n"
				  " same => n,Say(${x})\n"
				  " same => n,ExecIf(1?NoOp(a):Nosuch(b))\n"
				  " same => n,TryExec(Nothere(b))\n"
				  " same => n,ExecIf(1?${app}(a))\n"),
			    "extensions.conf:2: office,1,1: there is no application Gotto "
			    "(did you mean Goto?)\n"
			    "extensions.conf:3: office,1,2: there is no function LENGTH\n"
			    "extensions.conf:3: office,1,2: there is no function TWICE\n"
			    "extensions.conf:4: office,1,3: there is no function VOLUMES\n"
			    "extensions.conf:5: office,1,4: Say: needs a text\n"
			    "extensions.conf:7: office,1,6: ExecIf: there is no application "
			    "Nosuch\n"
			    "extensions.conf:8: office,1,7: TryExec: there is no application "
			    "Nothere\n");
}

static void the_nearest_thing_to_what_asterisk_has_is_told(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,Macro(x)\n"
				  " same => n,macroexit()\n"
				  " same => n,NoOp(${PJSIP_HEADERS(X-)}${odbc_names(1)})\n"
				  " same => n,Set(PJSIP_DTMF_MODE()=info)\n"
				  " same => n,TryExec(SIPAddHeader(X: y))\n"),
			    "extensions.conf:2: office,1,1: there is no application Macro "
			    "(Gosub() and Return())\n"
			    "extensions.conf:3: office,1,2: there is no application macroexit "
			    "(Gosub() and Return())\n"
			    "extensions.conf:4: office,1,3: there is no function PJSIP_HEADERS "
			    "(PJSIP_HEADER(read,NAME) reads each)\n"
			    "extensions.conf:4: office,1,3: there is no function odbc_names "
			    "(DB() keeps values)\n"
			    "extensions.conf:5: office,1,4: there is no function PJSIP_DTMF_MODE "
			    "(dtmf_mode of a phone)\n"
			    "extensions.conf:6: office,1,5: TryExec: there is no application "
			    "SIPAddHeader (PJSIP_HEADER(add,...) and PJSIP_HEADER(remove,...))\n");
}

static void hints_on_devices_that_are_not_there_are_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,hint,Line/1001&Custom:door(Alice)\n"
				  "exten => 2,hint,Custom:door&Line/1002(Bob)\n"
				  "exten => 3,hint,Wire/1003\n"
				  "exten => 4,hint,Other/1003\n"
				  "exten => _5X,hint,Line/${EXTEN}\n"
				  "exten => 6,hint,Custom:door&dahdi/1003\n"
				  "exten => 7,hint,Custom:door&sla:a_b\n"
				  "exten => 8,hint,Slate:a,\n"
				  "exten => 9,hint,Custom:door,CustomPresence:9\n"),
			    "extensions.conf:3: office,2,hint: there is no \"1002\"\n"
			    "extensions.conf:4: office,3,hint: there is no \"1003\"\n"
			    "extensions.conf:7: office,6,hint: there is nothing here like "
			    "Asterisk's technology dahdi\n"
			    "extensions.conf:8: office,7,hint: there is nothing here like "
			    "Asterisk's SLA:...\n"
			    "extensions.conf:10: office,9,hint: CustomPresence:9 has no effect: a "
			    "phone publishes by itself how its user is\n");
}

static void arguments_of_inner_applications_are_looked_at(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,ExecIf(${x}?Say(a):Say())\n"
				  " same => n,TryExec(Say( ))\n"
				  " same => n,ExecIf(${x}?Say(${y}))\n"),
			    "extensions.conf:2: office,1,1: ExecIf: Say: needs a text\n"
			    "extensions.conf:3: office,1,2: TryExec: Say: needs a text\n");
}

/* The peer is known though the number is not, and a device beside one that is not. */
static void devices_are_looked_at_beside_variables(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,Dial(Line/otu/${EXTEN:1},20)\n"
				  " same => n,Dial(Line/out/${EXTEN}&Wire/oot/${LEN(x&Line/1)})\n"
				  " same => n,ExecIf(${x}?Dial(Line/1002,${y}):Dial(Line/${x}))\n"
				  " same => n,RetryDial(,1,1,Line/1001&Line/uot/0${EXTEN},20)\n"
				  " same => n,Dial(${x}/otu/1,20)\n"
				  " same => n,Dial(Line/${x}/1&${x}&Line/1001&Line/o${x}/${y})\n"
				  " same => n,Dial(Plain/otu/${EXTEN}&None/otu/${EXTEN})\n"
				  " same => n,Dial(${LEN($[${x}&1]?Line/1&Line/2)},20,${y})\n"
				  " same => n,NoOp(Line/otu/${EXTEN})\n"),
			    "extensions.conf:2: office,1,1: Dial: no peer \"otu\"\n"
			    "extensions.conf:3: office,1,2: Dial: no peer \"oot\"\n"
			    "extensions.conf:4: office,1,3: ExecIf: Dial: there is no \"1002\"\n"
			    "extensions.conf:5: office,1,4: RetryDial: no peer \"uot\"\n");
}

/* Who moves here has them, and mostly with a number that only a call knows. */
static void technologies_of_asterisk_are_named_beside_variables(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,Dial(DAHDI/g1/${EXTEN:1},20)\n"
				  " same => n,Dial(Line/1001&iax2/${x}@far/1)\n"
				  " same => n,Dial(Zap/${x})\n"
				  " same => n,Dial(${x}DAHDI/1&Other/${x}&DAHDI${x}/1)\n"),
			    "extensions.conf:2: office,1,1: Dial: there is nothing here like "
			    "Asterisk's technology DAHDI\n"
			    "extensions.conf:3: office,1,2: Dial: there is nothing here like "
			    "Asterisk's technology iax2\n"
			    "extensions.conf:4: office,1,3: Dial: there is nothing here like "
			    "Asterisk's technology Zap\n");
}

static void places_that_do_not_exist_are_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,GotoIf(${x}?nowhere:2,1)\n"
				  " same => n,GotoIf(1?elsewhere,s,1)\n"
				  " same => n,Gosub(2,1(x))\n"
				  " same => n,Goto(9)\n"),
			    "extensions.conf:2: office,1,1: GotoIf: there is no label nowhere in "
			    "extension 1 of context office\n"
			    "extensions.conf:2: office,1,1: GotoIf: there is no priority 1 in "
			    "extension 2 of context office\n"
			    "extensions.conf:3: office,1,2: GotoIf: there is no context elsewhere\n"
			    "extensions.conf:4: office,1,3: Gosub: there is no priority 1 in "
			    "extension 2 of context office\n"
			    "extensions.conf:5: office,1,4: Goto: there is no priority 9 in "
			    "extension 1 of context office\n");
}

static void steps_that_nothing_leads_to_are_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,NoOp()\n"
				  "exten => 1,3,NoOp()\n"
				  "exten => 2,1,Hangup()\n"
				  " same => n,NoOp()\n"),
			    "extensions.conf:3: office,1,3: nothing leads here: there is no "
			    "priority 2\n"
			    "extensions.conf:5: office,2,2: nothing leads here: Hangup before it "
			    "does not go on\n");
}

static void times_that_cannot_be_read_are_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,GotoIfTime(25:00-26:00,*,*,*?1)\n"
				  " same => n,GotoIfTime(08:00-17:00,mon-fri,*,*?1)\n"
				  " same => n,GotoIfTime(*,*,*,*,Nope/Zone?1)\n"
				  " same => n,GotoIfTime(${OPEN}?1)\n"),
			    "extensions.conf:2: office,1,1: GotoIfTime(25:00-26:00,*,*,*): "
			    "expected times as '09:00-17:00' or '*'\n"
			    "extensions.conf:4: office,1,3: GotoIfTime(*,*,*,*,Nope/Zone): "
			    "expected a timezone as 'Europe/Berlin'\n");
}

static void a_label_that_is_there_twice_is_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1(a),NoOp()\n"
				  " same => n(b),NoOp()\n"
				  " same => n(a),NoOp()\n"
				  "exten => 2,1(a),NoOp()\n"),
			    "extensions.conf:4: office,1,3: the label a is that of priority 1 "
			    "already\n");
}

static void what_cannot_be_set_is_found(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,Set(LEN(x)=1)\n"
				  " same => n,Set(GLOBAL(x)=${LEN(x)})\n"
				  " same => n,NoOp(${GLOBAL(x)})\n"),
			    "extensions.conf:2: office,1,1: LEN() cannot be set\n"
			    "extensions.conf:4: office,1,3: GLOBAL() cannot be read\n");
}

static void arguments_of_functions_are_looked_at(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,NoOp(${LEN(${PHONE(1002)})} ${PHONE(1001)})\n"
				  " same => n,Set(PHONE(a=b)=${x})\n"
				  " same => n,Set(PHONE(1001)=${PHONE(${x})}${PHONE()})\n"
				  " same => n,Set(PHONE(${x})=1002)\n"
				  " same => n,ExecIf(${x}?Set(PHONE(1003)=${y}):Set(PHONE(1)=2))\n"
				  " same => n,ExecIf(${x}?Set(PHONE(1001)=${y}):NoOp(PHONE(1)))\n"),
			    "extensions.conf:2: office,1,1: PHONE(1002): there is no \"1002\"\n"
			    "extensions.conf:3: office,1,2: PHONE(a=b): there is no \"a=b\"\n"
			    "extensions.conf:4: office,1,3: PHONE(): there is no \"\"\n"
			    "extensions.conf:6: office,1,5: PHONE(1003): there is no \"1003\"\n"
			    "extensions.conf:6: office,1,5: PHONE(1): there is no \"1\"\n");
}

static void functions_of_the_interpreter_look_at_their_arguments(void **state)
{
	(void)state;
	for (const struct rd_function *f = dp_functions; f->name; f++)
		assert_int_equal(rd__function_add(f, "test"), 0);
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,NoOp(${EXCEPTION(reason)} ${EXCEPTION(why)})\n"
				  " same => n,Set(LOCAL()=${LOCAL(x)})\n"),
			    "extensions.conf:2: office,1,1: EXCEPTION(why): it is reason, context, "
			    "exten or priority, not \"why\"\n"
			    "extensions.conf:3: office,1,2: LOCAL(): which variable?\n");
	for (const struct rd_function *f = dp_functions; f->name; f++)
		rd__function_remove(f);
}

static void functions_are_found_wherever_they_stand(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,NoOp($[${PHONE(2)} = 1 & $[${LEN(${PHONE(3)})}]])\n"
				  " same => n,GotoIf($[\"${PHONE(4)}\" = \"a\"]?5:1)\n"
				  " same => n,While($[${PHONE(5)} > 0])\n"
				  " same => n,ExecIf(${PHONE(6)}?NoOp(${PHONE(7)}))\n"
				  " same => n,NoOp(${x:${PHONE(8)}:1})\n"),
			    "extensions.conf:2: office,1,1: PHONE(2): there is no \"2\"\n"
			    "extensions.conf:2: office,1,1: PHONE(3): there is no \"3\"\n"
			    "extensions.conf:3: office,1,2: PHONE(4): there is no \"4\"\n"
			    "extensions.conf:4: office,1,3: PHONE(5): there is no \"5\"\n"
			    "extensions.conf:5: office,1,4: PHONE(6): there is no \"6\"\n"
			    "extensions.conf:5: office,1,4: PHONE(7): there is no \"7\"\n"
			    "extensions.conf:6: office,1,5: PHONE(8): there is no \"8\"\n");
}

static void each_that_is_set_is_looked_at(void **state)
{
	(void)state;
	assert_string_equal(check("[office]\n"
				  "exten => 1,1,MSet(a=${LEN(a,b)},PHONE(2)=1, PHONE(3) =2,"
				  "PHONE(1001)=1)\n"
				  " same => n,ExecIf(${x}?MSet(b=1,PHONE(4)=${y}):"
				  "MSet(PHONE(5)=1))\n"
				  " same => n,Set(a=1,b=2,(c)=3,LEN=4)\n"
				  " same => n,Set(a=1,PHONE(1001)=2)\n"
				  " same => n,Set(a=b(c,PHONE(1)=2),\"d,PHONE(1)=2\")\n"
				  " same => n,ExecIf(${x}?Set(a=${y},PHONE(1001)=2))\n"),
			    "extensions.conf:2: office,1,1: PHONE(2): there is no \"2\"\n"
			    "extensions.conf:2: office,1,1: PHONE(3): there is no \"3\"\n"
			    "extensions.conf:3: office,1,2: PHONE(4): there is no \"4\"\n"
			    "extensions.conf:3: office,1,2: PHONE(5): there is no \"5\"\n"
			    "extensions.conf:5: office,1,4: Set() sets one; what follows the comma "
			    "is part of its value: MSet() sets several\n"
			    "extensions.conf:7: office,1,6: Set() sets one; what follows the comma "
			    "is part of its value: MSet() sets several\n");
}

static void includes_are_followed(void **state)
{
	(void)state;
	assert_string_equal(check("[a]\ninclude => b\ninclude => missing\n"
				  "[b]\ninclude => c\n"
				  "[c]\ninclude => a\n"
				  "[d]\ninclude => a\n"),
			    "extensions.conf:2: a: include b: goes in a circle\n"
			    "extensions.conf:3: a: include missing: there is no such context\n"
			    "extensions.conf:5: b: include c: goes in a circle\n"
			    "extensions.conf:7: c: include a: goes in a circle\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_plan_has_no_findings),
		TEST(unknown_names_are_found),
		TEST(the_nearest_thing_to_what_asterisk_has_is_told),
		TEST(hints_on_devices_that_are_not_there_are_found),
		TEST(arguments_of_inner_applications_are_looked_at),
		TEST(devices_are_looked_at_beside_variables),
		TEST(technologies_of_asterisk_are_named_beside_variables),
		TEST(places_that_do_not_exist_are_found),
		TEST(steps_that_nothing_leads_to_are_found),
		TEST(times_that_cannot_be_read_are_found),
		TEST(a_label_that_is_there_twice_is_found),
		TEST(what_cannot_be_set_is_found),
		TEST(arguments_of_functions_are_looked_at),
		TEST(functions_of_the_interpreter_look_at_their_arguments),
		TEST(functions_are_found_wherever_they_stand),
		TEST(each_that_is_set_is_looked_at),
		TEST(includes_are_followed),
	};

	return RUN_GROUP(tests);
}
