/* Counts of messages by mailbox, as they were last told, in the store's key-value
 * tree: "MWI/1001@default" is "new old new_urgent old_urgent". */
#include <stdio.h>
#include <string.h>

#include <ringdown/mwi.h>
#include <ringdown/store.h>

#include "core/call/call.h"

#define FAMILY "MWI"

int rd_mwi_name(const char *mailbox, char name[RD_MWI_NAME])
{
	const char *context = strchr(mailbox, '@') ? "" : "@default";

	if (!*mailbox || *mailbox == '@' || strpbrk(mailbox, " \t\r\n/") ||
	    strlen(mailbox) + strlen(context) >= RD_MWI_NAME)
		return -EINVAL;
	strcpy(name, mailbox);
	strcat(name, context);
	return 0;
}

static int read_counts(const char *text, struct rd_mwi *mwi)
{
	return sscanf(text, "%u %u %u %u", &mwi->new_messages, &mwi->old_messages,
		      &mwi->new_urgent, &mwi->old_urgent) == 4 ? 0 : -ENOENT;
}

static int get(const char *name, struct rd_mwi *mwi)
{
	struct rd_pool *pool;
	const char *value;
	int rc = rd_pool_new(&pool, 0);

	memset(mwi, 0, sizeof(*mwi));
	if (rc)
		return rc;
	rc = rd_db_get(FAMILY, name, pool, &value);
	if (rc == 0)
		rc = read_counts(value, mwi);
	rd_pool_free(pool);
	return rc;
}

int rd_mwi_get(const char *mailbox, struct rd_mwi *mwi)
{
	char name[RD_MWI_NAME];

	memset(mwi, 0, sizeof(*mwi));
	return rd_mwi_name(mailbox, name) ? -ENOENT : get(name, mwi);
}

static void publish(const char *name, const struct rd_mwi *mwi)
{
	struct rd_event event = { .type = RD_EVENT_MWI,
				  .name = name,
				  .number = mwi->new_messages };

	rd_event_publish(&event);
}

int rd_mwi_set(const char *mailbox, const struct rd_mwi *mwi)
{
	char name[RD_MWI_NAME], value[64];
	struct rd_mwi old;
	int rc = rd_mwi_name(mailbox, name);

	if (rc)
		return rc;
	if (get(name, &old) == 0 && memcmp(&old, mwi, sizeof(old)) == 0)
		return 0;
	snprintf(value, sizeof(value), "%u %u %u %u", mwi->new_messages, mwi->old_messages,
		 mwi->new_urgent, mwi->old_urgent);
	rc = rd_db_put(FAMILY, name, value);
	if (rc == 0)
		publish(name, mwi);
	return rc;
}

int rd_mwi_forget(const char *mailbox)
{
	static const struct rd_mwi none;
	char name[RD_MWI_NAME];
	int rc = rd_mwi_name(mailbox, name);

	if (rc == 0)
		rc = rd_db_del(FAMILY, name);
	if (rc == 0)
		publish(name, &none);
	return rc;
}

bool rd_mwi_next(size_t *pos, const char **mailbox, struct rd_mwi *mwi)
{
	const char *path, *value;

	while (rd_db_next(pos, FAMILY, NULL, &path, &value)) {
		if (strlen(path) < sizeof(FAMILY) + 2 || read_counts(value, mwi))
			continue;
		*mailbox = path + sizeof(FAMILY) + 1; /* behind "/MWI/" */
		return true;
	}
	return false;
}
