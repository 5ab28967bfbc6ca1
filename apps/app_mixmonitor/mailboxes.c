/* A recording as a message of voicemail. */
#include <ringdown/ident.h>
#include <ringdown/log.h>
#include <ringdown/voicemail.h>

#include "apps/app_mixmonitor/session.h"

/* NULL stays NULL. */
static int keep(char **out, const char *text)
{
	*out = text ? rd_strdup(text) : NULL;
	return text && !*out ? -ENOMEM : 0;
}

int mixmonitor_letter_init(struct mixmonitor_letter *letter, const struct rd_channel *ch,
			   const struct mixmonitor_plan *plan)
{
	const struct rd_party *party =
		rd_channel_party(ch, plan->real_caller ? RD_PARTY_CALLER : RD_PARTY_CONNECTED);
	bool name_shown = rd_presentation_shown(party->name_pres);
	bool number_shown = rd_presentation_shown(party->number_pres);
	int rc = keep(&letter->mailboxes, plan->mailboxes);

	if (!rc)
		rc = keep(&letter->caller_name, name_shown ? party->name : NULL);
	if (!rc)
		rc = keep(&letter->caller_number, number_shown ? party->number : NULL);
	rd_strcpy(letter->channel, sizeof(letter->channel), rd_channel_name(ch));
	rd_strcpy(letter->exten, sizeof(letter->exten), rd_channel_exten(ch));
	return rc;
}

void mixmonitor_letter_fini(struct mixmonitor_letter *letter)
{
	rd_free(letter->mailboxes);
	rd_free(letter->caller_name);
	rd_free(letter->caller_number);
}

static int send_to(const struct rd_voicemail *voicemail, struct rd_str mailbox,
		   const struct rd_voicemail_letter *letter)
{
	char name[256];
	int rc = -EINVAL;

	if (rd_strcpyn(name, sizeof(name), mailbox))
		rc = voicemail->deliver(name, letter);
	if (rc)
		rd_warning("mixmonitor %s: mailbox %.*s: %s", letter->sound, RD_STR_ARG(mailbox),
			   rc == -ENOENT   ? "there is no such mailbox or folder"
			   : rc == -ENOSPC ? "it is full"
					   : rd_strerror(rc));
	return rc;
}

bool mixmonitor_letter_send(const struct mixmonitor_letter *letter, const char *path,
			    int64_t length_ms)
{
	const struct rd_voicemail_letter out = { .sound = path,
						 .caller_name = letter->caller_name,
						 .caller_number = letter->caller_number,
						 .channel = letter->channel,
						 .exten = letter->exten,
						 .duration_s = (int)((length_ms + 500) / 1000) };
	const struct rd_voicemail *voicemail;
	struct rd_str rest = rd_str_of(letter->mailboxes), one;
	bool all_have_it = true;

	if (!letter->mailboxes)
		return true;
	voicemail = rd_interface_get(RD_VOICEMAIL, RD_VOICEMAIL_VERSION);
	if (!voicemail) {
		rd_warning("mixmonitor %s: there is no voicemail to send it to", path);
		return false;
	}
	while (rest.n) {
		rd_str_cut(&rest, ',', &one);
		one = rd_str_trim(one);
		if (one.n && send_to(voicemail, one, &out))
			all_have_it = false;
	}
	rd_interface_put(voicemail);
	return all_have_it;
}
