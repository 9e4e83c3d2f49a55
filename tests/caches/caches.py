"""The caches: how each is configured, started and ended.

Each runs as it is shipped, except for what it must be told: where to listen, what to ask, and which folder is its own.
Knows nothing of feeds or readers.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from newsroom import free_port

NGINX = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    proxy_temp_path {folder}/proxy;
    client_body_temp_path {folder}/client;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=feeds:1m;
    {before}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{origin};
            {cache}
        }}
    }}
}}
"""

# What docs/operating.md advises.
ADVISED = """
            proxy_cache $kept;
            proxy_cache_revalidate on;
            proxy_cache_lock on;
            proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;
"""

SQUID = """
http_port 127.0.0.1:{port} accel defaultsite=127.0.0.1:{port} no-vhost
cache_peer 127.0.0.1 parent {origin} 0 no-query originserver name=wellhead
http_access allow all
cache_log /dev/stderr
access_log none
pid_filename none
coredump_dir {folder}
pinger_enable off
netdb_filename none
"""

APACHE = """
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog /dev/stderr
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule cache_module {modules}/mod_cache.so
LoadModule cache_disk_module {modules}/mod_cache_disk.so
ProxyPass / http://127.0.0.1:{origin}/
CacheRoot {folder}/cache
CacheEnable disk /
"""

# Where Traffic Server finds everything; its settings are a copy of those that Debian ships.
RUNROOT = """
prefix: {folder}
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/bin
sysconfdir: {folder}/config
datadir: {folder}
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: {folder}/run
runtimedir: {folder}/run
logdir: {folder}/log
cachedir: {folder}/cache
"""


def nginx(cache, before=""):
    def prepare(folder, **ports):
        write(f"{folder}/nginx.conf", NGINX.format(folder=folder, before=before, cache=cache, **ports))
        return ["nginx", "-p", folder, "-e", "stderr", "-c", f"{folder}/nginx.conf"]

    return prepare


def squid(folder, **ports):
    write(f"{folder}/squid.conf", SQUID.format(folder=folder, **ports))
    return ["squid", "-N", "-f", f"{folder}/squid.conf"]


def varnish(folder, port, origin):
    listen, backend = f"127.0.0.1:{port}", f"127.0.0.1:{origin}"
    return ["varnishd", "-F", "-a", listen, "-b", backend, "-n", f"{folder}/work", "-s", "default,64m", "-T", "none"]


def apache(folder, **ports):
    os.mkdir(f"{folder}/cache")
    write(f"{folder}/apache.conf", APACHE.format(folder=folder, modules="/usr/lib/apache2/modules", **ports))
    return ["apache2", "-D", "FOREGROUND", "-d", folder, "-f", f"{folder}/apache.conf"]


def trafficserver(folder, port, origin):
    for name in ("log", "run", "cache"):
        os.mkdir(f"{folder}/{name}")
    shutil.copytree("/etc/trafficserver", f"{folder}/config")
    write(f"{folder}/runroot.yaml", RUNROOT.format(folder=folder))
    write(f"{folder}/config/storage.config", f"{folder}/cache 64M\n")
    write(f"{folder}/config/remap.config", f"map / http://127.0.0.1:{origin}/\n")
    ports = f"PROXY_CONFIG_HTTP_SERVER_PORTS={port}:ip-in=127.0.0.1"
    return ["env", ports, "traffic_server", f"--run-root={folder}"]


def write(path, text):
    pathlib.Path(path).write_text(text, encoding="utf-8")


# By name: how it is prepared, and for how many seconds it shows a copy on beyond its time, while it fetches another.
CACHES = {
    "nginx": (nginx("proxy_cache feeds;"), 0),
    "nginx-revalidate": (nginx("proxy_cache feeds; proxy_cache_revalidate on;"), 0),
    "nginx-advised": (nginx(ADVISED, 'map $http_a_im $kept { "" feeds; default off; }'), 0),
    "squid": (squid, 0),
    "varnish": (varnish, 10),
    "apache": (apache, 0),
    "trafficserver": (trafficserver, 0),
}


class Cache:
    """A running cache in front of `origin`, a port."""

    def __init__(self, name, origin, folder):
        self.name = name
        self.folder = f"{folder}/{name}"
        self.port = free_port()
        prepare, self.grace = CACHES[name]
        os.mkdir(self.folder)
        self.call = prepare(self.folder, port=self.port, origin=origin)
        self.log = f"{self.folder}/log.txt"
        self.process = None

    def open(self):
        with open(self.log, "w", encoding="utf-8") as log:
            # As root, most would look for a user of their own, who may not enter our folder.
            nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
            if nobody:
                for path in (self.folder, *pathlib.Path(self.folder).rglob("*")):
                    shutil.chown(path, "nobody", "nogroup")
            path = os.environ["PATH"] + ":/usr/sbin"
            environment = {**os.environ, "PATH": path, "HOME": self.folder}
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            # In a session of its own, so that its children can be ended with it; and it ends when this test is killed.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self.call], env=environment, cwd=self.folder, start_new_session=True, **streams, **nobody
            )
        end = time.monotonic() + 30
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"FAILED: {self.name} does not start: {' '.join(self.call)}\n{self.said()}")
            time.sleep(0.05)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        return pathlib.Path(self.log).read_text(encoding="utf-8", errors="replace")[-2000:]

    def close(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
