const CHANGE = 'themechange';

/** Says that other colours hold from now on. */
export function themeChanged(): void {
  document.dispatchEvent(new Event(CHANGE));
}

/** Calls `listener` whenever other colours hold, and returns what stops that. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  document.addEventListener(CHANGE, listener);
  system.addEventListener('change', listener);
  return () => {
    document.removeEventListener(CHANGE, listener);
    system.removeEventListener('change', listener);
  };
}
