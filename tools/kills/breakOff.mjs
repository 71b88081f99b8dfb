// Loaded by node before a command (`--import`): kills it at the change of the file system with the number REFRAIN_BREAK_AT, from 1, a write when half
// of it is done, and says which that was; or writes how many there were into the file REFRAIN_COUNT_CHANGES.
import fs, { writeFileSync, writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { REFRAIN_BREAK_AT, REFRAIN_COUNT_CHANGES } = process.env;
let changes = 0;

/** Lets `method` of `object` die at its turn: what `half` does of it is done then. */
function watch(object, method, half = () => {}, isChange = () => true) {
  const whole = object[method];
  object[method] = function (...args) {
    if (!isChange(...args) || ++changes !== Number(REFRAIN_BREAK_AT)) return whole.apply(this, args);
    const end = () => {
      writeSync(2, `killed at change ${changes}, ${method}\n`);
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    };
    return Promise.resolve(half.call(this, whole, args)).then(end, end);
  };
}

/** Writes the first half of what it is given, as text or bytes, from which argument on. */
const halfOf = (at) =>
  function (whole, args) {
    const bytes = Buffer.from(args[at]);
    return whole.apply(this, [...args.slice(0, at), bytes.subarray(0, bytes.length >> 1)]);
  };

if (isMainThread) {
  const file = await promises.open('/dev/null');
  const handle = Object.getPrototypeOf(file);
  await file.close();
  watch(handle, 'writeFile', halfOf(0));
  watch(handle, 'write', halfOf(0));
  watch(handle, 'sync');
  watch(promises, 'writeFile', halfOf(1));
  watch(promises, 'open', undefined, (_, flags) => /[wa]/.test(flags ?? ''));
  for (const method of ['rename', 'mkdir', 'rm', 'rmdir', 'symlink', 'link', 'copyFile']) watch(promises, method);
  // Streams of files go through these.
  for (const method of ['write', 'writev'])
    watch(fs, method, (_, [descriptor, content]) => {
      const bytes = Buffer.concat([content].flat());
      writeSync(descriptor, bytes.subarray(0, bytes.length >> 1));
    });
  syncBuiltinESMExports();
  if (REFRAIN_COUNT_CHANGES !== undefined)
    process.on('exit', () => writeFileSync(REFRAIN_COUNT_CHANGES, String(changes)));
}
