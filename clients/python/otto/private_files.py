"""Opens the files of a run in shared memory and on its spill disk (docs/shm-format.md, section 7, rule 1)."""
import errno
import os
import stat


class CorruptRegion(RuntimeError):
    """The region, or a file that belongs to it, breaks a rule of docs/shm-format.md, section 7."""


# Nothing waits for the other end of a FIFO that somebody has put there.
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def _open_private(name, shown, directory_fd=None, kind="file"):
    """The fd and the size of a "directory", of a "value file" (any number of links), or of another "file"."""
    try:
        fd = os.open(name, _PLAIN | (os.O_DIRECTORY if kind == "directory" else 0), dir_fd=directory_fd)
    except OSError as error:
        raise OSError(error.errno, error.strerror, shown) from None
    return fd, _check_private(fd, shown, kind).st_size


def _check_private(fd, shown, kind):
    """Closes the fd of what is not right. "object": not every system tells what kind of file that is."""
    found = os.fstat(fd)
    is_right = stat.S_ISDIR(found.st_mode) if kind == "directory" else stat.S_ISREG(found.st_mode) or kind == "object"
    if not is_right or (kind == "file" and found.st_nlink > 1):
        os.close(fd)
        raise CorruptRegion("%s is not a plain file or directory of its own" % shown)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(fd)
        raise CorruptRegion("%s belongs to another user or is open to others" % shown)
    return found


def _open_directory(*parts):
    """`parts`: the path of the root, the name of the run and maybe that of the task. Each is checked on the way down."""
    path, fd = parts[0], _open_private(parts[0], parts[0], kind="directory")[0]
    for name in parts[1:]:
        path, parent = os.path.join(path, name), fd
        try:
            fd = _open_private(name, path, parent, "directory")[0]
        finally:
            os.close(parent)
    return fd


def _open_in(directory, name, kind="file"):
    """A file of a task's directory. Nothing stays open: descriptors belong to the script."""
    run, task = os.path.split(directory)
    directory_fd = _open_directory(*os.path.split(run), task)
    try:
        return _open_private(name, os.path.join(directory, name), directory_fd, kind)
    finally:
        os.close(directory_fd)


def _spill_of(run):
    """The directory on disk of a run in shared memory (section 6), or None."""
    path = os.path.join(run, ".spill")
    run_fd = _open_directory(*os.path.split(run))
    try:
        target = os.readlink(".spill", dir_fd=run_fd)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        os.close(run_fd)
    if not os.path.isabs(target) or os.path.normpath(target) != target or os.path.basename(target) != os.path.basename(run):
        raise CorruptRegion("%s leads to %s, which is no directory of this run" % (path, target))
    return target


def _read_at(fd, at, length, shown):
    """Exactly these bytes, by read: what another process cuts off meanwhile is an error here, where a mapping means SIGBUS."""
    data = _pread(fd, min(length, _ONE_READ), at)
    if len(data) == length:
        return _if_still_there(data, fd, at, shown)
    # Collected in one buffer: parts that are joined at the end would take the memory twice.
    import io

    whole = io.BytesIO()
    while data:
        whole.write(data)
        data = _pread(fd, min(length - whole.tell(), 1 << 20), at + whole.tell())
    return _if_still_there(whole.getvalue(), fd, at, shown) if whole.tell() == length else _cut_short(shown)


def _if_still_there(data, fd, at, shown):
    """Where a file is cut, the rest of that page becomes zero: a read at that moment has its full length, and zeros."""
    return data if os.fstat(fd).st_size >= at + len(data) else _cut_short(shown)


def _cut_short(shown):
    raise CorruptRegion("%s was cut short while it was read" % shown)


_ONE_READ = 1 << 30


def _pread(fd, length, at):
    if not length:
        return b""
    try:
        return os.pread(fd, length, at)
    except OSError as error:
        # macOS reads its shared memory objects through mappings only. Nobody can cut them short.
        if error.errno not in (errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP, errno.ESPIPE):
            raise
    import mmap

    before = at % mmap.ALLOCATIONGRANULARITY
    with mmap.mmap(fd, before + length, access=mmap.ACCESS_READ, offset=at - before) as mapping:
        return mapping[before:]
