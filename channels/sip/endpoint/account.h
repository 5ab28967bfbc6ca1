/* Our own passwords: what answers the challenges of far ends. */
#ifndef CHANNELS_SIP_ENDPOINT_ACCOUNT_H
#define CHANNELS_SIP_ENDPOINT_ACCOUNT_H

#include "channels/sip/transaction/transaction.h"

/* For sip_transactions_set_authenticator(). An account is a const struct
 * sip_endpoint *; see sip_endpoint_account(). */
extern const struct sip_authenticator sip_accounts;

#endif
