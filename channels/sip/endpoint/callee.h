/* Whom a URI means that is called here: a number, or by a GRUU of ours (RFC 5627) one
 * device of the phone of that number. The dialplan calls numbers; of which device was
 * meant the channel tells until somebody answers: rd_channel_called_devices(). */
#ifndef CHANNELS_SIP_ENDPOINT_CALLEE_H
#define CHANNELS_SIP_ENDPOINT_CALLEE_H

#include <ringdown/channel.h>

#include "channels/sip/message/uri.h"

#define SIP_NUMBER_MAX 80 /* as an extension of the dialplan, with its NUL */
#define SIP_DEVICE_MAX 256
#define SIP_PHONE_MAX   128
#define SIP_CALLEE_LINE (SIP_PHONE_MAX + SIP_DEVICE_MAX + 1) /* with tab, newline, NUL */

struct sip_callee {
	char number[SIP_NUMBER_MAX]; /* "" for none */
	char phone[SIP_PHONE_MAX]; /* its section, or the number again */
	char device[SIP_DEVICE_MAX]; /* its instance; "": whichever there is */
};

/* 0; -ENOENT: it has the form of a GRUU, and is none of ours, or no longer; the number
 * is that of its user all the same. -EINVAL: nothing that can be a number. */
int sip_callee_read(struct sip_callee *callee, const struct sip_uri *uri);

/* Is it a device that is registered here now? */
bool sip_callee_is_here(const struct sip_callee *callee);

/* As a line of rd_channel_called_devices(); "" when all devices are meant, or it does not fit. */
void sip_callee_print(const struct sip_callee *callee, char *buf, size_t size);
/* What the channel calls from now on is for whom it says. 0 or -ENOMEM. */
int sip_callee_note(struct rd_channel *ch, const struct sip_callee *callee);
/* When the channel (NULL: nobody) calls this phone, is the device meant, too? */
bool sip_callee_is(const struct rd_channel *ch, const char *phone, struct rd_str device);

#endif
