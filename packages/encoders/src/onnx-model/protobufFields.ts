/**
 * The fields of a protocol buffer message in order: integers as numbers, whatever has a length as its bytes; fixed-size numbers are passed over.
 * Throws an Error where the bytes end too early.
 */
export function* fieldsOf(bytes: Uint8Array): Generator<[field: number, content: Uint8Array | number]> {
  let position = 0;
  const varint = () => {
    for (let value = 0, scale = 1; scale < 2 ** 70 && position < bytes.length; scale *= 128) {
      const byte = bytes[position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error('it breaks off, or is not in the format of protocol buffers');
  };
  while (position < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) yield [Math.floor(tag / 8), varint()];
    else {
      const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? varint() : Number.NaN;
      const start = position;
      position += length;
      if (!(position <= bytes.length)) throw new Error('it breaks off, or is not in the format of protocol buffers');
      if (wireType === 2) yield [Math.floor(tag / 8), bytes.subarray(start, position)];
    }
  }
}
