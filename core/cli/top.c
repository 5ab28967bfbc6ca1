/* `ringdown top`: calls, load and trouble, again and again, as wide and high as the
 * terminal is. All that it shows is what commands of the console print. */
#include "core/cli/top.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/cli/client.h"

enum { EVERY_MS = 1000, WIDTH = 80, HEIGHT = 24, LINES_MAX = 10000 };

static const char *const commands[] = { "core show health", "core show channels" };

/* ---- the terminal ---- */

static struct termios before;
static bool is_raw;

/* Keys come at once and are not shown. */
static void take_terminal(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	fputs("\033[?1049h\033[?25l", stdout); /* another screen, no cursor */
}

static void give_terminal_back(void)
{
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static struct winsize size_of_terminal(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_row = HEIGHT, .ws_col = WIDTH };
	return size;
}

/* ---- a screen ---- */

/* As many bytes of UTF-8 as fit into so many columns. */
static size_t fit(struct rd_str text, size_t columns)
{
	size_t n = 0, length;

	while (n < text.n && columns--) {
		length = rd_utf8_length((struct rd_str){ text.p + n, text.n - n });
		n += length ? length : 1;
	}
	return RD_MIN(n, text.n);
}

/* Of as many bytes as fit, those before the last blank, if there is one. */
static size_t whole_words(struct rd_str text, size_t fitting)
{
	size_t n = fitting;

	while (n && n < text.n && text.p[n] != ' ')
		n--;
	return n ? n : fitting;
}

/* What is wrong is told to its end, with what helps. */
static void print_line(struct rd_str line, unsigned columns, unsigned *rows)
{
	bool whole = line.n && line.p[0] == '!';
	unsigned indent = 0;

	do {
		size_t n = fit(line, columns - indent);

		if (whole)
			n = whole_words(line, n);
		printf("%*s%.*s\033[K\n", (int)indent, "", (int)n, line.p);
		(*rows)--;
		line = (struct rd_str){ line.p + n, line.n - n };
		indent = RD_MIN(1u, columns - 1); /* and the blank */
	} while (whole && line.n && *rows >= 2);
}

/* One line less than there are is for what was left out: how many it leaves out. */
static unsigned print_fitting(struct rd_str text, unsigned columns, unsigned *rows)
{
	struct rd_str one;
	unsigned left_out = 0;

	while (rd_str_cut(&text, '\n', &one) || one.n) {
		if (*rows < 2) {
			left_out++;
			continue;
		}
		print_line(one, columns, rows);
	}
	return left_out;
}

static void print_plain(struct rd_str text)
{
	fwrite(text.p ? text.p : "", 1, text.n, stdout);
}

/* What each command prints; negative when the daemon has gone. */
static int gather(int fd, struct rd_buf *texts)
{
	int rc = 0, status;

	for (size_t i = 0; i < RD_ARRAY_SIZE(commands) && rc == 0; i++) {
		rd_buf_reset(&texts[i]);
		rc = rd__client_run_into(fd, commands[i], &texts[i], &status);
	}
	return rc;
}

static void print_head(const char *version, int columns)
{
	static const char keys[] = "  q leaves";
	time_t now = time(NULL);
	char clock[16] = "", head[64];
	struct tm tm;
	int n;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(head, sizeof(head), "Ringdown %s  %s", version, clock);
	n = RD_MIN(columns, (int)strlen(head));
	printf("\033[H\033[1m%.*s\033[0m%.*s\033[K\n", n, head, columns - n, keys);
}

static void print_left_out(unsigned left_out, int columns)
{
	char text[64];

	snprintf(text, sizeof(text), "... and %u lines more", left_out);
	printf("%.*s\033[K", columns, text);
}

static void draw(const struct rd_buf *texts, const char *version)
{
	struct winsize size = size_of_terminal();
	unsigned rows = RD_MIN(size.ws_row, LINES_MAX), left_out = 0;

	print_head(version, size.ws_col);
	rows--;
	for (size_t i = 0; i < RD_ARRAY_SIZE(commands); i++)
		left_out += print_fitting((struct rd_str){ texts[i].p, texts[i].n }, size.ws_col,
					  &rows);
	if (left_out && rows)
		print_left_out(left_out, size.ws_col);
	fputs("\033[J", stdout);
	fflush(stdout);
}

/* ---- the loop ---- */

static void on_interrupt(int signal)
{
	(void)signal;
	rd__client_interrupted = 1;
}

/* Until the next time; true: somebody wants to leave. */
static bool is_left(void)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	char key = 0;

	if (poll(&keys, 1, EVERY_MS) > 0 && read(STDIN_FILENO, &key, 1) <= 0)
		return true;
	return rd__client_interrupted || key == 'q' || key == 'Q';
}

static int watch(int fd, struct rd_buf *texts, const char *version)
{
	struct sigaction action = { .sa_handler = on_interrupt };
	int rc;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	take_terminal();
	do {
		rc = gather(fd, texts);
		if (rc == 0)
			draw(texts, version);
	} while (rc == 0 && !is_left());
	give_terminal_back();
	return rc;
}

/* One that knows nothing of how to draw gets the text. */
static bool can_draw(void)
{
	const char *kind = getenv("TERM");

	if (kind && strcmp(kind, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
}

static int show_once(int fd, struct rd_buf *texts)
{
	int rc = gather(fd, texts);

	for (size_t i = 0; i < RD_ARRAY_SIZE(commands) && rc == 0; i++)
		print_plain((struct rd_str){ texts[i].p, texts[i].n });
	return rc;
}

int rd__cli_top(void)
{
	struct rd_buf texts[RD_ARRAY_SIZE(commands)], version;
	int fd, rc;

	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		rd_buf_init(&texts[i]);
	rd_buf_init(&version);
	fd = rd__client_connect(&version);
	rc = fd;
	if (fd >= 0) {
		rc = can_draw() ? watch(fd, texts, rd_buf_text(&version)) : show_once(fd, texts);
		if (rc < 0 && !rd__client_interrupted)
			fprintf(stderr, "ringdown: the daemon hung up\n");
		close(fd);
	}
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		rd_buf_fini(&texts[i]);
	rd_buf_fini(&version);
	return rc < 0;
}
