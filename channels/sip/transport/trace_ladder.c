/* Messages as the figures of the RFCs have them: a bar for the exchange, one for each
 * far end in the order in which they turn up, and an arrow for each message. What its
 * name is too long for stands above it. */
#include <stdio.h>

#include "channels/sip/transport/trace_ladder.h"

#define FIRST 10 /* where the exchange's bar stands */
#define WIDTH 34 /* from one bar to the next */
#define NAME  23 /* letters of "180 Ringing" that an arrow has room for */
#define ABOVE 31 /* and a line above it */
#define LINE  (FIRST + WIDTH * SIP_LADDER_ENDS + WIDTH)

static int bar(int column)
{
	return FIRST + WIDTH * column;
}

static void put(char line[LINE], int at, const char *text)
{
	memcpy(line + at, text, strlen(text));
}

static void put_centred(char line[LINE], int middle, const char *text)
{
	int at = middle - (int)strlen(text) / 2;

	put(line, at > 0 ? at : 0, text);
}

/* Bars for all, and nothing between them. */
static int begin(char line[LINE], const struct sip_ladder *ladder, char bars)
{
	memset(line, ' ', LINE);
	for (int i = 0; i <= ladder->count; i++)
		line[bar(i)] = bars;
	return bar(ladder->count) + 1;
}

static void print_row(const struct sip_ladder *ladder, char line[LINE])
{
	int end = bar(ladder->count) + WIDTH / 2;

	while (end > 0 && line[end - 1] == ' ')
		end--;
	line[end] = '\0';
	if (end)
		ladder->print(ladder->arg, line);
}

/* What is wider than its column begins in a line above it. */
static void print_names(const struct sip_ladder *ladder)
{
	char above[LINE], line[LINE], name[SIP_SOCKADDR_TEXT], half[WIDTH];

	begin(above, ladder, ' ');
	begin(line, ladder, ' ');
	put_centred(line, bar(0), "exchange");
	for (int i = 0; i < ladder->count; i++) {
		size_t n = strlen(sip_sockaddr_text(&ladder->ends[i], name));
		size_t first = n < WIDTH ? 0 : n / 2;

		snprintf(half, sizeof(half), "%.*s", (int)first, name);
		put_centred(above, bar(i + 1), half);
		put_centred(line, bar(i + 1), name + first);
	}
	print_row(ladder, above);
	print_row(ladder, line);
}

static bool was(const struct sip_ladder *ladder, int column, uint64_t party)
{
	for (int i = 0; party && i < SIP_LADDER_PARTIES; i++)
		if (ladder->parties[column][i] == party)
			return true;
	return false;
}

static void note_party(struct sip_ladder *ladder, int column, uint64_t party)
{
	if (party && !was(ladder, column, party))
		ladder->parties[column][ladder->next_party[column]++ % SIP_LADDER_PARTIES] = party;
}

/* By another connection it has another port. -1: it is new. */
static int find_column(const struct sip_ladder *ladder, const union sip_sockaddr *peer,
		       uint64_t party)
{
	for (int i = 0; i < ladder->count; i++)
		if (sip_sockaddr_equal(&ladder->ends[i], peer))
			return i;
	for (int i = 0; i < ladder->count; i++)
		if (sip_sockaddr_same_host(&ladder->ends[i], peer) && was(ladder, i, party))
			return i;
	return -1;
}

/* A new one beyond the last column takes that of whoever was silent the longest. */
static int new_column(struct sip_ladder *ladder, const union sip_sockaddr *peer)
{
	int oldest = 0;

	for (int i = 0; i < ladder->count; i++)
		if (ladder->used[i] < ladder->used[oldest])
			oldest = i;
	if (ladder->count < SIP_LADDER_ENDS)
		oldest = ladder->count++;
	ladder->ends[oldest] = *peer;
	memset(ladder->parties[oldest], 0, sizeof(ladder->parties[oldest]));
	return oldest;
}

/* So many letters of a name that the arrow has no room for stand above: whole words if it
 * has any. */
static size_t part_above(const char *name)
{
	size_t length = strlen(name), n = RD_MIN(length - 1, (size_t)ABOVE);

	while (n > 0 && name[n] != ' ')
		n--;
	if (n)
		return n;
	return length > ABOVE ? ABOVE : length - NAME;
}

/* Returns what is left for the arrow. */
static const char *print_above(const struct sip_ladder *ladder, int column, const char *name)
{
	char line[LINE], label[ABOVE + 1];
	size_t n;
	int end;

	while (strlen(name) > NAME) {
		n = part_above(name);
		snprintf(label, sizeof(label), "%.*s", (int)n, name);
		end = begin(line, ladder, '|');
		put_centred(line, bar(column + 1) - WIDTH / 2, label);
		line[end] = '\0';
		ladder->print(ladder->arg, line);
		name += n + (name[n] == ' ');
	}
	return name;
}

static void draw(char line[LINE], int column, bool in, const char *label)
{
	int from = bar(0), to = bar(column + 1);

	memset(line + from + 1, '-', (size_t)(to - from - 1));
	if (in)
		line[from + 1] = '<';
	else
		line[to - 1] = '>';
	put_centred(line, to - WIDTH / 2, label);
}

void sip_ladder_message(struct sip_ladder *ladder, const union sip_sockaddr *peer, uint64_t party,
			bool in, const char *name, unsigned number)
{
	char line[LINE], label[WIDTH];
	int column = find_column(ladder, peer, party), end;
	bool is_new = column < 0;

	if (is_new)
		column = new_column(ladder, peer);
	note_party(ladder, column, party);
	ladder->used[column] = number;
	if (is_new)
		print_names(ladder);
	name = print_above(ladder, column, name);
	snprintf(label, sizeof(label), " %s F%u ", name, number);
	end = begin(line, ladder, '|');
	draw(line, column, in, label);
	line[end] = '\0';
	ladder->print(ladder->arg, line);
}
