/* Console commands about the lower layers: the functions of rows in the driver's
 * table of commands (call/commands.c). */
#ifndef CHANNELS_SIP_WIRE_COMMANDS_H
#define CHANNELS_SIP_WIRE_COMMANDS_H

#include <ringdown/cli.h>

int sip_command_transports(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_transactions(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_dns(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_trace_on(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_trace_ladder(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_trace_off(struct rd_cli *cli, int argc, const char *const *argv);

/* guard_commands.c */
int sip_command_bans(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_ban(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_unban(struct rd_cli *cli, int argc, const char *const *argv);

#endif
