/* Files of G.729's bytes. Where nothing transcodes G.729 they are for those who speak
 * it, and nobody can record one. */
#include <ringdown/module.h>

#include "modules/coded_file.h"

static struct coded_kind g729 = { NULL, 80, 10 };

CODED_OPEN(g729, &g729)

static const struct rd_format formats[] = {
	{ CODED_ROW(g729), .rate = 8000, .piece_samples = 80, .piece_bytes = 10 },
	{ 0 },
};

static void find_codec(void)
{
	g729.codec = rd_codec_find("g729");
}

static int load(void)
{
	find_codec();
	return g729.codec ? 0 : -ENOENT;
}

/* Nothing is kept: a new file finds it for itself. */
static const struct rd_module_state state = { .version = 1, .take_over = find_codec };

static const char *const needs[] = { G729_MODULE, NULL };

RD_MODULE(.name = "format_g729", .synopsis = "Sound files: bytes of G.729", .needs = needs,
	  .formats = formats, .load = load, .state = &state);
