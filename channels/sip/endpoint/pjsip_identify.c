/* type=identify: its lines go to the endpoint that it names. Those that cannot be told here
 * are left out, so that nobody is taken for somebody. */
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/match_header.h"
#include "channels/sip/endpoint/pjsip_convert.h"
#include "channels/sip/message/network.h"

/* Why an element of match fits nobody here, or NULL. */
static const char *element_fault(struct rd_str element)
{
	struct rd_str rest = element, host;
	union sip_sockaddr address;
	struct sip_network network;
	char text[128];

	if (!rd_strcpyn(text, sizeof(text), element))
		return NULL;
	if (sip_network_parse(&network, text) == -EDOM)
		return "its mask has holes, write several networks; the line is left out";
	rd_str_cut(&rest, '/', &host);
	rd_strcpyn(text, sizeof(text), rd_str_trim(host));
	if (sip_hostport_parse(&address, text, 0) == 0 && sip_sockaddr_port(&address))
		return "ports are not looked at, write the address; the line is left out";
	return NULL;
}

static bool is_match(const struct rd_config_line *line)
{
	return strcasecmp(line->name, "match") == 0;
}

static bool is_header(const struct rd_config_line *line)
{
	return strcasecmp(line->name, "match_header") == 0;
}

static bool has_several_headers(const struct rd_config_section *identify)
{
	const struct rd_config_line *line = NULL;
	int count = 0;

	while ((line = rd_config_line_next(identify, line)))
		count += is_header(line) && *line->value;
	return count > 1;
}

static const char *header_fault(const struct rd_config_section *identify,
				const struct rd_config_line *line)
{
	return has_several_headers(identify)
		       ? "a section knows one header, write one for each; all are left out"
		       : sip_match_header_fault(line->value);
}

/* Whoever has no password is known by it alone. */
int pjsip_convert_match_header(struct pjsip *pjsip, struct rd_config_section *to,
			       const struct rd_config_line *line)
{
	const char *why = header_fault(pjsip->from, line);

	if (why)
		return pjsip_note(pjsip, line, why);
	if (!rd_config_get(to, "trust_match"))
		rd_config_warning(pjsip->report, line->file, line->line,
				  "whoever sends this header is [%s], an auth would ask for a "
				  "password", rd_config_section_name(to));
	return pjsip_add(pjsip, to, line, "match_header", line->value);
}

static const char *match_fault(const struct rd_config_line *line)
{
	struct rd_str rest = rd_str_of(line->value), element;
	const char *why = NULL;

	while (!why && rest.n) {
		rd_str_cut(&rest, ',', &element);
		why = element_fault(rd_str_trim(element));
	}
	return why;
}

int pjsip_convert_match(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *line)
{
	const char *why = match_fault(line);

	return why ? pjsip_note(pjsip, line, why)
		   : pjsip_add(pjsip, to, line, "match", line->value);
}

/* "!192.0.2.7": anybody but him. */
static const struct rd_config_line *find_negated(const struct rd_config_section *identify)
{
	const struct rd_config_line *line = NULL;

	while ((line = rd_config_line_next(identify, line)))
		if (is_match(line) && strchr(line->value, '!'))
			break;
	return line;
}

/* Does it say whose requests are its own? */
static bool tells(const struct rd_config_line *line)
{
	return *line->value && (is_match(line) || is_header(line));
}

static const char *line_fault(const struct rd_config_section *identify,
			      const struct rd_config_line *line)
{
	return is_match(line) ? match_fault(line) : header_fault(identify, line);
}

static bool serves(const struct rd_config_section *identify)
{
	const struct rd_config_line *line = NULL;

	if (find_negated(identify))
		return false;
	while ((line = rd_config_line_next(identify, line)))
		if (tells(line) && !line_fault(identify, line))
			return true;
	return false;
}

enum pjsip_identified pjsip_identified(const struct pjsip *pjsip, const char *endpoint)
{
	const struct rd_config_section *section = NULL;
	enum pjsip_identified found = PJSIP_UNIDENTIFIED;

	while ((section = pjsip_next_of_type(pjsip, section, "identify"))) {
		const char *named = pjsip_value(section, "endpoint");

		if (!named || strcmp(named, endpoint) != 0 ||
		    !(pjsip_line(section, "match") || pjsip_line(section, "match_header")))
			continue;
		if (serves(section))
			return PJSIP_IDENTIFIED;
		found = PJSIP_SPOILT;
	}
	return found;
}

/* Why nothing is made of it. */
static int note_faults(struct pjsip *pjsip, const struct rd_config_section *identify)
{
	const struct rd_config_line *line = find_negated(identify);
	const char *why;
	int rc = 0;

	if (line)
		return pjsip_note(pjsip, line,
				  "say who fits, not who does not; the section is left out");
	while (rc == 0 && (line = rd_config_line_next(identify, line))) {
		why = tells(line) ? line_fault(identify, line) : NULL;
		rc = why ? pjsip_note(pjsip, line, why) : 0;
	}
	return rc;
}

/* The lines of an identify section go to the endpoint that it names. */
int pjsip_take_identify(struct pjsip *pjsip, const struct rd_config_section *identify)
{
	const struct rd_config_line *line = pjsip_line(identify, "endpoint");
	struct rd_config_section *to = line ? rd_map_get(pjsip->ours, line->value) : NULL;

	if (to && find_negated(identify))
		return note_faults(pjsip, identify);
	if (to)
		return pjsip_translate(pjsip, pjsip_identify_options, to, identify);
	if (line && rd_map_get(pjsip->left_out, line->value))
		return note_faults(pjsip, identify);
	if (line)
		rd_config_warning(pjsip->report, line->file, line->line,
				  "[%s] is left out: there is no endpoint \"%s\"",
				  rd_config_section_name(identify), line->value);
	else
		rd_config_error(pjsip->report, rd_config_section_file(identify),
				rd_config_section_line(identify),
				"[%s] a line \"endpoint = ...\" was expected",
				rd_config_section_name(identify));
	return 0;
}
