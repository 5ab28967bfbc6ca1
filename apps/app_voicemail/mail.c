/* What is sent about a message: its texts are filled in, and written to the outbox with the
 * recording. */
#include "apps/app_voicemail/mail.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/format.h>
#include <ringdown/ident.h>
#include <ringdown/io.h>
#include <ringdown/log.h>
#include <ringdown/zone.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/mime.h"
#include "apps/app_voicemail/store.h"
#include "apps/app_voicemail/template.h"

enum { WORD = 192 };

/* The words of one message; those that have to be made are made here. */
struct words {
	const char *list[VM_WORDS];
	char length[24], number[16], name[WORD], from[WORD], date[WORD], file[32];
};

/* Of a mail, or of a short one to a pager. */
struct texts {
	const char *to, *from, *subject, *body;
	bool attach;
};

static void make_words(struct words *words, const struct vm_settings *settings,
		       const struct vm_box *box, const struct vm_message *message)
{
	struct tm tm;

	snprintf(words->length, sizeof(words->length), "%d:%02d", message->duration / 60,
		 message->duration % 60);
	snprintf(words->number, sizeof(words->number), "%d", message->number + 1);
	snprintf(words->file, sizeof(words->file), "msg%04d", message->number);
	rd_party_split(message->callerid, words->name, words->from, WORD);
	rd_zone_localtime(vm_settings_zone(settings, box)->timezone, message->origtime, &tm);
	if (!strftime(words->date, WORD, settings->general.emaildateformat, &tm))
		words->date[0] = '\0';
	words->list[VM_WORD_NAME] = box->owner;
	words->list[VM_WORD_DUR] = words->length;
	words->list[VM_WORD_MSGNUM] = words->number;
	words->list[VM_WORD_MAILBOX] = box->name;
	words->list[VM_WORD_CONTEXT] = box->context;
	words->list[VM_WORD_CALLERID] = message->callerid;
	words->list[VM_WORD_CIDNAME] = words->name;
	words->list[VM_WORD_CIDNUM] = words->from;
	words->list[VM_WORD_DATE] = words->date;
	words->list[VM_WORD_MESSAGEFILE] = words->file;
	words->list[VM_WORD_FLAG] = message->urgent ? "Urgent" : "";
}

/* ---- writing, in the pool ---- */

struct writing {
	char outbox[VM_PATH], name[64], sound[VM_PATH], sound_name[48];
	struct vm_mime mime;
};

static int write_to(const char *path, const struct vm_mime *mime)
{
	FILE *out = fopen(path, "wb");
	int rc;

	if (!out)
		return -errno;
	rc = vm_mime_write(out, mime);
	if (fclose(out) && !rc)
		rc = -errno;
	return rc ? rc : rd_file_sync_here(path);
}

/* All of it or nothing. */
static int write_mail(void *arg)
{
	struct writing *writing = arg;
	char beside[VM_PATH], path[VM_PATH];
	int rc = vm_disk_make(writing->outbox);

	if (!rc)
		rc = vm_path(beside, "%s/%s.new", writing->outbox, writing->name);
	if (!rc)
		rc = vm_path(path, "%s/%s.eml", writing->outbox, writing->name);
	if (rc)
		return rc;
	rc = write_to(beside, &writing->mime);
	if (!rc && rename(beside, path))
		rc = -errno;
	if (rc)
		unlink(beside);
	return rc ? rc : rd_file_sync_here(writing->outbox);
}

/* ---- one mail ---- */

/* Whoever calls has the lock of the mailbox, so that the message keeps its number. */
static int find_sound(struct writing *writing, const struct vm_settings *settings,
		      const struct vm_box *box, enum vm_folder folder,
		      const struct vm_message *message)
{
	const struct rd_format *format = rd_format_find(settings->general.format);
	struct vm_message found = *message;
	char path[VM_PATH];
	int rc = format ? vm_store_locate(box, folder, &found, path) : -ENOTSUP;

	if (!rc)
		rc = vm_path(writing->sound, "%s.%s", path, format->extension);
	if (rc)
		return rc;
	snprintf(writing->sound_name, sizeof(writing->sound_name), "msg%04d.%s", message->number,
		 format->extension);
	writing->mime.sound = writing->sound;
	writing->mime.sound_name = writing->sound_name;
	return 0;
}

/* The name says when it is tried next (now), and how often it was. */
static int put_in_outbox(struct writing *writing)
{
	char token[13];
	int rc = vm_outbox_path(writing->outbox);

	rd_random_token(token, sizeof(token) - 1);
	snprintf(writing->name, sizeof(writing->name), "%010lld-000-%s", (long long)rd_wall(),
		 token);
	writing->mime.date = rd_wall();
	writing->mime.id = writing->name;
	return rc ? rc : rd_offload(write_mail, writing);
}

static int fill_in(struct writing *writing, const struct texts *texts, const struct words *words,
		   const struct vm_box *box)
{
	struct rd_buf subject, body, from;
	int rc;

	rd_buf_init(&subject);
	rd_buf_init(&body);
	rd_buf_init(&from);
	vm_template_fill(texts->subject, words->list, true, &subject);
	vm_template_fill(texts->body, words->list, false, &body);
	vm_template_fill(texts->from, words->list, true, &from);
	writing->mime.from_name = rd_buf_text(&from);
	writing->mime.from_address = box->options.serveremail;
	writing->mime.to_name = box->owner;
	writing->mime.to = texts->to;
	writing->mime.subject = rd_buf_text(&subject);
	writing->mime.body = rd_buf_text(&body);
	rc = subject.failed || body.failed || from.failed ? -ENOMEM : 0;
	if (!rc)
		rc = put_in_outbox(writing);
	rd_buf_fini(&subject);
	rd_buf_fini(&body);
	rd_buf_fini(&from);
	return rc;
}

static int queue(const struct vm_settings *settings, const struct vm_box *box,
		 enum vm_folder folder, const struct vm_message *message, const struct texts *texts)
{
	struct words *words = rd_zalloc(sizeof(*words));
	struct writing *writing = rd_zalloc(sizeof(*writing));
	int rc = words && writing ? 0 : -ENOMEM;

	if (!rc)
		make_words(words, settings, box, message);
	if (!rc && texts->attach)
		rc = find_sound(writing, settings, box, folder, message);
	if (!rc)
		rc = fill_in(writing, texts, words, box);
	rd_free(words);
	rd_free(writing);
	if (rc)
		rd_error("mailbox %s: the mail to %s could not be written: %s", box->id, texts->to,
			 rd_strerror(rc));
	return rc ? rc : 1;
}

int vm_mail_message(const struct vm_settings *settings, const struct vm_box *box,
		    enum vm_folder folder, const struct vm_message *message)
{
	const struct vm_general *general = &settings->general;
	const struct texts mail = { box->email, box->options.fromstring, box->options.emailsubject,
				    box->options.emailbody, box->options.attach };
	const struct texts page = { box->pager, general->pagerfromstring, general->pagersubject,
				    general->pagerbody, false };
	int rc = *box->email || *box->pager ? vm_lock(box->id) : 0;

	if (rc || !(*box->email || *box->pager))
		return rc;
	if (*box->email)
		rc = queue(settings, box, folder, message, &mail);
	if (*box->pager)
		queue(settings, box, folder, message, &page);
	vm_unlock(box->id);
	vm_outbox_wake();
	return rc;
}

/* ---- of other modules ---- */

static int send_letter(const struct vm_settings *settings, const struct rd_mail_letter *letter)
{
	struct writing *writing = rd_zalloc(sizeof(*writing));
	int rc;

	if (!writing)
		return -ENOMEM;
	writing->mime = (struct vm_mime){ .from_name = letter->from_name,
					  .from_address = settings->general.serveremail,
					  .to_name = "",
					  .to = letter->to,
					  .subject = letter->subject,
					  .body = letter->body };
	rc = put_in_outbox(writing);
	rd_free(writing);
	return rc;
}

static int send_for(const struct rd_mail_letter *letter)
{
	struct vm_settings *settings = vm_settings_ref();
	bool fits = vm_addresses_fit(letter->to) && strchr(letter->to, '@');
	int rc = !settings ? -ENODEV : fits ? 0 : -EINVAL;

	rd_shield_begin(VM_STORE_MS);
	if (!rc)
		rc = send_letter(settings, letter);
	rd_shield_end();
	vm_settings_unref(settings);
	if (!rc)
		vm_outbox_wake();
	return rc;
}

const struct rd_mail vm_letters = { .send = send_for };
