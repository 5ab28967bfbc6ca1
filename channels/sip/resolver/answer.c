/* DNS messages into records. Only what RFC 3263 asks for: A, AAAA, SRV and NAPTR,
 * and of a SOA how long "there is none" holds (RFC 2308). */
#include <arpa/inet.h>
#include <ctype.h>

#include "channels/sip/resolver/private.h"

#define HEADER_SIZE    12
#define CLASS_IN       1
#define RCODE_NXDOMAIN 3
#define JUMPS_MAX      32
#define NEGATIVE_TTL_S 60 /* without a SOA */

struct reader {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

static unsigned take(struct reader *reader, unsigned bytes)
{
	unsigned value = 0;

	if (reader->failed || reader->size - reader->at < bytes) {
		reader->failed = true;
		return 0;
	}
	while (bytes--)
		value = value << 8 | reader->data[reader->at++];
	return value;
}

static void skip(struct reader *reader, size_t bytes)
{
	if (reader->failed || reader->size - reader->at < bytes)
		reader->failed = true;
	else
		reader->at += bytes;
}

/* A label onto a name; dots in labels and bytes that are no text make a name
 * that can be no host's. */
static bool add_label(char out[DNS_NAME], size_t *n, const uint8_t *label, unsigned length)
{
	if (*n + length + 2 > DNS_NAME)
		return false;
	if (*n)
		out[(*n)++] = '.';
	for (unsigned i = 0; i < length; i++) {
		if (label[i] <= ' ' || label[i] > '~' || label[i] == '.')
			return false;
		out[(*n)++] = (char)tolower(label[i]);
	}
	return true;
}

/* A name, perhaps compressed (RFC 1035 §4.1.4). out NULL: skipped. */
static void take_name(struct reader *reader, char *out)
{
	char ignored[DNS_NAME];
	struct reader at = *reader;
	unsigned length, jumps = 0;
	size_t n = 0;

	out = out ? out : ignored;
	while (!reader->failed && (length = take(&at, 1))) {
		if (length >= 0xc0) {
			size_t target = (size_t)(length & 0x3f) << 8 | take(&at, 1);

			if (!jumps)
				reader->at = at.at;
			if (++jumps > JUMPS_MAX || target >= at.size)
				at.failed = true;
			at.at = target;
		} else if (length > 63 || at.size - at.at < length ||
			   !add_label(out, &n, at.data + at.at, length)) {
			at.failed = true;
		} else {
			at.at += length;
		}
		reader->failed |= at.failed;
	}
	reader->failed |= at.failed;
	if (!jumps)
		reader->at = at.at;
	out[reader->failed ? 0 : n] = '\0';
}

/* A character-string (RFC 1035 §3.3), each byte as change() has it; one that does not fit
 * becomes "". */
static void take_string(struct reader *reader, char *out, size_t room, int (*change)(int))
{
	unsigned length = take(reader, 1);

	out[0] = '\0';
	if (reader->failed || reader->size - reader->at < length) {
		reader->failed = true;
		return;
	}
	if (length < room) {
		for (unsigned i = 0; i < length; i++)
			out[i] = (char)change(reader->data[reader->at + i]);
		out[length] = '\0';
	}
	reader->at += length;
}

static int same(int byte)
{
	return byte;
}

static void take_address(struct reader *reader, struct dns_record *record, bool is_v6)
{
	size_t size = is_v6 ? 16 : 4;
	const uint8_t *bytes = reader->data + reader->at;

	memset(&record->address, 0, sizeof(record->address));
	skip(reader, size);
	if (reader->failed)
		return;
	record->address.sa.sa_family = is_v6 ? AF_INET6 : AF_INET;
	memcpy(is_v6 ? (void *)&record->address.in6.sin6_addr
		     : (void *)&record->address.in4.sin_addr,
	       bytes, size);
}

/* Either an expression, of which a URI is made, or a name. */
static void take_naptr(struct reader *reader, struct dns_record *record)
{
	take_string(reader, record->naptr.flags, sizeof(record->naptr.flags), toupper);
	take_string(reader, record->naptr.service, sizeof(record->naptr.service), toupper);
	if (strcmp(record->naptr.flags, "U") == 0) {
		take_string(reader, record->name, sizeof(record->name), same);
		take_name(reader, NULL);
	} else {
		skip(reader, take(reader, 1));
		take_name(reader, record->name);
	}
}

static void take_data(struct reader *reader, enum dns_type type, struct dns_record *record)
{
	record->name[0] = '\0';
	if (type == DNS_SRV) {
		record->srv.priority = (uint16_t)take(reader, 2);
		record->srv.weight = (uint16_t)take(reader, 2);
		record->srv.port = (uint16_t)take(reader, 2);
		take_name(reader, record->name);
	} else if (type == DNS_NAPTR) {
		record->naptr.order = (uint16_t)take(reader, 2);
		record->naptr.preference = (uint16_t)take(reader, 2);
		take_naptr(reader, record);
	} else {
		take_address(reader, record, type == DNS_AAAA);
	}
}

/* RFC 2308 §5: the lesser of the SOA's own time and its last number. */
static uint32_t soa_ttl(struct reader *reader, uint32_t ttl)
{
	uint32_t minimum;

	take_name(reader, NULL);
	take_name(reader, NULL);
	skip(reader, 16);
	minimum = take(reader, 4);
	return reader->failed ? ttl : RD_MIN(ttl, minimum);
}

/* What a message comes to, while it is read. */
struct content {
	enum dns_type type;
	unsigned count;
	uint32_t ttl_s, soa_ttl_s;
	struct dns_record *records; /* room for DNS_RECORDS_MAX and the one that is read */
};

/* One more is there behind the others. Of too many the one that would be used last goes. */
static void keep(struct content *content)
{
	struct dns_record *last = &content->records[content->count], *worst = last;

	if (content->count < DNS_RECORDS_MAX) {
		content->count++;
		return;
	}
	for (unsigned i = 0; i < content->count; i++)
		if (dns_rank(content->type, &content->records[i]) > dns_rank(content->type, worst))
			worst = &content->records[i];
	*worst = *last;
}

/* Any alias on the way to the records counts with its time. */
static void read_record(struct reader *reader, struct content *content, bool is_answer)
{
	unsigned type, class, length;
	struct reader data;
	uint32_t ttl;

	take_name(reader, NULL);
	type = take(reader, 2);
	class = take(reader, 2);
	ttl = take(reader, 4);
	length = take(reader, 2);
	data = *reader;
	skip(reader, length);
	if (reader->failed || class != CLASS_IN)
		return;
	if (is_answer)
		content->ttl_s = RD_MIN(content->ttl_s, ttl);
	if (is_answer && type == content->type) {
		take_data(&data, content->type, &content->records[content->count]);
		if (!data.failed && data.at == reader->at)
			keep(content);
	} else if (!is_answer && type == DNS_SOA) {
		content->soa_ttl_s = soa_ttl(&data, ttl);
	}
}

static int read_message(struct content *content, const uint8_t *bytes, size_t size)
{
	struct reader reader = { .data = bytes, .size = size };
	unsigned flags, questions, answers, authorities;

	take(&reader, 2);
	flags = take(&reader, 2);
	questions = take(&reader, 2);
	answers = take(&reader, 2);
	authorities = take(&reader, 2);
	take(&reader, 2);
	if (reader.failed || !(flags & 0x8000))
		return -EINVAL;
	if ((flags & 15) && (flags & 15) != RCODE_NXDOMAIN)
		return -EIO;
	while (questions-- && !reader.failed) {
		take_name(&reader, NULL);
		skip(&reader, 4);
	}
	while (answers-- && !reader.failed)
		read_record(&reader, content, true);
	while (authorities-- && !reader.failed)
		read_record(&reader, content, false);
	return reader.failed && !content->count ? -EINVAL : 0;
}

struct dns_answer *dns_answer_empty(int rc, uint32_t ttl_s)
{
	struct dns_answer *answer = rd_zalloc(sizeof(*answer));

	if (!answer)
		return NULL;
	answer->rc = rc;
	answer->ttl_s = ttl_s;
	return answer;
}

static struct dns_answer *answer_of(const struct content *content)
{
	size_t size = content->count * sizeof(*content->records);
	struct dns_answer *answer;

	if (!content->count)
		return dns_answer_empty(-ENOENT, RD_MIN(content->ttl_s, content->soa_ttl_s));
	answer = rd_malloc(sizeof(*answer) + size);
	if (!answer)
		return NULL;
	*answer = (struct dns_answer){ .ttl_s = content->ttl_s, .count = content->count };
	memcpy(answer->records, content->records, size);
	return answer;
}

int dns_answer_parse(struct dns_answer **ap, const uint8_t *data, size_t size,
		     enum dns_type type)
{
	struct content content = { .type = type,
				   .ttl_s = UINT32_MAX,
				   .soa_ttl_s = NEGATIVE_TTL_S };
	int rc;

	content.records = rd_zalloc((DNS_RECORDS_MAX + 1) * sizeof(*content.records));
	if (!content.records)
		return -ENOMEM;
	rc = read_message(&content, data, size);
	if (rc == 0) {
		*ap = answer_of(&content);
		rc = *ap ? 0 : -ENOMEM;
	}
	rd_free(content.records);
	return rc;
}

const char *dns_type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_AAAA:
		return "AAAA";
	case DNS_SRV:
		return "SRV";
	case DNS_NAPTR:
		return "NAPTR";
	default:
		return "SOA";
	}
}

int dns_name_normalize(char out[DNS_NAME], struct rd_str name)
{
	size_t label = 0, n;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (!name.n || name.n > 253)
		return -EINVAL;
	for (n = 0; n < name.n; n++) {
		char c = (char)tolower((unsigned char)name.p[n]);

		if (c == '.' ? label == 0 : !isalnum((unsigned char)c) && c != '-' && c != '_')
			return -EINVAL;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return -EINVAL;
		out[n] = c;
	}
	out[n] = '\0';
	return 0;
}
