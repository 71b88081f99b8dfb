import type { PruningPage } from '@refrain/pruned-dataset';
import { useMemo, useState } from 'preact/hooks';
import { DecisionBar } from '../decisions/decisionBar.tsx';
import { decided } from '../decisions/overrides.ts';
import type { Decisions } from '../decisions/useDecisions.ts';
import { Section } from '../frame/section.tsx';
import { whySilent } from '../player/audioUrl.ts';
import type { Player } from '../player/player.ts';
import { Comparison } from './comparison.tsx';
import { FilterBar } from './filterBar.tsx';
import { HelpDialog } from './helpDialog.tsx';
import { PrintedRemovals } from './printedRemovals.tsx';
import { RemovalList } from './removalList.tsx';
import type { Filter, Row } from './rows.ts';
import { useShortcuts } from './shortcuts.ts';

interface Props {
  readonly page: PruningPage;
  readonly rows: readonly Row[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly current: Row | undefined;
  readonly onChoose: (row: Row) => void;
  readonly player: Player;
  readonly decisions: Decisions;
}

/** What goes, to work through: the list, and the clip that was chosen beside the one that stays for it. */
export function Groups({ page, rows, filter, onFilter, current, onChoose, player, decisions }: Props) {
  const [isHelpOpen, setHelp] = useState(false);
  const [said, say] = useState('');
  const actions = useMemo(() => {
    const step = (by: number) => {
      const next = rows[(current === undefined ? -1 : rows.indexOf(current)) + by];
      if (next !== undefined) onChoose(next);
    };
    const decide = (decision: 'keep' | 'remove') => {
      const id = current === undefined ? undefined : page.clips.id[current.clip];
      if (id === undefined) return;
      const all = decided(decisions.all, id, decision);
      decisions.set(all);
      say(all.has(id) ? `${decision}: ${id}` : `undecided: ${id}`);
    };
    const heard = () => (player.state.place === current?.partner ? current?.partner : current?.clip);
    const on = (place: number | undefined, act: (place: number) => void) => () => place !== undefined && act(place);
    return {
      ' ': () => on(heard(), (place) => player.toggle(place))(),
      a: on(current?.partner, (place) => player.switchTo(place)),
      b: on(current?.clip, (place) => player.switchTo(place)),
      k: () => decide('keep'),
      r: () => decide('remove'),
      j: () => step(1),
      n: () => step(1),
      p: () => step(-1),
      '?': () => setHelp(true),
    };
  }, [rows, current, decisions, page, player, onChoose]);
  useShortcuts(actions);
  const silence = whySilent(page.audio, page.clips);
  if (page.removals.clip.length === 0)
    return (
      <Section id="groups" title="What goes">
        <p>Nothing goes, so there is nothing to decide.</p>
      </Section>
    );
  return (
    <Section id="groups" title="What goes, borderline first">
      <p class="hint no-print">
        Listen to both, keep what you would not lose, and give the decisions to the next run.{' '}
        <button type="button" class="link" onClick={() => setHelp(true)}>
          Keys <kbd>?</kbd>
        </button>
      </p>
      {silence !== undefined && <p class="hint">{silence}</p>}
      <DecisionBar page={page} decisions={decisions} />
      <FilterBar page={page} filter={filter} shown={rows.length} onFilter={onFilter} />
      <div class="work no-print">
        <RemovalList page={page} rows={rows} overrides={decisions.all} current={current} onChoose={onChoose} />
        {current === undefined ? (
          <p class="hint">No removed clip fits this search.</p>
        ) : (
          <Comparison page={page} row={current} player={player} decisions={decisions} />
        )}
      </div>
      <PrintedRemovals page={page} rows={rows} />
      <p class="hidden" role="status">
        {said}
      </p>
      <HelpDialog isOpen={isHelpOpen} onClose={() => setHelp(false)} />
    </Section>
  );
}
