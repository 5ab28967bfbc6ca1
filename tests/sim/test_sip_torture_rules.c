/* What RFC 4475 and RFC 5118 say must happen to each of their messages, and that it
 * does: a row a message. The sender is known to sip.conf by its address. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

/* Whoever the messages are about; they register without a password. */
static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[t](!)\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[user](t)\n[j.user](t)\n[watson](t)\n[null-](t)\n";

struct rule {
	const char *folder, *section, *file;
	const char *answer;	    /* how it begins; NULL: there is none */
	const char *header, *holds; /* a header of the answer, and a part of it */
	const char *lacks;	    /* what must not stand in that header */
};

#define RULE(s, f, a) { .folder = FOLDER, .section = s, .file = f, .answer = a }
#define HOLDS(s, f, a, h, v, l) \
	{ .folder = FOLDER, .section = s, .file = f, .answer = a, \
	  .header = h, .holds = v, .lacks = l }

#define FOLDER "rfc4475"
static const struct rule rfc4475[] = {
	/* Valid: in a dialog that there is not. */
	RULE("3.1.1.1", "wsinv", "SIP/2.0 481"),
	RULE("3.1.1.2", "intmeth", "SIP/2.0 501"),
	RULE("3.1.1.3", "esc01", "SIP/2.0 404"),
	/* Its user is not the phone [null-], whose name the null would end. */
	RULE("3.1.1.4", "escnull", "SIP/2.0 401"),
	HOLDS("3.1.1.5", "esc02", "SIP/2.0 501", "Allow", "REGISTER", NULL),
	RULE("3.1.1.6", "lwsdisp", "SIP/2.0 200"),
	RULE("3.1.1.7", "longreq", "SIP/2.0 200"),
	HOLDS("3.1.1.8", "dblreq", "SIP/2.0 200", "Contact", "sip:j.user@host.example.com", NULL),
	RULE("3.1.1.9", "semiuri", "SIP/2.0 200"),
	HOLDS("3.1.1.10", "transports", "SIP/2.0 200", "Via", "UDP", NULL),
	RULE("3.1.1.11", "mpart01", "SIP/2.0 404"),
	RULE("3.1.1.12", "unreason", NULL),
	RULE("3.1.1.13", "noreason", NULL),

	RULE("3.1.2.1", "badinv01", "SIP/2.0 400"),
	RULE("3.1.2.2", "clerr", "SIP/2.0 400"),
	RULE("3.1.2.3", "ncl", "SIP/2.0 400"),
	RULE("3.1.2.4", "scalar02", "SIP/2.0 400"),
	RULE("3.1.2.5", "scalarlg", NULL),
	RULE("3.1.2.6", "quotbal", "SIP/2.0 400"),
	RULE("3.1.2.7", "ltgtruri", "SIP/2.0 400"),
	RULE("3.1.2.8", "lwsruri", "SIP/2.0 400"),
	RULE("3.1.2.9", "lwsstart", "SIP/2.0 400"),
	RULE("3.1.2.10", "trws", "SIP/2.0 400"),
	RULE("3.1.2.11", "escruri", "SIP/2.0 400"),
	/* Nobody needs the Date. */
	RULE("3.1.2.12", "baddate", "SIP/2.0 200"),
	RULE("3.1.2.13", "regbadct", "SIP/2.0 400"),
	RULE("3.1.2.14", "badaspec", "SIP/2.0 400"),
	RULE("3.1.2.15", "baddn", "SIP/2.0 400"),
	RULE("3.1.2.16", "badvers", "SIP/2.0 505"),
	RULE("3.1.2.17", "mismatch01", "SIP/2.0 400"),
	RULE("3.1.2.18", "mismatch02", "SIP/2.0 501"),
	RULE("3.1.2.19", "bigcode", NULL),

	/* Matched as RFC 2543 says. */
	RULE("3.2.1", "badbranch", "SIP/2.0 200"),

	RULE("3.3.1", "insuf", "SIP/2.0 400"),
	RULE("3.3.2", "unkscm", "SIP/2.0 416"),
	RULE("3.3.3", "novelsc", "SIP/2.0 416"),
	RULE("3.3.4", "unksm2", "SIP/2.0 400"),
	HOLDS("3.3.5", "bext01", "SIP/2.0 420", "Unsupported", "nothingSupportsThis", NULL),
	HOLDS("3.3.6", "invut", "SIP/2.0 415", "Accept", "application/sdp", NULL),
	/* We do not care: its address is known. */
	RULE("3.3.7", "regaut01", "SIP/2.0 200"),
	RULE("3.3.8", "multi01", "SIP/2.0 400"),
	RULE("3.3.9", "mcl01", "SIP/2.0 400"),
	RULE("3.3.10", "bcast", NULL),
	RULE("3.3.11", "zeromf", "SIP/2.0 200"),
	HOLDS("3.3.12", "cparam01", "SIP/2.0 200", "Contact",
	      "<sip:+19725552222@gw1.example.net>;", ";unknownparam>"),
	HOLDS("3.3.13", "cparam02", "SIP/2.0 200", "Contact",
	  "<sip:+19725552222@gw1.example.net;unknownparam>", NULL),
	HOLDS("3.3.14", "regescrt", "SIP/2.0 200", "Contact",
	      "?Route=%3Csip:sip.example.com%3E>", NULL),
	HOLDS("3.3.15", "sdp01", "SIP/2.0 406", "Warning", "399", NULL),

	RULE("3.4.1", "inv2543", "SIP/2.0 200"),
};

/* With the Content-Length of three messages corrected. */
#undef FOLDER
#define FOLDER "rfc5118-fixed"
static const struct rule rfc5118[] = {
	HOLDS("4.1", "ipv6-good", "SIP/2.0 200", "Contact", "<sip:caller@[2001:db8::1]>", NULL),
	RULE("4.2", "ipv6-bad", "SIP/2.0 400"),
	/* Well formed, if not what its sender meant. */
	RULE("4.3", "port-ambiguous", "SIP/2.0 200"),
	RULE("4.4", "port-unambiguous", "SIP/2.0 200"),
	RULE("4.5", "via-received-param-with-delim", "SIP/2.0 481"),
	RULE("4.5", "via-received-param-no-delim", "SIP/2.0 200"),
	/* Understood; but we have no codec that it offers. */
	RULE("4.6", "ipv6-in-sdp", "SIP/2.0 488"),
	RULE("4.7", "mult-ip-in-header", "SIP/2.0 481"),
	RULE("4.8", "mult-ip-in-sdp", "SIP/2.0 200"),
	RULE("4.9", "ipv4-mapped-ipv6", "SIP/2.0 488"),
	RULE("4.10", "ipv6-bug-abnf-3-colons", "SIP/2.0 200"),
	RULE("4.10", "ipv6-correct-abnf-2-colons", "SIP/2.0 200"),
};

static void feed(const struct rule *rule)
{
	const char *source = getenv("RD_SOURCE");
	static char text[65536];
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/torture/%s/%s.dat", source ? source : ".",
		 rule->folder, rule->file);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_true(n > 100 && n < sizeof(text));
	line_feed_raw(text, n);
	rd__sched_run_for(100);
}

static void check_answer(const struct rule *rule, const char *answer)
{
	const char *value;

	if (strncmp(answer, rule->answer, strlen(rule->answer)) != 0)
		fail_msg("\"%s\" was expected: %s", rule->answer, answer);
	if (!rule->header)
		return;
	value = line_header(answer, rule->header);
	if (!strstr(value, rule->holds) || (rule->lacks && strstr(value, rule->lacks)))
		fail_msg("%s: %s", rule->header, value);
}

/* The final answer, or NULL. */
static const char *final_answer(void)
{
	const char *answer;

	do
		answer = line_take();
	while (answer && strncmp(answer, "SIP/2.0 1", 9) == 0);
	return answer;
}

static void follow(void **state)
{
	const struct rule *rule = *state;
	const char *answer;

	assert_int_equal(office_reload(conf), 0);
	seen.accepts = "|user|UserB|";
	feed(rule);
	answer = final_answer();
	if (rule->answer && answer)
		check_answer(rule, answer);
	else if (rule->answer || answer)
		fail_msg("%s", answer ? answer : "no answer");
	/* One request, one answer: what stands behind it is noise. */
	assert_null(final_answer());
}

#define COUNT (RD_ARRAY_SIZE(rfc4475) + RD_ARRAY_SIZE(rfc5118))

static void add(struct CMUnitTest *test, char *title, const struct rule *rule)
{
	snprintf(title, 80, "%s section %s: %s", rule->folder, rule->section, rule->file);
	*test = (struct CMUnitTest){
		.name = title,
		.test_func = follow,
		.setup_func = exchange_open,
		.teardown_func = exchange_close,
		.initial_state = (void *)rule,
	};
}

int main(void)
{
	static struct CMUnitTest tests[COUNT];
	static char titles[COUNT][80];

	for (size_t i = 0; i < RD_ARRAY_SIZE(rfc4475); i++)
		add(&tests[i], titles[i], &rfc4475[i]);
	for (size_t i = RD_ARRAY_SIZE(rfc4475); i < COUNT; i++)
		add(&tests[i], titles[i], &rfc5118[i - RD_ARRAY_SIZE(rfc4475)]);
	return RUN_GROUP(tests);
}
