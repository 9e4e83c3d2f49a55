"""The clients: readers, each with what it keeps, and a browser.

Knows nothing of caches, nor of what is claimed.
"""

import gzip
import hashlib
import http.client
import json
import re
import subprocess
import time
from collections import namedtuple
from datetime import datetime

from relay import NUMBER, describe

FEED = "/districts/daan.json"

# What a reader says that it accepts, by the coding that it gets then.
CODINGS = {"gzip": "gzip, deflate", "br": "br", "identity": None}

# `deltas`: from when on it asks for them.
Kind = namedtuple("Kind", "name tag date deltas", defaults=[False, False, "never"])
KINDS = [
    Kind("that keeps nothing"),
    Kind("that keeps the tag", tag=True),
    Kind("that keeps the date", date=True),
    Kind("that keeps tag and date", tag=True, date=True),
    Kind("of deltas", tag=True, deltas="with a tag"),
    Kind("of deltas that keeps the date, too", tag=True, date=True, deltas="with a tag"),
    Kind("of deltas from the first request on", tag=True, deltas="always"),
]
NEWCOMER = KINDS[0]
NEWCOMER_OF_DELTAS = KINDS[-1]

# Of browsers, what matters here and what might.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
}


class Answer:
    """One answer, and what was asked."""

    def __init__(self, port, asked):
        self.asked = {name.lower(): value for name, value in asked.items()}
        self.began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("GET", FEED, skip_accept_encoding=True)
        for name, value in asked.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        self.status = answer.status
        self.fields = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()
        connection.close()
        self.ended = time.monotonic()
        self.coding = self.fields.get("content-encoding", "identity")

    def number(self):
        """Which of wellhead's answers the body came with."""
        return int(self.fields.get(NUMBER.lower(), 0))

    def etag(self):
        return self.fields.get("etag")

    def is_private(self):
        return "no-store" in self.fields.get("cache-control", "")

    def entries(self):
        """By id, when the entry was last changed."""
        return entries(self.body, self.coding)

    def told(self):
        return describe(f"GET {FEED}", self.asked, self.status, self.fields)


def revision_of(etag):
    """The number in one of wellhead's tags, of whichever kind it is."""
    found = re.search(r"(\d+)-[0-9a-f]{8}", etag or "")
    return int(found[1]) if found else 0


DECODED = {}
# Of entries, by id.
TITLES = {}


def entries(body, coding):
    """What a document holds; documents that caches send again and again are read once."""
    digest = hashlib.sha256(body).digest()
    if digest not in DECODED:
        items = json.loads(decoded(body, coding))["items"]
        TITLES.update((item["id"], item["title"]) for item in items)
        times = {item["id"]: item.get("date_modified", item["date_published"]) for item in items}
        DECODED[digest] = {key: datetime.fromisoformat(at).timestamp() for key, at in times.items()}
    return DECODED[digest]


def decoded(body, coding):
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "br":
        return subprocess.run(["brotli", "-d", "-c"], input=body, stdout=subprocess.PIPE, check=True).stdout
    return body


class Reader:
    """Keeps what its kind keeps, asks with that, and holds whatever it was ever sent."""

    def __init__(self, kind, coding, port, every=1):
        """It polls in one of `every` rounds."""
        self.name = f"reader {kind.name}, in {coding}" + (f", one round in {every}" if every > 1 else "")
        self.kind, self.coding, self.port, self.every = kind, coding, port, every
        self.tag = self.date = self.last = None
        # Whether the tag came with an answer that no cache may store.
        self.tag_is_own = False
        self.held = {}
        self.answers = []

    def asks(self):
        fields = {"User-Agent": "reader/1", "Accept-Encoding": CODINGS[self.coding]}
        fields["If-None-Match"] = self.tag if self.kind.tag else None
        fields["If-Modified-Since"] = self.date if self.kind.date else None
        deltas = self.kind.deltas == "always" or self.kind.deltas == "with a tag" and self.tag
        fields["A-IM"] = "feed" if deltas else None
        return {name: value for name, value in fields.items() if value}

    def poll(self):
        answer = Answer(self.port, self.asks())
        if answer.status in (200, 226):
            self.held.update({key: max(at, self.held.get(key, 0)) for key, at in answer.entries().items()})
        if answer.status in (200, 226, 304):
            if answer.etag():
                self.tag, self.tag_is_own = answer.etag(), answer.is_private()
            self.date = answer.fields.get("last-modified", self.date)
        self.answers.append(answer)
        return answer

