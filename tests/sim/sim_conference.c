/* The simulated house with conferences: see sim_conference.h. */
#include "tests/sim/sim_conference.h"

#include <ringdown/function.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/module/loader.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

struct sim_phone sim_guests[SIM_GUESTS];
const struct rd_module *sim_confbridge;

enum { STEP_MS = 10, TEXT_MAX = 1024 };

static const char *const prompts[] = {
	"beep",
	"confbridge-join",
	"confbridge-leave",
	"confbridge-conf-begin",
	"conf-hasjoin",
	"conf-hasleft",
	"conf-kicked",
	"conf-muted",
	"conf-unmuted",
	"conf-onlyperson",
	"conf-onlyone",
	"conf-thereare",
	"conf-otherinparty",
	"conf-waitforleader",
	"conf-leaderhasleft",
	"conf-getpin",
	"conf-invalidpin",
	"conf-locked",
	"conf-lockednow",
	"conf-unlockednow",
	"conf-errormenu",
	"conf-now-muted",
	"conf-now-unmuted",
	"conf-usermenu",
	"vm-rec-name",
	"vm-review",
	"welcome",
	"digits/1",
	"digits/2",
	"digits/3",
	"digits/4",
	"../moh/music",
};

static const struct rd_module *say;
static bool with_pictures;

static struct guest {
	char sets[256], args[128], heard[TEXT_MAX], result[16];
	int16_t before;
} guests[SIM_GUESTS];

static struct guest *guest_of(const struct sim_phone *phone)
{
	return &guests[phone - sim_guests];
}

/* ---- the house ---- */

static int16_t sample_of(size_t prompt)
{
	return (int16_t)(20 * ((int)prompt + 1));
}

static void make_directories(void)
{
	char path[64];

	conf_dir_make();
	for (size_t i = 0; i < RD_ARRAY_SIZE(prompts); i++) {
		snprintf(path, sizeof(path), "sounds/%s.wav",
			 strncmp(prompts[i], "../", 3) == 0 ? prompts[i] + 3 : prompts[i]);
		sim_prompt_write(path, sample_of(i), SIM_PROMPT_MS);
	}
	sim_directories();
	sim_default_music();
}

int sim_conference_begin(void **state)
{
	static const char *const names[SIM_GUESTS] = { "alice", "bob", "carol", "dave" };

	for (size_t i = 0; i < SIM_GUESTS; i++)
		sim_guests[i] = (struct sim_phone){ .name = names[i] };
	memset(guests, 0, sizeof(guests));
	with_pictures = false;
	sim_begin(state);
	sim_phones(sim_guests, SIM_GUESTS);
	sim_sound();
	sim_load("format_wav");
	make_directories();
	say = sim_load("app_say");
	assert_int_equal(rd__interface_add(say->interfaces, "app_say"), 0);
	sim_confbridge = sim_load("app_confbridge");
	return 0;
}

int sim_conference_end(void **state)
{
	for (size_t i = 0; i < SIM_GUESTS; i++)
		if (sim_guests[i].ch)
			sim_hangup(&sim_guests[i]);
	sim_finish();
	sim_confbridge->unload();
	rd__interface_remove(say->interfaces);
	rd__music_free();
	sim_end(state);
	rd__directories_free();
	conf_dir_remove();
	return 0;
}

void sim_conference_conf(const char *text)
{
	assert_int_equal(conf_dir_apply(sim_confbridge->config, text), 0);
}

const char *sim_conference_errors(const char *text)
{
	static char lines[TEXT_MAX];
	struct rd_config_report *report;
	void *snapshot;
	char *found;

	conf_dir_write("confbridge.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	if (sim_confbridge->config->build(&snapshot, report) == 0)
		sim_confbridge->config->discard(snapshot);
	found = conf_report_text(report);
	snprintf(lines, sizeof(lines), "%s", found);
	rd_free(found);
	rd_config_report_free(report);
	return lines;
}

/* ---- pictures ---- */

void sim_conference_pictures(void)
{
	with_pictures = true;
}

/* ---- calls ---- */

static void set_all(struct rd_channel *ch, const char *sets)
{
	struct rd_str rest = rd_str_of(sets), line, name;
	char args[64], value[128];

	while (rest.n) {
		rd_str_cut(&rest, '\n', &line);
		rd_str_cut(&line, '=', &name);
		rd_strcpyn(args, sizeof(args), name);
		rd_strcpyn(value, sizeof(value), line);
		assert_int_equal(rd_function_write(ch, "CONFBRIDGE", args, value), 0);
	}
}

static int confer(struct rd_channel *ch)
{
	struct rd_channel *self = rd_channel_ref(ch);
	struct guest *guest = guest_of(rd_channel_tech_data(ch));
	const char *result;
	int rc;

	if (with_pictures)
		sim_give_pictures(ch, RD_SENDRECV);
	set_all(ch, guest->sets);
	rc = sim_app(ch, "ConfBridge", guest->args);
	result = rd_var_get(self, "CONFBRIDGE_RESULT");
	snprintf(guest->result, sizeof(guest->result), "%s", result ? result : "");
	rd_channel_unref(self);
	return rc;
}

/* What a menu leads to. */
static int aside(struct rd_channel *ch)
{
	return rd_play(ch, "welcome", "");
}

static const struct sim_exten extens[] = { { "confer", confer }, { "aside", aside } };

void sim_confer(struct sim_phone *phone, const char *sets, const char *args)
{
	struct guest *guest = guest_of(phone);

	memset(guest, 0, sizeof(*guest));
	snprintf(guest->sets, sizeof(guest->sets), "%s", sets);
	snprintf(guest->args, sizeof(guest->args), "%s", args);
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, "confer");
}

const char *sim_result(const struct sim_phone *phone)
{
	return guest_of(phone)->result;
}

void sim_type(struct sim_phone *phone, const char *keys)
{
	for (; *keys; keys++) {
		sim_press(phone, *keys);
		sim_listen(50);
	}
}

/* ---- hearing ---- */

static void note(struct guest *guest, int sample)
{
	size_t n = strlen(guest->heard), prompt = (size_t)sample / 20 - 1;
	const char *space = n ? " " : "";

	if (sample > 0 && sample % 20 == 0 && prompt < RD_ARRAY_SIZE(prompts))
		snprintf(guest->heard + n, TEXT_MAX - n, "%s%s", space, prompts[prompt]);
	else
		snprintf(guest->heard + n, TEXT_MAX - n, "%s<%d>", space, sample);
}

static void look(const struct sim_phone *phone)
{
	struct guest *guest = guest_of(phone);
	int16_t now = phone->ch ? phone->hears : 0;

	if (now && now != guest->before)
		note(guest, now);
	guest->before = now;
}

void sim_listen(int ms)
{
	for (int past = 0; past < ms; past += STEP_MS) {
		sim_pass(STEP_MS);
		for (size_t i = 0; i < SIM_GUESTS; i++)
			look(&sim_guests[i]);
	}
}

const char *sim_heard_by(const struct sim_phone *phone)
{
	static char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s", guest_of(phone)->heard);
	guest_of(phone)->heard[0] = '\0';
	return text;
}

const char *sim_hears(struct sim_phone *phone, int ms)
{
	sim_listen(ms);
	return sim_heard_by(phone);
}

const char *sim_type_hears(struct sim_phone *phone, const char *keys, int ms)
{
	sim_type(phone, keys);
	return sim_hears(phone, ms);
}

const char *sim_function(const char *name, const char *args)
{
	static char text[TEXT_MAX];
	struct rd_buf out;

	rd_buf_init(&out);
	assert_int_equal(rd_function_read(NULL, name, args, &out), 0);
	snprintf(text, sizeof(text), "%s", rd_buf_text(&out));
	rd_buf_fini(&out);
	return text;
}
