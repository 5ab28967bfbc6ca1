/* Certificates by libcurl: see fetch.h. What names one is a stranger, so he must lead us
 * neither to a machine of the house nor to more than we want to read. */
#include "modules/sip_trunk/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#define CERTIFICATE_MAX 16384 /* with those who issued it */

static atomic_bool aborted;

void stir_fetch_abort(void)
{
	atomic_store(&aborted, true);
}

int stir_fetch_init(void)
{
	atomic_store(&aborted, false);
	return curl_global_init(CURL_GLOBAL_DEFAULT) ? -EIO : 0;
}

void stir_fetch_fini(void)
{
	curl_global_cleanup();
}

/* ---- addresses ---- */

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool read_address(unsigned char bytes[16], const char *text)
{
	if (inet_pton(AF_INET6, text, bytes) == 1)
		return true;
	memcpy(bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, bytes + sizeof(mapped)) == 1;
}

/* "255.255.0.0": how many bits it begins with; -1: it is none. */
static int bits_of_mask(const char *text)
{
	struct in_addr mask;
	uint32_t rest;
	int bits = 0;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return -1;
	for (rest = ntohl(mask.s_addr); rest & 0x80000000u; rest <<= 1)
		bits++;
	return rest ? -1 : bits;
}

static bool read_bits(int *bits, struct rd_str text, int most)
{
	char mask[20];
	uint64_t number;

	if (rd_str_to_u64(text, (uint64_t)most, &number) == 0)
		*bits = (int)number;
	else
		*bits = most == 32 && rd_strcpyn(mask, sizeof(mask), text) ? bits_of_mask(mask)
									   : -1;
	return *bits >= 0;
}

/* "10.0.0.0/8", "10.0.0.0/255.0.0.0", "192.0.2.7" */
static bool read_network(struct stir_network *network, struct rd_str text)
{
	struct rd_str address;
	bool has_bits = rd_str_cut(&text, '/', &address);
	char buf[64];
	int most, bits;

	if (!rd_strcpyn(buf, sizeof(buf), address) || !read_address(network->bytes, buf))
		return false;
	bits = most = strchr(buf, ':') ? 128 : 32;
	if (has_bits && !read_bits(&bits, text, most))
		return false;
	network->bits = 128 - most + bits;
	return true;
}

/* Those that are there already may be another's as well, and stay as they are. */
const char *stir_networks_parse(const char *value, void *dest, struct rd_pool *pool)
{
	struct stir_network **first = dest;
	struct rd_str rest = rd_str_of(value), one;

	while (rest.n) {
		struct stir_network *network = rd_pool_zalloc(pool, sizeof(*network));

		if (!network)
			return rd_option_no_memory;
		rd_str_cut(&rest, ',', &one);
		if (!read_network(network, rd_str_trim(one)))
			return "addresses and networks such as 10.0.0.0/8 were expected";
		network->next = *first;
		*first = network;
	}
	return NULL;
}

static bool is_in(const unsigned char bytes[16], const unsigned char network[16], int bits)
{
	int whole = bits / 8, rest = bits % 8;

	return memcmp(bytes, network, (size_t)whole) == 0 &&
	       (!rest || !((bytes[whole] ^ network[whole]) >> (8 - rest)));
}

static bool is_listed(const struct stir_network *network, const unsigned char bytes[16])
{
	while (network && !is_in(bytes, network->bytes, network->bits))
		network = network->next;
	return network;
}

/* Whatever is not the public network (RFC 6890). */
static bool is_inside(const unsigned char bytes[16])
{
	static const char *const networks[] = {
		"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8",
		"169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",  "192.168.0.0/16",
		"198.18.0.0/15",  "224.0.0.0/3",   "::/127",        "64:ff9b::/96",
		"fc00::/7",       "fe80::/10",     "ff00::/8",
	};
	struct stir_network network;

	for (size_t i = 0; i < RD_ARRAY_SIZE(networks); i++)
		if (read_network(&network, rd_str_of(networks[i])) &&
		    is_in(bytes, network.bytes, network.bits))
			return true;
	return false;
}

bool stir_address_permitted(const struct stir_sources *sources, const struct sockaddr *address)
{
	unsigned char bytes[16];

	if (address->sa_family == AF_INET) {
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + sizeof(mapped),
		       &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	} else {
		return false;
	}
	if (is_listed(sources->permit, bytes))
		return true;
	return !is_listed(sources->deny, bytes) && !is_inside(bytes);
}

/* ---- what may be asked for ---- */

static bool part_is(CURLU *url, CURLUPart part, const char *const *wanted)
{
	char *text = NULL;
	bool is = false;

	if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
		for (; *wanted && !is; wanted++)
			is = strcasecmp(text, *wanted) == 0;
	curl_free(text);
	return is;
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static const char *fault_of(const struct stir_sources *sources, CURLU *url)
{
	static const char *const https[] = { "https", NULL };
	static const char *const web[] = { "https", "http", NULL };
	static const char *const ports[] = { "443", "8443", NULL };

	if (!part_is(url, CURLUPART_SCHEME, sources->any_port ? web : https))
		return "it is not https";
	if (!sources->any_port && !part_is(url, CURLUPART_PORT, ports))
		return "its port is neither 443 nor 8443";
	if (!sources->any_path &&
	    (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD) ||
	     has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)))
		return "it has a user, a query or a fragment";
	return NULL;
}

const char *stir_url_fault(const struct stir_sources *sources, const char *url)
{
	CURLU *parsed = curl_url();
	const char *fault = "it is no URL";

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		fault = fault_of(sources, parsed);
	curl_url_cleanup(parsed);
	return fault;
}

/* ---- the transfer ---- */

struct transfer {
	const struct stir_sources *sources;
	struct rd_buf body;
	bool forbidden;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	rd_buf_add(&transfer->body, data, size * count);
	return transfer->body.failed ? 0 : size * count;
}

/* Where the name leads in the end. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;

	(void)purpose;
	if (!stir_address_permitted(transfer->sources, &address->addr)) {
		transfer->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* libcurl asks every second whether to go on. */
static int go_on(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
	(void)arg, (void)down, (void)down_now, (void)up, (void)up_now;
	return atomic_load(&aborted);
}

/* Nobody between, whatever the environment says: he would go where we do not. And no way
 * elsewhere: that is not what was signed. */
static void set_up(CURL *curl, const struct stir_fetch *fetch, struct transfer *transfer)
{
	const struct stir_sources *sources = fetch->sources;

	curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, sources->any_port ? "https,http" : "https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)sources->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)CERTIFICATE_MAX);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
	if (sources->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, sources->ca_file);
}

static void explain(struct stir_fetch *fetch, const struct transfer *transfer, CURLcode code)
{
	if (transfer->forbidden)
		snprintf(fetch->error, sizeof(fetch->error),
			 "its address is of no public network, and not permitted");
	else if (transfer->body.full)
		snprintf(fetch->error, sizeof(fetch->error), "it is longer than %d bytes",
			 CERTIFICATE_MAX);
	else if (!fetch->error[0])
		snprintf(fetch->error, sizeof(fetch->error), "%s", curl_easy_strerror(code));
}

static CURLcode ask(struct stir_fetch *fetch, struct transfer *transfer)
{
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (curl) {
		set_up(curl, fetch, transfer);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetch->error);
		code = curl_easy_perform(curl);
	}
	curl_easy_cleanup(curl);
	return code;
}

static void read_body(struct stir_fetch *fetch, const struct rd_buf *body)
{
	const char *error = NULL;

	fetch->result = stir_certificate_read(
		&fetch->x509, (struct rd_str){ rd_buf_text(body), body->n }, fetch->store, &error);
	snprintf(fetch->error, sizeof(fetch->error), "%s", error ? error : "");
}

int stir_fetch(void *arg)
{
	struct stir_fetch *fetch = arg;
	struct transfer transfer = { .sources = fetch->sources };
	CURLcode code;

	_Static_assert(STIR_ERROR >= CURL_ERROR_SIZE, "libcurl writes into it");
	fetch->result = STIR_RETRIEVAL;
	fetch->error[0] = '\0';
	rd_buf_init(&transfer.body);
	transfer.body.limit = CERTIFICATE_MAX;
	code = ask(fetch, &transfer);
	if (code == CURLE_OK)
		read_body(fetch, &transfer.body);
	else
		explain(fetch, &transfer, code);
	rd_buf_fini(&transfer.body);
	return 0;
}
