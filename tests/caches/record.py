"""The record: what wellhead's document showed, and when. It is asked directly, all the time, for the whole document.

Knows nothing of caches, nor of what is claimed.
"""

import threading
import time
from collections import namedtuple

from clients import Answer, revision_of

# A document's entries by id, its revision, and from when to when at most it was shown.
Shown = namedtuple("Shown", "entries revision since until")

# Seconds between two looks.
EVERY = 0.2


class Record:
    def __init__(self, port):
        """`port` is wellhead's own."""
        self.port = port
        self.shown = []
        self.ended = False
        self.looked = time.monotonic()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.go_on, daemon=True)
        self.look()
        self.thread.start()

    def close(self):
        self.ended = True
        self.thread.join()

    def go_on(self):
        while not self.ended:
            time.sleep(EVERY)
            self.look()

    def look(self):
        with self.lock:
            answer = Answer(self.port, {"User-Agent": "record/1"})
            entries, last = answer.entries(), self.shown[-1] if self.shown else None
            if last is None or last.entries != entries:
                self.add(last, Shown(entries, revision_of(answer.etag()), self.looked, float("inf")), answer.ended)
            self.looked = answer.began

    def add(self, last, shown, until):
        """Of documents between these two, which came and went unseen, what both hold is known, as it was before."""
        if last:
            self.shown[-1] = last._replace(until=until)
        if last and shown.revision > last.revision + 1:
            both = {key: min(at, last.entries[key]) for key, at in shown.entries.items() if key in last.entries}
            self.shown.append(Shown(both, last.revision, shown.since, until))
        self.shown.append(shown)

    def between(self, since, until):
        """All that was seen to be shown at one time or another between these two, the latest last."""
        return [shown for shown in self.shown if shown.until >= since and shown.since <= until]
