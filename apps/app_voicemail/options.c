/* The options of voicemail.conf, by name. What they mean is elsewhere. */
#include <string.h>
#include <strings.h>

#include <ringdown/format.h>
#include <ringdown/zone.h>

#include "apps/app_voicemail/settings.h"
#include "apps/app_voicemail/template.h"

#define GENERAL(member) offsetof(struct vm_general, member)
#define BOX(member)     offsetof(struct vm_options, member)

#define TEXT(option, member, what)                                                                 \
	{                                                                                          \
		.name = option, .type = RD_OPTION_STRING, .offset = BOX(member), .help = what      \
	}
#define FLAG(option, member, otherwise, what)                                                      \
	{                                                                                          \
		.name = option, .type = RD_OPTION_BOOL, .offset = BOX(member),                     \
		.fallback = otherwise, .help = what                                                \
	}
#define NUMBER(option, member, otherwise, least, most, what)                                       \
	{                                                                                          \
		.name = option, .type = RD_OPTION_INT, .offset = BOX(member),                      \
		.fallback = otherwise, .min = least, .max = most, .help = what                     \
	}
#define TEMPLATE(option, member, otherwise, what)                                                  \
	{                                                                                          \
		.name = option, .type = RD_OPTION_CUSTOM, .offset = BOX(member),                   \
		.parse = vm_template_read, .fallback = otherwise, .help = what                     \
	}
#define SECONDS(option, member, otherwise, most, what)                                             \
	{                                                                                          \
		.name = option, .type = RD_OPTION_DURATION, .offset = BOX(member),                 \
		.fallback = otherwise, .max = (int64_t)(most)*1000, .help = what                   \
	}

enum { DAY_SECONDS = 86400 };

/* enum vm_tls */
static const char *const tls_levels[] = { "no", "optional", "required", NULL };

/* "anna@example.org", or "anna" of this machine. */
static bool address_fits(struct rd_str address)
{
	struct rd_str domain = address, part;
	bool ours = !rd_str_cut(&domain, '@', &part);

	if (!part.n || (!ours && !domain.n))
		return false;
	while (!ours && domain.n) {
		bool more = rd_str_cut(&domain, '.', &part);

		if (!part.n || memchr(part.p, '@', part.n) || (more && !domain.n))
			return false;
	}
	return true;
}

bool vm_addresses_fit(const char *text)
{
	struct rd_str rest = rd_str_of(text), one;

	if (text[strcspn(text, " \t<>\"(),;:\\")])
		return false;
	while (rest.n) {
		rd_str_cut(&rest, '|', &one);
		if (one.n && !address_fits(one))
			return false;
	}
	return true;
}

static const char *read_address(const char *value, void *dest, struct rd_pool *pool)
{
	if (!*value || strchr(value, '|') || !vm_addresses_fit(value))
		return "an address such as voicemail@example.org";
	*(const char **)dest = rd_pool_strdup(pool, value);
	return *(const char **)dest ? NULL : rd_option_no_memory;
}

#define NO_STORE     "messages are files in the spool directory"
#define NO_IMAP      "messages are not kept on a mail server"
#define NO_CHARSET   "mails are UTF-8, and their dates in English"
#define NO_PASSWORDS "PINs are kept as hashes, here"
#define NO_PROMPTS   "another recording of that name in the sounds directory does the same"
#define NO_KEYS	     "the keys are fixed"

const struct rd_option vm_general_table[] = {
	{ .name = "format",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(formats),
	  .fallback = "wav",
	  .help = "of the recordings" },
	{ .name = "maxsilence",
	  .type = RD_OPTION_DURATION,
	  .offset = GENERAL(maxsilence_ms),
	  .fallback = "0",
	  .max = DAY_SECONDS * 1000,
	  .help = "that ends a message; 0: none does" },
	{ .name = "maxgreet",
	  .type = RD_OPTION_DURATION,
	  .offset = GENERAL(maxgreet_ms),
	  .fallback = "0",
	  .max = DAY_SECONDS * 1000,
	  .help = "how long a greeting may be" },
	{ .name = "skipms",
	  .type = RD_OPTION_DURATION,
	  .unit = 1,
	  .offset = GENERAL(skip_ms),
	  .fallback = "3000",
	  .min = 1,
	  .max = 600000,
	  .help = "how far * and # go in a message" },
	{ .name = "maxlogins",
	  .type = RD_OPTION_INT,
	  .offset = GENERAL(maxlogins),
	  .fallback = "3",
	  .min = 1,
	  .max = 100,
	  .help = "PINs that one call may try" },
	{ .name = "pollmailboxes",
	  .type = RD_OPTION_BOOL,
	  .offset = GENERAL(pollmailboxes),
	  .fallback = "no",
	  .help = "see what other programs do to the folders" },
	{ .name = "pollfreq",
	  .type = RD_OPTION_DURATION,
	  .offset = GENERAL(pollfreq_ms),
	  .fallback = "30",
	  .min = 1000,
	  .max = DAY_SECONDS * 1000,
	  .help = "how often" },
	{ .name = "externnotify",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(externnotify),
	  .help = "a command to be run with context, mailbox, and the new, old and urgent "
		  "messages" },
	{ .name = "smtp_server",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(smtp_server),
	  .help = "that takes mails: mail.example.org:587, or smtps://mail.example.org" },
	{ .name = "smtp_username",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(smtp_username),
	  .help = "where it asks for one" },
	{ .name = "smtp_password",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(smtp_password),
	  .secret = true,
	  .help = "where it asks for one" },
	{ .name = "smtp_tls",
	  .type = RD_OPTION_ENUM,
	  .offset = GENERAL(smtp_tls),
	  .fallback = "optional",
	  .names = tls_levels,
	  .help = "STARTTLS" },
	{ .name = "mailcmd",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(mailcmd),
	  .fallback = "/usr/sbin/sendmail -t",
	  .help = "what takes mails where there is no smtp_server" },
	{ .name = "mail_retry",
	  .type = RD_OPTION_DURATION,
	  .offset = GENERAL(mail_retry_ms),
	  .fallback = "1m",
	  .min = 1000,
	  .max = 3600000,
	  .help = "when a mail is tried again that nobody took; twice as long each time" },
	{ .name = "emaildateformat",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(emaildateformat),
	  .fallback = "%A, %B %d, %Y at %r",
	  .help = "of VM_DATE, as strftime() has it" },
	{ .name = "pagerfromstring",
	  .type = RD_OPTION_CUSTOM,
	  .parse = vm_template_read,
	  .offset = GENERAL(pagerfromstring),
	  .fallback = "Voicemail",
	  .help = "who sends to pagers" },
	{ .name = "pagersubject",
	  .type = RD_OPTION_CUSTOM,
	  .parse = vm_template_read,
	  .offset = GENERAL(pagersubject),
	  .fallback = "New voicemail",
	  .help = "to pagers" },
	{ .name = "pagerbody",
	  .type = RD_OPTION_CUSTOM,
	  .parse = vm_template_read,
	  .offset = GENERAL(pagerbody),
	  .fallback = "${VM_DUR} in mailbox ${VM_MAILBOX} from ${VM_CALLERID}\\n",
	  .help = "to pagers" },
	{ .name = "aliasescontext",
	  .type = RD_OPTION_STRING,
	  .offset = GENERAL(aliasescontext),
	  .help = "the section of other names" },
	RD_OPTION_ABSENT("silencethreshold", "what is silence, the sound engine decides"),
	RD_OPTION_ABSENT("externpass", NO_PASSWORDS),
	RD_OPTION_ABSENT("externpassnotify", NO_PASSWORDS),
	RD_OPTION_ABSENT("externpasscheck", NO_PASSWORDS),
	RD_OPTION_ABSENT("odbc_audio_on_disk", NO_STORE),
	RD_OPTION_ABSENT("odbcstorage", NO_STORE),
	RD_OPTION_ABSENT("odbctable", NO_STORE),
	RD_OPTION_ABSENT("imapserver", NO_IMAP),
	RD_OPTION_ABSENT("imapport", NO_IMAP),
	RD_OPTION_ABSENT("imapflags", NO_IMAP),
	RD_OPTION_ABSENT("imapfolder", NO_IMAP),
	RD_OPTION_ABSENT("imapgreetings", NO_IMAP),
	RD_OPTION_ABSENT("charset", NO_CHARSET),
	RD_OPTION_ABSENT("emaildatelocale", NO_CHARSET),
	RD_OPTION_ABSENT("usedirectory", "messages go to numbers; Directory() finds people"),
	RD_OPTION_ABSENT("directoryintro", "Directory() begins with dir-welcome"),
	RD_OPTION_ABSENT("userscontext", "mailboxes are those of voicemail.conf"),
	RD_OPTION_ABSENT("smdienable", "there is no SMDI"),
	RD_OPTION_ABSENT("smdiport", "there is no SMDI"),
	RD_OPTION_ABSENT("adsifdn", "there is no ADSI"),
	RD_OPTION_ABSENT("adsisec", "there is no ADSI"),
	RD_OPTION_ABSENT("adsiver", "there is no ADSI"),
	RD_OPTION_ABSENT("greetingsfolder", NO_IMAP),
	RD_OPTION_ABSENT("imapparentfolder", NO_IMAP),
	RD_OPTION_ABSENT("imapopentimeout", NO_IMAP),
	RD_OPTION_ABSENT("imapclosetimeout", NO_IMAP),
	RD_OPTION_ABSENT("imapreadtimeout", NO_IMAP),
	RD_OPTION_ABSENT("imapwritetimeout", NO_IMAP),
	RD_OPTION_ABSENT("imap_poll_logout", NO_IMAP),
	RD_OPTION_ABSENT("authuser", NO_IMAP),
	RD_OPTION_ABSENT("authpassword", NO_IMAP),
	RD_OPTION_ABSENT("expungeonhangup", NO_IMAP),
	RD_OPTION_ABSENT("msg_id_incompatible_odbc", NO_STORE),
	RD_OPTION_ABSENT("forward_urgent_auto", "a message that is sent on is as urgent as it was"),
	RD_OPTION_ABSENT("pbxskip", "emailsubject says what mails are called"),
	RD_OPTION_ABSENT("pagerdateformat", "emaildateformat is that of both"),
	RD_OPTION_ABSENT("searchcontexts", "a mailbox without a context is in default"),
	RD_OPTION_ABSENT("cidinternalcontexts", "the number of who called is said"),
	RD_OPTION_ABSENT("vm-password", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-newpassword", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-passchanged", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-reenterpassword", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-mismatch", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-invalid-password", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-pls-try-again", NO_PROMPTS),
	RD_OPTION_ABSENT("vm-prepend-timeout", NO_PROMPTS),
	RD_OPTION_ABSENT("listen-control-forward-key", NO_KEYS),
	RD_OPTION_ABSENT("listen-control-reverse-key", NO_KEYS),
	RD_OPTION_ABSENT("listen-control-pause-key", NO_KEYS),
	RD_OPTION_ABSENT("listen-control-restart-key", NO_KEYS),
	RD_OPTION_ABSENT("listen-control-stop-key", NO_KEYS),
	{ 0 }
};

const struct rd_option vm_options_table[] = {
	TEXT("tz", tz, "the zone of [zonemessages] in which times are said"),
	TEXT("exitcontext", exitcontext, "where 0 and * of a caller go; the call's own without"),
	TEXT("dialout", dialout, "the context in which the owner may dial"),
	TEXT("callback", callback, "the context in which the owner calls back"),
	TEXT("alias", alias, "another name by which Directory() finds its owner, with option a"),
	FLAG("sendvoicemail", sendvoicemail, "no", "messages may be left from within it"),
	FLAG("saycid", saycid, "no", "say who left a message before it"),
	FLAG("sayduration", sayduration, "yes", "say how long a message is"),
	SECONDS("saydurationm", sayduration_ms, "2m", DAY_SECONDS, "when it is so long"),
	FLAG("envelope", envelope, "yes", "say when a message came before it"),
	FLAG("review", review, "no", "callers may hear their message, and record it anew"),
	FLAG("operator", operator_exit, "no", "callers may press 0"),
	FLAG("hidefromdir", hidefromdir, "no", "not to be found by name"),
	FLAG("forcename", forcename, "no", "a new owner has to record a name"),
	FLAG("forcegreetings", forcegreetings, "no", "a new owner has to record greetings"),
	FLAG("moveheard", moveheard, "yes", "what was heard goes to the folder Old"),
	FLAG("nextaftercmd", nextaftercmd, "no", "after 7 and 9 comes the next message"),
	FLAG("tempgreetwarn", tempgreetwarn, "yes", "remind of a temporary greeting"),
	FLAG("leaveurgent", leaveurgent, "yes", "callers may mark messages urgent"),
	FLAG("messagewrap", messagewrap, "no", "after the last comes the first, and back"),
	SECONDS("maxsecs", maxsecs_ms, "0", DAY_SECONDS, "how long a message may be; 0: any"),
	SECONDS("maxmessage", maxsecs_ms, NULL, DAY_SECONDS, "the old name of maxsecs"),
	SECONDS("minsecs", minsecs_ms, "0", DAY_SECONDS, "what is shorter is no message"),
	SECONDS("minmessage", minsecs_ms, NULL, DAY_SECONDS, "the old name of minsecs"),
	NUMBER("maxmsg", maxmsg, "100", 1, 9999, "messages that a folder holds"),
	NUMBER("minpassword", minpassword, "4", 0, 64, "digits of a new PIN"),
	{ .name = "backupdeleted",
	  .type = RD_OPTION_INT,
	  .offset = BOX(backupdeleted),
	  .fallback = "0",
	  .max = 9999,
	  .yes = 100,
	  .help = "so many deleted messages stay in the folder Deleted" },
	FLAG("attach", attach, "yes", "mails bring the recording along"),
	FLAG("delete", delete_sent, "no", "what is mailed does not stay"),
	FLAG("deletevoicemail", delete_sent, NULL, "another name of delete"),
	{ .name = "serveremail",
	  .type = RD_OPTION_CUSTOM,
	  .offset = BOX(serveremail),
	  .parse = read_address,
	  .fallback = "voicemail@localhost",
	  .help = "who sends mails" },
	TEMPLATE("fromstring", fromstring, "Voicemail", "and by what name"),
	TEMPLATE("emailsubject", emailsubject,
		 "Message ${VM_MSGNUM} in mailbox ${VM_MAILBOX} from ${VM_CALLERID}", "of mails"),
	TEMPLATE("emailbody", emailbody,
		 "${VM_NAME}:\\n\\n${VM_CALLERID} has left a message of ${VM_DUR} in mailbox "
		 "${VM_MAILBOX}\\non ${VM_DATE}.\\n",
		 "of mails"),
	RD_OPTION_ABSENT("attachfmt", "what was recorded is attached as it is"),
	RD_OPTION_ABSENT("attachextrecs", "recordings of others are sent by those"),
	RD_OPTION_ABSENT("passwordlocation", NO_PASSWORDS),
	RD_OPTION_ABSENT("volgain", "what was recorded is attached as it is"),
	RD_OPTION_ABSENT("language", "that of the call is spoken"),
	RD_OPTION_ABSENT("locale", NO_CHARSET),
	RD_OPTION_ABSENT("imapuser", NO_IMAP),
	RD_OPTION_ABSENT("imappassword", NO_IMAP),
	RD_OPTION_ABSENT("imapvmshareid", NO_IMAP),
	{ 0 }
};

static bool is_template(const struct rd_option *table, const char *name)
{
	while (table->name && strcasecmp(table->name, name) != 0)
		table++;
	return table->parse == vm_template_read;
}

void vm_check_text(const struct rd_config_line *line, struct rd_config_report *report)
{
	struct rd_str word;

	if ((is_template(vm_general_table, line->name) ||
	     is_template(vm_options_table, line->name)) &&
	    vm_template_lacks(line->value, &word))
		rd_config_warning(report, line->file, line->line,
				  "%s: ${%.*s} is left out: ${VM_...} are all that there is here",
				  line->name, RD_STR_ARG(word));
}

bool vm_is_box_option(const char *name)
{
	for (const struct rd_option *it = vm_options_table; it->name; it++)
		if (strcasecmp(it->name, name) == 0)
			return it->type != RD_OPTION_NO_EFFECT;
	return false;
}
