/* Methods, header names and reason phrases as tables. Header names are found
 * through a small open hash that is filled at first use. */
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/names.h"

#define NAME(text) { text, sizeof(text) - 1 }

static const struct rd_str methods[SIP_METHODS] = {
	[SIP_INVITE] = NAME("INVITE"),	     [SIP_ACK] = NAME("ACK"),
	[SIP_BYE] = NAME("BYE"),	     [SIP_CANCEL] = NAME("CANCEL"),
	[SIP_REGISTER] = NAME("REGISTER"),   [SIP_OPTIONS] = NAME("OPTIONS"),
	[SIP_PRACK] = NAME("PRACK"),	     [SIP_SUBSCRIBE] = NAME("SUBSCRIBE"),
	[SIP_NOTIFY] = NAME("NOTIFY"),	     [SIP_PUBLISH] = NAME("PUBLISH"),
	[SIP_INFO] = NAME("INFO"),	     [SIP_REFER] = NAME("REFER"),
	[SIP_MESSAGE] = NAME("MESSAGE"),     [SIP_UPDATE] = NAME("UPDATE"),
};

static const struct rd_str headers[SIP_HEADER_IDS] = {
	[SIP_H_ACCEPT] = NAME("Accept"),
	[SIP_H_ACCEPT_CONTACT] = NAME("Accept-Contact"),
	[SIP_H_ACCEPT_ENCODING] = NAME("Accept-Encoding"),
	[SIP_H_ACCEPT_LANGUAGE] = NAME("Accept-Language"),
	[SIP_H_ALERT_INFO] = NAME("Alert-Info"),
	[SIP_H_ALLOW] = NAME("Allow"),
	[SIP_H_ALLOW_EVENTS] = NAME("Allow-Events"),
	[SIP_H_AUTHENTICATION_INFO] = NAME("Authentication-Info"),
	[SIP_H_AUTHORIZATION] = NAME("Authorization"),
	[SIP_H_CALL_ID] = NAME("Call-ID"),
	[SIP_H_CALL_INFO] = NAME("Call-Info"),
	[SIP_H_CONTACT] = NAME("Contact"),
	[SIP_H_CONTENT_DISPOSITION] = NAME("Content-Disposition"),
	[SIP_H_CONTENT_ENCODING] = NAME("Content-Encoding"),
	[SIP_H_CONTENT_LANGUAGE] = NAME("Content-Language"),
	[SIP_H_CONTENT_LENGTH] = NAME("Content-Length"),
	[SIP_H_CONTENT_TYPE] = NAME("Content-Type"),
	[SIP_H_CSEQ] = NAME("CSeq"),
	[SIP_H_DATE] = NAME("Date"),
	[SIP_H_DIVERSION] = NAME("Diversion"),
	[SIP_H_ERROR_INFO] = NAME("Error-Info"),
	[SIP_H_EVENT] = NAME("Event"),
	[SIP_H_EXPIRES] = NAME("Expires"),
	[SIP_H_FLOW_TIMER] = NAME("Flow-Timer"),
	[SIP_H_FROM] = NAME("From"),
	[SIP_H_HISTORY_INFO] = NAME("History-Info"),
	[SIP_H_IDENTITY] = NAME("Identity"),
	[SIP_H_IN_REPLY_TO] = NAME("In-Reply-To"),
	[SIP_H_INFO_PACKAGE] = NAME("Info-Package"),
	[SIP_H_JOIN] = NAME("Join"),
	[SIP_H_MAX_FORWARDS] = NAME("Max-Forwards"),
	[SIP_H_MIME_VERSION] = NAME("MIME-Version"),
	[SIP_H_MIN_EXPIRES] = NAME("Min-Expires"),
	[SIP_H_MIN_SE] = NAME("Min-SE"),
	[SIP_H_ORGANIZATION] = NAME("Organization"),
	[SIP_H_P_ASSERTED_IDENTITY] = NAME("P-Asserted-Identity"),
	[SIP_H_P_PREFERRED_IDENTITY] = NAME("P-Preferred-Identity"),
	[SIP_H_PATH] = NAME("Path"),
	[SIP_H_PRIORITY] = NAME("Priority"),
	[SIP_H_PRIVACY] = NAME("Privacy"),
	[SIP_H_PROXY_AUTHENTICATE] = NAME("Proxy-Authenticate"),
	[SIP_H_PROXY_AUTHORIZATION] = NAME("Proxy-Authorization"),
	[SIP_H_PROXY_REQUIRE] = NAME("Proxy-Require"),
	[SIP_H_RACK] = NAME("RAck"),
	[SIP_H_REASON] = NAME("Reason"),
	[SIP_H_RECORD_ROUTE] = NAME("Record-Route"),
	[SIP_H_RECV_INFO] = NAME("Recv-Info"),
	[SIP_H_REFER_SUB] = NAME("Refer-Sub"),
	[SIP_H_REFER_TO] = NAME("Refer-To"),
	[SIP_H_REFERRED_BY] = NAME("Referred-By"),
	[SIP_H_REJECT_CONTACT] = NAME("Reject-Contact"),
	[SIP_H_REMOTE_PARTY_ID] = NAME("Remote-Party-ID"),
	[SIP_H_REPLACES] = NAME("Replaces"),
	[SIP_H_REPLY_TO] = NAME("Reply-To"),
	[SIP_H_REQUEST_DISPOSITION] = NAME("Request-Disposition"),
	[SIP_H_REQUIRE] = NAME("Require"),
	[SIP_H_RETRY_AFTER] = NAME("Retry-After"),
	[SIP_H_ROUTE] = NAME("Route"),
	[SIP_H_RSEQ] = NAME("RSeq"),
	[SIP_H_SERVER] = NAME("Server"),
	[SIP_H_SERVICE_ROUTE] = NAME("Service-Route"),
	[SIP_H_SESSION_EXPIRES] = NAME("Session-Expires"),
	[SIP_H_SESSION_ID] = NAME("Session-ID"),
	[SIP_H_SIP_ETAG] = NAME("SIP-ETag"),
	[SIP_H_SIP_IF_MATCH] = NAME("SIP-If-Match"),
	[SIP_H_SUBJECT] = NAME("Subject"),
	[SIP_H_SUBSCRIPTION_STATE] = NAME("Subscription-State"),
	[SIP_H_SUPPORTED] = NAME("Supported"),
	[SIP_H_TARGET_DIALOG] = NAME("Target-Dialog"),
	[SIP_H_TIMESTAMP] = NAME("Timestamp"),
	[SIP_H_TO] = NAME("To"),
	[SIP_H_UNSUPPORTED] = NAME("Unsupported"),
	[SIP_H_USER_AGENT] = NAME("User-Agent"),
	[SIP_H_USER_TO_USER] = NAME("User-to-User"),
	[SIP_H_VIA] = NAME("Via"),
	[SIP_H_WARNING] = NAME("Warning"),
	[SIP_H_WWW_AUTHENTICATE] = NAME("WWW-Authenticate"),
};

/* RFC 3261 §7.3.3 and what later RFCs registered. */
static const uint8_t compact[26] = {
	['a' - 'a'] = SIP_H_ACCEPT_CONTACT,
	['b' - 'a'] = SIP_H_REFERRED_BY,
	['c' - 'a'] = SIP_H_CONTENT_TYPE,
	['d' - 'a'] = SIP_H_REQUEST_DISPOSITION,
	['e' - 'a'] = SIP_H_CONTENT_ENCODING,
	['f' - 'a'] = SIP_H_FROM,
	['i' - 'a'] = SIP_H_CALL_ID,
	['j' - 'a'] = SIP_H_REJECT_CONTACT,
	['k' - 'a'] = SIP_H_SUPPORTED,
	['l' - 'a'] = SIP_H_CONTENT_LENGTH,
	['m' - 'a'] = SIP_H_CONTACT,
	['o' - 'a'] = SIP_H_EVENT,
	['r' - 'a'] = SIP_H_REFER_TO,
	['s' - 'a'] = SIP_H_SUBJECT,
	['t' - 'a'] = SIP_H_TO,
	['u' - 'a'] = SIP_H_ALLOW_EVENTS,
	['v' - 'a'] = SIP_H_VIA,
	['x' - 'a'] = SIP_H_SESSION_EXPIRES,
	['y' - 'a'] = SIP_H_IDENTITY,
};

/* With these factors no two names of the table meet; one that is added may. */
#define SLOTS 512

static uint8_t slots[SLOTS];

static unsigned header_hash(struct rd_str name)
{
	unsigned first = (unsigned char)name.p[0] | 32;
	unsigned middle = (unsigned char)name.p[name.n / 2] | 32;
	unsigned last = (unsigned char)name.p[name.n - 1] | 32;

	return ((unsigned)name.n * 102 + first * 173 + middle * 148 + last * 206) % SLOTS;
}

static void fill_slots(void)
{
	for (unsigned id = 1; id < SIP_HEADER_IDS; id++) {
		unsigned slot = header_hash(headers[id]);

		while (slots[slot])
			slot = (slot + 1) % SLOTS;
		slots[slot] = (uint8_t)id;
	}
}

enum sip_header_id sip_header_id_of(struct rd_str name)
{
	static bool filled;

	if (name.n < 2) {
		char c = name.n ? sip_lower(name.p[0]) : 0;

		return c >= 'a' && c <= 'z' ? compact[c - 'a'] : SIP_H_OTHER;
	}
	if (!filled) {
		fill_slots();
		filled = true;
	}
	for (unsigned slot = header_hash(name); slots[slot]; slot = (slot + 1) % SLOTS) {
		struct rd_str known = headers[slots[slot]];

		if (known.n == name.n && (!memcmp(known.p, name.p, name.n) ||
					  !strncasecmp(known.p, name.p, name.n)))
			return slots[slot];
	}
	return SIP_H_OTHER;
}

struct rd_str sip_header_name(enum sip_header_id id)
{
	return id < SIP_HEADER_IDS ? headers[id] : (struct rd_str){ 0 };
}

enum sip_method sip_method_of(struct rd_str name)
{
	for (unsigned method = 1; method < SIP_METHODS; method++)
		if (methods[method].n == name.n &&
		    !memcmp(methods[method].p, name.p, name.n))
			return method;
	return SIP_METHOD_OTHER;
}

struct rd_str sip_method_name(enum sip_method method)
{
	return method < SIP_METHODS ? methods[method] : (struct rd_str){ 0 };
}

static const struct {
	uint16_t status;
	struct rd_str phrase;
} reasons[] = {
	{ 100, NAME("Trying") },
	{ 180, NAME("Ringing") },
	{ 181, NAME("Call Is Being Forwarded") },
	{ 182, NAME("Queued") },
	{ 183, NAME("Session Progress") },
	{ 199, NAME("Early Dialog Terminated") },
	{ 200, NAME("OK") },
	{ 202, NAME("Accepted") },
	{ 204, NAME("No Notification") },
	{ 300, NAME("Multiple Choices") },
	{ 301, NAME("Moved Permanently") },
	{ 302, NAME("Moved Temporarily") },
	{ 305, NAME("Use Proxy") },
	{ 380, NAME("Alternative Service") },
	{ 400, NAME("Bad Request") },
	{ 401, NAME("Unauthorized") },
	{ 402, NAME("Payment Required") },
	{ 403, NAME("Forbidden") },
	{ 404, NAME("Not Found") },
	{ 405, NAME("Method Not Allowed") },
	{ 406, NAME("Not Acceptable") },
	{ 407, NAME("Proxy Authentication Required") },
	{ 408, NAME("Request Timeout") },
	{ 410, NAME("Gone") },
	{ 412, NAME("Conditional Request Failed") },
	{ 413, NAME("Request Entity Too Large") },
	{ 414, NAME("Request-URI Too Long") },
	{ 415, NAME("Unsupported Media Type") },
	{ 416, NAME("Unsupported URI Scheme") },
	{ 417, NAME("Unknown Resource-Priority") },
	{ 420, NAME("Bad Extension") },
	{ 421, NAME("Extension Required") },
	{ 422, NAME("Session Interval Too Small") },
	{ 423, NAME("Interval Too Brief") },
	{ 428, NAME("Use Identity Header") },
	{ 429, NAME("Provide Referrer Identity") },
	{ 430, NAME("Flow Failed") },
	{ 433, NAME("Anonymity Disallowed") },
	{ 436, NAME("Bad Identity Info") },
	{ 437, NAME("Unsupported Credential") },
	{ 438, NAME("Invalid Identity Header") },
	{ 439, NAME("First Hop Lacks Outbound Support") },
	{ 440, NAME("Max-Breadth Exceeded") },
	{ 469, NAME("Bad Info Package") },
	{ 470, NAME("Consent Needed") },
	{ 480, NAME("Temporarily Unavailable") },
	{ 481, NAME("Call/Transaction Does Not Exist") },
	{ 482, NAME("Loop Detected") },
	{ 483, NAME("Too Many Hops") },
	{ 484, NAME("Address Incomplete") },
	{ 485, NAME("Ambiguous") },
	{ 486, NAME("Busy Here") },
	{ 487, NAME("Request Terminated") },
	{ 488, NAME("Not Acceptable Here") },
	{ 489, NAME("Bad Event") },
	{ 491, NAME("Request Pending") },
	{ 493, NAME("Undecipherable") },
	{ 494, NAME("Security Agreement Required") },
	{ 500, NAME("Server Internal Error") },
	{ 501, NAME("Not Implemented") },
	{ 502, NAME("Bad Gateway") },
	{ 503, NAME("Service Unavailable") },
	{ 504, NAME("Server Time-out") },
	{ 505, NAME("Version Not Supported") },
	{ 513, NAME("Message Too Large") },
	{ 580, NAME("Precondition Failure") },
	{ 600, NAME("Busy Everywhere") },
	{ 603, NAME("Decline") },
	{ 604, NAME("Does Not Exist Anywhere") },
	{ 606, NAME("Not Acceptable") },
	{ 607, NAME("Unwanted") },
	{ 608, NAME("Rejected") },
};

struct rd_str sip_reason_phrase(unsigned status)
{
	static const struct rd_str classes[] = {
		NAME("Progress"),	NAME("Success"),	NAME("Redirection"),
		NAME("Request Failure"), NAME("Server Failure"), NAME("Global Failure"),
	};
	size_t low = 0, high = RD_ARRAY_SIZE(reasons);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (reasons[middle].status == status)
			return reasons[middle].phrase;
		if (reasons[middle].status < status)
			low = middle + 1;
		else
			high = middle;
	}
	if (status < 100 || status > 699)
		return (struct rd_str)NAME("Unknown");
	return classes[status / 100 - 1];
}
