/* Collecting the digits of an extension after a menu or at its end. */
#include <ringdown/channel.h>

#include "dialplan/run.h"

static bool could_be_longer(struct dp_run *run, const char *number)
{
	struct dp_wanted wanted = {
		.context = rd_channel_context(run->ch), .number = number, .priority = 1,
		.caller = rd_channel_party(run->ch, RD_PARTY_CALLER)->number
	};
	enum rd_match match = dp_match(run->plan, &wanted);

	return match == RD_MATCH_PARTIAL || match == RD_MATCH_FULL_MORE;
}

int dp_collect(struct dp_run *run, char *number, size_t size, int first_ms)
{
	size_t n = strlen(number);
	int ms = first_ms;

	while (n + 1 < size && could_be_longer(run, number)) {
		struct rd_signal signal;
		int rc = rd_channel_wait_for(run->ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), ms, &signal);

		if (rc == -ETIMEDOUT)
			break;
		if (rc)
			return rc;
		number[n++] = (char)signal.number;
		number[n] = '\0';
		ms = rd_channel_timeout(run->ch, RD_TIMEOUT_DIGIT);
	}
	return 0;
}
