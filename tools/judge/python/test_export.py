"""Checks an exported conversation as its README.txt tells a stranger to: Python's zipfile, hashlib, hmac and `cryptography`."""

import base64
import hashlib
import hmac
import io
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request
import zipfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

READY_TIMEOUT_S = 120
TRIES = 400


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Demo:
    """A demo of a few hundred messages."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="judge-export-")
        data = Path(self.folder.name, "data")
        command = [os.environ["XINLU_SERVER"], "demo", "--data", str(data), "--listen", "127.0.0.1:0", "--messages", "600"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = queue.Queue()

        def read():
            for line in self.process.stdout:
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        while not (line := lines.get(timeout=READY_TIMEOUT_S)).startswith("ready "):
            if not line:
                raise RuntimeError("the demo ended before it was ready")
        demo = json.loads((data / "demo.json").read_text())
        self.url = demo["url"].rstrip("/")
        self.key = next(user["api_key"] for user in demo["users"] if user["role"] == "auditor")

    def get(self, path):
        request = urllib.request.Request(self.url + "/api/v1" + path, headers={"Authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.folder.cleanup()


def root_of(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    node, last, result = index, size - 1, sha256(b"\0", leaf)
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if node & 1 or node == last:
            result = sha256(b"\1", sibling, result)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            result = sha256(b"\1", result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ValueError("the path is too short")
    return result


def check_note(note, vkey):
    """c2sp.org/signed-note and tlog-checkpoint: size and root, once the signature holds."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, key = rest.partition("+")
    key = base64.b64decode(key)
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    assert key[0] == 1 and sha256(name.encode(), b"\n", key)[:4].hex() == key_id
    own = [line.split(" ") for line in signatures.splitlines() if line.split(" ")[1] == name]
    signature = base64.b64decode(own[0][2])
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
    origin, size, root = text.split("\n")[:3]
    assert origin == name
    return int(size), base64.b64decode(root)


def check_proof(proof, vkey):
    """The bytes that WeCom delivered, once all four steps hold."""
    assert proof["vkey"] == vkey.strip()
    size, root = check_note(proof["checkpoint"], vkey)
    assert size == proof["tree_size"]
    leaf = base64.b64decode(proof["leaf"])
    path = [base64.b64decode(one) for one in proof["hashes"]]
    assert root_of(leaf, proof["leaf_index"], size, path) == root
    opening = {name: base64.b64decode(value) for name, value in proof["opening"].items()}
    header = opening["header"]
    said = b"\1" + len(header).to_bytes(4, "big") + header + opening["raw"]
    assert leaf[:2] == b"\1\1"
    assert hmac.compare_digest(leaf[2:34], hmac.new(opening["blind"], said, hashlib.sha256).digest())
    return opening["raw"]


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.addClassCleanup(cls.demo.close)

    def package(self):
        """The package of a conversation that rests, all its proofs logged."""
        listed = json.loads(self.demo.get("/conversations?limit=200"))["items"]
        quiet = min((one for one in listed if one["messages"] >= 5), key=lambda one: one["last_at"])
        for _ in range(TRIES):  # as the README says of what is pending: export it again
            bytes_ = self.demo.get(f"/conversations/{quiet['id']}/export?format=zip&lang=en")
            package = zipfile.ZipFile(io.BytesIO(bytes_))
            proofs = [json.loads(package.read(name)) for name in package.namelist() if name.startswith("proofs/")]
            if all(proof["state"] == "logged" for proof in proofs):
                return quiet, package
        self.fail("proofs stay pending")

    def test_a_stranger_opens_and_proves_the_package(self):
        conversation, package = self.package()
        self.assertIsNone(package.testzip())
        vkey = package.read("log.vkey").decode()
        check_note(package.read("checkpoint.txt").decode(), vkey)
        self.assertIn(b"<html", package.read("conversation.html")[:400])
        messages = [json.loads(line) for line in package.read("messages.jsonl").splitlines()]
        self.assertEqual(len(messages), conversation["messages"])
        for message in messages:
            proof = json.loads(package.read(f"proofs/{message['record']}.json"))
            self.assertEqual(json.loads(check_proof(proof, vkey))["msgid"], message["msgid"])

    def test_what_is_altered_is_refused(self):
        _, package = self.package()
        vkey = package.read("log.vkey").decode()
        name = next(name for name in package.namelist() if name.startswith("proofs/"))

        def altered(*place):
            proof = json.loads(package.read(name))
            *outer, last = place
            inner = proof
            for step in outer:
                inner = inner[step]
            value = bytearray(base64.b64decode(inner[last]))
            value[-1] ^= 1
            inner[last] = base64.b64encode(bytes(value)).decode()
            return proof

        for place in [("leaf",), ("hashes", 0), ("opening", "raw"), ("opening", "header"), ("opening", "blind")]:
            with self.subTest(place), self.assertRaises(AssertionError):
                check_proof(altered(*place), vkey)
        proof = json.loads(package.read(name))
        size = proof["tree_size"]
        proof["checkpoint"] = proof["checkpoint"].replace(f"\n{size}\n", f"\n{size + 1}\n", 1)
        with self.assertRaises(InvalidSignature):
            check_proof(proof, vkey)
