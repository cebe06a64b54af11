/** `work` as the script calls it: the stack of an error begins with the script's own frame. */
export function forScript<A extends readonly unknown[], T>(work: (...args: A) => T): (...args: A) => T {
  return function entry(...args) {
    try {
      return work(...args);
    } catch (error) {
      if (error instanceof Error) Error.captureStackTrace(error, entry);
      throw error;
    }
  };
}
