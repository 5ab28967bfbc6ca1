/* Two channels hear each other, or no longer: sound, and what is beside it (join.c). */
#ifndef CORE_CALL_JOIN_H
#define CORE_CALL_JOIN_H

#include "core/call/call.h"

RD_API_BEGIN

/* What a has beside sound leads; b, and then a, agree with their far ends on as much
 * as both can have. */
void rd__media_meet(struct rd_channel *a, struct rd_channel *b);
/* "audio", "video", ... */
const char *rd__media_kind_name(enum rd_media_kind kind);
/* Pictures, text and faxes hear each other, as far as both have them. */
void rd__media_join_beside(struct rd_channel *a, struct rd_channel *b);
void rd__media_part_beside(const struct rd_channel *ch);
/* Let two channels hear each other, and no longer. 0, -ENODATA when one has
 * no sound, -ENOTSUP. pass_digits: the engine sends digits on by itself. */
int rd__media_join(struct rd_channel *a, struct rd_channel *b, bool pass_digits);
/* In the log: why they cannot hear each other. */
void rd__media_explain(const struct rd_channel *a, const struct rd_channel *b);
/* Have them speak the same, where they can: without a word to a far end that has not
 * been answered yet, else by asking it. */
void rd__channels_meet(struct rd_channel *a, struct rd_channel *b);
/* What ch says reaches other alone, so it need not sound higher than other hears. NULL:
 * it reaches more than one, or it is not known whom. */
void rd__channel_heard_by(struct rd_channel *ch, const struct rd_channel *other);
void rd__media_part(struct rd_channel *a, struct rd_channel *b);
/* A new leg will be joined with caller: begin where its sound is. */
void rd__media_near(struct rd_channel *leg, struct rd_channel *caller);
/* Do keys of a reach b as the tones that they are? */
bool rd__media_passes_tones(const struct rd_channel *a, const struct rd_channel *b);
/* Could the engine send the digits of both on by itself? */
bool rd__media_passes_digits(struct rd_channel *a, struct rd_channel *b);
const char *rd__media_way(const struct rd_channel *ch);
/* Do both ends of one Local channel, or of a row of them, meet here? Then
 * nobody would be left to hear. */
bool rd__is_circle(const struct rd_channel *a, const struct rd_channel *b);
/* The bridge that a Local channel's other end is in, or NULL. */
struct rd_bridge *rd__bridge_beyond(const struct rd_channel *ch);
/* The same through any number of them, but only one of many legs. */
struct rd_bridge *rd__room_beyond(const struct rd_channel *ch);
/* The stream that really is at this side; NULL. */
struct rd_stream *rd__media_voice(const struct rd_channel *ch);
struct rd_stream *rd__media_pictures(const struct rd_channel *ch);
/* The same, and those that only show it something, from 1 on; NULL: no more. */
struct rd_stream *rd__media_pictures_at(const struct rd_channel *ch, int i);
/* The leg that really is at this side. */
struct rd_channel *rd__media_leg(struct rd_channel *ch);
/* Have these lines of pictures with its far end, a bit for each, as far as it likes. */
void rd__media_want_lines(struct rd_channel *leg, unsigned lines);

RD_API_END

#endif
