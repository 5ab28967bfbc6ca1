/* Load and reload of everything that takes part: all build, and only when
 * none found an error, all commit. */
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "core/base/usage.h"
#include "core/config/config.h"
#include "core/sched/sched.h"

struct participant {
	struct rd_list link;
	const char *owner;
	const struct rd_module_config *config;
	rd__config_look_fn *review, *prepare; /* may be NULL */
	/* While a reload is under way: */
	bool chosen;
	bool built;
	void *snapshot;
};

/* What a pool thread gets to do. */
struct job {
	struct rd_config_report *report;
};

static struct rd_list participants = RD_LIST_INIT(participants);
static bool under_way;

static struct participant *participant_new(const char *owner,
					   const struct rd_module_config *config)
{
	struct participant *participant = rd_zalloc(sizeof(*participant));

	if (participant) {
		participant->owner = owner;
		participant->config = config;
	}
	return participant;
}

int rd__config_join(const char *owner, const struct rd_module_config *config)
{
	struct participant *participant = participant_new(owner, config);

	if (!participant)
		return -ENOMEM;
	rd_list_push(&participants, &participant->link);
	return 0;
}

int rd__config_join_first(const char *owner, const struct rd_module_config *config)
{
	struct participant *participant = participant_new(owner, config);

	if (!participant)
		return -ENOMEM;
	rd_list_push_front(&participants, &participant->link);
	return 0;
}

void rd__config_leave(const struct rd_module_config *config)
{
	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (participant->config != config)
			continue;
		/* The pool thread walks this list. */
		rd_assert(!under_way);
		rd_list_remove(node);
		rd_free(participant);
	}
}

void rd__config_exchange(const struct rd_module_config *config, const char *owner,
			 const struct rd_module_config *by)
{
	rd_assert(!under_way);
	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (participant->config != config)
			continue;
		participant->owner = owner;
		participant->config = by;
		participant->review = participant->prepare = NULL;
	}
}

void rd__config_set_review(const struct rd_module_config *config,
			   rd__config_look_fn *review, rd__config_look_fn *prepare)
{
	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (participant->config == config) {
			participant->review = review;
			participant->prepare = prepare;
		}
	}
}

bool rd__config_under_way(void)
{
	return under_way;
}

bool rd__config_next_owner(size_t *pos, const char **owner,
			   const struct rd_module_config **config)
{
	size_t i = 0;

	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (i++ < *pos)
			continue;
		*pos = i;
		*owner = participant->owner;
		*config = participant->config;
		return true;
	}
	return false;
}

static int choose(const char *owner)
{
	int chosen = 0;

	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		participant->chosen = !owner || strcmp(owner, participant->owner) == 0;
		participant->built = false;
		participant->snapshot = NULL;
		chosen += participant->chosen;
	}
	return owner && chosen == 0 ? -ENOENT : 0;
}

/* What it takes is its own. Who worked before, to be entered again. */
static struct rd__usage *enter(const struct participant *participant)
{
	return rd__offload_enter(rd__usage_at(participant->config));
}

/* A build that failed need not have said why: then this does. */
static void build_one(struct participant *participant, struct rd_config_report *report)
{
	int errors = rd_config_errors(report);
	struct rd__usage *outer = enter(participant);
	int rc = participant->config->build(&participant->snapshot, report);

	rd__offload_enter(outer);
	participant->built = rc >= 0;
	if (rc < 0 && rd_config_errors(report) == errors)
		rd_config_error(report, participant->owner, 0, "%s", rd_strerror(rc));
}

static int build_all(void *arg)
{
	struct job *job = arg;

	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (participant->chosen)
			build_one(participant, job->report);
	}
	return rd_config_errors(job->report) ? -EINVAL : 0;
}

static bool reviewing;

void *rd_config_coming(const char *module)
{
	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (reviewing && participant->built && strcmp(participant->owner, module) == 0)
			return participant->snapshot;
	}
	return NULL;
}

static bool examined, ports_are_free;

void rd__config_examine(bool daemon_runs)
{
	examined = true;
	ports_are_free = !daemon_runs;
}

bool rd_config_is_examined(void)
{
	return examined;
}

bool rd_config_ports_are_free(void)
{
	return ports_are_free;
}

static void look_by(const struct participant *participant, rd__config_look_fn *look,
		    struct rd_config_report *report)
{
	struct rd__usage *outer;

	if (!participant->built || !look)
		return;
	outer = enter(participant);
	look(participant->snapshot, report);
	rd__offload_enter(outer);
}

/* Nobody joins or leaves meanwhile: a reload is under way. */
static void review_all(struct rd_config_report *report)
{
	reviewing = true;
	rd_list_foreach(node, tmp, &participants) {
		const struct participant *participant =
			rd_list_entry(node, struct participant, link);

		look_by(participant, participant->review, report);
	}
	reviewing = false;
}

/* All of them, so that the report is complete. */
static int prepare_all(struct rd_config_report *report)
{
	rd_list_foreach(node, tmp, &participants) {
		const struct participant *participant =
			rd_list_entry(node, struct participant, link);

		look_by(participant, participant->prepare, report);
	}
	return rd_config_errors(report) ? -EINVAL : 0;
}

static void finish(struct participant *participant, bool commit)
{
	struct rd__usage *outer = enter(participant);

	if (commit)
		participant->config->commit(participant->snapshot);
	else
		participant->config->discard(participant->snapshot);
	rd__offload_enter(outer);
	participant->built = false;
	participant->snapshot = NULL;
}

static void finish_all(bool commit)
{
	rd_list_foreach(node, tmp, &participants) {
		struct participant *participant =
			rd_list_entry(node, struct participant, link);

		if (participant->built)
			finish(participant, commit);
	}
}

static void (*on_reload)(const char *owner, int rc);
static void (*on_commit)(const char *owner, struct rd_config_report *report);

static int run(const char *owner, struct rd_config_report *report, bool commit)
{
	struct job job = { .report = report };
	int rc, errors = rd_config_errors(report);

	if (under_way)
		return -EBUSY;
	rc = choose(owner);
	if (rc < 0)
		return rc;
	under_way = true;
	rc = rd_fiber_self() ? rd_offload(build_all, &job) : build_all(&job);
	/* A check tells of everything. A reload that is refused does not: without what others
	 * should have built, what comes would be held against what is in force. */
	if (!commit || rd_config_errors(report) == errors)
		review_all(report);
	if (rc == 0 && commit)
		rc = prepare_all(report);
	finish_all(commit && rc == 0);
	under_way = false;
	return rc;
}

void rd__config_on_reload(void (*told)(const char *owner, int rc))
{
	on_reload = told;
}

void rd__config_on_commit(void (*follow)(const char *owner, struct rd_config_report *report))
{
	on_commit = follow;
}

int rd__config_reload(const char *owner, struct rd_config_report *report)
{
	int rc = run(owner, report, true);

	if (rc == 0 && on_commit)
		on_commit(owner, report);
	if (on_reload)
		on_reload(owner, rc);
	return rc;
}

static bool closed;

void rd__config_close(bool close)
{
	closed = close;
}

int rd__config_ask(const char *owner, struct rd_config_report *report)
{
	if (!closed)
		return rd__config_reload(owner, report);
	rd_config_error(report, NULL, 0, "the daemon starts or stops: it reads its files "
					 "anew only in between");
	return -EAGAIN;
}

int rd__config_check(struct rd_config_report *report)
{
	return run(NULL, report, false);
}
