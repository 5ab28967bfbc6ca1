/* What a caller is told whose Identity is not right: a status (RFC 8224 §6.2.2), and which one
 * of several it was (RFC 9410). */
#include <ctype.h>

#include "modules/sip_trunk/stir.h"

unsigned stir_status(enum stir_result result)
{
	switch (result) {
	case STIR_SUCCESS:
		return 0;
	case STIR_NO_IDENTITY:
	case STIR_PPT:
		return 428;
	case STIR_DATE_STALE:
	case STIR_IAT_STALE:
		return 403;
	case STIR_RETRIEVAL:
		return 436;
	case STIR_CONTENTS:
	case STIR_NOT_TRUSTED:
	case STIR_CERT_DATE:
	case STIR_NO_TN_AUTH:
	case STIR_NUMBER_NOT_OURS:
		return 437;
	case STIR_INTERNAL:
		return 500;
	default:
		return 438;
	}
}

const char *stir_words(enum stir_result result)
{
	switch (result) {
	case STIR_DATE_STALE:
	case STIR_IAT_STALE:
		return "Stale Date";
	case STIR_PPT:
		return "Use Supported PASSporT Format";
	default:
		return stir_result_name(result);
	}
}

static const char *phrase_of(unsigned status)
{
	switch (status) {
	case 403:
		return "Stale Date";
	case 428:
		return "Use Identity Header";
	case 436:
		return "Bad Identity Info";
	case 437:
		return "Unsupported Credential";
	default:
		return "Invalid Identity Header";
	}
}

/* Only what can be in base64url: it is a stranger's. */
static bool is_signature(struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isalnum((unsigned char)text.p[i]) && text.p[i] != '-' && text.p[i] != '_')
			return false;
	return text.n && text.n <= PASSPORT_SIGNATURE;
}

void stir_print_reason(struct rd_buf *lines, enum stir_result result, struct rd_str token)
{
	unsigned status = stir_status(result);
	struct passport_parts parts;

	rd_buf_printf(lines, "Reason: STIR;cause=%u;text=\"%s\"", status, phrase_of(status));
	if (token.n && passport_split(&parts, token) == 0 && is_signature(parts.signature))
		rd_buf_printf(lines, ";ppi=\"..%.*s\"", RD_STR_ARG(parts.signature));
	rd_buf_adds(lines, "\r\n");
}
