import { useEffect, useRef } from 'preact/hooks';

/** What each key of the list does, as the help shows it. */
export const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['space'], 'play or pause'],
  [['a', 'b'], 'hear the clip that stays, or the one that goes, at the same place'],
  [['k'], 'keep the removed clip after all'],
  [['r'], 'remove it, as it was'],
  [['j', 'n'], 'next removed clip'],
  [['p'], 'the one before'],
  [['?'], 'this help'],
];

/** Calls what `actions` has for a key, but where somebody types, or where the key does something of its own. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  // Two keys may come before what the first has changed is drawn and its effects are done.
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const action = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (target.closest('input:not([type="checkbox"]), textarea, select, dialog') !== null) return;
      if (event.key === ' ' && target.closest('button:not(.row), summary, a') !== null) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
