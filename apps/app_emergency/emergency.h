/* Emergency calls. settings.c reads emergency.conf: who calls from where; location.c says that to
 * who is called (RFC 6442); room.c ends another call where no line is free; callback.c knows who is
 * meant by a call back; notice.c tells the house; app_emergency.c makes the call. */
#ifndef APPS_APP_EMERGENCY_EMERGENCY_H
#define APPS_APP_EMERGENCY_EMERGENCY_H

#include <ringdown/channel.h>
#include <ringdown/config.h>
#include <ringdown/event.h>
#include <ringdown/function.h>
#include <ringdown/list.h>
#include <ringdown/str.h>

/* ---- settings.c ---- */

/* A section: phones in one place. */
struct em_site {
	struct em_site *next;
	const char *name;
	const char *const *phones; /* "1001", or patterns */
	const char
		*callback; /* the number that is shown and can be called; NULL: the phone's own */
	const char *const *location; /* "country=DE", elements of RFC 5139; NULL: not known */
	const char *email; /* NULL: that of [general] */
};

/* An immutable, counted snapshot. */
struct em_settings {
	unsigned refs;
	struct rd_pool *pool;
	const char *email; /* NULL: nobody's */
	int callback_ms; /* so long a call back finds the phone */
	bool make_room; /* other calls are ended where no line is free */
	struct em_site *sites; /* in file order */
};

extern const struct rd_module_config em_config;
/* Those in force, counted; NULL: none are. */
struct em_settings *em_settings_ref(void);
void em_settings_unref(struct em_settings *settings); /* NULL is fine */

/* Where a phone is, "1001"; NULL: the file does not say. */
const struct em_site *em_site_of(const struct em_settings *settings, const char *phone);

/* ---- an emergency call while it lasts ---- */

struct em_call {
	struct rd_list link; /* of all that there are */
	struct rd_channel *caller; /* borrowed: its fiber makes the call */
	struct em_settings *settings;
	const struct em_site *site; /* NULL: not known */
	const char *targets; /* "TRUNK/out/112&SIP/1001" */
	char phone[80]; /* "1001" of the device */
	char number[80]; /* that is shown, and may be called back; "": none */
};

/* Has this leg to do with one, or with a call back to one? */
bool em_is_urgent(const struct rd_channel *ch);

/* ---- location.c ---- */

/* One element of a location, "RD=Hauptstrasse": is its name one of RFC 4119 or RFC 5139? */
bool em_location_fits(const char *element, struct rd_str *name, const char **value);
/* A PIDF-LO of the site (RFC 4119, 5139, 5491), about whoever has this id. 0 or -ENOMEM. */
int em_location_print(const struct em_site *site, const char *id, struct rd_buf *out);
/* INVITEs that the caller's Dial() sends say from where he calls; and do no more. 0, or why not
 * (logged). */
int em_location_tell(const struct em_call *call);
void em_location_forget(const struct em_call *call);

/* ---- room.c ---- */

/* End one call over a line that the targets need, and which has nothing to do with an emergency:
 * the youngest. False: there is none. */
bool em_make_room(const struct em_call *call);

/* ---- callback.c ---- */

/* Whoever calls this number in the next time means this phone. */
void em_callback_note(const struct em_call *call);
extern const struct rd_function em_functions[];

/* ---- notice.c ---- */

/* "CALL", "PREEMPT" (peer: whose call was ended), "END". */
void em_tell(const struct em_call *call, const char *what, const struct rd_channel *peer,
	     const char *status);
/* Mails go out by themselves: the call does not wait for them. */
void em_mail(const struct em_call *call);

#endif
