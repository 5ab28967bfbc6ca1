/* A hang-up in every application: each one is started, the caller hangs up
 * at several moments, and then its fiber ends at once and nothing is left. */
#include "tests/sim/control_steps.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_prompts.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <ringdown/module.h>

#include "core/media/media.h"
#include "tests/unit/conf_dir.h"

enum { ENDS_MS = 20, SHIELD_MS = 6000, CHILD_MS = 3000 };

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];
static const char *app, *args;
static int rc;

static const struct rd_module *amd, *voicemail, *parking, *queue, *followme, *emergency;
static const char *const modules[] = {
	"app_talkdetect",  "app_waitforsilence", "app_confbridge",
	"app_waitfortone",
	"app_chanspy",
	"app_answer",	   "app_authenticate", "app_bridge",   "app_bridgewait",
	"app_pullcall",
	"app_bridgeaddchan", "app_disa", "app_blind_transfer", "app_attended_transfer",
	"app_callcompletion",
	"app_channelredirect",
	"app_dial",	   "app_directed_pickup", "app_dumpchan",     "app_echo",     "app_exec",
	"app_mail",
	"app_milliwatt",   "app_mixmonitor",   "app_musiconhold",
	"app_originate",    "app_page",	"app_playback", "app_playtones",
	"app_progress",	   "app_read",	       "app_record",   "app_say",
	"app_senddtmf",	   "app_sendtext",     "app_softhangup", "app_system", "app_transfer",
	"cdr", "cel",
	"app_userevent",   "app_verbose",      "app_wait",     "chan_local",
	"format_wav",
};

static void make_directories(void)
{
	static const char *const prompts[] = { "beep", "digits/1", "letters/a", "phonetic/a_p",
					       "agent-pass" };
	char path[64];

	conf_dir_make();
	for (size_t i = 0; i < RD_ARRAY_SIZE(prompts); i++) {
		snprintf(path, sizeof(path), "sounds/en/%s.wav", prompts[i]);
		sim_prompt_write(path, 4096, 1000);
	}
	sim_directories();
}

/* Its settings are in force before anybody runs it. */
static const struct rd_module *load_with_settings(const char *name)
{
	const struct rd_module *module = sim_load(name);
	struct rd_config_report *report;
	void *snapshot;

	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(module->config->build(&snapshot, report), 0);
	module->config->commit(snapshot);
	rd_config_report_free(report);
	return module;
}

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	phones[1] = (struct sim_phone){ .name = "bob", .ring_ms = 100, .answer_ms = 700 };
	make_directories();
	sim_begin(state);
	sim_phones(phones, 2);
	sim_sound();
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	conf_dir_write("voicemail.conf", "[default]\n1001 => 4711\n");
	amd = load_with_settings("app_amd");
	voicemail = load_with_settings("app_voicemail");
	conf_dir_write("queues.conf", "[office]\nmember => Sim/bob\n");
	queue = load_with_settings("app_queue");
	parking = load_with_settings("res_parking");
	conf_dir_write("followme.conf", "[team]\ncontext = sim\nnumber => stay,20\n");
	followme = load_with_settings("app_followme");
	emergency = load_with_settings("app_emergency");
	return 0;
}

/* It writes its log to the end, and waits for that. */
static int unload_queue(void *arg)
{
	(void)arg;
	queue->unload();
	return 0;
}

static int finish(void **state)
{
	int err;

	rd_fiber_new_detached("unload", unload_queue, NULL);
	sim_finish();
	amd->unload();
	voicemail->unload();
	parking->unload();
	followme->unload();
	emergency->unload();
	err = sim_end(state);
	rd__directories_free();
	conf_dir_remove();
	return err;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static int run_app(struct rd_channel *ch)
{
	rc = sim_app(ch, app, args);
	return rc;
}

static bool gone_after;

static int run_app_and_look(struct rd_channel *ch)
{
	run_app(ch);
	gone_after = rd_channel_gone(ch);
	return rc;
}

static int stay(struct rd_channel *ch)
{
	return rd_channel_sleep(ch, 60000);
}

static const struct sim_exten extens[] = {
	{ "app", run_app }, { "look", run_app_and_look }, { "stay", stay },
	{ "t", stay },	    { "i", stay },		  { "1", stay },
};

/* *still: its fiber lives after the hang-up until what it may wait for. */
static const struct {
	const char *app, *args;
	int still_ms;
} cases[] = {
	{ "AMD", "", 0 },
	{ "Answer", "5000", 0 },
	{ "BackgroundDetect", "beep", 0 },
	{ "WaitForNoise", "1000", 0 },
	{ "WaitForSilence", "1000", 0 },
	{ "WaitForTone", "440", 0 },
	{ "ToneScan", "", 0 },
	{ "Hangup", "17", 0 },
	{ "Authenticate", "1234", 0 },
	{ "Bridge", "Sim/bob", 0 },
	{ "BridgeAdd", "Sim/bob", 0 },
	{ "PullCall", "Sim/bob", 0 },
	{ "BlindTransfer", "stay", 0 },
	{ "AttendedTransfer", "stay", 0 },
	{ "BridgeWait", "", 0 },
	{ "BridgeWait", "hall,announcer", 0 },
	{ "BridgeWait", ",,e(r)S(60)", 0 },
	{ "ChannelRedirect", "Sim/bob,sim,stay,1", 0 },
	{ "Dial", "Sim/bob,30,tTg", 0 },
	{ "Dial", "Local/stay@sim,30,m", 0 },
	{ "Dial", "Sim/bob,30,pn", SHIELD_MS },
	{ "Dial", "Sim/bob,30,P", SHIELD_MS },
	{ "EmergencyCall", "Sim/bob", 0 },
	{ "EmergencyCall", "TRUNK/out/112,5", 0 },
	{ "MailTo", "a@example.org,hello,there", SHIELD_MS },
	{ "RetryDial", "beep,5,3,Sim/nobody,2", 0 },
	{ "DISA", "no-password,sim", 0 },
	{ "DISA", "/nosuch/passcodes,sim", 0 },
	{ "CallCompletionCancel", "", 0 },
	{ "CallCompletionRequest", "", 0 },
	{ "DumpChan", "", 0 },
	{ "FollowMe", "team,sn", 0 },
	{ "FollowMe", "team,a", SHIELD_MS },
	{ "FollowMe", "team,N", 0 },
	{ "Page", "Sim/bob", 0 },
	{ "Page", "Sim/bob&Sim/nobody,drA(beep),10", 0 },
	{ "Park", "", 0 },
	{ "Park", ",rs", 0 },
	{ "ParkedCall", "", 0 },
	{ "ParkAndAnnounce", ",,beep:PARKED,Sim/bob", 0 },
	{ "Pickup", "stay@sim", 0 },
	{ "PickupChan", "Sim/bob", 0 },
	{ "Queue", "office", 0 },
	{ "Queue", "office,r,,beep,30", 0 },
	{ "AddQueueMember", "office,Sim/alice", 0 },
	{ "PauseQueueMember", ",Sim/alice", 0 },
	{ "UnpauseQueueMember", ",Sim/alice", 0 },
	{ "RemoveQueueMember", "office,Sim/alice", 0 },
	{ "QueueLog", "office,none,Sim/alice,NOTE", 0 },
	{ "Echo", "", 0 },
	{ "Exec", "Wait(10)", 0 },
	{ "TryExec", "Wait(10)", 0 },
	{ "ExecIf", "1?Wait(10)", 0 },
	{ "Milliwatt", "", 0 },
	{ "ConfBridge", "1", 0 },
	{ "ConfKick", "1,all", 0 },
	{ "ChanSpy", "Sim/nobody,q", 0 },
	{ "ExtenSpy", "nobody@sim,q", 0 },
	{ "MixMonitor", "mixmonitor.wav,d", SHIELD_MS },
	{ "StopMixMonitor", "", 0 },
	{ "PauseMonitor", "", 0 },
	{ "UnpauseMonitor", "", 0 },
	{ "MusicOnHold", "", 0 },
	{ "StartMusicOnHold", "", 0 },
	{ "StopMusicOnHold", "", 0 },
	{ "SetMusicOnHold", "default", 0 },
	{ "Originate", "Sim/bob,app,Wait,5,,30", 0 },
	{ "Originate", "Sim/bob,exten,sim,stay,1,30", 0 },
	{ "Playback", "beep&beep&beep&beep", 0 },
	{ "Playback", "beep&beep&beep&beep,noanswer", 0 },
	{ "Background", "beep&beep&beep", 0 },
	{ "ControlPlayback", "beep", 0 },
	{ "PlayTones", "425/500,0/500", 0 },
	{ "StopPlayTones", "", 0 },
	{ "Ringing", "", 0 },
	{ "Progress", "", 0 },
	{ "Proceeding", "", 0 },
	{ "Busy", "10", 0 },
	{ "Busy", "", 0 },
	{ "Congestion", "10", 0 },
	{ "Congestion", "", 0 },
	{ "Read", "X,beep,4,,2,5", 0 },
	{ "Record", "sim-%d.wav,0,10,q", SHIELD_MS },
	{ "SayNumber", "1111", 0 },
	{ "SayDigits", "1111", 0 },
	{ "SayAlpha", "aaa", 0 },
	{ "SayPhonetic", "aaa", 0 },
	{ "SayUnixTime", "", 0 },
	{ "SendDTMF", "123wWw456", 0 },
	{ "SendText", "Hello, there", 0 },
	{ "SoftHangup", "Sim/bob", 0 },
	{ "System", "sleep 0.05", CHILD_MS },
	{ "TrySystem", "sleep 0.05", CHILD_MS },
	{ "Transfer", "1234", 0 },
	{ "UserEvent", "Something,a: b", 0 },
	{ "CELGenUserEvent", "Something,more", 0 },
	{ "ResetCDR", "w", 0 },
	{ "Verbose", "1,hello", 0 },
	{ "VoiceMail", "1001,s", SHIELD_MS },
	{ "VoiceMailMain", "1001,s", SHIELD_MS },
	{ "VMAuthenticate", "1001", SHIELD_MS },
	{ "VMSayName", "1001", SHIELD_MS },
	{ "VoiceMailPlayMsg", "1001,none", 0 },
	{ "MailboxExists", "1001", 0 },
	{ "Directory", "default,sim", 0 },
	{ "Wait", "10", 0 },
	{ "WaitExten", "10", 0 },
	{ "WaitDigit", "10", 0 },
};

/* Work on other threads and children take real time. */
static void let_end(int ms)
{
	for (int waited = 0; rd__fiber_count() > 0 && waited < ms; waited += 5) {
		usleep(5000);
		sim_pass(5);
	}
}

static void hang_up_in(size_t i, int after_ms)
{
	app = cases[i].app;
	args = cases[i].args;
	rc = 0;
	sim_call(alice, "app");
	if (after_ms >= 0)
		sim_pass(after_ms);
	sim_hangup(alice);
	if (bob->ch && strcmp(app, "Dial") != 0)
		sim_hangup(bob);
	sim_pass(ENDS_MS);
	if (cases[i].still_ms)
		let_end(cases[i].still_ms);
	let_end(100);
	if (rd__fiber_count() || rd_channel_count())
		fail_msg("%s(%s), hung up after %d ms: %zu fibers and %zu channels are left", app,
			 args, after_ms, rd__fiber_count(), rd_channel_count());
}

static void every_application_ends_when_the_caller_hangs_up(void **state)
{
	static const int moments[] = { -1, 0, 1, 50, 500, 1500, 4000 };

	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++)
		for (size_t j = 0; j < RD_ARRAY_SIZE(moments); j++)
			hang_up_in(i, moments[j]);
}

static void every_application_ends_when_the_call_is_moved(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		struct rd_channel *ch;

		app = cases[i].app;
		args = cases[i].args;
		ch = rd_channel_ref(sim_call(alice, "app"));
		sim_pass(30);
		if (!rd_channel_gone(ch)) {
			assert_int_equal(rd_channel_redirect(ch, "sim", "stay", 1), 0);
			sim_pass(ENDS_MS);
			let_end(cases[i].still_ms ? 200 : 0);
			if (rd_channel_gone(ch) || strcmp(rd_channel_exten(ch), "stay"))
				fail_msg("%s(%s), moved away, did not go on", app, args);
		}
		rd_hangup(ch, RD_CAUSE_NORMAL);
		rd_channel_unref(ch);
		if (bob->ch)
			rd_hangup(bob->ch, RD_CAUSE_NORMAL);
		sim_pass(ENDS_MS);
		let_end(CHILD_MS);
	}
}

static void what_plays_before_the_answer_opens_early_media(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	app = "Playback";
	args = "beep,noanswer";
	sim_call(alice, "app");
	let_end(CHILD_MS);
	assert_int_equal(alice->answered, 0);
	assert_true(alice->shown & (1u << RD_INDICATE_PROGRESS));
	assert_true(alice->heard > 0);
}

static void soft_hangup_ends_its_own_leg_too(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	app = "SoftHangup";
	args = "Sim/bob";
	sim_call(alice, "look");
	sim_pass(10);
	assert_int_equal(rc, 0);
	assert_false(gone_after);
	args = "Sim/alice";
	sim_call(alice, "look");
	sim_pass(10);
	assert_int_equal(rc, -ECANCELED);
	assert_true(gone_after);
}

static void soft_hangup_takes_the_whole_name_of_a_device(void **state)
{
	const char *name = alice->name;

	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	alice->name = "front-desk";
	app = "SoftHangup";
	args = "Sim/front,a";
	sim_call(alice, "look");
	sim_pass(10);
	assert_int_equal(rc, 0);
	assert_false(gone_after);
	args = "Sim/front-desk,a";
	sim_call(alice, "look");
	sim_pass(10);
	assert_true(gone_after);
	gone_after = false;
	args = "Simulated/front-desk,a";
	sim_call(alice, "look");
	sim_pass(10);
	assert_true(gone_after);
	alice->name = name;
}

/* Of the SIP driver, for its own legs: Redirect never waits, MessageSend is hung up in
 * test_sip_pager. */
static const char *const elsewhere[] = { "Redirect", "MessageSend" };

static bool is_covered(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(elsewhere); i++)
		if (strcmp(name, elsewhere[i]) == 0)
			return true;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++)
		if (strcmp(cases[i].app, name) == 0)
			return true;
	for (size_t i = 0; i < RD_ARRAY_SIZE(control_steps); i++)
		if (strcmp(control_steps[i].app, name) == 0)
			return true;
	return false;
}

/* How many applications it brings; each must be in a table. */
static int check_module(const char *path)
{
	void *object = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	const struct rd_module *module = object ? dlsym(object, "rd_module") : NULL;
	int count = 0;

	if (!module)
		fail_msg("%s: %s", path, dlerror());
	for (const struct rd_app *it = module->apps; it && it->name; it++, count++)
		if (!is_covered(it->name))
			fail_msg("%s of %s is in no table", it->name, module->name);
	dlclose(object);
	return count;
}

static void letters_that_are_none_are_told_by_the_check(void **state)
{
	static const struct {
		const char *app, *args, *good;
	} wrong[] = {
		{ "Background", "beep,Z", "beep,s" },
		{ "Playback", "beep,skip,Z", "beep,skip, noanswer" },
		{ "ControlPlayback", "beep,1,2,3,4,5,6,Z", "beep,1,2,3,4,5,6,o(9)" },
		{ "Authenticate", "1234,Z", "1234,a" },
		{ "Originate", "Sim/bob,exten,sim,1,1,,Z", "Sim/bob,exten,sim,1,1,,a" },
		{ "WaitExten", "5,Z", "5,m" },
		{ "Park", "default,Z", "default,r" },
		{ "ParkAndAnnounce", "default,Z,beep,Sim/bob", "default,s,beep,Sim/bob" },
		{ "Record", "a.wav,,,Z", "a.wav,,,k" },
		{ "PickupChan", "Sim/bob,Z", "Sim/bob,p" },
		{ "Bridge", "Sim/bob,Z", "Sim/bob,x" },
		{ "Read", "A,beep,1,Z", "A,beep,1,s" },
		{ "Record", "a.Z", "a:wav" },
		{ "MixMonitor", "a.wav,Z", "a.wav,b" },
		{ "MixMonitor", "a.Z", "a.b/c" },
		{ "MixMonitor", "a.wav,r(b.Z)", "a.wav,r(b)t(c.wav)" },
		{ "MixMonitor", ",t(b.Z)", ",t(b.wav)" },
		{ "ResetCDR", "Z", "wv" },
		{ "SendDTMF", "12Z", "12*#AwW,100,250" },
		{ "SendDTMF", "12,Z", "12" },
		{ "SendDTMF", "12,100,Z", "12,,100" },
		{ "WaitForTone", "Z", "1100" },
		{ "WaitForTone", "1100,500,10,Z", "1100,500,10,2" },
		{ "ToneScan", "us,Z", "us,10" },
		{ "ToneScan", "us,10,Z", "us,,fv" },
		{ "WaitForSilence", "1000,Z", "1000,2,30" },
		{ "WaitForNoise", "Z", "" },
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		const struct rd_app *app = rd_app_find(wrong[i].app);
		const char *told = app->check(wrong[i].args, buf, sizeof(buf));

		assert_non_null(told);
		assert_non_null(strstr(told, "\"Z\""));
		assert_null(app->check(wrong[i].good, buf, sizeof(buf)));
	}
}

static void a_format_that_is_only_read_is_none_to_record(void **state)
{
	static const struct rd_format reads = { .name = "reads", .extension = "reads" };
	static const char *const apps[] = { "Record", "MixMonitor" };
	char buf[128];

	(void)state;
	assert_int_equal(rd__format_add(&reads, "test"), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(apps); i++) {
		const char *told = rd_app_find(apps[i])->check("a.reads", buf, sizeof(buf));

		assert_string_equal(told ? told : "", "no module writes the format \"reads\"");
	}
	rd__format_remove(&reads);
}

/* Of all that were built, not only of those that are loaded here. */
static void every_module_is_covered(void **state)
{
	const char *build = getenv("RD_BUILD");
	const struct dirent *entry;
	char path[512];
	int count = 0;
	DIR *folder;

	(void)state;
	snprintf(path, sizeof(path), "%s/modules", build ? build : ".");
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/modules/%s", build ? build : ".", entry->d_name);
		if (strlen(entry->d_name) > 3 &&
		    strcmp(entry->d_name + strlen(entry->d_name) - 3, ".so") == 0)
			count += check_module(path);
	}
	closedir(folder);
	assert_true(count >= (int)RD_ARRAY_SIZE(control_steps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_application_ends_when_the_caller_hangs_up),
		TEST(every_application_ends_when_the_call_is_moved),
		TEST(what_plays_before_the_answer_opens_early_media),
		TEST(soft_hangup_ends_its_own_leg_too),
		TEST(soft_hangup_takes_the_whole_name_of_a_device),
		TEST(letters_that_are_none_are_told_by_the_check),
		TEST(a_format_that_is_only_read_is_none_to_record),
		TEST(every_module_is_covered),
	};

	return RUN_GROUP(tests);
}
