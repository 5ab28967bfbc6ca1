/* Lines that share one port (RFC 9143) in offer and answer. Theirs are read as if each
 * said all of the transport that its group has; ours say it once. */
#include <string.h>

#include "channels/sip/call/session_private.h"

/* What speaks of the transport (RFC 8859): of a group, its first line says it for all. */
static bool is_of_transport(struct rd_str name)
{
	static const char *const names[] = { "ice-ufrag",   "ice-pwd",	      "ice-options",
					     "candidate",   "remote-candidates",
					     "end-of-candidates", "fingerprint", "setup",
					     "tls-id",	    "crypto",	      "rtcp" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (rd_str_eq(name, rd_str_of(names[i])))
			return true;
	return false;
}

/* ---- which lines are a group ---- */

static struct rd_str group_of(const struct sdp *sdp)
{
	struct rd_str value, word;
	unsigned at = 0;

	while (sdp_attribute_each(&sdp->attributes, RD_STR("group"), &at, &value)) {
		value = rd_str_trim(value);
		rd_str_cut(&value, ' ', &word);
		if (rd_str_ieq(word, RD_STR("BUNDLE")))
			return value;
	}
	return (struct rd_str){ 0 };
}

static struct rd_str next_mid(struct rd_str *group)
{
	struct rd_str mid;

	*group = rd_str_trim(*group);
	rd_str_cut(group, ' ', &mid);
	return mid;
}

static bool is_in(struct rd_str group, struct rd_str mid)
{
	while (mid.n && group.n)
		if (rd_str_eq(next_mid(&group), mid))
			return true;
	return false;
}

static const struct sdp_media *line_of(const struct sdp *sdp, struct rd_str mid, int *index)
{
	*index = 0;
	for (const struct sdp_media *m = sdp->media; m; m = m->next, (*index)++)
		if (rd_str_eq(sdp_mid(m), mid))
			return m;
	return NULL;
}

/* May it speak for its group (§7.3.1)? One that is refused may not. */
static bool may_lead(const struct sip_media_policy *policy, const struct sdp_media *media)
{
	struct rd_stream_config config;

	if (!media->port || !media->rtcp_mux)
		return false;
	if (media->kind == SDP_AUDIO)
		return sip_session_agree_on_line(&config, policy, media, true);
	return (media->kind == SDP_VIDEO && sip_beside_wanted(policy, 0)) ||
	       (media->kind == SDP_TEXT && sip_beside_wanted(policy, 1));
}

static const struct sdp_media *leader_of(const struct sip_media_policy *policy,
					 const struct sdp *sdp, struct rd_str group, int *index)
{
	while (group.n) {
		const struct sdp_media *media = line_of(sdp, next_mid(&group), index);

		if (media && may_lead(policy, media))
			return media;
	}
	return NULL;
}

/* ---- as if each said it ---- */

static int copy_attributes(struct sdp *sdp, struct sdp_media *to, const struct sdp_media *from,
			   bool transport)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < from->attributes.count; i++) {
		const struct sdp_attribute *one = &from->attributes.list[i];

		if (is_of_transport(one->name) == transport)
			rc = sdp_attribute_add(sdp, to, one->name, one->value);
	}
	return rc;
}

static bool is_disabled(const struct sdp_media *media)
{
	return !media->port && !sdp_attribute_get(NULL, media, RD_STR("bundle-only"), NULL);
}

static int spread_to(struct sdp *sdp, struct sdp_media *media, const struct sdp_media *line,
		     const struct sdp_media *leader)
{
	int rc;

	memset(&media->attributes, 0, sizeof(media->attributes));
	media->port = leader->port;
	media->connection = leader->connection;
	media->rtcp_mux = true;
	media->rtcp_port = 0;
	rc = copy_attributes(sdp, media, line, false);
	return rc ? rc : copy_attributes(sdp, media, leader, true);
}

int sip_bundle_spread(const struct sdp **sdpp, const struct sip_media_policy *policy,
		      struct sip_bundle *bundle)
{
	const struct sdp *sdp = *sdpp;
	const struct sdp_media *leader;
	struct sdp_media **tail;
	struct sdp *copy;
	int rc = 0;

	*bundle = (struct sip_bundle){ .leader = -1, .group = group_of(sdp) };
	leader = policy->bundle ? leader_of(policy, sdp, bundle->group, &bundle->leader) : NULL;
	if (!leader) {
		bundle->leader = -1;
		return 0;
	}
	copy = rd_pool_alloc(sdp->pool, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *sdp;
	tail = &copy->media;
	for (const struct sdp_media *line = sdp->media; line && rc == 0; line = line->next) {
		struct sdp_media *media = rd_pool_alloc(sdp->pool, sizeof(*media));

		if (!media)
			return -ENOMEM;
		*media = *line;
		*tail = media;
		tail = &media->next;
		if (line != leader && is_in(bundle->group, sdp_mid(line)) && !is_disabled(line))
			rc = spread_to(copy, media, line, leader);
	}
	*sdpp = copy;
	return rc;
}

/* ---- what is agreed on ---- */

static struct rd_stream_config *config_of(struct sip_session *session,
					  struct rd_stream_config *sound, int number)
{
	return number == RD_MEDIA_AUDIO ? sound : &session->beside->lines[number - 1].config;
}

/* Where it stands; -1: nowhere. */
static int place_of(const struct sip_session *session, int number)
{
	const struct sip_beside_line *line;

	if (number == RD_MEDIA_AUDIO)
		return session->audio_line < session->line_count ? (int)session->audio_line : -1;
	if (number > sip_beside_count(session->beside))
		return -1;
	line = &session->beside->lines[number - 1];
	return line->on ? (int)line->line : -1;
}

static void name_packets(struct sip_session *session, const struct sdp *sdp,
			 struct rd_stream_config *sound)
{
	bool nameless = false;

	for (int number = 0; number < SIP_LINES; number++)
		nameless |= sip_session_said(session, number)->bundled &&
			    strlen(sip_session_said(session, number)->mid) >= RD_MID_MAX;
	for (int number = 0; number < SIP_LINES; number++) {
		int place = place_of(session, number);
		const struct sdp_media *media = sdp->media;
		struct rd_stream_config *config;

		if (place < 0 || !sip_session_said(session, number)->bundled || nameless)
			continue;
		while (media && place--)
			media = media->next;
		config = config_of(session, sound, number);
		rd_strcpy(config->mid, sizeof(config->mid), sip_session_said(session, number)->mid);
		config->mid_id = media ? sip_extension_of(media, RD_STR(SIP_MID_URI)) : 0;
	}
}

static struct sip_session_secure *secure_of(struct sip_session *session, int number)
{
	return number == RD_MEDIA_AUDIO ? &session->secure
				      : &session->beside->lines[number - 1].secure;
}

/* We have one key, too, for all. */
static void share_keys(struct sip_session *session, struct rd_stream_config *sound, int number)
{
	const struct sip_session_secure *leader =
		secure_of(session, sip_session_said(session, number)->carrier);

	secure_of(session, number)->agreed = leader->agreed;
	config_of(session, sound, number)->security = leader->agreed;
}

/* By the name that both ends give it: an answer may give it to another line. */
static bool is_member(const struct sip_session *session, const struct sdp *sdp,
		      struct rd_str group, int number)
{
	const struct sip_session_said *said = sip_session_said(session, number);
	const struct sdp_media *media = sdp->media;
	int place = place_of(session, number);

	if (place < 0)
		return false;
	while (media && place--)
		media = media->next;
	return media && rd_str_eq(sdp_mid(media), rd_str_of(said->mid)) &&
	       is_in(group, sdp_mid(media));
}

void sip_bundle_settle(struct sip_session *session, const struct sdp *sdp,
		       const struct sip_bundle *bundle, struct rd_stream_config *sound)
{
	int leads = -1;
	bool any = false;

	for (int number = 0; number < SIP_LINES; number++)
		if (bundle->leader >= 0 && place_of(session, number) == bundle->leader &&
		    is_member(session, sdp, bundle->group, number))
			leads = number;
	for (int number = 0; number < SIP_LINES; number++) {
		struct sip_session_said *said = sip_session_saying(session, number);
		bool in;

		if (!said)
			break;
		in = is_member(session, sdp, bundle->group, number);
		said->carrier = (uint8_t)RD_MAX(leads, 0);
		said->carried = in && leads >= 0 && number != leads;
		any |= said->carried;
		if (said->carried)
			share_keys(session, sound, number);
		/* Without a leader the sound is a group of its own. */
		said->bundled = in && (leads >= 0 || number == RD_MEDIA_AUDIO);
		/* What was read as its leader's cannot be had without him. */
		if (in && bundle->leader >= 0 && leads < 0 && number != RD_MEDIA_AUDIO)
			session->beside->lines[number - 1].on = false;
	}
	if (any)
		name_packets(session, sdp, sound);
}

/* ---- ours ---- */

uint16_t sip_bundle_port(const struct sip_session *session, const struct sip_session_local *local,
			 int number)
{
	const struct sip_session_said *said = sip_session_said(session, number);

	if (said->carried)
		number = said->carrier;
	return number == RD_MEDIA_AUDIO ? sip_sockaddr_port(&local->address)
				      : local->beside_ports[number - 1];
}

static void add_members(const struct sip_session *session, struct sip_out *out, bool carried)
{
	for (int number = 0; number < SIP_LINES; number++) {
		const struct sip_session_said *said = sip_session_said(session, number);

		if (place_of(session, number) < 0 || !said->bundled || said->carried != carried)
			continue;
		sip_out_char(out, ' ');
		sip_out_cstr(out, said->mid);
	}
}

int sip_bundle_add_group(const struct sip_session *session, struct rd_pool *scratch,
			 struct sdp *sdp)
{
	enum { TEXT = sizeof("BUNDLE") + SIP_LINES * (SDP_MID_MAX + 1) };
	char *text = rd_pool_alloc(scratch, TEXT);
	struct sip_out out;

	if (!text)
		return -ENOMEM;
	sip_out_init(&out, text, TEXT);
	sip_out_cstr(&out, "BUNDLE");
	/* Whoever speaks for them comes first. */
	add_members(session, &out, false);
	add_members(session, &out, true);
	if (rd_str_eq(sip_out_text(&out), RD_STR("BUNDLE")))
		return 0;
	return sdp_attribute_add(sdp, NULL, RD_STR("group"), sip_out_text(&out));
}
