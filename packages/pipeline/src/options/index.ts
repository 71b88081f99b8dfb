// What a run can be told, without what runs: a program that shows its options, as the command does for its help, loads no more than this.
export { versions } from '../versions.ts';
export { refuseContradictions } from './contradictions.ts';
export { checkedValue, type Option, option } from './option.ts';
export { kebabCase, OPTIONS, type RunValues, refuseRenamed, type ValuesOf } from './options.ts';
