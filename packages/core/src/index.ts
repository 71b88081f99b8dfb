// A plugin that builds its schemas from this `z` needs no zod of its own.
export { z } from '#zod';
export type { Alongside, Clusterer, Clustering } from './clusterer.ts';
export {
  type AnyComponent,
  type CallableComponent,
  type Chosen,
  type Component,
  defineComponent,
  type OptionsSchema,
} from './component.ts';
export type { AsideStore, ContentStore } from './contentStore.ts';
export {
  type Abortable,
  type AudioOptions,
  type AudioReader,
  type AudioStream,
  type Clip,
  type ClipGroups,
  type Dataset,
  type DatasetFile,
  GROUP_KINDS,
  type GroupKind,
  type Split,
  type Task,
  type Waveform,
} from './dataset.ts';
export type { Decoder } from './decoder.ts';
export { type Defined, defined } from './defined.ts';
export { type ElementType, type ElementValues, elementBytes, inRowMajorOrder, valuesOf } from './elements.ts';
export type { Encoder, SegmentEmbeddings, SegmentGrid } from './encoder.ts';
export { ConfigError, DataError, JobError, messageOf, PluginError, quoted, RefrainError, refusal } from './errors.ts';
export type { EvaluatedSet, Evaluation, EvaluationInput, EvaluationSplit, Evaluator } from './evaluator.ts';
export type {
  Alive,
  Executor,
  ExecutorRun,
  Job,
  JobFailure,
  JobProcessor,
  JobResult,
  JobTask,
  Json,
  OpenedTask,
  Processors,
  Recipe,
  Serving,
  TaskMeans,
  WorkerEvent,
} from './executor.ts';
export { writeFileAtomic } from './files/atomic.ts';
export { createFolder, syncFolder, syncTree } from './files/folders.ts';
export { moveInto } from './files/moveInto.ts';
export { isAlive, ownOwner } from './files/owner.ts';
export { type OpenedFile, openFile, readAt, versionOf } from './files/readAt.ts';
export { readTemporaryName, sweep, sweepOnce, temporaryName } from './files/temporary.ts';
export { type Host, type Progress, quietHost } from './host.ts';
export type {
  AlongPairs,
  AlongQuery,
  HistogramQuery,
  KnownScores,
  LoadedPoints,
  Measure,
  Move,
  NearestQuery,
  Neighbours,
  PairScore,
  Pairs,
  PairsQuery,
  Range,
  Reduction,
  ScoreCount,
  ScoreCounts,
  ScoresQuery,
  SimilarityKernel,
} from './kernel.ts';
export { checkSize, dot, dots, type Matrix, type NumberRows, rowOf, sharedZeros, takeRows, zeros } from './matrix.ts';
export { nearest } from './nearest.ts';
export type { NpyDtype, NpyHeader } from './npy/header.ts';
export { type NpyArray, readNpy, readNpyHeader, readNpyMatrix, readNpyNumbers } from './npy/read.ts';
export { type NpyRows, openNpyRows } from './npy/rows.ts';
export { type NpyStrings, npyStringBytes, readNpyStrings } from './npy/strings.ts';
export { writeNpy, writeNpyIntegers, writeNpyRows } from './npy/write.ts';
export { largest, mean, median, quantile, roundHalfUp, sampleVariance, softmax } from './numbers.ts';
export { booleanOption, describeOptions, numberOption, type OptionDescription, parseOptions } from './options.ts';
export { byCodeUnits, indicesBy } from './order.ts';
export { CONTRACT_VERSION, definePlugin, type Plugin, type PluginComponents } from './plugin.ts';
export {
  type ClipsBeside,
  type ClusterPruning,
  type Foreseen,
  type PruneInput,
  type Pruner,
  type Pruning,
  type PruningAlternative,
  type PruningAt,
  type PruningRule,
  REMOVAL_LEVELS,
  type Removal,
  type RemovalLevel,
  type ScoreRule,
} from './pruner.ts';
export { type Random, sampleIndices, seededRandom, shuffled } from './random.ts';
export { type RowsFirst, rowsFirst, withRowsFirst } from './rowsFirst.ts';
export { type Injectable, KINDS, type Kind, LENT, type Services } from './services.ts';
export { onGrid, SIMILARITY_GRID } from './similarityGrid.ts';
export { studentHalfWidth, studentPValue } from './studentT.ts';
export { asUtf8, counted, inEncoding, readTextFile, type TextEncoding, type Utf8Text } from './text.ts';
export { type InTurn, inTurn } from './workers/inTurn.ts';
export { startProcess } from './workers/startProcess.ts';
export { askWorker, closeWorker, startWorker } from './workers/startWorker.ts';
export { unlessAborted } from './workers/unlessAborted.ts';
