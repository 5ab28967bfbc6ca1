/* The torture messages of RFC 4475 and RFC 5118, as they are and damaged, thrown at
 * a whole exchange that believes their sender; and a call whose every message
 * is damaged on the way. It may refuse them as it likes, it must live on. */
#include "tests/unit/test.h"

#include <glob.h>
#include <stdlib.h>

#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

#define DAMAGED 40 /* copies of each message */

static unsigned seed = 1;

static unsigned pick(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static size_t read_file(const char *path, char *to, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(to, 1, max, f);
	fclose(f);
	return n;
}

/* Change, repeat, drop or exchange a few bytes. */
static size_t damage(char *text, size_t size, size_t max)
{
	static const char bytes[] = "\r\n\t :;,<>\"@[]%=0\xff\x01" "A";

	for (unsigned i = pick(6) + 1; i && size > 4; i--) {
		size_t at = pick((unsigned)size - 2), n = pick(40) + 1;

		switch (pick(4)) {
		case 0:
			text[at] = bytes[pick(sizeof(bytes) - 1)];
			break;
		case 1: /* drop */
			n = RD_MIN(n, size - at - 1);
			memmove(text + at, text + at + n, size - at - n);
			size -= n;
			break;
		case 2: /* repeat */
			n = RD_MIN(n, RD_MIN(size - at, max - size));
			memmove(text + at + n, text + at, size - at);
			size += n;
			break;
		default:
			text[at] ^= (char)(1u << pick(8));
			break;
		}
	}
	return size;
}

static void let_go_of_all(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	rd__sched_run_for(50);
	line_clear();
}

static void torture(const char *path)
{
	static char text[65536], copy[65536];
	size_t size = read_file(path, text, sizeof(text) - 4096), n;

	line_feed_raw(text, size);
	let_go_of_all();
	for (int i = 0; i < DAMAGED; i++) {
		memcpy(copy, text, size);
		n = damage(copy, size, sizeof(copy));
		line_feed_raw(copy, n);
		if (i % 8 == 7)
			let_go_of_all();
	}
	let_go_of_all();
}

static void messages_of_the_rfcs(void **state)
{
	const char *source = getenv("RD_SOURCE");
	char pattern[512];
	glob_t files;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/tests/torture/*/*.dat", source ? source : ".");
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	assert_true(files.gl_pathc > 40);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		torture(files.gl_pathv[i]);
		rd__sched_run_for(40000);
		line_clear();
	}
	globfree(&files);
}

/* What the exchange itself says comes back damaged, as requests and answers. */
static void its_own_words_in_its_mouth(void **state)
{
	static char wire[16384];
	struct sip_phone far;

	(void)state;
	for (int round = 0; round < 300; round++) {
		phone_invite(&far, "alice", round % 3 ? "700" : "600", "", SDP(""));
		for (int step = 0; step < 12; step++) {
			const char *text;
			size_t n = 0;

			rd__sched_run_for(10);
			text = line_take();
			for (const char *p = text ? text : ""; *p && n < 8000; p++) {
				if (*p == '\n')
					wire[n++] = '\r';
				wire[n++] = *p;
			}
			if (n && strncmp(wire, "INVITE ", 7) == 0 && pick(2)) {
				line_feed("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s;tag=x\n"
					  "Call-ID: %s\nCSeq: %s\nContact: <sip:c@127.0.0.2>\n"
					  "Content-Type: application/sdp\n\n%s",
					  line_header(text, "Via"), line_header(text, "From"),
					  line_header(text, "To"), line_header(text, "Call-ID"),
					  line_header(text, "CSeq"), SDP(""));
			} else if (n) {
				n = damage(wire, n, sizeof(wire));
				line_feed_raw(wire, n);
			}
		}
		let_go_of_all();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_of_the_rfcs),
		TEST(its_own_words_in_its_mouth),
	};

	return RUN_GROUP(tests);
}
