/* A back end of call records: a line for each in brief.txt, in the directory of the logs:
 * "1001 -> 1002, 12 s, ANSWERED". The disk may be slow, so a pool thread writes. */
#define RD_MODULE_NAME "cdr_brief"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

/* A line on its way to the disk, and where. */
struct brief {
	struct rd_buf line;
	char path[1024];
};

/* ---- on a pool thread: it touches nothing but what it was given ---- */

static int append(void *arg)
{
	const struct brief *brief = arg;
	int fd = open(brief->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	int rc;

	if (fd < 0)
		return -errno;
	rc = rd_file_append(fd, brief->line.p, brief->line.n);
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

/* ---- on the switch thread ---- */

static void brief_free(struct brief *brief)
{
	rd_buf_fini(&brief->line);
	rd_free(brief);
}

/* The module stays until this was called. */
static void appended(int rc, void *arg)
{
	struct brief *brief = arg;

	if (rc)
		rd_error("%s: %s: lost: %s", brief->path, rd_strerror(rc),
			 rd_buf_text(&brief->line));
	brief_free(brief);
}

static void notify(const struct rd_event *event, void *arg)
{
	struct brief *brief = rd_zalloc(sizeof(*brief));
	int rc = -ENOMEM;

	(void)arg;
	if (!brief) {
		rd_error("no memory for a call record");
		return;
	}
	snprintf(brief->path, sizeof(brief->path), "%s/brief.txt", rd_directory("log"));
	rd_buf_init(&brief->line);
	rd_buf_printf(&brief->line, "%s -> %s, %s s, %s\n", rd_event_value(event, "src"),
		      rd_event_value(event, "dst"), rd_event_value(event, "billsec"),
		      rd_event_value(event, "disposition"));
	if (!brief->line.failed)
		rc = rd_offload_then(append, appended, brief);
	if (rc)
		appended(rc, brief);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = RD_MODULE_NAME, .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD), .notify = notify },
	{ 0 },
};

static const char *const needs[] = { "cdr", NULL }; /* who makes the records */

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Brief call records", .needs = needs,
	  .subscribers = subscribers);
