/* A hook that hears and changes what is said in a bridge: after Set(LIMITER()=8000) nobody
 * hears the channel louder than that, of 32767; ${LIMITER()} is how many samples were. */
#define RD_MODULE_NAME "hook_limiter"

#include <stdatomic.h>

#include <ringdown/channel.h>
#include <ringdown/hook.h>
#include <ringdown/module.h>

/* Two threads look at it: each member that both do is atomic. */
struct limiter {
	struct rd_channel *ch; /* NULL: it has let go of us */
	struct rd_hook *hook;
	_Atomic int level;
	_Atomic uint64_t limited;
};

static const char key; /* under which a channel keeps its own */

/* On a media thread, for each packet: no waits, no locks, no memory. */
static void change(void *arg, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	struct limiter *limiter = arg;
	int level = atomic_load_explicit(&limiter->level, memory_order_relaxed);
	uint64_t limited = 0;

	(void)side;
	(void)rate;
	for (size_t i = 0; i < count; i++) {
		int16_t kept = (int16_t)RD_MAX(RD_MIN(samples[i], level), -level);

		limited += kept != samples[i];
		samples[i] = kept;
	}
	if (limited)
		atomic_fetch_add_explicit(&limiter->limited, limited, memory_order_relaxed);
}

/* On the switch thread, once: the media thread knows it no more. */
static void gone(void *arg)
{
	struct limiter *limiter = arg;

	if (limiter->ch)
		rd_channel_attach(limiter->ch, &key, NULL, NULL);
	rd_free(limiter);
	rd_module_release(RD_MODULE_NAME);
}

/* The channel ends, or the limiter does: gone() will follow. */
static void let_go(void *data)
{
	struct limiter *limiter = data;

	if (!limiter->ch)
		return;
	limiter->ch = NULL;
	rd_hook_remove(limiter->hook);
}

static int begin(struct rd_channel *ch, int level)
{
	static const struct rd_hook_ops ops = { .change = change, .gone = gone };
	struct limiter *limiter = rd_zalloc(sizeof(*limiter));
	int rc;

	if (!limiter)
		return -ENOMEM;
	atomic_init(&limiter->level, level);
	rc = rd_hook_new(&limiter->hook, ch, RD_HOOK_SAID, 0, &ops, limiter);
	if (rc) {
		rd_free(limiter);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME); /* change() and gone() lie in it */
	rc = rd_channel_attach(ch, &key, limiter, let_go);
	if (rc)
		rd_hook_remove(limiter->hook);
	else
		limiter->ch = ch;
	return rc;
}

static int limiter_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct limiter *limiter = ch ? rd_channel_attached(ch, &key) : NULL;
	uint64_t level = 0;
	bool off = rd_str_ieq(rd_str_of(value), RD_STR("off"));
	int rc = off ? 0 : rd_str_to_u64(rd_str_of(value), INT16_MAX, &level);

	(void)args;
	if (!ch || rc)
		return -EINVAL;
	if (off)
		return limiter ? rd_channel_attach(ch, &key, NULL, NULL) : 0;
	if (!limiter)
		return begin(ch, (int)level);
	atomic_store_explicit(&limiter->level, (int)level, memory_order_relaxed);
	return 0;
}

static int limiter_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct limiter *limiter = ch ? rd_channel_attached(ch, &key) : NULL;

	(void)args;
	rd_buf_printf(out, "%llu", limiter ? (unsigned long long)limiter->limited : 0ull);
	return out->failed ? -ENOMEM : 0;
}

static const struct rd_function functions[] = {
	{ .name = "LIMITER",
	  .read = limiter_read,
	  .write = limiter_write,
	  .synopsis = "How loud a channel may be at most",
	  .syntax = "LIMITER()",
	  .description = "Set to 0..32767, or off. Reads how many samples were louder." },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Limits how loud somebody is",
	  .functions = functions);
