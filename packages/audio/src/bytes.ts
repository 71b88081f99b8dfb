/** The `length` bytes from `offset` as Latin-1 text; shorter at the end of the bytes. For reading the marks of file formats. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/** A DataView of exactly these bytes, wherever they lie in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The parts one after another, in memory of their own. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return joined(Uint8Array, parts);
}

/** Parts of any kind one after another, in memory of their own: `joined(Float32Array, pieces)`. */
export function joined<T extends Uint8Array | Float32Array>(Kind: new (length: number) => T, parts: readonly T[]): T {
  const whole = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
