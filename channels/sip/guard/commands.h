/* sip show bans, sip ban, sip unban. */
#ifndef SIP_GUARD_COMMANDS_H
#define SIP_GUARD_COMMANDS_H

#include <ringdown/cli.h>

int sip_command_bans(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_ban(struct rd_cli *cli, int argc, const char *const *argv);
int sip_command_unban(struct rd_cli *cli, int argc, const char *const *argv);

#endif
