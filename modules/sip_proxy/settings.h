/* proxy.conf: which requests pass through, and where to. */
#ifndef MODULES_SIP_PROXY_SETTINGS_H
#define MODULES_SIP_PROXY_SETTINGS_H

#include <ringdown/config.h>

enum proxy_to {
	PROXY_TO_USERS,	  /* the devices that registered */
	PROXY_TO_REQUEST, /* where its own URI leads */
	PROXY_TO_URIS,
};

/* A section: what fits it is forwarded. */
struct proxy_rule {
	struct proxy_rule *next;
	const char *name;
	const char *domain;  /* NULL: ours; "*": any other */
	const char *pattern; /* of the number; NULL: any */
	const char *to;	     /* as written */
	const char *via;     /* a next hop that leaves the URI as it is; NULL: none */
	enum proxy_to kind;
	int ring_ms; /* until less preferred targets are tried */
	bool authenticate, record_route, follow;
};

struct proxy_settings {
	unsigned refs;
	struct rd_pool *pool;
	struct proxy_rule *rules; /* in file order */
	const char *const *aliases; /* names of ours; NULL: none */
	int timer_c_ms;
};

int proxy_settings_read(void **snapshot, struct rd_config_report *report);
struct proxy_settings *proxy_settings_ref(struct proxy_settings *settings);
void proxy_settings_unref(struct proxy_settings *settings);

#endif
