/* What a subscriber was last told. */
#include <string.h>

#include "modules/sip_told.h"

struct part {
	struct rd_list link;
	uint32_t sum;
	bool seen, gone;
	char id[];
};

void told_init(struct told *told)
{
	rd_list_init(&told->parts);
}

static void part_free(struct part *part)
{
	rd_list_remove(&part->link);
	rd_free(part);
}

void told_fini(struct told *told)
{
	rd_list_foreach(node, tmp, &told->parts)
		part_free(rd_list_entry(node, struct part, link));
}

/* FNV-1a; the end of a text counts too. */
uint32_t told_mix_str(uint32_t sum, struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		sum = (sum ^ (unsigned char)text.p[i]) * 16777619u;
	return (sum ^ 0xff) * 16777619u;
}

uint32_t told_mix(uint32_t sum, const char *text)
{
	return told_mix_str(sum, rd_str_of(text));
}

void told_begin(struct told *told)
{
	rd_list_foreach(node, tmp, &told->parts)
		rd_list_entry(node, struct part, link)->seen = false;
}

bool told_part(struct told *told, const char *id, uint32_t sum)
{
	struct part *part;
	bool is_news;

	rd_list_foreach(node, tmp, &told->parts) {
		part = rd_list_entry(node, struct part, link);
		if (strcmp(part->id, id) != 0)
			continue;
		is_news = part->sum != sum;
		part->sum = sum;
		part->seen = true;
		return is_news;
	}
	part = rd_zalloc(sizeof(*part) + strlen(id) + 1);
	if (!part)
		return true;
	strcpy(part->id, id);
	part->sum = sum;
	part->seen = true;
	rd_list_push(&told->parts, &part->link);
	return true;
}

const char *told_gone(struct told *told)
{
	rd_list_foreach(node, tmp, &told->parts) {
		struct part *part = rd_list_entry(node, struct part, link);

		if (part->gone) {
			part_free(part);
		} else if (!part->seen) {
			part->gone = true;
			return part->id;
		}
	}
	return NULL;
}
