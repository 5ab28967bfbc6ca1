/* The player of figures: reads a word, says it or waits for it, and loses one. */
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>

#include <ringdown/channel.h>

#include "tests/sim/sip_figure.h"

enum { MESSAGES = 64, SIZE = 4096, T1_MS = 500, AGAIN_MS = 4100, PATIENCE_MS = 5000 };

#define NEAR   "127.0.0.9"  /* who dials what the exchange calls */
#define CALLER "127.0.0.13" /* of [shown] */
#define CALLED "127.0.0.2"

#define CHALLENGE "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\n"

struct word {
	char text[32]; /* as it is drawn */
	bool ours, again, held, described, reliable;
	unsigned status; /* of an answer */
	char name[12], of[12], tag[12];
};

/* The last request of that name, and what was answered, or to one of the exchange the ACK. */
struct request {
	char name[12], text[SIZE], answer[SIZE], branch[64];
	unsigned cseq;
	struct word answered;
};

static const struct sip_figure *figure;
static struct sip_phone far, near;
static bool near_talks;
static struct request theirs[8], ours[8];
static char *inbox[MESSAGES], *seen_before[MESSAGES];
static size_t inbox_count, seen_count;
static char lost[48]; /* for who reads why a test has failed */

static const char *far_host(void)
{
	return figure->calls ? CALLER : CALLED;
}

static struct request *request(struct request *of_side, const char *name)
{
	for (size_t i = 0; i < 8; i++) {
		if (!of_side[i].name[0])
			strcpy(of_side[i].name, name);
		if (strcmp(of_side[i].name, name) == 0)
			return &of_side[i];
	}
	fail_msg("%s: too many kinds of requests", figure->title);
	return NULL;
}

static const char *method(const char *name)
{
	return strcmp(name, "reINVITE") == 0 ? "INVITE" : name;
}

/* ---- the phone that has dialled, and loses nothing ---- */

static void near_hears(const char *text)
{
	const char *tag = line_part(line_header(text, "To"), ";tag=", ";\n");
	bool is_invite = strstr(line_header(text, "CSeq"), "INVITE") != NULL;

	phone_source = NEAR;
	if (strncmp(text, "SIP/2.0 1", 9) != 0 && is_invite) {
		snprintf(near.their_tag, sizeof(near.their_tag), "%s", tag);
		near_talks = strncmp(text, "SIP/2.0 2", 9) == 0;
		if (near_talks)
			phone_ack(&near, "");
		else
			phone_ack_refusal(&near);
	} else if (strncmp(text, "BYE ", 4) == 0) {
		phone_answer_invite(&near, text, "200 OK", "", "");
	}
	phone_source = far_host();
}

static void hangup(void)
{
	struct rd_channel *ch = rd_channel_next(NULL);

	if (figure->calls) {
		assert_non_null(ch);
		rd_hangup(ch, RD_CAUSE_NORMAL);
		return;
	}
	phone_source = NEAR;
	phone_request(&near, near_talks ? "BYE" : "CANCEL", "", "");
	phone_source = far_host();
}

static void party(void)
{
	static const struct rd_party new = { .name = "New", .number = "777" };
	struct rd_channel *ch;

	for (ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (figure->calls || !strstr(rd_channel_name(ch), "gate"))
			rd_channel_set_party(ch, RD_PARTY_CONNECTED, &new);
}

/* ---- what comes ---- */

static void hear(void)
{
	for (const char *text; (text = line_take());) {
		if (!figure->calls && strcmp(line_peer(), NEAR ":5060") == 0) {
			near_hears(text);
			continue;
		}
		assert_true(inbox_count < MESSAGES);
		inbox[inbox_count++] = strdup(text);
	}
}

static void pass(int ms)
{
	for (; ms > 0; ms -= 10) {
		run_for(10);
		hear();
	}
}

static void take_out(size_t at)
{
	free(inbox[at]);
	memmove(&inbox[at], &inbox[at + 1], (--inbox_count - at) * sizeof(*inbox));
}

static bool is_repeated(const char *text)
{
	for (size_t i = 0; i < seen_count; i++)
		if (strcmp(seen_before[i], text) == 0)
			return true;
	return false;
}

/* The first one that was not there before, or NULL. */
static const char *next_new(void)
{
	while (inbox_count && is_repeated(inbox[0]))
		take_out(0);
	return inbox_count ? inbox[0] : NULL;
}

static void note_seen(const char *text)
{
	assert_true(seen_count < MESSAGES);
	seen_before[seen_count++] = strdup(text);
}

static bool has_tag(const char *header, const char *tag)
{
	return !*tag || strcmp(line_part(header, ";tag=", ";\n"), tag) == 0;
}

/* An ACK has the number of its request, all others their own. */
static bool is_request(const struct word *word, const char *text)
{
	const char *to = line_header(text, "To");
	size_t n = strlen(method(word->name));

	if (strncmp(text, method(word->name), n) != 0 || text[n] != ' ')
		return false;
	if (strcmp(method(word->name), "INVITE") == 0)
		return (strcmp(word->name, "INVITE") != 0) == (strstr(to, ";tag=") != NULL);
	return has_tag(to, word->tag) &&
	       (strcmp(word->name, "ACK") != 0 ||
		(unsigned)atoi(line_header(text, "CSeq")) == request(ours, word->of)->cseq);
}

static bool is_answer(const struct word *word, const char *text)
{
	const char *cseq = line_header(text, "CSeq");

	return strncmp(text, "SIP/2.0 ", 8) == 0 && (unsigned)atoi(text + 8) == word->status &&
	       (unsigned)atoi(cseq) == request(theirs, word->of)->cseq &&
	       strcmp(strchr(cseq, ' ') + 1, method(word->of)) == 0;
}

/* Of a call that is over and forgotten an ACK has no description any more. */
static bool may_lack_description(const struct word *word)
{
	return strcmp(word->name, "ACK") == 0 && sip.call_count == 0;
}

static bool is_it(const struct word *word, const char *text)
{
	bool described = strstr(text, "\nm=audio ");

	return (word->status ? is_answer(word, text) : is_request(word, text)) &&
	       (word->described == described || (!described && may_lack_description(word)));
}

static const char *body(const char *text)
{
	return strstr(text, "\n\n");
}

/* An ACK that comes once more: it says the same. */
static void is_same_ack(const struct word *word, const char *text)
{
	struct request *of = request(ours, word->of);

	if (!sip.call_count)
		return;
	if (of->answer[0] && has_tag(line_header(of->answer, "To"),
				     line_part(line_header(text, "To"), ";tag=", ";\n")) &&
	    strcmp(body(of->answer), body(text)) != 0)
		fail_msg("%s%s: the ACK to a 200 that came again says something else:%s%s",
			 figure->title, lost, body(of->answer), body(text));
	snprintf(of->answer, SIZE, "%s", text);
}

/* What was lost, or a new ACK like it: only those are not the same bytes. */
static bool came_again(const struct word *word, const char *before, int patience_ms)
{
	for (int ms = 0; ms <= patience_ms; ms += 10) {
		for (size_t i = 0; i < inbox_count; i++)
			if (strcmp(inbox[i], before) == 0 ||
			    (strcmp(word->name, "ACK") == 0 && is_it(word, inbox[i]))) {
				if (strcmp(word->name, "ACK") == 0)
					is_same_ack(word, inbox[i]);
				take_out(i);
				return true;
			}
		pass(10);
	}
	return false;
}

static void comes_again(const struct word *word, const char *before)
{
	if (!came_again(word, before, AGAIN_MS))
		fail_msg("%s%s: \"%s\" does not come again", figure->title, lost, word->text);
}

static void learn(const struct word *word, const char *text)
{
	struct request *of = request(word->status ? theirs : ours,
				     word->status ? word->of : word->name);

	if (word->status) {
		snprintf(of->answer, SIZE, "%s", text);
		of->answered = *word;
		if (strstr(line_header(text, "To"), ";tag="))
			snprintf(far.their_tag, sizeof(far.their_tag), "%s",
				 line_part(line_header(text, "To"), ";tag=", ";\n"));
		return;
	}
	if (strcmp(word->name, "ACK") == 0)
		is_same_ack(word, text);
	else
		of->answer[0] = '\0';
	snprintf(of->text, SIZE, "%s", text);
	of->cseq = (unsigned)atoi(line_header(text, "CSeq"));
	snprintf(far.call_id, sizeof(far.call_id), "%s", line_header(text, "Call-ID"));
	snprintf(far.their_tag, sizeof(far.their_tag), "%s",
		 line_part(line_header(text, "From"), ";tag=", ";\n"));
}

/* ---- what the far end says ---- */

static void answer(const struct word *word)
{
	const struct request *of = request(ours, word->of);
	char status[16], more[512];

	if (*word->tag)
		strcpy(far.our_tag, word->tag);
	snprintf(status, sizeof(status), "%u X", word->status);
	snprintf(more, sizeof(more), "Contact: <sip:far@%s:%u>\n%s%s", far_host(),
		 word->status == 302 ? 5070 : 5060,
		 word->reliable ? "Require: 100rel\nRSeq: 7\n" : "",
		 word->status == 407 ? CHALLENGE : "");
	phone_answer_invite(&far, of->text, status, more, word->described ? SDP("") : "");
}

static void acknowledge(const struct word *word)
{
	const struct request *of = request(theirs, word->of);
	struct sip_phone now = far;

	far.invite_cseq = of->cseq;
	strcpy(far.invite_branch, of->branch);
	if (of->answered.status < 300)
		phone_ack(&far, word->described ? SDP("") : "");
	else
		phone_ack_refusal(&far);
	far.invite_cseq = now.invite_cseq;
	strcpy(far.invite_branch, now.invite_branch);
}

static void ask(const struct word *word)
{
	struct request *of = request(theirs, word->name);
	const char *body = !word->described	    ? ""
			   : far.their_tag[0] ? SDP("a=sendonly\n") : SDP("");

	if (strcmp(word->name, "INVITE") == 0)
		phone_invite(&far, "alice", figure->calls, "", body);
	else if (strcmp(word->name, "ACK") == 0)
		acknowledge(word);
	else
		phone_request(&far, method(word->name),
			      strcmp(word->name, "REFER") ? "" : "Refer-To: <sip:600@h>\n", body);
	snprintf(of->text, SIZE, "%s", phone_said());
	of->cseq = (unsigned)atoi(line_header(of->text, "CSeq"));
	strcpy(of->branch, far.branch);
	if (strcmp(word->name, "CANCEL") != 0 && strcmp(word->name, "ACK") != 0)
		of->answer[0] = '\0';
}

static void ask_again(const char *name)
{
	line_feed_from(far_host(), 5060, request(theirs, name)->text);
}

/* ---- the words ---- */

/* "180!(INVITE)@A>": the name, its marks, what it belongs to. */
static void read_word(struct word *word, const char *drawn)
{
	const char *at = drawn;
	size_t n;

	memset(word, 0, sizeof(*word));
	assert_true(strlen(drawn) < sizeof(word->text));
	strcpy(word->text, drawn);
	word->ours = *at == '<';
	at += word->ours;
	word->again = *at == '=';
	word->held = *at == '~';
	at += word->again || word->held;
	n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	assert_in_range(n, 1, sizeof(word->name) - 1);
	memcpy(word->name, at, n);
	word->status = (unsigned)atoi(word->name);
	for (at += n; *at == '+' || *at == '!'; at++)
		*(*at == '+' ? &word->described : &word->reliable) = true;
	strcpy(word->of, *at == '(' ? line_part(at, "(", ")") : "INVITE");
	strcpy(word->tag, strchr(at, '@') ? line_part(at, "@", ">") : "");
	assert_true(word->ours || drawn[strlen(drawn) - 1] == '>');
}

static void ask_lost(const struct word *word)
{
	const struct request *of = request(theirs, word->of);

	if (strcmp(word->name, "ACK") == 0) {
		comes_again(&of->answered, of->answer);
		ask(word);
		return;
	}
	phone_unheard = true;
	ask(word);
	phone_unheard = false;
	pass(T1_MS);
	ask_again(word->name);
}

/* Answers to INVITE and reliable ones are repeated, others when their request is. A 100 or 180
 * that came before has ended that, and then nobody misses this one. */
static void answer_lost(const struct word *word)
{
	const char *asked = request(ours, word->of)->text;
	bool is_provisional = word->status < 200;

	if (word->reliable || (!is_provisional && strcmp(method(word->of), "INVITE") == 0))
		pass(T1_MS);
	else if (!is_provisional)
		comes_again(word, asked);
	else if (!came_again(word, asked, 2 * T1_MS))
		return;
	answer(word);
}

static void say(const struct word *word, bool loses)
{
	if (word->status)
		request(ours, word->of)->answered = *word;
	phone_unheard = word->held;
	if (loses)
		(word->status ? answer_lost : ask_lost)(word);
	else if (word->status)
		answer(word);
	else if (word->again)
		ask_again(word->name);
	else
		ask(word);
	phone_unheard = false;
	pass(10);
}

static void lose_heard(const struct word *word, const char *text)
{
	bool of_invite = strcmp(method(word->of), "INVITE") == 0;

	if (word->status && word->status < 200 && !word->reliable)
		return; /* nobody misses it */
	if (strcmp(word->name, "ACK") == 0) {
		pass(T1_MS);
		answer(&request(ours, word->of)->answered);
	} else if (word->status && !of_invite) {
		pass(T1_MS);
		ask_again(word->of);
	}
	comes_again(word, text);
}

static void expect(const struct word *word, bool loses)
{
	char text[SIZE];

	if (word->again) {
		comes_again(word, word->status ? request(theirs, word->of)->answer
					       : request(ours, word->name)->text);
		return;
	}
	for (int ms = 0; !next_new() && ms < PATIENCE_MS; ms += 10)
		pass(10);
	if (!next_new())
		fail_msg("%s%s: \"%s\" does not come", figure->title, lost, word->text);
	snprintf(text, sizeof(text), "%s", inbox[0]);
	take_out(0);
	if (!is_it(word, text))
		fail_msg("%s%s: \"%s\" was expected, this came:\n%s", figure->title, lost,
			 word->text, text);
	note_seen(text);
	learn(word, text);
	if (loses)
		lose_heard(word, text);
}

static bool act(const char *word)
{
	if (strcmp(word, "hangup") == 0)
		hangup();
	else if (strcmp(word, "party") == 0)
		party();
	else if (strcmp(word, "wait") == 0)
		pass(1000);
	else
		return false;
	pass(10);
	return true;
}

/* ---- the figure ---- */

static void forget(void)
{
	while (inbox_count)
		take_out(0);
	while (seen_count)
		free(seen_before[--seen_count]);
}

static void begin(void)
{
	forget(); /* of one that has failed */
	memset(&far, 0, sizeof(far));
	memset(&near, 0, sizeof(near));
	memset(theirs, 0, sizeof(theirs));
	memset(ours, 0, sizeof(ours));
	near_talks = false;
	strcpy(far.our_tag, "far");
	strcpy(far.user, "far");
	phone_source = figure->calls ? CALLER : NEAR;
	line_answer_from(figure->calls ? CALLER ":5060" : CALLED ":5060");
	if (figure->calls)
		return;
	seen.dials = figure->called ? figure->called : "SIP/42@peer";
	phone_invite(&near, "alice", "707", "", SDP(""));
	phone_source = CALLED;
	pass(10);
}

static void end(void)
{
	pass(40000);
	if (next_new())
		fail_msg("%s%s: when it was over this came:\n%s", figure->title, lost, inbox[0]);
	forget();
	assert_int_equal(sip.call_count, 0);
}

/* Without the message of that number. How many there are. */
static unsigned play(unsigned losing)
{
	char drawn[512], *rest = drawn;
	unsigned count = 0;

	snprintf(drawn, sizeof(drawn), "%s", figure->drawn);
	lost[0] = '\0';
	begin();
	for (char *text; (text = strsep(&rest, " "));) {
		struct word word;
		bool loses;

		if (!*text || act(text))
			continue;
		read_word(&word, text);
		loses = !word.held && !word.again && ++count == losing;
		if (loses)
			snprintf(lost, sizeof(lost), ", %s is lost", text);
		if (word.ours)
			expect(&word, loses);
		else
			say(&word, loses);
	}
	end();
	return count;
}

void sip_figure_play(void **state)
{
	unsigned count;

	figure = *state;
	count = play(0);
	for (unsigned losing = 1; losing <= count; losing++) {
		exchange_close(NULL);
		exchange_open(NULL);
		play(losing);
	}
}
