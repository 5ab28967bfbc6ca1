/* How a channel sounded, told once when it ends: for call records and for
 * whoever watches over quality. */
#include <ringdown/str.h>

#include "core/call/join.h"

enum { FIELDS = 10,
       VALUE_MAX = 24 };

struct told {
	struct rd_event_field fields[FIELDS];
	char values[FIELDS][VALUE_MAX];
	size_t count;
};

/* Every call that ends has twenty numbers to tell, and printf() is slow. */
static void add_count(struct told *told, const char *name, uint64_t value)
{
	char *text = told->values[told->count];

	rd_print_number(text, value);
	told->fields[told->count++] = (struct rd_event_field){ name, text };
}

static void add_ms(struct told *told, const char *name, uint32_t us)
{
	char *text = told->values[told->count];

	us = (us + 50) / 100;
	rd_print_fraction(text + rd_print_number(text, us / 10), us % 10, 1);
	told->fields[told->count++] = (struct rd_event_field){ name, text };
}

static void add_mos(struct told *told, const char *name, int hundredths)
{
	char *text = told->values[told->count];

	text[0] = '\0';
	if (hundredths > 0)
		rd_print_fraction(text + rd_print_number(text, (unsigned)hundredths / 100),
				  (unsigned)hundredths % 100, 2);
	told->fields[told->count++] = (struct rd_event_field){ name, text };
}

static void fill(struct told *told, const struct rd_stream_stats *stats)
{
	add_mos(told, "rxmos", stats->rx_mos);
	add_mos(told, "txmos", stats->tx_mos);
	add_count(told, "rxcount", stats->rx_packets);
	add_count(told, "txcount", stats->tx_packets);
	add_count(told, "rxploss", stats->rx_lost);
	add_count(told, "txploss", stats->far_lost);
	add_ms(told, "rxjitter", stats->rx_jitter_us);
	add_ms(told, "txjitter", stats->far_jitter_us);
	add_ms(told, "rtt", stats->round_trip_us);
	add_count(told, "strangers", stats->rx_stranger);
}

static void tell_stream(const struct rd_channel *ch, const struct rd_stream *stream)
{
	const struct rd_stream_config *config = rd_stream_config(stream);
	struct rd_stream_stats stats;
	struct told told = { .count = 0 };
	struct rd_event event = { .type = RD_EVENT_CHANNEL_QUALITY,
				  .channel = ch,
				  .name = rd__media_kind_name(rd_stream_kind(stream)) };

	rd_stream_stats(stream, &stats);
	fill(&told, &stats);
	event.text = config->format_count ? config->formats[0].codec->name : "";
	event.fields = told.fields;
	event.field_count = told.count;
	rd_event_publish(&event);
}

void rd__quality_tell(const struct rd_channel *ch)
{
	struct rd_stream *stream;

	if (!rd_event_wanted(RD_EVENT_CHANNEL_QUALITY))
		return;
	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++)
		tell_stream(ch, stream);
}
