/**
 * The stretch of a signal that is still needed of one that comes in pieces. Places are counted from the start of the signal, whatever was
 * dropped since.
 */
export class SampleQueue {
  #pieces: Float32Array[] = [];
  #start = 0;
  #end = 0;

  /** One behind the last sample that has come. */
  get end(): number {
    return this.#end;
  }

  /** Takes the next samples in. They are not copied: nobody may change them any more. */
  push(samples: Float32Array): void {
    this.#pieces.push(samples);
    this.#end += samples.length;
  }

  /** The `length` samples from `start` on, all of which must be here; not to be changed, as they may not be a copy. */
  read(start: number, length: number): Float32Array {
    let offset = start - this.#start;
    let index = 0;
    while (index < this.#pieces.length - 1 && offset >= this.#pieces[index]!.length)
      offset -= this.#pieces[index++]!.length;
    const first = this.#pieces[index] ?? new Float32Array(0);
    if (offset + length <= first.length) return first.subarray(offset, offset + length);
    const copy = new Float32Array(length);
    for (let filled = 0; filled < length; index++, offset = 0) {
      const part = this.#pieces[index]!.subarray(offset, offset + length - filled);
      copy.set(part, filled);
      filled += part.length;
    }
    return copy;
  }

  /** Forgets what lies before `start`, as far as whole pieces do. */
  drop(start: number): void {
    let count = 0;
    while (count < this.#pieces.length && this.#start + this.#pieces[count]!.length <= start) {
      this.#start += this.#pieces[count++]!.length;
    }
    this.#pieces.splice(0, count);
  }
}
