type Shape = 'circle' | 'diamond';

/** Little pictures of points, drawn once and copied from then on. */
export class Sprites {
  readonly #made = new Map<string, HTMLCanvasElement>();
  readonly #scale: number;

  /** `scale`: device pixels per pixel. */
  constructor(scale: number) {
    this.#scale = scale;
  }

  /** A point of a shape, its radius in pixels. */
  of(shape: Shape, colour: string, radius: number): HTMLCanvasElement {
    const size = Math.round(radius * this.#scale * 2) / 2;
    const key = `${shape} ${colour} ${size}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = drawn(shape, colour, size, this.#scale);
    this.#made.set(key, made);
    return made;
  }
}

function drawn(shape: Shape, colour: string, size: number, scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const middle = Math.ceil(size + scale);
  [canvas.width, canvas.height] = [2 * middle, 2 * middle];
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.beginPath();
  if (shape === 'circle') context.arc(middle, middle, size, 0, 2 * Math.PI);
  else
    for (const [x, y] of [
      [0, -size],
      [size, 0],
      [0, size],
      [-size, 0],
    ] as const)
      context.lineTo(middle + x, middle + y);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  return canvas;
}
