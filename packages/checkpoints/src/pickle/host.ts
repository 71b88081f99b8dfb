import type { Dtype } from '../dtype.ts';
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
