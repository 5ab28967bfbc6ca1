/* What good_alpha publishes, as interface "alpha", version 2. */
#ifndef RD_TESTS_MODULES_ALPHA_H
#define RD_TESTS_MODULES_ALPHA_H

struct alpha_state {
	int loads, commits, commits_at_load;
	int level; /* of alpha.conf */
};

#endif
