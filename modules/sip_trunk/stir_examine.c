/* A doctor's look at what we sign with: see stir_examine.h. */
#include "modules/sip_trunk/stir_examine.h"

#include <ringdown/tls.h>

enum { PATIENCE_MS = 3000 };

/* Ours may be anywhere; what others name is another matter. */
static void fetch(struct stir_fetch *fetch, const struct stir_signer *signer,
		  const char *https_ca_file)
{
	struct stir_network anywhere = { .bits = 0 };
	struct stir_sources sources = { .permit = &anywhere,
					.ca_file = https_ca_file,
					.timeout_ms = PATIENCE_MS,
					.any_port = true,
					.any_path = true };

	rd_strcpy(fetch->url, sizeof(fetch->url), signer->url);
	fetch->sources = &sources;
	fetch->store = X509_STORE_new();
	if (fetch->store)
		stir_fetch(fetch);
	X509_STORE_free(fetch->store);
}

void stir_examine(const struct stir_signer *signer, const char *https_ca_file,
		  const struct rd_config_line *line, struct rd_config_report *report)
{
	struct stir_fetch found = { .x509 = NULL };

	if (!rd_config_is_examined())
		return;
	fetch(&found, signer, https_ca_file);
	if (!found.x509) {
		rd_config_warning(report, line->file, line->line, "%s: %s: nobody can verify what "
				  "we sign: %s", line->name, signer->url, found.error);
		return;
	}
	rd_tls_examine_one(report, line->file, line->line, line->name, signer->url, found.x509);
	if (signer->key && X509_check_private_key(found.x509, signer->key) != 1)
		rd_config_warning(report, line->file, line->line,
				  "%s: %s: it is not the certificate of private_key_file",
				  line->name, signer->url);
	X509_free(found.x509);
}
