/* The exchange of the SIP simulations: a dialplan in C, codecs that carry
 * nothing, three phones. */
#include "core/call/device.h"
#include "tests/unit/test.h"

#include <ctype.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>

#include "channels/sip/call/tech.h"
#include "channels/sip/apps.h"
#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/media/media.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\ntrust_id_inbound = yes\n"
	"[outside]\ntype = phone\nmatch = 127.0.0.8\ncontext = elsewhere\n"
	"[quiet]\ntype = phone\nmatch = 127.0.0.7\ncontext = office\nrefer_blind_progress = no\n"
	"host = 127.0.0.2\nrefer_outside = yes\n"
	"[kept]\ntype = phone\nmatch = 127.0.0.6\ncontext = office\nallow_transfer = no\n"
	"[own]\ntype = phone\nmatch = 127.0.0.5\ncontext = office\nreplaces = own\n"
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n"
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\ncontext = office\nsecret = open\n"
	"username = me\nsend_pai = yes\ntrust_id_inbound = yes\ndtmf_mode = info\n"
	"[late]\ntype = peer\nhost = 127.0.0.2:5060\nlate_offer = yes\n"
	"auto_answer = call-info\n"
	"[unsaid]\ntype = peer\nhost = 127.0.0.2:5060\nlate_offer = yes\nsend_pai = yes\n"
	"[strict]\ntype = phone\nmatch = 127.0.0.10\ncontext = office\n"
	"host = 127.0.0.2:5060\n100rel = required\nauto_answer = alert-info\n"
	"[plain]\ntype = phone\nmatch = 127.0.0.11\ncontext = office\n"
	"host = 127.0.0.2:5060\n100rel = no\nsession_timers = no\n"
	"auto_answer = no\n"
	"[sealed]\ntype = phone\nmatch = 127.0.0.14\ncontext = office\n"
	"host = 127.0.0.2:5060\nmedia_encryption = sdes\nsdes_in_clear = yes\n"
	"[careful]\ntype = phone\nmatch = 127.0.0.15\ncontext = office\n"
	"host = 127.0.0.2:5060\nmedia_encryption = sdes\n"
	"[icy]\ntype = phone\nmatch = 127.0.0.16\ncontext = office\n"
	"host = 127.0.0.2:5060\nice_support = yes\n"
	"[seen]\ntype = phone\nmatch = 127.0.0.17\ncontext = office\n"
	"host = 127.0.0.2:5060\nallow = ulaw,alaw,h264,vp8,red,t140\n"
	"[one-port]\ntype = phone\nmatch = 127.0.0.18\ncontext = office\n"
	"allow = ulaw,vp8,red,t140\nbundle = yes\nice_support = yes\n"
	"[many]\ntype = phone\nmatch = 127.0.0.22\ncontext = office\n"
	"allow = ulaw,vp8\nmax_video_streams = 4\n"
	"[many-one-port]\ntype = phone\nmatch = 127.0.0.23\ncontext = office\n"
	"allow = ulaw,vp8\nmax_video_streams = 4\nbundle = yes\nice_support = yes\n"
	"[many-sealed]\ntype = phone\nmatch = 127.0.0.24\ncontext = office\n"
	"allow = ulaw,vp8\nmax_video_streams = 4\nbundle = yes\nmedia_encryption = sdes\n"
	"sdes_in_clear = yes\n"
	"[fax]\ntype = phone\nmatch = 127.0.0.19\ncontext = office\n"
	"host = 127.0.0.2:5060\nt38 = yes\n"
	"[telco]\ntype = phone\nmatch = 127.0.0.20\ncontext = office\n"
	"t38 = yes\nt38_ec = redundancy\nt38_max_datagram = 300\nsend_pai = yes\n"
	"[sealed-fax]\ntype = phone\nmatch = 127.0.0.21\ncontext = office\nt38 = yes\n"
	"media_encryption = sdes\nmedia_encryption_optimistic = yes\n"
	"sdes_in_clear = yes\n"
	"[shown]\ntype = phone\nmatch = 127.0.0.13\ncontext = office\nsend_pai = yes\n"
	"[timed]\ntype = phone\nmatch = 127.0.0.12\ncontext = office\n"
	"host = 127.0.0.2:5060\nsession_timers = originate\n"
	"auto_answer_inbound = yes\nauto_answer = answer-mode\n";

struct sip_seen seen;

static bool is_accepted(const char *exten)
{
	char key[96];

	snprintf(key, sizeof(key), "|%s|", exten);
	return seen.accepts && strstr(seen.accepts, key);
}

/* ---- what the numbers do ---- */

/* Until the far end hangs up. */
static void stay(struct rd_channel *ch, const char *unused)
{
	struct rd_signal signal;

	(void)unused;
	while (rd_channel_wait(ch, RD_FOREVER, &signal) == 0) {
		if (signal.type == RD_SIGNAL_DIGIT)
			seen.last_digit = signal.number;
		if (signal.type == RD_SIGNAL_TEXT)
			rd_send_text(ch, rd_channel_text(ch, &signal));
		if (signal.type == RD_SIGNAL_HOLD || signal.type == RD_SIGNAL_RESUME)
			seen.hold_changes++;
	}
}

static void busy(struct rd_channel *ch, const char *unused)
{
	(void)unused;
	rd_hangup(ch, RD_CAUSE_BUSY);
}

static void hang_up(struct rd_channel *ch, const char *unused)
{
	(void)unused;
	rd_hangup(ch, RD_CAUSE_NORMAL);
}

static void send_keys(struct rd_channel *ch, const char *keys)
{
	rd_send_digits(ch, keys, 0, 0);
}

static void answer_late(struct rd_channel *ch, const char *unused)
{
	if (rd_channel_sleep(ch, 1000) == 0 && rd_answer(ch) == 0)
		stay(ch, unused);
}

static void play_and_answer(struct rd_channel *ch, const char *unused)
{
	if (rd_indicate(ch, RD_INDICATE_PROGRESS) == 0)
		answer_late(ch, unused);
}

/* "" where it has none. */
static void note_variable(const struct rd_channel *ch, const char *name, char *out, size_t size)
{
	const char *value = rd_var_get(ch, name);

	rd_strcpy(out, size, value ? value : "");
}

static void send_away(struct rd_channel *ch, const char *target)
{
	seen.transfer = rd_transfer(ch, target);
	note_variable(ch, "TRANSFERSTATUSPROTOCOL", seen.transfer_status,
		      sizeof(seen.transfer_status));
	stay(ch, NULL);
}

static void send_away_unanswered(struct rd_channel *ch, const char *target)
{
	rd_transfer(ch, target);
}

void exchange_redirect(struct rd_channel *ch, const char *to)
{
	rd__app_add(&sip_apps[0], "test");
	rd_app_run(ch, sip_apps[0].name, to);
	rd__app_remove(&sip_apps[0]);
	note_variable(ch, "REDIRECTSTATUS", seen.redirect_status, sizeof(seen.redirect_status));
	rd_hangup(ch, RD_CAUSE_NORMAL);
}

static void redirect(struct rd_channel *ch, const char *unused)
{
	(void)unused;
	exchange_redirect(ch, seen.redirect_to);
}

/* target NULL: what the test has set. */
static void dial(struct rd_channel *ch, const char *target)
{
	struct rd_channel *winner = NULL;
	const struct rd_bridge_options seats = { .peer_seat = &winner };
	const struct rd_dial_options options = { .timeout_ms = 20000,
						 .before_call = seen.before_call,
						 .on_lost = seen.on_lost };
	struct rd_dial_result result;

	rd_dial(ch, target ? target : seen.dials, &options, &winner, &result);
	seen.dial_status = result.status;
	seen.dial_cause = result.cause;
	if (winner) {
		if (rd_answer(ch) == 0)
			rd_bridge_run(ch, winner, &seats);
		rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	}
	if (!rd_channel_moved(ch))
		rd_hangup(ch, winner ? RD_CAUSE_NORMAL : result.cause);
}

/* ---- the dialplan ---- */

enum first { NOTHING, ANSWERS, RINGS, PLAYS };

static const struct extension {
	const char *number;
	enum first first;
	void (*then)(struct rd_channel *ch, const char *arg);
	const char *arg;
} extensions[] = {
	{ "600", ANSWERS, stay, NULL },
	{ "602", RINGS, stay, NULL },
	{ "603", PLAYS, stay, NULL },
	{ "604", NOTHING, busy, NULL },
	{ "605", ANSWERS, hang_up, NULL },
	{ "606", ANSWERS, send_keys, "5" },
	{ "607", NOTHING, send_away_unanswered, "1003" },
	{ "608", PLAYS, answer_late, NULL },
	{ "609", RINGS, play_and_answer, NULL },
	{ "610", RINGS, answer_late, NULL },
	{ "611", NOTHING, redirect, NULL },
	{ "650", ANSWERS, send_away, "1003" },
	{ "651", ANSWERS, send_away, "PJSIP/1003" },
	{ "652", ANSWERS, send_away, "Other/1003" },
	{ "653", ANSWERS, send_away, "#55" },
	{ "654", ANSWERS, send_away, "SIP/#55%41@branch.example" },
	{ "655", ANSWERS, send_away, "tel:+4930123" },
	{ "700", NOTHING, dial, "SIP/42@peer" },
	{ "701", NOTHING, dial, "SIP/1002" },
	{ "702", NOTHING, dial, "SIP/nobody/1" },
	{ "703", NOTHING, dial, "SIP/42@late" },
	{ "704", NOTHING, dial, "SIP/42@strict" },
	{ "705", NOTHING, dial, "SIP/42@plain" },
	{ "706", NOTHING, dial, "SIP/42@timed" },
	{ "707", NOTHING, dial, NULL },
	{ "1002", NOTHING, dial, "SIP/1002" },
};

static const struct extension *extension_of(const char *number)
{
	if (is_accepted(number))
		number = "605";
	for (size_t i = 0; i < RD_ARRAY_SIZE(extensions); i++)
		if (strcmp(extensions[i].number, number) == 0)
			return &extensions[i];
	return NULL;
}

static int begin(struct rd_channel *ch, enum first first)
{
	return first == ANSWERS ? rd_answer(ch)
	       : first == RINGS ? rd_indicate(ch, RD_INDICATE_RINGING)
	       : first == PLAYS ? rd_indicate(ch, RD_INDICATE_PROGRESS) : 0;
}

static void note_caller(struct rd_channel *ch)
{
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);
	struct rd_buf header;

	snprintf(seen.caller, sizeof(seen.caller), "%s <%s>", caller->name ? caller->name : "",
		 caller->number ? caller->number : "");
	rd_strcpy(seen.tag, sizeof(seen.tag), caller->tag ? caller->tag : "");
	rd_buf_init(&header);
	sip_functions[0].read(ch, "X-Test", &header);
	rd_strcpy(seen.header, sizeof(seen.header), rd_buf_text(&header));
	rd_buf_fini(&header);
}

static int run(struct rd_channel *ch)
{
	const char *exten = rd_channel_exten(ch);
	const struct extension *extension = extension_of(exten);

	note_caller(ch);
	if (extension && begin(ch, extension->first) == 0)
		extension->then(ch, extension->arg);
	else if (!extension && seen.service)
		seen.service(ch, exten);
	else
		rd_hangup(ch, RD_CAUSE_NORMAL);
	return 0;
}

static enum rd_match match(const char *context, const char *exten, int priority,
			   const char *caller)
{
	(void)priority, (void)caller;
	if (strcmp(context, "office") != 0)
		return RD_MATCH_NONE;
	if (is_accepted(exten))
		return RD_MATCH_FULL;
	if ((strlen(exten) == 3 && strchr("67", exten[0])) || strcmp(exten, "1002") == 0)
		return RD_MATCH_FULL;
	return strlen(exten) < 3 && strchr("67", exten[0]) ? RD_MATCH_PARTIAL
							   : RD_MATCH_NONE;
}

static bool context_exists(const char *context)
{
	return strcmp(context, "office") == 0;
}

/* Digits and X. */
static bool pattern(const char *text, const char *number)
{
	bool is_pattern = *text == '_';

	for (text += is_pattern; *text && *number; text++, number++)
		if (*text != *number && !(is_pattern && *text == 'X' && isdigit(*number)))
			return false;
	return !*text && !*number;
}

static int hint(const char *context, const char *exten, struct rd_buf *devices,
		struct rd_buf *name)
{
	static const char *const hints[][2] = {
		{ "gate", "SIP/gate" },    { "peer", "SIP/peer" },
		{ "800", "Custom:door" },  { "both", "SIP/peer&Custom:door" },
		{ "other", "PJSIP/peer" },
	};

	(void)name;
	for (size_t i = 0; !seen.no_hints && i < RD_ARRAY_SIZE(hints); i++)
		if (strcmp(context, "office") == 0 && strcmp(hints[i][0], exten) == 0) {
			rd_buf_adds(devices, hints[i][1]);
			return 0;
		}
	return -ENOENT;
}

/* It is written in no file. */
static const char *place(const struct rd_channel *ch, int *line)
{
	(void)ch, (void)line;
	return NULL;
}

static const struct rd_dialplan dialplan = {
	.run = run,
	.hint = hint,
	.match = match,
	.pattern = pattern,
	.place = place,
	.context_exists = context_exists,
};

/* ---- codecs that carry nothing ---- */

static int code_nothing(void *coder, const int16_t *samples, size_t count, uint8_t *out,
			size_t max)
{
	(void)coder, (void)samples, (void)max;
	memset(out, 0, count);
	return (int)count;
}

static int decode_nothing(void *coder, const uint8_t *data, size_t size, int16_t *out,
			  size_t max)
{
	(void)coder, (void)data, (void)max;
	memset(out, 0, size * sizeof(*out));
	return (int)size;
}

static const char *wide_parameters(const struct rd_beyond *beyond)
{
	static const char *const full[] = { "top=48000", "top=48000;both=heard",
					    "top=48000;both=said", "top=48000;both=all" };

	return beyond->rate == 8000 ? "top=8000" : full[beyond->stereo];
}

static unsigned two_channels(const char *fmtp)
{
	return (strstr(fmtp, "both=heard") || strstr(fmtp, "both=all") ? RD_STEREO_HEARD : 0) |
	       (strstr(fmtp, "both=said") || strstr(fmtp, "both=all") ? RD_STEREO_SAID : 0);
}

static const struct rd_codec codecs[] = {
	{ .name = "ulaw", .rtp_name = "PCMU", .rate = 8000, .rtp_rate = 8000, .channels = 1,
	  .payload = 0, .ptime_ms = 20, .frame_ms = 10, .encode = code_nothing,
	  .decode = decode_nothing },
	{ .name = "alaw", .rtp_name = "PCMA", .rate = 8000, .rtp_rate = 8000, .channels = 1,
	  .payload = 8, .ptime_ms = 20, .frame_ms = 10, .encode = code_nothing,
	  .decode = decode_nothing },
	{ .name = "opus", .rtp_name = "opus", .rate = 48000, .rtp_rate = 48000, .channels = 2,
	  .payload = -1, .ptime_ms = 20, .frame_ms = 10, .encode = code_nothing,
	  .decode = decode_nothing, .fmtp_for = wide_parameters,
	  .stereo = two_channels },
	{ .name = "h264", .rtp_name = "H264", .rate = 90000, .rtp_rate = 90000, .channels = 1,
	  .payload = -1, .kind = RD_MEDIA_VIDEO },
	{ .name = "vp8", .rtp_name = "VP8", .rate = 90000, .rtp_rate = 90000, .channels = 1,
	  .payload = -1, .kind = RD_MEDIA_VIDEO },
	{ .name = "t140", .rtp_name = "T140", .rate = 1000, .rtp_rate = 1000, .channels = 1,
	  .payload = -1, .kind = RD_MEDIA_TEXT },
	{ .name = "red", .rtp_name = "RED", .rate = 1000, .rtp_rate = 1000, .channels = 1,
	  .payload = -1, .kind = RD_MEDIA_TEXT },
};

int exchange_open(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++)
		assert_int_equal(rd__codec_add(&codecs[i], "test"), 0);
	office_open(conf);
	assert_int_equal(rd__media_start(0), 0);
	assert_int_equal(rd__tech_add(&sip_techs[0], "chan_sip"), 0);
	return rd__dialplan_set(&dialplan);
}

void exchange_dialplan(bool is_there)
{
	rd__dialplan_set(NULL);
	if (is_there)
		assert_int_equal(rd__dialplan_set(&dialplan), 0);
}

int exchange_close(void **state)
{
	(void)state;
	/* Whatever a test left must be over by itself. */
	rd__sched_run_for(200000);
	line_clear();
	assert_int_equal(rd_channel_count(), 0);
	assert_int_equal(sip.call_count, 0);
	assert_int_equal(sip_dialogs_count(sip.dialogs), 0);
	rd__dialplan_set(NULL);
	rd__tech_remove(&sip_techs[0]);
	rd__channels_fini();
	rd__devices_free();
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++)
		rd__codec_remove(&codecs[i]);
	rd__media_stop();
	return office_close();
}
