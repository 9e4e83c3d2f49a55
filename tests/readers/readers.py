"""Two real readers, each with what it keeps: newsboat and feedparser.

Knows nothing of what a feed is expected to hold. Each is told to poll, and asked what it shows then.
"""

import os
import re
import sqlite3
import subprocess
from collections import namedtuple

import feedparser

# What a reader shows of an entry; a date is None where the reader or the format has none.
Entry = namedtuple("Entry", "title text published updated")


class Newsboat:
    """A reader for the terminal: it keeps a database, and asks for deltas as soon as it has a validator."""

    name = "newsboat"
    # It forgets the validators of its first poll: the feed has no row in its database yet.
    blind_polls = 2

    def __init__(self, url, folder, agent=None):
        os.makedirs(folder)
        self.cache = f"{folder}/cache.db"
        self.call = ["newsboat", "-u", f"{folder}/urls", "-c", self.cache, "-C", f"{folder}/config"]
        with open(f"{folder}/urls", "w", encoding="utf-8") as urls:
            urls.write(f"{url}\n")
        with open(f"{folder}/config", "w", encoding="utf-8") as config:
            config.write(f'user-agent "{agent}"\n' if agent else "")

    def run(self, command):
        utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.run([*self.call, "-x", command], check=True, capture_output=True, text=True, env=utf8).stdout

    def poll(self):
        self.run("reload")

    def unread(self):
        return int(re.search(r"\d+", self.run("print-unread"))[0])

    def shown(self):
        """Pairs of id and entry."""
        database = sqlite3.connect(self.cache)
        rows = database.execute("SELECT guid, title, content FROM rss_item WHERE deleted = 0").fetchall()
        database.close()
        return [(guid, Entry(title, content, None, None)) for guid, title, content in rows]


class Feedparser:
    """A library that asks for deltas always; it keeps nothing, so what it reads is kept here by id, as its users do."""

    name = "feedparser"
    blind_polls = 1

    def __init__(self, url, _folder, agent=None):
        self.url = url
        self.agent = agent
        self.etag = None
        self.modified = None
        self.kept = {}
        self.last = []

    def poll(self):
        feed = feedparser.parse(self.url, etag=self.etag, modified=self.modified, agent=self.agent)
        if feed.bozo:
            raise SystemExit(f"FAILED: feedparser does not understand {self.url}: {feed.bozo_exception}")
        self.last = [entry.id for entry in feed.entries]
        self.etag = feed.get("etag", self.etag)
        self.modified = feed.get("modified", self.modified)
        self.kept.update((entry.id, as_shown(entry)) for entry in feed.entries)

    def shown(self):
        """Pairs of id and entry; what stood in the last document twice is there twice."""
        again = [guid for at, guid in enumerate(self.last) if guid in self.last[:at]]
        return [*self.kept.items(), *((guid, self.kept[guid]) for guid in again)]


def as_shown(entry):
    text = entry.content[0].value if "content" in entry else entry.get("summary", "")
    # Asked without looking, feedparser gives out `published` for `updated` where RSS has no such thing.
    updated = entry.updated_parsed if "updated_parsed" in entry else None
    return Entry(entry.title, text, entry.published_parsed, updated)
