/* The table of all dialogs: by Call-ID and our tag for requests that come in
 * a dialog, and by Call-ID and their tag for copies of one INVITE that came
 * by two ways. Chained, grown by doubling; nothing else knows its inside. */
#include "channels/sip/dialog/table.h"

#define FIRST_BUCKETS 256

int sip_dialogs_new(struct sip_dialogs **tp)
{
	struct sip_dialogs *table = rd_zalloc(sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->buckets = rd_zalloc(FIRST_BUCKETS * sizeof(*table->buckets));
	if (!table->buckets) {
		rd_free(table);
		return -ENOMEM;
	}
	table->mask = FIRST_BUCKETS - 1;
	rd_random(&table->seed, sizeof(table->seed));
	*tp = table;
	return 0;
}

void sip_dialogs_free(struct sip_dialogs *table)
{
	if (!table)
		return;
	rd_assert(table->count == 0);
	rd_free(table->buckets);
	rd_free(table);
}

unsigned sip_dialogs_count(const struct sip_dialogs *table)
{
	return table->count;
}

bool sip_dialogs_use(const struct sip_dialogs *table, const struct sip_transport *transport)
{
	for (size_t i = 0; i <= table->mask; i++)
		for (const struct sip_dialog *dialog = table->buckets[i].by_our_tag; dialog;
		     dialog = dialog->next)
			if (dialog->user && dialog->flow.transport == transport)
				return true;
	return false;
}

static uint32_t mix(uint32_t hash, struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 16777619u;
	return (hash ^ 0xff) * 16777619u;
}

static uint32_t hash_of(const struct sip_dialogs *table, struct rd_str call_id,
			struct rd_str tag)
{
	uint32_t hash = mix(mix(table->seed, call_id), tag);

	return hash ^ hash >> 15;
}

static void link_dialog(struct sip_dialogs *table, struct sip_dialog *dialog)
{
	struct dialog_bucket *at = &table->buckets[dialog->hash & table->mask];

	dialog->next = at->by_our_tag;
	at->by_our_tag = dialog;
	if (!dialog->answers)
		return;
	at = &table->buckets[dialog->merge_hash & table->mask];
	dialog->next_merge = at->by_their_tag;
	at->by_their_tag = dialog;
}

/* A table that cannot grow gets slower, not wrong. */
static void grow(struct sip_dialogs *table)
{
	size_t size = ((size_t)table->mask + 1) * 2;
	struct dialog_bucket *old = table->buckets;
	struct dialog_bucket *wide = rd_zalloc(size * sizeof(*wide));

	if (!wide)
		return;
	table->buckets = wide;
	table->mask = (uint32_t)size - 1;
	for (size_t i = 0; i < size / 2; i++) {
		struct sip_dialog *dialog = old[i].by_our_tag;

		while (dialog) {
			struct sip_dialog *next = dialog->next;

			link_dialog(table, dialog);
			dialog = next;
		}
	}
	rd_free(old);
}

void sip_dialogs_add(struct sip_dialogs *table, struct sip_dialog *dialog)
{
	if (table->count > table->mask)
		grow(table);
	dialog->table = table;
	dialog->hash = hash_of(table, dialog->call_id, dialog->local_tag);
	if (dialog->answers)
		dialog->merge_hash = hash_of(table, dialog->call_id, dialog->remote_tag);
	link_dialog(table, dialog);
	table->count++;
}

void sip_dialogs_remove(struct sip_dialogs *table, struct sip_dialog *dialog)
{
	struct sip_dialog **at = &table->buckets[dialog->hash & table->mask].by_our_tag;

	while (*at != dialog)
		at = &(*at)->next;
	*at = dialog->next;
	table->count--;
	if (!dialog->answers)
		return;
	at = &table->buckets[dialog->merge_hash & table->mask].by_their_tag;
	while (*at != dialog)
		at = &(*at)->next_merge;
	*at = dialog->next_merge;
}

struct sip_dialog *sip_dialog_named(const struct sip_dialogs *table, struct rd_str call_id,
				    struct rd_str our_tag, struct rd_str their_tag)
{
	uint32_t hash = hash_of(table, call_id, our_tag);
	struct sip_dialog *dialog = table->buckets[hash & table->mask].by_our_tag;

	for (; dialog; dialog = dialog->next)
		if (dialog->hash == hash && rd_str_eq(dialog->call_id, call_id) &&
		    rd_str_eq(dialog->local_tag, our_tag) &&
		    rd_str_eq(dialog->remote_tag, their_tag))
			return dialog;
	return NULL;
}

struct sip_dialog *sip_dialog_find(const struct sip_dialogs *table,
				   const struct sip_msg *request)
{
	return sip_dialog_named(table, request->call_id, request->to.tag, request->from.tag);
}

struct sip_dialog *sip_dialog_of_own(const struct sip_dialogs *table,
				     const struct sip_msg *request)
{
	uint32_t hash = hash_of(table, request->call_id, request->from.tag);
	struct sip_dialog *dialog = table->buckets[hash & table->mask].by_our_tag;

	for (; dialog; dialog = dialog->next)
		if (dialog->hash == hash && rd_str_eq(dialog->call_id, request->call_id) &&
		    rd_str_eq(dialog->local_tag, request->from.tag) &&
		    (!request->to.tag.n || rd_str_eq(dialog->remote_tag, request->to.tag)))
			return dialog;
	return NULL;
}

struct sip_dialog *sip_dialog_find_ours(const struct sip_dialogs *table,
					const struct sip_msg *request)
{
	uint32_t hash = hash_of(table, request->call_id, request->to.tag);
	struct sip_dialog *dialog = table->buckets[hash & table->mask].by_our_tag;

	while (dialog && (dialog->hash != hash ||
			  !rd_str_eq(dialog->call_id, request->call_id) ||
			  !rd_str_eq(dialog->local_tag, request->to.tag)))
		dialog = dialog->next;
	return dialog;
}

bool sip_dialog_merged(const struct sip_dialogs *table, const struct sip_msg *request)
{
	uint32_t hash = hash_of(table, request->call_id, request->from.tag);
	const struct sip_dialog *dialog =
		table->buckets[hash & table->mask].by_their_tag;

	for (; dialog; dialog = dialog->next_merge)
		if (dialog->merge_hash == hash &&
		    dialog->first_cseq == request->cseq.number &&
		    rd_str_eq(dialog->call_id, request->call_id) &&
		    rd_str_eq(dialog->remote_tag, request->from.tag))
			return true;
	return false;
}
