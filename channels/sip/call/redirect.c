/* The redirect server (RFC 3261 §8.3): an INVITE is answered with where the phone
 * is registered, for whoever has `redirect = yes` or calls in one of the
 * `redirect_contexts`, or by the dialplan. */
#include <ringdown/app.h>

#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/call/answer.h"
#include "channels/sip/call/redirect.h"

#define MOVED_PERMANENTLY 301
#define MOVED_TEMPORARILY 302

/* ---- contacts ---- */

static const struct sip_aor *registered(struct rd_str name)
{
	const struct sip_aor *aor = sip_record_named(name);

	return aor && aor->count ? aor : NULL;
}

/* One header for each, best first. */
static void print_contact(struct sip_out *out, const struct sip_contact *contact)
{
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_char(out, '<');
	sip_out_str(out, contact->uri);
	sip_out_char(out, '>');
	sip_out_q(out, contact->q);
	sip_out_crlf(out);
}

static void print_registered(struct sip_out *out, const struct sip_aor *aor)
{
	rd_list_foreach(node, tmp, &aor->contacts)
		if (sip_contact_is_called(sip_contact_at(node)))
			print_contact(out, sip_contact_at(node));
}

/* ---- by configuration ---- */

/* The newest flow of the device that was asked for: a GRUU leads to one (RFC 5627 §6.1). */
static const struct sip_contact *device_of(const struct sip_aor *aor, const char *device)
{
	return *device ? sip_aor_newest(aor, rd_str_of(device), UINT64_MAX) : NULL;
}

bool sip_redirect_invite(struct sip_server *server, const struct sip_endpoint *caller,
			 const struct sip_callee *callee)
{
	const struct sip_contact *alone;
	const struct sip_aor *aor;
	struct sip_out *out;

	if (!caller->redirect && !sip_settings_redirect(caller->settings, caller->context))
		return false;
	if (!sip_settings_find(sip.settings, rd_str_of(callee->phone)))
		return false;
	aor = registered(rd_str_of(callee->phone));
	alone = aor ? device_of(aor, callee->device) : NULL;
	if (!aor || (callee->device[0] && !alone))
		return false;
	out = sip_answer_begin(server, MOVED_TEMPORARILY);
	if (alone)
		print_contact(out, alone);
	else
		print_registered(out, aor);
	sip_reply_send(server, out);
	return true;
}

/* ---- by the dialplan ---- */

/* Whom an element of Redirect() means: who is registered, or else any URI. */
struct target {
	const struct sip_aor *aor;
	struct rd_str uri;
	bool has_scheme;
};

/* Of another scheme than sip nobody is registered here. */
static bool is_foreign(struct rd_str text)
{
	return sip_uri_is_secure(text) || rd_str_istarts(text, RD_STR("tel:"));
}

static bool read_target(struct target *target, struct rd_str text)
{
	struct rd_str rest = text, user;

	*target = (struct target){ .uri = text, .has_scheme = is_foreign(text) };
	if (target->has_scheme)
		return true;
	if (rd_str_istarts(text, RD_STR("sip:")))
		rest = text = (struct rd_str){ text.p + 4, text.n - 4 };
	rd_str_cut(&rest, '@', &user);
	target->aor = registered(text);
	if (!target->aor)
		target->aor = registered(user);
	target->uri = text;
	return target->aor || rest.n;
}

static void print_target(struct sip_out *out, const struct target *target)
{
	if (target->aor) {
		print_registered(out, target->aor);
		return;
	}
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, target->has_scheme ? "<" : "<sip:");
	sip_out_written_uri(out, target->uri);
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

static unsigned print_targets(struct sip_out *out, const char *list)
{
	struct rd_str rest = rd_str_of(list), text;
	struct target target;
	unsigned count = 0;

	while (rest.n) {
		rd_str_cut(&rest, '&', &text);
		if (!read_target(&target, rd_str_trim(text)))
			continue;
		print_target(out, &target);
		count++;
	}
	return count;
}

/* 0, -ENOSYS after the answer, -ENOENT: none of them is anywhere. */
static int redirect(struct sip_call *call, const char *list, unsigned status)
{
	struct sip_server *server = call->invite;
	struct sip_out *out;
	int rc;

	if (call->state != SIP_CALL_INCOMING)
		return -ENOSYS;
	out = sip_call_begin_answer(call, status);
	if (!out)
		return -ENOTCONN;
	if (!print_targets(out, list))
		return -ENOENT;
	sip_server_forget(server);
	call->invite = NULL;
	sip_reliable_stop(call);
	rc = sip_reply_send(server, out);
	sip_call_over(call, RD_CAUSE_NORMAL);
	return rc;
}

#define OPTION_PERMANENT 1

static const struct rd_app_option option_table[] = {
	{ .letter = 'p', .bit = OPTION_PERMANENT },
	{ 0 }
};

static const char *status_word(int rc)
{
	switch (rc) {
	case 0:
		return "SUCCESS";
	case -ENOSYS:
		return "UNSUPPORTED";
	case -ENOENT:
		return "UNREGISTERED";
	default:
		return "FAILURE";
	}
}

int sip_redirect_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	struct sip_call *call = sip_call_of_leg(ch);
	const char *argv[2];
	int rc;

	if (rd_app_args(rd_channel_scratch(ch), args, argv, 2) < 0 ||
	    rd_app_read_options(ch, option_table, argv[1], &options))
		return -ENOMEM;
	if (!argv[0][0] || strpbrk(argv[0], "<>\" \r\n\t")) {
		rd_app_warning(ch, "numbers or URIs were expected");
		rc = -EINVAL;
	} else if (!call) {
		rc = -ENOSYS;
	} else {
		rc = redirect(call, argv[0],
			      options.flags & OPTION_PERMANENT ? MOVED_PERMANENTLY
							       : MOVED_TEMPORARILY);
	}
	rd_var_set(ch, "REDIRECTSTATUS", status_word(rc));
	return 0;
}
