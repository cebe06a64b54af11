#!/bin/sh
# The three addresses with most lines.
cut -d ' ' -f 1 | sort | uniq -c | sort -k 1,1nr -k 2 | head -n 3 | awk '{ print $2 ": " $1 }'
