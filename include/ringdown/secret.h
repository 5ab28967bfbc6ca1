/* Ringdown SDK: secrets that are guessed, for what a doctor says of a configuration (see
 * rd_config_is_examined()). */
#ifndef RINGDOWN_SECRET_H
#define RINGDOWN_SECRET_H

#include <ringdown/base.h>

RD_API_BEGIN

/* Why a password is guessed, of somebody with this name (NULL: none): what follows "it is",
 * "shorter than 8 characters". NULL: it will do. */
const char *rd_secret_weakness(const char *secret, const char *name);
/* The same of one that is keyed; name: the number that it belongs to, NULL: none. */
const char *rd_pin_weakness(const char *pin, const char *name);
/* What is tried first, for who has but a hash: from 0 on, NULL: no more. */
const char *rd_secret_usual(size_t i);

RD_API_END

#endif
