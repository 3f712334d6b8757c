#!/usr/bin/env python3
"""Applications on the usual drivers and mappers, each against a fresh server.

  tests/clients/run.py BUILD [CLIENT...]       against Allod; fails where a step fails that is not in not_yet.txt
  tests/clients/run.py --postgres [CLIENT...]  against PostgreSQL 15, where every step must pass: it proves the applications
  tests/clients/run.py BUILD --update          and writes the table of docs/compatibility.md

An application (what those in Python share is steps.py) prints `ok STEP` or `FAILED STEP: reason`, a line per step, and finds the server by PGHOST, PGPORT, PGUSER, PGDATABASE.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS = 120 * int(os.environ.get("PATIENCE", "1"))  # one client's bound
MARKERS = ("<!-- clients: made by tests/clients/run.py -->", "<!-- clients: end -->")


def python(script):
    return ["/usr/bin/python3", script]  # Debian's, which has Debian's packages


def node(script):
    return ["node", script]


# name -> what it is, how it is started
CLIENTS = {
    "psql": ("program", ["/bin/bash", "psql/psql_app.sh"]),
    "pgbench": ("program", ["/bin/bash", "pgbench/pgbench_app.sh"]),
    "psycopg2": ("driver, Python", python("python/psycopg2_app.py")),
    "psycopg3": ("driver, Python", python("python/psycopg3_app.py")),
    "asyncpg": ("driver, Python", python("python/asyncpg_app.py")),
    "SQLAlchemy": ("mapper with Alembic, Python", python("python/sqlalchemy_app.py")),
    "Django": ("mapper with migrations, Python", python("python/django_app.py")),
    "peewee": ("mapper, Python", python("python/peewee_app.py")),
    "node-postgres": ("driver, Node.js", node("node/node_postgres_app.js")),
    "postgres.js": ("driver, Node.js", node("node/postgres_js_app.js")),
    "Knex": ("query builder with migrations, Node.js", node("node/knex_app.js")),
    "Kysely": ("query builder with migrations, Node.js", node("node/kysely_app.js")),
    "Drizzle": ("mapper with migrations, Node.js", node("node/drizzle_app.js")),
    "Sequelize": ("mapper, Node.js", node("node/sequelize_app.js")),
    "TypeORM": ("mapper with migrations, Node.js", node("node/typeorm_app.js")),
    "ruby-pg": ("driver, Ruby", ["/usr/bin/ruby", "ruby/pg_app.rb"]),
    "ActiveRecord": ("mapper with migrations, Ruby", ["/usr/bin/ruby", "ruby/activerecord_app.rb"]),
    "JDBC": ("driver, Java", ["java", "-cp", "/usr/share/java/postgresql.jar", "java/JdbcApp.java"]),
    "lib/pq": ("driver, Go", ["/bin/bash", "go/run.sh"]),
    "postgres_fdw": ("foreign tables of a PostgreSQL 15", ["/bin/bash", "fdw/fdw_app.sh"]),
}
CLIENTS = {name: (kind, command) for name, (kind, command) in CLIENTS.items() if (HERE / command[-1]).exists()}


def not_yet():
    """client -> {step: why}: steps known to fail on Allod."""
    known = {}
    for line in (HERE / "not_yet.txt").read_text().splitlines():
        match = re.fullmatch(r"(\S+) (\S+) +# (.+)", line)
        if match:
            known.setdefault(match[1], {})[match[2]] = match[3]
        elif line and not line.startswith("#"):
            sys.exit(f"not_yet.txt: {line!r} is not CLIENT STEP # why")
    return known


class Allod:
    def __init__(self, build, work):
        self.data = Path(work) / "data"
        self.process = subprocess.Popen([f"{build}/allod", "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--auth", "trust",
                                         "--log", f"{work}/server.log"])
        for _ in range(400):
            lines = (self.data / "allod.lock").read_text().splitlines() if (self.data / "allod.lock").exists() else []
            if len(lines) > 1:
                break
            if self.process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        self.address = {"PGHOST": "127.0.0.1", "PGPORT": lines[1].rsplit(":", 1)[1]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def on_cluster(work, database):
    """A fresh database of the cluster that ALLOD_CLIENTS_CLUSTER names, made by tests/cluster.sh."""
    cluster = os.environ["ALLOD_CLIENTS_CLUSTER"]
    subprocess.run(["bash", "-c", f". tests/cluster.sh; CLUSTER={cluster}; fresh_database {database}"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    return {"PGHOST": "127.0.0.1", "PGPORT": os.environ["ALLOD_CLIENTS_PORT"]}


def run_client(name, build):
    """-> (steps: {step: None or reason}, complaints, seconds)"""
    started = time.monotonic()
    complaints = []
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        database = "allod" if build else "c_" + re.sub(r"\W", "_", name.lower())
        server = Allod(build, work) if build else None
        address = server.address if build else on_cluster(work, database)
        environment = {**os.environ, **address, "PGUSER": "allod", "PGDATABASE": database, "PGPASSWORD": "unused", "CLIENT_WORK": work,
                       "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(CLIENTS[name][1], cwd=HERE, env=environment, capture_output=True, text=True, timeout=SECONDS)
            out, err, status = done.stdout, done.stderr, done.returncode
        except subprocess.TimeoutExpired as late:
            out, err, status = (late.stdout or b"").decode(), (late.stderr or b"").decode(), "late"
            complaints.append(f"not done after {SECONDS} s")
        steps = {match[2]: match[3] for match in re.finditer(r"^(ok|FAILED) (\S+?)(?:: (.*))?$", out, re.M)}
        steps.update({match[1]: match[2] or "no reason" for match in re.finditer(r"^FAILED (\S+?)(?:: (.*))?$", out, re.M)})
        if not steps or (status != 0 and not any(steps.values())):
            complaints.append(f"ended with {status}: {err.strip()[-1500:]}")
        if server and server.stop() != 0:
            complaints.append("the server did not end well")
    return steps, complaints, time.monotonic() - started


def judge(name, steps, complaints, known):
    """Prints what is wrong; -> whether the client is as it should be."""
    bad = list(complaints)
    for step, reason in steps.items():
        if reason and step not in known:
            bad.append(f"{step}: {reason}")
        if not reason and step in known:
            print(f"        {name} {step} passes now: take it out of not_yet.txt")
    bad += [f"{step} was not run" for step in known if step not in steps]
    passed = sum(1 for reason in steps.values() if not reason)
    print(f"{'FAILED' if bad else 'ok    '}  {name}: {passed} of {len(steps)} steps", flush=True)
    for line in bad:
        print(f"        {line}", flush=True)
    return not bad


def table(results, known):
    lines = ["| client | what | steps that pass | what does not |", "|---|---|---|---|"]
    for name, (steps, _, _) in results.items():
        passed = sum(1 for reason in steps.values() if not reason)
        missing = [f"`{step}`: {known.get(name, {}).get(step, reason)}" for step, reason in steps.items() if reason]
        lines.append(f"| {name} | {CLIENTS[name][0]} | {passed} of {len(steps)} | {'; '.join(missing).replace('|', chr(92) + '|')} |")
    total = sum(len(steps) for steps, _, _ in results.values())
    passed = sum(1 for steps, _, _ in results.values() for reason in steps.values() if not reason)
    lines += ["", f"{passed} of {total} steps of {len(results)} clients pass."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build_or_client", nargs="*")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    if not options.postgres and not options.build_or_client:
        parser.error("which build?")
    build = None if options.postgres else Path(options.build_or_client.pop(0)).resolve()
    names = options.build_or_client or list(CLIENTS)
    if unknown := [name for name in names if name not in CLIENTS]:
        parser.error(f"no such client: {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    known = {} if options.postgres else not_yet()
    if options.postgres and "ALLOD_CLIENTS_CLUSTER" not in os.environ:
        sys.exit(subprocess.run(["bash", HERE / "on_postgres.sh", *names]).returncode)

    # Two at a time: starting a client's runtime costs more than what it asks of the server.
    results, fine = {}, True
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, (steps, complaints, seconds) in zip(names, pool.map(lambda n: run_client(n, build), names)):
            results[name] = (steps, complaints, seconds)
            fine = judge(name, steps, complaints, known.get(name, {})) and fine
    if options.update:
        page = ROOT / "docs/compatibility.md"
        before, rest = page.read_text().split(MARKERS[0])
        after = rest.split(MARKERS[1])[1]
        page.write_text(f"{before}{MARKERS[0]}\n{table(results, known)}\n{MARKERS[1]}{after}")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
