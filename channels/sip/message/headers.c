/* The structured headers but Via (via.c): lists, name-addr, CSeq and the other
 * small ones. */
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/headers.h"

static int fail(const char **what, const char *expected)
{
	if (what)
		*what = expected;
	return -EINVAL;
}

/* ---- lists ---- */

/* Past separators to the next element; false at the end. */
static bool list_start(struct rd_str *rest)
{
	const char *p = rest->p, *end = sip_end(*rest);

	while (p < end && (*p == ',' || sip_is(*p, SIP_CH_SPACE)))
		p++;
	*rest = sip_span(p, end);
	return p < end;
}

/* What follows an element that ended at stop: past the comma. */
static void list_advance(struct rd_str *rest, const char *stop)
{
	const char *end = sip_end(*rest);

	*rest = sip_span(stop < end ? stop + 1 : end, end);
}

bool sip_list_next(struct rd_str *rest, struct rd_str *element)
{
	const char *stop;

	if (!list_start(rest))
		return false;
	stop = sip_find_outside(rest->p, rest->p + rest->n, ',', ',');
	if (!stop) /* an open quote: all of it is the last element */
		stop = rest->p + rest->n;
	*element = sip_span(rest->p, sip_trim_end(rest->p, stop));
	list_advance(rest, stop);
	return true;
}

bool sip_list_has(struct rd_str list, struct rd_str token)
{
	struct rd_str element;

	while (sip_list_next(&list, &element))
		if (rd_str_ieq(element, token))
			return true;
	return false;
}

/* ---- name-addr ---- */

/* Words that may stand unquoted before '<'. */
static bool is_display(const char *p, const char *end)
{
	for (; p < end; p++)
		if (!sip_is(*p, SIP_CH_TOKEN | SIP_CH_SPACE) && !(*p & 0x80))
			return false;
	return true;
}

/* "display" before '<': to the '<', or NULL with *what. */
static const char *parse_display(struct sip_name_addr *addr, const char *p,
				 const char *end, const char **what)
{
	const char *start = p;

	if (*p == '"') {
		p = sip_skip_quoted(p, end);
		if (!p) {
			fail(what, "a closing quote was expected");
			return NULL;
		}
		addr->display = sip_span(start, p);
		p = sip_skip_space(p, end);
		if (p < end && *p == '<')
			return p;
		fail(what, "< was expected after the quoted name");
		return NULL;
	}
	while (p < end && *p != '<')
		p++;
	if (p > start) {
		if (!is_display(start, p)) {
			fail(what, "a name with such characters was expected in quotes");
			return NULL;
		}
		addr->display = sip_span(start, sip_trim_end(start, p));
	}
	return p;
}

/* Does this element use angle brackets? Only then may it hold a name. */
static bool has_bracket(const char *p, const char *end)
{
	for (; p < end && *p != '<'; p++)
		if (*p == ',' || *p == ';' || *p == ':')
			return false;
	return p < end;
}

static bool looks_like_uri(struct rd_str uri)
{
	if (uri.n <= 2 || !sip_is(uri.p[0], SIP_CH_ALPHA))
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if (sip_is(uri.p[i], SIP_CH_SPACE))
			return false;
	return true;
}

/* The URI; behind it, or NULL. */
static const char *parse_bracketed(struct sip_name_addr *addr, const char *p,
				   const char *end, const char **what)
{
	const char *close;

	p = parse_display(addr, p, end, what);
	if (!p)
		return NULL;
	close = memchr(p, '>', (size_t)(end - p));
	if (close)
		addr->uri = sip_span(p + 1, close);
	if (!close || !looks_like_uri(addr->uri)) {
		fail(what, "a URI was expected between < and >");
		return NULL;
	}
	return close + 1;
}

static const char *parse_bare(struct sip_name_addr *addr, const char *p,
			      const char *end, const char **what)
{
	const char *start = p;

	while (p < end && *p != ';' && *p != ',' && *p != '?')
		p++;
	addr->uri = sip_span(start, sip_trim_end(start, p));
	if (p < end && *p == '?') {
		fail(what, "a URI with ? was expected in angle brackets");
		return NULL;
	}
	if (!looks_like_uri(addr->uri)) {
		fail(what, "a URI such as sip:user@host was expected");
		return NULL;
	}
	return p;
}

/* The tag of ";a=b;tag=x", on the way to the end of the element. */
static const char *parse_addr_params(struct sip_name_addr *addr, const char *p,
				     const char *end, const char **what)
{
	const char *stop;

	p = sip_skip_space(p, end);
	if (p == end || *p == ',')
		return p;
	if (*p != ';') {
		fail(what, "; or , was expected after the URI");
		return NULL;
	}
	stop = sip_find_outside(p, end, ',', ',');
	if (!stop) {
		fail(what, "a closing quote was expected");
		return NULL;
	}
	addr->params = sip_span(p + 1, sip_trim_end(p + 1, stop));
	if (addr->params.n > 4 && !memcmp(addr->params.p, "tag=", 4) &&
	    !memchr(addr->params.p, ';', addr->params.n))
		addr->tag = sip_span(addr->params.p + 4, addr->params.p + addr->params.n);
	else
		sip_param_get(addr->params, RD_STR("tag"), &addr->tag);
	return stop;
}

int sip_name_addr_next(struct rd_str *rest, struct sip_name_addr *addr,
		       const char **what)
{
	const char *start, *p, *end;

	*addr = (struct sip_name_addr){ 0 };
	if (!list_start(rest))
		return 0;
	start = p = rest->p;
	end = p + rest->n;
	if (*p == '*' && (p + 1 == end || sip_is(p[1], SIP_CH_SPACE) || p[1] == ',')) {
		addr->is_star = true;
		p = sip_skip_space(p + 1, end);
		if (p < end && *p != ',')
			return fail(what, "nothing was expected after *");
	} else {
		p = *p == '"' || has_bracket(p, end) ?
			    parse_bracketed(addr, p, end, what) :
			    parse_bare(addr, p, end, what);
		if (p)
			p = parse_addr_params(addr, p, end, what);
		if (!p)
			return -EINVAL;
	}
	addr->text = sip_span(start, sip_trim_end(start, p));
	list_advance(rest, p);
	return 1;
}

int sip_name_addr_parse(struct sip_name_addr *addr, struct rd_str value,
			const char **what)
{
	const char *start = sip_skip_space(value.p, sip_end(value));
	const char *end = sip_trim_end(start, sip_end(value));
	int rc = sip_name_addr_next(&value, addr, what);

	if (rc < 0)
		return rc;
	if (rc == 0 || addr->is_star)
		return fail(what, "a URI such as <sip:user@host> was expected");
	/* A comma, even with nothing beside it: our tag would go astray. */
	if (addr->text.p != start || sip_end(addr->text) != end)
		return fail(what, "one address and not several was expected");
	return 0;
}

/* ---- the small ones ---- */

/* Behind "number SP method"; both there or NULL. */
static const char *parse_cseq(struct sip_cseq *cseq, const char *p, const char *end,
			      const char **what)
{
	const char *start;
	uint64_t number;

	/* RFC 3261 §8.1.1.5: less than 2^31. */
	p = sip_scan_number(p, end, 0x7fffffff, &number);
	if (!p) {
		fail(what, "a number below 2147483648 was expected");
		return NULL;
	}
	start = sip_skip_space(p, end);
	p = sip_skip(start, end, SIP_CH_TOKEN);
	if (start == p || sip_skip_space(p, end) != end) {
		fail(what, "a method was expected after the number");
		return NULL;
	}
	cseq->number = (uint32_t)number;
	cseq->method_name = sip_span(start, p);
	cseq->method = sip_method_of(cseq->method_name);
	return p;
}

int sip_cseq_parse(struct sip_cseq *cseq, struct rd_str value, const char **what)
{
	*cseq = (struct sip_cseq){ 0 };
	return parse_cseq(cseq, value.p, sip_end(value), what) ? 0 : -EINVAL;
}

int sip_rack_parse(struct sip_rack *rack, struct rd_str value, const char **what)
{
	const char *p = value.p, *end = sip_end(value);
	uint64_t number;

	*rack = (struct sip_rack){ 0 };
	p = sip_scan_number(p, end, 0xffffffff, &number);
	if (!p)
		return fail(what, "the RSeq number was expected first");
	rack->rseq = (uint32_t)number;
	return parse_cseq(&rack->cseq, sip_skip_space(p, end), end, what) ? 0 : -EINVAL;
}

int sip_media_type_parse(struct sip_media_type *type, struct rd_str value,
			 const char **what)
{
	const char *p = value.p, *end = sip_end(value), *stop;

	*type = (struct sip_media_type){ 0 };
	stop = sip_skip(p, end, SIP_CH_TOKEN);
	type->type = sip_span(p, stop);
	p = sip_skip_space(stop, end);
	if (!type->type.n || p == end || *p != '/')
		return fail(what, "type/subtype was expected");
	p = sip_skip_space(p + 1, end);
	stop = sip_skip(p, end, SIP_CH_TOKEN);
	type->subtype = sip_span(p, stop);
	p = sip_skip_space(stop, end);
	if (!type->subtype.n || (p < end && *p != ';'))
		return fail(what, "type/subtype was expected");
	if (p < end)
		type->params = sip_span(p + 1, end);
	return 0;
}

int sip_number_parse(uint32_t *number, struct rd_str value)
{
	const char *end = sip_end(value);
	const char *p = sip_skip_space(value.p, end);
	uint64_t n;

	if (p == end || !sip_is(*p, SIP_CH_DIGIT))
		return -EINVAL;
	p = sip_scan_number(p, end, 0xffffffff, &n);
	if (!p)
		return -ERANGE;
	p = sip_skip_space(p, end);
	if (p < end && *p != ';' && *p != '(')
		return -EINVAL;
	*number = (uint32_t)n;
	return 0;
}

struct rd_str sip_name_addr_untagged(const struct sip_name_addr *addr)
{
	const char *end = addr->params.p ? addr->params.p : addr->text.p + addr->text.n;
	struct rd_str text = { addr->text.p, (size_t)(end - addr->text.p) };

	while (text.n && (text.p[text.n - 1] == ';' || text.p[text.n - 1] == ' '))
		text.n--;
	return text;
}
