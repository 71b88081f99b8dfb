/** A number of clips in words. */
export function counted(clips: number): string {
  return clips === 1 ? '1 clip' : `${clips} clips`;
}
