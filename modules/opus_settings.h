/* codecs.conf: what our Opus encoders do, and what we ask of far ends. */
#ifndef MODULES_OPUS_SETTINGS_H
#define MODULES_OPUS_SETTINGS_H

#include <ringdown/codec.h>
#include <ringdown/config.h>

enum { OPUS_COMPLEXITY_AUTO = -1 }; /* as suits rate and bit rate */
/* Of maxaveragebitrate; what is outside is ignored (RFC 7587 §6.1). */
enum { OPUS_ASKED_MIN = 6000, OPUS_ASKED_MAX = 510000 };

struct opus_settings {
	int loss; /* percent that encoders reckon with at least */
	int complexity;
	int bandwidth, signal, application; /* of libopus */
	int max_rate, bit_rate; /* 0: as suits the rate */
	bool constant, fec, dtx;
};

extern const struct rd_module_config opus_settings_config;

/* Those in force, or without a file the usual ones. Any thread. */
struct opus_settings opus_settings(void);
/* What descriptions say of them: a text that changes with them. Switch thread. */
extern char opus_settings_fmtp[];
const char *opus_settings_fmtp_for(const struct rd_beyond *beyond);
void opus_settings_forget(void);

#endif
