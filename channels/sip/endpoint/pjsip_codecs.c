/* allow and disallow as Asterisk writes them: "ulaw|alaw:30", "(g722|ulaw)", names in any
 * case, formats of one's own from codecs.conf. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "channels/sip/endpoint/pjsip_convert.h"

/* "[myopus] type = opus" in codecs.conf: opus. NULL: there is none. */
static const char *codec_of_format(const struct pjsip *pjsip, const char *name)
{
	const struct rd_config_section *section =
		pjsip->formats ? rd_config_find(pjsip->formats, name) : NULL;

	return section ? rd_config_get(section, "type") : NULL;
}

int pjsip_read_formats(struct pjsip *pjsip)
{
	struct rd_config_report *unseen; /* the codecs read it for themselves */
	int rc = rd_config_report_new(&unseen);

	if (rc)
		return rc;
	rc = rd_config_load_merged(&pjsip->formats, "codecs.conf", RD_SECOND_JOINS, unseen);
	rd_config_report_free(unseen);
	return rc == -ENOMEM ? rc : 0;
}

/* "30" of "alaw:30": one length holds for all codecs of a phone. */
static int take_length(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_line *line, struct rd_str length)
{
	const char *former = rd_config_get(to, "ptime");
	char text[16];

	if (!length.n)
		return 0;
	if (!rd_strcpyn(text, sizeof(text), length))
		return pjsip_note(pjsip, line, "milliseconds such as ulaw:20 are");
	if (former && strcmp(former, text) != 0)
		return pjsip_note(pjsip, line, "the first length of packets holds for all codecs");
	return former ? 0 : pjsip_add(pjsip, to, line, "ptime", text);
}

static struct rd_str without_parentheses(struct rd_str text)
{
	text = rd_str_trim(text);
	if (text.n > 1 && text.p[0] == '(' && text.p[text.n - 1] == ')')
		text = (struct rd_str){ text.p + 1, text.n - 2 };
	return text;
}

/* The next of "a,b|c". */
static void cut_item(struct rd_str *rest, struct rd_str *item)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ',' && rest->p[n] != '|')
		n++;
	*item = rd_str_trim((struct rd_str){ rest->p, n });
	n = n < rest->n ? n + 1 : n;
	*rest = (struct rd_str){ rest->p + n, rest->n - n };
}

/* One name of the list as ours has it. 0, -E2BIG or -ENOMEM. */
static int add_item(const struct pjsip *pjsip, struct rd_buf *list, struct rd_str item, bool refuse)
{
	char name[64];
	const char *codec;

	if (item.n && item.p[0] == '!') {
		refuse = true;
		item = (struct rd_str){ item.p + 1, item.n - 1 };
	}
	if (!rd_strcpyn(name, sizeof(name), item))
		return -E2BIG;
	if (strcasecmp(name, "none") == 0) {
		if (refuse)
			return 0;
		refuse = true;
		strcpy(name, "all");
	}
	codec = codec_of_format(pjsip, name);
	rd_buf_printf(list, "%s%s", *rd_buf_text(list) ? "," : "", refuse ? "!" : "");
	for (const char *p = codec ? codec : name; *p; p++)
		rd_buf_addc(list, (char)tolower((unsigned char)*p));
	return list->failed ? -ENOMEM : 0;
}

/* disallow=all, then allow=ulaw: one list that is read from left to right. */
int pjsip_convert_allow(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *line)
{
	bool refuse = strcasecmp(line->name, "disallow") == 0;
	struct rd_str rest = without_parentheses(rd_str_of(line->value)), item, name;
	const char *former = rd_config_get(to, "allow");
	struct rd_buf list;
	int rc = 0;

	rd_buf_init(&list);
	rd_buf_adds(&list, former ? former : "");
	while (rc == 0 && rest.n) {
		cut_item(&rest, &item);
		rd_str_cut(&item, ':', &name);
		rc = item.n ? take_length(pjsip, to, line, item) : 0;
		if (rc == 0 && name.n)
			rc = add_item(pjsip, &list, name, refuse);
	}
	if (rc == -E2BIG)
		rc = pjsip_note(pjsip, line, "names of up to 63 letters are");
	else if (rc == 0 && list.n)
		rc = pjsip_add(pjsip, to, line, "allow", rd_buf_text(&list));
	rd_buf_fini(&list);
	return rc;
}
