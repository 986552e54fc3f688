"""Starts a simulator for a test and knows its secrets."""

import base64
import json
import os
import queue
import subprocess
import tempfile
import threading
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key

READY_TIMEOUT_S = 120


class Simulator:
    """A simulator on a free port of loopback with a data directory of its own."""

    def __init__(self, messages=3000, faults=None, corps=1, arguments=()):
        self.folder = tempfile.TemporaryDirectory(prefix="judge-")
        command = [
            os.environ["XINLU_SIMULATOR"], "serve", "--listen", "127.0.0.1:0", "--data", self.folder.name,
            "--messages", str(messages), "--corp", str(corps), "--live-per-minute", "0", *arguments,
        ]
        if faults is not None:
            path = Path(self.folder.name, "faults.json")
            path.write_text(json.dumps(faults))
            command += ["--faults", str(path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = queue.Queue()

        def read():
            for line in self.process.stdout:
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        while True:
            line = lines.get(timeout=READY_TIMEOUT_S)
            if not line:
                raise RuntimeError("the simulator ended before it was ready")
            if line.startswith("ready "):
                self.url = line.split()[1]
                break
        os.environ["XINLU_SIMULATOR_URL"] = self.url
        self.corps = self.get("/sim/state")["corps"]

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()

    def call(self, method, path, body=None):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    def get(self, path):
        return self.call("GET", path)

    def keys(self):
        """Private keys by version, as an administrator would hold them."""
        folder = Path(self.corps[0]["keys_folder"])
        return {int(path.stem): load_pem_private_key(path.read_bytes(), None) for path in folder.glob("*.pem")}


def open_random_key(keys, version, encrypt_random_key):
    """Undoes base64 and RSA: the 88-character key of one message."""
    return keys[version].decrypt(base64.b64decode(encrypt_random_key), padding.PKCS1v15()).decode()
