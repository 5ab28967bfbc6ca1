/* One mail to an SMTP server: see smtp.h. From whom and to whom is read from its header. */
#include "apps/app_voicemail/smtp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "apps/app_voicemail/kept.h"

enum { ADDRESS = 256, HEADER_LINE = 2048, TIMEOUT_S = 120 };

struct envelope {
	char from[ADDRESS + 3]; /* with its < > */
	struct curl_slist *to;
};

void vm_smtp_abort(void)
{
	atomic_store(&vm_kept->aborted, true);
}

int vm_smtp_init(void)
{
	atomic_store(&vm_kept->aborted, false);
	return curl_global_init(CURL_GLOBAL_DEFAULT) ? -EIO : 0;
}

void vm_smtp_fini(void)
{
	curl_global_cleanup();
}

/* ---- who ---- */

static int add_recipient(struct envelope *envelope, const char *address)
{
	struct curl_slist *longer = curl_slist_append(envelope->to, address);

	if (!longer)
		return -ENOMEM;
	envelope->to = longer;
	return 0;
}

static int take_addresses(struct envelope *envelope, const char *line, bool from)
{
	char address[ADDRESS + 3];
	int rc = 0;

	while (!rc && (line = strchr(line, '<'))) {
		size_t n = strcspn(line, ">");

		if (line[n] != '>' || n + 2 > sizeof(address))
			return -EINVAL;
		memcpy(address, line, n + 1);
		address[n + 1] = '\0';
		if (from)
			strcpy(envelope->from, address);
		else
			rc = add_recipient(envelope, address);
		line += n;
	}
	return rc;
}

/* A line that begins with a space goes on with the one before. */
static int read_envelope(FILE *file, struct envelope *envelope)
{
	enum { OTHER, FROM, TO } header = OTHER;
	char line[HEADER_LINE];
	int rc = 0;

	while (!rc && fgets(line, sizeof(line), file) && line[0] != '\n') {
		if (line[0] != ' ')
			header = strncasecmp(line, "From:", 5) == 0 ? FROM
				 : strncasecmp(line, "To:", 3) == 0 ? TO
								    : OTHER;
		if (header != OTHER)
			rc = take_addresses(envelope, line, header == FROM);
	}
	rewind(file);
	return rc ? rc : envelope->to && envelope->from[0] ? 0 : -EINVAL;
}

/* ---- the transfer ---- */

/* libcurl asks every second whether to go on. */
static int go_on(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
	(void)arg, (void)down, (void)down_now, (void)up, (void)up_now;
	return atomic_load(&vm_kept->aborted);
}

/* A mail server in the house has a certificate that it made itself. Where it may as well do
 * without TLS, and is not given a password, that one is better than none. */
static bool takes_any_certificate(const struct vm_smtp *smtp)
{
	return smtp->tls == VM_TLS_OPTIONAL && !smtp->password && !strstr(smtp->server, "://");
}

static void set_server(CURL *curl, const struct vm_smtp *smtp)
{
	static const long levels[] = { [VM_TLS_NONE] = CURLUSESSL_NONE,
				       [VM_TLS_OPTIONAL] = CURLUSESSL_TRY,
				       [VM_TLS_REQUIRED] = CURLUSESSL_ALL };
	char url[512];

	snprintf(url, sizeof(url), "%s%s", strstr(smtp->server, "://") ? "" : "smtp://",
		 smtp->server);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_USE_SSL, levels[smtp->tls]);
	if (takes_any_certificate(smtp)) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (smtp->username)
		curl_easy_setopt(curl, CURLOPT_USERNAME, smtp->username);
	if (smtp->password)
		curl_easy_setopt(curl, CURLOPT_PASSWORD, smtp->password);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
}

static void set_mail(CURL *curl, struct vm_smtp *smtp, const struct envelope *envelope, FILE *file)
{
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, envelope->from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, envelope->to);
	curl_easy_setopt(curl, CURLOPT_READDATA, file);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_CRLF, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->error);
}

/* A server that says 5xx of a mail or of whom it is for says so again tomorrow; what it says
 * of a name and a password, somebody may put right. */
static int outcome(CURL *curl, CURLcode code, struct vm_smtp *smtp)
{
	long said = 0;

	if (code == CURLE_OK)
		return 0;
	if (!smtp->error[0])
		snprintf(smtp->error, sizeof(smtp->error), "%s", curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &said);
	return said >= 550 && said <= 559 ? 1 : -EIO;
}

static int transfer(struct vm_smtp *smtp, const struct envelope *envelope, FILE *file)
{
	CURL *curl = curl_easy_init();
	int rc;

	if (!curl)
		return -ENOMEM;
	set_server(curl, smtp);
	set_mail(curl, smtp, envelope, file);
	rc = outcome(curl, curl_easy_perform(curl), smtp);
	curl_easy_cleanup(curl);
	return rc;
}

int vm_smtp_send(struct vm_smtp *smtp)
{
	struct envelope envelope = { .to = NULL };
	FILE *file = fopen(smtp->path, "rb");
	int rc;

	smtp->error[0] = '\0';
	if (!file)
		return -errno;
	rc = read_envelope(file, &envelope);
	if (!rc)
		rc = transfer(smtp, &envelope, file);
	if (rc < 0 && !smtp->error[0])
		snprintf(smtp->error, sizeof(smtp->error), "%s", rd_strerror(rc));
	curl_slist_free_all(envelope.to);
	fclose(file);
	return rc;
}
