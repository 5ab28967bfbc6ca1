/* SoftHangup(): end a call, perhaps one's own, by its channel or its device. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/tech.h>

/* Is it "SIP/1001-0000002a" itself, or a channel of the device "SIP/1001"? That
 * of "SIP/1001-cell" is not. */
static bool named(const struct rd_channel *ch, const char *name)
{
	const char *own = rd_channel_name(ch);
	const char *number = strrchr(own, '-');
	size_t n = strlen(name);

	return strcmp(own, name) == 0 ||
	       (number && (size_t)(number - own) == n && strncmp(own, name, n) == 0);
}

static int softhangup_app(struct rd_channel *ch, const char *args)
{
	struct rd_channel *other = NULL, *next;
	char proper[160];
	const char *argv[2], *name;
	bool all;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	name = rd_tech_proper_name(argv[0], proper, sizeof(proper));
	all = strchr(argv[1], 'a') != NULL;
	for (other = rd_channel_next(NULL); other; other = next) {
		next = rd_channel_next(other);
		if (!named(other, name))
			continue;
		rd_hangup(other, RD_CAUSE_NORMAL);
		if (!all)
			break;
	}
	return rd_channel_gone(ch) ? -ECANCELED : 0;
}

static const struct rd_app apps[] = {
	{ .name = "SoftHangup",
	  .run = softhangup_app,
	  .check = rd_channel_prefix_fault,
	  .synopsis = "End a call",
	  .syntax = "SoftHangup(technology/resource[,a])",
	  .description = "a: all channels of that device, not the first only." },
	{ 0 }
};

RD_MODULE(.name = "app_softhangup", .synopsis = "End calls by name", .apps = apps);
