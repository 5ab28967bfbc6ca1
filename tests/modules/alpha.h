/* What good_alpha publishes, as interface "alpha", version 2. */
#ifndef TESTS_MODULES_ALPHA_H
#define TESTS_MODULES_ALPHA_H

struct alpha_state {
	int loads, commits, commits_at_load;
	int level; /* of alpha.conf */
};

#endif
