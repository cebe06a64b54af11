/* The loadable builtins otto-mmap-get and otto-mmap-set, as bash sees them.
 *
 * Copyright (C) 2026 the authors of otto
 *
 * This file is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as
 * published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version. It is
 * distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details:
 * <https://www.gnu.org/licenses/>.
 *
 * It is the only file of otto that includes bash's headers, which are under that licence. LICENSE in this directory says what
 * follows from it.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "shell.h"
#include "common.h"

#include "otto_shell.h"

/* Global in bash, declared in none of its installed headers. */
extern int pending_traps[];
extern int default_buffered_input;
extern int sync_buffered_stream(int fd);

#define SPECIAL (att_integer | att_uppercase | att_lowercase | att_capcase | att_nameref)

const char *otto_shell_variable(const char *name) {
  SHELL_VAR *variable = find_variable(name);
  return variable != 0 && exported_p(variable) && !array_p(variable) && !assoc_p(variable) ? value_cell(variable) : 0;
}

static int is_decimal(const char *text) {
  if (*text == '-' || *text == '+') text++;
  if (*text == 0) return 0;
  while (*text >= '0' && *text <= '9') text++;
  return *text == 0;
}

static enum otto_assignment check(SHELL_VAR *variable, const char *value) {
  if (variable == 0) return OTTO_ASSIGNED;
  if (readonly_p(variable) || noassign_p(variable)) return OTTO_READ_ONLY;
  return integer_p(variable) && !is_decimal(value) ? OTTO_NOT_NUMERIC : OTTO_ASSIGNED;
}

static enum otto_assignment assign_element(char *base, const char *key, const char *value) {
  SHELL_VAR *variable = find_variable(base);
  enum otto_assignment checked = check(variable, value);
  if (checked != OTTO_ASSIGNED) return checked;
  if (variable != 0 && assoc_p(variable)) return otto_shell_put((otto_map *)variable, key, value);
  intmax_t index = 0;
  if (key[strspn(key, "0123456789")] != 0 || !legal_number(key, &index)) return OTTO_NO_INDEX;
  return bind_array_variable(base, (arrayind_t)index, (char *)value, 0) == 0 ? OTTO_READ_ONLY : OTTO_ASSIGNED;
}

enum otto_assignment otto_shell_assign(const char *name, const char *value) {
  const char *bracket = strchr(name, '[');
  if (bracket == 0) {
    if (!legal_identifier(name)) return OTTO_NO_NAME;
    enum otto_assignment checked = check(find_variable(name), value);
    if (checked != OTTO_ASSIGNED) return checked;
    if (bind_variable(name, (char *)value, 0) == 0) return OTTO_READ_ONLY;
    stupidly_hack_special_variables((char *)name);
    return OTTO_ASSIGNED;
  }
  size_t length = strlen(name);
  if (name[length - 1] != ']' || bracket + 2 > name + length - 1) return OTTO_NO_NAME;
  char *base = savestring(name);
  base[bracket - name] = 0;
  base[length - 1] = 0;
  enum otto_assignment done =
      legal_identifier(base) ? assign_element(base, base + (bracket - name) + 1, value) : OTTO_NO_NAME;
  free(base);
  return done;
}

otto_map *otto_shell_map(const char *name) {
  SHELL_VAR *variable = legal_identifier(name) ? find_variable(name) : 0;
  return variable != 0 && assoc_p(variable) ? (otto_map *)variable : 0;
}

enum otto_assignment otto_shell_put(otto_map *map, const char *key, const char *value) {
  SHELL_VAR *variable = (SHELL_VAR *)map;
  enum otto_assignment checked = check(variable, value);
  if (checked != OTTO_ASSIGNED) return checked;
  if (*key == 0) return OTTO_NO_NAME;
  if ((variable->attributes & SPECIAL) != 0) {
    bind_assoc_variable(variable, variable->name, savestring(key), (char *)value, 0);
  } else {
    assoc_insert(assoc_cell(variable), savestring(key), (char *)value); /* takes the key, copies the value */
    VUNSETATTR(variable, att_invisible); /* declared and not assigned yet */
  }
  return OTTO_ASSIGNED;
}

void otto_shell_each(otto_map *map, int (*visit)(void *context, const char *key, const char *value), void *context) {
  HASH_TABLE *table = assoc_cell((SHELL_VAR *)map);
  if (table == 0 || HASH_ENTRIES(table) == 0) return;
  for (int i = 0; i < table->nbuckets; i++) {
    for (BUCKET_CONTENTS *item = hash_items(i, table); item != 0; item = item->next) {
      if (!visit(context, item->key, item->data == 0 ? "" : (const char *)item->data)) return;
    }
  }
}

/* A trap on one of the signals that are meant to end a program has to run soon, which it does when the builtin has ended. */
int otto_shell_interrupted(void) {
  static const int ending[] = {SIGHUP, SIGINT, SIGTERM};
  if (terminating_signal != 0 || interrupt_state != 0) return 1;
  for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
    if (pending_traps[ending[i]] != 0) return 1;
  }
  return 0;
}

typedef int otto_main(int argc, char **argv);

static int run(char *name, WORD_LIST *words, otto_main *builtin) {
  char *few[8];
  int argc = 1;
  for (WORD_LIST *word = words; word != 0; word = word->next) argc++;
  char **argv = argc <= 8 ? few : xmalloc((size_t)argc * sizeof *argv);
  argv[0] = name;
  argc = 1;
  for (; words != 0; words = words->next) argv[argc++] = words->word->word;
  fflush(stdout);
  /* Where bash reads the script itself from descriptor 0: what it has read ahead is the builtin's. */
  if (default_buffered_input == 0) sync_buffered_stream(0);
  int exit_code = builtin(argc, argv);
  if (argv != few) free(argv);
  return exit_code;
}

static int get(WORD_LIST *words) { return run("otto-mmap-get", words, otto_builtin_get); }
static int set(WORD_LIST *words) { return run("otto-mmap-set", words, otto_builtin_set); }

static char *const get_help[] = {"Writes the value that TASK has set for KEY to standard output, or assigns it.",
                                 "otto-mmap-get --help tells more.", 0};
static char *const set_help[] = {"Sets the value of KEY of the calling task.", "otto-mmap-set --help tells more.", 0};

struct builtin otto_get_struct __attribute__((used)) = {
    "otto-mmap-get", get, BUILTIN_ENABLED, get_help, "otto-mmap-get [-v VAR] TASK KEY", 0};
struct builtin otto_set_struct __attribute__((used)) = {
    "otto-mmap-set", set, BUILTIN_ENABLED, set_help, "otto-mmap-set [TASK] KEY [VALUE|-]", 0};

/* bash looks for NAME_struct, and these names have a dash. */
#define SECOND_NAME(name, of) \
  __asm__(".globl \"" name "\"\n.type \"" name "\", @object\n.set \"" name "\", " of)
SECOND_NAME("otto-mmap-get_struct", "otto_get_struct");
SECOND_NAME("otto-mmap-set_struct", "otto_set_struct");
