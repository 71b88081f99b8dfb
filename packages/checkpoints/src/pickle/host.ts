import type { Dtype } from '../dtype.ts';
import { refusal } from '../refusal.ts';
import type { Storage, Tensor, View } from '../tensor.ts';

/** How a pickle names a storage: by a persistent id. */
export interface StorageId {
  readonly dtype: Dtype;
  readonly key: string;
  /** How many elements. */
  readonly count: number;
}

/** What the file around a pickle gives it. Both throw a DataError for what is not in the file, or too large. */
export interface PickleHost {
  storage(id: StorageId): Storage;
  tensor(storage: Storage, view: View): Tensor;
}

/** What surrounds a pickle without tensors: one that names any is refused. */
export function noStorages(source: string): PickleHost {
  const fail = () => {
    throw refusal(source, 'has a tensor where only numbers and names should be.');
  };
  return { storage: fail, tensor: fail };
}
