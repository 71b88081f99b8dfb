import type { PageData } from '@refrain/pruned-dataset';
import { Provenance } from './frame/provenance.tsx';
import { ThemeChoice } from './frame/theme.tsx';
import { PruningView } from './pruning/pruningView.tsx';

const KINDS = { pruning: 'Pruning', comparison: 'Comparison', leaks: 'Leaks' } as const;

/** The page of any kind, in one frame. */
export function App({ data }: { readonly data: PageData }) {
  return (
    <>
      <header>
        <p class="kind">Refrain · {KINDS[data.kind]}</p>
        <h1>{data.name}</h1>
        <ThemeChoice />
      </header>
      <main>
        {data.kind === 'pruning' && <PruningView page={data} />}
        <Provenance page={data} />
      </main>
    </>
  );
}
