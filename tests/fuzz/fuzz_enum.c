/* What name servers say that a number is: whatever they write, an address that a dialplan
 * gives to Dial() names one target. */
#include <stdint.h>
#include <stdlib.h>

#include "modules/sip_trunk/enum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct rd_sip_trunks *trunk_driver; /* nobody is asked */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1), uri[ENUM_URI];
	struct rd_sip_naptr record = { .flags = "U", .service = "E2U+SIP" };

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	record.regexp = copy;
	if (enum_uri(uri, &record, "ALL", RD_STR("+49301234")))
		rd_assert(*uri && !strpbrk(uri, "&,|(){}$\"<>?/ \r\n"));
	free(copy);
	return 0;
}
