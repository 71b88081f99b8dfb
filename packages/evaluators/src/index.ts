import { definePlugin } from '@refrain/core';
import { coverage } from './coverage/coverage.ts';
import { linearProbe } from './linear-probe/linearProbe.ts';

export { drawGroupResamples, type GroupResamples } from './comparison/groupResamples.ts';
export { holmAdjusted } from './comparison/holm.ts';
export { compareRuns, type PairedComparison, type ResampledSummary } from './comparison/pairedComparison.ts';
export {
  type ResampledMetric,
  type ResampledRankings,
  resampledAccuracy,
  resampledRankings,
} from './comparison/resampledMetrics.ts';
export { studentHalfWidth } from './comparison/studentT.ts';
export {
  type ComparedRow,
  significanceOf,
  type Verdict,
  verdictOf,
  verdictSentence,
  type Wording,
} from './comparison/verdict.ts';
export { Coverage, coverage } from './coverage/coverage.ts';
export { type TrackCounts, trackCounts } from './coverage/trackCounts.ts';
export type { ClipInput } from './linear-probe/clipExamples.ts';
export { type Examples, headLogits } from './linear-probe/forwardPass.ts';
export { type HeadParameters, type HeadShape, initialParameters } from './linear-probe/head.ts';
export { checkHeadFits, type HeadFile, readHead } from './linear-probe/headFile.ts';
export type { ProbedInput, ProbedSet } from './linear-probe/keptTrainings.ts';
export { LinearProbe, type LinearProbeOptions, linearProbe } from './linear-probe/linearProbe.ts';
export { type ProbeRun, type ProbeSetsOptions, probeSets } from './linear-probe/probeSets.ts';
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
  CLMR_PROBE,
  MARBLE_PROBE,
  type ProbeEpoch,
  type ProbeOptions,
  type ProbeTraining,
  type TrainedProbe,
  trainProbe,
} from './linear-probe/trainProbe.ts';
export { type ProbeThreads, probeThreads, type TrainProbesOptions, trainProbes } from './linear-probe/trainProbes.ts';
export type { ValidFigures, Watch } from './linear-probe/validSession.ts';
export { accuracy, likeliestClasses, recalls } from './metrics/accuracy.ts';
export { averagePrecision } from './metrics/averagePrecision.ts';
export {
  type BinaryMetric,
  type MacroAverage,
  macroAverage,
  microAverage,
  perClass,
  type Scores,
} from './metrics/averages.ts';
export { rocAuc } from './metrics/rocAuc.ts';
export { type Activation, segmentAverage } from './metrics/segmentAverage.ts';

export default definePlugin({ evaluator: [linearProbe, coverage] });
