/* Parsed files that somebody has, and by which modules: so that who keeps one is named. They are
 * read in the pool, hence the lock. */
#include <pthread.h>
#include <string.h>

#include "core/base/usage.h"
#include "core/config/keeper.h"
#include "core/config/tree.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rd_list all = RD_LIST_INIT(all);

/* Whose code has called; where that was its last act, who works. 0: the core. */
static unsigned caller(const void *place)
{
	const struct rd__usage *usage = rd__usage_at(place);

	if (usage == rd__usages)
		usage = rd__usage_now();
	return (unsigned)(usage - rd__usages);
}

static struct rd__config_keeper *find(struct rd_config *config, unsigned usage)
{
	for (size_t i = 0; i < RD__CONFIG_KEEPERS; i++)
		if (config->keepers[i].count && config->keepers[i].usage == usage)
			return &config->keepers[i];
	return NULL;
}

static struct rd__config_keeper *find_any(struct rd_config *config)
{
	for (size_t i = 0; i < RD__CONFIG_KEEPERS; i++)
		if (config->keepers[i].count)
			return &config->keepers[i];
	return NULL;
}

static struct rd__config_keeper *find_free(struct rd_config *config)
{
	for (size_t i = 0; i < RD__CONFIG_KEEPERS; i++)
		if (!config->keepers[i].count)
			return &config->keepers[i];
	return NULL;
}

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

/* Where there is no room for one more, nobody is accused. */
void rd__config_taken(struct rd_config *config, const void *place)
{
	struct rd__config_keeper *keeper;
	unsigned usage = caller(place);

	if (!usage)
		return;
	pthread_mutex_lock(&lock);
	keeper = find(config, usage);
	if (!keeper)
		keeper = find_free(config);
	if (keeper && keeper->count < UINT16_MAX) {
		keeper->usage = (uint16_t)usage;
		keeper->count++;
	}
	pthread_mutex_unlock(&lock);
}

/* What one has taken, another may give back. */
void rd__config_given_back(struct rd_config *config, const void *place)
{
	struct rd__config_keeper *keeper;

	pthread_mutex_lock(&lock);
	keeper = find(config, caller(place));
	if (!keeper)
		keeper = find_any(config);
	if (keeper)
		keeper->count--;
	pthread_mutex_unlock(&lock);
}

size_t rd__configs_kept_by(const struct rd__usage *usage, struct rd_buf *out)
{
	unsigned id = (unsigned)(usage - rd__usages);
	size_t count = 0;

	pthread_mutex_lock(&lock);
	rd_list_foreach(node, tmp, &all) {
		struct rd_config *config = rd_list_entry(node, struct rd_config, link);

		if (id && find(config, id))
			rd_buf_printf(out, "%s%s", count++ ? ", " : "",
				      config->file ? config->file : "of no file");
	}
	pthread_mutex_unlock(&lock);
	return count;
}
