/* Who calls, and who has sent the call on, as a trunk is told it; and whose numbers are
 * ours. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/dialplan.h>

#include "modules/sip_trunk/trunk.h"

bool trunk_has_number(const struct trunk *trunk, const char *number)
{
	for (const char *const *it = trunk->numbers; it && *it; it++)
		if (strcmp(*it, "none") != 0 &&
		    (strcmp(*it, number) == 0 || rd_dialplan_pattern(*it, number)))
			return true;
	return false;
}

/* What is called as one of the world, without a prefix, is no number of our town. */
static bool is_bare(const struct trunk *trunk, const char *number)
{
	const struct country *country = trunk->policy.country;

	return country && rd_str_starts(rd_str_of(number), rd_str_of(country->code)) &&
	       (trunk_has_number(trunk, number) ||
		(trunk->main_number && strcmp(trunk->main_number, number) == 0));
}

/* How this number is to be read. */
static struct number_policy policy_for(const struct trunk *trunk, const char *number)
{
	struct number_policy policy = trunk->policy;

	policy.bare = policy.bare || is_bare(trunk, number);
	return policy;
}

bool trunk_number_world(char out[NUMBER_WORLD], const struct trunk *trunk, enum number_way way,
			const char *number)
{
	struct number_policy policy = policy_for(trunk, number);
	bool comes = way == NUMBER_CALLED_IN || way == NUMBER_CALLER_IN;

	return comes ? number_world(out, &policy, rd_str_of(number))
		     : number_sent_world(out, &policy, way, rd_str_of(number));
}

/* As the trunk writes it: in buf, or what it was where that has no room. NULL: he has none. */
static const char *written(const struct trunk *trunk, const struct rd_party *who,
			   char buf[RD_SIP_NUMBER])
{
	struct number_policy policy;

	if (!who->number || !*who->number)
		return who->number;
	policy = policy_for(trunk, who->number);
	return number_translate(buf, RD_SIP_NUMBER, &policy, NUMBER_CALLER_OUT,
				rd_str_of(who->number))
		       ? buf
		       : who->number;
}

static bool is_ours(const struct trunk *trunk, const struct rd_party *who, const char *number)
{
	return trunk_has_number(trunk, number) || trunk_has_number(trunk, who->number);
}

static int set_number(struct rd_channel *ch, enum rd_party_kind kind, const char *number)
{
	struct rd_party who = *rd_channel_party(ch, kind);

	if (strcmp(who.number ? who.number : "", number) == 0)
		return 0;
	who.number = number;
	return rd_channel_set_party(ch, kind, &who);
}

static void hide(struct rd_party *who)
{
	who->number_pres = who->name_pres = RD_PRESENT_PROHIBITED;
}

static bool hides_all(const struct trunk *trunk)
{
	const char *const *it = trunk->identity;

	while (it && *it && strcasecmp(*it, "anonymous") != 0)
		it++;
	return it && *it;
}

/* A provider tells nobody of a number that is not its customer's, or refuses the call. */
static const char *number_for(const struct trunk *trunk, const struct rd_party *who,
			      char buf[RD_SIP_NUMBER])
{
	const char *number = written(trunk, who, buf);

	return trunk->main_number && (!number || !is_ours(trunk, who, number)) ? trunk->main_number
									       : number;
}

/* With its country, or its town. */
static bool is_of_the_world(const struct trunk *trunk, const char *number)
{
	struct number_policy policy = trunk->policy;
	char world[NUMBER_WORLD];

	policy.area = NULL; /* an extension looks like a number of the town */
	return number_world(world, &policy, rd_str_of(number));
}

/* "+493055510;ext=101", where main_number stands for an extension (RFC 3966 §5.1.1). */
static int tell_extension(struct rd_channel *ch, const struct trunk *trunk, const char *own,
			  const char *told)
{
	char text[2 * RD_SIP_NUMBER + 8];

	if (!trunk->sends_ext || told != trunk->main_number || !own ||
	    !number_is_digits(rd_str_of(own)) || is_of_the_world(trunk, own))
		return 0;
	snprintf(text, sizeof(text), "%s;ext=%s", told, own);
	return rd_var_set(ch, "SIPCALLERCONTEXT", text);
}

static int tell_caller(struct rd_channel *ch, const struct trunk *trunk)
{
	struct rd_party who = *rd_channel_party(ch, RD_PARTY_CONNECTED);
	char buf[RD_SIP_NUMBER];
	const char *number = number_for(trunk, &who, buf);
	int rc = number ? tell_extension(ch, trunk, who.number, number) : 0;

	if (!rc && number)
		rc = set_number(ch, RD_PARTY_CONNECTED, number);

	if (rc || !hides_all(trunk))
		return rc;
	who = *rd_channel_party(ch, RD_PARTY_CONNECTED);
	hide(&who);
	return rd_channel_set_party(ch, RD_PARTY_CONNECTED, &who);
}

void trunk_tell_party(const struct trunk *trunk, struct rd_party *who, char buf[RD_SIP_NUMBER])
{
	if (who->number && *who->number)
		who->number = number_for(trunk, who, buf);
	if (hides_all(trunk))
		hide(who);
}

void trunk_tell_writer(const struct trunk *trunk, struct rd_party *who, char buf[RD_SIP_NUMBER])
{
	who->number = number_for(trunk, who, buf);
	if (hides_all(trunk))
		hide(who);
}

/* Whoever has sent it on is one of us, or a caller from outside was sent to us already. An
 * extension means nothing out there. */
static int tell_diverter(struct rd_channel *ch, const struct trunk *trunk, enum rd_party_kind kind)
{
	const struct rd_party *who = rd_channel_party(ch, kind);
	char buf[RD_SIP_NUMBER];
	const char *number = written(trunk, who, buf);

	if (!number)
		return 0;
	if (trunk->main_number && !is_ours(trunk, who, number) &&
	    !is_of_the_world(trunk, who->number))
		number = trunk->main_number;
	return set_number(ch, kind, number);
}

bool trunk_caller_is_ours(const struct rd_channel *ch, const struct trunk *trunk)
{
	const struct rd_party *who = rd_channel_party(ch, RD_PARTY_CONNECTED);
	char buf[RD_SIP_NUMBER];

	return who->number && is_ours(trunk, who, number_for(trunk, who, buf));
}

int trunk_tell_parties(struct rd_channel *ch, const struct trunk *trunk)
{
	int rc = tell_caller(ch, trunk);

	if (!rc)
		rc = tell_diverter(ch, trunk, RD_PARTY_REDIRECTING_FROM);
	if (!rc)
		rc = tell_diverter(ch, trunk, RD_PARTY_REDIRECTING_ORIG);
	return rc;
}

/* ---- who calls from there ---- */

bool trunk_read_called(const struct trunk *trunk, char number[RD_SIP_NUMBER])
{
	struct number_policy policy = policy_for(trunk, number);
	bool known = !trunk->numbers || trunk_has_number(trunk, number);
	char buf[RD_SIP_NUMBER];

	if (!number_translate(buf, sizeof(buf), &policy, NUMBER_CALLED_IN, rd_str_of(number)))
		return false;
	known = known || trunk_has_number(trunk, buf);
	if (known)
		rd_strcpy(number, RD_SIP_NUMBER, buf);
	return known;
}

void trunk_read_caller(const struct trunk *trunk, char number[RD_SIP_NUMBER])
{
	char buf[RD_SIP_NUMBER];

	if (*number &&
	    number_translate(buf, sizeof(buf), &trunk->policy, NUMBER_CALLER_IN, rd_str_of(number)))
		rd_strcpy(number, RD_SIP_NUMBER, buf);
}
