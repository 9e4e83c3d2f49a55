"""The examples of docs/publishing.md, in curl, Python and PHP, run against a server as they stand there.

Usage: run.py PROGRAM. Knows nothing of what they should say but what that page promises.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
# Where the examples find the server.
USUAL = "http://127.0.0.1:8080"


def code(language):
    """The one block of the page in this language."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 1, f"{len(blocks)} blocks of {language}"
    return blocks[0]


def first_curl():
    """The first curl of the page, without its indentation."""
    lines = iter(PAGE.splitlines())
    command = []
    for line in lines:
        if line.strip().startswith("curl -X PUT") or (command and command[-1].endswith("\\")):
            command.append(line.strip())
    return "\n".join(command)


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        stores = ["--store", f"{folder}/store.db", "--feeds", f"{ROOT}/feeds"]
        add = [program, "token", "add", "cms", "--scope", "publish", *stores]
        token = subprocess.run(add, capture_output=True, text=True, check=True).stdout.strip()
        serve = [program, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--log", "warn", *stores]
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            address = server.stdout.readline().split()[1].rstrip("/")
            environment = {**os.environ, "TOKEN": token, "WELLHEAD": address}

            def run(call, said):
                ended = subprocess.run(call, capture_output=True, text=True, env=environment)
                assert ended.returncode == 0 and said in ended.stdout, (call, ended.stdout, ended.stderr)
                return ended.stdout

            answer = json.loads(run(["bash", "-c", first_curl().replace(USUAL, address)], "created"))
            assert answer["labels"]["districts"][0]["slug"] == "daan", answer
            run(["python3", "-c", code("python")], "created https://")
            pathlib.Path(f"{folder}/example.php").write_text(code("php"), encoding="utf-8")
            run(["php", f"{folder}/example.php"], "created https://")
            feed = json.load(urllib.request.urlopen(f"{address}/districts/daan.json"))
            titles = sorted(item["title"] for item in feed["items"])
            assert len(titles) == 3 and "大安盐井停产" in titles and "大安石桥修好了" in titles, titles
            # Refused, the examples say what is wrong and where.
            wrong = code("python").replace('"markdown"', '"markdwon"')
            ended = subprocess.run(["python3", "-c", wrong], capture_output=True, text=True, env=environment)
            assert ended.returncode == 1 and "#/markdwon" in ended.stdout, (ended.stdout, ended.stderr)
            wrong = code("php").replace('"title"', '"titel"')
            pathlib.Path(f"{folder}/wrong.php").write_text(wrong, encoding="utf-8")
            run(["php", f"{folder}/wrong.php"], "#/titel")
        finally:
            server.terminate()
            server.wait()
    print("the examples of docs/publishing.md publish what they say")


main(sys.argv[1])
