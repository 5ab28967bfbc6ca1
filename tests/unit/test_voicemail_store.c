/* Mailboxes on the disk: a message is there whole or not at all, whatever was left half
 * done; numbers without gaps; the index follows; PINs are not in clear. */
#include "tests/unit/test.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/mwi.h>
#include <ringdown/store.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/keeper.h"
#include "apps/app_voicemail/parts.h"
#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/store.h"
#include "core/base/alloc.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/store.h"
#include "tests/unit/conf_dir.h"

static struct vm_settings *settings;
static const struct vm_box *box;

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(conf_dir_apply(&vm_config,
					"[general]\nbackupdeleted = 2\n"
					"[default]\n1001 => 4711\n1002 => \n1003 => -55\n"),
			 0);
	settings = vm_settings_ref();
	box = vm_settings_box(settings, "1001");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_settings_unref(settings);
	vm_config.commit(NULL);
	vm_pin_fini();
	rd__sched_fini();
	rd__clock_set_real();
	conf_dir_remove();
	return 0;
}

static int with_store(void *fn)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/ringdown.db", conf_dir_path());
	assert_int_equal(rd__store_start_at(path), 0);
	assert_int_equal(rd_store_schema(&vm_index_schema), 0);
	(*(void (**)(void))fn)();
	rd__store_stop();
	return 0;
}

/* In a fiber, with the store, as from a start to a stop. */
static void life(void (*fn)(void))
{
	assert_int_equal(rd__sched_call(with_store, (void *)&fn), 0);
}

/* ---- files ---- */

static const char *file_of(const char *name)
{
	static char path[VM_PATH];

	vm_store_path(path, box);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", name);
	return path;
}

static bool there(const char *name)
{
	return access(file_of(name), F_OK) == 0;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(file_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char *content(const char *name)
{
	static char text[VM_TEXT];
	FILE *file = fopen(file_of(name), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* A message of which one hears what was said. */
static int leave(const char *said, enum vm_folder folder)
{
	struct vm_message message = { .origtime = 1790000000,
				      .duration = 5,
				      .callerid = "\"Bob\" <1002>",
				      .urgent = folder == VM_URGENT };
	char stage[VM_PATH];
	FILE *file;

	assert_int_equal(vm_store_stage(box, stage), 0);
	strcat(stage, ".wav");
	file = fopen(stage, "w");
	assert_non_null(file);
	fputs(said, file);
	fclose(file);
	*strrchr(stage, '.') = '\0';
	assert_int_equal(vm_store_deliver(box, stage, folder, &message), 0);
	return message.number;
}

/* The sound of all messages in a folder: "0:one 1:two". */
static const char *heard(enum vm_folder folder)
{
	static char text[512];
	struct vm_list list;
	char name[64];

	text[0] = '\0';
	assert_int_equal(vm_store_list(box, folder, &list), 0);
	for (size_t i = 0; i < list.count; i++) {
		snprintf(name, sizeof(name), "%s/msg%04d.wav", vm_folder_name(folder),
			 list.messages[i].number);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d:%s", i ? " " : "",
			 list.messages[i].number, content(name));
	}
	vm_list_free(&list);
	return text;
}

static bool tmp_is_empty(void)
{
	char name[VM_PATH];

	return vm_first_with(file_of("tmp"), "", "", name) == -ENOENT;
}

/* ---- messages ---- */

static void deliver_two(void)
{
	struct vm_message message;
	struct rd_mwi mwi;

	assert_int_equal(leave("one", VM_INBOX), 0);
	assert_int_equal(leave("two", VM_INBOX), 1);
	assert_string_equal(heard(VM_INBOX), "0:one 1:two");
	assert_true(tmp_is_empty());
	assert_int_equal(vm_disk_read(file_of("INBOX"), 1, &message), 0);
	assert_string_equal(message.callerid, "\"Bob\" <1002>");
	assert_int_equal(message.origtime, 1790000000);
	assert_int_equal(message.duration, 5);
	leave("hurry", VM_URGENT);
	assert_int_equal(vm_disk_read(file_of("Urgent"), 0, &message), 0);
	assert_true(message.urgent);
	assert_int_equal(rd_mwi_get("1001@default", &mwi), 0);
	assert_int_equal(mwi.new_messages, 3);
	assert_int_equal(mwi.new_urgent, 1);
}

static void a_message_comes_with_its_envelope_and_lights_the_lamp(void **state)
{
	(void)state;
	life(deliver_two);
}

static void deliver_nothing(void)
{
	struct vm_message message = { 0 };
	char stage[VM_PATH];

	assert_int_equal(vm_store_stage(box, stage), 0);
	assert_int_equal(vm_store_deliver(box, stage, VM_INBOX, &message), -ENOENT);
	assert_string_equal(heard(VM_INBOX), "");
	assert_true(tmp_is_empty());
}

static void without_sound_there_is_no_message(void **state)
{
	(void)state;
	life(deliver_nothing);
}

static void apply_changes(void)
{
	struct vm_change changes[5] = { { 0 } };
	struct vm_list list;
	struct rd_mwi mwi;

	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	leave("three", VM_INBOX);
	leave("four", VM_INBOX);
	leave("five", VM_INBOX);
	assert_int_equal(vm_store_list(box, VM_INBOX, &list), 0);
	changes[0] = (struct vm_change){ .what = VM_GOES, .to = VM_FOLDERS };
	changes[1] = (struct vm_change){ .what = VM_GOES, .to = VM_OLD };
	changes[3] = (struct vm_change){ .what = VM_GOES, .to = VM_FAMILY };
	leave("six", VM_INBOX); /* while the owner listens */
	assert_int_equal(vm_store_apply(box, VM_INBOX, &list, changes), 0);
	assert_string_equal(heard(VM_INBOX), "0:three 1:five 2:six");
	assert_string_equal(heard(VM_OLD), "0:two");
	assert_string_equal(heard(VM_FAMILY), "0:four");
	assert_string_equal(heard(VM_DELETED), "0:one");
	assert_int_equal(rd_mwi_get(box->id, &mwi), 0);
	assert_int_equal(mwi.new_messages, 3);
	assert_int_equal(mwi.old_messages, 1);
	/* The same once more: they have gone already. */
	assert_int_equal(vm_store_apply(box, VM_INBOX, &list, changes), 0);
	assert_string_equal(heard(VM_INBOX), "0:three 1:five 2:six");
	vm_list_free(&list);
}

static void messages_go_where_they_are_sent_and_numbers_have_no_gap(void **state)
{
	(void)state;
	life(apply_changes);
}

static int hand_on(const struct vm_list *list, enum vm_folder to)
{
	const struct vm_change change = { .what = VM_FOLLOWED, .to = to };
	const struct vm_list first = { .messages = list->messages, .count = 1 };

	return vm_store_apply(box, VM_INBOX, &first, &change);
}

/* Two phones in one mailbox: the other one has put the message elsewhere. */
static void follow(void)
{
	const struct vm_change heard_there = { .what = VM_GOES, .to = VM_OLD };
	struct vm_list list;
	struct rd_mwi mwi;

	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	assert_int_equal(vm_store_list(box, VM_INBOX, &list), 0);
	assert_int_equal(hand_on(&list, VM_FAMILY), 0);
	list.count = 1;
	assert_int_equal(vm_store_apply(box, VM_INBOX, &list, &heard_there), 0);
	assert_string_equal(heard(VM_FAMILY), "0:one");
	assert_int_equal(hand_on(&list, VM_OLD), 0);
	assert_int_equal(hand_on(&list, VM_OLD), 0);
	assert_string_equal(heard(VM_FAMILY), "");
	assert_string_equal(heard(VM_OLD), "0:one");
	assert_int_equal(hand_on(&list, VM_FOLDERS), 0);
	assert_string_equal(heard(VM_OLD), "");
	assert_int_equal(rd_mwi_get(box->id, &mwi), 0);
	assert_int_equal(mwi.old_messages, 0);
	assert_int_equal(hand_on(&list, VM_FOLDERS), 0);
	assert_int_equal(hand_on(&list, VM_WORK), -ENOENT);
	assert_string_equal(heard(VM_INBOX), "0:two");
	assert_string_equal(heard(VM_DELETED), "0:one");
	vm_list_free(&list);
}

static void what_the_owner_says_of_a_message_follows_it(void **state)
{
	(void)state;
	life(follow);
}

static int save_first(void *arg)
{
	struct vm_session session = { .settings = settings, .box = box };
	int rc = vm_session_open(&session, VM_INBOX);

	(void)arg;
	session.current = 0;
	if (!rc)
		rc = vm_session_save(&session, VM_FAMILY);
	vm_session_close(&session);
	return rc;
}

static void hang_up_while_saving(void)
{
	struct rd_fiber *owner;
	struct rd_mwi mwi;
	int rc;

	leave("one", VM_INBOX);
	assert_int_equal(vm_lock(box->id), 0); /* somebody leaves a message */
	assert_int_equal(rd_fiber_new(&owner, "owner", save_first, NULL), 0);
	rd_sleep(1000);
	rd_fiber_cancel(owner);
	vm_unlock(box->id);
	assert_int_equal(rd_fiber_join(owner, RD_FOREVER, &rc), 0);
	assert_int_equal(rc, 0);
	assert_string_equal(heard(VM_FAMILY), "0:one");
	assert_int_equal(rd_mwi_get(box->id, &mwi), 0);
	assert_int_equal(mwi.new_messages, 0);
}

static void a_hang_up_does_not_undo_what_was_saved(void **state)
{
	(void)state;
	life(hang_up_while_saving);
}

static void delete_three(void)
{
	struct vm_change changes[3];
	struct vm_list list;

	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	leave("three", VM_INBOX);
	for (int i = 0; i < 3; i++)
		changes[i] = (struct vm_change){ .what = VM_GOES, .to = VM_FOLDERS };
	assert_int_equal(vm_store_list(box, VM_INBOX, &list), 0);
	assert_int_equal(vm_store_apply(box, VM_INBOX, &list, changes), 0);
	vm_list_free(&list);
	assert_string_equal(heard(VM_INBOX), "");
	assert_string_equal(heard(VM_DELETED), "0:two 1:three");
}

static void so_many_deleted_ones_are_kept_as_backupdeleted_says(void **state)
{
	(void)state;
	life(delete_three);
}

static void locate_after_renumbering(void)
{
	struct vm_message message;
	char path[VM_PATH];

	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	assert_int_equal(vm_disk_read(file_of("INBOX"), 1, &message), 0);
	assert_int_equal(vm_disk_remove(file_of("INBOX"), 0), 0);
	assert_int_equal(vm_disk_renumber(file_of("INBOX")), 0);
	assert_int_equal(vm_store_locate(box, VM_INBOX, &message, path), 0);
	assert_int_equal(message.number, 0);
	assert_string_equal(path, file_of("INBOX/msg0000"));
	strcpy(message.id, "another");
	assert_int_equal(vm_store_locate(box, VM_INBOX, &message, path), -ENOENT);
}

static void a_message_is_found_by_its_id(void **state)
{
	(void)state;
	life(locate_after_renumbering);
}

/* ---- after a crash ---- */

static int recover(void)
{
	char path[VM_PATH];

	vm_store_path(path, box);
	return vm_disk_recover(path, "mine-");
}

static void crash_while_recording(void)
{
	leave("one", VM_INBOX);
	put("tmp/abc.wav", "half a wor");
	put("tmp/abc.txt.new", "[message]\norig");
	put("tmp/mine-1.wav", "being recorded");
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one");
	assert_false(there("tmp/abc.wav"));
	assert_false(there("tmp/abc.txt.new"));
	assert_true(there("tmp/mine-1.wav"));
}

static void what_was_not_said_to_the_end_is_no_message(void **state)
{
	(void)state;
	life(crash_while_recording);
}

/* It is said for so long, from now on. */
static void begin_to_say(const char *name, int seconds, int least)
{
	struct vm_message message = { .callerid = "Bob", .duration = least, .urgent = true };
	struct timespec times[2] = { { 0 }, { 0 } };
	char file[128];

	message.origtime = time(NULL);
	snprintf(file, sizeof(file), "tmp/%s.wav", name);
	put(file, name);
	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec += seconds;
	times[0] = times[1];
	assert_int_equal(utimensat(AT_FDCWD, file_of(file), times, 0), 0);
	file[strlen(file) - 4] = '\0';
	assert_int_equal(vm_disk_begin(file_of(file), &message), 0);
}

static void crash_while_somebody_speaks(void)
{
	struct vm_message message;

	leave("one", VM_INBOX);
	begin_to_say("long", 20, 3);
	begin_to_say("short", 2, 3);
	begin_to_say("mine-1", 30, 3);
	put("tmp/none.txt.begun", "[message]\nduration=2\norigtime=1\n"); /* before any sound */
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one");
	assert_string_equal(heard(VM_URGENT), "0:long");
	assert_int_equal(vm_disk_read(file_of("Urgent"), 0, &message), 0);
	assert_int_equal(message.duration, 20);
	assert_string_equal(message.callerid, "Bob");
	assert_false(there("Urgent/msg0000.txt.begun"));
	assert_false(there("tmp/short.wav"));
	assert_false(there("tmp/none.txt.begun"));
	assert_true(there("tmp/mine-1.wav"));
	assert_true(there("tmp/mine-1.txt.begun"));
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_URGENT), "0:long");
}

/* As if he had hung up when it came. */
static void what_was_said_until_a_crash_is_a_message(void **state)
{
	(void)state;
	life(crash_while_somebody_speaks);
}

static void begin_and_deliver(void)
{
	leave("one", VM_INBOX);
	begin_to_say("abc", 20, 3);
	put("tmp/abc.txt", "[message]\nduration=7\n"); /* it was just being delivered */
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one 1:abc");
	assert_true(tmp_is_empty());
}

static void what_was_being_delivered_is_so_once(void **state)
{
	(void)state;
	life(begin_and_deliver);
}

static void crash_while_delivering(void)
{
	leave("one", VM_INBOX);
	put("tmp/abc.wav", "two");
	put("tmp/abc.txt", "[message]\nduration=2\n");
	put("INBOX/msg0001.wav", "two"); /* linked, not named yet */
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one 1:two");
	assert_true(tmp_is_empty());
	put("tmp/def.txt", "[message]\nduration=2\n"); /* somebody took its sound */
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one 1:two");
}

static void what_was_written_down_is_delivered(void **state)
{
	(void)state;
	life(crash_while_delivering);
}

static void crash_while_moving(void)
{
	leave("one", VM_INBOX);
	leave("two", VM_OLD);
	put("Old/msg0001.wav", "one"); /* linked, and then? */
	put("INBOX/msg0005.wav", "gone"); /* its .txt is in another folder */
	assert_int_equal(recover(), 0);
	assert_string_equal(heard(VM_INBOX), "0:one");
	assert_string_equal(heard(VM_OLD), "0:two");
	assert_false(there("Old/msg0001.wav"));
	assert_false(there("INBOX/msg0005.wav"));
}

static void sound_without_an_envelope_is_taken_away(void **state)
{
	(void)state;
	life(crash_while_moving);
}

/* ---- the index ---- */

static int counted(enum vm_folder folder)
{
	int counts[VM_FOLDERS];

	assert_int_equal(vm_index_counts(box, counts), 0);
	return counts[folder];
}

/* As if the change was made a minute ago. */
static void age(const char *folder)
{
	const struct timespec past[2] = { { time(NULL) - 60, 0 }, { time(NULL) - 60, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, file_of(folder), past, 0), 0);
}

static void lose_the_index(void)
{
	enum vm_folder folder;
	struct vm_message message;
	int number;

	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	assert_int_equal(counted(VM_INBOX), 2);
	assert_int_equal(vm_disk_read(file_of("INBOX"), 1, &message), 0);
	assert_int_equal(vm_index_find(box, message.id, &folder, &number), 0);
	assert_int_equal(folder, VM_INBOX);
	assert_int_equal(number, 1);
	assert_int_equal(rd_store_query("DELETE FROM voicemail_message", NULL, 0, NULL, NULL), 0);
	assert_int_equal(rd_store_query("DELETE FROM voicemail_folder", NULL, 0, NULL, NULL), 0);
	assert_int_equal(counted(VM_INBOX), 0);
	assert_int_equal(vm_index_check(box), 1);
	assert_int_equal(counted(VM_INBOX), 2);
	assert_int_equal(vm_index_find(box, "none", &folder, &number), -ENOENT);
}

static void a_lost_index_is_made_again_from_the_folders(void **state)
{
	(void)state;
	life(lose_the_index);
}

static void meddle(void)
{
	leave("one", VM_INBOX);
	age("INBOX");
	assert_int_equal(vm_index_check(box), 1); /* it was too young to be trusted */
	assert_int_equal(vm_index_check(box), 0);
	unlink(file_of("INBOX/msg0000.txt"));
	assert_int_equal(vm_index_check(box), 1);
	assert_int_equal(counted(VM_INBOX), 0);
}

static void what_others_do_to_a_folder_is_seen(void **state)
{
	(void)state;
	life(meddle);
}

static void keep(void)
{
	struct rd_mwi mwi;

	leave("one", VM_INBOX);
	put("tmp/abc.wav", "two");
	put("tmp/abc.txt", "[message]\nduration=2\n");
	assert_int_equal(vm_keeper_start(), 0);
	for (int i = 0; i < 200 && vm_store_count(box, VM_INBOX) < 2; i++)
		rd_sleep(10);
	rd_sleep(1000);
	vm_keeper_stop();
	assert_string_equal(heard(VM_INBOX), "0:one 1:two");
	assert_int_equal(rd_mwi_get(box->id, &mwi), 0);
	assert_int_equal(mwi.new_messages, 2);
	assert_int_equal(rd_mwi_get("1002@default", &mwi), -ENOENT);
}

static void at_the_start_what_was_left_is_delivered_and_counted(void **state)
{
	(void)state;
	life(keep);
}

static void keep_without_memory(void)
{
	leave("one", VM_INBOX);
	assert_int_equal(vm_keeper_start(), 0);
	rd_sleep(1000);
	put("tmp/abc.wav", "two");
	put("tmp/abc.txt", "[message]\nduration=2\n");
	vm_keeper_wake();
	rd__alloc_fail_after(0);
	rd_sleep(10);
	assert_true(rd__alloc_refused() > 0);
	assert_true(rd__alloc_refused() < 10);
	rd__alloc_fail_after(-1);
	for (int i = 0; i < 200 && vm_store_count(box, VM_INBOX) < 2; i++)
		rd_sleep(100);
	vm_keeper_stop();
	assert_string_equal(heard(VM_INBOX), "0:one 1:two");
}

static void what_memory_was_wanting_for_is_looked_at_later(void **state)
{
	(void)state;
	life(keep_without_memory);
}

static unsigned new_after(int ms)
{
	struct rd_mwi mwi;

	rd_sleep(ms);
	assert_int_equal(rd_mwi_get(box->id, &mwi), 0);
	return mwi.new_messages;
}

static void poll_folders(void)
{
	leave("one", VM_INBOX);
	leave("two", VM_INBOX);
	assert_int_equal(vm_keeper_start(), 0);
	assert_int_equal(new_after(4000), 2);
	unlink(file_of("INBOX/msg0001.txt"));
	assert_int_equal(new_after(4000), 2);
	assert_int_equal(conf_dir_apply(&vm_config, "[general]\npollmailboxes = yes\npollfreq = 2\n"
						    "[default]\n1001 => 4711\n"),
			 0);
	assert_int_equal(new_after(1000), 1); /* a reload looks at all */
	unlink(file_of("INBOX/msg0000.txt"));
	age("INBOX");
	assert_int_equal(new_after(4000), 0);
	vm_keeper_stop();
}

static void with_pollmailboxes_folders_are_looked_at(void **state)
{
	(void)state;
	life(poll_folders);
}

/* ---- greetings ---- */

static void greet(void)
{
	char stage[VM_PATH], path[VM_PATH];

	assert_int_equal(vm_store_stage(box, stage), 0);
	put("unavail.gsm", "an old one");
	strcat(stage, ".wav");
	fclose(fopen(stage, "w"));
	*strrchr(stage, '.') = '\0';
	assert_int_equal(vm_store_set_greeting(box, "unavail", stage), 0);
	assert_true(there("unavail.wav"));
	assert_false(there("unavail.gsm"));
	assert_true(tmp_is_empty());
	assert_int_equal(vm_store_greeting(box, "busy", path), -ENOENT);
	assert_int_equal(vm_store_remove_greeting(box, "unavail"), 0);
	assert_false(there("unavail.wav"));
}

static void a_new_greeting_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	life(greet);
}

/* ---- PINs ---- */

/* In clear; among the digits of a hash it may stand by chance. */
static bool has_pin(const char *text, const char *pin)
{
	const char *at = text, *after;

	while ((at = strstr(at, pin))) {
		after = at + strlen(pin);
		if ((at == text || !isxdigit(at[-1])) && !isxdigit(*after))
			return true;
		at = after;
	}
	return false;
}

static void take_over(void)
{
	assert_int_equal(vm_pin_there(box), 1);
	assert_false(there("pin"));
	assert_int_equal(vm_pin_check(box, "4712"), 0);
	assert_int_equal(vm_pin_check(box, ""), 0);
	assert_int_equal(vm_pin_check(box, "4711"), 1);
	assert_false(has_pin(content("pin"), "4711"));
	assert_int_equal(vm_pin_check(box, "4711"), 1);
	assert_int_equal(vm_pin_set(box, "123456"), 0);
	assert_false(has_pin(content("pin"), "123456"));
	assert_int_equal(vm_pin_check(box, "4711"), 0);
	assert_int_equal(vm_pin_check(box, "123456"), 1);
	assert_int_equal(vm_pin_forget(box), 0);
	assert_int_equal(vm_pin_check(box, "4711"), 1);
}

static void a_pin_is_taken_over_once_and_kept_as_a_hash(void **state)
{
	struct stat st;

	(void)state;
	life(take_over);
	assert_int_equal(stat(file_of("pin"), &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void bring_along(void)
{
	char stage[VM_PATH];

	assert_int_equal(vm_store_stage(box, stage), 0); /* which makes the mailbox */
	put("secret.conf", "[general]\n;password = 1\npassword = 9876 ; his own\n");
	assert_int_equal(vm_pin_check(box, "4711"), 0);
	assert_int_equal(vm_pin_check(box, "9876"), 1);
	assert_null(strstr(content("pin"), "9876"));
	assert_int_equal(vm_pin_set(box, "2580"), 0);
	assert_int_equal(vm_pin_check(box, "9876"), 0);
	assert_int_equal(vm_pin_check(box, "2580"), 1);
	assert_int_equal(vm_pin_forget(box), 0);
	assert_false(there("secret.conf"));
	assert_int_equal(vm_pin_check(box, "9876"), 0);
	assert_int_equal(vm_pin_check(box, "4711"), 1);
}

/* The first one, which an administrator has given to many, would open it otherwise. */
static void a_pin_that_its_owner_set_in_asterisk_counts(void **state)
{
	(void)state;
	life(bring_along);
}

static void guess(void)
{
	const struct vm_box *other = vm_settings_box(settings, "1002");

	for (int i = 0; i < 10; i++)
		assert_int_equal(vm_pin_check(box, "0000"), 0);
	assert_int_equal(vm_pin_check(box, "4711"), -EAGAIN);
	assert_int_equal(vm_pin_check(other, "4711"), 0);
	rd_sleep(301 * 1000);
	assert_int_equal(vm_pin_check(box, "4711"), 1);
}

static void after_ten_wrong_ones_a_mailbox_is_closed_for_a_while(void **state)
{
	(void)state;
	life(guess);
}

static void no_pin(void)
{
	const struct vm_box *none = vm_settings_box(settings, "1002");
	const struct vm_box *fixed = vm_settings_box(settings, "1003");
	struct vm_box empty = *fixed;

	assert_int_equal(vm_pin_there(none), 0);
	assert_int_equal(vm_pin_check(none, ""), 0);
	assert_int_equal(vm_pin_check(none, "1002"), 0);
	assert_int_equal(vm_pin_set(none, "2580"), 0);
	assert_int_equal(vm_pin_there(none), 1);
	assert_int_equal(vm_pin_check(none, "2580"), 1);
	assert_int_equal(vm_pin_check(fixed, "55"), 1);
	assert_int_equal(vm_pin_check(fixed, "54"), 0);
	empty.pin = "";
	assert_int_equal(vm_pin_check(&empty, ""), 0);
}

static void without_a_pin_none_is_right(void **state)
{
	(void)state;
	life(no_pin);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_comes_with_its_envelope_and_lights_the_lamp),
		TEST(without_sound_there_is_no_message),
		TEST(messages_go_where_they_are_sent_and_numbers_have_no_gap),
		TEST(what_the_owner_says_of_a_message_follows_it),
		TEST(a_hang_up_does_not_undo_what_was_saved),
		TEST(so_many_deleted_ones_are_kept_as_backupdeleted_says),
		TEST(a_message_is_found_by_its_id),
		TEST(what_was_not_said_to_the_end_is_no_message),
		TEST(what_was_said_until_a_crash_is_a_message),
		TEST(what_was_being_delivered_is_so_once),
		TEST(what_was_written_down_is_delivered),
		TEST(sound_without_an_envelope_is_taken_away),
		TEST(a_lost_index_is_made_again_from_the_folders),
		TEST(what_others_do_to_a_folder_is_seen),
		TEST(at_the_start_what_was_left_is_delivered_and_counted),
		TEST(what_memory_was_wanting_for_is_looked_at_later),
		TEST(with_pollmailboxes_folders_are_looked_at),
		TEST(a_new_greeting_takes_the_place_of_the_old_one),
		TEST(a_pin_is_taken_over_once_and_kept_as_a_hash),
		TEST(a_pin_that_its_owner_set_in_asterisk_counts),
		TEST(after_ten_wrong_ones_a_mailbox_is_closed_for_a_while),
		TEST(without_a_pin_none_is_right),
	};

	return RUN_GROUP(tests);
}
