/* DNS answers and hosts files: whatever comes, the records are whole. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/resolver/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const uint8_t *data, size_t size, enum dns_type type)
{
	struct dns_answer *answer;

	if (dns_answer_parse(&answer, data, size, type))
		return;
	rd_assert(answer->count <= DNS_RECORDS_MAX);
	rd_assert((answer->rc == 0) == (answer->count > 0));
	for (unsigned i = 0; i < answer->count; i++)
		rd_assert(memchr(answer->records[i].name, '\0', DNS_NAME));
	rd_free(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct sip_hosts *hosts;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	parse(copy, size, DNS_A);
	parse(copy, size, DNS_AAAA);
	parse(copy, size, DNS_SRV);
	parse(copy, size, DNS_NAPTR);
	if (sip_hosts_parse(&hosts, (struct rd_str){ (char *)copy, size }) == 0)
		sip_hosts_free(hosts);
	free(copy);
	return 0;
}
