"""What is claimed of wellhead behind real caches, with `max-age` shortened to two seconds and all else as shipped:

- A cache answers each request: 200; 304 to who named something; 226 to who asked for deltas; 303 to a browser.
- After every poll a reader holds at least what the document showed `max-age` ago. (A second is added, since caches count
  whole ones, another for a busy machine, and as long as a cache shows a copy on by itself: Varnish ten seconds. A reader
  of deltas that named a tag of its own is told the oldest changes first, so it may be on its way.)
- No cache stores a 226, a 303 or anything else that says `no-store`: each comes through once. Who asks right afterwards,
  with nothing, gets a 200 with the whole document, and so does a newcomer that asks for deltas at once.
- No cache keeps a partial answer (`max-age=1`) beyond its second.
- A reader is sent no coding that it does not accept.
- In the end each reader holds the document, and who was told changes alone since its first poll, every article that
  joined since then.
- Then everybody comes to rest: it is answered 304, or with the same document again.

Knows nothing of what the newsroom publishes, nor how the caches are configured.
"""

import http.client
import random
import re
import time
from collections import Counter

from caches import Cache
from clients import BROWSER, CODINGS, FEED, KINDS, NEWCOMER, NEWCOMER_OF_DELTAS, TITLES, Answer, Reader, revision_of
from record import Record
from relay import FRESH, Relay

# Seconds between two rounds of polls, while the newsroom publishes and at rest.
ROUND, REST = 1.3, FRESH + 1.5

# Seconds beyond those that caches are told: they count whole ones, and may have to wait for a busy machine.
MORE = 2

# Of the answers that no cache may store and that bring nothing special, after one in so many a newcomer asks.
FOLLOWED = 4

# Rounds at rest: first quick ones, in which a reader that is told the oldest changes first arrives; then, beyond what is
# fresh, those that must bring nothing new.
ARRIVING, RESTING = 8, 3


class Behind:
    """One cache, everybody behind it, and what they found wrong."""

    def __init__(self, name, origin, folder, seed):
        """`origin` is wellhead's port."""
        self.name = name
        self.record = Record(origin)
        self.relay = Relay(origin)
        self.cache = Cache(name, self.relay.port, folder)
        self.lag = FRESH + MORE + self.cache.grace
        self.random = random.Random(f"{seed} {name}")
        port = self.cache.port
        self.readers = [Reader(kind, coding, port) for kind in KINDS for coding in CODINGS]
        codings = list(CODINGS) * len(KINDS)
        self.readers += [Reader(kind, codings[at], port, 7) for at, kind in enumerate(KINDS)]
        self.rounds = 0
        self.statuses = Counter()
        self.at_rest = Counter()
        self.partial = 0
        self.delivered = set()
        self.faults = []
        self.resting = False

    def open(self):
        self.cache.open()

    def close(self):
        self.cache.close()
        self.relay.close()
        self.record.close()

    def rest(self, joined):
        """Polls that bring nothing new any more; `joined` says from when on which articles joined."""
        self.resting = True
        for seconds in [ROUND] * ARRIVING + [REST] * RESTING:
            self.round(seconds)
        for reader in self.readers:
            self.claim_rest(reader)
            self.claim_every_article(reader, joined)

    def round(self, seconds=ROUND):
        """Everybody whose turn it is polls, in an order that is drawn."""
        began = time.monotonic()
        self.rounds += 1
        turns = [
            (lambda reader=reader: self.poll(reader))
            for at, reader in enumerate(self.readers)
            if self.resting or (self.rounds + at) % reader.every == 0
        ]
        turns += [self.browse, lambda: self.poll(Reader(NEWCOMER_OF_DELTAS, "gzip", self.cache.port))]
        self.random.shuffle(turns)
        for turn in turns:
            turn()
        time.sleep(max(0.0, began + seconds - time.monotonic()))

    def fault(self, claim, who, *details, answer=None):
        lines = [f"FAILED: {self.name}: {who}: {claim}", *(f"  {detail}" for detail in details)]
        if answer:
            lines.append(f"  last exchange: {answer.told()}")
            asked = self.relay.between(answer.began, answer.ended)
            lines += [f"  the cache asked wellhead: {exchange.told()}" for exchange in asked[:3]]
            if not asked:
                lines.append("  the cache asked wellhead nothing")
        self.faults.append("\n".join(lines))

    def poll(self, reader, newcomer_follows=True):
        named_own = reader.tag_is_own
        answer = self.answered(reader.name, reader.poll)
        if answer is None:
            return
        if self.claim_answer(reader, answer) and self.claim_stored(reader.name, answer):
            self.claim_holds(reader, answer, named_own)
        special = answer.status == 226 or is_partial(answer)
        if newcomer_follows and (special or answer.is_private() and self.random.randrange(FOLLOWED) == 0):
            self.poll(Reader(NEWCOMER, reader.coding, self.cache.port), newcomer_follows=False)

    def answered(self, who, ask):
        try:
            return ask()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.fault("is answered, and understands it", who, repr(error))
            return None

    def browse(self):
        """A browser navigates to the feed; readers that ask right afterwards are not led away."""
        answer = self.answered("browser", lambda: Answer(self.cache.port, BROWSER))
        if answer is None:
            return
        page = FEED.removesuffix(".json")
        if answer.status != 303 or not answer.fields.get("location", "").endswith(page):
            self.fault("is led to the feed's page", "browser", f"is answered {answer.status}", answer=answer)
        self.claim_stored("browser", answer)
        for coding in ("gzip", "br"):
            self.poll(Reader(NEWCOMER, coding, self.cache.port), newcomer_follows=False)

    def claim_answer(self, reader, answer):
        self.statuses[answer.status] += 1
        expected = [200]
        expected += [304] if {"if-none-match", "if-modified-since"} & answer.asked.keys() else []
        expected += [226] if "a-im" in answer.asked and "if-none-match" in answer.asked else []
        if answer.status not in expected:
            self.fault(f"is answered {expected}", reader.name, f"is answered {answer.status}", answer=answer)
            return False
        accepted = answer.asked.get("accept-encoding", "") + ", identity"
        if answer.status != 304 and answer.coding not in accepted:
            self.fault("is sent a coding that it accepts", reader.name, f"is sent {answer.coding}", answer=answer)
        return True

    def claim_stored(self, who, answer):
        """Whether the body may still have been in the cache, if it was there."""
        origin = self.relay.exchanges.get(answer.number())
        if answer.status == 304 or origin is None:
            return True
        private = origin.status in (226, 303) or "no-store" in origin.policy()
        if private and answer.number() in self.delivered:
            self.fault("is sent nothing that no cache may store", who, f"sent before: {origin.told()}", answer=answer)
            return False
        self.delivered.add(answer.number())
        self.partial += is_partial(origin)
        if not is_partial(origin):
            return True
        age = answer.began - max(origin.ended, self.relay.confirmed.get(origin.fields.get("etag"), 0))
        if age > 1 + MORE + self.cache.grace:
            kept = f"the cache has kept for {age:.1f} seconds: {origin.told()}"
            self.fault("is sent no partial answer beyond its second", who, kept, answer=answer)
        return True

    def claim_holds(self, reader, answer, named_own):
        shown, lacks = self.lacking(reader, answer)
        if lacks:
            # What the reader holds may be newer than what the record has seen.
            self.record.look()
            shown, lacks = self.lacking(reader, answer)
        on_its_way = named_own and answer.is_private() and revision_of(answer.etag()) < shown[0].revision
        if lacks and not on_its_way:
            self.fault(
                "holds at least what the document showed max-age ago", reader.name, named(lacks), answer=answer
            )

    def lacking(self, reader, answer):
        """What was shown of late, and what the reader lacks of that of which it lacks least."""
        shown = self.record.between(answer.began - self.lag, answer.ended)
        return shown, min((lacking(reader, document.entries) for document in shown), key=len)

    def claim_rest(self, reader):
        last = reader.answers[-1]
        lacks = lacking(reader, self.record.shown[-1].entries)
        if lacks:
            self.fault("holds the document in the end", reader.name, named(lacks), answer=last)
        self.at_rest[last.status] += 1
        latest = reader.answers[-RESTING:]
        bodies = {answer.body for answer in latest if answer.status != 304}
        if len(bodies) > 1 or any(answer.status == 226 for answer in latest):
            statuses = [answer.status for answer in latest]
            self.fault("comes to rest", reader.name, f"is answered {statuses} when nothing is new", answer=last)

    def claim_every_article(self, reader, joined):
        first, *others = reader.answers
        if any(answer.status == 200 for answer in others):
            return
        lacks = [key for at, keys in joined if at > first.ended for key in keys if key not in reader.held]
        if lacks:
            self.fault("holds all that joined since its first poll", reader.name, named(lacks), answer=others[-1])


def is_partial(answer):
    return re.search(r"max-age=1\b", answer.fields.get("cache-control", "")) is not None


def lacking(reader, entries):
    """The ids of what a reader holds not at all, or as it was before."""
    return [key for key, at in entries.items() if reader.held.get(key, 0) < at]


def named(lacks):
    return f"lacks {len(lacks)} entries, among them {', '.join(TITLES.get(key, key) for key in sorted(lacks)[:5])}"
