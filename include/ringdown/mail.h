/* Ringdown SDK: mails that modules send. Whoever has an outbox publishes struct rd_mail as the
 * interface RD_MAIL. */
#ifndef RINGDOWN_MAIL_H
#define RINGDOWN_MAIL_H

#include <ringdown/base.h>

#define RD_MAIL         "mail"
#define RD_MAIL_VERSION 1

struct rd_mail_letter {
	const char *from_name; /* "" for none; the address is the house's own */
	const char *to; /* addresses, with | between them */
	const char *subject, *body; /* UTF-8, the first in one line */
};

struct rd_mail {
	/* It is in the outbox when this returns 0, and is sent from there, over and over where
	 * nobody takes it. -EINVAL: what is in .to is no address; -ENODEV: the house has no
	 * settings for mail; or what the disk says. Yields. */
	int (*send)(const struct rd_mail_letter *letter);
};

#endif
