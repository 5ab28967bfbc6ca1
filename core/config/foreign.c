/* The files of Asterisk that nothing here reads: whoever brings a whole directory
 * is told which of them have no effect. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/config/config.h"

static const char no_minivm[] = "there is no MiniVM; voicemail.conf has mailboxes";
static const char not_loaded[] = "the module that would read it is not loaded";
static const char two_records[] = "call records go to files and to sqlite, as cdr.conf says";
static const char two_events[] = "events of calls go to files and to sqlite, as cel.conf says";
static const char no_manager[] = "the console is the only way in yet";
static const char no_such_channel[] = "calls are SIP";
static const char no_database[] = "configuration is in files, data in sqlite";
static const char no_web[] = "there is no web server but for the figures of prometheus.conf";
static const char no_fetching[] = "nothing is fetched from the web";

static const struct {
	const char *file, *why;
} foreign[] = {
	{ "acl.conf", not_loaded },
	{ "aeap.conf", "there are no external applications yet" },
	{ "agents.conf", "there is no AgentLogin()" },
	{ "alarmreceiver.conf", "there is no AlarmReceiver()" },
	{ "alsa.conf", no_such_channel },
	{ "amd.conf", not_loaded },
	{ "app_mysql.conf", no_database },
	{ "app_skel.conf", "it is an example" },
	{ "ari.conf", no_manager },
	{ "calendar.conf", "there are no calendars" },
	{ "ccss.conf", not_loaded },
	{ "cdr.conf", not_loaded },
	{ "cdr_adaptive_odbc.conf", two_records },
	{ "cdr_beanstalkd.conf", two_records },
	{ "cdr_custom.conf", two_records },
	{ "cdr_manager.conf", two_records },
	{ "cdr_mysql.conf", two_records },
	{ "cdr_odbc.conf", two_records },
	{ "cdr_pgsql.conf", two_records },
	{ "cdr_sqlite3_custom.conf", two_records },
	{ "cdr_syslog.conf", two_records },
	{ "cdr_tds.conf", two_records },
	{ "cel.conf", not_loaded },
	{ "cel_beanstalkd.conf", two_events },
	{ "cel_custom.conf", two_events },
	{ "cel_odbc.conf", two_events },
	{ "cel_pgsql.conf", two_events },
	{ "cel_sqlite3_custom.conf", two_events },
	{ "cel_tds.conf", two_events },
	{ "chan_dahdi.conf", no_such_channel },
	{ "chan_mobile.conf", no_such_channel },
	{ "chan_websocket.conf", no_such_channel },
	{ "cli.conf", "commands are given with ringdown -x" },
	{ "cli_aliases.conf", "commands may be shortened" },
	{ "cli_permissions.conf", "the console is the daemon's user's" },
	{ "codecs.conf", not_loaded },
	{ "confbridge.conf", not_loaded },
	{ "config_test.conf", "it is an example" },
	{ "console.conf", no_such_channel },
	{ "dbsep.conf", no_database },
	{ "dnsmgr.conf", "names are asked for again when their time is over" },
	{ "dsp.conf", "applications say what silence is" },
	{ "dundi.conf", "there is no DUNDi" },
	{ "enum.conf", "its zone is an option of trunks.conf, enum" },
	{ "extconfig.conf", no_database },
	{ "extensions.ael", "extensions.conf is the dialplan" },
	{ "extensions.lua", "extensions.conf is the dialplan" },
	{ "extensions_minivm.conf", no_minivm },
	{ "festival.conf", "there is no speech from text" },
	{ "followme.conf", not_loaded },
	{ "func_odbc.conf", no_database },
	{ "geolocation.conf", "emergency.conf has where phones are" },
	{ "hep.conf", not_loaded },
	{ "http.conf", no_web },
	{ "iax.conf", no_such_channel },
	{ "iaxprov.conf", no_such_channel },
	{ "manager.conf", no_manager },
	{ "meetme.conf", "ConfBridge() makes conference rooms" },
	{ "mgcp.conf", no_such_channel },
	{ "minivm.conf", no_minivm },
	{ "misdn.conf", no_such_channel },
	{ "motif.conf", no_such_channel },
	{ "ooh323.conf", no_such_channel },
	{ "osp.conf", "there is no OSP" },
	{ "oss.conf", no_such_channel },
	{ "phoneprov.conf", "there is no provisioning of phones" },
	{ "phoneprov_users.conf", "there is no provisioning of phones" },
	{ "pjproject.conf", "the SIP stack is our own" },
	{ "pjsip_notify.conf", "there is no such command yet" },
	{ "prometheus.conf", not_loaded },
	{ "queuerules.conf", not_loaded },
	{ "queues.conf", not_loaded },
	{ "res_config_mysql.conf", no_database },
	{ "res_config_odbc.conf", no_database },
	{ "res_config_sqlite.conf", no_database },
	{ "res_config_sqlite3.conf", no_database },
	{ "res_corosync.conf", "there is no exchange of state with other servers" },
	{ "res_curl.conf", no_fetching },
	{ "res_fax.conf", "faxes pass through, none is sent or received here" },
	{ "res_http_media_cache.conf", no_fetching },
	{ "res_ldap.conf", no_database },
	{ "res_odbc.conf", no_database },
	{ "res_pgsql.conf", no_database },
	{ "res_queue_external_strategy.conf", "Queue() has eight strategies of its own" },
	{ "res_snmp.conf", "there is no SNMP" },
	{ "res_stun_monitor.conf", "write external_address into sip.conf" },
	{ "resolver_unbound.conf", "dns_servers of [global] in sip.conf" },
	{ "say.conf", "numbers are said in English" },
	{ "skinny.conf", no_such_channel },
	{ "sla.conf", "there are no shared lines yet" },
	{ "smdi.conf", "there is no SMDI" },
	{ "sorcery.conf", no_database },
	{ "sorcery_memory_cache.conf", no_database },
	{ "stasis.conf", "there is one event bus, of one thread" },
	{ "statsd.conf", "figures are for Prometheus: prometheus.conf" },
	{ "stir_shaken.conf", not_loaded },
	{ "test_sorcery.conf", "it is for tests of Asterisk" },
	{ "udptl.conf", "faxes by T.38 go by the ports of rtp.conf" },
	{ "unistim.conf", no_such_channel },
	{ "users.conf", "write phones into sip.conf" },
	{ "voicemail.conf", not_loaded },
	{ "vpb.conf", no_such_channel },
	{ "websocket_client.conf", no_web },
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
