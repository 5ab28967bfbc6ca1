/* The files of Asterisk that nothing here reads: whoever brings a whole directory
 * is told which of them have no effect. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/config/config.h"

static const char no_voicemail[] = "there is no voicemail yet";
static const char no_queues[] = "there are no queues yet";
static const char not_loaded[] = "the module that would read it is not loaded";
static const char two_records[] = "call records go to files and to sqlite, as cdr.conf says";
static const char two_events[] = "events of calls go to files and to sqlite, as cel.conf says";
static const char no_manager[] = "the console is the only way in yet";
static const char no_such_channel[] = "calls are SIP";
static const char no_database[] = "configuration is in files, data in sqlite";
static const char no_web[] = "there is no web server";

static const struct {
	const char *file, *why;
} foreign[] = {
	{ "acl.conf", "write permit and deny into the sections of phones" },
	{ "agents.conf", no_queues },
	{ "amd.conf", not_loaded },
	{ "ari.conf", no_manager },
	{ "ccss.conf", "there is no call completion yet" },
	{ "cdr.conf", not_loaded },
	{ "cdr_custom.conf", two_records },
	{ "cdr_manager.conf", two_records },
	{ "cdr_odbc.conf", two_records },
	{ "cdr_pgsql.conf", two_records },
	{ "cdr_sqlite3_custom.conf", two_records },
	{ "cel.conf", not_loaded },
	{ "cel_custom.conf", two_events },
	{ "cel_odbc.conf", two_events },
	{ "cel_pgsql.conf", two_events },
	{ "cel_sqlite3_custom.conf", two_events },
	{ "chan_dahdi.conf", no_such_channel },
	{ "cli_aliases.conf", "commands may be shortened" },
	{ "cli_permissions.conf", "the console is the daemon's user's" },
	{ "codecs.conf", not_loaded },
	{ "confbridge.conf", "rooms have no profiles yet" },
	{ "dundi.conf", "there is no DUNDi" },
	{ "extconfig.conf", no_database },
	{ "extensions.ael", "extensions.conf is the dialplan" },
	{ "extensions.lua", "extensions.conf is the dialplan" },
	{ "followme.conf", "there is no FollowMe yet" },
	{ "func_odbc.conf", no_database },
	{ "geolocation.conf", "there is no geolocation" },
	{ "hep.conf", "there is no HEP yet" },
	{ "http.conf", no_web },
	{ "iax.conf", no_such_channel },
	{ "manager.conf", no_manager },
	{ "meetme.conf", "ConfBridge() makes conference rooms" },
	{ "phoneprov.conf", "there is no provisioning of phones" },
	{ "pjproject.conf", "the SIP stack is our own" },
	{ "pjsip_notify.conf", "there is no such command yet" },
	{ "prometheus.conf", "there are no metrics yet" },
	{ "queuerules.conf", no_queues },
	{ "queues.conf", no_queues },
	{ "res_fax.conf", "there is no fax" },
	{ "res_odbc.conf", no_database },
	{ "res_parking.conf", "there is no parking yet" },
	{ "res_pgsql.conf", no_database },
	{ "res_snmp.conf", "there is no SNMP" },
	{ "res_stun_monitor.conf", "write external_address into sip.conf" },
	{ "say.conf", "numbers are said in English" },
	{ "sorcery.conf", no_database },
	{ "stasis.conf", "there is one event bus, of one thread" },
	{ "stir_shaken.conf", "there is no STIR yet" },
	{ "udptl.conf", "there is no fax" },
	{ "users.conf", "write phones into sip.conf" },
	{ "voicemail.conf", no_voicemail },
	{ "xmpp.conf", "there is no XMPP" },
};

static bool is_read(const char *file)
{
	const struct rd_module_config *config;
	const char *owner;
	size_t pos = 0;

	while (rd__config_next_owner(&pos, &owner, &config))
		for (const char *const *it = config->files; it && *it; it++)
			if (strcmp(*it, file) == 0)
				return true;
	return false;
}

void rd__config_note_foreign(struct rd_config_report *report)
{
	char path[4096];

	for (size_t i = 0; i < RD_ARRAY_SIZE(foreign); i++) {
		snprintf(path, sizeof(path), "%s/%s", rd_directory("etc"), foreign[i].file);
		if (access(path, F_OK) == 0 && !is_read(foreign[i].file))
			rd_config_warning(report, foreign[i].file, 0, "is not read: %s",
					  foreign[i].why);
	}
}
