"""unittest.main() with a status of its own for "passed, but for what was skipped": CTest's SKIP_RETURN_CODE."""
import sys
import unittest


def main():
    done = unittest.main(module="__main__", verbosity=2, exit=False).result
    if not done.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if done.skipped else 0)
