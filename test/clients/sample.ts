import type { ClientTask } from './rig.ts';

/** Inputs for clients that read history's JSON: one value of each form that it can have, and after them those of one language. */
export function sampleInputs(own: string): Pick<ClientTask, 'inputs' | 'files'> {
  const a = String.raw`{
  "s": "a\n\"é\u0000",
  "int": 123456789012345678901234567890,
  "null": null,
  "odd\": key": "k",
  "surrogate": "\ud800",
  "bytes": {"$otto":"bytes","base64":"AP8="},
  "text file": {"$otto":"file","type":"raw","path":"values/9","bytes":3},
  "byte file": {"$otto":"file","type":"raw","path":"values/10","bytes":2},
  "b.c": "of a"`;
  return {
    inputs: { a: `${a},\n${own}\n}\n`, 'a.b': '{\n  "c": "of a.b"\n}\n', none: '{}\n' },
    files: { 'values/9': Buffer.from('é\n'), 'values/10': Buffer.from([0xff, 0]) },
  };
}
