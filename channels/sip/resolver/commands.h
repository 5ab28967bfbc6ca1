/* The resolver's console command; its row is in call/commands.c. */
#ifndef SIP_RESOLVER_COMMANDS_H
#define SIP_RESOLVER_COMMANDS_H

#include <ringdown/cli.h>

int sip_command_dns(struct rd_cli *cli, int argc, const char *const *argv);

#endif
