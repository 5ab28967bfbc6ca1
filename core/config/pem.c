/* Certificates and keys that options name, with the eyes of a doctor: what will not do
 * tomorrow is understood today, and nobody else says it. */
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ringdown/tls.h>

#include "core/config/config.h"

enum { SOON_DAYS = 30 };

struct examined {
	struct rd_config_report *report;
	const char *file, *what, *path;
	int line;
	enum rd_pem kind;
	bool has_key, told;
	X509 *last; /* of authorities: the one that is good for longest */
};

static RD_PRINTF(2, 3) void tell(struct examined *examined, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (examined->told)
		return;
	examined->told = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rd_config_warning(examined->report, examined->file, examined->line, "%s: %s: %s",
			  examined->what, examined->path, text);
}

/* ---- dates ---- */

static const char *print_time(const ASN1_TIME *time, char text[64])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = bio && ASN1_TIME_print(bio, time) ? BIO_read(bio, text, 63) : 0;

	text[RD_MAX(n, 0)] = '\0';
	BIO_free(bio);
	return text;
}

static void look_at_dates(struct examined *examined, const X509 *certificate)
{
	const ASN1_TIME *from = X509_get0_notBefore(certificate);
	const ASN1_TIME *to = X509_get0_notAfter(certificate);
	int days = 0, seconds = 0;
	char when[64];

	ASN1_TIME_diff(&days, &seconds, NULL, to);
	if (days < 0 || seconds < 0)
		tell(examined, "it expired on %s", print_time(to, when));
	else if (X509_cmp_current_time(from) > 0)
		tell(examined, "it is not valid before %s", print_time(from, when));
	else if (days < SOON_DAYS)
		tell(examined, "it expires in %d days, on %s: a renewed one is read by "
			       "\"core reload\"", days, print_time(to, when));
}

/* Of many authorities some are always past their time. */
static void look_at_certificate(struct examined *examined, X509 *certificate)
{
	if (examined->kind == RD_PEM_OWN) {
		look_at_dates(examined, certificate);
	} else if (!examined->last ||
		   ASN1_TIME_compare(X509_get0_notAfter(certificate),
				     X509_get0_notAfter(examined->last)) > 0) {
		X509_up_ref(certificate);
		X509_free(examined->last);
		examined->last = certificate;
	}
}

/* With a list of last year nobody is believed any more. */
static void look_at_revocations(struct examined *examined, const X509_CRL *list)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
	char when[64];

	if (next && X509_cmp_current_time(next) < 0)
		tell(examined, "the list of revocations is out of date since %s",
		     print_time(next, when));
}

/* ---- files ---- */

static void look_at_part(struct examined *examined, const char *name, const unsigned char *bytes,
			 long size)
{
	X509 *certificate = NULL;
	X509_CRL *list = NULL;

	if (strstr(name, "PRIVATE KEY"))
		examined->has_key = true;
	else if (strstr(name, "CRL"))
		list = d2i_X509_CRL(NULL, &bytes, size);
	else if (strcmp(name, PEM_STRING_X509) == 0)
		certificate = d2i_X509(NULL, &bytes, size);
	if (certificate)
		look_at_certificate(examined, certificate);
	if (list)
		look_at_revocations(examined, list);
	X509_free(certificate);
	X509_CRL_free(list);
}

static void look_at_file(struct examined *examined)
{
	BIO *bio = BIO_new_file(examined->path, "re");
	unsigned char *bytes;
	char *name, *header;
	struct stat st;
	long size;

	while (bio && PEM_read_bio(bio, &name, &header, &bytes, &size) == 1) {
		look_at_part(examined, name, bytes, size);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(bytes, (size_t)size);
	}
	if (examined->last)
		look_at_dates(examined, examined->last);
	examined->told = false; /* who may read it is another matter */
	if (examined->has_key && stat(examined->path, &st) == 0 && st.st_mode & S_IROTH)
		tell(examined, "everybody may read the key; chmod o-r");
	X509_free(examined->last);
	BIO_free(bio);
	ERR_clear_error();
}

void rd_tls_examine_one(struct rd_config_report *report, const char *file, int line,
			const char *what, const char *where, const struct x509_st *certificate)
{
	struct examined examined = { .report = report, .file = file, .line = line, .what = what,
				     .path = where };

	if (rd_config_is_examined())
		look_at_dates(&examined, certificate);
}

/* As whoever reads it finds it. */
static const char *find(const char *path, char *whole, size_t size)
{
	struct stat st;

	snprintf(whole, size, "%s/%s", rd_directory("etc"), path);
	return *path == '/' || stat(whole, &st) ? path : whole;
}

void rd_tls_examine(struct rd_config_report *report, const char *file, int line, const char *what,
		    enum rd_pem kind, const char *paths)
{
	struct rd_str rest = rd_str_of(paths), one;
	char path[512], whole[1024];

	while (rd_config_is_examined() && rest.n) {
		struct examined examined = { .report = report, .file = file, .line = line,
					     .what = what, .kind = kind };

		rd_str_cut(&rest, ',', &one);
		if (!rd_strcpyn(path, sizeof(path), rd_str_trim(one)))
			continue;
		examined.path = find(path, whole, sizeof(whole));
		look_at_file(&examined);
	}
}
