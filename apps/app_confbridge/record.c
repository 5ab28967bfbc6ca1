/* Recording a conference, as all in it hear it, into a file. */
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "apps/app_confbridge/confbridge.h"
#include "apps/folders.h"
#include "apps/shell.h"

struct conf_recording {
	struct conf_room *room; /* NULL: it has ended */
	struct rd_bridge_recording *recording; /* NULL: not yet */
	char path[CONF_PATH_MAX]; /* without extension */
	char format[16];
	char *command; /* NULL: none */
};

const size_t conf_sizes_recorded[] = { sizeof(struct conf_recording), 0 };

static void recording_free(struct conf_recording *it)
{
	rd_free(it->command);
	rd_free(it);
}

/* ---- what it is called ---- */

/* "talk.wav" is a path and a format; without one it is wav. */
static void cut_format(struct conf_recording *it)
{
	char *slash = strrchr(it->path, '/'), *dot = strrchr(slash ? slash : it->path, '.');

	if (!dot || !dot[1] || !rd_strcpy(it->format, sizeof(it->format), dot + 1))
		rd_strcpy(it->format, sizeof(it->format), "wav");
	else
		*dot = '\0';
}

static bool stamp(struct conf_recording *it)
{
	size_t n = strlen(it->path), room = sizeof(it->path) - n;
	int more =
		snprintf(it->path + n, room, "-%llu", (unsigned long long)(rd_wall_us() / 1000000));

	return more > 0 && (size_t)more < room;
}

static int name_it(struct conf_recording *it, const struct conf_room *room, const char *path)
{
	const char *wanted = path ? path : room->options->record_file;
	char own[CONF_NAME_MAX + 16];
	int n;

	snprintf(own, sizeof(own), "confbridge-%s", room->name);
	folders_safe_name(own);
	if (wanted && *wanted == '/')
		n = snprintf(it->path, sizeof(it->path), "%s", wanted);
	else
		n = snprintf(it->path, sizeof(it->path), "%s/monitor/%s", rd_directory("spool"),
			     wanted ? wanted : own);
	if (n < 0 || (size_t)n >= sizeof(it->path))
		return -ENAMETOOLONG;
	if (wanted)
		cut_format(it);
	else
		rd_strcpy(it->format, sizeof(it->format), "wav");
	if ((!wanted || (!path && room->options->record_timestamp)) && !stamp(it))
		return -ENAMETOOLONG;
	return 0;
}

/* ^{MIXMONITOR_FILENAME} is the file, as MixMonitor() has it. */
static int write_command(struct conf_recording *it, const char *command)
{
	static const char mark[] = "^{MIXMONITOR_FILENAME}";
	struct rd_buf out;
	const char *at;

	if (!command)
		return 0;
	rd_buf_init(&out);
	for (; (at = strstr(command, mark)); command = at + sizeof(mark) - 1)
		rd_buf_printf(&out, "%.*s%s.%s", (int)(at - command), command, it->path,
			      it->format);
	rd_buf_adds(&out, command);
	if (!out.failed)
		it->command = rd_strdup(rd_buf_text(&out));
	rd_buf_fini(&out);
	return it->command ? 0 : -ENOMEM;
}

/* ---- its end ---- */

static int finish(void *arg)
{
	struct conf_recording *it = arg;

	rd_bridge_record_stop(it->recording);
	if (it->command) {
		int rc = shell_run(RD_MODULE_NAME, it->command);

		if (rc)
			rd_warning("%s.%s: \"%s\" ended with %d", it->path, it->format,
				   it->command, rc);
	}
	recording_free(it);
	rd_module_release(RD_MODULE_NAME);
	return 0;
}

static void finish_taken(struct conf_recording *it)
{
	int rc = rd_fiber_new_detached("recording", finish, it);

	if (!rc) {
		rd_module_use(RD_MODULE_NAME); /* finish() lies in it */
		return;
	}
	/* It goes on to the end of the bridge, and the file is as it was written. */
	rd_error("%s.%s: its end is lost: %s", it->path, it->format, rd_strerror(rc));
	recording_free(it);
}

bool conf_record_stop(struct conf_room *room)
{
	struct conf_recording *it = room->recording;

	if (!it || !it->recording)
		return false;
	room->recording = NULL;
	conf_tell(room, "STOP_RECORD", NULL);
	finish_taken(it);
	return true;
}

void conf_record_end(struct conf_room *room)
{
	if (!conf_record_stop(room) && room->recording)
		room->recording->room = NULL;
}

/* ---- its beginning ---- */

/* The room may end meanwhile: then it is nobody's, and ends, too. */
static int begin(struct conf_room *room, struct conf_recording *it)
{
	int rc;

	it->room = room;
	room->recording = it;
	rc = folders_make(it->path);
	if (!rc && it->room)
		rc = rd_bridge_record(room->bridge, it->path, it->format,
				      room->options->record_append, &it->recording);
	if (it->room) {
		room->recording = rc ? NULL : it;
		return rc;
	}
	if (it->recording)
		rd_bridge_record_stop(it->recording);
	return -ECANCELED;
}

int conf_record_start(struct conf_room *room, const char *path)
{
	struct conf_recording *it;
	int rc;

	if (room->recording)
		return -EALREADY;
	it = rd_zalloc(sizeof(*it));
	if (!it)
		return -ENOMEM;
	rc = name_it(it, room, path);
	if (!rc)
		rc = write_command(it, room->options->record_command);
	if (!rc)
		rc = begin(room, it);
	if (rc)
		recording_free(it);
	else
		conf_tell(room, "RECORD", NULL);
	return rc;
}
