/* Ringdown SDK: requests of SIP that pass through the switch instead of ending in
 * it (RFC 3261 §16). The driver brings sockets, names, transactions and the
 * printing of messages; a module decides what goes where and which answer goes
 * back. The driver publishes these functions as an interface:
 *
 *	proxy = rd_interface_get(RD_SIP_PROXY, RD_SIP_PROXY_VERSION);
 *	rc = proxy->attach(&user);
 *
 * with .needs = { "chan_sip", NULL }. Nothing here yields. */
#ifndef RINGDOWN_SIP_PROXY_H
#define RINGDOWN_SIP_PROXY_H

#include <ringdown/base.h>
#include <ringdown/sip_event.h>
#include <ringdown/str.h>

#define RD_SIP_PROXY	     "sip_proxy"
#define RD_SIP_PROXY_VERSION 8

struct rd_sip_message; /* a request or an answer */
struct rd_sip_branch;  /* a request forwarded to one target */

/* Max-Forwards of a copy whose request has none (RFC 3261 §16.6). */
#define RD_SIP_MAX_FORWARDS 70u

/* A request that came in. */
struct rd_sip_request {
	const struct rd_sip_message *message;
	struct rd_str method, uri; /* of the request line */
	struct rd_str call_id, from_tag, to_tag;
	uint32_t cseq;
	int hops;     /* Max-Forwards, -1: none */
	/* It is forwarded, and that is all: an ACK to a 2xx, or a CANCEL of an INVITE
	 * that nobody here has seen. */
	bool is_stateless;
	bool can_cancel; /* an INVITE */
	void *data;   /* whatever the module wants, once it was taken */
};

/* A URI taken apart. */
struct rd_sip_uri {
	struct rd_str user, host; /* escaped, as they stand */
	uint16_t port;		  /* 0: none given */
	bool is_sip;		  /* sip or sips; nothing else is filled without */
	bool is_secure;		  /* sips */
};

/* One device of a phone. */
struct rd_sip_device {
	char phone[128];    /* its section of sip.conf */
	char instance[256]; /* as of rd_sip_binding */
};

/* What one copy of a request is to look like, and where it goes: to its topmost
 * Route, or without one to its URI. All is copied. */
struct rd_sip_forward {
	struct rd_str uri;    /* of its request line */
	struct rd_str route;  /* a Route before those that are left; absent: none */
	unsigned routes_done; /* so many of the topmost Routes are left out */
	bool last_route_done; /* and the last one: a strict router's */
	const char *phone;    /* uri is a contact of this phone; NULL: it is not */
	uint64_t stamp; /* that binding (see rd_sip_binding); 0: the newest */
	unsigned hops;	      /* Max-Forwards */
	unsigned breadth;     /* Max-Breadth (RFC 5393) */
	struct rd_str mark;   /* second half of our branch: at most 32 letters; of a
			       * stateless request's all that follows the cookie */
	struct rd_str record; /* user part of our Record-Route; absent: none is added */
	void *arg;	      /* of the branch */
};

/* One of the Contacts of a message. */
struct rd_sip_contact {
	struct rd_str text, uri; /* all of it; its URI */
	int q;			 /* in thousandths */
};

/* What is changed in an answer that is passed on. */
struct rd_sip_changes {
	/* The user part of our Record-Route, and what it is to be (RFC 3261 §16.7 step 8);
	 * absent: it stays. */
	struct rd_str was, is;
	bool no_contacts; /* they are left out */
	struct rd_str lines; /* more headers with their CRLF, or absent */
};

/* Who decides. */
struct rd_sip_proxy_user {
	/* Before the exchange looks at a request: true when it was taken or answered.
	 * It is gone afterwards unless it was taken. */
	bool (*request)(struct rd_sip_request *request);
	/* CANCEL for a taken INVITE that has no final answer. */
	void (*cancelled)(struct rd_sip_request *request,
			  const struct rd_sip_message *cancel);
	/* Nobody waits for an answer to a taken request any more. */
	void (*ended)(struct rd_sip_request *request);
	/* Every provisional answer, the final one, and each further 2xx to INVITE. */
	void (*response)(struct rd_sip_branch *branch, void *arg, unsigned status,
			 const struct rd_sip_message *message);
	/* Nothing has been heard of it for failover_time. It goes on waiting. */
	void (*silent)(struct rd_sip_branch *branch, void *arg);
	/* There will be none: -ETIMEDOUT, -ECANCELED (and silent after it), -ENOENT
	 * (no such host), or why nobody can be reached. */
	void (*failed)(struct rd_sip_branch *branch, void *arg, int rc);
	/* The last call: the branch is gone. Here and in ended() the request may be
	 * dropped, in no other of these. */
	void (*gone)(void *arg);
};

struct rd_sip_proxy {
	/* 0, -EBUSY: there is another. Borrowed until detached, when nothing is
	 * taken any more. */
	int (*attach)(const struct rd_sip_proxy_user *user);
	void (*detach)(const struct rd_sip_proxy_user *user);

	/* ---- messages ---- */

	/* Absent without. index counts headers of the same name. */
	struct rd_str (*header)(const struct rd_sip_message *message, const char *name,
				unsigned index);
	/* The URI of a Route; false: there are not so many. */
	bool (*route)(const struct rd_sip_message *message, unsigned index,
		      struct rd_str *uri);
	/* The same of a Record-Route. */
	bool (*record)(const struct rd_sip_message *message, unsigned index,
		       struct rd_str *uri);
	/* The branch of a Via. */
	bool (*via_branch)(const struct rd_sip_message *message, unsigned index,
			   struct rd_str *branch);
	bool (*contact)(const struct rd_sip_message *message, unsigned index,
			struct rd_sip_contact *contact);
	/* A copy that stays until it is dropped; NULL without memory. */
	struct rd_sip_message *(*keep)(const struct rd_sip_message *message);
	void (*forget)(struct rd_sip_message *message);

	/* ---- addresses ---- */

	void (*uri)(struct rd_sip_uri *uri, struct rd_str text);
	/* Does it stand for us, by address and port? Names are not asked for. */
	bool (*is_us)(const struct rd_sip_request *request, const struct rd_sip_uri *uri);
	/* The section of sip.conf that its user means, at its domain, in a buffer of size. */
	bool (*phone)(const struct rd_sip_uri *uri, char *name, size_t size);
	/* Is it the URI of one device (RFC 5627)? 1, 0 when it is none, -ENOENT when nobody
	 * has it. */
	int (*gruu)(struct rd_str uri, struct rd_sip_device *device);
	/* Walk the bindings of a phone, best first: *pos starts at 0. */
	bool (*binding)(const char *phone, size_t *pos, struct rd_sip_binding *binding);
	/* Another flow of a device of it, renewed before this stamp (UINT64_MAX: any): the
	 * newest that answered lately, else the newest (RFC 5626 §5.3). */
	bool (*next_flow)(const char *phone, struct rd_str instance, uint64_t before,
			  struct rd_sip_binding *binding);

	/* ---- a request ---- */

	/* Who sends it, proven; NULL: it has been answered (407, 403). */
	const char *(*admit)(struct rd_sip_request *request);
	/* Nobody knows its sender: has he shown that he receives? No: it was ignored, and he
	 * is asked; its repetition will do. */
	bool (*trust)(struct rd_sip_request *request);
	/* Is its sender known without being asked: by a flow that has authenticated, or by
	 * an address of sip.conf? For what cannot be answered. */
	bool (*is_known)(const struct rd_sip_request *request);
	/* Keep it. NULL without memory, and it has been answered. */
	struct rd_sip_request *(*take)(struct rd_sip_request *request);
	/* Answer it, taken or not. lines: headers with their CRLF, or absent. 0,
	 * -EALREADY, -EPROTO: not to be said to this method (408). */
	int (*answer)(struct rd_sip_request *request, unsigned status, struct rd_str lines);
	/* Pass an answer on, without our Via; a refusal also without Record-Routes. The
	 * same. */
	int (*relay)(struct rd_sip_request *request, const struct rd_sip_message *response,
		     const struct rd_sip_changes *changes);
	/* Send a copy: a taken request's, with *branch; or an ACK, which has none. 0,
	 * -EMSGSIZE, -ENOMEM, -EINVAL, -ENOENT, or why nobody can be reached: then
	 * there is no branch. Nothing is told from within. */
	int (*forward)(struct rd_sip_request *request, const struct rd_sip_forward *forward,
		       struct rd_sip_branch **branch);
	/* Where one was silent: send another copy to the next address of the same name,
	 * as a branch with this arg. The addresses that are left are the new branch's;
	 * the silent one stays until it ends, or give_up(). 0; -ENOENT: there is no
	 * other; or as above. */
	int (*forward_on)(struct rd_sip_branch *silent, void *arg,
			  struct rd_sip_branch **branch);
	/* It is not repeated, an INVITE cancelled as soon as it is heard of, and its target
	 * avoided for a while. What comes all the same is told. */
	void (*give_up)(struct rd_sip_branch *branch);
	/* Does this lead only to targets that did not answer lately? phone, stamp: as in
	 * struct rd_sip_forward. */
	bool (*avoids)(struct rd_str uri, const char *phone, uint64_t stamp);
	/* INVITE only; a 2xx may come all the same. lines: headers of the CANCEL with
	 * their CRLF, or absent. */
	void (*cancel)(struct rd_sip_branch *branch, struct rd_str lines);
	/* A taken one: done with. Its branches are gone without a word, those that ring are
	 * cancelled; without a final answer it gets 500. */
	void (*drop)(struct rd_sip_request *request);
};

#endif
