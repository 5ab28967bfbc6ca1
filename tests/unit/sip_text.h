/* What the tests of SIP text share. */
#ifndef TESTS_UNIT_SIP_TEXT_H
#define TESTS_UNIT_SIP_TEXT_H

#include "tests/unit/test.h"

#include <ringdown/str.h>

/* A view holds just this text. */
#define assert_str(view, text)                                              \
	do {                                                                \
		struct rd_str view_ = (view), text_ = rd_str_of(text);      \
		if (!view_.p || !rd_str_eq(view_, text_))                   \
			fail_msg("\"%.*s\" is not \"%s\"", RD_STR_ARG(view_), \
				 text_.p);                                  \
	} while (0)

#define assert_absent(view) assert_null((view).p)

#endif
