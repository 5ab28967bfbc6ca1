/* The console's view of parking. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ringdown/clock.h>

#include "apps/res_parking/parking.h"

static void print_place(struct rd_cli *cli, const struct parking_place *place)
{
	const char *number = rd_channel_party(place->ch, RD_PARTY_CALLER)->number;
	uint64_t waited_ms = rd_now_ms() - place->since_ms;
	char left[32] = "for ever";

	if (place->time_ms)
		snprintf(left, sizeof(left), "%" PRIu64 " s",
			 ((uint64_t)place->time_ms - RD_MIN(waited_ms, (uint64_t)place->time_ms)) /
				 1000);
	rd_cli_print(cli, "%-16s %6d %-32s %-16s %-20s %s\n", place->lot->name, place->number,
		     rd_channel_name(place->ch), number ? number : "", place->parker, left);
}

static int show_calls(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct parking_place *place = NULL;
	size_t count = 0;

	if (argc > 1)
		return -EINVAL;
	rd_cli_print(cli, "%-16s %6s %-32s %-16s %-20s %s\n", "Lot", "Place", "Channel", "Caller",
		     "Parked by", "Time left");
	while ((place = parking_next(place))) {
		if (argc && strcmp(place->lot->name, argv[0]) != 0)
			continue;
		print_place(cli, place);
		count++;
	}
	rd_cli_count(cli, count, "parked call", "parked calls");
	return 0;
}

static int show_lots(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct parking_settings *settings = parking_settings();

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-16s %-10s %-14s %-24s %s\n", "Lot", "Extension", "Places", "Context",
		     "Time");
	for (const struct parking_lot *lot = settings ? settings->lots : NULL; lot;
	     lot = lot->next) {
		char places[32];

		snprintf(places, sizeof(places), "%d-%d", lot->first, lot->last);
		rd_cli_print(cli, "%-16s %-10s %-14s %-24s %d s\n", lot->name, lot->exten, places,
			     lot->context, lot->time_ms / 1000);
	}
	return 0;
}

static char *complete(int argc, const char *const *argv, int n)
{
	const struct parking_settings *settings = parking_settings();

	if (argc != 1)
		return NULL;
	for (const struct parking_lot *lot = settings ? settings->lots : NULL; lot; lot = lot->next)
		if (strncmp(lot->name, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(lot->name);
	return NULL;
}

const struct rd_cli_command parking_commands[] = {
	{ .name = "parkedcalls show",
	  .usage = "[lot]",
	  .help = "Show who is parked, where and by whom",
	  .run = show_calls,
	  .complete = complete },
	{ .name = "parking show", .usage = "", .help = "Show the parking lots", .run = show_lots },
	{ 0 },
};
