export { type Earlier, type EarlierClip, withEarlier, withoutEarlier } from './earlier.ts';
export { commonFolder, EXPORT_FORMS, type ExportForm, idLines, WRITERS } from './exports.ts';
export { fingerprintOfText, fingerprintText } from './fingerprints.ts';
export { contentHasher, rowHash } from './hashes.ts';
export { hasLineBreak, readJsonLines, writeJsonLines } from './lines.ts';
export { readFolder, readFolderEmbeddings, readSoundFolder } from './read.ts';
export {
  type Alignment,
  isSameRecording,
  type RecordingRule,
  SAME_RECORDING,
  SHARED_AUDIO,
} from './recordings/isSameRecording.ts';
export { packBits } from './recordings/packBits.ts';
export {
  type BadClip,
  type ClipRecord,
  type ClusterRecord,
  type ConstraintReport,
  type EarlierRun,
  FILES,
  type Metadata,
  type PrunedFolder,
  type RemovedRecord,
  RULES,
  type Rule,
  type RuleRecord,
  type Unmet,
} from './records.ts';
export { BAD_CLIP } from './schemas.ts';
export { spreadsheetCell } from './spreadsheetCell.ts';
export { readStandardization, type Standardization, standardizationText } from './standardization.ts';
export { verifyFolder } from './verify.ts';
export { type FolderContent, inDatasetOrder, makeFolder, refuseExisting, writeFolder } from './write.ts';
