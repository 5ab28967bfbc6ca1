/* A whole house in one process on the virtual clock: phones that do as they
 * are told, and extensions that are C functions. A call with a minute of
 * ringing takes no time and runs the same way each time. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "tests/unit/test.h"

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/dial.h>
#include <ringdown/dialplan.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>
#include <ringdown/originate.h>
#include <ringdown/stream.h>
#include <ringdown/tech.h>

#include "core/sched/sched.h"

enum { SIM_LAST = 1600 }; /* a fifth of a second */

/* A phone, reached as Sim/NAME or Simulated/NAME. Times are milliseconds after it was called,
 * 0: never. The lower half is what has happened. */
struct sim_phone {
	const char *name;
	int ring_ms, progress_ms, answer_ms, refuse_ms, forward_ms, hangup_ms;
	int refuse_cause;	 /* BUSY and CONGESTION come as such, others as a hang-up */
	const char *forward_to;
	bool unreachable;	 /* cannot even be called */
	unsigned busy_at;	 /* as rd_tech.busy_at */
	bool slow_answer;	 /* rd_answer() has to wait 100 ms */
	const struct rd_codec *codec; /* of its sound, which goes nowhere; NULL: samples */

	int lines_max;		 /* of pictures that it takes; 0: no matter */
	unsigned lines;		 /* that it was last asked for, */
	int lines_asked;	 /* so many times */
	struct rd_channel *ch;	 /* its newest leg; NULL when that is gone */
	int called, answered, hung_up, destroyed;
	int cause;		 /* with which it was hung up */
	long heard;		 /* samples that were not silent */
	int16_t says;		 /* the sample that it sends, over and over */
	int hz; /* or a sine of this amplitude; 0: no */
	int16_t hears;		 /* the last one that it got */
	int16_t (*voice)(size_t at); /* instead of .says: sample number `at` of what it says */
	size_t said;
	int16_t last[SIM_LAST]; /* what it got, the newest at the end */
	unsigned shown;		 /* 1 << enum rd_indication */
	char digits[32];	 /* sent to it */
	char text[64];
	unsigned long_texts; /* it was sent, of more than 127 bytes */
	char shown_caller[64];	 /* the connected number when it was called */
	char connected[64];	 /* and as last updated */
	struct rd_timer timer;
	uint64_t called_ms;
	int step;
};

/* An extension of context "sim". */
struct sim_exten {
	const char *exten;
	int (*run)(struct rd_channel *ch);
};

/* So many fibers from the next sim_begin() on, for a crowd. */
void sim_room_for(size_t fibers);
/* cmocka fixtures: for each test a fresh house. */
int sim_begin(void **state);
int sim_end(void **state);
#define SIM_TEST(fn) cmocka_unit_test_setup_teardown(fn, sim_begin, sim_end)

/* Kept until sim_end(). */
void sim_phones(struct sim_phone *phones, size_t count);
void sim_extens(const struct sim_exten *extens, size_t count);

/* From now on legs have sound: silence comes in, what goes out is counted. */
void sim_sound(void);
/* A leg has pictures, too, of which none come. */
void sim_give_pictures(struct rd_channel *ch, enum rd_direction direction);

/* The phone lifts its handset and dials; its leg. */
struct rd_channel *sim_call(struct sim_phone *phone, const char *exten);
/* It hangs up, or presses a key, or tells something. */
void sim_hangup(struct sim_phone *phone);
void sim_hangup_all(void); /* of sim_phones() */
void sim_press(struct sim_phone *phone, char digit);
void sim_say(struct sim_phone *phone, enum rd_signal_type type, const char *text);

/* Let so much time pass; or all that is left to happen. */
void sim_pass(int ms);
void sim_finish(void);

/* Register what a built module offers: "app_dial". Its load is not called. */
const struct rd_module *sim_load(const char *module);
/* Dial the target and talk to it until one hangs up, in ch's fiber: what rd_dial()
 * returned, or rd_bridge_run() with these options (may be NULL). Yields. */
RD_YIELDS int sim_talk(struct rd_channel *ch, const char *target,
		       const struct rd_bridge_options *options);
/* What a leg of the phone that dials exten is made of; for tests without memory,
 * where sim_call() would fail the test. */
struct rd_channel_params sim_call_params(struct sim_phone *phone, const char *exten);
/* Run an application on a channel; what it returned. Yields. */
int sim_app(struct rd_channel *ch, const char *name, const char *args);

/* Everything published, one word each: "ChannelNew DialBegin ...". */
const char *sim_events(void);
/* Only these: RD_EVENT_BIT()s or'ed; 0: all. */
void sim_watch(uint64_t types);
/* Those so far. */
void sim_forget_events(void);

#endif
