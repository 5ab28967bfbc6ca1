/* The simulated house: phones, extensions, events. See sim.h. */
#include "core/call/join.h"
#include "tests/sim/sim.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>

#include <ringdown/module.h>

#include "core/call/call.h"
#include "core/call/reach.h"
#include "core/call/registry.h"
#include "core/config/config.h"
#include "core/media/media.h"
#include "core/sched/clock.h"

enum { MODULES_MAX = 64, FIBERS_MAX = 256 };

static size_t fibers_max = FIBERS_MAX;

static struct {
	struct sim_phone *phones;
	size_t phone_count;
	const struct sim_exten *extens;
	size_t exten_count;
	const struct rd_module *modules[MODULES_MAX];
	size_t module_count;
	char events[8192];
	uint64_t watched;
	bool sound;
} sim;

/* -- phones ---------------------------------------------------------------- */

static const struct rd_tech sim_tech;

/* Also as "alice/desk". */
static struct sim_phone *phone_named(const char *name)
{
	struct rd_str wanted = { name, strcspn(name, "/") };

	for (size_t i = 0; i < sim.phone_count; i++)
		if (rd_str_eq(rd_str_of(sim.phones[i].name), wanted))
			return &sim.phones[i];
	return NULL;
}

/* The next thing that a called phone does by itself. */
static int next_step(const struct sim_phone *phone, int *after_ms)
{
	const int times[] = { phone->ring_ms,	phone->progress_ms, phone->forward_ms,
			      phone->refuse_ms, phone->answer_ms,   phone->hangup_ms };
	int best = -1;

	for (size_t i = 0; i < RD_ARRAY_SIZE(times); i++)
		if (times[i] && !(phone->step & (1 << i)) && (best < 0 || times[i] < times[best]))
			best = (int)i;
	if (best >= 0)
		*after_ms = times[best];
	return best;
}

static void arm(struct sim_phone *phone)
{
	uint64_t past = rd_now_ms() - phone->called_ms;
	int at = 0;

	if (next_step(phone, &at) >= 0)
		rd_timer_start(&phone->timer, (int)RD_MAX((int64_t)at - (int64_t)past, 0));
}

static void refuse(struct sim_phone *phone)
{
	if (phone->refuse_cause == RD_CAUSE_BUSY)
		rd_channel_post(phone->ch, RD_SIGNAL_BUSY, 0);
	else if (phone->refuse_cause == RD_CAUSE_CONGESTION)
		rd_channel_post(phone->ch, RD_SIGNAL_CONGESTION, 0);
	else
		rd_channel_post(phone->ch, RD_SIGNAL_HANGUP, phone->refuse_cause);
}

static void act(void *arg)
{
	struct sim_phone *phone = arg;
	int at, step = next_step(phone, &at);

	if (!phone->ch || step < 0)
		return;
	phone->step |= 1 << step;
	switch (step) {
	case 0:
		rd_channel_post(phone->ch, RD_SIGNAL_RINGING, 0);
		break;
	case 1:
		rd_channel_post(phone->ch, RD_SIGNAL_PROGRESS, 0);
		break;
	case 2:
		sim_say(phone, RD_SIGNAL_REDIRECT, phone->forward_to);
		break;
	case 3:
		refuse(phone);
		break;
	case 4:
		phone->answered++;
		rd_channel_post(phone->ch, RD_SIGNAL_ANSWER, 0);
		break;
	case 5:
		sim_hangup(phone);
		break;
	}
	arm(phone);
}

/* -- sound ----------------------------------------------------------------- */

static int16_t next_sample(struct sim_phone *phone)
{
	size_t at = phone->said++;

	if (phone->voice)
		return phone->voice(at);
	if (phone->hz)
		return (int16_t)(phone->says * sin(2 * M_PI * phone->hz * (double)at / 8000));
	return phone->says;
}

static ssize_t speak(void *arg, int16_t *samples, size_t max)
{
	struct sim_phone *phone = arg;

	for (size_t i = 0; i < max; i++)
		samples[i] = next_sample(phone);
	return (ssize_t)max;
}

static void hear(void *arg, const int16_t *samples, size_t count)
{
	struct sim_phone *phone = arg;

	size_t kept = SIM_LAST - RD_MIN(count, (size_t)SIM_LAST);

	for (size_t i = 0; i < count; i++)
		phone->heard += samples[i] != 0;
	memmove(phone->last, phone->last + SIM_LAST - kept, kept * sizeof(*samples));
	memcpy(phone->last + kept, samples + count - (SIM_LAST - kept),
	       (SIM_LAST - kept) * sizeof(*samples));
	if (count)
		phone->hears = samples[count - 1];
}

static const struct rd_stream_ops handset = { .read = speak, .write = hear };

/* One of RTP, to and from nowhere. */
static int give_line(struct rd_channel *ch, enum rd_media_kind kind, const struct rd_codec *codec,
		     enum rd_direction direction)
{
	struct rd_rtp_local local = { .kind = kind };
	struct rd_stream_config config = { .direction = direction,
					   .format_count = 1,
					   .formats = { { .codec = codec, .payload = 96 } },
					   .dtmf_payload = -1,
					   .cn_payload = -1 };
	struct sockaddr_in *address = (struct sockaddr_in *)&local.address;
	struct rd_stream *stream;
	int rc;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = rd_stream_new_rtp(&stream, &local);
	if (rc)
		return rc;
	rc = rd_channel_take_stream(ch, stream);
	return rc ? rc : rd_stream_configure(stream, &config);
}

static int give_sound(struct sim_phone *phone, struct rd_channel *ch)
{
	struct rd_stream *stream;
	int rc;

	if (!sim.sound)
		return 0;
	if (phone->codec)
		return give_line(ch, RD_MEDIA_AUDIO, phone->codec, RD_SENDRECV);
	rc = rd_stream_new_custom(&stream, &handset, phone, 8000);
	return rc ? rc : rd_channel_take_stream(ch, stream);
}

void sim_sound(void)
{
	sim.sound = true;
	assert_int_equal(rd__media_start(0), 0);
}

/* -- pictures -------------------------------------------------------------- */

static const struct rd_codec vp8 = {
	.name = "vp8", .rtp_name = "VP8", .rtp_rate = 90000, .payload = -1, .kind = RD_MEDIA_VIDEO
};

void sim_give_pictures(struct rd_channel *ch, enum rd_direction direction)
{
	assert_int_equal(give_line(ch, RD_MEDIA_VIDEO, &vp8, direction), 0);
}

/* The line of pictures of this number, or one that it gets. */
static struct rd_stream *line_at(struct rd_channel *ch, int wanted)
{
	for (;;) {
		struct rd_stream *line = rd__media_pictures_at(ch, wanted);

		if (line)
			return line;
		sim_give_pictures(ch, RD_SENDONLY);
	}
}

/* Its far end takes as many as it likes, at once. */
static int phone_want_lines(struct rd_channel *ch, unsigned lines)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);
	struct rd_stream_config config = *rd_stream_config(line_at(ch, 0));

	assert_false(rd_may_yield());
	phone->lines = lines;
	phone->lines_asked++;
	config.direction = RD_SENDONLY;
	for (int i = 1; i < RD_PICTURES_MAX; i++) {
		bool on = lines >> i & 1 && (!phone->lines_max || i < phone->lines_max);

		config.format_count = on;
		if (on || rd__media_pictures_at(ch, i))
			assert_int_equal(rd_stream_configure(line_at(ch, i), &config), 0);
	}
	rd_channel_post(ch, RD_SIGNAL_STREAMS, 0);
	return 0;
}

/* -- calls ----------------------------------------------------------------- */

static int make_leg(struct sim_phone *phone, bool outgoing, const char *exten,
		    const struct rd_channel *caller, struct rd_channel **chp)
{
	char base[64];
	struct rd_party party = { .name = phone->name, .number = phone->name };
	struct rd_channel_params params = {
		.tech = &sim_tech,
		.tech_data = phone,
		.base_name = base,
		.state = outgoing ? RD_CHANNEL_DOWN : RD_CHANNEL_RING,
		.outgoing = outgoing,
		.context = "sim",
		.exten = exten,
		.linked_to = caller,
	};
	int rc;

	snprintf(base, sizeof(base), "Sim/%s", phone->name);
	rc = rd_channel_new(chp, &params);
	if (rc)
		return rc;
	phone->ch = *chp;
	rc = give_sound(phone, *chp);
	if (!rc)
		rc = rd_channel_set_party(*chp, RD_PARTY_CALLER, &party);
	if (rc)
		rd_hangup(*chp, RD_CAUSE_SWITCH_CONGESTION);
	return rc;
}

static int phone_request(const struct rd_call_request *request, struct rd_channel **chp, int *cause)
{
	struct sim_phone *phone = phone_named(request->resource);

	*cause = phone ? RD_CAUSE_SUBSCRIBER_ABSENT : RD_CAUSE_UNALLOCATED;
	if (!phone || phone->unreachable)
		return -ENOENT;
	return make_leg(phone, true, NULL, request->caller, chp);
}

static const char *connected_number(struct rd_channel *ch)
{
	const char *number = rd_channel_party(ch, RD_PARTY_CONNECTED)->number;

	return number ? number : "";
}

static int phone_call(struct rd_channel *ch)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->called++;
	phone->called_ms = rd_now_ms();
	phone->step = 0;
	rd_strcpy(phone->shown_caller, sizeof(phone->shown_caller), connected_number(ch));
	arm(phone);
	return 0;
}

static void late_answer(void *arg)
{
	struct sim_phone *phone = arg;

	if (phone->ch)
		rd_channel_post(phone->ch, RD_SIGNAL_ANSWER, 0);
}

static int phone_answer(struct rd_channel *ch)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->answered++;
	if (!phone->slow_answer)
		return 0;
	rd_timer_init(&phone->timer, late_answer, phone);
	rd_timer_start(&phone->timer, 100);
	return -EINPROGRESS;
}

static int phone_indicate(struct rd_channel *ch, enum rd_indication what)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->shown |= 1u << what;
	return what == RD_INDICATE_HOLD || what == RD_INDICATE_RESUME ? -ENOSYS : 0;
}

static void phone_hangup(struct rd_channel *ch, int cause)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->hung_up++;
	phone->cause = cause;
}

static int phone_send_digit(struct rd_channel *ch, char digit, int ms)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);
	size_t n = strlen(phone->digits);

	(void)ms;
	if (n + 1 < sizeof(phone->digits))
		phone->digits[n] = digit;
	return 0;
}

static int phone_send_text(struct rd_channel *ch, const char *text)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->long_texts += strlen(text) > 127;
	rd_strcpy(phone->text, sizeof(phone->text), text);
	return 0;
}

static int phone_party_changed(struct rd_channel *ch, enum rd_party_kind kind)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	(void)kind;
	rd_strcpy(phone->connected, sizeof(phone->connected), connected_number(ch));
	return 0;
}

static int phone_transfer(struct rd_channel *ch, const char *target)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	rd_strcpy(phone->text, sizeof(phone->text), target);
	return 0;
}

static void phone_destroy(struct rd_channel *ch)
{
	struct sim_phone *phone = rd_channel_tech_data(ch);

	phone->destroyed++;
	if (phone->ch == ch) {
		phone->ch = NULL;
		rd_timer_stop(&phone->timer);
	}
}

static int phone_device_state(const char *resource)
{
	struct sim_phone *phone = phone_named(resource);

	if (!phone)
		return RD_DEVICE_INVALID;
	return phone->unreachable ? RD_DEVICE_UNAVAILABLE : RD_DEVICE_NOT_INUSE;
}

static int phone_facts(const char *resource, struct rd_device_facts *facts)
{
	if (!phone_named(resource))
		return -ENOENT;
	snprintf(facts->name, sizeof(facts->name), "%s's", resource);
	rd_strcpy(facts->number, sizeof(facts->number), resource);
	rd_strcpy(facts->context, sizeof(facts->context), "sim");
	return 0;
}

static unsigned phone_busy_at(const char *resource)
{
	struct sim_phone *phone = phone_named(resource);

	assert_false(rd_may_yield());
	return phone ? phone->busy_at : 0;
}

static const struct rd_tech sim_tech = {
	.name = "Sim",
	.alias = "Simulated",
	.synopsis = "Phones that do as they are told",
	.request = phone_request,
	.call = phone_call,
	.answer = phone_answer,
	.indicate = phone_indicate,
	.hangup = phone_hangup,
	.send_digit = phone_send_digit,
	.send_text = phone_send_text,
	.transfer = phone_transfer,
	.want_lines = phone_want_lines,
	.party_changed = phone_party_changed,
	.destroy = phone_destroy,
	.device_state = phone_device_state,
	.facts = phone_facts,
	.busy_at = phone_busy_at,
};

void sim_phones(struct sim_phone *phones, size_t count)
{
	sim.phones = phones;
	sim.phone_count = count;
	for (size_t i = 0; i < count; i++)
		rd_timer_init(&phones[i].timer, act, &phones[i]);
}

struct rd_channel *sim_call(struct sim_phone *phone, const char *exten)
{
	struct rd_channel *ch;

	assert_int_equal(make_leg(phone, false, exten, NULL, &ch), 0);
	assert_int_equal(rd_channel_start(ch), 0);
	return ch;
}

void sim_hangup(struct sim_phone *phone)
{
	if (phone->ch)
		rd_channel_post(phone->ch, RD_SIGNAL_HANGUP, RD_CAUSE_NORMAL);
}

void sim_hangup_all(void)
{
	for (size_t i = 0; i < sim.phone_count; i++)
		sim_hangup(&sim.phones[i]);
}

void sim_press(struct sim_phone *phone, char digit)
{
	struct rd_signal signal = { .type = RD_SIGNAL_DIGIT, .number = digit, .ms = 100 };

	assert_non_null(phone->ch);
	rd_channel_signal(phone->ch, &signal);
}

void sim_say(struct sim_phone *phone, enum rd_signal_type type, const char *text)
{
	struct rd_signal signal = { .type = type };

	assert_non_null(phone->ch);
	rd_strcpy(signal.text, sizeof(signal.text), text);
	rd_channel_signal(phone->ch, &signal);
}

/* -- extensions ------------------------------------------------------------ */

void sim_extens(const struct sim_exten *extens, size_t count)
{
	sim.extens = extens;
	sim.exten_count = count;
}

static const struct sim_exten *find_exten(const char *name)
{
	for (size_t i = 0; i < sim.exten_count; i++)
		if (strcmp(sim.extens[i].exten, name) == 0)
			return &sim.extens[i];
	return NULL;
}

/* Steps are applications that the functions run; a jump is followed. */
static int run_exten(struct rd_channel *ch)
{
	const struct sim_exten *exten;
	int rc;

	do {
		exten = find_exten(rd_channel_exten(ch));
		rc = exten ? exten->run(ch) : -ENOENT;
	} while (rc == RD_APP_JUMP);
	return rc;
}

/* "name,s,1" is the extension of that name, "sim,name,1" too. */
static int run_gosub(struct rd_channel *ch, const char *target, const char *args)
{
	char name[64];
	const struct sim_exten *exten;
	struct rd_str rest = rd_str_of(target), part;

	rd_var_set(ch, "ARG1", args);
	rd_str_cut(&rest, ',', &part);
	if (rd_str_eq(part, RD_STR("sim")))
		rd_str_cut(&rest, ',', &part);
	rd_strcpyn(name, sizeof(name), part);
	exten = find_exten(name);
	return exten ? exten->run(ch) : -ENOENT;
}

static enum rd_match match_exten(const char *context, const char *exten, int priority,
				 const char *caller)
{
	enum rd_match match = RD_MATCH_NONE;

	(void)priority;
	(void)caller;
	for (size_t i = 0; i < sim.exten_count && strcmp(context, "sim") == 0; i++) {
		if (strcmp(sim.extens[i].exten, exten) == 0)
			return RD_MATCH_FULL;
		if (strncmp(sim.extens[i].exten, exten, strlen(exten)) == 0)
			match = RD_MATCH_PARTIAL;
	}
	return match;
}

static int find_label(const char *context, const char *exten, const char *label, const char *caller)
{
	(void)context, (void)exten, (void)label, (void)caller;
	return -ENOENT;
}

static const char *where(const struct rd_channel *ch, int *line)
{
	(void)ch;
	*line = 1;
	return "sim";
}

static bool is_sim(const char *context)
{
	return strcmp(context, "sim") == 0;
}

static int no_hint(const char *context, const char *exten, struct rd_buf *devices,
		   struct rd_buf *name)
{
	(void)context, (void)exten, (void)devices, (void)name;
	return -ENOENT;
}

/* Nothing is replaced: texts are as they are written. */
static int expand(struct rd_channel *ch, const char *text, struct rd_buf *out)
{
	(void)ch;
	rd_buf_adds(out, text);
	return out->failed ? -ENOMEM : 0;
}

static int evaluate(const char *text, struct rd_buf *out)
{
	return expand(NULL, text, out);
}

static bool same_text(const char *pattern, const char *number)
{
	return strcmp(pattern, number) == 0;
}

static int never(const char *spec)
{
	(void)spec;
	return 0;
}

static bool ignores_nothing(const char *context, const char *digits)
{
	(void)context, (void)digits;
	return false;
}

static const struct rd_dialplan dialplan = {
	.run = run_exten,
	.gosub = run_gosub,
	.match = match_exten,
	.label = find_label,
	.hint = no_hint,
	.expand = expand,
	.expression = evaluate,
	.pattern = same_text,
	.time_matches = never,
	.place = where,
	.context_exists = is_sim,
	.ignore_pattern = ignores_nothing,
};

/* -- calls of two ------------------------------------------------------------ */

int sim_talk(struct rd_channel *ch, const char *target, const struct rd_bridge_options *options)
{
	struct rd_dial_options plain = { 0 };
	struct rd_dial_result result;
	struct rd_channel *leg = NULL;
	int rc = rd_dial(ch, target, &plain, &leg, &result);

	if (!rc)
		rc = rd_answer(ch);
	if (!leg)
		return rc;
	rc = rd_bridge_run(ch, leg, options);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return rc;
}

struct rd_channel_params sim_call_params(struct sim_phone *phone, const char *exten)
{
	return (struct rd_channel_params){ .tech = rd_tech_find("Sim"), .tech_data = phone,
					   .base_name = "Sim/alice", .exten = exten,
					   .context = "sim", .state = RD_CHANNEL_RING };
}

/* -- modules --------------------------------------------------------------- */

const struct rd_module *sim_load(const char *module)
{
	char path[512];
	const struct rd_module *found;
	void *library;

	snprintf(path, sizeof(path), "%s/modules/%s.so",
		 getenv("RD_BUILD") ? getenv("RD_BUILD") : ".", module);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fail_msg("%s", dlerror());
	found = dlsym(library, "rd_module");
	assert_non_null(found);
	assert_true(sim.module_count < MODULES_MAX);
	sim.modules[sim.module_count++] = found;
	for (const struct rd_app *app = found->apps; app && app->name; app++)
		assert_int_equal(rd__app_add(app, found->name), 0);
	for (const struct rd_function *f = found->functions; f && f->name; f++)
		assert_int_equal(rd__function_add(f, found->name), 0);
	for (const struct rd_tech *tech = found->techs; tech && tech->name; tech++)
		assert_int_equal(rd__tech_add(tech, found->name), 0);
	for (const struct rd_format *it = found->formats; it && it->name; it++)
		assert_int_equal(rd__format_add(it, found->name), 0);
	for (const struct rd_subscriber *s = found->subscribers; s && s->name; s++)
		assert_int_equal(rd_subscribe(s), 0);
	if (found->reach)
		assert_int_equal(rd__reach_set(found->reach), 0);
	assert_int_equal(rd__config_sources_add(found->sources), 0);
	return found;
}

static void unload_all(void)
{
	while (sim.module_count > 0) {
		const struct rd_module *module = sim.modules[--sim.module_count];

		for (const struct rd_app *app = module->apps; app && app->name; app++)
			rd__app_remove(app);
		for (const struct rd_function *f = module->functions; f && f->name; f++)
			rd__function_remove(f);
		for (const struct rd_subscriber *s = module->subscribers; s && s->name; s++)
			rd_unsubscribe(s);
		for (const struct rd_tech *tech = module->techs; tech && tech->name; tech++)
			rd__tech_remove(tech);
		for (const struct rd_format *it = module->formats; it && it->name; it++)
			rd__format_remove(it);
		rd__config_sources_remove(module->sources);
		if (module->reach)
			rd__reach_set(NULL);
	}
}

int sim_app(struct rd_channel *ch, const char *name, const char *args)
{
	return rd_app_run(ch, name, args);
}

/* -- events ---------------------------------------------------------------- */

static void on_event(const struct rd_event *event, void *arg)
{
	size_t n = strlen(sim.events);

	(void)arg;
	if (sim.watched && !(sim.watched & RD_EVENT_BIT(event->type)))
		return;
	snprintf(sim.events + n, sizeof(sim.events) - n, "%s%s%s%s", n ? " " : "",
		 rd_event_name(event->type), event->text && sim.watched ? ":" : "",
		 event->text && sim.watched ? event->text : "");
}

static const struct rd_subscriber listener = {
	.name = "sim", .types = UINT64_MAX, .notify = on_event
};

const char *sim_events(void)
{
	return sim.events;
}

void sim_watch(uint64_t types)
{
	sim.watched = types;
}

void sim_forget_events(void)
{
	sim.events[0] = '\0';
}

/* -- the house ------------------------------------------------------------- */

/* An assertion that fails in a fiber or a timer jumps out of the loop, over the heads
 * of the lists that the loop was busy with. Nothing can run in there any more. */
static bool in_loop;

static void assert_out_of_loop(void)
{
	if (in_loop)
		fail_msg("the loop was left by a failed assertion, of this test or one before");
}

void sim_pass(int ms)
{
	assert_out_of_loop();
	in_loop = true;
	rd__sched_run_for(ms);
	in_loop = false;
}

void sim_finish(void)
{
	assert_out_of_loop();
	in_loop = true;
	rd__sched_run_idle();
	in_loop = false;
}

void sim_room_for(size_t fibers)
{
	fibers_max = fibers;
}

int sim_begin(void **state)
{
	(void)state;
	assert_out_of_loop();
	memset(&sim, 0, sizeof(sim));
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(fibers_max), 0);
	assert_int_equal(rd__tech_add(&sim_tech, "sim"), 0);
	assert_int_equal(rd__dialplan_set(&dialplan), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	return 0;
}

/* With sound a call that is up never comes to rest, and a test that has failed leaves one:
 * it is not to hang. How many channels there are that do not end by themselves. */
static size_t end_calls_left(void)
{
	enum { SECONDS = 7200 };
	struct rd_channel *ch = NULL;
	size_t left;

	for (int i = 0; i < SECONDS && rd_channel_count(); i++)
		sim_pass(1000);
	left = rd_channel_count();
	while ((ch = rd_channel_next(ch)))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	return left;
}

int sim_end(void **state)
{
	size_t left = sim.sound ? end_calls_left() : 0;

	(void)state;
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	assert_null(rd_bridge_next(NULL));
	if (sim.sound)
		rd__media_stop();
	unload_all();
	rd_unsubscribe(&listener);
	rd__dialplan_set(NULL);
	rd__tech_remove(&sim_tech);
	rd__channels_fini();
	rd__sched_fini();
	rd__clock_set_real();
	assert_int_equal(left, 0);
	return 0;
}
