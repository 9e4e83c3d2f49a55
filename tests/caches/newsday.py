"""A day in the newsroom, in front of it all the caches side by side, and what became of everybody behind them.

Usage: newsday.py PROGRAM [CACHE...]. The order in which readers poll is drawn; SEED=N in the environment draws it again.
Knows nothing of what is claimed.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import namedtuple

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "readers"))

from caches import CACHES
from claims import Behind
from newsroom import Newsroom

# Seconds from one thing that the newsroom does to the next.
PART = 6.5

# How many faults are told of each cache.
TOLD = 3


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Day:
    def __init__(self, newsroom):
        self.newsroom = newsroom
        self.articles = []
        self.withdrawn = []
        # From when on which articles joined.
        self.joined = []

    def parts(self):
        """What happens, in words and in deed."""
        return [
            ("a burst of 1", lambda: self.burst(1)),
            ("a burst of 60", lambda: self.burst(60)),
            ("corrections", lambda: self.correct(0, 40, 90)),
            ("a burst of 400", lambda: self.burst(400)),
            ("corrections, of what the document does not show any more, too", lambda: self.correct(5, 50, 400)),
            ("withdrawals", lambda: self.withdraw(3, 480)),
            ("a burst of 400, and corrections", lambda: (self.burst(400), self.correct(7, 600))),
            ("a burst of 900, more than fits into one answer", lambda: self.burst(900)),
            ("a burst of 60", lambda: self.burst(60)),
            ("a restoration, and a burst of 1", lambda: (self.restore(), self.burst(1))),
        ]

    def burst(self, number):
        began, before = time.monotonic(), self.keys().values()
        first = len(self.articles)
        published = rfc3339(time.time())
        for at in range(first, first + number):
            text = {"title": f"Well {at}", "html": f"<p>Salt well {at} gave brine today.</p>"}
            self.articles.append({"id": f"well-{at}", **text, "districts": ["daan"], "published": published})
        self.newsroom.publish(*self.articles[first:])
        new = set(self.keys().values()) - set(before)
        self.joined.append((began, {f"tag:news.wellhead.example,2026:a/{key}" for key in new}))

    def keys(self):
        """Those of all articles, by title."""
        listed = self.newsroom.run("article", "list", "--feed", "districts/daan", "--limit", "9999")
        return {line.split("\t")[3]: line.split("\t")[0] for line in listed.splitlines()}

    def correct(self, *numbers):
        corrected = [self.articles[at] for at in numbers]
        for article in corrected:
            article.update(html=article["html"] + "<p>Corrected.</p>", updated=rfc3339(time.time()))
        self.newsroom.publish(*corrected)

    def withdraw(self, *numbers):
        keys = self.keys()
        self.withdrawn = [keys[f"Well {at}"] for at in numbers]
        for key in self.withdrawn:
            self.newsroom.run("article", "withdraw", key, "--note", "This was another well.")

    def restore(self):
        self.newsroom.run("article", "restore", self.withdrawn[0])


# What became of one cache.
Outcome = namedtuple("Outcome", "name faults statuses partial at_rest")


def live_behind(name, origin, folder, seed, newsroom):
    """A process of its own for each cache: polls until the newsroom says what has joined, and then some."""
    leave_by_exit()
    parent = os.getppid()
    behind = Behind(name, origin, folder, seed)
    try:
        behind.open()
        newsroom.send(None)
        while not newsroom.poll():
            if os.getppid() != parent:
                return
            behind.round()
        behind.rest(newsroom.recv())
        newsroom.send(Outcome(name, behind.faults, behind.statuses, behind.partial, behind.at_rest))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        behind.close()


def leave_by_exit():
    """So that everything is ended, whichever way this ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Caches:
    """The processes, each at the other end of a pipe."""

    def __init__(self, names, *arguments):
        fork = multiprocessing.get_context("fork")
        self.pipes, self.processes = [], []
        for name in names:
            ours, theirs = fork.Pipe()
            self.pipes.append(ours)
            self.processes.append(fork.Process(target=live_behind, args=(name, *arguments, theirs)))
            self.processes[-1].start()
            theirs.close()

    def said(self):
        """What each says next."""
        try:
            return [pipe.recv() for pipe in self.pipes]
        except EOFError:
            raise SystemExit("FAILED: one of the processes has ended before its time") from None

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()


def live(day, caches):
    caches.said()
    for what, happens in day.parts():
        print(f"  {what}", flush=True)
        happens()
        time.sleep(PART)
    print("  rest", flush=True)
    for pipe in caches.pipes:
        pipe.send(day.joined)
    return caches.said()


def said(statuses):
    return ", ".join(f"{number} times {status}" for status, number in sorted(statuses.items()))


def tell(outcomes, whole):
    """What became of all of them. `whole` tells that no cache was left out, so that everything must have occurred."""
    for one in outcomes:
        word = f"{len(one.faults)} FAULTS" if one.faults else "all claims hold"
        print(f"  {one.name}: {word}; {said(one.statuses)} and {one.partial} partial answers; at rest {said(one.at_rest)}")
    faults = [fault for one in outcomes for fault in one.faults[:TOLD]]
    if whole and not any(one.statuses[226] for one in outcomes):
        faults.append("FAILED: some cache passes deltas on")
    if whole and not any(one.partial for one in outcomes):
        faults.append("FAILED: some cache is so late that it gets a partial answer")
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        raise SystemExit(1)


def main(program, *named):
    unknown = [name for name in named if name not in CACHES]
    if unknown:
        raise SystemExit(f"there is no cache {unknown[0]}; there are {', '.join(CACHES)}")
    leave_by_exit()
    seed = os.environ.get("SEED", str(random.randrange(10**6)))
    print(f"caches, SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # The caches run as somebody else when this runs as root.
        os.chmod(folder, 0o755)
        newsroom, caches = Newsroom(program, folder), None
        newsroom.publish_samples()
        try:
            newsroom.open("--admin-listen", "off")
            day = Day(newsroom)
            day.burst(30)
            caches = Caches(named or CACHES, int(newsroom.address.rsplit(":", 1)[1]), folder, seed)
            tell(live(day, caches), whole=not named)
        finally:
            if caches:
                caches.close()
            newsroom.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
