/* Causes and statuses: two tables and the Reason header. */
#include <ringdown/cause.h>

#include "channels/sip/call/cause.h"

struct pair {
	uint16_t status, cause;
};

/* In order of status; what is not here goes by its class. */
static const struct pair by_status[] = {
	{ 401, RD_CAUSE_REJECTED },
	{ 402, RD_CAUSE_REJECTED },
	{ 403, RD_CAUSE_REJECTED },
	{ 404, RD_CAUSE_UNALLOCATED },
	{ 407, RD_CAUSE_REJECTED },
	{ 408, RD_CAUSE_NO_USER_RESPONSE },
	{ 410, RD_CAUSE_NUMBER_CHANGED },
	{ 415, RD_CAUSE_BEARER_NOT_AVAILABLE },
	{ 430, RD_CAUSE_SUBSCRIBER_ABSENT },
	{ 480, RD_CAUSE_NO_ANSWER },
	{ 482, RD_CAUSE_EXCHANGE_ROUTING_ERROR },
	{ 483, RD_CAUSE_EXCHANGE_ROUTING_ERROR },
	{ 484, RD_CAUSE_INVALID_NUMBER_FORMAT },
	{ 485, RD_CAUSE_UNALLOCATED },
	{ 486, RD_CAUSE_BUSY },
	{ 488, RD_CAUSE_INCOMPATIBLE_DESTINATION },
	{ 501, RD_CAUSE_FACILITY_REJECTED },
	{ 502, RD_CAUSE_DESTINATION_OUT_OF_ORDER },
	{ 503, RD_CAUSE_CONGESTION },
	{ 504, RD_CAUSE_RECOVERY_ON_TIMER },
	{ 600, RD_CAUSE_BUSY },
	{ 603, RD_CAUSE_REJECTED },
	{ 604, RD_CAUSE_UNALLOCATED },
	{ 606, RD_CAUSE_INCOMPATIBLE_DESTINATION },
	{ 607, RD_CAUSE_REJECTED },
	{ 608, RD_CAUSE_REJECTED },
};

static const struct pair by_cause[] = {
	{ 404, RD_CAUSE_UNALLOCATED },
	{ 404, 2 },
	{ 404, RD_CAUSE_NO_ROUTE_DESTINATION },
	{ 603, RD_CAUSE_NORMAL },
	{ 486, RD_CAUSE_BUSY },
	{ 408, RD_CAUSE_NO_USER_RESPONSE },
	{ 480, RD_CAUSE_NO_ANSWER },
	{ 480, RD_CAUSE_SUBSCRIBER_ABSENT },
	{ 403, RD_CAUSE_REJECTED }, /* 603 where a person said it: bye.c */
	{ 410, RD_CAUSE_NUMBER_CHANGED },
	{ 483, RD_CAUSE_EXCHANGE_ROUTING_ERROR },
	{ 487, RD_CAUSE_ANSWERED_ELSEWHERE },
	{ 502, RD_CAUSE_DESTINATION_OUT_OF_ORDER },
	{ 484, RD_CAUSE_INVALID_NUMBER_FORMAT },
	{ 501, RD_CAUSE_FACILITY_REJECTED },
	{ 480, RD_CAUSE_NORMAL_UNSPECIFIED },
	{ 503, RD_CAUSE_CONGESTION },
	{ 500, RD_CAUSE_NETWORK_OUT_OF_ORDER },
	{ 503, RD_CAUSE_TEMPORARY_FAILURE },
	{ 503, RD_CAUSE_SWITCH_CONGESTION },
	{ 403, RD_CAUSE_NOT_SUBSCRIBED },
	{ 403, RD_CAUSE_INCOMING_CALL_BARRED },
	{ 403, 57 }, /* the bearer capability is not authorized */
	{ 403, 87 }, /* not a member of the closed user group */
	{ 488, RD_CAUSE_BEARER_NOT_AVAILABLE },
	{ 488, RD_CAUSE_BEARER_NOT_IMPLEMENTED },
	{ 501, RD_CAUSE_FACILITY_NOT_IMPLEMENTED },
	{ 488, RD_CAUSE_INCOMPATIBLE_DESTINATION },
	{ 504, RD_CAUSE_RECOVERY_ON_TIMER },
	{ 500, RD_CAUSE_PROTOCOL_ERROR },
	{ 500, RD_CAUSE_INTERWORKING },
};

/* RFC 3398 §8.2.6.1. A plain end says no more than that nobody wanted the call. */
static unsigned by_class(int cause)
{
	if (cause <= 0)
		return 603;
	if (cause >= 34 && cause <= 63)
		return 503;
	return cause == 79 ? 501 : 500;
}

unsigned sip_status_of_cause(int cause)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(by_cause); i++)
		if (by_cause[i].cause == cause)
			return by_cause[i].status;
	return by_class(cause);
}

int sip_cause_of_status(unsigned status)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(by_status); i++)
		if (by_status[i].status == status)
			return by_status[i].cause;
	if (status < 300)
		return RD_CAUSE_NORMAL;
	if (status < 500)
		return RD_CAUSE_INTERWORKING;
	return status < 600 ? RD_CAUSE_NETWORK_OUT_OF_ORDER : RD_CAUSE_INTERWORKING;
}

int sip_cause_of_error(int rc)
{
	switch (rc) {
	case -ENOTCONN:
		return RD_CAUSE_SUBSCRIBER_ABSENT;
	case -EPERM:
		return RD_CAUSE_REJECTED;
	case -ENOENT:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EPROTONOSUPPORT:
	case -EINVAL:
		return RD_CAUSE_NO_ROUTE_DESTINATION;
	case -ETIMEDOUT:
	case -EIO:
		return RD_CAUSE_NETWORK_OUT_OF_ORDER;
	default:
		return RD_CAUSE_SWITCH_CONGESTION;
	}
}

int sip_cause_of_reason(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_REASON };
	struct rd_str params, protocol, text;
	uint64_t number;
	int cause = 0;

	while (sip_walk_token(&walk, &params)) {
		rd_str_cut(&params, ';', &protocol);
		if (!sip_param_get(params, RD_STR("cause"), &text) ||
		    rd_str_to_u64(text, 699, &number))
			continue;
		if (rd_str_ieq(rd_str_trim(protocol), RD_STR("Q.850")) && number < 128)
			return (int)number;
		/* "Call completed elsewhere" of a forking proxy */
		if (rd_str_ieq(rd_str_trim(protocol), RD_STR("SIP")))
			cause = number == 200 ? RD_CAUSE_ANSWERED_ELSEWHERE
					      : sip_cause_of_status((unsigned)number);
	}
	return cause;
}

void sip_print_reason(struct sip_out *out, int cause)
{
	if (cause <= 0 || cause > 127)
		return;
	sip_out_header_begin(out, SIP_H_REASON);
	if (cause == RD_CAUSE_ANSWERED_ELSEWHERE)
		sip_out_cstr(out, "SIP;cause=200;text=\"Call completed elsewhere\", ");
	sip_out_cstr(out, "Q.850;cause=");
	sip_out_number(out, (uint64_t)cause);
	sip_out_cstr(out, ";text=");
	sip_out_quoted(out, rd_str_of(rd_cause_text(cause)));
	sip_out_crlf(out);
}
