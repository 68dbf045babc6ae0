import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names that some program or other trips over; as bytes, since not all of them are text. */
export const ODD_NAMES = [
  Buffer.from(' spaces  in it '),
  Buffer.from('new\nline'),
  Buffer.from([0xff, 0xfe, 0x80]),
  Buffer.from('-rf'),
  Buffer.from('grüße 🐼'),
  Buffer.from('x'.repeat(255)),
  Buffer.from('"quotes\' and \\backslashes\\ and\ttabs'),
];

export interface Tree {
  readonly files: number;
  /** With the root. */
  readonly directories: number;
}

/** Makes a tree with odd names, symbolic links of all kinds, empty directories, and deep ones. */
export function makeTree(root: string): Tree {
  let files = 0;
  let directories = 1;
  const directory = (path: string | Buffer) => {
    mkdirSync(path);
    directories++;
  };
  const file = (path: string | Buffer, content = '') => {
    writeFileSync(path, content);
    files++;
  };
  const link = (target: string | Buffer, path: string | Buffer) => {
    symlinkSync(target, path);
    files++;
  };
  mkdirSync(root);
  for (let d = 0; d < 12; d++) {
    const path = join(root, `directory ${d}`);
    directory(path);
    for (let f = 0; f < 18; f++) file(join(path, `file-${f}.txt`), 'x'.repeat(f * d));
    directory(join(path, 'empty'));
  }
  for (const name of ODD_NAMES) {
    const path = Buffer.concat([Buffer.from(root + '/'), name]);
    directory(path);
    for (const inner of ODD_NAMES) file(Buffer.concat([path, Buffer.from('/'), inner]));
  }
  let deep = join(root, 'deep');
  for (let depth = 0; depth < 20; depth++) {
    directory(deep);
    file(join(deep, 'at this depth'));
    deep = join(deep, 'er');
  }
  // More than one transaction imports.
  directory(join(root, 'many'));
  for (let f = 0; f < 230; f++) file(join(root, 'many', `${f}`));
  link('directory 0', join(root, 'to a directory'));
  link('nowhere', join(root, 'to nothing'));
  link('.', join(root, 'to itself'));
  link('/', join(root, 'to everything'));
  link(Buffer.from([0xff, 0x0a]), join(root, 'to odd bytes'));
  return { files, directories };
}

/** Makes a plain tree of many small directories, whose import takes a while. */
export function makeWideTree(root: string, directories: number, filesEach: number): Tree {
  for (let d = 0; d < directories; d++) {
    const path = join(root, `g${d % 10}`, `d${d}`);
    mkdirSync(path, { recursive: true });
    for (let f = 0; f < filesEach; f++) writeFileSync(join(path, `f${f}`), '');
  }
  return { files: directories * filesEach, directories: directories + 11 };
}
