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
export { contentHasher, rowHash } from './hashes.ts';
export { hasLineBreak, writeJsonLines } from './lines.ts';
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
export {
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
