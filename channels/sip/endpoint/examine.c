/* Looks at a snapshot with the eyes of somebody who has seen exchanges robbed. */
#include "channels/sip/endpoint/examine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/app.h>
#include <ringdown/mwi.h>
#include <ringdown/prompt.h>
#include <ringdown/stream.h>
#include <ringdown/tls.h>

#include "channels/sip/message/sockaddr.h"
#include "channels/sip/transport/transport.h"

/* ---- ports ---- */

static const char *what_helps(int rc)
{
	switch (rc) {
	case -EADDRINUSE:
		return "another program has this port: \"ss -lnp\" shows which";
	case -EADDRNOTAVAIL:
		return "no interface has this address: \"ip address\" shows those that there are";
	case -EACCES:
		return "ports below 1024 are for root, or with CAP_NET_BIND_SERVICE";
	default:
		return rd_strerror(rc);
	}
}

static int try_port(const struct sip_listener *listener)
{
	int kind = listener->protocol == SIP_UDP ? SOCK_DGRAM : SOCK_STREAM, on = 1;
	int fd = socket(listener->bind.sa.sa_family, kind | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (kind == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener->bind.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &listener->bind.sa, sip_sockaddr_len(&listener->bind)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/* Connections have ports of their own. */
void sip_ports_review(const struct sip_settings *settings, struct rd_config_report *report)
{
	int first, last, port;

	rd_rtp_ports(&first, &last);
	for (const struct sip_listener *it = settings->listeners; it; it = it->next) {
		port = sip_sockaddr_port(&it->bind);
		if (it->protocol == SIP_UDP && port >= first && port <= last)
			rd_config_warning(report, it->file, it->line,
					  "[%s] bind: port %d is one of those for sound, %d to %d "
					  "by rtp.conf: a call may have it when it is to be bound",
					  it->name, port, first, last);
	}
}

static void examine_file(const struct sip_listener *listener, const char *option, const char *paths,
			 struct rd_config_report *report)
{
	char what[128];

	if (!listener->tls || !paths)
		return;
	snprintf(what, sizeof(what), "[%s] %s", listener->name, option);
	rd_tls_examine(report, listener->file, listener->line, what, RD_PEM_OWN, paths);
}

static void examine_listener(const struct sip_listener *listener, struct rd_config_report *report)
{
	int rc = rd_config_ports_are_free() ? try_port(listener) : 0;
	char text[SIP_SOCKADDR_TEXT];

	if (rc)
		rd_config_error(report, listener->file, listener->line, "[%s] bind = %s: %s",
				listener->name, sip_sockaddr_text(&listener->bind, text),
				what_helps(rc));
	examine_file(listener, "certificate", listener->certificate, report);
	examine_file(listener, "key", listener->key, report);
}

/* ---- music ---- */

/* Phones of a template have it together: one of them is enough. */
void sip_music_review(const struct sip_settings *settings, struct rd_config_report *report)
{
	const char *told = "";
	char what[128];

	for (const struct sip_endpoint *it = settings->first; it; it = it->next) {
		if (!it->music_class || strcmp(it->music_class, told) == 0)
			continue;
		snprintf(what, sizeof(what), "[%s] music_class", it->name);
		rd_music_review(report, it->file, it->line, what, it->music_class);
		told = it->music_class;
	}
}

/* ---- whose messages ---- */

static bool is_same_mailbox(const char *a, const char *b)
{
	char name[RD_MWI_NAME], other[RD_MWI_NAME];

	return a && b && !rd_mwi_name(a, name) && !rd_mwi_name(b, other) &&
	       strcmp(name, other) == 0;
}

bool sip_mailbox_is_elsewhere(const struct sip_settings *settings, const char *mailbox)
{
	for (const struct sip_endpoint *it = settings->first; it; it = it->next)
		if (is_same_mailbox(it->mwi_subscribe, mailbox) ||
		    is_same_mailbox(it->mwi_incoming, mailbox))
			return true;
	return false;
}

/* What VoiceMail() would say of it. */
static void examine_mailbox(const struct sip_settings *settings,
			    const struct sip_endpoint *endpoint, struct rd_config_report *report)
{
	const struct rd_app *voicemail = rd_app_find("VoiceMail");
	struct rd_str rest = rd_str_of(endpoint->mailbox), one;
	char name[RD_MWI_NAME], buf[128];
	const char *why;

	while (voicemail && voicemail->check && rest.n) {
		rd_str_cut(&rest, ',', &one);
		one = rd_str_trim(one);
		if (!one.n || !rd_strcpyn(name, sizeof(name), one) ||
		    sip_mailbox_is_elsewhere(settings, name))
			continue;
		why = voicemail->check(name, buf, sizeof(buf));
		if (why)
			rd_config_warning(report, endpoint->file, endpoint->line,
					  "[%s] mailbox: %s: its lamp stays "
					  "dark",
					  endpoint->name, why);
	}
}

static void examine_endpoint(const struct sip_settings *settings,
			     const struct sip_endpoint *endpoint, struct rd_config_report *report)
{
	sip_world_examine(endpoint, report);
	examine_mailbox(settings, endpoint, report);
}

void sip_settings_examine(const struct sip_settings *settings, struct rd_config_report *report)
{
	for (const struct sip_listener *it = settings->listeners; it; it = it->next)
		examine_listener(it, report);
	for (const struct sip_endpoint *it = settings->first; it; it = it->next)
		examine_endpoint(settings, it, report);
	sip_secrets_examine(settings, report);
	sip_hosts_examine(settings, report);
	if (!settings->guard)
		rd_config_warning(report, "sip.conf", 0,
				  "[global] guard = no: who tries passwords is not hindered");
}
