/* Ringdown SDK: where an application takes a call that its arguments do not say, as to members of
 * a queue, for a doctor. A module publishes struct rd_app_leads as the interface of this name. */
#ifndef RINGDOWN_APP_LEADS_H
#define RINGDOWN_APP_LEADS_H

#include <ringdown/base.h>

/* Of the application "Queue". */
#define RD_APP_LEADS(app)    "app_leads." app
#define RD_APP_LEADS_VERSION 1

enum rd_app_lead {
	RD_APP_LEAD_CALLS, /* who is called: "SIP/1001", "Local/1001@office" */
	RD_APP_LEAD_KEYS, /* a context in which a key of the caller's is an extension */
	RD_APP_LEAD_ANSWERED, /* who answers runs it first: "context", "context,exten,priority" */
};

typedef void rd_app_lead_fn(enum rd_app_lead lead, const char *text, void *arg);

struct rd_app_leads {
	/* All of a call of it with these arguments, of the configuration that is under review,
	 * where one is; what tell is given lives as long as it runs. Does not yield. */
	void (*each)(const char *args, rd_app_lead_fn *tell, void *arg);
};

#endif
