/* voicemail.conf as the rest of the module sees it: mailboxes by their whole name
 * ("1001@default"), each with the options that hold for it. A snapshot never changes;
 * a call keeps the one that it began with. */
#ifndef APPS_APP_VOICEMAIL_SETTINGS_H
#define APPS_APP_VOICEMAIL_SETTINGS_H

#include <ringdown/base.h>
#include <ringdown/config.h>
#include <ringdown/map.h>
#include <ringdown/mwi.h>
#include <ringdown/pool.h>

/* What [general] says for all, and a mailbox for itself. Times are milliseconds. */
struct vm_options {
	const char *tz, *exitcontext, *dialout, *callback, *alias;
	bool saycid, sayduration, envelope, review, operator_exit;
	bool hidefromdir, forcename, forcegreetings, moveheard, nextaftercmd;
	bool tempgreetwarn, leaveurgent, messagewrap, sendvoicemail;
	bool attach, delete_sent;
	const char *serveremail, *fromstring, *emailsubject, *emailbody;
	int maxsecs_ms, minsecs_ms, sayduration_ms;
	int maxmsg, minpassword, backupdeleted;
};

/* What is the same for all mailboxes. */
struct vm_general {
	const char *formats; /* "wav49|gsm|wav", as Asterisk keeps each message several times */
	const char **format_names; /* one by one, without wav49; NULL ends them */
	const char *format;  /* the one of them that is kept here */
	const char *externnotify, *aliasescontext;
	int maxsilence_ms, maxgreet_ms, skip_ms, pollfreq_ms;
	int maxlogins;
	bool pollmailboxes;
	const char *mailcmd, *emaildateformat, *pagerfromstring, *pagersubject, *pagerbody;
	const char *serveremail; /* as mailboxes have it that say nothing else */
	const char *smtp_server, *smtp_username, *smtp_password;
	int smtp_tls, mail_retry_ms;
};

struct vm_zone {
	const char *timezone, *format; /* as SayUnixTime() has them */
};

struct vm_box {
	char id[RD_MWI_NAME]; /* "1001@default" */
	const char *name, *context;
	const char *pin; /* of the file; "" for none */
	bool pin_fixed; /* its owner may not change it: "-1234" */
	const char *owner, *email, *pager;
	struct vm_options options;
};

struct vm_settings {
	unsigned refs;
	struct rd_pool *pool;
	struct vm_general general;
	int format_line; /* 0: the file has none */
	struct rd_map *boxes; /* id to struct vm_box */
	struct rd_map *zones; /* name to struct vm_zone */
	struct rd_map *aliases; /* id to id */
};

extern const struct rd_module_config vm_config;
/* Of a snapshot: what only the switch thread can say, as struct rd_module's .review. */
void vm_settings_review(void *snapshot, struct rd_config_report *report);

/* Likewise, when a doctor asks: what works and is unwise. Yields. */
RD_YIELDS void vm_settings_examine(const struct vm_settings *settings,
				   struct rd_config_report *report);

/* Of another file of this form, as rd_config_load(): on the disk. Counted. */
int vm_settings_read(const char *file, struct vm_settings **sp, struct rd_config_report *report);

/* Those in force, counted; NULL: none are. */
struct vm_settings *vm_settings_ref(void);
void vm_settings_unref(struct vm_settings *settings);

/* What is wrong with "1001&1002@sales", during a review by those that come: a mailbox that is
 * not there; a phrase in buf, or NULL. */
const char *vm_settings_fault(const char *boxes, char *buf, size_t size);
/* Likewise, of a context without any. */
const char *vm_settings_context_fault(const char *context, char *buf, size_t size);

/* By "1001@sales", "1001" (in context default) or an alias; NULL: there is none. */
const struct vm_box *vm_settings_box(const struct vm_settings *settings, const char *name);
/* Those of a context, in the order of the file; *pos begins at 0. context NULL: all. */
const struct vm_box *vm_settings_next(const struct vm_settings *settings, size_t *pos,
				      const char *context);
/* For others, during a review by those that come. */
extern const struct rd_mailboxes vm_mailboxes;
/* How times are said to its owner; never NULL. */
const struct vm_zone *vm_settings_zone(const struct vm_settings *settings,
				       const struct vm_box *box);

/* -- between the files that read it -- */

extern const struct rd_option vm_general_table[], vm_options_table[];

/* Has a mailbox such an option for itself, and does that have an effect? */
bool vm_is_box_option(const char *name);
/* A warning where a text has functions or variables that are left out. */
void vm_check_text(const struct rd_config_line *line, struct rd_config_report *report);
/* May mail be sent there? "a@example.org|b@example.org", or "". */
bool vm_addresses_fit(const char *text);
/* May it be the name of a folder on the disk? */
bool vm_name_fits(const char *name);
/* "pin,name,email,pager,option=value|...": into settings. 0, -EINVAL (reported), -ENOMEM. */
int vm_box_read(struct vm_settings *settings, const struct rd_config_section *general,
		const char *context, const struct rd_config_line *line,
		struct rd_config_report *report);

#endif
