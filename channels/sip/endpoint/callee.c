/* Whom a URI means that is called here. A line of rd_channel_called_devices() is
 * the name of a phone, a tab, and one device of it. */
#include <stdio.h>

#include <ringdown/tech.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_domains.h"

static int read_gruu(struct sip_callee *callee, const struct sip_gruu *gruu)
{
	const char *name = gruu->aor->name;
	struct rd_str number = { name, strcspn(name, "@") };

	return rd_strcpyn(callee->number, sizeof(callee->number), number) &&
			       rd_strcpy(callee->phone, sizeof(callee->phone), name) &&
			       rd_strcpy(callee->device, sizeof(callee->device), gruu->instance)
		       ? 0
		       : -EINVAL;
}

/* At some domains the same number may be another phone. */
static bool find_phone(struct sip_callee *callee, const struct sip_uri *uri)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_domains_find(sip.settings, rd_str_of(callee->number), uri->host)
			     : NULL;

	return rd_strcpy(callee->phone, sizeof(callee->phone),
			 endpoint ? endpoint->name : callee->number);
}

int sip_callee_read(struct sip_callee *callee, const struct sip_uri *uri)
{
	struct sip_gruu gruu;

	callee->device[0] = '\0';
	if (sip_gruu_find(sip.location, uri, &gruu) == 0)
		return read_gruu(callee, &gruu);
	if (sip_uri_number(callee->number, sizeof(callee->number), uri) < 0 ||
	    !find_phone(callee, uri))
		return -EINVAL;
	return sip_param_get(uri->params, RD_STR("gr"), NULL) ? -ENOENT : 0;
}

bool sip_callee_is_here(const struct sip_callee *callee)
{
	const struct sip_aor *aor =
		callee->device[0] ? sip_record_named(rd_str_of(callee->phone)) : NULL;

	return aor && sip_aor_newest(aor, rd_str_of(callee->device), UINT64_MAX);
}

void sip_callee_print(const struct sip_callee *callee, char *buf, size_t size)
{
	int n = 0;

	if (callee->device[0])
		n = snprintf(buf, size, "%s\t%s\n", callee->phone, callee->device);
	if (n <= 0 || (size_t)n >= size)
		*buf = '\0';
}

int sip_callee_note(struct rd_channel *ch, const struct sip_callee *callee)
{
	char line[SIP_CALLEE_LINE];

	sip_callee_print(callee, line, sizeof(line));
	return rd_channel_set_called_devices(ch, line);
}

bool sip_callee_is(const struct rd_channel *ch, const char *phone, struct rd_str device)
{
	struct rd_str rest = rd_str_of(ch ? rd_channel_called_devices(ch) : NULL), one, name;
	bool is_all = true;

	while (rest.n) {
		rd_str_cut(&rest, '\n', &one);
		if (!rd_str_cut(&one, '\t', &name) || !rd_str_eq(name, rd_str_of(phone)))
			continue;
		if (rd_str_eq(one, device))
			return true;
		is_all = false;
	}
	return is_all;
}
