/* The event packages that modules have brought, and the words of their headers. */
#include "channels/sip/message/chars.h"
#include "channels/sip/event/publish.h"

struct sip_events sip_events = {
	.packages = RD_LIST_INIT(sip_events.packages),
	.watches = RD_LIST_INIT(sip_events.watches),
};

struct sip_package *sip_package_find(struct rd_str name)
{
	rd_list_foreach(node, tmp, &sip_events.packages) {
		struct sip_package *package = rd_list_entry(node, struct sip_package, link);

		if (rd_str_eq(rd_str_of(package->ops->name), name))
			return package;
	}
	return NULL;
}

const char *sip_package_type(const struct rd_sip_package *ops, const char *name)
{
	const char *const *type = ops->types;

	while (*type && strcmp(*type, name) != 0)
		type++;
	return *type;
}

int sip_package_add(const struct rd_sip_package *ops)
{
	struct sip_package *package = sip_package_find(rd_str_of(ops->name));

	if (package && !sip_package_is_away(package))
		return -EEXIST;
	if (package) {
		sip_package_return(package, ops);
		return 0;
	}
	package = rd_zalloc(sizeof(*package));
	if (!package)
		return -ENOMEM;
	package->ops = ops;
	rd_list_init(&package->watches);
	rd_list_push(&sip_events.packages, &package->link);
	sip_publications_restore(ops->name);
	sip_watches_restore(ops->name);
	return 0;
}

static void end_watches(struct sip_package *package)
{
	while (!rd_list_empty(&package->watches)) {
		struct sip_watch *watch = rd_list_entry(package->watches.next,
							struct sip_watch, in_package);

		watch = watch->parent ? watch->parent : watch;
		if (sip_events.leaving)
			sip_watch_free(watch);
		else
			sip_watch_dismiss(watch, RD_SIP_END_PROBATION, SIP_RETRY_S);
	}
}

static void package_free(struct sip_package *package)
{
	sip_publications_free(package);
	rd_list_remove(&package->link);
	rd_free(package->stand_in);
	rd_free(package);
}

void sip_package_forget(struct sip_package *package)
{
	end_watches(package);
	package_free(package);
}

void sip_package_remove(const struct rd_sip_package *ops)
{
	struct sip_package *package = sip_package_find(rd_str_of(ops->name));

	if (!package || package->ops != ops)
		return;
	if (!sip_events.exchanging || sip_package_leave(package))
		sip_package_forget(package);
}

void sip_events_leave(bool gracefully)
{
	if (gracefully)
		sip_watches_end(RD_SIP_END_PROBATION, SIP_RETRY_S);
	else
		sip_watches_keep();
	sip_events.leaving = true;
}

void sip_events_stop(void)
{
	sip_unsolicited_stop();
	sip_watches_keep();
	sip_publications_close();
	rd_list_foreach(node, tmp, &sip_events.watches)
		sip_watch_free(rd_list_entry(node, struct sip_watch, in_all));
	rd_list_foreach(node, tmp, &sip_events.packages)
		package_free(rd_list_entry(node, struct sip_package, link));
	sip_events.leaving = sip_events.exchanging = false;
}

/* ---- headers ---- */

void sip_print_allow_events(struct sip_out *out)
{
	bool first = true;

	if (rd_list_empty(&sip_events.packages))
		return;
	sip_out_header_begin(out, SIP_H_ALLOW_EVENTS);
	rd_list_foreach(node, tmp, &sip_events.packages) {
		if (!first)
			sip_out_cstr(out, ", ");
		sip_out_cstr(out, rd_list_entry(node, struct sip_package, link)->ops->name);
		first = false;
	}
	sip_out_crlf(out);
}

void sip_print_refusal(struct sip_out *out, unsigned status, bool is_away)
{
	if (status == 423)
		sip_out_header_number(out, SIP_H_MIN_EXPIRES,
				      (unsigned)sip.settings->sub_min_expiry_ms / 1000);
	if (status == 489)
		sip_print_allow_events(out);
	if (status == 500 && is_away)
		sip_out_header_number(out, SIP_H_RETRY_AFTER, 1);
}

int sip_event_parse(struct rd_str value, struct rd_str *name, struct rd_str *id)
{
	struct rd_str rest = value;

	rd_str_cut(&rest, ';', name);
	*name = rd_str_trim(*name);
	*id = (struct rd_str){ 0 };
	sip_param_get(rest, RD_STR("id"), id);
	for (size_t i = 0; i < name->n; i++)
		if (!sip_is(name->p[i], SIP_CH_TOKEN))
			return -EINVAL;
	return name->n ? 0 : -EINVAL;
}

const char *sip_end_name(enum rd_sip_end why)
{
	static const char *const names[] = {
		[RD_SIP_END_TIMEOUT] = "timeout",     [RD_SIP_END_DEACTIVATED] = "deactivated",
		[RD_SIP_END_PROBATION] = "probation", [RD_SIP_END_REJECTED] = "rejected",
		[RD_SIP_END_GIVEUP] = "giveup",	      [RD_SIP_END_NORESOURCE] = "noresource",
		[RD_SIP_END_INVARIANT] = "invariant",
	};

	return names[why];
}
