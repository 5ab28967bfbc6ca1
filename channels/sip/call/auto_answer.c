/* Calls that a phone is to answer by itself, for intercom and paging: Answer-Mode
 * (RFC 5373) and the older forms that phones know. Who dials says so with a
 * variable, or the phone that calls with one of those headers, if it may. */
#include <ctype.h>
#include <strings.h>

#include "channels/sip/call/auto_answer.h"

#define VARIABLE "SIP_AUTO_ANSWER"

static const char *const words[] = {
	[SIP_AUTO_NO] = "no",
	[SIP_AUTO_YES] = "yes",
	[SIP_AUTO_REQUIRE] = "require",
	[SIP_AUTO_PRIVILEGED] = "privileged",
	[SIP_AUTO_MANUAL] = "manual",
	[SIP_AUTO_MANUAL_REQUIRE] = "manual-require",
};

/* ---- what a phone that calls asks for ---- */

static struct rd_str value_of(const struct sip_msg *msg, struct rd_str name)
{
	const struct sip_header *header = sip_msg_find(msg, name, 0);

	return header ? header->value : (struct rd_str){ 0 };
}

struct mode {
	bool is_auto, is_manual; /* neither: the header is not there, or says nothing known */
	bool required;
};

/* "Auto", "Manual;require" */
static struct mode mode_of(const struct sip_msg *msg, struct rd_str name)
{
	struct rd_str params = value_of(msg, name), word;

	rd_str_cut(&params, ';', &word);
	word = rd_str_trim(word);
	return (struct mode){
		.is_auto = rd_str_ieq(word, RD_STR("Auto")),
		.is_manual = rd_str_ieq(word, RD_STR("Manual")),
		.required = sip_param_get(params, RD_STR("require"), NULL),
	};
}

/* Its letters and digits in lower case, without URIs. */
static void read_letters(char *letters, size_t size, struct rd_str value)
{
	bool in_uri = false;
	size_t n = 0;

	for (size_t i = 0; i < value.n && n + 1 < size; i++) {
		unsigned char c = (unsigned char)value.p[i];

		in_uri = c == '<' || (in_uri && c != '>');
		if (!in_uri && isalnum(c))
			letters[n++] = (char)tolower(c);
	}
	letters[n] = '\0';
}

/* Phones and servers write "info=alert-autoanswer", "Auto Answer", "Ring;Answer",
 * "Answer-After=0" or "Intercom", behind a URI or without one. */
static bool asks(struct rd_str value)
{
	static const char *const wishes[] = { "autoanswer", "ringanswer", "answerafter" };
	char letters[200];

	read_letters(letters, sizeof(letters), value);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wishes); i++)
		if (strstr(letters, wishes[i]))
			return true;
	return strcmp(letters, "intercom") == 0 || strcmp(letters, "infointercom") == 0;
}

/* Yealink's phones ask "sip:1002@host;intercom=true". */
static bool is_intercom(const struct sip_msg *msg)
{
	struct rd_str value;

	return sip_param_get(msg->target.params, RD_STR("intercom"), &value) &&
	       rd_str_ieq(value, RD_STR("true"));
}

static bool has_old_form(const struct sip_msg *msg)
{
	static const struct rd_str names[] = { RD_STR_INIT("Call-Info"),
					       RD_STR_INIT("Alert-Info") };
	const struct sip_header *header;

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		for (unsigned n = 0; (header = sip_msg_find(msg, names[i], n)); n++)
			if (asks(header->value))
				return true;
	return is_intercom(msg) ||
	       rd_str_ieq(value_of(msg, RD_STR("P-Auto-Answer")), RD_STR("normal"));
}

/* Of RFC 5373: of two that contradict each other the privileged one counts. */
static enum sip_auto_answer standard_wish_of(const struct sip_msg *msg)
{
	struct mode mode = mode_of(msg, RD_STR("Priv-Answer-Mode"));
	bool privileged = mode.is_auto || mode.is_manual;

	if (!privileged)
		mode = mode_of(msg, RD_STR("Answer-Mode"));
	if (mode.is_manual)
		return mode.required ? SIP_AUTO_MANUAL_REQUIRE : SIP_AUTO_MANUAL;
	if (!mode.is_auto)
		return SIP_AUTO_NO;
	if (mode.required)
		return SIP_AUTO_REQUIRE;
	return privileged ? SIP_AUTO_PRIVILEGED : SIP_AUTO_YES;
}

enum sip_auto_answer sip_auto_answer_wish(const struct sip_msg *msg)
{
	enum sip_auto_answer wish = standard_wish_of(msg);

	return wish == SIP_AUTO_NO && has_old_form(msg) ? SIP_AUTO_YES : wish;
}

bool sip_auto_answer_forbidden(const struct sip_endpoint *endpoint,
			       const struct sip_msg *invite)
{
	return !endpoint->may_auto_answer && standard_wish_of(invite) == SIP_AUTO_REQUIRE;
}

/* A phone has answered in the course of this call, or taken it. */
static bool is_taken(const struct sip_call *call)
{
	const char *id = rd_channel_linkedid(call->channel);

	rd_list_foreach(node, tmp, &sip.calls) {
		const struct sip_call *other = rd_list_entry(node, struct sip_call, link);

		if (other->channel && other->state == SIP_CALL_UP &&
		    strcmp(rd_channel_linkedid(other->channel), id) == 0)
			return true;
	}
	return false;
}

bool sip_auto_answer_lacks_somebody(const struct sip_call *call)
{
	return call->received.wish == SIP_AUTO_MANUAL_REQUIRE && !is_taken(call);
}

/* ---- what is asked of the phone that is called ---- */

static enum sip_auto_answer word_of(const char *text)
{
	for (size_t i = 0; text && i < RD_ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return (enum sip_auto_answer)i;
	return SIP_AUTO_NO;
}

static bool is_manual(enum sip_auto_answer mode)
{
	return mode == SIP_AUTO_MANUAL || mode == SIP_AUTO_MANUAL_REQUIRE;
}

/* That nothing is answered by itself anybody may wish. */
static enum sip_auto_answer wish_of_caller(const struct rd_channel *caller)
{
	const struct sip_call *call = sip_call_of_leg(caller);
	enum sip_auto_answer wish = call ? (enum sip_auto_answer)call->received.wish : SIP_AUTO_NO;

	return is_manual(wish) || (call && call->endpoint->may_auto_answer) ? wish : SIP_AUTO_NO;
}

/* The variable of the leg itself, else of its caller, else the caller's wish. */
static enum sip_auto_answer wanted(const struct sip_call *call)
{
	const char *text = rd_var_get(call->channel, VARIABLE);

	if (!text && call->caller)
		text = rd_var_get(call->caller, VARIABLE);
	return text ? word_of(text) : wish_of_caller(call->caller);
}

static void print_mode(struct sip_out *out, enum sip_auto_answer mode)
{
	static const struct rd_str values[] = {
		[SIP_AUTO_YES] = RD_STR_INIT("Auto"),
		[SIP_AUTO_REQUIRE] = RD_STR_INIT("Auto;require"),
		[SIP_AUTO_PRIVILEGED] = RD_STR_INIT("Auto"),
		[SIP_AUTO_MANUAL] = RD_STR_INIT("Manual"),
		[SIP_AUTO_MANUAL_REQUIRE] = RD_STR_INIT("Manual;require"),
	};

	sip_out_header_named(out,
			     mode == SIP_AUTO_PRIVILEGED ? RD_STR("Priv-Answer-Mode")
							 : RD_STR("Answer-Mode"),
			     values[mode]);
	if (mode == SIP_AUTO_REQUIRE || mode == SIP_AUTO_MANUAL_REQUIRE)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("answermode"));
}

static void print_uri(struct sip_out *out, enum sip_header_id id, const char *scheme,
		      struct rd_str host, const char *params)
{
	sip_out_header_begin(out, id);
	sip_out_char(out, '<');
	sip_out_cstr(out, scheme);
	sip_out_str(out, host);
	sip_out_char(out, '>');
	sip_out_cstr(out, params);
	sip_out_crlf(out);
}

void sip_auto_answer_print(const struct sip_call *call, struct sip_out *out,
			   const struct sip_flow *flow)
{
	enum sip_auto_answer mode = wanted(call);
	int form = call->endpoint->auto_answer;
	char text[SIP_SOCKADDR_TEXT];
	struct rd_str host = sip_our_host(flow, text);

	if (mode == SIP_AUTO_NO || form == SIP_AUTO_FORM_NONE)
		return;
	if (form == SIP_AUTO_FORM_ALL || form == SIP_AUTO_FORM_MODE)
		print_mode(out, mode);
	if (is_manual(mode))
		return; /* the older forms have no word for it */
	if (form == SIP_AUTO_FORM_ALL || form == SIP_AUTO_FORM_CALL_INFO)
		print_uri(out, SIP_H_CALL_INFO, "sip:", host, ";answer-after=0");
	if (form == SIP_AUTO_FORM_RING_ANSWER)
		sip_out_header(out, SIP_H_ALERT_INFO, RD_STR("Ring Answer"));
	if (form == SIP_AUTO_FORM_AUTO_ANSWER)
		sip_out_header(out, SIP_H_ALERT_INFO, RD_STR("Auto Answer"));
	if (form == SIP_AUTO_FORM_ALL || form == SIP_AUTO_FORM_ALERT_INFO)
		print_uri(out, SIP_H_ALERT_INFO, "http://", host,
			  ";info=alert-autoanswer;delay=0");
}
