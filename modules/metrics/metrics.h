/* Between the files of this module: metrics.c reads prometheus.conf, server.c is the
 * HTTP endpoint, quality.c keeps how calls have sounded. */
#ifndef MODULES_METRICS_METRICS_H
#define MODULES_METRICS_METRICS_H

#include <sys/socket.h>

#include <ringdown/config.h>
#include <ringdown/event.h>
#include <ringdown/metric.h>

#include "modules/host_port.h"

/* prometheus.conf, in its pool. */
struct metrics_settings {
	struct rd_pool *pool;
	bool enabled;
	struct host_port bind;
	int line; /* of bind, for complaints */
	const char *uri, *username, *password, *realm; /* username NULL: everybody may */
	int listener; /* made in `prepare`; -1: none */
};

void metrics_settings_free(struct metrics_settings *settings);

/* ---- server.c: one for each settings that were in force ---- */

struct metrics_server;

/* A socket that listens there, or negative errno. */
int metrics_listen(const struct host_port *address);
/* Serve pages by these settings, which are taken, even on failure: with their listener,
 * or, where that is -1, with that of a server that ends. 0 or negative errno. */
int metrics_server_take(struct metrics_server **sp, struct metrics_settings *settings,
			struct metrics_server *before);
const struct metrics_settings *metrics_server_settings(const struct metrics_server *server);
/* It takes no more requests, answers those that it has, and goes in its time. */
void metrics_server_end(struct metrics_server *server);
/* Until all that were ended have gone. */
RD_YIELDS void metrics_servers_wait(void);

/* ---- quality.c ---- */

extern const struct rd_subscriber metrics_subscribers[];
void metrics_quality_print(struct rd_metrics *out);

#endif
