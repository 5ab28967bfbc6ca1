/* Ringdown SDK: configuration files. A file is read once into an immutable,
 * counted tree; a typed option table turns a section into a struct. Every
 * error is collected with file and line; one error means nothing changes. */
#ifndef RINGDOWN_CONFIG_H
#define RINGDOWN_CONFIG_H

#include <ringdown/base.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

struct rd_config;	  /* one file with all that it includes */
struct rd_config_section; /* [name], templates already applied */
struct rd_config_report;  /* where errors are collected */

/* One line "name = value" of a section, in file order. */
struct rd_config_line {
	const char *name, *value;
	const char *file;
	int line;
	bool arrow;  /* written "=>" */
	bool append; /* written "+=" */
	bool inherited; /* it stands in a template of the section */
	bool cut; /* a ";" without a blank before it ended the value */
};

enum rd_option_type {
	RD_OPTION_END,
	RD_OPTION_BOOL,	    /* bool: yes no true false on off 1 0 */
	RD_OPTION_INT,	    /* int, min..max */
	RD_OPTION_DURATION, /* int, milliseconds; "20s" "500ms" "2m" "1h";
			     * a bare number is in .unit */
	RD_OPTION_SIZE,	    /* int64_t, bytes; "64k" "10m" "1g" */
	RD_OPTION_STRING,   /* const char *, in the pool */
	RD_OPTION_ENUM,	    /* int: index into .names */
	RD_OPTION_LIST,	    /* const char **, NULL-terminated, split at commas;
			     * repeated lines append */
	RD_OPTION_CUSTOM,   /* .parse decides */
	RD_OPTION_NO_EFFECT, /* Asterisk has it: a warning with .help says what
			      * is instead; nothing is stored */
};

/* What is in a file in PEM that an option names. */
enum rd_pem {
	RD_PEM_NONE,
	RD_PEM_OWN, /* certificates, or a key, or both: ours */
	RD_PEM_OTHERS, /* authorities, or what they have revoked */
};

/**
 * One option of a section. Tables end with { 0 }.
 *
 * @fallback  the default as one would write it in the file, NULL: untouched
 * @or_zero   0 means off, and may be less than min
 * @unit      for DURATION: milliseconds that a bare number counts (0: 1000)
 * @yes       for INT: what yes counts (0: it is no number); no is 0
 * @required  its absence is an error
 * @pem       for STRING: it names such a file, or several with commas, which the doctor looks
 *            at: rd_tls_examine() of tls.h
 * @secret    a warning where a ";" cuts it, and where a section has two
 * @prompt    it names prompts, which the doctor looks for: rd_prompt_examine() of prompt.h
 */
struct rd_option {
	const char *name;
	enum rd_option_type type;
	size_t offset;
	const char *fallback;
	int64_t min, max; /* both 0: no limit, but that no duration or size is negative */
	int unit, yes;
	bool or_zero;
	bool required;
	bool secret;
	bool prompt;
	const char *const *names; /* ENUM: NULL-terminated */
	/* CUSTOM: returns NULL, rd_option_no_memory, or in one phrase what was
	 * expected: "a pattern such as _1XX". */
	const char *(*parse)(const char *value, void *dest, struct rd_pool *pool);
	const char *help;
	enum rd_pem pem;
	void *reserved[1];
};

/* A row for what Asterisk has and we have not. */
#define RD_OPTION_ABSENT(option, why) \
	{ .name = option, .type = RD_OPTION_NO_EFFECT, .help = why }

RD_API_BEGIN

extern const char rd_option_no_memory[];

/**
 * Read DIR/name. Reads the disk: it runs at start, in the pool, or in a command
 * that may take a moment. A line that cannot be understood goes to the report
 * and is left out; read on, so that the report tells of everything at once. The
 * configuration is in force only when the report has no error in the end.
 * 0; -ENOENT when there is no such file (not reported); -EINVAL when it cannot
 * be read (reported); -ENOMEM. The caller owns one reference.
 */
int rd_config_load(struct rd_config **cp, const char *name,
		   struct rd_config_report *report);

/* What becomes of a second section of one name in a file that Asterisk reads, too. */
enum rd_second_section {
	RD_SECOND_JOINS, /* its lines follow those of the first */
	RD_SECOND_IS_DROPPED, /* nobody sees it */
};

/* As rd_config_load(), but each name has one section, with a warning for every other one:
 * Asterisk starts with such a file, and so its users have them. In the same way a number
 * outside of an option's limits is taken as the nearest one, with a warning. */
int rd_config_load_merged(struct rd_config **cp, const char *name, enum rd_second_section second,
			  struct rd_config_report *report);
/* For one who keeps it; the last who lets go frees it (NULL is fine). */
struct rd_config *rd_config_ref(struct rd_config *config);
void rd_config_unref(struct rd_config *config);

/* To make one of something else, a file of another form: what its lines mean is
 * added with the place where it was said. Numbers are as in a file of Asterisk's, see
 * rd_config_load_merged(). 0 or -ENOMEM. */
int rd_config_new(struct rd_config **cp);
/* A section at the end; strings are copied. NULL without memory. */
struct rd_config_section *rd_config_add_section(struct rd_config *config,
						const char *name, const char *file,
						int line);
/* A line at the section's end; strings are copied. 0 or -ENOMEM. */
int rd_config_add_line(struct rd_config *config, struct rd_config_section *section,
		       const struct rd_config_line *line);

/* Sections in file order; name NULL: all. Templates are not listed. In this and what
 * follows config may be NULL, for a file that is not there: it has no section. */
const struct rd_config_section *
rd_config_next(const struct rd_config *config, const struct rd_config_section *after,
	       const char *name);
/* The first of this name; NULL: there is none. What is returned of sections and lines lives
 * as long as the configuration. */
const struct rd_config_section *rd_config_find(const struct rd_config *config,
					       const char *name);
const char *rd_config_section_name(const struct rd_config_section *section);
const char *rd_config_section_file(const struct rd_config_section *section);
int rd_config_section_line(const struct rd_config_section *section);

/**
 * Report what is wrong with the sections of a file as such: a name that is not
 * among `known` (NULL: people name them), and a second section of one name, of
 * which a reader would see the first only. Both are NULL-terminated; `unused`
 * are names of Asterisk's that mean nothing here: a warning. 0 or -EINVAL.
 */
int rd_config_check_sections(const struct rd_config *config, const char *const *known,
			     const char *const *unused, struct rd_config_report *report);

/* The last line of an option, whose value it is, in letters of any case; NULL when absent. */
const struct rd_config_line *rd_config_line_find(const struct rd_config_section *section,
						 const char *name);
/* The last value of an option, NULL when absent. */
const char *rd_config_get(const struct rd_config_section *section, const char *name);
/* Lines in order, inherited ones first; after NULL: the first. */
const struct rd_config_line *rd_config_line_next(const struct rd_config_section *section,
						 const struct rd_config_line *after);

/* "yes" "true" "on" "1" "y" "t", "no" and so on, in letters of any case: false where
 * the text is neither, and *out is left as it is. */
bool rd_config_bool(struct rd_str text, bool *out);

/**
 * Fill dest by the table. section may be NULL: all defaults. Unknown names
 * and wrong values are reported with what was expected and the nearest known
 * name. ignore: names handled elsewhere (NULL-terminated), may be NULL.
 * 0, -EINVAL (something was reported), -ENOMEM.
 */
int rd_options_read(const struct rd_option *table,
		    const struct rd_config_section *section,
		    const char *const *ignore, void *dest, struct rd_pool *pool,
		    struct rd_config_report *report);

/* A file of which one section is read into a struct. */
struct rd_options_file {
	const char *name, *section;
	const struct rd_option *table;
	/* For rd_config_check_sections(); NULL: not checked. */
	const char *const *sections, *const *unused;
	void *reserved[2];
};

/**
 * Read it: what the `build` of a module with a few settings does. Without the file
 * or the section: all defaults. pool: for the texts of the table, may be NULL where
 * it has none. As rd_options_read().
 */
int rd_options_load(const struct rd_options_file *file, void *dest, struct rd_pool *pool,
		    struct rd_config_report *report);
/* The whole `build` of settings without texts: a struct of so many bytes in *snapshot, to be
 * freed with rd_free(). 0, -EINVAL, -ENOMEM: nothing is in it then. */
int rd_options_new(const struct rd_options_file *file, size_t size, void **snapshot,
		   struct rd_config_report *report);

/* Report an error or a warning of one's own. */
void rd_config_error(struct rd_config_report *report, const char *file, int line,
		     const char *fmt, ...) RD_PRINTF(4, 5);
void rd_config_warning(struct rd_config_report *report, const char *file, int line,
		       const char *fmt, ...) RD_PRINTF(4, 5);
/* How many there are; warnings do not count. */
int rd_config_errors(const struct rd_config_report *report);
/* "sip.conf:12: ...", borrowed from the report; NULL: there is none. */
const char *rd_config_first_error(const struct rd_config_report *report);
const char *rd_config_first_warning(const struct rd_config_report *report);
/* A report of your own: for reading another's file, or what is in no file. 0 or -ENOMEM. */
int rd_config_report_new(struct rd_config_report **rp);
void rd_config_report_free(struct rd_config_report *report); /* NULL is fine */

/* Does a doctor ask? Then a review also warns of what works and is unwise. And are the ports
 * that the configuration names to be free, for no daemon runs with it? */
bool rd_config_is_examined(void);
bool rd_config_ports_are_free(void);

/* While a reload or check reviews what was built (see struct rd_module): the snapshot of
 * this module, which is not in force yet. NULL at other times, and where it built none: then
 * what is in force stays. */
void *rd_config_coming(const char *module);

/* Add what modules bring for this file, "sip.conf" (see struct rd_config_source), to what it
 * said; for its reader, in a build. 0, or what the first of them said that failed. */
int rd_config_extend(struct rd_config *config, const char *file,
		     struct rd_config_report *report);

/* Directories in force: "etc" (configuration), "state", "sounds", "modules",
 * "spool", "log", "run". NULL for another name. */
const char *rd_directory(const char *which);

RD_API_END

/* Sections and lines that a module brings for a file that another module reads, as if they
 * stood there: added whenever that is read. Runs on a pool thread, as a build does. Wrong
 * ones go to the report; 0 or -ENOMEM. */
struct rd_config_source {
	const char *file; /* "extensions.conf" */
	int (*add)(struct rd_config *config, struct rd_config_report *report);
	void *reserved[2];
};

/**
 * How a module takes part in load and reload (RD_MODULE(.config = ...)).
 * build reads files into a new private snapshot and reports every error; it
 * returns 0, or negative and then leaves nothing behind. It runs on a pool
 * thread, so that calls go on meanwhile: it may look at what changes only
 * with a module (registries), and touches nothing else that is alive.
 * When all modules' builds were clean, commit puts the snapshot in force,
 * else discard frees it; both run on the switch thread, must be quick and
 * must not yield. commit cannot fail. Calls in progress keep the snapshot
 * that they hold a reference to.
 */
struct rd_module_config {
	const char *const *files; /* names for "config show", NULL-terminated */
	int (*build)(void **snapshot, struct rd_config_report *report);
	void (*commit)(void *snapshot);
	void (*discard)(void *snapshot);
	void *reserved[2];
};

#endif
