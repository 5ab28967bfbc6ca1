/* MailTo(): a mail from the dialplan, by the outbox of voicemail. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/mail.h>
#include <ringdown/module.h>

enum { ARGUMENTS = 3 };

/* "\n" begins a line. */
static const char *unescape(struct rd_pool *pool, const char *text)
{
	char *copy = rd_pool_strdup(pool, text), *to = copy;

	for (const char *from = copy; copy && *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	if (copy)
		*to = '\0';
	return copy;
}

static const char *status_of(int rc)
{
	if (rc == 0)
		return "SUCCESS";
	return rc == -EINVAL ? "INVALID_ADDRESS" : "FAILED";
}

static int send_letter(struct rd_channel *ch, const struct rd_mail_letter *letter)
{
	const struct rd_mail *outbox = rd_interface_get(RD_MAIL, RD_MAIL_VERSION);
	int rc = outbox ? outbox->send(letter) : -ENOENT;

	rd_interface_put(outbox);
	if (rc && rc != -ECANCELED)
		rd_app_warning(ch, "no mail to \"%s\": %s", letter->to,
			       rc == -ENOENT ? "app_voicemail, which sends them, is not loaded"
					     : rd_strerror(rc));
	return rc;
}

static int mailto_app(struct rd_channel *ch, const char *args)
{
	struct rd_mail_letter letter = { .from_name = "" };
	const char *argv[ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc < 0)
		return rc;
	letter.to = argv[0];
	letter.subject = argv[1];
	letter.body = unescape(rd_channel_scratch(ch), argv[2]);
	if (!letter.body)
		return -ENOMEM;
	rc = send_letter(ch, &letter);
	if (rc == -ECANCELED)
		return rc;
	return rd_var_set(ch, "MAILSTATUS", status_of(rc));
}

static const struct rd_app apps[] = {
	{ .name = "MailTo",
	  .run = mailto_app,
	  .synopsis = "Send a mail",
	  .syntax = "MailTo(address[|address...],subject,text)",
	  .description = "By the outbox of voicemail: it is tried again until somebody takes it. "
			 "\\n begins a line of the text. Sets MAILSTATUS: SUCCESS (it is in the "
			 "outbox) INVALID_ADDRESS FAILED." },
	{ 0 },
};

RD_MODULE(.name = "app_mail", .synopsis = "Mails from the dialplan", .apps = apps);
