/* Certificates that are renewed while we run. A bad one is told and not taken. */
#include "channels/sip/transport/tls_watch.h"

#include <ringdown/log.h>

#include "channels/sip/transport/tls_private.h"

#define LOOK_MS 30000

struct sip_tls_watch {
	char name[32];
	struct sip_tls *(*in_use)(void *arg);
	void (*changed)(void *arg, struct sip_tls *tls);
	void *arg;
	struct rd_timer timer;
	bool busy, orphan;
	/* The pool's while it is busy. */
	struct sip_tls *old, *new;
	struct sip_tls_stamp refused[SIP_TLS_FILES]; /* told already */
	struct sip_tls_error error;
};

static void due(void *arg)
{
	sip_tls_watch_look(arg);
}

int sip_tls_watch_new(struct sip_tls_watch **wp, const char *name,
		      struct sip_tls *(*in_use)(void *arg),
		      void (*changed)(void *arg, struct sip_tls *tls), void *arg)
{
	struct sip_tls_watch *watch = rd_zalloc(sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	rd_strcpy(watch->name, sizeof(watch->name), name);
	watch->in_use = in_use;
	watch->changed = changed;
	watch->arg = arg;
	rd_timer_init(&watch->timer, due, watch);
	rd_timer_start(&watch->timer, LOOK_MS);
	*wp = watch;
	return 0;
}

void sip_tls_watch_free(struct sip_tls_watch *watch)
{
	if (!watch)
		return;
	rd_timer_stop(&watch->timer);
	watch->orphan = true;
	if (!watch->busy)
		rd_free(watch);
}

/* In the pool. 1: watch->new is what the files have become; 0: nothing new. */
static int look(void *arg)
{
	struct sip_tls_watch *watch = arg;
	struct sip_tls_stamp now[SIP_TLS_FILES];
	int rc;

	if (!sip_tls_is_stale(watch->old))
		return 0;
	sip_tls_take_stamps(&watch->old->options, now);
	if (memcmp(now, watch->refused, sizeof(now)) == 0)
		return 0;
	rc = sip_tls_again(&watch->new, watch->old, &watch->error);
	if (rc == -EINVAL)
		memcpy(watch->refused, now, sizeof(now));
	return rc ? rc : 1;
}

static void tell(struct sip_tls_watch *watch, int rc)
{
	if (rc == 1) {
		rd_notice("sip/%s: the certificate was renewed", watch->name);
		watch->changed(watch->arg, watch->new);
	} else if (rc == -EINVAL) {
		rd_error("sip/%s: %s; the certificate in use stays in use", watch->name,
			 watch->error.text);
	} else if (rc) {
		rd_warning("sip/%s: the certificate's files could not be read: %s",
			   watch->name, rd_strerror(rc));
	}
}

static void looked(int rc, void *arg)
{
	struct sip_tls_watch *watch = arg;

	watch->busy = false;
	/* Meanwhile a reload may have given it another one. */
	if (!watch->orphan && watch->in_use(watch->arg) == watch->old)
		tell(watch, rc);
	if (rc == 1)
		sip_tls_unref(watch->new);
	sip_tls_unref(watch->old);
	if (watch->orphan)
		rd_free(watch);
	else
		rd_timer_start(&watch->timer, LOOK_MS);
}

void sip_tls_watch_look(struct sip_tls_watch *watch)
{
	if (watch->busy)
		return;
	rd_timer_stop(&watch->timer);
	watch->busy = true;
	watch->old = sip_tls_ref(watch->in_use(watch->arg));
	if (rd_offload_then(look, looked, watch))
		looked(0, watch);
}
