"""What tests in Python share: the Test Anything Protocol, waiting."""
import time

count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}", flush=True)
    return good


def eq(got, want, name):
    if not ok(got == want, name):
        print(f"# got {got!r}, want {want!r}")


def until(what, seconds=60):
    """Wait for a condition; a test that fails waits in vain."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def finish():
    """The end of all tests."""
    print(f"1..{count}")
    raise SystemExit(failed != 0)
