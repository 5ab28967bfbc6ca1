/* Can everybody fetch the certificate of what we sign with, is it that key's, and for how long
 * is it good? */
#ifndef MODULES_SIP_TRUNK_STIR_EXAMINE_H
#define MODULES_SIP_TRUNK_STIR_EXAMINE_H

#include "modules/sip_trunk/stir_settings.h"

/* While a doctor asks, it is fetched from signer->url, and waited for; at other times this does
 * nothing. line: that says the URL. https_ca_file: who vouches for the server, NULL: whom the
 * system knows. */
void stir_examine(const struct stir_signer *signer, const char *https_ca_file,
		  const struct rd_config_line *line, struct rd_config_report *report);

#endif
