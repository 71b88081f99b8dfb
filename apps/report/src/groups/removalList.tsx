import type { PruningPage } from '@refrain/pruned-dataset';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { Overrides } from '../decisions/overrides.ts';
import { figure } from '../format.ts';
import { LEVEL_WORDS } from '../pruning/summaryWords.ts';
import type { Row } from './rows.ts';

const ROW_HEIGHT = 60;

interface ListProps {
  readonly page: PruningPage;
  readonly rows: readonly Row[];
  readonly overrides: Overrides;
  readonly current: Row | undefined;
  readonly onChoose: (row: Row) => void;
}

/** Removed clips below each other; only those in sight are in the document, so that tens of thousands scroll. */
export function RemovalList({ page, rows, overrides, current, onChoose }: ListProps) {
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer(rows.length, scroller);
  const index = current === undefined ? -1 : rows.indexOf(current);
  useEffect(() => {
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' });
  }, [index, virtualizer]);
  return (
    <section class="removals" ref={scroller} aria-label="Removed clips">
      <ul style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {virtualizer.getVirtualItems().map(({ index: i, start }) => {
          const row = rows[i]!;
          const isFirst = rows[i - 1]?.partner !== row.partner;
          return (
            <li
              key={row.removal}
              class={isFirst ? 'first' : ''}
              style={{ transform: `translateY(${start}px)`, height: `${ROW_HEIGHT}px` }}
              aria-setsize={rows.length}
              aria-posinset={i + 1}
            >
              <RemovalRow page={page} row={row} overrides={overrides} isCurrent={row === current} onChoose={onChoose} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function RemovalRow({
  page: { clips, removals },
  row,
  overrides,
  isCurrent,
  onChoose,
}: Omit<ListProps, 'rows' | 'current'> & { readonly row: Row; readonly isCurrent: boolean }) {
  const decision = overrides.get(clips.id[row.clip]!)?.decision;
  const level = removals.level[row.removal]!;
  return (
    <button type="button" class="row" aria-current={isCurrent ? 'true' : undefined} onClick={() => onChoose(row)}>
      <span class="names">
        <bdi class="name">{clips.id[row.clip]}</bdi>
        <span class="for">
          for <bdi>{clips.id[row.partner]}</bdi>
        </span>
      </span>
      <span class="measures">
        <span>
          {figure(removals.similarity[row.removal])}
          {removals.z[row.removal] !== null && ` · z ${figure(removals.z[row.removal])}`}
        </span>
        <span class="for">{decision === undefined ? (LEVEL_WORDS[level] ?? level) : <Decision of={decision} />}</span>
      </span>
    </button>
  );
}

function Decision({ of }: { readonly of: 'keep' | 'remove' }) {
  return <strong class={`decision ${of}`}>{of === 'keep' ? '✓ keep' : '✕ remove'}</strong>;
}

function useVirtualizer(count: number, scroller: { readonly current: HTMLElement | null }) {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: 10,
    onChange: () => again(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLLIElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
