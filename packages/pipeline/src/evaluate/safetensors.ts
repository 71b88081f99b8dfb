/** A named float32 tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * The bytes of a .safetensors file (github.com/huggingface/safetensors, format section): header length, JSON header, then the data.
 * `metadata` is what the file says of itself, under `__metadata__`.
 */
export function safetensorsBytes(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const header: Record<string, object> = metadata === undefined ? {} : { __metadata__: metadata };
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  // The format wants the data aligned to eight bytes, and spaces may follow the header's JSON.
  const json = Buffer.from(text + ' '.repeat(-Buffer.byteLength(text) & 7));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Object.values(tensors).map(
    (tensor) => new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
  );
  return new Uint8Array(Buffer.concat([length, json, ...data]));
}
