/* The simulated house as modules of others have it for their tests: ringdown/test.h. Here
 * the loader, the store and the console are the real ones. */
#include <ringdown/test.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/cli/cli.h"
#include "core/config/config.h"
#include "core/health.h"
#include "core/media/media.h"
#include "core/module/module.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"
#include "core/store/store.h"
#include "tests/sim/sim.h"
#include "tests/unit/conf_dir.h"

#undef rd_test_load
#undef rd_test_unload
#undef rd_test_reload
#undef rd_test_dialplan
#undef rd_test_phone
#undef rd_test_expand
#undef rd_test_sip_answer

/* As cmocka's fail_msg(), which says where it stands itself. */
#define FAIL(...) (print_error("ERROR: " __VA_ARGS__), print_error("\n"), fail_there())

enum { PHONES = 8, MESSAGE_MAX = 65536, DESCRIPTORS = 1024 };

struct rd_test_phone {
	char name[32];
	struct sim_phone *sim;
};

static struct rd_test_phone phones[PHONES];
static struct sim_phone simulated[PHONES];
static struct rd_config_report *report;
static struct rd_buf text; /* what was last asked for */
static int sip_socket = -1;
static bool untidy; /* a module has left something behind; the log names it */

static const char *test_file; /* where the test called last what may fail */
static int test_line;

void rd_test_at(const char *file, int line)
{
	test_file = file;
	test_line = line;
}

static void fail_there(void)
{
	_fail(test_file, test_line);
}

/* ---- steps that must run in a fiber ---- */

/* 0, or what it returned: its findings are in `text` then. */
static int step(int (*fn)(void *arg), const char *arg)
{
	char *findings;
	int rc;

	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd__sched_call(fn, (void *)(uintptr_t)arg);
	findings = conf_report_text(report);
	rd_buf_reset(&text);
	rd_buf_adds(&text, findings && *findings ? findings : rd_strerror(rc));
	rd_free(findings);
	rd_config_report_free(report);
	return rc;
}

static void must(int (*fn)(void *arg), const char *arg)
{
	if (step(fn, arg))
		FAIL("%s: %s", arg ? arg : "", rd_buf_text(&text));
}

/* ---- modules and files ---- */

static struct sockaddr_in address(const char *host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, host, &in.sin_addr);
	return in;
}

/* Whoever is called there while nobody is gets a refusal of the system, not a message. */
static void open_sip_socket(void)
{
	struct sockaddr_in own = address("127.0.0.7", 5555);

	if (sip_socket >= 0)
		return;
	sip_socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(sip_socket >= 0);
	assert_int_equal(bind(sip_socket, (const struct sockaddr *)&own, sizeof(own)), 0);
}

void rd_test_file(const char *name, const char *contents)
{
	conf_dir_write(name, contents);
	if (strcmp(name, "sip.conf") == 0)
		open_sip_socket();
}

static int load(void *arg)
{
	return rd__module_load(arg, report);
}

static int unload(void *arg)
{
	unsigned before = rd__modules_untidy();
	int rc = rd__module_unload(arg, report);

	untidy |= rd__modules_untidy() != before;
	return rc;
}

static int reload(void *arg)
{
	return rd__config_reload(arg, report);
}

const char *rd_test_load_fault(const char *module)
{
	char path[PATH_MAX];

	if (!strchr(module, '/'))
		rd_strcpy(path, sizeof(path), module);
	else if (!realpath(module, path))
		return rd_strerror(errno);
	return step(load, path) ? rd_buf_text(&text) : NULL;
}

void rd_test_load(const char *module)
{
	const char *fault = rd_test_load_fault(module);

	if (fault)
		FAIL("%s: %s", module, fault);
}

void rd_test_unload(const char *name)
{
	must(unload, name);
}

void rd_test_reload(const char *module)
{
	must(reload, module);
}

void rd_test_dialplan(const char *extensions)
{
	rd_test_file("extensions.conf", extensions);
	if (rd_module_loaded("dialplan"))
		rd_test_reload("dialplan");
	else
		rd_test_load("dialplan");
}

/* ---- phones ---- */

struct rd_test_phone *rd_test_phone(const char *name)
{
	for (int i = 0; i < PHONES; i++) {
		struct rd_test_phone *phone = &phones[i];

		if (!phone->name[0]) {
			assert_true(rd_strcpy(phone->name, sizeof(phone->name), name));
			phone->sim = &simulated[i];
			phone->sim->name = phone->name;
			phone->sim->ring_ms = 1;
			phone->sim->answer_ms = 100;
		}
		if (strcmp(phone->name, name) == 0)
			return phone;
	}
	FAIL("%s: there are %d phones already", name, PHONES);
	return NULL;
}

void rd_test_answer_after(struct rd_test_phone *phone, int ms)
{
	phone->sim->answer_ms = ms;
	phone->sim->refuse_ms = 0;
}

void rd_test_refuse(struct rd_test_phone *phone, int cause)
{
	phone->sim->answer_ms = 0;
	phone->sim->refuse_ms = 1;
	phone->sim->refuse_cause = cause;
}

void rd_test_speak(struct rd_test_phone *phone, int hz, int amplitude)
{
	phone->sim->hz = hz;
	phone->sim->says = (int16_t)amplitude;
}

void rd_test_call(struct rd_test_phone *phone, const char *exten)
{
	sim_call(phone->sim, exten);
}

void rd_test_press(struct rd_test_phone *phone, char digit)
{
	sim_press(phone->sim, digit);
}

void rd_test_hang_up(struct rd_test_phone *phone)
{
	sim_hangup(phone->sim);
}

struct rd_channel *rd_test_channel(const struct rd_test_phone *phone)
{
	return phone->sim->ch;
}

bool rd_test_is_up(const struct rd_test_phone *phone)
{
	return phone->sim->ch && rd_channel_state(phone->sim->ch) == RD_CHANNEL_UP;
}

int rd_test_loudness(const struct rd_test_phone *phone)
{
	int loudest = 0;

	for (size_t i = 0; i < SIM_LAST; i++)
		loudest = RD_MAX(loudest, abs(phone->sim->last[i]));
	return loudest;
}

int rd_test_heard_hz(const struct rd_test_phone *phone)
{
	int rises = 0;

	for (size_t i = 1; i < SIM_LAST; i++)
		rises += phone->sim->last[i - 1] < 0 && phone->sim->last[i] >= 0;
	return rises * 8000 / SIM_LAST;
}

/* ---- time ---- */

void rd_test_pass(int ms)
{
	sim_pass(ms);
}

void rd_test_finish(void)
{
	sim_finish();
}

/* ---- what can be seen ---- */

void rd_test_watch(uint64_t types)
{
	sim_forget_events();
	sim_watch(types);
}

const char *rd_test_events(void)
{
	return sim_events();
}

static int expand(void *arg)
{
	return rd_dialplan_expand(NULL, arg, &text);
}

const char *rd_test_expand(const char *what)
{
	int rc;

	rd_buf_reset(&text);
	rc = rd__sched_call(expand, (void *)(uintptr_t)what);
	if (rc)
		FAIL("%s: %s", what, rd_strerror(rc));
	return rd_buf_text(&text);
}

static int run_command(void *arg)
{
	return rd__cli_run(arg, &text);
}

const char *rd_test_command(const char *line, int *status)
{
	int rc;

	rd_buf_reset(&text);
	rc = rd__sched_call(run_command, (void *)(uintptr_t)line);
	if (status)
		*status = rc;
	return rd_buf_text(&text);
}

/* ---- SIP ---- */

void rd_test_sip_send(const char *message)
{
	struct sockaddr_in there = address("127.0.0.1", 5060);
	struct rd_buf lines;

	rd_buf_init(&lines);
	for (; *message; message++)
		if (*message == '\n')
			rd_buf_adds(&lines, "\r\n");
		else
			rd_buf_addc(&lines, *message);
	open_sip_socket();
	assert_int_equal(sendto(sip_socket, lines.p, lines.n, 0, (const struct sockaddr *)&there,
				sizeof(there)),
			 lines.n);
	rd_buf_fini(&lines);
}

const char *rd_test_sip_receive(void)
{
	static char message[MESSAGE_MAX];
	ssize_t n = -1;
	char *to = message;

	open_sip_socket();
	for (int i = 0; i < 100 && n < 0; i++) {
		sim_pass(10);
		n = recv(sip_socket, message, sizeof(message) - 1, 0);
	}
	if (n < 0)
		return NULL;
	message[n] = '\0';
	for (const char *from = message; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return message;
}

/* Every line of that name. */
static size_t copy_header(struct rd_buf *out, const char *message, const char *name)
{
	size_t count = 0, n = strlen(name);

	for (const char *line = message; (line = strchr(line, '\n')) && line[1] != '\n';) {
		line++;
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		rd_buf_printf(out, "%s%.*s", count++ ? "\n" : "", (int)strcspn(line, "\n"), line);
	}
	return count;
}

void rd_test_sip_answer(const char *request, const char *status)
{
	static const char *const names[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	struct rd_buf lines;

	rd_buf_init(&lines);
	rd_buf_printf(&lines, "SIP/2.0 %s\n", status);
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		size_t from = lines.n;

		if (!copy_header(&lines, request, names[i])) {
			rd_buf_fini(&lines);
			FAIL("no %s in: %s", names[i], request);
		}
		if (strcmp(names[i], "To") == 0 && !strstr(lines.p + from, ";tag="))
			rd_buf_adds(&lines, ";tag=far");
		rd_buf_addc(&lines, '\n');
	}
	rd_buf_adds(&lines, "Contact: <sip:127.0.0.7:5555>\nContent-Length: 0\n\n");
	rd_test_sip_send(rd_buf_text(&lines));
	rd_buf_fini(&lines);
}

/* ---- what nobody has closed ---- */

static bool was_open[DESCRIPTORS];

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void note_descriptors(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		was_open[fd] = is_open(fd);
}

static bool some_are_left_open(void)
{
	bool any = false;

	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		char link[32], what[256];
		ssize_t n;

		if (was_open[fd] || !is_open(fd))
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, what, sizeof(what));
		print_error("ERROR: descriptor %d is left open: %.*s\n", fd, n > 0 ? (int)n : 1,
			    n > 0 ? what : "?");
		any = true;
	}
	return any;
}

/* ---- from begin to end ---- */

static const struct rd_cli_command *const commands[] = {
	rd__channel_commands, rd__call_registry_commands, rd__media_commands,
	rd__store_commands,   rd__module_commands,        rd__health_commands,
};

static int start(void *arg)
{
	int rc = rd__directories_make(report);

	(void)arg;
	if (rc == 0)
		rc = rd__cli_start();
	for (size_t i = 0; i < RD_ARRAY_SIZE(commands) && rc == 0; i++)
		rc = rd__cli_register("core", commands[i], sizeof(*commands[i]));
	return rc ? rc : rd__store_start_at(":memory:");
}

static int stop(void *arg)
{
	unsigned before = rd__modules_untidy();

	(void)arg;
	rd__modules_stop();
	untidy |= rd__modules_untidy() != before;
	rd__store_stop();
	for (size_t i = 0; i < RD_ARRAY_SIZE(commands); i++)
		rd__cli_unregister(commands[i]);
	rd__cli_stop();
	return 0;
}

static void set_directories(void)
{
	const char *modules = getenv("RD_MODULES");
	char line[PATH_MAX + 32];

	if (!modules)
		return;
	snprintf(line, sizeof(line), "[directories]\nmodules = %s\n", modules);
	conf_dir_write("ringdown.conf", line);
	rd__directories_free();
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	rd_config_report_free(report);
}

int rd_test_begin(void **state)
{
	untidy = false;
	memset(phones, 0, sizeof(phones));
	memset(simulated, 0, sizeof(simulated));
	rd_buf_init(&text);
	rd_log_max = getenv("RD_TEST_VERBOSE") ? RD_LOG_DEBUG : RD_LOG_WARNING;
	sim_begin(state);
	rd__dialplan_set(NULL);
	sim_phones(simulated, PHONES);
	rd__place_set_owner(rd__module_at); /* whose work in the pool is awaited */
	conf_dir_make();
	set_directories();
	sim_sound();
	rd_test_at(__FILE__, __LINE__ + 1);
	must(start, NULL);
	note_descriptors(); /* libraries keep some from their first use on */
	return 0;
}

int rd_test_end(void **state)
{
	sim_hangup_all();
	sim_pass(1000);
	rd_test_at(__FILE__, __LINE__ + 1);
	must(stop, NULL);
	if (sip_socket >= 0)
		close(sip_socket);
	sip_socket = -1;
	conf_dir_remove();
	rd_buf_fini(&text);
	untidy |= sim_end(state) != 0;
	untidy |= some_are_left_open();
	return untidy ? -1 : 0;
}

int rd_test_group_begin(void **state)
{
	return test_group_begin(state);
}

int rd_test_group_end(void **state)
{
	return test_group_end(state);
}

int rd_test_result(int failed)
{
	return test_group_failed(failed);
}
