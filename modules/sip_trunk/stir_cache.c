/* Certificates that calls have named, kept for a while with what was found of them; fetched on
 * a thread of the pool, a few at a time. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/stir.h"

#define FETCHES_MAX 4 /* at a time: the pool has other work, too; others stand in line */
#define PEER_MAX    2 /* of one peer, that are fetched or stand in line */
#define FAILURE_MS  10000 /* one that could not be had is not asked for again */

struct cached {
	struct stir_fetch fetch; /* what is found is there */
	char *key;
	struct trunk_settings *settings; /* while it is fetched: a reference */
	char *peer; /* while it is, whose call asked for it */
	struct rd_list link; /* among those under way, the first that asked first */
	bool fetching; /* or in line for that */
	bool started;
	bool forgotten; /* in the map no more */
	uint64_t until_ms;
	struct rd_list waiters;
};

static struct rd_map *map; /* of struct cached, the oldest first */
static unsigned fetches;
static struct rd_list under_way = RD_LIST_INIT(under_way);
static bool over; /* the module goes */

static void cached_free(struct cached *cached)
{
	X509_free(cached->fetch.x509);
	rd_free(cached->peer);
	rd_free(cached->key);
	rd_free(cached);
}

static void forget(struct cached *cached)
{
	rd_map_remove(map, cached->key);
	cached->forgotten = true;
	if (!cached->fetching)
		cached_free(cached);
}

/* ---- answers ---- */

static void tell(struct stir_wait *wait, const struct cached *cached)
{
	const struct stir_fetch *fetch = &cached->fetch;

	wait->done(wait, fetch->result == STIR_SUCCESS ? fetch->x509 : NULL, fetch->result);
}

static void tell_all(struct cached *cached)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&cached->waiters)))
		tell(rd_list_entry(node, struct stir_wait, link), cached);
}

/* Nobody asks for it. */
static void refuse(struct stir_wait *wait, const char *url, const char *why)
{
	rd_warning("stir: the certificate %s is not fetched for %s: %s", url, wait->peer, why);
	wait->done(wait, NULL, STIR_RETRIEVAL);
}

/* ---- fetching ---- */

static void note(const struct stir_fetch *fetch)
{
	if (fetch->result != STIR_SUCCESS)
		rd_warning("stir: the certificate %s cannot be used: %s", fetch->url,
			   fetch->error[0] ? fetch->error : stir_result_name(fetch->result));
}

static void start_next(void);

/* It is over for it. */
static void conclude(struct cached *cached)
{
	struct trunk_settings *settings = cached->settings;

	rd_list_remove(&cached->link);
	cached->settings = NULL;
	note(&cached->fetch);
	if (cached->fetch.result != STIR_SUCCESS)
		cached->until_ms = rd_now_ms() + FAILURE_MS;
	/* Until all are told: whoever is may ask for another, and this one make room for it. */
	tell_all(cached);
	cached->fetching = false;
	if (cached->forgotten)
		cached_free(cached);
	trunk_settings_unref(settings);
}

static void fail(struct cached *cached, int rc)
{
	cached->fetch.result = STIR_INTERNAL;
	snprintf(cached->fetch.error, sizeof(cached->fetch.error), "%s", rd_strerror(rc));
}

static void fetched(int rc, void *arg)
{
	struct cached *cached = arg;

	fetches--;
	if (rc)
		fail(cached, rc);
	conclude(cached);
	start_next();
	if (over && !fetches)
		stir_fetch_fini();
}

static struct cached *first_in_line(void)
{
	rd_list_foreach(node, tmp, &under_way) {
		struct cached *cached = rd_list_entry(node, struct cached, link);

		if (!cached->started)
			return cached;
	}
	return NULL;
}

static void start_next(void)
{
	struct cached *cached;

	while (fetches < FETCHES_MAX && (cached = first_in_line())) {
		int rc = over ? -ECANCELED : rd_offload_then(stir_fetch, fetched, cached);

		cached->started = true;
		if (rc == 0) {
			fetches++;
			continue;
		}
		fail(cached, rc);
		conclude(cached);
	}
}

/* One whose web server is slow holds up nobody else's calls. */
static bool has_its_share(const char *peer)
{
	int count = 0;

	rd_list_foreach(node, tmp, &under_way)
		count += strcmp(rd_list_entry(node, struct cached, link)->peer, peer) == 0;
	return count >= PEER_MAX;
}

static void fetch(struct cached *cached, const struct stir_wait *wait)
{
	cached->settings = trunk_settings_ref(wait->settings);
	cached->until_ms = rd_now_ms() + (uint64_t)wait->profile->cache_age_ms;
	cached->fetching = true;
	rd_list_push(&under_way, &cached->link);
}

/* ---- the map ---- */

/* What is too old, and the oldest where there are too many. */
static void make_room(const struct stir_profile *profile)
{
	const char *key;
	size_t pos = 0;
	void *value;

	while (rd_map_next(map, &pos, &key, &value)) {
		struct cached *cached = value;

		if (!cached->fetching && (cached->until_ms <= rd_now_ms() ||
					  rd_map_count(map) >= (size_t)profile->cache_size))
			forget(cached);
	}
}

static struct cached *cached_new(const struct stir_wait *wait, const char *url, const char *key)
{
	struct cached *cached = rd_zalloc(sizeof(*cached));

	if (!cached)
		return NULL;
	rd_list_init(&cached->waiters);
	rd_strcpy(cached->fetch.url, sizeof(cached->fetch.url), url);
	cached->fetch.sources = &wait->profile->sources;
	cached->fetch.store = wait->profile->store;
	cached->key = rd_strdup(key);
	cached->peer = rd_strdup(wait->peer);
	if (!cached->key || !cached->peer || rd_map_set(map, key, cached, NULL)) {
		cached_free(cached);
		return NULL;
	}
	return cached;
}

static struct cached *find(const char *key)
{
	struct cached *cached = rd_map_get(map, key);

	if (cached && !cached->fetching && cached->until_ms <= rd_now_ms()) {
		forget(cached);
		return NULL;
	}
	return cached;
}

static void begin(struct stir_wait *wait, const char *url, const char *key)
{
	struct cached *cached;

	if (has_its_share(wait->peer)) {
		refuse(wait, url, "as many as may be are being fetched for this peer");
		return;
	}
	make_room(wait->profile);
	cached = cached_new(wait, url, key);
	if (!cached) {
		refuse(wait, url, "there is no memory for it");
		return;
	}
	fetch(cached, wait);
	rd_list_push(&cached->waiters, &wait->link);
	start_next();
}

/* Whom a profile believes is its own. */
void stir_certificate(struct stir_wait *wait, const char *url)
{
	const char *fault = stir_url_fault(&wait->profile->sources, url);
	char key[PASSPORT_URL + 128];
	struct cached *cached;

	if (fault || over || !map) {
		refuse(wait, url, fault ? fault : "the module goes");
		return;
	}
	snprintf(key, sizeof(key), "%s %s", wait->profile->name, url);
	cached = find(key);
	if (!cached)
		begin(wait, url, key);
	else if (cached->fetching)
		rd_list_push(&cached->waiters, &wait->link);
	else
		tell(wait, cached);
}

void stir_cache_flush(void)
{
	const char *key;
	size_t pos = 0;
	void *value;

	while (map && rd_map_next(map, &pos, &key, &value))
		forget(value);
}

int stir_cache_init(void)
{
	int rc = rd_map_new(&map, 0);

	over = false;
	if (rc == 0)
		rc = stir_fetch_init();
	return rc;
}

/* One that is fetched is told and freed when that is done. */
void stir_cache_fini(void)
{
	struct cached *waiting;

	if (!map)
		return;
	over = true;
	stir_cache_flush();
	rd_map_free(map);
	map = NULL;
	while ((waiting = first_in_line())) {
		waiting->started = true;
		fail(waiting, -ECANCELED);
		conclude(waiting);
	}
	if (fetches)
		stir_fetch_abort();
	else
		stir_fetch_fini();
}
