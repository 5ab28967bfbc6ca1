/* allow: which codecs there may be, and which of them are loaded. */
#include <stdio.h>

#include <ringdown/log.h>

#include "channels/sip/endpoint/settings_codecs.h"

static const char *const codec_names[] = {
	"all", "ulaw", "alaw", "g722", "g726", "g726aal2", "g726nonstd", "g729", "gsm", "ilbc",
	"lpc10", "opus", "slin", "slin12", "slin16", "slin24", "slin32", "slin44", "slin48",
	"speex", "speex16", "speex32", "g723", "codec2", "silk8", "silk12", "silk16",
	"silk24", "siren7", "siren14", "h261", "h263", "h263p", "h264", "h265", "vp8", "vp9",
	"av1", "t140", "red", "adpcm", "g719", "jpeg", "png", "mpeg4", "slin96", "slin192",
	"testlaw", NULL
};

/* Of these, those that no module here brings. */
static const char *const absent_names[] = {
	"ilbc", "lpc10", "speex", "speex16", "speex32", "g723", "codec2", "silk8", "silk12",
	"silk16", "silk24", "siren7", "siren14", "adpcm", "g719", "jpeg", "png", "mpeg4",
	"slin12", "slin24", "slin32", "slin44", "slin96", "slin192", "testlaw", NULL
};

/* ---- while sip.conf is read ---- */

static bool is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* One that we know of, or that a module has brought which we do not. */
static bool is_codec(const char *name)
{
	return is_among(codec_names, name) || rd_codec_find(name);
}

/* The next name in "ulaw, !alaw" that no codec has: true, with what is to be said of it. */
static bool next_unknown(struct rd_str *rest, char what[128])
{
	struct rd_str item;
	const char *near;
	char name[32];

	while (rest->n) {
		rd_str_cut(rest, ',', &item);
		item = rd_str_trim(item);
		if (item.n && item.p[0] == '!')
			item = (struct rd_str){ item.p + 1, item.n - 1 };
		rd_strcpyn(name, sizeof(name), item);
		if (is_codec(name))
			continue;
		near = rd_str_nearest(name, codec_names);
		snprintf(what, 128, "no codec is called \"%s\"%s%s%s", name,
			 near ? "; did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
		return true;
	}
	return false;
}

/* Likewise the next that is asked for, and that no module here brings. */
static bool next_absent(struct rd_str *rest, char what[128])
{
	struct rd_str item;
	char name[32];

	while (rest->n) {
		rd_str_cut(rest, ',', &item);
		rd_strcpyn(name, sizeof(name), rd_str_trim(item));
		if (!is_among(absent_names, name) || rd_codec_find(name))
			continue;
		snprintf(what, 128, "%s is not supported: opus, g722, alaw, ulaw and others are",
			 name);
		return true;
	}
	return false;
}

void sip_codecs_check(const struct rd_config_section *section, const char *allow,
		      const struct rd_config_line **told, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "allow");
	const char *name = rd_config_section_name(section);
	struct rd_str rest = rd_str_of(allow);
	char what[128];

	if (!line)
		return;
	while (next_unknown(&rest, what))
		rd_config_error(report, line->file, line->line, "%s: allow: %s", name, what);
	if (*told && line->line == (*told)->line && strcmp(line->file, (*told)->file) == 0)
		return;
	*told = line;
	rest = rd_str_of(allow);
	while (next_absent(&rest, what))
		rd_config_warning(report, line->file, line->line, "%s: allow: %s", name, what);
}

/* ---- when it comes into force ---- */

/* False when there is none. */
static bool find_codecs(struct sip_endpoint *endpoint)
{
	struct rd_str rest = rd_str_of(endpoint->allow), item;
	char known[256] = "";
	int count;

	/* One that no module brings is left out, the others still serve. */
	while (rest.n) {
		char name[32];
		const struct rd_codec *one[SIP_CODECS_MAX];

		rd_str_cut(&rest, ',', &item);
		if (!rd_strcpyn(name, sizeof(name), rd_str_trim(item)))
			continue;
		if (name[0] != '!' && rd_codec_list(name, one, SIP_CODECS_MAX, NULL) <= 0)
			continue;
		if (strlen(known) + strlen(name) + 2 < sizeof(known)) {
			strcat(known, known[0] ? "," : "");
			strcat(known, name);
		}
	}
	count = rd_codec_list(known, endpoint->codecs, SIP_CODECS_MAX, NULL);
	endpoint->codec_count = count > 0 ? count : 0;
	return endpoint->codec_count > 0;
}

/* At each of its hosts. */
static bool find_codecs_everywhere(struct sip_endpoint *endpoint)
{
	bool found = find_codecs(endpoint);

	for (struct sip_endpoint *at = endpoint->other_host; at; at = at->other_host)
		find_codecs(at);
	return found;
}

void sip_settings_find_codecs(struct sip_settings *settings)
{
	const struct sip_endpoint *mute = NULL;
	struct sip_endpoint *endpoint;
	unsigned count = 0;

	find_codecs(&settings->stranger);
	for (endpoint = settings->first; endpoint; endpoint = endpoint->next) {
		if (find_codecs_everywhere(endpoint))
			continue;
		mute = mute ? mute : endpoint;
		count++;
	}
	if (count == 1 && settings->mute != 1)
		rd_warning("sip.conf: %s: none of its codecs (%s) is loaded", mute->name,
			   mute->allow);
	else if (count != settings->mute && mute)
		rd_warning("sip.conf: %s: none of its codecs (%s) is loaded; so it is with "
			   "%u sections", mute->name, mute->allow, count);
	settings->mute = count;
}
