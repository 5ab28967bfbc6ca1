"""A disk that hangs: whoever opens a file of that name waits, as for a server that is away."""

import os
import shutil
import subprocess

SHIM = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static void hang(const char *path)
{
	if (path && strstr(path, "%(name)s"))
		sleep(%(seconds)d);
}

#define OPEN(function)                                              \\
	int function(const char *path, int flags, ...)              \\
	{                                                           \\
		int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #function); \\
		va_list ap;                                         \\
		int mode;                                           \\
								    \\
		va_start(ap, flags);                                \\
		mode = va_arg(ap, int);                             \\
		va_end(ap);                                         \\
		hang(path);                                         \\
		return next(path, flags, mode);                     \\
	}

OPEN(open)
OPEN(open64)
"""


class SlowDisk:
    """For the `machine` of a daemon. None can be made without a compiler: possible()."""

    def __init__(self, folder, name, seconds):
        self.library = os.path.join(folder, "slow_disk.so")
        source = os.path.join(folder, "slow_disk.c")
        with open(source, "w") as f:
            f.write(SHIM % {"name": name, "seconds": seconds})
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, source, "-ldl"], check=True)

    @staticmethod
    def possible():
        return shutil.which("cc") is not None

    def prefix(self):
        return ["env", "LD_PRELOAD=" + self.library]
