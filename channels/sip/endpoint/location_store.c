/* Contacts over restarts. Memory is the truth; what a turn of the loop has changed is
 * written at its end, for the phone has been told by then. */
#include <net/if.h>
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "channels/sip/endpoint/location_table.h"
#include "channels/sip/message/uri.h"

static const char *const steps[] = {
	"CREATE TABLE sip_contacts (aor TEXT NOT NULL, uri TEXT NOT NULL, "
	"call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, user_agent TEXT NOT NULL, "
	"transport TEXT NOT NULL, source TEXT NOT NULL, port INTEGER NOT NULL, "
	"PRIMARY KEY (aor, uri))",
	/* Two flows of one device may have one URI. */
	"CREATE TABLE sip_bindings (aor TEXT NOT NULL, uri TEXT NOT NULL, "
	"reg_id INTEGER NOT NULL, instance TEXT NOT NULL, "
	"call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, user_agent TEXT NOT NULL, "
	"path TEXT NOT NULL, params TEXT NOT NULL, epoch INTEGER NOT NULL, "
	"transport TEXT NOT NULL, source TEXT NOT NULL, port INTEGER NOT NULL, "
	"PRIMARY KEY (aor, uri, reg_id, instance)); "
	"INSERT INTO sip_bindings SELECT aor, uri, 0, '', call_id, cseq, q, expires, "
	"user_agent, '', '', 0, transport, source, port FROM sip_contacts; "
	"DROP TABLE sip_contacts; "
	"CREATE TABLE sip_keys (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
	/* And so may two devices behind two NATs that do not say which they are. ours: to which
	 * of our addresses it came. */
	"ALTER TABLE sip_bindings RENAME TO sip_former_bindings; "
	"CREATE TABLE sip_bindings (aor TEXT NOT NULL, uri TEXT NOT NULL, "
	"reg_id INTEGER NOT NULL, instance TEXT NOT NULL, "
	"call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, user_agent TEXT NOT NULL, "
	"path TEXT NOT NULL, params TEXT NOT NULL, epoch INTEGER NOT NULL, "
	"transport TEXT NOT NULL, source TEXT NOT NULL, port INTEGER NOT NULL, "
	"ours TEXT NOT NULL, PRIMARY KEY (aor, uri, reg_id, instance, call_id)); "
	"INSERT INTO sip_bindings SELECT *, '' FROM sip_former_bindings; "
	"DROP TABLE sip_former_bindings",
	/* And to which port; 0: written before there was this column. */
	"ALTER TABLE sip_bindings ADD COLUMN ours_port INTEGER NOT NULL DEFAULT 0",
	NULL
};

static const struct rd_schema schema = { .name = "sip", .steps = steps };

/* A renewal changes a row in its place and leaves the index alone. */
static const char write_sql[] =
	"INSERT INTO sip_bindings (aor, uri, reg_id, instance, call_id, cseq, q, expires, "
	"user_agent, path, params, epoch, transport, source, port, ours, ours_port) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
	"ON CONFLICT (aor, uri, reg_id, instance, call_id) DO UPDATE SET "
	"cseq = excluded.cseq, q = excluded.q, expires = excluded.expires, "
	"user_agent = excluded.user_agent, path = excluded.path, params = excluded.params, "
	"epoch = excluded.epoch, transport = excluded.transport, "
	"source = excluded.source, port = excluded.port, ours = excluded.ours, "
	"ours_port = excluded.ours_port";

void sip_stored_flow_source(const struct sip_flow *flow, char source[SIP_SOCKADDR_TEXT])
{
	size_t n = sip_sockaddr_host(&flow->peer, source);
	char interface[IF_NAMESIZE];

	if (flow->peer.sa.sa_family == AF_INET6 && flow->peer.in6.sin6_scope_id &&
	    if_indextoname(flow->peer.in6.sin6_scope_id, interface))
		snprintf(source + n, SIP_SOCKADDR_TEXT - n, "%%%s", interface);
}

static void write_contact(const struct sip_aor *aor, struct sip_contact *contact)
{
	char source[SIP_SOCKADDR_TEXT], ours[SIP_SOCKADDR_TEXT];
	const struct rd_value values[] = {
		RD_TEXT(aor->name),
		RD_TEXT(contact->uri.p),
		RD_INT(contact->reg_id),
		RD_TEXT(contact->instance.p),
		RD_TEXT(contact->call_id.p),
		RD_INT(contact->cseq),
		RD_INT(contact->q),
		RD_INT((int64_t)contact->expires_s),
		RD_TEXT(contact->user_agent.p),
		RD_TEXT(contact->path.p),
		RD_TEXT(contact->params.p),
		RD_INT((int64_t)contact->epoch),
		RD_TEXT(contact->flow.transport->name),
		RD_TEXT(source),
		RD_INT(sip_sockaddr_port(&contact->flow.peer)),
		RD_TEXT(ours),
		RD_INT(sip_sockaddr_port(&contact->flow.local)),
	};

	sip_stored_flow_source(&contact->flow, source);
	sip_sockaddr_host(&contact->flow.local, ours);
	if (rd_store_write(write_sql, values, RD_ARRAY_SIZE(values), NULL, NULL))
		rd_warning("sip/%s: its contact could not be stored", aor->name);
	else
		contact->unwritten = false;
}

static void write_aor(struct sip_aor *aor)
{
	const struct rd_value name = RD_TEXT(aor->name);
	bool all = aor->stale_rows;

	if (aor->stale_rows &&
	    rd_store_write("DELETE FROM sip_bindings WHERE aor = ?", &name, 1, NULL, NULL) == 0)
		aor->stale_rows = false;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if (all || contact->unwritten)
			write_contact(aor, contact);
	}
}

void sip_location_flush(struct sip_location *location)
{
	struct rd_list *node;

	if (location->stored)
		rd_timer_stop(&location->flush);
	while ((node = rd_list_pop(&location->dirty)))
		write_aor(rd_list_entry(node, struct sip_aor, dirty));
}

static void flush_due(void *arg)
{
	sip_location_flush(arg);
}

void sip_location_touch(struct sip_aor *aor, struct sip_contact *changed)
{
	struct sip_location *location = aor->location;

	if (!location->stored || location->loading)
		return;
	if (changed)
		changed->unwritten = true;
	if (rd_list_linked(&aor->dirty))
		return;
	rd_list_push(&location->dirty, &aor->dirty);
	if (!rd_timer_running(&location->flush))
		rd_timer_start(&location->flush, 0);
}

/* ---- reading back ---- */

enum {
	AOR,
	URI,
	REG_ID,
	INSTANCE,
	CALL_ID,
	CSEQ,
	Q,
	EXPIRES,
	AGENT,
	PATH,
	PARAMS,
	EPOCH,
	TRANSPORT,
	SOURCE,
	PORT,
	OURS,
	OURS_PORT,
	COLUMNS
};

/* Of the URI that leads to it. */
static enum sip_protocol protocol_to(struct rd_str uri)
{
	struct sip_uri parsed;
	struct rd_str said;

	if (sip_uri_parse(&parsed, uri, NULL))
		return SIP_PROTOCOLS;
	if (parsed.scheme == SIP_SCHEME_SIPS)
		return SIP_TLS;
	if (sip_param_get(parsed.params, RD_STR("transport"), &said))
		return sip_protocol_of(said);
	return SIP_UDP;
}

/* The socket that what was stored came to, whatever its section is called by now; else that of
 * its section, or any of its kind: its address is gone, or the row is of former days. */
static struct sip_transport *find_transport(struct sip_transports *transports,
					    const struct sip_stored_flow *stored,
					    const union sip_sockaddr *peer)
{
	struct sip_transport *named = sip_transports_find(transports, stored->transport);
	struct sip_transport *at = NULL;
	enum sip_protocol protocol = named ? named->protocol : protocol_to(stored->uri);
	union sip_sockaddr ours;

	if (protocol == SIP_PROTOCOLS)
		return NULL;
	if (sip_sockaddr_parse(&ours, rd_str_of(stored->ours), (uint16_t)stored->ours_port) == 0)
		at = sip_transports_at(transports, protocol, &ours);
	if (at || named)
		return at ? at : named;
	return sip_transports_for(transports, protocol, peer);
}

static int parse_source(const struct sip_stored_flow *stored, union sip_sockaddr *peer)
{
	const char *interface = strchr(stored->source, '%');
	struct rd_str host = rd_str_of(stored->source);
	int rc;

	if (interface)
		host.n = (size_t)(interface - stored->source);
	rc = sip_sockaddr_parse(peer, host, (uint16_t)stored->port);
	if (rc == 0 && interface && peer->sa.sa_family == AF_INET6)
		peer->in6.sin6_scope_id = if_nametoindex(interface + 1);
	return rc;
}

bool sip_stored_flow_find(struct sip_transports *transports, const struct sip_stored_flow *stored,
			  struct sip_flow *flow)
{
	struct sip_transport *transport;
	union sip_sockaddr peer;

	if (parse_source(stored, &peer))
		return false;
	transport = find_transport(transports, stored, &peer);
	return transport && sip_flow_recall(flow, transport, &peer, rd_str_of(stored->ours)) == 0;
}

static void restore(struct sip_location *location, struct sip_transports *transports,
		    const struct rd_value *row)
{
	int64_t left = row[EXPIRES].i - (int64_t)rd_wall();
	struct sip_flow flow;
	struct sip_contact_params params = {
		.uri = rd_str_of(row[URI].text),
		.call_id = rd_str_of(row[CALL_ID].text),
		.user_agent = rd_str_of(row[AGENT].text),
		.path = rd_str_of(row[PATH].text),
		.instance = rd_str_of(row[INSTANCE].text),
		.params = rd_str_of(row[PARAMS].text),
		.reg_id = (uint32_t)row[REG_ID].i,
		.epoch = (uint64_t)row[EPOCH].i,
		.cseq = (uint32_t)row[CSEQ].i,
		.q = (uint16_t)row[Q].i,
		.expires_s = (uint32_t)left,
		.flow = &flow,
	};
	const struct sip_device device = { .uri = params.uri,
					   .instance = params.instance,
					   .call_id = params.call_id,
					   .path = params.path,
					   .flow = &flow };
	const struct sip_stored_flow stored = { .transport = row[TRANSPORT].text,
						.uri = params.uri,
						.source = row[SOURCE].text,
						.port = row[PORT].i,
						.ours = row[OURS].text,
						.ours_port = row[OURS_PORT].i };
	struct sip_aor *aor;

	if (left <= 0 || !sip_stored_flow_find(transports, &stored, &flow))
		return;
	aor = sip_location_get(location, rd_str_of(row[AOR].text));
	if (aor && (params.reg_id ? !sip_aor_find_flow(aor, params.instance, params.reg_id)
				  : !sip_aor_find_device(aor, &device)))
		sip_aor_bind(aor, NULL, &params);
}

/* What temporary GRUUs are made with: one for the life of the database. */
static int open_key(struct sip_location *location, struct rd_pool *pool)
{
	char hex[2 * sizeof(location->gruu_key) + 1];
	const struct rd_value values[] = { RD_TEXT(hex) };
	struct rd_rows rows;
	int rc = rd_store_query("SELECT value FROM sip_keys WHERE name = 'gruu'", NULL, 0,
				pool, &rows);

	if (rc < 0)
		return rc;
	if (rows.count && strlen(rows.values[0].text) == sizeof(hex) - 1) {
		for (size_t i = 0; i < sizeof(location->gruu_key); i++)
			sscanf(rows.values[0].text + 2 * i, "%2hhx", &location->gruu_key[i]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(location->gruu_key); i++)
		snprintf(hex + 2 * i, 3, "%02x", location->gruu_key[i]);
	return rd_store_write("INSERT OR REPLACE INTO sip_keys VALUES ('gruu', ?)", values, 1,
			      NULL, NULL);
}

int sip_location_open(struct sip_location *location, struct sip_transports *transports)
{
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_store_schema(&schema);

	if (rc == 0)
		rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	rd_timer_init(&location->flush, flush_due, location);
	location->stored = true;
	rc = open_key(location, pool);
	if (rc == 0)
		rc = rd_store_query(
			"SELECT aor, uri, reg_id, instance, call_id, cseq, q, expires, "
			"user_agent, path, params, epoch, transport, source, port, ours, "
			"ours_port "
			"FROM sip_bindings ORDER BY expires",
			NULL, 0, pool, &rows);
	location->loading = true;
	for (int i = 0; rc >= 0 && i < rows.count; i++)
		restore(location, transports, rows.values + (size_t)i * COLUMNS);
	location->loading = false;
	rd_pool_free(pool);
	return rc < 0 ? rc : 0;
}
