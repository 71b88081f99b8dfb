export { type ByteSource, memorySource } from './byteSource.ts';
export { type Checkpoint, readCheckpoint } from './checkpoint.ts';
export { type GraphAttribute, type GraphModel, type GraphNode, readGraphModel } from './graphModel.ts';
export { readPickledDictionary } from './pickledDictionary.ts';
export { type StateDict, stateDict } from './stateDict.ts';
export { asFloat32, type CheckpointLimits, readTensor, type Tensor } from './tensor.ts';
export type { CheckpointValue } from './value.ts';
export { readZipDirectory, type ZipEntry } from './zip.ts';
