/* What functions say of their arguments when the dialplan is checked, and that it is what they
 * go by in a call. */
#include "tests/sim/sim.h"

#include <ringdown/function.h>
#include <ringdown/module.h>

#include "core/base/zone.h"
#include "core/module/loader.h"

static const char *const modules[] = {
	"app_callcompletion", "app_confbridge",
	"app_mixmonitor",     "app_queue",
	"app_voicemail",      "cdr",
	"func_base64",        "func_callerid",
	"func_channel",       "func_db",
	"func_devstate",      "func_features",
	"func_env",           "func_groupcount",
	"func_hash",          "res_parking",
	"res_reach",          "func_hangupcause",
	"func_jitterbuffer",  "func_json",
	"func_list",          "func_lock",
	"func_logic",         "func_math",
	"func_mwi",           "func_pitchshift",
	"func_speex",         "func_sprintf",
	"func_strings",       "func_talkdetect",
	"func_time",          "func_tonedetect",
	"func_version",       "func_volume",
	"sip_trunk",
};

static const struct rd_module *sip;

static int begin(void **state)
{
	sim_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	sip = sim_load("chan_sip");
	for (const struct rd_interface *it = sip->interfaces; it->name; it++)
		assert_int_equal(rd__interface_add(it, sip->name), 0);
	return 0;
}

/* What is wrong, and what is told of it. */
static const struct {
	const char *name, *args, *told;
} wrong[] = {
	{ "CALLERID", "nosuch", "there is no field \"nosuch\"" },
	{ "CALLERID", "", "there is no field \"\"" },
	{ "CALLERID", "ani-nosuch", "there is no field \"ani-nosuch\"" },
	{ "CALLERID", "pres,\"Al\" <1>", "of a text there are all, name and num" },
	{ "CONNECTEDLINE", "x,i", "there is no field \"x\"" },
	{ "REDIRECTING", "nosuch", "there is no field \"nosuch\"" },
	{ "REDIRECTING", "from-nosuch", "there is no field \"from-nosuch\"" },
	{ "CDR_PROP", "nonsense", "it is disable or party_a, not \"nonsense\"" },
	{ "FEATURE", "nosuch", "there is no option \"nosuch\" in [general] of features.conf" },
	{ "CALLCOMPLETION", "nosuch", "there is no option \"nosuch\"" },
	{ "CONFBRIDGE", "usr,pin", "it is CONFBRIDGE(bridge|user|menu,option)" },
	{ "CONFBRIDGE", "user", "the option is missing" },
	{ "CONFBRIDGE", "user,pins", "there is no option \"pins\" of a user" },
	{ "CONFBRIDGE", "user,echo_events",
	  "it has no effect: phones subscribe to the package \"conference\"" },
	{ "CONFBRIDGE_INFO", "waiting,1", "there is no \"waiting\"" },
	{ "CONFBRIDGE_CHANNELS", "locked,1", "there is no \"locked\"" },
	{ "QUEUE_MEMBER", "q,nosuch", "there is no \"nosuch\" of a queue" },
	{ "QUEUE_MEMBER", "q,free,SIP/1", "there is no \"free\" of a member" },
	{ "QUEUE_MEMBER", "q,paused", "of which member? The interface is missing" },
	{ "VM_INFO", "100,password",
	  "expected mailbox,attribute: there is no attribute \"password\"" },
	{ "VM_INFO", "100,count,Nowhere", "there is no folder \"Nowhere\"" },
	{ "TIMEOUT", "nosuch", "it is absolute, digit or response, not \"nosuch\"" },
	{ "TALK_DETECT", "on", "it is set or remove, not \"on\"" },
	{ "JITTERBUFFER", "x", "it is adaptive, fixed or disabled, not \"x\"" },
	{ "VOLUME", "x", "\"x\" is no side of a channel that it knows" },
	{ "VOLUME", "both", "\"both\" is no side of a channel that it knows" },
	{ "VOLUME", "RX,p", "keys do not change the volume here" },
	{ "AGC", "both", "\"both\" is no side of a channel that it knows" },
	{ "DENOISE", "x", "\"x\" is no side of a channel that it knows" },
	{ "PITCH_SHIFT", "x", "\"x\" is no side of a channel that it knows" },
	{ "TONE_DETECT", "2600,1000,Z", "no such option \"Z\" in \"Z\"; there are abcgnprtx" },
	{ "HANGUPCAUSE", "SIP/1-1,x", "it is channel,tech or channel,ast, not \"x\"" },
	{ "STAT", "x,/tmp", "there is no flag \"x\"" },
	{ "FORWARD", "1001,never",
	  "\"never\": expected always, busy, noanswer, unreachable or time" },
	{ "MESSAGE", "subject", "there is no \"subject\"" },
	{ "CHANNEL", "nosuch", "there is no item \"nosuch\"" },
	{ "CHANNEL", "pjsip,nosuch", "there is no item \"pjsip,nosuch\"" },
	{ "CHANNEL", "rtp", "there is no item \"rtp\"" },
	{ "CHANNELS", "(", "the regular expression cannot be read" },
	{ "FEATUREMAP", "nosuch",
	  "there is no feature \"nosuch\" in [featuremap] of features.conf" },
	{ "MIXMONITOR", "1,name", "expected id,filename" },
	{ "PARK_GET_CHANNEL", "x,default", "a place is a number" },
	{ "QUEUE_MEMBER_PENALTY", "q", "of which member? The interface is missing" },
	{ "QUEUE_GET_CHANNEL", "q,first", "a position is a number" },
	{ "QUEUE_MEMBER_LIST", "", "which queue?" },
	{ "QUEUE_MEMBER_COUNT", ",x", "which queue?" },
	{ "QUEUE_WAITING_COUNT", "", "which queue?" },
	{ "VMCOUNT", "100,Nowhere", "there is no folder \"Nowhere\"" },
	{ "VMCOUNT", "", "which mailbox?" },
	{ "CDR", ",u", "which field?" },
	{ "CDR", "start,l", "there are the options u and f, not \"l\"" },
	{ "BASE64_DECODE", "abc", "that is no base 64" },
	{ "DB", "family", "expected family/key" },
	{ "DB_EXISTS", "family/", "expected family/key" },
	{ "DB_DELETE", "/key", "expected family/key" },
	{ "DEVICE_STATE", "", "which device?" },
	{ "DEVICE_STATE", "SLA:line1_trunk", "there is nothing here like Asterisk's SLA:..." },
	{ "HINT", "100@office,x", "there is the option n, not \"x\"" },
	{ "GROUP_MATCH_COUNT", "(", "the regular expression cannot be read" },
	{ "GROUP_MATCH_COUNT", "a@(", "the regular expression cannot be read" },
	{ "HASH", ",key", "which name?" },
	{ "HASHKEYS", "", "which name?" },
	{ "HASH_CLEAR", "", "which name?" },
	{ "ARRAY", "", "which name?" },
	{ "JSON_DECODE", "V", "expected variable,item" },
	{ "JSON_DECODE", "V,a,,x", "there is the option c, not \"x\"" },
	{ "CUT", "V,-", "the third argument is missing" },
	{ "CUT", "NOSUCH(x),-,1", "there is no function NOSUCH" },
	{ "CUT", "CALLERID(nosuch),-,1", "there is no field \"nosuch\"" },
	{ "CUT", "CONFBRIDGE(user,pin),-,1", "CONFBRIDGE() cannot be read" },
	{ "FIELDQTY", "", "which variable?" },
	{ "FIELDNUM", "V,-", "the third argument is missing" },
	{ "LISTFILTER", "V,-", "the third argument is missing" },
	{ "PUSH", "", "expected the name of a variable" },
	{ "UNSHIFT", "CHANNEL(name)", "expected the name of a variable" },
	{ "POP", "", "expected the name of a variable" },
	{ "SHIFT", "", "expected the name of a variable" },
	{ "LOCK", "", "which lock?" },
	{ "TRYLOCK", "", "which lock?" },
	{ "UNLOCK", "", "which lock?" },
	{ "IF", "1,a,b", "expected condition?[true][:[false]]" },
	{ "IFTIME", "*,*,*,*", "expected times,weekdays,monthdays,months?[true][:[false]]" },
	{ "SET", "name", "expected name=value" },
	{ "SET", "CALLERID(nosuch)=1", "there is no field \"nosuch\"" },
	{ "SET", "LEN(a)=1", "LEN() cannot be set" },
	{ "MATH", "1 plus 2", "expected number operator number[,f|i|h|c]" },
	{ "MATH", "1+2,x", "expected number operator number[,f|i|h|c]" },
	{ "MATH", "1/0", "expected number operator number[,f|i|h|c]" },
	{ "INC", "", "which variable?" },
	{ "DEC", "", "which variable?" },
	{ "MIN", "1,two", "expected number[,number...]" },
	{ "MAX", "", "expected number[,number...]" },
	{ "ABS", "x", "expected a number" },
	{ "RAND", "1,ten", "expected [min][,max]" },
	{ "MWI", "100,urgent", "expected mailbox[@context][,new|old]" },
	{ "SPRINTF", "%q,1", "a form that it does not have, or a value is missing" },
	{ "SPRINTF", "%d %d,1", "a form that it does not have, or a value is missing" },
	{ "FILTER", "0-9", "expected allowed,text" },
	{ "REPLACE", "V", "replace what?" },
	{ "STRREPLACE", "V,,x", "replace what?" },
	{ "REGEX", "^a b", "the regular expression stands in quotes" },
	{ "REGEX", "\"(\" b", "the regular expression cannot be read" },
	{ "STRFTIME", "noon", "no such moment in seconds since 1970, or no such timezone" },
	{ "STRFTIME", ",Nowhere/City,%H",
	  "no such moment in seconds since 1970, or no such timezone" },
	{ "STRPTIME", "x,,%Y", "no such timezone, or the text has not this format" },
	{ "ENUMLOOKUP", "", "which number?" },
	{ "ENUMLOOKUP", "4930,sip,x", "there are the options c and u" },
	{ "ENUMLOOKUP", "4930,sip,,first", "which of them is a number" },
	{ "STIR_SHAKEN", "first,identity",
	  "expected count, or index,identity|attestation|verify_result" },
	{ "STIR_SHAKEN", "0,nosuch", "there is no \"nosuch\"" },
	{ "VERSION", "BUILD_USER", "there is ASTERISK_VERSION_NUM, not \"BUILD_USER\"" },
	{ "PJSIP_MEDIA_OFFER", "video", "it is audio, not \"video\"" },
	{ "PJSIP_ENDPOINT", "1001", "expected name,option" },
	{ "PJSIP_AOR", "1001", "expected name,option" },
	{ "PJSIP_CONTACT", "x,nosuch", "there is no \"nosuch\" of a contact" },
	{ "SIP_BODY_PART", "text,a", "expected type,id, such as application/pidf+xml,place" },
	{ "PJSIP_HEADER", "red,X-A",
	  "expected [read|add|update|remove,]name[,number], not \"red,X-A\"" },
	{ "SIP_HEADER", "", "expected [read|add|update|remove,]name[,number], not \"\"" },
};

static void what_functions_do_not_know_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		const struct rd_function *function = rd_function_find(wrong[i].name);
		const char *told;
		char buf[160];

		assert_non_null(function);
		told = function->check(wrong[i].args, buf, sizeof(buf));
		if (!told || strcmp(told, wrong[i].told) != 0)
			fail_msg("%s(%s): \"%s\", expected \"%s\"", wrong[i].name, wrong[i].args,
				 told ? told : "nothing", wrong[i].told);
	}
}

/* What is right. */
static const struct {
	const char *name, *args;
} good[] = {
	{ "CALLERID", "num" },
	{ "callerid", "Name" },
	{ "CALLERID", "all,i" },
	{ "CALLERID", "ani" },
	{ "CALLERID", "ani-name" },
	{ "CALLERID", "ani2" },
	{ "CALLERID", "rdnis" },
	{ "CALLERID", "dnid" },
	{ "CALLERID", "name-pres" },
	{ "CALLERID", "num,\"Al\" <1>" },
	{ "CALLERID", "subaddr-odd" },
	{ "CONNECTEDLINE", "number,i" },
	{ "CONNECTEDLINE", "source" },
	{ "REDIRECTING", "from-num,i" },
	{ "REDIRECTING", "count" },
	{ "REDIRECTING", "orig-reason" },
	{ "REDIRECTING", "to-tag" },
	{ "CDR_PROP", "disable" },
	{ "FEATURE", "inherit" },
	{ "FEATURE", "featuredigittimeout" },
	{ "CALLCOMPLETION", "cc_agent_policy" },
	{ "CALLCOMPLETION", "cc_max_agents" },
	{ "CONFBRIDGE", "bridge,clear" },
	{ "CONFBRIDGE", "user,template" },
	{ "CONFBRIDGE", "user, pin" },
	{ "CONFBRIDGE", "menu,*1" },
	{ "CONFBRIDGE", "bridge,max_members" },
	{ "CONFBRIDGE_INFO", "locked,1" },
	{ "CONFBRIDGE_INFO", "Parties,1" },
	{ "CONFBRIDGE_CHANNELS", "waiting,1" },
	{ "QUEUE_MEMBER", "q" },
	{ "QUEUE_MEMBER", "q,free" },
	{ "QUEUE_MEMBER", "q,paused,SIP/1" },
	{ "VM_INFO", "100@default,exists" },
	{ "VM_INFO", "100,count,Old" },
	{ "TIMEOUT", "absolute" },
	{ "TALK_DETECT", "set" },
	{ "JITTERBUFFER", "fixed" },
	{ "JITTERBUFFER", "" },
	{ "VOLUME", "TX" },
	{ "AGC", "rx" },
	{ "DENOISE", "tx" },
	{ "PITCH_SHIFT", "both" },
	{ "TONE_DETECT", "2600,1000,g(got,s,1)n(3)" },
	{ "HANGUPCAUSE", "SIP/1-1,ast" },
	{ "STAT", "e,/tmp" },
	{ "FORWARD", "1001,busy" },
	{ "FORWARD", ",Time" },
	{ "MESSAGE", "body" },
	{ "CHANNEL", "Name" },
	{ "CHANNEL", "language" },
	{ "CHANNEL", "videonativeformat" },
	{ "CHANNEL", "pjsip,call-id" },
	{ "CHANNEL", "rtcp,all,audio" },
	{ "CHANNEL", "RTP,dest" },
	{ "CHANNEL", "useragent" },
	{ "CHANNELS", "" },
	{ "CHANNELS", "^SIP/1" },
	{ "FEATUREMAP", "blindxfer" },
	{ "MIXMONITOR", "1, filename" },
	{ "PARK_GET_CHANNEL", "701" },
	{ "QUEUE_GET_CHANNEL", "q" },
	{ "QUEUE_MEMBER_PENALTY", "q,SIP/1" },
	{ "VMCOUNT", "100&101@default,Old" },
	{ "CDR", "start,uf" },
	{ "CDR", "of my own" },
	{ "BASE64_DECODE", "YWJj" },
	{ "DB", "family/key/of/it" },
	{ "DEVICE_STATE", "Custom:night" },
	{ "HINT", "100" },
	{ "HINT", "100@office,n" },
	{ "GROUP_MATCH_COUNT", "^a@out" },
	{ "HASH", "name" },
	{ "HASH", "name,key" },
	{ "JSON_DECODE", "V,a.0,.,c" },
	{ "CUT", "V,,1-3" },
	{ "CUT", "CHANNEL(name),-,1" },
	{ "FIELDQTY", "V" },
	{ "PUSH", "V,|" },
	{ "LOCK", "door" },
	{ "IF", "1?a:b" },
	{ "IFTIME", "9:00-17:00,mon-fri,*,*?a:b" },
	{ "SET", "name=" },
	{ "SET", "CHANNEL(language)=de" },
	{ "MATH", "7 * 6,i" },
	{ "MATH", "1 < 2" },
	{ "INC", "n" },
	{ "MIN", "3,-2" },
	{ "ABS", "-3.5" },
	{ "RAND", "" },
	{ "RAND", "1,10" },
	{ "MWI", "100@default,old" },
	{ "SPRINTF", "%03d %s,1,a" },
	{ "FILTER", "0-9\\,,a" },
	{ "REPLACE", "V,-" },
	{ "STRREPLACE", "V,a,b,1" },
	{ "REGEX", "\"^[0-9]+$\" 12" },
	{ "STRFTIME", "" },
	{ "STRFTIME", "0,Europe/Berlin,%H" },
	{ "STRPTIME", "2026,,%Y" },
	{ "VERSION", "" },
	{ "ENUMLOOKUP", "4930,ALL,cu,2,e164.example" },
	{ "STIR_SHAKEN", "count" },
	{ "STIR_SHAKEN", "0,verify_result" },
	{ "PJSIP_MEDIA_OFFER", "audio" },
	{ "PJSIP_CONTACT", "x,rtt" },
	{ "SIP_BODY_PART", "application/pidf+xml,place" },
	{ "MESSAGE", "custom_data" },
	{ "PJSIP_HEADER", "read,X-A,2" },
	{ "PJSIP_HEADER", "remove,X-*" },
	{ "SIP_HEADER", "From" },
};

static void what_functions_know_passes(void **state)
{
	char buf[160];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(good); i++) {
		const struct rd_function *function = rd_function_find(good[i].name);
		const char *told = function->check(good[i].args, buf, sizeof(buf));

		if (told)
			fail_msg("%s(%s): %s", good[i].name, good[i].args, told);
	}
}

static int end(void **state)
{
	for (const struct rd_interface *it = sip->interfaces; it->name; it++)
		rd__interface_remove(it);
	rd__zone_forget();
	return sim_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_functions_do_not_know_is_told),
		TEST(what_functions_know_passes),
	};

	return RUN_GROUP(tests);
}
