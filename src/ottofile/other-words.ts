/** What keys are called in other runners' files, by the word that otto has for them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  before: [
    'deps',
    'depends',
    'depends_on',
    'depend_on',
    'dependencies',
    'needs',
    'require',
    'requires',
    'pre',
  ],
  dir: ['cwd', 'workdir', 'wd', 'working_dir', 'working_directory', 'working-directory', 'directory'],
  envs: ['vars', 'variables', 'environment'],
  foreach: ['loop', 'matrix', 'with_items', 'for_each', 'for', 'each'],
  glob: ['files', 'path', 'paths', 'pattern'],
  help: ['desc', 'description', 'summary', 'about', 'doc'],
  if: ['when', 'condition', 'only_if'],
  include: ['includes', 'import', 'imports'],
  input: ['sources', 'source', 'srcs', 'src'],
  jobs: ['parallel', 'max_parallel', 'parallelism', 'concurrency'],
  output: ['generates', 'generate', 'creates', 'target', 'targets', 'artifacts', 'dest'],
  params: ['args', 'arguments', 'options', 'opts', 'parameters', 'flags'],
  tasks: ['targets', 'recipes', 'jobs', 'default'],
  timeout: ['timeout_minutes', 'timeout-minutes', 'max_time'],
};

/** The key that a word stands for elsewhere, when it is one of those that can stand here. */
export function otherWord(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  return known.find((key) => Object.hasOwn(WORDS, key) && WORDS[key]?.includes(lower));
}
