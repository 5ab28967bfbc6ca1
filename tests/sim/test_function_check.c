/* What functions say of their arguments when the dialplan is checked, and that it is what they
 * go by in a call. */
#include "tests/sim/sim.h"

#include <ringdown/function.h>
#include <ringdown/module.h>

static const char *const modules[] = {
	"app_callcompletion",
	"app_confbridge",
	"app_queue",
	"app_voicemail",
	"cdr",
	"func_callerid",
	"func_channel",
	"func_features",
	"func_env",
	"res_reach",
	"func_hangupcause",
	"func_jitterbuffer",
	"func_pitchshift",
	"func_speex",
	"func_talkdetect",
	"func_tonedetect",
	"func_volume",
	"chan_sip",
};

static int begin(void **state)
{
	sim_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	return 0;
}

static void what_functions_do_not_know_is_told(void **state)
{
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
		{ "FEATURE", "nosuch",
		  "there is no option \"nosuch\" in [general] of features.conf" },
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
		{ "TONE_DETECT", "2600,1000,Z",
		  "no such option \"Z\" in \"Z\"; there are abcgnprtx" },
		{ "HANGUPCAUSE", "SIP/1-1,x", "it is channel,tech or channel,ast, not \"x\"" },
		{ "STAT", "x,/tmp", "there is no flag \"x\"" },
		{ "FORWARD", "1001,never",
		  "\"never\": expected always, busy, noanswer, unreachable or time" },
		{ "MESSAGE", "subject", "there is no \"subject\"" },
		{ "PJSIP_HEADER", "red,X-A",
		  "expected [read|add|update|remove,]name[,number], not \"red,X-A\"" },
		{ "SIP_HEADER", "", "expected [read|add|update|remove,]name[,number], not \"\"" },
	};

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

static void what_functions_know_passes(void **state)
{
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
		{ "MESSAGE", "custom_data" },
		{ "PJSIP_HEADER", "read,X-A,2" },
		{ "PJSIP_HEADER", "remove,X-*" },
		{ "SIP_HEADER", "From" },
	};
	char buf[160];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(good); i++) {
		const struct rd_function *function = rd_function_find(good[i].name);
		const char *told = function->check(good[i].args, buf, sizeof(buf));

		if (told)
			fail_msg("%s(%s): %s", good[i].name, good[i].args, told);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_functions_do_not_know_is_told),
		TEST(what_functions_know_passes),
	};

	return RUN_GROUP(tests);
}
