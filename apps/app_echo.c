/* Echo(): whoever calls hears himself. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

static int echo_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_echo(ch);
}

static const struct rd_app apps[] = {
	{ .name = "Echo",
	  .run = echo_app,
	  .synopsis = "Send back to the caller what he says",
	  .syntax = "Echo()",
	  .description = "Until the key # is pressed." },
	{ 0 }
};

RD_MODULE(.name = "app_echo", .synopsis = "Echo test", .apps = apps);
