/* pjsip.conf, as Asterisk has it, told in the words of sip.conf: what an endpoint,
 * its aor, auth and identify sections say becomes one section of ours, each
 * line with the place where it was written. What cannot be said in our
 * words is reported, by name, with the nearest thing that can. */
#ifndef CHANNELS_SIP_ENDPOINT_PJSIP_H
#define CHANNELS_SIP_ENDPOINT_PJSIP_H

#include <ringdown/config.h>
#include <ringdown/map.h>
#include <ringdown/str.h>

/* Add what pjsip.conf and pjsip_wizard.conf mean to a configuration of our form. *deaf: they
 * have transports, but none that there is here (reported). 0; -ENOENT when there is neither
 * file; -EINVAL (reported), -ENOMEM. */
int sip_pjsip_read(struct rd_config *config, bool *deaf, struct rd_config_report *report);

/* ---- inside: shared by pjsip*.c and the tables ---- */

struct pjsip {
	struct rd_config *in, *out;
	struct rd_config *formats; /* codecs.conf; NULL: there is none */
	const struct rd_config_section *from; /* whose lines are being translated */
	struct rd_config_report *report;
	struct rd_map *ours;  /* endpoint's name to its section in out */
	struct rd_map *keepers; /* aor's name to the section in out that has its devices */
	struct rd_map *noted; /* "file:line" of what was reported once */
	struct rd_map *left_out; /* names of endpoints that nothing was made of */
	const struct rd_config_section *their_global; /* of in, NULL: there is none */
	struct rd_config_section *global; /* of out, when it is of pjsip.conf */
	const struct rd_config_section *lost; /* the last transport that was left out */
	bool outbound; /* it is our own password that is being translated */
	struct rd_pool *pool;
};

/* What a line says, in our words: add it to the section. 0 or -ENOMEM. */
typedef int pjsip_convert_fn(struct pjsip *pjsip, struct rd_config_section *to,
			     const struct rd_config_line *line);

/* One option of a type of section. */
struct pjsip_option {
	const char *name;
	const char *ours;	   /* its name here, the value is the same */
	pjsip_convert_fn *convert; /* the value is not */
	const char *only;	   /* the one value that it has here */
	const char *note;	   /* why it is not supported, or what is instead */
};

extern const struct pjsip_option pjsip_endpoint_options[], pjsip_auth_options[],
	pjsip_aor_options[], pjsip_identify_options[], pjsip_transport_options[],
	pjsip_list_options[], pjsip_global_options[], pjsip_system_options[],
	pjsip_registration_options[], pjsip_acl_options[], pjsip_alias_options[];

/* What a section says of an option, NULL: nothing, which an empty value is, too. */
const struct rd_config_line *pjsip_line(const struct rd_config_section *section, const char *name);
const char *pjsip_value(const struct rd_config_section *section, const char *name);

/* All lines of a section, by a table. 0 (what is wrong is reported) or -ENOMEM. */
int pjsip_translate(struct pjsip *pjsip, const struct pjsip_option *table,
		    struct rd_config_section *to, const struct rd_config_section *from);
int pjsip_add(struct pjsip *pjsip, struct rd_config_section *to,
	      const struct rd_config_line *line, const char *name, const char *value);
/* Report a line that has no effect: once for each, however many sections took it
 * from a template. */
int pjsip_note(struct pjsip *pjsip, const struct rd_config_line *line, const char *note);

/* A section of out, in the place of one of in. NULL: no memory. */
struct rd_config_section *pjsip_add_section(struct pjsip *pjsip,
					    const struct rd_config_section *from, const char *name,
					    const char *type);
bool pjsip_is_of_type(const struct rd_config_section *section, const char *type);
/* The section of that name and type, or NULL. */
const struct rd_config_section *pjsip_named(const struct pjsip *pjsip, struct rd_str name,
					    const char *type);

/* The next of a type; NULL: the first. NULL at the end. */
const struct rd_config_section *pjsip_next_of_type(const struct pjsip *pjsip,
						   const struct rd_config_section *after,
						   const char *type);
/* What type=global says, as `theirs`, for a section that says nothing, as `ours`. 0 or
 * -ENOMEM. */
int pjsip_take_default(struct pjsip *pjsip, struct rd_config_section *to, const char *theirs,
		       const char *ours);

/* Why there is no transport like it here, or NULL. */
const char *pjsip_transport_fault(const struct rd_config_section *transport);

/* ---- pjsip_auth.c ---- */

/* Hashes of passwords hold a realm: where nothing says which, it is that of the first
 * of them that an endpoint is asked for. 0 or -ENOMEM. */
int pjsip_choose_realm(struct pjsip *pjsip);
/* The section of what the line names first; NULL: no line, or there is no such section. */
const struct rd_config_section *pjsip_auth_of(const struct pjsip *pjsip,
					      const struct rd_config_line *line);
/* Does this auth say a password, not only hashes of one? */
bool pjsip_is_by_password(const struct rd_config_section *auth);
/* Or by a hash of one, which answers a registrar of its realm? */
bool pjsip_is_by_hash(const struct rd_config_section *auth);
/* Can it be told who this endpoint is? Else it is reported and *take is false.
 * 0 or -ENOMEM. */
int pjsip_check_who(struct pjsip *pjsip, const struct rd_config_section *endpoint, bool *take);

/* ---- pjsip_codecs.c ---- */

/* What allow may name besides codecs. 0 or -ENOMEM. */
int pjsip_read_formats(struct pjsip *pjsip);

/* ---- pjsip_endpoint.c ---- */

int pjsip_take_endpoint(struct pjsip *pjsip, const struct rd_config_section *endpoint);

/* ---- pjsip_identify.c ---- */

/* Does an identify say where requests of an endpoint come from, so that it can be told here? */
enum pjsip_identified { PJSIP_UNIDENTIFIED, PJSIP_IDENTIFIED, PJSIP_SPOILT };

enum pjsip_identified pjsip_identified(const struct pjsip *pjsip, const char *endpoint);
/* Its lines go to the endpoint that it names. */
int pjsip_take_identify(struct pjsip *pjsip, const struct rd_config_section *identify);

/* ---- pjsip_registration.c ---- */

int pjsip_take_registration(struct pjsip *pjsip, const struct rd_config_section *registration);

/* Add the sections that those of pjsip_wizard.conf stand for to the ones of
 * pjsip.conf. 0, -ENOENT: no such file, -EINVAL, -ENOMEM. */
int pjsip_read_wizard(struct pjsip *pjsip);

#endif
