"""wechatpy, written for the real WeCom, runs against the simulator's HTTP API."""

import io
import unittest

import requests
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import APILimitedException, WeChatClientException

from simulator import Simulator


class HttpApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator(messages=100)
        cls.config = cls.simulator.corps[0]["config"]

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()

    def tearDown(self):
        self.simulator.call("PUT", "/sim/faults", {})

    def client(self, secret="app_secret"):
        base = self.simulator.url + "/cgi-bin/"

        class Client(WeChatClient):
            API_BASE_URL = base

            def fetch_access_token(self):
                params = {"corpid": self.corp_id, "corpsecret": self.secret}
                return self._fetch_access_token(url=base + "gettoken", params=params)

        return Client(self.config["corpid"], self.config[secret])

    def refused(self, errcode, call, *arguments, **named):
        with self.assertRaises(WeChatClientException) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.errcode, errcode)
        self.assertIn("hint", caught.exception.errmsg)

    def test_departments_and_members(self):
        client = self.client()
        departments = client.department.get()
        self.assertGreater(len(departments), 3)
        root = [one for one in departments if one["parentid"] == 0]
        self.assertEqual([one["id"] for one in root], [1])
        members = client.department.get_users(1, fetch_child=1, simple=False)
        self.assertGreaterEqual(len(members), 40)
        one = client.user.get(members[0]["userid"])
        self.assertEqual(one["name"], members[0]["name"])
        self.assertEqual(len(client.user.list(1, fetch_child=True, simple=True)), len(members))
        below = client.department.get(departments[-1]["id"])
        self.assertIn(departments[-1]["id"], [one["id"] for one in below])
        self.refused(60111, client.user.get, "nobody")
        self.refused(60003, client.department.get, 999_999)

    def test_members_by_id_are_paged(self):
        client, cursor, seen = self.client("contact_secret"), "", []
        while True:
            # wechatpy sends JSON without a Content-Type.
            page = client.post("user/list_id", data={"cursor": cursor, "limit": 7})
            seen += page["dept_user"]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertGreaterEqual(len({one["userid"] for one in seen}), 40)

    def test_external_contacts_and_groups(self):
        client = self.client("external_contact_secret")
        contacts = client.external_contact
        followers = contacts.get_follow_user_list()["follow_user"]
        ids = contacts.list(followers[0])["external_userid"]
        one = contacts.get(ids[0])
        self.assertEqual(one["external_contact"]["external_userid"], ids[0])
        self.assertIn(followers[0], [follow["userid"] for follow in one["follow_user"]])
        cursor, batch = "", []
        while True:
            body = {"userid_list": followers[:1], "cursor": cursor, "limit": 3}
            page = client.post("externalcontact/batch/get_by_user", data=body)
            batch += [pair["external_contact"]["external_userid"] for pair in page["external_contact_list"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertEqual(batch, ids)
        groups = client.post("externalcontact/groupchat/list", data={"limit": 1000})["group_chat_list"]
        body = {"chat_id": groups[0]["chat_id"], "need_name": 1}
        group = client.post("externalcontact/groupchat/get", data=body)["group_chat"]
        self.assertEqual({member["type"] for member in group["member_list"]}, {1, 2})
        tags = contacts.get_corp_tag_list()["tag_group"]
        self.assertGreater(len(tags), 0)
        self.refused(84061, contacts.get, "wmNobody")

    def test_archive_apis(self):
        client = self.client("archive_secret")
        seats = client.post("msgaudit/get_permit_user_list", data={})["ids"]
        self.assertEqual(len(seats), self.simulator.corps[0]["archived_members"])
        editions = [client.post("msgaudit/get_permit_user_list", data={"type": kind})["ids"] for kind in (1, 2, 3)]
        self.assertEqual(sorted(sum(editions, [])), sorted(seats))
        external = self.client("external_contact_secret")
        followers = external.external_contact.get_follow_user_list()["follow_user"]
        contacts = external.external_contact.list(followers[0])["external_userid"]
        pairs = [{"userid": followers[0], "exteranalopenid": contact} for contact in contacts[:100]]
        agreed = client.post("msgaudit/check_single_agree", data={"info": pairs})["agreeinfo"]
        self.assertEqual([one["exteranalopenid"] for one in agreed], contacts[:100])
        self.refused(301060, client.post, "msgaudit/check_single_agree", data={"info": pairs * 101})
        room = external.post("externalcontact/groupchat/list", data={"limit": 1})["group_chat_list"][0]["chat_id"]
        self.assertGreater(len(client.post("msgaudit/check_room_agree", data={"roomid": room})["agreeinfo"]), 0)
        self.refused(301059, client.post, "msgaudit/groupchat/get", data={"roomid": room})

    def test_media_come_back_and_errors_are_json_with_http_200(self):
        client = self.client()
        content = b"%PDF-1.4 some bytes"
        media_id = client.media.upload("file", ("报价.pdf", io.BytesIO(content), "application/pdf"))["media_id"]
        url = f"{self.simulator.url}/cgi-bin/media/get"
        query = {"access_token": client.access_token, "media_id": media_id}
        answer = requests.get(url, params=query)
        self.assertEqual((answer.content, answer.headers["content-type"]), (content, "application/pdf"))
        part = requests.get(url, params=query, headers={"Range": "bytes=5-7"})
        self.assertEqual((part.status_code, part.content), (206, content[5:8]))
        answer = requests.get(url, params={**query, "media_id": "none"})
        self.assertEqual((answer.status_code, answer.json()["errcode"]), (200, 40007))

    def test_tokens(self):
        client = self.client()
        client.department.get()
        first = client.access_token
        self.assertEqual(client.fetch_access_token()["access_token"], first)
        for path in ("revoke", "expire"):
            self.simulator.call("POST", f"/sim/tokens/{path}")
            # 40014 and 42001: wechatpy gets a new token and tries again.
            self.assertGreater(len(client.department.get()), 3)
            self.assertNotEqual(client.access_token, first)
            first = client.access_token
        self.assertEqual(requests.get(self.simulator.url + "/cgi-bin/user/get").json()["errcode"], 41001)
        bad = self.client()
        bad.secret = "wrong"
        self.refused_token(40001, bad)
        bad.secret, bad.corp_id = self.config["app_secret"], "ww00"
        self.refused_token(40013, bad)
        self.refused(48002, self.client("archive_secret").department.get)

    def refused_token(self, errcode, client):
        with self.assertRaises(WeChatClientException) as caught:
            client.fetch_access_token()
        self.assertEqual(caught.exception.errcode, errcode)

    def test_limits_and_addresses_on_demand(self):
        client = self.client()
        client.department.get()
        http = {"apis": {"/cgi-bin/department/list": {"errcode": 45009, "times_max": 1}}}
        self.simulator.call("PUT", "/sim/faults", {"http": http})
        self.assertRaises(APILimitedException, client.department.get)
        client.department.get()
        self.simulator.call("PUT", "/sim/faults", {"http": {"trusted_ips": ["10.1.2.3"]}})
        self.refused(60020, client.department.get)
        self.simulator.call("PUT", "/sim/faults", {"http": {"calls_per_minute_max": {"*": 1}}})
        with self.assertRaises(APILimitedException):
            # Two minutes may be touched, three calls cannot all fit.
            for _ in range(3):
                client.department.get()


if __name__ == "__main__":
    unittest.main()
