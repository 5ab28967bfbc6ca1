/* A phone that subscribes, on the virtual clock: it writes SUBSCRIBEs from an address
 * that needs no password, and takes NOTIFYs. Stands on tests/unit/sip_line.h. */
#ifndef TESTS_SIM_SIP_WATCHER_H
#define TESTS_SIM_SIP_WATCHER_H

#include "tests/unit/sip_office.h"

/* One subscription as the phone sees it. */
struct watcher {
	char event[320], uri[128];
	char call_id[64], our_tag[64], their_tag[64];
	unsigned cseq, notify_cseq;
	const char *more;    /* headers of each SUBSCRIBE */
	char notify[70000]; /* the last one received */
};

/* SUBSCRIBE outside of a dialog. expires < 0: none. */
void watcher_subscribe(struct watcher *w, const char *uri, const char *event, int expires,
		       const char *more);
/* The same within its dialog. */
void watcher_refresh(struct watcher *w, int expires);
/* Take the answer, which must begin like this, and learn its tag. */
const char *watcher_expect(struct watcher *w, const char *start);
/* Take the next message, a NOTIFY of this dialog with this state; it is not
 * answered yet. The body. */
const char *watcher_notified(struct watcher *w, const char *state);
void watcher_answer(struct watcher *w, const char *status);
/* All of it: SUBSCRIBE, 200, NOTIFY, 200. The body. */
const char *watcher_start(struct watcher *w, const char *uri, const char *event, int expires,
			  const char *more);

#endif
