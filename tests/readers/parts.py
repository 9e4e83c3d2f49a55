"""What a newsroom does to its feeds, part by part, and what each real reader must then show.

Knows nothing of how readers keep what they are sent, nor of how the newsroom is run.
Usage: parts.py PROGRAM [PART...]
"""

import calendar
import re
import sys
import tempfile
import time
import urllib.parse

import feedparser

from newsroom import Newsroom, wait
from readers import Feedparser, Newsboat

FEED = "/districts/daan"
NOTE = "本文已撤回，原因见编辑部说明。"
CORRECTIONS = ["更正：初稿把井深多写了一尺。", "更正：井深多写的是两尺。"]

# Full answers an hour, for each program and feed, to who makes no use of them: no fewer than newsboat begins with, so
# that the limiter is as strict as readers can bear.
FULL_ANSWERS = 2

# What a document holds at least, if there are as many; and what makes a page of the archives.
PAGE = 50


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

    def the_new(self, number):
        """The new entries, as many as this, beside which all is as before."""
        added = {guid: self.now[guid] for guid in self.now if guid not in self.before}
        others = {guid: self.now[guid] for guid in self.now if guid not in added}
        what = "exactly one new entry" if number == 1 else f"exactly {number} new entries"
        self.claim(f"shows {what}", len(added) == number and others == self.before, added)
        return list(added.values())

    def claim_dates(self, old, new, moved):
        """`published` never moves, and `updated` only with what is significant; newsboat and RSS know less of dates."""
        if new.published:
            self.claim("shows the same date of publication", new.published == old.published, old, new)
        if new.updated and moved:
            self.claim("shows a later date of change", new.updated > old.updated, old, new)
        elif new.updated:
            self.claim("shows the same date of change", new.updated == old.updated, old, new)


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def minutes_ago(minutes):
    return rfc3339(time.time() - 60 * minutes)


def article(number):
    text = {"title": f"第{number}口盐井", "html": "<p>这是初稿。</p>"}
    return {"id": f"reader-{number}", **text, "districts": ["daan"], "published": minutes_ago(120)}


def headline(number):
    """One of over two years ago: the greater its number, the older it is."""
    published = minutes_ago(2 * 366 * 24 * 60 + number)
    return {"id": f"old-{number}", "title": f"第{number}则旧闻", "districts": ["daan"], "published": published}


class Parts:
    """Each part goes on where the one before it ended."""

    def __init__(self, newsroom, folder):
        self.newsroom = newsroom
        kinds = [(kind, ending) for kind in (Newsboat, Feedparser) for ending in ("atom", "rss")]
        self.subscriptions = [Subscription(kind, ending, newsroom, folder) for kind, ending in kinds]
        self.article = article(1)
        self.notes = []

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
            [new] = subscription.the_new(1)
            subscription.claim("shows its title", new.title == self.article["title"], new)
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
        key, _ = self.newsroom.listed(self.article["title"])
        self.newsroom.run("article", "withdraw", key, "--note", NOTE)
        self.page_answers(key, 410)
        texts = [self.notice(subscription, "the withdrawn entry") for subscription in self.subscriptions]
        self.newsroom.run("article", "restore", key)
        self.page_answers(key, 200)
        for subscription, text in zip(self.subscriptions, texts):
            self.restored(subscription, text)

    def page_answers(self, key, expected):
        self.newsroom.settle()
        status = self.newsroom.ask(f"/articles/{key}").status
        claim(f"the article's page answers {expected}", status == expected, status)

    def notice(self, subscription, what):
        """The entry as it was before it became a notice."""
        subscription.is_sent_something_new()
        old, new = subscription.the_one_change(what)
        says = new.title + new.text
        gone = NOTE in says and not any(text in says for text in ["定稿", self.article["title"], *self.notes])
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
        statuses = [answer.status for answer in answers]
        claim("a poller that keeps nothing is refused in the end", statuses == [200] * FULL_ANSWERS + [429], statuses)
        seconds = answers[-1].headers["Retry-After"]
        claim("it is told how many seconds to wait", seconds.isdigit() and 0 < int(seconds) <= 3600, seconds)
        status = self.newsroom.ask("/feed.atom", agent="keeps-nothing/1").status
        claim("it is not refused another feed", status == 200, status)
        self.newsroom.publish(article(3))
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            subscription.is_sent_nothing()

    def correction(self):
        key, _ = self.newsroom.listed(self.article["title"])
        self.article.update(title="第一口盐井，编辑更正了标题")
        loud, silent = CORRECTIONS
        self.newsroom.edit(key, "--title", self.article["title"], "--note", loud, "--significant")
        self.corrected("the entry that an editor corrected", loud, moved=True)
        self.newsroom.edit(key, "--note", silent)
        self.corrected("the entry that an editor corrected in silence", silent, moved=False)
        self.notes = CORRECTIONS

    def corrected(self, what, note, moved):
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            old, new = subscription.the_one_change(what)
            subscription.claim("shows the new title", new.title == self.article["title"], new)
            text = re.sub(r"<[^>]*>|\s", "", new.text)
            subscription.claim("shows the note, then the text, and nothing else", text == f"{note}这是定稿。", new)
            subscription.claim_dates(old, new, moved)
            subscription.is_sent_nothing()

    def embargo(self):
        held = {**article(4), "published": minutes_ago(-60)}
        self.newsroom.publish(held)
        key, state = self.newsroom.listed(held["title"])
        claim("an article whose time lies ahead is under embargo", state == "embargoed", state)
        self.page_answers(key, 404)
        for subscription in self.subscriptions:
            subscription.is_sent_nothing()
        due = int(time.time()) + 3
        self.newsroom.edit(key, "--published", rfc3339(due))
        wait("the article's time", lambda: self.newsroom.ask(f"/articles/{key}").status == 200)
        late = time.time() - due
        claim("it is public by itself, and not before its time", late >= 0, late)
        self.newsroom.settle()
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            [new] = subscription.the_new(1)
            on_time = not new.published or calendar.timegm(new.published) == due
            subscription.claim("shows its title and its time", new.title == held["title"] and on_time, new)
            subscription.is_sent_nothing()

    def erasure(self):
        key, _ = self.newsroom.listed(self.article["title"])
        said = [article(1)["title"], self.article["title"], "这是定稿", *self.notes]
        found = self.found_in_store(said)
        claim("the store's files hold what the article says and said", found == said, found)
        self.newsroom.run("article", "purge", key, "--note", NOTE)
        found = self.found_in_store(said)
        claim("once it is purged they hold nothing of that", not found, found)
        self.page_answers(key, 410)
        for subscription in self.subscriptions:
            self.notice(subscription, "the purged entry")

    def found_in_store(self, texts):
        stored = self.newsroom.stored_bytes()
        return [text for text in texts if text.encode() in stored]

    def archives(self):
        entries, _ = self.newsroom.feeds()[f"{FEED}.atom"]
        room = PAGE - entries
        self.backfill(0, room)
        for subscription in self.subscriptions:
            subscription.is_sent_something_new()
            titles = {entry.title for entry in subscription.the_new(room)}
            all_old = titles == {headline(number)["title"] for number in range(room)}
            subscription.claim(f"they are old ones, for which a document below {PAGE} has room", all_old, titles)
            subscription.is_sent_nothing()
        self.backfill(room, room + 120)
        for subscription in self.subscriptions:
            self.archives_begin(subscription)
        self.backfill(room + 120, room + 130)
        for subscription in self.subscriptions:
            subscription.is_sent_nothing()
        self.walk()

    def backfill(self, first, end):
        self.newsroom.publish(*map(headline, range(first, end)), options=["--backfill"])

    def archives_begin(self, subscription):
        """The feed leads to archives from now on: it is another document, in which no entry is new."""
        reader = subscription.reader
        unread = reader.unread() if subscription.kind is Newsboat else None
        subscription.is_sent_something_new()
        same = subscription.now == subscription.before
        subscription.claim("shows nothing new when archives begin", same, subscription.now)
        if subscription.kind is Newsboat:
            subscription.claim(f"counts {unread} unread as before", reader.unread() == unread, reader.unread())
        else:
            subscription.claim("is sent none of the old entries", not reader.last, reader.last)
        subscription.is_sent_nothing()

    def walk(self):
        """From the document through the archives, as somebody does who wants everything."""
        page = feedparser.parse(self.newsroom.ask(f"{FEED}.atom", agent="walks/1").body)
        shown, shelved = {entry.id for entry in page.entries}, set()
        while path := older(page):
            page = self.archive_page(path)
            held = {entry.id for entry in page.entries}
            once = len(held) == len(page.entries) and not held & shelved
            claim(f"{path} holds each of its {len(held)} entries once, and none of a newer page", once, held & shelved)
            shelved |= held
        entries, _ = self.newsroom.feeds()[f"{FEED}.atom"]
        reached = shown | shelved
        claim(f"the document and the archives hold all {entries} entries", len(reached) == entries, len(reached))

    def archive_page(self, path):
        first = self.newsroom.ask(path)
        again = self.newsroom.ask(path, tag=first.headers["ETag"])
        statuses = [first.status, again.status]
        claim(f"{path} is answered 200, and 304 to its own ETag", statuses == [200, 304], statuses)
        policies = [answer.headers["Cache-Control"] for answer in (first, again)]
        claim("both may be kept for an hour", policies == ["public, max-age=3600"] * 2, policies)
        return feedparser.parse(first.body)


def older(page):
    """The path of the archive page that one leads to, if it leads to any."""
    links = [link.href for link in page.feed.links if link.rel == "prev-archive"]
    return urllib.parse.urlsplit(links[0]).path if links else None


# These always run, since the others go on from them.
NEEDED = ["first_fetch", "publication", "edit", "silent_fix"]
OTHERS = ["delta", "withdrawal", "limits", "correction", "embargo", "erasure", "archives"]


def main(program, *named):
    unknown = [part for part in named if part not in NEEDED + OTHERS]
    if unknown:
        raise SystemExit(f"there is no part {unknown[0]}; there are {', '.join(NEEDED + OTHERS)}")
    with tempfile.TemporaryDirectory() as folder:
        newsroom = Newsroom(program, folder)
        newsroom.publish_samples()
        try:
            newsroom.open("--limiter", "enforce", "--full-answers", str(FULL_ANSWERS))
            parts = Parts(newsroom, folder)
            for part in NEEDED + [part for part in OTHERS if not named or part in named]:
                print(part.replace("_", " "))
                getattr(parts, part)()
        finally:
            newsroom.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
