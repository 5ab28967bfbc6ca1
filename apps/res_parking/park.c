/* Park() and ParkAndAnnounce(): a leg waits, with music, at a number that others can dial.
 * Who sent it here by a blind transfer hears the number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/originate.h>
#include <ringdown/prompt.h>
#include <ringdown/transfer.h>

#include "apps/seconds.h"
#include "apps/res_parking/parking.h"

enum { RING = 1, ANY_PLACE = 2, SILENT = 4, COMEBACK = 8, TIME = 16 };
enum { ARG_COMEBACK, ARG_TIME };

static const struct rd_app_option letters[] = {
	{ 'r', false, RING, 0 },       { 'R', false, ANY_PLACE, 0 },
	{ 's', false, SILENT, 0 },     { 'c', true, COMEBACK, ARG_COMEBACK },
	{ 't', true, TIME, ARG_TIME }, { 0 },
};

/* What one Park() was asked for. */
struct request {
	struct rd_app_options options;
	const char *announce, *announce_to; /* ParkAndAnnounce; NULL: nobody */
	bool succeeds; /* it takes the place of the leg that was parked for it */
};

static bool wants(const struct request *request, unsigned what)
{
	return request->options.flags & what;
}

/* -- who parks whom, and where -------------------------------------------------------- */

static const char *variable(const struct rd_channel *ch, const char *name)
{
	const char *value = rd_var_get(ch, name);

	return value ? value : "";
}

/* "SIP/1001" of "SIP/1001-0000002a" */
static void device_of(const char *name, char *device, size_t size)
{
	const char *dash = strrchr(name, '-');

	rd_strcpyn(device, size,
		   (struct rd_str){ name, dash ? (size_t)(dash - name) : strlen(name) });
}

static void find_parker(struct parking_place *place)
{
	const char *by = variable(place->ch, "BLINDTRANSFER");

	if (!*by)
		by = variable(place->ch, "ATTENDEDTRANSFER");
	device_of(*by ? by : rd_channel_name(place->ch), place->parker, sizeof(place->parker));
}

/* That of the argument, of the channel, or the one for all. */
static int find_lot(struct parking_place *place, const char *name)
{
	place->settings = parking_settings_ref(parking_settings());
	if (!*name) {
		place->lot = parking_lot_of(place->settings, place->ch);
	} else {
		place->lot = parking_lot_find(place->settings, name);
		if (!place->lot)
			rd_app_error(place->ch, "no parking lot \"%s\"", name);
	}
	return place->lot ? 0 : -ENOENT;
}

/* A phone that went to the lot itself, heard the number and then transferred its call to
 * this leg: the one whom it told the number is to be there. */
static struct parking_place *predecessor(const struct parking_place *place)
{
	const char *by = variable(place->ch, "ATTENDEDTRANSFER");
	int number = atoi(variable(place->ch, "PARKINGSLOT"));
	struct parking_place *old = number ? parking_find(place->lot->name, number) : NULL;
	char device[PARKING_DEVICE_MAX];

	if (!old || !*by || old->ch == place->ch)
		return NULL;
	device_of(by, device, sizeof(device));
	return strcmp(rd_channel_device(old->ch), device) == 0 ? old : NULL;
}

static int any_number(const struct parking_lot *lot)
{
	unsigned n;

	rd_random(&n, sizeof(n));
	return lot->first + (int)(n % (unsigned)(lot->last - lot->first + 1));
}

/* PARKINGEXTEN is a wish; R is a place that nobody guesses. */
static int occupy(struct parking_place *place, struct request *request)
{
	const struct parking_lot *lot = place->lot;
	struct parking_place *old = predecessor(place);
	int wish = atoi(variable(place->ch, "PARKINGEXTEN"));

	if (old) {
		wish = old->number;
		parking_vacate(old, "RETRIEVED", place->ch);
		request->succeeds = true;
	} else if (!wish && wants(request, ANY_PLACE)) {
		wish = any_number(lot);
	}
	if (wish && parking_occupy(place, wish) == 0)
		return 0;
	return parking_occupy(place, 0);
}

static void set_variables(const struct parking_place *place)
{
	static const char *const numbers[] = { "PARKINGSLOT", "PARKING_SPACE", "PARKEDAT" };
	char flat[PARKING_DEVICE_MAX];

	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++)
		rd_var_number(place->ch, numbers[i], place->number);
	rd_strcpy(flat, sizeof(flat), place->parker);
	for (char *p = flat; (p = strchr(p, '/'));)
		*p = '_';
	rd_var_set(place->ch, "PARKEDLOT", place->lot->name);
	rd_var_set(place->ch, "PARKER", place->parker);
	rd_var_set(place->ch, "PARKER_FLAT", flat);
}

/* -- saying it --------------------------------------------------------------------------- */

void parking_say_number(struct rd_buf *out, int number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", number);
	for (const char *digit = digits; *digit; digit++)
		rd_buf_printf(out, "%sdigits/%c", digit == digits ? "" : "&", *digit);
}

static bool came_by_itself(const struct parking_place *place, const struct request *request)
{
	return !*variable(place->ch, "BLINDTRANSFER") && !request->succeeds;
}

/* To who sent the leg here, or to the leg itself, when it came by itself. */
static int say(struct parking_place *place, const struct request *request, const char *prompt)
{
	int rc = wants(request, SILENT) ? 0 : rd_transfer_tell(place->ch, prompt);

	if (rc == -ECANCELED)
		return rc;
	if (rc == -ENOENT && came_by_itself(place, request)) {
		rc = rd_answer(place->ch);
		if (!rc)
			rc = rd_play(place->ch, prompt, "");
	}
	return rc == -ECANCELED ? rc : 0;
}

static int say_number(struct parking_place *place, const struct request *request)
{
	struct rd_buf prompt;
	int rc;

	rd_buf_init(&prompt);
	parking_say_number(&prompt, place->number);
	rc = say(place, request, rd_buf_text(&prompt));
	rd_buf_fini(&prompt);
	return rc;
}

/* "pbx-parkedcall:PARKED": prompts for whoever is called, the number in place of PARKED. */
static void announce(const struct parking_place *place, const struct request *request)
{
	struct rd_str rest = rd_str_of(request->announce), one;
	struct rd_buf prompts;
	bool more = true;
	int rc;

	rd_buf_init(&prompts);
	while (more) {
		more = rd_str_cut(&rest, ':', &one);
		if (one.n && prompts.n)
			rd_buf_addc(&prompts, '&');
		if (rd_str_eq(one, RD_STR("PARKED")))
			parking_say_number(&prompts, place->number);
		else
			rd_buf_add(&prompts, one.p, one.n);
	}
	rc = rd_originate(&(struct rd_originate){ .channel = request->announce_to,
						  .app = "Playback",
						  .app_args = rd_buf_text(&prompts),
						  .async = true },
			  NULL);
	if (rc)
		rd_app_error(place->ch, "cannot announce it to %s: %s", request->announce_to,
			     rd_strerror(rc));
	rd_buf_fini(&prompts);
}

/* -- the stay ---------------------------------------------------------------------------- */

static int start_sound(const struct parking_place *place, const struct request *request)
{
	int rc = wants(request, RING) ? rd_indicate(place->ch, RD_INDICATE_RINGING)
				      : rd_music_start(place->ch, place->lot->music);

	return rc == -ECANCELED ? rc : 0;
}

static void stop_sound(const struct parking_place *place, const struct request *request)
{
	if (wants(request, RING))
		rd_tone_stop(place->ch);
	else
		rd_music_stop(place->ch);
}

static int stay(struct parking_place *place, const struct request *request)
{
	/* While another one hears the number, this one need not wait in silence. */
	bool by_itself = came_by_itself(place, request);
	int rc = by_itself ? 0 : start_sound(place, request);

	if (!rc)
		rc = say_number(place, request);
	if (!rc)
		rc = rd_answer(place->ch);
	if (!rc && request->announce)
		announce(place, request);
	if (!rc && by_itself)
		rc = start_sound(place, request);
	if (!rc)
		rc = rd_channel_wait_for(place->ch, 0, place->time_ms ? place->time_ms : RD_FOREVER,
					 NULL);
	stop_sound(place, request);
	return rc;
}

static int refuse(struct parking_place *place, const struct request *request)
{
	rd_app_warning(place->ch, "the call was not parked");
	return say(place, request, "pbx-parkingfailed");
}

static int park_in(struct parking_place *place, struct request *request)
{
	int rc = occupy(place, request);

	if (rc) {
		rd_app_warning(place->ch, "no place is free in parking lot %s", place->lot->name);
		return refuse(place, request);
	}
	set_variables(place);
	rc = stay(place, request);
	if (rc != -ETIMEDOUT) {
		parking_vacate(place, "ABANDONED", NULL);
		return rc;
	}
	parking_vacate(place, "TIMEOUT", NULL);
	return parking_comeback(
		place, wants(request, COMEBACK) ? request->options.args[ARG_COMEBACK] : NULL);
}

static int park(struct rd_channel *ch, const char *lot, struct request *request)
{
	struct parking_place place = { .ch = ch };
	int rc;

	rd_list_init(&place.link);
	find_parker(&place);
	rc = find_lot(&place, lot);
	if (rc) {
		rc = refuse(&place, request);
	} else {
		place.time_ms = place.lot->time_ms;
		if (wants(request, TIME) && request->options.args[ARG_TIME])
			app_seconds(ch, request->options.args[ARG_TIME], &place.time_ms);
		rc = park_in(&place, request);
	}
	parking_settings_unref(place.settings);
	return rc;
}

static const char *check_parking(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	const char *wrong = parking_lot_fault(argv[0], buf, size);

	return wrong ? wrong : rd_app_check_options(pool, letters, argv[1], buf, size);
}

const char *parking_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_parking, buf, size);
}

int parking_park_app(struct rd_channel *ch, const char *args)
{
	struct request request = { .announce = NULL };
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc >= 0)
		rc = rd_app_read_options(ch, letters, argv[1], &request.options);
	return rc < 0 ? rc : park(ch, argv[0], &request);
}

int parking_announce_app(struct rd_channel *ch, const char *args)
{
	struct request request = { .announce = NULL };
	const char *argv[4];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	if (!*argv[2] || !*argv[3]) {
		rd_app_error(ch, "wants a lot, options, what to say, and whom to call");
		return -EINVAL;
	}
	request.announce = argv[2];
	request.announce_to = argv[3];
	rc = rd_app_read_options(ch, letters, argv[1], &request.options);
	return rc < 0 ? rc : park(ch, argv[0], &request);
}
