/* Our own passwords: what answers the challenges of far ends. */
#ifndef SIP_ACCOUNT_H
#define SIP_ACCOUNT_H

#include "../transaction/transaction.h"

/* For sip_transactions_set_authenticator(). An account is a const struct
 * sip_endpoint *; see sip_endpoint_account(). */
extern const struct sip_authenticator sip_accounts;

#endif
