import type { ASTNode, Environment as CelEnvironment, ParseResult } from '@marcbachmann/cel-js';
import { FailureError } from '../base/failure.ts';
import { type ExactValue, exactValueOf } from '../data/exact-value.ts';
import { nameInputs, type TaskValues } from '../data/input-keys.ts';
import type { ParamValue, Plan, PlannedTask } from '../graph/plan.ts';
import type { Diagnostic, Located, TaskDefinition } from '../ottofile/model.ts';
import { errorAt, placeIn } from '../ottofile/place.ts';
import { quote, visible } from '../ottofile/quote.ts';
import { suggest } from '../ottofile/suggest.ts';
import type { Environment } from './environment.ts';
import { refusal } from './refusal.ts';

/** What a condition may ask about besides its task. */
export interface ConditionFacts {
  /** The task's whole environment. */
  readonly environment: Environment;
  /** What the tasks that it reads from have set; called only when the expression asks for INPUT. */
  readonly inputs: () => readonly TaskValues[];
}

/** A larger value is not compared but processed, which is work for a task. */
const MAX_INPUT_BYTES = 1024 * 1024;

/** What is wrong with the conditions of a plan, as far as it can be told before anything runs. */
export async function checkConditions({ tasks }: Pick<Plan, 'tasks'>): Promise<readonly Diagnostic[]> {
  const definitions = new Set([...tasks.values()].map(({ definition }) => definition));
  const withCondition = [...definitions].filter(({ condition }) => condition !== null);
  const found = await Promise.all(withCondition.map(checkCondition));
  return found.filter((problem) => problem !== null);
}

/** Whether a task is to run. Rejects with a FailureError when its condition has no answer. */
export async function conditionHolds(task: PlannedTask, facts: ConditionFacts): Promise<boolean> {
  const { condition } = task.definition;
  if (condition === null) return true;
  const environment = await celEnvironment(task.definition);
  const names = {
    params: paramsOf(task),
    env: new Map(Object.entries(facts.environment)),
    INPUT: lazyMap(facts.inputs, condition),
    item: task.item?.value ?? '',
  };
  try {
    const answer: unknown = environment.parse(condition.text)(names);
    if (typeof answer === 'boolean') return answer;
    throw refusal(errorAt(condition.at, notBoolean(condition, typeName(answer)), BOOLEAN_HINT));
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw refusal(
      explain(
        condition,
        error,
        facts.inputs().map(({ task: name, localName = name }) => localName),
      ),
    );
  }
}

const BOOLEAN_HINT = 'compare it with something, for example: env.STAGE == "production"';

async function checkCondition(definition: TaskDefinition): Promise<Diagnostic | null> {
  const condition = definition.condition as Located;
  try {
    const parsed = (await celEnvironment(definition)).parse(condition.text);
    return problemOf(definition, parsed) ?? unknownParam(definition, parsed.ast);
  } catch (error) {
    return explain(condition, error, []);
  }
}

function problemOf({ condition }: TaskDefinition, parsed: ParseResult): Diagnostic | null {
  const { valid, type = 'dyn', error } = parsed.check();
  if (!valid) return explain(condition as Located, error, []);
  if (type === 'bool' || type === 'dyn') return null;
  const { at } = condition as Located;
  return errorAt(at, notBoolean(condition as Located, `a ${type}`), BOOLEAN_HINT);
}

const notBoolean = ({ text }: Located, found: string): string =>
  `the condition ${quote(text)} must be true or false, and this is ${found}`;

/** `params.x` and `params["x"]` of a param that the task does not have. */
function unknownParam({ params, condition, name }: TaskDefinition, ast: ASTNode): Diagnostic | null {
  const known = params.flatMap((param) => [param.name, param.variable]);
  for (const node of nodesOf(ast)) {
    const asked = paramAskedFor(node);
    if (asked === null || known.includes(asked)) continue;
    const near = suggest(asked, known);
    const hint =
      near === undefined ? `its params are: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
    return errorAt(
      placeIn(condition as Located, node.range?.start ?? 0),
      `task ${quote(name)} has no param ${quote(asked)}`,
      hint,
    );
  }
  return null;
}

function paramAskedFor({ op, args }: ASTNode): string | null {
  if (op !== '.' && op !== '[]') return null;
  const [of, key] = args as [ASTNode, ASTNode | string];
  if (of.op !== 'id' || of.args !== 'params') return null;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : null;
}

/** A node and all nodes below it. `has(params.x)` asks whether there is one, so what stands in it is left out. */
function* nodesOf(node: ASTNode): Generator<ASTNode> {
  if (node.op === 'call' && node.args[0] === 'has') return;
  yield node;
  const inner: readonly unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args];
  for (const part of inner)
    if (typeof part === 'object' && part !== null && 'op' in part) yield* nodesOf(part as ASTNode);
}

/** Words for what the library refuses. Its errors carry the range of characters that they are about. */
function explain(condition: Located, error: unknown, tasks: readonly string[]): Diagnostic {
  const { code, range, summary, cause } = error as {
    readonly code?: string;
    readonly range?: { readonly start: number };
    readonly summary?: string;
    readonly cause?: unknown;
  };
  if (cause instanceof FailureError) throw cause;
  if (summary === undefined) throw error;
  const at = placeIn(condition, Math.min(range?.start ?? 0, condition.text.length));
  const message = `the condition ${quote(condition.text)}: ${visible(firstSmall(summary))}`;
  return errorAt(at, message, hintFor(code ?? '', summary, tasks));
}

const firstSmall = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function hintFor(code: string, summary: string, tasks: readonly string[]): string {
  const key = /^No such key: (.*)$/s.exec(summary)?.[1];
  if (key !== undefined) {
    const shown = JSON.stringify(key);
    const readable = tasks.length === 0 ? '' : `; INPUT has values of: ${tasks.map(visible).join(', ')}`;
    return visible(`${shown} in env (or in params, in INPUT) tells whether there is one${readable}`);
  }
  if (code === 'unknown_variable') return 'there are: params, env, INPUT, and item in a task with foreach';
  if (code.includes('overload'))
    return 'variables are text: int(env.N) > 3; text stands in quotes: env.A == "1"';
  return 'the language is CEL: env.CI == "true" && !params.fast';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value instanceof Uint8Array ? 'bytes' : 'a map';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** By the param's name and by its variable's. */
function paramsOf({
  params,
  definition,
}: PlannedTask): ReadonlyMap<string, boolean | string | readonly string[]> {
  const byName = new Map<string, boolean | string | readonly string[]>();
  for (const [name, value] of params) byName.set(name, paramValue(value));
  for (const { name, variable } of definition.params) {
    const value = params.get(name);
    if (value !== undefined && !byName.has(variable)) byName.set(variable, paramValue(value));
  }
  return byName;
}

function paramValue(value: ParamValue): boolean | string | readonly string[] {
  if (value.kind === 'flag') return value.on;
  return value.kind === 'list' ? value.items : value.text;
}

/** INPUT: a value is read when the expression gets to it. The library takes nothing but a Map itself for a map. */
function lazyMap(inputs: ConditionFacts['inputs'], condition: Located): ReadonlyMap<string, ExactValue> {
  let known: Map<string, () => ExactValue> | undefined;
  const all = (): Map<string, () => ExactValue> => {
    known ??= new Map(
      nameInputs(inputs()).keys.map(({ fullKey, task, entry }) => [
        fullKey,
        () => {
          if (entry.bytes > MAX_INPUT_BYTES) throw tooLarge(condition, fullKey, entry.bytes);
          return readable(() => exactValueOf(entry), { task, key: entry.key });
        },
      ]),
    );
    return known;
  };
  const map = new Map<string, ExactValue>();
  map.get = (key) => all().get(key)?.();
  map.has = (key) => all().has(key);
  map.keys = () => all().keys();
  // The library takes the first one's type for that of all, which may be any.
  map.entries = () => [...all().keys()].map((key): [string, ExactValue] => [key, null]).values();
  Object.defineProperty(map, 'size', { get: () => all().size });
  return map;
}

function readable(
  read: () => ExactValue,
  { task, key }: { task: TaskDefinition['name']; key: string },
): ExactValue {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FailureError({ kind: 'value', task, key, detail: error.message });
  }
}

const tooLarge = (condition: Located, key: string, bytes: number): FailureError =>
  refusal(
    errorAt(
      condition.at,
      `the condition ${quote(condition.text)} asks for ${quote(key)}, which has ${bytes} bytes; it can have ${MAX_INPUT_BYTES}`,
      'let the task that sets it set what is to be decided, too',
    ),
  );

let environments: Promise<{ readonly plain: CelEnvironment; readonly repeated: CelEnvironment }> | undefined;

/** Imported by the first condition: no other run pays for it. */
async function celEnvironment({ foreach }: TaskDefinition): Promise<CelEnvironment> {
  environments ??= import('@marcbachmann/cel-js').then(({ Environment: Cel }) => {
    const plain = new Cel({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
      .registerVariable('params', 'map<string, dyn>')
      .registerVariable('env', 'map<string, string>')
      .registerVariable('INPUT', 'map<string, dyn>');
    return { plain, repeated: plain.clone().registerVariable('item', 'string') };
  });
  const { plain, repeated } = await environments;
  return foreach === null ? plain : repeated;
}
