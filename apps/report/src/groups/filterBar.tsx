import type { PruningPage } from '@refrain/pruned-dataset';
import { counted, whole } from '../format.ts';
import { LEVEL_WORDS, levelCounts } from '../pruning/summaryWords.ts';
import { type Filter, NO_FILTER } from './rows.ts';

interface Props {
  readonly page: PruningPage;
  readonly filter: Filter;
  readonly shown: number;
  readonly onFilter: (filter: Filter) => void;
}

/** Search and filters of the list, and how many are left. */
export function FilterBar({ page, filter, shown, onFilter }: Props) {
  const { clips, removals } = page;
  const clusters = [...new Set(removals.clip.map((clip) => clips.cluster[clip]!))].sort((a, b) => a - b);
  const set = (part: Partial<Filter>) => onFilter({ ...filter, ...part });
  const levels = levelCounts(page).map(([level]) => [level, LEVEL_WORDS[level] ?? level] as const);
  const isNarrow = Object.entries(filter).some(([, value]) => value !== '' && value !== undefined);
  return (
    <search class="filters">
      <label>
        <span>Search</span>
        <input type="search" value={filter.search} onInput={(event) => set({ search: event.currentTarget.value })} />
      </label>
      <Choice name="Level" value={filter.level} options={levels} onChoose={(level) => set({ level })} />
      <Choice
        name="Cluster"
        value={filter.cluster}
        options={clusters.map((cluster) => [String(cluster), cluster === -1 ? 'none' : String(cluster)] as const)}
        onChoose={(cluster) => set({ cluster })}
      />
      <Choice
        name="Tag"
        value={filter.label}
        options={clips.labelNames.map((name) => [name, name] as const)}
        onChoose={(label) => set({ label })}
      />
      <Choice
        name="Decision"
        value={filter.decision}
        options={[
          ['decided', 'decided'],
          ['undecided', 'undecided'],
        ]}
        onChoose={(decision) => set({ decision })}
      />
      <p class="shown" role="status">
        {shown === removals.clip.length
          ? counted(shown, 'removed clip')
          : `${whole(shown)} of ${counted(removals.clip.length, 'removed clip')}`}
        {filter.lasso !== undefined && `, within ${counted(filter.lasso.size, 'clip')} of the map`}
      </p>
      {isNarrow && (
        <button type="button" onClick={() => onFilter(NO_FILTER)}>
          Show all
        </button>
      )}
    </search>
  );
}

function Choice({
  name,
  value,
  options,
  onChoose,
}: {
  readonly name: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChoose: (value: string) => void;
}) {
  if (options.length === 0) return null;
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">all</option>
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
