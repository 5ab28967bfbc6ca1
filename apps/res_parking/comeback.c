/* Calls that nobody has retrieved in time: to the place that Park() names, back to who
 * parked them, or to an extension for them. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "apps/res_parking/parking.h"

#define DIAL_CONTEXT "park-dial"

static bool goes_on_at(struct rd_channel *ch, const char *context, const char *exten, int priority)
{
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	return rd_dialplan_exists(context, exten, priority, caller) &&
	       rd_channel_set_place(ch, context, exten, priority) == 0;
}

/* "context,exten,priority", perhaps with ^ for the commas. */
static int go_to(struct rd_channel *ch, const char *to)
{
	char *place = rd_pool_strdup(rd_channel_scratch(ch), to);
	int rc;

	if (!place)
		return -ENOMEM;
	for (char *p = place; (p = strchr(p, '^'));)
		*p = ',';
	rc = rd_dialplan_goto(ch, place);
	if (rc)
		rd_app_error(ch, "option c(%s): %s", to, rd_strerror(rc));
	return rc ? rc : RD_APP_JUMP;
}

/* The parker's own extension of the lot's context, or s there. */
static int go_to_context(const struct parking_place *place, const char *flat)
{
	struct rd_channel *ch = place->ch;
	const char *context = place->lot->comeback_context;

	if (goes_on_at(ch, context, flat, 1) || goes_on_at(ch, context, "s", 1))
		return RD_APP_JUMP;
	rd_app_warning(ch, "nobody came, and there is no extension %s or s in context %s", flat,
		       context);
	rd_hangup(ch, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

/* In the dial the parked one calls: what he may do is what a called party lets a caller. */
static void write_letters(const struct parking_lot *lot, struct rd_buf *out)
{
	const struct {
		int who;
		char parked, parker;
	} features[] = { { lot->transfers, 'T', 't' },
			 { lot->hangs_up, 'H', 'h' },
			 { lot->parks, 'K', 'k' } };

	for (size_t i = 0; i < RD_ARRAY_SIZE(features); i++) {
		if (features[i].who & PARKING_PARKED)
			rd_buf_addc(out, features[i].parked);
		if (features[i].who & PARKING_RETRIEVER)
			rd_buf_addc(out, features[i].parker);
	}
}

static int dial_parker(const struct parking_place *place)
{
	struct rd_buf args;
	int rc;

	rd_buf_init(&args);
	rd_buf_printf(&args, "%s,%d,", place->parker, place->lot->comeback_dial_ms / 1000);
	write_letters(place->lot, &args);
	rc = args.failed ? -ENOMEM : rd_app_run(place->ch, "Dial", rd_buf_text(&args));
	rd_buf_fini(&args);
	if (rc == -ENOENT)
		rd_app_error(place->ch, "app_dial is not loaded: %s is not called back",
			     place->parker);
	return rc == -ENOENT ? 0 : rc;
}

int parking_comeback(struct parking_place *place, const char *to)
{
	struct rd_channel *ch = place->ch;
	const char *flat = rd_var_get(ch, "PARKER_FLAT");
	int rc;

	flat = flat ? flat : "";
	if (to && *to)
		return go_to(ch, to);
	/* Who has parked himself is called by nobody. */
	if (!place->lot->to_parker || strcmp(place->parker, rd_channel_device(ch)) == 0)
		return go_to_context(place, flat);
	if (goes_on_at(ch, DIAL_CONTEXT, flat, 1))
		return RD_APP_JUMP;
	rc = dial_parker(place);
	if (rc)
		return rc;
	if (goes_on_at(ch, DIAL_CONTEXT, flat, 2))
		return RD_APP_JUMP;
	return go_to_context(place, flat);
}
