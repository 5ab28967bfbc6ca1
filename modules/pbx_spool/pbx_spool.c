/* Call files: a file that is put into the spool's folder "outgoing" makes a call, at the time that
 * the file has. The kernel tells what comes into the folder; a timer waits for what is due later;
 * nothing looks through the folder but the start. */
#include <dirent.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/io.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/module.h>

#include "modules/pbx_spool/spool.h"

enum {
	START_MS = 3000, /* until other modules, and the phones that they know, are there */
	CALLS_MAX = 500, /* at a time; others wait for their turn */
	LATER_MS = 5000, /* where we had no means to try */
	STUCK_MS = 60000, /* where its time cannot be told, or not be changed */
	TIMER_MAX_S = 24 * 3600, /* then the file is looked at again */
	END_MS = 5000,
};

struct entry {
	struct rd_list link; /* in ready; or by itself */
	struct rd_timer due;
	uint64_t due_ms; /* when that fires */
	struct rd_fiber *fiber; /* that tries; NULL */
	bool changed; /* meanwhile */
	bool deaf; /* changes are our own: it waits for its time, or for another file */
	bool orphan; /* the module has gone while its fiber waited for a disk */
	char name[];
};

static struct {
	char outgoing[PATH_MAX - 256], done[PATH_MAX - 256];
	struct rd_map *entries; /* by name */
	struct rd_list ready;
	struct rd_timer start; /* runs: no calls yet */
	int running;
	struct rd_cond ended; /* an attempt */
	int inotify;
	struct rd_watch *watch;
	bool ends;
} spool = { .inotify = -1 };

/* -- when a file's turn comes ----------------------------------------------------- */

static void start_ready(void);

static void entry_free(struct entry *entry)
{
	rd_timer_stop(&entry->due);
	rd_list_remove(&entry->link);
	rd_map_remove(spool.entries, entry->name);
	rd_free(entry);
}

static void make_ready(struct entry *entry)
{
	rd_timer_stop(&entry->due);
	if (!rd_list_linked(&entry->link))
		rd_list_push(&spool.ready, &entry->link);
	start_ready();
}

static void on_due(void *entry)
{
	make_ready(entry);
}

static void pause_for(struct entry *entry, int ms)
{
	entry->due_ms = rd_now_ms() + (uint64_t)ms;
	rd_timer_start(&entry->due, ms);
}

static void wait_until(struct entry *entry, time_t due)
{
	time_t now = rd_wall();

	pause_for(entry, due > now ? (int)RD_MIN(due - now, TIMER_MAX_S) * 1000 : STUCK_MS);
}

static int run_attempt(void *arg)
{
	struct entry *entry = arg;
	enum spool_outcome outcome;
	time_t due;

	outcome = spool_attempt(spool.outgoing, spool.done, entry->name, &due);
	if (entry->orphan) {
		rd_free(entry);
		return 0;
	}
	entry->fiber = NULL;
	spool.running--;
	rd_cond_broadcast(&spool.ended);
	if (spool.ends)
		return 0;
	entry->deaf = outcome == SPOOL_LATER || outcome == SPOOL_STUCK;
	if (outcome == SPOOL_LATER)
		pause_for(entry, LATER_MS);
	else if (outcome == SPOOL_STUCK)
		rd_error("%s/%s: it stays, and is called no more", spool.outgoing, entry->name);
	else if (entry->changed)
		make_ready(entry);
	else if (outcome == SPOOL_OVER)
		entry_free(entry);
	else
		wait_until(entry, due);
	start_ready();
	return 0;
}

static void start_ready(void)
{
	if (rd_timer_running(&spool.start))
		return;
	while (spool.running < CALLS_MAX && !rd_list_empty(&spool.ready)) {
		struct entry *entry = rd_list_entry(rd_list_pop(&spool.ready), struct entry, link);

		entry->changed = entry->deaf = false;
		if (rd_fiber_new(&entry->fiber, "spool", run_attempt, entry)) {
			pause_for(entry, LATER_MS);
			continue;
		}
		rd_fiber_detach(entry->fiber);
		spool.running++;
	}
}

/* -- what is in the folder -------------------------------------------------------- */

/* Editors and others who write beside a file begin its name with a dot. */
static bool is_call_file(const char *name)
{
	size_t n = strlen(name);

	return n && n <= NAME_MAX && name[0] != '.' && name[n - 1] != '~';
}

/* as_whole: another file was put in its place. */
static void came(const char *name, bool as_whole)
{
	struct entry *entry = rd_map_get(spool.entries, name);

	if (!is_call_file(name))
		return;
	if (entry && entry->fiber) {
		entry->changed = true;
		return;
	}
	if (entry && entry->deaf && !as_whole)
		return;
	if (!entry) {
		entry = rd_zalloc(sizeof(*entry) + strlen(name) + 1);
		if (entry && rd_map_set(spool.entries, name, entry, NULL)) {
			rd_free(entry);
			entry = NULL;
		}
		if (!entry) {
			rd_error("%s/%s: no memory for it: it is not seen before it is touched",
				 spool.outgoing, name);
			return;
		}
		strcpy(entry->name, name);
		rd_list_init(&entry->link);
		rd_timer_init(&entry->due, on_due, entry);
	}
	make_ready(entry);
}

static void went(const char *name)
{
	struct entry *entry = rd_map_get(spool.entries, name);

	if (entry && entry->fiber)
		entry->changed = true;
	else if (entry)
		entry_free(entry);
}

/* In the pool: the names, each with its zero. */
static int list_folder(void *arg)
{
	struct rd_buf *names = arg;
	struct dirent *it;
	DIR *dir = opendir(spool.outgoing);

	if (!dir)
		return -errno;
	while ((it = readdir(dir)))
		rd_buf_add(names, it->d_name, strlen(it->d_name) + 1);
	closedir(dir);
	return names->failed ? -ENOMEM : 0;
}

static void take_names(const struct rd_buf *names)
{
	for (size_t at = 0; at < names->n; at += strlen(names->p + at) + 1)
		came(names->p + at, false);
}

static int look_through(void *unused)
{
	struct rd_buf names;
	int rc;

	(void)unused;
	rd_buf_init(&names);
	rc = rd_offload(list_folder, &names);
	if (!rc && spool.entries)
		take_names(&names);
	else if (rc && rc != -ECANCELED)
		rd_error("%s: %s", spool.outgoing, rd_strerror(rc));
	rd_buf_fini(&names);
	return rc;
}

/* -- what the kernel tells -------------------------------------------------------- */

static const uint32_t comes = IN_CLOSE_WRITE | IN_MOVED_TO, goes = IN_DELETE | IN_MOVED_FROM,
		      ends = IN_DELETE_SELF | IN_MOVE_SELF;

/* What has another time or other rights may be one that is still being written: only of a
 * file that was seen before it is news. */
static bool is_news(const struct inotify_event *event)
{
	return event->mask & comes ||
	       (event->mask & IN_ATTRIB && rd_map_get(spool.entries, event->name));
}

static void hear(const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW) {
		if (rd_fiber_new_detached("spool", look_through, NULL))
			rd_error("%s: too many changes to see them all", spool.outgoing);
	} else if (event->mask & ends) {
		rd_error("%s: it is gone: call files are not seen before the module is loaded "
			 "again",
			 spool.outgoing);
	} else if (event->len && is_news(event)) {
		came(event->name, event->mask & IN_MOVED_TO);
	} else if (event->len && event->mask & goes) {
		went(event->name);
	}
}

static void on_readable(unsigned events, void *unused)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	(void)events;
	(void)unused;
	while ((n = read(spool.inotify, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const void *)(buf + at);

			hear(event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
}

/* -- beginning and end ------------------------------------------------------------ */

/* In the pool, for the kernel takes its time. Whoever may write there makes calls: as the folder's
 * owner sees fit, at first only he. */
static int open_folders(void *unused)
{
	(void)unused;
	if ((mkdir(spool.outgoing, 0750) && errno != EEXIST) ||
	    (mkdir(spool.done, 0750) && errno != EEXIST))
		return -errno;
	spool.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (spool.inotify < 0 ||
	    inotify_add_watch(spool.inotify, spool.outgoing,
			      comes | IN_ATTRIB | goes | ends | IN_ONLYDIR) < 0)
		return -errno;
	return 0;
}

static int close_inotify(void *unused)
{
	(void)unused;
	close(spool.inotify);
	spool.inotify = -1;
	return 0;
}

static void close_watch(void)
{
	rd_watch_free(spool.watch);
	spool.watch = NULL;
	rd_shield_begin(END_MS);
	if (spool.inotify >= 0 && rd_offload(close_inotify, NULL) < 0)
		close_inotify(NULL);
	rd_shield_end();
}

static void forget_entries(void)
{
	size_t pos = 0;
	void *value;

	if (!spool.entries)
		return;
	while (rd_map_next(spool.entries, &pos, NULL, &value)) {
		struct entry *entry = value;

		entry->orphan = entry->fiber;
		if (!entry->orphan)
			entry_free(entry);
	}
	rd_map_free(spool.entries);
	spool.entries = NULL;
}

static void on_start(void *unused)
{
	(void)unused;
	start_ready();
}

static int watch_folder(void)
{
	int rc = rd_offload(open_folders, NULL);

	if (!rc)
		rc = rd_watch_new(&spool.watch, spool.inotify, RD_IO_READ, on_readable, NULL);
	if (rc)
		rd_error("%s: %s", spool.outgoing, rd_strerror(rc));
	return rc;
}

static void close_spool(void)
{
	rd_timer_stop(&spool.start);
	close_watch();
	forget_entries();
	rd_cond_fini(&spool.ended);
}

static int load(void)
{
	const char *folder = rd_directory("spool");
	int rc;

	snprintf(spool.outgoing, sizeof(spool.outgoing), "%s/outgoing", folder);
	snprintf(spool.done, sizeof(spool.done), "%s/outgoing_done", folder);
	spool.ends = false;
	spool.running = 0;
	rd_list_init(&spool.ready);
	rd_cond_init(&spool.ended);
	rd_timer_init(&spool.start, on_start, NULL);
	rd_timer_start(&spool.start, START_MS);
	rc = rd_map_new(&spool.entries, 0);
	if (!rc)
		rc = watch_folder();
	if (!rc)
		rc = look_through(NULL);
	if (rc)
		close_spool();
	return rc;
}

/* Calls that ring are given up, and made again after the next start. */
static void unload(void)
{
	size_t pos = 0;
	void *value;

	spool.ends = true;
	rd_timer_stop(&spool.start);
	close_watch();
	while (rd_map_next(spool.entries, &pos, NULL, &value)) {
		struct entry *entry = value;

		if (entry->fiber)
			rd_fiber_cancel(entry->fiber);
	}
	rd_shield_begin(END_MS);
	while (spool.running && !rd_cond_wait(&spool.ended, END_MS))
		;
	rd_shield_end();
	if (spool.running) { /* its code has to stay, for whoever returns into it */
		rd_error("%s: the disk hangs: what became of %d calls is not written down",
			 spool.outgoing, spool.running);
		rd_module_use(RD_MODULE_NAME);
	}
	close_spool();
}

/* -- the console ------------------------------------------------------------------ */

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	size_t pos = 0, count = 0;
	const char *name;
	void *value;

	(void)argc;
	(void)argv;
	while (rd_map_next(spool.entries, &pos, &name, &value)) {
		const struct entry *entry = value;
		long long left_s = ((long long)entry->due_ms - (long long)rd_now_ms()) / 1000;

		if (entry->fiber)
			rd_cli_print(cli, "%-32s is being called\n", name);
		else if (rd_timer_running(&entry->due))
			rd_cli_print(cli, "%-32s due in %lld s\n", name, RD_MAX(left_s, 0));
		else if (entry->deaf)
			rd_cli_print(cli, "%-32s is over, and could not be taken away\n", name);
		else
			rd_cli_print(cli, "%-32s waits for its turn\n", name);
		count++;
		if (rd_cli_pause(cli))
			return -ECANCELED;
	}
	rd_cli_count(cli, count, "call file", "call files");
	return 0;
}

static const struct rd_cli_command commands[] = {
	{ .name = "spool show",
	  .usage = "",
	  .help = "The call files that wait, and when each is due.",
	  .run = show },
	{ 0 }
};

RD_MODULE(.name = "pbx_spool", .synopsis = "Calls from files", .commands = commands, .load = load,
	  .unload = unload);
