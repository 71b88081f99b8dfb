import type { ComparisonPage } from '@refrain/pruned-dataset';
import { figure, signed, whole } from '../format.ts';
import { Scroll } from '../frame/scroll.tsx';
import { Section } from '../frame/section.tsx';
import { Gallery } from '../pictures/gallery.tsx';
import { metricPicture } from './comparisonPictures.ts';
import { type Comparison, comparisonClaims, comparisonHeadline } from './comparisonWords.ts';

/** A run of `compare`: what each strategy is worth against random sets of its size. */
export function ComparisonView({ page }: { readonly page: ComparisonPage }) {
  const pictures = page.comparisons.flatMap((one) => one.metrics.map((metric) => metricPicture(one, metric)));
  return (
    <>
      <Section id="summary" title="In short">
        <p class="headline">{comparisonHeadline(page)}</p>
        {page.comparisons.map((one) => (
          <div key={one.evaluator}>
            <h3>
              {one.evaluator}, {whole(one.trainClips)} clips in all
            </h3>
            <ul class="claims">
              {one.metrics.flatMap((metric) =>
                comparisonClaims(one, metric).map(([said, sentence]) => (
                  <li key={`${metric} ${said}`} class={`claim ${said}`}>
                    {sentence}
                  </li>
                )),
              )}
            </ul>
            <ComparisonTable comparison={one} />
          </div>
        ))}
      </Section>
      <Gallery pictures={pictures} />
    </>
  );
}

function ComparisonTable({ comparison: { evaluator, metrics, rows } }: { readonly comparison: Comparison }) {
  return (
    <Scroll>
      <table>
        <caption>
          {evaluator}: mean ± standard deviation, and the difference from random sets of the same size with its 95 %
          interval
        </caption>
        <thead>
          <tr>
            <th scope="col">set</th>
            <th scope="col" class="number">
              kept
            </th>
            {metrics.map((metric) => (
              <th key={metric} scope="col" class="number">
                {metric}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.role} ${row.name} ${row.kept}`}>
              <th scope="row">{row.name}</th>
              <td class="number">{whole(row.kept)}</td>
              {metrics.map((metric) => {
                const [value, against] = [row.metrics[metric], row.differences[metric]];
                return (
                  <td key={metric} class="number">
                    {figure(value?.mean)}
                    {value?.sd != null && ` ± ${figure(value.sd)}`}
                    {against !== undefined && (
                      <small class="under">
                        {signed(against.difference)} [{figure(against.low)}, {figure(against.high)}], {against.verdict}
                      </small>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
