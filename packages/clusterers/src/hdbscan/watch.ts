import type { Reduction } from '@refrain/core';

/** What a search of the kernel for so many points takes along: a signal that aborts it, and who is told how far it is. */
export type Watch = (points: number) => Reduction;

/** A search that nobody watches. */
export const unwatched: Watch = () => ({});
