/* Parsed files that somebody has, and by which modules: so that who keeps one is named. They are
 * read in the pool, hence the lock. */
#include <pthread.h>

#include "core/base/keepers.h"
#include "core/base/usage.h"
#include "core/config/keeper.h"
#include "core/config/tree.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rd_list all = RD_LIST_INIT(all);

void rd__config_enlist(struct rd_config *config)
{
	pthread_mutex_lock(&lock);
	rd_list_push(&all, &config->link);
	pthread_mutex_unlock(&lock);
}

void rd__config_delist(struct rd_config *config)
{
	pthread_mutex_lock(&lock);
	rd_list_remove(&config->link);
	pthread_mutex_unlock(&lock);
}

static unsigned caller(const void *place)
{
	return rd__keeper_calling(rd__usage_at(place));
}

void rd__config_taken(struct rd_config *config, const void *place)
{
	pthread_mutex_lock(&lock);
	rd__keepers_add(config->keepers, RD__CONFIG_KEEPERS, caller(place));
	pthread_mutex_unlock(&lock);
}

void rd__config_given_back(struct rd_config *config, const void *place)
{
	pthread_mutex_lock(&lock);
	rd__keepers_remove(config->keepers, RD__CONFIG_KEEPERS, caller(place));
	pthread_mutex_unlock(&lock);
}

size_t rd__configs_kept_by(const struct rd__usage *usage, struct rd_buf *out)
{
	unsigned id = (unsigned)(usage - rd__usages);
	size_t count = 0;

	pthread_mutex_lock(&lock);
	rd_list_foreach(node, tmp, &all) {
		struct rd_config *config = rd_list_entry(node, struct rd_config, link);

		if (id && rd__keepers_find(config->keepers, RD__CONFIG_KEEPERS, id))
			rd_buf_printf(out, "%s%s", count++ ? ", " : "",
				      config->file ? config->file : "of no file");
	}
	pthread_mutex_unlock(&lock);
	return count;
}
