"""Takes the last number of an IPv4 address away, at the beginning of each line."""

import re
import sys

for line in sys.stdin:
    sys.stdout.write(re.sub(r"^(\d+\.\d+\.\d+)\.\d+", r"\1.0", line))
