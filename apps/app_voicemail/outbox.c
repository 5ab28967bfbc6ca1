/* The fiber that empties the outbox. A mail is a file "NEXT-TIMES-TOKEN.eml": when it is tried
 * next, and how often it was. One that nobody takes becomes ".failed" and stays. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "apps/app_voicemail/kept.h"
#include "apps/app_voicemail/mail.h"
#include "apps/app_voicemail/program.h"
#include "apps/app_voicemail/smtp.h"

enum {
	NAME = 64,
	TIMES_MAX = 80,
	PAUSE_MAX_S = 3600,
	PROGRAM_MS = 120 * 1000,
	TURN_MS = 125 * 1000
};

struct mail {
	char outbox[VM_PATH], path[VM_PATH], name[NAME];
	int64_t next; /* seconds since 1970 */
	int times;
	char token[32];
};

int vm_outbox_path(char path[VM_PATH])
{
	return vm_path(path, "%s/voicemail_outbox", rd_directory("spool"));
}

void vm_outbox_wake(void)
{
	vm_kept->has_more = true;
	rd_cond_broadcast(&vm_kept->sender_woken);
}

/* ---- files, in the pool ---- */

static bool is_mail(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && n < NAME && strcmp(name + n - 4, ".eml") == 0;
}

/* The first by name is the first by time. -ENOENT: there is none. From an outbox that mails
 * cannot be taken out of, none is sent: it would be sent again and again. */
static int find_first(void *arg)
{
	struct mail *mail = arg;
	DIR *dir = access(mail->outbox, W_OK) ? NULL : opendir(mail->outbox);
	struct dirent *entry;
	long long next;

	mail->name[0] = '\0';
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (is_mail(entry->d_name) &&
		    (!mail->name[0] || strcmp(entry->d_name, mail->name) < 0))
			snprintf(mail->name, sizeof(mail->name), "%.*s", NAME - 1, entry->d_name);
	closedir(dir);
	if (!mail->name[0])
		return -ENOENT;
	if (sscanf(mail->name, "%lld-%d-%31[^.]", &next, &mail->times, mail->token) != 3)
		next = mail->times = 0;
	mail->next = next;
	return vm_path(mail->path, "%s/%s", mail->outbox, mail->name);
}

static int remove_mail(void *arg)
{
	const struct mail *mail = arg;

	return unlink(mail->path) && errno != ENOENT ? -errno : 0;
}

/* To what .next and .times say; too often: out of the way. */
static int rename_mail(void *arg)
{
	const struct mail *mail = arg;
	char path[VM_PATH];
	int rc = vm_path(path, "%s/%010lld-%03d-%s.%s", mail->outbox, (long long)mail->next,
			 mail->times, mail->token, mail->times > TIMES_MAX ? "failed" : "eml");

	return rc ? rc : rename(mail->path, path) ? -errno : 0;
}

/* ---- to the server, or a program ---- */

static int smtp_send(void *arg)
{
	return vm_smtp_send(arg);
}

static int send_to_server(const struct vm_settings *settings, const struct mail *mail)
{
	struct vm_smtp smtp = {
		.server = settings->general.smtp_server,
		.username = settings->general.smtp_username,
		.password = settings->general.smtp_password,
		.tls = settings->general.smtp_tls,
		.path = mail->path,
	};
	int rc = rd_offload(smtp_send, &smtp);

	if (rc && rc != -ECANCELED)
		rd_warning("mail %s: %s: %s", mail->name, smtp.server, smtp.error);
	return rc;
}

/* sendmail of exim and of postfix has a right of its own, to where mails wait; not where systemd
 * starts the daemon so that no program gets more than it has. */
static const char *advice(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
		       ? "; no program gets rights of its own here (NoNewPrivileges), as sendmail "
			 "wants: smtp_server = localhost:25 needs none"
		       : "";
}

/* It reads the mail from its input, as sendmail -t does. */
static int send_by_program(const struct vm_settings *settings, const struct mail *mail)
{
	char *command = strchr(mail->path, '\'')
				? NULL
				: rd_asprintf("(%s) < '%s'", settings->general.mailcmd, mail->path);
	int rc = command ? vm_program_run(command, PROGRAM_MS) : -EINVAL;

	rd_free(command);
	if (rc > 0)
		rd_warning("mail %s: \"%s\" ended with %d%s", mail->name, settings->general.mailcmd,
			   rc, advice());
	else if (rc && rc != -ECANCELED)
		rd_warning("mail %s: \"%s\": %s%s", mail->name, settings->general.mailcmd,
			   rd_strerror(rc), advice());
	return rc > 0 ? -EIO : rc;
}

/* ---- again and again ---- */

/* Twice as long each time. One that cannot be put off would be the first for ever, so that is
 * an error of the outbox, which waits; one that has gone is nobody's trouble. */
static int try_later(const struct vm_settings *settings, struct mail *mail, bool never)
{
	int64_t pause = settings->general.mail_retry_ms / 1000;
	int rc;

	for (int i = 0; i < mail->times && pause < PAUSE_MAX_S; i++)
		pause *= 2;
	mail->next = rd_wall() + RD_MAX(RD_MIN(pause, (int64_t)PAUSE_MAX_S), (int64_t)1);
	mail->times = never ? TIMES_MAX + 1 : mail->times + 1;
	if (mail->times > TIMES_MAX)
		rd_error("mail %s: nobody takes it, it stays in the outbox", mail->name);
	rc = rd_offload(rename_mail, mail);
	return rc == -ENOENT ? 0 : rc;
}

static int send_one(const struct vm_settings *settings, struct mail *mail)
{
	int rc = settings->general.smtp_server ? send_to_server(settings, mail)
					       : send_by_program(settings, mail);

	if (rc == -ECANCELED)
		return rc;
	return rc ? try_later(settings, mail, rc == 1) : rd_offload(remove_mail, mail);
}

/* Milliseconds until there is something to do, RD_FOREVER, or negative. */
static int send_due(const struct vm_settings *settings, unsigned file, int *wait_ms)
{
	struct mail mail;
	int64_t left;
	int rc = vm_outbox_path(mail.outbox);

	*wait_ms = RD_FOREVER;
	while (!rc && file == vm_kept->file) {
		rc = rd_offload(find_first, &mail);
		left = rc ? 0 : mail.next - rd_wall();
		if (left > 0) {
			*wait_ms = (int)RD_MIN(left, (int64_t)PAUSE_MAX_S) * 1000;
			return 0;
		}
		if (!rc)
			rc = send_one(settings, &mail);
	}
	return rc == -ENOENT ? 0 : rc;
}

static int empty_outbox(void *arg)
{
	unsigned file = vm_kept->file;
	int rc = 0, wait_ms;

	(void)arg;
	while (rc != -ECANCELED && file == vm_kept->file) {
		struct vm_settings *settings = vm_settings_ref();

		wait_ms = RD_FOREVER;
		vm_kept->has_more = false;
		rc = settings ? send_due(settings, file, &wait_ms) : 0;
		vm_settings_unref(settings);
		if (rc && rc != -ECANCELED) {
			rd_error("the outbox: %s", rd_strerror(rc));
			wait_ms = PAUSE_MAX_S * 1000;
		}
		if (rc != -ECANCELED && !vm_kept->has_more && file == vm_kept->file)
			rc = rd_cond_wait(&vm_kept->sender_woken, wait_ms);
	}
	return 0;
}

int vm_mail_start(void)
{
	int rc = vm_smtp_init();

	if (!rc)
		rc = rd_fiber_new(&vm_kept->sender, "voicemail/outbox", empty_outbox, NULL);
	return rc;
}

/* A mail that is cut off may be there already, and is sent again. */
int vm_mail_take_over(void)
{
	rd_cond_broadcast(&vm_kept->sender_woken);
	if (vm_kept->sender && rd_fiber_join(vm_kept->sender, TURN_MS, NULL) == 0) {
		vm_kept->sender = NULL;
		vm_smtp_fini();
	}
	vm_mail_stop();
	return vm_mail_start();
}

void vm_mail_stop(void)
{
	if (!vm_kept->sender)
		return;
	vm_smtp_abort();
	rd_fiber_cancel(vm_kept->sender);
	rd_fiber_join(vm_kept->sender, RD_FOREVER, NULL);
	vm_kept->sender = NULL;
	vm_smtp_fini();
}
