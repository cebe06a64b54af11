import { describe, expect, test } from 'vitest';
import { Project } from './project.ts';

const FILES = {
  'otto.yml': 'include: {api: api}\ntasks: {all: {before: "api:use"}}',
  'api/otto.yml': `tasks:
  lost: {bash: 'echo 1 | while read -r n; do OUTPUT[n]=$n; done'}
  none: {bash: ':'}
  python: {python: 'n = 1'}
  node: {node: 'const n = 1'}
  group: {before: [none]}
  use:
    before: [lost, none, python, node, group]
    bash: ': $(otto.get lost.n) $(otto.get api:none.n) $(otto.get python.n) $(otto.get node.a-b) $(otto.get group.n)'
`,
};

const TIPS = [
  'INPUT has no "lost.n": "api:lost" has set nothing; what OUTPUT[…]= sets in a subshell or a pipeline is lost there, otto.set is not',
  'INPUT has no "api:none.n": "api:none" has set nothing; bash sets a value with OUTPUT[n]=value or otto.set n value',
  'INPUT has no "python.n": "api:python" has set nothing; Python sets a value with OUTPUT["n"] = value',
  'INPUT has no "node.a-b": "api:node" has set nothing; Node sets a value with OUTPUT.key = value',
  'INPUT has no "group.n": "api:group" has set nothing, it has no script; name the task that sets it under "before"',
];

describe.each(['files', 'shm'])(
  'in the store %s a tip tells what is missing, whose it is, and how it is set',
  (store) => {
    test('on stderr', () => {
      using rig = new Project(FILES);
      const { code, stderr } = rig.otto(['run', '--store', store, '-q', 'all']);
      expect(code).toBe(0);
      const told = stderr.split('\n').filter((line) => line.includes('has set nothing'));
      expect(told).toEqual(TIPS.map((tip) => `otto: task "api:use": ${tip}`));
    });

    test('as an event', () => {
      using rig = new Project(FILES);
      const { stdout } = rig.otto(['run', '--store', store, '--output', 'json', 'all']);
      const notices = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ type }) => type === 'task-notice');
      expect(notices.map(({ message }) => message)).toEqual(TIPS);
      expect(notices[0]).toMatchObject({
        task: 'api:use',
        notice: { kind: 'nothing-set', read: 'lost.n', task: 'api:lost', key: 'n' },
      });
    });
  },
);
