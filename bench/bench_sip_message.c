/* What one INVITE costs to parse, SDP included, and what answering costs; in
 * CPU time beside the budgets of the design. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/pool.h>

#include "bench/bench.h"
#include "channels/sip/message/digest.h"
#include "channels/sip/sdp/sdp.h"

#define ROUNDS 200000

static const char body[] =
	"v=0\r\n"
	"o=1001 1767607200 1767607200 IN IP4 192.168.1.21\r\n"
	"s=-\r\n"
	"c=IN IP4 192.168.1.21\r\n"
	"t=0 0\r\n"
	"m=audio 11790 RTP/AVP 0 8 9 101\r\n"
	"a=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:8 PCMA/8000\r\n"
	"a=rtpmap:9 G722/8000\r\n"
	"a=rtpmap:101 telephone-event/8000\r\n"
	"a=fmtp:101 0-15\r\n"
	"a=ptime:20\r\n"
	"a=sendrecv\r\n";

static const char head[] =
	"INVITE sip:1002@pbx.example.com SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 192.168.1.21:5060;rport;branch=z9hG4bK1e5f0a6b7c8d9e0f\r\n"
	"Max-Forwards: 70\r\n"
	"From: \"Alice Adams\" <sip:1001@pbx.example.com>;tag=as58f4201b\r\n"
	"To: <sip:1002@pbx.example.com>\r\n"
	"Call-ID: 6fb7c1d2e3f4a5b6@192.168.1.21\r\n"
	"CSeq: 102 INVITE\r\n"
	"Contact: <sip:1001@192.168.1.21:5060>\r\n"
	"User-Agent: Deskphone 1.4.2\r\n"
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, INFO, UPDATE\r\n"
	"Accept: application/sdp, application/dtmf-relay\r\n"
	"Session-Expires: 1800\r\n"
	"Supported: replaces, timer\r\n"
	"Content-Type: application/sdp\r\n"
	"Content-Length: %zu\r\n"
	"\r\n%s";

static void check(int rc)
{
	if (rc) {
		fprintf(stderr, "bench_sip_message: error %d\n", rc);
		exit(1);
	}
}

/* budget 0: there is none. */
static void print_row(const char *what, double start, double budget)
{
	double us = (bench_cpu_us() - start) / ROUNDS;

	printf("%-44s %8.3f µs", what, us);
	if (budget > 0)
		printf("   budget %4.1f   %s", budget, us <= budget ? "within" : "OVER BUDGET");
	printf("\n");
}

static struct sip_parsed parsed;
static char invite[2048], work[2048];
static size_t size;

/* The copy stands for what the kernel does in recvmsg(). */
static void parse_invite(void)
{
	struct sip_error error;

	memcpy(work, invite, size);
	check(sip_msg_parse(&parsed, work, size, &error));
}

static void bench_parse(struct rd_pool *pool)
{
	double start = bench_cpu_us();
	struct sdp *sdp;

	for (int i = 0; i < ROUNDS; i++)
		parse_invite();
	print_row("INVITE parsed, body left alone", start, 0);
	start = bench_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		parse_invite();
		check(sdp_parse(&sdp, pool, parsed.msg.body, NULL));
		rd_pool_reset(pool);
	}
	print_row("INVITE of 850 bytes parsed with SDP", start, 1.0);
}

static void bench_answer(void)
{
	static char buffer[4096];
	double start = bench_cpu_us();
	struct sip_out out;

	parse_invite();
	check(sip_sockaddr_parse(&parsed.msg.source, RD_STR("192.168.1.21"), 5060));
	for (int i = 0; i < ROUNDS; i++) {
		sip_out_init(&out, buffer, sizeof(buffer));
		sip_out_response(&out, &parsed.msg, 180, RD_STR(""), RD_STR("abcdefgh"));
		check(sip_out_end(&out));
	}
	print_row("180 printed", start, 0);
}

static void bench_digest(enum sip_digest_algorithm algorithm, const char *what)
{
	static const char text[] =
		"Digest username=\"1001\", realm=\"ringdown\", uri=\"sip:pbx.example.com\","
		"nonce=\"0123456789abcdef0123456789abcdef0123456789abcdef\", qop=auth, "
		"nc=00000001, cnonce=\"0a4f113b\", algorithm=MD5, "
		"response=\"6629fae49393a05397450978507c4ef1\"";
	char ha1[SIP_DIGEST_HEX], hex[SIP_DIGEST_HEX];
	struct sip_digest digest;
	double start;

	check(sip_digest_ha1(ha1, algorithm, RD_STR("1001"), RD_STR("ringdown"),
			     RD_STR("secret")));
	start = bench_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		check(sip_digest_parse(&digest, RD_STR(text), NULL));
		digest.algorithm = algorithm;
		check(sip_digest_response(hex, &digest, ha1, RD_STR("REGISTER"), RD_STR("")));
	}
	print_row(what, start, 0);
}

int main(void)
{
	struct rd_pool *pool;

	size = (size_t)snprintf(invite, sizeof(invite), head, sizeof(body) - 1, body);
	check(rd_pool_new(&pool, 8192));
	printf("INVITE: %zu bytes, of which SDP %zu\n", size, sizeof(body) - 1);
	bench_parse(pool);
	bench_answer();
	bench_digest(SIP_DIGEST_MD5, "Authorization parsed, MD5 response computed");
	bench_digest(SIP_DIGEST_SHA256, "Authorization parsed, SHA-256 response");
	rd_pool_free(pool);
	sip_digest_fini();
	return 0;
}
