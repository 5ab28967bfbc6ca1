/* Two recordings as one. They are wav files of ours, of 16-bit samples. */
#include <stdio.h>
#include <string.h>

#include "apps/app_voicemail/session.h"

enum { FORMAT_SIZE = 16, HEADER = 44, BLOCK = 2048 };

struct wav {
	FILE *file; /* at its first sample */
	unsigned char format[FORMAT_SIZE];
	uint32_t bytes;
};

static uint32_t get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(unsigned char *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(n >> (8 * i));
}

/* Chunks until that of the samples. */
static int find_samples(struct wav *wav)
{
	unsigned char chunk[8];

	while (fread(chunk, sizeof(chunk), 1, wav->file) == 1) {
		uint32_t size = get32(chunk + 4), skip = size + (size & 1);

		wav->bytes = size;
		if (memcmp(chunk, "data", 4) == 0)
			return 0;
		if (memcmp(chunk, "fmt ", 4) == 0 && size >= FORMAT_SIZE) {
			if (fread(wav->format, FORMAT_SIZE, 1, wav->file) != 1)
				return -ENOTSUP;
			skip -= FORMAT_SIZE;
		}
		if (fseek(wav->file, skip, SEEK_CUR))
			return -ENOTSUP;
	}
	return -ENOTSUP;
}

static int wav_open(struct wav *wav, const char *path)
{
	unsigned char riff[12];
	char name[VM_PATH];
	int rc = vm_path(name, "%s.wav", path);

	memset(wav, 0, sizeof(*wav));
	wav->file = rc ? NULL : fopen(name, "rb");
	if (!wav->file)
		return rc ? rc : -errno;
	if (fread(riff, sizeof(riff), 1, wav->file) != 1 || memcmp(riff, "RIFF", 4) != 0 ||
	    memcmp(riff + 8, "WAVE", 4) != 0)
		return -ENOTSUP;
	return find_samples(wav);
}

static void wav_close(struct wav *wav)
{
	if (wav->file)
		fclose(wav->file);
}

static int copy_samples(const struct wav *from, FILE *out)
{
	unsigned char block[BLOCK];
	uint32_t left = from->bytes;
	size_t n;

	while (left && (n = fread(block, 1, RD_MIN(left, (uint32_t)BLOCK), from->file))) {
		if (fwrite(block, 1, n, out) != n)
			return -EIO;
		left -= (uint32_t)n;
	}
	return left ? -EIO : 0;
}

static int write_header(const struct wav *first, const struct wav *second, FILE *out)
{
	unsigned char header[HEADER] = "RIFF....WAVEfmt ....................data";
	uint32_t bytes = first->bytes + second->bytes;

	put32(header + 4, HEADER - 8 + bytes);
	put32(header + 16, FORMAT_SIZE);
	memcpy(header + 20, first->format, FORMAT_SIZE);
	put32(header + 40, bytes);
	return fwrite(header, sizeof(header), 1, out) == 1 ? 0 : -EIO;
}

static int write_both(const struct wav *first, const struct wav *second, const char *path)
{
	char name[VM_PATH];
	int rc = vm_path(name, "%s.wav", path);
	FILE *out = rc ? NULL : fopen(name, "wb");

	if (!out)
		return rc ? rc : -errno;
	rc = write_header(first, second, out);
	if (!rc)
		rc = copy_samples(first, out);
	if (!rc)
		rc = copy_samples(second, out);
	if (fclose(out) && !rc)
		rc = -errno;
	if (rc)
		remove(name);
	return rc;
}

int vm_join(const char *first, const char *second, const char *out)
{
	struct wav one, two = { .file = NULL };
	int rc = wav_open(&one, first);

	if (!rc)
		rc = wav_open(&two, second);
	if (!rc && memcmp(one.format, two.format, FORMAT_SIZE) != 0)
		rc = -ENOTSUP;
	if (!rc)
		rc = write_both(&one, &two, out);
	wav_close(&one);
	wav_close(&two);
	return rc;
}
