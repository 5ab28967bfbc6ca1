/* The claim "mky" (RFC 8225 §5.2.2): whose keys encrypt the sound, by the fingerprints that
 * stand in a description of SDP. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <jansson.h>

#include "modules/sip_trunk/passport.h"

#define KEYS_MAX 16 /* of one description that are looked at */

struct key {
	char alg[24], dig[160];
};

/* "sha-256 4A:AD:B9" */
static bool read_key(struct key *key, struct rd_str value)
{
	struct rd_str alg;
	size_t n = 0;

	if (!rd_str_cut(&value, ' ', &alg) || !rd_strcpyn(key->alg, sizeof(key->alg), alg))
		return false;
	value = rd_str_trim(value);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != ':' && n + 1 < sizeof(key->dig))
			key->dig[n++] = value.p[i];
	key->dig[n] = '\0';
	return n;
}

static int compare(const void *a, const void *b)
{
	const struct key *one = a, *other = b;
	int order = strcasecmp(one->alg, other->alg);

	return order ? order : strcasecmp(one->dig, other->dig);
}

/* In the order of the claim, each once. */
static size_t read_keys(struct key keys[KEYS_MAX], struct rd_str sdp)
{
	static const char line_begin[] = "a=fingerprint:";
	size_t count = 0, kept = 0;
	struct rd_str line;

	while (sdp.n && count < KEYS_MAX) {
		rd_str_cut(&sdp, '\n', &line);
		if (!rd_str_istarts(line, rd_str_of(line_begin)))
			continue;
		line.p += strlen(line_begin);
		line.n -= strlen(line_begin);
		count += read_key(&keys[count], rd_str_trim(line));
	}
	qsort(keys, count, sizeof(*keys), compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || compare(&keys[kept - 1], &keys[i]) != 0)
			keys[kept++] = keys[i];
	return kept;
}

void passport_take_keys(struct passport *passport, struct rd_str sdp)
{
	struct key keys[KEYS_MAX];
	size_t count = read_keys(keys, sdp);
	json_t *list = count ? json_array() : NULL;

	for (size_t i = 0; list && i < count; i++)
		json_array_append_new(list,
				      json_pack("{ssss}", "alg", keys[i].alg, "dig", keys[i].dig));
	passport->keys = list;
}

static bool is_key(const json_t *object, const struct key *key)
{
	const char *alg = json_string_value(json_object_get(object, "alg"));
	const char *dig = json_string_value(json_object_get(object, "dig"));

	return alg && dig && strcasecmp(alg, key->alg) == 0 && strcasecmp(dig, key->dig) == 0;
}

bool passport_keys_fit(const struct passport *passport, struct rd_str sdp)
{
	const json_t *list = json_object_get(passport->claims, "mky");
	struct key keys[KEYS_MAX];
	size_t count;

	if (!list)
		return true;
	count = read_keys(keys, sdp);
	if (!count || !json_is_array(list) || json_array_size(list) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_key(json_array_get(list, i), &keys[i]))
			return false;
	return true;
}
