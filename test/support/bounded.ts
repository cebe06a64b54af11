/**
 * For scripts of tests that go on by themselves, each process starting the next one. Nobody can be sure to end these when a test is
 * cut off, so they end by themselves: when the test's project is gone, and at the latest after the time that a test may take.
 */
const BOUND_S = 60;

const until = (): number => Math.ceil(Date.now() / 1000) + BOUND_S;

/** A condition for bash 5: whether the script may go on. */
export const mayGoOn = (directory: string): string =>
  `[[ -e ${directory}/otto.yml ]] && (( \${EPOCHSECONDS:?} < ${until()} ))`;

/** The same as an expression of Python; it needs `os` and `time`. */
export const mayGoOnInPython = (directory: string): string =>
  `(os.path.exists(${JSON.stringify(`${directory}/otto.yml`)}) and time.time() < ${until()})`;

/** For bash, before it stops itself: nobody else would ever continue it. */
export const ENDED_IN_TIME = `(sleep ${BOUND_S} && kill -9 $$) < /dev/null > /dev/null 2>&1 &`;
