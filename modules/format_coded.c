/* Files of a codec's bytes: .g722, .gsm, .g726. */
#include <ringdown/module.h>

#include "modules/coded_file.h"

static struct coded_kind g722 = { NULL, 320, 160 };
static struct coded_kind gsm = { NULL, 160, 33 };
static struct coded_kind g726 = { NULL, 160, 80 };

CODED_OPEN(g722, &g722)
CODED_OPEN(gsm, &gsm)
CODED_OPEN(g726, &g726)

static const struct rd_format formats[] = {
	{ CODED_ROW(g722), .rate = 16000, .piece_samples = 2, .piece_bytes = 1 },
	{ CODED_ROW(gsm), .rate = 8000, .piece_samples = 160, .piece_bytes = 33 },
	{ CODED_ROW(g726), .rate = 8000, .piece_samples = 2, .piece_bytes = 1 },
	{ 0 },
};

static void find_codecs(void)
{
	g722.codec = rd_codec_find("g722");
	gsm.codec = rd_codec_find("gsm");
	g726.codec = rd_codec_find("g726");
}

static int load(void)
{
	find_codecs();
	return g722.codec && gsm.codec && g726.codec ? 0 : -ENOENT;
}

/* Nothing is kept: a new file finds them for itself. */
static const struct rd_module_state state = { .version = 1, .take_over = find_codecs };

static const char *const needs[] = { "codec_g722", "codec_gsm", "codec_g726", NULL };

RD_MODULE(.name = "format_coded", .synopsis = "Sound files: bytes of G.722, GSM and G.726",
	  .needs = needs, .formats = formats, .load = load, .state = &state);
