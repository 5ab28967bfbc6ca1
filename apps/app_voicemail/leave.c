/* A message that is being left: see leave.h. */
#include "apps/app_voicemail/leave.h"

#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>

#include "apps/app_voicemail/mail.h"
#include "apps/app_voicemail/voice.h"

/* Too short so often: there is nobody. */
enum { SHORT_TIMES = 3 };

/* ---- who for ---- */

static void add_target(struct vm_leave *leave, struct rd_str name)
{
	char text[RD_MWI_NAME];
	const struct vm_box *box;

	if (!rd_strcpyn(text, sizeof(text), name))
		text[0] = '\0';
	box = vm_settings_box(leave->settings, text);
	if (!box)
		rd_app_warning(leave->ch, "there is no mailbox \"%.*s\"", RD_STR_ARG(name));
	else if (leave->count == VM_TARGETS)
		rd_app_warning(leave->ch, "more than %d mailboxes: %s is left out", VM_TARGETS,
			       text);
	else
		leave->boxes[leave->count++] = box;
}

int vm_leave_targets(struct vm_leave *leave, const char *boxes)
{
	struct rd_str rest = rd_str_of(boxes), one;

	while (rest.n) {
		rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (one.n)
			add_target(leave, one);
	}
	return leave->count;
}

static int room_in(const struct vm_leave *leave, const struct vm_box *box)
{
	int count = vm_store_count(box, leave->urgent ? VM_URGENT : VM_INBOX);

	return count < 0 ? count : count < box->options.maxmsg;
}

int vm_leave_has_room(const struct vm_leave *leave)
{
	return room_in(leave, leave->boxes[0]);
}

/* ---- where a key leads ---- */

static const char *exit_context(struct rd_channel *ch, const struct vm_box *box)
{
	return box->options.exitcontext ? box->options.exitcontext : rd_channel_context(ch);
}

bool vm_can_exit(struct rd_channel *ch, const struct vm_box *box, const char *exten)
{
	return rd_dialplan_exists(exit_context(ch, box), exten, 1,
				  rd_channel_party(ch, RD_PARTY_CALLER)->number);
}

int vm_exit_to(struct rd_channel *ch, const struct vm_box *box, const char *exten)
{
	int rc = rd_channel_set_place(ch, exit_context(ch, box), exten, 1);

	return rc ? rc : RD_APP_JUMP;
}

static bool has_operator(const struct vm_leave *leave)
{
	const struct vm_box *box = leave->boxes[0];

	return !leave->from_owner && box->options.operator_exit && vm_can_exit(leave->ch, box, "o");
}

/* ---- storing ---- */

void vm_leave_print_caller(struct vm_message *message, const char *name, const char *number)
{
	char *out = message->callerid;
	size_t size = sizeof(message->callerid);

	if (name && *name && number && *number)
		snprintf(out, size, "\"%s\" <%s>", name, number);
	else
		rd_strcpy(out, size, number && *number ? number : name && *name ? name : "Unknown");
}

static void describe_caller(struct rd_channel *ch, struct vm_message *message)
{
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);

	vm_leave_print_caller(message,
			      rd_presentation_shown(caller->name_pres) ? caller->name : NULL,
			      rd_presentation_shown(caller->number_pres) ? caller->number : NULL);
	rd_strcpy(message->channel, sizeof(message->channel), rd_channel_name(ch));
	rd_strcpy(message->exten, sizeof(message->exten), rd_channel_exten(ch));
}

/* What is forwarded is still from whom it was. */
static void describe(const struct vm_leave *leave, struct vm_message *message)
{
	memset(message, 0, sizeof(*message));
	message->duration = (int)((leave->length_ms + 500) / 1000);
	message->origtime = rd_wall() - message->duration;
	if (leave->original)
		*message = *leave->original;
	else
		describe_caller(leave->ch, message);
	rd_strcpy(message->context, sizeof(message->context), leave->boxes[0]->context);
	rd_strcpy(message->origmailbox, sizeof(message->origmailbox), leave->boxes[0]->name);
	message->urgent = leave->urgent;
	message->priority = leave->priority && !leave->urgent;
}

/* A mail without the sound is no message. */
void vm_leave_send_mail(const struct vm_settings *settings, const struct vm_box *box,
			enum vm_folder folder, struct vm_message *message)
{
	const struct vm_list list = { .messages = message, .count = 1 };
	const struct vm_change gone = { .what = VM_GOES, .to = VM_FOLDERS };
	bool keep = !box->options.delete_sent || !box->options.attach;

	if (vm_mail_message(settings, box, folder, message) == 1 && !keep)
		vm_store_apply(box, folder, &list, &gone);
}

void vm_throw_away(const char *stage)
{
	if (!*stage)
		return;
	rd_shield_begin(VM_STORE_MS);
	vm_store_discard(stage);
	rd_shield_end();
}

static void lose(const struct vm_leave *leave, const struct vm_box *box, const char *stage, int rc)
{
	rd_app_error(leave->ch, "the message for %s could not be stored: %s", box->id,
		     rc == -ENOSPC ? "the mailbox or the disk is full" : rd_strerror(rc));
	vm_throw_away(stage);
}

static int store_for(const struct vm_leave *leave, const struct vm_box *box, const char *stage)
{
	enum vm_folder folder = leave->urgent ? VM_URGENT : VM_INBOX;
	struct vm_message message;
	int rc;

	describe(leave, &message);
	rd_shield_begin(VM_STORE_MS);
	rc = vm_store_deliver(box, stage, folder, &message);
	if (!rc)
		vm_leave_send_mail(leave->settings, box, folder, &message);
	rd_shield_end();
	if (rc)
		lose(leave, box, stage, rc);
	return rc;
}

static int store_copy_for(const struct vm_leave *leave, const struct vm_box *box)
{
	char copy[VM_PATH] = "";
	int rc;

	rd_shield_begin(VM_STORE_MS);
	rc = room_in(leave, box);
	if (rc > 0)
		rc = vm_store_copy(leave->stage, box, copy);
	else if (rc == 0)
		rc = -ENOSPC;
	rd_shield_end();
	if (!rc)
		return store_for(leave, box, copy);
	lose(leave, box, copy, rc);
	return rc;
}

/* The first one last: it gets the recording itself, the others what was copied of it. Each has
 * its own time, of which those before it take nothing. */
int vm_leave_store(struct vm_leave *leave)
{
	int rc, stored = 0;

	for (int i = 1; i < leave->count; i++)
		stored += store_copy_for(leave, leave->boxes[i]) == 0;
	rc = store_for(leave, leave->boxes[0], leave->stage);
	return stored ? 0 : rc;
}

/* ---- recording ---- */

static int play_beep(const struct vm_leave *leave)
{
	return leave->usual_beep || !*leave->beep ? 0 : vm_tell(leave->ch, leave->beep);
}

/* For the case that we are killed while he speaks. A message can be left without it. */
static void begin_message(const struct vm_leave *leave)
{
	struct vm_message message;
	int rc;

	describe(leave, &message);
	message.duration = (leave->boxes[0]->options.minsecs_ms + 999) / 1000;
	rc = vm_store_begin(leave->stage, &message);
	if (rc && rc != -ECANCELED)
		rd_app_warning(leave->ch, "the message would be lost by a crash: %s",
			       rd_strerror(rc));
}

/* 0, the key that ended it, or negative. */
static int record(struct vm_leave *leave)
{
	const struct vm_options *options = &leave->boxes[0]->options;
	const struct rd_record_options how = {
		.path = leave->stage,
		.format = leave->settings->general.format,
		.stop_keys = has_operator(leave) ? "#0" : "#",
		.max_ms = options->maxsecs_ms,
		.silence_ms = leave->settings->general.maxsilence_ms,
		.beep = leave->usual_beep,
		.keep_on_hangup = true,
		.gain_db = leave->gain_db,
	};
	struct rd_record_result result = { 0 };
	int rc;

	leave->length_ms = 0;
	rc = vm_store_stage(leave->boxes[0], leave->stage);
	if (rc)
		return rc;
	begin_message(leave); /* the disk may be slow: before he hears that he may speak */
	rc = play_beep(leave);
	if (!rc)
		rc = rd_record(leave->ch, &how, &result);
	leave->length_ms = result.length_ms - (result.by_silence ? how.silence_ms : 0);
	return rc ? rc : result.key;
}

static bool is_long_enough(const struct vm_leave *leave)
{
	return leave->length_ms > 0 && leave->length_ms >= leave->boxes[0]->options.minsecs_ms;
}

/* ---- what is to become of it ---- */

enum verdict { KEEP = 1, AGAIN, OPERATOR };

static const char *review_prompts(const struct vm_leave *leave)
{
	if (!leave->boxes[0]->options.leaveurgent)
		return "vm-review";
	return leave->urgent ? "vm-review&vm-review-nonurgent" : "vm-review&vm-review-urgent";
}

static int toggle_urgent(struct vm_leave *leave)
{
	leave->urgent = !leave->urgent;
	return vm_tell(leave->ch, leave->urgent ? "vm-marked-urgent" : "vm-marked-nonurgent");
}

/* Keys until there is a verdict, or negative. Who says nothing has said enough. */
static int review(struct vm_leave *leave)
{
	bool may_mark = leave->boxes[0]->options.leaveurgent;
	char keys[8] = "123#";
	int silent = 0, rc = 0;

	strcat(keys, may_mark ? "4" : "");
	strcat(keys, has_operator(leave) ? "0" : "");
	while (rc >= 0 && silent < VM_ASK_TIMES) {
		rc = vm_ask(leave->ch, review_prompts(leave), keys);
		if (rc == '1' || rc == '#')
			return KEEP;
		if (rc == '3')
			return AGAIN;
		if (rc == '0')
			return OPERATOR;
		if (rc == '2')
			rc = vm_tell(leave->ch, leave->stage);
		else if (rc == '4')
			rc = toggle_urgent(leave);
		else
			silent++;
	}
	return rc < 0 ? rc : KEEP;
}

/* 0 was pressed: first, what about the message? */
static int keep_for_operator(struct vm_leave *leave, bool *stored)
{
	int rc = vm_ask(leave->ch, "vm-saveoper", "1");

	if (rc == '1' || rc == -ECANCELED) {
		*stored = vm_leave_store(leave) == 0;
		return rc == '1' ? vm_tell(leave->ch, *stored ? "vm-msgsaved" : "vm-sorry") : rc;
	}
	vm_throw_away(leave->stage);
	return vm_tell(leave->ch, "vm-deleted");
}

static int keep(struct vm_leave *leave, bool *stored)
{
	int rc = vm_leave_store(leave);

	*stored = rc == 0;
	if (rc)
		return vm_tell(leave->ch, "vm-sorry");
	return vm_tell(leave->ch, "vm-msgsaved");
}

/* The caller has gone in mid-word: what was said until then counts. */
static int gone(struct vm_leave *leave, bool *stored)
{
	if (is_long_enough(leave))
		*stored = vm_leave_store(leave) == 0;
	else
		vm_throw_away(leave->stage);
	return -ECANCELED;
}

/* A verdict, 0 when it was too short, or negative. */
static int record_once(struct vm_leave *leave)
{
	int key = record(leave);

	if (key < 0)
		return key;
	if (key == '0')
		return OPERATOR;
	if (!is_long_enough(leave)) {
		vm_throw_away(leave->stage);
		key = vm_tell(leave->ch, "vm-tooshort");
		return RD_MIN(key, 0);
	}
	return leave->boxes[0]->options.review ? review(leave) : KEEP;
}

static int finish(struct vm_leave *leave, int verdict, bool *stored)
{
	int rc = verdict == OPERATOR ? keep_for_operator(leave, stored) : keep(leave, stored);

	if (rc < 0)
		return rc;
	return verdict == OPERATOR ? VM_LEFT_OPERATOR : *stored ? VM_LEFT_STORED : VM_LEFT_NOTHING;
}

int vm_leave_message(struct vm_leave *leave, bool *stored)
{
	int too_short = 0, rc = 0;

	*stored = false;
	while (too_short < SHORT_TIMES) {
		rc = record_once(leave);
		if (rc == KEEP || rc == OPERATOR)
			return finish(leave, rc, stored);
		if (rc == -ECANCELED)
			return gone(leave, stored);
		if (rc == AGAIN)
			vm_throw_away(leave->stage);
		if (rc < 0)
			break;
		too_short += rc == 0;
	}
	if (rc >= 0)
		return VM_LEFT_NOTHING;
	rd_app_error(leave->ch, "recording for %s: %s", leave->boxes[0]->id, rd_strerror(rc));
	vm_throw_away(leave->stage);
	rc = vm_tell(leave->ch, "vm-sorry");
	return rc ? rc : VM_LEFT_NOTHING;
}
