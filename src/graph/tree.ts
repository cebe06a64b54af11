import type { TaskName } from '../base/task-name.ts';
import type { Edges } from './dag.ts';

/** One line of a drawn tree: what leads to the task, and the task. */
export interface TreeLine {
  readonly branches: string;
  readonly task: TaskName;
  /** What stands below it has been drawn further up. */
  readonly again: boolean;
}

/** What is still to be drawn: a task, and the lines that lead to it. */
interface Pending {
  readonly task: TaskName;
  readonly branches: string;
  /** What leads to the tasks below it. */
  readonly indent: string;
}

/**
 * Each root above what it needs, to any depth and without recursion. What several tasks need is drawn once with all below it, and
 * then only named, so that the tree has a line for each edge and no more.
 */
export function treeLines(dependencies: Edges, roots: Iterable<TaskName>): TreeLine[] {
  const drawn = new Set<TaskName>();
  const lines: TreeLine[] = [];
  const stack: Pending[] = [...roots].reverse().map((task) => ({ task, branches: '', indent: '' }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { task, branches, indent } = next;
    const children = dependencies.get(task) ?? [];
    const again = drawn.has(task) && children.length > 0;
    lines.push({ branches, task, again });
    if (!drawn.has(task)) stack.push(...childrenOf(children, indent));
    drawn.add(task);
  }
  return lines;
}

/** The last one first: a stack gives back from its end. */
const childrenOf = (children: readonly TaskName[], indent: string): Pending[] =>
  children
    .map((task, index) => {
      const isLast = index === children.length - 1;
      return {
        task,
        branches: `${indent}${isLast ? '└─ ' : '├─ '}`,
        indent: `${indent}${isLast ? '   ' : '│  '}`,
      };
    })
    .reverse();

/** The tasks that no other one needs, in the order given. */
export function rootsOf(dependencies: Edges, tasks: Iterable<TaskName>): TaskName[] {
  const needed = new Set([...dependencies.values()].flat());
  return [...tasks].filter((task) => !needed.has(task));
}
