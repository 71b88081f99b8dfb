import type { PageData } from '@refrain/pruned-dataset';
import { ComparisonView } from './comparison/comparisonView.tsx';
import { Contents } from './frame/contents.tsx';
import { Provenance } from './frame/provenance.tsx';
import { ThemeChoice } from './frame/theme.tsx';
import { LeaksView } from './leaks/leaksView.tsx';
import { PruningView } from './pruning/pruningView.tsx';

const KINDS = { pruning: 'Pruning', comparison: 'Comparison', leaks: 'Leaks' } as const;

/** The page of any kind, in one frame. */
export function App({ data }: { readonly data: PageData }) {
  return (
    <>
      <header>
        <p class="kind">Refrain · {KINDS[data.kind]}</p>
        <h1>
          <bdi>{data.name}</bdi>
        </h1>
        <ThemeChoice />
      </header>
      <Contents kind={data.kind} />
      <main>
        {data.kind === 'pruning' && <PruningView page={data} />}
        {data.kind === 'comparison' && <ComparisonView page={data} />}
        {data.kind === 'leaks' && <LeaksView page={data} />}
        <Provenance page={data} />
      </main>
      <footer>
        Made by Refrain {data.versions.refrain}. This file holds all it shows and asks nothing of any network.
      </footer>
    </>
  );
}
