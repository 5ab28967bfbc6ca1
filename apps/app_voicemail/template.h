/* Texts of voicemail.conf with ${VM_...} in them. */
#ifndef APPS_APP_VOICEMAIL_TEMPLATE_H
#define APPS_APP_VOICEMAIL_TEMPLATE_H

#include <ringdown/pool.h>
#include <ringdown/str.h>

enum vm_word {
	VM_WORD_NAME,
	VM_WORD_DUR,
	VM_WORD_MSGNUM,
	VM_WORD_MAILBOX,
	VM_WORD_CONTEXT,
	VM_WORD_CALLERID,
	VM_WORD_CIDNAME,
	VM_WORD_CIDNUM,
	VM_WORD_DATE,
	VM_WORD_MESSAGEFILE,
	VM_WORD_FLAG,
	VM_WORDS
};

/* For rd_option.parse: a text of which all VM_ words are known, others are left out; \n and
 * \t become what they stand for. dest: const char **. */
const char *vm_template_read(const char *value, void *dest, struct rd_pool *pool);
/* The first of its words that is left out. */
bool vm_template_lacks(const char *text, struct rd_str *word);
/* With the words filled in; one_line: line ends in them become spaces. */
void vm_template_fill(const char *text, const char *const words[VM_WORDS], bool one_line,
		      struct rd_buf *out);

#endif
