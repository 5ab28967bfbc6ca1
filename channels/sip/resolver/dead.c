/* Targets that did not answer, broke off, or said 503: for a while they come
 * last. They are never left out: when all are dead, one is as good as another. */
#include <stdio.h>

#include <ringdown/clock.h>

#include "channels/sip/resolver/private.h"

#define DEAD_MAX 1024

struct dns_dead {
	struct rd_map *until; /* "UDP 10.0.0.1:5060" to struct grave */
};

struct grave {
	uint64_t until_ms;
};

#define NAME_SIZE (SIP_SOCKADDR_TEXT + 8)

static const char *name_of(const struct sip_target *target, char name[NAME_SIZE])
{
	char text[SIP_SOCKADDR_TEXT];

	snprintf(name, NAME_SIZE, "%s %s", sip_protocol_name(target->protocol).p,
		 sip_sockaddr_text(&target->address, text));
	return name;
}

int dns_dead_new(struct dns_dead **dp)
{
	struct dns_dead *dead = rd_zalloc(sizeof(*dead));
	int rc = dead ? rd_map_new(&dead->until, 0) : -ENOMEM;

	if (rc) {
		rd_free(dead);
		return rc;
	}
	*dp = dead;
	return 0;
}

static void purge(struct dns_dead *dead, uint64_t now)
{
	const char *name;
	size_t pos = 0;
	void *value;

	while (rd_map_next(dead->until, &pos, &name, &value)) {
		struct grave *grave = value;

		if (grave->until_ms > now)
			continue;
		rd_map_remove(dead->until, name);
		rd_free(grave);
	}
}

void dns_dead_free(struct dns_dead *dead)
{
	if (!dead)
		return;
	purge(dead, UINT64_MAX);
	rd_map_free(dead->until);
	rd_free(dead);
}

void dns_dead_add(struct dns_dead *dead, const struct sip_target *target, int ms)
{
	char name[NAME_SIZE];
	struct grave *grave = rd_map_get(dead->until, name_of(target, name));
	bool is_new = !grave;

	if (is_new) {
		purge(dead, rd_now_ms());
		if (rd_map_count(dead->until) >= DEAD_MAX)
			return;
		grave = rd_zalloc(sizeof(*grave));
	}
	if (!grave)
		return;
	grave->until_ms = rd_now_ms() + (uint64_t)RD_MAX(ms, 0);
	if (is_new && rd_map_set(dead->until, name, grave, NULL))
		rd_free(grave);
}

void dns_dead_remove(struct dns_dead *dead, const struct sip_target *target)
{
	char name[NAME_SIZE];

	if (rd_map_count(dead->until))
		rd_free(rd_map_remove(dead->until, name_of(target, name)));
}

bool dns_dead_has(const struct dns_dead *dead, const struct sip_target *target)
{
	const struct grave *grave;
	char name[NAME_SIZE];

	if (!rd_map_count(dead->until))
		return false;
	grave = rd_map_get(dead->until, name_of(target, name));
	return grave && rd_now_ms() < grave->until_ms;
}

void dns_dead_sort(const struct dns_dead *dead, struct sip_targets *targets)
{
	unsigned living = 0;

	if (!rd_map_count(dead->until))
		return;
	for (unsigned i = 0; i < targets->count; i++) {
		struct sip_target target = targets->list[i];

		if (dns_dead_has(dead, &target))
			continue;
		memmove(&targets->list[living + 1], &targets->list[living],
			(i - living) * sizeof(target));
		targets->list[living++] = target;
	}
}

bool dns_dead_next(const struct dns_dead *dead, size_t *pos, const char **name,
		   uint64_t *until_ms)
{
	void *value;

	while (rd_map_next(dead->until, pos, name, &value)) {
		*until_ms = ((const struct grave *)value)->until_ms;
		if (*until_ms > rd_now_ms())
			return true;
	}
	return false;
}
