"""Reads a:<n> and writes b:<n>, in Redis's own protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])


def read_line(stream):
    return stream.readline()[:-2]


def get(stream, key):
    connection.sendall(b"*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % (len(key), key))
    value = bytearray(int(read_line(stream)[1:]))
    stream.readinto(value)
    read_line(stream)
    return value


def put(stream, key, value):
    connection.sendall(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n" % (len(key), key, len(value)))
    connection.sendall(value)
    connection.sendall(b"\r\n")
    assert read_line(stream) == b"+OK"


with connection.makefile("rb", buffering=1 << 20) as answers:
    for number in range(int(sys.argv[2])):
        put(answers, b"b:%d" % number, get(answers, b"a:%d" % number))
