"""spent.py OUTPUT COMMAND [ARGUMENT...]: runs a command with its output in a file.

Prints the CPU seconds of it and its children, and the most memory that one of them held, in KiB. Fails as it fails.
"""

import os
import subprocess
import sys

with open(sys.argv[1], "wb") as output:
    process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
