/* Ringdown SDK: messages whose sound comes from elsewhere, such as recordings of calls.
 * Whoever has mailboxes publishes struct rd_voicemail as the interface RD_VOICEMAIL. */
#ifndef RINGDOWN_VOICEMAIL_H
#define RINGDOWN_VOICEMAIL_H

#include <ringdown/base.h>

#define RD_VOICEMAIL         "voicemail"
#define RD_VOICEMAIL_VERSION 1

struct rd_voicemail_letter {
	const char *sound; /* a file with its extension; it stays where it is */
	const char *caller_name, *caller_number; /* NULL: not known, or withheld */
	const char *channel, *exten; /* "": not known */
	int duration_s;
};

struct rd_voicemail {
	/* To "1001@default", "1001@default/Family"; without a folder to INBOX. 0, -ENOENT
	 * (no such mailbox or folder), -ENOSPC (it is full), or what the disk says. Yields. */
	int (*deliver)(const char *mailbox, const struct rd_voicemail_letter *letter);
};

#endif
