/** Tag and key of a journal's record, and its payload. */
export type RecordText = readonly [name: string, payload: string];

/** Records as the clients write them (docs/task-protocol.md, section 2). */
export function records(...texts: readonly RecordText[]): string {
  return texts.map(([name, payload]) => `\0${name}\0=${payload}\0.`).join('');
}
