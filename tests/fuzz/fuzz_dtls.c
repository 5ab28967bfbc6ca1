/* Datagrams of strangers at a DTLS handshake. The first byte says who is
 * active; each datagram begins with two bytes for its length. */
#include <stdlib.h>

#include "tests/unit/own_identity.h"

#include "core/media/dtls_session.h"

enum { DATAGRAMS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(struct rd__dtls_session *session)
{
	const uint8_t *out;
	size_t n;

	while (rd__dtls_session_output(session, &out, &n))
		rd_assert(n > 0 && n <= RD__DTLS_MTU);
}

/* What nobody signed for is never a success. */
static int feed(struct rd__dtls_session *session, const uint8_t *data, size_t size)
{
	int rc = 0;

	for (int i = 0; i < DATAGRAMS && size > 2 && rc == 0; i++) {
		size_t n = (size_t)(data[0] << 8 | data[1]);

		n = RD_MIN(n, size - 2);
		rc = rd__dtls_session_step(session, data + 2, n);
		drain(session);
		data += 2 + n;
		size -= 2 + n;
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool have_identity;
	struct rd__dtls_session *session;
	struct rd_srtp_key local, remote;
	int rc = 0;

	if (!have_identity)
		own_identity_take();
	have_identity = true;
	if (size == 0 || rd__dtls_session_new(&session, rd__dtls_context(), data[0] & 1))
		return 0;
	if (data[0] & 1)
		rc = rd__dtls_session_step(session, NULL, 0);
	drain(session);
	if (rc == 0)
		rc = feed(session, data + 1, size - 1);
	rd_assert(rc == 0 || rc == -EPROTO);
	rd_assert(rc == 0 || *rd__dtls_session_why(session));
	rd_assert(rd__dtls_session_keys(session, &local, &remote) == -EPROTO);
	rd__dtls_session_free(session);
	return 0;
}
