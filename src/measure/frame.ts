/**
 * Runs a command and writes into a file what it and everything below it took. The command has a process group of its own: what it leaves
 * behind ends with it, and all of it when descriptor 3 ends: that is a pipe that nobody but otto bench holds, so it ends with it, however that dies.
 */
export const FRAME = `set -m
report=$1
shift
"$@" 3<&- &
child=$!
{ read -r _ <&3; kill -TERM -- "-$child"; sleep 5; kill -KILL -- "-$child"; } 2> /dev/null &
watch=$!
exec 3<&- 2> /dev/null
wait "$child"
code=$?
kill -KILL -- "-$child" 2> /dev/null
kill -KILL -- "-$watch" 2> /dev/null
wait "$watch" 2> /dev/null
times > "$report"
if [[ -r /proc/$$/io ]]; then cat "/proc/$$/io" >> "$report"; fi
exit "$code"
`;

/**
 * At the top of every measured script, on the lines of its language: a clock, and a way to tell its times. EPOCHREALTIME is bash's since
 * 5.0: a clock without a process. All three clocks are the system's, so that their times can be compared.
 */
export const STAMP = {
  bash: 'stamp() { printf "%s\\n" "$EPOCHREALTIME" >> "$BENCH_STAMPS"; }\n',
  python: `import os as _os
from time import time as now
def stamps(*times):
    with open(_os.environ["BENCH_STAMPS"], "a") as file:
        file.writelines(f"{each!r}\\n" for each in times)
`,
  node: `const now = () => (performance.timeOrigin + performance.now()) / 1000;
const stamps = (...times) =>
  require('node:fs').appendFileSync(process.env.BENCH_STAMPS, times.map((each) => each + '\\n').join(''));
`,
} as const;
