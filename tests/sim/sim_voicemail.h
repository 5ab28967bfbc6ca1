/* The simulated house with voicemail: mailboxes of a test's own, prompts that can be told
 * apart, and what a caller has heard as a list of their names. */
#ifndef TESTS_SIM_SIM_VOICEMAIL_H
#define TESTS_SIM_SIM_VOICEMAIL_H

#include "tests/sim/sim.h"

/* Whose telephone calls; it says .says all the time. */
extern struct sim_phone sim_caller;

/* cmocka fixtures. */
int sim_voicemail_begin(void **state);
int sim_voicemail_end(void **state);
#define VOICEMAIL_TEST(fn)                                                                         \
	cmocka_unit_test_setup_teardown(fn, sim_voicemail_begin, sim_voicemail_end)

/* voicemail.conf, put in force. */
void sim_voicemail_conf(const char *text);
/* The caller begins to use an application. */
void sim_use(const char *app, const char *args);
/* So much time passes: the prompts that were heard from their beginning meanwhile, by name,
 * "vm-intro beep"; a sample that is no prompt's is "<7000>". Valid until the next one. */
const char *sim_heard(int ms);
/* A key, and what is heard afterwards. */
const char *sim_key(char key, int ms);
/* Each of them, and what is heard after the last. */
const char *sim_keys(const char *keys, int ms);

/* Where the caller is: "" within the application, else the extension that it was led to
 * and what the application has set: "next SUCCESS", "o USEREXIT", "gone FAILED". */
const char *sim_outcome(void);
/* A variable of the call as it was at the end. */
const char *sim_left(const char *name);

/* The sound and the first words of all messages of "default/1001/INBOX": samples of the
 * middle of each, "7000 7001". */
const char *sim_messages(const char *folder);
/* A line of a message's .txt, by its name. */
const char *sim_envelope(const char *path, const char *name);
/* A message that was left before, or a greeting ("default/1001/unavail"). */
void sim_put_message(const char *folder, int number, int sample, const char *lines);
void sim_put_sound(const char *path, int sample, int ms);
/* A file of the spool with this content. */
void sim_put_text(const char *path, const char *content);
/* In the spool: is there such a file? */
bool sim_is_there(const char *path);
/* Bytes of it. */
int sim_size(const char *path);
/* A directory of the spool without any file. */
bool sim_is_empty(const char *path);
/* In a fiber. */
int sim_run(int (*fn)(void *arg), void *arg);

#endif
