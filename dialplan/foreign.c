/* Whoever brings a dialplan of Asterisk's along is told the nearest thing. */
#include <string.h>
#include <strings.h>

#include <ringdown/base.h>

#include "dialplan/foreign.h"

/* A star at the end stands for any rest. A name that a module brings after all is never
 * looked up here. */
struct row {
	const char *theirs, *instead;
};

static const char no_adsi[] = "there is no ADSI";
static const char no_agents[] = "queues have members: AddQueueMember()";
static const char no_calendar[] = "there are no calendars";
static const char no_database[] = "DB() keeps values";
static const char no_dahdi[] = "calls are SIP";
static const char no_enum[] = "numbers are looked up in the dialplan, and by ENUMLOOKUP()";
static const char no_fax[] = "faxes pass through, none is sent or received here";
static const char no_interception[] = "CALLERID() and REDIRECTING() are set before";
static const char no_jabber[] = "there is no XMPP";
static const char no_minivm[] = "VoiceMail() has mailboxes";
static const char no_room[] = "ConfBridge() makes conference rooms";
static const char no_programs[] = "System() runs a program, which knows nothing of the call";
static const char no_server[] = "there is no interface for servers of others yet";
static const char no_sla[] = "there are no shared lines yet";
static const char no_speech[] = "speech is neither understood nor made";
static const char no_geolocation[] = "EmergencyCall() says where a phone is";
static const char use_gosub[] = "Gosub() and Return()";
static const char use_mixmonitor[] = "MixMonitor()";
static const char use_pjsip_header[] = "PJSIP_HEADER(add,...) and PJSIP_HEADER(remove,...)";
static const char in_trace[] = "\"sip trace on\" on the console";

static const struct row apps[] = {
	{ "ADSIProg", no_adsi },
	{ "AELSub", use_gosub },
	{ "AGI", no_programs },
	{ "AgentLogin", no_agents },
	{ "AgentRequest", no_agents },
	{ "AlarmReceiver", "alarm panels are not understood" },
	{ "AudioSocket", no_server },
	{ "ChanIsAvail", "DEVICE_STATE() tells whether a phone is free" },
	{ "ClearHash", "HASH_CLEAR()" },
	{ "DAHDI*", no_dahdi },
	{ "DBdel", "DB_DELETE()" },
	{ "DBdeltree", "DB_DELETE()" },
	{ "DateTime", "SayUnixTime()" },
	{ "DeadAGI", no_programs },
	{ "Dictate", "Record() and ControlPlayback()" },
	{ "EAGI", no_programs },
	{ "ExternalIVR", no_programs },
	{ "FastAGI", no_programs },
	{ "Festival", no_speech },
	{ "Flash", no_dahdi },
	{ "ForkCDR", "every party that is dialled has a record" },
	{ "GetCPEID", no_adsi },
	{ "ICES", use_mixmonitor },
	{ "IVRDemo", "Background() and WaitExten()" },
	{ "ImportVar", "SHARED() has variables that legs share" },
	{ "JACK", no_server },
	{ "Jabber*", no_jabber },
	{ "MP3Player", "MusicOnHold() with a class of mode = custom" },
	{ "MYSQL", no_database },
	{ "Macro*", use_gosub },
	{ "MeetMe*", no_room },
	{ "Minivm*", no_minivm },
	{ "Monitor", use_mixmonitor },
	{ "ChangeMonitor", use_mixmonitor },
	{ "StopMonitor", "StopMixMonitor()" },
	{ "Morsecode", "SayAlpha()" },
	{ "NBScat", "MusicOnHold() with a class of mode = custom" },
	{ "NoCDR", "Set(CDR_PROP(disable)=1)" },
	{ "ODBC_*", no_database },
	{ "ODBCFinish", no_database },
	{ "OSP*", "there is no OSP" },
	{ "PJSIPHangup", "Hangup() with a cause" },
	{ "PJSIPNotify", "there is no such command yet" },
	{ "PrivacyManager", "Read() asks for a number, Set(CALLERID(num)=...) takes it" },
	{ "QueueUpdate", "there is no such line in the log of queues" },
	{ "ReadExten", "Read(), and VALID_EXTEN() says whether there is such an extension" },
	{ "RealTime*", no_database },
	{ "ReceiveFAX", no_fax },
	{ "ReceiveFax", no_fax },
	{ "SIPAddHeader", use_pjsip_header },
	{ "SIPRemoveHeader", use_pjsip_header },
	{ "SIPDtmfMode", "dtmf_mode of a phone" },
	{ "SIPSendCustomINFO", "MessageSend() sends texts" },
	{ "SLAStation", no_sla },
	{ "SLATrunk", no_sla },
	{ "SMS", "MessageSend() sends texts" },
	{ "SendFAX", no_fax },
	{ "SendImage", "SendText() sends texts" },
	{ "SendURL", "SendText() sends texts" },
	{ "SetCallerPres", "Set(CALLERID(pres)=...)" },
	{ "SayCountedAdj", "numbers are said in English" },
	{ "SayCountedNoun", "numbers are said in English" },
	{ "Signal", "UserEvent() tells, a loop of Wait() and GLOBAL() waits" },
	{ "SkelGuessNumber", "it is an example" },
	{ "Skel", "it is an example" },
	{ "Speech*", no_speech },
	{ "Stasis", no_server },
	{ "StreamEcho", "Echo()" },
	{ "TestClient", "Milliwatt() and WaitForTone()" },
	{ "TestServer", "Milliwatt() and WaitForTone()" },
	{ "WaitForCondition", "While() and Wait()" },
	{ "WaitForRing", "Wait()" },
	{ "WaitForSignal", "While() and Wait()" },
	{ "WaitMusicOnHold", "MusicOnHold()" },
	{ "WaitUntil", "Wait(), and EPOCH is the time" },
	{ "Zapateller", "PlayTones(info)" },
	{ 0 },
};

static const struct row functions[] = {
	{ "AES_DECRYPT", "texts are not encrypted" },
	{ "AES_ENCRYPT", "texts are not encrypted" },
	{ "AGENT", no_agents },
	{ "AOR", "PJSIP_AOR()" },
	{ "AST_CONFIG", "DB() and GLOBAL() have values" },
	{ "AST_SORCERY", "PJSIP_ENDPOINT() and PJSIP_AOR()" },
	{ "CALENDAR_*", no_calendar },
	{ "CALLERPRES", "CALLERID(pres)" },
	{ "CHECKSIPDOMAIN", "every domain is ours" },
	{ "CURL", "nothing is fetched from the web" },
	{ "CURLOPT", "nothing is fetched from the web" },
	{ "DIALGROUP", "GLOBAL() may hold what Dial() is given" },
	{ "DUNDI*", no_enum },
	{ "ENDPOINT", "PJSIP_ENDPOINT()" },
	{ "ENUMQUERY", "ENUMLOOKUP() asks at once" },
	{ "ENUMRESULT", "ENUMLOOKUP() tells each record" },
	{ "FAXOPT", no_fax },
	{ "FILE", "STAT() tells about files" },
	{ "FILE_COUNT_LINE", "STAT() tells about files" },
	{ "FILE_FORMAT", "STAT() tells about files" },
	{ "FRAME_*", in_trace },
	{ "GEOLOC_*", no_geolocation },
	{ "HOLD_INTERCEPT", "the event bus tells of it" },
	{ "IAXPEER", no_dahdi },
	{ "IAXVAR", no_dahdi },
	{ "JABBER_*", no_jabber },
	{ "LDAPGET", no_database },
	{ "MEETME_INFO", "CONFBRIDGE_INFO()" },
	{ "MINIVM*", no_minivm },
	{ "MUTEX", "LOCK() and UNLOCK()" },
	{ "ODBC*", no_database },
	{ "PERIODIC_HOOK", "nothing runs beside a call" },
	{ "PJSIP_DTMF_MODE", "dtmf_mode of a phone" },
	{ "PJSIP_HEADERS", "PJSIP_HEADER(read,NAME) reads each" },
	{ "PJSIP_HEADER_PARAM", "PJSIP_HEADER(read,NAME), and CUT() takes it apart" },
	{ "PJSIP_MOH_PASSTHROUGH", "music is played from here" },
	{ "PJSIP_PARSE_URI", "CUT() takes it apart" },
	{ "PJSIP_PARSE_URI_FROM", "CUT() takes it apart" },
	{ "PJSIP_REGISTRATION", "\"sip show registrations\" on the console" },
	{ "PJSIP_RESPONSE_HEADER", "HANGUPCAUSE() tells what the far end answered" },
	{ "PJSIP_SEND_SESSION_REFRESH", "PJSIP_MEDIA_OFFER() before the call" },
	{ "PJSIP_TRANSFER_HANDLING", "allow_transfer of a phone" },
	{ "PP_EACH_*", "there is no provisioning of phones" },
	{ "PRESENCE_STATE", "phones publish it; DEVICE_STATE() tells who talks" },
	{ "REALTIME*", no_database },
	{ "SCRAMBLE", "PITCH_SHIFT() changes a voice" },
	{ "SHELL", "System() runs a program" },
	{ "SIPCHANINFO", "CHANNEL() tells about a call" },
	{ "SIPPEER", "PJSIP_ENDPOINT() and PJSIP_CONTACT()" },
	{ "SMDI_*", "there is no SMDI" },
	{ "SPEECH*", no_speech },
	{ "SQL_ESC*", no_database },
	{ "SRVQUERY", "names of servers are looked up by Dial()" },
	{ "SRVRESULT", "names of servers are looked up by Dial()" },
	{ "SYSINFO", "\"core show uptime\" on the console" },
	{ "TESTTIME", "IFTIME() and GotoIfTime() take the time that it is" },
	{ "TXTCIDNAME", no_enum },
	{ "VMBOXEXISTS", "VM_INFO(mailbox,exists)" },
	{ 0 },
};

static const struct row variables[] = {
	{ "ATTENDED_TRANSFER_COMPLETE_SOUND", "xfersound of features.conf" },
	{ "BRIDGE_PLAY_SOUND", "an application of [applicationmap] plays to either" },
	{ "CC_CALLBACK_SUB*", "b of Dial() runs a routine before each call" },
	{ "CONNECTED_LINE_SEND_SUB*", no_interception },
	{ "GOTO_ON_BLINDXFR", "the dialplan goes on with option g of Dial()" },
	{ "PARKINGDYN*", "lots are sections of res_parking.conf" },
	{ "REDIRECTING_SEND_SUB*", no_interception },
	{ "SIP_CODEC*", "PJSIP_MEDIA_OFFER() in a routine of b of Dial()" },
	{ 0 },
};

static bool fits(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncasecmp(pattern, name, n - 1) == 0;
	return strcasecmp(pattern, name) == 0;
}

static const char *find(const struct row *row, const char *name)
{
	while (row->theirs && !fits(row->theirs, name))
		row++;
	return row->instead;
}

const char *dp_foreign_variable(const char *name)
{
	return find(variables, name);
}

const char *dp_foreign_app(const char *name)
{
	return find(apps, name);
}

const char *dp_foreign_function(const char *name)
{
	return find(functions, name);
}
