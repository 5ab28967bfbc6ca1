/* The event bus: who hears what, in which order, and comings and goings. */
#include "tests/unit/test.h"

#include <ringdown/event.h>

#include "core/sched/sched.h"

static char heard[128];

static void note(const struct rd_event *event, void *arg)
{
	strcat(heard, arg);
	if (event->text)
		strcat(heard, event->text);
}

static const struct rd_subscriber first = {
	.name = "first", .types = RD_EVENT_BIT(RD_EVENT_USER), .notify = note, .arg = "1"
};
static const struct rd_subscriber second = {
	.name = "second",
	.types = RD_EVENT_BIT(RD_EVENT_USER) | RD_EVENT_BIT(RD_EVENT_RELOAD),
	.notify = note,
	.arg = "2",
};

static void leave(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	rd_unsubscribe(&first);
	rd_unsubscribe(&second);
}

static const struct rd_subscriber leaver = {
	.name = "leaver", .types = RD_EVENT_BIT(RD_EVENT_USER), .notify = leave
};

static void publish(enum rd_event_type type, const char *text)
{
	struct rd_event event = { .type = type, .text = text };

	rd_event_publish(&event);
}

static int setup(void **state)
{
	(void)state;
	heard[0] = '\0';
	return rd__sched_init(4);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	return 0;
}

static void each_hears_what_it_asked_for_in_the_order_of_coming(void **state)
{
	(void)state;
	assert_int_equal(rd_subscribe(&first), 0);
	assert_int_equal(rd_subscribe(&second), 0);
	publish(RD_EVENT_USER, "a");
	publish(RD_EVENT_RELOAD, "b");
	publish(RD_EVENT_MODULE, "c");
	assert_string_equal(heard, "1a2a2b");
	rd_unsubscribe(&first);
	rd_unsubscribe(&second);
}

static void nobody_is_wanted_when_all_have_left(void **state)
{
	(void)state;
	assert_false(rd_event_wanted(RD_EVENT_RELOAD));
	assert_int_equal(rd_subscribe(&second), 0);
	assert_true(rd_event_wanted(RD_EVENT_RELOAD));
	rd_unsubscribe(&second);
	assert_false(rd_event_wanted(RD_EVENT_RELOAD));
	publish(RD_EVENT_RELOAD, "x");
	assert_string_equal(heard, "");
}

static void one_may_leave_while_events_are_told(void **state)
{
	(void)state;
	assert_int_equal(rd_subscribe(&first), 0);
	assert_int_equal(rd_subscribe(&leaver), 0);
	assert_int_equal(rd_subscribe(&second), 0);
	publish(RD_EVENT_USER, "a");
	publish(RD_EVENT_USER, "b");
	assert_string_equal(heard, "1a");
	rd_unsubscribe(&leaver);
}

static void whoever_finds_no_memory_hears_nothing(void **state)
{
	(void)state;
	rd__alloc_fail_after(1); /* two types, two blocks */
	assert_int_equal(rd_subscribe(&second), -ENOMEM);
	rd__alloc_fail_after(-1);
	assert_false(rd_event_wanted(RD_EVENT_USER));
	assert_false(rd_event_wanted(RD_EVENT_RELOAD));
}

static struct rd_subscriber crowd[100];

static void bring_all(const struct rd_event *event, void *arg)
{
	(void)event, (void)arg;
	for (size_t i = 0; i < RD_ARRAY_SIZE(crowd); i++) {
		crowd[i] = second;
		assert_int_equal(rd_subscribe(&crowd[i]), 0);
	}
}

static void many_may_come_while_events_are_told(void **state)
{
	static const struct rd_subscriber bringer = {
		.name = "bringer", .types = RD_EVENT_BIT(RD_EVENT_CONTACT), .notify = bring_all
	};

	(void)state;
	assert_int_equal(rd_subscribe(&bringer), 0);
	assert_int_equal(rd_subscribe(&first), 0);
	publish(RD_EVENT_CONTACT, "");
	publish(RD_EVENT_USER, "");
	assert_int_equal(strlen(heard), 1 + RD_ARRAY_SIZE(crowd));
	assert_true(heard[0] == '1' && heard[1] == '2');
	for (size_t i = 0; i < RD_ARRAY_SIZE(crowd); i++)
		rd_unsubscribe(&crowd[i]);
	rd_unsubscribe(&bringer);
	publish(RD_EVENT_USER, "");
	assert_int_equal(strlen(heard), 2 + RD_ARRAY_SIZE(crowd));
	rd_unsubscribe(&first);
}

static void every_type_has_a_name(void **state)
{
	(void)state;
	for (int type = 1; type < RD_EVENT_TYPES; type++)
		assert_non_null(rd_event_name(type));
	assert_null(rd_event_name(0));
	assert_null(rd_event_name(RD_EVENT_TYPES));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_hears_what_it_asked_for_in_the_order_of_coming),
		TEST(nobody_is_wanted_when_all_have_left),
		TEST(one_may_leave_while_events_are_told),
		TEST(whoever_finds_no_memory_hears_nothing),
		TEST(many_may_come_while_events_are_told),
		TEST(every_type_has_a_name),
	};

	return RUN_GROUP(tests);
}
