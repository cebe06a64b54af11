import type { Listener } from '../run/events.ts';
import { type Explain, FailedTasks } from './failures.ts';
import type { Screen } from './screen.ts';

/** Shows nothing but the tasks that failed, when all is over. */
export function quietReporter(screen: Screen, explain: Explain): Listener {
  const failed = new FailedTasks();
  return (event) => {
    failed.listen(event);
    if (event.type === 'run-finished') failed.show(screen, explain);
  };
}
