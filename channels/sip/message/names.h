/* The words of SIP: methods, header names, status codes; each number to its
 * text and back. */
#ifndef CHANNELS_SIP_MESSAGE_NAMES_H
#define CHANNELS_SIP_MESSAGE_NAMES_H

#include <ringdown/str.h>

enum sip_method {
	SIP_METHOD_OTHER, /* an extension method: look at the name */
	SIP_INVITE,
	SIP_ACK,
	SIP_BYE,
	SIP_CANCEL,
	SIP_REGISTER,
	SIP_OPTIONS,
	SIP_PRACK,
	SIP_SUBSCRIBE,
	SIP_NOTIFY,
	SIP_PUBLISH,
	SIP_INFO,
	SIP_REFER,
	SIP_MESSAGE,
	SIP_UPDATE,
	SIP_METHODS
};

/* Headers that something in the driver looks for. Any other is
 * SIP_H_OTHER and found by name. Order: as in names.c. */
enum sip_header_id {
	SIP_H_OTHER,
	SIP_H_ACCEPT,
	SIP_H_ACCEPT_CONTACT,
	SIP_H_ACCEPT_ENCODING,
	SIP_H_ACCEPT_LANGUAGE,
	SIP_H_ALERT_INFO,
	SIP_H_ALLOW,
	SIP_H_ALLOW_EVENTS,
	SIP_H_AUTHENTICATION_INFO,
	SIP_H_AUTHORIZATION,
	SIP_H_CALL_ID,
	SIP_H_CALL_INFO,
	SIP_H_CONTACT,
	SIP_H_CONTENT_DISPOSITION,
	SIP_H_CONTENT_ENCODING,
	SIP_H_CONTENT_LANGUAGE,
	SIP_H_CONTENT_LENGTH,
	SIP_H_CONTENT_TYPE,
	SIP_H_CSEQ,
	SIP_H_DATE,
	SIP_H_DIVERSION,
	SIP_H_ERROR_INFO,
	SIP_H_EVENT,
	SIP_H_EXPIRES,
	SIP_H_FLOW_TIMER,
	SIP_H_FROM,
	SIP_H_HISTORY_INFO,
	SIP_H_IDENTITY,
	SIP_H_IN_REPLY_TO,
	SIP_H_INFO_PACKAGE,
	SIP_H_JOIN,
	SIP_H_MAX_FORWARDS,
	SIP_H_MIME_VERSION,
	SIP_H_MIN_EXPIRES,
	SIP_H_MIN_SE,
	SIP_H_ORGANIZATION,
	SIP_H_P_ASSERTED_IDENTITY,
	SIP_H_P_PREFERRED_IDENTITY,
	SIP_H_PATH,
	SIP_H_PRIORITY,
	SIP_H_PRIVACY,
	SIP_H_PROXY_AUTHENTICATE,
	SIP_H_PROXY_AUTHORIZATION,
	SIP_H_PROXY_REQUIRE,
	SIP_H_RACK,
	SIP_H_REASON,
	SIP_H_RECORD_ROUTE,
	SIP_H_RECV_INFO,
	SIP_H_REFER_SUB,
	SIP_H_REFER_TO,
	SIP_H_REFERRED_BY,
	SIP_H_REJECT_CONTACT,
	SIP_H_REMOTE_PARTY_ID,
	SIP_H_REPLACES,
	SIP_H_REPLY_TO,
	SIP_H_REQUEST_DISPOSITION,
	SIP_H_REQUIRE,
	SIP_H_RETRY_AFTER,
	SIP_H_ROUTE,
	SIP_H_RSEQ,
	SIP_H_SERVER,
	SIP_H_SERVICE_ROUTE,
	SIP_H_SESSION_EXPIRES,
	SIP_H_SESSION_ID,
	SIP_H_SIP_ETAG,
	SIP_H_SIP_IF_MATCH,
	SIP_H_SUBJECT,
	SIP_H_SUBSCRIPTION_STATE,
	SIP_H_SUPPORTED,
	SIP_H_TARGET_DIALOG,
	SIP_H_TIMESTAMP,
	SIP_H_TO,
	SIP_H_UNSUPPORTED,
	SIP_H_USER_AGENT,
	SIP_H_USER_TO_USER,
	SIP_H_VIA,
	SIP_H_WARNING,
	SIP_H_WWW_AUTHENTICATE,
	SIP_HEADER_IDS
};

/* Methods compare by case (RFC 3261 §7.1). */
enum sip_method sip_method_of(struct rd_str name);
struct rd_str sip_method_name(enum sip_method method); /* absent for OTHER */

/* Full or compact form, without case. */
enum sip_header_id sip_header_id_of(struct rd_str name);
struct rd_str sip_header_name(enum sip_header_id id); /* absent for OTHER */

/* "Not Found" for 404; for unknown codes the words of its class. */
struct rd_str sip_reason_phrase(unsigned status);

#endif
