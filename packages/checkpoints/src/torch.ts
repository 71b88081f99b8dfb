import { elementBytes, quoted, refusal } from '@refrain/core';
import { type ByteSource, isCount, readBytes } from './byteSource.ts';
import { noStorages, type PickleHost, type StorageId } from './pickle/calls.ts';
import { readPickle } from './pickle/pickle.ts';
import { type CheckpointLimits, type Storage, tensorOf, type View } from './tensor.ts';
import type { CheckpointValue } from './value.ts';
import { openZip, type ZipRecord } from './zip.ts';

/**
 * The value in a file of torch.save since torch 1.6: a zip archive with one folder, in it `data.pkl` and a record `data/<key>` per
 * storage. Records are opened when a tensor is read. Throws a DataError.
 */
export async function readTorchZip(source: ByteSource, limits: CheckpointLimits): Promise<{ value: CheckpointValue }> {
  const records = inFolder(source, await openZip(source, limits.headerBytes));
  const pickle = records.get('data.pkl');
  if (records.has('constants.pkl') || [...records.keys()].some((name) => name.startsWith('code/')))
    throw refusal(
      source.name,
      'is a TorchScript archive, which holds code. Save the weights instead: torch.save(model.state_dict(), path).',
    );
  if (pickle === undefined)
    throw refusal(source.name, 'is a zip archive, but not one of torch.save: it has no data.pkl.');
  if (pickle.size > limits.headerBytes)
    throw refusal(source.name, `its pickle has ${pickle.size} bytes; at most ${limits.headerBytes} are read.`);
  await checkByteOrder(source, records.get('byteorder'));
  const storages = storagesOf(source, limits, (id) => recordStorage(source, records, id));
  const unpickled = readPickle(source.name, await pickle.read(0, pickle.size), 0, storages);
  if (unpickled === undefined) throw refusal(source.name, 'its pickle has no end: it is damaged.');
  if (unpickled.end !== pickle.size)
    throw refusal(source.name, 'its pickle is followed by other bytes: it is damaged.');
  return { value: unpickled.value };
}

// torch puts all records into one folder, named after the file or "archive".
function inFolder(source: ByteSource, archive: ReadonlyMap<string, ZipRecord>): Map<string, ZipRecord> {
  const [first = ''] = archive.keys();
  const folder = first.slice(0, first.indexOf('/') + 1);
  const records = new Map<string, ZipRecord>();
  for (const [name, record] of archive) {
    if (folder === '' || !name.startsWith(folder))
      throw refusal(
        source.name,
        `is a zip archive, but not one of torch.save: ${quoted(name)} is in no common folder.`,
      );
    records.set(name.slice(folder.length), record);
  }
  return records;
}

async function checkByteOrder(source: ByteSource, record: ZipRecord | undefined): Promise<void> {
  if (record === undefined) return;
  const order = record.size > 16 ? '' : Buffer.from(await record.read(0, record.size)).toString('latin1');
  if (order !== 'little')
    throw refusal(
      source.name,
      `has the byte order ${quoted(order)}; only "little" can be read. Save it again on another machine.`,
    );
}

function recordStorage(source: ByteSource, records: ReadonlyMap<string, ZipRecord>, id: StorageId): Storage {
  const record = records.get(`data/${id.key}`);
  if (record === undefined) throw refusal(source.name, `storage ${quoted(id.key)} is not in the file.`);
  const bytes = storageBytes(source.name, id);
  if (record.size !== bytes)
    throw refusal(
      source.name,
      `storage ${quoted(id.key)} has ${record.size} bytes, but ${id.count} elements of ${id.dtype} take ${bytes}.`,
    );
  return { kind: 'storage', source: source.name, dtype: id.dtype, count: id.count, read: record.read };
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const FIRST_WINDOW = 2 ** 18;

interface Head {
  readonly value: CheckpointValue;
  /** Storages in the order in which they lie in the file. */
  readonly keys: readonly string[];
  readonly storages: Storages;
  /** Where the first storage begins. */
  readonly end: number;
  /** Where the data of a storage begins, once that is known. */
  readonly offsets: Map<string, number>;
}

/**
 * The value in a file of torch.save before torch 1.6: pickles of a magic number, a protocol, the machine, the value and the keys of the
 * storages, then each storage after its length. Throws a DataError.
 */
export async function readTorchLegacy(
  source: ByteSource,
  limits: CheckpointLimits,
): Promise<{ value: CheckpointValue }> {
  // How long the pickles are shows only when they are read.
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const length = Math.min(window, limits.headerBytes, source.size);
    const head = readHead(source, await source.read(0, length), limits);
    if (head !== undefined) {
      await locateStorages(source, head);
      return { value: head.value };
    }
    if (length === source.size) throw refusal(source.name, 'ends within a pickle: it is cut or damaged.');
    if (length === limits.headerBytes) throw refusal(source.name, `its pickles take more than ${length} bytes.`);
  }
}

function readHead(source: ByteSource, bytes: Uint8Array, limits: CheckpointLimits): Head | undefined {
  const { name } = source;
  const magic = readPickle(name, bytes, 0, noStorages(name));
  if (magic === undefined) return undefined;
  if (magic.value !== MAGIC) throw refusal(name, 'is a pickle, but not one of torch.save: it lacks its magic number.');
  const protocol = readPickle(name, bytes, magic.end, noStorages(name));
  if (protocol === undefined) return undefined;
  if (protocol.value !== PROTOCOL) throw refusal(name, `has a protocol of torch.save other than ${PROTOCOL}.`);
  const machine = readPickle(name, bytes, protocol.end, noStorages(name));
  if (machine === undefined) return undefined;
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true)
    throw refusal(name, 'was not saved on a little-endian machine; only such files can be read.');
  const offsets = new Map<string, number>();
  const storages = storagesOf(source, limits, (id) => storageIn(source, offsets, id));
  const object = readPickle(name, bytes, machine.end, storages);
  if (object === undefined) return undefined;
  const keys = readPickle(name, bytes, object.end, noStorages(name));
  if (keys === undefined) return undefined;
  return { value: object.value, keys: keyList(name, keys.value, storages), storages, end: keys.end, offsets };
}

function keyList(source: string, value: CheckpointValue, { byKey }: Storages): string[] {
  const isList = Array.isArray(value) && value.every((key) => typeof key === 'string');
  if (!isList) throw refusal(source, 'has no list of its storages.');
  const keys = value as string[];
  const listed = new Set(keys);
  const missing = [...byKey.keys()].find((key) => !listed.has(key));
  if (missing !== undefined) throw refusal(source, `storage ${quoted(missing)} is not in the file.`);
  // All that are used are listed, so the same number means the same storages, each once.
  if (keys.length !== byKey.size) throw refusal(source, `lists ${keys.length} storages, but ${byKey.size} are used.`);
  return keys;
}

async function locateStorages(source: ByteSource, { keys, storages, end, offsets }: Head): Promise<void> {
  let at = end;
  for (const key of keys) {
    const { count, dtype } = storages.byKey.get(key)!;
    const header = await readBytes(source, at, 8, `the length of storage ${quoted(key)}`);
    const length = new DataView(header.buffer, header.byteOffset).getBigInt64(0, true);
    if (length !== BigInt(count))
      throw refusal(
        source.name,
        `storage ${quoted(key)} has ${length} elements where it lies, and ${count} in the pickle.`,
      );
    offsets.set(key, at + 8);
    at += 8 + count * elementBytes(dtype);
    if (at > source.size)
      throw refusal(source.name, `is cut: storage ${quoted(key)} would end at byte ${at}, the file at ${source.size}.`);
  }
  if (at !== source.size) throw refusal(source.name, `has ${source.size - at} bytes after its last storage.`);
}

function storageIn(source: ByteSource, offsets: ReadonlyMap<string, number>, id: StorageId): Storage {
  const bytes = storageBytes(source.name, id);
  if (bytes > source.size)
    throw refusal(source.name, `storage ${quoted(id.key)} claims ${bytes} bytes, the file has ${source.size}.`);
  const read = (from: number, to: number) =>
    readBytes(source, offsets.get(id.key)! + from, to - from, `storage ${quoted(id.key)}`);
  return { kind: 'storage', source: source.name, dtype: id.dtype, count: id.count, read };
}

/** The storages that a pickle has named, and a host for it. */
interface Storages extends PickleHost {
  readonly byKey: ReadonlyMap<string, Storage>;
}

/**
 * A host that has `open` find each storage once, and bounds what all tensors have together. A storage that is named twice has to be the
 * same both times.
 */
function storagesOf(source: ByteSource, limits: CheckpointLimits, open: (id: StorageId) => Storage): Storages {
  const byKey = new Map<string, Storage>();
  const most = 8 * source.size + limits.expandedBytes;
  let total = 0;
  const storage = (id: StorageId) => {
    const known = byKey.get(id.key);
    if (known === undefined) {
      const opened = open(id);
      byKey.set(id.key, opened);
      return opened;
    }
    if (known.dtype !== id.dtype || known.count !== id.count)
      throw refusal(
        source.name,
        `storage ${quoted(id.key)} is ${known.count} elements of ${known.dtype} in one place, ${id.count} of ${id.dtype} in another.`,
      );
    return known;
  };
  const tensor = (of: Storage, view: View) => {
    const made = tensorOf(of, view, limits);
    total += made.count * elementBytes(made.dtype);
    if (total <= most) return made;
    throw refusal(
      source.name,
      `its tensors claim more than ${most} bytes, the file has ${source.size}: expanded views like these are refused.`,
    );
  };
  return { byKey, storage, tensor };
}

/** How many bytes the storage takes. Throws a DataError where no file has so many. */
function storageBytes(source: string, { key, dtype, count }: StorageId): number {
  const bytes = count * elementBytes(dtype);
  if (!isCount(bytes))
    throw refusal(source, `storage ${quoted(key)} claims ${count} elements, more than any file holds.`);
  return bytes;
}
