#!/usr/bin/env python3
"""Runs the ```sql blocks of docs/*.md:   tests/docs.py BUILD [--update]

Each block is a script on a fresh database. A ```text block that follows it is its expected transcript, in sqlrun's format. A block
without one must only be understood: every statement is run, and none may fail for an internal reason.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sql\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?", re.M | re.S)


def serve(build, data):
    server = subprocess.Popen([build / "allod", "serve", "--data", data, "--listen", "127.0.0.1:0", "--auth", "trust",
                               "--log", data.parent / "log"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            lines = (data / "allod.lock").read_text().split("\n")
            if len(lines) > 1 and ":" in lines[1]:
                return server, lines[1].rsplit(":", 1)[1].strip()
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.05)
    server.kill()
    raise SystemExit("the server did not start")


def transcript(build, text):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        script = work / "block.sql"
        script.write_text(text)
        server, port = serve(build, work / "data")
        try:
            environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=port, PGUSER="allod", PGDATABASE="allod", PGAPPNAME="tests")
            run = subprocess.run([build / "sqlrun", "--update", script], env=environment, capture_output=True, text=True, timeout=120)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
        if run.returncode != 0:
            raise SystemExit(run.stdout + run.stderr)
        return script.with_suffix(".out").read_text()


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
    update = "--update" in sys.argv
    blocks = failures = 0
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text()
        pieces, at = [], 0
        for match in BLOCK.finditer(text):
            blocks += 1
            actual = transcript(build, match.group(1))
            where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
            if re.search(r"^ERROR:  XX|^CONNECTION LOST", actual, re.M):
                failures += 1
                print(f"{where}: an internal error\n{actual}")
            elif match.group(2) is not None and match.group(2).strip() != actual.strip():
                if update:
                    pieces += [text[at:match.start(2)], actual.strip() + "\n"]
                    at = match.end(2)
                else:
                    failures += 1
                    print(f"{where}: the transcript differs; it is now\n{actual}")
            elif match.group(2) is None and re.search(r"^ERROR:", actual, re.M):
                failures += 1
                print(f"{where}: a statement fails\n{actual}")
        if update and pieces:
            page.write_text("".join(pieces) + text[at:])
    print(f"{blocks} blocks, {failures} failed")
    sys.exit(failures > 0)


main()
