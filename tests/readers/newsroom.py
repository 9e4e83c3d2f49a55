"""The newsroom: a store of its own, the program's commands, and a server that runs until the newsroom is closed.

Knows nothing of readers or of what is claimed; it does what it is told and says what the server answered.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import namedtuple

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

Answer = namedtuple("Answer", "status headers body")


class Newsroom:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.stores = ["--store", f"{folder}/store.db", "--feeds", f"{ROOT}/feeds"]
        self.log = f"{folder}/log"
        self.read = 0
        self.server = None

    def run(self, *arguments):
        """What a command of the program says; any exit status but 0 is an error."""
        call = [self.program, *arguments, *self.stores]
        ended = subprocess.run(call, capture_output=True, text=True)
        if ended.returncode != 0:
            raise SystemExit(f"FAILED: {' '.join(call)}\n{ended.stdout}{ended.stderr}")
        return ended.stdout

    def publish_samples(self):
        self.run("import", "--source", "readers", f"{ROOT}/fixtures/site/articles.jsonl")

    def publish(self, *articles, options=()):
        """Imports articles: new ones, or what has become of old ones."""
        path = f"{self.folder}/articles.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(article) + "\n" for article in articles)
        self.run("import", "--source", "readers", *options, path)
        self.settle()

    def edit(self, key, *options):
        """Does as an editor does on the command line."""
        self.run("article", "edit", key, *options)
        self.settle()

    def listed(self, title):
        """Key and state of the latest article of this title."""
        lines = [line.split("\t") for line in self.run("article", "list").splitlines()]
        return next((key, state) for key, _, state, listed in lines if listed == title)

    def stored_bytes(self):
        """All that lies in the store's file and in its log."""
        files = [pathlib.Path(f"{self.folder}/store.db{ending}") for ending in ("", "-wal")]
        return b"".join(file.read_bytes() for file in files if file.exists())

    def feeds(self):
        """Of each feed, by the path of its Atom document: its entries and its revision."""
        lines = [line.split("\t") for line in self.run("feeds").splitlines()]
        return {path: (int(entries), int(revision)) for path, entries, revision, _ in lines}

    def open(self, *options):
        """Starts the server on a port that was free a moment ago."""
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        call = [self.program, "serve", *self.stores, "--listen", f"127.0.0.1:{port}", "--log", "wellhead=debug", *options]
        with open(self.log, "w", encoding="utf-8") as log:
            self.server = subprocess.Popen(call, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"})
        wait("the server to listen", lambda: "subscribe" in self.new_lines())

    def close(self):
        if self.server:
            self.server.terminate()
            self.server.wait()

    def settle(self):
        """Waits until the server has noticed what other processes did to the store."""
        for path, (_, revision) in self.feeds().items():
            wait(f"revision {revision} of {path}", lambda: self.revision_served(path) >= revision)

    def revision_served(self, path):
        return int(re.match(r'W/"(\d+)-', self.ask(path, method="HEAD").headers["ETag"])[1])

    def ask(self, path, method="GET", agent="newsroom", tag=None):
        """The answer to a request that names nothing, or one state."""
        fields = {"User-Agent": agent, **({"If-None-Match": tag} if tag else {})}
        request = urllib.request.Request(self.address + path, method=method, headers=fields)
        try:
            with urllib.request.urlopen(request) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def new_lines(self):
        """What the server has logged since this was last asked."""
        with open(self.log, encoding="utf-8") as log:
            log.seek(self.read)
            lines = log.read()
            self.read = log.tell()
        return lines

    def statuses(self, path):
        """How GETs of a path have been answered, among the new lines."""
        line = re.compile(rf'method=GET path="{re.escape(path)}" status=(\d+)')
        return [int(status) for status in line.findall(self.new_lines())]


def free_port():
    """One that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(what, happens):
    for _ in range(200):
        if happens():
            return
        time.sleep(0.05)
    raise SystemExit(f"FAILED: waited ten seconds for {what}")
