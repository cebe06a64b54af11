import type { Listener } from '../run/events.ts';
import { type Screen, YELLOW } from './screen.ts';
import { noticeWords } from './words.ts';

/** Tells, in every mode, what a task's author should know, and that a signal has been understood. */
export function noticeReporter(screen: Screen): Listener {
  const tell = (words: string): void =>
    screen.lines('stderr', `${screen.style('stderr', YELLOW, 'otto:')} ${words}\n`);
  return (event) => {
    if (event.type === 'task-notice') {
      tell(`task ${JSON.stringify(event.task)}: ${noticeWords(event.notice)}`);
    } else if (event.type === 'interrupted' && event.count === 1) {
      tell(`${event.signal}: ending the running tasks; once more kills them at once`);
    } else if (event.type === 'interrupted' && event.count === 2) {
      tell(`${event.signal}: killing the running tasks`);
    }
  };
}
