/* One mail to an SMTP server, by libcurl. Blocks: for the pool. */
#ifndef APPS_APP_VOICEMAIL_SMTP_H
#define APPS_APP_VOICEMAIL_SMTP_H

#include <ringdown/base.h>

enum vm_tls { VM_TLS_NONE, VM_TLS_OPTIONAL, VM_TLS_REQUIRED };

enum { VM_SMTP_ERROR = 256 }; /* as libcurl wants it */

struct vm_smtp {
	const char *server; /* "mail.example.org:587", or a URL smtp:// or smtps:// */
	const char *username, *password; /* NULL: nobody is asked for them */
	int tls; /* enum vm_tls */
	const char *path; /* of the mail, as vm_mime_write() makes it */
	char error[VM_SMTP_ERROR];
};

/* Before the first and after the last. 0 or negative. */
int vm_smtp_init(void);
void vm_smtp_fini(void);
/* What is under way ends within a second or two, undone. Any thread. */
void vm_smtp_abort(void);

/* 0: the server has it; 1: the server will never take it; negative: not now. Why is in
 * .error. */
int vm_smtp_send(struct vm_smtp *smtp);

#endif
