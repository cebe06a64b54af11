import {
  chmodSync,
  copyFileSync,
  linkSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadNative } from '../../src/data/native-addon.ts';
import { RECORD, ROOT_OFFSET } from '../../src/data/shm-layout.ts';
import { type RegionRig, regionRig, runChild } from '../support/region-rig.ts';

const MIB = 2 ** 20;
const native = loadNative();

/** Uses everything that reads and writes; prints the codes of what was thrown. A Node that dies has no such line. */
const USE_EVERYTHING = `
  const codes = new Set();
  const attempt = (use) => { try { use(); codes.add('ok'); } catch (error) { codes.add(error.code ?? error.stack); } };
  let region;
  attempt(() => { region = otto.openRegion(directory); });
  for (const key of region ? ['small', 'medium', 'large', 'absent'] : []) {
    for (const use of ['getString', 'getBytes', 'typeOf', 'has']) attempt(() => region[use](key));
    attempt(() => region.view(key)?.every((byte) => byte >= 0));
  }
  if (region) {
    attempt(() => region.entries());
    attempt(() => region.setString('more', 'x'.repeat(100000)));
    attempt(() => region.delete('small'));
  }
  console.log([...codes].sort().join());
`;

function filledRig(): RegionRig & { readonly path: string } {
  const rig = regionRig();
  const region = rig.createTask('a');
  region.setString('small', 'hello');
  region.setString('medium', 'é'.repeat(200_000));
  region.setBytes('large', Buffer.alloc(3 * MIB, 1));
  const path = region.path;
  region.close();
  return { ...rig, path };
}

function useInChild(rig: RegionRig): string[] {
  const child = runChild(USE_EVERYTHING, rig.directoryOf('a'));
  expect(child).toMatchObject({ status: 0, signal: null, stderr: '' });
  return child.stdout.trim().split(',');
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
}

describe('a region that cannot be opened throws, and Node lives on', () => {
  test.each<[string, string, (rig: ReturnType<typeof filledRig>) => void]>([
    ['empty', 'corrupt', ({ path }) => truncateSync(path, 0)],
    ['cut in its header', 'corrupt', ({ path }) => truncateSync(path, 100)],
    ['cut in its root table', 'corrupt', ({ path }) => truncateSync(path, 20_000)],
    ['not a region', 'corrupt', ({ path }) => overwrite(path, 0, Buffer.from('PNG'))],
    ['of a later version', 'version', ({ path }) => overwrite(path, 8, Buffer.from([2, 0]))],
    ['with an unknown reader feature', 'version', ({ path }) => overwrite(path, 16, Buffer.from([0x80]))],
    ['readable by others', 'foreign', ({ path }) => chmodSync(path, 0o644)],
    ['in a directory open to others', 'foreign', (rig) => chmodSync(rig.directoryOf('a'), 0o755)],
    ['with a second name', 'foreign', ({ path }) => linkSync(path, `${path}-too`)],
    [
      'a symbolic link',
      'foreign',
      ({ path }) => {
        renameSync(path, `${path}-real`);
        symlinkSync(`${path}-real`, path);
      },
    ],
  ])('%s: %s', (_, code, damage) => {
    const rig = filledRig();
    damage(rig);
    expect(useInChild(rig)).toEqual([code]);
  });

  test('missing: io', () => {
    const rig = regionRig();
    expect(useInChild(rig)).toEqual(['io']);
  });
});

describe('a region whose inside is damaged throws or answers, and Node lives on', () => {
  test('cut behind its root table', () => {
    const rig = filledRig();
    truncateSync(rig.path, 65_536);
    expect(useInChild(rig)).toContain('corrupt');
  });

  test.each([1, 0x3f, 0x40, 0xff])('all slots of the root table filled with byte %d', (byte) => {
    const rig = filledRig();
    overwrite(rig.path, ROOT_OFFSET, Buffer.alloc(32_768, byte));
    expect(useInChild(rig)).toContain('corrupt');
  });

  test.each(['value_bytes', 'key_bytes', 'record_bytes', 'type', 'place', 'key_hash'] as const)(
    'the %s of every record set to ones',
    (field) => {
      const rig = filledRig();
      const child = runChild(
        `const data = fs.readFileSync(directory + '/region');
         for (let at = ${ROOT_OFFSET}; at < ${ROOT_OFFSET + 32_768}; at += 8) {
           const record = Number(data.readBigUInt64LE(at));
           if (record > 0) data.fill(0xff, record + ${RECORD[field]}, record + ${RECORD[field]} + 1);
         }
         const fd = fs.openSync(directory + '/region', 'r+');
         fs.writeSync(fd, data);`,
        rig.directoryOf('a'),
      );
      expect(child.status).toBe(0);
      expect(useInChild(rig)).toContain('corrupt');
    },
  );

  test('random bytes all over it', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const rig = filledRig();
      const noise = Buffer.from(
        Array.from({ length: 90_000 }, (_, i) => (i * i * seed * 2_654_435_761) >>> 24),
      );
      overwrite(rig.path, ROOT_OFFSET, noise);
      expect(useInChild(rig)).toContain('corrupt');
    }
  });

  test('a value file that is gone, cut, swapped for a link or open to others', () => {
    const damages: ((file: string) => void)[] = [
      (file) => renameSync(file, `${file}-gone`),
      (file) => truncateSync(file, 5),
      (file) => {
        copyFileSync(file, `${file}-copy`);
        renameSync(file, `${file}-gone`);
        symlinkSync(`${file}-copy`, file);
      },
      (file) => chmodSync(file, 0o666),
    ];
    for (const damage of damages) {
      const rig = filledRig();
      damage(join(rig.directoryOf('a'), '1.value'));
      const codes = useInChild(rig);
      expect(codes.some((code) => ['corrupt', 'foreign', 'io'].includes(code))).toBe(true);
    }
  });
});

test('a region or value file that is cut while it is mapped throws, and Node lives on', () => {
  const rig = filledRig();
  const child = runChild(
    `const region = otto.openRegion(directory);
     const view = region.view('large');
     region.getString('medium');
     fs.truncateSync(region.path, 4096);
     fs.truncateSync(directory + '/1.value', 0);
     const codes = [];
     for (const use of ['getString', 'getBytes', 'typeOf', 'view', 'has', 'delete']) {
       for (const key of ['small', 'medium', 'large']) {
         try { region[use](key); codes.push('ok'); } catch (error) { codes.push(error.code); }
       }
     }
     try { region.setString('k', 'v'); } catch {}
     try { region.entries(); } catch {}
     view.every((byte) => byte >= 0);
     console.log(codes.includes('corrupt'));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, signal: null, stdout: 'true\n', stderr: '' });
});

test('a string whose file was cut within its page is an error, not a string with zeros', () => {
  const rig = filledRig();
  const child = runChild(
    `const region = otto.openRegion(directory);
     const get = (key) => { try { return region.getString(key).length; } catch (error) { return error.code; } };
     region.setString('inside', 'x'.repeat(100));
     region.setString('ends with NUL', 'y\\0');
     region.setString('file', 'z'.repeat(2 ** 21));
     const before = ['inside', 'ends with NUL', 'file'].map(get);
     const file = region.entries().find(({ key }) => key === 'file').file;
     const at = fs.readFileSync(region.path).indexOf('x'.repeat(100));
     fs.truncateSync(region.path, at + 50);
     fs.truncateSync(file, 2 ** 21 - 50);
     console.log(JSON.stringify([before, get('inside'), get('file')]));`,
    rig.directoryOf('a'),
  );
  expect(child).toMatchObject({ status: 0, stderr: '', stdout: '[[100,2,2097152],"corrupt","corrupt"]\n' });
});

test('an error has the system’s reason, when the system said no', () => {
  const rig = regionRig();
  const failure = (use: () => unknown): unknown => {
    try {
      return use();
    } catch (error) {
      return error;
    }
  };
  expect(failure(() => native.openRegion(rig.directoryOf('none')))).toMatchObject({ errno: 'ENOENT' });
  expect(failure(() => native.createRun('run-1', { root: rig.root }))).toMatchObject({ errno: 'EEXIST' });
  const refused = failure(() => native.createRun('', { root: rig.root }));
  expect(refused).toMatchObject({ code: 'usage' });
  expect(refused).not.toHaveProperty('errno');
});

test('an error names the operation, the file and the reason', () => {
  const rig = filledRig();
  writeFileSync(rig.path, 'x');
  const child = runChild(
    `try { otto.openRegion(directory); } catch (error) { console.log(error instanceof Error, error.path, error.message); }`,
    rig.directoryOf('a'),
  );
  expect(child.stdout).toContain(`true ${rig.path} cannot`);
  expect(child.stdout).toContain(rig.path);
});
