/* The dialplan's functions of this module, a row for each. */
#include <ringdown/function.h>

#include "modules/sip_trunk/enum.h"
#include "modules/sip_trunk/stir.h"
#include "modules/sip_trunk/trunk.h"

const struct rd_function trunk_functions[] = {
	{ .name = "ENUMLOOKUP",
	  .read = enum_lookup_read,
	  .check = enum_lookup_check,
	  .yields = true,
	  .synopsis = "Where a number of the world wants to be called, by the name servers (ENUM)",
	  .syntax = "ENUMLOOKUP(number[,method[,options[,which[,zone]]]])",
	  .description =
		  "The address of the first record of the method, without its scheme: what stands "
		  "behind SIP/. Empty where there is none.\n"
		  "method: sip (the default), tel, mailto, ...; ALL: any, with its scheme.\n"
		  "options: c, how many there are; u, with the scheme.\n"
		  "which: 2 is the second one. zone: another one than e164.arpa." },
	{ .name = "STIR_SHAKEN",
	  .read = stir_shaken_read,
	  .check = stir_shaken_check,
	  .synopsis = "What became of the signatures of a call that came in",
	  .syntax = "STIR_SHAKEN(count) or STIR_SHAKEN(index,identity|attestation|verify_result)",
	  .description = "identity: the number that was signed; attestation: A, B or C; "
			 "verify_result: success, or why it is not believed." },
	{ 0 }
};
