/* MessageSend(): what MESSAGE() and MESSAGE_DATA() hold goes to somebody. */
#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/fiber.h>

#include "channels/sip/call/resource.h"
#include "channels/sip/endpoint/party.h"
#include "channels/sip/driver.h"
#include "channels/sip/pager/pager.h"

/* The fiber and the answer that it waits for; whoever is last frees it. */
struct wait {
	struct rd_cond over;
	struct sip_delivery *delivery;
	unsigned status;
	bool is_over;
};

static void delivered(void *arg, unsigned status)
{
	struct wait *wait = arg;

	wait->delivery = NULL;
	wait->status = status;
	wait->is_over = true;
	rd_cond_signal(&wait->over);
}

/* 0, or -ECANCELED: the channel is gone. Yields. */
static int wait_for(struct wait *wait)
{
	int rc = 0;

	while (!wait->is_over && rc == 0)
		rc = rd_cond_wait(&wait->over, RD_FOREVER);
	sip_delivery_forget(wait->delivery);
	return wait->is_over ? 0 : rc;
}

/* "Alice <sip:1001@host>", "sip:1001@host", "Alice <1001>", "1001". */
static void read_sender(struct sip_party *who, const char *text)
{
	struct sip_name_addr addr;
	struct sip_uri uri;

	memset(who, 0, sizeof(*who));
	if (sip_name_addr_parse(&addr, rd_str_of(text), NULL) == 0 &&
	    sip_uri_parse(&uri, addr.uri, NULL) == 0)
		sip_party_of_addr(who, addr.display, addr.uri);
	else
		rd_party_split(text, who->name, who->number, sizeof(who->name));
	who->party.name = who->name[0] ? who->name : NULL;
	who->party.number = who->number[0] ? who->number : NULL;
}

static const char *either(const char *a, const char *b)
{
	return a && *a ? a : b;
}

/* The third argument: another To than the one who is asked. */
static struct rd_str other_to(const char *text)
{
	struct sip_name_addr addr;
	struct sip_uri uri;

	if (!*text || sip_name_addr_parse(&addr, rd_str_of(text), NULL) ||
	    sip_uri_parse(&uri, addr.uri, NULL))
		return (struct rd_str){ 0 };
	return addr.uri;
}

static int start(struct wait *wait, const struct sip_recipient *to,
		 const struct sip_note *note, const char *from, const char *to_header)
{
	struct sip_party sender;
	struct sip_text text = {
		.type = rd_str_of(either(note->type, "text/plain;charset=UTF-8")),
		.body = rd_str_of(either(note->body, "")),
		.from = &sender.party,
		.to = other_to(to_header),
		.hops = note->hops,
	};
	struct rd_buf lines;
	int rc;

	read_sender(&sender, from);
	rd_buf_init(&lines);
	sip_note_print(note, &lines);
	text.headers = rd_str_of(rd_buf_text(&lines));
	rc = sip_deliver(&wait->delivery, to, &text, delivered, wait);
	rd_buf_fini(&lines);
	return rc;
}

static int send_and_wait(struct rd_channel *ch, const struct sip_recipient *to,
			 struct sip_note *note, const char *from, const char *to_header)
{
	struct wait wait = { 0 };
	int rc;

	rd_cond_init(&wait.over);
	rc = start(&wait, to, note, from, to_header);
	if (rc == 0)
		rc = wait_for(&wait);
	rd_cond_fini(&wait.over);
	rd_var_set(ch, "MESSAGE_SEND_STATUS",
		   rc == 0 && wait.status >= 200 && wait.status < 300 ? "SUCCESS" : "FAILURE");
	return rc == -ECANCELED ? rc : 0;
}

/* "pjsip:1002": what stands for more than a name is left to the call. */
const char *sip_messagesend_check(const char *args, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(args), to;
	char name[80];

	rd_str_cut(&rest, ',', &to);
	to = rd_str_trim(to);
	if (rd_str_starts(to, RD_STR("pjsip:")))
		to = rd_str_trim((struct rd_str){ to.p + 6, to.n - 6 });
	if (!rd_strcpyn(name, sizeof(name), to) || strpbrk(name, ":/@<"))
		return NULL;
	return sip_resource_fault(name, buf, size);
}

int sip_messagesend_app(struct rd_channel *ch, const char *args)
{
	struct sip_note *note = sip_note_of(ch);
	struct sip_recipient to;
	const char *argv[3];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 3);

	if (rc < 0 || !note)
		return note ? rc : -ENOMEM;
	if (!*argv[0])
		rd_app_warning(ch, "a destination is missing");
	rc = sip_recipient_read(&to, rd_str_of(argv[0]), note->our_host);
	if (rc) {
		rd_var_set(ch, "MESSAGE_SEND_STATUS",
			   rc == -EPROTONOSUPPORT ? "INVALID_PROTOCOL" : "INVALID_URI");
		return 0;
	}
	to.sender = ch;
	return send_and_wait(ch, &to, note, either(argv[1], either(note->from, "")), argv[2]);
}
