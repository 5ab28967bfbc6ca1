/* FEATURE() and FEATUREMAP(): features.conf for one channel. */
#include <stdio.h>

#include <ringdown/features.h>
#include <ringdown/function.h>
#include <ringdown/module.h>

static int feature_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return ch ? rd_features_get(ch, RD_FEATURES_GENERAL, args, out) : -EINVAL;
}

static int feature_write(struct rd_channel *ch, const char *args, const char *value)
{
	return ch ? rd_features_set(ch, RD_FEATURES_GENERAL, args, value) : -EINVAL;
}

static const char *feature_check(const char *option, char *buf, size_t size)
{
	if (rd_features_known(RD_FEATURES_GENERAL, option))
		return NULL;
	snprintf(buf, size, "there is no option \"%s\" in [general] of features.conf", option);
	return buf;
}

static int map_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return ch ? rd_features_get(ch, RD_FEATURES_MAP, args, out) : -EINVAL;
}

static int map_write(struct rd_channel *ch, const char *args, const char *value)
{
	return ch ? rd_features_set(ch, RD_FEATURES_MAP, args, value) : -EINVAL;
}

static const char *map_check(const char *feature, char *buf, size_t size)
{
	if (rd_features_known(RD_FEATURES_MAP, feature))
		return NULL;
	snprintf(buf, size, "there is no feature \"%s\" in [featuremap] of features.conf", feature);
	return buf;
}

static const struct rd_function functions[] = {
	{ .name = "FEATURE",
	  .read = feature_read,
	  .write = feature_write,
	  .check = feature_check,
	  .synopsis = "An option of [general] of features.conf, for this channel",
	  .syntax = "FEATURE(option)",
	  .description = "What is set counts for this channel alone, or with "
			 "Set(FEATURE(inherit)=yes) for whoever it dials afterwards, too." },
	{ .name = "FEATUREMAP",
	  .read = map_read,
	  .write = map_write,
	  .check = map_check,
	  .synopsis = "The keys of a feature, for this channel",
	  .syntax = "FEATUREMAP(blindxfer)",
	  .description = "Names are those of [featuremap] of features.conf; an empty value "
			 "switches it off." },
	{ 0 }
};

RD_MODULE(.name = "func_features", .synopsis = "FEATURE, FEATUREMAP", .functions = functions);
