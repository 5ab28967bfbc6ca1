/* May this call go out by a trunk? It is asked who has caused it: a phone of the house
 * calls, sends a caller on (transfer), or has him sent on (forward); or nobody of the house
 * has anything to do with it, and the call has come in by a trunk itself. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/settings_private.h"
#include "modules/sip_trunk/trunk.h"

/* ---- rules ---- */

#define RULE(member) offsetof(struct trunk_guard, member)

#define MONEY_DIGITS 6 /* of RATE_UNIT, behind the point */

/* "12.50" */
static const char *parse_money(const char *value, void *dest, struct rd_pool *pool)
{
	struct rd_str rest = rd_str_of(value), whole;
	uint64_t units, parts = 0;

	(void)pool;
	rd_str_cut(&rest, '.', &whole);
	if (rest.n > MONEY_DIGITS || rd_str_to_u64(whole, 1000000, &units) ||
	    (rest.n && rd_str_to_u64(rest, RATE_UNIT, &parts)))
		return "an amount such as 20 or 12.50";
	for (size_t i = rest.n; i < MONEY_DIGITS; i++)
		parts *= 10;
	*(int64_t *)dest = (int64_t)(units * RATE_UNIT + parts);
	return NULL;
}

static const struct rd_option guard_options[] = {
	{ .name = "users", .type = RD_OPTION_LIST, .offset = RULE(users),
	  .help = "sections of phones and peers that these rules are for; without: all that "
		  "have none of their own" },
	{ .name = "forward", .type = RD_OPTION_LIST, .offset = RULE(forward), .fallback = "none",
	  .help = "what calls that come in by a trunk, or that somebody forwards, may call by "
		  "another: patterns as in extensions.conf; all; none" },
	{ .name = "countries", .type = RD_OPTION_LIST, .offset = RULE(countries),
	  .help = "that may be called: DE, AT, or how their numbers begin: 49, 43; all" },
	{ .name = "daily_minutes", .type = RD_OPTION_INT, .offset = RULE(daily_minutes),
	  .fallback = "1440", .max = 1000000, .help = "of one user; 0: any number" },
	{ .name = "daily_spend", .type = RD_OPTION_CUSTOM, .offset = RULE(daily_spend),
	  .fallback = "0", .parse = parse_money,
	  .help = "of one user on one day, by the rates of trunks; 0: any amount" },
	{ .name = "short_calls", .type = RD_OPTION_INT, .offset = RULE(short_calls),
	  .fallback = "30", .max = 100, .help = "of one user in window are unusual; 0: never" },
	{ .name = "short", .type = RD_OPTION_DURATION, .offset = RULE(short_ms),
	  .fallback = "10s", .min = 1000, .max = 600000, .help = "a call of less is short" },
	{ .name = "destinations", .type = RD_OPTION_INT, .offset = RULE(destinations),
	  .fallback = "20", .max = 100,
	  .help = "so many numbers abroad in window are unusual; 0: never" },
	{ .name = "window", .type = RD_OPTION_DURATION, .offset = RULE(window_ms),
	  .fallback = "10m", .min = 1000, .max = 86400000,
	  .help = "the time in which they are counted" },
	{ .name = "stop", .type = RD_OPTION_BOOL, .offset = RULE(stops), .fallback = "no",
	  .help = "who calls unusually is stopped until the day ends" },
	{ 0 }
};

static const char *const of_guard[] = { "type", NULL };

static void complain(const struct rd_config_section *section, struct rd_config_report *report,
		     const char *option, const char *word, const char *what)
{
	struct trunk_place place = trunk_place_of(section, option);

	rd_config_error(report, place.file, place.line, "%s: %s: %s%s%s",
			rd_config_section_name(section), option, word, *word ? ": " : "", what);
}

static void warn(const struct rd_config_section *section, struct rd_config_report *report,
		 const char *option, const char *word, const char *what)
{
	struct trunk_place place = trunk_place_of(section, option);

	rd_config_warning(report, place.file, place.line, "%s: %s: %s: %s",
			  rd_config_section_name(section), option, word, what);
}

static void review_countries(struct trunk_guard *rules, const struct rd_config_section *section,
			     struct rd_config_report *report)
{
	if (number_list_has(rules->countries, "all")) {
		rules->countries = NULL;
		return;
	}
	if (rules->countries && !*rules->countries)
		complain(section, report, "countries", "",
			 "countries such as DE, or all, were expected");
	for (const char *const *it = rules->countries; it && *it; it++)
		if (!country_is_known(*it))
			complain(section, report, "countries", *it,
				 "a country such as DE, the digits that its numbers begin with, "
				 "or all, was expected");
}

/* "_0X": nobody outside has so short a number. */
static bool fits_short_ones_alone(const char *pattern)
{
	int places = 0;

	if (*pattern != '_' || strpbrk(pattern, ".!"))
		return false;
	for (pattern++; *pattern; pattern++, places++)
		if (*pattern == '[')
			pattern += strcspn(pattern, "]");
	return places < 3;
}

static void review_forward(const struct trunk_guard *rules, const struct rd_config_section *section,
			   struct rd_config_report *report)
{
	const char *const *list = rules->forward;

	if (!*list)
		complain(section, report, "forward", "",
			 "patterns of numbers, all or none were expected");
	if (*list && list[1] && (number_list_has(list, "all") || number_list_has(list, "none")))
		complain(section, report, "forward", "", "all and none stand alone");
	for (; *list; list++) {
		const char *fault = number_pattern_fault(*list);

		if (fault)
			complain(section, report, "forward", *list, fault);
		else if (fits_short_ones_alone(*list))
			warn(section, report, "forward", *list,
			     "it fits no number that is longer; a \".\" stands for the others");
	}
}

/* Who is named twice would be under the first rules alone. */
static void review(const struct trunk_settings *settings, struct trunk_guard *rules,
		   const struct rd_config_section *section, struct rd_config_report *report)
{
	review_countries(rules, section, report);
	review_forward(rules, section, report);
	if (rules->users && !*rules->users)
		complain(section, report, "users", "",
			 "names were expected; the rules are for all others without the line");
	for (const struct trunk_guard *it = settings->guards; it; it = it->next) {
		if (!it->users && !rules->users)
			complain(section, report, "users", "",
				 "another section is for all that none names, too");
		for (const char *const *user = rules->users; user && *user; user++)
			if (number_list_has(it->users, *user))
				complain(section, report, "users", *user,
					 "another section names it, too");
	}
}

static int note_place(struct trunk_guard *rules, const struct rd_config_section *section,
		      struct rd_pool *pool)
{
	rules->file = rd_pool_strdup(pool, rd_config_section_file(section));
	rules->line = rd_config_section_line(section);
	return rules->file ? 0 : -ENOMEM;
}

int trunk_guard_read(struct trunk_settings *settings, const struct rd_config_section *section,
		     struct rd_config_report *report)
{
	struct trunk_guard *rules = rd_pool_zalloc(settings->pool, sizeof(*rules));
	struct trunk_guard **last = &settings->guards;
	int rc;

	if (!rules)
		return -ENOMEM;
	rules->name = rd_pool_strdup(settings->pool,
				     section ? rd_config_section_name(section) : "");
	rc = rd_options_read(guard_options, section, of_guard, rules, settings->pool, report);
	if (rc == -ENOMEM || !rules->name)
		return -ENOMEM;
	if (section && note_place(rules, section, settings->pool))
		return -ENOMEM;
	if (section)
		review(settings, rules, section, report);
	while (*last)
		last = &(*last)->next;
	*last = rules;
	return 0;
}

/* The last of all are those that nobody wrote. */
const struct trunk_guard *trunk_guard_of(const struct trunk_settings *settings, const char *user)
{
	const struct trunk_guard *others = NULL;

	for (const struct trunk_guard *it = settings->guards; it; it = it->next) {
		if (number_list_has(it->users, user))
			return it;
		if (!it->users && !others)
			others = it;
	}
	return others;
}

/* ---- whose call is it? ---- */

struct source {
	char user[80];	/* "": nobody's, it was made by the house itself */
	bool outside;	/* it has come in by a trunk */
	bool forwarded; /* user has it sent there */
};

/* "1001" of "SIP/1001-0000002a"; false: it is no channel of the SIP driver's. */
static bool user_of_channel(char user[80], const char *name)
{
	const char *end = strrchr(name, '-');

	return strncmp(name, "SIP/", 4) == 0 && end &&
	       rd_strcpyn(user, 80, (struct rd_str){ name + 4, (size_t)(end - name - 4) });
}

static bool is_peer(const char *user, struct rd_sip_peer *peer)
{
	return trunk_driver && trunk_driver->peer(user, peer);
}

/* A trunk of trunks.conf, or a provider of another file: one that we register with. */
static bool is_outside(const char *user)
{
	const struct trunk *trunk = trunk_find(trunks_in_force, user);
	struct rd_sip_peer peer;

	return trunk ? !trunk->calls_out : is_peer(user, &peer) && peer.registers;
}

static void set_user(struct source *source, const char *channel)
{
	if (!user_of_channel(source->user, channel))
		source->user[0] = '\0';
	source->outside = *source->user && is_outside(source->user);
}

/* The one that the whole call began with; it may have gone. */
static void find_beginning(struct source *source, const struct rd_sip_peer_call *call)
{
	struct rd_channel *first = rd_channel_find(rd_channel_linkedid(call->channel));
	const struct rd_channel *beginning = first && first != call->channel ? first
									    : call->caller;

	if (beginning)
		set_user(source, rd_channel_name(beginning));
	if (first)
		rd_channel_unref(first);
}

/* A phone of ours has it sent there: what a far end says of that counts for nothing. */
static void find_forwarder(struct source *source, const struct rd_channel *ch, bool transferred)
{
	struct rd_device_facts facts;
	struct rd_diversion last;
	char device[96];

	/* A transfer looks like a forward of who transfers. */
	if (!rd_channel_diversion(ch, &last) || !last.who.number ||
	    (transferred && strcmp(last.who.number, source->user) == 0))
		return;
	snprintf(device, sizeof(device), "SIP/%s", last.who.number);
	if (rd_device_facts(device, &facts))
		return;
	source->forwarded = true;
	rd_strcpy(source->user, sizeof(source->user), last.who.number);
}

static void find_source(struct source *source, const struct rd_sip_peer_call *call)
{
	const char *transferer = call->caller ? rd_var_get(call->caller, "TRANSFERERNAME") : NULL;
	bool transferred = transferer && *transferer;

	memset(source, 0, sizeof(*source));
	if (transferred)
		set_user(source, transferer);
	else
		find_beginning(source, call);
	find_forwarder(source, call->channel, transferred);
}

/* ---- may it? ---- */

static bool may_be_forwarded_to(const struct trunk_guard *rules, const char *number)
{
	for (const char *const *it = rules->forward; *it; it++)
		if (strcmp(*it, "all") == 0 || strcmp(*it, number) == 0 ||
		    (strcmp(*it, "none") != 0 && rd_dialplan_pattern(*it, number)))
			return true;
	return false;
}

/* Patterns are written as the trunk writes numbers, or as people dial them. */
static bool may_be_forwarded(const struct trunk_guard *rules, const struct number_policy *policy,
			     const char *sent)
{
	char dialled[RD_SIP_NUMBER];

	return may_be_forwarded_to(rules, sent) ||
	       (number_as_dialled(dialled, sizeof(dialled), policy, rd_str_of(sent)) &&
		may_be_forwarded_to(rules, dialled));
}

/* The number that a call is for in all of the world. A trunk's rules may put digits before the
 * number that hide its country, or take some away that hid it: so it is read as it was dialled
 * and as it goes out, and neither may be forbidden. */
struct reading {
	char worlds[2][NUMBER_WORLD];
	int count; /* 0: nobody knows */
};

static struct reading read_number(const struct rd_sip_peer_call *call,
				  const struct number_policy *policy)
{
	struct reading reading = { .count = 0 };

	if (number_world(reading.worlds[0], policy, rd_str_of(call->dialled)))
		reading.count++;
	if (number_sent_world(reading.worlds[reading.count], policy, NUMBER_CALLED_OUT,
			      rd_str_of(call->number)) &&
	    (!reading.count || strcmp(reading.worlds[0], reading.worlds[1]) != 0))
		reading.count++;
	return reading;
}

static bool lists_country(const char *const *list, const char *world)
{
	while (*list && !country_has(*list, rd_str_of(world)))
		list++;
	return *list;
}

static const char *country_fault(const struct trunk_guard *rules,
				 const struct number_policy *policy, const struct reading *reading,
				 const char *number)
{
	if (!rules->countries)
		return NULL;
	for (int i = 0; i < reading->count; i++)
		if (!lists_country(rules->countries, reading->worlds[i]))
			return "its country may not be called (countries)";
	return reading->count || (policy && policy->country && strlen(number) <= NUMBER_SERVICE_MAX)
		       ? NULL
		       : "nobody knows its country (country and area_code of the trunk)";
}

/* Of a minute, the dearest that it may be. False: the trunk has prices, and none for this
 * number. */
static bool price_of(int64_t *price, const struct trunk *trunk, const struct reading *reading,
		     const char *number)
{
	uint32_t found;
	size_t prefix;

	*price = 0;
	if (!trunk || !trunk->rates)
		return true;
	if (!reading->count) {
		if (!trunk_price(trunk->name, number, &found))
			return strlen(number) <= NUMBER_SERVICE_MAX;
		*price = found;
	}
	for (int i = 0; i < reading->count; i++) {
		if (!rates_find(trunk->rates, rd_str_of(reading->worlds[i]), &found, &prefix))
			return strlen(number) <= NUMBER_SERVICE_MAX;
		*price = RD_MAX(*price, (int64_t)found);
	}
	return true;
}

static bool is_abroad(const struct number_policy *policy, const struct reading *reading,
		      const char *number)
{
	if (!policy || !policy->country)
		return *number == '+' || strncmp(number, "00", 2) == 0;
	for (int i = 0; i < reading->count; i++) {
		const char *country = country_of_number(rd_str_of(reading->worlds[i]));

		if (!country || strcasecmp(country, policy->country->name) != 0)
			return true;
	}
	return false;
}

static const char *fault_of(const struct source *source, const struct trunk_guard *rules,
			    const struct rd_sip_peer_call *call, const struct number_policy *policy,
			    const struct reading *reading)
{
	if ((source->outside || source->forwarded) &&
	    !may_be_forwarded(rules, policy, call->number))
		return source->outside && !source->forwarded
			       ? "it has come in by a trunk, and may not go out there (forward)"
			       : "it is forwarded, and may not be (forward)";
	return country_fault(rules, policy, reading, call->number);
}

/* A peer is many people: nobody knows what is much for them, unless it is said. */
static bool is_counted(const struct source *source, const struct trunk_guard *rules)
{
	struct rd_sip_peer peer;

	return *source->user && (rules->users || !is_peer(source->user, &peer));
}

/* Calls to other exchanges of ours cost nothing; those to a provider do. */
static bool is_guarded(const struct rd_sip_peer_call *call, const struct trunk *trunk)
{
	struct rd_sip_peer peer;

	if (!trunks_in_force || trunk_call_is_emergency(call))
		return false;
	return trunk ? trunk->guarded : is_peer(call->peer, &peer) && peer.registers;
}

bool trunk_guard_allows(const struct rd_sip_peer_call *call, const struct trunk *trunk,
			struct trunk_charge *charge)
{
	const struct number_policy *policy = trunk ? &trunk->policy : NULL;
	struct trunk_usage *usage = NULL;
	const struct trunk_guard *rules;
	struct reading reading;
	struct source source;
	const char *fault;
	int64_t price;

	if (!is_guarded(call, trunk))
		return true;
	find_source(&source, call);
	rules = trunk_guard_of(trunks_in_force, source.user);
	reading = read_number(call, policy);
	fault = fault_of(&source, rules, call, policy, &reading);
	if (!price_of(&price, trunk, &reading, call->number) && !fault && rules->daily_spend)
		fault = "nobody knows its price (daily_spend, and rates of the trunk)";
	if (!fault && is_counted(&source, rules)) {
		usage = trunk_usage_of(source.user);
		if (usage && is_abroad(policy, &reading, call->number))
			trunk_usage_foreign(usage, rules, call->number);
		fault = usage ? trunk_usage_fault(usage, rules) : "there is no memory";
	}
	if (fault) {
		trunk_alert("TollFraud", source.user, call->peer, call->number, fault);
		return false;
	}
	if (usage)
		trunk_charge_begin(charge, usage, call->channel, price);
	return true;
}
