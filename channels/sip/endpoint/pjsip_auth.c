/* Who may be which endpoint: passwords and hashes of type=auth, and what is to become of
 * an endpoint of which neither these nor an address tells who it is. A credential that
 * is not understood must never become none. */
#include <string.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip_convert.h"
#include "channels/sip/endpoint/settings_secret.h"
#include "channels/sip/endpoint/settings_types.h"

/* What Asterisk asks for when nothing is said; it is part of the hashes. */
static const char realm_there[] = "asterisk";

/* md5_cred alone counts with auth_type=md5, the password with every other type. */
bool pjsip_is_by_password(const struct rd_config_section *auth)
{
	const struct rd_config_line *type = pjsip_line(auth, "auth_type");

	return pjsip_line(auth, "password") && !(type && strcasecmp(type->value, "md5") == 0);
}

static const struct rd_config_line *hash_of(const struct rd_config_section *auth)
{
	const struct rd_config_line *line = pjsip_line(auth, "md5_cred");

	return line ? line : pjsip_line(auth, "password_digest");
}

bool pjsip_is_by_hash(const struct rd_config_section *auth)
{
	return !pjsip_is_by_password(auth) && hash_of(auth);
}

/* ---- the realm of the hashes ---- */

static const struct rd_config_section *global_of(const struct rd_config *config)
{
	const struct rd_config_section *section = NULL;

	while ((section = rd_config_next(config, section, NULL)))
		if (sip_type_of(section) == SIP_TYPE_GLOBAL)
			break;
	return section;
}

/* What [global] of ours says by now. */
static const char *of_global(const struct pjsip *pjsip, const char *option, const char *otherwise)
{
	const struct rd_config_section *global = global_of(pjsip->out);
	const struct rd_config_line *line = global ? pjsip_line(global, option) : NULL;

	return line ? line->value : otherwise;
}

static const char *realm_of(const struct rd_config_section *auth)
{
	const struct rd_config_line *line = pjsip_line(auth, "realm");

	return line ? line->value : realm_there;
}

/* Does it prove who an endpoint is, not only who we are? */
static bool is_asked_for(const struct pjsip *pjsip, const struct rd_config_section *auth)
{
	const struct rd_config_section *endpoint = NULL;

	while ((endpoint = pjsip_next_of_type(pjsip, endpoint, "endpoint")))
		if (pjsip_auth_of(pjsip, pjsip_line(endpoint, "auth")) == auth)
			return true;
	return false;
}

/* The first auth of endpoints of which only hashes are known. */
static const struct rd_config_section *first_hashed(const struct pjsip *pjsip)
{
	const struct rd_config_section *auth = NULL;

	while ((auth = pjsip_next_of_type(pjsip, auth, "auth")))
		if (!pjsip_is_by_password(auth) && hash_of(auth) && is_asked_for(pjsip, auth))
			break;
	return auth;
}

int pjsip_choose_realm(struct pjsip *pjsip)
{
	const struct rd_config_section *auth = first_hashed(pjsip);
	const struct rd_config_line *hash = auth ? hash_of(auth) : NULL;

	if (!hash || of_global(pjsip, "realm", NULL) ||
	    (!pjsip->global && global_of(pjsip->out))) /* sip.conf has one, and its realm */
		return 0;
	if (!pjsip->global)
		pjsip->global = rd_config_add_section(pjsip->out, "global", hash->file, hash->line);
	return pjsip->global ? pjsip_add(pjsip, pjsip->global, hash, "realm", realm_of(auth))
			     : -ENOMEM;
}

/* ---- one auth section ---- */

struct fault {
	const struct rd_config_line *line;
	const char *why;
};

/* The set of algorithms of its hashes; 0 with a fault. */
static unsigned read_hashes(struct pjsip *pjsip, const struct rd_config_section *auth,
			    struct fault *fault)
{
	const struct rd_config_line *line = NULL;
	enum sip_digest_algorithm algorithm;
	struct rd_str hex;
	unsigned set = 0;

	while ((line = rd_config_line_next(auth, line))) {
		bool md5 = strcasecmp(line->name, "md5_cred") == 0;
		const char *text = line->value;

		if (!*text || (!md5 && strcasecmp(line->name, "password_digest") != 0))
			continue;
		if (md5)
			text = rd_pool_printf(pjsip->pool, "MD5:%s", text);
		if (!text || sip_secret_hash_parse(rd_str_of(text), &algorithm, &hex)) {
			*fault = (struct fault){ line, "it is no hash of a password" };
			return 0;
		}
		set |= 1u << algorithm;
	}
	return set;
}

static void check_hashes(struct pjsip *pjsip, const struct rd_config_section *auth,
			 struct fault *fault)
{
	unsigned asked = sip_digest_set_parse(rd_str_of(of_global(pjsip, "digest", "md5")));
	unsigned set = read_hashes(pjsip, auth, fault);

	if (!set)
		return;
	fault->line = pjsip_line(auth, "realm") ? pjsip_line(auth, "realm") : hash_of(auth);
	if (strcmp(realm_of(auth), of_global(pjsip, "realm", "")) != 0)
		fault->why = "its hash is of another realm than default_realm of type=global";
	else if (asked & ~set)
		*fault = (struct fault){ hash_of(auth), "it has no hash for each algorithm of "
					 "default_auth_algorithms_uas, which is MD5 if not set" };
}

/* why NULL: none. */
static struct fault fault_of(struct pjsip *pjsip, const struct rd_config_section *auth,
			     const struct rd_config_line *named)
{
	struct fault fault = { NULL, NULL };

	if (pjsip_is_by_password(auth))
		return fault;
	if (hash_of(auth))
		check_hashes(pjsip, auth, &fault);
	else
		fault = (struct fault){ named, "there is no password in its auth" };
	return fault;
}

/* ---- an endpoint ---- */

static int leave_out(struct pjsip *pjsip, const struct rd_config_section *endpoint,
		     const struct fault *fault)
{
	const char *name = rd_config_section_name(endpoint);

	rd_config_warning(pjsip->report,
			  fault->line ? fault->line->file : rd_config_section_file(endpoint),
			  fault->line ? fault->line->line : rd_config_section_line(endpoint),
			  "[%s] is left out: %s", name, fault->why);
	return rd_map_set(pjsip->left_out, name, pjsip, NULL);
}

static bool has_contact(const struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const struct rd_config_line *aors = pjsip_line(endpoint, "aors");
	struct rd_str rest = rd_str_of(aors ? aors->value : NULL), first;
	const struct rd_config_section *aor;

	rd_str_cut(&rest, ',', &first);
	aor = pjsip_named(pjsip, first, "aor");
	return aor && pjsip_line(aor, "contact");
}

static const char *nobody(const char *name)
{
	return strcmp(name, "anonymous") == 0
		       ? "calls of strangers are refused; an identify says which addresses may call"
		       : "anybody could be it; an auth or an identify says who is";
}

/* Without a password it is known by where its requests come from. NULL: it is. */
static const char *unproven(const struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = rd_config_section_name(endpoint);

	switch (pjsip_identified(pjsip, name)) {
	case PJSIP_IDENTIFIED:
		return NULL;
	case PJSIP_SPOILT:
		return "no match of its identify sections can be told here";
	default:
		return has_contact(pjsip, endpoint) ? NULL : nobody(name);
	}
}

const struct rd_config_section *pjsip_auth_of(const struct pjsip *pjsip,
					      const struct rd_config_line *line)
{
	struct rd_str rest = rd_str_of(line ? line->value : NULL), first;

	rd_str_cut(&rest, ',', &first);
	return pjsip_named(pjsip, first, "auth");
}

/* Somebody else's password says who we are, and here also who he is. */
static bool has_outbound(const struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const struct rd_config_line *line = pjsip_line(endpoint, "outbound_auth");
	const struct rd_config_section *auth = pjsip_auth_of(pjsip, line);

	return auth && pjsip_is_by_password(auth);
}

int pjsip_check_who(struct pjsip *pjsip, const struct rd_config_section *endpoint, bool *take)
{
	const struct rd_config_line *in = pjsip_line(endpoint, "auth");
	const struct rd_config_section *auth = pjsip_auth_of(pjsip, in);
	struct fault fault = { NULL, NULL };

	if (auth)
		fault = fault_of(pjsip, auth, in);
	else if (in)
		fault = (struct fault){ in, "there is no such section of type=auth" };
	if (!in && !has_outbound(pjsip, endpoint))
		fault.why = unproven(pjsip, endpoint);
	*take = !fault.why;
	return fault.why ? leave_out(pjsip, endpoint, &fault) : 0;
}

/* ---- lines ---- */

int pjsip_convert_password(struct pjsip *pjsip, struct rd_config_section *to,
			   const struct rd_config_line *line)
{
	if (pjsip_is_by_password(pjsip->from))
		return pjsip_add(pjsip, to, line, "secret", line->value);
	return pjsip_note(pjsip, line, "with auth_type = md5 the hash counts");
}

int pjsip_convert_hash(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_line *line)
{
	bool md5 = strcasecmp(line->name, "md5_cred") == 0;
	enum sip_digest_algorithm algorithm;
	struct rd_str hex;
	char *text;

	if (pjsip_is_by_password(pjsip->from))
		return 0;
	text = rd_pool_printf(pjsip->pool, "%s%s", md5 ? "MD5:" : "", line->value);
	if (!text)
		return -ENOMEM;
	if (!pjsip->outbound)
		return pjsip_add(pjsip, to, line, "secret_hash", text);
	if (sip_secret_hash_parse(rd_str_of(text), &algorithm, &hex))
		return pjsip_note(pjsip, line, "it is no hash of a password");
	return pjsip_add(pjsip, to, line, "answer_hash", text);
}

int pjsip_convert_realm(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *line)
{
	(void)to;
	if (pjsip->outbound)
		return pjsip_note(pjsip, line, "whoever asks is answered");
	if (strcmp(line->value, of_global(pjsip, "realm", "")) == 0)
		return 0;
	return pjsip_note(pjsip, line, "default_realm of type=global is that of all");
}
