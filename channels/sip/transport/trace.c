/* Printing messages as they go by. */
#include "channels/sip/transport/trace.h"

#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/message/headers.h"
#include "channels/sip/transport/private.h"
#include "channels/sip/transport/trace_ladder.h"

#define LINE_LIMIT 1024
#define NAME_LIMIT 64

struct sip_trace {
	bool printing;
	enum sip_trace_form form;
	unsigned number; /* of the message before */
	struct sip_ladder ladder;
	union sip_sockaddr peer; /* family 0: everybody */
	char phone[80];		 /* "": none is followed */
	sip_trace_wants_fn *wants;
	sip_trace_print_fn *print;
	void *arg;
	uint64_t last_us; /* of the message before */
	struct sip_pcap *pcap;
	const struct rd_sip_wire_watcher *watcher;
};

static void print_to_log(void *arg, const char *line)
{
	(void)arg;
	rd_log_apart(RD_LOG_NOTICE, RD_MODULE_NAME, "%s", line);
}

static int get_trace(struct sip_transports *transports)
{
	if (!transports->trace)
		transports->trace = rd_zalloc(sizeof(*transports->trace));
	return transports->trace ? 0 : -ENOMEM;
}

static void drop_idle_trace(struct sip_transports *transports)
{
	struct sip_trace *trace = transports->trace;

	if (trace && !trace->printing && !trace->pcap && !trace->watcher) {
		rd_free(trace);
		transports->trace = NULL;
	}
}

int sip_trace_start(struct sip_transports *transports, enum sip_trace_form form,
		    const union sip_sockaddr *peer, sip_trace_print_fn *print, void *arg)
{
	int rc = get_trace(transports);
	struct sip_trace *trace = transports->trace;

	if (rc)
		return rc;
	trace->printing = true;
	trace->form = form;
	trace->number = 0;
	trace->peer = peer ? *peer : (union sip_sockaddr){ 0 };
	*trace->phone = '\0';
	trace->print = print ? print : print_to_log;
	trace->arg = arg;
	trace->ladder = (struct sip_ladder){ .print = trace->print, .arg = arg };
	trace->last_us = 0;
	return 0;
}

int sip_trace_follow(struct sip_transports *transports, enum sip_trace_form form,
		     const char *phone, sip_trace_wants_fn *wants)
{
	struct sip_trace *trace;
	int rc;

	if (strlen(phone) >= sizeof(trace->phone))
		return -ENAMETOOLONG;
	rc = sip_trace_start(transports, form, NULL, NULL, NULL);
	if (rc)
		return rc;
	trace = transports->trace;
	rd_strcpy(trace->phone, sizeof(trace->phone), phone);
	trace->wants = wants;
	return 0;
}

const char *sip_trace_phone(const struct sip_transports *transports)
{
	return sip_trace_running(transports) ? transports->trace->phone : "";
}

void sip_trace_stop(struct sip_transports *transports)
{
	if (transports->trace)
		transports->trace->printing = false;
	drop_idle_trace(transports);
}

bool sip_trace_is_of(const struct sip_transports *transports, const union sip_sockaddr *peer)
{
	return sip_trace_running(transports) &&
	       sip_sockaddr_equal(&transports->trace->peer, peer);
}

bool sip_trace_running(const struct sip_transports *transports)
{
	return transports->trace && transports->trace->printing;
}

int sip_trace_pcap_take(struct sip_transports *transports, int fd)
{
	int rc = 0;

	if (transports->trace && transports->trace->pcap) {
		sip_pcap_end(transports->trace->pcap);
		transports->trace->pcap = NULL;
	}
	if (fd >= 0) {
		struct sip_pcap *pcap;

		rc = sip_pcap_new(&pcap, fd);
		if (!rc && (rc = get_trace(transports)))
			sip_pcap_end(pcap);
		if (!rc)
			transports->trace->pcap = pcap;
	}
	drop_idle_trace(transports);
	return rc;
}

int sip_trace_watch(struct sip_transports *transports, const struct rd_sip_wire_watcher *watcher)
{
	int rc = watcher ? get_trace(transports) : 0;

	if (transports->trace)
		transports->trace->watcher = watcher;
	drop_idle_trace(transports);
	return rc;
}

const struct rd_sip_wire_watcher *sip_trace_watcher(const struct sip_transports *transports)
{
	return transports->trace ? transports->trace->watcher : NULL;
}

static void tell_watcher(const struct rd_sip_wire_watcher *watcher, const struct sip_flow *flow,
			 bool in, struct rd_str text)
{
	const struct rd_sip_wire_message message = {
		.from = in ? &flow->peer.sa : &flow->local.sa,
		.to = in ? &flow->local.sa : &flow->peer.sa,
		.sent = !in,
		.is_stream = flow->transport->protocol != SIP_UDP,
		.is_secure = flow->transport->secure,
		.text = text,
		.call_id = sip_trace_header(text, RD_STR("Call-ID"), RD_STR("i")),
	};

	watcher->notify(&message, watcher->arg);
}

static bool is_wanted(const struct sip_trace *trace, const struct sip_flow *flow, bool in,
		      const char *data, size_t size)
{
	const union sip_sockaddr *peer = &flow->peer;

	if (*trace->phone)
		return trace->wants(trace->phone, flow, in, data, size);
	if (!trace->peer.sa.sa_family)
		return true;
	return sip_sockaddr_port(&trace->peer) ? sip_sockaddr_equal(&trace->peer, peer) :
						 sip_sockaddr_same_host(&trace->peer, peer);
}

/* "INVITE", "180 Ringing"; "" for what is no message. */
static void read_name(char name[NAME_LIMIT], const char *data, size_t size)
{
	struct rd_str rest = { data, size }, line, word;
	size_t n = 0;

	rd_str_cut(&rest, '\n', &line);
	line = rd_str_trim(line);
	rd_str_cut(&line, ' ', &word);
	if (rd_str_starts(word, RD_STR("SIP/")))
		word = line;
	for (; n < word.n && n < NAME_LIMIT - 1; n++)
		name[n] = (unsigned char)word.p[n] < ' ' || word.p[n] == 127 ? '.' : word.p[n];
	name[n] = '\0';
}

/* "F3 INVITE: 10.0.0.1:5060 UDP <-- 10.0.0.7:5060, 612 bytes, +0.013 s" */
static void print_heading(struct sip_trace *trace, const struct sip_flow *flow, bool in,
			  const char *name, size_t size)
{
	char local[SIP_SOCKADDR_TEXT], peer[SIP_SOCKADDR_TEXT], line[LINE_LIMIT];
	uint64_t now = rd_now_us();
	uint64_t since = trace->last_us ? now - trace->last_us : 0;

	trace->last_us = now;
	snprintf(line, sizeof(line), "F%u %s: %s %s %s %s, %zu bytes, +%llu.%03llu s",
		 trace->number, name, sip_sockaddr_text(&flow->local, local),
		 sip_protocol_name(flow->transport->protocol).p, in ? "<--" : "-->",
		 sip_sockaddr_text(&flow->peer, peer), size,
		 (unsigned long long)(since / 1000000),
		 (unsigned long long)(since / 1000 % 1000));
	trace->print(trace->arg, line);
}

/* Control characters would let a message rewrite the reader's terminal. */
static void print_line(struct sip_trace *trace, const char *p, size_t n)
{
	char line[LINE_LIMIT] = "    ";
	size_t length = 4;

	for (size_t i = 0; i < n && length < sizeof(line) - 1; i++)
		line[length++] = (unsigned char)p[i] < ' ' || p[i] == 127 ? '.' : p[i];
	line[length] = '\0';
	trace->print(trace->arg, line);
}

static void print_text(struct sip_trace *trace, const char *data, size_t size)
{
	const char *end = data + size;

	while (data < end) {
		const char *lf = memchr(data, '\n', (size_t)(end - data));
		const char *stop = lf ? lf : end;

		if (stop > data && stop[-1] == '\r')
			print_line(trace, data, (size_t)(stop - data - 1));
		else
			print_line(trace, data, (size_t)(stop - data));
		data = lf ? lf + 1 : end;
	}
}

struct rd_str sip_trace_header(struct rd_str message, struct rd_str wanted, struct rd_str letter)
{
	struct rd_str line, name;

	while (rd_str_cut(&message, '\n', &line) && rd_str_trim(line).n > 0) {
		rd_str_cut(&line, ':', &name);
		name = rd_str_trim(name);
		if (rd_str_ieq(name, wanted) || rd_str_ieq(name, letter))
			return rd_str_trim(line);
	}
	return (struct rd_str){ 0 };
}

/* The far end of its dialog, by Call-ID and its own tag; 0 while it has none. */
static uint64_t party_of(struct rd_str message, bool in)
{
	bool is_request = !rd_str_starts(message, RD_STR("SIP/"));
	struct rd_str call_id = sip_trace_header(message, RD_STR("Call-ID"), RD_STR("i")), tag;
	struct sip_name_addr end;
	struct rd_str value = is_request == in
				      ? sip_trace_header(message, RD_STR("From"), RD_STR("f"))
				      : sip_trace_header(message, RD_STR("To"), RD_STR("t"));

	if (!call_id.n || sip_name_addr_parse(&end, value, NULL) ||
	    !sip_param_get(end.params, RD_STR("tag"), &tag))
		return 0;
	return rd_hash(rd_hash(0, call_id.p, call_id.n), tag.p, tag.n) | 1;
}

void sip_trace_message(struct sip_trace *trace, const struct sip_flow *flow, bool in,
		       const char *data, size_t size)
{
	char name[NAME_LIMIT];

	if (trace->pcap)
		sip_pcap_add(trace->pcap, in ? &flow->peer : &flow->local,
			     in ? &flow->local : &flow->peer, data, size);
	if (trace->watcher)
		tell_watcher(trace->watcher, flow, in, (struct rd_str){ data, size });
	if (!trace->printing || !is_wanted(trace, flow, in, data, size))
		return;
	trace->number++;
	read_name(name, data, size);
	if (trace->form == SIP_TRACE_LADDER) {
		sip_ladder_message(&trace->ladder, &flow->peer,
				   party_of((struct rd_str){ data, size }, in), in, name,
				   trace->number);
		return;
	}
	print_heading(trace, flow, in, name, size);
	print_text(trace, data, size);
}
