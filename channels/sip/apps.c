/* The applications of the driver: a table, because they belong to several folders. */
#include "channels/sip/apps.h"
#include "channels/sip/call/redirect.h"
#include "channels/sip/pager/pager.h"

const struct rd_app sip_apps[] = {
	{ .name = "Redirect",
	  .run = sip_redirect_app,
	  .synopsis = "Answer a SIP call with where somebody is registered",
	  .syntax = "Redirect(number[@host][&...][,options])",
	  .description = "The caller gets 302 with the contacts of all who are registered; a "
			 "number that is not, but has a host, stands for itself. Option p: "
			 "301, for good. The call ends, and REDIRECTSTATUS is SUCCESS; else "
			 "it goes on: UNREGISTERED, UNSUPPORTED (answered already, or not a "
			 "SIP call) or FAILURE." },
	{ .name = "MessageSend",
	  .run = sip_messagesend_app,
	  .check = sip_messagesend_check,
	  .synopsis = "Send a text",
	  .syntax = "MessageSend(destination[,from[,to]])",
	  .description = "The text is MESSAGE(body), its headers are those of MESSAGE_DATA(). It "
			 "goes to all devices of a phone (pjsip:1002), to a peer "
			 "(pjsip:peer/sip:4711@host) or to an address (pjsip:bob@192.0.2.7). "
			 "MESSAGE_SEND_STATUS is SUCCESS when one has taken it, FAILURE, "
			 "INVALID_URI or INVALID_PROTOCOL." },
	{ 0 }
};
