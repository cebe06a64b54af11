import { isAlias, isNode, isScalar, type Node, parseDocument, visit, type YAMLError } from 'yaml';
import { quote } from './quote.ts';
import type { Source } from './source.ts';
import { explainYaml, openingsOf, TOO_DEEP } from './yaml-problem.ts';

/** An ottofile's YAML: its top node, with aliases still in place. */
export interface YamlDocument {
  readonly root: Node | null;
  /** Follows aliases; null for one that names no anchor or itself. */
  resolve(node: Node): Node | null;
}

/** Parses the text and reports everything YAML itself has to say about it. */
export function parseYaml(source: Source): YamlDocument {
  try {
    return parseChecked(source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    source.error(0, TOO_DEEP.message, TOO_DEEP.hint);
    return { root: null, resolve: () => null };
  }
}

function parseChecked(source: Source): YamlDocument {
  const document = parseDocument(source.text, {
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
    // Not 'silent', which would also hide that there is more than one document. Nothing is printed.
    logLevel: 'error',
  });
  const contents: unknown = document.contents;
  const root = isNode(contents) ? contents : null;
  reportErrors(source, document.errors, root);
  for (const warning of document.warnings)
    if (!/^Unresolved tag: (?!tag:yaml)/.test(warning.message)) source.warn(warning.pos[0], warning.message);
  reportTags(source, root);
  let targets: Map<Node, Node> | undefined;
  return {
    root,
    resolve(node) {
      if (!isAlias(node)) return node;
      targets ??= aliasTargets(root);
      return targets.get(node) ?? null;
    },
  };
}

/** What each alias means: the node that had its anchor last before it. One pass, however many aliases there are. */
function aliasTargets(root: Node | null): Map<Node, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(root, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchored.set(node.anchor, node);
      }
    },
  });
  return targets;
}

/** Of several errors at one place the first says enough. */
function reportErrors(source: Source, errors: readonly YAMLError[], root: Node | null): void {
  if (errors.some(({ message }) => message.startsWith('Maximum call stack'))) {
    source.error(0, TOO_DEEP.message, TOO_DEEP.hint);
    return;
  }
  const places = new Set<number>();
  const openings = openingsOf(errors.length === 0 ? null : root);
  for (const error of errors) {
    const { offset, message, hint } = explainYaml(error, openings, source.text);
    if (!places.has(offset)) source.error(offset, message, hint);
    places.add(offset);
  }
}

/** A tag is taken off a text: of `! grep x` only `grep x` would be left, and run. */
function reportTags(source: Source, root: Node | null): void {
  if (!MAY_HOLD_TAG.test(source.text)) return;
  visit(root, {
    Node(_key, node) {
      if (isAlias(node) || node.tag === undefined || node.tag.startsWith('tag:yaml.org,2002:')) return;
      const tag = node.tag.startsWith('!') ? node.tag : `!${node.tag}`;
      const message = `YAML takes ${quote(tag)} for a tag, and the text is without it`;
      source.error(
        offsetOf(node),
        message,
        'put the whole text in quotes, or write it as a block: "bash: |"',
      );
    },
  });
}

const MAY_HOLD_TAG = /[\s,[{]!/;

/** Where a node begins; aliases and odd nodes without a range count as the file's start. */
export const offsetOf = (node: Node): number => node.range?.[0] ?? 0;

/**
 * The text of a scalar as its author wrote it: `1.10` is not the number 1.1, and `yes` not a boolean. Undefined for lists
 * and mappings.
 */
export function textOf(node: Node): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''));
}

/** `key:` with nothing behind it, `null` and `~`. */
export const isNull = (node: Node): boolean => isScalar(node) && node.value === null;
