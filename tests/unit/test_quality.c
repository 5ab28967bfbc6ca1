/* What loss, delay and codec come to: the E-model against G.107's own
 * figures, and bursts as RFC 3611 counts them. */
#include "tests/unit/test.h"

#include <ringdown/codec.h>

#include "core/media/quality.h"

static const struct rd_codec g711 = { .robustness = 251 };
static const struct rd_codec g729 = { .impairment = 11, .robustness = 190 };

/* R in tenths, so that failures can be read. */
static int rating(const struct rd_codec *codec, double loss, double delay_ms)
{
	struct rd__quality quality = rd__quality_of(codec, loss);

	quality.delay_ms = delay_ms;
	return (int)(rd__quality_rating(&quality) * 10 + 0.5);
}

static int mos(double r)
{
	return (int)(rd__quality_mos(r) * 100 + 0.5);
}

static void a_call_without_fault_has_the_highest_rating(void **state)
{
	(void)state;
	assert_int_equal(rating(&g711, 0, 0), 932);
	assert_int_equal(rating(NULL, 0, 0), 932);
	assert_int_equal(rating(&g729, 0, 0), 822);
}

/* G.107 table B.1: R of 90, 80, 70, 60, 50. */
static void the_opinion_score_is_that_of_annex_b(void **state)
{
	(void)state;
	assert_int_equal(mos(90), 434);
	assert_int_equal(mos(80), 402); /* printed as 4.03 */
	assert_int_equal(mos(70), 360);
	assert_int_equal(mos(60), 310);
	assert_int_equal(mos(50), 258);
	assert_int_equal(mos(0), 100);
	assert_int_equal(mos(3), 100); /* where the polynomial dips */
	assert_int_equal(mos(120), 450);
}

static void loss_counts_by_how_well_the_codec_conceals(void **state)
{
	(void)state;
	/* 95 * 2 / (2 + 25.1) = 7.0; 11 + 84 * 2 / (2 + 19) = 19 */
	assert_int_equal(rating(&g711, 0.02, 0), 862);
	assert_int_equal(rating(&g729, 0.02, 0), 742);
	assert_int_equal(rating(&g711, 1, 0), 173);
}

static void delay_counts_double_beyond_177_ms(void **state)
{
	(void)state;
	assert_int_equal(rating(&g711, 0, 100), 908);
	assert_int_equal(rating(&g711, 0, 400), 591);
	assert_int_equal(rating(&g711, 0, 5000), 0);
}

static void clusters_are_worse_than_chance(void **state)
{
	struct rd__quality quality = rd__quality_of(&g711, 0.02);
	double by_chance = rd__quality_rating(&quality);

	(void)state;
	quality.burst_ratio = 4;
	assert_true(rd__quality_rating(&quality) < by_chance);
}

/* ---- bursts and gaps ---- */

static struct rd__loss_runs runs;

static int begin(void **state)
{
	(void)state;
	memset(&runs, 0, sizeof(runs));
	return 0;
}

static void come(int count)
{
	while (count-- > 0)
		rd__loss_runs_add(&runs, 0);
}

static void lost(int count)
{
	rd__loss_runs_add(&runs, (uint32_t)count);
}

static void no_loss_is_one_long_gap(void **state)
{
	struct rd__loss_shape shape;

	(void)state;
	come(100);
	shape = rd__loss_shape(&runs);
	assert_true(shape.gap_packets == 100 && shape.gap_density == 0);
	assert_true(shape.burst_packets == 0 && shape.burst_density == 0);
	assert_true(shape.burst_ratio == 1);
}

static void nothing_received_is_nothing(void **state)
{
	struct rd__loss_shape shape = rd__loss_shape(&runs);

	(void)state;
	assert_true(shape.gap_packets == 0 && shape.burst_ratio == 1);
}

static void single_losses_far_apart_belong_to_the_gap(void **state)
{
	struct rd__loss_shape shape;

	(void)state;
	for (int i = 0; i < 5; i++) {
		come(19);
		lost(1); /* and one that comes */
	}
	shape = rd__loss_shape(&runs);
	assert_int_equal(runs.total, 105);
	assert_true(shape.burst_packets == 0);
	assert_true(shape.gap_density > 0.047 && shape.gap_density < 0.048);
	assert_true(shape.burst_ratio == 1);
}

static void losses_near_each_other_are_one_burst(void **state)
{
	struct rd__loss_shape shape;

	(void)state;
	come(50);
	lost(1); /* the burst begins */
	come(13); /* 14 received with the one after the loss */
	lost(2); /* and ends: 1 + 14 + 2 packets, 3 of them lost */
	come(80);
	shape = rd__loss_shape(&runs);
	assert_int_equal(runs.total, 50 + 2 + 13 + 3 + 80);
	assert_true(shape.burst_packets == 17);
	assert_true(shape.burst_density == 3.0 / 17);
	assert_true(shape.gap_density == 0);
	assert_true(shape.gap_packets == (148 - 17) / 2.0);
}

static void sixteen_received_end_a_burst(void **state)
{
	(void)state;
	lost(2);
	come(15);
	lost(2);
	assert_int_equal(runs.bursts, 1); /* the first one is complete */
	assert_int_equal(runs.burst_packets, 2);
	come(14);
	lost(1);
	assert_int_equal(runs.bursts, 1); /* the second one goes on */
	assert_int_equal(runs.cluster_packets, 2 + 15 + 1);
}

static void long_runs_raise_the_ratio(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		come(95);
		lost(4);
	}
	/* 4 % lost in runs of 4: chance would make them 1/0.96 long. */
	assert_in_range((int)(rd__loss_shape(&runs).burst_ratio * 100), 380, 386);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_without_fault_has_the_highest_rating),
		cmocka_unit_test(the_opinion_score_is_that_of_annex_b),
		cmocka_unit_test(loss_counts_by_how_well_the_codec_conceals),
		cmocka_unit_test(delay_counts_double_beyond_177_ms),
		cmocka_unit_test(clusters_are_worse_than_chance),
		cmocka_unit_test_setup(no_loss_is_one_long_gap, begin),
		cmocka_unit_test_setup(nothing_received_is_nothing, begin),
		cmocka_unit_test_setup(single_losses_far_apart_belong_to_the_gap, begin),
		cmocka_unit_test_setup(losses_near_each_other_are_one_burst, begin),
		cmocka_unit_test_setup(sixteen_received_end_a_burst, begin),
		cmocka_unit_test_setup(long_runs_raise_the_ratio, begin),
	};

	return RUN_GROUP(tests);
}
