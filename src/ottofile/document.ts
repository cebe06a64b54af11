import { isAlias, isNode, isScalar, type Node, parseDocument, visit, type YAMLError } from 'yaml';
import type { Source } from './source.ts';

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
    source.error(0, TOO_DEEP);
    return { root: null, resolve: () => null };
  }
}

/** The parser is recursive: nesting that no ottofile needs runs out of stack, which it throws or reports as an error. */
const TOO_DEEP = 'the file is nested too deeply to be read';

function parseChecked(source: Source): YamlDocument {
  const document = parseDocument(source.text, {
    prettyErrors: false,
    uniqueKeys: false,
    strict: true,
    // Not 'silent', which would also hide that there is more than one document. Nothing is printed.
    logLevel: 'error',
  });
  for (const error of document.errors) source.error(error.pos[0], ...explain(error));
  for (const warning of document.warnings) source.warn(warning.pos[0], warning.message);
  const contents: unknown = document.contents;
  const root = isNode(contents) ? contents : null;
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

function explain(error: YAMLError): [message: string, hint?: string] {
  if (error.message.startsWith('Maximum call stack')) return [TOO_DEEP];
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return ['YAML does not allow tabs as indentation', 'indent with spaces'];
    case 'MULTIPLE_DOCS':
      return ['the file holds more than one YAML document', 'an ottofile is one document: remove the "---"'];
    default:
      return [`YAML: ${firstLine(error.message)}`];
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

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
