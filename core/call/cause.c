/* Q.850 causes and their names. */
#include <stdlib.h>
#include <strings.h>

#include <ringdown/cause.h>
#include <ringdown/str.h>

static const struct {
	int cause;
	const char *name, *text;
} causes[] = {
	{ RD_CAUSE_NONE, "NOTDEFINED", "Not defined" },
	{ RD_CAUSE_UNALLOCATED, "UNALLOCATED", "Unallocated (unassigned) number" },
	{ RD_CAUSE_NO_ROUTE_DESTINATION, "NO_ROUTE_DESTINATION", "No route to destination" },
	{ RD_CAUSE_PREEMPTION, "PRE_EMPTED", "Pre-empted" },
	{ RD_CAUSE_NORMAL, "NORMAL_CLEARING", "Normal Clearing" },
	{ RD_CAUSE_BUSY, "USER_BUSY", "User busy" },
	{ RD_CAUSE_NO_USER_RESPONSE, "NO_USER_RESPONSE", "No user responding" },
	{ RD_CAUSE_NO_ANSWER, "NO_ANSWER", "User alerting, no answer" },
	{ RD_CAUSE_SUBSCRIBER_ABSENT, "SUBSCRIBER_ABSENT", "Subscriber absent" },
	{ RD_CAUSE_REJECTED, "CALL_REJECTED", "Call Rejected" },
	{ RD_CAUSE_NUMBER_CHANGED, "NUMBER_CHANGED", "Number changed" },
	{ RD_CAUSE_EXCHANGE_ROUTING_ERROR, "EXCHANGE_ROUTING_ERROR", "Exchange routing error" },
	{ RD_CAUSE_ANSWERED_ELSEWHERE, "ANSWERED_ELSEWHERE", "Answered elsewhere" },
	{ RD_CAUSE_DESTINATION_OUT_OF_ORDER, "DESTINATION_OUT_OF_ORDER",
	  "Destination out of order" },
	{ RD_CAUSE_INVALID_NUMBER_FORMAT, "INVALID_NUMBER_FORMAT", "Invalid number format" },
	{ RD_CAUSE_FACILITY_REJECTED, "FACILITY_REJECTED", "Facility rejected" },
	{ RD_CAUSE_NORMAL_UNSPECIFIED, "NORMAL_UNSPECIFIED", "Normal, unspecified" },
	{ RD_CAUSE_CONGESTION, "NORMAL_CIRCUIT_CONGESTION", "Circuit/channel congestion" },
	{ RD_CAUSE_NETWORK_OUT_OF_ORDER, "NETWORK_OUT_OF_ORDER", "Network out of order" },
	{ RD_CAUSE_TEMPORARY_FAILURE, "NORMAL_TEMPORARY_FAILURE", "Temporary failure" },
	{ RD_CAUSE_SWITCH_CONGESTION, "SWITCH_CONGESTION", "Switching equipment congestion" },
	{ RD_CAUSE_NOT_SUBSCRIBED, "FACILITY_NOT_SUBSCRIBED", "Facility not subscribed" },
	{ RD_CAUSE_INCOMING_CALL_BARRED, "INCOMING_CALL_BARRED", "Incoming call barred" },
	{ RD_CAUSE_BEARER_NOT_AVAILABLE, "BEARERCAPABILITY_NOTAVAIL",
	  "Bearer capability not available" },
	{ RD_CAUSE_BEARER_NOT_IMPLEMENTED, "BEARERCAPABILITY_NOTIMPL",
	  "Bearer capability unknown to the switch" },
	{ RD_CAUSE_FACILITY_NOT_IMPLEMENTED, "FACILITY_NOT_IMPLEMENTED",
	  "Facility unknown to the switch" },
	{ RD_CAUSE_INCOMPATIBLE_DESTINATION, "INCOMPATIBLE_DESTINATION",
	  "Incompatible destination" },
	{ RD_CAUSE_RECOVERY_ON_TIMER, "RECOVERY_ON_TIMER_EXPIRE", "Recovery on timer expiry" },
	{ RD_CAUSE_PROTOCOL_ERROR, "PROTOCOL_ERROR", "Protocol error, unspecified" },
	{ RD_CAUSE_INTERWORKING, "INTERWORKING", "Interworking, unspecified" },
};

const char *rd_cause_text(int cause)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(causes); i++)
		if (causes[i].cause == cause)
			return causes[i].text;
	return "Unknown";
}

int rd_cause_from_name(const char *name)
{
	static const struct {
		const char *name;
		int cause;
	} short_names[] = {
		{ "normal", RD_CAUSE_NORMAL },	       { "busy", RD_CAUSE_BUSY },
		{ "noanswer", RD_CAUSE_NO_ANSWER },    { "congestion", RD_CAUSE_CONGESTION },
		{ "rejected", RD_CAUSE_REJECTED },     { "unallocated", RD_CAUSE_UNALLOCATED },
		{ "failure", RD_CAUSE_TEMPORARY_FAILURE },
	};
	uint64_t number;

	if (rd_str_to_u64(rd_str_of(name), 127, &number) == 0)
		return (int)number;
	for (size_t i = 0; i < RD_ARRAY_SIZE(causes); i++)
		if (strcasecmp(name, causes[i].name) == 0)
			return causes[i].cause;
	for (size_t i = 0; i < RD_ARRAY_SIZE(short_names); i++)
		if (strcasecmp(name, short_names[i].name) == 0)
			return short_names[i].cause;
	return -ENOENT;
}
