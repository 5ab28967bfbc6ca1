/* Ringdown SDK: message waiting. How many messages a mailbox holds, whoever counts
 * them: voicemail, another exchange, an operator at the console. Kept over
 * restarts; a change is RD_EVENT_MWI. Nothing yields. */
#ifndef RINGDOWN_MWI_H
#define RINGDOWN_MWI_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_mwi {
	unsigned new_messages, old_messages;
	unsigned new_urgent, old_urgent; /* of these */
};

/* Bytes of a mailbox's whole name with its NUL. */
#define RD_MWI_NAME 128

RD_API_BEGIN

/* "1001" is "1001@default": name gets the whole. 0, or -EINVAL for what is no
 * mailbox's name (empty, too long, with spaces or slashes). */
int rd_mwi_name(const char *mailbox, char name[RD_MWI_NAME]);
/* What was last said of it; all 0 and -ENOENT when nobody ever said anything. */
int rd_mwi_get(const char *mailbox, struct rd_mwi *mwi);
/* Say how many; tells all when that is news. 0, -EINVAL, -ENOMEM. */
int rd_mwi_set(const char *mailbox, const struct rd_mwi *mwi);
/* Nobody counts it any more. 0, -ENOENT, -EINVAL. */
int rd_mwi_forget(const char *mailbox);
/* Walk all that are known: *pos starts at 0. In no order; borrowed. */
bool rd_mwi_next(size_t *pos, const char **mailbox, struct rd_mwi *mwi);

RD_API_END

/* Which mailboxes there are, for a check of who names one: whoever counts their messages publishes
 * it as the interface RD_MAILBOXES(who), "voicemail" or "sip" (those of other exchanges). */
#define RD_MAILBOXES(who)    "mailboxes." who
#define RD_MAILBOXES_VERSION 1

struct rd_mailboxes {
	/* Both during a review of those that come. has: "1001" is "1001@default". */
	bool (*any)(void);
	bool (*has)(const char *mailbox);
};

#endif
