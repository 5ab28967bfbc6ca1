/* ICE in descriptions: candidates, credentials, and which line's count. */
#include "channels/sip/message/chars.h"
#include "channels/sip/sdp/ice.h"

/* ---- candidates ---- */

static struct rd_str word(struct rd_str *text)
{
	struct rd_str head;

	*text = rd_str_trim(*text);
	rd_str_cut(text, ' ', &head);
	return head;
}

static bool number(struct rd_str text, uint64_t max, uint64_t *value)
{
	return rd_str_to_u64(text, max, value) == 0;
}

static bool type_of(struct rd_str name, enum rd_ice_type *type)
{
	static const char *const names[] = { "host", "srflx", "prflx", "relay" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (rd_str_ieq(name, rd_str_of(names[i]))) {
			*type = (enum rd_ice_type)i;
			return true;
		}
	return false;
}

static bool address_of(struct sockaddr_storage *out, struct rd_str host, struct rd_str port)
{
	union sip_sockaddr address;
	uint64_t n;

	if (!number(port, 65535, &n) || sip_sockaddr_parse(&address, host, (uint16_t)n))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out, &address, sip_sockaddr_len(&address));
	return true;
}

/* "raddr 10.0.0.5 rport 5000", among other things that may follow. */
static void read_extensions(struct rd_ice_candidate *candidate, struct rd_str rest)
{
	struct rd_str raddr = { 0 }, rport = { 0 }, name, value;

	while ((name = word(&rest)).n) {
		value = word(&rest);
		if (rd_str_ieq(name, RD_STR("raddr")))
			raddr = value;
		else if (rd_str_ieq(name, RD_STR("rport")))
			rport = value;
	}
	if (!raddr.n || !address_of(&candidate->related, raddr, rport))
		candidate->related.ss_family = 0;
}

bool sdp_candidate_parse(struct rd_ice_candidate *candidate, struct rd_str value)
{
	struct rd_str foundation = word(&value), component = word(&value);
	struct rd_str transport = word(&value), priority = word(&value);
	struct rd_str host = word(&value), port = word(&value);
	bool typ = rd_str_ieq(word(&value), RD_STR("typ"));
	struct rd_str type = word(&value);
	uint64_t n, p;

	memset(candidate, 0, sizeof(*candidate));
	if (!rd_strcpyn(candidate->foundation, sizeof(candidate->foundation), foundation) ||
	    !number(component, 256, &n) || !rd_str_ieq(transport, RD_STR("udp")) ||
	    !number(priority, UINT32_MAX, &p) || !address_of(&candidate->address, host, port) ||
	    !typ || !type_of(type, &candidate->type))
		return false;
	candidate->component = (int)n;
	candidate->priority = (uint32_t)p;
	read_extensions(candidate, value);
	return true;
}

static void print_address(struct sip_out *out, const struct sockaddr_storage *storage,
			  const char *before, const char *between)
{
	union sip_sockaddr address;
	char host[SIP_SOCKADDR_TEXT];

	memcpy(&address, storage, sizeof(address));
	sip_out_cstr(out, before);
	sip_out_add(out, host, sip_sockaddr_host(&address, host));
	sip_out_cstr(out, between);
	sip_out_number(out, sip_sockaddr_port(&address));
}

void sdp_candidate_print(struct sip_out *out, const struct rd_ice_candidate *candidate)
{
	static const char *const types[] = { " typ host", " typ srflx", " typ prflx",
					     " typ relay" };

	sip_out_cstr(out, candidate->foundation);
	sip_out_char(out, ' ');
	sip_out_number(out, (uint64_t)candidate->component);
	sip_out_cstr(out, " UDP ");
	sip_out_number(out, candidate->priority);
	print_address(out, &candidate->address, " ", " ");
	sip_out_cstr(out, types[candidate->type]);
	if (candidate->related.ss_family)
		print_address(out, &candidate->related, " raddr ", " rport ");
}

/* ---- lines that share a transport ---- */

struct rd_str sdp_mid(const struct sdp_media *media)
{
	struct rd_str mid = { 0 };

	return sdp_attribute_get(NULL, media, RD_STR("mid"), &mid) ? mid
								   : (struct rd_str){ 0 };
}

static const struct sdp_media *media_of(const struct sdp *sdp, struct rd_str mid)
{
	for (const struct sdp_media *media = sdp->media; media; media = media->next)
		if (rd_str_eq(sdp_mid(media), mid))
			return media;
	return NULL;
}

bool sdp_bundled(const struct sdp *sdp, const struct sdp_media *media,
		 const struct sdp_media **tag)
{
	struct rd_str mid = sdp_mid(media), group, first, member;
	unsigned index = 0;

	while (mid.n && sdp_attribute_each(&sdp->attributes, RD_STR("group"), &index, &group)) {
		if (!rd_str_ieq(word(&group), RD_STR("BUNDLE")))
			continue;
		first = group;
		first = word(&first);
		while ((member = word(&group)).n) {
			if (!rd_str_eq(member, mid))
				continue;
			if (tag)
				*tag = media_of(sdp, first);
			return true;
		}
	}
	return false;
}

/* ---- one line's ICE ---- */

static struct sdp_ice *ice_new(unsigned count)
{
	return rd_zalloc(sizeof(struct sdp_ice) + count * sizeof(struct rd_ice_candidate));
}

struct sdp_ice *sdp_ice_dup(const struct sdp_ice *ice)
{
	struct sdp_ice *copy = ice_new(ice->count);

	if (copy)
		memcpy(copy, ice, sizeof(*ice) + ice->count * sizeof(ice->candidates[0]));
	return copy;
}

static bool find(const struct sdp *sdp, const struct sdp_media *media, struct rd_str name,
		 struct rd_str *value)
{
	return sdp_attribute_get(sdp, media, name, value) ||
	       sdp_attribute_get(sdp, NULL, name, value);
}

static unsigned count_candidates(const struct sdp_media *media)
{
	unsigned index = 0, count = 0;
	struct rd_str value;

	while (sdp_attribute_each(&media->attributes, RD_STR("candidate"), &index, &value))
		count++;
	return RD_MIN(count, (unsigned)SDP_CANDIDATES_MAX);
}

static void add(struct sdp_ice *ice, unsigned max, struct rd_str value)
{
	if (ice->count < max && sdp_candidate_parse(&ice->candidates[ice->count], value))
		ice->count++;
}

/* Which line holds the transport's attributes: its own, or its group's first. */
static const struct sdp_media *transport_of(const struct sdp *sdp,
					    const struct sdp_media *media)
{
	const struct sdp_media *tag = NULL;

	if (sdp_attribute_get(sdp, media, RD_STR("ice-ufrag"), NULL) ||
	    !sdp_bundled(sdp, media, &tag) || !tag)
		return media;
	return tag;
}

bool sdp_has_ice(const struct sdp *sdp, const struct sdp_media *media)
{
	return find(sdp, transport_of(sdp, media), RD_STR("ice-ufrag"), &(struct rd_str){ 0 });
}

int sdp_ice_read(struct sdp_ice **icep, const struct sdp *sdp, const struct sdp_media *media)
{
	const struct sdp_media *transport = transport_of(sdp, media);
	unsigned index = 0, max = count_candidates(transport);
	struct rd_str ufrag, pwd, value;
	struct sdp_ice *ice;

	if (!find(sdp, transport, RD_STR("ice-ufrag"), &ufrag) ||
	    !find(sdp, transport, RD_STR("ice-pwd"), &pwd))
		return -ENOENT;
	ice = ice_new(max);
	if (!ice)
		return -ENOMEM;
	if (!rd_strcpyn(ice->ufrag, sizeof(ice->ufrag), ufrag) ||
	    !rd_strcpyn(ice->pwd, sizeof(ice->pwd), pwd)) {
		rd_free(ice);
		return -ENOENT;
	}
	ice->lite = sdp_attribute_get(sdp, NULL, RD_STR("ice-lite"), NULL);
	ice->ended = find(sdp, transport, RD_STR("end-of-candidates"), NULL);
	while (sdp_attribute_each(&transport->attributes, RD_STR("candidate"), &index, &value))
		add(ice, max, value);
	*icep = ice;
	return 0;
}

/* ---- fragments ---- */

/* Where reading has come to: lines before the first section are for all. */
struct fragment {
	struct sdp_ice *ice;
	struct rd_str mid;
	bool concerned;
};

static void read_attribute(struct fragment *fragment, struct rd_str name, struct rd_str value)
{
	struct sdp_ice *ice = fragment->ice;

	if (rd_str_eq(name, RD_STR("mid")))
		fragment->concerned = !fragment->mid.n || rd_str_eq(value, fragment->mid);
	else if (!fragment->concerned)
		return;
	else if (rd_str_eq(name, RD_STR("ice-ufrag")))
		rd_strcpyn(ice->ufrag, sizeof(ice->ufrag), value);
	else if (rd_str_eq(name, RD_STR("ice-pwd")))
		rd_strcpyn(ice->pwd, sizeof(ice->pwd), value);
	else if (rd_str_eq(name, RD_STR("end-of-candidates")))
		ice->ended = true;
	else if (rd_str_eq(name, RD_STR("candidate")))
		add(ice, SDP_CANDIDATES_MAX, value);
}

static void read_line(struct fragment *fragment, struct rd_str line)
{
	struct rd_str name;

	/* Whose section it is is said next. */
	if (rd_str_starts(line, RD_STR("m=")))
		fragment->concerned = !fragment->mid.n;
	if (!rd_str_starts(line, RD_STR("a=")))
		return;
	line = (struct rd_str){ line.p + 2, line.n - 2 };
	rd_str_cut(&line, ':', &name);
	read_attribute(fragment, name, line);
}

int sdp_ice_read_fragment(struct sdp_ice **icep, struct rd_str text, struct rd_str mid)
{
	struct fragment fragment = { ice_new(SDP_CANDIDATES_MAX), mid, true };
	struct rd_str line;

	if (!fragment.ice)
		return -ENOMEM;
	while (text.n) {
		rd_str_cut(&text, '\n', &line);
		read_line(&fragment, rd_str_trim(line));
	}
	if (!fragment.ice->ufrag[0]) {
		rd_free(fragment.ice);
		return -ENOENT;
	}
	*icep = fragment.ice;
	return 0;
}
