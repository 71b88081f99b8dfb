import type { PruningPage } from '@refrain/pruned-dataset';
import {
  type D3ZoomEvent,
  polygonContains,
  type Quadtree,
  quadtree,
  select,
  type ZoomBehavior,
  zoom,
  zoomIdentity,
} from 'd3';
import { Sprites } from './sprites.ts';

type Point = [x: number, y: number];

interface Listeners {
  readonly onHover: (place: number | undefined) => void;
  readonly onPick: (place: number) => void;
}

const LARGEST_ZOOM = 200;
/** Pixels between the edge and the outermost points. */
const MARGIN = 24;
/** How near the pointer has to be, in pixels. */
const REACH = 10;
/** With more points than that they are drawn roughly until the map stands still. */
const POINTS_IN_MOTION = 4000;
const NO_COLOUR = '#98a1ab';
/** With more lines than that they wait until the map stands still. */
const LINES_IN_MOTION = 3000;

/**
 * The points of the map, what stays as larger circles, what goes as smaller diamonds, with lines between them. On a plain canvas: that draws tens of
 * thousands of small pictures in some milliseconds, in every browser, with or without a graphics card.
 */
export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #page: PruningPage;
  readonly #goes: ReadonlySet<number>;
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  readonly #resizing: ResizeObserver;
  readonly #size: number;
  #sprites = new Sprites(1);
  /** x and y of each clip by turns, before any zoom, in pixels: the map as large as it can be. */
  #places = new Float32Array();
  #tree: Quadtree<number> | undefined;
  #transform = zoomIdentity;
  #colours: readonly string[] = [];
  /** The same as pixels are written. */
  #inks = new Uint32Array();
  #lines: readonly (readonly [number, number])[] = [];
  #highlighted: readonly number[] = [];
  #frame = 0;
  #isMoving = false;

  constructor(canvas: HTMLCanvasElement, page: PruningPage, { onHover, onPick }: Listeners) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { willReadFrequently: true })!;
    this.#page = page;
    this.#goes = new Set(page.removals.clip);
    this.#size = Math.min(5.5, Math.max(2.4, 90 / Math.sqrt(page.clips.id.length)));
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.7, LARGEST_ZOOM])
      .filter(mayMove)
      .on('start zoom end', (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
        this.#transform = event.transform;
        this.#isMoving = event.type !== 'end';
        this.#ask();
      });
    select(canvas).call(this.#zoom);
    // One finger moves the page.
    canvas.style.touchAction = 'pan-x pan-y';
    canvas.onpointermove = ({ offsetX, offsetY }) => onHover(this.#at(offsetX, offsetY));
    canvas.onpointerleave = () => onHover(undefined);
    canvas.onclick = ({ offsetX, offsetY }) => {
      const place = this.#at(offsetX, offsetY);
      if (place !== undefined) onPick(place);
    };
    this.#resizing = new ResizeObserver(() => this.#fit());
    this.#resizing.observe(canvas);
  }

  /** Sets the colour of each clip. */
  colour(colours: readonly string[]): void {
    this.#colours = colours;
    this.#inks = Uint32Array.from(colours, inkOf);
    this.#ask();
  }

  /** Draws these lines, from one clip to another, and no others. */
  lines(pairs: readonly (readonly [from: number, to: number])[]): void {
    this.#lines = pairs;
    this.#ask();
  }

  /** Enlarges these clips and no others. */
  highlight(places: readonly number[]): void {
    this.#highlighted = places;
    this.#ask();
  }

  /** Where a clip is drawn, in pixels from the upper left corner. */
  positionOf(place: number): { readonly x: number; readonly y: number } {
    const [x, y] = this.#transform.apply(this.#unzoomed(place));
    return { x, y };
  }

  /** The clips inside a polygon of pixels. */
  inside(polygon: readonly Point[]): ReadonlySet<number> {
    const corners = polygon.map((point) => this.#transform.invert(point));
    return new Set(
      Array.from(this.#page.clips.id.keys()).filter((place) => polygonContains(corners, this.#unzoomed(place))),
    );
  }

  zoom(direction: 'in' | 'out' | 'all'): void {
    const selection = select(this.#canvas);
    if (direction === 'all') this.#zoom.transform(selection, zoomIdentity);
    else this.#zoom.scaleBy(selection, direction === 'in' ? 1.6 : 1 / 1.6);
  }

  close(): void {
    this.#resizing.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(clientWidth * scale);
    this.#canvas.height = Math.round(clientHeight * scale);
    this.#sprites = new Sprites(scale);
    const [width, height] = [clientWidth - 2 * MARGIN, clientHeight - 2 * MARGIN];
    this.#places = Float32Array.from(this.#page.clips.projection!, (at, i) =>
      i % 2 === 0 ? MARGIN + at * width : MARGIN + (1 - at) * height,
    );
    this.#tree = undefined;
    this.#ask();
  }

  #unzoomed(place: number): Point {
    return [this.#places[2 * place]!, this.#places[2 * place + 1]!];
  }

  #at(x: number, y: number): number | undefined {
    this.#tree ??= quadtree<number>()
      .x((place) => this.#unzoomed(place)[0])
      .y((place) => this.#unzoomed(place)[1])
      .addAll([...this.#page.clips.id.keys()]);
    return this.#tree.find(...this.#transform.invert([x, y]), REACH / this.#transform.k);
  }

  /** Draws once before the next frame, however much has changed. */
  #ask(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const { width, height } = this.#canvas;
    this.#context.clearRect(0, 0, width, height);
    if (!this.#isMoving || this.#lines.length <= LINES_IN_MOTION) this.#drawLines();
    // Points grow with the zoom, but slowly.
    const size = this.#size * Math.max(1, this.#transform.k ** 0.25);
    if (this.#isMoving && this.#page.clips.id.length > POINTS_IN_MOTION) this.#drawPixels(size);
    else for (let place = 0; place < this.#page.clips.id.length; place++) this.#drawPoint(place, size);
    for (const place of this.#highlighted) this.#drawPoint(place, Math.max(7, this.#size * 1.6));
  }

  #drawPoint(place: number, size: number): void {
    const { width, height } = this.#canvas;
    const { k, x: left, y: top } = this.#transform;
    const x = (this.#places[2 * place]! * k + left) * devicePixelRatio;
    const y = (this.#places[2 * place + 1]! * k + top) * devicePixelRatio;
    const sprite = this.#sprites.of(
      this.#goes.has(place) ? 'diamond' : 'circle',
      this.#colours[place] ?? NO_COLOUR,
      size,
    );
    const half = sprite.width / 2;
    if (x > -half && y > -half && x < width + half && y < height + half)
      this.#context.drawImage(sprite, Math.round(x - half), Math.round(y - half));
  }

  /** All points as squares, pixel by pixel: a tenth of the time, while nobody could see their shape. */
  #drawPixels(size: number): void {
    const { width, height } = this.#canvas;
    const image = this.#context.getImageData(0, 0, width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const { k, x: left, y: top } = this.#transform;
    const side = Math.max(1, Math.round(size * devicePixelRatio * 1.5));
    for (let place = 0; place < this.#inks.length; place++) {
      const x = Math.round((this.#places[2 * place]! * k + left) * devicePixelRatio - side / 2);
      const y = Math.round((this.#places[2 * place + 1]! * k + top) * devicePixelRatio - side / 2);
      if (x < 0 || y < 0 || x + side > width || y + side > height) continue;
      for (let row = y; row < y + side; row++) pixels.fill(this.#inks[place]!, row * width + x, row * width + x + side);
    }
    this.#context.putImageData(image, 0, 0);
  }

  #drawLines(): void {
    const scale = devicePixelRatio;
    this.#context.beginPath();
    for (const [from, to] of this.#lines) {
      const [a, b] = [this.positionOf(from), this.positionOf(to)];
      this.#context.moveTo(a.x * scale, a.y * scale);
      this.#context.lineTo(b.x * scale, b.y * scale);
    }
    this.#context.strokeStyle = 'rgb(140 150 160 / 70%)';
    this.#context.lineWidth = scale;
    this.#context.stroke();
  }
}

/** Scrolling over the map scrolls the page, unless a key says otherwise; two fingers move the map, one the page. */
function mayMove(event: MouseEvent | WheelEvent | TouchEvent): boolean {
  if (event.type === 'wheel') return event.ctrlKey || event.metaKey;
  if (event.type.startsWith('touch')) return (event as TouchEvent).touches.length > 1;
  return !event.ctrlKey && (event as MouseEvent).button === 0;
}

/** `#rrggbb` as an opaque pixel: its bytes are red, green, blue, alpha, the first the lowest. */
function inkOf(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
