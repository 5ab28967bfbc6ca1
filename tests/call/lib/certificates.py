"""Certificates made with openssl for one test: an authority and what it signs."""

import os
import subprocess


class Authority:
    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.path = os.path.join(folder, name + ".crt")
        self.key = os.path.join(folder, name + ".key")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=Test authority", "-keyout", self.key,
                      "-out", self.path)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def sign(self, name, alt="DNS:pbx.example.com,IP:127.0.0.1", days=1, more=""):
        """name.crt and name.key; days may be negative: expired. more: lines of other
        extensions."""
        base = os.path.join(self.folder, name)
        with open(base + ".ext", "w") as f:
            f.write("subjectAltName = %s\n%s" % (alt, more))
        self._openssl("req", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      "/CN=" + name, "-keyout", base + ".key", "-out",
                      base + ".csr")
        self._openssl("x509", "-req", "-in", base + ".csr", "-CA", self.path,
                      "-CAkey", self.key, "-CAcreateserial", "-extfile",
                      base + ".ext", "-days", str(days), "-out", base + ".crt")
        return base

    def revoke(self, *names):
        """The path of a list of those of them that are good no more."""
        config, revoked = (os.path.join(self.folder, name) for name in ("crl.cnf", "revoked.pem"))
        with open(config, "w") as f:
            f.write("[ca]\ndefault_ca = d\n[d]\ndatabase = %s.db\ndefault_md = sha256\n" % config)
        open(config + ".db", "a").close()
        ours = "-config", config, "-cert", self.path, "-keyfile", self.key
        for name in names:
            self._openssl("ca", *ours, "-revoke", os.path.join(self.folder, name + ".crt"))
        self._openssl("ca", *ours, "-gencrl", "-crldays", "2", "-out", revoked)
        return revoked
