/* What a table of 100,000 prices costs: reading it, holding it, finding the price of a
 * number. */
#include <stdlib.h>

#include "bench/bench.h"
#include "modules/sip_trunk/rates.h"
#include "tests/unit/conf_dir.h"

enum { PREFIXES = 100000, NUMBERS = 100000, ROUNDS = 20 };

/* Of the country that is number i in the sheet, or of a block of numbers in one. */
static unsigned long prefix_of(int i)
{
	return i < 900 ? 100ul + (unsigned long)i : 4100000ul + (unsigned long)i * 37;
}

static void write_sheet(void)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_adds(&text, "prefix,price,name\n");
	for (int i = 0; i < PREFIXES; i++)
		rd_buf_printf(&text, "%lu,0.%04d,\"somewhere, %d\"\n", prefix_of(i), i % 9999, i);
	conf_dir_write("sheet.csv", rd_buf_text(&text));
	rd_buf_fini(&text);
}

static struct rates *read_sheet(void)
{
	struct rd_config_report *report;
	struct rates *rates;
	double start;

	rd_config_report_new(&report);
	start = bench_cpu_us();
	if (rates_read(&rates, "sheet.csv", report)) {
		fprintf(stderr, "%s\n", conf_report_text(report));
		exit(1);
	}
	printf("%-58s %9.1f ms\n", "100,000 prices read, beside calls",
	       (bench_cpu_us() - start) / 1000);
	rd_config_report_free(report);
	return rates;
}

static void look_up(const struct rates *rates)
{
	static char numbers[NUMBERS][32];
	unsigned found = 0;
	double start;

	srand(1);
	for (int i = 0; i < NUMBERS; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%lu%04d", prefix_of(rand() % PREFIXES),
			 rand() % 10000);
	start = bench_cpu_us();
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < NUMBERS; i++) {
			uint32_t price;
			size_t prefix;

			found += rates_find(rates, rd_str_of(numbers[i]), &price, &prefix);
		}
	bench_row_since("the price of a number", start, ROUNDS * NUMBERS);
	if (!found)
		exit(1);
}

int main(void)
{
	struct rates *rates;

	conf_dir_make();
	write_sheet();
	rates = read_sheet();
	printf("%-58s %9zu KiB\n", "memory of these", rates_bytes(rates) / 1024);
	look_up(rates);
	rates_free(rates);
	conf_dir_remove();
	return 0;
}
