import { definePlugin } from '@refrain/core';
import { demo } from './demo.ts';

export type { CopyKind } from './corpus/copies.ts';
export { CLIP_SECONDS, type Corpus, composeCorpus, type DemoClip } from './corpus/corpus.ts';
export { describeCorpus, renderCorpus, renderingOf } from './corpus/renderCorpus.ts';
export { type DemoOptions, datasetOf, demo, openDemo } from './demo.ts';
export type { Performance, PlayedNote } from './music/perform.ts';
export type { Note, Part, Score } from './music/score.ts';
export { Synthesizer } from './synth/synthesizer.ts';

export default definePlugin({ dataset: [demo] });
