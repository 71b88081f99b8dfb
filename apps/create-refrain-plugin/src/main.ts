#!/usr/bin/env node
import { relative } from 'node:path';
import { AskedWrongly, createPlugin, KINDS, wantedOf } from './createPlugin.ts';

const USAGE = `npm create refrain-plugin KIND NAME [FOLDER]

KIND    ${KINDS.join(', ')}
NAME    of the component, e.g. my-clusterer
FOLDER  default refrain-plugin-NAME; new or empty
`;

const words = process.argv.slice(2);
if (words.length === 0 || words.some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(USAGE);
} else {
  try {
    const wanted = wantedOf(words);
    const files = await createPlugin(wanted);
    const place = relative('.', wanted.folder) || '.';
    process.stdout.write(`${files.join(', ')} in ${place}\n\ncd ${place}\nnpm install\nnpm test\n`);
  } catch (error) {
    if (!(error instanceof AskedWrongly)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  }
}
