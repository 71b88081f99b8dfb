import { definePlugin } from '@refrain/core';
import { coverage } from './coverage/coverage.ts';
import { linearProbe } from './linear-probe/linearProbe.ts';

export type { ProbedInput } from './checks.ts';
export {
  compareRuns,
  holmAdjusted,
  type PairedComparison,
  type ResampledSummary,
} from './comparison/pairedComparison.ts';
export {
  drawGroupResamples,
  type GroupResamples,
  type ResampledMetric,
  type ResampledRankings,
  resampledAccuracy,
  resampledRankings,
} from './comparison/resamples.ts';
export {
  type ComparedRow,
  significanceOf,
  type Verdict,
  verdictOf,
  verdictSentence,
  type Wording,
} from './comparison/verdict.ts';
export { Coverage, coverage, type TrackCounts, trackCounts } from './coverage/coverage.ts';
export { type Examples, headLogits, type ValidFigures } from './linear-probe/forwardPass.ts';
export { type HeadParameters, type HeadShape, initialParameters } from './linear-probe/head.ts';
export { checkHeadFits, type HeadFile, readHead } from './linear-probe/headFile.ts';
export { LinearProbe, linearProbe } from './linear-probe/linearProbe.ts';
export {
  CLMR_PROBE,
  type ClipInput,
  type LinearProbeOptions,
  MARBLE_PROBE,
  type ProbeOptions,
} from './linear-probe/options.ts';
export {
  earlyStopping,
  type PlateauOptions,
  type PlateauState,
  reduceOnPlateau,
  type StoppingState,
  type WatchMode,
} from './linear-probe/schedule.ts';
export { evaluationOf, type TestedClips } from './linear-probe/testMetrics.ts';
export {
  type ProbeEpoch,
  type ProbeTraining,
  type TrainedProbe,
  trainProbe,
} from './linear-probe/trainProbe.ts';
export { type ProbeThreads, probeThreads, type TrainProbesOptions } from './linear-probe/trainProbes.ts';
export {
  type Activation,
  accuracy,
  type BinaryMetric,
  likeliestClasses,
  type MacroAverage,
  macroAverage,
  microAverage,
  perClass,
  recalls,
  type Scores,
  segmentAverage,
} from './metrics/metrics.ts';
export { averagePrecision, rocAuc } from './metrics/ranking.ts';

export default definePlugin({ evaluator: [linearProbe, coverage] });
