import { definePlugin } from '@refrain/core';
import { demo } from './demo.ts';

export { CLIP_SECONDS, type CopyKind, type Corpus, composeCorpus, type DemoClip } from './corpus/corpus.ts';
export { describeCorpus, renderCorpus, renderingOf } from './corpus/renderCorpus.ts';
export { type DemoOptions, datasetOf, demo, openDemo } from './demo.ts';
export type { Part, Score } from './music/arrange.ts';
export type { Note } from './music/notation.ts';
export type { Performance, PlayedNote } from './music/perform.ts';
export { Synthesizer } from './synth/synthesizer.ts';

export default definePlugin({ dataset: [demo] });
