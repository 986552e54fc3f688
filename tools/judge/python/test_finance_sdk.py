"""Two independent wrappers of the finance SDK read everything through the simulated library."""

import collections
import hashlib
import json
import logging
import os
import unittest

from pydantic import ValidationError
from pywecomarchive import WecomArchiveSdk
from pywecomarchive.models import message_adapter
from pyweworkfinance import WeWorkFinance
from pyweworkfinance.error import WeWorkFinanceError

from simulator import Simulator, open_random_key

logging.getLogger("pyweworkfinance").setLevel(logging.CRITICAL)
MESSAGES = int(os.environ.get("JUDGE_MESSAGES", "3000"))
# PROTOCOL.md 3.2: 33 types with a msgtype, and the switch log without one.
TYPES = 33


def media_of(value):
    """(sdkfileid, md5sum, size) of everything downloadable in a message, texts of JSON inside included."""
    if isinstance(value, list):
        for inner in value:
            yield from media_of(inner)
    elif isinstance(value, dict):
        if value.get("sdkfileid"):
            size = next((value[name] for name in ("filesize", "imagesize", "voice_size") if name in value), None)
            yield value["sdkfileid"], value.get("md5sum", ""), size
        for inner in value.values():
            if isinstance(inner, str) and inner.startswith("{"):
                try:
                    inner = json.loads(inner)
                except ValueError:
                    continue
            yield from media_of(inner)


class FinanceSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator(MESSAGES)
        cls.config = cls.simulator.corps[0]["config"]
        cls.keys = cls.simulator.keys()

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()

    def strict(self):
        return WecomArchiveSdk(self.config["corpid"], self.config["archive_secret"], library_path=os.environ["XINLU_SDK"])

    def test_pywecomarchive_accepts_every_message_and_medium(self):
        seq, kinds, versions, media, refused = 0, collections.Counter(), set(), {}, {}
        with self.strict() as sdk:
            while page := sdk.get_chat_data(seq, 1000).chatdata:
                for envelope in page:
                    seq += 1
                    self.assertEqual(envelope.seq, seq)
                    versions.add(envelope.publickey_ver)
                    key = open_random_key(self.keys, envelope.publickey_ver, envelope.encrypt_random_key)
                    self.assertEqual(len(key), 88)
                    raw = sdk._adapter.decrypt_data(key, envelope.encrypt_chat_msg)
                    self.assertEqual(raw["msgid"], envelope.msgid)
                    kind = raw.get("msgtype", raw["action"])
                    kinds[kind] += 1
                    try:
                        message_adapter.validate_python(raw, strict=True)
                    except ValidationError as error:
                        refused.setdefault(kind, (raw, error.errors(include_url=False)[:3]))
                    for sdkfileid, md5, size in media_of(raw):
                        media[sdkfileid] = (md5, size, kind)
            self.assertEqual(list(refused), [], refused)
            self.assertEqual(seq, MESSAGES)
            self.assertEqual(versions, {1, 2, 3})
            self.check_media(sdk, media)
        print(f"pywecomarchive: {seq} messages of {len(kinds)} kinds, {len(media)} media: {dict(kinds)}")
        if MESSAGES >= 3000:
            self.assertEqual(len(set(kinds) - {"switch"}), TYPES, kinds)

    def check_media(self, sdk, media):
        self.assertGreater(len(media), 10)
        for sdkfileid, (md5, size, kind) in media.items():
            data = b"".join(chunk.data for chunk in sdk.iter_media_data(sdkfileid))
            self.assertGreater(len(data), 0, kind)
            if md5:
                self.assertEqual(hashlib.md5(data).hexdigest(), md5, kind)
            if size is not None:
                self.assertEqual(len(data), size, kind)

    def test_pyweworkfinance_reads_every_message_and_medium(self):
        sdk = WeWorkFinance(self.config["corpid"], self.config["archive_secret"], dll_path=os.environ["XINLU_SDK"])
        seq, media = 0, {}
        while page := sdk.get_chat_data(seq, 777).chatdata:
            for envelope in page:
                self.assertEqual(envelope.seq, seq + 1)
                seq = envelope.seq
                key = open_random_key(self.keys, envelope.publickey_ver, envelope.encrypt_random_key)
                for sdkfileid, md5, _ in media_of(sdk.decrypt_data(key, envelope.encrypt_chat_msg)):
                    media[sdkfileid] = md5
        self.assertEqual(seq, MESSAGES)
        for sdkfileid, md5 in media.items():
            data, index = b"", None
            while True:
                chunk = sdk.get_media_data(sdkfileid, index)
                self.assertLessEqual(len(chunk.data), 512 * 1024)
                data, index = data + chunk.data, chunk.outindexbuf
                if chunk.is_finish:
                    break
            if md5:
                self.assertEqual(hashlib.md5(data).hexdigest(), md5)
        print(f"pyweworkfinance: {seq} messages, {len(media)} media")

    def test_a_large_medium_comes_in_chunks(self):
        data = os.urandom(512 * 1024 * 2 + 5) + b"\0"
        self.simulator.call("POST", "/sim/media?sdkfileid=large", data)
        with self.strict() as sdk:
            chunks = list(sdk.iter_media_data("large"))
        self.assertEqual([len(chunk.data) for chunk in chunks], [524288, 524288, 6])
        self.assertEqual(b"".join(chunk.data for chunk in chunks), data)
        self.assertEqual(chunks[0].indexbuf, "Range:bytes=524288-1048575")

    def test_wrong_secrets_and_files_are_refused_with_codes(self):
        def code(secret, corpid=self.config["corpid"]):
            sdk = WeWorkFinance(corpid, secret, dll_path=os.environ["XINLU_SDK"])
            with self.assertRaises(WeWorkFinanceError) as caught:
                sdk.get_chat_data(0, 10)
            return caught.exception.err_code

        self.assertEqual(code("wrong"), 40001)
        self.assertEqual(code(self.config["app_secret"]), 48002)
        self.assertEqual(code(self.config["archive_secret"], "ww00"), 40013)
        sdk = WeWorkFinance(self.config["corpid"], self.config["archive_secret"], dll_path=os.environ["XINLU_SDK"])
        for limit, expected in [(0, 10000), (1001, 10000)]:
            with self.assertRaises(WeWorkFinanceError) as caught:
                sdk.get_chat_data(0, limit)
            self.assertEqual(caught.exception.err_code, expected)
        with self.assertRaises(WeWorkFinanceError) as caught:
            sdk.get_media_data("no such file")
        self.assertEqual(caught.exception.err_code, 10005)
        with self.assertRaises(WeWorkFinanceError) as caught:
            sdk.decrypt_data("key", "garbage that is long enough")
        self.assertEqual(caught.exception.err_code, 10008)


if __name__ == "__main__":
    unittest.main()
