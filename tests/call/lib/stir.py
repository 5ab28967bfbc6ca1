"""STIR of others: PASSporTs made with openssl, and the https server that has certificates."""

import base64
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

from . import PATIENCE


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_of(members):
    return encoded(json.dumps(members, separators=(",", ":"), sort_keys=True).encode())


def raw_signature(der):
    """The two numbers, 32 bytes each, of an ECDSA signature in DER."""
    def number(at):
        assert der[at] == 2
        size = der[at + 1]
        return der[at + 2:at + 2 + size].lstrip(b"\0").rjust(32, b"\0"), at + 2 + size
    first, at = number(2)
    return first + number(at)[0]


def sign(text, key):
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return encoded(raw_signature(done.stdout))


def identity(key, url, caller, called, age=0, attest="A", ppt="shaken", claims=None,
             kept=None):
    """The value of the header. claims: others; kept: those that are changed after it was
    signed."""
    header = {"alg": "ES256", "typ": "passport", "x5u": url, "ppt": ppt}
    payload = {"attest": attest, "orig": {"tn": caller}, "dest": {"tn": [called]},
               "iat": int(time.time()) - age, "origid": "123e4567-e89b-12d3-a456-426655440000",
               **(claims or {})}
    signature = sign(json_of(header) + "." + json_of(payload), key)
    payload.update(kept or {})
    return "%s.%s.%s;info=<%s>;alg=ES256;ppt=%s" % (
        json_of(header), json_of(payload), signature, url, ppt)


def tn_list(*numbers, provider=None):
    """The line of an extension file that says for which numbers a certificate is (RFC 8226)."""
    def element(tag, body):
        assert len(body) < 128
        return bytes([tag, len(body)]) + body
    entries = [element(0xa2, element(0x16, n.encode())) for n in numbers]
    if provider:
        entries.append(element(0xa0, element(0x16, provider.encode())))
    return "1.3.6.1.5.5.7.1.26 = DER:%s\n" % element(0x30, b"".join(entries)).hex(":")


class Shelf:
    """An https server on loopback with the files of a folder; it counts what was asked for."""

    def __init__(self, folder, base, address="127.0.0.1"):
        shelf = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                shelf.asked.append(self.path)
                if shelf.slow in self.path:
                    shelf.open.wait(10)
                path = os.path.join(folder, self.path.lstrip("/"))
                if not os.path.exists(path):
                    self.send_error(404)
                    return
                with open(path, "rb") as file:
                    body = file.read()
                try:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # whoever asked waits no longer

            def log_message(self, *_):
                pass

        self.asked = []
        self.open = threading.Event()  # while it is not, nobody gets an answer
        self.open.set()
        self.slow = ""  # what is in the names of files to which that applies
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(base + ".crt", base + ".key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, name):
        return "https://127.0.0.1:%d/%s" % (self.server.server_address[1], name)

    def wait_asked(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not self.asked and time.monotonic() < end:
            time.sleep(0.02)
        assert self.asked

    def stop(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
