import type { ByteSource } from '../byteSource.ts';
import type { CheckpointLimits } from '../limits.ts';
import type { StorageId } from '../pickle/host.ts';
import { readPickle } from '../pickle/interpreter.ts';
import { quoted, refusal } from '../refusal.ts';
import type { Storage } from '../tensor.ts';
import type { CheckpointValue } from '../value.ts';
import { openZip, type ZipRecord } from '../zip/archive.ts';
import { storageBytes, storagesOf } from './storages.ts';

/**
 * The value in a file of torch.save since torch 1.6: a zip archive with one folder, in it `data.pkl` and a record `data/<key>` per
 * storage. Records are opened when a tensor is read. Throws a DataError.
 */
export async function readTorchZip(source: ByteSource, limits: CheckpointLimits): Promise<CheckpointValue> {
  const records = inFolder(source, await openZip(source, limits.headerBytes));
  const pickle = records.get('data.pkl');
  if (records.has('constants.pkl') || [...records.keys()].some((name) => name.startsWith('code/'))) {
    throw refusal(
      source.name,
      'is a TorchScript archive, which holds code. Save the weights instead: torch.save(model.state_dict(), path).',
    );
  }
  if (pickle === undefined)
    throw refusal(source.name, 'is a zip archive, but not one of torch.save: it has no data.pkl.');
  if (pickle.size > limits.headerBytes) {
    throw refusal(source.name, `its pickle has ${pickle.size} bytes; at most ${limits.headerBytes} are read.`);
  }
  await checkByteOrder(source, records.get('byteorder'));
  const storages = storagesOf(source, limits, (id) => storageIn(source, records, id));
  const unpickled = readPickle(source.name, await pickle.read(0, pickle.size), 0, storages);
  if (unpickled === undefined) throw refusal(source.name, 'its pickle has no end: it is damaged.');
  if (unpickled.end !== pickle.size)
    throw refusal(source.name, 'its pickle is followed by other bytes: it is damaged.');
  return unpickled.value;
}

// torch puts all records into one folder, named after the file or "archive".
function inFolder(source: ByteSource, archive: ReadonlyMap<string, ZipRecord>): Map<string, ZipRecord> {
  const [first = ''] = archive.keys();
  const folder = first.slice(0, first.indexOf('/') + 1);
  const records = new Map<string, ZipRecord>();
  for (const [name, record] of archive) {
    if (folder === '' || !name.startsWith(folder)) {
      throw refusal(
        source.name,
        `is a zip archive, but not one of torch.save: ${quoted(name)} is in no common folder.`,
      );
    }
    records.set(name.slice(folder.length), record);
  }
  return records;
}

async function checkByteOrder(source: ByteSource, record: ZipRecord | undefined): Promise<void> {
  if (record === undefined) return;
  const order = record.size > 16 ? '' : Buffer.from(await record.read(0, record.size)).toString('latin1');
  if (order !== 'little') {
    throw refusal(
      source.name,
      `has the byte order ${quoted(order)}; only "little" can be read. Save it again on another machine.`,
    );
  }
}

function storageIn(source: ByteSource, records: ReadonlyMap<string, ZipRecord>, id: StorageId): Storage {
  const record = records.get(`data/${id.key}`);
  if (record === undefined) throw refusal(source.name, `storage ${quoted(id.key)} is not in the file.`);
  const bytes = storageBytes(source.name, id);
  if (record.size !== bytes) {
    throw refusal(
      source.name,
      `storage ${quoted(id.key)} has ${record.size} bytes, but ${id.count} elements of ${id.dtype} take ${bytes}.`,
    );
  }
  return { kind: 'storage', source: source.name, dtype: id.dtype, count: id.count, read: record.read };
}
