/* What the SIP driver has to say on a page of figures (metric.h). */
#include "channels/sip/measure.h"

#include <stdio.h>

#include "channels/sip/driver.h"
#include "channels/sip/transport/implementation.h"

static void print_requests(struct rd_metrics *out, const uint64_t counts[SIP_METHODS],
			   const char *direction)
{
	for (int method = 0; method < SIP_METHODS; method++) {
		struct rd_str name = sip_method_name((enum sip_method)method);
		char text[16] = "other";

		if (name.n)
			rd_strcpyn(text, sizeof(text), name);
		if (counts[method])
			rd_metric_value(out, (double)counts[method], "method", text, "direction",
					direction, NULL);
	}
}

static void print_answers(struct rd_metrics *out, const uint64_t counts[SIP_STATUSES],
			  const char *direction)
{
	for (unsigned i = 0; i < SIP_STATUSES; i++) {
		char code[8];

		if (!counts[i])
			continue;
		snprintf(code, sizeof(code), "%u", 100 + i);
		rd_metric_value(out, (double)counts[i], "code", code, "direction", direction, NULL);
	}
}

static void print_transactions(struct rd_metrics *out)
{
	const struct sip_counts *counts = sip_transactions_counts(sip.transactions);

	rd_metric_begin(out, "sip_requests_total", RD_METRIC_COUNTER,
			"SIP requests; those that came repeatedly count each time.");
	print_requests(out, counts->requests_in, "in");
	print_requests(out, counts->requests_out, "out");
	rd_metric_begin(out, "sip_answers_total", RD_METRIC_COUNTER,
			"SIP answers by code; those that came repeatedly count each time.");
	print_answers(out, counts->answers_in, "in");
	print_answers(out, counts->answers_out, "out");
	rd_metric_begin(out, "sip_repetitions_total", RD_METRIC_COUNTER,
			"Requests and answers that we sent once more.");
	rd_metric_value(out, (double)counts->repetitions, NULL);
	rd_metric_begin(out, "sip_timeouts_total", RD_METRIC_COUNTER,
			"Transactions that ran out of time: nobody answered (client); no ACK came, "
			"or we did not answer (server).");
	rd_metric_value(out, (double)counts->client_timeouts, "side", "client", NULL);
	rd_metric_value(out, (double)counts->server_timeouts, "side", "server", NULL);
	rd_metric_begin(out, "sip_transactions", RD_METRIC_GAUGE, "SIP transactions that live.");
	rd_metric_value(out, sip_transactions_count(sip.transactions), NULL);
}

static void print_transports(struct rd_metrics *out)
{
	struct sip_transport *transport = NULL;

	rd_metric_begin(out, "sip_datagrams_lost_total", RD_METRIC_COUNTER,
			"Datagrams that came while the buffer of their socket was full.");
	while ((transport = sip_transports_next(sip.transports, transport)))
		if (transport->protocol == SIP_UDP)
			rd_metric_value(out, (double)sip_transport_overrun(transport), "transport",
					transport->name, NULL);
}

static void print_phones(struct rd_metrics *out)
{
	unsigned contacts = 0, users = 0;
	struct sip_aor *aor;
	size_t pos = 0;

	while ((aor = sip_location_next(sip.location, &pos))) {
		contacts += aor->count;
		users += aor->count > 0;
	}
	rd_metric_begin(out, "sip_registered_phones", RD_METRIC_GAUGE,
			"Names of phones with at least one device registered.");
	rd_metric_value(out, users, NULL);
	rd_metric_begin(out, "sip_registered_devices", RD_METRIC_GAUGE,
			"Devices that are registered.");
	rd_metric_value(out, contacts, NULL);
	rd_metric_begin(out, "sip_calls", RD_METRIC_GAUGE, "Legs of calls by SIP.");
	rd_metric_value(out, sip.call_count, NULL);
}

void sip_measure(struct rd_metrics *out)
{
	if (!sip.transactions)
		return;
	print_transactions(out);
	print_transports(out);
	print_phones(out);
}
