/* What the builtins need of the shell that has loaded them. adapter.c implements it with bash's own functions;
 * everything else in this directory knows bash through this header only. C, because the adapter is. */
#ifndef OTTO_BASH_OTTO_SHELL_H_
#define OTTO_BASH_OTTO_SHELL_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum otto_assignment {
  OTTO_ASSIGNED = 0,
  OTTO_NO_NAME,     /* no valid name of a variable or of an element */
  OTTO_READ_ONLY,   /* or a variable that cannot be assigned */
  OTTO_NOT_NUMERIC, /* an integer variable, whose assignment would evaluate a text that is not a number */
  OTTO_NO_INDEX     /* an element of an indexed array whose subscript is not a number */
};

/* The value of an exported variable; null when there is none. Good until the shell runs on. */
const char* otto_shell_variable(const char* name);

/* Assigns to NAME or, taking what stands between the brackets as it is, to NAME[KEY]. Nothing is expanded or evaluated.
 */
enum otto_assignment otto_shell_assign(const char* name, const char* value);

/* The associative array of this name that the script sees now; null when there is none. */
typedef struct otto_map otto_map;
otto_map* otto_shell_map(const char* name);
enum otto_assignment otto_shell_put(otto_map* map, const char* key, const char* value);
/* Calls `visit` for each element until it returns 0. The texts live as long as the element. */
void otto_shell_each(otto_map* map, int (*visit)(void* context, const char* key, const char* value), void* context);

/* Whether a signal that ends the shell, or interrupts what it does, waits to be handled. */
int otto_shell_interrupted(void);

/* The builtins: argv[0] is the name. Return the exit code. */
int otto_builtin_get(int argc, char** argv);
int otto_builtin_set(int argc, char** argv);

#ifdef __cplusplus
}
#endif

#endif
