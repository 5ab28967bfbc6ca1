/* Registrations of ours as the settings want them: which are begun, which go on,
 * which are left. What is sent is in enrol_register.c, what comes of it in
 * enrol_answer.c. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"

#define FAREWELL_MS 2000
#define LOOK_MS	    20

static struct rd_list all = RD_LIST_INIT(all);

struct rd_list *enrol_all(void)
{
	return &all;
}

const char *enrol_proxy(const struct sip_endpoint *endpoint, unsigned reg_id)
{
	return endpoint->register_proxies ? endpoint->register_proxies[reg_id - 1]
					  : endpoint->outbound_proxy;
}

static unsigned flows_of(const struct sip_endpoint *endpoint)
{
	unsigned count = 0;

	if (!endpoint->registers)
		return 0;
	while (endpoint->register_proxies && endpoint->register_proxies[count])
		count++;
	return count ? count : 1;
}

bool enrol_has_other_flow(const struct enrolment *enrolment)
{
	rd_list_foreach(node, tmp, &all) {
		const struct enrolment *other = enrol_of(node);

		if (other != enrolment && other->state == ENROL_REGISTERED && !other->leaves &&
		    strcmp(other->endpoint->name, enrolment->endpoint->name) == 0)
			return true;
	}
	return false;
}

void enrol_tell(const struct enrolment *enrolment, const char *what)
{
	char flow[12];
	const char *other = enrolment->endpoint->register_endpoint;
	const struct rd_event_field fields[] = { { "contact", enrolment->contact },
						 { "flow", flow },
						 { "endpoint", other } };
	struct rd_event event = { .type = RD_EVENT_REGISTRATION,
				  .name = enrolment->endpoint->name,
				  .text = what,
				  .number = enrolment->status,
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) - !other };

	snprintf(flow, sizeof(flow), "%u", enrolment->reg_id);
	rd_event_publish(&event);
}

/* ---- birth and death ---- */

static void due(void *arg)
{
	struct enrolment *enrolment = arg;
	int rc;

	enrolment->status = 0;
	rc = enrol_send(enrolment);
	if (rc)
		enrol_unreached(enrolment, rc);
}

static void wants(struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	struct sip_settings *former = enrolment->settings;

	enrolment->settings = sip_settings_ref(endpoint->settings);
	enrolment->endpoint = endpoint;
	enrolment->expires_s = (uint32_t)endpoint->register_expires_ms / 1000;
	sip_settings_unref(former);
}

static struct enrolment *find(const char *name, unsigned reg_id, bool leaves)
{
	rd_list_foreach(node, tmp, &all) {
		struct enrolment *enrolment = enrol_of(node);

		if (enrolment->leaves == leaves && enrolment->reg_id == reg_id &&
		    strcmp(enrolment->endpoint->name, name) == 0)
			return enrolment;
	}
	return NULL;
}

/* Whoever had the name before says good-bye first: the contact may be the same. */
static void begin(const struct sip_endpoint *endpoint, unsigned reg_id)
{
	struct enrolment *enrolment = rd_zalloc(sizeof(*enrolment));

	if (!enrolment) {
		rd_warning("sip/%s: no memory to register", endpoint->name);
		return;
	}
	wants(enrolment, endpoint);
	enrolment->reg_id = reg_id;
	enrol_flow_init(enrolment);
	enrol_line_init(enrolment);
	rd_random_token(enrolment->call_id, sizeof(enrolment->call_id) - 1);
	rd_random_token(enrolment->tag, SIP_TAG_LENGTH);
	rd_timer_init(&enrolment->timer, due, enrolment);
	if (!find(endpoint->name, reg_id, true))
		rd_timer_start(&enrolment->timer, 0);
	rd_list_push(&all, &enrolment->link);
}

static void enrolment_free(struct enrolment *enrolment)
{
	sip_outside_forget(enrolment->request);
	rd_timer_stop(&enrolment->timer);
	enrol_flow_drop(enrolment);
	rd_list_remove(&enrolment->link);
	sip_credentials_unref(enrolment->credentials);
	rd_free(enrolment->redirected_to);
	rd_free(enrolment->service_route);
	rd_free(enrolment->pub_gruu);
	rd_free(enrolment->temp_gruu);
	sip_settings_unref(enrolment->settings);
	rd_free(enrolment);
}

void enrol_end(struct enrolment *enrolment)
{
	const char *name = enrolment->endpoint->name;
	struct enrolment *next = find(name, enrolment->reg_id, false);

	enrol_tell(enrolment, "Unregistered");
	rd_list_remove(&enrolment->link);
	if (next && !find(name, next->reg_id, true))
		rd_timer_start(&next->timer, 0);
	enrolment_free(enrolment);
}

/* ---- leaving ---- */

/* Does the registrar have our contact, as far as we can know? */
static bool may_be_known(const struct enrolment *enrolment)
{
	return enrolment->cseq &&
	       (enrolment->state != ENROL_REFUSED || enrolment->until_ms > rd_now_ms());
}

static void leave(struct enrolment *enrolment)
{
	bool known = may_be_known(enrolment);

	rd_timer_stop(&enrolment->timer);
	rd_timer_stop(&enrolment->flow.timer);
	enrolment->leaves = true;
	if (known && enrol_send(enrolment) == 0)
		return;
	if (known)
		rd_notice("sip/%s: it could not be told that we leave", enrolment->endpoint->name);
	enrol_end(enrolment);
}

/* One REGISTER at a time (RFC 3261 §10.2): it leaves when what is out has ended. */
static void leave_in_turn(struct enrolment *enrolment)
{
	if (!enrolment->request) {
		leave(enrolment);
		return;
	}
	enrolment->leaves = true;
	enrolment->again = true;
}

void sip_enrolments_leave(void)
{
	rd_list_foreach(node, tmp, &all)
		if (!enrol_of(node)->leaves || enrol_of(node)->again)
			leave(enrol_of(node));
}

/* Whoever has been silent is told, but not waited for, unless he has our binding. */
static bool is_awaited(const struct enrolment *enrolment)
{
	return enrolment->leaves && (!enrolment->failures || enrolment->until_ms > rd_now_ms());
}

static bool any_is_awaited(void)
{
	rd_list_foreach(node, tmp, &all)
		if (is_awaited(enrol_of(node)))
			return true;
	return false;
}

void sip_enrolments_wait(void)
{
	uint64_t deadline = rd_now_ms() + FAREWELL_MS;

	while (any_is_awaited() && rd_now_ms() < deadline && rd_sleep(LOOK_MS) == 0)
		;
}

void sip_enrolments_stop(void)
{
	sip_enrolments_unwatch();
	rd_list_foreach(node, tmp, &all)
		enrolment_free(enrol_of(node));
}

/* ---- other settings ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The same contact of the same user at the same registrar, by the same way. */
static bool same_binding(const struct sip_endpoint *a, const struct sip_endpoint *b,
			 unsigned reg_id)
{
	return same_text(enrol_server(a), enrol_server(b)) &&
	       a->register_secure == b->register_secure && a->register_line == b->register_line &&
	       a->register_gin == b->register_gin &&
	       same_text(a->register_as, b->register_as) &&
	       same_text(enrol_contact_user(a), enrol_contact_user(b)) &&
	       same_text(a->transport, b->transport) && same_text(enrol_user(a), enrol_user(b)) &&
	       same_text(a->from_domain, b->from_domain) && a->outbound == b->outbound &&
	       a->gruu == b->gruu && same_text(enrol_proxy(a, reg_id), enrol_proxy(b, reg_id));
}

/* What answers its challenges. */
static bool same_secret(const struct sip_endpoint *a, const struct sip_endpoint *b)
{
	for (int i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (!same_text(a->answer_ha1[i], b->answer_ha1[i]))
			return false;
	return same_text(a->secret, b->secret);
}

static bool same_wish(const struct sip_endpoint *a, const struct sip_endpoint *b)
{
	return same_secret(a, b) && a->register_expires_ms == b->register_expires_ms;
}

/* What stands goes on. What was refused or waits is tried at once: whoever reloads has
 * mended something, here or at the far end. */
static void go_on(struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	bool same = same_wish(enrolment->endpoint, endpoint);
	uint32_t expires_s = enrolment->expires_s;

	if (!same_secret(enrolment->endpoint, endpoint)) {
		sip_credentials_unref(enrolment->credentials);
		enrolment->credentials = NULL;
	}
	wants(enrolment, endpoint);
	if (enrolment->state == ENROL_REFUSED)
		enrolment->failures = 0;
	enrolment->unsure = enrolment->plain;
	if (same)
		enrolment->expires_s = expires_s; /* a 423 may have made it longer */
	if (same && (enrolment->state == ENROL_REGISTERED || enrolment->request))
		return;
	if (enrolment->request)
		enrolment->again = true;
	else if (!find(endpoint->name, enrolment->reg_id, true))
		rd_timer_start(&enrolment->timer, 0);
}

static const struct sip_endpoint *wanted(const struct enrolment *enrolment)
{
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(enrolment->endpoint->name));

	return endpoint && enrolment->reg_id <= flows_of(endpoint) &&
			       same_binding(endpoint, enrolment->endpoint, enrolment->reg_id)
		       ? endpoint
		       : NULL;
}

void sip_enrolments_configure(void)
{
	if (!sip.transactions)
		return;
	rd_list_foreach(node, tmp, &all) {
		if (enrol_of(node)->leaves || wanted(enrol_of(node)))
			continue;
		enrol_line_forget(enrol_of(node));
		leave_in_turn(enrol_of(node));
	}
	rd_list_foreach(node, tmp, &all)
		if (!enrol_of(node)->leaves)
			go_on(enrol_of(node), wanted(enrol_of(node)));
	for (const struct sip_endpoint *endpoint = sip.settings->first; endpoint;
	     endpoint = endpoint->next)
		for (unsigned id = 1; id <= flows_of(endpoint); id++)
			if (!find(endpoint->name, id, false))
				begin(endpoint, id);
}

/* ---- the console ---- */

static void print_row(struct rd_cli *cli, const struct enrolment *enrolment)
{
	static const char *const states[] = { "asked", "registered", "waits", "refused" };
	uint64_t now = rd_now_ms();
	uint64_t left = enrolment->until_ms > now ? enrolment->until_ms - now : 0;
	char name[96];

	snprintf(name, sizeof(name), enrolment->reg_id > 1 ? "%s/%u" : "%s",
		 enrolment->endpoint->name, enrolment->reg_id);
	rd_cli_print(cli, "%-16s %-12s %6u %7u  %s\n", name,
		     enrolment->leaves ? "leaves" : states[enrolment->state], enrolment->status,
		     (unsigned)(left / 1000), enrolment->contact);
}

int sip_command_registrations(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned count = 0;

	(void)argc, (void)argv;
	rd_cli_print(cli, "%-16s %-12s %6s %7s  %s\n", "Peer", "State", "Status", "Expires",
		     "Contact");
	rd_list_foreach(node, tmp, &all) {
		print_row(cli, enrol_of(node));
		count++;
	}
	rd_cli_count(cli, count, "registration", "registrations");
	return 0;
}
