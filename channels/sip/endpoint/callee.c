/* Whom a URI means that is called here. A line of rd_channel_called_devices() is
 * the name of a phone, a tab, and one device of it. */
#include <stdio.h>

#include <ringdown/tech.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/record.h"

int sip_callee_read(struct sip_callee *callee, const struct sip_uri *uri)
{
	struct sip_gruu gruu;
	ssize_t n;

	callee->device[0] = '\0';
	if (sip_gruu_find(sip.location, uri, &gruu) == 0)
		return rd_strcpy(callee->number, sizeof(callee->number), gruu.aor->name) &&
				       rd_strcpy(callee->device, sizeof(callee->device),
						 gruu.instance)
			       ? 0 : -EINVAL;
	n = sip_uri_number(callee->number, sizeof(callee->number), uri);
	if (n < 0)
		return -EINVAL;
	return sip_param_get(uri->params, RD_STR("gr"), NULL) ? -ENOENT : 0;
}

bool sip_callee_is_here(const struct sip_callee *callee)
{
	const struct sip_aor *aor =
		callee->device[0] ? sip_record_named(rd_str_of(callee->number)) : NULL;

	return aor && sip_aor_newest(aor, rd_str_of(callee->device), UINT64_MAX);
}

void sip_callee_print(const struct sip_callee *callee, char *buf, size_t size)
{
	int n = 0;

	if (callee->device[0])
		n = snprintf(buf, size, "%s\t%s\n", callee->number, callee->device);
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
