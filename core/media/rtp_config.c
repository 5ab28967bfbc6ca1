/* rtp.conf: ports, time-outs, reports. In force is a plain copy that only
 * the switch thread reads; streams take along what they need. */
#include "core/media/engine.h"

static struct rd__rtp_settings in_force = {
	.port_from = 10000,
	.port_to = 19998,
	.rtcp_interval_ms = 5000,
	.strict = true,
	.learn_packets = 4,
};

const struct rd__rtp_settings *rd__rtp_settings(void)
{
	return &in_force;
}

#define OPTION(member) offsetof(struct rd__rtp_settings, member)

static const struct rd_option options[] = {
	{ .name = "rtpstart", .type = RD_OPTION_INT, .offset = OPTION(port_from),
	  .fallback = "10000", .min = 1024, .max = 65534,
	  .help = "first port; RTP takes the even ones" },
	{ .name = "rtpend", .type = RD_OPTION_INT, .offset = OPTION(port_to),
	  .fallback = "20000", .min = 1025, .max = 65535, .help = "last port" },
	{ .name = "rtcpinterval", .type = RD_OPTION_DURATION, .unit = 1,
	  .offset = OPTION(rtcp_interval_ms), .fallback = "5000", .min = 0, .max = 60000,
	  .help = "between two reports, on average; 0: none" },
	{ .name = "strictrtp", .type = RD_OPTION_BOOL, .offset = OPTION(strict),
	  .fallback = "yes",
	  .help = "learn the address that packets come from, and hold it" },
	{ .name = "probation", .type = RD_OPTION_INT, .offset = OPTION(learn_packets),
	  .fallback = "4", .min = 1, .max = 100,
	  .help = "packets in a row before another address than the agreed one is believed" },
	RD_OPTION_ABSENT("rtpchecksums", "the kernel's checksums are always on"),
	RD_OPTION_ABSENT("dtmftimeout", "a key without an end is over after 200 ms"),
	RD_OPTION_ABSENT("rtp_pt_dynamic", "payload types are the offer's, or from 96"),
	RD_OPTION_ABSENT("srtpreplayprotection", "sound is not encrypted yet"),
	RD_OPTION_ABSENT("dtls_mtu", "sound is not encrypted yet"),
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

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd__rtp_settings *settings = rd_zalloc(sizeof(*settings));
	const struct rd_config_section *section;
	struct rd_config *config = NULL;
	int rc;

	if (!settings)
		return -ENOMEM;
	rc = rd_config_load(&config, "rtp.conf", report);
	if (rc == -ENOENT)
		rc = 0;
	section = config ? rd_config_find(config, "general") : NULL;
	if (!rc && config)
		rc = rd_config_check_sections(config, sections, sections_unused, report);
	if (!rc)
		rc = rd_options_read(options, section, rd__rtp_servers, settings, NULL, report);
	if (!rc)
		rc = rd__rtp_read_servers(settings, section, report);
	/* RTP's port is even, and RTCP's lies above it. */
	settings->port_from = (settings->port_from + 1) & ~1;
	settings->port_to = (settings->port_to - 1) & ~1;
	if (!rc && settings->port_from > settings->port_to) {
		rd_config_error(report, "rtp.conf",
				section ? rd_config_section_line(section) : 0,
				"rtpstart and rtpend leave no pair of ports");
		rc = -EINVAL;
	}
	if (config)
		rd_config_unref(config);
	if (rc)
		rd_free(settings);
	else
		*snapshot = settings;
	return rc;
}

static void commit(void *snapshot)
{
	in_force = *(struct rd__rtp_settings *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "rtp.conf", NULL };

const struct rd_module_config rd__rtp_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = rd_free,
};
