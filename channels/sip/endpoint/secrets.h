/* Passwords of phones that stand in a file of their own, "user:password" per
 * line, so that sip.conf can be shown around. Used while reading sip.conf. */
#ifndef CHANNELS_SIP_ENDPOINT_SECRETS_H
#define CHANNELS_SIP_ENDPOINT_SECRETS_H

#include <ringdown/config.h>

struct sip_secrets; /* files read so far */

/* A file's path: ${STATEDIR} and ${ETCDIR} replaced, else in the directory of
 * the configuration unless it is absolute. NULL without memory. */
const char *sip_path_expand(struct rd_pool *pool, const char *path);

/* Look up a user in a file; ${STATEDIR} and ${ETCDIR} in path are replaced.
 * Each file is read once. *secret lives in the pool. 0; -ENOENT when the file
 * has no such user, -EINVAL or -ENOMEM: the caller reports what is in why. */
int sip_secrets_find(struct sip_secrets **secrets, struct rd_pool *pool,
		     const char *path, const char *user, const char **secret,
		     const char **why);

#endif
