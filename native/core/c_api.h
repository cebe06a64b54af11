/* libotto.so: otto's shared memory for languages that can call C (Python through ctypes).
 *
 * Threads: an otto_task may be used by several threads at once; otto_close must come last. otto_last_error is the
 * calling thread's. Strings are UTF-8, given by pointer and length; nothing is kept after a call returns. Every
 * function that returns int returns 0, or one of the negative codes; the signatures will not change within major
 * version 1 of the format. */
#ifndef OTTO_CORE_C_API_H
#define OTTO_CORE_C_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OTTO_API __attribute__((visibility("default")))

enum otto_code {
  OTTO_OK = 0,
  OTTO_CORRUPT = -1,   /* the region breaks a rule of the format */
  OTTO_NO_SPACE = -2,  /* nothing was published; the old value is intact */
  OTTO_SEALED = -3,    /* the task has ended */
  OTTO_VERSION = -4,   /* a format this library does not know */
  OTTO_FOREIGN = -5,   /* another owner, open to others, or a link */
  OTTO_TOO_LARGE = -6, /* more than a key or a region can hold */
  OTTO_IO = -7,        /* another system call failed */
  OTTO_USAGE = -8      /* a wrong argument */
};

/* Table 4 of docs/shm-format.md. */
enum otto_type { OTTO_STRING = 1, OTTO_BYTES = 2, OTTO_JSON = 3, OTTO_RAW = 4 };

typedef struct otto_task otto_task;

/* Opens the region of `directory` (NUL-terminated absolute path of OTTO_SHM_DIR/<task>) for writing. */
OTTO_API int otto_open(const char* directory, otto_task** out);
/* Publishes a value; one larger than 1 MiB goes to a file of its own, and to the disk when shared memory has no room.
 * `value` is only read. */
OTTO_API int otto_set(otto_task* task, const char* key, size_t key_bytes, int type, const void* value,
                      size_t value_bytes);
/* Publishes the value that the task in `source_directory` has for `source_key` as this key's own, without copying it
 * where it has a file of its own. OTTO_USAGE when there is no such value. */
OTTO_API int otto_forward(otto_task* task, const char* key, size_t key_bytes, const char* source_directory,
                          const char* source_key, size_t source_key_bytes);
/* Deletes the key's value; an absent key is no error. */
OTTO_API int otto_delete(otto_task* task, const char* key, size_t key_bytes);
/* Takes a number for a value file. The caller creates `<number>.value` in the directory (O_CREAT | O_EXCL, mode 0600),
 * writes it whole, and publishes it; when it gives up it unlinks the file. */
OTTO_API int otto_new_value_file(otto_task* task, uint64_t* number);
OTTO_API int otto_publish_value_file(otto_task* task, const char* key, size_t key_bytes, int type, uint64_t number);
/* What the last call of this thread that failed has to say: "cannot ...". Never NULL. */
OTTO_API const char* otto_last_error(void);
/* Frees `task`; NULL is allowed. */
OTTO_API void otto_close(otto_task* task);
/* The version of the format: major * 1000 + minor. */
OTTO_API int otto_format_version(void);

#ifdef __cplusplus
}
#endif
#endif
