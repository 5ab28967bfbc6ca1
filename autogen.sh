#!/bin/sh
# Make ./configure from configure.ac; needed once in a git checkout.
set -e
cd "$(dirname "$0")"
mkdir -p m4 build-aux
autoreconf -fi
# configure removes core dumps of its trials, and trips over our folder named core.
sed -i 's/rm -f core \*\.core /rm -f *.core /' configure
