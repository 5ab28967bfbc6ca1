/* Numbers in network order, at any alignment. */
#ifndef CORE_MEDIA_WIRE_H
#define CORE_MEDIA_WIRE_H

#include <stdint.h>

static inline uint16_t rd__get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t rd__get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void rd__put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void rd__put32(uint8_t *p, uint32_t v)
{
	rd__put16(p, (uint16_t)(v >> 16));
	rd__put16(p + 2, (uint16_t)v);
}

#endif
