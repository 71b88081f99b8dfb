import { useEffect, useRef } from 'preact/hooks';
import { figure } from '../format.ts';
import { saveFile } from '../frame/saveFile.ts';
import { Scroll } from '../frame/scroll.tsx';
import { Section } from '../frame/section.tsx';
import type { Picture } from './picture.ts';
import { svgFile } from './svgFile.ts';
import { type Cell, csvText } from './table.ts';

/** Rows of a table that are shown; the file has all. */
const SHOWN_ROWS = 200;

/** The pictures that there are, each with its numbers. */
export function Gallery({ pictures }: { readonly pictures: readonly (Picture | undefined)[] }) {
  const known = pictures.filter((picture) => picture !== undefined);
  if (known.length === 0) return null;
  return (
    <Section id="pictures" title="Pictures">
      <div class="gallery">
        {known.map((picture) => (
          <Figure key={picture.name} picture={picture} />
        ))}
      </div>
    </Section>
  );
}

function Figure({ picture }: { readonly picture: Picture }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let drawn = 0;
    const draw = () => {
      const width = Math.round(place.current!.clientWidth);
      if (width === drawn || width === 0) return;
      drawn = width;
      const svg = picture.draw(width);
      svg.setAttribute('role', 'img');
      svg.setAttribute('aria-label', `${picture.title}. ${picture.says}`);
      place.current!.replaceChildren(svg);
    };
    draw();
    const resizing = new ResizeObserver(draw);
    resizing.observe(place.current!);
    return () => resizing.disconnect();
  }, [picture]);
  const save = () =>
    saveFile(`${picture.name}.svg`, svgFile(place.current!.querySelector('svg')!, picture.title), 'image/svg+xml');
  return (
    <figure id={picture.name} aria-labelledby={`${picture.name}-title`}>
      <figcaption>
        <h3 id={`${picture.name}-title`}>{picture.title}</h3>
        <p>{picture.says}</p>
      </figcaption>
      <div class="drawing" ref={place} />
      <div class="figure-bar no-print">
        <button type="button" aria-label={`${picture.title}: save as SVG`} onClick={save}>
          SVG
        </button>
        <button
          type="button"
          aria-label={`${picture.title}: save numbers as CSV`}
          onClick={() => saveFile(`${picture.name}.csv`, csvText(picture.table), 'text/csv')}
        >
          CSV
        </button>
        <Numbers picture={picture} />
      </div>
    </figure>
  );
}

function Numbers({ picture: { title, table } }: { readonly picture: Picture }) {
  const left = table.rows.length - SHOWN_ROWS;
  return (
    <details>
      <summary>Numbers</summary>
      <Scroll>
        <table>
          <caption>
            {title}
            {left > 0 && `: the first ${SHOWN_ROWS} rows, the CSV file has ${left} more`}
          </caption>
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.slice(0, SHOWN_ROWS).map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td
                    key={table.columns[j]}
                    class={typeof cell === 'number' ? 'number' : ''}
                    title={cell === null ? '' : String(cell)}
                  >
                    {shown(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function shown(cell: Cell): string {
  return typeof cell === 'string' ? cell : figure(cell);
}
