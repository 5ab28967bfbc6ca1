/* Subscriptions (RFC 6665): what the files of this folder share, and what the rest
 * of the driver may use. The notifier's side is a watch, the subscriber's a
 * subscription; publications (RFC 3903) are in publish.h. */
#ifndef CHANNELS_SIP_EVENT_EVENT_H
#define CHANNELS_SIP_EVENT_EVENT_H

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/sip_event.h>

#include "channels/sip/driver.h"

#define SIP_WATCH_MAGIC 0x53574348u /* "SWCH" */
#define SIP_RETRY_S	30 /* for those that we dismiss */

enum sip_watch_state {
	SIP_WATCH_PENDING,
	SIP_WATCH_ACTIVE,
	SIP_WATCH_ENDED, /* but for its last NOTIFY */
};

/* A package that somebody has registered. */
struct sip_package {
	struct rd_list link; /* in sip_events */
	const struct rd_sip_package *ops;
	struct rd_sip_package *stand_in; /* away.c: ops while its module is exchanged */
	struct rd_list watches;	  /* by in_package */
	struct rd_map *published; /* publish.c: by resource; NULL: nothing ever was */
};

/* All there are. */
struct sip_events {
	struct rd_list packages;
	struct rd_list watches; /* by in_all */
	struct rd_map *phones;	/* how many each phone has; NULL: none has any */
	unsigned watch_count;
	bool leaving; /* the daemon stops, and may come back: say no goodbyes */
	bool exchanging; /* a module gets a new file: so may a package that goes */
};

extern struct sip_events sip_events;

struct sip_watch {
	struct rd_sip_watch pub;
	unsigned magic;
	enum sip_watch_state state;
	struct rd_list in_all, in_package, usage; /* the dialog's */
	struct rd_list dirty_link;		  /* to be written, watch_store.c */
	struct sip_dialog *dialog; /* NULL: an item of a list */
	struct sip_watch *parent;  /* of an item */
	struct rd_list items, in_parent;
	struct sip_client *client; /* a NOTIFY that has no answer */
	struct rd_timer expiry, notify;
	uint64_t expires_ms, notified_ms; /* monotonic */
	unsigned version;
	bool dirty, full;     /* a NOTIFY is due, and in any case */
	bool partial;	      /* the phone can do with what has changed */
	bool is_counted;      /* in the number of its phone's */
	bool is_list;	      /* of resources: it has items (list.c) */
	bool always_full;     /* a list that tells all each time */
	bool goes_on; /* what it was told last was too long: the next has the rest */
	int batch_ms;	      /* changes of a list wait for each other */
	bool is_implicit;     /* a REFER made it: nobody may make one anew */
	uint32_t refer_cseq;  /* the id by which it may be named, too; 0: none */
	bool is_open;	      /* the package's open() has seen it */
	unsigned tries;	      /* of a NOTIFY whose connection is gone, and may come again */
	enum rd_sip_end why;
	int retry_s;
	char text[]; /* bytes of pub */
};

/* What a new watch is made of; all copied. */
struct sip_watch_params {
	const struct rd_sip_package *ops;
	struct sip_package *package; /* NULL: an implicit one */
	struct sip_dialog *dialog;   /* joined; NULL: an item of parent */
	struct sip_watch *parent;
	struct rd_str resource, context, phone, entity, id, event_params;
	struct rd_str subject; /* absent: as entity says */
	const char *type;
	unsigned expires_s;
	bool partial;
	void *data;
};

/* ---- package.c ---- */

/* 0, -EEXIST (one has that name), -ENOMEM. ops is borrowed until removed. */
int sip_package_add(const struct rd_sip_package *ops);
void sip_package_remove(const struct rd_sip_package *ops);
struct sip_package *sip_package_find(struct rd_str name);
/* One of its types by its name, or NULL. */
const char *sip_package_type(const struct rd_sip_package *ops, const char *name);
/* The Allow-Events header; for answers to OPTIONS, SUBSCRIBE, and 489s. */
void sip_print_allow_events(struct sip_out *out);
/* What an answer of this status says besides it: 423 how long at least, 489 what else there is,
 * 500 when again, where the package's module is but away. */
void sip_print_refusal(struct sip_out *out, unsigned status, bool is_away);
/* "dialog;id=7" taken apart. 0 or -EINVAL. */
int sip_event_parse(struct rd_str value, struct rd_str *name, struct rd_str *id);
/* Word of Subscription-State's reason. */
const char *sip_end_name(enum rd_sip_end why);
/* No answer to the last NOTIFYs is waited for: the module goes for good. */
void sip_package_forget(struct sip_package *package);
/* The daemon stops: gracefully, everybody is told; else all is kept for its
 * next run, and modules that go take nothing away. */
void sip_events_leave(bool gracefully);
void sip_events_stop(void);

/* ---- away.c: a package whose module is exchanged for a new file ---- */

/* One begins, and has ended, whatever came of it. */
void sip_packages_exchange(bool begins);
/* Its module goes; what is watched waits for it. 0, or -ENOMEM: it does not. */
int sip_package_leave(struct sip_package *package);
/* The new one is there, or the old one again. */
void sip_package_return(struct sip_package *package, const struct rd_sip_package *ops);

static inline bool sip_package_is_away(const struct sip_package *package)
{
	return package->ops == package->stand_in;
}

/* ---- watch.c: one subscription that we serve ---- */

/* In a dialog that exists (or an item of a list), active at once, with no NOTIFY
 * sent yet. The package's open() is not called. 0 or -ENOMEM. */
int sip_watch_new(struct sip_watch **wp, const struct sip_watch_params *params);
/* Ask its package: 0, or the status of a refusal. */
unsigned sip_watch_open(struct sip_watch *watch);
/* Tell its package that it has ended. */
void sip_watch_close(struct sip_watch *watch);
/* Gone without a word. */
void sip_watch_free(struct sip_watch *watch);
/* It lasts for so long from now. */
void sip_watch_set_expires(struct sip_watch *watch, unsigned seconds);
unsigned sip_watch_seconds_left(const struct sip_watch *watch);
/* A NOTIFY in a later turn; full: with everything. */
void sip_watch_changed(struct sip_watch *watch, bool full);
/* The same for all of the package that watch this resource, or this section. */
void sip_resource_changed(const struct rd_sip_package *ops, const char *resource);
void sip_watch_activate(struct sip_watch *watch);
/* The last NOTIFY is sent now, or when the one before has its answer. */
void sip_watch_end(struct sip_watch *watch, enum rd_sip_end why, int retry_s);
/* The same, but now, whatever became of the one before; watch is gone. */
void sip_watch_dismiss(struct sip_watch *watch, enum rd_sip_end why, int retry_s);
/* Dismiss all of all packages. */
void sip_watches_end(enum rd_sip_end why, int retry_s);
/* sip.conf has changed: those whose phone has gone end. */
void sip_watches_check(void);
/* A contact is at another flow than before: its NOTIFYs go there, too. */
void sip_watches_follow(const struct sip_contact *contact, const struct sip_flow *before);
/* A contact is new: what waits for a connection of the phone is told. */
void sip_watches_look_again(const struct sip_contact *contact);
/* How many it has. */
unsigned sip_watches_of_phone(const char *phone);

static inline struct sip_watch *sip_watch_of(struct rd_sip_watch *pub)
{
	struct sip_watch *watch = RD_CONTAINER_OF(pub, struct sip_watch, pub);

	RD_CHECK(watch, SIP_WATCH_MAGIC);
	return watch;
}

/* ---- watch_store.c: over restarts ---- */

/* Bring the tables up to date. Yields. 0 or negative errno. */
RD_YIELDS int sip_watches_open(void);
/* Those of this package come back in a later turn. */
void sip_watches_restore(const char *event);
/* Write this one soon; forget it. */
void sip_watch_store(struct sip_watch *watch);
void sip_watch_unstore(struct sip_watch *watch);
/* The driver stops: write all as they are, and nothing more. */
void sip_watches_keep(void);

/* ---- notify.c ---- */

/* Send a NOTIFY now, or when the one before has its answer. watch may be gone
 * afterwards when it has ended. */
void sip_notify_now(struct sip_watch *watch);
/* The timer of a watch: a change is due. */
void sip_notify_due(void *arg);

/* ---- unsolicited.c ---- */

/* A NOTIFY that nobody asked for, to each device of a phone by one of its flows, and to its
 * host: 0 when one was sent; -ENOENT (no such phone), -ENOTCONN (it is nowhere), -EHOSTUNREACH. */
int sip_tell_phone(const char *phone, const char *event, const char *type,
		   struct rd_str body);
/* With the URI of a user here, as that phone knows us, in the body at an offset. */
int sip_tell_phone_uri(const char *phone, const char *event, const char *type,
		       struct rd_str body, const char *user, size_t at);
/* The driver stops: those that are under way are forgotten. */
void sip_unsolicited_stop(void);

/* ---- subscribe.c ---- */

/* A SUBSCRIBE outside of a dialog, and within one (any kind of dialog). */
void sip_subscribe_received(struct sip_server *server, const struct sip_msg *msg);
void sip_subscribe_in_dialog(struct sip_dialog *dialog, struct sip_server *server,
			     const struct sip_msg *msg);

/* ---- a subscription that nobody asked for ----
 *
 * How a REFER gets its implicit subscription (RFC 3515 §2.4.4), in the dialog
 * that it came in or in one made for it by sip_dialog_new_uas():
 *
 *	static int print(struct rd_sip_watch *w, const struct rd_sip_notice *n,
 *			 struct rd_buf *body)
 *	{
 *		struct transfer *t = w->data;
 *
 *		rd_buf_printf(body, "SIP/2.0 %u %s\r\n", t->status, t->phrase);
 *		return 0;
 *	}
 *	static const struct rd_sip_package refer = {
 *		.name = "refer", .types = { "message/sipfrag;version=2.0" }, .print = print,
 *		.close = let_go,
 *	};
 *
 *	sip_watch_implicit(&t->watch, dialog, &refer, "93809824", 60, t);
 *	send the 202; then
 *	sip_watch_changed(t->watch, true);		for each news, and
 *	sip_watch_end(t->watch, RD_SIP_END_NORESOURCE, 0);	with the last.
 *
 * News that come faster than the answers to the NOTIFYs are joined: the newest
 * counts. close() is called when the watch is gone, also when the far end
 * unsubscribed or answered 481. The dialog stays until the watch has gone, although
 * its call has ended. `refer` need not be added with sip_package_add(); without
 * it nobody can subscribe to it. 0 or -ENOMEM.
 */
int sip_watch_implicit(struct sip_watch **wp, struct sip_dialog *dialog,
		       const struct rd_sip_package *ops, const char *id,
		       unsigned expires_s, void *data);

#endif
