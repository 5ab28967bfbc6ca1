/* Packets of strangers at SRTP: none is taken, none is read beyond its end. And
 * what we protect comes back as it was. The first byte chooses the suite. */
#include <string.h>

#include "core/media/srtp.h"

enum { LIMIT = 1500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_forged(const struct rd_srtp_key *key, const uint8_t *data, size_t size)
{
	struct rd__srtp *rx;
	uint8_t packet[LIMIT];

	if (rd__srtp_new(&rx, key, false))
		return;
	memcpy(packet, data, size);
	rd_assert(rd__srtp_unprotect(rx, packet, size) < 0);
	memcpy(packet, data, size);
	rd_assert(rd__srtcp_unprotect(rx, packet, size) < 0);
	rd__srtp_free(rx);
}

static void there_and_back(const struct rd_srtp_key *key, const uint8_t *data, size_t size)
{
	struct rd__srtp *tx, *rx;
	uint8_t packet[LIMIT + RD__SRTP_GROWTH];
	size_t n;

	if (rd__srtp_new(&tx, key, true))
		return;
	if (rd__srtp_new(&rx, key, false) == 0) {
		n = rd__srtp_protect(tx, packet, data, size);
		if (n) {
			rd_assert(rd__srtp_unprotect(rx, packet, n) == (ssize_t)size);
			rd_assert(memcmp(packet, data, size) == 0);
		}
		n = rd__srtcp_protect(tx, packet, data, size);
		if (n) {
			rd_assert(rd__srtcp_unprotect(rx, packet, n) == (ssize_t)size);
			rd_assert(memcmp(packet, data, size) == 0);
		}
		rd__srtp_free(rx);
	}
	rd__srtp_free(tx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rd_srtp_key keys[RD_SRTP_SUITES];
	struct rd_srtp_key *key;

	if (size == 0 || size > LIMIT)
		return 0;
	key = &keys[1 + data[0] % (RD_SRTP_SUITES - 1)];
	if (key->suite == RD_SRTP_NONE)
		rd_srtp_key_make(key, (enum rd_srtp_suite)(key - keys));
	open_forged(key, data + 1, size - 1);
	there_and_back(key, data + 1, size - 1);
	return 0;
}
