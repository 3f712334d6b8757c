"""What the Python applications share: one line per capability, with values asserted."""
import asyncio
import sys
import traceback

failed = 0


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"{got!r}, not {wanted!r}")


def report(name, error=None):
    global failed
    if error is None:
        print(f"ok {name}", flush=True)
        return
    failed += 1
    text = " ".join(f"{type(error).__name__}: {error}".split())
    print(f"FAILED {name}: {text[:300]}", flush=True)
    traceback.print_exception(error, file=sys.stderr)


def steps(clean_up=lambda: None):
    """A decorator that runs the function at once, as the step of that name; after a failure `clean_up` ends the transaction."""

    def step(function):
        name = function.__name__
        try:
            function()
            report(name)
        except Exception as error:
            report(name, error)
            try:
                clean_up()
            except Exception as second:
                print(f"clean-up after {name}: {second}", file=sys.stderr)
        return function

    return step


async def run_async(functions):
    for function in functions:
        try:
            await asyncio.wait_for(function(), 20)
            report(function.__name__)
        except Exception as error:
            report(function.__name__, error)


def finish():
    sys.exit(1 if failed else 0)
