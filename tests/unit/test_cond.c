/* Conditions and mailboxes, on the virtual clock. */
#include "tests/unit/test.h"

#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"

static struct rd_cond cond;
static char told[64];

static int setup(void **state)
{
	(void)state;
	told[0] = '\0';
	rd_cond_init(&cond);
	rd__clock_set_virtual();
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	rd_cond_fini(&cond);
	rd__sched_fini();
	rd__clock_set_real();
	return 0;
}

static int wait_and_tell(void *arg)
{
	int rc = rd_cond_wait(&cond, 1000);

	strcat(told, arg);
	strcat(told, rc == 0 ? "+" : rc == -ETIMEDOUT ? "-" : "x");
	return rc;
}

static void signal_wakes_the_longest_waiter_broadcast_all(void **state)
{
	(void)state;
	rd_cond_signal(&cond); /* nobody there: nothing is remembered */
	rd_fiber_new_detached("a", wait_and_tell, "a");
	rd_fiber_new_detached("b", wait_and_tell, "b");
	rd_fiber_new_detached("c", wait_and_tell, "c");
	rd__sched_run_for(10);
	rd_cond_signal(&cond);
	rd__sched_run_for(10);
	assert_string_equal(told, "a+");
	rd_cond_broadcast(&cond);
	rd__sched_run_for(10);
	assert_string_equal(told, "a+b+c+");
}

static void a_wait_ends_when_its_time_is_up(void **state)
{
	(void)state;
	rd_fiber_new_detached("a", wait_and_tell, "a");
	rd__sched_run_for(999);
	assert_string_equal(told, "");
	rd__sched_run_for(2);
	assert_string_equal(told, "a-");
}

static void a_signal_just_before_the_timeout_wins(void **state)
{
	(void)state;
	rd_fiber_new_detached("a", wait_and_tell, "a");
	rd__sched_run_for(999);
	rd_cond_signal(&cond);
	rd__clock_jump(5000);
	rd__sched_run_idle();
	assert_string_equal(told, "a+");
}

struct letter {
	struct rd_list link;
	char text;
};

static int read_letters(void *arg)
{
	struct rd_mailbox *mailbox = arg;
	struct rd_list *got;
	int rc;

	while ((rc = rd_mailbox_receive(mailbox, 500, &got)) == 0)
		strncat(told, &rd_list_entry(got, struct letter, link)->text, 1);
	return rc;
}

static void letters_arrive_in_order(void **state)
{
	struct letter letters[3] = { { .text = 'x' }, { .text = 'y' }, { .text = 'z' } };
	struct rd_mailbox mailbox;
	struct rd_fiber *fiber;
	int result;

	(void)state;
	rd_mailbox_init(&mailbox, NULL);
	rd_mailbox_post(&mailbox, &letters[0].link);
	rd_fiber_new(&fiber, "reader", read_letters, &mailbox);
	rd_mailbox_post(&mailbox, &letters[1].link);
	rd__sched_run_for(400);
	rd_mailbox_post(&mailbox, &letters[2].link);
	rd__sched_run_idle();
	assert_string_equal(told, "xyz");
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, -ETIMEDOUT);
	assert_null(rd_mailbox_take(&mailbox));
	rd_mailbox_fini(&mailbox);
}

static int read_two_boxes(void *arg)
{
	struct rd_mailbox *boxes = arg;

	for (int seen = 0; seen < 2;) {
		assert_int_equal(rd_cond_wait(&cond, RD_FOREVER), 0);
		for (int i = 0; i < 2; i++)
			while (rd_mailbox_take(&boxes[i])) {
				strcat(told, i ? "2" : "1");
				seen++;
			}
	}
	return 0;
}

static void one_reader_waits_on_many_mailboxes(void **state)
{
	struct rd_mailbox boxes[2];
	struct letter a, b;

	(void)state;
	rd_mailbox_init(&boxes[0], &cond);
	rd_mailbox_init(&boxes[1], NULL);
	rd_mailbox_set_notify(&boxes[1], &cond);
	rd_fiber_new_detached("reader", read_two_boxes, boxes);
	rd__sched_run_idle();
	rd_mailbox_post(&boxes[1], &a.link);
	rd__sched_run_idle();
	rd_mailbox_post(&boxes[0], &b.link);
	rd__sched_run_idle();
	assert_string_equal(told, "21");
	rd_mailbox_fini(&boxes[0]);
	rd_mailbox_fini(&boxes[1]);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(signal_wakes_the_longest_waiter_broadcast_all),
		ON_LOOP(a_wait_ends_when_its_time_is_up),
		ON_LOOP(a_signal_just_before_the_timeout_wins),
		ON_LOOP(letters_arrive_in_order),
		ON_LOOP(one_reader_waits_on_many_mailboxes),
	};

	return RUN_GROUP(tests);
}
