"""Reads a:<n> and writes b:<n>."""
import sqlite3
import sys

database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("pragma synchronous = off")
database.execute("pragma journal_mode = off")
for number in range(int(sys.argv[2])):
    value = database.execute("select value from v where key = ?", ("a:%d" % number,)).fetchone()[0]
    database.execute("insert into v values (?, ?)", ("b:%d" % number, value))
