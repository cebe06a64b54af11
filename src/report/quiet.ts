import type { Listener } from '../run/events.ts';
import { FailedTasks } from './failures.ts';
import type { Screen } from './screen.ts';
import type { DescribeFailure } from './words.ts';

/** Shows nothing but the tasks that failed, when all is over. */
export function quietReporter(screen: Screen, describe: DescribeFailure): Listener {
  const failed = new FailedTasks();
  return (event) => {
    failed.listen(event);
    if (event.type === 'run-finished') failed.show(screen, describe);
  };
}
