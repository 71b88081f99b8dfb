export { readPrunedDataset } from '@refrain/pruned-dataset';
export { type Choice, type Choices, catalogue } from './assembly/assemble.ts';
export type { LoadedPlugin } from './assembly/loadPlugins.ts';
export { Places } from './cache/places.ts';
export { audioMeans, datasetOf } from './calls/audioMeans.ts';
export { type CompareOptions, compare, compareGrid, refuseIncomparable } from './calls/compare.ts';
export {
  type EvaluatedDataset,
  evaluateDataset,
  evaluatePruned,
  saveSegments,
  writeResults,
} from './calls/evaluate.ts';
export {
  type ExportOptions,
  exportTo,
  type FolderCheck,
  type VerifyOptions,
  verify,
  verifyIn,
} from './calls/folder.ts';
export { withComponents } from './calls/inRun.ts';
export { refuseLoadedHead } from './calls/loadedHead.ts';
export {
  completeSettings,
  type PipelineOptions,
  type ProgressReport,
  type Use,
} from './calls/options.ts';
export { type PrunedClip, type PruneResult, prune, type RemovedClip, type RepruneOptions } from './calls/prune.ts';
export {
  duplicates,
  duplicatesIn,
  type FoundDuplicates,
  type FoundLeaks,
  leaks,
  leaksIn,
  type SearchOptions,
} from './calls/search.ts';
export { savePredictions } from './compare/compareAll.ts';
export type { Grid } from './compare/grid.ts';
export type { Published } from './compare/report/published.ts';
export type { ComparisonReport, ComparisonRow, Difference, Spread, TestPart } from './compare/report/report.ts';
export {
  baselineNames,
  budgetsOf,
  decimalsOf,
  MARKS,
  rowsOfBudget,
  shownBaseline,
} from './compare/report/resultTables.ts';
export { comparisonSummary } from './compare/report/summary.ts';
export { oneLine, rowName, signedText, spreadText, UNDEFINED } from './compare/report/wording.ts';
export { writeComparison } from './compare/report/write.ts';
export type { Grouping } from './compare/testParts.ts';
export type { ComparedClip } from './duplicates/comparedClips.ts';
export { COPY_LEVELS, type CopyLevel, type CopyPair } from './duplicates/copies.ts';
export { type CopyRecord, copyCsv, copyLines, copyRecords } from './duplicates/copyRecords.ts';
export { clipNames, FIGURES, figures } from './duplicates/copyTable.ts';
export type { EmbeddedClip } from './embed/embed.ts';
export { type EmbeddedRecord, writeEmbeddings } from './embed/embeddingsFolder.ts';
export type { SetResult } from './evaluate/evaluate.ts';
export { setNotes } from './evaluate/setNotes.ts';
export {
  acrossSplits,
  allowedKinds,
  type LeakSearch,
  leakingFromTrain,
  type Sharing,
} from './leaks/leaks.ts';
export { DEFAULT_COMPONENTS, DEFAULT_EVALUATORS, defaultEncoder, PROBES } from './options/components.ts';
export type { Saved } from './options/evaluation.ts';
export type { Option } from './options/option.ts';
export { OPTIONS, type RunValues, type ValuesOf } from './options/options.ts';
export { comparisonsIn } from './page/comparisonsIn.ts';
export { folderPage } from './page/folderPage.ts';
export { comparisonPage, leaksPage } from './page/otherPages.ts';
export { type PageClips, pageClips } from './page/pageClips.ts';
export { embeddedAudio, withPictures } from './page/pageSound.ts';
export { projectClips } from './page/projection.ts';
export { sweepTable } from './page/sweeps.ts';
export { folderContent, originOf, resolvedSettings, scoreIn, sizes } from './prune/folderContent.ts';
export { type PrunedSource, prunedSource, reprune } from './prune/prunedSource.ts';
export type { PruneOutcome } from './prune/pruneSpace.ts';
export { type Run, Stopwatch } from './run.ts';
export { type ClipSources, NO_AUDIO } from './serve/clipAudio.ts';
export { type DecisionsFile, decisionsIn } from './serve/decisionsFile.ts';
export { type PageServer, type ServedPage, servePage } from './serve/servePage.ts';
export { isWithoutDataset, type Settings } from './settings.ts';
export { type EmbeddedRun, embedDataset, type TrainSource } from './source/source.ts';
export { wholeSpace } from './space/space.ts';
export { versions } from './versions.ts';
export { eventText, type ServingOptions, serveJobs, type WorkerHealth } from './work/serveJobs.ts';
