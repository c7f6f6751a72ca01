"""`python -m gateway`: the same as the command `gateway`."""

from gateway.doors.cli import main

main()
