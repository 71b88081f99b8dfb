/** Writes the protocol buffer wire format (protobuf.dev/programming-guides/encoding): just what an ONNX model needs. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];

  /** An integer field (wire type 0); negative numbers take ten bytes, as int64 does. */
  integer(field: number, value: number | bigint): this {
    this.#chunks.push(varint(BigInt(field) << 3n), varint(BigInt(value)));
    return this;
  }

  /** A float field (wire type 5). */
  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#chunks.push(varint(BigInt((field << 3) | 5)), bytes);
    return this;
  }

  /** A text, bytes or nested message field (wire type 2). */
  bytes(field: number, value: string | Uint8Array | ProtobufWriter): this {
    const content =
      typeof value === 'string' ? Buffer.from(value) : value instanceof ProtobufWriter ? value.finish() : value;
    this.#chunks.push(varint(BigInt((field << 3) | 2)), varint(BigInt(content.length)), content);
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
