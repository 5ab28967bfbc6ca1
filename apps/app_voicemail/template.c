/* Texts with ${VM_...} in them: see template.h. */
#include "apps/app_voicemail/template.h"

#include <string.h>

#include <ringdown/config.h>

static const char *const names[VM_WORDS] = {
	[VM_WORD_NAME] = "VM_NAME",       [VM_WORD_DUR] = "VM_DUR",
	[VM_WORD_MSGNUM] = "VM_MSGNUM",   [VM_WORD_MAILBOX] = "VM_MAILBOX",
	[VM_WORD_CONTEXT] = "VM_CONTEXT", [VM_WORD_CALLERID] = "VM_CALLERID",
	[VM_WORD_CIDNAME] = "VM_CIDNAME", [VM_WORD_CIDNUM] = "VM_CIDNUM",
	[VM_WORD_DATE] = "VM_DATE",       [VM_WORD_MESSAGEFILE] = "VM_MESSAGEFILE",
	[VM_WORD_FLAG] = "VM_FLAG",
};

static int word_of(struct rd_str name)
{
	for (int i = 0; i < VM_WORDS; i++)
		if (rd_str_eq(name, rd_str_of(names[i])))
			return i;
	return -ENOENT;
}

/* Where the "}" of the "${" before it is; NULL: nowhere. There may be others within. */
static const char *closing(const char *at, const char *end)
{
	int depth = 1;

	for (; at < end; at++) {
		depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
		if (!depth)
			return at;
	}
	return NULL;
}

/* The next "${NAME}": what stands before it, and its name; false when there is none. */
static bool next_word(struct rd_str *rest, struct rd_str *before, struct rd_str *name)
{
	const char *at = rest->p;
	const char *end = rest->p + rest->n, *close;

	for (; at + 2 < end; at++)
		if (at[0] == '$' && at[1] == '{')
			break;
	close = at + 2 < end ? closing(at + 2, end) : NULL;
	if (!close) {
		*before = *rest;
		*rest = (struct rd_str){ end, 0 };
		return false;
	}
	*before = (struct rd_str){ rest->p, (size_t)(at - rest->p) };
	*name = (struct rd_str){ at + 2, (size_t)(close - at - 2) };
	*rest = (struct rd_str){ close + 1, (size_t)(end - close - 1) };
	return true;
}

static void undo_escapes(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == 'n' || text[1] == 't'))
			*to++ = *++text == 'n' ? '\n' : '\t';
		else
			*to++ = *text;
	}
	*to = '\0';
}

const char *vm_template_read(const char *value, void *dest, struct rd_pool *pool)
{
	struct rd_str rest = rd_str_of(value), before, name;
	char *text = rd_pool_strdup(pool, value);

	if (!text)
		return rd_option_no_memory;
	while (next_word(&rest, &before, &name))
		if (word_of(name) < 0 && rd_str_starts(name, RD_STR("VM_")))
			return "a text with no other variables than ${VM_NAME}, VM_DUR, VM_MSGNUM, "
			       "VM_MAILBOX, VM_CONTEXT, VM_CALLERID, VM_CIDNAME, VM_CIDNUM, "
			       "VM_DATE, VM_MESSAGEFILE and VM_FLAG";
	undo_escapes(text);
	*(const char **)dest = text;
	return NULL;
}

bool vm_template_lacks(const char *text, struct rd_str *word)
{
	struct rd_str rest = rd_str_of(text), before;

	while (next_word(&rest, &before, word))
		if (word_of(*word) < 0)
			return true;
	return false;
}

static void add(struct rd_buf *out, const char *p, size_t n, bool one_line)
{
	for (; n; p++, n--)
		rd_buf_addc(out, one_line && (unsigned char)*p < ' ' ? ' ' : *p);
}

void vm_template_fill(const char *text, const char *const words[VM_WORDS], bool one_line,
		      struct rd_buf *out)
{
	struct rd_str rest = rd_str_of(text), before, name;
	bool more = true;

	while (more) {
		more = next_word(&rest, &before, &name);
		add(out, before.p, before.n, one_line);
		if (more && word_of(name) >= 0)
			add(out, words[word_of(name)], strlen(words[word_of(name)]), one_line);
	}
}
