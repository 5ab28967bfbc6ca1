/* The simulated name server. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/unit/sip_zone.h"

#define PENDING 64

static const char *zone = "";
static bool silent; /* the last name asked for */

void zone_set(const char *text)
{
	zone = text;
}

static const char *root_is_empty(const char *name)
{
	return strcmp(name, ".") == 0 ? "" : name;
}

/* One line into the answer, when it is of this name and type. */
static void add_line(struct dns_answer *answer, const char *line, enum dns_type type,
		     const char *name)
{
	char owner[DNS_NAME], kind[16], a[DNS_NAME] = "", target[DNS_NAME] = "";
	struct dns_record *record = &answer->records[answer->count];
	unsigned ttl, x = 0, y = 0, z = 0;
	int at = 0;

	if (sscanf(line, "%255s %u %15s %n", owner, &ttl, kind, &at) < 3 ||
	    strcmp(owner, name) != 0)
		return;
	if (strcmp(kind, "FAIL") == 0)
		answer->rc = -EIO;
	if (strcmp(kind, "SILENT") == 0)
		answer->rc = -EAGAIN;
	if (strcmp(kind, dns_type_name(type)) != 0)
		return;
	answer->ttl_s = ttl;
	answer->count++;
	line += at;
	if (type == DNS_SRV) {
		assert_int_equal(sscanf(line, "%u %u %u %255s", &x, &y, &z, target), 4);
		record->srv.priority = (uint16_t)x;
		record->srv.weight = (uint16_t)y;
		record->srv.port = (uint16_t)z;
		strcpy(record->name, root_is_empty(target));
	} else if (type == DNS_NAPTR) {
		assert_int_equal(sscanf(line, "%u %u %3s %15s %255s", &x, &y,
					record->naptr.flags, record->naptr.service, target),
				 5);
		if (strcmp(record->naptr.flags, "-") == 0)
			record->naptr.flags[0] = '\0';
		record->naptr.order = (uint16_t)x;
		record->naptr.preference = (uint16_t)y;
		strcpy(record->name, root_is_empty(target));
	} else {
		assert_int_equal(sscanf(line, "%255s", a), 1);
		assert_int_equal(sip_sockaddr_parse(&record->address, rd_str_of(a), 0), 0);
	}
}

struct dns_answer *zone_answer(enum dns_type type, const char *name)
{
	struct dns_answer *answer =
		rd_zalloc(sizeof(*answer) + DNS_RECORDS_MAX * sizeof(answer->records[0]));
	struct rd_str rest = rd_str_of(zone), line;

	silent = false;
	if (!answer)
		return NULL;
	answer->ttl_s = 30;
	while (rest.n) {
		char text[512];

		rd_str_cut(&rest, '\n', &line);
		rd_strcpyn(text, sizeof(text), line);
		add_line(answer, text, type, name);
	}
	if (answer->rc == 0 && answer->count == 0)
		answer->rc = -ENOENT;
	if (answer->rc == -EAGAIN) {
		silent = true;
		rd_free(answer);
		return NULL;
	}
	return answer;
}

/* ---- serving a resolver ---- */

static struct {
	struct sip_resolver *resolver;
	int delay_ms;
	unsigned asked;
	struct pending {
		struct rd_timer timer;
		enum dns_type type;
		char name[DNS_NAME];
		bool used;
	} pending[PENDING];
} server;

static void reply(enum dns_type type, const char *name)
{
	struct dns_answer *answer = zone_answer(type, name);

	if (!silent)
		sip_resolver_answer_take(server.resolver, type, name, answer);
}

static void due(void *arg)
{
	struct pending *pending = arg;

	pending->used = false;
	reply(pending->type, pending->name);
}

static void asked(void *arg, int type, const char *name)
{
	struct pending *pending = server.pending;

	(void)arg;
	server.asked++;
	if (!server.delay_ms) {
		reply((enum dns_type)type, name);
		return;
	}
	while (pending->used)
		pending++;
	assert_true(pending < server.pending + PENDING);
	pending->used = true;
	pending->type = (enum dns_type)type;
	strcpy(pending->name, name);
	rd_timer_init(&pending->timer, due, pending);
	rd_timer_start(&pending->timer, server.delay_ms);
}

void zone_serve(struct sip_resolver *resolver, int delay_ms)
{
	zone_forget();
	server.resolver = resolver;
	server.delay_ms = delay_ms;
	server.asked = 0;
	sip_resolver_simulate(resolver, asked, NULL);
}

unsigned zone_asked(void)
{
	return server.asked;
}

void zone_forget(void)
{
	for (int i = 0; i < PENDING; i++) {
		if (server.pending[i].used)
			rd_timer_stop(&server.pending[i].timer);
		server.pending[i].used = false;
	}
}
