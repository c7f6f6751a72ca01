"""`python -m tests.realistic`: what came of every set of stories, and what the author of a new one needs.

python -m tests.realistic                          # tables, what nobody wanted, and each hold, for every set
python -m tests.realistic --only second_fortnight  # of one set
python -m tests.realistic --draw second_fortnight  # for its author: what was drawn, as files with the words left open
python -m tests.realistic --words                  # for its author: what each form can say, with an example
"""

from __future__ import annotations

import argparse
import sys

from tests.realistic.drawing import SETS


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.realistic", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--only", choices=sorted(SETS), help="one set of an ordinary fortnight")
    asked.add_argument("--draw", choices=sorted(SETS), help="write what was drawn, for its author to fill in")
    asked.add_argument("--words", action="store_true", help="what each form can say")
    chosen = parser.parse_args()
    if chosen.draw or chosen.words:
        from tests.realistic import authoring  # an author's copy has no tables to load

        sys.stdout.write(authoring.drawn_files(chosen.draw) if chosen.draw else authoring.words())
    else:
        from tests.realistic.telling import report

        sys.stdout.write(report(*([chosen.only] if chosen.only else [])))


if __name__ == "__main__":
    main()
