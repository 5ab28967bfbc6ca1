/* How many texts a section may write: a bucket for each, that fills in a minute. A
 * program that has gone mad shall not ring every phone's bell all night. */
#include <ringdown/clock.h>
#include <ringdown/map.h>

#include "channels/sip/pager/pager.h"

#define MINUTE_MS 60000

struct bucket {
	uint64_t at_ms; /* when this much was in it: */
	uint64_t spent; /* texts, in 1/60000 */
};

static struct rd_map *buckets; /* by the name of the section */

static struct bucket *bucket_of(const char *name)
{
	struct bucket *bucket;

	if (!buckets && rd_map_new(&buckets, 0))
		return NULL;
	bucket = rd_map_get(buckets, name);
	if (bucket)
		return bucket;
	bucket = rd_zalloc(sizeof(*bucket));
	if (bucket && rd_map_set(buckets, name, bucket, NULL)) {
		rd_free(bucket);
		return NULL;
	}
	return bucket;
}

static void leak(struct bucket *bucket, unsigned rate)
{
	uint64_t now = rd_now_ms(), leaked = (now - bucket->at_ms) * rate;

	bucket->spent = bucket->spent > leaked ? bucket->spent - leaked : 0;
	bucket->at_ms = now;
}

/* Without memory nobody is counted. */
unsigned sip_text_wait(const struct sip_endpoint *endpoint)
{
	unsigned rate = (unsigned)endpoint->max_texts;
	struct bucket *bucket = rate ? bucket_of(endpoint->name) : NULL;
	uint64_t over;

	if (!bucket)
		return 0;
	leak(bucket, rate);
	over = bucket->spent + MINUTE_MS > (uint64_t)rate * MINUTE_MS
		       ? bucket->spent + MINUTE_MS - (uint64_t)rate * MINUTE_MS
		       : 0;
	if (over)
		return (unsigned)(over / rate / 1000) + 1;
	bucket->spent += MINUTE_MS;
	return 0;
}

void sip_text_rates_forget(void)
{
	void *bucket;
	size_t pos = 0;

	while (buckets && rd_map_next(buckets, &pos, NULL, &bucket))
		rd_free(bucket);
	rd_map_free(buckets);
	buckets = NULL;
}
