/* Reading session descriptions. One pass over the lines; unknown ones are
 * skipped, what is understood of an attribute goes to a field besides. */
#include "channels/sip/message/chars.h"
#include "channels/sip/sdp/private.h"

struct parser {
	struct sdp *sdp;
	struct sdp_media *media; /* the m= section that we are in; NULL: session */
	struct sdp_media **tail; /* where the next one is linked */
	unsigned line;
	const char *what;
};

static int fail(struct parser *parser, const char *what)
{
	parser->what = what;
	return -EINVAL;
}

/* The next word of text, spaces skipped; absent at the end. */
static inline struct rd_str word(struct rd_str *text)
{
	const char *p = text->p, *end = sip_end(*text), *start;

	while (p < end && *p == ' ')
		p++;
	for (start = p; p < end && *p != ' '; p++)
		;
	*text = sip_span(p, end);
	return sip_span(start, p);
}

static bool number(struct rd_str text, uint64_t max, uint64_t *value)
{
	const char *end = sip_end(text);

	return text.n && sip_scan_number(text.p, end, max, value) == end;
}

/* rd_str_cut() for texts so short that the call would be most of it. */
static inline bool cut(struct rd_str *rest, char c, struct rd_str *head)
{
	const char *p = rest->p, *end = sip_end(*rest);

	while (p < end && *p != c)
		p++;
	*head = sip_span(rest->p, p);
	*rest = p < end ? sip_span(p + 1, end) : (struct rd_str){ 0 };
	return p < end;
}

static inline bool is(struct rd_str s, const char *text, size_t n)
{
	return s.n == n && !memcmp(s.p, text, n);
}

static uint8_t family_of(struct rd_str type)
{
	if (is(type, "IP4", 3))
		return AF_INET;
	return is(type, "IP6", 3) ? AF_INET6 : 0;
}

/* ---- lines ---- */

static int parse_version(struct parser *parser, struct rd_str value)
{
	return is(value, "0", 1) ? 0 : fail(parser, "v=: 0 was expected");
}

static int parse_origin(struct parser *parser, struct rd_str value)
{
	struct sdp *sdp = parser->sdp;
	struct rd_str id, version, nettype;

	sdp->origin_user = word(&value);
	id = word(&value);
	version = word(&value);
	nettype = word(&value);
	sdp->origin_family = family_of(word(&value));
	sdp->origin_address = word(&value);
	if (!nettype.n || !sdp->origin_address.n)
		return fail(parser, "o=: user, two numbers, IN, IP4 or IP6 and an "
				    "address were expected");
	/* Some make ids too large for 64 bits, or not numeric; nobody
	 * computes with theirs. */
	number(id, UINT64_MAX, &sdp->session_id);
	number(version, UINT64_MAX, &sdp->session_version);
	return 0;
}

static int parse_connection(struct parser *parser, struct rd_str value)
{
	struct sdp_connection *connection = parser->media ? &parser->media->connection :
							    &parser->sdp->connection;
	struct rd_str nettype = word(&value), type = word(&value), address = word(&value);
	struct rd_str rest = address;

	cut(&rest, '/', &address); /* ttl and count of multicast */
	if (!is(nettype, "IN", 2) || !family_of(type) || !address.n)
		return fail(parser, "c=: IN, IP4 or IP6 and an address were expected");
	if (connection->family) /* several: layered multicast; the first counts */
		return 0;
	connection->family = family_of(type);
	connection->address = address;
	return 0;
}

static int parse_bandwidth(struct parser *parser, struct rd_str value)
{
	struct sdp_bandwidth *bandwidth = parser->media ? &parser->media->bandwidth :
							  &parser->sdp->bandwidth;
	struct rd_str type;
	uint64_t n;

	if (!cut(&value, ':', &type) || !number(value, UINT32_MAX, &n))
		return 0; /* nobody ends a call over this */
	if (!bandwidth->type.n)
		*bandwidth = (struct sdp_bandwidth){ type, (uint32_t)n };
	return 0;
}

static int parse_port(struct parser *parser, struct sdp_media *media, struct rd_str text)
{
	struct rd_str port;
	uint64_t n, count = 1;
	bool several = cut(&text, '/', &port);

	if (!number(port, 65535, &n) || (several && !number(text, 65535, &count)))
		return fail(parser, "m=: a port from 0 to 65535 was expected");
	media->port = (uint16_t)n;
	media->port_count = (uint16_t)count;
	return 0;
}

static int parse_formats(struct parser *parser, struct sdp_media *media,
			 struct rd_str list)
{
	struct rd_str text;

	while ((text = word(&list)).n) {
		struct sdp_format *format = sdp__format_new(parser->sdp, media);
		uint64_t type;

		if (!format)
			return -ENOMEM;
		format->text = text;
		format->payload_type = -1;
		if (media->is_rtp && number(text, 127, &type)) {
			format->payload_type = (int16_t)type;
			sdp_static_format((unsigned)type, format);
		}
	}
	return media->format_count ? 0 : fail(parser, "m=: at least one format was "
						      "expected");
}

static int parse_media(struct parser *parser, struct rd_str value)
{
	struct sdp_media *media = sdp__media_new(parser->sdp);
	int rc;

	if (!media)
		return -ENOMEM;
	*parser->tail = media;
	parser->tail = &media->next;
	parser->sdp->media_count++;
	parser->media = media;
	media->kind_text = word(&value);
	media->kind = sdp__kind_of(media->kind_text);
	rc = parse_port(parser, media, word(&value));
	if (rc)
		return rc;
	media->protocol = word(&value);
	if (!media->protocol.n)
		return fail(parser, "m=: a protocol such as RTP/AVP was expected");
	media->is_rtp = sdp__is_rtp(media->protocol);
	return parse_formats(parser, media, value);
}

/* ---- attributes ---- */

static struct sdp_format *format_of(struct sdp_media *media, struct rd_str type)
{
	for (unsigned i = 0; i < media->format_count; i++)
		if (rd_str_eq(media->formats[i].text, type))
			return &media->formats[i];
	return NULL;
}

/* "96 opus/48000/2" */
static void parse_rtpmap(struct sdp_media *media, struct rd_str value)
{
	struct sdp_format *format = format_of(media, word(&value));
	struct rd_str mapping = word(&value), name, rate;
	uint64_t hertz, channels = 1;

	if (!format || !cut(&mapping, '/', &name) || !name.n)
		return;
	if (cut(&mapping, '/', &rate))
		number(mapping, 255, &channels);
	if (!number(rate, UINT32_MAX, &hertz) || !hertz)
		return;
	format->encoding = name;
	format->rate = (uint32_t)hertz;
	format->channels = (uint8_t)(channels ? channels : 1);
}

static void parse_fmtp(struct sdp_media *media, struct rd_str value)
{
	struct sdp_format *format = format_of(media, word(&value));

	if (format)
		format->fmtp = rd_str_trim(value);
}

static void parse_ms(uint16_t *ms, struct rd_str value)
{
	const char *end = sip_end(value);
	uint64_t n;

	/* "20.0" has been seen: what follows the digits is let go. */
	if (sip_scan_number(value.p, end, 65535, &n))
		*ms = (uint16_t)n;
}

static void parse_rtcp(struct sdp_media *media, struct rd_str value)
{
	uint64_t port;

	if (number(word(&value), 65535, &port))
		media->rtcp_port = (uint16_t)port;
}

/* Is one of the words, or the part of it before "=", this one? */
static bool names(struct rd_str list, struct rd_str word)
{
	struct rd_str item, name;

	while (rd_str_cut(&list, ' ', &item) || item.n) {
		rd_str_cut(&item, '=', &name);
		if (rd_str_ieq(name, word))
			return true;
	}
	return false;
}

static void parse_media_attribute(struct sdp_media *media, struct rd_str name,
				  struct rd_str value)
{
	if (is(name, "rtpmap", 6))
		parse_rtpmap(media, value);
	else if (is(name, "fmtp", 4))
		parse_fmtp(media, value);
	else if (is(name, "ptime", 5))
		parse_ms(&media->ptime, value);
	else if (is(name, "maxptime", 8))
		parse_ms(&media->maxptime, value);
	else if (is(name, "rtcp", 4))
		parse_rtcp(media, value);
	else if (is(name, "rtcp-mux", 8))
		media->rtcp_mux = true;
	else if (is(name, "rtcp-xr", 7))
		media->rtcp_xr = names(value, RD_STR("voip-metrics"));
}

static int parse_attribute(struct parser *parser, struct rd_str value)
{
	struct sdp_media *media = parser->media;
	enum sdp_direction direction;
	struct rd_str name;

	if (!cut(&value, ':', &name) && sdp__direction_of(name, &direction)) {
		if (media)
			media->direction = direction;
		else
			parser->sdp->direction = direction;
		*(media ? &media->has_direction : &parser->sdp->has_direction) = true;
	} else if (media) {
		parse_media_attribute(media, name, value);
	}
	return sdp_attribute_add(parser->sdp, media, name, value);
}

/* ---- all ---- */

static int parse_line(struct parser *parser, char type, struct rd_str value)
{
	switch (type) {
	case 'v':
		return parse_version(parser, value);
	case 'o':
		return parse_origin(parser, value);
	case 's':
		parser->sdp->name = value;
		return 0;
	case 'c':
		return parse_connection(parser, value);
	case 'b':
		return parse_bandwidth(parser, value);
	case 'm':
		return parse_media(parser, value);
	case 'a':
		return parse_attribute(parser, value);
	default: /* i u e p t r z k and what may come */
		return 0;
	}
}

static int parse_lines(struct parser *parser, const char *p, const char *end)
{
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *next = lf ? lf + 1 : end;
		const char *stop = lf ? lf : end;
		int rc;

		parser->line++;
		if (stop > p && stop[-1] == '\r')
			stop--;
		if (stop == p) {
			p = next;
			continue;
		}
		if (stop - p < 2 || p[1] != '=')
			return fail(parser, "a line such as v=0 was expected");
		if (parser->line == 1 && *p != 'v')
			return fail(parser, "v=0 was expected first");
		rc = parse_line(parser, *p, sip_span(p + 2, stop));
		if (rc)
			return rc;
		p = next;
	}
	return parser->line ? 0 : fail(parser, "v=0 was expected first");
}

/* A media line without direction has the session's; without connection of
 * either there is nowhere to send to. */
static int finish(struct parser *parser)
{
	struct sdp *sdp = parser->sdp;

	for (struct sdp_media *media = sdp->media; media; media = media->next) {
		if (!media->has_direction)
			media->direction = sdp->direction;
		if (media->port && !media->connection.family && !sdp->connection.family)
			return fail(parser, "c=: a connection was expected for each "
					    "media line");
	}
	return 0;
}

/* RFC 8866 §9: no byte of it is a NUL. One behind the end is left off. */
static bool is_text(struct rd_str *text)
{
	while (text->n && text->p[text->n - 1] == '\0')
		text->n--;
	return !text->n || !memchr(text->p, '\0', text->n);
}

int sdp_parse(struct sdp **sp, struct rd_pool *pool, struct rd_str text,
	      struct sdp_error *error)
{
	struct parser parser = { .sdp = sdp_new(pool) };
	bool good = is_text(&text);
	char *copy = rd_pool_alloc(pool, text.n);
	int rc;

	if (!parser.sdp || !copy)
		return -ENOMEM;
	if (text.n)
		memcpy(copy, text.p, text.n);
	parser.tail = &parser.sdp->media;
	rc = good ? parse_lines(&parser, copy, copy + text.n)
		  : fail(&parser, "text without a NUL was expected");
	if (!rc)
		rc = finish(&parser);
	if (rc == -EINVAL && error)
		*error = (struct sdp_error){ parser.line, parser.what };
	if (!rc)
		*sp = parser.sdp;
	return rc;
}
