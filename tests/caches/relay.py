"""The relay between one cache and wellhead: it shortens `max-age`, numbers the bodies, and remembers what was asked.

Everything else passes as it is. Knows nothing of feeds or readers.
"""

import http.client
import itertools
import socket
import socketserver
import threading
import time

# What wellhead says of a feed, and the seconds that the caches of this test are told instead.
USUAL, FRESH = "max-age=600", 2

# The field that says which answer of wellhead's a body came with. A 304 has none: the body in the cache keeps its number.
NUMBER = "X-Answer"


class Exchange:
    """What a cache asked of wellhead, and what it was answered."""

    def __init__(self, number, began, request, asked, answer):
        self.number = number
        self.began, self.ended = began, time.monotonic()
        self.request = request
        self.asked = asked
        self.status = answer.status
        self.fields = {name.lower(): value for name, value in answer.getheaders()}

    def policy(self):
        return self.fields.get("cache-control", "")

    def told(self):
        return describe(self.request, self.asked, self.status, {**self.fields, NUMBER.lower(): str(self.number)})


def describe(request, asked, status, fields):
    """One exchange in two lines, as far as it matters here."""
    asks = ["accept-encoding", "a-im", "if-none-match", "if-modified-since", "sec-fetch-dest", "cache-control"]
    tells = [NUMBER.lower(), "im", "etag", "last-modified", "cache-control", "age", "content-encoding", "location"]
    said = "; ".join(f"{name}: {asked[name]}" for name in asks if name in asked)
    answered = "; ".join(f"{name}: {fields[name]}" for name in tells if name in fields)
    return f"{request} [{said}]\n      -> {status} [{answered}]"


class Relay:
    """Listens where the cache believes wellhead to be."""

    numbers = itertools.count(1)

    def __init__(self, origin):
        """`origin` is wellhead's port."""
        self.origin = origin
        # By their numbers.
        self.exchanges = {}
        # When wellhead last said of a tag that it stands for what there is.
        self.confirmed = {}
        relay = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                while relay.pass_on(self.rfile, self.wfile):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A cache that hangs up is none of our errors."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def between(self, since, until):
        """What was asked between these two times."""
        return [one for one in list(self.exchanges.values()) if one.ended >= since and one.began <= until]

    def pass_on(self, requests, answers):
        """One request byte for byte, and its answer; false when the connection is to be closed. Requests have no body."""
        head = b"".join(iter(requests.readline, b"\r\n"))
        if not head:
            return False
        request, *lines = head.decode("latin-1").splitlines()
        pairs = [line.split(":", 1) for line in lines]
        asked = {name.lower(): value.strip() for name, value in pairs}
        method, began = request.split()[0], time.monotonic()
        with socket.create_connection(("127.0.0.1", self.origin)) as origin:
            origin.sendall(head + b"\r\n")
            answer = http.client.HTTPResponse(origin, method=method)
            answer.begin()
            body = answer.read()
        exchange = Exchange(next(self.numbers), began, request, asked, answer)
        self.exchanges[exchange.number] = exchange
        if exchange.status == 304:
            self.confirmed[exchange.fields.get("etag")] = exchange.ended
        close = request.endswith("1.0") or asked.get("connection", "").lower() == "close"
        answers.write(self.as_sent(exchange, answer, body, close))
        return not close

    @staticmethod
    def as_sent(exchange, answer, body, close):
        framing = ("connection", "transfer-encoding", "keep-alive")
        fields = [(name, value) for name, value in answer.getheaders() if name.lower() not in framing]
        fields = [(name, value.replace(USUAL, f"max-age={FRESH}")) for name, value in fields]
        if answer.status != 304:
            fields.append((NUMBER, exchange.number))
            if not any(name.lower() == "content-length" for name, _ in fields):
                fields.append(("Content-Length", len(body)))
        if close:
            fields.append(("Connection", "close"))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode("latin-1") + body
