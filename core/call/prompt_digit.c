/* Keys: one, or as many as make a number. */
#include "core/call/prompt.h"

int rd_read_digit(struct rd_channel *ch, int timeout_ms)
{
	struct rd_signal signal;
	int rc = rd_channel_wait_for(ch, RD_SIGNAL_BIT(RD_SIGNAL_DIGIT), timeout_ms, &signal);

	return rc ? rc : signal.number;
}

int rd_read_digits(struct rd_channel *ch, char *buf, int max, const char *end_keys,
		   int first_ms, int next_ms, int *ended)
{
	int count = 0, key;

	if (ended)
		*ended = 0;
	buf[0] = '\0';
	while (count < max) {
		key = rd_read_digit(ch, count ? next_ms : first_ms);
		if (key == -ETIMEDOUT)
			break;
		if (key < 0)
			return key;
		if (end_keys && strchr(end_keys, key)) {
			if (ended)
				*ended = key;
			break;
		}
		buf[count++] = (char)key;
		buf[count] = '\0';
	}
	return count;
}
