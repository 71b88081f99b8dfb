import type { Matrix } from '@refrain/core';
import type { InnerProducts, TileSize } from '@refrain/core/reductions';

/** Somewhere that products can be computed, ready to run. */
export interface Device {
  /** What the mode runs on, where that has a name: the graphics adapter. */
  readonly adapter?: string | undefined;
  /** Whether that adapter is a program that plays graphics card on the processor. */
  readonly software?: boolean;
  readonly tile: TileSize;
  /** Brings points to the device; several sets can be open at once. */
  open(points: Matrix): Promise<InnerProducts>;
  close(): Promise<void>;
}

/** How a mode starts its device. Throws an error that says why it cannot run. */
export type StartDevice = () => Promise<Device>;
