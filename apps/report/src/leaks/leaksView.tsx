import type { LeaksPage } from '@refrain/pruned-dataset';
import { useState } from 'preact/hooks';
import { counted, figure, whole } from '../format.ts';
import { Scroll } from '../frame/scroll.tsx';
import { Section } from '../frame/section.tsx';
import { Gallery } from '../pictures/gallery.tsx';
import { leakPicture } from './leakPicture.ts';
import { leakHeadline, leakSentences } from './leakWords.ts';

/** Rows at a time: a leak of whole splits has many pairs. */
const ROWS = 200;

/** A run of `leaks`: what the splits share. */
export function LeaksView({ page }: { readonly page: LeaksPage }) {
  return (
    <>
      <Section id="summary" title="In short">
        <p class="headline">{leakHeadline(page)}</p>
        <p class="lead">
          {Object.entries(page.sizes)
            .map(([split, size]) => `${split}: ${counted(size, 'clip')}`)
            .join(', ')}
          .
        </p>
        <ul class="claims">
          {leakSentences(page).map((sentence) => (
            <li key={sentence} class="claim worse">
              {sentence}
            </li>
          ))}
        </ul>
      </Section>
      <Gallery pictures={[leakPicture(page)]} />
      {page.pairs.length > 0 && <Pairs page={page} />}
    </>
  );
}

function Pairs({ page: { pairs } }: { readonly page: LeaksPage }) {
  const [search, setSearch] = useState('');
  const [from, setFrom] = useState(0);
  const wanted = search.trim().toLocaleLowerCase();
  const found = pairs.filter(({ clips, kind }) => [...clips, kind].join('\n').toLocaleLowerCase().includes(wanted));
  return (
    <Section id="pairs" title="What is shared">
      <search class="filters">
        <label>
          <span>Search</span>
          <input
            type="search"
            value={search}
            onInput={(event) => {
              setSearch(event.currentTarget.value);
              setFrom(0);
            }}
          />
        </label>
        <p class="shown" role="status">
          {found.length === 0
            ? 'none'
            : `${whole(from + 1)} to ${whole(Math.min(from + ROWS, found.length))} of ${whole(found.length)}`}
        </p>
        <button type="button" disabled={from === 0} onClick={() => setFrom(from - ROWS)}>
          Before
        </button>
        <button type="button" disabled={from + ROWS >= found.length} onClick={() => setFrom(from + ROWS)}>
          Next
        </button>
      </search>
      <Scroll>
        <table>
          <thead>
            <tr>
              {['kind', 'splits', 'clip', 'clip', 'similarity'].map((name, i) => (
                <th key={`${name} ${i}`} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(from, from + ROWS).map(({ kind, splits, clips, similarity }) => (
              <tr key={`${kind} ${clips.join('\n')}`}>
                <td>{kind}</td>
                <td>{splits.join(' and ')}</td>
                <td>
                  <bdi>{clips[0]}</bdi>
                </td>
                <td>
                  <bdi>{clips[1]}</bdi>
                </td>
                <td class="number">{figure(similarity)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}
