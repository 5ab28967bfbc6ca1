/* A reader of compiled zone files (RFC 8536) that keeps what it has read.
 * Moments after a file's last change use the offset of that change. */
#include <arpa/inet.h>
#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/map.h>
#include <ringdown/str.h>

#include "core/base/zone.h"

#define ZONE_DIR   "/usr/share/zoneinfo/"
#define FILE_LIMIT 65536

struct period {
	int64_t from;
	int32_t offset; /* seconds east of Greenwich */
	bool summer;
	const char *name;
};

struct zone {
	size_t count;
	struct period *periods; /* the first holds from the beginning of time */
	char *names;
};

/* Counts of a header: RFC 8536 section 3.1. */
struct header {
	char magic[4], version, reserved[15];
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static struct rd_map *zones;
/* A reload reads its files, and so the zones that they name, on a pool thread. Held
 * to look up and to add, never while a file is read. */
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

static void zone_free(struct zone *zone)
{
	if (!zone)
		return;
	rd_free(zone->periods);
	rd_free(zone->names);
	rd_free(zone);
}

static bool read_header(const uint8_t *p, size_t size, struct header *h)
{
	if (size < sizeof(*h))
		return false;
	memcpy(h, p, sizeof(*h));
	h->isutcnt = ntohl(h->isutcnt);
	h->isstdcnt = ntohl(h->isstdcnt);
	h->leapcnt = ntohl(h->leapcnt);
	h->timecnt = ntohl(h->timecnt);
	h->typecnt = ntohl(h->typecnt);
	h->charcnt = ntohl(h->charcnt);
	return memcmp(h->magic, "TZif", 4) == 0 && h->timecnt < 10000 && h->typecnt > 0 &&
	       h->typecnt < 256 && h->charcnt < 2048 && h->leapcnt < 1000 &&
	       h->isutcnt < 256 && h->isstdcnt < 256;
}

static size_t body_size(const struct header *h, size_t time_size)
{
	return h->timecnt * (time_size + 1) + h->typecnt * 6 + h->charcnt +
	       h->leapcnt * (time_size + 4) + h->isstdcnt + h->isutcnt;
}

static bool set_period(const struct zone *zone, const struct header *h, const uint8_t *types,
		       unsigned type, int64_t from, struct period *period)
{
	uint32_t offset;
	unsigned name;

	if (type >= h->typecnt)
		return false;
	memcpy(&offset, types + type * 6, sizeof(offset));
	name = types[type * 6 + 5];
	if (name >= h->charcnt)
		return false;
	*period = (struct period){ from, (int32_t)ntohl(offset), types[type * 6 + 4] != 0,
				   zone->names + name };
	return true;
}

/* The body of version 2 and later, with times of 64 bits. */
static int read_body(struct zone *zone, const uint8_t *p, const struct header *h)
{
	const uint8_t *indexes = p + h->timecnt * 8, *types = indexes + h->timecnt;

	zone->count = h->timecnt + 1;
	zone->periods = rd_malloc(zone->count * sizeof(*zone->periods));
	zone->names = rd_zalloc(h->charcnt + 1);
	if (!zone->periods || !zone->names)
		return -ENOMEM;
	memcpy(zone->names, types + h->typecnt * 6, h->charcnt);
	if (!set_period(zone, h, types, 0, INT64_MIN, &zone->periods[0]))
		return -EINVAL;
	for (size_t i = 0; i < h->timecnt; i++) {
		uint64_t from;

		memcpy(&from, p + i * 8, sizeof(from));
		if (!set_period(zone, h, types, indexes[i], (int64_t)be64toh(from),
				&zone->periods[i + 1]))
			return -EINVAL;
	}
	return 0;
}

static int parse_zone(struct zone **zp, const uint8_t *data, size_t size)
{
	struct header h;
	struct zone *zone;
	size_t at;
	int rc;

	if (!read_header(data, size, &h) || h.version < '2')
		return -EINVAL;
	at = sizeof(h) + body_size(&h, 4);
	if (at > size || !read_header(data + at, size - at, &h))
		return -EINVAL;
	at += sizeof(h);
	if (at + body_size(&h, 8) > size)
		return -EINVAL;
	zone = rd_zalloc(sizeof(*zone));
	if (!zone)
		return -ENOMEM;
	rc = read_body(zone, data + at, &h);
	if (rc) {
		zone_free(zone);
		return rc;
	}
	*zp = zone;
	return 0;
}

static int load_zone(struct zone **zp, const char *name)
{
	char path[128];
	uint8_t *data;
	size_t size;
	FILE *file;
	int rc;

	if (strstr(name, "..") || name[0] == '/' ||
	    snprintf(path, sizeof(path), ZONE_DIR "%s", name) >= (int)sizeof(path))
		return -EINVAL;
	file = fopen(path, "rbe");
	if (!file)
		return -ENOENT;
	data = rd_malloc(FILE_LIMIT);
	size = data ? fread(data, 1, FILE_LIMIT, file) : 0;
	fclose(file);
	rc = data ? parse_zone(zp, data, size) : -ENOMEM;
	rd_free(data);
	return rc;
}

static const struct zone *find_zone(const char *name)
{
	const struct zone *zone;

	pthread_mutex_lock(&zones_lock);
	zone = zones ? rd_map_get(zones, name) : NULL;
	pthread_mutex_unlock(&zones_lock);
	return zone;
}

/* The one that is kept of this name: ours, or of somebody who was quicker. */
static const struct zone *add_zone(const char *name, struct zone *ours)
{
	struct zone *kept = NULL;

	pthread_mutex_lock(&zones_lock);
	if (zones || !rd_map_new(&zones, 0))
		kept = rd_map_get(zones, name);
	if (zones && !kept && !rd_map_set(zones, name, ours, NULL))
		kept = ours;
	pthread_mutex_unlock(&zones_lock);
	if (kept != ours)
		zone_free(ours);
	return kept;
}

static const struct zone *zone_of(const char *name)
{
	const struct zone *zone;
	struct zone *read;

	if (!name || !*name)
		return NULL;
	zone = find_zone(name);
	return zone || load_zone(&read, name) ? zone : add_zone(name, read);
}

bool rd_zone_known(const char *name)
{
	return zone_of(name) != NULL;
}

static const struct period *period_at(const struct zone *zone, int64_t when)
{
	size_t low = 0, high = zone->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->periods[middle].from <= when)
			low = middle;
		else
			high = middle;
	}
	return &zone->periods[low];
}

/* The last second of the year 9999, and as far back. */
#define FARTHEST 253402300799.0

int rd_zone_read_moment(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= -FARTHEST && *seconds <= FARTHEST ? 0 : -EINVAL;
}

void rd_zone_localtime(const char *name, time_t when, struct tm *tm)
{
	const struct zone *zone = zone_of(name);
	const struct period *period;
	time_t local;

	if (!zone) {
		localtime_r(&when, tm);
		return;
	}
	period = period_at(zone, when);
	local = when + period->offset;
	gmtime_r(&local, tm);
	tm->tm_isdst = period->summer;
	tm->tm_gmtoff = period->offset;
	tm->tm_zone = period->name;
}

time_t rd_zone_mktime(const char *name, struct tm *tm)
{
	const struct zone *zone = zone_of(name);
	time_t local, guess;

	if (!zone) {
		tm->tm_isdst = -1;
		return mktime(tm);
	}
	/* The offset of the moment itself decides; the first guess may lie on
	 * the other side of a change. */
	local = timegm(tm);
	guess = local - period_at(zone, local)->offset;
	return local - period_at(zone, guess)->offset;
}

void rd__zone_forget(void)
{
	size_t pos = 0;
	const char *name;
	void *zone;

	while (zones && rd_map_next(zones, &pos, &name, &zone))
		zone_free(zone);
	rd_map_free(zones);
	zones = NULL;
}
