import { quoted } from '@refrain/core';

/** Thrown where a pickle goes on after the bytes at hand. More of the file may help. */
export class PickleCut extends Error {}

/** Thrown for a pickle that is refused; the message is the reason, without the name of the file. */
export class PickleRefused extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the operands of pickle opcodes, never past the end of the bytes. */
export class PickleCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the next byte is. */
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  #skip(length: number): number {
    this.need(length);
    this.at += length;
    return this.at - length;
  }

  /** Makes sure that so many bytes follow. */
  need(length: number): void {
    if (this.at + length > this.#bytes.length) throw new PickleCut();
  }

  uint8 = () => this.#bytes[this.#skip(1)]!;
  uint16 = () => this.#view.getUint16(this.#skip(2), true);
  uint32 = () => this.#view.getUint32(this.#skip(4), true);
  int32 = () => this.#view.getInt32(this.#skip(4), true);
  /** An unsigned number of 8 bytes; rounded where it is beyond 2^53, so larger than any file all the same. */
  uint64 = () => Number(this.#view.getBigUint64(this.#skip(8), true));
  /** A double, big-endian as pickles have it. */
  float64 = () => this.#view.getFloat64(this.#skip(8), false);

  /** A window on the next bytes. */
  bytes(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, this.at);
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new PickleRefused('a text in its pickle is not UTF-8: it is damaged');
    }
  }

  /** The text up to the next line feed, which has to be ASCII. */
  line(maxLength: number): string {
    const end = this.#bytes.subarray(this.at, this.at + maxLength + 1).indexOf(10);
    if (end < 0 && this.at + maxLength < this.#bytes.length)
      throw new PickleRefused('a name in its pickle does not end');
    if (end < 0) throw new PickleCut();
    const text = Buffer.from(this.bytes(end)).toString('latin1');
    this.at++;
    if (/[^\x20-\x7e]/.test(text)) throw new PickleRefused(`its pickle has the name ${quoted(text)}`);
    return text;
  }

  /** A little-endian whole number in two's complement; a bigint where a double would round it. */
  integer(length: number): number | bigint {
    const digits = Buffer.from(this.bytes(length)).reverse().toString('hex');
    const value = digits === '' ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${digits}`));
    const rounded = Number(value);
    return Number.isSafeInteger(rounded) ? rounded : value;
  }
}
