/* The phone that subscribes. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/sim/sip_watcher.h"

static unsigned serial;

static void send_subscribe(struct watcher *w, const char *uri, int expires)
{
	static char text[8192];
	char tag[80] = "", line[40] = "";

	if (w->their_tag[0])
		snprintf(tag, sizeof(tag), ";tag=%s", w->their_tag);
	if (expires >= 0)
		snprintf(line, sizeof(line), "Expires: %d\n", expires);
	snprintf(text, sizeof(text),
		 "SUBSCRIBE %s SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKw%u;rport\n"
		 "Max-Forwards: 70\nFrom: <sip:gate@127.0.0.1>;tag=%s\nTo: <%s>%s\n"
		 "Call-ID: %s\nCSeq: %u SUBSCRIBE\nContact: <sip:gate@127.0.0.9:5060>\n"
		 "Event: %s\n%s%s\n",
		 uri, ++serial, w->our_tag, w->uri, tag, w->call_id, ++w->cseq, w->event, line,
		 w->more);
	line_feed_from("127.0.0.9", 5060, text);
}

void watcher_subscribe(struct watcher *w, const char *uri, const char *event, int expires,
		       const char *more)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->uri, sizeof(w->uri), "%s", uri);
	snprintf(w->event, sizeof(w->event), "%s", event);
	snprintf(w->call_id, sizeof(w->call_id), "watch-%u", ++serial);
	snprintf(w->our_tag, sizeof(w->our_tag), "w%u", serial);
	w->more = more;
	send_subscribe(w, uri, expires);
}

void watcher_refresh(struct watcher *w, int expires)
{
	send_subscribe(w, "sip:127.0.0.1:5060", expires);
}

const char *watcher_expect(struct watcher *w, const char *start)
{
	const char *answer = line_expect(start);
	const char *tag = line_part(line_header(answer, "To"), ";tag=", ";\n");

	if (*tag && strncmp(start, "SIP/2.0 2", 9) == 0)
		snprintf(w->their_tag, sizeof(w->their_tag), "%s", tag);
	return answer;
}

const char *watcher_notified(struct watcher *w, const char *state)
{
	const char *text = line_expect("NOTIFY sip:gate@127.0.0.9:5060 SIP/2.0"), *body;
	unsigned cseq;

	snprintf(w->notify, sizeof(w->notify), "%s", text);
	assert_string_equal(line_header(text, "Call-ID"), w->call_id);
	assert_string_equal(line_part(line_header(text, "To"), ";tag=", ";\n"), w->our_tag);
	assert_string_equal(line_part(line_header(text, "From"), ";tag=", ";\n"), w->their_tag);
	assert_string_equal(line_header(text, "Event"), w->event);
	if (strncmp(line_header(text, "Subscription-State"), state, strlen(state)) != 0)
		fail_msg("state %s was expected:\n%s", state, text);
	cseq = (unsigned)atoi(line_header(text, "CSeq"));
	if (cseq <= w->notify_cseq)
		fail_msg("CSeq must go up from %u:\n%s", w->notify_cseq, text);
	w->notify_cseq = cseq;
	body = strstr(w->notify, "\n\n");
	return body ? body + 2 : "";
}

void watcher_answer(struct watcher *w, const char *status)
{
	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n\n", status,
		  line_header(w->notify, "Via"), line_header(w->notify, "From"),
		  line_header(w->notify, "To"), line_header(w->notify, "Call-ID"),
		  line_header(w->notify, "CSeq"));
}

const char *watcher_start(struct watcher *w, const char *uri, const char *event, int expires,
			  const char *more)
{
	const char *body;

	watcher_subscribe(w, uri, event, expires, more);
	watcher_expect(w, "SIP/2.0 200");
	body = watcher_notified(w, "active");
	watcher_answer(w, "200 OK");
	return body;
}
