/* Registrations of ours as the settings want them: which are begun, which go on,
 * which are left. What is sent is in enrol_register.c, what comes of it in
 * enrol_answer.c. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/enrol_private.h"

static struct rd_list all = RD_LIST_INIT(all);

struct rd_list *enrol_all(void)
{
	return &all;
}

static struct enrolment *of_node(struct rd_list *node)
{
	return rd_list_entry(node, struct enrolment, link);
}

/* ---- birth and death ---- */

static void due(void *arg)
{
	struct enrolment *enrolment = arg;

	enrolment->status = 0;
	if (enrol_send(enrolment))
		enrol_retry_later(enrolment, 0);
}

static void wants(struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	struct sip_settings *former = enrolment->settings;

	enrolment->settings = sip_settings_ref(endpoint->settings);
	enrolment->endpoint = endpoint;
	enrolment->expires_s = (uint32_t)endpoint->register_expires_ms / 1000;
	sip_settings_unref(former);
}

static struct enrolment *find(const char *name, bool leaves)
{
	rd_list_foreach(node, tmp, &all) {
		struct enrolment *enrolment = of_node(node);

		if (enrolment->leaves == leaves && strcmp(enrolment->endpoint->name, name) == 0)
			return enrolment;
	}
	return NULL;
}

/* Whoever had the name before says good-bye first: the contact may be the same. */
static void begin(const struct sip_endpoint *endpoint)
{
	struct enrolment *enrolment = rd_zalloc(sizeof(*enrolment));

	if (!enrolment) {
		rd_warning("sip/%s: no memory to register", endpoint->name);
		return;
	}
	wants(enrolment, endpoint);
	rd_random_token(enrolment->call_id, sizeof(enrolment->call_id) - 1);
	rd_random_token(enrolment->tag, SIP_TAG_LENGTH);
	rd_timer_init(&enrolment->timer, due, enrolment);
	if (!find(endpoint->name, true))
		rd_timer_start(&enrolment->timer, 0);
	rd_list_push(&all, &enrolment->link);
}

static void enrolment_free(struct enrolment *enrolment)
{
	sip_outside_forget(enrolment->request);
	rd_timer_stop(&enrolment->timer);
	rd_list_remove(&enrolment->link);
	sip_settings_unref(enrolment->settings);
	rd_free(enrolment);
}

void enrol_end(struct enrolment *enrolment)
{
	struct enrolment *next = find(enrolment->endpoint->name, false);

	rd_list_remove(&enrolment->link);
	if (next && !next->cseq && !find(next->endpoint->name, true))
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
	rd_timer_stop(&enrolment->timer);
	enrolment->leaves = true;
	enrolment->again = true;
}

void sip_enrolments_leave(void)
{
	rd_list_foreach(node, tmp, &all)
		if (!of_node(node)->leaves || of_node(node)->again)
			leave(of_node(node));
}

void sip_enrolments_stop(void)
{
	rd_list_foreach(node, tmp, &all)
		enrolment_free(of_node(node));
}

/* ---- other settings ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The same contact of the same user at the same registrar, by the same way. */
static bool same_binding(const struct sip_endpoint *a, const struct sip_endpoint *b)
{
	return same_text(a->host, b->host) && same_text(a->transport, b->transport) &&
	       same_text(enrol_user(a), enrol_user(b)) &&
	       same_text(a->from_domain, b->from_domain) &&
	       same_text(a->outbound_proxy, b->outbound_proxy);
}

static bool same_wish(const struct sip_endpoint *a, const struct sip_endpoint *b)
{
	return same_text(a->secret, b->secret) && a->register_expires_ms == b->register_expires_ms;
}

/* What stands goes on. What was refused or waits is tried at once: whoever reloads has
 * mended something, here or at the far end. */
static void go_on(struct enrolment *enrolment, const struct sip_endpoint *endpoint)
{
	bool same = same_wish(enrolment->endpoint, endpoint);
	uint32_t expires_s = enrolment->expires_s;

	wants(enrolment, endpoint);
	if (same)
		enrolment->expires_s = expires_s; /* a 423 may have made it longer */
	if (same && (enrolment->state == ENROL_REGISTERED || enrolment->request))
		return;
	if (enrolment->request)
		enrolment->again = true;
	else if (!find(endpoint->name, true))
		rd_timer_start(&enrolment->timer, 0);
}

static const struct sip_endpoint *wanted(const struct enrolment *enrolment)
{
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(enrolment->endpoint->name));

	return endpoint && endpoint->registers && same_binding(endpoint, enrolment->endpoint)
		       ? endpoint
		       : NULL;
}

void sip_enrolments_configure(void)
{
	if (!sip.transactions)
		return;
	rd_list_foreach(node, tmp, &all)
		if (!of_node(node)->leaves && !wanted(of_node(node)))
			leave_in_turn(of_node(node));
	rd_list_foreach(node, tmp, &all)
		if (!of_node(node)->leaves)
			go_on(of_node(node), wanted(of_node(node)));
	for (const struct sip_endpoint *endpoint = sip.settings->first; endpoint;
	     endpoint = endpoint->next)
		if (endpoint->registers && !find(endpoint->name, false))
			begin(endpoint);
}

/* ---- the console ---- */

static void print_row(struct rd_cli *cli, const struct enrolment *enrolment)
{
	static const char *const states[] = { "asked", "registered", "waits", "refused" };
	uint64_t now = rd_now_ms();
	uint64_t left = enrolment->until_ms > now ? enrolment->until_ms - now : 0;

	rd_cli_print(cli, "%-16s %-12s %6u %7u  %s\n", enrolment->endpoint->name,
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
		print_row(cli, of_node(node));
		count++;
	}
	rd_cli_count(cli, count, "registration", "registrations");
	return 0;
}
