/* Options of pjsip.conf whose values are written in another way in sip.conf, each named
 * after what it reads. */
#ifndef CHANNELS_SIP_ENDPOINT_PJSIP_CONVERT_H
#define CHANNELS_SIP_ENDPOINT_PJSIP_CONVERT_H

#include "channels/sip/endpoint/pjsip.h"

pjsip_convert_fn pjsip_convert_elsewhere, pjsip_convert_dtmf_mode, pjsip_convert_ice_support,
	pjsip_convert_media_encryption, pjsip_convert_reliable, pjsip_convert_timers,
	pjsip_convert_qualify_timeout, pjsip_convert_codec_prefs, pjsip_convert_offer_pref,
	pjsip_convert_allow, pjsip_convert_mailboxes, pjsip_convert_voicemail,
	pjsip_convert_contact, pjsip_convert_username, pjsip_convert_auth_type, pjsip_convert_tos,
	pjsip_convert_tone_zone, pjsip_convert_tls_method, pjsip_convert_external_media,
	pjsip_convert_external_signaling, pjsip_convert_external_port, pjsip_convert_password,
	pjsip_convert_hash,
	pjsip_convert_realm, pjsip_convert_transport, pjsip_convert_server_uri,
	pjsip_convert_client_uri, pjsip_convert_media_address, pjsip_convert_its_transport,
	pjsip_convert_rewrite_contact, pjsip_convert_match, pjsip_convert_match_header,
	pjsip_convert_bind;

#endif
