// fft.js brings no types of its own. This is the part that is used here.
declare module 'fft.js' {
  export default class FFT {
    /** `size` is a power of two above 1. */
    constructor(size: number);
    /** The transform of `size` complex numbers, real and imaginary parts in turn in both arrays, which must not be the same one. */
    transform(spectrum: Float64Array, values: Float64Array): void;
  }
}
