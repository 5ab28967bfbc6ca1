/* Whom a spy hears: what is not there, a prompt or a mailbox, is left out. */
#include "apps/app_chanspy/announce.h"

#include <ctype.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/function.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/say.h>

/* "1001" of the channel of SIP/1001. */
static const char *number_of(const struct rd_channel *target)
{
	const char *slash = strchr(rd_channel_device(target), '/');

	return slash ? slash + 1 : "";
}

static int passed_over(int rc)
{
	return rc == -ECANCELED ? rc : 0;
}

static bool is_mailbox(struct rd_channel *ch, const char *name)
{
	struct rd_buf out;
	bool is;

	rd_buf_init(&out);
	is = rd_function_read(ch, "MAILBOX_EXISTS", name, &out) == 0 &&
	     strcmp(rd_buf_text(&out), "1") == 0;
	rd_buf_fini(&out);
	return is;
}

/* False: nobody has such a mailbox. */
static bool say_name(struct rd_channel *spy, const struct rd_channel *target, const char *mailbox,
		     int *rc)
{
	bool whole = *mailbox && *mailbox != '@';
	const char *name = rd_pool_printf(rd_channel_scratch(spy), "%s%s",
					  whole ? "" : number_of(target), mailbox);

	if (!name || !is_mailbox(spy, name))
		return false;
	*rc = passed_over(rd_app_run(spy, "VMSayName", name));
	return true;
}

/* "spy-sip" before it. */
static int say_tech(struct rd_channel *spy, const struct rd_channel *target)
{
	char prompt[32] = "spy-";
	const char *device = rd_channel_device(target);
	size_t n = strlen(prompt);

	while (*device && *device != '/' && n + 1 < sizeof(prompt))
		prompt[n++] = (char)tolower((unsigned char)*device++);
	prompt[n] = '\0';
	return rd_prompt_exists(prompt, NULL) ? passed_over(rd_play(spy, prompt, "")) : 0;
}

static int say_number(struct rd_channel *spy, const struct rd_channel *target)
{
	const char *number = number_of(target);
	const struct rd_say *say;
	int rc;

	if (!*number || number[strspn(number, "0123456789")])
		return 0;
	say = rd_interface_get(RD_SAY_NAME, RD_SAY_VERSION);
	if (!say)
		return 0;
	rc = passed_over(say->digits(spy, number, ""));
	rd_interface_put(say);
	return rc;
}

int announce(struct rd_channel *spy, const struct rd_channel *target,
	     const struct announcement *how)
{
	int rc = passed_over(rd_play(spy, "beep", ""));

	if (rc || (how->by_name && say_name(spy, target, how->mailbox, &rc)))
		return rc;
	if (!how->no_tech)
		rc = say_tech(spy, target);
	return rc ? rc : say_number(spy, target);
}
