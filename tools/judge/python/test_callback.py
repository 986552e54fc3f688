"""The official library and the simulator open each other's callbacks; the faults file obeys its schema."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import jsonschema

from simulator import Simulator

SCRIPT = Path(__file__).parent.parent / "node" / "callback.js"


class Callback(unittest.TestCase):
    def test_the_official_library_and_ours_open_each_other(self):
        simulator = Simulator(messages=50)
        try:
            known = Path(os.environ["JUDGE_SHARED"], "wecom", "callback_kat.json")
            arguments = ["node", str(SCRIPT), simulator.url] + ([str(known)] if known.exists() else [])
            if not known.exists():
                print("SKIPPED: ../shared is not here, so no known answers")
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            print(done.stdout.strip())
        finally:
            simulator.close()


class Schema(unittest.TestCase):
    def test_the_schema_is_one_and_accepts_the_defaults(self):
        schema = json.loads(Path(os.environ["JUDGE_SCHEMA"]).read_text())
        validator = jsonschema.Draft202012Validator
        validator.check_schema(schema)
        simulator = Simulator(messages=50, faults={"messages": {"at_seq": {"5": "decrypt_abort"}}})
        try:
            jsonschema.validate(simulator.get("/sim/faults"), schema, cls=validator)
        finally:
            simulator.close()
        for wrong in ({"x": 1}, {"messages": {"ratios": {"nothing": 1}}}, {"callback": {"lost": 2}}):
            self.assertFalse(validator(schema).is_valid(wrong), wrong)


if __name__ == "__main__":
    unittest.main()
