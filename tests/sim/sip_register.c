/* Registering, as a phone does it. */
#include "tests/unit/test.h"

#include "tests/sim/sip_register.h"

static unsigned serial;

static void send_register(const struct sip_registering *who, unsigned cseq,
			  const char *credentials)
{
	char text[6000], via[80] = "";

	if (who->proxied)
		snprintf(via, sizeof(via), "Via: SIP/2.0/UDP 127.0.0.7;branch=z9hG4bKp%u\n",
			 serial);

	snprintf(text, sizeof(text),
		 "REGISTER sip:127.0.0.1 SIP/2.0\n%s"
		 "Via: SIP/2.0/UDP %s;branch=z9hG4bKreg%u%s\n"
		 "From: <sip:%s@127.0.0.1>;tag=r\nTo: <sip:%s@127.0.0.1>\n"
		 "Call-ID: %s\nCSeq: %u REGISTER\nMax-Forwards: 70\n%s%s\n",
		 via, who->via ? who->via : "127.0.0.2:5060", ++serial,
		 who->via ? "" : ";rport", who->user,
		 who->record ? who->record : who->user, who->call_id, cseq, who->more,
		 credentials);
	line_feed_from(who->from ? who->from : "127.0.0.2", who->port ? who->port : 5060, text);
}

void sip_register_untold(const struct sip_registering *who)
{
	static unsigned cseq;

	cseq += 2;
	send_register(who, cseq, "");
	send_register(who, cseq + 1,
		      office_credentials(line_expect("SIP/2.0 401"), "REGISTER", who->user,
					 who->password, "MD5"));
}

const char *sip_register(const struct sip_registering *who)
{
	sip_register_untold(who);
	return line_expect("SIP/2.0 ");
}

const char *register_1002(const char *call_id, const char *more)
{
	return sip_register(&(struct sip_registering){ .user = "1002",
						       .password = "two",
						       .call_id = call_id,
						       .more = more });
}

void starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" was expected:\n%s", start, text);
}
