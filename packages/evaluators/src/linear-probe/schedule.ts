/** Whether a watched figure is better when it is lower (`min`: a loss) or when it is greater (`max`: a metric), by PyTorch's names. */
export type WatchMode = 'min' | 'max';

/** How `reduceOnPlateau` reduces; left out, as CLMR does. */
export interface PlateauOptions {
  /** What the rate is multiplied by, between 0 and 1; default 0.1. */
  readonly factor?: number | undefined;
  /** Default `min`. */
  readonly mode?: WatchMode | undefined;
}

/** Where `ReduceLROnPlateau` stands after a list of watched figures. */
export interface PlateauState {
  /** The rate for the next epoch. */
  readonly learningRate: number;
  /** Epochs in a row without a better figure, since the last reduction. */
  readonly badEpochs: number;
}

const THRESHOLD = 1e-4;
const LEAST_CHANGE = 1e-8;

/**
 * The learning rate that PyTorch's `ReduceLROnPlateau` (relative threshold 1e-4, eps 1e-8, no cooldown) has reached after these figures
 * of the valid examples, one per epoch: `factor` times as much whenever more than `patience` epochs in a row were not better than the
 * best by a ten-thousandth of it. NaN is not better.
 */
export function reduceOnPlateau(
  figures: readonly number[],
  learningRate: number,
  patience: number,
  { factor = 0.1, mode = 'min' }: PlateauOptions = {},
): PlateauState {
  let rate = learningRate;
  let best = worst(mode);
  let badEpochs = 0;
  for (const figure of figures) {
    if (mode === 'min' ? figure < best * (1 - THRESHOLD) : figure > best * (1 + THRESHOLD)) {
      best = figure;
      badEpochs = 0;
    } else if (++badEpochs > patience) {
      if (rate - rate * factor > LEAST_CHANGE) rate *= factor;
      badEpochs = 0;
    }
  }
  return { learningRate: rate, badEpochs };
}

/** Where early stopping stands after a list of watched figures. */
export interface StoppingState {
  /** Epochs in a row without a figure better than the best; 0 when the last one is the best so far. */
  readonly badEpochs: number;
  /** Why training ends after the last of these epochs; undefined when it goes on. */
  readonly stop: 'no better' | 'not finite' | undefined;
}

/**
 * Whether Lightning's `EarlyStopping` (min_delta 0, check_finite) ends training after these figures of the valid examples, one per
 * epoch: when `patience` epochs in a row were not better than the best, and at once when the last figure is not finite.
 */
export function earlyStopping(figures: readonly number[], patience: number, mode: WatchMode = 'min'): StoppingState {
  let best = worst(mode);
  let badEpochs = 0;
  for (const figure of figures) {
    if (mode === 'min' ? figure < best : figure > best) {
      best = figure;
      badEpochs = 0;
    } else {
      badEpochs++;
    }
  }
  if (figures.length > 0 && !Number.isFinite(figures.at(-1))) return { badEpochs, stop: 'not finite' };
  return { badEpochs, stop: badEpochs >= patience ? 'no better' : undefined };
}

function worst(mode: WatchMode): number {
  return mode === 'min' ? Infinity : -Infinity;
}
