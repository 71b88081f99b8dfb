import type { PruningPage } from '@refrain/pruned-dataset';
import { useRef, useState } from 'preact/hooks';
import { counted } from '../format.ts';
import { saveFile } from '../frame/saveFile.ts';
import { overridesText, readOverrides } from './overrides.ts';
import type { Decisions } from './useDecisions.ts';

/** How many decisions there are, and how they go out and come in. */
export function DecisionBar({ page, decisions }: { readonly page: PruningPage; readonly decisions: Decisions }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, say] = useState('');
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      const read = readOverrides(await file.text());
      decisions.set(new Map([...decisions.all, ...read]));
      const known = new Set(page.clips.id);
      const strange = [...read.keys()].filter((id) => !known.has(id)).length;
      say(
        `${counted(read.size, 'decision')} read${strange === 0 ? '' : `, ${strange} of clips that are not of this run`}.`,
      );
    } catch (error) {
      say(`${file.name}: ${(error as Error).message}`);
    }
    if (input.current !== null) input.current.value = '';
  };
  return (
    <div class="decisions no-print">
      <span id="decision-count">{counted(decisions.all.size, 'decision')}</span>
      <button
        type="button"
        disabled={decisions.all.size === 0}
        onClick={() => saveFile('overrides.jsonl', overridesText(decisions.all), 'application/jsonl')}
      >
        Export overrides.jsonl
      </button>
      <button type="button" onClick={() => input.current?.click()}>
        Import overrides.jsonl
      </button>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".jsonl"
        tabIndex={-1}
        aria-label="Import a file of decisions"
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      <span class="hint" role="status">
        {said || decisions.saved}
      </span>
    </div>
  );
}
