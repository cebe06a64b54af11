import type { Listener } from '../run/events.ts';
import { noticeWords } from './notice-words.ts';
import { type Screen, YELLOW } from './screen.ts';
import { quotedName } from './shown-name.ts';
import { type DescribeFailure, retryWords } from './words.ts';

/** Tells what a task's author should know, and that a signal has been understood. */
export function noticeReporter(screen: Screen): Listener {
  const tell = teller(screen);
  return (event) => {
    if (event.type === 'task-notice') {
      tell(`task ${quotedName(event.task)}: ${noticeWords(event.notice)}`);
    } else if (event.type === 'run-notice') {
      tell(`a task ${noticeWords(event.notice)}`);
    } else if (event.type === 'interrupted' && event.count === 1) {
      tell(`${event.signal}: ending the running tasks; once more kills them at once`);
    } else if (event.type === 'interrupted' && event.count === 2) {
      tell(`${event.signal}: killing the running tasks`);
    }
  };
}

/** Tells that a task has failed and is tried again. */
export function retryReporter(screen: Screen, describe: DescribeFailure): Listener {
  const tell = teller(screen);
  return (event) => {
    if (event.type === 'task-retrying')
      tell(`task ${quotedName(event.task)}: ${retryWords(event, describe)}`);
  };
}

const teller =
  (screen: Screen) =>
  (words: string): void =>
    screen.lines('stderr', `${screen.style('stderr', YELLOW, 'otto:')} ${words}\n`);
