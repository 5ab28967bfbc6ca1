/* Files of a codec's bytes: beside the samples the sound keeps the bytes, so that who
 * speaks the codec gets what the file holds, and nothing is lost by coding twice. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/format.h>
#include <ringdown/str.h>

#include "core/media/sound.h"

size_t rd__sound_coded_size(const struct rd__sound *sound)
{
	const struct rd__coded *coded = sound->coded;

	return coded ? sizeof(*coded) + coded->count * coded->piece_bytes : 0;
}

bool rd__sound_suits(const struct rd__sound *sound, const struct rd_codec *codec)
{
	return !sound->undecoded || (codec && strcmp(codec->name, sound->coded->codec) == 0);
}

static int read_pieces(struct rd__coded **cp, const struct rd_format *format, FILE *in)
{
	size_t piece = (size_t)format->piece_bytes, count;
	struct rd__coded *coded;
	struct stat st;

	if (fstat(fileno(in), &st) < 0)
		return -errno;
	count = (size_t)st.st_size / piece;
	coded = rd_malloc(sizeof(*coded) + count * piece);
	if (!coded)
		return -ENOMEM;
	rd_strcpy(coded->codec, sizeof(coded->codec), format->codec);
	coded->piece_samples = (size_t)format->piece_samples;
	coded->piece_bytes = piece;
	coded->count = fread(coded->bytes, piece, count, in);
	*cp = coded;
	return 0;
}

static int make_silence(struct rd__sound **sp, const struct rd_format *format,
			const struct rd__coded *coded)
{
	int rc = rd__sound_alloc(sp, coded->count * coded->piece_samples, format->rate);

	if (rc)
		return rc;
	memset((*sp)->samples, 0, (*sp)->count * sizeof(*(*sp)->samples));
	(*sp)->undecoded = true;
	return 0;
}

int rd__sound_read_coded(struct rd__sound **sp, const struct rd_format *format,
			 const char *file)
{
	struct rd__coded *coded = NULL;
	FILE *in = fopen(file, "re");
	int rc;

	if (!in)
		return -errno;
	rc = read_pieces(&coded, format, in);
	fclose(in);
	if (rc)
		return rc;
	if (!*sp)
		rc = make_silence(sp, format, coded);
	else if (coded->count * coded->piece_samples < (*sp)->count)
		rc = -EIO; /* it has become shorter meanwhile */
	if (rc)
		rd_free(coded);
	else
		(*sp)->coded = coded;
	return rc;
}
