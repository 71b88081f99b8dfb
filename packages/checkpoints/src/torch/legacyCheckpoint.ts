import { type ByteSource, readBytes } from '../byteSource.ts';
import { elementBytes } from '../dtype.ts';
import type { CheckpointLimits } from '../limits.ts';
import { noStorages, type StorageId } from '../pickle/host.ts';
import { readPickle } from '../pickle/interpreter.ts';
import { quoted, refusal } from '../refusal.ts';
import type { Storage } from '../tensor.ts';
import type { CheckpointValue } from '../value.ts';
import { type Storages, storageBytes, storagesOf } from './storages.ts';

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
export async function readTorchLegacy(source: ByteSource, limits: CheckpointLimits): Promise<CheckpointValue> {
  // How long the pickles are shows only when they are read.
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const length = Math.min(window, limits.headerBytes, source.size);
    const head = readHead(source, await source.read(0, length), limits);
    if (head !== undefined) {
      await locateStorages(source, head);
      return head.value;
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
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true) {
    throw refusal(name, 'was not saved on a little-endian machine; only such files can be read.');
  }
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
    if (length !== BigInt(count)) {
      throw refusal(
        source.name,
        `storage ${quoted(key)} has ${length} elements where it lies, and ${count} in the pickle.`,
      );
    }
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
