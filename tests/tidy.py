#!/usr/bin/env python3
"""The repository checks itself: layering, who may include what, banned calls, dead files, error codes.  tests/tidy.py

A line that breaks a rule for a good reason says so:  // tidy: allow <rule>: <why>
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("base crypto sql engine catalog ledger planner ownership history grants vault rights cleanroom session net "
           "cli").split()

# header (a regular expression) -> the folders under src/ that may include it
ONLY_IN = {
    r"sqlite3[\w]*\.h": ["engine/sqlite"],
    r"pg_query(/.*)?(\.h|\.hpp|\.pb-c\.h)|pg_query\.h": ["sql"],
    r"libpq-fe\.h|libpq/.*": ["engine/postgres"],
    r"boost/(asio|beast)/?.*": ["net"],
    r"sys/socket\.h|netinet/.*|arpa/inet\.h|sys/un\.h|netdb\.h": ["net"],
    r"openssl/.*|sodium(/.*)?\.h|sodium\.h|gsasl.*\.h": ["crypto", "net"],
    r"CLI/.*": ["cli"],
    r"gtest/.*|gmock/.*": [],  # tests only
    r"regex": [],
    r"iostream": ["cli"],
}
# what -> where it is fine; in src/ outside of tests
BANNED = {
    r"\bstrcpy\s*\(|\bstrcat\s*\(|\bsprintf\s*\(|\bvsprintf\s*\(|\bgets\s*\(": [],
    r"(?<![\w:.>])printf\s*\(|\bstd::printf\b|\bstd::cout\b|\bstd::cerr\b": ["cli"],
    r"\bstd::regex\b": [],
    # The engine ends the process when an fsync fails: what is on disk is unknown then.
    r"(?<![\w.>])(std::)?(abort|_exit|quick_exit)\s*\(": ["cli", "engine"],
    r"(?<![\w.>:])(std::|::)?exit\s*\(": ["cli"],
    r"\bstd::terminate\s*\(": [],
    r"\b(rand|srand|random|drand48)\s*\(\s*\)": [],
    r"\bsystem\s*\(|\bpopen\s*\(": [],
    r"\bstd::thread\s+\w+\s*[({]|\bstd::jthread\b": [],  # base/thread.h gives stacks of a chosen size
    r"\bthrow\b(?!;)\s+\w": [],
    r"\busing namespace std;": [],
    r"\bstd::endl\b": [],
}
# `assert` is for what the code itself guarantees: never for what a user can send. Only in these files.
ASSERT_IN = {"src/base/status.h"}
NOTES_TO_SELF = re.compile(r"\b(" + "TO" + r"DO|FIX" + r"ME|XX" + r"X|HACK)\b(?!\d)")
# What holds on one machine only: paths of somebody's home, addresses of package registries.
FOREIGN = re.compile(r"(?<![\w.])/(root|home/\w+)/|\b(registry|deb)\.\w+\.org\b", re.I)
FOREIGN_FINE = {"deps/sqlite3/package-lock.json", "tests/tidy.py"}

problems = []


def problem(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def tracked_files():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                         check=True).stdout
    return sorted(p for p in out.split("\n") if p and (ROOT / p).is_file())


def strip_comments_and_strings(text):
    """The same number of lines, with comments and the insides of strings blanked."""

    def blank(match):
        word = match.group(0)
        if word.startswith("R\""):
            return "\"\"" + "\n" * word.count("\n")
        if word.startswith("//") or word.startswith("/*"):
            return "\n" * word.count("\n")
        return word[0] + word[0]

    pattern = r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, blank, text, flags=re.S)


def allowed(line, rule):
    return f"tidy: allow {rule}" in line


def module_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def check_source(path, text):
    lines = text.split("\n")
    code = strip_comments_and_strings(text).split("\n")
    is_test = re.search(r"(_test\.cc|_fuzz\.(cc|h)|fake_\w+\.h|test_\w+\.h|testing\.h|_test_\w+\.h|/testing/.*)$", path) is not None
    module = module_of(path)
    in_src = path.startswith("src/")
    if in_src and module not in MODULES:
        problem(path, 1, f"'{module}' is not a module of docs/architecture.md")
        return
    folder = "/".join(path.split("/")[1:-1])

    if path.endswith(".h"):
        if not lines[0].startswith("//"):
            problem(path, 1, "a header begins with a comment that says what it is for")
        if "#pragma once" not in text:
            problem(path, 1, "no #pragma once")
    for number, line in enumerate(lines, 1):
        if len(line) > 170:
            problem(path, number, f"line of {len(line)} characters")
        if "\t" in line:
            problem(path, number, "tab")
        if line != line.rstrip():
            problem(path, number, "blanks at the end of the line")
        include = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not include or not in_src:
            continue
        quoted, target = include.group(1) == '"', include.group(2)
        if quoted:
            other = target.split("/")[0]
            if other not in MODULES:
                problem(path, number, f'"{target}": include project headers by module, "module/file.h"')
            elif MODULES.index(other) > MODULES.index(module):
                problem(path, number, f"{module} may not include {other} ({target}): it comes later in the order of modules")
            elif not (ROOT / "src" / target).exists():
                problem(path, number, f"{target} does not exist")
        else:
            for pattern, folders in ONLY_IN.items():
                if not re.fullmatch(pattern, target):
                    continue
                fine = any(folder == f or folder.startswith(f + "/") for f in folders) or is_test
                if not fine and not allowed(line, "include"):
                    problem(path, number, f"<{target}> belongs only in {', '.join(folders) or 'tests'}")
    if not in_src or is_test:
        return
    for number, line in enumerate(code, 1):
        for pattern, folders in BANNED.items():
            if re.search(pattern, line) and module not in folders and not allowed(lines[number - 1], "call"):
                problem(path, number, f"not to be used here: {re.search(pattern, line).group(0).strip()}")
        if re.search(r"(?<![\w_])assert\s*\(", line) and path not in ASSERT_IN and not allowed(lines[number - 1], "assert"):
            problem(path, number, "assert: answer with a Status; what a user sends must never end the server")


def check_dead_files(files):
    headers = [f for f in files if f.startswith("src/") and f.endswith(".h")]
    text = {f: (ROOT / f).read_text(errors="replace") for f in files
            if f.endswith((".cc", ".h", ".py", ".sh", ".txt", ".md", ".ts", "Makefile", ".json")) or f == ".ci/run"}
    included = set()
    for path, content in text.items():
        included.update(re.findall(r'#\s*include\s+"([^"]+)"', content))
    for header in headers:
        if header[len("src/"):] not in included:
            problem(header, 1, "nothing includes this header")
    # Scripts and programs are named by something that runs them.
    for path in files:
        name = path.split("/")[-1]
        if path.startswith(("tools/", "tests/", "bench/")) and path.endswith((".py", ".sh")):
            if not any(name in content for other, content in text.items() if other != path):
                problem(path, 1, "nothing runs this script")
    # An expected output belongs to a script, and the other way round.
    known = set(files)
    for path in files:
        if path.startswith(("tests/sql/", "examples/")) and path.endswith(".out") and path[:-4] + ".sql" not in known:
            problem(path, 1, "the script of this expected output is not there")
        if path.startswith("tests/sql/") and path.endswith(".sql") and path[:-4] + ".out" not in known:
            problem(path, 1, "this script has no expected output: nothing runs it")
        if path.endswith(".cc") and path.startswith("src/") and (ROOT / path).stat().st_size == 0:
            problem(path, 1, "empty file")


def check_words(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if NOTES_TO_SELF.search(line) and path != "tests/tidy.py":
            problem(path, number, f"left to be done: {line.strip()[:80]}")
        if FOREIGN.search(line) and path not in FOREIGN_FINE:
            problem(path, number, f"means nothing to a reader: {FOREIGN.search(line).group(0)}")


def check_error_codes():
    """Every SQLSTATE of base/sqlstate.h and of the modules' codes.h is in docs/errors.md, and the other way round; code uses the names."""
    header = "".join(path.read_text() for path in [ROOT / "src/base/sqlstate.h", *sorted(ROOT.glob("src/*/codes.h"))])
    codes = re.findall(r'inline constexpr std::string_view (k\w+) = "([0-9A-Z]{5})";', header)
    if len({code for _, code in codes}) != len(codes):
        problem("src/base/sqlstate.h", 1, "a code has two names")
    page = ROOT / "docs/errors.md"
    if not page.exists():
        problem("docs/errors.md", 1, "not there: it documents the codes of src/base/sqlstate.h")
        return
    documented = set(re.findall(r"`([0-9A-Z]{5})`", page.read_text()))
    for name, code in codes:
        if code not in documented:
            problem("docs/errors.md", 1, f"{code} ({name}) is not documented")
    for code in sorted(documented - {code for _, code in codes}):
        problem("docs/errors.md", 1, f"{code} is documented but not in src/base/sqlstate.h")


def check_links(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            if not (ROOT / path).parent.joinpath(target).exists():
                problem(path, number, f"link to {target}, which is not there")


def main():
    files = tracked_files()
    for path in files:
        if path.endswith((".png", ".svg", ".ico", ".woff2", ".pdf", "package-lock.json")):
            continue
        data = (ROOT / path).read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            problem(path, 1, "not UTF-8")
            continue
        if text and not text.endswith("\n"):
            problem(path, text.count("\n") + 1, "no newline at the end of the file")
        check_words(path, text)
        if path.endswith((".cc", ".h")):
            check_source(path, text)
        if path.endswith(".md"):
            check_links(path, text)
        if path.endswith((".sh", ".py")) and text.startswith("#!") and not (ROOT / path).stat().st_mode & 0o100:
            problem(path, 1, "a script with #! must be executable")
    check_dead_files(files)
    check_error_codes()
    for line in problems:
        print(line)
    print(f"{len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
