"""Runs a program on a terminal of its own and types what it is told.

argv: a JSON list of [text to wait for, what to type then], then the program with its arguments. Prints
what the terminal showed; the exit code is the program's.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(os.environ.get("TEST_COLUMNS", "100")), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
seen = 0
while True:
    # Far longer than any of it takes: something hangs.
    ready, _, _ = select.select([terminal], [], [], 60)
    if not ready:
        os.kill(pid, 9)
        break
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
    while steps and steps[0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(terminal, steps.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
