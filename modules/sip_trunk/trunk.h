/* What the files of this module share. */
#ifndef MODULES_SIP_TRUNK_TRUNK_H
#define MODULES_SIP_TRUNK_TRUNK_H

#include "modules/sip_trunk/settings.h"

extern struct trunk_settings *trunks_in_force; /* NULL before the first commit */

#endif
