import type { PruningPage } from '@refrain/pruned-dataset';
import { useEffect, useState } from 'preact/hooks';
import { type Overrides, overridesText, readOverrides } from './overrides.ts';

/** Decisions and where they are safe, said in words. */
export interface Decisions {
  readonly all: Overrides;
  readonly saved: string;
  set(overrides: Overrides): void;
}

/** Keeps decisions: in the folder where Refrain's server gives the page, else in the browser, under a key of the run. */
export function useDecisions(page: PruningPage): Decisions {
  const [store] = useState(() => (page.audio.from === 'served' ? serverStore() : browserStore(page)));
  const [all, setAll] = useState<Overrides>(new Map());
  const [saved, say] = useState('');
  useEffect(() => {
    store.read().then(
      (text) => setAll(readOverrides(text)),
      (error: Error) => say(`Decisions could not be read: ${error.message}`),
    );
  }, [store]);
  const set = (overrides: Overrides) => {
    setAll(overrides);
    store.write(overridesText(overrides)).then(
      () => say(store.where),
      (error: Error) => say(`Not saved (${error.message}): export the decisions before you close this page.`),
    );
  };
  return { all, saved, set };
}

interface Store {
  /** Where what was written is. */
  readonly where: string;
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

function browserStore({ files }: PruningPage): Store {
  const key = `refrain-overrides:${[files['clips.jsonl'], files['removed.jsonl']].map((hash) => hash?.slice(0, 16)).join('-')}`;
  return {
    where: 'Saved in this browser.',
    read: async () => localStorage.getItem(key) ?? '',
    write: async (text) => localStorage.setItem(key, text),
  };
}

/** Writes go one after the other, so that the last one stays. */
function serverStore(): Store {
  let last: Promise<unknown> = Promise.resolve();
  const send = async (text: string) => {
    const answer = await fetch('/overrides', {
      method: 'PUT',
      headers: { 'content-type': 'application/jsonl' },
      body: text,
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  };
  return {
    where: 'Saved to decisions.jsonl in the folder.',
    read: async () => {
      const answer = await fetch('/overrides');
      if (answer.status === 404) return '';
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      return answer.text();
    },
    write: (text) => {
      const done = last.then(() => send(text));
      last = done.catch(() => undefined);
      return done;
    },
  };
}
