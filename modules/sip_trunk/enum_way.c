/* A group that looks for a number among the name servers (ENUM) before it calls a trunk: where
 * that leads, if it leads anywhere. */
#include <string.h>
#include <strings.h>

#include <ringdown/log.h>

#include "modules/sip_trunk/enum.h"
#include "modules/sip_trunk/trunk.h"

/* Its digits in all of the world, as one of the group's trunks reads them. Help is called by
 * trunks alone. */
static bool world_of(char world[NUMBER_WORLD], const struct trunk_settings *settings,
		     const struct trunk_group *group, const char *number)
{
	bool found = number_world(world, NULL, rd_str_of(number));

	for (const struct trunk_choice *it = group->choices; it; it = it->next) {
		const struct trunk *trunk = trunk_find(settings, it->name);

		if (trunk_is_emergency(it->name, number))
			return false;
		if (trunk && !found)
			found = number_world(world, &trunk->policy, rd_str_of(number));
	}
	return found;
}

/* "alice@example.com" of "sip:alice@example.com"; NULL: it is no URI of SIP. */
static const char *after_scheme(const char *uri)
{
	if (strncasecmp(uri, "sips:", 5) == 0)
		return uri + 5;
	return strncasecmp(uri, "sip:", 4) == 0 ? uri + 4 : NULL;
}

/* "example.com" of "sip:alice@example.com:5061;transport=tls", or of "example.com:5061"; of an
 * IPv6 address all in brackets. */
static struct rd_str host_of(const char *uri)
{
	const char *host = after_scheme(uri) ? after_scheme(uri) : uri;
	const char *at = strchr(host, '@');

	host = at ? at + 1 : host;
	if (*host == '[')
		return (struct rd_str){ host, strcspn(host, "]") };
	return (struct rd_str){ host, strcspn(host, ":;?") };
}

/* Whoever owns a number may write there that he wants to be called by our provider, at a number
 * that costs us money. */
static bool is_of_a_peer(const char *uri)
{
	const char *user = after_scheme(uri);
	struct rd_str host = host_of(uri);
	const void *pos = NULL;
	struct rd_sip_peer peer;

	while (trunk_driver->peer_next(&pos, &peer))
		if (rd_str_ieq(host, rd_str_of(peer.name)) || strcasecmp(user, peer.name) == 0 ||
		    (peer.host && rd_str_ieq(host, host_of(peer.host))))
			return true;
	return false;
}

bool trunk_enum_way(char uri[ENUM_URI], const struct trunk_settings *settings,
		    const struct trunk_group *group, const char *number)
{
	char world[NUMBER_WORLD];

	if (!group->lookup.zone || !world_of(world, settings, group, number) ||
	    !enum_find(uri, world, group->lookup.zone, group->lookup.timeout_ms))
		return false;
	if (!after_scheme(uri)) {
		rd_notice("trunk: %s: +%s wants to be called at %s: that is no URI of SIP",
			  group->lookup.zone, world, uri);
		return false;
	}
	if (!trunk_driver || is_of_a_peer(uri)) {
		rd_notice("trunk: %s: +%s wants to be called at %s: that is a peer of ours, and "
			  "not done",
			  group->lookup.zone, world, uri);
		return false;
	}
	return true;
}

static const struct trunk *first_trunk(const struct trunk_settings *settings,
				       const struct trunk_group *group)
{
	const struct trunk_choice *it = group->choices;

	while (it && !trunk_find(settings, it->name))
		it = it->next;
	return it ? trunk_find(settings, it->name) : NULL;
}

/* An extension would look like a number of the town. */
static int tell_in_full(struct rd_channel *leg, const struct trunk *trunk, enum rd_party_kind kind)
{
	struct rd_party who = *rd_channel_party(leg, kind);
	struct trunk anywhere = *trunk;
	char text[NUMBER_WORLD + 1] = "+";

	anywhere.policy.area = NULL;
	if (!who.number || !trunk_number_world(text + 1, &anywhere, NUMBER_CALLER_OUT, who.number))
		return 0;
	who.number = text;
	return rd_channel_set_party(leg, kind, &who);
}

int trunk_enum_tell(struct rd_channel *leg, const struct trunk_settings *settings,
		    const struct trunk_group *group)
{
	static const enum rd_party_kind kinds[] = { RD_PARTY_CONNECTED, RD_PARTY_REDIRECTING_FROM,
						    RD_PARTY_REDIRECTING_ORIG };
	const struct trunk *trunk = first_trunk(settings, group);
	struct trunk stranger;
	int rc = 0;

	if (trunk) {
		stranger = *trunk;
		stranger.sends_ext = false; /* it means nothing to him */
		rc = trunk_tell_parties(leg, &stranger);
	}

	for (size_t i = 0; trunk && rc == 0 && i < RD_ARRAY_SIZE(kinds); i++)
		rc = tell_in_full(leg, trunk, kinds[i]);
	return rc;
}
