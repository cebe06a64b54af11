import type { Evaluator } from './evaluator.ts';
import type { Leftover, Place, RecipeLine, Rule, TargetVariable } from './model.ts';

/** What reading a Makefile gathers. */
export class Makefile {
  readonly rules: Rule[] = [];
  readonly targetVariables: TargetVariable[] = [];
  readonly phony = new Set<string>();
  readonly leftovers: Leftover[] = [];
  /** Names of exported variables. */
  readonly exported = new Set<string>();
  readonly searchPath: string[] = [];
  isOneShell = false;
  isSerial = false;
  ignoresErrors = false;
  readonly evaluator: Evaluator;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
  }

  /** Something that cannot be converted: told, and kept as a comment. */
  leave(at: Place, text: string, reason: { readonly message: string; readonly hint: string }): void {
    this.evaluator.fail(at, reason.message, reason.hint);
    this.leftovers.push({ ...at, text });
  }

  /** A target that stands for something else. True when it was one. */
  special(
    name: string,
    rule: { readonly names: readonly string[]; readonly at: Place; readonly text: string },
  ): boolean {
    const { names, at, text } = rule;
    switch (name) {
      case '.PHONY':
        for (const target of names) this.phony.add(target);
        return true;
      case '.ONESHELL':
        this.isOneShell = true;
        return true;
      case '.NOTPARALLEL':
        this.isSerial = true;
        return true;
      case '.IGNORE':
        if (names.length === 0) this.ignoresErrors = true;
        else
          this.leave(at, text, {
            message: '".IGNORE" for some targets cannot be converted',
            hint: 'write "|| true" behind their commands',
          });
        return true;
      case '.SECONDEXPANSION':
      case '.DEFAULT':
        this.leave(at, text, {
          message: `"${name}" cannot be converted`,
          hint: 'write out what it stands for, a task each',
        });
        return true;
      default:
        return SILENT.has(name);
    }
  }
}

/** What they ask for otto does anyway, or it makes no difference. */
const SILENT: ReadonlySet<string> = new Set([
  '.SUFFIXES',
  '.DELETE_ON_ERROR',
  '.PRECIOUS',
  '.INTERMEDIATE',
  '.SECONDARY',
  '.NOTINTERMEDIATE',
  '.SILENT',
  '.EXPORT_ALL_VARIABLES',
  '.LOW_RESOLUTION_TIME',
  '.POSIX',
]);

export type Recipe = readonly RecipeLine[];
