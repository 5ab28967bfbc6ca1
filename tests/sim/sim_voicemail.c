/* The simulated house with voicemail: see sim_voicemail.h. */
#include "tests/sim/sim_voicemail.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/function.h>
#include <ringdown/log.h>

#include "core/module/loader.h"
#include "core/base/zone.h"
#include "core/store/store.h"
#include "tests/sim/sim_prompts.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

struct sim_phone sim_caller;

enum { STEP_MS = 10 };

static const char *const prompts[] = {
	"beep",
	"vm-theperson",
	"vm-isunavail",
	"vm-isonphone",
	"vm-intro",
	"vm-msgsaved",
	"vm-tooshort",
	"vm-mailboxfull",
	"vm-review",
	"vm-review-urgent",
	"vm-review-nonurgent",
	"vm-marked-urgent",
	"vm-marked-nonurgent",
	"vm-saveoper",
	"vm-deleted",
	"vm-undeleted",
	"vm-sorry",
	"vm-whichbox",
	"vm-login",
	"vm-password",
	"vm-incorrect",
	"vm-incorrect-mailbox",
	"vm-goodbye",
	"auth-thankyou",
	"vm-youhave",
	"vm-no",
	"vm-INBOX",
	"vm-Old",
	"vm-Work",
	"vm-Family",
	"vm-Friends",
	"vm-Urgent",
	"vm-and",
	"vm-message",
	"vm-messages",
	"vm-onefor",
	"vm-opts",
	"vm-opts-full",
	"vm-onefor-full",
	"vm-first",
	"vm-last",
	"vm-prev",
	"vm-next",
	"vm-repeat",
	"vm-advopts",
	"vm-delete",
	"vm-undelete",
	"vm-toforward",
	"vm-savemessage",
	"vm-helpexit",
	"vm-changeto",
	"vm-press",
	"vm-for",
	"vm-savefolder",
	"vm-savedto",
	"vm-saved",
	"vm-nomore",
	"vm-received",
	"vm-from",
	"vm-from-phonenumber",
	"vm-unknown-caller",
	"vm-duration",
	"vm-minutes",
	"vm-options",
	"vm-rec-unv",
	"vm-rec-busy",
	"vm-rec-name",
	"vm-rec-temp",
	"vm-tempgreeting",
	"vm-tempgreeting2",
	"vm-tempgreetactive",
	"vm-tempremoved",
	"vm-newpassword",
	"vm-reenterpassword",
	"vm-passchanged",
	"vm-mismatch",
	"vm-invalid-password",
	"vm-newuser",
	"vm-toreply",
	"vm-tocallback",
	"vm-tohearenv",
	"vm-starmain",
	"vm-tomakecall",
	"vm-leavemsg",
	"vm-extension",
	"vm-forward",
	"vm-forwardoptions",
	"vm-msgforwarded",
	"vm-record-prepend",
	"vm-nobox",
	"vm-toenternumber",
	"vm-then-pound",
	"vm-star-cancel",
	"vm-tocancel",
	"vm-enter-num-to-call",
	"vm-pls-try-again",
	"vm-calldiffnum",
	"vm-nonumber",
	"vm-tocallnum",
	"vm-dialout",
	"vm-msginstruct",
	"vm-forward-multiple",
	"vm-torerecord",
	"vm-num-i-have",
	"vm-reachoper",
	"digits/0",
	"digits/1",
	"digits/2",
	"digits/3",
	"digits/4",
	"digits/5",
	"digits/6",
	"digits/7",
	"digits/8",
	"digits/9",
	"digits/10",
	"digits/today",
	"digits/at",
	"dir-welcome",
	"dir-usingkeypad",
	"dir-instr",
	"dir-nomatch",
	"dir-nomore",
	"dir-last",
	"dir-first",
	"dir-firstlast",
	"dir-intro",
	"dir-intro-fn",
	"dir-pls-enter",
	"dir-multi1",
	"dir-multi2",
	"dir-multi3",
	"dir-multi9",
};

static const struct rd_module *voicemail, *say;
static char transcript[4096], outcome[96], text[1024];
static const char *app_name, *app_args;
static struct rd_channel *last;

/* ---- sound files ---- */

static int16_t sample_of(size_t prompt)
{
	return (int16_t)(10 * ((int)prompt + 1));
}

static void make_directories(void)
{
	char name[128];

	conf_dir_make();
	for (size_t i = 0; i < RD_ARRAY_SIZE(prompts); i++) {
		snprintf(name, sizeof(name), "sounds/en/%s.wav", prompts[i]);
		sim_prompt_write(name, sample_of(i), SIM_PROMPT_MS);
	}
	sim_directories();
}

/* ---- the house ---- */

static int load_voicemail(void *arg)
{
	(void)arg;
	return voicemail->load();
}

static int unload_voicemail(void *arg)
{
	(void)arg;
	voicemail->unload();
	return 0;
}

int sim_voicemail_begin(void **state)
{
	make_directories();
	sim_begin(state);
	rd_log_max = RD_LOG_ERROR;
	sim_caller = (struct sim_phone){ .name = "alice", .says = 7000 };
	sim_phones(&sim_caller, 1);
	sim_sound();
	sim_load("format_wav");
	say = sim_load("app_say");
	assert_int_equal(rd__interface_add(say->interfaces, "app_say"), 0);
	voicemail = sim_load("app_voicemail");
	assert_int_equal(rd__interface_add(voicemail->interfaces, "app_voicemail"), 0);
	store_open();
	assert_int_equal(store_call(load_voicemail, NULL), 0);
	outcome[0] = '\0';
	last = NULL;
	return 0;
}

int sim_voicemail_end(void **state)
{
	sim_hangup(&sim_caller);
	sim_pass(1000);
	rd_channel_unref(last);
	assert_int_equal(store_call(unload_voicemail, NULL), 0);
	rd__interface_remove(voicemail->interfaces);
	rd__interface_remove(say->interfaces);
	store_close();
	store_forget();
	sim_end(state);
	rd__zone_forget();
	conf_dir_remove();
	return 0;
}

void sim_voicemail_conf(const char *conf)
{
	assert_int_equal(conf_dir_apply(voicemail->config, conf), 0);
	sim_pass(100);
}

int sim_run(int (*fn)(void *arg), void *arg)
{
	return store_call(fn, arg);
}

/* ---- calling ---- */

static void come_to(const char *where)
{
	const char *status = rd_var_get(last, "VMSTATUS");

	snprintf(outcome, sizeof(outcome), "%s%s%s", where, status ? " " : "",
		 status ? status : "");
}

static int use(struct rd_channel *ch)
{
	int rc;

	rd_channel_unref(last);
	last = rd_channel_ref(ch);
	rc = sim_app(ch, app_name, app_args);
	if (rc != RD_APP_JUMP)
		come_to(rd_channel_gone(last) ? "gone" : rc < 0 ? "ended" : "next");
	return rc < 0 || rc == RD_APP_JUMP ? rc : rd_channel_sleep(ch, 3600000);
}

static int led_to(struct rd_channel *ch)
{
	come_to(rd_channel_exten(ch));
	return rd_channel_sleep(ch, 3600000);
}

static const struct sim_exten extens[] = {
	{ "app", use }, { "a", led_to }, { "o", led_to }, { "5", led_to }, { "1234", led_to }
};

void sim_use(const char *app, const char *args)
{
	if (sim_caller.ch) {
		sim_hangup(&sim_caller);
		sim_pass(1000);
	}
	app_name = app;
	app_args = args;
	outcome[0] = '\0';
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(&sim_caller, "app");
}

const char *sim_outcome(void)
{
	return outcome;
}

const char *sim_left(const char *name)
{
	const char *value = rd_var_get(last, name);

	return value ? value : "";
}

/* ---- hearing ---- */

static void note(int sample)
{
	size_t n = strlen(transcript), prompt = (size_t)sample / 10 - 1;
	const char *space = n ? " " : "";

	if (sample % 10 == 0 && prompt < RD_ARRAY_SIZE(prompts))
		snprintf(transcript + n, sizeof(transcript) - n, "%s%s", space, prompts[prompt]);
	else
		snprintf(transcript + n, sizeof(transcript) - n, "%s<%d>", space, sample);
}

/* The engine's own tone is not there: "beep" is a file here. */
const char *sim_heard(int ms)
{
	int before = 0;

	transcript[0] = '\0';
	sim_caller.hears = 0;
	for (int past = 0; past < ms; past += STEP_MS) {
		sim_pass(STEP_MS);
		if (sim_caller.hears && sim_caller.hears != before) {
			note(sim_caller.hears);
			before = sim_caller.hears;
		}
	}
	return transcript;
}

const char *sim_key(char key, int ms)
{
	sim_press(&sim_caller, key);
	return sim_heard(ms);
}

const char *sim_keys(const char *keys, int ms)
{
	for (; keys[1]; keys++) {
		sim_press(&sim_caller, *keys);
		sim_pass(50);
	}
	return sim_key(*keys, ms);
}

/* ---- the spool ---- */

static const char *spool(const char *path)
{
	static char whole[512];

	snprintf(whole, sizeof(whole), "%s/spool/voicemail/%s", conf_dir_path(), path);
	return whole;
}

bool sim_is_there(const char *path)
{
	return access(spool(path), F_OK) == 0;
}

int sim_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(spool(path), &st), 0);
	return (int)st.st_size;
}

bool sim_is_empty(const char *path)
{
	DIR *dir = opendir(spool(path));
	struct dirent *entry;
	bool empty = true;

	while (dir && (entry = readdir(dir)))
		empty = empty && entry->d_name[0] == '.';
	if (dir)
		closedir(dir);
	return empty;
}

/* In the middle: 0 for an empty one. */
static int sample_in(const char *path)
{
	FILE *file = fopen(spool(path), "rb");
	int16_t sample = 0;
	long size;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fseek(file, 44 + (size - 44) / 4 * 2, SEEK_SET);
	if (fread(&sample, sizeof(sample), 1, file) != 1)
		sample = 0;
	fclose(file);
	return sample;
}

const char *sim_messages(const char *folder)
{
	char path[128];

	text[0] = '\0';
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/msg%04d.txt", folder, i);
		if (!sim_is_there(path))
			break;
		snprintf(path, sizeof(path), "%s/msg%04d.wav", folder, i);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i ? " " : "",
			 sample_in(path));
	}
	return text;
}

const char *sim_envelope(const char *path, const char *name)
{
	FILE *file = fopen(spool(path), "r");
	size_t n = strlen(name);
	char line[256];

	assert_non_null(file);
	text[0] = '\0';
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			snprintf(text, sizeof(text), "%.*s", (int)strcspn(line + n + 1, "\n"),
				 line + n + 1);
	fclose(file);
	return text;
}

void sim_put_sound(const char *path, int sample, int ms)
{
	char name[256];

	snprintf(name, sizeof(name), "spool/voicemail/%s.wav", path);
	sim_prompt_write(name, sample, ms);
}

void sim_put_text(const char *path, const char *content)
{
	char name[512];

	snprintf(name, sizeof(name), "spool/voicemail/%s", path);
	conf_dir_write(name, content);
}

void sim_put_message(const char *folder, int number, int sample, const char *lines)
{
	char path[128], name[256], content[512];

	snprintf(path, sizeof(path), "%s/msg%04d", folder, number);
	sim_put_sound(path, sample, 1000);
	snprintf(name, sizeof(name), "%s.txt", path);
	snprintf(content, sizeof(content), "[message]\nmsg_id=%s-%d\n%s", folder, sample, lines);
	sim_put_text(name, content);
}
