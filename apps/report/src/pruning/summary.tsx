import type { PruningPage } from '@refrain/pruned-dataset';
import { percent, whole } from '../format.ts';
import { Section } from '../frame/section.tsx';
import { EvaluationTable } from './evaluationTable.tsx';
import { claims, headline, LEVEL_WORDS, levelCounts, reached, reasons } from './summaryWords.ts';

/** The answer in ten seconds: what stays and goes, why, and whether it hurt. */
export function Summary({ page }: { readonly page: PruningPage }) {
  const against = claims(page);
  return (
    <Section id="summary" title="In short">
      <p class="headline">{headline(page)}</p>
      <ShareBar page={page} />
      <p class="lead">{reasons(page)}</p>
      <p class="lead">{reached(page)}</p>
      {against.length > 0 && (
        <ul class="claims" aria-label="Against random sets of the same size">
          {against.map(([said, sentence]) => (
            <li key={said} class={`claim ${said}`}>
              {sentence}
            </li>
          ))}
        </ul>
      )}
      {page.evaluation !== undefined && <EvaluationTable tables={page.evaluation} />}
    </Section>
  );
}

/** Kept and removed clips as one bar; its parts are hatched as well as coloured. */
function ShareBar({ page }: { readonly page: PruningPage }) {
  const { original, kept } = page.sizes;
  if (original === 0) return null;
  const parts = [
    ['kept', 'stay', kept] as const,
    ...levelCounts(page).map(([level, count]) => [level, LEVEL_WORDS[level] ?? level, count] as const),
  ];
  return (
    <div class="share" role="img" aria-label={parts.map(([, words, count]) => `${whole(count)} ${words}`).join(', ')}>
      {parts.map(([name, words, count]) => (
        <span
          key={name}
          class={`part ${name}`}
          style={{ flexGrow: count }}
          title={`${whole(count)} ${words} (${percent(count / original)})`}
        >
          {count / original > 0.12 ? `${whole(count)} ${words}` : ''}
        </span>
      ))}
    </div>
  );
}
