#!/bin/sh
# Reads variables, as any program can.
printf '<!doctype html>\n<title>%s pictures</title>\n' "$OTTO_IN_PICTURES_COUNT"
printf '%s\n' "$OTTO_IN_PICTURES_LIST" | while IFS= read -r name; do
  printf '<a href="pictures/%s"><img src="pictures/%s" width="64"></a>\n' "$name" "$name"
done
