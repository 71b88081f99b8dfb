/**
 * A measure less reliable than this is not good enough to tell one from another (Nunnally 1978, Psychometric Theory, section on standards of
 * reliability). On the 5-s sounds of ESC-10 as many clips of one recording are removed with it, and half of all that are removed without it stay.
 */
const LEAST_RELIABILITY = 0.7;

/** What κ is multiplied by for a clip of reliability `r`: an unreliable one needs what a wholly reliable one does, else it would resemble all others. */
export function reliabilityBase(r: number): number {
  return r < LEAST_RELIABILITY ? 1 : r;
}
