/* What lives: queues, their members, and whether a member can be rung. Members are found
 * by their device in a table, so that a change of state costs what it concerns. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/tech.h>

#include "apps/app_queue/caller.h"

/* -- members by device -- */

static struct rd_list *bucket(const char *device)
{
	uint32_t hash = 2166136261u;
	struct rd_list *list;

	for (; *device; device++)
		hash = (hash ^ (unsigned char)*device) * 16777619u;
	list = &queue_kept->devices[hash % QUEUE_DEVICE_LISTS];
	if (!list->next)
		rd_list_init(list);
	return list;
}

void queue_state_changed(const char *device)
{
	if (!queue_kept->members_of_all)
		return;
	rd_list_foreach(node, tmp, bucket(device)) {
		struct queue_member *member = rd_list_entry(node, struct queue_member, device_link);

		if (strcmp(member->device, device) == 0)
			queue_member_update(member);
	}
}

void queue_device_event(const struct rd_event *event, void *arg)
{
	char alias[QUEUE_DEVICE_MAX];

	(void)arg;
	queue_state_device_changed(event->name);
	if (rd_device_alias(event->name, alias, sizeof(alias)))
		queue_state_device_changed(alias);
}

/* Legs that any queue has with it. */
static unsigned device_legs(const char *device)
{
	unsigned n = 0;

	rd_list_foreach(node, tmp, bucket(device)) {
		const struct queue_member *it =
			rd_list_entry(node, struct queue_member, device_link);

		n += strcmp(it->device, device) == 0 ? it->busy : 0;
	}
	return n;
}

/* Has it callers for all who are free? Where only the first of them is served, one is enough. */
static bool wants_all(const struct queue *queue)
{
	const struct queue_settings *settings = queue->settings;
	bool one_at_a_time = !settings->autofill || settings->strategy == QUEUE_RINGALL;

	return queue->waiting && (one_at_a_time || queue->waiting >= queue->ready);
}

bool queue_member_outweighed(const struct queue_member *member)
{
	rd_list_foreach(node, tmp, bucket(member->device)) {
		const struct queue_member *it =
			rd_list_entry(node, struct queue_member, device_link);

		if (it != member && it->ready && strcmp(it->device, member->device) == 0 &&
		    it->queue->settings->weight > member->queue->settings->weight &&
		    wants_all(it->queue))
			return true;
	}
	return false;
}

/* -- can it be rung? -- */

unsigned queue_member_absent(const struct queue_member *member)
{
	unsigned absent = queue_absent_by_state(member->device);

	/* Its legs may ring, or be of a driver whose states nobody knows. */
	if (device_legs(member->device) && !(absent & (QUEUE_ABSENT_RINGING | QUEUE_ABSENT_INUSE)))
		absent |= QUEUE_ABSENT_INUSE;
	if (member->paused)
		absent |= QUEUE_ABSENT_PAUSED;
	if (rd_timer_running(&member->wrapup))
		absent |= QUEUE_ABSENT_WRAPUP;
	return absent;
}

bool queue_member_rings_in_use(const struct queue_member *member)
{
	return member->ringinuse < 0 ? member->queue->settings->ringinuse : member->ringinuse;
}

/* Whose state nobody knows is rung: a Local channel, a driver without states. */
static bool is_ready(const struct queue_member *member)
{
	unsigned in_use = QUEUE_ABSENT_INUSE | QUEUE_ABSENT_RINGING;
	unsigned never =
		~(QUEUE_ABSENT_UNKNOWN | (queue_member_rings_in_use(member) ? in_use : 0u));

	return !(queue_member_absent(member) & never);
}

/* A member is away, perhaps the last. The members are looked at once for all who wait, and
 * again by those only who do not want just anyone. */
static void tell_if_empty(struct queue *queue)
{
	unsigned absent = queue->settings->leavewhenempty;
	bool empty = queue->retired;

	if ((!absent && !empty) || !queue->waiting)
		return;
	empty = empty || queue_is_empty(queue, absent, NULL);
	if (!empty && !queue->choosy)
		return;
	rd_list_foreach(node, tmp, &queue->callers) {
		struct queue_caller *it = rd_list_entry(node, struct queue_caller, link);

		if (empty || it->choosy)
			rd_cond_signal(&it->changed);
	}
}

void queue_member_update(struct queue_member *member)
{
	struct queue *queue = member->queue;
	bool ready = queue && is_ready(member);

	if (queue && !ready)
		tell_if_empty(queue);
	if (ready == member->ready)
		return;
	member->ready = ready;
	if (!queue)
		return;
	queue->ready += ready ? 1u : -1u;
	queue_lamp_ready(queue);
	if (ready)
		queue_dispatch(queue);
}

void queue_refresh(struct queue *queue)
{
	rd_list_foreach(node, tmp, &queue->members)
		queue_member_update(rd_list_entry(node, struct queue_member, link));
}

static void look_again(void *arg)
{
	struct queue *queue;
	size_t pos = 0;

	(void)arg;
	while ((queue = queue_next(&pos)))
		queue_refresh(queue);
}

/* Once for all that come in one turn; not for ourselves when we have gone. */
void queue_module_event(const struct rd_event *event, void *arg)
{
	(void)event, (void)arg;
	if (!queue_kept->in_force)
		return;
	if (!queue_kept->look_again.fire)
		rd_timer_init(&queue_kept->look_again, look_again, NULL);
	rd_timer_start(&queue_kept->look_again, 0);
}

void queue_look_no_more(void)
{
	if (queue_kept->look_again.fire)
		rd_timer_stop(&queue_kept->look_again);
}

/* Wake as many of those who wait for their turn as there are members for. */
void queue_dispatch(struct queue *queue)
{
	unsigned turns = queue->ready;

	rd_list_foreach(node, tmp, &queue->callers) {
		struct queue_caller *caller = rd_list_entry(node, struct queue_caller, link);

		if (!turns)
			break;
		if (caller->ringing)
			continue;
		rd_cond_signal(&caller->changed);
		turns--;
	}
}

/* -- what happens to a member -- */

static void wrapup_over(void *arg)
{
	queue_member_update(arg);
}

void queue_member_seize(struct queue_member *member)
{
	member->busy++;
	queue_state_changed(member->device);
}

void queue_member_release(struct queue_member *member)
{
	rd_assert(member->busy > 0);
	member->busy--;
	queue_state_changed(member->device);
}

/* What is left of it, for the last call may have been before a restart. */
static void rest(struct queue_member *member)
{
	uint64_t now = (uint64_t)rd_wall_us() / 1000, over = member->last_call_ms;
	int ms = member->wrapup_ms < 0 ? member->queue->settings->wrapup_ms : member->wrapup_ms;

	over += (uint64_t)RD_MAX(ms, 0);
	if (member->last_call_ms <= now && now < over)
		rd_timer_start(&member->wrapup, (int)(over - now));
}

/* shared_lastcall: whoever has talked for one queue rests in all. */
static void rest_elsewhere(const struct queue_member *member)
{
	rd_list_foreach(node, tmp, bucket(member->device)) {
		struct queue_member *it = rd_list_entry(node, struct queue_member, device_link);

		if (it == member || strcmp(it->interface, member->interface) != 0)
			continue;
		it->last_call_ms = member->last_call_ms;
		queue_statistics_keep_member(it);
		rest(it);
		queue_member_update(it);
	}
}

void queue_member_served(struct queue_member *member)
{
	member->calls++;
	member->last_call_ms = rd_wall_us() / 1000;
	queue_statistics_keep_member(member);
	if (!member->queue)
		return;
	rest(member);
	if (member->queue->settings->snapshot->shared_lastcall)
		rest_elsewhere(member);
}

/* log_unpause_on_reason_change: for those who count how long each reason lasts. */
static void log_other_reason(const struct queue_member *member, const char *reason)
{
	if (member->paused && strcmp(member->reason, reason) != 0 &&
	    member->queue->settings->snapshot->log_unpause)
		queue_log_member(NULL, member, "UNPAUSE", "");
}

void queue_member_pause(struct queue_member *member, bool paused, const char *reason)
{
	if (paused)
		log_other_reason(member, reason);
	member->paused = paused;
	rd_strcpy(member->reason, sizeof(member->reason), paused ? reason : "");
	queue_member_update(member);
	queue_keep(member->queue);
	queue_log_member(NULL, member, paused ? "PAUSE" : "UNPAUSE", reason);
	queue_lamp_paused(member);
}

/* -- members come and go -- */

bool queue_interface_is_fine(const char *interface)
{
	const char *slash = strchr(interface, '/');

	return slash && slash != interface && slash[1] && !strchr(interface, '&') &&
	       strlen(interface) < QUEUE_DEVICE_MAX;
}

int queue_member_new(struct queue_member **mp, const char *interface)
{
	struct queue_member *member = rd_zalloc(sizeof(*member));
	char *options;

	if (!member)
		return -ENOMEM;
	member->refs = 1;
	member->wrapup_ms = member->ringinuse = -1;
	rd_list_init(&member->link);
	rd_list_init(&member->device_link);
	rd_timer_init(&member->wrapup, wrapup_over, member);
	rd_strcpy(member->interface, sizeof(member->interface), interface);
	rd_strcpy(member->name, sizeof(member->name), interface);
	rd_strcpy(member->device, sizeof(member->device), interface);
	/* The n of Local/1001@office/n is no part of the device. */
	options = strchr(member->device, '/');
	options = options ? strchr(options + 1, '/') : NULL;
	if (options)
		*options = '\0';
	*mp = member;
	return 0;
}

struct queue_member *queue_member_ref(struct queue_member *member)
{
	member->refs++;
	return member;
}

void queue_member_unref(struct queue_member *member)
{
	if (--member->refs)
		return;
	rd_timer_stop(&member->wrapup);
	rd_free(member);
}

void queue_member_add(struct queue *queue, struct queue_member *member)
{
	member->queue = queue;
	member->order = queue->next_order++;
	rd_list_push(&queue->members, &member->link);
	rd_list_push(bucket(member->device), &member->device_link);
	queue->member_count++;
	queue_kept->members_of_all++;
	queue_statistics_restore_member(member);
	rest(member);
	queue_member_update(member);
}

void queue_member_remove(struct queue_member *member)
{
	struct queue *queue = member->queue;

	queue->ready -= member->ready;
	queue->member_count--;
	queue_kept->members_of_all--;
	member->ready = false;
	member->queue = NULL;
	rd_list_remove(&member->link);
	rd_list_remove(&member->device_link);
	rd_timer_stop(&member->wrapup);
	queue_member_unref(member);
	queue_lamp_ready(queue);
	tell_if_empty(queue);
}

struct queue_member *queue_member_find(const struct queue *queue, const char *interface)
{
	rd_list_foreach(node, tmp, &queue->members) {
		struct queue_member *member = rd_list_entry(node, struct queue_member, link);

		if (strcmp(member->interface, interface) == 0)
			return member;
	}
	return NULL;
}

/* -- queues -- */

struct queue *queue_new(void)
{
	struct queue *queue = rd_zalloc(sizeof(*queue));

	if (!queue)
		return NULL;
	queue->refs = 1;
	rd_list_init(&queue->members);
	rd_list_init(&queue->callers);
	return queue;
}

/* The mean moves by a quarter, as Asterisk's users know it. */
void queue_count_hold(struct queue *queue, unsigned hold_s)
{
	queue->hold_s = (3 * queue->hold_s + hold_s) / 4;
	queue_statistics_keep(queue);
}

void queue_count_abandoned(struct queue *queue)
{
	queue->abandoned++;
	queue_statistics_keep(queue);
}

/* The first of all is the mean of one. */
void queue_count_talk(struct queue *queue, struct queue_member *member, unsigned hold_s,
		      unsigned talk_s)
{
	queue->talk_s = queue->completed ? (3 * queue->talk_s + talk_s) / 4 : talk_s;
	queue->completed++;
	if (hold_s * 1000 <= (unsigned)queue->settings->servicelevel_ms)
		queue->in_time++;
	queue_statistics_keep(queue);
	queue_member_served(member);
}

double queue_in_time_percent(const struct queue *queue)
{
	return queue->completed ? 100.0 * queue->in_time / queue->completed : 0;
}

struct queue *queue_ref(struct queue *queue)
{
	queue->refs++;
	return queue;
}

void queue_unref(struct queue *queue)
{
	if (--queue->refs)
		return;
	if (queue->settings)
		queue_snapshot_unref(queue->settings->snapshot);
	rd_free(queue);
}

struct queue *queue_find(const char *name)
{
	const struct queue_snapshot *all = queue_in_force();
	const struct queue_settings *settings = all ? rd_map_get(all->queues, name) : NULL;

	return settings ? settings->live : NULL;
}

struct queue *queue_next(size_t *pos)
{
	const struct queue_snapshot *all = queue_in_force();
	void *value;

	if (!all || !rd_map_next(all->queues, pos, NULL, &value))
		return NULL;
	return ((struct queue_settings *)value)->live;
}

/* It was there before: what it has done counts on, what the file says is new. */
static void take_over(struct queue_member *member, const struct queue_member *said)
{
	member->stale = false;
	queue_member_hear(member, &said->said);
	member->dynamic = false;
	member->wrapup_ms = said->wrapup_ms;
	memcpy(member->name, said->name, sizeof(member->name));
	if (strcmp(member->device, said->device) == 0)
		return;
	rd_list_remove(&member->device_link);
	memcpy(member->device, said->device, sizeof(member->device));
	rd_list_push(bucket(member->device), &member->device_link);
}

static void drop_stale(struct queue *queue)
{
	rd_list_foreach(node, tmp, &queue->members) {
		struct queue_member *member = rd_list_entry(node, struct queue_member, link);

		if (member->stale)
			queue_member_remove(member);
	}
}

/* What they wait for may be another thing now. */
static void wake_all(struct queue *queue)
{
	rd_list_foreach(node, tmp, &queue->callers)
		rd_cond_signal(&rd_list_entry(node, struct queue_caller, link)->changed);
}

void queue_apply(struct queue *queue, const struct queue_settings *settings,
		 struct rd_list *members)
{
	const struct queue_settings *former = queue->settings;
	struct rd_list *node;

	queue_snapshot_ref(settings->snapshot);
	queue->settings = settings;
	rd_list_foreach(it, tmp, &queue->members) {
		struct queue_member *member = rd_list_entry(it, struct queue_member, link);

		member->stale = !member->dynamic;
	}
	while ((node = rd_list_pop(members))) {
		struct queue_member *said = rd_list_entry(node, struct queue_member, link);
		struct queue_member *member = queue_member_find(queue, said->interface);

		if (member) {
			take_over(member, said);
			queue_member_unref(said);
		} else {
			queue_member_add(queue, said);
		}
	}
	drop_stale(queue);
	queue_refresh(queue);
	wake_all(queue);
	if (former)
		queue_snapshot_unref(former->snapshot);
}

void queue_retire(struct queue *queue)
{
	queue->retired = true;
	rd_list_foreach(node, tmp, &queue->members)
		queue_member_remove(rd_list_entry(node, struct queue_member, link));
	tell_if_empty(queue);
	queue_unref(queue);
}
