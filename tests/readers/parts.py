"""What a newsroom does to its feeds, part by part, and what each real reader must then show.

Knows nothing of how readers keep what they are sent, nor of how the newsroom is run.
Usage: parts.py PROGRAM [PART...]
"""

import sys
import tempfile
import time

from newsroom import FULL_ANSWERS, Newsroom
from readers import Feedparser, Newsboat

FEED = "/districts/daan"
NOTE = "本文已撤回，原因见编辑部说明。"


def claim(text, holds, *seen):
    if not holds:
        print(f"FAILED: {text}", *(f"  seen: {thing}" for thing in seen), sep="\n", file=sys.stderr)
        raise SystemExit(1)
    print(f"  {text}")


class Subscription:
    """A reader of one document of the feed: what it shows, and what it showed before its last poll."""

    def __init__(self, kind, ending, newsroom, folder):
        self.kind = kind
        self.name = f"{kind.name}, {ending}"
        self.path = f"{FEED}.{ending}"
        self.newsroom = newsroom
        self.folder = f"{folder}/{kind.name}-{ending}"
        self.reader = kind(newsroom.address + self.path, self.folder)
        self.fresh_readers = 0
        self.before, self.now = {}, {}

    def claim(self, text, holds, *seen):
        claim(f"{self.name}: {text}", holds, *seen)

    def shown(self, reader):
        """By id, after a look that none is there twice."""
        shown = reader.shown()
        if len(dict(shown)) != len(shown):
            self.claim("shows no entry twice", False, sorted(guid for guid, _ in shown))
        return dict(shown)

    def poll(self):
        """How one poll was answered."""
        self.newsroom.new_lines()
        self.reader.poll()
        self.before, self.now = self.now, self.shown(self.reader)
        return self.newsroom.statuses(self.path)

    def is_sent(self, what, *expected):
        """One poll, after which it must show what a reader is shown that has only just come."""
        statuses = self.poll()
        self.claim(f"is sent {what}", statuses in [[status] for status in expected], statuses)
        self.fresh_readers += 1
        name = f"{self.kind.name}-fresh/{self.fresh_readers}"
        fresh = self.kind(self.newsroom.address + self.path, f"{self.folder}-{self.fresh_readers}", name)
        fresh.poll()
        expected = self.shown(fresh)
        self.claim("shows what a new reader is shown, each entry once", self.now == expected, self.now, expected)

    def is_sent_something_new(self):
        self.is_sent("the feed or what is new in it", 200, 226)

    def is_sent_nothing(self):
        statuses = self.poll()
        self.claim("is answered 304 when nothing is new", statuses == [304] and self.now == self.before, statuses)

    def the_one_change(self, what):
        """The entry that is not as before, as it was and as it is."""
        changed = [guid for guid in self.now if self.now[guid] != self.before.get(guid)]
        same_ids = self.now.keys() == self.before.keys()
        self.claim(f"shows {what} under its old id, and all else as before", same_ids and len(changed) == 1, changed)
        return self.before[changed[0]], self.now[changed[0]]

    def claim_dates(self, old, new, moved):
        """`published` never moves, and `updated` only with what is significant; newsboat and RSS know less of dates."""
        if new.published:
            self.claim("shows the same date of publication", new.published == old.published, old, new)
        if new.updated and moved:
            self.claim("shows a later date of change", new.updated > old.updated, old, new)
        elif new.updated:
            self.claim("shows the same date of change", new.updated == old.updated, old, new)


def minutes_ago(minutes):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60 * minutes))


def article(number):
    text = {"title": f"第{number}口盐井", "html": "<p>这是初稿。</p>"}
    return {"id": f"reader-{number}", **text, "districts": ["daan"], "published": minutes_ago(120)}


class Parts:
    """Each part goes on where the one before it ended."""

    def __init__(self, newsroom, folder):
        self.newsroom = newsroom
        kinds = [(kind, ending) for kind in (Newsboat, Feedparser) for ending in ("atom", "rss")]
        self.subscriptions = [Subscription(kind, ending, newsroom, folder) for kind, ending in kinds]
        self.article = article(1)

    def first_fetch(self):
        entries, _ = self.newsroom.feeds()[f"{FEED}.atom"]
        for subscription in self.subscriptions:
            for _ in range(subscription.kind.blind_polls):
                subscription.is_sent("the feed", 200)
            subscription.claim(f"shows all {entries} entries", len(subscription.now) == entries)
            if subscription.kind is Newsboat:
                unread = subscription.reader.unread()
                subscription.claim(f"counts {entries} unread", unread == entries, unread)
            subscription.is_sent_nothing()

    def publication(self):
        self.newsroom.publish(self.article)
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            before, now = subscription.before, subscription.now
            added = [guid for guid in now if guid not in before]
            others = {guid: now[guid] for guid in now if guid not in added}
            subscription.claim("shows exactly one new entry", len(added) == 1 and others == before, added)
            title = now[added[0]].title
            subscription.claim("shows its title", title == self.article["title"], title)
            subscription.is_sent_nothing()

    def edit(self):
        self.article.update(title="第一口盐井，标题改了", updated=minutes_ago(60))
        self.newsroom.publish(self.article)
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            old, new = subscription.the_one_change("the edited entry")
            subscription.claim("shows the new title", new.title == self.article["title"], new)
            subscription.claim_dates(old, new, moved=True)
            subscription.is_sent_nothing()

    def silent_fix(self):
        self.article.update(html="<p>这是定稿。</p>")
        self.newsroom.publish(self.article)
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            old, new = subscription.the_one_change("the entry mended in silence")
            subscription.claim("shows the new text", "定稿" in new.text and "初稿" not in new.text, new)
            subscription.claim_dates(old, new, moved=False)
            subscription.is_sent_nothing()

    def delta(self):
        self.article.update(title="第一口盐井，标题又改了", updated=minutes_ago(30))
        self.newsroom.publish(self.article, article(2))
        for subscription in self.subscriptions:
            subscription.is_sent("the changes alone, as it asked", 226)
            if subscription.kind is Feedparser:
                sent = subscription.reader.last
                subscription.claim("is sent two entries, since two have changed", len(sent) == 2, sent)
            subscription.is_sent_nothing()

    def withdrawal(self):
        shown = self.subscriptions[0].now.items()
        guid = next(guid for guid, entry in shown if entry.title == self.article["title"])
        key = guid.rsplit("/", 1)[1]
        self.newsroom.run("article", "withdraw", key, "--note", NOTE)
        self.page_answers(key, 410)
        texts = [self.notice(subscription) for subscription in self.subscriptions]
        self.newsroom.run("article", "restore", key)
        self.page_answers(key, 200)
        for subscription, text in zip(self.subscriptions, texts):
            self.restored(subscription, text)

    def page_answers(self, key, expected):
        self.newsroom.settle()
        status, _ = self.newsroom.ask(f"/articles/{key}")
        claim(f"the article's page answers {expected}", status == expected, status)

    def notice(self, subscription):
        """The entry as it was before it became a notice."""
        subscription.is_sent_something_new()
        old, new = subscription.the_one_change("the withdrawn entry")
        gone = NOTE in new.title + new.text and "定稿" not in new.text
        subscription.claim("shows a notice in place of the text", gone, new)
        subscription.claim_dates(old, new, moved=True)
        subscription.is_sent_nothing()
        return old

    def restored(self, subscription, published):
        subscription.is_sent_something_new()
        old, new = subscription.the_one_change("the restored entry")
        same = (new.title, new.text) == (published.title, published.text)
        subscription.claim("shows the text again", same, published, new)
        subscription.claim_dates(old, new, moved=True)
        subscription.is_sent_nothing()

    def limits(self):
        path = f"{FEED}.atom"
        answers = [self.newsroom.ask(path, agent="keeps-nothing/1") for _ in range(FULL_ANSWERS + 1)]
        statuses = [status for status, _ in answers]
        claim("a poller that keeps nothing is refused in the end", statuses == [200] * FULL_ANSWERS + [429], statuses)
        seconds = answers[-1][1]["Retry-After"]
        claim("it is told how many seconds to wait", seconds.isdigit() and 0 < int(seconds) <= 3600, seconds)
        status, _ = self.newsroom.ask("/feed.atom", agent="keeps-nothing/1")
        claim("it is not refused another feed", status == 200, status)
        self.newsroom.publish(article(3))
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            subscription.is_sent_nothing()


# These always run, since the others go on from them.
NEEDED = ["first_fetch", "publication", "edit", "silent_fix"]
OTHERS = ["delta", "withdrawal", "limits"]


def main(program, *named):
    unknown = [part for part in named if part not in NEEDED + OTHERS]
    if unknown:
        raise SystemExit(f"there is no part {unknown[0]}; there are {', '.join(NEEDED + OTHERS)}")
    with tempfile.TemporaryDirectory() as folder:
        newsroom = Newsroom(program, folder)
        newsroom.publish_samples()
        try:
            newsroom.open()
            parts = Parts(newsroom, folder)
            for part in NEEDED + [part for part in OTHERS if not named or part in named]:
                print(part.replace("_", " "))
                getattr(parts, part)()
        finally:
            newsroom.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
