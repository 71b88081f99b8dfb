export { type Earlier, type EarlierClip, withEarlier, withoutEarlier } from './earlier.ts';
export {
  commonFolder,
  EXPORT_FORMS,
  type Exported,
  type ExportForm,
  type ExportMeans,
  idLines,
  writeExport,
} from './exports.ts';
export {
  type Alignment,
  fingerprintOfText,
  fingerprintText,
  isSameRecording,
  packBits,
  type RecordingRule,
  SAME_RECORDING,
  SHARED_AUDIO,
} from './fingerprints.ts';
export { makeFolder, refuseExisting } from './folder.ts';
export { type ClipContent, contentHasher, contentReader, rowHash } from './hashes.ts';
export { hasLineBreak, writeJsonLines } from './lines.ts';
export { fillPage, NoTemplateError, PAGE, pageTemplate, writePage } from './page/fillPage.ts';
export type {
  ClipColumns,
  ClusterBar,
  ComparisonPage,
  EvaluationTables,
  Figure,
  Interval,
  LeaksPage,
  PageAudio,
  PageData,
  PruningPage,
  RemovalColumns,
  SoundPicture,
  SweepPoint,
} from './page/pageData.ts';
export { sweepText } from './page/pageFiles.ts';
export { type PageMeans, pruningPage } from './page/pruningPage.ts';
export {
  datasetName,
  type PrunedDataset,
  type PrunedFolder,
  readEmbeddings,
  readFolder,
  readPrunedDataset,
} from './read.ts';
export {
  type BadClip,
  type ClipRecord,
  type ClusterRecord,
  type ConstraintReport,
  type EarlierRun,
  FILES,
  folderSchemas,
  type Metadata,
  OVERRIDE,
  type RemovedRecord,
  RULES,
  type Rule,
  type RuleRecord,
  type Unmet,
} from './schemas.ts';
export type { FittedSpace, Whitening } from './space.ts';
export { verifyFolder } from './verify.ts';
export { type FolderContent, inDatasetOrder, type WritingOptions, writeFolder } from './write.ts';
