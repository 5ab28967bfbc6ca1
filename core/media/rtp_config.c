/* rtp.conf: ports, time-outs, reports. In force is a plain copy that only
 * the switch thread reads; streams take along what they need. */
#include <strings.h>

#include <openssl/ssl.h>

#include <ringdown/pool.h>
#include <ringdown/stream.h>

#include "core/media/dtls_identity.h"
#include "core/media/media.h"
#include "core/media/rtp_config.h"

static struct rd__rtp_settings in_force = {
	.port_from = 10000,
	.port_to = 19998,
	.rtcp_interval_ms = 5000,
	.strict = true,
	.learn_packets = 4,
};

static bool own_in_force; /* the certificate of DTLS was made, not read */

const struct rd__rtp_settings *rd__rtp_settings(void)
{
	return &in_force;
}

/* What is read; strings live in the pool until it is in force. */
struct reading {
	struct rd__rtp_settings settings;
	const char *cert_file, *key_file;
	SSL_CTX *identity;
	struct rd_pool *pool;
};

void rd_rtp_ports(int *first, int *last)
{
	const struct reading *coming = rd_config_coming("rtp");
	const struct rd__rtp_settings *settings = coming ? &coming->settings : &in_force;

	*first = settings->port_from;
	*last = settings->port_to + 1;
}

#define OPTION(member)	offsetof(struct reading, member)
#define SETTING(member) OPTION(settings.member)

/* Asterisk's "seqno" learns by sequence numbers alone, as we do. */
static const char *parse_strict(const char *value, void *dest, struct rd_pool *pool)
{
	bool learns = strcasecmp(value, "seqno") == 0;

	(void)pool;
	if (!learns && !rd_config_bool(rd_str_of(value), &learns))
		return "yes, no or seqno";
	*(bool *)dest = learns;
	return NULL;
}

static const struct rd_option options[] = {
	{ .name = "rtpstart", .type = RD_OPTION_INT, .offset = SETTING(port_from),
	  .fallback = "10000", .min = 1024, .max = 65534,
	  .help = "first port; RTP takes the even ones" },
	{ .name = "rtpend", .type = RD_OPTION_INT, .offset = SETTING(port_to),
	  .fallback = "20000", .min = 1025, .max = 65535, .help = "last port" },
	{ .name = "rtcpinterval", .type = RD_OPTION_DURATION, .unit = 1,
	  .offset = SETTING(rtcp_interval_ms), .fallback = "5000", .min = 0, .max = 60000,
	  .help = "between two reports, on average; 0: none" },
	{ .name = "strictrtp", .type = RD_OPTION_CUSTOM, .offset = SETTING(strict),
	  .fallback = "yes", .parse = parse_strict,
	  .help = "learn the address that packets come from, and hold it" },
	{ .name = "probation", .type = RD_OPTION_INT, .offset = SETTING(learn_packets),
	  .fallback = "4", .min = 1, .max = 100,
	  .help = "packets in a row before another address than the agreed one is believed" },
	RD_OPTION_ABSENT("rtpchecksums", "the kernel's checksums are always on"),
	RD_OPTION_ABSENT("dtmftimeout", "a key without an end is over after 200 ms"),
	RD_OPTION_ABSENT("rtp_pt_dynamic", "payload types are the offer's, or from 96"),
	{ .name = "dtls_cert_file", .type = RD_OPTION_STRING, .offset = OPTION(cert_file),
	  .pem = RD_PEM_OWN,
	  .help = "certificate of DTLS, in PEM form; default: one that is made at start" },
	{ .name = "dtls_private_key", .type = RD_OPTION_STRING, .offset = OPTION(key_file),
	  .pem = RD_PEM_OWN,
	  .help = "its key; default: in dtls_cert_file" },
	RD_OPTION_ABSENT("srtpreplayprotection", "packets that come twice are always dropped"),
	RD_OPTION_ABSENT("dtls_mtu", "datagrams of a handshake have 1,200 bytes at most"),
	RD_OPTION_ABSENT("icesupport", "ice_support of a phone in sip.conf says so"),
	RD_OPTION_ABSENT("ice_deny", "ICE tells the one address that faces the phone"),
	RD_OPTION_ABSENT("ice_permit", "ICE tells the one address that faces the phone"),
	RD_OPTION_ABSENT("ice_acl", "ICE tells the one address that faces the phone"),
	RD_OPTION_ABSENT("ice_blacklist", "ICE tells the one address that faces the phone"),
	RD_OPTION_ABSENT("stun_deny", "what the server says is believed"),
	RD_OPTION_ABSENT("stun_permit", "what the server says is believed"),
	RD_OPTION_ABSENT("stun_acl", "what the server says is believed"),
	RD_OPTION_ABSENT("stun_blacklist", "what the server says is believed"),
	{ 0 },
};

static const char *const sections[] = { "general", NULL };
static const char *const sections_unused[] = { "ice_host_candidates", NULL };

static void discard(void *snapshot)
{
	struct reading *reading = snapshot;

	SSL_CTX_free(reading->identity);
	SSL_CTX_free(reading->settings.turn_tls);
	rd_pool_free(reading->pool);
	rd_free(reading);
}

static int reading_new(struct reading **rp)
{
	struct reading *reading = rd_zalloc(sizeof(*reading));

	if (!reading)
		return -ENOMEM;
	if (rd_pool_new(&reading->pool, 0)) {
		rd_free(reading);
		return -ENOMEM;
	}
	*rp = reading;
	return 0;
}

enum { PAIRS_WANTED = 20 }; /* ten calls */

/* Each leg of a call has a pair, and one more for video. */
static void examine_ports(const struct rd__rtp_settings *settings, int line,
			  struct rd_config_report *report)
{
	int pairs = (settings->port_to - settings->port_from) / 2 + 1;

	if (rd_config_is_examined() && pairs < PAIRS_WANTED)
		rd_config_warning(report, "rtp.conf", line,
				  "rtpstart and rtpend have %d pair%s of ports, a call between two "
				  "phones takes two: leave room for all calls, as 10000 to 20000",
				  pairs, pairs == 1 ? "" : "s");
}

/* RTP's port is even, and RTCP's lies above it. */
static int check_ports(struct rd__rtp_settings *settings, int line,
		       struct rd_config_report *report)
{
	settings->port_from = (settings->port_from + 1) & ~1;
	settings->port_to = (settings->port_to - 1) & ~1;
	if (settings->port_from <= settings->port_to) {
		examine_ports(settings, line, report);
		return 0;
	}
	rd_config_error(report, "rtp.conf", line, "rtpstart and rtpend leave no pair of ports");
	return -EINVAL;
}

static int read_identity(struct reading *reading, int line, struct rd_config_report *report)
{
	const char *key = reading->key_file ? reading->key_file : reading->cert_file;
	const char *why;

	if (!reading->cert_file) {
		if (rd__dtls_identity_make(&reading->identity, &why))
			rd_config_warning(report, "rtp.conf", line,
					  "no certificate for DTLS could be made: %s", why);
		return 0;
	}
	if (rd__dtls_identity_read(&reading->identity, reading->cert_file, key, &why) == 0)
		return 0;
	rd_config_error(report, "rtp.conf", line, "dtls_cert_file, dtls_private_key: %s", why);
	return -EINVAL;
}

static int read_section(struct reading *reading, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	int line = section ? rd_config_section_line(section) : 0;
	int rc = rd_options_read(options, section, rd__rtp_servers, reading, reading->pool,
				 report);

	if (!rc)
		rc = rd__rtp_read_servers(&reading->settings, section, report);
	if (!rc)
		rc = check_ports(&reading->settings, line, report);
	return rc ? rc : read_identity(reading, line, report);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	struct reading *reading;
	int wrong = 0, rc = reading_new(&reading);

	if (rc)
		return rc;
	rc = rd_config_load_merged(&config, "rtp.conf", RD_SECOND_JOINS, report);
	if (rc == -ENOENT)
		rc = 0;
	if (!rc) {
		wrong = rd_config_check_sections(config, sections, sections_unused, report);
		rc = read_section(reading, rd_config_find(config, "general"), report);
	}
	rd_config_unref(config);
	rc = rc ? rc : wrong;
	if (rc)
		discard(reading);
	else
		*snapshot = reading;
	return rc;
}

/* One that was made stays the same over reloads. */
static void take_identity(struct reading *reading)
{
	if (own_in_force && !reading->cert_file)
		return;
	rd__dtls_identity_take(reading->identity);
	own_in_force = reading->identity && !reading->cert_file;
	reading->identity = NULL;
}

static void commit(void *snapshot)
{
	struct reading *reading = snapshot;

	/* Tunnels that stand have references of their own. */
	SSL_CTX_free(in_force.turn_tls);
	in_force = reading->settings;
	reading->settings.turn_tls = NULL;
	take_identity(reading);
	discard(reading);
}

static const char *const files[] = { "rtp.conf", NULL };

const struct rd_module_config rd__rtp_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};
