/* An office on the virtual clock for hours: simulated phones with sound and SIP phones over a
 * bad line call each other, queues, mailboxes and rooms, and transfer; meanwhile everything is
 * read again, and modules come and go. Once an hour it comes to rest, and holds what it held.
 *
 * HOURS in the environment: so many (1); SEED: another story. */
#include <ringdown/test.h>

#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include <ringdown/bridge.h>
#include <ringdown/log.h>

#include "core/base/spare.h"
#include "tests/sim/sim_storm.h"
#include "tests/sim/sip_robots.h"

enum { HOURS = 1, HOUR_MS = 3600000, LOSS = 5, REST_MS = 700000, MORE_BLOCKS = 20 };

static const char extensions[] =
	"[sim]\n"
	"exten => dial,1,Dial(Sim/p${RAND(0,11)},20,tTgh)\n"
	"exten => two,1,Dial(Sim/p${RAND(0,11)}&Sim/p${RAND(0,11)},10,m)\n"
	"exten => local,1,Dial(Local/dial@sim,15,t)\n"
	"exten => desk,1,Dial(SIP/desk,15)\n"
	"exten => far,1,Dial(SIP/7@far,15,tT)\n"
	"exten => wait,1,Answer()\n same => n,Wait(${RAND(1,20)})\n"
	/* Whose modules come and go. */
	"exten => echo,1,Answer()\n same => n,TryExec(Echo())\n"
	"exten => tone,1,Answer()\n same => n,TryExec(Milliwatt())\n"
	"exten => queue,1,TryExec(Queue(help,,,,20))\n"
	"exten => room,1,TryExec(ConfBridge(${RAND(1,2)}))\n"
	"exten => mail,1,TryExec(VoiceMail(100,s))\n"
	"exten => park,1,TryExec(Park())\n"
	"exten => h,1,NoOp(${CHANNEL})\n";

static const char sip_conf[] =
	"[udp]\ntype = transport\nbind = 127.0.0.1:5060\n"
	"[desk]\ntype = phone\nmatch = 127.0.0.7\ncontext = sim\n"
	"[far]\ntype = peer\nhost = 127.0.0.7:5557\ncontext = sim\n";

static const char *const numbers[] = { "dial", "two",  "local", "desk",	 "far",	 "wait", "echo",
				       "tone", "queue", "room", "mail", "park", "nobody" };

static const char *const stay[] = {
	"codec_ulaw", "codec_alaw", "format_wav", "chan_local", "func_math", "app_dial",
	"app_answer", "app_wait", "app_verbose", "app_exec", "chan_sip",
};
static const char *const come_and_go[] = {
	"app_echo", "app_queue", "app_milliwatt", "app_voicemail", "app_confbridge", "res_parking",
	"cdr", "cdr_csv", "cel", "cel_csv", "sip_presence", "sip_mwi", "sip_dialog_info",
	"codec_g722", "func_strings", "app_page", "queue_log",
};

static uint64_t seed;
static unsigned long reloads, refused, changes;

/* ---- what the house is told ---- */

static void write_files(bool more)
{
	char text[4096];

	snprintf(text, sizeof(text), "%sexten => more,1,Wait(%d)\n", extensions, more);
	rd_test_file("extensions.conf", text);
	snprintf(text, sizeof(text), "%s%s", sip_conf,
		 more ? "[new]\ntype = phone\nsecret = Xk29fjw\ncontext = sim\n" : "");
	rd_test_file("sip.conf", text);
	snprintf(text, sizeof(text),
		 "[help]\nstrategy = %s\nretry = 1\nmember => Sim/p1\nmember => SIP/7@far\n%s",
		 more ? "ringall" : "rrmemory", more ? "member => Local/dial@sim/n\n" : "");
	rd_test_file("queues.conf", text);
	rd_test_file("voicemail.conf",
		     "[general]\nmaxsecs = 10\nmaxmsg = 5\n[default]\n100 => 1\n");
	rd_test_file("cdr.conf", "[general]\nenable = yes\n");
	rd_test_file("res_parking.conf", "[default]\nparkext => 70\nparkpos => 71-75\n"
					 "context => sim\nparkingtime => 20\n");
}

static void reload(void)
{
	bool broken = storm_dice(4) == 0;
	int status;

	write_files(storm_dice(2));
	if (broken)
		rd_test_file("queues.conf", "[help]\nstrategy = by chance\n");
	rd_test_command("core reload", &status);
	reloads++;
	refused += status != 0;
	assert_int_equal(status != 0, broken && rd_module_loaded("app_queue"));
	if (broken)
		write_files(false);
}

static void change_a_module(void)
{
	static const char *const what[] = { "load", "unload", "reload" };
	char line[96];
	int status;

	snprintf(line, sizeof(line), "module %s %s", what[storm_dice(3)],
		 come_and_go[storm_dice(RD_ARRAY_SIZE(come_and_go))]);
	rd_test_command(line, &status);
	changes += status == 0;
}

static void load_all(void)
{
	char line[96];

	for (size_t i = 0; i < RD_ARRAY_SIZE(come_and_go); i++)
		if (!rd_module_loaded(come_and_go[i])) {
			snprintf(line, sizeof(line), "module load %s", come_and_go[i]);
			rd_test_command(line, NULL);
		}
}

/* ---- an hour ---- */

static void pass_quietly(int ms)
{
	for (; ms > 0; ms -= 100) {
		robots_step(0);
		sim_pass(100);
	}
}

static void busy_time(int ms)
{
	uint64_t end = rd_now_ms() + (uint64_t)ms;

	while (rd_now_ms() < end) {
		storm_step();
		for (unsigned n = storm_dice(10); n > 0; n--) {
			robots_step(1);
			sim_pass(100);
		}
		if (storm_dice(60) == 0)
			reload();
		if (storm_dice(30) == 0)
			change_a_module();
	}
}

/* Until everything has ended by itself, or was hung up. */
static void come_to_rest(void)
{
	pass_quietly(100000);
	storm_end();
	pass_quietly(REST_MS);
	load_all();
	write_files(false);
	rd_test_command("core reload", NULL);
	pass_quietly(1000);
	if (rd_channel_count() || rd_bridge_next(NULL))
		fail_msg("seed %llu: %zu channels are left:\n%s", (unsigned long long)seed,
			 rd_channel_count(), rd_test_command("core show channels", NULL));
}

static void say(int hour, double seconds)
{
	const struct robots_count *n = robots_counted();

	rd__spare_drop(); /* which grows to its bound for a day */
	print_message("hour %d, %.0f s: %lu calls by SIP (%lu answered), %lu to it, %lu "
		      "transferred, %lu vanished; %lu of %lu messages and %lu of %lu packets "
		      "lost; %lu reloads (%lu refused), %lu modules; %ld blocks, %zu fibers, "
		      "heap %zu KiB\n",
		      hour, seconds, n->called, n->answered, n->was_called, n->referred,
		      n->vanished, n->messages_lost, n->messages, n->packets_lost, n->packets,
		      reloads, refused, changes, rd__alloc_live(), rd__fiber_count(),
		      mallinfo2().uordblks / 1024);
}

static void hours_leave_nothing(void **state)
{
	int hours = getenv("HOURS") ? atoi(getenv("HOURS")) : HOURS;
	clock_t begun = clock();
	long before = 0;

	(void)state;
	for (int hour = 1; hour <= hours; hour++) {
		busy_time(HOUR_MS);
		come_to_rest();
		say(hour, (double)(clock() - begun) / CLOCKS_PER_SEC);
		if (hour == 1)
			before = rd__alloc_live();
	}
	assert_in_range(rd__alloc_live(), 0, before + MORE_BLOCKS);
}

/* ---- from begin to end ---- */

static int begin(void **state)
{
	rd_test_begin(state);
	seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;
	print_message("seed %llu\n", (unsigned long long)seed);
	storm_seed(seed);
	storm_begin(numbers, RD_ARRAY_SIZE(numbers));
	write_files(false);
	rd_test_load("dialplan");
	for (size_t i = 0; i < RD_ARRAY_SIZE(stay); i++)
		rd_test_load(stay[i]);
	load_all();
	robots_open(numbers, RD_ARRAY_SIZE(numbers), LOSS);
	rd_log_max = RD_LOG_ERROR;
	return 0;
}

static int end(void **state)
{
	robots_close();
	return rd_test_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hours_leave_nothing, begin, end),
	};
	const char *build = getenv("RD_BUILD");
	char modules[512];

	/* As they were built. */
	snprintf(modules, sizeof(modules), "%s/modules", build ? build : ".");
	setenv("RD_MODULES", modules, 0);
	return rd_test_run(tests);
}
