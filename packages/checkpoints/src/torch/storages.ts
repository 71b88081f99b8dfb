import { type ByteSource, isCount } from '../byteSource.ts';
import { elementBytes } from '../dtype.ts';
import type { CheckpointLimits } from '../limits.ts';
import type { PickleHost, StorageId } from '../pickle/host.ts';
import { quoted, refusal } from '../refusal.ts';
import { type Storage, type Tensor, tensorOf } from '../tensor.ts';

/** The storages that a pickle has named, and a host for it. */
export interface Storages extends PickleHost {
  readonly byKey: ReadonlyMap<string, Storage>;
}

/**
 * A host that has `open` find each storage once, and bounds what all tensors have together. A storage that is named twice has to be the
 * same both times.
 */
export function storagesOf(source: ByteSource, limits: CheckpointLimits, open: (id: StorageId) => Storage): Storages {
  const byKey = new Map<string, Storage>();
  const admit = tensorAdmission(source, limits);
  const storage = (id: StorageId) => {
    const known = byKey.get(id.key);
    if (known === undefined) {
      const opened = open(id);
      byKey.set(id.key, opened);
      return opened;
    }
    if (known.dtype !== id.dtype || known.count !== id.count) {
      throw refusal(
        source.name,
        `storage ${quoted(id.key)} is ${known.count} elements of ${known.dtype} in one place, ${id.count} of ${id.dtype} in another.`,
      );
    }
    return known;
  };
  return { byKey, storage, tensor: (of, view) => admit(tensorOf(of, view, limits)) };
}

/** A function that lets tensors pass until all of them together have more bytes than the limits allow. */
function tensorAdmission({ name, size }: ByteSource, { expandedBytes }: CheckpointLimits): (tensor: Tensor) => Tensor {
  const most = 8 * size + expandedBytes;
  let total = 0;
  return (tensor) => {
    total += tensor.count * elementBytes(tensor.dtype);
    if (!(total <= most)) {
      throw refusal(
        name,
        `its tensors claim more than ${most} bytes, the file has ${size}: expanded views like these are refused.`,
      );
    }
    return tensor;
  };
}

/** How many bytes the storage takes. Throws a DataError where no file has so many. */
export function storageBytes(source: string, { key, dtype, count }: StorageId): number {
  const bytes = count * elementBytes(dtype);
  if (!isCount(bytes))
    throw refusal(source, `storage ${quoted(key)} claims ${count} elements, more than any file holds.`);
  return bytes;
}
