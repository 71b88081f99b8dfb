import { refusal } from '@refrain/core';
import { type ByteSource, fileSource } from './byteSource.ts';
import { noStorages } from './pickle/calls.ts';
import { readPickle } from './pickle/pickle.ts';
import { describeValue } from './value.ts';

// A million entries, as the track ids of the Million Song Dataset have them, are about 40 MB and cost 20 million units.
const MAX_BYTES = 2 ** 27;
const BUDGET = 2 ** 25;

const PLAIN_COPY =
  'If you trust the file, write a plain copy with Python: json.dump(pickle.load(open(old, "rb")), open(new, "w"))';

/**
 * The entries of a pickled Python dict of texts (`pickle.dump`, protocol 2 to 5), in its order; whole numbers among the values come as
 * their decimal digits. The pickle is parsed by the machine that reads checkpoints, never run. Throws a DataError that names the file and
 * the reason: anything else than such a dict, names of functions and classes among it, more than 128 MiB, an older protocol.
 */
export async function readPickledDictionary(from: string | ByteSource): Promise<Map<string, string>> {
  const source = typeof from === 'string' ? await fileSource(from) : from;
  const { name, size } = source;
  if (size > MAX_BYTES) throw refusal(name, `has ${size} bytes; a pickled dictionary of up to ${MAX_BYTES} is read.`);
  const bytes = await source.read(0, size);
  if (size > 0 && bytes[0] !== 0x80)
    throw refusal(
      name,
      `is no pickle of protocol 2 to 5; Python 2 wrote protocol 0 unless told otherwise. ${PLAIN_COPY}.`,
    );
  const pickle = readPickle(name, bytes, 0, noStorages(name), BUDGET);
  if (pickle === undefined) throw refusal(name, 'ends within its pickle: it is cut or damaged.');
  if (pickle.end !== size) throw refusal(name, `has ${size - pickle.end} bytes after its pickle: it is damaged.`);
  if (!(pickle.value instanceof Map))
    throw refusal(name, `holds ${describeValue(pickle.value)}, expected a dictionary of texts.`);
  const entries = new Map<string, string>();
  for (const [key, value] of pickle.value) {
    const isText = typeof value === 'string' || Number.isSafeInteger(value);
    if (typeof key !== 'string' || !isText)
      throw refusal(name, `its dictionary has ${describeValue(value)} for ${describeValue(key)}, expected texts.`);
    entries.set(key, String(value));
  }
  return entries;
}
