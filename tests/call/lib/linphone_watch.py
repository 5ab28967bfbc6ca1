#!/usr/bin/python3
"""Linphone's library as a subscriber: linphonec has no command for what it can do.
Prints each body that it is told. Arguments: folder, user, password, server, event."""

import ctypes
import os
import sys
import time

RC = """\
[sip]
sip_port=6300
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
guess_hostname=0
contact="Linphone" <sip:{user}@127.0.0.1>
use_ipv6=0
default_proxy=0

[sound]
use_files=1

[auth_info_0]
username={user}
passwd={password}

[proxy_0]
reg_proxy=sip:{server}
reg_identity=sip:{user}@127.0.0.1
reg_sendregister=1
"""

TOLD = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p,
                        ctypes.c_void_p)


def load():
    library = ctypes.CDLL("liblinphone.so.10")
    for name in ("linphone_factory_get", "linphone_factory_create_core_3",
                 "linphone_factory_create_core_cbs", "linphone_core_interpret_url",
                 "linphone_core_subscribe"):
        getattr(library, name).restype = ctypes.c_void_p
    library.linphone_content_get_utf8_text.restype = ctypes.c_char_p
    return library


def main(folder, user, password, server, event):
    for place in ".local/share/linphone", ".config/linphone":
        os.makedirs(os.path.join(folder, place), exist_ok=True)
    os.environ["HOME"] = folder
    rc = os.path.join(folder, "rc")
    with open(rc, "w") as f:
        f.write(RC.format(user=user, password=password, server=server))
    library = load()
    pointer = ctypes.c_void_p

    def told(_core, _event, name, body):
        text = library.linphone_content_get_utf8_text(pointer(body)) if body else b""
        print(name.decode(), (text or b"").decode().replace("\r\n", " "), flush=True)

    factory = pointer(library.linphone_factory_get())
    core = pointer(library.linphone_factory_create_core_3(factory, rc.encode(), None, None))
    callbacks = pointer(library.linphone_factory_create_core_cbs(factory))
    callback = TOLD(told)
    library.linphone_core_cbs_set_notify_received(callbacks, callback)
    library.linphone_core_add_callbacks(core, callbacks)
    library.linphone_core_start(core)
    whom = pointer(library.linphone_core_interpret_url(
        core, ("sip:%s@%s" % (user, server)).encode()))
    library.linphone_core_subscribe(core, whom, event.encode(), 600, None)
    while os.getppid() != 1:
        library.linphone_core_iterate(core)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
