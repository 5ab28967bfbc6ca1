/* The module `res_parking`: what it offers. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/module.h>
#include <ringdown/parking.h>

#include "apps/res_parking/parking.h"

/* -- PARK_GET_CHANNEL() ---------------------------------------------------------------- */

enum { LOT_MAX = 80 };

/* The number of the place, or what is wrong. */
static int read_place(const char *args, char lot[LOT_MAX])
{
	struct rd_str rest = rd_str_of(args), space;

	rd_strcpy(lot, LOT_MAX, "default");
	if (rd_str_cut(&rest, ',', &space) && rest.n &&
	    !rd_strcpyn(lot, LOT_MAX, rd_str_trim(rest)))
		return -ENAMETOOLONG;
	return atoi(args) > 0 ? atoi(args) : -EINVAL;
}

static const char *place_check(const char *args, char *buf, size_t size)
{
	char lot[LOT_MAX];

	return read_place(args, lot) < 0 ? "a place is a number"
					 : parking_lot_fault(lot, buf, size);
}

static int get_channel(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct parking_place *place;
	char lot[LOT_MAX];
	int number = read_place(args, lot);

	(void)ch;
	if (number < 0)
		return number;
	place = parking_find(lot, number);
	if (place)
		rd_buf_adds(out, rd_channel_name(place->ch));
	return 0;
}

/* -- the key ------------------------------------------------------------------------------ */

static int place_for(struct rd_channel *parker, const char **context, const char **exten)
{
	const struct parking_lot *lot = parking_lot_of(parking_settings(), parker);

	if (!lot || !*lot->exten)
		return -ENOENT;
	*context = lot->context;
	*exten = lot->exten;
	return 0;
}

static bool parks(const char *context, const char *exten)
{
	const struct parking_settings *settings = parking_settings();
	const struct parking_lot *lot = settings ? settings->lots : NULL;

	while (lot && (strcmp(lot->exten, exten) != 0 || strcmp(lot->context, context) != 0))
		lot = lot->next;
	return lot && *exten;
}

static const struct rd_parking parking = { .place_for = place_for, .parks = parks };

/* -- what it offers ------------------------------------------------------------------------ */

static const struct rd_app apps[] = {
	{
		.name = "Park",
		.run = parking_park_app,
		.check = parking_check,
		.synopsis = "Let this call wait at a number that others can dial",
		.syntax = "Park(lot,options)",
		.description =
			"Who sent it here hears the number. Options: r it hears ringing, R any "
			"place, s the number is not said, c(context,exten,priority) where it goes "
			"when nobody comes, t(seconds) how long it stays. Sets PARKINGSLOT, "
			"PARKEDAT, PARKING_SPACE, PARKEDLOT, PARKER, PARKER_FLAT; looks at "
			"PARKINGLOT and PARKINGEXTEN.",
	},
	{
		.name = "ParkAndAnnounce",
		.run = parking_announce_app,
		.check = parking_check,
		.synopsis = "The same, and somebody is called and told",
		.syntax = "ParkAndAnnounce(lot,options,prompt:PARKED:prompt,device)",
		.description = "PARKED is the number of its place. Options: as Park's.",
	},
	{
		.name = "ParkedCall",
		.run = parking_retrieve_app,
		.check = parking_check_retrieve,
		.synopsis = "Talk to somebody who is parked",
		.syntax = "ParkedCall(lot,place)",
		.description = "Without a place: who waits longest.",
	},
	{ 0 },
};

static const struct rd_function functions[] = {
	{ .name = "PARK_GET_CHANNEL",
	  .read = get_channel,
	  .check = place_check,
	  .synopsis = "Who is parked at a place",
	  .syntax = "PARK_GET_CHANNEL(place,lot)" },
	{ 0 },
};

static const struct rd_tech techs[] = {
	{ .name = "park",
	  .synopsis = "Places of parking lots, for lamps",
	  .check = parking_device_check,
	  .device_state = parking_device_state },
	{ 0 },
};

static const struct rd_interface interfaces[] = {
	{ .name = RD_PARKING, .version = RD_PARKING_VERSION, .functions = &parking },
	{ 0 },
};

static const struct rd_config_source sources[] = {
	{ .file = "extensions.conf", .add = parking_extensions },
	{ 0 },
};

static void unload(void)
{
	parking_places_drop();
	parking_settings_drop();
}

RD_MODULE(.name = "res_parking", .synopsis = "Parking", .apps = apps, .functions = functions,
	  .techs = techs, .interfaces = interfaces, .commands = parking_commands,
	  .config = &parking_config, .review = parking_review, .sources = sources,
	  .unload = unload, .state = &parking_kept);
