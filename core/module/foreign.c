/* What the modules of Asterisk are here: modules.conf may come from there. */
#include <string.h>

#include "core/module/foreign.h"

static const char core_part[] = "";

/* Where theirs and ours have not the same name. ours "" means that the daemon does
 * it without a module. A star stands for any rest. */
static const struct {
	const char *theirs, *ours;
} rows[] = {
	{ "chan_pjsip", "chan_sip" },
	{ "res_pjsip", "chan_sip" },
	{ "res_pjsip_stir_shaken", "sip_trunk" },
	{ "res_stir_shaken", "sip_trunk" },
	{ "res_pjsip_geolocation", NULL },
	{ "res_pjsip_phoneprov_provider", NULL },
	{ "res_pjsip_outbound_publish", NULL },
	{ "res_pjsip_transport_websocket", NULL },
	{ "res_pjsip_publish_asterisk", NULL },
	{ "res_pjsip_aoc", NULL },
	{ "res_pjsip_mwi", "sip_mwi" },
	{ "res_pjsip_mwi_body_generator", "sip_mwi" },
	{ "res_pjsip_exten_state", "sip_dialog_info" },
	{ "res_pjsip_dialog_info_body_generator", "sip_dialog_info" },
	{ "res_pjsip_pidf_body_generator", "sip_presence" },
	{ "res_pjsip_*", "chan_sip" },
	{ "res_pjproject", core_part },
	{ "func_pjsip_*", "chan_sip" },
	{ "pbx_config", "dialplan" },
	{ "app_stack", "dialplan" },
	{ "app_while", "dialplan" },
	{ "app_if", NULL },
	{ "app_controlplayback", "app_playback" },
	{ "app_sayunixtime", "app_say" },
	{ "app_db", "func_db" },
	{ "app_cdr", "cdr" },
	{ "app_celgenuserevent", "cel" },
	{ "app_directory", "app_voicemail" },
	{ "func_cdr", "cdr" },
	{ "func_callcompletion", "app_callcompletion" },
	{ "func_vmcount", "app_voicemail" },
	{ "func_cut", "func_strings" },
	{ "func_md5", "func_digest" },
	{ "func_sha1", "func_digest" },
	{ "func_rand", "func_math" },
	{ "func_extstate", "func_devstate" },
	{ "func_module", "func_version" },
	{ "func_timeout", "func_channel" },
	{ "res_rtp_multicast", "chan_rtp" },
	{ "res_tonedetect", "app_waitfortone" },
	{ "format_gsm", "format_coded" },
	{ "format_g726", "format_coded" },
	{ "format_wav_gsm", "format_sndfile" },
	{ "format_ogg_vorbis", "format_sndfile" },
	{ "format_ogg_opus", "format_sndfile" },
	{ "format_mp3", "format_sndfile" },
	{ "cdr_custom", "cdr_csv" },
	{ "cdr_sqlite3_custom", "cdr_sqlite" },
	{ "cel_custom", "cel_csv" },
	{ "cel_sqlite3_custom", "cel_sqlite" },
	{ "codec_a_mu", core_part },
	{ "codec_resample", core_part },
	{ "res_rtp_asterisk", core_part },
	{ "res_musiconhold", core_part },
	{ "res_indications", core_part },
	{ "res_features", core_part },
	{ "res_timing_*", core_part },
	{ "res_sorcery_*", core_part },
	{ "res_crypto", core_part },
	{ "res_security_log", core_part },
	{ "res_clialiases", core_part },
	{ "res_clioriginate", core_part },
	{ "res_resolver_unbound", core_part },
	{ "res_limit", core_part },
	{ "res_srtp", core_part },
	{ "res_format_attr_*", core_part },
	{ "res_hep*", "hep" },
	{ "res_prometheus", "metrics" },
	{ "res_statsd", NULL },
	{ "bridge_softmix", "app_confbridge" },
	{ "bridge_holding", core_part },
	{ "bridge_simple", core_part },
	{ "bridge_native_rtp", core_part },
	{ "bridge_builtin_features", core_part },
	{ "bridge_builtin_interval_features", core_part },
	{ "chan_bridge_media", core_part },
	{ "pbx_functions", core_part },
};

const char *const rd__modules_core_there[] = {
	"app_answer", "app_bridge", "app_goto", "app_playback", "app_progress", "app_say",
	"app_set",    "app_verbose", "app_wait", "chan_local",	 "codec_slin",	 NULL
};

static bool fits(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

/* The kinds that Asterisk has. */
static bool sounds_foreign(const char *name)
{
	static const char *const kinds[] = { "app_", "bridge_", "cdr_",	 "cel_", "chan_",
					     "codec_", "format_", "func_", "pbx_", "res_" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

enum rd__foreign rd__module_foreign(const char *name, const char **ours)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		if (!fits(rows[i].theirs, name))
			continue;
		*ours = rows[i].ours;
		if (!*ours)
			return RD__FOREIGN_ABSENT;
		return **ours ? RD__FOREIGN_OURS : RD__FOREIGN_CORE;
	}
	*ours = NULL;
	return sounds_foreign(name) ? RD__FOREIGN_ABSENT : RD__FOREIGN_NOT;
}
