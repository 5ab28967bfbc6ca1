/* A mail as it goes to a server (RFC 5322, 2045, 2047): a text, and perhaps one recording.
 * Blocks: for the pool. */
#ifndef APPS_APP_VOICEMAIL_MIME_H
#define APPS_APP_VOICEMAIL_MIME_H

#include <stdio.h>
#include <time.h>

#include <ringdown/base.h>

struct vm_mime {
	const char *from_name, *from_address; /* name may be "" */
	const char *to_name, *to; /* addresses with | between them */
	const char *subject, *body; /* UTF-8, one line the first */
	const char *sound; /* a file to be attached, with its extension; NULL: none */
	const char *sound_name; /* its name in the mail */
	time_t date;
	const char *id; /* unique, without spaces */
};

/* 0 or negative errno. Lines end with a plain newline. */
int vm_mime_write(FILE *out, const struct vm_mime *mime);

#endif
