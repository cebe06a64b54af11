#!/bin/sh
# Knows nothing of otto: without it the markers are two lines of output.
checked=0
broken=
for script in "$1"/*.sh; do
  checked=$((checked + 1))
  bash -n "$script" || broken="$broken ${script##*/}"
done
echo "<OTTO:OUTPUT:checked>$checked</OTTO:OUTPUT:checked>"
echo "<OTTO:OUTPUT:broken>${broken# }</OTTO:OUTPUT:broken>"
