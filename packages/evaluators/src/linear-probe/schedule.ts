/** Where `ReduceLROnPlateau` stands after a list of valid losses. */
export interface PlateauState {
  /** The rate for the next epoch. */
  readonly learningRate: number;
  /** Epochs in a row without a better loss, since the last reduction. */
  readonly badEpochs: number;
}

/**
 * The learning rate that PyTorch's `ReduceLROnPlateau` (mode min, factor 0.1, relative threshold 1e-4, eps 1e-8, no cooldown) has
 * reached after these valid losses, one per epoch: a tenth whenever more than `patience` epochs in a row were not better than the
 * best by a ten-thousandth. A loss of NaN is not better.
 */
export function reduceOnPlateau(validLosses: readonly number[], learningRate: number, patience: number): PlateauState {
  let rate = learningRate;
  let best = Infinity;
  let badEpochs = 0;
  for (const loss of validLosses) {
    if (loss < best * (1 - 1e-4)) {
      best = loss;
      badEpochs = 0;
    } else if (++badEpochs > patience) {
      if (rate - rate * 0.1 > 1e-8) rate *= 0.1;
      badEpochs = 0;
    }
  }
  return { learningRate: rate, badEpochs };
}

/** Where early stopping stands after a list of valid losses. */
export interface StoppingState {
  /** Epochs in a row without a loss below the best. */
  readonly badEpochs: number;
  /** Why training ends after the last of these epochs; undefined when it goes on. */
  readonly stop: 'no better' | 'not finite' | undefined;
}

/**
 * Whether Lightning's `EarlyStopping` (mode min, min_delta 0, check_finite) ends training after these valid losses, one per epoch:
 * when `patience` epochs in a row were not better than the best, and at once when the last loss is not finite.
 */
export function earlyStopping(validLosses: readonly number[], patience: number): StoppingState {
  let best = Infinity;
  let badEpochs = 0;
  for (const loss of validLosses) {
    if (loss < best) {
      best = loss;
      badEpochs = 0;
    } else {
      badEpochs++;
    }
  }
  if (validLosses.length > 0 && !Number.isFinite(validLosses.at(-1))) return { badEpochs, stop: 'not finite' };
  return { badEpochs, stop: badEpochs >= patience ? 'no better' : undefined };
}
