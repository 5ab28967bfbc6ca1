/* CONFBRIDGE(): how the conference is to be that this channel begins. */
#include <string.h>

#include "apps/app_confbridge/confbridge.h"

#define VIDEO_MODE "CONFBRIDGE_VIDEO_MODE"

static const char *const modes[] = {
	[RD_PICTURES_FOLLOW] = "follow_talker",
	[RD_PICTURES_NONE] = "none",
};

static int mode_of(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(modes); i++)
		if (strcmp(modes[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

int conf_option_set(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str rest = rd_str_of(args), what;

	rd_str_cut(&rest, ',', &what);
	if (!rd_str_ieq(rd_str_trim(what), RD_STR("bridge")) ||
	    !rd_str_ieq(rd_str_trim(rest), RD_STR("video_mode")) || mode_of(value) < 0)
		return -EINVAL;
	return rd_var_set(ch, VIDEO_MODE, value);
}

void conf_options(struct rd_channel *ch, struct rd_bridge_setup *setup)
{
	const char *mode = rd_var_get(ch, VIDEO_MODE);

	if (mode && mode_of(mode) >= 0)
		setup->pictures = (enum rd_bridge_pictures)mode_of(mode);
}
