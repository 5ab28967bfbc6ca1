/* The console's view of subscriptions and publications; rows are in
 * call/commands.c. */
#ifndef CHANNELS_SIP_EVENT_COMMANDS_H
#define CHANNELS_SIP_EVENT_COMMANDS_H

#include <ringdown/cli.h>

int sip_command_subscriptions(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_publications(struct rd_cli *cli, int argc, const char *const *argv);

#endif
