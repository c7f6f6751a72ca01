"""`python -m tests.policy`: how many wrong rows the golden decisions notice, and which they do not.

    python -m tests.policy                  # the score of the base tables and of each council's rows
    python -m tests.policy --only derby     # one of them
    python -m tests.policy --write          # propose the cases anew; read the difference before you keep it

A mutant is a policy with one row wrong: gone, one step more or less cautious, with a condition or a value more or less,
without something it asks for, or held as another class. It is noticed where a golden decision comes out otherwise:
outcome, rules, or what is asked for.
"""

from __future__ import annotations

import argparse
import sys

from tests.policy.covering import write
from tests.policy.decisions import FOLDER, golden, survivors
from tests.policy.policies import POLICIES

LEAST = 0.97


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.policy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=sorted(POLICIES), help="one set of rows")
    parser.add_argument("--write", action="store_true", help=f"write {FOLDER.name}/*.yaml anew")
    asked = parser.parse_args()
    low = False
    for name in [asked.only] if asked.only else POLICIES:
        if asked.write:
            write(name, golden(name) if (FOLDER / f"{name}.yaml").exists() else ())
            golden.cache_clear()
        alive, count = survivors(name, golden(name))
        score = 1 - len(alive) / count
        low = low or score < LEAST
        sys.stdout.write(f"{name}: {len(golden(name))} golden decisions notice {count - len(alive)} of {count} ")
        sys.stdout.write(f"mutants, {score:.1%}.\n" + "".join(f"  not noticed: {one}\n" for one in alive))
    return int(low)


if __name__ == "__main__":
    raise SystemExit(main())
