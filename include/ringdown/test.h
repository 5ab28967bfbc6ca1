/* Ringdown SDK: a small exchange in the process of a module's own test, on a clock of its
 * own: a call of an hour takes milliseconds, and the same way each time. Link with what
 * pkg-config says of ringdown-test; tests are cmocka's.
 *
 *	static void the_caller_is_greeted(void **state)
 *	{
 *		struct rd_test_phone *alice = rd_test_phone("alice");
 *
 *		(void)state;
 *		rd_test_load("./app_hello.so");
 *		rd_test_dialplan("[sim]\nexten => 1,1,Hello()\n");
 *		rd_test_call(alice, "1");
 *		rd_test_pass(1000);
 *		assert_true(rd_test_is_up(alice));
 *	}
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = { RD_TEST(the_caller_is_greeted) };
 *
 *		return rd_test_run(tests);
 *	}
 *
 * Each test begins with an empty exchange that has a store, media and the console, and no
 * module; in its end all calls are hung up and all modules unloaded. What goes wrong in here
 * fails the test. Nothing of this is for fibers: it is what makes them run. Warnings and
 * errors of the log are printed; with RD_TEST_VERBOSE in the environment, all of it. */
#ifndef RINGDOWN_TEST_H
#define RINGDOWN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/module.h>

/* A phone, which Dial(Sim/NAME) reaches and whose calls begin in the context "sim". */
struct rd_test_phone;

/* A test with an exchange of its own. It has failed, too, when a module that goes leaves
 * something behind, or is in use still, or a descriptor stays open: it is said what. */
#define RD_TEST(fn) cmocka_unit_test_setup_teardown(fn, rd_test_begin, rd_test_end)

/* All tests of a program; what main() is to return. One more has failed when blocks of memory
 * or fibers are left over. The network is a private one, where the system lets us. */
#define rd_test_run(tests)                                                                         \
	rd_test_result(cmocka_run_group_tests_name(__FILE__, tests, rd_test_group_begin,           \
						   rd_test_group_end))

RD_API_BEGIN

/* What the two above stand upon. */
int rd_test_begin(void **state);
int rd_test_end(void **state);
int rd_test_group_begin(void **state);
int rd_test_group_end(void **state);
int rd_test_result(int failed);

/* ---- modules and files ---- */

/* Write a file of the configuration directory, "x.conf". It is read when its module is
 * loaded, or by rd_test_reload(). From "sip.conf" on there is somebody at 127.0.0.7:5555. */
void rd_test_file(const char *name, const char *text);
/* "./app_x.so" (a path has a slash), or the name of an installed module: from the directory
 * that the environment's RD_MODULES names, else where Ringdown was configured to have them. */
void rd_test_load(const char *module);
/* Load it if you can: NULL, or what is wrong, valid until the next one. */
const char *rd_test_load_fault(const char *module);
/* It must not be in use any more. */
void rd_test_unload(const char *name);
/* Read the files of a module anew; NULL: of all. */
void rd_test_reload(const char *module);
/* Put an extensions.conf in force; the interpreter is loaded with the first one. */
void rd_test_dialplan(const char *extensions);

/* ---- phones ---- */

/* The one of this name, made where there is none; at most 8. Called, it rings at once and
 * answers after a tenth of a second. It has sound of 8,000 samples a second. */
struct rd_test_phone *rd_test_phone(const char *name);
/* Answer so many milliseconds after it was called; 0: never. */
void rd_test_answer_after(struct rd_test_phone *phone, int ms);
/* Refuse instead, at once, with a cause of Q.850. */
void rd_test_refuse(struct rd_test_phone *phone, int cause);
/* What it says from now on: a sine of so many Hz and of this amplitude (0 to 32767); 0 Hz:
 * that sample over and over. */
void rd_test_speak(struct rd_test_phone *phone, int hz, int amplitude);

/* It dials, from the context "sim". */
void rd_test_call(struct rd_test_phone *phone, const char *exten);
/* A key, for a tenth of a second. */
void rd_test_press(struct rd_test_phone *phone, char digit);
/* Harmless when it is on the hook. */
void rd_test_hang_up(struct rd_test_phone *phone);

/* Its newest leg, borrowed; NULL: it is on the hook. */
struct rd_channel *rd_test_channel(const struct rd_test_phone *phone);
bool rd_test_is_up(const struct rd_test_phone *phone);
/* Of the last fifth of a second of sound that came to it: the loudest sample, and how often the
 * sign changed upwards in a second (the frequency of a tone). */
int rd_test_loudness(const struct rd_test_phone *phone);
int rd_test_heard_hz(const struct rd_test_phone *phone);

/* ---- time ---- */

/* So many milliseconds, with all that happens in them. */
void rd_test_pass(int ms);
/* All that is left to happen: for what ends by itself. */
void rd_test_finish(void);

/* ---- what can be seen ---- */

/* Forget the events so far, and keep these from now on: RD_EVENT_BIT()s or'ed. */
void rd_test_watch(uint64_t types);
/* Those kept in this test, with their texts: "DialEnd:ANSWER ChannelState". */
const char *rd_test_events(void);
/* What ${...} in a text is, outside of a call; valid until the next one. */
const char *rd_test_expand(const char *text);
/* Run a line of the console; what it printed, valid until the next one. status (may be
 * NULL): 0, or how it failed. */
const char *rd_test_command(const char *line, int *status);

/* For extensions of SIP: send a message to 127.0.0.1:5060, where sip.conf must have the
 * exchange listen; lines end in "\n". It comes from 127.0.0.7:5555, whom it must know:
 *
 *	[udp]
 *	type = transport
 *	bind = 127.0.0.1:5060
 *	[far]
 *	type = peer
 *	host = 127.0.0.7:5555
 *	context = sim
 */
void rd_test_sip_send(const char *message);
/* The next message to there, lines likewise; NULL: none comes within a second. What nobody
 * answers comes again, and what is to follow waits for the answer. */
const char *rd_test_sip_receive(void);
/* Answer a request that was received: "200 OK", without a body. */
void rd_test_sip_answer(const char *request, const char *status);

/* What fails in these is told with the line of the test that called them. */
void rd_test_at(const char *file, int line);

#define rd_test_load(module)   (rd_test_at(__FILE__, __LINE__), rd_test_load(module))
#define rd_test_unload(name)   (rd_test_at(__FILE__, __LINE__), rd_test_unload(name))
#define rd_test_reload(module) (rd_test_at(__FILE__, __LINE__), rd_test_reload(module))
#define rd_test_dialplan(text) (rd_test_at(__FILE__, __LINE__), rd_test_dialplan(text))
#define rd_test_phone(name)    (rd_test_at(__FILE__, __LINE__), rd_test_phone(name))
#define rd_test_expand(text)   (rd_test_at(__FILE__, __LINE__), rd_test_expand(text))
#define rd_test_sip_answer(request, status)                                                        \
	(rd_test_at(__FILE__, __LINE__), rd_test_sip_answer(request, status))

RD_API_END

#endif
