/* The proxy and its neighbours. */
#include "tests/unit/test.h"

#include <stdio.h>

#include <ringdown/module.h>

#include "core/config/config.h"
#include "core/sched/sched.h"
#include "modules/sip_proxy/proxy.h"
#include "tests/sim/sip_proxied.h"
#include "tests/unit/conf_dir.h"

#define REFUSAL_TAG "no"

extern const struct rd_module rd_module;

/* [global] goes on after the line that proxied_set() begins it with. */
static const char sip_conf[] =
	"user_agent = Test\ndns = no\n"
	"guard_exempt = 127.0.0.4\n"
	"[gate]\ntype = peer\nmatch = 127.0.0.9\nhost = 127.0.0.9\ncontext = office\n"
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n"
	"[1003]\ntype = phone\nsecret = three\ncontext = office\n"
	"[central-reception1]\ntype = phone\nsecret = four\ncontext = office\n";

static const char proxy_conf[] =
	"[users]\ndomain = here.test\nauthenticate = no\n"
	"[tie]\npattern = _80XX\nto = sip:127.0.0.30\n"
	"[many]\npattern = _81XX\nto = sip:127.0.0.31 & sip:127.0.0.32, sip:127.0.0.33\n"
	"[way]\npattern = _82XX\nto = sip:127.0.0.30\nvia = sip:127.0.0.40\n"
	"[follow]\npattern = _83XX\nto = sip:127.0.0.30, sip:127.0.0.33\n"
	"follow_redirects = yes\n"
	"[out]\ndomain = *\n";

static unsigned serial;
static char branch[64];
static char moved_to[128]; /* "": the sender's address */

int proxied_configure(const char *conf)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("proxy.conf", conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd_module.config->build(&snapshot, report);
	rd_config_report_free(report);
	if (rc == 0)
		rd_module.config->commit(snapshot);
	return rc;
}

int proxied_set(const char *line)
{
	char conf[2048];

	snprintf(conf, sizeof(conf), "[global]\n%s\n%s", line, sip_conf);
	return office_reload(conf);
}

int proxied_open(void **state)
{
	int rc = exchange_open(state);

	contact_is("");

	if (proxied_set("dns_hosts = /nonexistent"))
		fail_msg("%s", office_report());
	assert_int_equal(proxied_configure(proxy_conf), 0);
	module_open();
	return rc;
}

int proxied_close(void **state)
{
	rd__sched_run_for(300000);
	assert_int_equal(proxy_contexts_count(), 0);
	assert_int_equal(sip_transactions_count(sip.transactions), 0);
	module_close();
	return exchange_close(state);
}

void proxied_register(const char *phone, const char *uri, uint16_t q)
{
	proxied_register_by(phone, uri, q, "");
}

void proxied_bind(const char *phone, const struct sip_contact_params *what)
{
	struct sip_contact_params params = *what;
	char host[64];
	struct sip_uri uri;

	params.user_agent = RD_STR("Phone");
	assert_int_equal(sip_uri_parse(&uri, params.uri, NULL), 0);
	snprintf(host, sizeof(host), "%.*s", (int)uri.host.n, uri.host.p);
	office_bind(phone, host, sip_uri_port(&uri), &params);
}

void proxied_register_by(const char *phone, const char *uri, uint16_t q, const char *path)
{
	proxied_bind(phone, &(struct sip_contact_params){ .uri = rd_str_of(uri),
							  .path = rd_str_of(path),
							  .q = q });
}

void proxied_register_flow(const char *phone, const char *uri, const char *instance,
			   uint32_t reg_id)
{
	proxied_bind(phone, &(struct sip_contact_params){ .uri = rd_str_of(uri),
							  .instance = rd_str_of(instance),
							  .reg_id = reg_id,
							  .q = 1000 });
}

/* ---- the caller ---- */

void contact_is(const char *uri)
{
	snprintf(moved_to, sizeof(moved_to), "%s", uri);
}

static void send_from(const char *host, const char *method, const char *uri,
		      const char *from_tag, const char *to_tag, const char *more)
{
	static char text[4096];
	char contact[128];

	if (strcmp(method, "CANCEL") != 0)
		snprintf(branch, sizeof(branch), "z9hG4bKfar%u", ++serial);
	snprintf(contact, sizeof(contact), *moved_to ? "%s" : "sip:alice@%s",
		 *moved_to ? moved_to : host);
	snprintf(text, sizeof(text),
		 "%s %s SIP/2.0\nVia: SIP/2.0/UDP %s:5060;branch=%s;rport\n%s"
		 "From: <sip:alice@%s>;tag=%s\nTo: <sip:bob@127.0.0.1>%s%s\n"
		 "Call-ID: %s\nCSeq: 7 %s\nContact: <%s>\n%s%s\n%s",
		 method, uri, host, branch,
		 strstr(more, "Max-Forwards:") ? "" : "Max-Forwards: 70\n", host, from_tag,
		 *to_tag ? ";tag=" : "", to_tag, "the-call", method, contact, more,
		 strcmp(method, "INVITE") ? "" : "Content-Type: application/sdp\n",
		 strcmp(method, "INVITE") ? "" : SDP(""));
	line_feed_from(host, 5060, text);
}

void caller_sends(const char *method, const char *uri, const char *more)
{
	send_from("127.0.0.9", method, uri, "from", "", more);
}

void stranger_sends(const char *method, const char *uri, const char *more)
{
	send_from("127.0.0.4", method, uri, "from", "", more);
}

void caller_goes_on(const char *method, const char *uri, const char *to_tag, const char *more)
{
	send_from("127.0.0.9", method, uri, "from", to_tag, more);
}

void stranger_goes_on(const char *method, const char *uri, const char *to_tag,
		      const char *more)
{
	send_from("127.0.0.4", method, uri, "from", to_tag, more);
}

void stranger_sends_as(const char *method, const char *uri, const char *from_tag,
		       const char *to_tag, const char *more)
{
	send_from("127.0.0.4", method, uri, from_tag, to_tag, more);
}

void caller_acks_refusal(void)
{
	caller_goes_on("ACK", "sip:x@127.0.0.1", REFUSAL_TAG, "");
}

const char *caller_gets(const char *start)
{
	const char *text = line_expect(start);

	assert_string_equal(line_peer(), "127.0.0.9:5060");
	return text;
}

/* ---- the far ends ---- */

void take_copy(struct copy *copy, const char *start)
{
	snprintf(copy->text, sizeof(copy->text), "%s", line_expect(start));
	snprintf(copy->peer, sizeof(copy->peer), "%s", line_peer());
}

void take_copy_at(struct copy *copy, const char *start, const char *peer)
{
	take_copy(copy, start);
	assert_string_equal(copy->peer, peer);
}

/* All lines of a header. */
static size_t put_all(char *to, size_t size, const char *text, const char *name)
{
	char start[64];
	size_t n = 0;

	snprintf(start, sizeof(start), "\n%s:", name);
	to[0] = '\0';
	while ((text = strstr(text, start))) {
		text++;
		n += (size_t)snprintf(to + n, size - n, "%.*s\n", (int)strcspn(text, "\n"),
				      text);
	}
	return n;
}

void answer_copy(const struct copy *copy, const char *status, const char *tag,
		 const char *more)
{
	char vias[2048], records[1024];

	put_all(vias, sizeof(vias), copy->text, "Via");
	put_all(records, sizeof(records), copy->text, "Record-Route");
	line_answer_from(copy->peer);
	line_feed("SIP/2.0 %s\n%s%sFrom: %s\nTo: %s%s%s\nCall-ID: %s\nCSeq: %s\n%s\n", status,
		  vias, strncmp(status, "200", 3) == 0 || status[0] == '1' ? records : "",
		  line_header(copy->text, "From"), line_header(copy->text, "To"),
		  *tag ? ";tag=" : "", tag, line_header(copy->text, "Call-ID"),
		  line_header(copy->text, "CSeq"), more);
	line_answer_from(NULL);
}

void refuse_copy(const struct copy *copy, const char *status, const char *more)
{
	answer_copy(copy, status, REFUSAL_TAG, more);
	line_expect("ACK ");
	assert_string_equal(line_peer(), copy->peer);
}

void skip_to_copy(const char *start)
{
	while (strncmp(line_peek(), start, strlen(start)) != 0)
		if (!line_take())
			fail_msg("\"%s\" was expected", start);
}

void lines_in(const char *text, const char *name, unsigned count)
{
	char start[64];
	unsigned found = 0;

	snprintf(start, sizeof(start), "\n%s:", name);
	for (const char *at = text; (at = strstr(at, start)); at++)
		found++;
	if (found != count)
		fail_msg("%u lines of %s were expected:\n%s", count, name, text);
}

/* ---- calls ---- */

void end_call(const struct copy *copy)
{
	line_clear();
	answer_copy(copy, "486 Busy Here", "busy", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 486");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "busy", "");
	line_clear();
}

void record_of(char uri[128], const struct copy *copy)
{
	snprintf(uri, 128, "%s", line_part(line_header(copy->text, "Record-Route"), "<", ">"));
	assert_non_null(strstr(uri, ";lr"));
}

void answered_call(struct copy *copy, char record[128])
{
	caller_sends("INVITE", "sip:8001@127.0.0.1", "");
	take_copy_at(copy, "INVITE ", "127.0.0.30:5060");
	record_of(record, copy);
	answer_copy(copy, "200 OK", "far", "Contact: <sip:8001@127.0.0.70>\n");
	caller_gets("SIP/2.0 200");
}
