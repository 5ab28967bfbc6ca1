/* `ringdown -r`: the line editor in front of the control socket, with
 * history, and completion by the daemon. */
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cli/cli.h"
#include "core/cli/client.h"

enum { HISTORY_LINES = 500, CTRL_D = 4 };

/* What the editor's callbacks need; there is one console in this process. */
static struct {
	int fd;
	EditLine *editor;
	History *history;
	char history_path[4096];
	int failure; /* the last status that was none of success */
} console;

static char *prompt(EditLine *editor)
{
	static char text[] = "ringdown> ";

	(void)editor;
	return text;
}

/* ---- completion ---- */

/* How much of the first choice all the others share. */
static size_t common_length(struct rd_str choices, struct rd_str *first)
{
	struct rd_str choice;
	size_t n;

	rd_str_cut(&choices, '\n', first);
	n = first->n;
	while (rd_str_cut(&choices, '\n', &choice)) {
		size_t same = 0;

		while (same < n && same < choice.n && choice.p[same] == first->p[same])
			same++;
		n = same;
	}
	return n;
}

static void list_choices(struct rd_str choices)
{
	struct rd_str choice;

	putchar('\n');
	while (rd_str_cut(&choices, '\n', &choice))
		printf("%.*s  ", RD_STR_ARG(choice));
	putchar('\n');
}

/* The daemon completes words; the editor needs what is missing of the last. */
static unsigned char insert_common(EditLine *editor, struct rd_str choices,
				   size_t typed)
{
	struct rd_str first;
	size_t common = common_length(choices, &first);
	bool single = choices.n == first.n + 1;
	char missing[512];

	if (common < typed || (common == typed && !single)) {
		list_choices(choices);
		return CC_REDISPLAY;
	}
	snprintf(missing, sizeof(missing), "%.*s%s", (int)(common - typed), first.p + typed,
		 single ? " " : "");
	return el_insertstr(editor, missing) < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char complete(EditLine *editor, int key)
{
	const LineInfo *line = el_line(editor);
	size_t n = (size_t)(line->cursor - line->buffer), typed = 0;
	unsigned char result = CC_ERROR;
	struct rd_buf choices;

	(void)key;
	while (typed < n && line->cursor[-1 - (ssize_t)typed] != ' ')
		typed++;
	rd_buf_init(&choices);
	if (rd__client_send(console.fd, RD__FRAME_COMPLETE, line->buffer, n) == 0 &&
	    rd__client_receive(console.fd, &choices) == RD__FRAME_CHOICES && choices.n)
		result = insert_common(editor, (struct rd_str){ choices.p, choices.n }, typed);
	rd_buf_fini(&choices);
	return result;
}

/* ---- history ---- */

static void open_history(void)
{
	const char *home = getenv("HOME");
	HistEvent event;

	console.history = history_init();
	if (!console.history)
		return;
	history(console.history, &event, H_SETSIZE, HISTORY_LINES);
	history(console.history, &event, H_SETUNIQUE, 1);
	if (!home)
		return;
	snprintf(console.history_path, sizeof(console.history_path), "%s/.ringdown_history",
		 home);
	history(console.history, &event, H_LOAD, console.history_path);
}

static void close_history(void)
{
	HistEvent event;

	if (!console.history)
		return;
	if (*console.history_path) {
		mode_t former = umask(0077); /* commands may hold passwords */

		history(console.history, &event, H_SAVE, console.history_path);
		umask(former);
	}
	history_end(console.history);
}

/* ---- the loop ---- */

static void on_interrupt(int signal)
{
	(void)signal;
	rd__client_interrupted = 1;
}

/* The editor drops letters that the locale does not know. Who has chosen none is
 * taken to have a terminal of today. */
static void use_letters(void)
{
	const char *locale = setlocale(LC_CTYPE, "");

	if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static int open_editor(void)
{
	struct sigaction action = { .sa_handler = on_interrupt }; /* no SA_RESTART */

	use_letters();
	sigaction(SIGINT, &action, NULL);
	console.editor = el_init("ringdown", stdin, stdout, stderr);
	if (!console.editor)
		return -ENOMEM;
	open_history();
	el_set(console.editor, EL_PROMPT, prompt);
	el_set(console.editor, EL_EDITOR, "emacs");
	el_set(console.editor, EL_SIGNAL, 0);
	el_set(console.editor, EL_ADDFN, "rd-complete", "complete the word", complete);
	el_set(console.editor, EL_BIND, "^I", "rd-complete", NULL);
	el_set(console.editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
	if (console.history)
		el_set(console.editor, EL_HIST, history, console.history);
	return 0;
}

/* Without its newline. */
static bool is_word(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0 && line[strlen(word)] == '\0';
}

/* Run one line. 0 to go on, 1 to leave, negative when the daemon has gone. */
static int obey(char *line)
{
	struct rd_str trimmed = rd_str_trim(rd_str_of(line));
	char *start = line + (trimmed.p - line);
	HistEvent event;
	int status = 0, rc;

	if (trimmed.n == 0)
		return 0;
	if (console.history)
		history(console.history, &event, H_ENTER, line);
	start[trimmed.n] = '\0';
	if (is_word(start, "quit") || is_word(start, "exit"))
		return 1;
	rd__client_interrupted = 0;
	rc = rd__client_run(console.fd, start, &status);
	if (status)
		console.failure = status;
	return rc;
}

/* Is a line there already, or the end of input? */
static bool is_typed_ahead(void)
{
	struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&ready, 1, 0) == 1;
}

/*
 * Before the editor takes over, the terminal gathers lines by itself, and a Ctrl-D
 * among them would reach the editor as a byte that means nothing. So they are read as
 * the terminal means them, and then typed to the editor.
 */
static void retype_ahead(void)
{
	char text[1024];
	size_t n = 0;

	while (n < sizeof(text) - 2 && (n == 0 || text[n - 1] != '\n') && is_typed_ahead()) {
		ssize_t got = read(STDIN_FILENO, text + n, sizeof(text) - 2 - n);

		if (got < 0)
			break;
		n += (size_t)got;
		if (got == 0) {
			text[n++] = CTRL_D;
			break;
		}
	}
	text[n] = '\0';
	if (n)
		el_push(console.editor, text);
}

/* A line from the editor; NULL at the end of input. Ctrl-C clears the line. */
static const char *edit_line(int *count)
{
	const char *line;

	do {
		rd__client_interrupted = 0;
		retype_ahead();
		line = el_gets(console.editor, count);
		if (!line && rd__client_interrupted)
			putchar('\n');
	} while (!line && rd__client_interrupted);
	return line;
}

static int converse(void)
{
	const char *line;
	char *copy;
	int count, rc = 0;

	while (rc == 0 && (line = edit_line(&count)) && count > 0) {
		copy = rd_strdup(line);
		rc = copy ? obey(copy) : -ENOMEM;
		rd_free(copy);
	}
	if (rc == 0)
		putchar('\n');
	return rc;
}

/* Commands from a pipe: no prompt, and the last failure is the status. */
static int read_script(void)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &size, stdin) > 0)
		rc = obey(line);
	free(line);
	return rc;
}

int rd__cli_remote_console(void)
{
	struct rd_buf version;
	int rc, status = 0;

	rd_buf_init(&version);
	console.fd = rd__client_connect(&version);
	if (console.fd < 0) {
		rd_buf_fini(&version);
		return 1;
	}
	if (!isatty(STDIN_FILENO)) {
		rc = read_script();
		status = rd__client_exit_status(console.failure);
	} else if ((rc = open_editor()) == 0) {
		printf("Ringdown %s. Tab completes, \"help\" lists, \"quit\" leaves.\n",
		       rd_buf_text(&version));
		rc = converse();
		close_history();
		el_end(console.editor);
	}
	if (rc < 0)
		fprintf(stderr, "ringdown: the daemon hung up\n");
	rd_buf_fini(&version);
	close(console.fd);
	return rc < 0 ? 1 : status;
}
