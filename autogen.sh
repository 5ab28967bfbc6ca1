#!/bin/sh
# Make ./configure from configure.ac; needed once in a git checkout.
cd "$(dirname "$0")" && mkdir -p m4 build-aux && exec autoreconf -fi
