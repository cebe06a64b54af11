export interface ServerPlace {
  readonly socketPath: string;
  /** Beside what the server keeps, in the directory that it is started in. */
  readonly log: string;
}

/** The configuration of a run's own redis-server, as the text of its file. */
export function configuration({ socketPath, log }: ServerPlace): string {
  const lines: readonly (readonly [string, string])[] = [
    ['port', '0'],
    ['unixsocket', quoted(socketPath)],
    ['unixsocketperm', '600'],
    ['logfile', log],
    ['databases', '1'],
    // No values are thrown away, however many there are.
    ['maxmemory', '0'],
    ['maxmemory-policy', 'noeviction'],
    // Each change is written down before it is answered: that survives the server, as it need not survive the machine.
    ['save', '""'],
    ['appendonly', 'yes'],
    ['appendfsync', 'no'],
    // It would take a second process with a copy of the values.
    ['auto-aof-rewrite-percentage', '0'],
    // Large values go without others having to wait.
    ['lazyfree-lazy-server-del', 'yes'],
    ['lazyfree-lazy-user-del', 'yes'],
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}

/** As Redis reads it, whatever the bytes. */
function quoted(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) =>
    /[\w/.-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${bytes.join('')}"`;
}
