/* Which keys stand for which names. */
#include "tests/unit/test.h"

#include "apps/app_voicemail/letters.h"

static void a_name_is_found_by_its_first_letters(void **state)
{
	static const struct {
		const char *name, *digits;
		unsigned parts;
		bool found;
	} cases[] = {
		{ "Anna Berg", "237", VM_LAST_NAME, true },
		{ "Anna Berg", "2374", VM_LAST_NAME, true },
		{ "Anna Berg", "23744", VM_LAST_NAME, false },
		{ "Anna Berg", "266", VM_LAST_NAME, false },
		{ "Anna Berg", "266", VM_FIRST_NAME, true },
		{ "Anna Berg", "237", VM_FIRST_NAME, false },
		{ "Anna Berg", "266", VM_FIRST_NAME | VM_LAST_NAME, true },
		{ "Anna Berg", "237", VM_FIRST_NAME | VM_LAST_NAME, true },
		{ "Anna", "266", VM_LAST_NAME, true },
		{ "Anna", "26622", VM_FIRST_NAME, false },
		{ "Jörg Müller", "685", VM_LAST_NAME, true },
		{ "Jörg Müller", "567", VM_FIRST_NAME, true },
		{ "Sean O'Neil", "663", VM_LAST_NAME, true },
		{ "Zed Qxyz", "7999", VM_LAST_NAME, true },
		{ "Desk 7", "7", VM_LAST_NAME, true },
		{ "", "2", VM_LAST_NAME, false },
		{ "\xc3", "2", VM_LAST_NAME, false },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++)
		if (vm_name_matches(cases[i].name, cases[i].digits, cases[i].parts) !=
		    cases[i].found)
			fail_msg("%s by %s", cases[i].name, cases[i].digits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_by_its_first_letters),
	};

	return RUN_GROUP(tests);
}
