"""The ways in of docs/moving-in.md, as it tells them, with real sites: of Hugo, of Jekyll and of WordPress.

Usage: moving_in.py PROGRAM. Hugo and Jekyll (with its feed plugin) are installed. A site is made, built and moved here by
that page's own commands; readers of its old feed must find every article under the id that they know, and none twice.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/moving-in.md").read_text(encoding="utf-8")
ATOM = "{http://www.w3.org/2005/Atom}"
# Titles that site generators set as printers do, and one that two posts share.
TITLES = ['The well\'s "new" brine -- and more...', "大安石桥修好了", "灯会'开幕'——今晚...", "盐场日报", "盐场日报"]


def commands(chapter):
    """The commands of a chapter of the page, in their order."""
    text = PAGE.split(f"## {chapter}\n")[1].split("\n## ")[0]
    inline = re.findall(r"`(wellhead (?:import|serve|check)[^`]*)`", text)
    return [" ".join(command.split()) for command in inline]


def command(chapter, *words):
    """The one command of a chapter with these words in it, without the program's name."""
    found = [command for command in commands(chapter) if all(word in command for word in words)]
    assert found, (chapter, words, commands(chapter))
    return found[0].split()[1:]


class Newsroom:
    """A folder with definitions and a store, in which the program is called."""

    def __init__(self, program, folder):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(folder)
        subprocess.run(["cp", "-r", ROOT / "feeds", self.folder / "feeds"], check=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def call(self, arguments):
        call = [self.program, *arguments]
        return subprocess.run(call, cwd=self.folder, capture_output=True, text=True)

    def expect(self, arguments, out, err=""):
        """Calls the program, which must say these words."""
        ended = self.call(arguments)
        assert out in ended.stdout and err in ended.stderr, (arguments, ended.stdout, ended.stderr)

    def served(self, arguments, paths):
        """The bodies that the server gives at these paths once it has looked at everything."""
        serve = [self.program, *arguments, "--listen", "127.0.0.1:0", "--admin-listen", "off", "--log", "info"]
        server = subprocess.Popen(serve, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            address = server.stdout.readline().split()[1].rstrip("/")
            return [urllib.request.urlopen(address + path).read() for path in paths]
        finally:
            server.terminate()
            server.communicate()


def ids(feed, item, name):
    """The ids that a reader keeps of a feed, by title; each once."""
    entries = list(xml.etree.ElementTree.fromstring(feed).iter(item))
    found = [entry.find(name).text for entry in entries]
    assert len(found) == len(set(found)), found
    return set(found)


def posts(newsroom, name, more):
    """Writes a post for each title, with the times of which most name no zone; a draft is among them."""
    for number, title in enumerate(TITLES):
        quoted = title.replace('"', '\\"')
        hour = 9 if number < 4 else 21
        text = f'---\ntitle: "{quoted}"\ndate: 2024-05-{3 + number % 4:02} {hour:02}:00:00\n{more}---\n第 {number} 篇，**全文**。\n'
        newsroom.write(name(number), text)
    newsroom.write(name(90), '---\ntitle: "不给人看"\ndate: 2024-05-01 09:00:00\ndraft: true\npublished: false\n---\n秘密。\n')


def hugo(program):
    chapter = "From Hugo, Zola or Jekyll"
    with tempfile.TemporaryDirectory() as folder:
        newsroom = Newsroom(program, folder)
        newsroom.write("config.toml", 'baseURL = "https://old.example/"\ntitle = "旧站"\nlanguageCode = "zh-cn"\n')
        newsroom.write("layouts/_default/single.html", "{{ .Content }}")
        posts(newsroom, lambda n: f"content/posts/post-{n}.md" if n % 2 else f"content/posts/bundle-{n}/index.md", "")
        subprocess.run(["hugo", "--quiet"], cwd=folder, check=True)
        old = ids((newsroom.folder / "public/index.xml").read_bytes(), "item", "guid")
        assert len(old) == len(TITLES), old
        newsroom.expect(command(chapter, "public/index.xml"), f"{len(old)} new")
        told = f"{len(TITLES)} of {len(TITLES)} posts are known from the feed"
        newsroom.expect(command(chapter, "--dry-run"), "0 new", told)
        newsroom.expect(command(chapter, "--dry-run"), f"{len(TITLES)} edited", "dates without a zone are read in UTC")
        whole = [word for word in command(chapter, "--dry-run") if word != "--dry-run"]
        newsroom.expect(whole, f"0 new, {len(TITLES)} edited, 0 unchanged, 1 left out", told)
        rss, page = newsroom.served(command(chapter, "serve"), ["/index.xml", "/feed.atom"])
        assert ids(rss, "item", "guid") == old, rss
        assert "全文" in page.decode() and "秘密" not in page.decode()
    print("a site of Hugo moves in")


def jekyll(program):
    chapter = "From Hugo, Zola or Jekyll"
    with tempfile.TemporaryDirectory() as folder:
        newsroom = Newsroom(program, folder)
        newsroom.write("_config.yml", "title: 旧站\nurl: https://old.example\ntimezone: Asia/Shanghai\nplugins: [jekyll-feed]\n")
        posts(newsroom, lambda n: f"_posts/2024-05-{3 + n % 4:02}-post-{n}.md", "categories: salt\n")
        subprocess.run(["jekyll", "build", "--quiet"], cwd=folder, check=True)
        old = ids((newsroom.folder / "_site/feed.xml").read_bytes(), f"{ATOM}entry", f"{ATOM}id")
        assert len(old) == len(TITLES), old
        feed = [word.replace("public/index.xml", "_site/feed.xml") for word in command(chapter, "public/index.xml")]
        newsroom.expect(feed, f"{len(old)} new")
        whole = [word.replace("content/posts", "_posts") for word in command(chapter, "--dry-run") if word != "--dry-run"]
        told = f"{len(TITLES)} of {len(TITLES)} posts are known from the feed"
        newsroom.expect(whole, f"0 new, {len(TITLES)} edited, 0 unchanged, 1 left out", told)
        serve = [word.replace("content/posts", "_posts") for word in command(chapter, "serve")]
        (atom,) = newsroom.served(serve, ["/feed.atom"])
        assert ids(atom, f"{ATOM}entry", f"{ATOM}id") == old, atom
        assert "秘密" not in atom.decode()
    print("a site of Jekyll moves in")


def wordpress(program):
    """A newsroom that had its feed here first and brings its export later, over https by now."""
    chapter = "From WordPress"
    with tempfile.TemporaryDirectory() as folder:
        newsroom = Newsroom(program, folder)
        export = (ROOT / "fixtures/moving/wordpress-export.xml").read_text(encoding="utf-8")
        newsroom.write("export.xml", export)
        feed = (ROOT / "fixtures/moving/wordpress.xml").read_text(encoding="utf-8")
        newsroom.write("rss.xml", feed.replace("https://old.example/?p=", "http://old.example/?p="))
        old = ids(feed.replace("https://old.example/?p=", "http://old.example/?p="), "item", "guid")
        newsroom.expect(["import", "--as", "feed", "rss.xml"], f"{len(old)} new")
        newsroom.expect(command(chapter, "export.xml"), "edited", "are known from the feed")
        (rss,) = newsroom.served(["serve"], ["/feed.rss"])
        new = ids(rss, "item", "guid")
        assert old <= new, (old, new)
        numbers = [guid.split(":", 1)[1] for guid in new]
        assert len(set(numbers)) == len(numbers), new
    print("a site of WordPress moves in")


hugo(sys.argv[1])
jekyll(sys.argv[1])
wordpress(sys.argv[1])
